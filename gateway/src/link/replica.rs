//! A copy of who is in a room, for protocols that tell lists of that and know no snapshot. Fed by what every session
//! of the room may see, and by nothing else.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::Serialize;
use switchboard_proto::v1::{self, Event, Participant, Snapshot, event};
use switchboard_proto::{Millis, Position, SessionId};

use super::room::at_or_before;

/// Stands behind the socket's id in the session ids of Socket.IO clients; what follows tells its joins apart.
pub(crate) const SESSION_MARK: char = '~';

/// The socket's id of a session, or the session's own where it is no Socket.IO client's.
pub(crate) fn socket_id(session: &str) -> &str {
    session.split_once(SESSION_MARK).map_or(session, |(socket, _)| socket)
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    session: Box<str>,
    joined_at: Millis,
    share: Option<Box<v1::Share>>,
}

/// Who is in a room.
#[derive(Debug, Default)]
pub(super) struct Replica {
    members: BTreeMap<Box<str>, Member>,
    /// What it shows; none before it shows anything.
    position: Option<Position>,
    /// Pieces of a snapshot that is not whole yet, and whose it is.
    coming: BTreeMap<Box<str>, Member>,
    coming_for: Option<SessionId>,
}

/// The lists of a room as JSON, encoded once for all who get them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lists {
    /// `[{id, socketId, isSharing}…]`.
    pub(crate) users: String,
    /// `{userCount, users: [{id, socketId, isSharing, joinedAt}…], sharingUser}`.
    pub(crate) stats: String,
}

impl Lists {
    pub(crate) fn len(&self) -> usize {
        self.users.len() + self.stats.len()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: &'a str,
    socket_id: &'a str,
    is_sharing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats<'a> {
    user_count: usize,
    users: Vec<User<'a>>,
    sharing_user: Option<&'a str>,
}

impl Replica {
    /// Whether it shows the room at that position.
    pub(super) fn is_at(&self, position: Option<Position>) -> bool {
        self.position.is_some() && self.position == position
    }

    /// Takes a piece of the snapshot of a session that begins here, if nothing is shown yet.
    pub(super) fn take_first(&mut self, session: &SessionId, piece: &Snapshot, last: Option<Position>) {
        if self.position.is_some() {
            return;
        }
        if piece.room.is_some() {
            self.coming.clear();
            self.coming_for = Some(session.clone());
        }
        if self.coming_for.as_ref() != Some(session) {
            return;
        }
        self.coming.extend(piece.participants.iter().map(member));
        if let Some(position) = last {
            self.members = std::mem::take(&mut self.coming);
            self.position = Some(position);
        }
    }

    /// Takes a piece of the room's snapshot after a reset; gives, with the last piece, the events that would have led
    /// there from what it showed.
    pub(super) fn take_again(&mut self, piece: &Snapshot, last: Option<Position>) -> Vec<Event> {
        if piece.room.is_some() {
            self.coming.clear();
            self.coming_for = None;
        }
        self.coming.extend(piece.participants.iter().map(member));
        let Some(position) = last else { return Vec::new() };
        let old = std::mem::replace(&mut self.members, std::mem::take(&mut self.coming));
        self.position = Some(position);
        difference(&old, &self.members, position)
    }

    /// Takes an event; gives whether the lists changed.
    pub(super) fn apply(&mut self, event: &Event, position: Position) -> bool {
        let Some(mine) = self.position else { return false };
        if at_or_before(position, mine) {
            return false;
        }
        self.position = Some(position);
        match &event.event {
            Some(event::Event::ParticipantJoined(joined)) => {
                let Some(participant) = &joined.participant else { return false };
                let (id, member) = member(participant);
                self.members.insert(id, member);
                true
            }
            Some(event::Event::ParticipantLeft(left)) => {
                let id = left.participant_id.as_str();
                let is_same = self.members.get(id).is_some_and(|member| *member.session == left.session_id);
                is_same && self.members.remove(id).is_some()
            }
            Some(event::Event::ShareStarted(started)) => {
                let Some(member) = self.members.get_mut(started.participant_id.as_str()) else {
                    return false;
                };
                member.share = Some(Box::new(started.share.clone().unwrap_or_default()));
                true
            }
            Some(event::Event::ShareEnded(ended)) => {
                let member = self.members.get_mut(ended.participant_id.as_str());
                member.is_some_and(|member| member.share.take().is_some())
            }
            _ => false,
        }
    }

