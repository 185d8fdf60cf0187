//! What must hold of all that was stored and told; the numbers are those of the correctness notes.

use std::collections::{BTreeMap, BTreeSet};

use std::time::Duration;

use switchboard_proto::v1::{self, ErrorReason, LeaveReason, ResetReason};
use switchboard_proto::{Millis, ParticipantId, Position, RoomId, SessionId};
use switchboard_roomsvc::room::{Change, Entry, PAST_MAX, Phase, Room, snapshot};
use switchboard_roomsvc::store::{MemoryStore, Store as _};
use tokio::time::Instant;

use crate::history::{Kept, Lost};
use crate::person::{Heard, Outcome};
use crate::{note, violated};

/// How long after a fault somebody may still be shown as reconnecting because of it: a gateway's lease, the keep-alive
/// of a link, and the comparison of heads.
const CALM_AFTER: Duration = Duration::from_secs(15);

/// What went wrong in a run, as far as it matters to what may follow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// When something was broken.
    pub(crate) times: Vec<(Instant, Instant)>,
    /// Somebody was told something that was only accepted: a room went on in memory.
    pub(crate) forks: bool,
    /// The store lost something.
    pub(crate) losses: bool,
    /// The store's clock went ahead, so that logs were cut by age.
    pub(crate) ages: bool,
    /// Something between gateways and room services was broken, or one of them.
    pub(crate) links: bool,
    /// Nothing but one room's calls to the store was slow, and that room is the one.
    pub(crate) only_stuck: Option<RoomId>,
}

impl Faults {
    /// Whether something that was broken may still be felt.
    fn is_felt(&self, at: Instant) -> bool {
        self.times.iter().any(|(began, ended)| *began <= at && at <= *ended + CALM_AFTER)
    }
}

/// A session as the log has it.
struct Current {
    session: SessionId,
    generation: u64,
    last: u64,
    /// Until when its window is open, if it is reconnecting.
    until: Option<Millis>,
}

