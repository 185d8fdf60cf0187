//! ICE servers for browsers, with credentials for TURN that end by themselves.
//!
//! The scheme is that of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest): the user name is the second at
//! which it ends and whom it is for, the password the HMAC-SHA1 of that under a secret that both servers know.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use switchboard_proto::Millis;
use switchboard_proto::v1::IceServer;

use crate::secret::Secret;

/// How long credentials last unless somebody says otherwise: longer than most calls, shorter than what is worth to be
/// passed on.
pub const TURN_TTL: Duration = Duration::from_secs(3_600);

/// What browsers are told for `RTCConfiguration.iceServers`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IceServers {
    stun: Vec<String>,
    turn: Vec<String>,
    secret: Option<Secret>,
    ttl: Duration,
}

impl IceServers {
    /// Servers by their URLs: `stun:`, `stuns:`, `turn:` and `turns:` as in RFC 7064 and 7065.
    ///
    /// # Errors
    /// A sentence, where a URL is none of them, or TURN has no secret.
    pub fn new(urls: &[String], secret: Option<Secret>, ttl: Duration) -> Result<Self, String> {
        let mut servers = Self { secret, ttl, ..Self::default() };
        for url in urls {
            match url.split_once(':') {
                Some(("stun" | "stuns", host)) if !host.is_empty() => servers.stun.push(url.clone()),
                Some(("turn" | "turns", host)) if !host.is_empty() => servers.turn.push(url.clone()),
                _ => {
                    return Err(format!(
                        "{url:?} is no URL of a STUN or TURN server, as in turn:turn.example:3478"
                    ));
                }
            }
        }
        if !servers.turn.is_empty() && servers.secret.is_none() {
            return Err("a TURN server needs the secret that it shares with the gateway".into());
        }
        Ok(servers)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stun.is_empty() && self.turn.is_empty()
    }

    /// Whether one of them relays.
    #[must_use]
    pub fn has_turn(&self) -> bool {
        !self.turn.is_empty()
    }

    /// How long credentials last, if there are any: they are to be renewed well before.
    #[must_use]
    pub fn ttl(&self) -> Option<Duration> {
        (!self.turn.is_empty()).then_some(self.ttl)
    }

    /// The servers for one participant, with credentials made now.
    #[must_use]
    pub fn at(&self, now: Millis, participant: &str) -> Vec<IceServer> {
        let mut servers = Vec::new();
        if !self.stun.is_empty() {
            servers.push(IceServer { urls: self.stun.clone(), ..IceServer::default() });
        }
        if let Some(secret) = self.secret.as_ref().filter(|_| !self.turn.is_empty()) {
            let ends = now.0 / 1_000 + self.ttl.as_secs();
            // A colon parts the two, and a name with one would read as another time; bounded as TURN wants it.
            let name: String = participant.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
            let username = format!("{ends}:{name}");
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.expose().as_bytes());
            let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
            servers.push(IceServer { urls: self.turn.clone(), username, credential });
        }
        servers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_those_that_coturn_computes() {
        let urls = ["stun:a:1", "turn:b:2", "turns:b:3"].map(str::to_owned);
        let ice =
            IceServers::new(&urls, Some(Secret::new("north")), Duration::from_secs(600)).expect("are good");
        let servers = ice.at(Millis(1_433_895_118_999), "ann:1");
        assert_eq!(servers[0].urls, ["stun:a:1"]);
        assert_eq!(servers[1].urls, ["turn:b:2", "turns:b:3"]);
        // printf '1433895718:ann1' | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(servers[1].username, "1433895718:ann1");
        assert_eq!(servers[1].credential, "TGqk2+AspwQOMGDx2C80eU8bnpU=");
        assert_eq!(ice.ttl(), Some(Duration::from_secs(600)));
    }

    #[test]
    fn what_is_no_server_is_said() {
        let new = |url: &str| IceServers::new(&[url.to_owned()], None, TURN_TTL);
        for wrong in ["http://x", "stun:", "turn", "turn:x:1", ""] {
            assert!(new(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(new("stun:x:1").expect("is good").ttl(), None);
        assert!(IceServers::default().at(Millis(0), "ann").is_empty());
    }
}
