//! The one mapping from a reason to a gRPC status, and the way back.

use std::borrow::Cow;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::v1::{self, ErrorReason};

/// `google.rpc.ErrorInfo.domain` of every status.
pub const DOMAIN: &str = "switchboard";

impl ErrorReason {
    /// The gRPC code of the reason. No `_` arm: a new reason does not compile until somebody has decided.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::MalformedMessage
            | Self::UnknownMessageKind
            | Self::WrongFrameType
            | Self::InvalidField
            | Self::FrameTooLarge
            | Self::UnknownSubprotocol
            | Self::CounterOutOfOrder
            | Self::RequestIdReused => Code::InvalidArgument,
            Self::RoomNotFound | Self::ParticipantNotFound | Self::SessionNotFound => Code::NotFound,
            Self::RoomExists => Code::AlreadyExists,
            Self::RoomClosed
            | Self::SessionSuperseded
            | Self::SessionEnded
            | Self::NotJoined
            | Self::AlreadyJoined
            | Self::StaleJoin
            | Self::NotSharing
            | Self::NotForwarded
            | Self::WrongPartition
            | Self::UnsupportedVersion => Code::FailedPrecondition,
            Self::RoomFull
            | Self::RateLimited
            | Self::SlowReader
            | Self::Overloaded
            | Self::TooManyConnects
            | Self::TooManyFailures
            | Self::TooManyJoins
            | Self::TooManyRooms => Code::ResourceExhausted,
            Self::ParticipantRemoved
            | Self::OriginNotAllowed
            | Self::TokenWrongRoom
            | Self::TokenWrongIdentity
            | Self::GrantMissing
            | Self::RoomLocked => Code::PermissionDenied,
            Self::InvalidResumeToken
            | Self::TokenMissing
            | Self::TokenMalformed
            | Self::TokenTooLong
            | Self::TokenAlgorithmRefused
            | Self::TokenKeyUnknown
            | Self::TokenSignatureInvalid
            | Self::TokenExpired
            | Self::TokenNotYetValid
            | Self::TokenWrongAudience
            | Self::TokenWrongIssuer
            | Self::LinkSecretInvalid => Code::Unauthenticated,
            Self::Busy
            | Self::OutcomeUnknown
            | Self::StoreUnavailable
            | Self::UnstoredLimit
            | Self::ShuttingDown
            | Self::KeysUnavailable
            | Self::RoomServiceUnavailable => Code::Unavailable,
            Self::JoinTimeout | Self::PingTimeout => Code::DeadlineExceeded,
            Self::Internal | Self::Unspecified => Code::Internal,
        }
    }

    /// The name without the enum's prefix, as in `ErrorInfo.reason`, in logs and in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.as_str_name().trim_start_matches("ERROR_REASON_")
    }

    /// The reason with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_str_name(&format!("ERROR_REASON_{name}"))
    }

    /// Whether the same may work later without anything else having changed.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        matches!(self.code(), Code::Unavailable | Code::ResourceExhausted)
    }

    /// What happened and what to do, for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::MalformedMessage => {
                "The message could not be read; send one that follows the protocol's schema."
            }
            Self::UnknownMessageKind => {
                "The message is of no kind that this server knows; check its field names."
            }
            Self::WrongFrameType => {
                "This subprotocol takes the other frame type: text for JSON, binary for protobuf."
            }
            Self::InvalidField => "A field breaks its rule.",
            Self::FrameTooLarge => "The frame is over the limit; send smaller messages.",
            Self::UnknownSubprotocol => {
                "Ask for the WebSocket subprotocol switchboard.v1.json or switchboard.v1.protobuf."
            }
            Self::RoomNotFound => "There is no such room; create it or join it first.",
            Self::RoomExists => "The room is there already.",
            Self::RoomClosed => "The room was closed.",
            Self::RoomFull => "The room is full; try again when somebody has left.",
            Self::ParticipantNotFound => "That participant is not in the room.",
            Self::ParticipantRemoved => {
                "This participant was removed from the room and may not come back yet."
            }
            Self::SessionNotFound => "The room does not know this session; join again.",
            Self::SessionSuperseded => "A newer connection of the same participant took over.",
            Self::SessionEnded => "This session has ended; join again.",
            Self::NotJoined => "Join a room first.",
            Self::AlreadyJoined => "This connection has joined already; open another one to join again.",
            Self::StaleJoin => "The join came too late or after a newer one; join again.",
            Self::NotSharing => "You are not sharing.",
            Self::CounterOutOfOrder => {
                "Commands are numbered from 1, rising, each with the number before it."
            }
            Self::NotForwarded => "The command did not reach the room; send it again under a new counter.",
            Self::RateLimited => "Too many commands; slow down.",
            Self::Busy => "The server is busy; try again.",
            Self::RequestIdReused => "This request_id was used for another request; use a new one.",
            Self::OutcomeUnknown => {
                "It is not known whether this was done; repeat it with the same request_id."
            }
            Self::StoreUnavailable => "The store can't be reached; try again.",
            Self::WrongPartition => "The room belongs to another partition.",
            Self::InvalidResumeToken => "The resume token is not valid for this session; join again.",
            Self::SlowReader => "Too slow to read; come back from the last position.",
            Self::ShuttingDown => "The server is stopping; connect again.",
            Self::RoomServiceUnavailable => "No room service can be reached; try again.",
            Self::JoinTimeout => "Nobody joined on this connection in time.",
            Self::OriginNotAllowed => {
                "This page's origin is not allowed; start the gateway with --allow-origin."
            }
            Self::Overloaded => "The server has reached a limit; try again later or elsewhere.",
            Self::Internal | Self::Unspecified => "A fault of the server; it is in its log.",
            Self::PingTimeout => "The connection stopped answering.",
            Self::UnsupportedVersion => "The other side is of a version that this one can't read.",
            Self::UnstoredLimit => {
                "The server works without its memory and keeps no more than it has; try again in a while."
            }
            Self::TokenMissing => "An access token is needed; get one from the application.",
            Self::TokenMalformed => "The access token can't be read; make a JWT as docs/tokens.md says.",
            Self::TokenTooLong => "The access token is longer than 8 KiB; put less metadata into it.",
            Self::TokenAlgorithmRefused => "The access token's alg is not that of its key.",
            Self::TokenKeyUnknown => "The access token is of a key that is not known here; check its kid.",
            Self::TokenSignatureInvalid => "The access token's signature is wrong; check the key that signs.",
            Self::TokenExpired => "The access token has expired; get a new one.",
            Self::TokenNotYetValid => "The access token is not valid yet; compare the clocks.",
            Self::TokenWrongAudience => "The access token is for another audience; check its aud.",
            Self::TokenWrongIssuer => "The access token is from another issuer; check its iss.",
            Self::TokenWrongRoom => "The access token is for another room.",
            Self::TokenWrongIdentity => "The access token is for another identity, or for none.",
            Self::GrantMissing => "The access token does not grant this; ask for one that does.",
            Self::KeysUnavailable => "The keys for access tokens can't be fetched; try again.",
            Self::LinkSecretInvalid => {
                "This call is for gateways, which say a link secret; check --link-secret."
            }
            Self::RoomLocked => "The room is locked; ask somebody who runs it to let you in.",
            Self::TooManyConnects => "Too many connections from your address; try again in a while.",
            Self::TooManyFailures => {
                "Too many access tokens from your address were not taken; try again in a while."
            }
            Self::TooManyJoins => "Too many joins from your address; try again in a while.",
            Self::TooManyRooms => "You are in too many rooms; leave one of them first.",
        }
    }
}

