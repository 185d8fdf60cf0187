//! V25: a correct history passes, and each fault that is put into it is named.

use std::time::Duration;

use switchboard_proto::v1::{
    self, ErrorReason, LeaveReason, ParticipantState, ResetReason, SignalKind, client_message::Kind as Ask,
    event::Event as Kind,
};
use tokio::time::Instant;

use super::{Audience, Author, Change, Entry, History, Observation, Outcome, StoredRoom, What, check};

const EPOCH: u64 = 7;

fn at(seq: u64) -> v1::Position {
    v1::Position { epoch: EPOCH, seq }
}

fn member(id: &str, session: &str) -> v1::Participant {
    let state = ParticipantState::Joined.into();
    v1::Participant { participant_id: id.into(), session_id: session.into(), state, ..Default::default() }
}

fn author(participant: &str, session: &str, generation: u64) -> Option<Author> {
    Some(Author { participant: participant.into(), session: session.into(), generation })
}

fn entry(seq: u64, from: Option<Author>, counter: u64, told: Option<Kind>, change: Change) -> Entry {
    let audience = if told.is_some() { Audience::All } else { Audience::Nobody };
    Entry { position: at(seq), at_ms: seq * 1_000, from, counter, audience, told, change }
}

fn joined(seq: u64, id: &str, session: &str) -> Entry {
    let told = Kind::ParticipantJoined(v1::ParticipantJoined { participant: Some(member(id, session)) });
    let change = Change::Joined { participant: id.into(), session: session.into() };
    entry(seq, author(id, session, 1), 0, Some(told), change)
}

fn left(seq: u64, id: &str, session: &str, reason: LeaveReason) -> Entry {
    let told =
        v1::ParticipantLeft { participant_id: id.into(), session_id: session.into(), reason: reason.into() };
    let change = Change::Left { participant: id.into(), session: session.into(), reason };
    entry(seq, None, 0, Some(Kind::ParticipantLeft(told)), change)
}

fn said(body: &str) -> Option<Kind> {
    Some(Kind::MessageReceived(v1::MessageReceived { body: body.into() }))
}

fn saying(body: &str) -> Ask {
    Ask::Message(v1::Message { to: vec![], body: body.into() })
}

/// Ann and Bob join, she says something, signals to him, is refused a command; he is lost and comes back, and answers.
fn log() -> Vec<Entry> {
    let (id, session) = ("bob".to_owned(), "sb".to_owned());
    let signal = v1::SignalReceived { kind: SignalKind::Offer.into(), payload: "{}".into() };
    let lost = v1::ParticipantReconnecting {
        participant_id: id.clone(),
        session_id: session.clone(),
        ..Default::default()
    };
    let back = v1::ParticipantReturned { participant_id: id.clone(), session_id: session.clone() };
    let mut log = vec![
        entry(1, None, 0, None, Change::Plain),
        joined(2, "ann", "sa"),
        joined(3, "bob", "sb"),
        entry(4, author("ann", "sa", 1), 1, said("hello"), Change::Plain),
        entry(5, author("ann", "sa", 1), 2, Some(Kind::SignalReceived(signal)), Change::Plain),
        entry(6, author("ann", "sa", 1), 3, None, Change::Refused),
        entry(
            7,
            None,
            0,
            Some(Kind::ParticipantReconnecting(lost)),
            Change::Reconnecting { participant: id.clone(), session: session.clone(), until_ms: 9_000 },
        ),
        entry(
            8,
            author("bob", "sb", 2),
            0,
            Some(Kind::ParticipantReturned(back)),
            Change::Resumed { participant: id, session, generation: 2 },
        ),
        entry(9, author("bob", "sb", 2), 1, said("hi"), Change::Plain),
    ];
    log[4].audience = Audience::Sessions(vec!["sb".into()]);
    log
}

fn observe(client: u64, what: What) -> Observation {
    let participant = if client == 1 { "ann" } else { "bob" };
    Observation { at: Instant::now(), client, room: "r".into(), participant: participant.into(), what }
}

