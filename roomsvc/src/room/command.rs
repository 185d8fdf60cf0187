//! What can be asked of a room, already checked.

use switchboard_proto::v1::SignalKind;
use switchboard_proto::{ConnectionId, GatewayId, Millis, ParticipantId, SessionId};

use super::{ConnectionEnd, MemberRecord, SettingsPatch};

/// A session at one generation: the speaker of a command, or the one that a sweep saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// Whose.
    pub participant: ParticipantId,
    /// Which.
    pub session: SessionId,
    /// 1 at join, one more at each resume.
    pub generation: u64,
}

impl SessionKey {
    pub(crate) fn of(participant: &ParticipantId, record: &MemberRecord) -> Self {
        Self {
            participant: participant.clone(),
            session: record.session.clone(),
            generation: record.generation,
        }
    }
}

/// Something for a room to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begins a session; makes the room if it is not there.
    Join {
        /// Who joins, at generation 1.
        key: SessionKey,
        /// Its socket.
        connection: ConnectionId,
        /// Who holds the socket.
        gateway: GatewayId,
        /// The store's time at the gateway when the join arrived.
        asked_at: Millis,
        /// The joiner's words on itself.
        metadata: String,
        /// Submitted again after the store diverged: takes nobody over.
        resubmitted: bool,
        /// How long the session may be resumed, where that is shorter than the room's own window; in milliseconds.
        window_ms: Option<u64>,
    },
    /// Takes up a session on another socket. Its token was checked.
    Resume {
        /// With the generation that the browser made.
        key: SessionKey,
        /// The new socket.
        connection: ConnectionId,
        /// Who holds it.
        gateway: GatewayId,
    },
    /// The recorded socket is gone.
    Gone {
        /// Whose.
        key: SessionKey,
        /// The socket.
        connection: ConnectionId,
        /// The browser said so itself: a short window.
        leaving: bool,
        /// How it ended, where its gateway tells.
        end: Option<ConnectionEnd>,
    },
    /// The recorded socket lives, though the room shows it as reconnecting.
    Present {
        /// Whose.
        key: SessionKey,
        /// The socket.
        connection: ConnectionId,
    },
    /// A numbered command of a session.
    Session {
        /// Whose.
        key: SessionKey,
        /// From 1, rising.
        counter: u64,
        /// The counter that the gateway forwarded before this one.
        after: u64,
        /// What is asked.
        action: Action,
    },
    /// A call of the API.
    Api {
        /// The digest of caller, method, room and `request_id`, where one was given.
        request: Option<String>,
        /// What is asked.
        action: ApiAction,
    },
    /// The sweep saw a window that is over.
    Expire(SessionKey),
    /// The sweep saw a gateway whose lease is over.
    GatewayLost {
        /// A session whose socket it held.
        key: SessionKey,
        /// The store's time at which its lease was seen to be over: what was seen long ago counts no more (R14).
        checked_at: Millis,
    },
    /// The sweep saw an empty room whose time is over.
    CloseIfEmpty,
}

/// What a session can ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ends the session.
    Leave,
    /// Changes the participant's metadata.
    UpdateMetadata(String),
    /// A share begins.
    StartShare {
        /// Chosen by the sharer.
        share_id: String,
        /// Whether sound is shared too.
        audio: bool,
    },
    /// The share ends.
    StopShare,
    /// An offer, answer or candidate.
    Signal {
        /// For whom.
        to: ParticipantId,
        /// What it is.
        kind: SignalKind,
        /// The W3C object's JSON text, unopened.
        payload: String,
    },
    /// A message.
    Message {
        /// For whom; empty: everybody.
        to: Vec<ParticipantId>,
        /// Unopened.
        body: String,
    },
    /// Asks the others to offer again.
    Renegotiate,
}

/// What the API can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiAction {
    /// Makes the room.
    Create {
        /// What is chosen.
        settings: SettingsPatch,
        /// The application's words on it.
        metadata: String,
    },
    /// Changes the room.
    Update {
        /// What changes.
        settings: SettingsPatch,
        /// New metadata, if it changes.
        metadata: Option<String>,
    },
    /// Changes a participant's metadata.
    UpdateParticipant {
        /// Whose.
        participant: ParticipantId,
        /// The whole new one; `None` changes nothing.
        metadata: Option<String>,
    },
    /// Ends a participant's session and bars the identity.
    Remove {
        /// Whose.
        participant: ParticipantId,
        /// For how long, in milliseconds; none: until it is taken back.
        for_ms: Option<u64>,
        /// Who asks for it, for people; none where nobody is asked who it is.
        by: Option<Box<str>>,
    },
    /// Takes a removal back.
    Allow(ParticipantId),
    /// Sends a message.
    Message {
        /// For whom; empty: everybody.
        to: Vec<ParticipantId>,
        /// Unopened.
        body: String,
    },
    /// Ends the room.
    Close,
}
