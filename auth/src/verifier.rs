//! From a token to a [`Caller`], or to the reason why not.
//!
//! The order is fixed: size, header, key, algorithm, signature, times, audience and issuer, claims. Nothing that a
//! token says is believed before its signature is good, but for which key to try: and a key knows its own algorithm.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Validation;
use jsonwebtoken::errors::ErrorKind;
use serde::Deserialize;
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{Millis, Refusal};
use tokio_util::sync::CancellationToken;

use crate::caller::Caller;
use crate::claims::Claims;
use crate::jwks::Jwks;
use crate::keys::{Key, Keys};
use crate::secret::Token;

/// The longest token, in bytes: the longest metadata in base64, escapes and a signature included.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// By how much clocks may differ, in milliseconds. Machines with NTP are within fractions of a second; libraries that
/// allow a minute let an ended token live a minute.
pub const LEEWAY_MS: u64 = 10_000;
/// Names of audiences that a token may list.
const AUDIENCES_MAX: usize = 16;

/// Checks tokens.
#[derive(Debug)]
pub struct Verifier {
    keys: Keys,
    jwks: Option<Jwks>,
    audience: Option<String>,
    issuer: Option<String>,
}

/// What of a token's header counts.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Extensions that must be understood; none is.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl Verifier {
    /// Checks with these keys. With an audience, tokens must be for it, and with an issuer, from it.
    #[must_use]
    pub fn new(keys: Keys, jwks: Option<Jwks>, audience: Option<String>, issuer: Option<String>) -> Self {
        Self { keys, jwks, audience, issuer }
    }

    /// Keeps the key set fresh until stopped. Without one it has nothing to do.
    pub async fn watch(&self, stop: CancellationToken) {
        match &self.jwks {
            Some(jwks) => jwks.watch(stop).await,
            None => stop.cancelled().await,
        }
    }

    /// As [`Self::verify`]; a key that is not known is first looked for in the key set's address, within a deadline
    /// and not more often than that allows.
    ///
    /// # Errors
    /// As there.
    pub async fn check(&self, token: &Token, now: Millis) -> Result<Caller, Refusal> {
        let unknown = match self.verify(token, now) {
            Err(refusal) if self.may_be_found(&refusal) => refusal,
            verified => return verified,
        };
        let Some(jwks) = &self.jwks else { return Err(unknown) };
        // In a box, since every socket would have to have room for it.
        Box::pin(jwks.look_again()).await;
        self.verify(token, now)
    }

    /// Whether a refusal may not stand once the key set was looked at again; see [`Self::check`].
    #[must_use]
    pub fn may_be_found(&self, refusal: &Refusal) -> bool {
        self.jwks.is_some()
            && matches!(refusal.reason, ErrorReason::TokenKeyUnknown | ErrorReason::KeysUnavailable)
    }

    /// Checks a token with the keys that are at hand.
    ///
    /// # Errors
    /// TOKEN_TOO_LONG, TOKEN_MALFORMED, TOKEN_ALGORITHM_REFUSED, TOKEN_KEY_UNKNOWN, KEYS_UNAVAILABLE,
    /// TOKEN_SIGNATURE_INVALID, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID, TOKEN_WRONG_AUDIENCE or TOKEN_WRONG_ISSUER.
    pub fn verify(&self, token: &Token, now: Millis) -> Result<Caller, Refusal> {
        let text = token.expose();
        if text.is_empty() {
            return Err(ErrorReason::TokenMissing.into());
        }
        if text.len() > TOKEN_BYTES_MAX {
            return Err(ErrorReason::TokenTooLong.into());
        }
        let header = header(text)?;
        let fetched = self.jwks.as_ref().map(Jwks::keys);
        let known = || self.keys.0.iter().chain(fetched.iter().flat_map(|keys| keys.iter()));
        // A token that names its key is checked with that one alone; one that does not, with all of its algorithm.
        let named: Vec<&Key> = match &header.kid {
            Some(kid) => known().filter(|key| *key.name == **kid).collect(),
            None => known().collect(),
        };
        if named.is_empty() {
            return Err(match self.jwks.as_ref().filter(|jwks| !jwks.was_fetched()) {
                Some(jwks) => Refusal::from(ErrorReason::KeysUnavailable).retry_after(jwks.interval_min()),
                None => ErrorReason::TokenKeyUnknown.into(),
            });
        }
        let mut fitting = named.iter().filter(|key| name_of(key) == header.alg).peekable();
        if fitting.peek().is_none() {
            return Err(ErrorReason::TokenAlgorithmRefused.into());
        }
        let mut refusal = ErrorReason::TokenSignatureInvalid;
        let verified = fitting.find_map(|key| match claims(text, key) {
            Ok(claims) => Some((claims, Arc::clone(&key.name))),
            Err(reason) => {
                refusal = reason;
                None
            }
        });
        let (claims, key) = verified.ok_or(refusal)?;
        let expires_at = self.check_claims(&claims, now)?;
        Caller::parse(claims, expires_at, key)
    }

    /// The times, audience and issuer of a token that is genuine. Gives when it ends.
    fn check_claims(&self, claims: &Claims, now: Millis) -> Result<Millis, Refusal> {
        let Some(exp) = claims.exp else {
            let sentence = "The access token has no exp: one that never ends is not taken.";
            return Err(Refusal::new(ErrorReason::TokenMalformed, sentence));
        };
        let expires_at = Millis(exp.saturating_mul(1_000));
        if now.0 >= expires_at.0.saturating_add(LEEWAY_MS) {
            return Err(ErrorReason::TokenExpired.into());
        }
        let begins = claims.nbf.unwrap_or(0).saturating_mul(1_000);
        if begins > now.0.saturating_add(LEEWAY_MS) {
            return Err(ErrorReason::TokenNotYetValid.into());
        }
        match &self.audience {
            Some(audience) if !claims.aud.iter().take(AUDIENCES_MAX).any(|aud| aud == audience) => {
                return Err(ErrorReason::TokenWrongAudience.into());
            }
            // Meant for somebody else: without a name of our own, nobody can say that it is us.
            None if !claims.aud.is_empty() => return Err(ErrorReason::TokenWrongAudience.into()),
            _ => {}
        }
        if self.issuer.is_some() && self.issuer != claims.iss {
            return Err(ErrorReason::TokenWrongIssuer.into());
        }
        Ok(expires_at)
    }
}

