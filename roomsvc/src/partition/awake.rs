//! Whether this process slept: time asleep is not time without the store.

use std::time::Duration;

use tokio::time::Instant;

/// Between two turns of a partition's actor, which has one at least each second. A process that was stopped, or got no
/// time to run, has a longer gap; so does one whose calls then look late though nobody was waited for.
const GAP_MAX: Duration = Duration::from_millis(1_500);

/// Since when the actor turns without a gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Awake {
    since: Instant,
    turned: Instant,
}

impl Awake {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, turned: now }
    }

    /// The actor turns, before it takes anything in.
    pub(super) fn turn(&mut self, now: Instant) {
        if now - self.turned > GAP_MAX {
            self.since = now;
        }
        self.turned = now;
    }

    /// Since when.
    pub(super) fn since(&self) -> Instant {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_sleep_and_a_slow_second_is_not() {
        let start = Instant::now();
        let mut awake = Awake::new(start);
        let at = |ms| start + Duration::from_millis(ms);
        for ms in [1_000, 2_200, 3_000] {
            awake.turn(at(ms));
        }
        assert_eq!(awake.since(), start);
        awake.turn(at(9_000));
        awake.turn(at(9_001));
        assert_eq!(awake.since(), at(9_000), "what was late then was late because of us");
    }
}
