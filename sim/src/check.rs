//! What must hold of all that was stored and told; the numbers are those of the correctness notes.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use switchboard_proto::v1::{self, ErrorReason, LeaveReason};
use switchboard_proto::{Millis, Position, RoomId, SessionId};
use switchboard_roomsvc::room::{Change, Entry, Phase, snapshot};
use switchboard_roomsvc::store::{MemoryStore, Store as _};

use crate::person::Heard;
use crate::{note, violated};

/// A session as the log has it.
struct Current {
    session: SessionId,
    generation: u64,
    last: u64,
    /// Until when its window is open, if it is reconnecting.
    until: Option<Millis>,
}

/// One room's log from its first entry: V8, V11, V13, V14, V20, V22.
fn log(room: &RoomId, entries: &[Entry]) {
    let mut members: BTreeMap<String, Current> = BTreeMap::new();
    let mut ended: BTreeSet<String> = BTreeSet::new();
    let mut epochs: BTreeSet<u64> = BTreeSet::new();
    let mut requests: BTreeSet<String> = BTreeSet::new();
    let mut head: Option<Position> = None;
    let mut open = false;
    for entry in entries {
        let at = entry.position;
        let creates = matches!(entry.change, Change::Created { .. });
        match head {
            // An epoch is a term: its first entry follows the last of the one before.
            Some(before) if !creates && at.seq != before.seq + 1 => {
                violated!("V19: {room} {at} follows {before}");
            }
            _ if creates && open => violated!("V22: {room} is created at {at} though it is open"),
            _ if !creates && !open => violated!("V22: {room} has an entry at {at} though it is not open"),
            _ => {}
        }
        if head.is_none_or(|before| before.epoch != at.epoch) && !epochs.insert(at.epoch.0) {
            violated!("V20: {room} has the epoch of {at} twice");
        }
        if let Some(request) = &entry.request
            && !requests.insert(request.clone())
        {
            note!("{room} {at} is of a request that has an entry already");
        }
        head = Some(at);
        if let (Some(from), false) = (&entry.from, matches!(entry.change, Change::Refused { .. })) {
            let current = members.get(from.participant.as_str());
            let is_join =
                matches!(entry.change, Change::Joined { .. } | Change::Left { .. } | Change::Unshared { .. });
            let is_resume = matches!(entry.change, Change::Resumed { .. });
            let right = current.is_some_and(|current| {
                current.session == from.session && (is_resume || current.generation == from.generation)
            });
            if !right && !is_join {
                violated!("V11, V13: {room} {at} is of {from:?}, who is not current: {:?}", entry.change);
            }
        }
        if let (Some(from), Some(counter)) = (&entry.from, entry.counter)
            && let Some(current) = members.get_mut(from.participant.as_str())
            && current.session == from.session
        {
            if counter.n <= current.last {
                violated!("V8: {room} {at} has counter {} after {}", counter.n, current.last);
            }
            current.last = counter.n;
        }
        match &entry.change {
            Change::Created { .. } => {
                open = true;
                members.clear();
            }
            Change::Closed { .. } => {
                open = false;
                ended.extend(members.values().map(|current| current.session.to_string()));
                members.clear();
            }
            Change::Joined { participant, session, .. } => {
                if members.contains_key(participant.as_str()) {
                    violated!("V13: {room} {at} a second session of {participant}");
                }
                if ended.contains(session.as_str()) {
                    violated!("V13: {room} {at} {session} joined after its end");
                }
                let current = Current { session: session.clone(), generation: 1, last: 0, until: None };
                members.insert(participant.to_string(), current);
            }
            Change::Resumed { participant, session, generation, .. } => {
                match members.get_mut(participant.as_str()).filter(|current| current.session == *session) {
                    Some(current) if current.generation < *generation => {
                        current.generation = *generation;
                        current.until = None;
                    }
                    _ => violated!("V11: {room} {at} {session} resumed with generation {generation}"),
                }
            }
            Change::Reconnecting { participant, session, until, .. } => {
                match members.get_mut(participant.as_str()).filter(|current| current.session == *session) {
                    Some(current) => current.until = Some(*until),
                    None => violated!("V11: {room} {at} {session} reconnects and is not there"),
                }
            }
            Change::Present { participant, session } => {
                match members.get_mut(participant.as_str()).filter(|current| current.session == *session) {
                    Some(current) => current.until = None,
                    None => violated!("V11: {room} {at} {session} is present and is not there"),
                }
            }
            Change::Left { participant, session, reason } => {
                let current = members.remove(participant.as_str());
                match current.filter(|current| current.session == *session) {
                    None => violated!("V13: {room} {at} {session} left and was not there"),
                    Some(current) if reason.0 == LeaveReason::Expired => {
                        if current.until.is_none_or(|until| entry.at < until) {
                            violated!("V14: {room} {at} {session} expired before its window's end");
                        }
                    }
                    Some(_) => {}
                }
                ended.insert(session.to_string());
            }
            _ => {}
        }
    }
}

