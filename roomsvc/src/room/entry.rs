//! One entry of a room's log: all that a room needs to change, and all that a receiver is told.

use switchboard_proto::v1::{
    self, ConnectionCloser, ErrorReason, LeaveReason, RoomCloseReason, ShareEndReason, SignalKind,
};
use switchboard_proto::{ConnectionId, GatewayId, Millis, ParticipantId, Position, SessionId};

use super::{Removal, Settings};

/// One entry. Its JSON form is the log's `entry` field; position and body stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// Where it stands. In the log: the stream id and the field `epoch`.
    #[serde(skip)]
    pub position: Position,
    /// The store's time when it was decided.
    pub at: Millis,
    /// The session that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
    /// The command that caused it. Of several entries of one command the last one has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<Counter>,
    /// The call that caused it, as the digest of its `request_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The span of the append that it came with, as W3C's `traceparent`; only of what is traced. In the log since a
    /// receiver may hang on another room service, which knows of the entry by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Box<str>>,
    /// Who is told.
    pub to: Audience,
    /// What happened.
    pub change: Change,
    /// The payload of a signal or message, unopened. In the log: the field `body`.
    #[serde(skip)]
    pub body: String,
}

/// The session that caused an entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Origin {
    /// Whose.
    pub participant: ParticipantId,
    /// Which.
    pub session: SessionId,
    /// At which generation.
    pub generation: u64,
}

/// A command's number and the one that the gateway forwarded before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counter {
    /// The number.
    pub n: u64,
    /// The one before it.
    pub after: u64,
}

/// Who is told of an entry. With the entry alone, so that what a session gets is a function of the log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every session of the room.
    All,
    /// Nobody.
    Silent,
    /// These sessions, each with its participant.
    Sessions(Vec<(ParticipantId, SessionId)>),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs)] // The fields are those of the records that they are written to.
pub enum Change {
    /// The room is new.
    Created {
        settings: Settings,
        metadata: String,
        /// Sessions of the room that had this name before: an old join of one of them comes too late (S48).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ended: Vec<(SessionId, Reason<LeaveReason>)>,
        /// Who was barred from that room and still is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<Removal>,
    },
    /// A session began.
    Joined {
        participant: ParticipantId,
        session: SessionId,
        connection: ConnectionId,
        gateway: GatewayId,
        asked_at: Millis,
        metadata: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window_ms: Option<u64>,
    },
    /// A session was taken up on another socket.
    Resumed {
        participant: ParticipantId,
        session: SessionId,
        generation: u64,
        connection: ConnectionId,
        gateway: GatewayId,
    },
    /// A session's socket or gateway is gone; with `gone` by the word of its gateway, which is final.
    Reconnecting {
        participant: ParticipantId,
        session: SessionId,
        until: Millis,
        gone: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<ConnectionEnd>,
    },
    /// The socket of a session that was shown as reconnecting lives.
    Present { participant: ParticipantId, session: SessionId },
    /// A session ended.
    Left { participant: ParticipantId, session: SessionId, reason: Reason<LeaveReason> },
    /// A participant's metadata changed.
    Updated { participant: ParticipantId, metadata: String },
    /// A share began.
    Shared { participant: ParticipantId, share_id: String, audio: bool },
    /// A share ended.
    Unshared { participant: ParticipantId, share_id: String, reason: Reason<ShareEndReason> },
    /// A signal; its payload is the body.
    Signal { kind: Reason<SignalKind> },
    /// A message; its text is the body.
    Message {},
    /// A command or call was refused.
    Refused { reason: Reason<ErrorReason> },
    /// A session lost signals and asks for new ones.
    Renegotiate {},
    /// An epoch begins here; nothing else happened.
    EpochBegan {},
    /// The room's settings or metadata changed.
    RoomUpdated { settings: Settings, metadata: String },
    /// An identity was barred.
    Removed(Removal),
    /// An identity may come back.
    Allowed { participant: ParticipantId },
    /// The room ended.
    Closed { reason: Reason<RoomCloseReason> },
}

/// How a connection ended, as its gateway saw it. No rule of a room looks at it: it is kept for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ConnectionEnd {
    /// Who ended it.
    pub by: Reason<ConnectionCloser>,
    /// The close code.
    pub code: u16,
    /// Why the gateway closed it; UNSPECIFIED where it did not, or has no reason.
    pub reason: Reason<ErrorReason>,
}

impl From<&v1::ConnectionEnd> for ConnectionEnd {
    fn from(end: &v1::ConnectionEnd) -> Self {
        let code = u16::try_from(end.close_code).unwrap_or_default();
        Self { by: Reason(end.closed_by()), code, reason: Reason(end.reason()) }
    }
}

impl From<&ConnectionEnd> for v1::ConnectionEnd {
    fn from(end: &ConnectionEnd) -> Self {
        Self { closed_by: end.by.0.into(), close_code: u32::from(end.code), reason: end.reason.0.into() }
    }
}

/// An enum of the contract, written by its name so that a person can read the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<E>(pub E);

macro_rules! reason {
    ($($name:ty),*) => {$(
        impl serde::Serialize for Reason<$name> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str_name())
            }
        }
        impl<'de> serde::Deserialize<'de> for Reason<$name> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                // A name that a newer version wrote reads as unspecified rather than not at all.
                Ok(Self(<$name>::from_str_name(&name).unwrap_or_default()))
            }
        }
    )*};
}
reason!(LeaveReason, ShareEndReason, SignalKind, ErrorReason, RoomCloseReason, ConnectionCloser);

impl Entry {
    /// Whether `session` is told of this entry. Only the entry is looked at: R10.
    #[must_use]
    pub fn visible(&self, session: &SessionId) -> bool {
        match &self.to {
            Audience::All => true,
            Audience::Silent => false,
            Audience::Sessions(sessions) => sessions.iter().any(|(_, s)| s == session),
        }
    }

    /// Roughly what it takes in memory and in the log, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let change = match &self.change {
            Change::Created { metadata, removed, .. } => metadata.len() + removed.len() * 80,
            Change::Joined { metadata, .. }
            | Change::Updated { metadata, .. }
            | Change::RoomUpdated { metadata, .. } => metadata.len(),
            _ => 0,
        };
        let to = if let Audience::Sessions(sessions) = &self.to { sessions.len() * 80 } else { 0 };
        let trace = self.trace.as_ref().map_or(0, |trace| trace.len());
        300 + self.body.len() + change + to + trace
    }
}
