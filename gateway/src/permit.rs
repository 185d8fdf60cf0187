//! What a session may do, by its access token. Pure: the token was checked by then, see `connection`.

use std::sync::Arc;

use switchboard_auth::{Caller, Grant, Grants, RoomClaim, caller};
use switchboard_proto::v1::{self, ErrorReason, SignalKind, session_command::Action};
use switchboard_proto::{Millis, ParticipantId, Refusal, RoomId};

/// What the session of this token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permit {
    grants: Grants,
    expires_at: Millis,
    /// The key of the token.
    key: Arc<str>,
    /// The token has metadata: those are the application's word, and not the participant's to change.
    names_metadata: bool,
}

impl Permit {
    /// The permit of a caller for a session.
    ///
    /// # Errors
    /// When the token is for another room or identity, or does not let join.
    pub(crate) fn new(
        caller: &Caller,
        room: &RoomId,
        participant: &ParticipantId,
    ) -> Result<Box<Self>, Refusal> {
        caller.joins(room.as_str(), participant.as_str())?;
        Ok(Box::new(Self {
            grants: caller.grants,
            expires_at: caller.expires_at,
            key: Arc::clone(&caller.key),
            names_metadata: caller.metadata.is_some(),
        }))
    }

    /// The name of the key that the token was signed with.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// When the token ends, by its own word.
    pub(crate) fn expires_at(&self) -> Millis {
        self.expires_at
    }

    /// Whether a command is granted. What any member needs, to see and to go, is granted with the join.
    ///
    /// # Errors
    /// GRANT_MISSING, with the name of a grant that would do.
    pub(crate) fn check(&self, action: &Action) -> Result<(), Refusal> {
        let enough: &[Grant] = match action {
            Action::Leave(_) | Action::Renegotiate(_) => return Ok(()),
            Action::UpdateMetadata(_) if self.names_metadata => {
                let sentence = "The metadata comes from the access token; ask for one with other metadata.";
                return Err(Refusal::new(ErrorReason::GrantMissing, sentence));
            }
            Action::UpdateMetadata(_) => &[Grant::Join],
            // To stop takes nothing back from anybody.
            Action::StopShare(_) => return Ok(()),
            Action::StartShare(_) => &[Grant::Share],
            // Who only sees answers offers and has candidates; an offer is how media of one's own begins.
            Action::Signal(signal) if signal.kind() != SignalKind::Offer => return Ok(()),
            Action::Signal(_) => &[Grant::Signal, Grant::Publish, Grant::Share],
            Action::Message(_) => &[Grant::Message],
        };
        if self.grants.has_any(enough) { Ok(()) } else { Err(caller::missing(enough[0])) }
    }

    /// What the browser is told of it.
    pub(crate) fn told(&self) -> v1::Permissions {
        v1::Permissions { grants: self.grants.names(), token_expire_time: Some(self.expires_at.into()) }
    }
}

/// Completes a join by what the token says: room and participant where they were left empty, and metadata.
pub(crate) fn complete(join: &mut v1::Join, caller: &Caller) {
    if let (true, RoomClaim::Exact(room)) = (join.room_id.is_empty(), &caller.room) {
        join.room_id = room.to_string();
    }
    if let (true, Some(identity)) = (join.participant_id.is_empty(), &caller.identity) {
        join.participant_id = identity.to_string();
    }
    if let Some(metadata) = &caller.metadata {
        join.metadata.clone_from(metadata);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit(grants: &[Grant], metadata: Option<&str>) -> Permit {
        let caller = Caller {
            room: RoomClaim::Pattern("*".into()),
            identity: ParticipantId::parse("ann").ok(),
            name: None,
            metadata: metadata.map(str::to_owned),
            grants: grants.iter().copied().collect(),
            expires_at: Millis(1),
            key: "k".into(),
        };
        let (room, ann) =
            (RoomId::parse("r").expect("is an id"), ParticipantId::parse("ann").expect("is an id"));
        *Permit::new(&caller, &room, &ann).expect("may join")
    }

    #[test]
    fn each_command_by_each_grant() {
        let signal =
            |kind: SignalKind| Action::Signal(v1::Signal { kind: kind.into(), ..v1::Signal::default() });
        let commands = [
            ("leave", Action::Leave(v1::Leave {})),
            ("renegotiate", Action::Renegotiate(v1::Renegotiate {})),
            ("answer", signal(SignalKind::Answer)),
            ("candidate", signal(SignalKind::Candidate)),
            ("stop", Action::StopShare(v1::StopShare {})),
            ("metadata", Action::UpdateMetadata(v1::UpdateMetadata::default())),
            ("share", Action::StartShare(v1::StartShare::default())),
            ("offer", signal(SignalKind::Offer)),
            ("message", Action::Message(v1::Message::default())),
        ];
        let always = ["leave", "renegotiate", "answer", "candidate", "stop"];
        let cases: [(&[Grant], &[&str]); 8] = [
            (&[Grant::See], &[]),
            (&[Grant::Join], &["metadata"]),
            (&[Grant::See, Grant::Share], &["share", "offer"]),
            (&[Grant::See, Grant::Publish], &["offer"]),
            (&[Grant::See, Grant::Signal], &["offer"]),
            (&[Grant::See, Grant::Message], &["message"]),
            (&[Grant::Join, Grant::Share, Grant::Message], &["metadata", "share", "offer", "message"]),
            // Who administers is not thereby a participant.
            (&[Grant::See, Grant::Admin, Grant::RoomAdmin, Grant::ListRooms], &[]),
        ];
        for (grants, more) in cases {
            let permit = permit(grants, None);
            for (name, action) in &commands {
                let want = always.contains(name) || more.contains(name);
                assert_eq!(permit.check(action).is_ok(), want, "{name} by {grants:?}");
            }
        }
        let fixed = permit(&[Grant::Join], Some("m"));
        assert!(fixed.check(&Action::UpdateMetadata(v1::UpdateMetadata::default())).is_err());
    }
}
