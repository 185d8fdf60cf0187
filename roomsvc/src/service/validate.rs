//! From a call's fields to checked types, or to the list of fields that break their rules.

use pbjson_types::FieldMask;
use switchboard_proto::v1::{self, ErrorReason};
use switchboard_proto::{InvalidId, ParticipantId, Refusal, RoomId, SessionId, Violation, millis};

use crate::room::SettingsPatch;
use crate::story::Whom;

/// Bytes of a room's or participant's metadata.
pub(crate) const METADATA_BYTES_MAX: usize = 4_096;
/// Bytes of a message.
pub(crate) const MESSAGE_BYTES_MAX: usize = 32 << 10;
/// Participants that one message may name.
pub(crate) const RECIPIENTS_MAX: usize = 256;
/// For how long somebody can be removed, in milliseconds: 30 days. Without an end it is until that is taken back.
const REMOVAL_MS_MAX: u64 = 30 * 86_400_000;
/// Bytes of a `request_id`.
pub(crate) const REQUEST_ID_BYTES_MAX: usize = 128;
/// Items of a page unless the caller says.
const PAGE_DEFAULT: usize = 100;
/// Items of a page at most.
const PAGE_MAX: usize = 1_000;

/// An id, or the refusal that names its field.
///
/// # Errors
/// When the id breaks its rule.
pub(crate) fn parse<T>(field: &'static str, id: Result<T, InvalidId>) -> Result<T, Refusal> {
    id.map_err(|error| Refusal::field(field, error.to_string()))
}

/// Gathers what is wrong with a call, so that its caller hears all of it at once.
#[derive(Default)]
pub(crate) struct Check {
    violations: Vec<Violation>,
}

impl Check {
    pub(crate) fn wrong(&mut self, field: &'static str, description: impl Into<String>) {
        self.violations.push(Violation { field: field.into(), description: description.into() });
    }

    pub(crate) fn room(&mut self, field: &'static str, id: &str) -> Option<RoomId> {
        RoomId::parse(id).map_err(|error| self.wrong(field, error.to_string())).ok()
    }

    pub(crate) fn participant(&mut self, field: &'static str, id: &str) -> Option<ParticipantId> {
        ParticipantId::parse(id).map_err(|error| self.wrong(field, error.to_string())).ok()
    }

    /// Whose story is asked for: a session's, or a participant's.
    pub(crate) fn whom(&mut self, session: &str, participant: &str) -> Option<Whom> {
        match (session, participant) {
            (session, "") if !session.is_empty() => {
                let session = SessionId::parse(session);
                session.map(Whom::Session).map_err(|error| self.wrong("session_id", error.to_string())).ok()
            }
            ("", participant) if !participant.is_empty() => {
                self.participant("participant_id", participant).map(Whom::Participant)
            }
            _ => {
                self.wrong("session_id", "or participant_id must be set, and not both");
                None
            }
        }
    }

    pub(crate) fn bytes(&mut self, field: &'static str, text: &str, max: usize) {
        if text.len() > max {
            self.wrong(field, format!("must have at most {max} bytes, not {}", text.len()));
        }
    }

    /// For how long somebody is removed, in milliseconds.
    pub(crate) fn removal(&mut self, duration: Option<&pbjson_types::Duration>) -> Option<u64> {
        let ms = millis(duration?).unwrap_or_default();
        if !(1_000..=REMOVAL_MS_MAX).contains(&ms) {
            self.wrong("duration", format!("must be 1s to {}s", REMOVAL_MS_MAX / 1_000));
        }
        Some(ms)
    }

    pub(crate) fn recipients(&mut self, to: &[String]) -> Vec<ParticipantId> {
        if to.len() > RECIPIENTS_MAX {
            self.wrong("to", format!("must name at most {RECIPIENTS_MAX} participants"));
        }
        let parsed: Result<_, _> =
            to.iter().take(RECIPIENTS_MAX).map(|id| ParticipantId::parse(id)).collect();
        parsed.unwrap_or_else(|error| {
            self.wrong("to", format!("holds an id that {error}"));
            Vec::new()
        })
    }

    pub(crate) fn settings(
        &mut self,
        settings: Option<&v1::RoomSettings>,
        at: &'static str,
    ) -> SettingsPatch {
        match SettingsPatch::parse(settings.unwrap_or(&v1::RoomSettings::default()), at) {
            Ok(patch) => patch,
            Err(refusal) => {
                self.violations.extend(refusal.violations);
                SettingsPatch::default()
            }
        }
    }

    /// Nothing is wrong, and so everything asked for is there.
    pub(crate) fn done<T>(self, value: Option<T>) -> Result<T, Refusal> {
        match value {
            Some(value) if self.violations.is_empty() => Ok(value),
            _ => Err(Refusal::fields(self.violations)),
        }
    }
}

/// The fields of `allowed` that a mask names; all of them if it is empty. A path that is a message stands for its
/// fields.
pub(crate) fn masked(
    check: &mut Check,
    mask: Option<&FieldMask>,
    allowed: &[&'static str],
) -> Vec<&'static str> {
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    if paths.is_empty() || paths.iter().any(|path| path == "*") {
        return allowed.to_vec();
    }
    let mut named = Vec::new();
    for path in paths {
        let below = format!("{path}.");
        let before = named.len();
        named.extend(allowed.iter().filter(|field| **field == path || field.starts_with(&below)));
        if named.len() == before {
            check.wrong(
                "update_mask",
                format!("names {path:?}, which can't be changed; it may name {}", allowed.join(", ")),
            );
        }
    }
    named
}

/// A page's size from a call.
pub(crate) fn page_size(check: &mut Check, size: i32) -> usize {
    match usize::try_from(size) {
        Ok(0) => PAGE_DEFAULT,
        Ok(size) => size.min(PAGE_MAX),
        Err(_) => {
            check.wrong("page_size", "must not be negative");
            PAGE_DEFAULT
        }
    }
}

/// The refusal of a page token that is none of ours.
pub(crate) fn bad_page_token() -> Refusal {
    let mut refusal = Refusal::field("page_token", "must be the next_page_token of the page before");
    refusal.reason = ErrorReason::InvalidField;
    refusal
}
