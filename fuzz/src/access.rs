//! Access tokens: as they come, and with claims that somebody who has the key signed.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchboard_auth::caller::{METADATA_BYTES_MAX, NAME_BYTES_MAX};
use switchboard_auth::{Caller, Claims, Grant, Keys, LEEWAY_MS, Secret, TOKEN_BYTES_MAX, Token, Verifier};
use switchboard_proto::{Millis, TraceContext};

use crate::frames::is_told;

/// The secret of the key `main`.
pub(crate) const SECRET: &str = "fuzz-fuzz-fuzz-fuzz-fuzz-fuzz-fuzz-fuzz";
/// The time at which tokens are checked.
pub(crate) const NOW: Millis = Millis(1_800_000_000_000);

/// Public keys, so that each algorithm is tried; nobody has the private ones.
const PUBLIC_KEYS: [(&str, &str); 3] = [
    ("rsa", include_str!("../keys/rsa.pem")),
    ("p256", include_str!("../keys/p256.pem")),
    ("ed25519", include_str!("../keys/ed25519.pem")),
];

/// The bytes as a token, and as the claims of one that is signed with [`SECRET`].
pub(crate) fn token(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        as_it_came(text);
    }
    let signed = sign(data);
    match check(&signed) {
        Ok(caller) => {
            keeps_the_rules(&caller, data);
            let mut other = signed.into_bytes();
            let last = other.last_mut().expect("it has a signature");
            // The bits of the last character but two are in the signature.
            *last = if *last == b'A' { b'Q' } else { b'A' };
            let other = String::from_utf8(other).expect("is ASCII");
            assert!(check(&other).is_err(), "another signature passes");
        }
        Err(refusal) => is_told(&refusal),
    }
}

/// Nothing passes but what our own secret has signed: nobody has the other keys.
fn as_it_came(text: &str) {
    match check(text) {
        Ok(_) => {
            let (signed, signature) = text.rsplit_once('.').expect("has three parts");
            let signature = URL_SAFE_NO_PAD.decode(signature).expect("is base64");
            hmac::verify(&key(), signed.as_bytes(), &signature).expect("nobody else's signature passes");
        }
        Err(refusal) => is_told(&refusal),
    }
    // The header that it would stand in.
    if let Some(token) = Token::of_header(text) {
        assert!(!token.expose().is_empty());
    }
    // What stands beside it in a call that is traced.
    if let Some(context) = TraceContext::parse(text) {
        assert!(context.trace_id != [0; 16] && context.span_id != [0; 8]);
        assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
    }
}

fn keeps_the_rules(caller: &Caller, claims: &[u8]) {
    assert!(claims.len() <= TOKEN_BYTES_MAX);
    assert!(caller.expires_at.0.saturating_add(LEEWAY_MS) > NOW.0, "it has ended");
    assert!(caller.name.as_ref().is_none_or(|name| name.len() <= NAME_BYTES_MAX));
    assert!(caller.metadata.as_ref().is_none_or(|metadata| metadata.len() <= METADATA_BYTES_MAX));
    let claims: Claims = serde_json::from_slice(claims).expect("they were read");
    assert!(claims.aud.is_empty(), "it is meant for somebody else");
    let text = serde_json::to_string(&claims).expect("claims have a JSON form");
    assert_eq!(serde_json::from_str::<Claims>(&text).expect("what was written is read"), claims);
    for room in ["a", "team-1", ""] {
        if caller.joins(room, "ann").is_ok() {
            assert!(
                caller.room.covers(room) && caller.identity.as_ref().is_some_and(|id| id.as_str() == "ann")
            );
            assert!(caller.grants.has_any(&[Grant::Join, Grant::See]));
        }
        if caller.administers(room).is_ok() {
            assert!(caller.grants.has(Grant::Admin) || caller.grants.has(Grant::RoomAdmin));
        }
    }
    assert!(!format!("{caller:?}").contains(SECRET));
}

fn check(text: &str) -> Result<Caller, switchboard_proto::Refusal> {
    static VERIFIER: OnceLock<Verifier> = OnceLock::new();
    let verifier = VERIFIER.get_or_init(|| {
        let mut keys = Keys::default();
        keys.add_secret("main", &Secret::new(SECRET)).expect("is a secret");
        for (name, pem) in PUBLIC_KEYS {
            keys.add_pem(name, pem).expect("is a public key");
        }
        Verifier::new(keys, None, None, None)
    });
    verifier.verify(&Token::new(text), NOW)
}

/// A token with these claims, whatever they are.
pub(crate) fn sign(claims: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","kid":"main"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key(), signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A token with this header that nobody signed.
pub(crate) fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes())
}