fn bare(mut event: v1::Event) -> Vec<u8> {
    event.prev = None;
    event.stored = true;
    event.encode_to_vec()
}

/// The part of a log that belongs to the same room as the entry at that position; a name may be used again.
fn life(entries: &[Entry], position: v1::Position) -> &[Entry] {
    let is_there = |entry: &Entry| v1::Position::from(entry.position) == position;
    let Some(at) = entries.iter().rposition(is_there) else { return &[] };
    let creates = |entry: &Entry| matches!(entry.change, Change::Created { .. });
    let start = entries[..=at].iter().rposition(creates).unwrap_or(0);
    let end = entries[at + 1..].iter().position(creates).map_or(entries.len(), |next| at + 1 + next);
    &entries[start..end]
}

/// Whether the room was a fork for a while, which the session may have seen.
fn went_on_in_memory(entries: &[Entry], heard: &Heard) -> bool {
    let creates = |entry: &Entry| matches!(entry.change, Change::Created { .. });
    let terms =
        entries.windows(2).any(|two| two[0].position.epoch != two[1].position.epoch && !creates(&two[1]));
    terms || heard.position.is_some_and(|at| life(entries, at).is_empty())
}

/// What one session was told against the log: V1, V3, V5, V6, V17.
async fn session(store: &MemoryStore, id: &str, heard: &Heard, entries: &[Entry]) {
    let Ok(session) = SessionId::parse(id) else { return violated!("{id} is no session id") };
    if let Some(at) = heard.position {
        // From when another socket took the session up, this one may be told less: what is for the session alone goes
        // where its record says.
        let elsewhere = entries.iter().find(|entry| {
            matches!(&entry.change, Change::Resumed { session: resumed, generation, .. }
                if *resumed == session && *generation > heard.generation)
        });
        let cut = elsewhere.map_or(at.seq, |entry| at.seq.min(entry.position.seq));
        let visible = life(entries, at)
            .iter()
            .filter(|e| e.position.seq > heard.base.seq && e.position.seq <= cut && e.visible(&session))
            .filter_map(|e| e.event(Position::ZERO, true));
        let want: Vec<_> = visible.collect();
        let positions = |events: &[v1::Event]| -> Vec<u64> {
            let seqs = events.iter().map(|event| event.position.map_or(0, |position| position.seq));
            seqs.filter(|seq| *seq <= cut).collect()
        };
        // The last word to a socket that is gone may be of a fork that was given up.
        let is_of_the_log = !life(entries, at).is_empty() || heard.live;
        if is_of_the_log && positions(&want) != positions(&heard.applied) {
            let (want, got) = (positions(&want), positions(&heard.applied));
            let missing: Vec<_> = want.iter().filter(|seq| !got.contains(seq)).collect();
            let odd: Vec<_> = got.iter().filter(|seq| !want.contains(seq)).collect();
            violated!(
                "V5: {id} from {} to {} missed {missing:?}, and has {odd:?} too much",
                heard.base.seq,
                at.seq
            );
        } else if is_of_the_log
            && let Some((want, got)) =
                want.iter().zip(&heard.applied).find(|(a, b)| bare((*a).clone()) != bare((*b).clone()))
        {
            violated!("V1: {id} was told {got:?}, stored is {want:?}");
        }
    }
    for (counter, outcome) in &heard.commands {
        let of_it = entries.iter().filter(|entry| {
            entry.from.as_ref().is_some_and(|from| from.session == session)
                && entry.counter.is_some_and(|c| c.n == *counter)
        });
        let effects = of_it.filter(|entry| !matches!(entry.change, Change::Refused { .. })).count();
        match outcome {
            // Accepted in a fork that was lost with its room service: the acknowledgement said that it is not stored.
            Some(None) if effects == 0 && went_on_in_memory(entries, heard) => {
                note!("{id} {counter} was accepted in a fork and has no effect");
            }
            Some(None) if effects != 1 => {
                violated!("V6: {id} {counter} was accepted and has {effects} effects");
            }
            // Counters go with their session, so that its end is all that a late repeat can be told.
            Some(Some(ErrorReason::SessionEnded)) if effects == 1 => {
                note!("{id} {counter} was done before its session's end");
            }
            Some(Some(reason)) if effects != 0 => {
                violated!("V6: {id} {counter} was refused ({reason:?}) and has {effects} effects");
            }
            None if effects > 1 => violated!("V6: {id} {counter} has {effects} effects"),
            None if heard.live => violated!("{id} {counter} is not answered at rest"),
            _ => {}
        }
    }
    let ended = entries
        .iter()
        .any(|entry| matches!(&entry.change, Change::Left { session: left, .. } if *left == session));
    let closed = entries
        .iter()
        .skip_while(|entry| !matches!(&entry.change, Change::Joined { session: s, .. } if *s == session));
    let closed = closed.into_iter().any(|entry| matches!(entry.change, Change::Closed { .. }));
    if heard.told_ended && !ended && !closed {
        violated!("V17: {id} was told that it is not known or has ended, and never did");
    }
    if heard.live && heard.gone_from(store, id).await {
        violated!("V16: {id} of {} has a live socket and is not in the room", heard.participant);
    }
}

