use switchboard_proto::Epoch;
use switchboard_proto::v1::client_message::Kind;

use super::*;

fn session() -> Session {
    Session::new(Arc::new(Rules {
        gateway: GatewayId::random("test"),
        heartbeat_interval_ms: 25_000,
        unanswered_max: 4,
        unanswered_bytes_max: 1_000,
        wants_token: false,
        errors_in_a_row_max: 16,
        rate_limited_in_a_row_max: 10,
    }))
}

fn message(counter: u64, after: u64, kind: Kind) -> Input {
    Input::Message { message: Decoded { counter, after, kind }, bytes: 100, read: Instant::now() }
}

fn join() -> Kind {
    Kind::Join(v1::Join {
        room_id: "r".into(),
        participant_id: "p".into(),
        metadata: "m".into(),
        ..v1::Join::default()
    })
}

fn leave() -> Kind {
    Kind::Leave(v1::Leave {})
}

fn stop() -> Kind {
    Kind::StopShare(v1::StopShare {})
}

fn bad() -> Kind {
    Kind::Signal(v1::Signal::default())
}

fn joined() -> Session {
    let mut session = session();
    let effects = session.step(message(0, 0, join()));
    let [Effect::Begin(identity, Begin::Join { metadata })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((identity.room.as_str(), identity.generation, metadata.as_str()), ("r", 1, "m"));
    let answer = Joined { session: identity.session.clone(), resume_token: "t".into(), resume_window: None };
    let effects = session.step(Input::Answer(Answer::Joined(Box::new(answer))));
    assert_eq!(words(&effects), ["welcome"]);
    session
}

fn ack(counter: u64) -> Input {
    Input::Answer(Answer::Ack { counter, refused: None, stored: true })
}

/// Effects in words, for tables.
fn words(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Send(message) => match message.kind.as_ref().expect("has a kind") {
            Server::Welcome(_) => "welcome".into(),
            Server::Resumed(resumed) => format!("resumed {}", resumed.last),
            Server::Snapshot(_) => "snapshot".into(),
            Server::Reset(_) => "reset".into(),
            Server::Heartbeat(heartbeat) => {
                let degraded = if heartbeat.degraded { " degraded" } else { "" };
                format!("heartbeat {}{degraded}", heartbeat.position.map_or(0, |position| position.seq))
            }
            Server::Ack(ack) => match &ack.refused {
                None => format!("ack {}", ack.counter),
                Some(error) => format!("refused {} {}", ack.counter, error.reason().name()),
            },
            Server::Error(error) => format!("error {}", error.reason().name()),
            other => format!("{other:?}"),
        },
        Effect::Begin(..) => "begin".into(),
        Effect::Forward(command) => format!("forward {} after {}", command.counter, command.after),
        Effect::Gone { leaving } => format!("gone {leaving}"),
        Effect::Close(reason) => format!("close {}", reason.code()),
    };
    effects.iter().map(word).collect()
}

/// Each input with what is to come of it.
fn check(mut session: Session, steps: Vec<(Input, &[&str])>) {
    for (at, (input, want)) in steps.into_iter().enumerate() {
        let what = format!("step {at}: {input:?}");
        assert_eq!(words(&session.step(input)), want, "{what}");
    }
}

#[test]
fn a_join_before_or_after_its_time() {
    check(
        session(),
        vec![
            (message(1, 0, stop()), &["error NOT_JOINED"]),
            (message(0, 0, Kind::Heartbeat(v1::Heartbeat::default())), &["error NOT_JOINED"]),
            (message(0, 0, Kind::Join(v1::Join::default())), &["error INVALID_FIELD"]),
            (message(0, 0, join()), &["begin"]),
            (message(0, 0, join()), &["error ALREADY_JOINED"]),
            (message(1, 0, stop()), &["error NOT_JOINED"]),
        ],
    );
    check(joined(), vec![(message(0, 0, join()), &["error ALREADY_JOINED"])]);
}

