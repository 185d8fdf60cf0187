//! What a room is, and its rules: plain code without I/O, clock or tokio.
//!
//! [`Room::decide`] looks at a command and says which entries follow; it changes nothing. [`Room::absorb`] is the
//! only way a room changes, and an entry holds all that it needs, so a room that absorbed entries 1 to n equals the
//! stored room at n, field for field. `record` is that stored form.

mod absorb;
mod command;
mod decide;
mod entry;
mod record;
mod removal;
mod settings;
mod view;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use switchboard_proto::v1::{ErrorReason, LeaveReason};
use switchboard_proto::{ConnectionId, Epoch, GatewayId, Millis, ParticipantId, Position, RoomId, SessionId};

pub use command::{Action, ApiAction, Command, SessionKey};
pub use decide::{Answer, Context, Verdict};
pub use entry::{Audience, Change, ConnectionEnd, Counter, Entry, Origin, Reason};
pub use record::{BadRecord, Fields, Touched, fields, load, parse_past};
pub use removal::{REMOVED_MAX, Removal, TOMBSTONE_MS};
pub use settings::{Settings, SettingsPatch};
pub use view::{SNAPSHOT_PIECE_BYTES, participant, room_view, room_view_with_participants, snapshot};

/// Ended epochs that a room remembers. A receiver that stands before all of them gets a reset.
pub const PAST_MAX: usize = 8;
/// Ended sessions that a room remembers, with the reason, for late joins and late askers.
pub const ENDED_MAX: usize = 64;
/// The newest counters of which a session remembers whether they were refused: as many as may be without an outcome that
/// is stored. 64 may be unanswered, and while the store is away 256 are decided and may be decided otherwise.
pub const REFUSED_MAX: usize = 320;
/// How late a join may reach the room: longer than a gateway keeps one, shorter than a person's patience.
pub const JOIN_AGE_MAX_MS: u64 = 10_000;
/// How much earlier than the recorded join a join may have been asked and still take over: two gateways know the
/// store's time to some milliseconds, on a busy machine to tens. Within this time two joins of one identity have no
/// order, and the one decided last wins; a join that was held up for longer never does (S48).
pub const JOIN_SKEW_MAX_MS: u64 = 250;
/// How long ago a gateway's lease may have been seen to be over for its sessions to be shown as reconnecting (R14).
pub const LEASE_SEEN_MAX_MS: u64 = 1_000;
/// The window of a browser that said that it goes away: time for a reload, too short for a ghost.
pub const LEAVING_WINDOW_MS: u64 = 2_000;

/// Whether a room is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The store has no such room.
    Absent,
    /// It can be joined.
    Open,
    /// A tombstone: a join or a creation makes a new room in its place.
    Closed,
}

/// A room at one position. Cheap enough to copy for a batch: ids and records are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub(crate) id: RoomId,
    pub(crate) phase: Phase,
    pub(crate) head: Position,
    /// Ended epochs with the last seq of each, oldest first.
    pub(crate) past: VecDeque<Position>,
    pub(crate) created_at: Millis,
    pub(crate) settings: Settings,
    pub(crate) metadata: Arc<str>,
    /// When the room ends if nobody comes; set while it is empty.
    pub(crate) close_at: Option<Millis>,
    pub(crate) members: BTreeMap<ParticipantId, Member>,
    /// Barred identities, oldest first; also such as are barred no more, until the next removal.
    pub(crate) removed: VecDeque<Removal>,
    /// The newest ended sessions, oldest first.
    pub(crate) ended: VecDeque<(SessionId, LeaveReason)>,
}

/// A participant's current session in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) record: Arc<MemberRecord>,
    pub(crate) counters: Counters,
}

/// What is stored of a session under `p:<participant>`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct MemberRecord {
    pub(crate) session: SessionId,
    /// The store's time at the gateway when the join arrived: of two joins under one identity the later one wins.
    pub(crate) asked_at: Millis,
    pub(crate) joined_at: Millis,
    pub(crate) generation: u64,
    /// The recorded socket; none once the gateway said that it is gone.
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) gateway: GatewayId,
    /// When the resume window ends: set exactly while the participant is reconnecting.
    pub(crate) until: Option<Millis>,
    pub(crate) share: Option<ShareRecord>,
    pub(crate) metadata: String,
    /// How long the session may be resumed, where that is shorter than the room's own window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) window_ms: Option<u64>,
    /// How it lost a connection the last time, for people: the log goes, this stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lost: Option<ConnectionLost>,
}

/// That a session lost a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ConnectionLost {
    pub(crate) at: Millis,
    /// By the word of its gateway; else that one was lost itself.
    pub(crate) gone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<ConnectionEnd>,
}

impl MemberRecord {
    /// How long the session may be resumed in a room whose own window is this, in milliseconds.
    pub(crate) fn window(&self, of_room_ms: u64) -> u64 {
        self.window_ms.map_or(of_room_ms, |own| own.min(of_room_ms))
    }
}

