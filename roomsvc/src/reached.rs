//! Since when the store is reached without a break: R14, no hurry after trouble.

use std::sync::atomic::{AtomicU64, Ordering};

use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::Millis;
use tokio::time::Instant;

use crate::store::Pulse;

/// Never, in milliseconds: the store is away.
const AWAY: u64 = u64::MAX;

/// Since when this room service reaches the store.
#[derive(Debug)]
pub(crate) struct Reached {
    since: AtomicU64,
    /// The same by our own clock: another server's may be ahead of the one before.
    began: Mutex<Instant>,
    /// What the store said of itself last.
    pulse: Mutex<Option<Pulse>>,
}

impl Reached {
    /// Reached from `now` on.
    pub(crate) fn new(now: Millis) -> Self {
        Self { since: AtomicU64::new(now.0), began: Mutex::new(Instant::now()), pulse: Mutex::default() }
    }

    /// Notes what the store said at `now`, or that it did not answer. An answer of another server, or of one that was
    /// emptied, is the end of a break that nobody noticed: it knows no leases, and maybe less than was written (S51).
    pub(crate) fn note(&self, pulse: Option<Pulse>, now: Millis) {
        let Some(pulse) = pulse else {
            return self.since.store(AWAY, Ordering::Relaxed);
        };
        let emptied = !pulse.has_meta;
        let other = self.pulse.lock().replace(pulse.clone()).is_some_and(|last| last.fence != pulse.fence);
        if other || emptied || !self.is_up() {
            self.since.store(now.0, Ordering::Relaxed);
            *self.began.lock() = Instant::now();
        }
    }

    /// Whether it has been reached for so long, by the store's time `at` and by our own clock.
    pub(crate) fn lasts(&self, time: Duration, at: Millis) -> bool {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        at >= self.since().plus(ms) && self.began.lock().elapsed() >= time
    }

    /// The store's time at which it began; the end of time while the store is away.
    fn since(&self) -> Millis {
        Millis(self.since.load(Ordering::Relaxed))
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
        let pulse = |fence: &str| Some(Pulse { fence: fence.into(), has_meta: true });
        let reached = Reached::new(Millis(10));
        reached.note(pulse("a"), Millis(20));
        assert_eq!(reached.since(), Millis(10));
        reached.note(None, Millis(30));
        assert!(!reached.is_up());
        assert_eq!(reached.since().plus(5), Millis(u64::MAX));
        reached.note(pulse("a"), Millis(40));
        assert_eq!(reached.since(), Millis(40));
        reached.note(pulse("b"), Millis(50));
        assert_eq!(reached.since(), Millis(50), "another server");
        reached.note(Some(Pulse { fence: "b".into(), has_meta: false }), Millis(60));
        assert_eq!(reached.since(), Millis(60), "the same, emptied");
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_makes_no_break_longer_ago() {
        let pulse = |fence: &str| Some(Pulse { fence: fence.into(), has_meta: true });
        let lease = Duration::from_secs(2);
        let reached = Reached::new(Millis(0));
        reached.note(pulse("a"), Millis(0));
        tokio::time::advance(lease).await;
        assert!(reached.lasts(lease, Millis(2_000)));
        assert!(!reached.lasts(lease, Millis(1_999)), "asked too early");
        // Another server, whose clock is 30 s ahead; that is learned a moment later.
        reached.note(pulse("b"), Millis(2_000));
        assert!(!reached.lasts(lease, Millis(32_001)));
        tokio::time::advance(lease).await;
        assert!(reached.lasts(lease, Millis(34_001)));
    }
}