#[test]
fn counters_keep_their_order() {
    check(
        joined(),
        vec![
            (message(0, 0, stop()), &["error COUNTER_OUT_OF_ORDER"]),
            (message(1, 0, stop()), &["forward 1 after 0"]),
            (message(1, 0, stop()), &[]),
            (ack(1), &["ack 1"]),
            (message(1, 0, stop()), &["forward 1 after 0"]),
            (ack(1), &["ack 1"]),
            (message(3, 2, stop()), &["error COUNTER_OUT_OF_ORDER"]),
            (message(3, 3, stop()), &["error COUNTER_OUT_OF_ORDER"]),
            // Refused here: the next one says what was forwarded before it.
            (message(2, 1, bad()), &["refused 2 INVALID_FIELD"]),
            (message(2, 1, stop()), &["refused 2 NOT_FORWARDED"]),
            (message(3, 2, stop()), &["forward 3 after 1"]),
            (message(2, 1, stop()), &["forward 2 after 1"]),
        ],
    );
}

#[test]
fn too_much_unanswered_stops_the_reading() {
    let mut session = joined();
    for counter in 1..=4 {
        assert!(session.may_read());
        session.step(message(counter, counter - 1, stop()));
    }
    assert!(!session.may_read());
    session.step(ack(2));
    assert!(session.may_read());
    let large = Decoded { counter: 5, after: 4, kind: stop() };
    session.step(Input::Message { message: large, bytes: 900, read: Instant::now() });
    session.step(ack(1));
    assert!(!session.may_read(), "their bytes are bounded too");
    session.step(ack(5));
    assert!(session.may_read());
}

#[test]
fn a_leave_ends_with_its_ack() {
    check(
        joined(),
        vec![
            (message(1, 0, leave()), &["forward 1 after 0"]),
            (ack(1), &["ack 1", "close 1000"]),
            (Input::SocketGone { leaving: true }, &[]),
        ],
    );
}

#[test]
fn a_second_leave_does_not_keep_the_first_from_ending() {
    check(
        joined(),
        vec![
            (message(1, 0, leave()), &["forward 1 after 0"]),
            (message(2, 1, leave()), &["forward 2 after 1"]),
            (ack(1), &["ack 1", "close 1000"]),
        ],
    );
}

#[test]
fn a_lost_socket_is_told() {
    check(session(), vec![(Input::SocketGone { leaving: false }, &[])]);
    check(joined(), vec![(Input::SocketGone { leaving: true }, &["gone true"])]);
    // Who closes with "resync" leaves a session behind, who is told that it ended does not.
    let close = |reason| Input::Answer(Answer::Close(reason));
    let gone = || Input::SocketGone { leaving: false };
    check(joined(), vec![(close(CloseReason::Resync), &["close 4202"]), (gone(), &["gone false"])]);
    check(joined(), vec![(close(CloseReason::Superseded), &["close 4004"]), (gone(), &[])]);
}

#[test]
fn garbage_in_a_row_ends_the_connection() {
    let mut session = joined();
    let unreadable = || Input::Unreadable(ErrorReason::MalformedMessage.into());
    for _ in 0..16 {
        assert_eq!(words(&session.step(unreadable())), ["error MALFORMED_MESSAGE"]);
    }
    session.step(message(0, 0, Kind::Heartbeat(v1::Heartbeat::default())));
    for _ in 0..16 {
        session.step(unreadable());
    }
    assert_eq!(words(&session.step(unreadable())), ["error MALFORMED_MESSAGE", "close 4000"]);
}

#[test]
fn over_the_rate_is_refused_and_in_the_end_closed() {
    let limited = |counter, after| Input::RateLimited(Decoded { counter, after, kind: stop() });
    let mut session = joined();
    assert_eq!(words(&session.step(limited(1, 0))), ["refused 1 RATE_LIMITED"]);
    // The counter has its outcome.
    assert_eq!(words(&session.step(message(1, 0, stop()))), ["refused 1 NOT_FORWARDED"]);
    assert_eq!(words(&session.step(message(2, 1, stop()))), ["forward 2 after 0"]);
    for counter in 3..13 {
        session.step(limited(counter, counter - 1));
    }
    assert_eq!(words(&session.step(limited(13, 12))), ["close 4102"]);
}

