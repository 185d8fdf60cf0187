//! Sessions whose sockets come and go: of two connections on this gateway the newer one wins, once the room has said so
//! and not before; and who is here is not left shown as reconnecting.

use super::*;

fn gone(rooms: &mut Rooms, session: &str, connection: &str) {
    input_on(rooms, session, connection, What::Gone(v1::GoneCommand::default()));
}

fn refused(rooms: &mut Rooms, connection: &str, reason: ErrorReason) {
    let (room_id, session_id) = (ROOM.into(), "a".into());
    let refused =
        v1::SessionRefused { room_id, session_id, connection_id: connection.into(), reason: reason.into() };
    respond(rooms, In::Refused(refused));
}

#[tokio::test]
async fn a_resume_takes_the_place_of_the_older_connection_on_the_same_gateway() {
    let mut rooms = rooms();
    let older = joined(&mut rooms, "a", 3);
    let newer = resume(&mut rooms, "a", "c-2", 2, 3);
    assert_eq!(sent(&mut rooms), ["a resume"]);
    // Until the room has decided, the older one is who is served.
    event(&mut rooms, 4, 3, &[]);
    assert_eq!((told(&older), told(&newer)), (vec!["3→4".into()], vec![]));
    resumed(&mut rooms, "a", 2, 5);
    assert_eq!(told(&older), ["close 4004"]);
    let event_4 = v1::Event { position: at(4), prev: at(3), ..v1::Event::default() };
    respond(
        &mut rooms,
        In::Event(LinkEvent {
            room_id: ROOM.into(),
            event: Some(event_4),
            to_session_ids: vec![],
            replay_session_id: "a".into(),
            ..LinkEvent::default()
        }),
    );
    event(&mut rooms, 6, 5, &[]);
    assert_eq!(rooms.metrics.sessions.get(), 1);
    // What the older connection had under way does not touch the newer one.
    input_on(
        &mut rooms,
        "a",
        "c-a",
        What::Command(SessionCommand { counter: 9, after: 8, action: None, ..Default::default() }),
    );
    gone(&mut rooms, "a", "c-a");
    assert_eq!(sent(&mut rooms), Vec::<String>::new());
    event(&mut rooms, 7, 6, &[]);
    assert_eq!(told(&newer)[0], "resumed");
    assert_eq!(told(&older), Vec::<String>::new());
    input_on(
        &mut rooms,
        "a",
        "c-2",
        What::Command(SessionCommand { counter: 1, after: 0, action: None, ..Default::default() }),
    );
    assert_eq!(sent(&mut rooms), ["a 1 after 0"]);
    gone(&mut rooms, "a", "c-2");
    assert_eq!(sent(&mut rooms), ["a gone"]);
    let (room_id, session_id) = (ROOM.into(), "a".into());
    respond(&mut rooms, In::Noted(v1::SessionNoted { room_id, session_id, connection_id: "c-2".into() }));
    assert_eq!((rooms.metrics.sessions.get(), rooms.metrics.rooms.get()), (0, 0));
}

#[tokio::test]
async fn a_resume_that_is_refused_harms_nobody() {
    let mut rooms = rooms();
    let owner = joined(&mut rooms, "a", 3);
    // Whoever knows the ids, which are no secret, but not the token.
    let thief = resume(&mut rooms, "a", "c-thief", 2, 3);
    let twin = resume(&mut rooms, "a", "c-twin", 2, 3);
    assert_eq!(told(&twin), ["refused BUSY"], "one generation, one connection");
    gone(&mut rooms, "a", "c-twin");
    refused(&mut rooms, "c-thief", ErrorReason::InvalidResumeToken);
    assert_eq!(told(&thief), ["refused INVALID_RESUME_TOKEN"]);
    gone(&mut rooms, "a", "c-thief");
    event(&mut rooms, 4, 3, &[]);
    assert_eq!(told(&owner), ["3→4"]);
    assert_eq!(sent(&mut rooms), ["a resume"]);
    assert_eq!(rooms.metrics.sessions.get(), 1);
}