/// A share under way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ShareRecord {
    pub(crate) share_id: String,
    pub(crate) audio: bool,
    pub(crate) started_at: Millis,
}

/// What is stored of a session's commands under `c:<participant>`, apart since every signal writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counters {
    /// The newest counter decided.
    pub(crate) last: u64,
    /// Which of the newest [`REFUSED_MAX`] were refused, and why.
    pub(crate) refused: BTreeMap<u64, ErrorReason>,
}

impl Room {
    /// A room that the store does not have.
    #[must_use]
    pub fn absent(id: RoomId) -> Self {
        Self {
            id,
            phase: Phase::Absent,
            head: Position::ZERO,
            past: VecDeque::new(),
            created_at: Millis(0),
            settings: Settings::default(),
            metadata: "".into(),
            close_at: None,
            members: BTreeMap::new(),
            removed: VecDeque::new(),
            ended: VecDeque::new(),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// The position of its newest entry.
    #[must_use]
    pub fn head(&self) -> Position {
        self.head
    }

    /// The epochs that have ended, each with its last position, oldest first; the newest [`PAST_MAX`].
    pub fn past(&self) -> impl Iterator<Item = Position> {
        self.past.iter().copied()
    }

    /// Whether it is there.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether a receiver at `position` saw only entries that this room had: R6. The zero position is in every
    /// history.
    #[must_use]
    pub fn in_history(&self, position: Position) -> bool {
        in_history(position, self.head, self.past.iter().copied())
    }

    /// When somebody has to look at this room again: a window or its own time ends.
    #[must_use]
    pub fn next_look(&self) -> Option<Millis> {
        let windows = self.members.values().filter_map(|member| member.record.until);
        windows.chain(self.close_at).min()
    }

    /// What is due at `now`, as commands for [`Self::decide`].
    #[must_use]
    pub fn due(&self, now: Millis) -> Vec<Command> {
        let expired = self.members.iter().filter(|(_, member)| member.record.until.is_some_and(|t| t <= now));
        let mut due: Vec<_> = expired
            .map(|(participant, member)| Command::Expire(SessionKey::of(participant, &member.record)))
            .collect();
        if self.close_at.is_some_and(|t| t <= now) {
            due.push(Command::CloseIfEmpty);
        }
        due
    }

    /// The sessions that are joined by way of one of `gateways`, whose leases were seen to be over at `checked_at`.
    #[must_use]
    pub fn held_by_any(&self, gateways: &[GatewayId], checked_at: Millis) -> Vec<Command> {
        let lost = self.joined().filter(|(_, record)| gateways.contains(&record.gateway));
        lost.map(|(participant, record)| {
            let key = SessionKey::of(participant, record);
            Command::GatewayLost { key, checked_at }
        })
        .collect()
    }

    /// Who is there and not reconnecting.
    pub(crate) fn joined(&self) -> impl Iterator<Item = (&ParticipantId, &MemberRecord)> {
        let members = self.members.iter().filter(|(_, member)| member.record.until.is_none());
        members.map(|(participant, member)| (participant, &*member.record))
    }

    /// Whether `gateway` is recorded to hold a socket of this room.
    pub(crate) fn is_held_by(&self, gateway: &GatewayId) -> bool {
        self.members.values().any(|m| m.record.connection.is_some() && m.record.gateway == *gateway)
    }

    /// How many are in the room, those reconnecting included.
    #[must_use]
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// The participant's member, if `session` is its current one.
    pub(crate) fn member(&self, participant: &ParticipantId, session: &SessionId) -> Option<&Member> {
        self.members.get(participant).filter(|member| member.record.session == *session)
    }

    /// Why a session is not in the room any more; `None` if the room never knew it, as far as it remembers.
    #[must_use]
    pub fn ended_reason(&self, participant: &ParticipantId, session: &SessionId) -> Option<LeaveReason> {
        if let Some((_, reason)) = self.ended.iter().rev().find(|(ended, _)| ended == session) {
            return Some(*reason);
        }
        match self.phase {
            Phase::Closed => Some(LeaveReason::RoomClosed),
            Phase::Open if self.members.contains_key(participant) => Some(LeaveReason::TakenOver),
            Phase::Open if self.removed.iter().any(|r| r.participant == *participant) => {
                Some(LeaveReason::Removed)
            }
            Phase::Open | Phase::Absent => None,
        }
    }
}

/// Whether `position` is in the history of a room that stands at `head` and had the `past` epochs.
pub(crate) fn in_history(
    position: Position,
    head: Position,
    mut past: impl Iterator<Item = Position>,
) -> bool {
    position == Position::ZERO
        || (position.epoch == head.epoch && position.seq <= head.seq)
        || past.any(|end| end.epoch == position.epoch && position.seq <= end.seq)
}

/// A new epoch: 64 random bits, never the zero that means "before any".
#[must_use]
pub fn fresh_epoch() -> Epoch {
    Epoch(rand::random::<u64>().max(1))
}
