//! Ids, parsed once at the edge. Inside, a function takes the type, so that two strings can't be swapped.

use std::fmt;
use std::sync::Arc;

use rand::RngCore as _;

/// An id that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// More than the limit, which is given in bytes.
    #[error("must have at most {0} bytes of UTF-8")]
    TooLong(usize),
    /// A control character, such as a line end.
    #[error("must not contain control characters")]
    ControlCharacter,
}

fn check(text: &str, bytes_max: usize) -> Result<(), InvalidId> {
    if text.is_empty() {
        Err(InvalidId::Empty)
    } else if text.len() > bytes_max {
        Err(InvalidId::TooLong(bytes_max))
    } else if text.chars().any(char::is_control) {
        Err(InvalidId::ControlCharacter)
    } else {
        Ok(())
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 128 bytes of UTF-8 without control characters. Cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The longest id, in bytes.
            pub const BYTES_MAX: usize = 128;

            /// Checks the rule.
            ///
            /// # Errors
            /// When `text` is empty, longer than [`Self::BYTES_MAX`], or holds a control character.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                check(text, Self::BYTES_MAX)?;
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// Names a room. Chosen by the application, shared by everyone invited.
    RoomId
);
id!(
    /// Names a participant: an identity, chosen by the application. One identity is one participant of a room.
    ParticipantId
);
id!(
    /// Names one stay of a participant in a room. Made by the gateway, never used again.
    SessionId
);
id!(
    /// Names one socket. Made by the gateway, never used again.
    ConnectionId
);
id!(
    /// Names one run of a gateway process: its name and a part made at each start, so that a reborn gateway is
    /// another one and its old sessions don't stay.
    GatewayId
);

/// 128 random bits as text, behind a prefix that makes logs readable.
fn random(prefix: &str) -> Arc<str> {
    let mut bits = [0; 16];
    rand::rng().fill_bytes(&mut bits);
    format!("{prefix}{:032x}", u128::from_be_bytes(bits)).into()
}

impl SessionId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(random("se_"))
    }
}

impl ConnectionId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(random("co_"))
    }
}

impl GatewayId {
    /// A new one for this start of the gateway called `name`, of which at most 64 bytes are kept.
    #[must_use]
    pub fn random(name: &str) -> Self {
        let name: String = name.chars().filter(|c| !c.is_control()).take(16).collect();
        Self(random(&format!("{name}-")))
    }
}

/// The secret that lets a new connection take up a session. Its `Debug` hides it; it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct ResumeToken(String);

impl ResumeToken {
    /// The longest token, in bytes.
    pub const BYTES_MAX: usize = 512;

    /// Takes a token as it came; whether it is good is for the room service to say.
    ///
    /// # Errors
    /// When it is empty, too long, or holds a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        check(text, Self::BYTES_MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, for the wire and for the check.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_rule() {
        let long = "x".repeat(129);
        let cases = [
            ("a", Ok(())),
            ("Zürich {room}:1", Ok(())),
            (&long[..128], Ok(())),
            ("", Err(InvalidId::Empty)),
            (&long, Err(InvalidId::TooLong(128))),
            ("a\nb", Err(InvalidId::ControlCharacter)),
            ("a\u{85}b", Err(InvalidId::ControlCharacter)),
        ];
        for (text, want) in cases {
            assert_eq!(RoomId::parse(text).map(|_| ()), want, "{text:?}");
        }
    }

    #[test]
    fn a_resume_token_hides_in_debug() {
        let token = ResumeToken::parse("very-secret").expect("is a token");
        assert!(!format!("{token:?}").contains("secret"));
        assert_eq!(token.expose(), "very-secret");
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(SessionId::random(), SessionId::random());
        assert!(GatewayId::random(&"g".repeat(300)).as_str().len() <= 128);
    }
}