    /// The lists; none before anything is shown.
    pub(super) fn lists(&self) -> Option<Lists> {
        self.position?;
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by_key(|(_, member)| member.joined_at);
        let user = |id, member: &'_ Member, joined_at| (id, member.share.is_some(), joined_at);
        let mut users = Vec::with_capacity(members.len());
        let mut users_with_times = Vec::with_capacity(members.len());
        for (id, member) in &members {
            let (id, is_sharing, joined_at) = user(&***id, member, Some(iso(member.joined_at)));
            let socket_id = socket_id(&member.session);
            users.push(User { id, socket_id, is_sharing, joined_at: None });
            users_with_times.push(User { id, socket_id, is_sharing, joined_at });
        }
        let sharing = members.iter().filter(|(_, member)| member.share.is_some());
        let newest = sharing.max_by_key(|(_, member)| member.share.as_ref().map(|share| started(share)));
        let stats = Stats {
            user_count: users.len(),
            users: users_with_times,
            sharing_user: newest.map(|(id, _)| &***id),
        };
        Some(Lists { users: serde_json::to_string(&users).ok()?, stats: serde_json::to_string(&stats).ok()? })
    }
}

fn member(participant: &Participant) -> (Box<str>, Member) {
    let member = Member {
        session: participant.session_id.as_str().into(),
        joined_at: participant.join_time.map(Millis::from).unwrap_or_default(),
        share: participant.share.clone().map(Box::new),
    };
    (participant.participant_id.as_str().into(), member)
}

fn started(share: &v1::Share) -> Millis {
    share.start_time.map(Millis::from).unwrap_or_default()
}

/// ISO 8601, as JavaScript's `toISOString` writes it.
fn iso(at: Millis) -> String {
    let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(at.0);
    humantime::format_rfc3339_millis(time).to_string()
}

/// The events that lead from one state of a room to another.
fn difference(
    old: &BTreeMap<Box<str>, Member>,
    new: &BTreeMap<Box<str>, Member>,
    position: Position,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut tell = |event| {
        events.push(Event { position: Some(position.into()), event: Some(event), ..Event::default() });
    };
    let same = |id: &str, member: &Member, other: &BTreeMap<Box<str>, Member>| {
        other.get(id).is_some_and(|other| other.session == member.session)
    };
    for (id, member) in old {
        let stays = same(id, member, new);
        let shares = new.get(id).is_some_and(|now| now.share == member.share);
        if let Some(share) = member.share.as_ref().filter(|_| !stays || !shares) {
            tell(event::Event::ShareEnded(v1::ShareEnded {
                participant_id: id.to_string(),
                share_id: share.share_id.clone(),
                reason: v1::ShareEndReason::Stopped.into(),
            }));
        }
        if !stays {
            tell(event::Event::ParticipantLeft(v1::ParticipantLeft {
                participant_id: id.to_string(),
                session_id: member.session.to_string(),
                reason: v1::LeaveReason::Left.into(),
            }));
        }
    }
    for (id, member) in new {
        let stayed = same(id, member, old);
        if !stayed {
            let participant = Participant { participant_id: id.to_string(), ..Participant::default() };
            tell(event::Event::ParticipantJoined(v1::ParticipantJoined { participant: Some(participant) }));
        }
        let shared = stayed && old.get(id).is_some_and(|before| before.share == member.share);
        if let Some(share) = member.share.as_ref().filter(|_| !shared) {
            tell(event::Event::ShareStarted(v1::ShareStarted {
                participant_id: id.to_string(),
                share: Some((**share).clone()),
            }));
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn participant(id: &str, session: &str, shares: bool) -> Participant {
        Participant {
            participant_id: id.into(),
            session_id: session.into(),
            join_time: Some(Millis(1_700_000_000_123).into()),
            share: shares.then(v1::Share::default),
            ..Participant::default()
        }
    }

    fn at(seq: u64) -> Position {
        Position::new(switchboard_proto::Epoch(1), seq)
    }

    fn snapshot(participants: Vec<Participant>) -> Snapshot {
        Snapshot { room: Some(v1::Room::default()), participants, ..Snapshot::default() }
    }

    #[test]
    fn lists_show_sockets_sharers_and_times() {
        let mut replica = Replica::default();
        assert_eq!(replica.lists(), None);
        let session = SessionId::random();
        let piece = snapshot(vec![participant("a", "sock~2", true), participant("b", "se_1", false)]);
        replica.take_first(&session, &piece, Some(at(7)));
        let lists = replica.lists().expect("shows something");
        assert_eq!(
            lists.users,
            r#"[{"id":"a","socketId":"sock","isSharing":true},{"id":"b","socketId":"se_1","isSharing":false}]"#
        );
        assert!(lists.stats.starts_with(r#"{"userCount":2,"users":[{"id":"a","#), "{}", lists.stats);
        assert!(lists.stats.contains(r#""joinedAt":"2023-11-14T22:13:20.123Z""#), "{}", lists.stats);
        assert!(lists.stats.ends_with(r#""sharingUser":"a"}"#), "{}", lists.stats);
        let left = v1::ParticipantLeft { participant_id: "b".into(), session_id: "se_1".into(), reason: 1 };
        let event = Event { event: Some(event::Event::ParticipantLeft(left)), ..Event::default() };
        assert!(!replica.apply(&event, at(7)), "it shows that already");
        assert!(replica.apply(&event, at(8)));
        assert!(replica.lists().expect("shows something").stats.starts_with(r#"{"userCount":1,"#));
    }

    #[test]
    fn a_reset_is_told_as_what_changed() {
        let mut replica = Replica::default();
        let first = vec![
            participant("gone", "1", true),
            participant("anew", "2", false),
            participant("stays", "3", false),
            participant("stops", "4", true),
        ];
        replica.take_first(&SessionId::random(), &snapshot(first), Some(at(7)));
        let second = vec![
            participant("anew", "5", false),
            participant("stays", "3", true),
            participant("stops", "4", false),
            participant("new", "6", false),
        ];
        let told: Vec<_> = replica
            .take_again(&snapshot(second), Some(at(9)))
            .into_iter()
            .map(|event| {
                assert_eq!(event.position.map(Position::from), Some(at(9)));
                match event.event.expect("is one") {
                    event::Event::ParticipantJoined(it) => {
                        format!("+{}", it.participant.expect("is one").participant_id)
                    }
                    event::Event::ParticipantLeft(it) => format!("-{}", it.participant_id),
                    event::Event::ShareStarted(it) => format!("shares {}", it.participant_id),
                    event::Event::ShareEnded(it) => format!("stops {}", it.participant_id),
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(told, ["-anew", "stops gone", "-gone", "stops stops", "+anew", "+new", "shares stays"]);
    }
}
