//! Rooms that go on without their store, with a store that fails at a moment of choice.

use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, ErrorReason, event::Event};
use switchboard_roomsvc::{Config, STORE_HEALTH};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::flaky::Flaky;
use crate::person::Person;
use crate::support::{DEADLINE, RawLink, RoomService};

/// Goes on without its store soon, and looks often whether it is back.
fn quick() -> Config {
    Config {
        fork_after: Duration::from_millis(100),
        sweep_interval: Duration::from_millis(50),
        ..Config::default()
    }
}

async fn service(store: &Arc<Flaky>) -> RoomService {
    RoomService::with(store.clone(), quick()).await
}

/// A room service whose way to the same store never fails.
async fn beside(store: &Arc<Flaky>) -> RoomService {
    RoomService::on(store.store().clone()).await
}

/// Who is in the room, as the store has it, with how each is shown.
async fn in_store(store: &Arc<Flaky>) -> Vec<(String, v1::ParticipantState)> {
    let list = v1::ListParticipantsRequest { room_id: "r".into(), ..Default::default() };
    let service = beside(store).await;
    let mut api = service.api().await;
    let people = api.list_participants(list).await.expect("the room is there").into_inner().participants;
    people.into_iter().map(|p| (p.participant_id.clone(), p.state())).collect()
}

