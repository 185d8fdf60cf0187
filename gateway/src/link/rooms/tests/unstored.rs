//! While the store is away: what is accepted, what is stored, and who is told.

use super::*;

fn ack(rooms: &mut Rooms, counter: u64, stored: bool) {
    let (room_id, session_id) = (ROOM.into(), "a".into());
    respond(rooms, In::Ack(CommandAck { room_id, session_id, counter, refused: 0, stored }));
}

fn hole(rooms: &mut Rooms, counter: u64, last: u64) {
    let (room_id, session_id) = (ROOM.into(), "a".into());
    respond(rooms, In::Hole(Hole { room_id, session_id, counter, last }));
}

fn stands(rooms: &mut Rooms, last: u64, stored: u64) {
    let standing = v1::SessionStanding {
        session_id: "a".into(),
        standing: Standing::Current.into(),
        last,
        stored: Some(stored),
        ..v1::SessionStanding::default()
    };
    let (room_id, position) = (ROOM.into(), at(1));
    respond(rooms, In::Attached(Attached { room_id, position, sessions: vec![standing] }));
}

/// A session that was taken up here from another gateway: `stored` of its commands up to `last`.
fn taken_up(rooms: &mut Rooms, last: u64, stored: u64) -> Arc<Outbox> {
    let outbox = resume(rooms, "a", "c-a", 2, 1);
    let resumed = v1::SessionResumed {
        room_id: ROOM.into(),
        session_id: "a".into(),
        generation: 2,
        position: at(1),
        last,
        stored: Some(stored),
        ..Default::default()
    };
    respond(rooms, In::Resumed(resumed));
    sent(rooms);
    assert_eq!(told(&outbox), ["resumed"]);
    outbox
}

#[tokio::test]
async fn inv3_accepted_is_kept_over_a_break_and_sent_again_only_if_it_is_lost() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    for counter in 1..=3 {
        command(&mut rooms, "a", counter);
    }
    sent(&mut rooms);
    ack(&mut rooms, 1, true);
    ack(&mut rooms, 2, false);
    assert_eq!(told(&a), ["ack 1", "ack 2"]);
    // The link breaks; 3 was accepted too, its answer was lost.
    rooms.linked(true, Instant::now());
    stands(&mut rooms, 3, 1);
    assert_eq!(told(&a), ["Degraded(true)", "ack 3"]);
    assert_eq!(sent(&mut rooms)[1..], ["a 2 after 1", "a 3 after 2"], "known there, by their counters");
    // The store is back, and went on elsewhere, without 3.
    let (room_id, session_id) = (ROOM.into(), "a".into());
    respond(&mut rooms, In::Stored(v1::LinkStored { room_id, session_id, counter: 2 }));
    hole(&mut rooms, 3, 2);
    assert_eq!(sent(&mut rooms), ["a 3 after 2"]);
    ack(&mut rooms, 3, true);
    rooms.linked(false, Instant::now());
    stands(&mut rooms, 3, 3);
    assert_eq!(sent(&mut rooms), ["attach at 1: a"], "nothing is kept any more");
}

#[tokio::test]
async fn inv5_a_refusal_that_is_not_stored_is_not_final() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    command(&mut rooms, "a", 1);
    sent(&mut rooms);
    let refuse = |rooms: &mut Rooms, stored| {
        let (room_id, session_id, refused) = (ROOM.into(), "a".into(), ErrorReason::NotSharing.into());
        respond(rooms, In::Ack(CommandAck { room_id, session_id, counter: 1, refused, stored }));
    };
    refuse(&mut rooms, false);
    assert_eq!(told(&a), ["refused 1 NOT_SHARING"]);
    // The fork that refused it is given up for a room that never had it.
    hole(&mut rooms, 1, 0);
    assert_eq!(sent(&mut rooms), ["a 1 after 0"]);
    refuse(&mut rooms, true);
    rooms.linked(false, Instant::now());
    stands(&mut rooms, 1, 1);
    assert_eq!(sent(&mut rooms), ["attach at 1: a"], "it is done");
}

#[tokio::test]
async fn inv3_what_only_the_browser_has_is_asked_of_it_if_it_is_lost() {
    let mut rooms = rooms();
    let a = taken_up(&mut rooms, 6, 4);
    command(&mut rooms, "a", 7);
    assert_eq!(sent(&mut rooms), ["a 7 after 6"]);
    // 5 and 6 are lost with the fork. 7 must not take their place.
    hole(&mut rooms, 7, 4);
    assert_eq!((told(&a), sent(&mut rooms)), (vec!["close 4202".to_owned()], vec![]));
}

#[tokio::test]
async fn inv3_the_browser_hears_that_what_it_kept_is_stored_though_the_link_broke() {
    let mut rooms = rooms();
    let a = taken_up(&mut rooms, 6, 4);
    rooms.linked(false, Instant::now());
    stands(&mut rooms, 6, 6);
    assert_eq!(told(&a), ["Stored { counter: 6 }"]);
    // And from then on a hole is an ordinary one.
    command(&mut rooms, "a", 8);
    sent(&mut rooms);
    hole(&mut rooms, 8, 6);
    assert_eq!((told(&a), sent(&mut rooms)), (vec![], vec!["a 8 after 6".to_owned()]));
}

#[tokio::test]
async fn inv8_a_command_beyond_what_is_kept_is_told_to_its_sender_and_those_behind_it_go_on() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    command(&mut rooms, "a", 1);
    command(&mut rooms, "a", 2);
    sent(&mut rooms);
    let (room_id, session_id, reason) = (ROOM.into(), "a".into(), ErrorReason::UnstoredLimit.into());
    respond(&mut rooms, In::Busy(v1::Busy { room_id, session_id, counter: 1, reason }));
    assert_eq!(told(&a), ["NotTaken { counter: 1, reason: UnstoredLimit }"]);
    hole(&mut rooms, 2, 0);
    assert_eq!(sent(&mut rooms), ["a 2 after 0"]);
}

#[tokio::test]
async fn every_socket_is_told_when_the_store_goes_and_is_back() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    let degraded = |degraded| In::Degraded(v1::LinkDegraded { degraded });
    respond(&mut rooms, degraded(true));
    respond(&mut rooms, degraded(true));
    assert_eq!(told(&a), ["Degraded(true)"]);
    // Who comes meanwhile is told before its welcome.
    let b = begin(&mut rooms, "b");
    let (room_id, session_id) = (ROOM.to_owned(), "b".to_owned());
    respond(
        &mut rooms,
        In::Joined(v1::Joined { room_id, session_id, position: at(2), ..Default::default() }),
    );
    assert_eq!(told(&b), ["Degraded(true)", "joined"]);
    // A new link says how it is now.
    rooms.linked(false, Instant::now());
    assert_eq!(
        (told(&a), told(&b)),
        (vec!["Degraded(false)".to_owned()], vec!["Degraded(false)".to_owned()])
    );
}
