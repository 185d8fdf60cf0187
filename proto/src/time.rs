//! Times and durations of the wire in milliseconds and back.

use pbjson_types::{Duration, Timestamp};

/// Milliseconds of the store's clock since the Unix epoch.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// This time and `ms` milliseconds more.
    #[must_use]
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl From<Millis> for Timestamp {
    fn from(at: Millis) -> Self {
        let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
        let nanos = i32::try_from(at.0 % 1000 * 1_000_000).unwrap_or_default();
        Self { seconds, nanos }
    }
}

impl From<Timestamp> for Millis {
    fn from(at: Timestamp) -> Self {
        let seconds = u64::try_from(at.seconds).unwrap_or_default();
        let nanos = u64::try_from(at.nanos).unwrap_or_default();
        Self(seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000))
    }
}

/// A wire duration of `ms` milliseconds.
#[must_use]
pub fn duration(ms: u64) -> Duration {
    Duration {
        seconds: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
        nanos: i32::try_from(ms % 1000 * 1_000_000).unwrap_or_default(),
    }
}

/// The milliseconds of a wire duration; `None` if it is negative.
#[must_use]
pub fn millis(duration: &Duration) -> Option<u64> {
    let seconds = u64::try_from(duration.seconds).ok()?;
    let nanos = u64::try_from(duration.nanos).ok()?;
    Some(seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000))
}
