//! Who may not come back, and for how long. Kept with the room, and with what is left of it when it has closed, so that
//! a room which is made anew under its name takes nobody in who was put out of it.

use switchboard_proto::{Millis, ParticipantId};

use super::Room;

/// Identities that can be barred from a room at one time.
pub const REMOVED_MAX: usize = 256;
/// How long a closed room stays as a tombstone, if nobody is barred from it for longer.
pub const TOMBSTONE_MS: u64 = 3_600_000;
/// How long it stays for the sake of somebody who is barred until that is taken back.
const TOMBSTONE_BARRED_MS: u64 = 86_400_000;

/// An identity that is barred.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Removal {
    /// Who.
    pub participant: ParticipantId,
    /// Until when; none: until it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// Who asked for it, for people; none where nobody is asked who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Box<str>>,
}

impl Removal {
    /// Whether it counts at `now`.
    pub(crate) fn holds(&self, now: Millis) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Room {
    /// Whether this identity is barred at `now`.
    pub(crate) fn is_removed(&self, participant: &ParticipantId, now: Millis) -> bool {
        self.removals(now).any(|removal| removal.participant == *participant)
    }

    /// The removals that count at `now`.
    pub(crate) fn removals(&self, now: Millis) -> impl Iterator<Item = &Removal> {
        self.removed.iter().filter(move |removal| removal.holds(now))
    }

    /// How long what is left of the room has to stay once it is closed: as long as somebody is barred from it.
    #[must_use]
    pub fn tombstone_ms(&self, now: Millis) -> u64 {
        let left = |removal: &Removal| {
            removal.until.map_or(TOMBSTONE_BARRED_MS, |until| until.0.saturating_sub(now.0))
        };
        self.removals(now).map(left).fold(TOMBSTONE_MS, u64::max)
    }
}
