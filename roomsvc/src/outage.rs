//! Whether this room service works without its store, and how much it keeps meanwhile: the one word that links,
//! health, metrics and the log go by.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::metrics::Metrics;

/// What a room that works without the store counts beside its entries, in bytes.
pub(crate) const FORKED_ROOM_BYTES: usize = 4 << 10;

/// The outage of one room service. It is degraded while the store does not answer, and until all rooms that went on
/// without it are in the store again: a store that is full answers, and takes nothing.
#[derive(Debug)]
pub(crate) struct Outage {
    state: Mutex<State>,
    degraded: watch::Sender<bool>,
    /// Accepted and not stored, of all rooms.
    unstored_bytes: AtomicUsize,
    unstored_bytes_max: usize,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct State {
    store_is_away: bool,
    forked_rooms: usize,
    /// While degraded: since when, and how many rooms went on without the store.
    since: Option<Instant>,
    rooms: usize,
}

impl Outage {
    /// None yet. Rooms keep at most `unstored_bytes_max` together.
    pub(crate) fn new(unstored_bytes_max: usize, metrics: Arc<Metrics>) -> Self {
        Self {
            state: Mutex::default(),
            degraded: watch::Sender::new(false),
            unstored_bytes: AtomicUsize::new(0),
            unstored_bytes_max,
            metrics,
        }
    }

    /// The store answered, or did not.
    pub(crate) fn store_answers(&self, answers: bool) {
        self.change(|state| state.store_is_away = !answers);
    }

    /// A room goes on without the store.
    pub(crate) fn fork_begins(&self) {
        self.keep(FORKED_ROOM_BYTES);
        self.metrics.forks.inc();
        self.metrics.forked_rooms.inc();
        self.change(|state| {
            state.forked_rooms += 1;
            state.rooms += 1;
        });
    }

    /// A room is one with the store again; so much it had kept.
    pub(crate) fn fork_ends(&self, bytes: usize) {
        self.unstored_bytes.fetch_sub(bytes + FORKED_ROOM_BYTES, Ordering::Relaxed);
        self.metrics.unstored_bytes.set(self.unstored_bytes());
        self.metrics.forked_rooms.dec();
        self.change(|state| state.forked_rooms -= 1);
    }

    /// So much more is accepted and not stored.
    pub(crate) fn keep(&self, bytes: usize) {
        let before = self.unstored_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.metrics.unstored_bytes.set(before + bytes);
    }

    fn unstored_bytes(&self) -> usize {
        self.unstored_bytes.load(Ordering::Relaxed)
    }

    /// Whether as much is kept as may be.
    pub(crate) fn is_full(&self) -> bool {
        self.unstored_bytes() >= self.unstored_bytes_max
    }

    /// Whether the store is away, or rooms are still without it.
    pub(crate) fn is_degraded(&self) -> bool {
        *self.degraded.borrow()
    }

    /// Follows [`Self::is_degraded`].
    pub(crate) fn subscribe(&self) -> watch::Receiver<bool> {
        self.degraded.subscribe()
    }

    /// The only place where it changes, and so where its two lines of the log are.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        let degraded = state.store_is_away || state.forked_rooms > 0;
        // Under the lock: whoever follows sees the changes in their order.
        if !self.degraded.send_if_modified(|was| std::mem::replace(was, degraded) != degraded) {
            return;
        }
        self.metrics.degraded.set(i64::from(degraded));
        if degraded {
            self.metrics.outages.inc();
            state.since = Some(Instant::now());
            tracing::warn!(
                "degraded: the store is away; rooms with people in them go on in memory, nothing expires, and what is \
                 accepted is stored when the store is back"
            );
        } else {
            let lasted = state.since.take().map(|since| since.elapsed()).unwrap_or_default();
            let rooms = std::mem::take(&mut state.rooms);
            tracing::info!(?lasted, rooms, "no longer degraded: the store is back and has every room again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degraded_until_the_store_answers_and_has_every_room() {
        let outage = Outage::new(3 * FORKED_ROOM_BYTES, Arc::new(Metrics::new()));
        let mut told = outage.subscribe();
        outage.store_answers(true);
        assert!(!outage.is_degraded() && !told.has_changed().expect("lives"));
        // Full: it answers, and takes nothing.
        outage.fork_begins();
        assert!(outage.is_degraded() && told.has_changed().expect("lives"));
        outage.store_answers(false);
        outage.fork_begins();
        assert!(!outage.is_full());
        outage.keep(FORKED_ROOM_BYTES);
        assert!(outage.is_full());
        outage.fork_ends(FORKED_ROOM_BYTES);
        outage.store_answers(true);
        assert!(outage.is_degraded(), "one room is not back yet");
        assert!(*told.borrow_and_update());
        outage.fork_ends(0);
        assert!(!*told.borrow_and_update() && outage.unstored_bytes() == 0);
    }
}