/// One room's log from its first entry: V8, V11, V13, V14, V20, V22.
fn log(room: &RoomId, entries: &[Entry], faults: &Faults) {
    let mut members: BTreeMap<String, Current> = BTreeMap::new();
    let mut ended: BTreeSet<String> = BTreeSet::new();
    let mut epochs: BTreeSet<u64> = BTreeSet::new();
    let mut requests: BTreeSet<String> = BTreeSet::new();
    let mut head: Option<Position> = None;
    let mut open = false;
    let mut window = 0;
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
        if head.is_none_or(|before| before.epoch != at.epoch) {
            if !epochs.insert(at.epoch.0) {
                violated!("V20: {room} has the epoch of {at} twice");
            }
            // R7: it arms every window anew. What was decided before a room went on in memory, and stored or not nobody
            // knew, counts as it was decided (R8 b′): then either end is right.
            for until in members.values_mut().filter_map(|current| current.until.as_mut()) {
                let armed = entry.at.plus(window);
                *until = if faults.forks { armed.min(*until) } else { armed };
            }
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
            Change::Created { settings, .. } => {
                open = true;
                window = settings.resume_window_ms;
                members.clear();
            }
            Change::RoomUpdated { settings, .. } => window = settings.resume_window_ms,
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

/// Whether what was told is what is stored.
fn is_same(stored: &v1::Event, told: &v1::Event) -> bool {
    let mut want = v1::Event { prev: None, ..stored.clone() };
    // The append that was unclear when a room went on in memory had the same entries, under the epoch before (R8 b′).
    if !told.stored
        && let (Some(want), Some(told)) = (&mut want.position, &told.position)
    {
        want.epoch = told.epoch;
    }
    want == v1::Event { prev: None, stored: true, ..told.clone() }
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

/// Where a session stands, as the log has it. The append that was unclear when a room went on in memory was told under
/// the fork's epoch, and if it was stored after all the log has it under the one before (R8 b′): who was told nothing
/// since stands at a position of that epoch before its first entry.
fn in_log(entries: &[Entry], heard: &Heard) -> v1::Position {
    let at = heard.position.unwrap_or_default();
    let begins = entries.iter().position(|entry| entry.position.epoch.0 == at.epoch);
    let before = begins.map_or(&entries[..0], |begins| &entries[..begins]);
    let same = before.iter().rev().take(64).find(|entry| entry.position.seq == at.seq);
    match same {
        Some(entry) if heard.forked => entry.position.into(),
        _ => at,
    }
}

/// What one session was told against the log: V1, V3, V5, V6, V17, V21.
async fn session(
    store: &MemoryStore,
    id: &str,
    heard: &Heard,
    (room, kept): (&RoomId, &Kept),
    entries: &[Entry],
) {
    let Ok(session) = SessionId::parse(id) else { return violated!("{id} is no session id") };
    if heard.position.is_some() {
        let at = in_log(entries, heard);
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
            && let Some((want, got)) = want.iter().zip(&heard.applied).find(|(a, b)| !is_same(a, b))
        {
            violated!("V1: {id} was told {got:?}, stored is {want:?}");
        }
    }
    for (counter, said) in &heard.commands {
        let of_it = entries.iter().filter(|entry| {
            entry.from.as_ref().is_some_and(|from| from.session == session)
                && entry.counter.is_some_and(|c| c.n == *counter)
        });
        let effects = of_it.filter(|entry| !matches!(entry.change, Change::Refused { .. })).count();
        let lost = kept.lost(room).iter().find(|lost| {
            let entry = &lost.entry;
            entry.from.as_ref().is_some_and(|from| from.session == session)
                && entry.counter.is_some_and(|c| c.n == *counter)
        });
        match said.outcome.map(|(outcome, _)| outcome) {
            Some(Outcome { refused: None, stored: true }) if effects == 0 && lost.is_some() => {
                excused(room, lost, &format!("{id} {counter} was stored"));
            }
            Some(Outcome { refused: None, stored: true }) if effects != 1 => {
                violated!("V6: {id} {counter} is stored and has {effects} effects");
            }
            Some(Outcome { refused: None, stored: false }) if effects > 1 => {
                violated!("V6: {id} {counter} was accepted and has {effects} effects");
            }
            Some(Outcome { stored: false, .. }) if heard.live => {
                violated!("{id} {counter} was decided and is not known to be stored at rest");
            }
            // Counters go with their session, so that its end is all that a late repeat can be told.
            Some(Outcome {
                refused:
                    Some(ErrorReason::SessionEnded | ErrorReason::SessionNotFound | ErrorReason::RoomClosed),
                ..
            }) if effects == 1 => {
                note!("{id} {counter} was done before its session's end");
            }
            // The refusal was stored and lost, and another room service, whose fork had taken the command, was first.
            Some(Outcome { refused: Some(reason), stored: true })
                if effects == 1
                    && lost.is_some_and(|lost| matches!(lost.entry.change, Change::Refused { .. })) =>
            {
                excused(room, lost, &format!("{id} {counter} was refused ({reason:?})"));
            }
            // A fork's refusal holds in the fork: the same command may have gone to another one, which was stored.
            Some(Outcome { refused: Some(reason), stored: false }) if effects == 1 => {
                note!("{id} {counter} was refused by a fork ({reason:?}) and has an effect in another");
            }
            Some(Outcome { refused: Some(reason), .. }) if effects != 0 => {
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
    let joined = |entry: &Entry| matches!(&entry.change, Change::Joined { session: s, .. } if *s == session);
    // Its join was lost, or was only accepted and never stored.
    let forgotten = kept.lost_join_of(room, &session) || !entries.iter().any(joined);
    if heard.told_ended && !ended && !closed && !forgotten {
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

/// V21: what was stored and is no more. Right only if nobody who lives knew of it, or if somebody who did not know of it
/// was the first to write behind it.
fn excused(room: &RoomId, lost: Option<&Lost>, what: &str) {
    let Some(Lost { entry, known_by, overtaken_by, .. }) = lost else { return };
    if overtaken_by.is_some() || known_by.is_empty() {
        note!("{what} at {} of {room} and is lost: {known_by:?} {overtaken_by:?}", entry.position);
    } else {
        violated!("V21: {what} at {} of {room} and is lost, though {known_by:?} knew of it", entry.position);
    }
}

/// Who was refused because somebody else was not there: V10. Where rooms went on in memory, the log alone says who was
/// there; else there was a moment between command and answer at which that was so in the store.
fn absent(heard: &Heard, (room, kept): (&RoomId, &Kept), id: &str, entries: &[Entry], faults: &Faults) {
    for (counter, said) in &heard.commands {
        let Some((Outcome { refused: Some(ErrorReason::ParticipantNotFound), .. }, told)) = said.outcome
        else {
            continue;
        };
        let Some(to) = &said.to else { continue };
        let is_it = |entry: &&Entry| {
            entry.from.as_ref().is_some_and(|from| from.session.as_str() == id)
                && entry.counter.is_some_and(|c| c.n == *counter)
                && matches!(entry.change, Change::Refused { .. })
        };
        let entry = entries.iter().find(is_it);
        if let Some(entry) = entry
            && is_member(entries, entry.position.seq, to)
        {
            violated!(
                "V10: {id} {counter} was refused since {to} is not there, who was at {}",
                entry.position
            );
        }
        if faults.forks || faults.losses {
            continue;
        }
        if entry.is_none() {
            violated!(
                "V10: {id} {counter} was refused since {to} is not there, and the log does not know of it"
            );
        }
        if !kept.absent_within(room, to, said.at, told) {
            violated!("V10: {id} {counter} was refused since {to} is not there, who was there all the time");
        }
    }
}

/// Whether somebody was in the room before the entry with that seq.
fn is_member(entries: &[Entry], seq: u64, who: &str) -> bool {
    let mut there = false;
    for entry in entries.iter().take_while(|entry| entry.position.seq < seq) {
        match &entry.change {
            Change::Created { .. } | Change::Closed { .. } => there = false,
            Change::Joined { participant, .. } if participant.as_str() == who => there = true,
            Change::Left { participant, .. } if participant.as_str() == who => there = false,
            _ => {}
        }
    }
    there
}

/// V15: who was shown as reconnecting, or as gone, though its socket was open and all was well.
fn flapped(record: &BTreeMap<String, Heard>, kept: &Kept, faults: &Faults) {
    for (room, entries) in kept.log() {
        let mut generations: BTreeMap<&SessionId, u64> = BTreeMap::new();
        for entry in entries {
            let session = match &entry.change {
                Change::Resumed { session, generation, .. } => {
                    generations.insert(session, *generation);
                    continue;
                }
                Change::Reconnecting { session, .. } => session,
                Change::Left { session, reason, .. } if reason.0 == LeaveReason::Expired => session,
                _ => continue,
            };
            let Some((at, _)) = kept.written(room, entry.position) else { continue };
            let Some(heard) = record.get(session.as_str()) else { continue };
            let (before, after) = (*at - Duration::from_secs(2), *at + Duration::from_millis(500));
            // A gateway says that a socket is gone, and means that one: a newer one may be open for long when a store
            // that is slow takes it in, in front of its resume.
            let gone = matches!(entry.change, Change::Reconnecting { gone: true, .. });
            let generation = generations.get(session).copied().unwrap_or(1);
            let is_open = heard.spans.iter().any(|span| {
                let throughout = span.began <= before && span.ended.is_none_or(|ended| ended >= after);
                throughout && (!gone || span.generation == generation)
            });
            // R14: whatever became of the store, a gateway whose links were never touched is not taken for dead.
            let by_lease = matches!(entry.change, Change::Reconnecting { gone: false, .. });
            if is_open && (!faults.is_felt(*at) || (by_lease && !faults.links)) {
                violated!(
                    "V15: {room} {} shows {session} as {:?}, though nothing was broken",
                    entry.position,
                    entry.change
                );
            }
        }
    }
}

/// V18: a reset has a cause. V24: a room that is stuck holds up no other.
fn told(id: &str, heard: &Heard, entries: &[Entry], faults: &Faults) {
    // Of so many ended epochs a room knows the last seq.
    let epochs: BTreeSet<_> = entries.iter().map(|entry| entry.position.epoch.0).collect();
    let forgets = epochs.len() > PAST_MAX;
    for (reason, in_history, closed) in &heard.resets {
        let right = match reason {
            // A fork was given up: then all who followed it begin anew.
            ResetReason::Diverged => faults.forks || faults.losses,
            ResetReason::NotInHistory => faults.forks || faults.losses || (forgets && !in_history),
            // The whole room was read where the log no longer reached back to the copy; or the stored room is closed,
            // with which its log goes: who was behind gets what is known of it, and hears of its end.
            ResetReason::Trimmed => faults.losses || faults.ages || *closed,
            _ => false,
        };
        if !right {
            violated!("V18: {id} was reset: {reason:?}, position in history: {in_history}");
        }
    }
    if faults.only_stuck.as_ref().is_some_and(|stuck| stuck.as_str() != heard.room) {
        for (counter, said) in heard.commands.iter().filter(|(_, said)| !said.again) {
            if let Some((_, told)) = said.outcome
                && told - said.at > STUCK_MAX
            {
                violated!("V24: {id} {counter} took {:?} beside a room that is stuck", told - said.at);
            }
        }
    }
}

/// How long a command may take beside a room whose calls to the store take 1.7 s and more: some packets may be lost.
const STUCK_MAX: Duration = Duration::from_millis(1_500);

/// Everything, at rest. Gives how many people of all are barred from their room.
pub(crate) async fn all(
    store: &MemoryStore,
    kept: &Kept,
    record: &BTreeMap<String, Heard>,
    faults: &Faults,
    people: &[(String, &str)],
) -> usize {
    let logs = kept.log();
    for (room, entries) in logs {
        log(room, entries, faults);
    }
    let nothing = Vec::new();
    for (id, heard) in record {
        let Ok(room) = RoomId::parse(&heard.room) else { continue };
        session(store, id, heard, (&room, kept), logs.get(&room).unwrap_or(&nothing)).await;
        let entries = logs.get(&room).unwrap_or(&nothing);
        let life = heard.position.map_or(&entries[..0], |at| life(entries, at));
        absent(heard, (&room, kept), id, life, faults);
        told(id, heard, entries, faults);
    }
    flapped(record, kept, faults);
    let mut barred = 0;
    for (participant, room) in people {
        let Ok(id) = RoomId::parse(room) else { continue };
        let Ok(Some(room)) = store.load(&id).await else { continue };
        barred += usize::from(is_barred(&room, participant));
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
            let at = in_log(&logs[id], heard);
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
    barred
}

/// Whether somebody was removed and not allowed again.
fn is_barred(room: &Room, participant: &str) -> bool {
    let nobody = SessionId::parse("none");
    let (Ok(participant), Ok(nobody)) = (ParticipantId::parse(participant), nobody) else { return false };
    room.ended_reason(&participant, &nobody) == Some(LeaveReason::Removed)
}