impl Heard {
    async fn gone_from(&self, store: &MemoryStore, id: &str) -> bool {
        let Ok(room) = RoomId::parse(&self.room) else { return true };
        let Ok(Some(room)) = store.load(&room).await else { return true };
        !snapshot(&room).iter().flat_map(|piece| &piece.participants).any(|p| p.session_id == id)
    }
}

/// Everything, at rest.
pub(crate) async fn all(
    store: &MemoryStore,
    logs: &BTreeMap<RoomId, Vec<Entry>>,
    record: &BTreeMap<String, Heard>,
) {
    for (room, entries) in logs {
        log(room, entries);
    }
    let nothing = Vec::new();
    for (id, heard) in record {
        let room = RoomId::parse(&heard.room).ok();
        session(store, id, heard, room.and_then(|room| logs.get(&room)).unwrap_or(&nothing)).await;
    }
    for id in logs.keys() {
        let Ok(Some(room)) = store.load(id).await else { continue };
        let stored: Vec<_> = snapshot(&room).into_iter().flat_map(|piece| piece.participants).collect();
        if room.phase() != Phase::Open {
            continue;
        }
        let head: v1::Position = room.head().into();
        for member in &stored {
            if !record.get(&member.session_id).is_some_and(|heard| heard.live) {
                violated!(
                    "V16: {id} has {} ({}), who has no socket",
                    member.participant_id,
                    member.session_id
                );
            }
            if member.state() != v1::ParticipantState::Joined {
                violated!("V16: {id} shows {} as {:?} at rest", member.participant_id, member.state());
            }
        }
        for (session, heard) in record.iter().filter(|(_, heard)| heard.live && heard.room == id.as_str()) {
            // A cursor moves with what is visible to its session.
            let at = heard.position.unwrap_or_default();
            let untold = SessionId::parse(session).ok().and_then(|session| {
                let behind = life(&logs[id], head).iter().filter(|e| e.position.seq > at.seq);
                behind.into_iter().find(|e| e.visible(&session) && e.event(Position::ZERO, true).is_some())
            });
            let is_of_the_room = life(&logs[id], head).iter().any(|e| v1::Position::from(e.position) == at);
            if !is_of_the_room || untold.is_some() {
                violated!("V5: {session} stands at {at:?}, the room at {head:?}: {untold:?}");
                continue;
            }
            let told: Vec<_> = heard.members.values().cloned().collect();
            let want: BTreeMap<_, _> = stored.iter().map(|p| (p.participant_id.clone(), p.clone())).collect();
            if told != want.into_values().collect::<Vec<_>>() {
                violated!("V3: {session} sees {told:?}, stored is {stored:?}");
            }
        }
    }
}
