//! A story in plain words: the one place that makes them.

use std::time::{Duration, SystemTime};

use switchboard_proto::Millis;
use switchboard_proto::v1::{
    self, ConnectionCloser, LeaveReason, RoomCloseReason, SessionFactKind as Kind, SessionState,
    ShareEndReason,
};

use super::{Fact, KeptOut, Place, State, Story, What};

/// The last second that RFC 3339 has, in milliseconds.
const TIME_MAX_MS: u64 = 253_402_300_799_000;

/// The answer to who asks for this story.
pub(crate) fn told(story: &Story) -> v1::ExplainSessionResponse {
    let name = story.participant.as_ref().map_or("somebody", |id| id.as_str());
    v1::ExplainSessionResponse {
        participant_id: story.participant.as_ref().map(ToString::to_string).unwrap_or_default(),
        session_id: story.session.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: match story.state {
            State::None => SessionState::Unspecified,
            State::Joined => SessionState::Joined,
            State::Reconnecting { .. } => SessionState::Reconnecting,
            State::Ended => SessionState::Ended,
        }
        .into(),
        summary: summary(story, name),
        facts: story.facts.iter().map(|fact| fact_told(fact, name)).collect(),
        log_begin_time: story.log_from.map(Into::into),
        other_session_ids: story.others.iter().map(ToString::to_string).collect(),
    }
}

/// A time for people: UTC, to the second.
fn time(at: Millis) -> String {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at.0.min(TIME_MAX_MS));
    humantime::format_rfc3339_seconds(at).to_string()
}

fn at(when: Option<Millis>) -> String {
    when.map(|when| format!(" at {}", time(when))).unwrap_or_default()
}

/// How it stands or ended, and why.
fn summary(story: &Story, name: &str) -> String {
    let find = |pick: fn(&What) -> bool| story.facts.iter().rev().find(|fact| pick(&fact.what));
    let lost = find(|what| matches!(what, What::ConnectionEnded { .. } | What::GatewayLost { .. }));
    let mut said = match story.state {
        State::None => format!("{name} has no session in this room of which anything is known."),
        State::Joined => {
            let joined = find(|what| matches!(what, What::Joined { .. })).and_then(|fact| fact.at);
            let since = joined.map(|at| format!(" since {}", time(at))).unwrap_or_default();
            match lost {
                None => format!("{name} is in the room{since}, connected."),
                Some(lost) => {
                    format!("{name} is in the room{since}, connected again. {}", why(lost, "It last lost"))
                }
            }
        }
        State::Reconnecting { until } => {
            let may = format!("It may come back until {}.", time(until));
            match lost {
                Some(lost) => format!("{} {may}", why(lost, &format!("{name} lost"))),
                None => format!("{name} lost its connection. {may}"),
            }
        }
        State::Ended => {
            let left = find(|what| matches!(what, What::Left { .. }));
            ended(left, lost, name)
        }
    };
    let removed = find(|what| matches!(what, What::Removed { .. }));
    let allowed = find(|what| matches!(what, What::Allowed));
    if let (Some(fact @ Fact { what: What::Removed { until, by }, .. }), None) = (removed, allowed) {
        said.push(' ');
        said.push_str(&removal(fact.at, *until, by.as_deref(), name));
    }
    match story.kept_out {
        Some(KeptOut::Locked) => said.push_str(" The room is locked by now: nobody new may join."),
        Some(KeptOut::Full { participants }) => {
            said.push_str(&format!(" The room is full by now: {participants} are in it."));
        }
        None => {}
    }
    said
}

/// That a connection was lost, and how.
fn why(lost: &Fact, who: &str) -> String {
    let at = at(lost.at);
    match &lost.what {
        What::ConnectionEnded { end: Some(end), .. } => {
            format!("{who} its connection{at}. {}", v1::ConnectionEnd::from(end).sentence())
        }
        What::GatewayLost { place, .. } => {
            format!("{who} its connection{at}. {}", gateway_lost(place.as_ref()))
        }
        _ => format!("{who} its connection{at}. {}", v1::ConnectionEnd::default().sentence()),
    }
}

fn gateway_lost(place: Option<&Place>) -> String {
    let gateway = place.map(|place| format!(" {}", place.gateway)).unwrap_or_default();
    format!("The gateway{gateway} gave no sign of life for a whole lease: it was killed, cut off, or asleep.")
}

