//! The followers of a room: how they come, are brought up to its head, and go.

use switchboard_proto::Position;
use switchboard_proto::v1::{ErrorReason, ResetReason};

use super::outside::Outside;
use super::reader::{Fill, Reader, Sink};
use super::slot::Slot;
use super::work::{ReaderId, Watch};
use crate::metrics::Filled;
use crate::room::{Entry, Phase};
use crate::store::{LogPage, StoreError};

impl Slot {
    pub(super) fn admit_watch(&mut self, watch: Watch, out: &mut Outside) {
        if self.room.phase() != Phase::Open {
            watch.outbox.end(ErrorReason::RoomNotFound);
            return;
        }
        let id = watch.id;
        let cursor = watch.position.unwrap_or(self.room.head());
        let sink = Sink::Watch { outbox: watch.outbox };
        let mut reader = Reader { cursor, told: cursor, fill: Fill::Behind, sink };
        if watch.position.is_none() {
            reader.show(&self.room);
        }
        self.readers.insert(id, reader);
        self.fill(id, out);
    }

    /// Puts a link at a position of the room; what is behind it follows.
    pub(super) fn follow(&mut self, link: ReaderId, cursor: Position, out: &mut Outside) {
        let Some((gateway, outbox)) = out.link(link) else { return };
        // R11: a room hangs on one link of a gateway, the one that it opened last. A word that comes late on an older
        // one, such as a join that was held up, takes nothing from the newer: the gateway said it there again.
        let is_of_gateway =
            |reader: &Reader| matches!(&reader.sink, Sink::Link { gateway: other, .. } if *other == gateway);
        if self.readers.iter().any(|(id, reader)| *id > link && is_of_gateway(reader)) {
            return;
        }
        self.readers.retain(|id, reader| *id == link || !is_of_gateway(reader));
        let sink = Sink::Link { gateway, outbox };
        self.readers.entry(link).or_insert(Reader { cursor, told: cursor, fill: Fill::Live, sink });
    }

    /// Brings a reader that is behind as far as its queue takes it: from the ring, else from the log.
    pub(crate) fn fill(&mut self, id: ReaderId, out: &mut Outside) {
        let Some(reader) = self.readers.get_mut(&id) else { return };
        if reader.fill != Fill::Behind {
            return;
        }
        // A reset is no event and would go into a full queue too: one for each look, while its gateway sleeps.
        if reader.sink.is_full() {
            return self.still_behind(id);
        }
        if !self.room.in_history(reader.cursor) {
            out.metrics.resets.get(ResetReason::NotInHistory).inc();
            out.metrics.gap_fills.get(Filled::Snapshot).inc();
            reader.reset(ResetReason::NotInHistory, &self.room);
            return self.let_go();
        }
        let head = self.room.head().seq;
        let fork = self.fork.as_ref();
        let is_stored = |entry: &Entry| fork.is_none_or(|fork| fork.is_stored(entry));
        // A reader that comes at the head has missed nothing.
        let was_behind = reader.cursor.seq < head;
        let taken = self
            .ring
            .after(reader.cursor, head)
            .map(|mut missed| missed.all(|entry| reader.offer(entry, &self.room, is_stored(entry))));
        match taken {
            Some(true) => {
                out.metrics.gap_fills.get(Filled::Memory).inc_by(u64::from(was_behind));
                reader.fill = Fill::Live;
                self.let_go();
            }
            Some(false) => self.still_behind(id),
            None => {
                reader.fill = Fill::Reading;
                out.read_for(self.room.id(), id, reader.cursor);
            }
        }
    }

    /// The log was read for one reader.
    pub(crate) fn on_fill(&mut self, id: ReaderId, result: Result<LogPage, StoreError>, out: &mut Outside) {
        let Some(reader) = self.readers.get_mut(&id) else { return };
        reader.fill = Fill::Behind;
        if reader.sink.is_full() {
            return self.still_behind(id);
        }
        match result {
            Ok(LogPage::Entries { entries, .. }) => {
                out.metrics.gap_fills.get(Filled::Log).inc();
                for entry in entries {
                    // Not beyond this copy: what it has not absorbed yet is told when it does.
                    let next = entry.position.seq == reader.cursor.seq + 1
                        && entry.position.seq <= self.room.head().seq;
                    if next && !reader.offer(&entry, &self.room, true) {
                        return self.still_behind(id);
                    }
                }
            }
            Ok(LogPage::Trimmed { .. }) => {
                out.metrics.resets.get(ResetReason::Trimmed).inc();
                out.metrics.gap_fills.get(Filled::Snapshot).inc();
                reader.reset(ResetReason::Trimmed, &self.room);
            }
            Ok(LogPage::NotInHistory { .. } | LogPage::Missing) => {
                out.metrics.resets.get(ResetReason::NotInHistory).inc();
                out.metrics.gap_fills.get(Filled::Snapshot).inc();
                reader.reset(ResetReason::NotInHistory, &self.room);
            }
            // The next tick tries again.
            Err(_) => return,
        }
        self.fill(id, out);
    }

    /// A link that is behind is filled when its queue has drained; a watch that is too slow ends.
    fn still_behind(&mut self, id: ReaderId) {
        if let Some(Reader { sink: Sink::Watch { outbox }, .. }) = self.readers.get(&id) {
            outbox.end(ErrorReason::SlowReader);
            self.readers.remove(&id);
        }
    }

    /// Readers that are behind and may be filled again.
    pub(crate) fn behind(&self) -> Vec<ReaderId> {
        let behind = self.readers.iter().filter(|(_, reader)| reader.fill == Fill::Behind);
        behind.map(|(id, _)| *id).collect()
    }

    /// The room service stops: watches end too, or their streams would hold it up.
    pub(crate) fn end_watches(&self, reason: ErrorReason) {
        for reader in self.readers.values() {
            if let Sink::Watch { outbox } = &reader.sink {
                outbox.end(reason);
            }
        }
    }

    /// Readers that have nothing more to hear here: links without a socket in the room, watches of a closed room.
    pub(super) fn let_go(&mut self) {
        let room = &self.room;
        self.readers.retain(|_, reader| match (&reader.sink, reader.fill) {
            (_, Fill::Behind | Fill::Reading) => true,
            (Sink::Link { gateway, .. }, Fill::Live) => room.is_held_by(gateway),
            (Sink::Watch { outbox }, Fill::Live) => {
                let closed = room.phase() != Phase::Open;
                if closed {
                    outbox.end(ErrorReason::RoomClosed);
                }
                !closed
            }
        });
    }
}
