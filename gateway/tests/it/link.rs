//! What goes through: joins, events, acks, and a link that breaks under them.

use serde_json::json;
use switchboard_proto::v1::link_command::Command;
use switchboard_proto::v1::link_request_item::Item as FromGateway;
use switchboard_proto::v1::link_response_item::Item as ToGateway;
use switchboard_proto::v1::session_command::Action;
use switchboard_proto::v1::{
    Attached, CommandAck, LinkCommand, LinkEnd, MessageReceived, SessionNoted, SessionStanding, Standing,
    event::Event,
};
use tonic::Status;

use crate::fake::{FakeLink, Setup, at};

fn message(body: &str) -> Event {
    Event::MessageReceived(MessageReceived { body: body.into() })
}

fn counter(command: LinkCommand) -> (u64, u64) {
    match command.command {
        Some(Command::Session(command)) => (command.counter, command.after),
        other => panic!("{other:?} is no numbered command"),
    }
}

fn ack(link: &FakeLink, session: &str, counter: u64) {
    link.send([ToGateway::Ack(CommandAck {
        room_id: "room".into(),
        session_id: session.into(),
        counter,
        stored: true,
        ..CommandAck::default()
    })]);
}

#[tokio::test]
async fn join_welcome_snapshot_event_ack() {
    let setup = Setup::start().await;
    let mut browser = setup.browser().await;
    browser.join("room").await;
    let mut link = setup.link().await;
    let joined = link.welcome(5).await;
    assert_eq!((joined.room_id.as_str(), joined.participant_id.as_str()), ("room", "alice"));
    assert_eq!(joined.generation, 1);
    let Some(Command::Join(join)) = joined.command else { panic!("is a join") };
    assert!(join.join_time.is_some_and(|time| (1_700_000_000..1_700_000_060).contains(&time.seconds)));

    let welcome = browser.next().await;
    assert_eq!(welcome["welcome"]["sessionId"], joined.session_id.as_str());
    assert_eq!(welcome["welcome"]["gatewayId"], setup.handle.id().as_str());
    assert_eq!(welcome["welcome"]["resumeToken"], "secret");
    assert_eq!(browser.next().await["snapshot"]["position"], json!({"epoch": "7", "seq": "5"}));

    // An event that this session does not see moves the room's position, not its `prev`.
    link.event("room", 6, 5, message("one"));
    link.event("room", 8, 6, message("two"));
    let event = browser.next().await;
    assert_eq!(event["event"]["messageReceived"]["body"], "one");
    assert_eq!(event["event"]["prev"]["seq"], "5");
    assert_eq!(browser.next().await["event"]["prev"]["seq"], "6");

    let payload = r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0"}"#;
    let signal = json!({"to": "bob", "kind": "SIGNAL_KIND_CANDIDATE", "payload": payload});
    browser.send(json!({"counter": "1", "signal": signal})).await;
    let command = link.command().await;
    assert_eq!(
        (command.session_id.as_str(), command.participant_id.as_str()),
        (&*joined.session_id, "alice")
    );
    let Some(Command::Session(command)) = command.command else { panic!("is numbered") };
    let Some(Action::Signal(signal)) = command.action else { panic!("is a signal") };
    assert_eq!(signal.payload, payload, "byte for byte");
    ack(&link, &joined.session_id, 1);
    assert_eq!(browser.next().await, json!({"ack": {"counter": "1", "stored": true}}));

    browser.send(json!({"heartbeat": {}})).await;
    assert_eq!(browser.next().await["heartbeat"]["position"]["seq"], "8");

    browser.send(json!({"counter": 2, "after": 1, "leave": {}})).await;
    assert_eq!(counter(link.command().await), (2, 1));
    ack(&link, &joined.session_id, 2);
    assert_eq!(browser.next().await["ack"]["counter"], "2");
    assert_eq!(browser.closed().await, (String::new(), 1000));
}

#[tokio::test]
async fn a_broken_link_attaches_again_and_resends_in_order() {
    type End = fn(FakeLink);
    let ends: [(&str, End); 4] = [
        ("unavailable", |link| link.fail(Status::unavailable("gone"))),
        ("unknown", |link| link.fail(Status::unknown("h2 protocol error"))),
        ("clean end", drop),
        ("asked", |link| link.send([ToGateway::End(LinkEnd::default())])),
    ];
    for (name, end) in ends {
        let setup = Setup::start().await;
        let (mut browser, mut link, session) = setup.joined(5).await;
        link.event("room", 6, 5, message("one"));
        assert_eq!(browser.next().await["event"]["position"]["seq"], "6", "{name}");
        for n in 1..=3 {
            browser.send(json!({"counter": n, "after": n - 1, "stopShare": {}})).await;
        }
        for n in 1..=3 {
            assert_eq!(counter(link.command().await), (n, n - 1), "{name}");
        }
        end(link);

        let mut link = setup.link().await;
        let FromGateway::Attach(attach) = link.next().await else { panic!("{name}: the attach comes first") };
        assert_eq!(attach.position, at(6), "{name}");
        assert_eq!(attach.sessions.len(), 1, "{name}");
        assert_eq!(attach.sessions[0].session_id, session, "{name}");
        // New commands stand behind the old ones.
        browser.send(json!({"counter": 4, "after": 3, "stopShare": {}})).await;
        let standing = SessionStanding {
            session_id: session.clone(),
            standing: Standing::Current.into(),
            last: 1,
            ..SessionStanding::default()
        };
        link.send([ToGateway::Attached(Attached {
            room_id: "room".into(),
            position: at(6),
            sessions: vec![standing],
        })]);
        assert_eq!(browser.next().await["ack"]["counter"], "1", "{name}");
        for n in 2..=4 {
            assert_eq!(counter(link.command().await), (n, n - 1), "{name}");
        }
        link.event("room", 7, 6, message("two"));
        assert_eq!(browser.next().await["event"]["prev"]["seq"], "6", "{name}");
    }
}

