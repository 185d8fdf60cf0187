//! The store's time in this process.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use switchboard_proto::Millis;
use tokio::time::Instant;

/// A step back of the store's clock up to here is taken by standing still, a larger one by jumping back.
const STAND_STILL_MAX_MS: i64 = 1_000;

/// The store's clock: learned with each reply, and gone on since by this process' monotonic clock.
///
/// A reply says the store's time at some moment between the call and the reply, so each reply bounds the difference
/// of the two clocks from both sides. The difference in use is moved only when a reply proves it wrong, and no
/// further than proven: a slow reply makes nothing worse. [`Self::now`] goes forward at once when proven slow; proven
/// fast by up to a second it stands still until the store has caught up; beyond, it jumps back, since the store's
/// clock itself was set back, and standing still for an hour would stop every window.
#[derive(Debug)]
pub struct StoreClock {
    base: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The store's milliseconds less this process' milliseconds since `base`.
    offset: i64,
    /// The latest time given out, which is the floor of the next.
    told: i64,
    learned: Option<Instant>,
}

impl Default for StoreClock {
    fn default() -> Self {
        Self::new()
    }
}

impl StoreClock {
    /// A clock that has learned nothing and shows this machine's time.
    #[must_use]
    pub fn new() -> Self {
        let offset = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, ms);
        Self { base: Instant::now(), state: Mutex::new(State { offset, told: 0, learned: None }) }
    }

    /// The store's time.
    #[must_use]
    pub fn now(&self) -> Millis {
        let since = ms(self.base.elapsed());
        let mut state = self.state.lock();
        state.told = state.told.max(since + state.offset);
        Millis(u64::try_from(state.told).unwrap_or_default())
    }

    /// How long ago the store was last heard; `None`: never.
    #[must_use]
    pub fn learned_ago(&self) -> Option<Duration> {
        self.state.lock().learned.map(|at| at.elapsed())
    }

    /// Takes in that the store's clock showed `at` at some moment between `called` and now.
    pub fn learn(&self, at: Millis, called: Instant) {
        let at = i64::try_from(at.0).unwrap_or(i64::MAX);
        let received = Instant::now();
        let since = |instant: Instant| ms(instant.saturating_duration_since(self.base));
        let (least, most) = (at - since(received), at - since(called));
        let mut state = self.state.lock();
        if state.learned.is_none() {
            // A guess from this machine's clock is no floor.
            state.offset = least;
            state.told = 0;
        } else if state.offset < least {
            state.offset = least;
        } else if state.offset > most {
            state.offset = most;
            if state.told - (since(received) + most) > STAND_STILL_MAX_MS {
                state.told = 0;
            }
        }
        state.learned = state.learned.max(Some(received));
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: u64 = 1_800_000_000_000;

    async fn pass(ms: u64) {
        tokio::time::advance(Duration::from_millis(ms)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_between_replies() {
        let clock = StoreClock::new();
        assert_eq!(clock.learned_ago(), None);
        assert!(clock.now() > Millis(1_600_000_000_000), "this machine's time until the store is heard");
        clock.learn(Millis(T), Instant::now());
        pass(700).await;
        assert_eq!(clock.now(), Millis(T + 700));
        assert_eq!(clock.learned_ago(), Some(Duration::from_millis(700)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reply_makes_nothing_worse() {
        let clock = StoreClock::new();
        clock.learn(Millis(T), Instant::now());
        let called = Instant::now();
        pass(2_000).await;
        // The store read its clock at once; the reply took two seconds.
        clock.learn(Millis(T), called);
        assert_eq!(clock.now(), Millis(T + 2_000));
    }

    #[tokio::test(start_paused = true)]
    async fn small_steps_back_stand_still_and_large_ones_jump() {
        let clock = StoreClock::new();
        clock.learn(Millis(T), Instant::now());
        assert_eq!(clock.now(), Millis(T));
        clock.learn(Millis(T - 400), Instant::now());
        assert_eq!(clock.now(), Millis(T));
        pass(300).await;
        assert_eq!(clock.now(), Millis(T));
        pass(300).await;
        assert_eq!(clock.now(), Millis(T + 200));
        clock.learn(Millis(T - 3_600_000), Instant::now());
        assert_eq!(clock.now(), Millis(T - 3_600_000));
        clock.learn(Millis(T), Instant::now());
        assert_eq!(clock.now(), Millis(T), "and forward at once");
    }
}
