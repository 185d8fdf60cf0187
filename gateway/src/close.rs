//! Why a connection ends: every close code stands here, once.
//!
//! By hundreds, so that an old browser library understands a new code: 40xx do not come back like this, 41xx come
//! back after a while, 42xx come back at once and resume. 4009 (connections of one user) and
//! 4201 (life of a connection) are kept for what will need them.

use switchboard_proto::v1::{ConnectionCloser, ConnectionEnd, ErrorReason, LeaveReason};

/// RFC 6455, 7.4.1: a fault of the protocol itself.
pub(crate) const PROTOCOL_ERROR: u16 = 1002;
/// RFC 6455, 7.4.1: stands for a close without a code.
pub(crate) const NO_CODE: u16 = 1005;
/// RFC 6455, 7.4.1: stands for a connection that ended without a close.
pub(crate) const NO_CLOSE: u16 = 1006;

/// How a connection ended, as the room is told, where no [`CloseReason`] is behind it.
pub(crate) fn connection_end(by: ConnectionCloser, code: u16) -> ConnectionEnd {
    ConnectionEnd { closed_by: by.into(), close_code: code.into(), reason: ErrorReason::Unspecified.into() }
}

/// Why the gateway closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The participant left.
    Left,
    /// Frame after frame that could not be taken.
    Garbage,
    /// The resume token is not good for the session.
    InvalidResumeToken,
    /// The session that was to be resumed is not known.
    SessionNotFound,
    /// The session that was to be resumed has ended.
    SessionEnded,
    /// The access token is not taken; the error before says why.
    TokenRefused,
    /// The access token has ended.
    TokenExpired,
    /// The room takes nobody new.
    RoomLocked,
    /// The participant may not join.
    Forbidden,
    /// A newer join or a newer connection took over.
    Superseded,
    /// The participant was removed.
    Removed,
    /// The room was closed.
    RoomClosed,
    /// The other side of the link does not know this version.
    Version,
    /// A frame over the limit.
    FrameTooLarge,
    /// A fault of ours.
    Internal,
    /// The peer takes no bytes.
    WriteTimeout,
    /// Commands over the rate, for long.
    RateLimited,
    /// Too much of something from one address or identity; the error before says of what, and until when.
    TooMany,
    /// The room is full.
    RoomFull,
    /// A queue on the way or the process is full.
    Overloaded,
    /// No room service answered the join.
    Unavailable,
    /// Pings stay unanswered.
    PingTimeout,
    /// Nobody joined in time.
    JoinTimeout,
    /// The gateway stops.
    Draining,
    /// The outbox is full: the reader is too slow.
    SlowReader,
    /// The session's window ended though its socket lives, as after a long stop of this process.
    Expired,
    /// The join reached the room too late.
    StaleJoin,
    /// The gateway no longer knows what this session was told.
    Resync,
}

impl CloseReason {
    /// All of them, for tests and for documentation.
    pub const ALL: [Self; 28] = [
        Self::Left,
        Self::Garbage,
        Self::InvalidResumeToken,
        Self::SessionNotFound,
        Self::SessionEnded,
        Self::TokenRefused,
        Self::TokenExpired,
        Self::RoomLocked,
        Self::Forbidden,
        Self::Superseded,
        Self::Removed,
        Self::RoomClosed,
        Self::Version,
        Self::FrameTooLarge,
        Self::Internal,
        Self::WriteTimeout,
        Self::RateLimited,
        Self::TooMany,
        Self::RoomFull,
        Self::Overloaded,
        Self::Unavailable,
        Self::PingTimeout,
        Self::JoinTimeout,
        Self::Draining,
        Self::SlowReader,
        Self::Expired,
        Self::StaleJoin,
        Self::Resync,
    ];

