//! Who speaks, once a token has passed, and whether something is granted.

use std::sync::Arc;

use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{Millis, ParticipantId, Refusal, RoomId};

use crate::claims::{Claims, PATTERN_BYTES_MAX, RoomClaim};
use crate::grants::{Grant, Grants};

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// The longest metadata, in bytes: that of a participant.
pub const METADATA_BYTES_MAX: usize = 4_096;
/// The most grants that a token may name; there are fewer.
const GRANTS_MAX: usize = 32;

/// Who speaks: what a token that passed says, in types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Which rooms it may enter or administer.
    pub room: RoomClaim,
    /// Who it is.
    pub identity: Option<ParticipantId>,
    /// Its name for people.
    pub name: Option<String>,
    /// Its metadata.
    pub metadata: Option<String>,
    /// What it may do.
    pub grants: Grants,
    /// When the token ends, before any leeway.
    pub expires_at: Millis,
    /// The key that the token was signed with.
    pub key: Arc<str>,
}

impl Caller {
    /// Takes the claims of a token whose signature and times are good.
    ///
    /// # Errors
    /// TOKEN_MALFORMED, with a sentence that names the claim.
    pub fn parse(claims: Claims, expires_at: Millis, key: Arc<str>) -> Result<Self, Refusal> {
        let wrong = |claim: &str, rule: String| {
            Refusal::new(
                ErrorReason::TokenMalformed,
                format!("The claim {claim} of the access token {rule}."),
            )
        };
        let identity = claims.sub.as_deref().map(ParticipantId::parse).transpose();
        let identity = identity.map_err(|rule| wrong("sub", rule.to_string()))?;
        let room = match (claims.room, claims.room_pattern) {
            (None, None) => RoomClaim::None,
            (Some(room), None) => {
                RoomClaim::Exact(RoomId::parse(&room).map_err(|rule| wrong("room", rule.to_string()))?)
            }
            (None, Some(pattern)) if pattern.is_empty() || pattern.len() > PATTERN_BYTES_MAX => {
                return Err(wrong(
                    "room_pattern",
                    format!("must have 1 to {PATTERN_BYTES_MAX} bytes of UTF-8"),
                ));
            }
            (None, Some(pattern)) => RoomClaim::Pattern(pattern.into()),
            (Some(_), Some(_)) => return Err(wrong("room", "must not stand beside room_pattern".into())),
        };
        let at_most = |claim: &str, text: &Option<String>, max: usize| match text {
            Some(text) if text.len() > max => {
                Err(wrong(claim, format!("must have at most {max} bytes of UTF-8")))
            }
            _ => Ok(()),
        };
        at_most("name", &claims.name, NAME_BYTES_MAX)?;
        at_most("metadata", &claims.metadata, METADATA_BYTES_MAX)?;
        if claims.grants.len() > GRANTS_MAX {
            return Err(wrong("grants", format!("must have at most {GRANTS_MAX} items")));
        }
        // A grant of a newer version is none here: it can only grant less than was meant.
        let grants = claims.grants.iter().filter_map(|name| Grant::from_name(name)).collect();
        let (name, metadata) = (claims.name, claims.metadata);
        Ok(Self { room, identity, name, metadata, grants, expires_at, key })
    }

    /// Whether it may be in this room as this participant.
    ///
    /// # Errors
    /// GRANT_MISSING, TOKEN_WRONG_ROOM or TOKEN_WRONG_IDENTITY.
    pub fn joins(&self, room: &str, participant: &str) -> Result<(), Refusal> {
        if !self.grants.has_any(&[Grant::Join, Grant::See]) {
            return Err(missing(Grant::Join));
        }
        if !self.room.covers(room) {
            return Err(ErrorReason::TokenWrongRoom.into());
        }
        match &self.identity {
            Some(identity) if identity.as_str() == participant => Ok(()),
            _ => Err(ErrorReason::TokenWrongIdentity.into()),
        }
    }

    /// Whether it may do everything that the API has with this room.
    ///
    /// # Errors
    /// GRANT_MISSING, or TOKEN_WRONG_ROOM where it administers others.
    pub fn administers(&self, room: &str) -> Result<(), Refusal> {
        if self.grants.has(Grant::Admin) {
            Ok(())
        } else if !self.grants.has(Grant::RoomAdmin) {
            Err(missing(Grant::RoomAdmin))
        } else if self.room.covers(room) {
            Ok(())
        } else {
            Err(ErrorReason::TokenWrongRoom.into())
        }
    }

    /// Whether it may list rooms; which of them it is told is for [`Self::is_told_of`].
    ///
    /// # Errors
    /// GRANT_MISSING.
    pub fn lists(&self) -> Result<(), Refusal> {
        if self.grants.has_any(&[Grant::ListRooms, Grant::Admin]) {
            Ok(())
        } else {
            Err(missing(Grant::ListRooms))
        }
    }

    /// Whether a list shows it this room: one whose token names rooms sees those only.
    #[must_use]
    pub fn is_told_of(&self, room: &str) -> bool {
        let told_of = self.told_of();
        told_of == RoomClaim::None || told_of.covers(room)
    }

