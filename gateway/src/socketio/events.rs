//! The words of the contract: an event of a client is read into a message of our own protocol, an event of the room is
//! written as the client knows it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use switchboard_proto::Refusal;
use switchboard_proto::v1::client_message::Kind;
use switchboard_proto::v1::{self, ErrorReason, Event, ShareEndReason, SignalKind, event};
use switchboard_socketio::packet::Writer;

/// What a client asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    Join {
        room: String,
        user: String,
    },
    /// Something of a member, which names its room and itself.
    OfMember {
        room: String,
        user: String,
        kind: Kind,
    },
    /// Something for another one.
    Signal(Kind),
}

/// The name and the field of each kind of signal.
const SIGNALS: [(&str, &str, SignalKind); 3] = [
    ("offer", "offer", SignalKind::Offer),
    ("answer", "answer", SignalKind::Answer),
    ("ice-candidate", "candidate", SignalKind::Candidate),
];

/// Reads an event.
pub(super) fn read(name: &str, args: &[Box<RawValue>], has_attachments: bool) -> Result<Asked, Refusal> {
    let of_member = |kind| {
        let (room, user) = room_and_user(args)?;
        Ok(Asked::OfMember { room, user, kind })
    };
    match name {
        "join-room" => {
            let (room, user) = room_and_user(args)?;
            Ok(Asked::Join { room, user })
        }
        "leave-room" => of_member(Kind::Leave(v1::Leave {})),
        "start-sharing" => of_member(Kind::StartShare(v1::StartShare::default())),
        "stop-sharing" => of_member(Kind::StopShare(v1::StopShare {})),
        _ => {
            let signal = SIGNALS.iter().find(|(known, ..)| *known == name);
            let (_, field, kind) = signal.ok_or(ErrorReason::UnknownMessageKind)?;
            if has_attachments {
                return Err(Refusal::field(*field, "must be JSON, without binary attachments"));
            }
            signal_of(args, field, *kind).map(Asked::Signal)
        }
    }
}

fn room_and_user(args: &[Box<RawValue>]) -> Result<(String, String), Refusal> {
    let text = |at: usize, name: &'static str| {
        let arg = args.get(at).and_then(|arg| serde_json::from_str(arg.get()).ok());
        arg.ok_or_else(|| Refusal::field(name, "must be given as text"))
    };
    Ok((text(0, "roomId")?, text(1, "userId")?))
}

fn signal_of(args: &[Box<RawValue>], field: &'static str, kind: SignalKind) -> Result<Kind, Refusal> {
    let object: Option<HashMap<String, &RawValue>> =
        args.first().and_then(|arg| serde_json::from_str(arg.get()).ok());
    let object = object.ok_or_else(|| Refusal::field(field, "must stand in an object with `to`"))?;
    let to = object.get("to").and_then(|to| serde_json::from_str(to.get()).ok());
    let to = to.ok_or_else(|| Refusal::field("to", "must be a user's id, as text"))?;
    let payload = object.get(field).ok_or_else(|| Refusal::field(field, "must be given"))?;
    Ok(Kind::Signal(v1::Signal { to, kind: kind.into(), payload: payload.get().to_owned() }))
}

/// Writes an event of the room for the member `own`; nothing where it has no word or does not concern it.
pub(super) fn write(event: &Arc<Event>, own: &str) -> Vec<Writer> {
    let of_user = |name: &str, user: &str| Writer::event("/", name, 0).arg(user);
    let from = event.from.as_ref().map(|from| from.participant_id.as_str()).unwrap_or_default();
    let of_other = |name: &str, user: &str| {
        if user == own { Vec::new() } else { vec![of_user(name, user)] }
    };
    match &event.event {
        Some(event::Event::ParticipantJoined(joined)) => {
            let user = joined.participant.as_ref().map(|participant| participant.participant_id.as_str());
            of_other("user-joined", user.unwrap_or_default())
        }
        Some(event::Event::ParticipantLeft(left)) => of_other("user-left", &left.participant_id),
        Some(event::Event::ShareStarted(started)) => {
            of_other("user-started-sharing", &started.participant_id)
        }
        // Who is shown in place of it has to hear that its own share is over.
        Some(event::Event::ShareEnded(ended)) if ended.reason() == ShareEndReason::Replaced => {
            vec![of_user("user-stopped-sharing", &ended.participant_id)]
        }
        Some(event::Event::ShareEnded(ended)) => of_other("user-stopped-sharing", &ended.participant_id),
        Some(event::Event::SignalReceived(signal)) => {
            let Some((name, field, _)) = SIGNALS.iter().find(|(.., kind)| *kind == signal.kind()) else {
                return Vec::new();
            };
            // A client of our own protocol may have sent what is no JSON: it is told as text.
            let payload = match serde_json::from_str::<&RawValue>(&signal.payload) {
                Ok(raw) => raw.get().to_owned(),
                Err(_) => serde_json::Value::from(signal.payload.as_str()).to_string(),
            };
            let from = serde_json::Value::from(from);
            vec![Writer::event("/", name, 0).raw(&format!("{{\"{field}\":{payload},\"from\":{from}}}"))]
        }
        // Its word for "offer to me again" is to come anew.
        Some(event::Event::RenegotiateRequested(_)) if from != own => {
            vec![of_user("user-left", from), of_user("user-joined", from)]
        }
        _ => Vec::new(),
    }
}

