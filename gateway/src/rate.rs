//! A token bucket: for the commands of one connection, and for what one address may have.

use std::time::Duration;

use tokio::time::Instant;

/// So many a second, with a burst.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f32,
    burst: f32,
    tokens: f32,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        // As floats these lose nothing that matters at such sizes.
        let (per_second, burst) = (per_second as f32, burst as f32);
        Self { per_second, burst, tokens: burst, at: now }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f32();
        self.at = now;
        self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.try_take(now).is_ok()
    }

    /// Takes one, or says when there is one.
    pub(crate) fn try_take(&mut self, now: Instant) -> Result<(), Duration> {
        self.look(now)?;
        self.tokens -= 1.0;
        Ok(())
    }

    /// Whether there is one, or when.
    pub(crate) fn look(&mut self, now: Instant) -> Result<(), Duration> {
        self.fill(now);
        if self.tokens >= 1.0 {
            return Ok(());
        }
        // A little more, so that who waits so long finds it there.
        Err(Duration::from_secs_f32((1.0 - self.tokens) / self.per_second) + Duration::from_millis(1))
    }

    /// Whether nothing was taken for long.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.burst
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(200, 1_000, start);
        assert_eq!((0..1_200).filter(|_| bucket.take(start)).count(), 1_000);
        let later = start + Duration::from_millis(500);
        assert_eq!((0..1_200).filter(|_| bucket.take(later)).count(), 100);
    }
}