#[test]
fn the_heartbeat_tells_the_sessions_own_position() {
    let mut session = joined();
    let position = v1::Position { epoch: 7, seq: 11 };
    let piece =
        |more| v1::Snapshot { more, position: (!more).then_some(position), ..v1::Snapshot::default() };
    let snapshot = |more| Input::Answer(Answer::Snapshot(Arc::new(piece(more))));
    assert_eq!(words(&session.step(Input::HeartbeatDue)), ["heartbeat 0"]);
    session.step(snapshot(true));
    assert_eq!(words(&session.step(Input::HeartbeatDue)), ["heartbeat 0"]);
    session.step(snapshot(false));
    assert_eq!(words(&session.step(Input::HeartbeatDue)), ["heartbeat 11"]);
    session.told(Position::new(Epoch(7), 12));
    assert_eq!(words(&session.step(Input::HeartbeatDue)), ["heartbeat 12"]);
    // At once when the store goes and is back, once each.
    let mut degraded = |degraded| words(&session.step(Input::Answer(Answer::Degraded(degraded))));
    assert_eq!(degraded(true), ["heartbeat 12 degraded"]);
    assert!(degraded(true).is_empty());
    assert_eq!(degraded(false), ["heartbeat 12"]);
}

#[test]
fn a_resume_goes_on_behind_the_last_counter() {
    let resume = Kind::Resume(v1::Resume {
        resume_token: "t".into(),
        generation: 2,
        position: Some(v1::Position { epoch: 7, seq: 3 }),
        room_id: "r".into(),
        participant_id: "p".into(),
        session_id: "s".into(),
        ..v1::Resume::default()
    });
    let resumed = v1::SessionResumed { last: 5, generation: 2, ..v1::SessionResumed::default() };
    check(
        session(),
        vec![
            (message(0, 0, resume.clone()), &["begin"]),
            (Input::Answer(Answer::Resumed(Box::new(resumed))), &["resumed 5"]),
            (message(6, 5, stop()), &["forward 6 after 5"]),
            (Input::HeartbeatDue, &["heartbeat 3"]),
        ],
    );
    let refused = Input::Answer(Answer::Refused(ErrorReason::SessionNotFound));
    check(session(), vec![(message(0, 0, resume), &["begin"]), (refused, &["close 4001"])]);
}

#[test]
fn nobody_waits_for_ever_for_a_join() {
    check(session(), vec![(Input::JoinTimeout, &["close 4105"])]);
    check(
        session(),
        vec![
            (message(0, 0, join()), &["begin"]),
            (Input::JoinTimeout, &["close 4103"]),
            (Input::SocketGone { leaving: false }, &["gone false"]),
        ],
    );
    check(joined(), vec![(Input::JoinTimeout, &[])]);
}

#[test]
fn a_room_that_forgot_gives_a_new_session_that_counts_from_one() {
    let again = Joined { session: SessionId::random(), resume_token: "u".into(), resume_window: None };
    check(
        joined(),
        vec![
            (message(1, 0, stop()), &["forward 1 after 0"]),
            (Input::Answer(Answer::Joined(Box::new(again))), &["welcome"]),
            (message(1, 0, stop()), &["forward 1 after 0"]),
        ],
    );
}

#[test]
fn inv5_what_was_said_in_a_forgotten_session_is_not_taken_for_the_new_ones() {
    let again = || {
        let session = SessionId::parse("new").expect("is an id");
        let answer = Joined { session, resume_token: "t".into(), resume_window: None };
        Input::Answer(Answer::Joined(Box::new(answer)))
    };
    // Sent before the second welcome was read: of the old session, whose first was had.
    check(
        joined(),
        vec![
            (message(1, 0, stop()), &["forward 1 after 0"]),
            (again(), &["welcome"]),
            (message(2, 1, stop()), &[]),
            (message(3, 2, stop()), &[]),
            (message(1, 0, stop()), &["forward 1 after 0"]),
            (message(2, 1, stop()), &["forward 2 after 1"]),
        ],
    );
    // Of which session this is nobody can say.
    check(joined(), vec![(again(), &["welcome"]), (message(1, 0, stop()), &["close 4202"])]);
}

#[test]
fn each_answered_command_tells_once_when_it_was_read() {
    let mut session = joined();
    for counter in 1..=2 {
        session.step(message(counter, counter - 1, stop()));
    }
    assert_eq!(session.take_answered(), None, "nothing is answered yet");
    session.step(ack(2));
    assert!(session.take_answered().is_some_and(|read| read <= Instant::now()));
    assert_eq!(session.take_answered(), None);
    session.step(ack(7));
    assert_eq!(session.take_answered(), None, "it was not asked here");
}
