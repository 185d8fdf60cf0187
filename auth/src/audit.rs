//! Who came in, who did not and who was put out: a stream of its own beside the log, for whoever has to answer that
//! later. It has no tokens, no secrets and no metadata.
//!
//! A record is an event of `tracing` under [`TARGET`]; the program writes those to a file, and to no log.

use std::net::IpAddr;

/// The target of every record.
pub const TARGET: &str = "switchboard::audit";

/// What happened. No `String`: these are names for programs, and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Somebody joined a room.
    Joined,
    /// Somebody went on with an earlier session.
    Resumed,
    /// Somebody was not let in, or may not do what a token has to grant.
    Refused,
    /// Somebody was put out of a room.
    Removed,
    /// A removal was taken back.
    Allowed,
    /// A room was closed.
    Closed,
}

impl What {
    /// Its name in the stream.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Resumed => "resumed",
            Self::Refused => "refused",
            Self::Removed => "removed",
            Self::Allowed => "allowed",
            Self::Closed => "closed",
        }
    }
}

/// One record; what is not known or does not apply is left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Record<'a> {
    /// By which way in: `ws`, `socketio`, `rest`, `link`, `reflection`, or the method of the gRPC API.
    pub way: &'a str,
    /// The room.
    pub room: Option<&'a str>,
    /// Whom it is about, as a token says or, where none is wanted, as it says itself.
    pub identity: Option<&'a str>,
    /// Its session.
    pub session: Option<&'a str>,
    /// The key of the token that it was done with.
    pub key: Option<&'a str>,
    /// The identity of that token, where another one is acted upon.
    pub by: Option<&'a str>,
    /// From where.
    pub from: Option<IpAddr>,
    /// Why, by its name in the contract.
    pub reason: Option<&'a str>,
}

impl Record<'_> {
    /// Writes it.
    pub fn write(self, what: What) {
        let Self { way, room, identity, session, key, by, from, reason } = self;
        let from = from.map(tracing::field::display);
        let what = what.name();
        tracing::info!(target: TARGET, what, way, room, identity, session, key, by, from, reason);
    }
}