async fn until_in_store(store: &Arc<Flaky>, want: &[(&str, v1::ParticipantState)]) {
    let want: Vec<_> = want.iter().map(|(id, state)| ((*id).to_owned(), *state)).collect();
    let by = tokio::time::Instant::now() + DEADLINE;
    loop {
        let has = in_store(store).await;
        if has == want {
            return;
        }
        assert!(tokio::time::Instant::now() < by, "the store has {has:?}, wanted {want:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The messages behind `from`, from the log.
async fn log(store: &Arc<Flaky>, from: v1::Position, count: usize) -> Vec<String> {
    beside(store).await.messages_since(from, count).await
}

const JOINED: v1::ParticipantState = v1::ParticipantState::Joined;

/// An outage begins with an append of which nobody knows whether it happened. Bob is at another room service, which
/// reaches the store all the time.
async fn begins_unclear(runs: bool, says_more: bool) {
    let store = Flaky::new();
    let (one, two) = (service(&store).await, beside(&store).await);
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    alice.say("before").await;
    alice.stored().await;
    bob.hears("before").await;
    let before = bob.at;
    store.lose_next_append(runs);
    alice.say("unclear").await;
    alice.hears("unclear").await;
    if runs {
        bob.hears("unclear").await;
    }
    if says_more {
        alice.say("more").await;
        alice.hears("more").await;
    }
    assert_eq!(alice.unstored.len(), 1 + usize::from(says_more), "invariant 3: accepted is not stored");
    assert_eq!(alice.stored_events.last(), Some(&false));
    store.back();
    alice.stored().await;
    alice.say("after").await;
    alice.stored().await;
    bob.hears("after").await;
    alice.hears("after").await;
    bob.say("yes").await;
    alice.hears("yes").await;
    bob.hears("yes").await;
    let mut want = vec!["before", "unclear", "more", "after", "yes"];
    want.retain(|body| *body != "more" || says_more);
    let want: Vec<_> = want.into_iter().map(str::to_owned).collect();
    assert_eq!((&alice.heard[..], &bob.heard[..]), (&want[..], &want[..]), "runs: {runs}");
    assert_eq!(alice.at, bob.at, "one order");
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{runs}: {:?} {:?}", alice.resets, bob.resets);
    assert_eq!(log(&store, before, want.len() - 1).await, want[1..]);
    until_in_store(&store, &[("alice", JOINED), ("bob", JOINED)]).await;
}

#[tokio::test]
async fn inv3_nobody_is_reset_if_the_append_with_which_an_outage_begins_was_stored() {
    begins_unclear(true, true).await;
}

#[tokio::test]
async fn inv3_nobody_is_reset_if_that_append_was_all() {
    begins_unclear(true, false).await;
}

#[tokio::test]
async fn inv3_nobody_is_reset_if_the_append_with_which_an_outage_begins_was_lost() {
    begins_unclear(false, true).await;
}

#[tokio::test]
async fn inv1_another_append_in_place_of_the_unclear_one_wins() {
    let store = Flaky::new();
    let (one, two) = (service(&store).await, beside(&store).await);
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    alice.until("bob is seen", |alice| alice.at == bob.at).await;
    store.lose_next_append(false);
    alice.say("unclear").await;
    alice.hears("unclear").await;
    bob.say("mine").await;
    bob.stored().await;
    store.back();
    alice.stored().await;
    bob.hears("unclear").await;
    bob.say("last").await;
    alice.hears("last").await;
    bob.hears("last").await;
    assert_eq!(alice.resets, [v1::ResetReason::Diverged]);
    assert!(bob.resets.is_empty());
    assert_eq!(bob.heard, ["mine", "unclear", "last"], "the word that was only accepted comes again, once");
    assert_eq!(alice.at, bob.at, "one order");
}

/// A call of the API in the unclear append: repeated, it has one effect, wherever and whether or not it ran.
async fn call_is_unclear(runs: bool) {
    let store = Flaky::new();
    let (one, two) = (service(&store).await, beside(&store).await);
    let mut alice = Person::join(&one, "alice", "s1").await;
    let before = alice.at;
    let call = || v1::SendMessageRequest {
        room_id: "r".into(),
        body: "from outside".into(),
        request_id: "q1".into(),
        ..Default::default()
    };
    store.lose_next_append(runs);
    let status = one.api().await.send_message(call()).await.expect_err("nobody knows");
    let refusal = switchboard_proto::Refusal::from_status(&status).expect("is one of ours");
    assert_eq!(refusal.reason, ErrorReason::OutcomeUnknown);
    alice.hears("from outside").await;
    alice.say("accepted").await;
    alice.hears("accepted").await;
    store.back();
    alice.stored().await;
    let first = one.api().await.send_message(call()).await.expect("was done").into_inner();
    let again = two.api().await.send_message(call()).await.expect("was done").into_inner();
    assert_eq!(first.position, again.position, "invariant 5: the first answer");
    alice.say("last").await;
    alice.stored().await;
    assert_eq!(log(&store, before, 3).await, ["from outside", "accepted", "last"], "runs: {runs}");
    assert!(alice.resets.is_empty());
}

#[tokio::test]
async fn inv5_a_call_that_was_stored_when_the_store_went_has_one_effect() {
    call_is_unclear(true).await;
}

#[tokio::test]
async fn inv5_a_call_that_was_lost_when_the_store_went_has_one_effect() {
    call_is_unclear(false).await;
}

#[tokio::test]
async fn inv6_who_left_while_the_store_was_away_has_left_though_the_fork_is_lost() {
    let store = Flaky::new();
    let (one, two) = (service(&store).await, beside(&store).await);
    let mut alice = Person::join(&one, "alice", "s1").await;
    let carol = Person::join(&one, "carol", "s3").await;
    let dave = Person::join(&one, "dave", "s4").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    alice.until("bob is seen", |alice| alice.at == bob.at).await;
    store.away();
    // Carol leaves, dave's socket is lost; neither gateway has anything to say of them any more.
    let leave = v1::session_command::Action::Leave(v1::Leave {});
    let leave = v1::SessionCommand { counter: 1, after: 0, action: Some(leave), ..Default::default() };
    carol.link.command("carol", "s3", v1::link_command::Command::Session(leave)).await;
    dave.link.command("dave", "s4", v1::link_command::Command::Gone(v1::GoneCommand::default())).await;
    let mut seen = (false, false);
    while seen != (true, true) {
        if let Item::Event(v1::LinkEvent { event: Some(event), .. }) = alice.link.next().await {
            alice.at = event.position.expect("has one");
            match event.event {
                Some(Event::ParticipantLeft(_)) => seen.0 = true,
                Some(Event::ParticipantReconnecting(_)) => seen.1 = true,
                _ => {}
            }
        }
    }
    bob.say("meanwhile").await;
    bob.stored().await;
    store.back();
    let gone = v1::ParticipantState::Reconnecting;
    until_in_store(&store, &[("alice", JOINED), ("bob", JOINED), ("dave", gone)]).await;
}

#[tokio::test]
async fn inv5_what_a_lost_fork_had_refused_is_told_as_it_is_stored() {
    let store = Flaky::new();
    let (one, two) = (service(&store).await, beside(&store).await);
    let mut alice = Person::join(&one, "alice", "s1").await;
    let ask = || {
        let signal = v1::Signal { to: "bob".into(), kind: 1, payload: "x".into() };
        let action = Some(v1::session_command::Action::Signal(signal));
        v1::link_command::Command::Session(v1::SessionCommand {
            counter: 1,
            after: 0,
            action,
            ..Default::default()
        })
    };
    let answer = async |link: &mut RawLink| loop {
        if let Item::Ack(ack) = link.next().await {
            break (ack.counter, ack.refused(), ack.stored);
        }
    };
    store.away();
    alice.link.command("alice", "s1", ask()).await;
    assert_eq!(answer(&mut alice.link).await, (1, ErrorReason::ParticipantNotFound, false), "not for good");
    // The same command comes to where bob is, as after a move of the link that broke half way.
    let _bob = Person::join(&two, "bob", "s2").await;
    let mut moved = two.link("gateway-of-alice", "r").await;
    moved.command("alice", "s1", ask()).await;
    assert_eq!(answer(&mut moved).await, (1, ErrorReason::Unspecified, true));
    store.back();
    assert_eq!(answer(&mut alice.link).await, (1, ErrorReason::Unspecified, true));
}

#[tokio::test]
async fn inv3_a_resume_tells_what_is_stored_and_what_is_only_accepted() {
    let store = Flaky::new();
    let one = service(&store).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    alice.say("stored").await;
    alice.stored().await;
    store.away();
    alice.say("accepted").await;
    alice.hears("accepted").await;
    let mut other = one.link("other-gateway", "r").await;
    other.resume("alice", "s1", 2, &alice.token, alice.at).await;
    let resumed = loop {
        if let Item::Resumed(resumed) = other.next().await {
            break resumed;
        }
    };
    assert_eq!((resumed.last, resumed.stored), (2, Some(1)));
    // The same in the standing of an attach, as after a break of the link.
    other.attach_as(alice.at, "alice", "s1", 2).await;
    let standing = loop {
        if let Item::Attached(mut attached) = other.next().await {
            break attached.sessions.remove(0);
        }
    };
    assert_eq!((standing.standing(), standing.last), (v1::Standing::Current, 2));
    assert_eq!(standing.stored, Some(1));
    store.back();
    let stored = loop {
        if let Item::Stored(stored) = other.next().await {
            break stored;
        }
    };
    assert_eq!((stored.session_id.as_str(), stored.counter), ("s1", 2), "where it is now");
}

#[tokio::test]
async fn inv8_a_session_has_so_much_accepted_and_not_stored_and_is_told_beyond() {
    let store = Flaky::new();
    let one = service(&store).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    store.away();
    for n in 0..400 {
        alice.say(&format!("m{n}")).await;
        // Not more than a session may have unanswered.
        alice.until("an answer", |alice| alice.heard.len() + alice.not_taken.len() > n).await;
    }
    assert!(alice.not_taken.iter().all(|(_, reason)| *reason == ErrorReason::UnstoredLimit));
    assert!((256..=256 + 64).contains(&alice.unstored.len()), "{} accepted", alice.unstored.len());
    store.back();
    alice.stored().await;
    let heard = alice.heard.len();
    alice.say("now").await;
    alice.hears("now").await;
    alice.stored().await;
    assert_eq!(alice.heard.len(), heard + 1, "none of the others happened");
    assert!(alice.resets.is_empty());
}

#[tokio::test]
async fn inv8_all_rooms_together_keep_so_much_and_who_leaves_is_always_taken() {
    let store = Flaky::new();
    let one = RoomService::with(store.clone(), Config { unstored_bytes_max: 64 << 10, ..quick() }).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    store.away();
    let body = "x".repeat(8 << 10);
    for n in 0..20 {
        alice.say(&body).await;
        alice.until("an answer", |alice| alice.stored_events.len() + alice.not_taken.len() > n).await;
    }
    assert!(alice.not_taken.len() > 5, "{:?}", alice.not_taken);
    let mut late = one.link("late", "another room").await;
    late.send_join("bob", "s2").await;
    let refused = loop {
        if let Item::Refused(refused) = late.next().await {
            break refused;
        }
    };
    assert_eq!(refused.reason(), ErrorReason::UnstoredLimit);
    let leave = v1::session_command::Action::Leave(v1::Leave {});
    let leave = v1::SessionCommand { counter: 100, after: 20, action: Some(leave), ..Default::default() };
    alice.link.command("alice", "s1", v1::link_command::Command::Session(leave)).await;
    loop {
        match alice.link.next().await {
            Item::Ack(ack) if ack.counter == 100 => {
                break assert_eq!(ack.refused(), ErrorReason::Unspecified);
            }
            // Those between were not taken.
            Item::Hole(hole) => {
                let leave = v1::session_command::Action::Leave(v1::Leave {});
                let leave = v1::SessionCommand {
                    counter: 100,
                    after: hole.last,
                    action: Some(leave),
                    ..Default::default()
                };
                alice.link.command("alice", "s1", v1::link_command::Command::Session(leave)).await;
            }
            _ => {}
        }
    }
    store.back();
    until_in_store(&store, &[]).await;
    // What was kept is free again.
    late.join("bob", "s3").await;
}

#[tokio::test]
async fn inv8_rooms_come_back_some_at_a_time() {
    const ROOMS: usize = 300;
    let store = Flaky::new();
    let one = service(&store).await;
    let mut people = Vec::new();
    for n in 0..ROOMS {
        people.push(Person::join_room(&one, &format!("room-{n}"), "alice", &format!("s{n}")).await);
    }
    store.away();
    for person in &mut people {
        person.say("accepted").await;
        person.hears("accepted").await;
    }
    // So long that all would be under way at one time, if nothing held them back.
    store.is_slow(Duration::from_secs(1));
    store.back();
    for person in &mut people {
        person.stored().await;
        assert!(person.resets.is_empty());
    }
    let most = store.loading_most();
    assert!((2..=64).contains(&most), "{most} at one time");
}

#[tokio::test]
async fn degraded_is_told_to_every_link_and_under_a_health_name_of_its_own() {
    let store = Flaky::new();
    let one = service(&store).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    // In another room, and silent all the time.
    let mut bob = Person::join_room(&one, "quiet", "bob", "s2").await;
    let mut health = HealthClient::new(one.channel().await);
    let mut ask = async |service: &str| {
        let request = HealthCheckRequest { service: service.into() };
        health.check(request).await.expect("is known").into_inner().status()
    };
    use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};
    assert_eq!(ask(STORE_HEALTH).await, Serving);
    store.away();
    alice.until("the outage", |alice| alice.degraded == [true]).await;
    bob.until("the outage", |bob| bob.degraded == [true]).await;
    assert_eq!(ask(STORE_HEALTH).await, NotServing);
    // What balancers ask.
    for name in ["", "switchboard.v1.GatewayLink", "switchboard.v1.RoomService"] {
        assert_eq!(ask(name).await, Serving, "{name:?}");
    }
    alice.say("accepted").await;
    alice.hears("accepted").await;
    store.back();
    alice.until("the end", |alice| alice.degraded == [true, false]).await;
    assert!(alice.unstored.is_empty(), "first what is stored, then that all is well");
    bob.until("the end", |bob| bob.degraded == [true, false]).await;
    assert_eq!(ask(STORE_HEALTH).await, Serving);
    assert!(bob.stored_events.is_empty(), "nothing else told it");
}