fn told(entry: &Entry, prev: u64) -> What {
    let from = entry.from.as_ref().map(|from| v1::Sender {
        participant_id: from.participant.clone(),
        session_id: from.session.clone(),
        counter: entry.counter,
    });
    let event = v1::Event {
        position: Some(entry.position),
        prev: Some(at(prev)),
        from,
        stored: true,
        event: entry.told.clone(),
        ..Default::default()
    };
    What::Event { event: Box::new(event), is_new: true }
}

fn sent(session: &str, counter: u64, command: Ask) -> What {
    What::Sent { session: session.into(), counter, after: counter - 1, command }
}

fn answered(session: &str, counter: u64, outcome: Outcome) -> What {
    What::Answered { session: session.into(), counter, outcome }
}

fn correct() -> History {
    let log = log();
    let signal = v1::Signal { to: "bob".into(), kind: SignalKind::Offer.into(), payload: "{}".into() };
    let stored = Outcome::Accepted { stored: true };
    let window = Duration::from_secs(2);
    let ann = [
        What::Attempt { session: String::new(), generation: 1 },
        What::Welcome { session: "sa".into(), window },
        What::Snapshot { position: at(2), participants: vec![member("ann", "sa")] },
        told(&log[2], 2),
        sent("sa", 1, saying("hello")),
        sent("sa", 2, Ask::Signal(signal)),
        sent("sa", 3, Ask::StopShare(v1::StopShare {})),
        answered("sa", 1, stored),
        told(&log[3], 3),
        answered("sa", 2, stored),
        answered("sa", 3, Outcome::Refused(ErrorReason::NotSharing)),
        told(&log[6], 4),
        told(&log[7], 7),
        told(&log[8], 8),
    ];
    let bob = [
        What::Attempt { session: String::new(), generation: 1 },
        What::Welcome { session: "sb".into(), window },
        What::Snapshot { position: at(3), participants: vec![member("ann", "sa"), member("bob", "sb")] },
        told(&log[3], 3),
        told(&log[4], 4),
        sent("sb", 1, saying("hi")),
        What::Lost { code: 1006, reason: String::new() },
        What::Attempt { session: "sb".into(), generation: 2 },
        What::Resumed { session: "sb".into(), generation: 2, last: 0, refused: vec![] },
        told(&log[6], 5),
        told(&log[7], 7),
        sent("sb", 1, saying("hi")),
        told(&log[8], 8),
        answered("sb", 1, stored),
    ];
    let clients = ann.map(|what| observe(1, what)).into_iter().chain(bob.map(|what| observe(2, what)));
    let room = StoredRoom {
        room: "r".into(),
        is_open: true,
        head: at(9),
        participants: vec![member("ann", "sa"), member("bob", "sb")],
        past: vec![],
        log,
    };
    History {
        observations: clients.collect(),
        rooms: vec![room],
        may_reset: false,
        may_flap: false,
        is_at_rest: true,
    }
}

fn named(history: &History) -> Vec<&'static str> {
    let mut names: Vec<_> = check(history).iter().map(|violation| violation.assertion).collect();
    names.dedup();
    names
}

/// The place of the event at `seq` among what a client saw.
fn place(history: &History, client: u64, seq: u64) -> usize {
    let is_it = |o: &Observation| matches!(&o.what, What::Event { event, .. } if o.client == client && event.position == Some(at(seq)));
    history.observations.iter().position(is_it).expect("was told")
}

fn event(history: &mut History, client: u64, seq: u64) -> &mut v1::Event {
    let place = place(history, client, seq);
    match &mut history.observations[place].what {
        What::Event { event, .. } => event,
        _ => unreachable!("the place is one of an event"),
    }
}

/// Puts entries at the end of the log, told to nobody: Ann and Bob are not asked about them.
fn append(history: &mut History, entries: impl IntoIterator<Item = Entry>) {
    history.is_at_rest = false;
    history.rooms[0].log.extend(entries);
    history.rooms[0].head = history.rooms[0].log.last().expect("has entries").position;
}

