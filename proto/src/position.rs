//! Where an entry stands in a room's log.

use std::fmt;

use crate::v1;

/// The term under which entries were numbered: 64 random bits. 0 stands for "before any".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

/// The place in a room's log, from 1; 0 stands before the first entry.
pub type Seq = u64;

/// An epoch and a seq together. Positions are not ordered across epochs; a room's history orders them.
///
/// A worked example: a room's log is (e,1) (e,2) (f,3). The room began epoch `f` behind (e,2), so (e,2) is in its
/// history, and a receiver that stands there misses just (f,3), whose `prev` is (e,2). A receiver at (e,3) holds
/// an event that this room never had (its writer lost a failover): it is not in the history and gets a reset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// The term.
    pub epoch: Epoch,
    /// The place.
    pub seq: Seq,
}

impl Position {
    /// Before the first entry of every room.
    pub const ZERO: Self = Self { epoch: Epoch(0), seq: 0 };

    /// The position of `seq` in `epoch`.
    #[must_use]
    pub fn new(epoch: Epoch, seq: Seq) -> Self {
        Self { epoch, seq }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seq)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Position> for v1::Position {
    fn from(position: Position) -> Self {
        Self { epoch: position.epoch.0, seq: position.seq }
    }
}

impl From<v1::Position> for Position {
    fn from(position: v1::Position) -> Self {
        Self { epoch: Epoch(position.epoch), seq: position.seq }
    }
}
