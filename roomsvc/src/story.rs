//! What became of a session: picked out of a room and its log, entry by entry, and told in plain words by [`words`].
//!
//! Pure, and no rule: nothing is decided here, and what is not known is not guessed.

mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use switchboard_proto::v1::{LeaveReason, RoomCloseReason, ShareEndReason};
use switchboard_proto::{ConnectionId, GatewayId, Millis, ParticipantId, SessionId};

use crate::room::{Change, ConnectionEnd, Entry, Phase, Room};

pub(crate) use words::told;

/// Whose story it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom {
    /// This session's.
    Session(SessionId),
    /// The newest one's of this participant.
    Participant(ParticipantId),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// The store's time; none if that is not known any more.
    pub(crate) at: Option<Millis>,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// The session began. Where its connection was is not known any more once the log has lost it.
    Joined { place: Option<Place> },
    /// Its connection ended, by the word of its gateway; which may not tell how.
    ConnectionEnded { until: Option<Millis>, end: Option<ConnectionEnd>, place: Option<Place> },
    /// Its gateway's lease ended.
    GatewayLost { until: Option<Millis>, place: Option<Place> },
    /// Another connection took it up, after one that was told to be lost or without that.
    Resumed { place: Place, before: Option<Place>, was_lost: bool },
    /// Its connection lives, though it was taken for lost.
    Returned,
    /// A share began.
    ShareStarted { audio: bool },
    /// A share ended.
    ShareEnded { reason: ShareEndReason },
    /// It said something: the last time, of so many in the log.
    Commanded { count: u64 },
    /// It ended.
    Left { reason: LeaveReason, successor: Option<(SessionId, Place)>, closed: Option<RoomCloseReason> },
    /// Its participant was removed, and may not come back until then.
    Removed { until: Option<Millis>, by: Option<Box<str>> },
    /// Its participant may come back.
    Allowed,
}

/// Where a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) gateway: GatewayId,
    pub(crate) connection: ConnectionId,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// There is none.
    None,
    Joined,
    Reconnecting {
        until: Millis,
    },
    Ended,
}

/// What is known of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Story {
    /// None if it is not known any more.
    pub(crate) participant: Option<ParticipantId>,
    /// None if the participant has none that is known.
    pub(crate) session: Option<SessionId>,
    pub(crate) state: State,
    /// In order.
    pub(crate) facts: Vec<Fact>,
    /// Where the log begins.
    pub(crate) log_from: Option<Millis>,
    /// Others of the same participant in the log, oldest first.
    pub(crate) others: Vec<SessionId>,
    /// Whether the participant could join by now, as far as the room minds.
    pub(crate) kept_out: Option<KeptOut>,
}

/// Why a room does not take somebody in who is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptOut {
    Locked,
    Full { participants: usize },
}

/// A fact with the session that it is of, where the entry says so.
struct Noted {
    session: Option<SessionId>,
    fact: Fact,
}

/// Reads a log from its beginning.
pub(crate) struct Reading {
    whom: Whom,
    /// Whose it is, once that is known.
    participant: Option<ParticipantId>,
    log_from: Option<Millis>,
    noted: Vec<Noted>,
    /// The participant's session by the newest entry, and where its connection is.
    current: Option<(SessionId, Place)>,
    is_lost: bool,
    /// What sessions said: how often, when last, and behind how many of `noted`: times may be alike.
    said: Vec<(SessionId, u64, Millis, usize)>,
    closed: Option<(Millis, RoomCloseReason)>,
}

impl Reading {
    pub(crate) fn new(whom: Whom, room: &Room) -> Self {
        let participant = match &whom {
            Whom::Participant(participant) => Some(participant.clone()),
            Whom::Session(session) => {
                let mut members = room.members.iter();
                members.find(|(_, member)| member.record.session == *session).map(|(id, _)| id.clone())
            }
        };
        Self {
            whom,
            participant,
            log_from: None,
            noted: Vec::new(),
            current: None,
            is_lost: false,
            said: Vec::new(),
            closed: None,
        }
    }

    /// Whether an entry of this participant, and this session if it has one, may belong to the story.
    fn concerns(&mut self, participant: &ParticipantId, session: Option<&SessionId>) -> bool {
        match (&self.participant, &self.whom) {
            (Some(known), _) => known == participant,
            (None, Whom::Session(wanted)) if session == Some(wanted) => {
                self.participant = Some(participant.clone());
                true
            }
            (None, _) => false,
        }
    }