#[test]
fn a_correct_history_passes() {
    assert_eq!(check(&correct()), []);
}

#[test]
fn a_lost_event_is_named() {
    let mut history = correct();
    let lost = place(&history, 1, 9);
    history.observations.remove(lost);
    assert_eq!(named(&history), ["V5"]);
    // In the middle, with its follower told as if nothing were missing.
    let mut history = correct();
    event(&mut history, 1, 8).prev = Some(at(4));
    let lost = place(&history, 1, 7);
    history.observations.remove(lost);
    assert_eq!(named(&history), ["V5"]);
    // And without that.
    let mut history = correct();
    let lost = place(&history, 1, 7);
    history.observations.remove(lost);
    assert_eq!(named(&history), ["V4", "V5"]);
}

#[test]
fn a_doubled_event_is_named() {
    let mut history = correct();
    let first = place(&history, 1, 4);
    let again = history.observations[first].clone();
    history.observations.insert(first + 1, again);
    assert_eq!(named(&history), ["V4"]);
}

#[test]
fn a_command_with_two_effects_is_named() {
    let mut history = correct();
    append(&mut history, [entry(10, author("bob", "sb", 2), 1, said("hi"), Change::Plain)]);
    let event = told(&history.rooms[0].log[9], 9);
    history.observations.extend([observe(1, event.clone()), observe(2, event)]);
    assert_eq!(named(&history), ["V4", "V6", "V8"]);
}

#[test]
fn swapped_events_are_named() {
    let mut history = correct();
    let (one, two) = (place(&history, 1, 7), place(&history, 1, 8));
    history.observations.swap(one, two);
    assert_eq!(named(&history), ["V4", "V5"]);
}

#[test]
fn two_contents_at_one_position_are_named() {
    let mut history = correct();
    event(&mut history, 2, 4).event = said("good-bye");
    assert_eq!(named(&history), ["V1", "V12", "V21"]);
}

#[test]
fn an_invented_event_is_named() {
    let mut history = correct();
    let from = author("ann", "sa", 1);
    let invented = told(&entry(10, from, 4, said("never said"), Change::Plain), 9);
    history.observations.push(observe(2, invented));
    assert_eq!(named(&history), ["V5", "V12", "V21"]);
}

#[test]
fn a_wrong_sender_is_named() {
    let mut history = correct();
    for client in [1, 2] {
        event(&mut history, client, 4).from.as_mut().expect("has one").participant_id = "bob".into();
    }
    assert_eq!(named(&history), ["V12"]);
}

#[test]
fn a_word_after_a_takeover_is_named() {
    let mut history = correct();
    let late = entry(12, author("bob", "sb", 2), 2, None, Change::Plain);
    append(&mut history, [left(10, "bob", "sb", LeaveReason::TakenOver), joined(11, "bob", "sb2"), late]);
    assert_eq!(named(&history), ["V11", "V13"]);
}

#[test]
fn two_sessions_of_one_participant_are_named() {
    let mut history = correct();
    append(&mut history, [joined(10, "bob", "sb2")]);
    assert_eq!(named(&history), ["V13"]);
}

#[test]
fn a_sender_with_an_older_generation_is_named() {
    let mut history = correct();
    history.rooms[0].log[8].from = author("bob", "sb", 1);
    assert_eq!(named(&history), ["V11"]);
}

#[test]
fn a_second_outcome_is_named() {
    let mut history = correct();
    let other = answered("sa", 3, Outcome::Accepted { stored: false });
    history.observations.push(observe(1, other));
    assert_eq!(named(&history), ["V7"]);
    let refused = vec![(1, ErrorReason::Busy)];
    let resumed = What::Resumed { session: "sa".into(), generation: 2, last: 3, refused };
    let mut history = correct();
    history.observations.push(observe(1, resumed));
    assert_eq!(named(&history), ["V7"]);
}

