//! How many traces callers may begin: whoever calls with `sampled` set has every span of its call kept, and could flood
//! the collector.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So many a second, counted anew in each.
#[derive(Debug)]
pub(crate) struct Callers {
    per_second: u32,
    begun: Instant,
    /// The second since `begun` and how many were taken in it.
    taken: AtomicU64,
}

impl Callers {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second, begun: Instant::now(), taken: AtomicU64::new(0) }
    }

    /// Whether one more may be taken now.
    pub(crate) fn take(&self) -> bool {
        self.take_at(self.begun.elapsed())
    }

    fn take_at(&self, since: Duration) -> bool {
        let second = since.as_secs() << 32;
        let next = |taken: u64| {
            let count = if taken >> 32 == second >> 32 { taken & u64::from(u32::MAX) } else { 0 };
            (count < u64::from(self.per_second)).then_some(second | (count + 1))
        };
        // A thread that was held up over a second's end begins that second again: it bounds all the same.
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second() {
        let callers = Callers::new(2);
        let at = |ms| callers.take_at(Duration::from_millis(ms));
        assert_eq!([at(0), at(10), at(20), at(999)], [true, true, false, false]);
        assert_eq!([at(1_000), at(1_900), at(1_999), at(9_000)], [true, true, false, true]);
        assert!(!Callers::new(0).take());
    }
}
