//! The newest entries of a room in memory: what a reader that fell behind a little is filled from.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use switchboard_proto::{Epoch, Position, Seq};

use crate::room::Entry;
use crate::store::{LOG_BYTES_MAX, LOG_ENTRIES_MAX};

/// Entries kept of a room. A reader further behind is filled from the log.
const ENTRIES_MAX: usize = 512;
/// Bytes kept of a room.
const BYTES_MAX: usize = 256 << 10;

/// Entries without a hole, up to the room's head.
#[derive(Default)]
pub(crate) struct Ring {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

impl Ring {
    /// Takes the next entry and drops the oldest beyond the bounds. While the store is away there is no other log, and
    /// the bounds are those of one.
    pub(crate) fn push(&mut self, entry: Arc<Entry>, is_log: bool) {
        let (entries_max, bytes_max) =
            if is_log { (LOG_ENTRIES_MAX, LOG_BYTES_MAX) } else { (ENTRIES_MAX, BYTES_MAX) };
        if self.entries.back().is_some_and(|last| last.position.seq + 1 != entry.position.seq) {
            self.clear();
        }
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > entries_max || self.bytes > bytes_max {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }

    /// All that it has, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter()
    }

    /// The entries with these seqs are the log's after all, under its epoch.
    pub(crate) fn are_of(&mut self, epoch: Epoch, seqs: RangeInclusive<Seq>) {
        for entry in self.entries.iter_mut().filter(|entry| seqs.contains(&entry.position.seq)) {
            let position = Position { epoch, ..entry.position };
            *entry = Arc::new(Entry { position, ..Entry::clone(entry) });
        }
    }

    /// Forgets all: what comes next does not follow.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The entries behind `position`, which is in the room's history; `None` if the ring does not reach back to it.
    pub(crate) fn after(&self, position: Position, head: Seq) -> Option<impl Iterator<Item = &Arc<Entry>>> {
        if position.seq > head {
            return None;
        }
        let first = self.entries.front().map_or(head + 1, |entry| entry.position.seq);
        let skip = usize::try_from((position.seq + 1).checked_sub(first)?).ok()?;
        Some(self.entries.iter().skip(skip))
    }
}