#[test]
fn a_false_stored_is_named() {
    let mut history = correct();
    history.observations.push(observe(1, sent("sa", 4, saying("lost"))));
    history.observations.push(observe(1, answered("sa", 4, Outcome::Accepted { stored: true })));
    assert_eq!(named(&history), ["V6"]);
}

#[test]
fn a_refusal_with_an_effect_is_named() {
    let mut history = correct();
    history.rooms[0].log[5].change = Change::Plain;
    assert_eq!(named(&history), ["V6"]);
}

#[test]
fn decided_commands_that_are_forgotten_are_named() {
    let mut history = correct();
    for last in [3, 2] {
        let resumed = What::Resumed { session: "sa".into(), generation: 2, last, refused: vec![] };
        history.observations.push(observe(1, resumed));
    }
    assert_eq!(named(&history), ["V8"]);
}

#[test]
fn a_reset_without_cause_is_named() {
    let mut history = correct();
    history.observations.push(observe(1, What::Reset(ResetReason::Trimmed)));
    assert_eq!(named(&history), ["V18"]);
    history.may_reset = true;
    assert_eq!(named(&history), [""; 0]);
}

#[test]
fn a_room_that_a_receiver_sees_otherwise_is_named() {
    let mut history = correct();
    history.rooms[0].participants[0].metadata = "changed".into();
    assert_eq!(named(&history), ["V3"]);
}

#[test]
fn an_early_end_is_named() {
    for (until_ms, want) in [(9_000, vec!["V14"]), (7_500, vec![])] {
        let mut history = correct();
        history.is_at_rest = false;
        let room = &mut history.rooms[0];
        room.log.truncate(7);
        room.head = at(7);
        history.observations.retain(
            |o| !matches!(&o.what, What::Event { event, .. } if event.position.is_some_and(|at| at.seq > 7)),
        );
        history
            .observations
            .retain(|o| !matches!(&o.what, What::Answered { session, .. } if session == "sb"));
        let id = ("bob".to_owned(), "sb".to_owned());
        let change = Change::Reconnecting { participant: id.0, session: id.1, until_ms };
        history.rooms[0].log[6].change = change;
        append(&mut history, [left(8, "bob", "sb", LeaveReason::Expired)]);
        assert_eq!(named(&history), want, "{until_ms}");
    }
}

#[test]
fn ghosts_and_forgotten_sockets_are_named() {
    let mut history = correct();
    history.observations.push(observe(2, What::Lost { code: 1006, reason: String::new() }));
    assert_eq!(named(&history), ["V16"]);
    let mut history = correct();
    history.rooms[0].participants.pop();
    assert_eq!(named(&history), ["V3", "V16"]);
}

#[test]
fn a_refusal_for_somebody_who_is_there_is_named() {
    for (to, want) in [("bob", vec!["V10"]), ("carol", vec![])] {
        let mut history = correct();
        let signal = v1::Signal { to: to.into(), ..Default::default() };
        let refused = answered("sa", 4, Outcome::Refused(ErrorReason::ParticipantNotFound));
        history.observations.push(observe(1, sent("sa", 4, Ask::Signal(signal))));
        history.observations.push(observe(1, refused));
        append(&mut history, [entry(10, author("ann", "sa", 1), 4, None, Change::Refused)]);
        assert_eq!(named(&history), want, "{to}");
    }
}

#[test]
fn an_open_socket_that_is_shown_as_lost_is_named() {
    let lost = |until_ms| Change::Reconnecting { participant: "ann".into(), session: "sa".into(), until_ms };
    for change in [
        lost(30_000),
        Change::Left { participant: "ann".into(), session: "sa".into(), reason: LeaveReason::Left },
    ] {
        let mut history = correct();
        append(&mut history, [entry(10, None, 0, None, change)]);
        assert_eq!(named(&history), ["V15"]);
        history.may_flap = true;
        assert_eq!(named(&history), [""; 0]);
        history.may_flap = false;
        history.observations.insert(0, observe(1, What::Lost { code: 1006, reason: String::new() }));
        assert_eq!(named(&history), ["V15"], "it was another socket, before");
        history.observations.push(observe(1, What::Lost { code: 1006, reason: String::new() }));
        assert_eq!(named(&history), [""; 0], "it was lost");
    }
}

