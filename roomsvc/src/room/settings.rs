//! What is chosen for a room.

use switchboard_proto::v1::{RoomSettings, SharePolicy};
use switchboard_proto::{Refusal, Violation, duration, millis};

/// Participants a room may have unless chosen otherwise.
pub(crate) const PARTICIPANTS_MAX_DEFAULT: u32 = 1_000;
/// The largest `participants_max`: a join's snapshot of more would be tens of megabytes.
pub(crate) const PARTICIPANTS_MAX_LIMIT: u32 = 10_000;
/// Long enough for a change of network, short enough that a ghost is not talked to.
pub(crate) const RESUME_WINDOW_DEFAULT_MS: u64 = 30_000;
/// A created room waits for people who were sent a link.
pub(crate) const EMPTY_TIMEOUT_DEFAULT_MS: u64 = 300_000;
/// A room that everybody left may be come back to after a reload.
pub(crate) const DEPARTURE_TIMEOUT_DEFAULT_MS: u64 = 20_000;

/// What is chosen for a room, every field decided.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// How many may be in the room.
    pub participants_max: u32,
    /// Whether more than one may share at one time.
    pub shares_many: bool,
    /// How long a lost participant may resume, in milliseconds.
    pub resume_window_ms: u64,
    /// How long the room waits for the first one, in milliseconds.
    pub empty_timeout_ms: u64,
    /// How long the room stays after the last one left, in milliseconds.
    pub departure_timeout_ms: u64,
    /// Whether nobody new may join.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            participants_max: PARTICIPANTS_MAX_DEFAULT,
            shares_many: false,
            resume_window_ms: RESUME_WINDOW_DEFAULT_MS,
            empty_timeout_ms: EMPTY_TIMEOUT_DEFAULT_MS,
            departure_timeout_ms: DEPARTURE_TIMEOUT_DEFAULT_MS,
            locked: false,
        }
    }
}

/// The settings that a request names; what it does not name stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsPatch {
    /// As in [`Settings`].
    pub participants_max: Option<u32>,
    /// As in [`Settings`].
    pub shares_many: Option<bool>,
    /// As in [`Settings`].
    pub resume_window_ms: Option<u64>,
    /// As in [`Settings`].
    pub empty_timeout_ms: Option<u64>,
    /// As in [`Settings`].
    pub departure_timeout_ms: Option<u64>,
    /// As in [`Settings`].
    pub locked: Option<bool>,
}

const SECOND: u64 = 1_000;
const DAY: u64 = 86_400 * SECOND;

impl SettingsPatch {
    /// Checks the settings of a request; `at` is the path of the field that holds them.
    ///
    /// # Errors
    /// Names every field that is out of its range.
    pub fn parse(settings: &RoomSettings, at: &str) -> Result<Self, Refusal> {
        let mut violations = Vec::new();
        let mut wrong = |field: &str, description: String| {
            violations.push(Violation { field: format!("{at}.{field}").into(), description });
        };
        let mut time = |field: &str, value: &Option<pbjson_types::Duration>, max: u64| {
            let ms = value.as_ref().map(|d| millis(d).unwrap_or_default())?;
            if !(SECOND..=max).contains(&ms) {
                wrong(field, format!("must be 1s to {}s", max / SECOND));
            }
            Some(ms)
        };
        let resume_window_ms = time("resume_window", &settings.resume_window, 600 * SECOND);
        let empty_timeout_ms = time("empty_timeout", &settings.empty_timeout, DAY);
        let departure_timeout_ms = time("departure_timeout", &settings.departure_timeout, DAY);
        let participants_max = (settings.participants_max != 0).then_some(settings.participants_max);
        if participants_max.is_some_and(|n| n > PARTICIPANTS_MAX_LIMIT) {
            wrong("participants_max", format!("must be 1 to {PARTICIPANTS_MAX_LIMIT}"));
        }
        let shares_many = match SharePolicy::try_from(settings.share_policy) {
            Ok(SharePolicy::Unspecified) => None,
            Ok(policy) => Some(policy == SharePolicy::Multiple),
            Err(_) => {
                wrong("share_policy", "must be SINGLE or MULTIPLE".into());
                None
            }
        };
        if violations.is_empty() {
            Ok(Self {
                participants_max,
                shares_many,
                resume_window_ms,
                empty_timeout_ms,
                departure_timeout_ms,
                locked: settings.locked,
            })
        } else {
            Err(Refusal::fields(violations))
        }
    }

    /// `settings` with what this names changed.
    #[must_use]
    pub fn applied_to(&self, settings: &Settings) -> Settings {
        Settings {
            participants_max: self.participants_max.unwrap_or(settings.participants_max),
            shares_many: self.shares_many.unwrap_or(settings.shares_many),
            resume_window_ms: self.resume_window_ms.unwrap_or(settings.resume_window_ms),
            empty_timeout_ms: self.empty_timeout_ms.unwrap_or(settings.empty_timeout_ms),
            departure_timeout_ms: self.departure_timeout_ms.unwrap_or(settings.departure_timeout_ms),
            locked: self.locked.unwrap_or(settings.locked),
        }
    }
}

impl From<&Settings> for RoomSettings {
    fn from(settings: &Settings) -> Self {
        let policy = if settings.shares_many { SharePolicy::Multiple } else { SharePolicy::Single };
        Self {
            participants_max: settings.participants_max,
            share_policy: policy.into(),
            resume_window: Some(duration(settings.resume_window_ms)),
            empty_timeout: Some(duration(settings.empty_timeout_ms)),
            departure_timeout: Some(duration(settings.departure_timeout_ms)),
            locked: Some(settings.locked),
        }
    }
}
