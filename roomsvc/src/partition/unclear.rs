//! An append without a reply (R5): it may have happened, or happen yet. Until the store answers again its commands
//! wait; then they are decided again, in order. If the room has to go on without the store, it goes on as if the
//! append had happened, so that nobody need be reset if it did (R8 b′).

use std::sync::Arc;

use switchboard_proto::Position;
use switchboard_proto::v1::ErrorReason;

use super::batch::Batch;
use super::outside::Outside;
use super::slot::Slot;
use super::work::Work;
use crate::room::{self, Entry, Room};

/// What a fork that began with an unclear append has to find in the store to know that the append happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unclear {
    /// Where the room stood before it.
    pub(super) base: Position,
    /// Where the store stands behind it.
    pub(super) head: Position,
    /// Its name.
    pub(super) by: String,
}

impl Slot {
    /// Nobody knows what became of `batch`. Callers of the API are told at once: they repeat their `request_id`.
    pub(super) fn keep_unclear(&mut self, mut batch: Batch) {
        for (pending, _, _) in &mut batch.decided {
            if let Work::Command(command) = &mut pending.work
                && let Some(call) = command.call.take()
            {
                call.refuse(ErrorReason::OutcomeUnknown);
            }
        }
        self.unclear = Some(batch);
    }

    /// The store has answered: what was unclear is decided again, on what it says.
    pub(super) fn decide_unclear_again(&mut self, out: &Outside) {
        if let Some(batch) = self.unclear.take() {
            self.put_back(batch, true, out);
        }
    }

    /// The fork begins with what was unclear: the same entries at the same seqs, so that behind them it is the same
    /// room in both cases. Only their epoch is the fork's own, since others may have written at their positions
    /// instead; unless they begin an epoch, in which nobody else can write.
    pub(super) fn fork_from_unclear(&mut self, out: &mut Outside) {
        let Some(mut batch) = self.unclear.take() else { return };
        let base = self.room.head();
        let Some(first) = batch.entries.first().map(|entry| entry.position) else { return };
        if first.epoch == base.epoch {
            if first.seq != base.seq + 1 {
                return self.put_back(batch, true, out);
            }
            let epoch = room::fresh_epoch();
            let own = |entry: &Arc<Entry>| {
                let position = Position { epoch, ..entry.position };
                Arc::new(Entry { position, ..Entry::clone(entry) })
            };
            batch.entries = batch.entries.iter().map(own).collect();
            if let Some(fork) = &mut self.fork {
                let head = Position::new(base.epoch, base.seq + batch.entries.len() as u64);
                fork.unclear = Some(Unclear { base, head, by: std::mem::take(&mut batch.by) });
            }
            self.begin_epoch = false;
        }
        if let Some(fork) = &mut self.fork {
            fork.requests = std::mem::take(&mut batch.requests);
        }
        batch.scratch = self.room.clone();
        for entry in &batch.entries {
            batch.scratch.absorb(entry);
        }
        self.note_accepted(&batch);
        self.take(batch, out);
    }

    /// The store was read for a fork, with the name of its last append. If that is the unclear one with which the
    /// fork began, it has happened: both positions behind it are one, and both are in the room's history.
    pub(super) fn settle_unclear(&mut self, stored: Option<&Room>, by: Option<&str>) {
        let Some(fork) = &mut self.fork else { return };
        let (Some(unclear), Some(stored)) = (&fork.unclear, stored) else { return };
        if stored.head() != unclear.head || by != Some(&unclear.by) {
            return;
        }
        let Some(room) = behind(&self.room, stored, unclear.base) else { return };
        tracing::info!(room = %room.id(), "the append with which the outage began was stored after all");
        // Not by an entry, as all else: it is what the store has, of which nobody was told another thing.
        self.room = room;
        self.ring.are_of(unclear.head.epoch, unclear.base.seq + 1..=unclear.head.seq);
        fork.unclear = None;
        // They were stored with it.
        fork.requests.clear();
    }
}

/// `mine` with what is `stored` in its history, in place of `base`, from where both went on alike. `None` if `mine`
/// has forgotten `base`, after many epochs. Pure.
fn behind(mine: &Room, stored: &Room, base: Position) -> Option<Room> {
    let at = mine.past.iter().position(|end| *end == base)?;
    let mut room = mine.clone();
    room.past = stored.past.clone();
    room.past.push_back(stored.head());
    room.past.extend(mine.past.iter().skip(at + 1));
    while room.past.len() > room::PAST_MAX {
        room.past.pop_front();
    }
    Some(room)
}

#[cfg(test)]
mod tests {
    use switchboard_proto::{Epoch, RoomId};

    use super::*;

    #[test]
    fn what_is_stored_takes_the_place_of_the_base_in_the_history() {
        let at = |epoch, seq| Position::new(Epoch(epoch), seq);
        let mut stored = Room::absent(RoomId::parse("r").expect("is an id"));
        stored.past = [at(1, 4)].into();
        stored.head = at(2, 9);
        let mut mine = stored.clone();
        // From (2, 7) on in an epoch of its own, and after an unclear write-back in another one.
        mine.past = [at(1, 4), at(2, 7), at(3, 12)].into();
        mine.head = at(4, 13);
        let room = behind(&mine, &stored, at(2, 7)).expect("the base is known");
        assert_eq!(room.past, [at(1, 4), at(2, 9), at(3, 12)]);
        assert!(room.in_history(stored.head()) && room.in_history(at(3, 8)));
        assert!(behind(&mine, &stored, at(2, 6)).is_none());
    }
}
