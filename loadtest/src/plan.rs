//! The schedule of messages, and the thread that keeps it.
//!
//! Load is open loop: a message is due when the plan says so, whatever became of the ones before it, and its latency
//! counts from there. A server that stalls for a second is charged for every message that was due in that second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Messages that may be due at one sender and not yet sent. When even that is full, the load generator itself is too
/// slow, and says so.
const DUE_MAX: usize = 4_096;

/// `rate` messages a second from `start` on, dealt to senders in turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) start: Instant,
    pub(crate) rate: u32,
    /// Messages before this one are not measured.
    pub(crate) warm_up: u64,
    /// Messages in all.
    pub(crate) total: u64,
}

/// A message that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) is_measured: bool,
}

impl Schedule {
    pub(crate) fn new(start: Instant, rate: u32, warm_up: Duration, duration: Duration) -> Self {
        let warm_up = messages(rate, warm_up);
        Self { start, rate, warm_up, total: warm_up + messages(rate, duration) }
    }

    pub(crate) fn due(&self, n: u64) -> Due {
        let nanos = u128::from(n) * 1_000_000_000 / u128::from(self.rate);
        let after = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        Due { at: self.start + after, is_measured: n >= self.warm_up }
    }
}

fn messages(rate: u32, duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos() * u128::from(rate) / 1_000_000_000).unwrap_or(u64::MAX)
}

/// A thread of its own, since the runtime's timers have steps of a millisecond and what is measured is less.
#[derive(Debug)]
pub(crate) struct Pacer {
    thread: JoinHandle<()>,
    unsent: Arc<AtomicU64>,
}

impl Pacer {
    /// Starts to deal messages to `senders` queues.
    pub(crate) fn start(
        schedule: Schedule,
        senders: usize,
    ) -> std::io::Result<(Self, Vec<mpsc::Receiver<Due>>)> {
        let (queues, receivers): (Vec<_>, Vec<_>) = (0..senders).map(|_| mpsc::channel(DUE_MAX)).unzip();
        let unsent = Arc::new(AtomicU64::new(0));
        let run = {
            let unsent = unsent.clone();
            move || deal(schedule, &queues, &unsent)
        };
        let thread = std::thread::Builder::new().name("pacer".into()).spawn(run)?;
        Ok((Self { thread, unsent }, receivers))
    }

    /// Waits for the end of the schedule and returns how many messages found no room in their sender's queue.
    pub(crate) async fn finish(self) -> u64 {
        drop(tokio::task::spawn_blocking(move || self.thread.join()).await);
        self.unsent.load(Ordering::Relaxed)
    }
}

fn deal(schedule: Schedule, queues: &[mpsc::Sender<Due>], unsent: &AtomicU64) {
    for (n, queue) in (0..schedule.total).zip(queues.iter().cycle()) {
        let due = schedule.due(n);
        std::thread::sleep(due.at.saturating_duration_since(Instant::now()));
        if queue.try_send(due).is_err() && due.is_measured {
            unsent.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_neither_drifts_nor_bunches() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 3, Duration::from_secs(1), Duration::from_secs(2));
        assert_eq!((schedule.warm_up, schedule.total), (3, 9));
        let offsets: Vec<_> = (0..9).map(|n| (schedule.due(n).at - start).as_millis()).collect();
        assert_eq!(offsets, [0, 333, 666, 1000, 1333, 1666, 2000, 2333, 2666]);
        assert!(!schedule.due(2).is_measured && schedule.due(3).is_measured);
    }

    #[tokio::test]
    async fn the_pacer_deals_in_turn() {
        let schedule = Schedule::new(Instant::now(), 10_000, Duration::ZERO, Duration::from_millis(1));
        let (pacer, mut receivers) = Pacer::start(schedule, 3).expect("a thread");
        assert_eq!(pacer.finish().await, 0);
        let mut counts = Vec::new();
        for receiver in &mut receivers {
            let mut count = 0;
            while receiver.recv().await.is_some() {
                count += 1;
            }
            counts.push(count);
        }
        assert_eq!(counts, [4, 3, 3]);
    }
}
