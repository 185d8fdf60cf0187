//! Races and limits of a resume.

use std::time::Duration;

use rustix::process::Signal;
use switchboard_loadtest::checker::What;
use switchboard_loadtest::client::Options;
use switchboard_loadtest::participant::{Settings, Trouble};
use switchboard_proto::v1::{self, ResetReason, client_message::Kind as Ask};

use crate::cluster::{Cluster, Shape};
use crate::people::{People, is_told, losses, settings, story, until};

/// More than a log keeps: 4 MiB.
const FLOOD_MESSAGES: usize = 180;
const FLOOD_BYTES: usize = 30 << 10;

fn left(told: &[String]) -> Vec<&String> {
    told.iter().filter(|told| told.contains("left")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_inv7_who_comes_back_at_once_or_twice_or_late_misses_nothing_and_hears_nothing_twice() {
    let cluster = Cluster::of(Shape { name: "resumes", ..Shape::default() }).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(settings(&cluster, "room", 1));
    people.until_connected().await;
    // Cut: back within milliseconds, at the other gateway, before the old one has said that she is gone. Twice: the
    // second time without a new event. Race: two sockets with one token. PageLeft: her leave comes late.
    let troubles = [Trouble::Cut, Trouble::Race, Trouble::PageLeft, Trouble::Rewind];
    let mut n = 0;
    for round in 0..5 {
        for trouble in troubles {
            n += 1;
            people.begin_to_say(bob, &format!("while she is away {n}")).await;
            people.lose(alice, trouble).await;
            if round % 2 == 0 {
                people.lose(alice, trouble).await;
            }
            people.say(alice, &format!("back {n}")).await;
            people.until_told(bob, &format!("back {n}")).await;
            people.until_told(alice, &format!("while she is away {n}")).await;
        }
    }
    let session = people.all[alice].status().session;
    let history = people.judge(&cluster).await.good();
    assert_eq!(left(&losses(&history)), [""; 0], "she never left");
    let joins = history.observations.iter().filter(|o| matches!(o.what, What::Welcome { .. }));
    assert_eq!(joins.count(), 2, "one session each");
    assert_eq!(history.rooms[0].participants.iter().filter(|p| p.session_id == session).count(), 1);
    let doubled = history.observations.iter().filter(|o| is_told(o, alice, "while she is away 7"));
    assert_eq!(doubled.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_inv8_who_missed_more_than_an_outbox_holds_is_told_all_of_it_at_its_own_pace() {
    const MISSED: usize = 60;
    let cluster = Cluster::of(Shape { name: "much", ..Shape::default() }).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    let mut people = People::new();
    let bob = people.add(settings(&cluster, "room", 1));
    // On a slow network: what comes at once waits in the gateway.
    let slow = Options { receive_buffer_bytes: Some(4_096), ..settings(&cluster, "room", 0).options };
    let away: Vec<_> = (0..3)
        .map(|_| people.add(Settings { options: slow.clone(), ..settings(&cluster, "room", 0) }))
        .collect();
    people.until_connected().await;
    for n in &away {
        people.trouble(*n, Trouble::Offline).await;
        until("is away", || !people.all[*n].status().is_connected).await;
    }
    // 1.8 MiB, seven outboxes.
    let body = "x".repeat(FLOOD_BYTES);
    for n in 0..MISSED {
        people.say(bob, &format!("{n} {body}")).await;
    }
    for n in &away {
        people.trouble(*n, Trouble::Over).await;
    }
    // What happens while they still hear what they missed comes behind it.
    people.say(bob, "meanwhile").await;
    for n in &away {
        people.until_told(*n, "meanwhile").await;
    }
    let history = people.judge(&cluster).await.good();
    for n in away {
        for said in (0..MISSED).map(|said| format!("{said} ")) {
            let told = history.observations.iter().filter(|o| is_told(o, n, &said)).count();
            assert_eq!(told, 1, "p{n} is told {said}once");
        }
        let closed = history.observations.iter().filter_map(|o| match o.what {
            What::Lost { code, .. } if o.client == n as u64 => Some(code),
            _ => None,
        });
        assert!(closed.clone().all(|code| code != 4202), "{:?}", closed.collect::<Vec<_>>());
        assert!(
            !history
                .observations
                .iter()
                .any(|o| o.client == n as u64 && matches!(o.what, What::Reset { .. }))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_beyond_the_log_a_resume_is_a_reset_and_with_the_heartbeats_position_it_is_none() {
    let cluster = Cluster::of(Shape { name: "trimmed", ..Shape::default() }).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(settings(&cluster, "room", 1));
    // Both are told nothing of what alice says to bob. Dave is there all the time, Carol is not.
    let carol = people.add(settings(&cluster, "room", 0));
    let dave = people.add(settings(&cluster, "room", 0));
    people.until_connected().await;
    people.trouble(carol, Trouble::Offline).await;
    until("carol is away", || !people.all[carol].status().is_connected).await;
    let body = "x".repeat(FLOOD_BYTES);
    for n in 0..FLOOD_MESSAGES {
        let message = v1::Message { to: vec![format!("p{bob}")], body: format!("{n} {body}") };
        let outcome = people.all[alice].send(Ask::Message(message)).await.expect("goes on");
        outcome.await.expect("is answered");
    }
    people.until_told(bob, &format!("{} ", FLOOD_MESSAGES - 1)).await;
    let head = people.all[bob].status().position.expect("stands somewhere").seq;
    let stands_at = |n: usize| people.all[n].status().position.map_or(0, |position| position.seq);
    until("a heartbeat tells dave how far the room is", || stands_at(dave) >= head).await;

    // His own last event is long trimmed; the position of the heartbeat is not.
    people.lose(dave, Trouble::Cut).await;
    people.trouble(carol, Trouble::Over).await;
    people.until_connected().await;
    people
        .until_seen("carol is reset", |o| o.client == carol as u64 && matches!(o.what, What::Reset(_)))
        .await;
    people.say(alice, "afterwards").await;
    for n in [bob, carol, dave] {
        people.until_told(n, "afterwards").await;
    }
    people.may_reset = true;
    let history = people.judge(&cluster).await.good();
    let resets = history.observations.iter().filter_map(|o| match o.what {
        What::Reset(reason) => Some((o.client, reason)),
        _ => None,
    });
    assert_eq!(resets.collect::<Vec<_>>(), [(carol as u64, ResetReason::Trimmed)]);
    // The others are asked to offer to her again.
    let asked = history.rooms[0].log.iter().filter(|entry| {
        matches!(&entry.told, Some(v1::event::Event::RenegotiateRequested(_)))
            && entry.from.as_ref().is_some_and(|from| from.participant == format!("p{carol}"))
    });
    assert_eq!(asked.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_inv7_late_words_of_a_gateway_that_slept_change_nothing() {
    let cluster =
        Cluster::of(Shape { name: "late-words", lease: Duration::from_secs(10), ..Shape::default() }).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(settings(&cluster, "room", 1));
    // She stays at the gateway that sleeps, and knows nothing of it.
    let patience = Duration::from_secs(60);
    let carol =
        people.add(Settings { heartbeat: patience, silence: patience, ..settings(&cluster, "room", 0) });
    people.until_connected().await;
    cluster.gateways[0].stop().await;
    // In the sleeping gateway's socket: that her page is left, which is a leave after two seconds unless she resumes.
    people.lose(alice, Trouble::PageLeft).await;
    people.say(alice, "elsewhere").await;
    people.until_told(bob, "elsewhere").await;
    cluster.gateways[0].signal(Signal::CONT);
    // It is awake, and has said what it had to say of her: what its link carried after that has arrived.
    let open = || cluster.gateways[0].metric("switchboard_gateway_sockets_open{");
    until("the old socket is gone", || open() == people.count_at(&cluster, 0) as u64).await;
    people.say(carol, "awake").await;
    people.until_told(bob, "awake").await;
    people.say(alice, "still there").await;
    people.until_told(carol, "still there").await;
    let history = people.judge(&cluster).await.good();
    let told = losses(&history);
    assert!(
        told.is_empty(),
        "somebody was seen to be lost or to go: {told:?}; she:{}",
        story(&history, alice)
    );
}
