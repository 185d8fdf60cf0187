//! One room of a link: where this gateway stands in it, and who of it is here.

use std::collections::{HashMap, VecDeque};

use switchboard_proto::v1::link_request_item::Item as Out;
use switchboard_proto::v1::{Attach, ErrorReason, Event, LeaveReason, SessionStanding, Standing, event};
use switchboard_proto::{Millis, Position, RoomId};
use tokio::time::Instant;

use super::Manner;
use super::entry::{Entry, Phase};
use super::fan_out::FanOut;
use super::replica::Replica;
use crate::close::CloseReason;
use crate::outbox::Item;

/// A room that has sessions here.
pub(super) struct Room {
    pub(super) head: Head,
    pub(super) sessions: HashMap<Box<str>, Entry>,
    /// By connection: who asks to resume a session that has an entry here already. The older one stays until the room
    /// has decided, since a session's id is no secret and the token is judged there.
    pub(super) resuming: HashMap<Box<str>, Entry>,
    /// The ids that sessions had before the room forgot them and they joined anew.
    pub(super) renamed: HashMap<Box<str>, Box<str>>,
    /// Who is in the room; only while somebody here is told lists of that.
    pub(super) replica: Option<Replica>,
    /// When the lists are told next, if they changed, and before when they are not told again.
    pub(super) lists_at: Option<Instant>,
    pub(super) lists_rest: Option<Instant>,
}

/// Where the gateway stands in a room.
pub(super) struct Head {
    pub(super) id: RoomId,
    /// The last position had on any link; none before the first.
    pub(super) position: Option<Position>,
    /// A position told since by something else than an event: an event may follow that too.
    pub(super) told: Option<Position>,
    /// Pieces of an attach that were not answered yet: commands wait, and events that come are from before it.
    pub(super) attaching: u32,
}

impl Head {
    pub(super) fn is_attaching(&self) -> bool {
        self.attaching > 0
    }
}

/// Sessions in one piece of an attach: about 50 KiB, at worst 120, well under what a room service takes at once.
const ATTACH_SESSIONS_MAX: usize = 500;

impl Room {
    pub(super) fn new(id: RoomId) -> Self {
        let head = Head { id, position: None, told: None, attaching: 0 };
        Self {
            head,
            sessions: HashMap::new(),
            resuming: HashMap::new(),
            renamed: HashMap::new(),
            replica: None,
            lists_at: None,
            lists_rest: None,
        }
    }

    /// Attaches this room from its own position. Sessions of a large room come in pieces, each an attach from the
    /// same position: what is told twice is dropped here.
    pub(super) fn attach(&mut self, out: &mut VecDeque<Out>) {
        let known = self.sessions.values().filter(|entry| entry.phase != Phase::Joining);
        let sessions: Vec<_> = known.map(Entry::attached).collect();
        self.head.attaching = 0;
        for piece in sessions.chunks(ATTACH_SESSIONS_MAX) {
            self.head.attaching += 1;
            let (room_id, position) = (self.head.id.to_string(), self.head.position.map(Into::into));
            out.push_back(Out::Attach(Attach { room_id, position, sessions: piece.to_vec() }));
        }
    }

    /// Whether an entry can be told apart from those of the same session: the answer to a resume names its generation
    /// and not its connection. Browsers never use a generation twice.
    pub(super) fn is_distinct(&self, entry: &Entry) -> bool {
        let (session, generation) = (&entry.identity.session, entry.identity.generation);
        let current = self.sessions.get(session.as_str());
        let mut others = current.into_iter().chain(self.resuming_of(session.as_str()));
        others.all(|other| other.identity.generation != generation)
    }

    fn resuming_of(&self, session: &str) -> impl Iterator<Item = &Entry> {
        self.resuming.values().filter(move |entry| entry.identity.session.as_str() == session)
    }

    /// All entries of a session: the one that holds it and those that ask to.
    pub(super) fn all_of(&mut self, session: &str) -> impl Iterator<Item = &mut Entry> {
        let current = self.sessions.get_mut(session).into_iter();
        current
            .chain(self.resuming.values_mut().filter(move |entry| entry.identity.session.as_str() == session))
    }

    /// The entry of a connection that began with `session`.
    pub(super) fn entry_of(&mut self, session: &str, connection: &str) -> Option<&mut Entry> {
        if self.resuming.contains_key(connection) {
            return self.resuming.get_mut(connection);
        }
        let key = self.renamed.get(session).map_or(session, |new| new);
        // The words of an older connection change nothing.
        self.sessions.get_mut(key).filter(|entry| entry.identity.connection.as_str() == connection)
    }

    /// The room stands at `position`, as the answer to a session's join or resume says. Who is here alone begins there:
    /// what the gateway had before was told to others who are gone, maybe of a room that was closed meanwhile.
    ///
    /// The replica shows what those others were told. A join's snapshot comes next and is taken in its place; a resume
    /// brings none, so that the events in between are still to be had: they come, or the hole is seen.
    pub(super) fn stands_at(&mut self, session: &str, position: Option<Position>, snapshot_follows: bool) {
        let was_told =
            |entry: &Entry| entry.phase != Phase::Joining && entry.identity.session.as_str() != session;
        let begins = self.head.position.is_none() || !self.sessions.values().any(was_told);
        if begins && self.replica.as_ref().is_some_and(|replica| !replica.is_at(position)) {
            if snapshot_follows {
                self.replica = None;
            } else if self.head.position.is_some() {
                return;
            }
        }
        if begins {
            self.head.position = position;
        }
        self.head.told = position.or(self.head.told);
    }

