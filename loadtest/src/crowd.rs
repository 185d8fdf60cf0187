//! What all people of a run share: the plan, what is counted, and what is to be heard.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

use crate::connection::{Name, Target, Witness};
use crate::measure::Kind;
use crate::measure::latency::Recorder;
use crate::measure::sequence::Arrival;
use crate::pacer::Due;
use crate::plan::Plan;

/// People who leave at one time at the end of a run, so that it is no flood.
const LEAVING_MAX: usize = 64;

/// Errors by their label, with how often they were seen.
pub type Errors = BTreeMap<String, u64>;

#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) plan: Plan,
    pub(crate) target: Target,
    pub(crate) witness: Arc<Witness>,
    /// Stamps count from here.
    pub(crate) epoch: Instant,
    pub(crate) recorder: Recorder,
    pub(crate) counts: Counts,
    /// Actions that were given out, by the pacer.
    pub(crate) given: Arc<AtomicU64>,
    errors: Mutex<Errors>,
    /// What each of the people turned on and off, when that was due: shares, and leaves and joins.
    toggled: Vec<Toggled>,
    /// Messages to rooms that somebody has yet to be told, by room, member, and number.
    on_their_way: Mutex<HashMap<(usize, usize, u64), usize>>,
    /// True once all are to leave.
    pub(crate) leave: watch::Sender<bool>,
    pub(crate) leaving: Semaphore,
    prefix: String,
}

/// What is counted, over all steps.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Actions that were done, or failed.
    pub(crate) done: AtomicU64,
    /// What is to be heard: each once for each who is to hear it.
    pub(crate) expected: AtomicU64,
    /// Of that, what was heard.
    pub(crate) heard: AtomicU64,
    /// What was heard again.
    pub(crate) doubled: AtomicU64,
    /// What was heard after a later one.
    pub(crate) reordered: AtomicU64,
    /// Of what is measured: what was to be heard, and was.
    pub(crate) measured_expected: AtomicU64,
    pub(crate) measured_heard: AtomicU64,
    /// Actions that could not be done.
    pub(crate) failed: AtomicU64,
    /// When the last of what is measured was heard, in nanoseconds after the epoch.
    pub(crate) last_heard: AtomicU64,
}

/// What one of the people turned on and off.
#[derive(Debug, Default)]
struct Toggled {
    shares: Mutex<Vec<Due>>,
    presence: Mutex<Vec<Due>>,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toggle {
    /// Even: started; odd: ended.
    Share,
    /// Even: left; odd: joined.
    Presence,
}

impl Crowd {
    /// A crowd whose rooms no other run has.
    pub(crate) fn new(plan: Plan, target: Target) -> Self {
        let total = plan.total();
        Self {
            target,
            witness: Arc::default(),
            epoch: Instant::now(),
            recorder: Recorder::default(),
            counts: Counts::default(),
            given: Arc::default(),
            errors: Mutex::default(),
            toggled: (0..total).map(|_| Toggled::default()).collect(),
            on_their_way: Mutex::default(),
            leave: watch::Sender::new(false),
            leaving: Semaphore::new(LEAVING_MAX),
            prefix: format!("loadtest-{:08x}", rand::random::<u32>()),
            plan,
        }
    }

    /// The `n`th of the people: rooms fill one after another, as meetings do.
    pub(crate) fn name(&self, n: usize) -> Name {
        Name::of(&format!("{}-{}", self.prefix, n / self.plan.people), n % self.plan.people)
    }

    /// The gateway of the `n`th: neighbours in a room are at different ones; which ones rotates with the room.
    pub(crate) fn gateway(&self, n: usize) -> usize {
        n / self.plan.people + n % self.plan.people
    }

    pub(crate) fn count_error(&self, label: impl Into<String>) {
        *self.errors.lock().entry(label.into()).or_default() += 1;
    }

    /// What went wrong since the last call.
    pub(crate) fn take_errors(&self) -> Errors {
        for failure in std::mem::take(&mut *self.witness.failures.lock()) {
            self.count_error(failure);
        }
        std::mem::take(&mut *self.errors.lock())
    }

    /// `times` are to hear something that is due.
    pub(crate) fn expect(&self, due: &Due, times: usize) {
        self.counts.expected.fetch_add(times as u64, Ordering::Relaxed);
        if due.is_measured {
            self.counts.measured_expected.fetch_add(times as u64, Ordering::Relaxed);
        }
    }

    /// The `n`th of the people heard something, which was due so long after the epoch.
    pub(crate) fn heard(&self, n: usize, kind: Kind, arrival: Arrival, due: Duration, is_measured: bool) {
        match arrival {
            Arrival::Again => {
                self.counts.doubled.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Arrival::Late => {
                self.counts.reordered.fetch_add(1, Ordering::Relaxed);
            }
            Arrival::InOrder => {}
        }
        let now = self.epoch.elapsed();
        self.recorder.record(n, kind, now.saturating_sub(due), is_measured);
        self.counts.heard.fetch_add(1, Ordering::Relaxed);
        if is_measured {
            self.counts.measured_heard.fetch_add(1, Ordering::Relaxed);
            self.counts.last_heard.fetch_max(nanos(now), Ordering::Relaxed);
        }
    }

    /// When something was due, after the epoch.
    pub(crate) fn after_epoch(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.epoch)
    }

    /// Notes that one of the people is about to turn something on or off.
    pub(crate) fn toggle(&self, person: usize, toggle: Toggle, due: Due) {
        self.toggles(person, toggle).lock().push(due);
    }

    /// When the `number`th turn of that kind was due.
    pub(crate) fn toggled(&self, person: usize, toggle: Toggle, number: usize) -> Option<Due> {
        self.toggles(person, toggle).lock().get(number).copied()
    }

    fn toggles(&self, person: usize, toggle: Toggle) -> &Mutex<Vec<Due>> {
        match toggle {
            Toggle::Share => &self.toggled[person].shares,
            Toggle::Presence => &self.toggled[person].presence,
        }
    }

    /// Notes that a message is about to go out to so many.
    pub(crate) fn send_to_all(&self, room: usize, member: usize, number: u64, receivers: usize) {
        self.on_their_way.lock().insert((room, member, number), receivers);
    }

    /// Whether the one who was told now was the last.
    pub(crate) fn was_last(&self, room: usize, member: usize, number: u64) -> bool {
        let mut on_their_way = self.on_their_way.lock();
        let Some(left) = on_their_way.get_mut(&(room, member, number)) else { return false };
        *left -= 1;
        let is_last = *left == 0;
        if is_last {
            on_their_way.remove(&(room, member, number));
        }
        is_last
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
