//! Secrets and tokens as types: their `Debug` hides them, they have no `Display`, and so no log line holds one.

use std::fmt;

/// Something that only its owners may know, such as a key of HS256.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes a secret as it was given.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for cryptography and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both are the same, in a time that does not tell where they differ.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.as_bytes()).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// An access token as it came, not checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Box<str>);

impl Token {
    /// Takes a token as it came.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The token of an `authorization` header: what stands behind `Bearer`, in whatever case.
    #[must_use]
    pub fn of_header(value: &str) -> Option<Self> {
        let (scheme, token) = value.trim().split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Self::new(token))
    }

    /// The token itself: for the check, and for whoever minted it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_hide_in_debug() {
        let told = format!("{:?} {:?}", Secret::new("hunter2"), Token::new("hunter2"));
        assert!(!told.contains("hunter2"), "{told}");
        assert!(Secret::new("hunter2").is("hunter2") && !Secret::new("hunter2").is("hunter"));
    }

    #[test]
    fn a_header_names_its_scheme() {
        let cases = [
            ("Bearer a.b.c", Some("a.b.c")),
            ("bearer  a.b.c ", Some("a.b.c")),
            ("Bearer ", None),
            ("Basic a.b.c", None),
            ("a.b.c", None),
            ("", None),
        ];
        for (value, want) in cases {
            assert_eq!(Token::of_header(value).as_ref().map(Token::expose), want, "{value:?}");
        }
    }
}
