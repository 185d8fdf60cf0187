//! What receivers were told: contents, order, completeness.

use std::collections::{BTreeMap, HashMap, HashSet};

use switchboard_proto::v1::{self, ParticipantState, event::Event as Kind};

use super::{History, Observation, StoredRoom, Violation, What, position, shown};

/// For each position ever told to anyone, one content.
pub(super) fn v1_one_content_a_position(history: &History) -> Vec<Violation> {
    let mut first: HashMap<(&str, u64, u64), (&Observation, &v1::Event)> = HashMap::new();
    let mut found = Vec::new();
    for (observation, event) in history.events() {
        let at = position(event);
        let &mut (other, known) =
            first.entry((&observation.room, at.epoch, at.seq)).or_insert((observation, event));
        if (&known.event, &known.from, known.time) != (&event.event, &event.from, event.time) {
            let what = format!(
                "expected what {} was told, {:?} from {:?}, found {:?} from {:?}",
                other.who(),
                known.event,
                known.from,
                event.event,
                event.from
            );
            found.push(Violation { assertion: "V1", whom: observation.at_position(at), what });
        }
    }
    found
}

/// Replaying a receiver's events from its last snapshot gives the room that the store has.
pub(super) fn v3_replay_gives_the_room(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for client in history.clients() {
        let Some(end) = End::of(&client) else { continue };
        let Some(room) = history.room(&client[0].room) else { continue };
        let (Some(at), true) = (end.position, end.is_member(room)) else { continue };
        // Who was not told all is a matter of V5.
        if !history.is_at_rest || left_to_tell(room, &end.session, at) {
            continue;
        }
        let want: BTreeMap<_, _> = room.participants.iter().map(|p| (&p.participant_id, p)).collect();
        let has: BTreeMap<_, _> = end.members.iter().collect();
        for id in want.keys().chain(has.keys()).collect::<HashSet<_>>() {
            let (want, has) = (want.get(*id), has.get(*id));
            if want.map(|p| known(p)) != has.map(|p| known(p)) {
                let what = format!("expected {id} as the store has it, {want:?}, found {has:?}");
                found.push(Violation { assertion: "V3", whom: client[0].at_position(at), what });
            }
        }
    }
    found
}