/// Violations that are told at one time: a status travels in HTTP/2 headers, which have a bound of their own.
pub const VIOLATIONS_MAX: usize = 16;

/// What callers of the API are told to wait when something is away and nobody knows for how long: so that a loop of
/// them costs little.
const AWAY_RETRY_AFTER: Duration = Duration::from_secs(2);

/// A field that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field.
    pub field: Cow<'static, str>,
    /// What the rule is.
    pub description: String,
}

/// Something that was refused: a reason, what to tell a person, and the fields at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub reason: ErrorReason,
    /// For people: what happened and what to do.
    pub message: Cow<'static, str>,
    /// The fields that break their rules; mostly none.
    pub violations: Vec<Violation>,
    /// After which time the same may work, where that is known.
    pub retry_after: Option<Duration>,
}

impl From<ErrorReason> for Refusal {
    fn from(reason: ErrorReason) -> Self {
        Self::new(reason, reason.sentence())
    }
}

impl Refusal {
    /// A refusal with a sentence of its own.
    #[must_use]
    pub fn new(reason: ErrorReason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, message: message.into(), violations: Vec::new(), retry_after: None }
    }

    /// The same, with the time after which it may work.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// One field that breaks its rule.
    #[must_use]
    pub fn field(field: impl Into<Cow<'static, str>>, description: impl Into<String>) -> Self {
        Self::fields(vec![Violation { field: field.into(), description: description.into() }])
    }

    /// Fields that break their rules; all of them are told.
    #[must_use]
    pub fn fields(violations: Vec<Violation>) -> Self {
        let mut violations = violations;
        violations.truncate(VIOLATIONS_MAX);
        let list: Vec<_> = violations.iter().map(|v| format!("{} {}", v.field, v.description)).collect();
        Self { violations, ..Self::new(ErrorReason::InvalidField, list.join("; ")) }
    }

    /// The gRPC status, with `ErrorInfo`, field violations, and `RetryInfo` where that may help: when the time is known,
    /// and always with UNAVAILABLE.
    #[must_use]
    pub fn to_status(&self) -> Status {
        let mut details = ErrorDetails::new();
        details.set_error_info(self.reason.name(), DOMAIN, [("", ""); 0].map(|(k, v)| (k.into(), v.into())));
        for violation in &self.violations {
            details.add_bad_request_violation(&*violation.field, &violation.description);
        }
        let away = (self.reason.code() == Code::Unavailable).then_some(AWAY_RETRY_AFTER);
        if let Some(time) = self.retry_after.or(away) {
            details.set_retry_info(Some(time));
        }
        Status::with_error_details(self.reason.code(), &*self.message, details)
    }

    /// The refusal in a status of ours; `None` when the status is not one, such as a transport's.
    #[must_use]
    pub fn from_status(status: &Status) -> Option<Self> {
        let details = status.get_error_details();
        let info = details.error_info()?;
        let violations = details.bad_request().map_or_else(Vec::new, |bad| {
            let fields = bad.field_violations.iter();
            fields
                .map(|v| Violation { field: v.field.clone().into(), description: v.description.clone() })
                .collect()
        });
        let reason = ErrorReason::from_name(&info.reason).filter(|_| info.domain == DOMAIN)?;
        let retry_after = details.retry_info().and_then(|info| info.retry_delay);
        Some(Self { violations, retry_after, ..Self::new(reason, status.message().to_owned()) })
    }

    /// The browser's error message, about the command `counter` (0 if none).
    #[must_use]
    pub fn to_message(&self, counter: u64) -> v1::Error {
        let violations = self.violations.iter();
        v1::Error {
            reason: self.reason.into(),
            message: self.message.clone().into_owned(),
            field_violations: violations
                .map(|v| v1::FieldViolation {
                    field: v.field.clone().into_owned(),
                    description: v.description.clone(),
                })
                .collect(),
            temporary: self.reason.is_temporary(),
            counter,
            retry_after: self
                .retry_after
                // Rounded up: who waits so long is not too early.
                .map(|time| {
                    crate::duration(u64::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX))
                }),
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        refusal.to_status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = ErrorReason> {
        (1..1000).filter_map(|n| ErrorReason::try_from(n).ok())
    }

    #[test]
    fn every_reason_goes_through_a_status_and_back() {
        assert_eq!(all().count(), 58);
        for reason in all() {
            let status = Refusal::from(reason).to_status();
            assert_eq!(status.code(), reason.code());
            assert_ne!(status.code(), Code::Unknown, "{reason:?}");
            let retry_after = (reason.code() == Code::Unavailable).then_some(AWAY_RETRY_AFTER);
            let want = Refusal { retry_after, ..reason.into() };
            assert_eq!(Refusal::from_status(&status), Some(want), "{reason:?}");
        }
    }

    #[test]
    fn every_reason_has_a_sentence() {
        for reason in all() {
            assert!(reason.sentence().ends_with('.'), "{reason:?}");
            // A close frame's reason has room for 123 bytes.
            assert!(reason.sentence().len() <= 123, "{reason:?}");
        }
    }

    #[test]
    fn violations_reach_the_caller_and_the_browser() {
        let refusal = Refusal::field("signal.to", "must not be empty");
        assert_eq!(Refusal::from_status(&refusal.to_status()), Some(refusal.clone()));
        assert_eq!(refusal.to_message(7).field_violations[0].field, "signal.to");
    }

    #[test]
    fn when_to_come_back_reaches_the_caller_and_the_browser() {
        let wait = Duration::from_millis(1_500);
        let refusal = Refusal::from(ErrorReason::TooManyFailures).retry_after(wait);
        let status = refusal.to_status();
        let info = status.get_error_details();
        assert_eq!(info.retry_info().and_then(|info| info.retry_delay), Some(wait), "google.rpc.RetryInfo");
        assert_eq!(Refusal::from_status(&status), Some(refusal.clone()));
        assert_eq!(refusal.to_message(0).retry_after, Some(crate::duration(1_500)));
        assert!(
            Refusal::from(ErrorReason::RoomLocked).to_status().get_error_details().retry_info().is_none()
        );
    }

    #[test]
    fn a_transport_error_is_no_refusal() {
        assert_eq!(Refusal::from_status(&Status::unavailable("tcp connect error")), None);
    }
}
