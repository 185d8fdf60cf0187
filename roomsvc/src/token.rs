//! Resume tokens: who has one can take up the session that it names, at any gateway.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchboard_proto::{ParticipantId, ResumeToken, RoomId, SessionId};

/// Mints and checks tokens with a key that all room services of a store share.
///
/// A token is the HMAC-SHA256 of room, participant and session, in base64url. It names no generation, so that a
/// resume whose answer was lost can be tried again (R13).
pub(crate) struct Tokens {
    key: hmac::Key,
}

impl Tokens {
    /// Tokens under this key.
    #[must_use]
    pub(crate) fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// A new key, base64, as the store keeps it.
    #[must_use]
    pub(crate) fn fresh_key() -> String {
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    }

    /// The token of a session.
    #[must_use]
    pub(crate) fn mint(&self, room: &RoomId, participant: &ParticipantId, session: &SessionId) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, &named(room, participant, session)))
    }

    /// Whether the token is of that session.
    #[must_use]
    pub(crate) fn check(
        &self,
        token: &ResumeToken,
        room: &RoomId,
        participant: &ParticipantId,
        session: &SessionId,
    ) -> bool {
        URL_SAFE_NO_PAD
            .decode(token.expose())
            .is_ok_and(|tag| hmac::verify(&self.key, &named(room, participant, session), &tag).is_ok())
    }
}

/// Ids hold no control characters, so a line end separates them without doubt.
fn named(room: &RoomId, participant: &ParticipantId, session: &SessionId) -> Vec<u8> {
    format!("{room}\n{participant}\n{session}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_session_only() {
        let tokens = Tokens::new(b"key");
        let room = RoomId::parse("r").expect("is an id");
        let alice = ParticipantId::parse("alice").expect("is an id");
        let (one, two) = (SessionId::random(), SessionId::random());
        let token = ResumeToken::parse(&tokens.mint(&room, &alice, &one)).expect("is a token");
        assert!(tokens.check(&token, &room, &alice, &one));
        assert!(!tokens.check(&token, &room, &alice, &two));
        assert!(!Tokens::new(b"other").check(&token, &room, &alice, &one));
        assert!(!tokens.check(&ResumeToken::parse("x").expect("is a token"), &room, &alice, &one));
    }
}
