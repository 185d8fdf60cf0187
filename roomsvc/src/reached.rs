//! Since when the store is reached without a break: R14, no hurry after trouble.

use std::sync::atomic::{AtomicU64, Ordering};

use switchboard_proto::Millis;

/// Never, in milliseconds: the store is away.
const AWAY: u64 = u64::MAX;

/// Since when this room service reaches the store.
#[derive(Debug)]
pub(crate) struct Reached(AtomicU64);

impl Reached {
    /// Reached from `now` on.
    pub(crate) fn new(now: Millis) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Notes whether the store answered at `now`.
    pub(crate) fn note(&self, answers: bool, now: Millis) {
        if !answers {
            self.0.store(AWAY, Ordering::Relaxed);
        } else if !self.is_up() {
            self.0.store(now.0, Ordering::Relaxed);
        }
    }

    /// The store's time at which it began; the end of time while the store is away.
    pub(crate) fn since(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }

    /// Whether the store answered last time.
    pub(crate) fn is_up(&self) -> bool {
        self.since().0 != AWAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_begins_the_time_anew() {
        let reached = Reached::new(Millis(10));
        reached.note(true, Millis(20));
        assert_eq!(reached.since(), Millis(10));
        reached.note(false, Millis(30));
        assert!(!reached.is_up());
        assert_eq!(reached.since().plus(5), Millis(u64::MAX));
        reached.note(true, Millis(40));
        assert_eq!(reached.since(), Millis(40));
    }
}
