//! Rooms, what is asked of them, and what follows.

use std::collections::VecDeque;

use switchboard_proto::v1::SignalKind;
use switchboard_proto::{ConnectionId, GatewayId, Millis, ParticipantId, RoomId, SessionId};
use switchboard_roomsvc::room::{
    Action, Command, Context, Entry, Phase, Room, SessionKey, Touched, Verdict, fields, fresh_epoch,
};
use switchboard_roomsvc::store::{Append, NextLook};

use crate::BODY_BYTES;

/// How long a log keeps an entry, in milliseconds: what a room with the default settings has.
const KEEP_MS: u64 = 300_000;

/// A room in which so many have joined, named p0, p1 …
///
/// # Panics
/// When a join is refused: a fault of this crate.
#[must_use]
pub fn room_of(people: usize) -> Room {
    let mut room = Room::absent(RoomId::parse("room").expect("is an id"));
    for n in 0..people {
        for entry in decided(&room, &join(n, Millis(1_000_000)), Millis(1_000_000)) {
            room.absorb(&entry);
        }
    }
    assert_eq!(room.member_count(), people, "all are in");
    room
}

/// The command with that number (from 1, rising by 1) of p0: a candidate for p1.
#[must_use]
pub fn candidate(counter: u64) -> Command {
    let action = Action::Signal { to: id(1), kind: SignalKind::Candidate, payload: body() };
    Command::Session { key: key(0), counter, after: counter - 1, action }
}

/// The same, a message to all.
#[must_use]
pub fn message(counter: u64) -> Command {
    let action = Action::Message { to: Vec::new(), body: body() };
    Command::Session { key: key(0), counter, after: counter - 1, action }
}

/// The entries that follow from a command; none if there are none.
#[must_use]
pub fn decided(room: &Room, command: &Command, now: Millis) -> Vec<Entry> {
    match room.decide(command, Context { now, fresh: fresh_epoch(), begin_epoch: false }) {
        Verdict::Append(entries, _) => entries,
        Verdict::Answer(_) | Verdict::IfFresh(_) => Vec::new(),
    }
}

/// One room's appends, one command each, as a room service makes them: first four join, then p0 sends candidates to
/// p1 for ever. Each has to be stored before the next is asked for.
#[derive(Debug)]
pub struct Appends {
    room: Room,
    joining: VecDeque<usize>,
    counter: u64,
}

impl Appends {
    /// Of the room with that name.
    ///
    /// # Panics
    /// When the name is none that a room can have.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let room = Room::absent(RoomId::parse(name).expect("is an id"));
        Self { room, joining: (0..4).collect(), counter: 0 }
    }

    /// Whether all have joined, so that the next is a candidate.
    #[must_use]
    pub fn are_candidates(&self) -> bool {
        self.joining.is_empty()
    }

    /// The next one; `now` is the store's time.
    pub fn next_append(&mut self, now: Millis) -> Append {
        let command = match self.joining.pop_front() {
            Some(n) => join(n, now),
            None => {
                self.counter += 1;
                candidate(self.counter)
            }
        };
        let (before, is_new) = (self.room.head(), self.room.phase() == Phase::Absent);
        let entries = decided(&self.room, &command, now);
        let mut touched = Touched::default();
        entries.iter().for_each(|entry| touched.merge(self.room.absorb(entry)));
        Append {
            room: self.room.id().clone(),
            expect: (!is_new).then_some(before),
            entries,
            fields: fields(&self.room, &touched),
            tombstone_ms: None,
            next_look: is_new.then_some(NextLook::Never),
            requests: Vec::new(),
            by: "bench 1".into(),
            now,
            keep_ms: KEEP_MS,
            begins_epoch: is_new,
        }
    }
}

fn join(n: usize, now: Millis) -> Command {
    Command::Join {
        key: key(n),
        connection: ConnectionId::parse(&format!("c{n}")).expect("is an id"),
        gateway: GatewayId::parse("gateway").expect("is an id"),
        asked_at: now,
        metadata: format!("{{\"name\":\"p{n}\"}}"),
        resubmitted: false,
        window_ms: None,
    }
}

fn key(n: usize) -> SessionKey {
    let session = SessionId::parse(&format!("s{n}")).expect("is an id");
    SessionKey { participant: id(n), session, generation: 1 }
}

fn id(n: usize) -> ParticipantId {
    ParticipantId::parse(&format!("p{n}")).expect("is an id")
}

/// A candidate's JSON, quotes and all: both encodings of a frame have to escape it or not, as with a real one.
fn body() -> String {
    let start = r#"{"candidate":"candidate:842163049 1 udp 1677729535 192.0.2.1 46154 typ srflx","sdpMid":"0","pad":""#;
    let end = r#""}"#;
    format!("{start}{}{end}", "x".repeat(BODY_BYTES - start.len() - end.len()))
}