#[tokio::test]
async fn a_lost_socket_is_told_and_the_stop_is_in_order() {
    let setup = Setup::start().await;
    let (browser, mut link, session) = setup.joined(5).await;
    drop(browser);
    let gone = link.command().await;
    assert!(matches!(gone.command, Some(Command::Gone(_))), "{gone:?}");
    assert_eq!(gone.session_id, session);
    link.send([ToGateway::Noted(SessionNoted {
        room_id: "room".into(),
        session_id: session,
        connection_id: gone.connection_id,
    })]);
    setup.until_metric("sessions", "0").await;

    let mut browser = setup.browser().await;
    browser.join("room").await;
    link.welcome(9).await;
    browser.next().await;
    browser.next().await;
    let stopped = std::time::Instant::now();
    setup.shutdown.cancel();
    assert_eq!(browser.closed().await, ("SHUTTING_DOWN".into(), 4200));
    let gone = link.command().await;
    assert!(matches!(gone.command, Some(Command::Gone(_))), "{gone:?}");
    setup.running.await.expect("stops");
    assert!(stopped.elapsed() < std::time::Duration::from_secs(2), "{:?}", stopped.elapsed());
}

#[tokio::test]
async fn too_many_unanswered_commands_wait_in_the_socket() {
    let setup = Setup::start().await;
    let (mut browser, mut link, session) = setup.joined(5).await;
    for n in 1..=100 {
        browser.send(json!({"counter": n, "after": n - 1, "stopShare": {}})).await;
    }
    for n in 1..=64 {
        assert_eq!(counter(link.command().await).0, n);
    }
    setup.until_metric("limits_hit_total{limit=\"unanswered_commands\"}", "1").await;
    ack(&link, &session, 1);
    assert_eq!(counter(link.command().await), (65, 64));
    assert_eq!(browser.next().await["ack"]["counter"], "1");
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_to_resume() {
    let setup = Setup::start().await;
    let (mut browser, mut link, _) = setup.joined(5).await;
    let body = "x".repeat(30_000);
    let mut seq = 5;
    // As much as the kernel's buffers take, and then the outbox.
    while !setup.handle.metrics().contains("limits_hit_total{limit=\"outbox\"} 1") {
        link.event("room", seq + 1, seq, message(&body));
        seq += 1;
        if seq % 8 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        assert!(seq < 5_000, "the outbox has no bound");
    }
    let mut expected = 5;
    // What came before the close came without a hole.
    let code = loop {
        match browser.frame().await {
            tokio_tungstenite::tungstenite::Message::Text(text) => {
                let message: serde_json::Value = serde_json::from_str(&text).expect("is json");
                if message["event"].is_object() {
                    assert_eq!(message["event"]["prev"]["seq"], expected.to_string());
                    expected += 1;
                }
            }
            tokio_tungstenite::tungstenite::Message::Close(close) => {
                break u16::from(close.expect("has a code").code);
            }
            _ => {}
        }
    };
    assert_eq!(code, 4202);
    let gone = link.command().await;
    assert!(matches!(gone.command, Some(Command::Gone(_))), "{gone:?}");
}

#[tokio::test]
async fn both_encodings_join_the_same_room() {
    use prost::Message as _;
    use switchboard_proto::v1::{ClientMessage, Join, ServerMessage, client_message, server_message};
    use tokio_tungstenite::tungstenite::Message;

    let setup = Setup::start().await;
    let (mut json, mut link, _) = setup.joined(5).await;
    let mut protobuf = setup.try_browser("switchboard.v1.protobuf").await.expect("connects");
    let join = Join { room_id: "room".into(), participant_id: "bob".into(), ..Join::default() };
    let join = ClientMessage { kind: Some(client_message::Kind::Join(join)), ..ClientMessage::default() };
    protobuf.raw(Message::binary(join.encode_to_vec())).await;
    link.welcome(6).await;
    let mut next = async || {
        let Message::Binary(bytes) = protobuf.frame().await else { panic!("is binary") };
        ServerMessage::decode(bytes).expect("decodes").kind.expect("is something")
    };
    assert!(matches!(next().await, server_message::Kind::Welcome(_)));
    assert!(matches!(next().await, server_message::Kind::Snapshot(_)));
    link.event("room", 6, 5, message("bob came"));
    link.event("room", 7, 6, message("to both"));
    let server_message::Kind::Event(event) = next().await else { panic!("is an event") };
    assert_eq!((event.prev, event.position), (at(6), at(7)));
    assert_eq!(json.next().await["event"]["position"]["seq"], "6");
    assert_eq!(json.next().await["event"]["position"]["seq"], "7");
}