    /// The room took a resume: it holds the session now. Gives the entry that held it before.
    pub(super) fn resumed(&mut self, session: &str, generation: u64) -> Option<Entry> {
        let entry = self.resuming_of(session).find(|entry| entry.identity.generation == generation)?;
        let connection = entry.identity.connection.to_string();
        let entry = self.resuming.remove(connection.as_str())?;
        self.sessions.insert(session.into(), entry)
    }

    /// All entries, those that ask to resume too.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.sessions.values().chain(self.resuming.values())
    }

    /// Whether nobody is here.
    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.resuming.is_empty()
    }

    /// A session got another id; its connection goes on using the one that it had first.
    pub(super) fn rename(&mut self, old: &str, new: &str) {
        match self.renamed.values_mut().find(|now| ***now == *old) {
            Some(now) => *now = new.into(),
            None => {
                self.renamed.insert(old.into(), new.into());
            }
        }
    }
}

/// Why a connection ends whose session's command or word was refused, if that says that the session is over.
pub(super) fn over(refused: ErrorReason) -> Option<CloseReason> {
    match refused {
        ErrorReason::SessionSuperseded => Some(CloseReason::Superseded),
        ErrorReason::ParticipantRemoved => Some(CloseReason::Removed),
        ErrorReason::RoomClosed => Some(CloseReason::RoomClosed),
        ErrorReason::SessionEnded => Some(CloseReason::Expired),
        ErrorReason::SessionNotFound => Some(CloseReason::SessionNotFound),
        _ => None,
    }
}

/// Whether `a` is behind or at `b`. Positions of different epochs have no order.
pub(super) fn at_or_before(a: Position, b: Position) -> bool {
    a.epoch == b.epoch && a.seq <= b.seq
}

/// Whether who stands at `at` had the event at `position`, in whichever epoch that was: seq never restarts while a room
/// lives (R6), and who stands in another history than the room is reset first. A room that is attached from before an epoch
/// tells again what a session may have had in its replay already.
pub(super) fn has_had(at: Position, position: Position) -> bool {
    position.seq <= at.seq
}

/// Tells an event to a session, unless it is not the session's turn or the session had it. `None`: not told;
/// otherwise whether the outbox took it.
pub(super) fn deliver(
    entry: &mut Entry,
    fan_out: &mut FanOut<'_>,
    position: Position,
    replay: bool,
) -> Option<bool> {
    let had = has_had(entry.cursor, position) || (!replay && has_had(entry.live_from, position));
    let is_its_turn = entry.phase == Phase::Live || (replay && entry.phase == Phase::Replay);
    if !is_its_turn || had {
        return None;
    }
    if !replay && entry.is_begin_pending() {
        // Live events come behind the whole replay.
        entry.joined();
    }
    let item = match entry.manner {
        Manner::Frames(encoding) => {
            let frame = fan_out.frame(encoding, entry.cursor);
            Item::Event { frame, position, heard: fan_out.heard, trace: fan_out.trace() }
        }
        Manner::Events { .. } => {
            Item::Told { event: fan_out.event(), heard: fan_out.heard, trace: fan_out.trace() }
        }
    };
    entry.cursor = position;
    Some(if replay { entry.push_missed(item) } else { entry.push(item) })
}

/// Applies a session's standing. Gives why its connection ends, if it does.
pub(super) fn stand(
    entry: &mut Entry,
    standing: &SessionStanding,
    store_time: impl FnOnce() -> Millis,
) -> Option<CloseReason> {
    entry.decided(standing.last, &standing.refused, standing.stored.unwrap_or(standing.last));
    match standing.standing() {
        Standing::Current => entry.has_lost(standing.last).then_some(CloseReason::Resync),
        Standing::Superseded => Some(CloseReason::Superseded),
        Standing::Ended => Some(CloseReason::of_leave(standing.reason())),
        Standing::Behind if entry.resume_again() => {
            entry.phase = Phase::Behind;
            None
        }
        Standing::Behind => Some(CloseReason::Resync),
        // Never sent: whatever the room meant, the browser can ask it.
        Standing::Unspecified => Some(CloseReason::Resync),
        Standing::Unknown if entry.outbox.is_none() => Some(CloseReason::Left),
        // Its protocol has no word for a session that begins anew: it is closed, and its client comes back and joins.
        Standing::Unknown if entry.is_told_events() => Some(CloseReason::SessionNotFound),
        Standing::Unknown => {
            entry.join_anew(store_time());
            None
        }
    }
}

/// What an event means for the sockets here, beside being told.
pub(super) enum Consequence {
    None,
    Left { session: String, reason: LeaveReason },
    Reconnecting { session: String },
    Closed,
}

impl Consequence {
    pub(super) fn of(event: &Event) -> Self {
        match &event.event {
            Some(event::Event::ParticipantLeft(left)) => {
                Self::Left { session: left.session_id.clone(), reason: left.reason() }
            }
            Some(event::Event::ParticipantReconnecting(lost)) => {
                Self::Reconnecting { session: lost.session_id.clone() }
            }
            Some(event::Event::RoomClosed(_)) => Self::Closed,
            _ => Self::None,
        }
    }
}