    /// The rooms that a list shows it; [`RoomClaim::None`]: all of them.
    #[must_use]
    pub fn told_of(&self) -> RoomClaim {
        if self.grants.has(Grant::Admin) { RoomClaim::None } else { self.room.clone() }
    }

    /// Names the caller where calls of several are told apart: key and identity. Two tokens of one caller are one.
    #[must_use]
    pub fn name_for_requests(&self) -> String {
        // Ids hold no line ends.
        format!("{}\n{}", self.key, self.identity.as_ref().map(ParticipantId::as_str).unwrap_or_default())
    }
}

/// The refusal that names what is not granted.
#[must_use]
pub fn missing(grant: Grant) -> Refusal {
    Refusal::new(
        ErrorReason::GrantMissing,
        format!("The access token does not grant {grant}; ask for one that does."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(claims: &str) -> Result<Caller, Refusal> {
        let claims = serde_json::from_str(claims).expect("are claims");
        Caller::parse(claims, Millis(1), "k".into())
    }

    #[test]
    fn a_claim_that_breaks_its_rule_is_named() {
        let long = |claim: &str, bytes: usize| format!(r#"{{"{claim}":"{}"}}"#, "x".repeat(bytes));
        let cases = [
            (r#"{"sub":""}"#.to_owned(), "sub"),
            (r#"{"sub":"a\nb"}"#.to_owned(), "sub"),
            (r#"{"room":""}"#.to_owned(), "room"),
            (r#"{"room":"a","room_pattern":"b"}"#.to_owned(), "room"),
            (r#"{"room_pattern":""}"#.to_owned(), "room_pattern"),
            (long("room_pattern", 129), "room_pattern"),
            (long("name", 257), "name"),
            (long("metadata", 4_097), "metadata"),
            (format!(r#"{{"grants":[{}"join"]}}"#, r#""join","#.repeat(32)), "grants"),
        ];
        for (claims, want) in cases {
            let refusal = caller(&claims).expect_err("breaks a rule");
            assert_eq!(refusal.reason, ErrorReason::TokenMalformed);
            assert!(refusal.message.contains(&format!("claim {want} ")), "{}", refusal.message);
        }
        let newer = caller(r#"{"grants":["join","fly"]}"#).expect("keeps the rules");
        assert_eq!(newer.grants.names(), ["join"]);
    }

    #[test]
    fn who_may_join() {
        use ErrorReason::{GrantMissing, TokenWrongIdentity, TokenWrongRoom};
        let cases = [
            (r#"{"sub":"ann","room":"a","grants":["join"]}"#, Ok(())),
            (r#"{"sub":"ann","room":"a","grants":["see"]}"#, Ok(())),
            (r#"{"sub":"ann","room_pattern":"*","grants":["join"]}"#, Ok(())),
            (r#"{"sub":"ann","room":"b","grants":["join"]}"#, Err(TokenWrongRoom)),
            (r#"{"sub":"ann","grants":["join"]}"#, Err(TokenWrongRoom)),
            (r#"{"sub":"bob","room":"a","grants":["join"]}"#, Err(TokenWrongIdentity)),
            (r#"{"room":"a","grants":["join"]}"#, Err(TokenWrongIdentity)),
            (r#"{"sub":"ann","room":"a"}"#, Err(GrantMissing)),
            (r#"{"sub":"ann","room":"a","grants":["share","message","admin"]}"#, Err(GrantMissing)),
        ];
        for (claims, want) in cases {
            let caller = caller(claims).expect("keeps the rules");
            assert_eq!(caller.joins("a", "ann").map_err(|refusal| refusal.reason), want, "{claims}");
        }
    }

    #[test]
    fn who_may_administer_and_list() {
        // (claims, administers a, administers b, lists, is told of a, is told of b)
        let cases = [
            (r#"{"grants":["admin"]}"#, true, true, true, true, true),
            (r#"{"grants":["admin"],"room":"a"}"#, true, true, true, true, true),
            (r#"{"grants":["room_admin"],"room":"a"}"#, true, false, false, true, false),
            (r#"{"grants":["room_admin"]}"#, false, false, false, true, true),
            (r#"{"grants":["list_rooms"]}"#, false, false, true, true, true),
            (r#"{"grants":["list_rooms"],"room_pattern":"a*"}"#, false, false, true, true, false),
            (r#"{"grants":["join","share"],"room":"a"}"#, false, false, false, true, false),
        ];
        for (claims, a, b, lists, told_a, told_b) in cases {
            let caller = caller(claims).expect("keeps the rules");
            assert_eq!(caller.administers("a").is_ok(), a, "{claims}");
            assert_eq!(caller.administers("b").is_ok(), b, "{claims}");
            assert_eq!(caller.lists().is_ok(), lists, "{claims}");
            assert_eq!((caller.is_told_of("a"), caller.is_told_of("b")), (told_a, told_b), "{claims}");
        }
    }
}
