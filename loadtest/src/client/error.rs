//! What can go wrong between a client and a gateway.

use std::time::Duration;

use switchboard_proto::v1::{self, ErrorReason, ResetReason};
use switchboard_proto::{Epoch, Position};
use tokio_tungstenite::tungstenite;

/// Why a call of the client failed. The connection lives on after `Refused`, `Server`, `Reset` and `Timeout`.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The URL is not one of a gateway.
    #[error("{url} is not the URL of a gateway: {why}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// No TCP connection.
    #[error("can't connect to {url}: {source}")]
    Connect {
        /// Where to.
        url: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The gateway answered the upgrade with an HTTP status.
    #[error("the gateway answered {status}: {body}")]
    Http {
        /// The HTTP status.
        status: u16,
        /// The body, as far as it is text.
        body: String,
    },
    /// The upgrade to a WebSocket failed in another way.
    #[error("no WebSocket: {0}")]
    Handshake(#[source] Box<tungstenite::Error>),
    /// The connection has ended. 1006 stands for an end without a close frame.
    #[error("the connection was closed: {code} {reason}")]
    Closed {
        /// The close code.
        code: u16,
        /// The text beside it.
        reason: String,
    },
    /// The gateway could not take a message.
    #[error("{}: {}", reason_name(.0), .0.message)]
    Server(Box<v1::Error>),
    /// A command was refused.
    #[error("{0}")]
    Refused(Refused),
    /// The gateway sent something that is not of the protocol.
    #[error("the gateway sent something unreadable: {0}")]
    Unreadable(String),
    /// Something is missing between two events: invariant 4 is broken, or a resume is due.
    #[error("an event at {} has prev {}, but this client stands at {}", Shown(.position), Shown(.prev), Shown(.at))]
    OutOfOrder {
        /// Where the event stands.
        position: v1::Position,
        /// What the event follows.
        prev: v1::Position,
        /// Where this client stands.
        at: v1::Position,
    },
    /// What was missed is gone; a fresh snapshot follows.
    #[error("the room was reset: {0:?}")]
    Reset(ResetReason),
    /// The command was never sent, so it can't be answered.
    #[error("no command has the counter {0}")]
    UnknownCounter(u64),
    /// More messages wait in this client than it keeps.
    #[error("more than {0} messages wait to be taken")]
    QueueFull(usize),
    /// It did not come in time.
    #[error("{what} did not come within {after:?}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// How long.
        after: Duration,
    },
}

/// A command that the room or the gateway refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("command {counter} was refused: {}: {message}", .reason.name())]
pub struct Refused {
    /// Which.
    pub counter: u64,
    /// Why, for programs.
    pub reason: ErrorReason,
    /// Why, for people.
    pub message: String,
    /// The fields at fault.
    pub field_violations: Vec<v1::FieldViolation>,
}

impl Refused {
    pub(super) fn new(counter: u64, error: v1::Error) -> Self {
        let reason = error.reason();
        Self { counter, reason, message: error.message, field_violations: error.field_violations }
    }
}

impl ClientError {
    /// The reason that the server gave, if it gave one.
    #[must_use]
    pub fn reason(&self) -> Option<ErrorReason> {
        match self {
            Self::Server(error) => Some(error.reason()),
            Self::Refused(refused) => Some(refused.reason),
            _ => None,
        }
    }

    /// The close code, if the connection has ended.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        match self {
            Self::Closed { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// One word for counting.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Url { .. } => "url".into(),
            Self::Connect { source, .. } => format!("connect: {}", source.kind()),
            Self::Http { status, .. } => format!("http {status}"),
            Self::Handshake(_) => "handshake".into(),
            Self::Closed { code, .. } => format!("closed {code}"),
            Self::Server(error) => reason_name(error).into(),
            Self::Refused(refused) => refused.reason.name().into(),
            Self::Unreadable(_) => "unreadable".into(),
            Self::OutOfOrder { .. } => "out of order".into(),
            Self::Reset(_) => "reset".into(),
            Self::UnknownCounter(_) => "unknown counter".into(),
            Self::QueueFull(_) => "queue full".into(),
            Self::Timeout { what, .. } => format!("timeout: {what}"),
        }
    }
}

fn reason_name(error: &v1::Error) -> &'static str {
    error.reason().name()
}

struct Shown<'a>(&'a v1::Position);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Position::new(Epoch(self.0.epoch), self.0.seq).fmt(f)
    }
}