    fn note(&mut self, at: Millis, session: Option<&SessionId>, what: What) {
        self.noted.push(Noted { session: session.cloned(), fact: Fact { at: Some(at), what } });
    }

    /// Takes the next entry.
    pub(crate) fn take(&mut self, entry: &Entry) {
        let at = entry.at;
        self.log_from.get_or_insert(at);
        match &entry.change {
            Change::Joined { participant, session, connection, gateway, .. } => {
                if self.concerns(participant, Some(session)) {
                    let place = Place { gateway: gateway.clone(), connection: connection.clone() };
                    self.succeed(session, &place);
                    self.current = Some((session.clone(), place.clone()));
                    self.is_lost = false;
                    self.note(at, Some(session), What::Joined { place: Some(place) });
                }
            }
            Change::Resumed { participant, session, connection, gateway, .. } => {
                if self.concerns(participant, Some(session)) {
                    let place = Place { gateway: gateway.clone(), connection: connection.clone() };
                    let before = self.place_of(session);
                    let was_lost = std::mem::take(&mut self.is_lost);
                    self.current = Some((session.clone(), place.clone()));
                    self.note(at, Some(session), What::Resumed { place, before, was_lost });
                }
            }
            Change::Reconnecting { participant, session, until, gone, end } => {
                if self.concerns(participant, Some(session)) {
                    self.is_lost = true;
                    let (until, place) = (Some(*until), self.place_of(session));
                    let what = match gone {
                        true => What::ConnectionEnded { until, end: *end, place },
                        false => What::GatewayLost { until, place },
                    };
                    self.note(at, Some(session), what);
                }
            }
            Change::Present { participant, session } => {
                if self.concerns(participant, Some(session)) {
                    self.is_lost = false;
                    self.note(at, Some(session), What::Returned);
                }
            }
            Change::Left { participant, session, reason } => {
                if self.concerns(participant, Some(session)) {
                    let what = What::Left { reason: reason.0, successor: None, closed: None };
                    self.note(at, Some(session), what);
                }
            }
            Change::Shared { participant, audio, .. } => {
                self.note_of(at, participant, What::ShareStarted { audio: *audio });
            }
            Change::Unshared { participant, reason, .. } => {
                self.note_of(at, participant, What::ShareEnded { reason: reason.0 });
            }
            Change::Removed(removal) => {
                let what = What::Removed { until: removal.until, by: removal.by.clone() };
                self.note_of(at, &removal.participant, what);
            }
            Change::Allowed { participant } => self.note_of(at, participant, What::Allowed),
            Change::Closed { reason } => self.closed = Some((at, reason.0)),
            Change::Created { .. }
            | Change::Updated { .. }
            | Change::Signal { .. }
            | Change::Message {}
            | Change::Refused { .. }
            | Change::Renegotiate {}
            | Change::EpochBegan {}
            | Change::RoomUpdated { .. } => {}
        }
        // Its leave says itself when it came.
        if let (Some(origin), Some(_)) = (&entry.from, entry.counter)
            && !matches!(entry.change, Change::Left { .. })
            && self.concerns(&origin.participant, Some(&origin.session))
        {
            let noted = self.noted.len();
            match self.said.iter_mut().find(|(session, ..)| *session == origin.session) {
                Some((_, count, last, behind)) => (*count, *last, *behind) = (*count + 1, at, noted),
                None => self.said.push((origin.session.clone(), 1, at, noted)),
            }
        }
    }

    /// Notes what an entry says of a participant without a session: it is of the one that it has.
    fn note_of(&mut self, at: Millis, participant: &ParticipantId, what: What) {
        if self.concerns(participant, None) {
            let current = self.current.as_ref().map(|(session, _)| session.clone());
            self.note(at, current.as_ref(), what);
        }
    }

    fn place_of(&self, session: &SessionId) -> Option<Place> {
        self.current.as_ref().filter(|(current, _)| current == session).map(|(_, place)| place.clone())
    }

    /// The one that took over stands right behind the end of the other one.
    fn succeed(&mut self, session: &SessionId, place: &Place) {
        let last = self.noted.iter_mut().rev().find_map(|noted| match &mut noted.fact.what {
            What::Left { reason: LeaveReason::TakenOver, successor, .. } => Some(successor),
            _ => None,
        });
        if let Some(successor @ None) = last {
            *successor = Some((session.clone(), place.clone()));
        }
    }

