//! All that was ever written to the store: by whom, when, what was lost again, and who knew of it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt as _;
use switchboard_proto::{Position, RoomId, SessionId};
use switchboard_roomsvc::room::{Change, Entry, snapshot};
use switchboard_roomsvc::store::{Append, MemoryStore, Store as _};
use tokio::time::Instant;

use crate::net::Host;
use crate::note;

/// What the store has, and what it had.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    writes: Vec<Write>,
    log: BTreeMap<RoomId, Vec<Entry>>,
    written: BTreeMap<(RoomId, u64, u64), (Instant, Host)>,
    lost: BTreeMap<RoomId, Vec<Lost>>,
    known: BTreeMap<(Host, RoomId), Position>,
    present: BTreeMap<(RoomId, String), Vec<(Instant, bool)>>,
    losses: u64,
}

#[derive(Clone)]
struct Write {
    append: Append,
    fence: u64,
    /// How many entries the room's log had before it.
    before: usize,
}

/// An entry that was stored, and that the server which took over never got.
#[derive(Clone)]
pub(crate) struct Lost {
    /// What.
    pub(crate) entry: Entry,
    /// With which loss, and in which life of the room's name: what was lost together is of one history.
    part: (u64, u64),
    /// The room services that had been told of it and live on.
    pub(crate) known_by: BTreeSet<Host>,
    /// Who was the first to write to the room afterwards, without it.
    pub(crate) overtaken_by: Option<Host>,
}

impl Kept {
    /// What the server has, in the order in which it was written.
    pub(crate) fn writes(&self) -> impl Iterator<Item = &Append> {
        self.writes.iter().map(|write| &write.append)
    }

    /// Whose the newest write to the room was.
    pub(crate) fn fence(&self, room: &RoomId) -> Option<u64> {
        self.writes.iter().rev().find(|write| write.append.room == *room).map(|write| write.fence)
    }

    /// Takes in what was stored.
    pub(crate) fn append(&mut self, host: &Host, append: Append, fence: u64, memory: &MemoryStore) {
        let room = append.room.clone();
        let log = self.log.entry(room.clone()).or_default();
        let before = log.len();
        let first = append.entries.first().map_or(0, |entry| entry.position.seq);
        let creates =
            append.entries.first().is_some_and(|entry| matches!(entry.change, Change::Created { .. }));
        let lost = self.lost.entry(room.clone()).or_default();
        let stands = memory.load(&room).now_or_never().and_then(Result::ok).flatten();
        // Up to where each loss is of the history that the room has now. The oldest epochs are not in its record any
        // more, but what was lost together with a younger entry stood before that.
        let mut known: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for Lost { entry, part, .. } in lost.iter() {
            let again = append.entries.iter().any(|other| other.position == entry.position);
            if again || stands.as_ref().is_some_and(|room| room.in_history(entry.position)) {
                let upto = known.entry(*part).or_default();
                *upto = entry.position.seq.max(*upto);
            }
        }
        lost.retain(|lost| append.entries.iter().all(|entry| entry.position != lost.entry.position));
        if creates {
            self.known.retain(|(_, of), _| *of != room);
        } else {
            // Written back from memory that no longer had all of it: the rest was the same.
            let is_there = |lost: &Lost| {
                let seq = lost.entry.position.seq;
                seq < first && known.get(&lost.part).is_some_and(|upto| seq <= *upto)
            };
            let last = log.last().map_or(0, |entry| entry.position.seq);
            let mut back: Vec<_> =
                lost.iter().filter(|lost| is_there(lost)).map(|l| l.entry.clone()).collect();
            lost.retain(|lost| !is_there(lost));
            back.retain(|entry| entry.position.seq > last || before == 0);
            back.sort_by_key(|entry| entry.position.seq);
            log.extend(back);
        }
        for lost in lost.iter_mut().filter(|lost| lost.overtaken_by.is_none()) {
            note!("{room} {} is lost: {}/{} went on without it", lost.entry.position, host.0, host.1);
            lost.overtaken_by = Some(host.clone());
        }
        log.extend(append.entries.iter().cloned());
        let now = Instant::now();
        for entry in &append.entries {
            let Position { epoch, seq } = entry.position;
            self.written.insert((room.clone(), epoch.0, seq), (now, host.clone()));
            match &entry.change {
                Change::Joined { participant, .. } => self.set_present(&room, participant.as_str(), true),
                Change::Left { participant, .. } => self.set_present(&room, participant.as_str(), false),
                Change::Created { .. } | Change::Closed { .. } => self.empty(&room),
                _ => {}
            }
        }
        self.writes.push(Write { append, fence, before });
    }

