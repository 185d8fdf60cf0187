//! What a token says, as it is written and read.

use serde::{Deserialize, Deserializer, Serialize};
use switchboard_proto::RoomId;

/// The claims of a token. Names of RFC 7519 where it has one. Unknown claims are passed over.
///
/// Times are seconds since 1970 UTC, as in RFC 7519; a fraction is cut off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// The identity of a participant, or the name of a caller of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// For people: up to 256 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The participant's metadata, up to 4,096 bytes. If it is set, the participant can't change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// The one room that the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The rooms that the token is for: `*` stands for any text, so `team-*` for every room whose id begins so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_pattern: Option<String>,
    /// Names of grants. None given: nothing is granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// When the token ends; required.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub exp: Option<u64>,
    /// Before that it is not valid.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub nbf: Option<u64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub iat: Option<u64>,
    /// For whom it is: one name or several.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Names the token in logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// Libraries write times as integers and as fractions; both are RFC 7519.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    // Above it, whole seconds have no exact number, and no clock has come so far.
    if !(0.0..9.0e15).contains(&number) {
        return Err(serde::de::Error::custom("is no time"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(Some(number as u64))
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Option::<Audience>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Audience::One(one)) => vec![one],
        Some(Audience::Many(many)) => many,
    })
}

/// Which rooms a token is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RoomClaim {
    /// Nothing was said: no room.
    None,
    /// This one.
    Exact(RoomId),
    /// All whose ids fit, see [`fits`].
    Pattern(Box<str>),
}

/// The longest pattern, in bytes: that of a room's id.
pub const PATTERN_BYTES_MAX: usize = RoomId::BYTES_MAX;

impl RoomClaim {
    /// Whether it names this room.
    #[must_use]
    pub fn covers(&self, room: &str) -> bool {
        match self {
            Self::None => false,
            Self::Exact(exact) => exact.as_str() == room,
            Self::Pattern(pattern) => fits(pattern, room),
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for any text, none included. Nothing else is special.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    // What stands between two stars is taken where it first occurs: if any place fits, this one does.
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_fits_whole_ids_only() {
        let cases = [
            ("demo", "demo", true),
            ("demo", "demo2", false),
            ("demo", "a-demo", false),
            ("*", "", true),
            ("*", "anything", true),
            ("team-*", "team-1", true),
            ("team-*", "team-", true),
            ("team-*", "a-team-1", false),
            ("*-team", "a-team", true),
            ("*-team", "a-team-1", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("ab*ba", "aba", false),
            ("**", "x", true),
            ("a.c", "abc", false),
            ("é*", "éa", true),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(fits(pattern, text), want, "{pattern} {text}");
        }
    }

    /// The obvious way, which is slow.
    fn fits_slowly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', pattern)), None) => fits_slowly(pattern, text),
            (Some(('*', rest)), Some((_, behind))) => fits_slowly(rest, text) || fits_slowly(pattern, behind),
            (Some((p, pattern)), Some((t, text))) => p == t && fits_slowly(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_is_the_obvious_way(pattern in "[ab*]{0,8}", text in "[ab*]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(fits(&pattern, &text), fits_slowly(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn claims_go_there_and_back(sub in ".{0,20}", grants in prop::collection::vec("[a-z_]{1,9}", 0..4), exp in 0..9_000_000_000_u64) {
            let claims = Claims { sub: Some(sub), grants, exp: Some(exp), aud: vec!["a".into()], ..Claims::default() };
            let text = serde_json::to_string(&claims).expect("has a JSON form");
            prop_assert_eq!(serde_json::from_str::<Claims>(&text).expect("reads"), claims);
        }
    }

    #[test]
    fn what_other_libraries_write_is_read() {
        let read = |text: &str| serde_json::from_str::<Claims>(text);
        let claims = read(r#"{"exp":1700000000.9,"aud":"x","color":7,"sub":"ann"}"#).expect("reads");
        assert_eq!((claims.exp, claims.aud), (Some(1_700_000_000), vec!["x".to_owned()]));
        for wrong in [
            r#"{"exp":"1"}"#,
            r#"{"exp":-1}"#,
            r#"{"exp":1e300}"#,
            r#"{"sub":7}"#,
            r#"{"grants":"join"}"#,
            "7",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        // Which of two would count is what an attacker chooses.
        assert!(read(r#"{"room":"a","room":"b"}"#).is_err());
    }
}
