//! Resume tokens: who has one can take up the session that it names, at any gateway.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::RwLock;
use switchboard_proto::{Millis, ParticipantId, ResumeToken, RoomId, SessionId};

use crate::store::TokenKeys;

/// The age at which a key gives way to a new one.
const ROTATE_AFTER_MS: u64 = 86_400_000;
/// Keys that are still taken, beside the newest: a token is as old as its session's last join or resume, and sockets
/// live for days. Far above the longest resume window (10 min).
const OLD_KEYS_MAX: usize = 7;
/// A new key stands in the store for so long before it signs: by then every room service has read it.
const SIGNS_AFTER_MS: u64 = 120_000;

/// Mints and checks tokens with keys that all room services of a store share.
///
/// A token is the HMAC-SHA256 of room, participant and session, in base64url. It names no generation, so that a
/// resume whose answer was lost can be tried again (R13).
pub(crate) struct Tokens {
    keys: RwLock<Keys>,
}

struct Keys {
    /// As the store had them last.
    stored: TokenKeys,
    /// The newest first; never empty.
    good: Vec<hmac::Key>,
    /// Which of them signs.
    signer: usize,
}

/// A token key of the store that is none.
#[derive(Debug, thiserror::Error)]
#[error("the store's token key can't be read")]
pub(crate) struct BadKey;

impl Tokens {
    /// Tokens under the keys of a store, at the store's time.
    pub(crate) fn new(stored: TokenKeys, now: Millis) -> Result<Self, BadKey> {
        let good = stored.all().map(parse).collect::<Result<Vec<_>, _>>()?;
        let signer = signer(&stored, now);
        Ok(Self { keys: RwLock::new(Keys { stored, good, signer }) })
    }

    /// A new key, base64, as the store keeps it.
    #[must_use]
    pub(crate) fn fresh_key() -> String {
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    }

    /// The keys as the store had them last.
    pub(crate) fn stored(&self) -> TokenKeys {
        self.keys.read().stored.clone()
    }

    /// Takes what the store has now. A key that only this process knows, as after a store that was emptied and set up
    /// by another one, is still taken.
    pub(crate) fn learn(&self, stored: TokenKeys, now: Millis) -> Result<(), BadKey> {
        let mut keys = self.keys.write();
        if stored != keys.stored {
            let mut good = stored.all().map(parse).collect::<Result<Vec<_>, _>>()?;
            if !stored.all().any(|key| key == keys.stored.newest) {
                good.push(parse(&keys.stored.newest)?);
            }
            (keys.stored, keys.good) = (stored, good);
        }
        keys.signer = signer(&keys.stored, now);
        Ok(())
    }

    /// The token of a session.
    #[must_use]
    pub(crate) fn mint(&self, room: &RoomId, participant: &ParticipantId, session: &SessionId) -> String {
        let keys = self.keys.read();
        URL_SAFE_NO_PAD.encode(hmac::sign(&keys.good[keys.signer], &named(room, participant, session)))
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
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token.expose()) else { return false };
        let named = named(room, participant, session);
        self.keys.read().good.iter().any(|key| hmac::verify(key, &named, &tag).is_ok())
    }
}

/// What the store is to have instead, if its newest key is old. One without a time is of a version that did not note
/// it: its time begins now.
pub(crate) fn rotated(stored: &TokenKeys, now: Millis) -> Option<TokenKeys> {
    if stored.newest_made.0 == 0 {
        return Some(TokenKeys { newest_made: now, ..stored.clone() });
    }
    if now.0 < stored.newest_made.0.saturating_add(ROTATE_AFTER_MS) {
        return None;
    }
    let older = stored.all().take(OLD_KEYS_MAX).map(str::to_owned).collect();
    Some(TokenKeys { newest: Tokens::fresh_key(), newest_made: now, older })
}

/// A new key does not sign at once: others have to know it before they are asked to check it.
fn signer(stored: &TokenKeys, now: Millis) -> usize {
    let is_known = now.0 >= stored.newest_made.0.saturating_add(SIGNS_AFTER_MS);
    usize::from(!is_known && !stored.older.is_empty())
}