    /// The newest writes are lost.
    pub(crate) fn roll_back(&mut self, count: usize) {
        self.losses += 1;
        let loss = self.losses;
        let keep = self.writes.len().saturating_sub(count);
        for write in self.writes.split_off(keep).into_iter().rev() {
            let room = write.append.room;
            let Some(log) = self.log.get_mut(&room) else { continue };
            let gone = log.split_off(write.before.min(log.len()));
            let created = |entry: &&Entry| matches!(entry.change, Change::Created { .. });
            let mut life = log.iter().rev().find(created).map_or(0, |entry| entry.position.epoch.0);
            let lost = gone.into_iter().map(|entry| {
                if created(&&entry) {
                    life = entry.position.epoch.0;
                }
                let knows =
                    self.known.iter().filter(|((_, of), at)| *of == room && at.seq >= entry.position.seq);
                let known_by = knows.map(|((host, _), _)| host.clone()).collect();
                note!("{room} {} is rolled back, known by {known_by:?}", entry.position);
                Lost { entry, part: (loss, life), known_by, overtaken_by: None }
            });
            self.lost.entry(room.clone()).or_default().extend(lost);
        }
    }

    /// Who is in each room, on the server that took over.
    pub(crate) fn stands(&mut self, memory: &MemoryStore) {
        let rooms: BTreeSet<_> = self.present.keys().map(|(room, _)| room.clone()).collect();
        for room in rooms {
            self.empty(&room);
            let Some(Ok(Some(stored))) = memory.load(&room).now_or_never() else { continue };
            for participant in snapshot(&stored).iter().flat_map(|piece| &piece.participants) {
                self.set_present(&room, &participant.participant_id, true);
            }
        }
    }

    fn empty(&mut self, room: &RoomId) {
        let of_room = self.present.keys().filter(|(of, _)| of == room);
        for (room, who) in of_room.cloned().collect::<Vec<_>>() {
            self.set_present(&room, &who, false);
        }
    }

    fn set_present(&mut self, room: &RoomId, who: &str, is_present: bool) {
        let times = self.present.entry((room.clone(), who.to_owned())).or_default();
        times.push((Instant::now(), is_present));
    }

    /// A room service was told of the room up to there.
    pub(crate) fn knows(&mut self, host: &Host, room: &RoomId, position: Position) {
        self.known.insert((host.clone(), room.clone()), position);
    }

    /// A room service is gone, with all that it knew.
    pub(crate) fn died(&mut self, host: &Host) {
        self.known.retain(|(of, _), _| of != host);
        for lost in self.lost.values_mut().flatten() {
            lost.known_by.remove(host);
        }
    }

    /// Each room's entries that are stored, from its first.
    pub(crate) fn log(&self) -> &BTreeMap<RoomId, Vec<Entry>> {
        &self.log
    }

    /// When an entry was stored last, and by whom.
    pub(crate) fn written(&self, room: &RoomId, position: Position) -> Option<&(Instant, Host)> {
        self.written.get(&(room.clone(), position.epoch.0, position.seq))
    }

    /// What a room lost and never got back.
    pub(crate) fn lost(&self, room: &RoomId) -> &[Lost] {
        self.lost.get(room).map_or(&[], Vec::as_slice)
    }

    /// Whether a session's beginning is among what was lost.
    pub(crate) fn lost_join_of(&self, room: &RoomId, session: &SessionId) -> bool {
        let joined =
            |lost: &Lost| matches!(&lost.entry.change, Change::Joined { session: s, .. } if s == session);
        self.lost(room).iter().any(joined)
    }

    /// Whether somebody was not in the stored room at some moment between the two.
    pub(crate) fn absent_within(&self, room: &RoomId, who: &str, from: Instant, to: Instant) -> bool {
        let Some(times) = self.present.get(&(room.clone(), who.to_owned())) else { return true };
        let at_first = times.iter().take_while(|(at, _)| *at <= from).last().is_some_and(|(_, there)| *there);
        !at_first || times.iter().any(|(at, there)| *at >= from && *at <= to && !there)
    }
}
