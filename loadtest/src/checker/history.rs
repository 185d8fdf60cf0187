//! What clients saw, and what the store has in the end: plain data, so that a simulation can fill it as well.

use std::time::Duration;

use switchboard_proto::v1::{self, ErrorReason, LeaveReason, ResetReason, client_message};
use tokio::time::Instant;

/// One thing that one client did or saw.
#[derive(Debug, Clone)]
pub struct Observation {
    /// When, by the client's clock.
    pub at: Instant,
    /// Which client: one that comes back under the same identity is another one.
    pub client: u64,
    /// The room it is in.
    pub room: String,
    /// Who it is there.
    pub participant: String,
    /// What.
    pub what: What,
}

/// What a client did or saw, in its own order.
#[derive(Debug, Clone)]
pub enum What {
    /// It tries to join or to resume; generation 1 is a join.
    Attempt {
        /// The session to be taken up; empty for a join.
        session: String,
        /// Of the attempt.
        generation: u64,
    },
    /// A session began.
    Welcome {
        /// Which.
        session: String,
        /// How long it may be resumed.
        window: Duration,
    },
    /// The session goes on.
    Resumed {
        /// Which.
        session: String,
        /// As the gateway answered.
        generation: u64,
        /// The newest counter that was decided.
        last: u64,
        /// Which were refused.
        refused: Vec<(u64, ErrorReason)>,
    },
    /// The gateway refused a join or a resume for good.
    NotTaken {
        /// The session that was to be taken up; empty for a join.
        session: String,
        /// The close code.
        code: u16,
    },
    /// A whole snapshot.
    Snapshot {
        /// Where it stands.
        position: v1::Position,
        /// Who is in it.
        participants: Vec<v1::Participant>,
    },
    /// A command went out, perhaps again.
    Sent {
        /// The session.
        session: String,
        /// Its number.
        counter: u64,
        /// The one before it.
        after: u64,
        /// What it was.
        command: client_message::Kind,
    },
    /// A command has its outcome.
    Answered {
        /// The session.
        session: String,
        /// Which command.
        counter: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// The session ended before the command's outcome was known.
    Unknown {
        /// The session.
        session: String,
        /// Which command.
        counter: u64,
    },
    /// An event came.
    Event {
        /// As it came.
        event: Box<v1::Event>,
        /// False where the client had it and dropped it.
        is_new: bool,
    },
    /// A heartbeat told the position.
    Cursor(v1::Position),
    /// What was missed is gone.
    Reset(ResetReason),
    /// Something was missing between two events.
    Hole {
        /// Where the client stood.
        at: v1::Position,
        /// What the event follows.
        prev: v1::Position,
    },
    /// An error that is about no command.
    Error(ErrorReason),
    /// The connection ended; 1006 without a close frame.
    Lost {
        /// The close code.
        code: u16,
        /// Why.
        reason: String,
    },
    /// The client stopped for good.
    Stopped,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect.
    Accepted {
        /// Whether the store has it.
        stored: bool,
    },
    /// It had no effect, and never will.
    Refused(ErrorReason),
    /// Nobody will ever know: its session ended first.
    Unknown,
}

/// A room as the store has it once all is quiet.
#[derive(Debug, Clone, Default)]
pub struct StoredRoom {
    /// Its id.
    pub room: String,
    /// Whether it is there and open.
    pub is_open: bool,
    /// Its head.
    pub head: v1::Position,
    /// Who is in it.
    pub participants: Vec<v1::Participant>,
    /// Ended epochs, each with its last position; the oldest first.
    pub past: Vec<v1::Position>,
    /// The log as far as it is kept, in order.
    pub log: Vec<Entry>,
}

/// One entry of a room's log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it stands.
    pub position: v1::Position,
    /// The store's time in milliseconds.
    pub at_ms: u64,
    /// Who caused it; none if the service did.
    pub from: Option<Author>,
    /// The command that caused it; 0 if none did.
    pub counter: u64,
    /// Who is told.
    pub audience: Audience,
    /// What is told; none for what nobody is told.
    pub told: Option<v1::event::Event>,
    /// What the checker has to know of it.
    pub change: Change,
}

/// The session that caused an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Whose.
    pub participant: String,
    /// Which.
    pub session: String,
    /// At which generation.
    pub generation: u64,
}

/// Who is told of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    All,
    /// Nobody.
    Nobody,
    /// These sessions.
    Sessions(Vec<String>),
}

/// What an entry changed, as far as the checker follows it. `Plain` is all else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // The fields are those of the log's entries.
pub enum Change {
    Joined { participant: String, session: String },
    Resumed { participant: String, session: String, generation: u64 },
    Reconnecting { participant: String, session: String, until_ms: u64 },
    Present { participant: String, session: String },
    Left { participant: String, session: String, reason: LeaveReason },
    Refused,
    Closed,
    Plain,
}

impl Entry {
    /// Whether `session` is told of it.
    #[must_use]
    pub fn is_told_to(&self, session: &str) -> bool {
        self.told.is_some()
            && match &self.audience {
                Audience::All => true,
                Audience::Nobody => false,
                Audience::Sessions(sessions) => sessions.iter().any(|s| s == session),
            }
    }
}