#[tokio::test]
async fn a_resume_that_waits_is_asked_again_on_the_next_link_and_after_busy() {
    let mut rooms = rooms();
    let older = joined(&mut rooms, "a", 3);
    let newer = resume(&mut rooms, "a", "c-2", 2, 3);
    sent(&mut rooms);
    let (room_id, session_id) = (ROOM.into(), "a".into());
    respond(&mut rooms, In::Busy(v1::Busy { room_id, session_id, ..v1::Busy::default() }));
    assert!(rooms.tick(Instant::now() + Duration::from_secs(1)));
    assert_eq!(sent(&mut rooms), ["a resume"]);
    rooms.linked(false, Instant::now());
    assert_eq!(sent(&mut rooms), ["attach at 3: a"]);
    // The room took the resume before the break.
    attached(&mut rooms, 3, &[("a", Standing::Superseded, 0)]);
    assert_eq!(told(&older), ["close 4004"]);
    assert_eq!(sent(&mut rooms), ["a resume"]);
    resumed(&mut rooms, "a", 2, 4);
    assert_eq!(told(&newer), ["resumed"]);
    assert_eq!(rooms.metrics.sessions.get(), 1);
    // It went while the answer was on its way.
    resume(&mut rooms, "a", "c-3", 3, 4);
    gone(&mut rooms, "a", "c-3");
    assert_eq!(sent(&mut rooms), ["a resume", "a gone"]);
    refused(&mut rooms, "c-3", ErrorReason::SessionNotFound);
    assert_eq!(rooms.metrics.sessions.get(), 1);
}

#[tokio::test]
async fn a_snapshot_that_shows_who_is_here_as_reconnecting_is_answered() {
    let mut rooms = rooms();
    let here = joined(&mut rooms, "a", 3);
    joined(&mut rooms, "b", 3);
    gone(&mut rooms, "b", "c-b");
    assert_eq!(sent(&mut rooms), ["b gone"]);
    respond(&mut rooms, In::Reset(LinkReset { room_id: ROOM.into(), ..LinkReset::default() }));
    let participant = |session: &str, state: v1::ParticipantState| v1::Participant {
        session_id: session.into(),
        state: state.into(),
        ..v1::Participant::default()
    };
    let reconnecting = v1::ParticipantState::Reconnecting;
    let piece = v1::Snapshot {
        position: at(9),
        participants: vec![participant("a", reconnecting), participant("b", reconnecting)],
        ..v1::Snapshot::default()
    };
    let again = piece.clone();
    for piece in [piece, again] {
        let (room_id, session_id) = (ROOM.into(), String::new());
        respond(&mut rooms, In::Snapshot(LinkSnapshot { room_id, session_id, snapshot: Some(piece) }));
    }
    assert_eq!(sent(&mut rooms), ["a present"], "once, and nothing for who is gone");
    assert_eq!(told(&here), ["reset", "snapshot"]);
}

/// Part of the replay of `session`.
fn replayed(rooms: &mut Rooms, session: &str, seq: u64, prev: u64) {
    let event = v1::Event { position: at(seq), prev: at(prev), ..v1::Event::default() };
    respond(
        rooms,
        In::Event(LinkEvent {
            room_id: ROOM.into(),
            event: Some(event),
            to_session_ids: vec![],
            replay_session_id: session.into(),
            ..LinkEvent::default()
        }),
    );
}

#[tokio::test]
async fn inv4_whose_resume_the_room_has_lost_hears_nothing_before_its_replay() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    let b = resume(&mut rooms, "b", "c-b2", 2, 1);
    resumed(&mut rooms, "b", 2, 1);
    assert_eq!((told(&b).len(), sent(&mut rooms)), (1, vec!["b resume".to_owned()]));
    attached(&mut rooms, 1, &[("b", Standing::Behind, 0)]);
    assert_eq!(sent(&mut rooms), ["b resume"]);
    event(&mut rooms, 2, 1, &[]);
    // The one in between was for b alone, and went to where its record says.
    event(&mut rooms, 4, 2, &[]);
    assert_eq!(told(&a), ["1→2", "2→4"]);
    assert_eq!(told(&b), Vec::<String>::new());
    resumed(&mut rooms, "b", 2, 5);
    for seq in 2..=4 {
        replayed(&mut rooms, "b", seq, seq - 1);
    }
    event(&mut rooms, 6, 4, &[]);
    assert_eq!(told(&b), ["1→2", "2→3", "3→4", "4→6"]);
}

#[tokio::test]
async fn inv4_who_is_alone_in_a_room_made_anew_attaches_from_there() {
    let mut rooms = rooms();
    let _a = joined(&mut rooms, "a", 5);
    let b = begin(&mut rooms, "b");
    sent(&mut rooms);
    rooms.linked(false, Instant::now());
    attached(&mut rooms, 1, &[("a", Standing::Ended, 0)]);
    assert_eq!(sent(&mut rooms), ["attach at 5: a", "b join"]);
    let (room_id, session_id) = (ROOM.to_owned(), "b".to_owned());
    respond(
        &mut rooms,
        In::Joined(v1::Joined { room_id, session_id, position: at(2), ..Default::default() }),
    );
    snapshot(&mut rooms, "b", 2);
    assert_eq!(told(&b), ["joined", "snapshot"]);
    rooms.linked(false, Instant::now());
    assert_eq!(sent(&mut rooms), ["attach at 2: b"]);
}