/// An applied event follows the position before it, and none is applied twice.
pub(super) fn v4_every_event_follows(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for client in history.clients() {
        let mut at: Option<v1::Position> = None;
        let mut heard: HashSet<(&str, u64)> = HashSet::new();
        for observation in client {
            match &observation.what {
                What::Snapshot { position, .. } => at = Some(*position),
                What::Reset(_) | What::Welcome { .. } => at = None,
                What::Cursor(cursor) => at = at.map(|at| if before(*cursor, at) { at } else { *cursor }),
                What::Event { event, is_new } => {
                    let (here, prev) = (position(event), event.prev.unwrap_or_default());
                    let repeats = at.is_some_and(|at| before(here, at));
                    let mut fail = |what| {
                        let whom = observation.at_position(here);
                        found.push(Violation { assertion: "V4", whom, what });
                    };
                    if repeats {
                        if *is_new {
                            fail(format!("applied again, though it stood at {}", place(at)));
                        }
                        continue;
                    }
                    if at != Some(prev) {
                        fail(format!("expected prev {}, found {}", place(at), shown(prev)));
                    }
                    at = Some(here);
                    let Some(from) = event.from.as_ref().filter(|from| from.counter != 0) else { continue };
                    let is_sent =
                        matches!(event.event, Some(Kind::SignalReceived(_) | Kind::MessageReceived(_)));
                    if is_sent && !heard.insert((&from.session_id, from.counter)) && *is_new {
                        fail(format!("command {} of {} applied twice", from.counter, from.session_id));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// At rest everybody stands at the head, and has applied all that it was to be told, in order.
pub(super) fn v5_everything_visible_was_applied(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for client in history.clients() {
        let Some(end) = End::of(&client) else { continue };
        let Some(room) = history.room(&client[0].room) else { continue };
        let (Some(at), true) = (end.position, end.is_member(room)) else { continue };
        if history.is_at_rest && left_to_tell(room, &end.session, at) {
            let what = format!("expected to be told all up to the head {}", shown(room.head));
            found.push(Violation { assertion: "V5", whom: client[0].at_position(at), what });
        }
        // After a reset what was missed is not known.
        let Some(begin) = end.began.filter(|_| !end.was_reset) else { continue };
        let first_kept = room.log.first().map_or(u64::MAX, |entry| entry.position.seq);
        let inside = |seq: u64| seq > begin.seq && seq >= first_kept && seq <= at.seq;
        let want: Vec<_> = room
            .log
            .iter()
            .filter(|entry| inside(entry.position.seq) && entry.is_told_to(&end.session))
            .map(|entry| entry.position.seq)
            .collect();
        let has: Vec<_> = end.applied.iter().copied().filter(|&seq| inside(seq)).collect();
        if want != has {
            let missing: Vec<_> = want.iter().filter(|seq| !has.contains(seq)).collect();
            let surplus: Vec<_> = has.iter().filter(|seq| !want.contains(seq)).collect();
            let what = format!(
                "expected the {} entries that its session is to be told after {}; missing {missing:?}, \
                 surplus {surplus:?}",
                want.len(),
                shown(begin)
            );
            found.push(Violation { assertion: "V5", whom: client[0].at_position(at), what });
        }
    }
    found
}

/// A reset has a cause: none if all faults were of gateways, links and room services.
pub(super) fn v18_no_reset_without_cause(history: &History) -> Vec<Violation> {
    let resets = history.observations.iter().filter_map(|observation| match observation.what {
        What::Reset(reason) if !history.may_reset => Some(Violation {
            assertion: "V18",
            whom: observation.who(),
            what: format!("expected no reset, since the store lost nothing; found {}", reason.as_str_name()),
        }),
        _ => None,
    });
    resets.collect()
}

/// Where a client stood when the run ended.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) session: String,
    pub(super) is_connected: bool,
    pub(super) position: Option<v1::Position>,
    /// The session's first snapshot.
    began: Option<v1::Position>,
    was_reset: bool,
    /// The seqs that the session moved over, each of an event.
    applied: Vec<u64>,
    members: BTreeMap<String, v1::Participant>,
}

impl End {
    /// None if it never joined, or has stopped.
    pub(super) fn of(client: &[&Observation]) -> Option<Self> {
        let mut end = Self::default();
        for observation in client {
            match &observation.what {
                What::Welcome { session, .. } => {
                    end = Self { session: session.clone(), is_connected: true, ..Self::default() };
                }
                What::Resumed { .. } => end.is_connected = true,
                What::Lost { .. } => end.is_connected = false,
                What::Stopped => return None,
                What::Snapshot { position, participants } => {
                    end.position = Some(*position);
                    end.began.get_or_insert(*position);
                    let members = participants.iter().map(|p| (p.participant_id.clone(), p.clone()));
                    end.members = members.collect();
                }
                What::Reset(_) => end.was_reset = true,
                What::Cursor(cursor) if end.position.is_some_and(|at| !before(*cursor, at)) => {
                    end.position = Some(*cursor);
                }
                What::Event { event, .. } => {
                    let here = position(event);
                    if end.position.is_some_and(|at| !before(here, at)) {
                        end.position = Some(here);
                        end.applied.push(here.seq);
                        apply(&mut end.members, event);
                    }
                }
                _ => {}
            }
        }
        (!end.session.is_empty()).then_some(end)
    }

    pub(super) fn is_member(&self, room: &StoredRoom) -> bool {
        room.participants.iter().any(|p| p.session_id == self.session)
    }
}

/// What a client can know of a participant; a snapshot and an event tell its times alike, but not from each other.
fn known(p: &v1::Participant) -> (&str, ParticipantState, &str, Option<&str>) {
    (&p.session_id, p.state(), &p.metadata, p.share.as_ref().map(|share| share.share_id.as_str()))
}

fn apply(members: &mut BTreeMap<String, v1::Participant>, event: &v1::Event) {
    let mut with = |id: &str, change: &dyn Fn(&mut v1::Participant)| {
        if let Some(member) = members.get_mut(id) {
            change(member);
        }
    };
    match &event.event {
        Some(Kind::ParticipantJoined(joined)) => {
            let participant = joined.participant.clone().unwrap_or_default();
            members.insert(participant.participant_id.clone(), participant);
        }
        Some(Kind::ParticipantLeft(left)) => {
            members.retain(|_, member| member.session_id != left.session_id);
        }
        Some(Kind::ParticipantUpdated(e)) => {
            with(&e.participant_id, &|p| p.metadata.clone_from(&e.metadata));
        }
        Some(Kind::ParticipantReconnecting(e)) => {
            with(&e.participant_id, &|p| p.set_state(ParticipantState::Reconnecting));
        }
        Some(Kind::ParticipantReturned(e)) => {
            with(&e.participant_id, &|p| p.set_state(ParticipantState::Joined));
        }
        Some(Kind::ShareStarted(e)) => with(&e.participant_id, &|p| p.share.clone_from(&e.share)),
        Some(Kind::ShareEnded(e)) => with(&e.participant_id, &|p| p.share = None),
        _ => {}
    }
}

fn left_to_tell(room: &StoredRoom, session: &str, at: v1::Position) -> bool {
    room.log.iter().any(|entry| entry.position.seq > at.seq && entry.is_told_to(session))
}

/// In one epoch and not above.
fn before(position: v1::Position, at: v1::Position) -> bool {
    position.epoch == at.epoch && position.seq <= at.seq
}

fn place(at: Option<v1::Position>) -> String {
    at.map_or_else(|| "no position".into(), |at| shown(at).to_string())
}