    /// Number, reason of the error message that goes before (none after a leave), and metric label.
    fn row(self) -> (u16, ErrorReason, &'static str) {
        match self {
            Self::Left => (1000, ErrorReason::Unspecified, "left"),
            Self::Garbage => (4000, ErrorReason::MalformedMessage, "garbage"),
            Self::InvalidResumeToken => (4001, ErrorReason::InvalidResumeToken, "invalid_resume_token"),
            Self::SessionNotFound => (4001, ErrorReason::SessionNotFound, "session_not_found"),
            Self::SessionEnded => (4001, ErrorReason::SessionEnded, "session_ended"),
            Self::TokenRefused => (4003, ErrorReason::Unspecified, "token_refused"),
            Self::TokenExpired => (4002, ErrorReason::TokenExpired, "token_expired"),
            Self::RoomLocked => (4003, ErrorReason::RoomLocked, "room_locked"),
            Self::Forbidden => (4003, ErrorReason::ParticipantRemoved, "forbidden"),
            Self::Superseded => (4004, ErrorReason::SessionSuperseded, "superseded"),
            Self::Removed => (4005, ErrorReason::ParticipantRemoved, "removed"),
            Self::RoomClosed => (4006, ErrorReason::RoomClosed, "room_closed"),
            Self::Version => (4007, ErrorReason::UnsupportedVersion, "version"),
            Self::FrameTooLarge => (4008, ErrorReason::FrameTooLarge, "frame_too_large"),
            Self::Internal => (4100, ErrorReason::Internal, "internal"),
            Self::WriteTimeout => (4101, ErrorReason::SlowReader, "write_timeout"),
            Self::RateLimited => (4102, ErrorReason::RateLimited, "rate_limited"),
            Self::TooMany => (4102, ErrorReason::Unspecified, "too_many"),
            Self::RoomFull => (4103, ErrorReason::RoomFull, "room_full"),
            Self::Overloaded => (4103, ErrorReason::Busy, "overloaded"),
            Self::Unavailable => (4103, ErrorReason::RoomServiceUnavailable, "unavailable"),
            Self::PingTimeout => (4104, ErrorReason::PingTimeout, "ping_timeout"),
            Self::JoinTimeout => (4105, ErrorReason::JoinTimeout, "join_timeout"),
            Self::Draining => (4200, ErrorReason::ShuttingDown, "draining"),
            Self::SlowReader => (4202, ErrorReason::SlowReader, "slow_reader"),
            Self::Expired => (4202, ErrorReason::SessionEnded, "expired"),
            Self::StaleJoin => (4202, ErrorReason::StaleJoin, "stale_join"),
            Self::Resync => (4202, ErrorReason::Busy, "resync"),
        }
    }

    /// The number in the close frame.
    #[must_use]
    pub fn code(self) -> u16 {
        self.row().0
    }

    /// What the error message before the close frame says; `None` after a leave, which is no error, and
    /// where the error has a reason of its own.
    #[must_use]
    pub fn error(self) -> Option<ErrorReason> {
        Some(self.row().1).filter(|reason| *reason != ErrorReason::Unspecified)
    }

    /// How a connection ended that the gateway closed for this, as the room is told.
    #[must_use]
    pub fn connection_end(self) -> ConnectionEnd {
        let (code, reason, _) = self.row();
        ConnectionEnd {
            closed_by: ConnectionCloser::Gateway.into(),
            close_code: code.into(),
            reason: reason.into(),
        }
    }

