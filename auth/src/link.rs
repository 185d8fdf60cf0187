//! The secret that gateways and room services share: who has it may open links.

use switchboard_proto::Refusal;
use switchboard_proto::v1::ErrorReason;

use crate::secret::{Secret, Token};

/// The shortest secret, in bytes: below it, guessing pays.
pub const SECRET_BYTES_MIN: usize = 16;

/// Secrets of gateways. A gateway says the first; a room service takes them all, so that one can be replaced while
/// everything runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkSecrets(Vec<Secret>);

impl LinkSecrets {
    /// Takes the secrets in the order in which they are to be used.
    ///
    /// # Errors
    /// A sentence, where one is shorter than [`SECRET_BYTES_MIN`] or could not stand in a header.
    pub fn new(secrets: Vec<Secret>) -> Result<Self, String> {
        for secret in &secrets {
            if secret.expose().len() < SECRET_BYTES_MIN {
                return Err(format!("a link secret has at least {SECRET_BYTES_MIN} bytes"));
            }
            if !secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err("a link secret is made of visible ASCII characters, as base64 is".into());
            }
        }
        Ok(Self(secrets))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the `authorization` metadata of a gateway's calls.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        self.0.first().map(|secret| format!("Bearer {}", secret.expose()))
    }

    /// Whether a call with this `authorization` comes from a gateway.
    ///
    /// # Errors
    /// LINK_SECRET_INVALID, without a word on what is wrong with it.
    pub fn check(&self, authorization: Option<&str>) -> Result<(), Refusal> {
        let said = authorization.and_then(Token::of_header);
        // All are compared, so that the time does not tell which one it was.
        let known =
            |said: &Token| self.0.iter().fold(false, |known, secret| secret.is(said.expose()) | known);
        if said.as_ref().is_some_and(known) { Ok(()) } else { Err(ErrorReason::LinkSecretInvalid.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_said_and_all_are_taken() {
        let (old, new) = (Secret::new("old-secret-of-links"), Secret::new("new-secret-of-links"));
        let gateway = LinkSecrets::new(vec![old.clone()]).expect("are good");
        let room_service = LinkSecrets::new(vec![new, old]).expect("are good");
        assert_eq!(room_service.check(gateway.header().as_deref()), Ok(()));
        assert_eq!(room_service.check(room_service.header().as_deref()), Ok(()));
        for wrong in
            [None, Some(""), Some("Bearer "), Some("Bearer old-secret-of-link"), Some("old-secret-of-links")]
        {
            assert!(room_service.check(wrong).is_err(), "{wrong:?}");
        }
        assert!(LinkSecrets::default().check(Some("Bearer x")).is_err());
    }

    #[test]
    fn a_secret_that_is_easily_guessed_is_none() {
        assert!(LinkSecrets::new(vec![Secret::new("short")]).is_err());
        assert!(LinkSecrets::new(vec![Secret::new("a secret with spaces")]).is_err());
    }
}
