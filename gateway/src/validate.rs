//! A browser's message is checked here, once: what comes out has ids that are types and fields that keep their rules.

use std::fmt::Display;

use switchboard_proto::v1::{self, SignalKind, client_message::Kind, session_command::Action};
use switchboard_proto::{ParticipantId, Position, Refusal, ResumeToken, RoomId, SessionId, Violation};

/// The longest metadata of a participant, in bytes.
pub(crate) const METADATA_BYTES_MAX: usize = 4_096;
/// The longest signal payload, in bytes.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 65_536;
/// The longest message body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 32 * 1024;
/// The most receivers that a message may name.
pub(crate) const RECEIVERS_MAX: usize = 256;
/// The longest share id, in bytes.
pub(crate) const SHARE_ID_BYTES_MAX: usize = 128;

/// A message that keeps the rules.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    Join {
        room: RoomId,
        participant: ParticipantId,
        metadata: String,
    },
    Resume(Box<Resume>),
    Heartbeat,
    /// Its token was checked before.
    RenewToken,
    Command(Action),
}

/// A resume that keeps the rules.
#[derive(Debug, PartialEq)]
pub(crate) struct Resume {
    pub(crate) room: RoomId,
    pub(crate) participant: ParticipantId,
    pub(crate) session: SessionId,
    pub(crate) generation: u64,
    pub(crate) token: ResumeToken,
    pub(crate) position: Position,
}

/// Whether a message is a numbered command.
pub(crate) fn is_command(kind: &Kind) -> bool {
    !matches!(kind, Kind::Join(_) | Kind::Resume(_) | Kind::Heartbeat(_) | Kind::RenewToken(_))
}

/// Checks a message; all its faults are told together.
pub(crate) fn validate(kind: Kind) -> Result<Request, Refusal> {
    let mut faults = Faults::default();
    let request = match kind {
        Kind::Join(join) => {
            let room = faults.parsed("join.roomId", RoomId::parse(&join.room_id));
            let participant = faults.parsed("join.participantId", ParticipantId::parse(&join.participant_id));
            faults.at_most("join.metadata", join.metadata.len(), METADATA_BYTES_MAX);
            room.zip(participant).map(|(room, participant)| Request::Join {
                room,
                participant,
                metadata: join.metadata,
            })
        }
        Kind::Resume(resume) => {
            let room = faults.parsed("resume.roomId", RoomId::parse(&resume.room_id));
            let participant =
                faults.parsed("resume.participantId", ParticipantId::parse(&resume.participant_id));
            let session = faults.parsed("resume.sessionId", SessionId::parse(&resume.session_id));
            let token = faults.parsed("resume.resumeToken", ResumeToken::parse(&resume.resume_token));
            faults.must("resume.generation", resume.generation > 0, "must be above the one before");
            match (room, participant, session, token) {
                (Some(room), Some(participant), Some(session), Some(token)) => {
                    let position = resume.position.map_or(Position::ZERO, Position::from);
                    let generation = resume.generation;
                    Some(Request::Resume(Box::new(Resume {
                        room,
                        participant,
                        session,
                        generation,
                        token,
                        position,
                    })))
                }
                _ => None,
            }
        }
        Kind::Heartbeat(_) => Some(Request::Heartbeat),
        Kind::RenewToken(_) => Some(Request::RenewToken),
        Kind::Leave(leave) => Some(Request::Command(Action::Leave(leave))),
        Kind::UpdateMetadata(update) => {
            faults.at_most("updateMetadata.metadata", update.metadata.len(), METADATA_BYTES_MAX);
            Some(Request::Command(Action::UpdateMetadata(update)))
        }
        Kind::StartShare(share) => {
            faults.at_most("startShare.shareId", share.share_id.len(), SHARE_ID_BYTES_MAX);
            let plain = !share.share_id.chars().any(char::is_control);
            faults.must("startShare.shareId", plain, "must not contain control characters");
            Some(Request::Command(Action::StartShare(share)))
        }
        Kind::StopShare(stop) => Some(Request::Command(Action::StopShare(stop))),
        Kind::Signal(signal) => {
            faults.parsed("signal.to", ParticipantId::parse(&signal.to));
            let known = SignalKind::try_from(signal.kind).is_ok_and(|kind| kind != SignalKind::Unspecified);
            faults.must("signal.kind", known, "must be offer, answer or candidate");
            faults.must("signal.payload", !signal.payload.is_empty(), "must not be empty");
            faults.at_most("signal.payload", signal.payload.len(), PAYLOAD_BYTES_MAX);
            Some(Request::Command(Action::Signal(signal)))
        }
        Kind::Message(message) => {
            faults.message(&message);
            Some(Request::Command(Action::Message(message)))
        }
        Kind::Renegotiate(renegotiate) => Some(Request::Command(Action::Renegotiate(renegotiate))),
    };
    match request {
        Some(request) if faults.0.is_empty() => Ok(request),
        _ => Err(Refusal::fields(faults.0)),
    }
}

