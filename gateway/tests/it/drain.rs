//! A gateway that lets its sockets go.

use std::time::{Duration, Instant};

use serde_json::json;
use switchboard_proto::v1::link_request_item::Item as FromGateway;
use switchboard_proto::v1::link_response_item::Item as ToGateway;
use switchboard_proto::v1::{CommandAck, ErrorReason, MessageReceived, event::Event};
use tokio_tungstenite::tungstenite::{self, Message, protocol::CloseFrame};

use crate::fake::{Setup, soon};

async fn draining(window: Duration, deadline: Duration) -> Setup {
    Setup::with(|config| (config.drain_window, config.drain_deadline) = (window, deadline)).await
}

const MOMENT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(600);

/// Whether the gateway's end is waited for by more than patience.
async fn ends(setup: Setup) {
    soon("the end", setup.running).await.expect("no panic");
}

#[tokio::test]
async fn who_is_told_is_served_until_its_own_deadline_and_then_closed_with_resume() {
    let setup = draining(Duration::from_millis(50), MOMENT).await;
    let (mut browser, mut link, session) = setup.joined(5).await;
    let mut idle = setup.browser().await;
    setup.handle.drain();
    assert_eq!(idle.closed().await, ("SHUTTING_DOWN".into(), 4200), "has nothing to take along");
    assert_eq!(browser.next().await, json!({"drain": {"deadline": "0.400s"}}));
    let told = Instant::now();
    assert!(!setup.handle.is_ready());
    // Nobody new.
    match setup.try_browser("switchboard.v1.json").await {
        Err(tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], "1");
        }
        other => panic!("{:?} is no refusal", other.map(|_| ())),
    }
    // Served in both directions.
    link.event("room", 6, 5, Event::MessageReceived(MessageReceived { body: "late".into() }));
    assert_eq!(browser.next().await["event"]["messageReceived"]["body"], "late");
    browser.send(json!({"counter": 1, "stopShare": {}})).await;
    assert_eq!(link.command().await.session_id, session);
    assert_eq!(browser.closed().await, ("SHUTTING_DOWN".into(), 4200));
    assert!(
        told.elapsed() >= MOMENT - Duration::from_millis(100),
        "closed before its time: {:?}",
        told.elapsed()
    );
    // The links were there up to the last word.
    assert!(matches!(link.next().await, FromGateway::Command(gone) if gone.session_id == session));
    setup.until_metric("drain_notices_total", "1").await;
    setup.until_metric("drain_deadline_closes_total", "1").await;
    setup.until_metric("drain_handed_over_total", "0").await;
    ends(setup).await;
}

#[tokio::test]
async fn who_goes_elsewhere_is_no_victim_and_the_last_ends_the_drain_early() {
    let setup = draining(Duration::from_millis(50), LONG).await;
    let (mut left, link, _) = setup.joined(5).await;
    let mut superseded = setup.browser().await;
    superseded.join("room").await;
    let mut link = link;
    let session = link.welcome(6).await.session_id;
    superseded.next().await;
    superseded.next().await;
    setup.handle.drain();
    assert!(left.next().await["drain"].is_object());
    assert!(superseded.next().await["drain"].is_object());
    let close = CloseFrame { code: 1000.into(), reason: "resumed elsewhere".into() };
    left.raw(Message::Close(Some(close))).await;
    setup.until_metric("drain_handed_over_total", "1").await;
    // 4004 would tell it to stop for good; its session lives elsewhere.
    superseded.send(json!({"counter": 1, "stopShare": {}})).await;
    link.send([ToGateway::Ack(CommandAck {
        room_id: "room".into(),
        session_id: session,
        counter: 1,
        refused: ErrorReason::SessionSuperseded.into(),
        stored: true,
    })]);
    assert_eq!(superseded.closed().await.1, 4200);
    setup.until_metric("drain_handed_over_total", "2").await;
    drop((left, superseded));
    ends(setup).await;
}

#[tokio::test]
async fn haste_tells_all_at_once_and_ends_soon() {
    let setup = draining(LONG, LONG).await;
    let (mut browser, _link, _) = setup.joined(5).await;
    setup.handle.drain();
    setup.until("it drains", |handle| !handle.is_ready()).await;
    let hastened = Instant::now();
    setup.shutdown.cancel();
    assert_eq!(browser.next().await, json!({"drain": {"deadline": "0.700s"}}));
    assert_eq!(browser.closed().await, ("SHUTTING_DOWN".into(), 4200));
    ends(setup).await;
    assert!(hastened.elapsed() < Duration::from_secs(5), "{:?}", hastened.elapsed());
}

#[tokio::test]
async fn without_a_window_it_is_a_stop() {
    let setup = draining(Duration::ZERO, LONG).await;
    let (mut browser, _link, _) = setup.joined(5).await;
    setup.handle.drain();
    assert_eq!(browser.closed().await, ("SHUTTING_DOWN".into(), 4200));
    setup.until_metric("drain_notices_total", "0").await;
    ends(setup).await;
}