    /// All that is known by now, with what the room keeps beside its log; none if that is nothing at all.
    pub(crate) fn end(self, room: &Room, now: Millis) -> Option<Story> {
        let member = self.participant.as_ref().and_then(|id| room.members.get(id));
        let session = match &self.whom {
            Whom::Session(session) => Some(session.clone()),
            Whom::Participant(_) => member
                .map(|member| member.record.session.clone())
                .or_else(|| self.current.as_ref().map(|(session, _)| session.clone()))
                .or_else(|| self.noted.iter().rev().find_map(|noted| noted.session.clone())),
        };
        let member = member.filter(|member| Some(&member.record.session) == session.as_ref());
        let mut seen = BTreeSet::new();
        let in_log: Vec<_> = self
            .noted
            .iter()
            .filter_map(|noted| noted.session.clone())
            .filter(|session| seen.insert(session.clone()))
            .collect();
        // What has no session stands before the first one of which the log knows.
        let is_first = in_log.first() == session.as_ref() || in_log.is_empty();
        let belongs = |noted: &Noted| match &noted.session {
            Some(of) => Some(of) == session.as_ref(),
            None => is_first,
        };
        let said = self.said.into_iter().find(|(of, ..)| Some(of) == session.as_ref());
        let said = said.map(|(_, count, at, behind)| {
            let before = self.noted[..behind].iter().filter(|noted| belongs(noted)).count();
            (before, Fact { at: Some(at), what: What::Commanded { count } })
        });
        let mut facts: Vec<_> = self.noted.into_iter().filter(belongs).map(|noted| noted.fact).collect();
        if let Some((before, said)) = said {
            facts.insert(before, said);
        }
        let joined = facts.iter().any(|fact| matches!(fact.what, What::Joined { .. }));
        if let Some(member) = member {
            let record = &member.record;
            if let Some(lost) = &record.lost
                && !facts.iter().any(|fact| fact.at == Some(lost.at))
            {
                let what = match lost.gone {
                    true => What::ConnectionEnded { until: record.until, end: lost.end, place: None },
                    false => What::GatewayLost { until: record.until, place: None },
                };
                facts.insert(0, Fact { at: Some(lost.at), what });
            }
            if !joined {
                let place = record.connection.clone().filter(|_| record.generation == 1);
                let place = place.map(|connection| Place { gateway: record.gateway.clone(), connection });
                facts.insert(0, Fact { at: Some(record.joined_at), what: What::Joined { place } });
            }
        }
        let ended = session.as_ref().and_then(|session| {
            room.ended.iter().rev().find(|(ended, _)| ended == session).map(|(_, reason)| *reason)
        });
        let left = facts.iter().any(|fact| matches!(fact.what, What::Left { .. }));
        if let (Some(reason), false) = (ended, left) {
            let closed = self.closed.filter(|_| reason == LeaveReason::RoomClosed);
            let what = What::Left { reason, successor: None, closed: closed.map(|(_, reason)| reason) };
            facts.push(Fact { at: closed.map(|(at, _)| at), what });
        }
        let participant = self.participant;
        let removal = room.removals(now).find(|removal| Some(&removal.participant) == participant.as_ref());
        let removed = facts.iter().any(|fact| matches!(fact.what, What::Removed { .. }));
        if let (Some(removal), false) = (removal, removed) {
            let what = What::Removed { until: removal.until, by: removal.by.clone() };
            facts.push(Fact { at: None, what });
        }
        if facts.is_empty() {
            return None;
        }
        let state = match member {
            Some(member) => member.record.until.map_or(State::Joined, |until| State::Reconnecting { until }),
            None if session.is_some() => State::Ended,
            None => State::None,
        };
        let is_away = participant.as_ref().is_some_and(|id| !room.members.contains_key(id));
        let kept_out = match (room.phase, removal) {
            (Phase::Open, None) if is_away && room.settings.locked => Some(KeptOut::Locked),
            (Phase::Open, None)
                if is_away && room.member_count() >= room.settings.participants_max as usize =>
            {
                Some(KeptOut::Full { participants: room.member_count() })
            }
            _ => None,
        };
        let others = in_log.into_iter().filter(|other| Some(other) != session.as_ref()).collect();
        Some(Story { participant, session, state, facts, log_from: self.log_from, others, kept_out })
    }
}