/// The header of a token, which nobody has signed for yet.
fn header(token: &str) -> Result<Header, Refusal> {
    let malformed = || Refusal::from(ErrorReason::TokenMalformed);
    let mut parts = token.split('.');
    let (Some(head), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let head = URL_SAFE_NO_PAD.decode(head).map_err(|_| malformed())?;
    let header: Header = serde_json::from_slice(&head).map_err(|_| malformed())?;
    if header.crit.is_some() {
        let sentence = "The access token wants extensions in crit that are not known here.";
        return Err(Refusal::new(ErrorReason::TokenMalformed, sentence));
    }
    Ok(header)
}

/// The name of a key's algorithm in a header.
fn name_of(key: &Key) -> &'static str {
    match key.algorithm {
        jsonwebtoken::Algorithm::HS256 => "HS256",
        jsonwebtoken::Algorithm::RS256 => "RS256",
        jsonwebtoken::Algorithm::ES256 => "ES256",
        jsonwebtoken::Algorithm::EdDSA => "EdDSA",
        // No key has another one.
        _ => "",
    }
}

/// The claims of a token that this key signed.
fn claims(token: &str, key: &Key) -> Result<Claims, ErrorReason> {
    // Signature only: what the claims must be is decided above, with a reason for each and the time as an argument.
    let mut validation = Validation::new(key.algorithm);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    match jsonwebtoken::decode::<Claims>(token, &key.key, &validation) {
        Ok(data) => Ok(data.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidAlgorithm => ErrorReason::TokenAlgorithmRefused,
            ErrorKind::Json(_) | ErrorKind::Base64(_) | ErrorKind::Utf8(_) | ErrorKind::InvalidToken => {
                ErrorReason::TokenMalformed
            }
            _ => ErrorReason::TokenSignatureInvalid,
        }),
    }
}
