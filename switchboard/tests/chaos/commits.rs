//! The reply is lost after the store has done it: it is done once, whoever asks again, and where.

use std::time::Duration;

use switchboard_loadtest::checker::{Change, Entry, History, Observation, Outcome, What};
use switchboard_loadtest::participant::{Settings, Trouble};
use switchboard_proto::v1::SendMessageRequest;
use switchboard_proto::v1::event::Event as Kind;

use crate::cluster::{Cluster, Shape, WINDOW};
use crate::people::{People, settings, until};
use crate::proxy::{Mode, Proxy};
use crate::store::Reader;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv5_a_command_whose_reply_is_lost_is_stored_once_though_it_is_said_again_elsewhere() {
    let mut cluster = Cluster::of(Shape { name: "reply-lost", ..Shape::default() }).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(settings(&cluster, "room", 1));
    people.until_connected().await;
    for n in 0..4 {
        let body = format!("said-{n}");
        keep_back_the_reply(&cluster, &people, alice, &body).await;
        // Her gateway dies before it can be told: she says it again through the other one.
        let gateway = cluster.gateway_of(&people.all[alice]);
        cluster.gateways[gateway].kill();
        lose_the_reply(&cluster);
        people.until_told(bob, &body).await;
        cluster.heal().await;
        people.until_connected().await;
    }
    until("all is answered", || people.all[alice].status().under_way == 0).await;
    (people.may_flap, people.may_reset) = (true, false);
    let history = people.judge(&cluster).await.good();
    for n in 0..4 {
        assert_eq!(said(&history, &format!("said-{n}")).len(), 1);
    }
    let mine = |o: &&Observation| o.client == alice as u64;
    let resumed =
        history.observations.iter().filter(mine).filter(|o| matches!(&o.what, What::Resumed { .. }));
    assert!(resumed.count() >= 4, "she came back each time");
    let stored = Outcome::Accepted { stored: true };
    let told = history.observations.iter().filter(mine);
    let told = told.filter(|o| matches!(&o.what, What::Answered { outcome, .. } if *outcome == stored));
    assert_eq!(told.count(), 4, "and answered once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv5_after_the_window_the_command_is_unknown_and_never_said_again() {
    let cluster = Cluster::of(Shape { name: "reply-too-late", ..Shape::default() }).await;
    cluster.create_room_with("room", WINDOW).await;
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(Settings { backoff: Duration::from_millis(100), ..settings(&cluster, "room", 1) });
    people.until_connected().await;
    let session = people.all[alice].status().session;
    keep_back_the_reply(&cluster, &people, alice, "ambiguous").await;
    people.trouble(alice, Trouble::Offline).await;
    until("she is away", || !people.all[alice].status().is_connected).await;
    lose_the_reply(&cluster);
    people.until_told(bob, "ambiguous").await;
    people.until_gone(&format!("p{alice}")).await;
    people.trouble(alice, Trouble::Over).await;
    let is_new = || {
        let status = people.all[alice].status();
        status.is_connected && status.session != session
    };
    until("she is there again, as somebody new", is_new).await;
    people.say(alice, "afterwards").await;
    people.may_flap = true;
    let history = people.judge(&cluster).await.good();
    assert_eq!(said(&history, "ambiguous").len(), 1, "stored once");
    let told: Vec<_> = history
        .observations
        .iter()
        .filter_map(|o| match &o.what {
            What::NotTaken { code, .. } => Some(format!("not taken {code}")),
            What::Unknown { session: of, .. } if *of == session => Some("unknown".to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["not taken 4001", "unknown"], "she is told that nobody knows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv5_a_call_whose_reply_is_lost_is_done_once_though_it_is_made_again_elsewhere() {
    let cluster = Cluster::of(Shape { name: "call-lost", ..Shape::default() }).await;
    cluster.create_room("room").await;
    let mut people = People::new();
    let bob = people.add(settings(&cluster, "room", 1));
    people.until_connected().await;
    let call = SendMessageRequest {
        room_id: "room".into(),
        body: "once".into(),
        request_id: "9f0c5e0e-0b7c-4b0e-8f52-6d8f7b3f3d11".into(),
        ..Default::default()
    };
    cluster.stores[0].set(Mode::CutBeforeReply("once".into()));
    let first = cluster.api(0).await.send_message(call.clone()).await;
    cluster.stores[0].has_cut().await;
    people.until_told(bob, "once").await;
    if let Err(status) = &first {
        // It is not said to have failed: it may have happened.
        assert_eq!(status.code(), tonic::Code::Unavailable, "{status:?}");
    }
    // Made again, at the same and at another room service: the first answer.
    let mut answers = Vec::new();
    for room_service in [0, 1, 0] {
        let answer = cluster.api(room_service).await.send_message(call.clone()).await.expect("is answered");
        answers.push(answer.into_inner());
    }
    if let Ok(first) = first {
        answers.push(first.into_inner());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let other = SendMessageRequest { body: "another".into(), ..call.clone() };
    let refused = cluster.api(1).await.send_message(other).await.expect_err("the id is taken");
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    // The window is over (5 minutes; here the record is taken away): an id that nobody knows any more is a new call.
    let keys = cluster.redis().command("KEYS sb:*:req:*").await;
    let records: Vec<_> = keys.split_whitespace().filter(|word| word.starts_with("sb:")).collect();
    assert_eq!(records.len(), 1, "{keys}");
    cluster.redis().command(&format!("DEL {}", records[0])).await;
    cluster.api(1).await.send_message(call).await.expect("is taken");
    let history = people.judge(&cluster).await.good();
    assert_eq!(said(&history, "once").len(), 2, "once in the window, and once after it");
}

/// Says `body`; returns when the store has it, and the room service that asked for it is not told so.
async fn keep_back_the_reply(cluster: &Cluster, people: &People, n: usize, body: &str) {
    let swallowed = || cluster.stores.iter().map(Proxy::swallowed).sum::<u64>();
    let before = swallowed();
    for store in &cluster.stores {
        store.set(Mode::SwallowReply(body.into()));
    }
    people.begin_to_say(n, body).await;
    until("a room service asks for it", || swallowed() > before).await;
    let reader = Reader::connect(&cluster.store_url).await;
    while !reader.room("room").await.log.iter().any(|entry| says(entry, body)) {
        assert_eq!(swallowed(), before + 1, "it is said once so far");
        tokio::task::yield_now().await;
    }
}

/// Cuts the connections that are answered nothing, and all goes on as always.
fn lose_the_reply(cluster: &Cluster) {
    for store in &cluster.stores {
        store.set(Mode::Pass);
        store.cut();
    }
}

/// The entries that say this.
fn said<'a>(history: &'a History, body: &str) -> Vec<&'a Entry> {
    let entries = history.rooms.iter().flat_map(|room| &room.log);
    entries.filter(|entry| says(entry, body)).collect()
}

fn says(entry: &Entry, body: &str) -> bool {
    entry.change == Change::Plain
        && matches!(&entry.told, Some(Kind::MessageReceived(told)) if told.body == body)
}