fn parse(key: &str) -> Result<hmac::Key, BadKey> {
    let key = URL_SAFE_NO_PAD.decode(key).map_err(|_| BadKey)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
}

/// Ids hold no control characters, so a line end separates them without doubt.
fn named(room: &RoomId, participant: &ParticipantId, session: &SessionId) -> Vec<u8> {
    format!("{room}\n{participant}\n{session}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn keys(newest_made: Millis) -> TokenKeys {
        TokenKeys { newest: Tokens::fresh_key(), newest_made, older: Vec::new() }
    }

    fn ids() -> (RoomId, ParticipantId, SessionId) {
        let room = RoomId::parse("r").expect("is an id");
        (room, ParticipantId::parse("alice").expect("is an id"), SessionId::random())
    }

    fn tokens(stored: &TokenKeys, now: Millis) -> Tokens {
        Tokens::new(stored.clone(), now).expect("are keys")
    }

    fn parsed(token: &str) -> ResumeToken {
        ResumeToken::parse(token).expect("is a token")
    }

    #[test]
    fn a_token_is_good_for_its_session_only() {
        let ours = tokens(&keys(NOW), NOW);
        let (room, alice, one) = ids();
        let token = parsed(&ours.mint(&room, &alice, &one));
        assert!(ours.check(&token, &room, &alice, &one));
        assert!(!ours.check(&token, &room, &alice, &SessionId::random()));
        assert!(!tokens(&keys(NOW), NOW).check(&token, &room, &alice, &one));
        assert!(!ours.check(&parsed("x"), &room, &alice, &one));
        assert!(Tokens::new(TokenKeys { newest: "no key!".into(), ..keys(NOW) }, NOW).is_err());
    }

    #[test]
    fn a_key_is_replaced_after_a_day_and_taken_for_a_week() {
        let (room, alice, session) = ids();
        let mut stored = keys(NOW);
        let first = parsed(&tokens(&stored, NOW).mint(&room, &alice, &session));
        assert_eq!(rotated(&stored, NOW.plus(ROTATE_AFTER_MS - 1)), None);
        let mut now = NOW;
        for day in 1..=8 {
            now = now.plus(ROTATE_AFTER_MS);
            let newer = rotated(&stored, now).expect("it is a day old");
            assert_eq!(newer.older[0], stored.newest);
            assert!(newer.older.len() <= OLD_KEYS_MAX);
            stored = newer;
            let is_taken = tokens(&stored, now).check(&first, &room, &alice, &session);
            assert_eq!(is_taken, day < 8, "day {day}");
        }
    }

    #[test]
    fn a_key_of_an_older_version_begins_its_day_now() {
        let stored = keys(Millis(0));
        let want = TokenKeys { newest_made: NOW, ..stored.clone() };
        assert_eq!(rotated(&stored, NOW), Some(want));
    }

    #[test]
    fn a_new_key_signs_once_everybody_has_had_the_time_to_read_it() {
        let (room, alice, session) = ids();
        let old = keys(NOW);
        let (one, other) = (tokens(&old, NOW), tokens(&old, NOW));
        let made = NOW.plus(ROTATE_AFTER_MS);
        let new = rotated(&old, made).expect("it is a day old");
        // The one has it; the other has not yet.
        one.learn(new.clone(), made).expect("are keys");
        let token = one.mint(&room, &alice, &session);
        assert!(other.check(&parsed(&token), &room, &alice, &session));
        let later = made.plus(SIGNS_AFTER_MS);
        one.learn(new.clone(), later).expect("are keys");
        let token = one.mint(&room, &alice, &session);
        assert!(!other.check(&parsed(&token), &room, &alice, &session), "it is another key");
        other.learn(new, later).expect("are keys");
        assert!(other.check(&parsed(&token), &room, &alice, &session));
    }

    #[test]
    fn a_key_that_the_store_forgot_is_still_taken() {
        let (room, alice, session) = ids();
        let ours = tokens(&keys(NOW), NOW);
        let token = parsed(&ours.mint(&room, &alice, &session));
        ours.learn(keys(NOW), NOW).expect("are keys");
        assert!(ours.check(&token, &room, &alice, &session));
    }
}
