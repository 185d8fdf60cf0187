//! Named keys: secrets of HS256 from settings, public keys from PEM files or from a key set.

use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use crate::claims::Claims;
use crate::files;
use crate::secret::{Secret, Token};

/// The shortest secret of HS256, in bytes: as long as its hash, as RFC 7518 wants it.
pub const SECRET_BYTES_MIN: usize = 32;
/// The longest name of a key, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// The largest file of a public key, in bytes; a key of RSA with 8,192 bits has 1,500.
const FILE_BYTES_MAX: u64 = 16 * 1024;
/// What a point of P-256 takes, not compressed, in bytes.
const P256_POINT_BYTES: usize = 65;
/// What a key of Ed25519 takes, in bytes.
const ED25519_BYTES: usize = 32;

/// A key that can't be used; the sentence says why and names no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(String);

impl KeyError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// A key that signatures are checked with. It knows its one algorithm: what a token says of itself never chooses.
#[derive(Clone)]
pub(crate) struct Key {
    /// As in the `kid` of a token; empty if it has none.
    pub(crate) name: Arc<str>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({}, {:?})", self.name, self.algorithm)
    }
}

/// Named keys. Several at a time: a new one is added everywhere first, then used, then the old one goes.
#[derive(Debug, Clone, Default)]
pub struct Keys(pub(crate) Vec<Key>);

impl Keys {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a secret for HS256, under a name that tokens say in `kid`.
    ///
    /// # Errors
    /// When the name is taken, or the secret shorter than [`SECRET_BYTES_MIN`].
    pub fn add_secret(&mut self, name: &str, secret: &Secret) -> Result<(), KeyError> {
        check_secret(name, secret)?;
        self.add(name, Algorithm::HS256, DecodingKey::from_secret(secret.expose().as_bytes()))
    }

    /// Adds the public key in a PEM file: of RSA for RS256, of P-256 for ES256, of Ed25519 for EdDSA.
    ///
    /// # Errors
    /// When the file can't be read, holds a private key, or none of these.
    pub fn add_file(&mut self, name: &str, path: &Path) -> Result<(), KeyError> {
        let told = |what: String| KeyError::new(format!("{}: {what}", path.display()));
        let pem = files::read_text(path, FILE_BYTES_MAX).map_err(|error| told(error.to_string()))?;
        self.add_pem(name, &pem).map_err(|error| told(error.0))
    }

    /// Adds the public key in a PEM text, as [`Self::add_file`] does.
    ///
    /// # Errors
    /// As there.
    pub fn add_pem(&mut self, name: &str, pem: &str) -> Result<(), KeyError> {
        if pem.contains("PRIVATE KEY") {
            return Err(KeyError::new(
                "holds a private key; only who makes tokens needs that, here the public one belongs",
            ));
        }
        let pem = pem.as_bytes();
        if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
            return self.add(name, Algorithm::RS256, key);
        }
        let of_bytes = |key: &DecodingKey, bytes| key.try_get_as_bytes().is_ok_and(|key| key.len() == bytes);
        if let Some(key) = DecodingKey::from_ec_pem(pem).ok().filter(|key| of_bytes(key, P256_POINT_BYTES)) {
            return self.add(name, Algorithm::ES256, key);
        }
        if let Some(key) = DecodingKey::from_ed_pem(pem).ok().filter(|key| of_bytes(key, ED25519_BYTES)) {
            return self.add(name, Algorithm::EdDSA, key);
        }
        Err(KeyError::new(
            "holds no public key of RSA, P-256 or Ed25519 in PEM, which begins -----BEGIN PUBLIC KEY-----",
        ))
    }

    fn add(&mut self, name: &str, algorithm: Algorithm, key: DecodingKey) -> Result<(), KeyError> {
        check_name(name)?;
        if self.0.iter().any(|key| *key.name == *name) {
            return Err(KeyError::new(format!("two keys are named {name:?}")));
        }
        self.0.push(Key { name: name.into(), algorithm, key });
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let good = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    if good { Ok(()) } else { Err(KeyError::new("a key needs a name, which tokens say in kid")) }
}

fn check_secret(name: &str, secret: &Secret) -> Result<(), KeyError> {
    if secret.expose().len() < SECRET_BYTES_MIN {
        return Err(KeyError::new(format!(
            "the secret {name:?} has fewer than {SECRET_BYTES_MIN} bytes, which can be guessed; \
             make one with: openssl rand -base64 32"
        )));
    }
    Ok(())
}

/// Makes a token, signed with HS256 under a named secret.
///
/// # Errors
/// When the name or the secret breaks its rule.
pub fn mint(claims: &Claims, name: &str, secret: &Secret) -> Result<Token, KeyError> {
    check_name(name)?;
    check_secret(name, secret)?;
    let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
    header.kid = Some(name.to_owned());
    let key = EncodingKey::from_secret(secret.expose().as_bytes());
    let text = jsonwebtoken::encode(&header, claims, &key);
    text.map(Token::new).map_err(|error| KeyError::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_can_not_be_used_is_said_without_the_secret() {
        let mut keys = Keys::default();
        let short = Secret::new("thirty-one-bytes-are-too-short!");
        let error = keys.add_secret("main", &short).expect_err("is short").to_string();
        assert!(error.contains("main") && error.contains("openssl") && !error.contains("thirty"), "{error}");
        let good = Secret::new("thirty-two-bytes-are-long-enough");
        assert_eq!(keys.add_secret("main", &good), Ok(()));
        assert!(keys.add_secret("main", &good).is_err() && keys.add_secret("", &good).is_err());
        assert!(
            keys.add_pem("p", "-----BEGIN PRIVATE KEY-----").expect_err("is private").0.contains("private")
        );
        assert!(keys.add_pem("p", "hello").is_err());
        assert!(
            keys.add_file("p", Path::new("/nonexistent.pem"))
                .expect_err("is not there")
                .0
                .contains("nonexistent")
        );
        assert!(!format!("{keys:?}").contains("thirty"));
    }
}