fn missed(rooms: &mut Rooms, seq: u64, prev: u64) {
    let event = v1::Event { position: at(seq), prev: at(prev), ..v1::Event::default() };
    let (room_id, event) = (ROOM.into(), Some(event));
    let (to_session_ids, replay_session_id) = (vec!["a".into()], "a".into());
    let missed = LinkEvent { room_id, event, to_session_ids, replay_session_id, ..LinkEvent::default() };
    respond(rooms, In::Event(missed));
}

fn resumed_in_part(rooms: &mut Rooms, seq: u64, piece_end: u64) {
    let (position, piece_end) = (at(seq), at(piece_end));
    let (room_id, session_id) = (ROOM.into(), "a".into());
    let answer =
        v1::SessionResumed { room_id, session_id, generation: 2, position, piece_end, ..Default::default() };
    respond(rooms, In::Resumed(answer));
}

fn goes_on(rooms: &mut Rooms) {
    input_on(rooms, "a", "c-2", What::GoOn);
}

/// The position that the resume names which goes out.
fn asks_from(rooms: &mut Rooms) -> Option<u64> {
    let items = rooms.batch(64, 128 * 1024).items;
    let [item] = items.as_slice() else { return None };
    let Some(Out::Command(command)) = &item.item else { return None };
    let Some(Command::Resume(resume)) = &command.command else { return None };
    assert_eq!(resume.replay_bytes_max, 50_000, "half of an outbox");
    resume.position.as_ref().map(|position| position.seq)
}

#[tokio::test]
async fn inv4_inv8_what_was_missed_comes_in_pieces_and_nothing_live_before_the_last() {
    let mut rooms = rooms();
    let outbox = resume(&mut rooms, "a", "c-2", 2, 3);
    assert_eq!(asks_from(&mut rooms), Some(3));
    resumed_in_part(&mut rooms, 9, 5);
    missed(&mut rooms, 4, 3);
    missed(&mut rooms, 5, 4);
    event(&mut rooms, 10, 9, &[]);
    assert_eq!(told(&outbox), ["resumed", "3→4", "4→5", "piece ends"]);
    assert_eq!(sent(&mut rooms), [""; 0], "not before the socket has taken the piece");
    // What it says meanwhile goes out, and is answered.
    input_on(
        &mut rooms,
        "a",
        "c-2",
        What::Command(SessionCommand { counter: 1, after: 0, action: None, ..Default::default() }),
    );
    assert_eq!(sent(&mut rooms), ["a 1 after 0"]);
    goes_on(&mut rooms);
    assert_eq!(asks_from(&mut rooms), Some(5));

    // The link breaks: it is asked again from where it stands.
    rooms.linked(false, Instant::now());
    attached(&mut rooms, 10, &[("a", Standing::Current, 0)]);
    assert_eq!(sent(&mut rooms), ["attach at 10: a", "a resume", "a 1 after 0"]);
    event(&mut rooms, 11, 10, &[]);
    resumed_in_part(&mut rooms, 11, 8);
    missed(&mut rooms, 8, 5);
    assert_eq!(told(&outbox), ["5→8", "piece ends"]);
    goes_on(&mut rooms);
    assert_eq!(asks_from(&mut rooms), Some(8));
    resumed(&mut rooms, "a", 2, 11);
    missed(&mut rooms, 10, 8);
    missed(&mut rooms, 11, 10);
    event(&mut rooms, 12, 11, &[]);
    assert_eq!(told(&outbox), ["8→10", "10→11", "11→12"]);
}

#[tokio::test]
async fn a_piece_that_the_log_no_longer_has_is_a_reset_and_the_room_as_it_is() {
    let mut rooms = rooms();
    let outbox = resume(&mut rooms, "a", "c-2", 2, 3);
    resumed_in_part(&mut rooms, 9, 5);
    missed(&mut rooms, 5, 3);
    sent(&mut rooms);
    goes_on(&mut rooms);
    assert_eq!(asks_from(&mut rooms), Some(5));
    event(&mut rooms, 20, 9, &[]);
    resumed(&mut rooms, "a", 2, 20);
    let reset = v1::LinkReset { room_id: ROOM.into(), session_id: "a".into(), ..Default::default() };
    respond(&mut rooms, In::Reset(reset));
    snapshot(&mut rooms, "a", 20);
    event(&mut rooms, 21, 20, &[]);
    assert_eq!(told(&outbox), ["resumed", "3→5", "piece ends", "reset", "snapshot", "20→21"]);
    // A word of the piece that came before says nothing any more.
    goes_on(&mut rooms);
    assert_eq!(sent(&mut rooms), [""; 0]);
}