    /// The sentence in the close frame: at most 123 bytes, the room that WebSocket has for it.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Left => "You left the room.",
            Self::TokenRefused => "The access token is not taken.",
            Self::TooMany => "Too much in a short time; come back later.",
            Self::Garbage => "Too many messages that could not be taken.",
            Self::Expired => "The session's window to resume ended; join again.",
            Self::Resync => "Come back from the last position.",
            Self::Forbidden
            | Self::TokenExpired
            | Self::RoomLocked
            | Self::InvalidResumeToken
            | Self::SessionNotFound
            | Self::SessionEnded
            | Self::Superseded
            | Self::Removed
            | Self::RoomClosed
            | Self::Version
            | Self::FrameTooLarge
            | Self::Internal
            | Self::WriteTimeout
            | Self::RateLimited
            | Self::RoomFull
            | Self::Overloaded
            | Self::Unavailable
            | Self::PingTimeout
            | Self::JoinTimeout
            | Self::Draining
            | Self::SlowReader
            | Self::StaleJoin => self.row().1.sentence(),
        }
    }

    /// The value of the label `reason` in `switchboard_gateway_closes_total`.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.row().2
    }

    /// How a connection ends whose join or resume the room refused. No `_` arm: a new reason does not compile
    /// until somebody has decided.
    #[must_use]
    pub fn of_refusal(reason: ErrorReason) -> Self {
        match reason {
            ErrorReason::RoomClosed => Self::RoomClosed,
            ErrorReason::RoomFull => Self::RoomFull,
            ErrorReason::ParticipantRemoved => Self::Forbidden,
            ErrorReason::RoomLocked => Self::RoomLocked,
            ErrorReason::TokenExpired => Self::TokenExpired,
            ErrorReason::TokenMissing
            | ErrorReason::TokenMalformed
            | ErrorReason::TokenTooLong
            | ErrorReason::TokenAlgorithmRefused
            | ErrorReason::TokenKeyUnknown
            | ErrorReason::TokenSignatureInvalid
            | ErrorReason::TokenNotYetValid
            | ErrorReason::TokenWrongAudience
            | ErrorReason::TokenWrongIssuer
            | ErrorReason::TokenWrongRoom
            | ErrorReason::TokenWrongIdentity
            | ErrorReason::GrantMissing => Self::TokenRefused,
            ErrorReason::SessionNotFound | ErrorReason::RoomNotFound | ErrorReason::ParticipantNotFound => {
                Self::SessionNotFound
            }
            ErrorReason::SessionEnded => Self::SessionEnded,
            ErrorReason::SessionSuperseded => Self::Superseded,
            ErrorReason::InvalidResumeToken => Self::InvalidResumeToken,
            ErrorReason::StaleJoin => Self::StaleJoin,
            ErrorReason::UnsupportedVersion => Self::Version,
            ErrorReason::Busy | ErrorReason::Overloaded => Self::Overloaded,
            ErrorReason::StoreUnavailable
            | ErrorReason::OutcomeUnknown
            | ErrorReason::UnstoredLimit
            | ErrorReason::ShuttingDown
            | ErrorReason::RoomServiceUnavailable
            | ErrorReason::KeysUnavailable
            | ErrorReason::LinkSecretInvalid
            | ErrorReason::WrongPartition => Self::Unavailable,
            ErrorReason::RateLimited => Self::RateLimited,
            ErrorReason::TooManyConnects
            | ErrorReason::TooManyFailures
            | ErrorReason::TooManyJoins
            | ErrorReason::TooManyRooms => Self::TooMany,
            ErrorReason::FrameTooLarge => Self::FrameTooLarge,
            ErrorReason::SlowReader => Self::SlowReader,
            ErrorReason::JoinTimeout => Self::JoinTimeout,
            ErrorReason::PingTimeout => Self::PingTimeout,
            ErrorReason::MalformedMessage
            | ErrorReason::UnknownMessageKind
            | ErrorReason::WrongFrameType
            | ErrorReason::InvalidField
            | ErrorReason::UnknownSubprotocol
            | ErrorReason::CounterOutOfOrder
            | ErrorReason::RequestIdReused
            | ErrorReason::NotJoined
            | ErrorReason::AlreadyJoined
            | ErrorReason::NotSharing
            | ErrorReason::NotForwarded
            | ErrorReason::OriginNotAllowed
            | ErrorReason::RoomExists => Self::Garbage,
            ErrorReason::Internal | ErrorReason::Unspecified => Self::Internal,
        }
    }

    /// How the connection of a session ends that the room ended.
    #[must_use]
    pub fn of_leave(reason: LeaveReason) -> Self {
        match reason {
            LeaveReason::Left => Self::Left,
            LeaveReason::TakenOver => Self::Superseded,
            LeaveReason::Expired | LeaveReason::Unspecified => Self::Expired,
            LeaveReason::Removed => Self::Removed,
            LeaveReason::RoomClosed => Self::RoomClosed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_fits_a_close_frame_and_has_a_label_of_its_own() {
        let labels: HashSet<_> = CloseReason::ALL.iter().map(|reason| reason.label()).collect();
        assert_eq!(labels.len(), CloseReason::ALL.len());
        for reason in CloseReason::ALL {
            assert!(reason.sentence().len() <= 123, "{reason:?}");
            assert!(reason.code() == 1000 || (4000..4300).contains(&reason.code()), "{reason:?}");
        }
    }

    #[test]
    fn every_reason_is_told_to_operators_in_words_of_its_own() {
        let told: HashSet<_> =
            CloseReason::ALL.iter().map(|reason| reason.connection_end().sentence()).collect();
        assert_eq!(told.len(), CloseReason::ALL.len(), "{told:#?}");
        // Without words there is only the code.
        assert!(told.iter().all(|told| told.contains("): ")), "{told:#?}");
    }

    #[test]
    fn the_range_tells_whether_to_come_back() {
        let cases = [
            (CloseReason::of_refusal(ErrorReason::RoomFull), 4103),
            (CloseReason::of_refusal(ErrorReason::SessionNotFound), 4001),
            (CloseReason::of_refusal(ErrorReason::StoreUnavailable), 4103),
            (CloseReason::of_leave(LeaveReason::TakenOver), 4004),
            (CloseReason::of_leave(LeaveReason::Removed), 4005),
            (CloseReason::of_leave(LeaveReason::RoomClosed), 4006),
            (CloseReason::of_leave(LeaveReason::Left), 1000),
            (CloseReason::of_leave(LeaveReason::Expired), 4202),
        ];
        for (reason, code) in cases {
            assert_eq!(reason.code(), code, "{reason:?}");
        }
    }
}