fn ended(left: Option<&Fact>, lost: Option<&Fact>, name: &str) -> String {
    let Some(Fact { at: when, what: What::Left { reason, successor, closed } }) = left else {
        return format!("The session of {name} has ended; how is not known any more.");
    };
    let at = at(*when);
    match reason {
        LeaveReason::Left => format!("{name} left{at}, by its own word."),
        LeaveReason::TakenOver => match successor {
            Some((session, place)) => {
                format!(
                    "A newer join as {name} took over{at}: session {session} at gateway {}.",
                    place.gateway
                )
            }
            None => format!("A newer join as {name} took over{at}."),
        },
        LeaveReason::Expired => {
            let lost = lost.map(|lost| format!(" {}", why(lost, "It had lost"))).unwrap_or_default();
            format!(
                "{name} did not come back within its resume window, and was taken out of the room{at}.{lost}"
            )
        }
        LeaveReason::Removed => format!("{name} was put out of the room{at}, by a call of the API."),
        LeaveReason::RoomClosed => match closed {
            Some(RoomCloseReason::Requested) => format!("The room was closed{at}, by a call of the API."),
            Some(RoomCloseReason::Empty) => format!("The room was closed{at}, since nobody was in it."),
            _ => format!("The room was closed{at}."),
        },
        LeaveReason::Unspecified => {
            format!("The session of {name} ended{at}; why is not told by this version.")
        }
    }
}

fn removal(when: Option<Millis>, until: Option<Millis>, by: Option<&str>, name: &str) -> String {
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    let until = match until {
        Some(until) => format!("until {}", time(until)),
        None => "until that is taken back (AllowParticipant)".to_owned(),
    };
    format!("{name} was removed{}{by} and may not join {until}.", at(when))
}

fn fact_told(fact: &Fact, name: &str) -> v1::SessionFact {
    let mut out = v1::SessionFact { time: fact.at.map(Into::into), ..Default::default() };
    let put = |out: &mut v1::SessionFact, place: &Place| {
        out.gateway_id = place.gateway.to_string();
        out.connection_id = place.connection.to_string();
    };
    let (kind, sentence) = match &fact.what {
        What::Joined { place: Some(place) } => {
            put(&mut out, place);
            (Kind::Joined, format!("{name} joined, at gateway {}.", place.gateway))
        }
        What::Joined { place: None } => {
            (Kind::Joined, format!("{name} joined; at which gateway is not known any more."))
        }
        What::ConnectionEnded { until, end, place } => {
            place.iter().for_each(|place| put(&mut out, place));
            let end = end.as_ref().map_or_else(
                || v1::ConnectionEnd {
                    closed_by: ConnectionCloser::Unspecified.into(),
                    ..Default::default()
                },
                Into::into,
            );
            let sentence = end.sentence();
            out.connection_end = Some(end);
            out.expire_time = until.map(Into::into);
            (Kind::ConnectionEnded, sentence)
        }
        What::GatewayLost { until, place } => {
            place.iter().for_each(|place| put(&mut out, place));
            out.expire_time = until.map(Into::into);
            (Kind::GatewayLost, gateway_lost(place.as_ref()))
        }
        What::Resumed { place, before, was_lost } => {
            put(&mut out, place);
            let now = format!("{name} went on over another connection, at gateway {}", place.gateway);
            let sentence = match before {
                Some(before) if !was_lost && before.gateway != place.gateway => format!(
                    "{now}. Its gateway {} had told of no end of the one before, as when a gateway drains, or dies \
                     and is not missed yet.",
                    before.gateway
                ),
                Some(_) if !was_lost => format!("{now}. No end of the one before had been told."),
                _ => format!("{now}."),
            };
            (Kind::Resumed, sentence)
        }
        What::Returned => (Kind::Returned, format!("{name} was there all the time: its gateway lives.")),
        What::ShareStarted { audio } => {
            let sound = if *audio { ", with sound" } else { "" };
            (Kind::ShareStarted, format!("{name} began to share{sound}."))
        }
        What::ShareEnded { reason } => {
            let why = match reason {
                ShareEndReason::Stopped => "it stopped it",
                ShareEndReason::Replaced => "a newer share took its place",
                ShareEndReason::Left => "its session ended",
                ShareEndReason::Unspecified => "why is not told by this version",
            };
            (Kind::ShareEnded, format!("The share of {name} ended: {why}."))
        }
        What::Commanded { count } => {
            (Kind::Commanded, format!("{name} said something for the last time, of {count} in the log."))
        }
        What::Left { reason, successor, .. } => {
            out.leave_reason = (*reason).into();
            out.successor_session_id =
                successor.as_ref().map(|(session, _)| session.to_string()).unwrap_or_default();
            (Kind::Left, ended(Some(&Fact { at: None, what: fact.what.clone() }), None, name))
        }
        What::Removed { until, by } => {
            out.expire_time = until.map(Into::into);
            out.removed_by = by.as_deref().unwrap_or_default().to_owned();
            (Kind::Removed, removal(None, *until, by.as_deref(), name))
        }
        What::Allowed => (Kind::Allowed, format!("{name} may join again.")),
    };
    out.kind = kind.into();
    out.sentence = sentence;
    out
}