#[derive(Default)]
struct Faults(Vec<Violation>);

impl Faults {
    fn must(&mut self, field: &'static str, holds: bool, rule: impl Display) {
        if !holds {
            self.0.push(Violation { field: field.into(), description: rule.to_string() });
        }
    }

    fn at_most(&mut self, field: &'static str, bytes: usize, bytes_max: usize) {
        if bytes > bytes_max {
            self.must(field, false, format_args!("must have at most {bytes_max} bytes of UTF-8"));
        }
    }

    fn parsed<T>(&mut self, field: &'static str, id: Result<T, switchboard_proto::InvalidId>) -> Option<T> {
        id.map_err(|rule| self.must(field, false, rule)).ok()
    }

    fn message(&mut self, message: &v1::Message) {
        self.at_most("message.body", message.body.len(), BODY_BYTES_MAX);
        self.must(
            "message.to",
            message.to.len() <= RECEIVERS_MAX,
            format_args!("must name at most {RECEIVERS_MAX} participants"),
        );
        // One is enough: a list of 256 wrong names is one fault.
        let wrong =
            message.to.iter().enumerate().find_map(|(at, to)| Some((at, ParticipantId::parse(to).err()?)));
        if let Some((at, rule)) = wrong {
            let field = format!("message.to[{at}]").into();
            self.0.push(Violation { field, description: rule.to_string() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(room: &str, participant: &str) -> Kind {
        Kind::Join(v1::Join {
            room_id: room.into(),
            participant_id: participant.into(),
            ..v1::Join::default()
        })
    }

    fn signal(to: &str, kind: SignalKind, payload: String) -> Kind {
        Kind::Signal(v1::Signal { to: to.into(), kind: kind.into(), payload })
    }

    #[test]
    fn each_broken_rule_names_its_field() {
        let message =
            |to: Vec<String>, bytes: usize| Kind::Message(v1::Message { to, body: "x".repeat(bytes) });
        let share = |id: String| Kind::StartShare(v1::StartShare { share_id: id, audio: false });
        let cases: Vec<(Kind, &[&str])> = vec![
            (join("r", "p"), &[]),
            (join("", "p"), &["join.roomId"]),
            (join("", "a\nb"), &["join.roomId", "join.participantId"]),
            (join(&"r".repeat(129), "p"), &["join.roomId"]),
            (signal("bob", SignalKind::Offer, "{}".into()), &[]),
            (signal("bob", SignalKind::Candidate, "x".repeat(65_536)), &[]),
            (signal("bob", SignalKind::Candidate, "x".repeat(65_537)), &["signal.payload"]),
            (
                signal("", SignalKind::Unspecified, String::new()),
                &["signal.to", "signal.kind", "signal.payload"],
            ),
            (message(vec![], 32 * 1024), &[]),
            (message(vec![], 32 * 1024 + 1), &["message.body"]),
            (message(vec!["b".into(); 256], 1), &[]),
            (message(vec!["b".into(); 257], 1), &["message.to"]),
            (message(vec!["b".into(), String::new(), String::new()], 1), &["message.to[1]"]),
            (share(String::new()), &[]),
            (share("s".repeat(129)), &["startShare.shareId"]),
            (
                Kind::UpdateMetadata(v1::UpdateMetadata { metadata: "m".repeat(4_097) }),
                &["updateMetadata.metadata"],
            ),
            (
                Kind::Resume(v1::Resume::default()),
                &[
                    "resume.roomId",
                    "resume.participantId",
                    "resume.sessionId",
                    "resume.resumeToken",
                    "resume.generation",
                ],
            ),
            (Kind::Heartbeat(v1::Heartbeat::default()), &[]),
        ];
        for (kind, want) in cases {
            let got = validate(kind.clone()).map_or_else(|refusal| refusal.violations, |_| Vec::new());
            let got: Vec<_> = got.iter().map(|violation| violation.field.as_ref()).collect();
            assert_eq!(got, want, "{kind:?}");
        }
    }
}
