//! The thread that keeps a timeline: it gives each action to whoever does it, when it is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::timeline::{Action, Timeline};

/// Actions that may be due at one of the people and not yet done. When even that is full, the load generator itself is
/// too slow, and says so.
pub(crate) const DUE_MAX: usize = 4_096;

/// An action that is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) is_measured: bool,
    pub(crate) action: Action,
}

/// A thread of its own, since the runtime's timers have steps of a millisecond and what is measured is less.
#[derive(Debug)]
pub(crate) struct Pacer {
    thread: JoinHandle<Dealt>,
}

/// What was given out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Dealt {
    /// Actions that found no room in the queue of whoever was to do them.
    pub(crate) refused: u64,
    /// Of those, the ones that were to be measured.
    pub(crate) refused_measured: u64,
}

impl Pacer {
    /// Starts to give out a timeline from `start` on; `given` counts what was taken. What is due from `warm_up` on is
    /// measured.
    pub(crate) fn start(
        timeline: Timeline,
        start: Instant,
        warm_up: Duration,
        queues: Arc<Vec<mpsc::Sender<Due>>>,
        given: Arc<AtomicU64>,
    ) -> std::io::Result<Self> {
        let deal = move || {
            let mut dealt = Dealt::default();
            for timed in timeline {
                let at = start + timed.at;
                let is_measured = timed.at >= warm_up;
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                // Before it can be done, so that what is done is never more than what was given.
                given.fetch_add(1, Ordering::Relaxed);
                let due = Due { at, is_measured, action: timed.action };
                let queue = queues.get(timed.person);
                if queue.is_none_or(|queue| queue.try_send(due).is_err()) {
                    given.fetch_sub(1, Ordering::Relaxed);
                    dealt.refused += 1;
                    dealt.refused_measured += u64::from(is_measured);
                }
            }
            dealt
        };
        let thread = std::thread::Builder::new().name("pacer".into()).spawn(deal)?;
        Ok(Self { thread })
    }

    /// Waits for the end of the timeline.
    pub(crate) async fn finish(self) -> Dealt {
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        joined.ok().and_then(Result::ok).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Activity, Plan, Signal, Time};

    #[tokio::test]
    async fn each_gets_what_is_due_and_what_finds_no_room_is_counted() {
        let load = vec![Activity::Relay { rate: 1000.0, signal: Signal::Candidate, size: 0 }];
        let (warm_up, duration) = (Time(Duration::from_millis(4)), Time(Duration::from_millis(8)));
        let plan = Plan { rooms: 2, people: 2, warm_up, duration, load, ..Plan::default() };
        // The last one does nothing, and has room for one.
        let (queues, mut receivers): (Vec<_>, Vec<_>) =
            [9, 9, 9, 1].into_iter().map(|room| mpsc::channel(room)).unzip();
        let given = Arc::default();
        let timeline = Timeline::new(&plan, 1.0);
        let pacer = Pacer::start(timeline, Instant::now(), warm_up.0, Arc::new(queues), Arc::clone(&given));
        let dealt = pacer.expect("a thread").finish().await;
        assert_eq!(dealt, Dealt { refused: 2, refused_measured: 2 });
        assert_eq!(given.load(Ordering::Relaxed), 10);
        let mut measured = Vec::new();
        for receiver in &mut receivers {
            let mut count = 0;
            while let Some(due) = receiver.recv().await {
                count += u32::from(due.is_measured);
            }
            measured.push(count);
        }
        assert_eq!(measured, [2, 2, 2, 0]);
    }
}