#[test]
fn a_good_resume_that_is_refused_is_named() {
    let mut history = correct();
    history.observations.push(observe(1, What::NotTaken { session: "sa".into(), code: 4001 }));
    assert_eq!(named(&history), ["V17"]);
    append(&mut history, [left(10, "ann", "sa", LeaveReason::Expired)]);
    assert!(!named(&history).contains(&"V17"), "it had ended");
}

#[test]
fn epochs_that_come_twice_and_holes_in_the_log_are_named() {
    let mut history = correct();
    history.rooms[0].past = vec![at(4)];
    assert_eq!(named(&history), ["V20"]);
    let mut history = correct();
    history.rooms[0].log.remove(5);
    assert_eq!(named(&history), ["V20"]);
}

#[test]
fn who_keeps_an_event_that_is_in_no_history_any_more_is_named() {
    let lost = |history: &mut History| {
        let mut event = history.observations.iter().rev().find_map(|o| match &o.what {
            What::Event { event, .. } if o.client == 1 => Some(event.clone()),
            _ => None,
        });
        let event = event.as_mut().expect("it was told something");
        event.prev = Some(v1::Position { epoch: 99, seq: 3 });
        history.may_reset = true;
        history.observations.push(observe(1, What::Event { event: event.clone(), is_new: false }));
    };
    let mut history = correct();
    lost(&mut history);
    assert!(named(&history).contains(&"V20"));
    history.observations.push(observe(1, What::Reset(ResetReason::NotInHistory)));
    assert!(!named(&history).contains(&"V20"), "it was reset");
    history.may_reset = false;
    assert!(named(&history).contains(&"V20"), "nothing could be lost");
    history.may_reset = true;
    lost(&mut history);
    assert!(named(&history).contains(&"V20"), "that came after the reset");
}

#[test]
fn what_the_store_lost_and_nobody_said_again_is_named() {
    // Told, stored, and in no history: another room service was the first to write the room back.
    let lost = |history: &mut History, counter: u64| {
        let from = v1::Sender { participant_id: "ann".into(), session_id: "sa".into(), counter };
        let event = v1::Event {
            position: Some(v1::Position { epoch: 99, seq: 9 }),
            prev: Some(at(8)),
            from: Some(from),
            stored: true,
            event: said("hello"),
            ..Default::default()
        };
        history.observations.push(observe(1, What::Event { event: event.into(), is_new: true }));
        history.observations.push(observe(1, What::Reset(ResetReason::NotInHistory)));
    };
    let is_named = |history: &History| named(history).contains(&"V21");
    let again = counter_of_ann(&correct());
    for (counter, may_reset, want) in [
        (again, true, false),
        (again, false, true),
        (again + 100, true, true),
        (0, true, false),
        (0, false, true),
    ] {
        let mut history = correct();
        lost(&mut history, counter);
        history.may_reset = may_reset;
        assert_eq!(is_named(&history), want, "command {counter}, may_reset {may_reset}");
    }
}

/// A command of Ann's that is in the log.
fn counter_of_ann(history: &History) -> u64 {
    let mut log = history.rooms[0].log.iter();
    let said =
        log.find(|entry| entry.counter != 0 && entry.from == author("ann", "sa", 1) && entry.told.is_some());
    said.expect("she said something").counter
}

#[test]
fn an_entry_after_the_end_of_a_room_is_named() {
    let mut history = correct();
    let end = entry(10, None, 0, None, Change::Closed);
    append(&mut history, [end, entry(11, None, 0, None, Change::Plain)]);
    assert_eq!(named(&history), ["V22"]);
    history.rooms[0].log.pop();
    history.rooms[0].head = at(10);
    assert_eq!(named(&history), ["V22"], "open though it ended");
    history.rooms[0].is_open = false;
    assert_eq!(named(&history), [""; 0]);
}
