//! What a close code says to do: pure.

use std::time::Duration;

/// What comes after a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: stop.
    Stop,
    /// The session is gone: join anew.
    Join,
    /// Come back at once.
    AtOnce,
    /// Come back after a while.
    BackOff,
    /// Come back after a while, a second at least.
    BackOffLong,
}

/// The rule by the hundreds, so that codes which are newer than this program are understood too.
pub(super) fn after(code: u16) -> Next {
    match code {
        1000 => Next::Stop,
        4001 => Next::Join,
        4000..=4099 => Next::Stop,
        4100..=4199 => Next::BackOffLong,
        4200..=4299 => Next::AtOnce,
        _ => Next::BackOff,
    }
}

/// Growing waits with full jitter: each is anything up to a bound that doubles.
#[derive(Debug)]
pub(super) struct Backoff {
    base: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(base: Duration, max: Duration) -> Self {
        Self { base, max, failures: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The next wait; `chance` is of 0 to 1.
    pub(super) fn next(&mut self, next: Next, chance: f64) -> Duration {
        let bound = self.base.saturating_mul(1 << self.failures.min(20)).min(self.max);
        self.failures += 1;
        let jitter = bound.mul_f64(chance);
        match next {
            // Only the first time: a gateway that says so for ever would be asked without a pause.
            Next::AtOnce | Next::Join if self.failures == 1 => Duration::ZERO,
            Next::BackOffLong => Duration::from_secs(1) + jitter,
            _ => jitter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundreds_say_what_to_do() {
        let cases = [
            (1000, Next::Stop),
            (1006, Next::BackOff),
            (4001, Next::Join),
            (4004, Next::Stop),
            (4103, Next::BackOffLong),
            (4200, Next::AtOnce),
            (4299, Next::AtOnce),
        ];
        for (code, want) in cases {
            assert_eq!(after(code), want, "{code}");
        }
    }

    #[test]
    fn waits_grow_up_to_a_bound_and_at_once_is_said_once() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(300));
        assert_eq!(backoff.next(Next::AtOnce, 1.0), Duration::ZERO);
        let waits: Vec<_> = (0..3).map(|_| backoff.next(Next::AtOnce, 1.0).as_millis()).collect();
        assert_eq!(waits, [200, 300, 300]);
        backoff.reset();
        assert_eq!(backoff.next(Next::BackOff, 0.5), Duration::from_millis(50));
    }
}