/// An `error` event: which event it is about, why, what to do, and when, where that is known.
pub(super) fn error(about: &str, error: &v1::Error) -> Writer {
    let mut told = refused(error);
    told["event"] = about.into();
    Writer::event("/", "error", 0).arg(&told)
}

/// What an acknowledgement says.
pub(super) fn outcome(id: u64, error: Option<&v1::Error>) -> Writer {
    let outcome = match error {
        None => serde_json::json!({ "ok": true }),
        Some(error) => {
            let mut told = refused(error);
            told["ok"] = false.into();
            told
        }
    };
    Writer::ack("/", id, 0).arg(&outcome)
}

fn refused(error: &v1::Error) -> serde_json::Value {
    let mut told = serde_json::json!({ "reason": error.reason().name(), "message": sentence(error) });
    if let Some(wait) = error.retry_after.as_ref().and_then(switchboard_proto::millis) {
        told["retryAfterMs"] = wait.into();
    }
    told
}

fn sentence(error: &v1::Error) -> String {
    let mut text = error.message.clone();
    for violation in &error.field_violations {
        text.push_str(&format!(" {}: {}.", violation.field, violation.description));
    }
    text
}

#[cfg(test)]
mod tests {
    use switchboard_socketio::engine::Frame;

    use super::*;

    fn ask(name: &str, args: &str) -> Result<Asked, Refusal> {
        let args: Vec<Box<RawValue>> = serde_json::from_str(args).expect("is an array");
        read(name, &args, false)
    }

    #[test]
    fn events_are_read_and_wrong_arguments_refused() {
        let join = Asked::Join { room: "r".into(), user: "u".into() };
        assert_eq!(ask("join-room", "[\"r\",\"u\",\"more\"]"), Ok(join));
        let signal = v1::Signal { to: "b".into(), kind: 3, payload: "{\"a\" : null}".into() };
        let candidate = "[{\"candidate\":{\"a\" : null},\"to\":\"b\",\"from\":\"liar\"}]";
        assert_eq!(ask("ice-candidate", candidate), Ok(Asked::Signal(Kind::Signal(signal))));
        let wrong = [
            ("join-room", "[]"),
            ("join-room", "[\"r\"]"),
            ("join-room", "[1,\"u\"]"),
            ("leave-room", "[null,null]"),
            ("start-sharing", "[{}]"),
            ("offer", "[]"),
            ("offer", "[\"x\"]"),
            ("offer", "[{\"to\":\"b\"}]"),
            ("offer", "[{\"offer\":1}]"),
            ("answer", "[{\"to\":1,\"answer\":1}]"),
            ("offer", "[null]"),
            ("dance", "[]"),
        ];
        for (name, args) in wrong {
            assert!(ask(name, args).is_err(), "{name} {args}");
        }
        let args: Vec<Box<RawValue>> = serde_json::from_str(candidate).expect("is an array");
        assert!(read("ice-candidate", &args, true).is_err(), "bytes are no JSON");
    }

    #[test]
    fn a_refusal_says_when_to_come_back_where_that_is_known() {
        let told = |refusal: Refusal| {
            let error = refusal.to_message(0);
            [super::error("join-room", &error), outcome(7, Some(&error))].map(|writer| {
                match writer.finish() {
                    Frame::Text(text) => text.as_str().to_owned(),
                    Frame::Binary(_) => panic!("is text"),
                }
            })
        };
        let wait = std::time::Duration::from_micros(2_500_100);
        for text in told(Refusal::from(ErrorReason::TooManyJoins).retry_after(wait)) {
            assert!(text.contains("\"retryAfterMs\":2501"), "{text}");
        }
        for text in told(ErrorReason::RoomLocked.into()) {
            assert!(!text.contains("retryAfter"), "{text}");
        }
    }

    #[test]
    fn signals_are_told_unchanged_and_what_is_no_json_as_text() {
        let told = |payload: &str| {
            let signal = v1::SignalReceived { kind: 1, payload: payload.into() };
            let event = Event {
                from: Some(v1::Sender { participant_id: "al\"ice".into(), ..v1::Sender::default() }),
                event: Some(event::Event::SignalReceived(signal)),
                ..Event::default()
            };
            let Some(Frame::Text(text)) = write(&Arc::new(event), "bob").pop().map(Writer::finish) else {
                panic!("is told")
            };
            text.as_str().to_owned()
        };
        let unchanged = "{\"sdp\" : \"é\\u0000\",\"x\":1e400}";
        assert_eq!(
            told(unchanged),
            format!("42[\"offer\",{{\"offer\":{unchanged},\"from\":\"al\\\"ice\"}}]")
        );
        assert_eq!(told("v=0\r\n"), "42[\"offer\",{\"offer\":\"v=0\\r\\n\",\"from\":\"al\\\"ice\"}]");
        assert_eq!(told("1],2"), "42[\"offer\",{\"offer\":\"1],2\",\"from\":\"al\\\"ice\"}]");
    }
}
