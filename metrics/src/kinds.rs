//! What counts. Everything is a relaxed atomic: each number is right by itself, and no two are of one moment.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use crate::labels::Labels;

/// Only rises, from 0 at the start of the process.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn inc(&self) {
        self.inc_by(1);
    }

    /// So many more; none costs nothing.
    pub fn inc_by(&self, more: u64) {
        if more > 0 {
            self.0.fetch_add(more, Relaxed);
        }
    }

    /// What it stands at.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// One more.
    pub fn inc(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// One less.
    pub fn dec(&self) {
        self.dec_by(1);
    }

    /// So many less.
    pub fn dec_by(&self, less: usize) {
        self.0.fetch_sub(i64::try_from(less).unwrap_or_default(), Relaxed);
    }

    /// Stands there from now on; what is beyond 2⁶³ - 1 stands at that.
    pub fn set(&self, value: impl TryInto<i64>) {
        self.0.store(value.try_into().unwrap_or(i64::MAX), Relaxed);
    }

    /// What it stands at.
    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// How often what was seen was at most each bound, and the sum of it all. Durations are seen in nanoseconds.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One a bound, and one for what is above the last.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    pub(crate) fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: 0.into() }
    }

    /// Saw this once.
    pub fn observe(&self, value: u64) {
        self.observe_times(value, 1);
    }

    /// Saw this duration once.
    pub fn observe_duration(&self, duration: Duration) {
        self.observe_times(nanos(duration), 1);
    }

    /// Saw this duration `times` times.
    pub fn observe_durations(&self, duration: Duration, times: u64) {
        self.observe_times(nanos(duration), times);
    }

    fn observe_times(&self, value: u64, times: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        self.counts[at].fetch_add(times, Relaxed);
        self.sum.fetch_add(value.saturating_mul(times), Relaxed);
    }

    /// How often something was seen.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// Each bound with how often what was seen was at most that; last, without a bound, all.
    pub(crate) fn cumulated(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let bounds = self.bounds.iter().map(|bound| Some(*bound)).chain([None]);
        let counts = self.counts.iter().scan(0, |sum, count| {
            *sum += count.load(Relaxed);
            Some(*sum)
        });
        bounds.zip(counts)
    }

    pub(crate) fn sum(&self) -> u64 {
        self.sum.load(Relaxed)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// One metric for each value of its labels. All are there from the beginning, so that counting needs no lock.
pub struct Family<L, M> {
    series: Arc<[Series<M>]>,
    labels: PhantomData<fn(L)>,
}

struct Series<M> {
    metric: M,
    /// Whether it is told: from the start, or from its first use on.
    is_told: AtomicBool,
}

impl<L: Labels, M: Default> Family<L, M> {
    /// `is_told`: whether those are told, too, that were never used.
    pub(crate) fn new(is_told: bool) -> Self {
        let series = |_| Series { metric: M::default(), is_told: is_told.into() };
        Self { series: (0..L::COUNT).map(series).collect(), labels: PhantomData }
    }

    /// The one with these labels.
    pub fn get(&self, labels: L) -> &M {
        let series = &self.series[labels.index()];
        if !series.is_told.load(Relaxed) {
            series.is_told.store(true, Relaxed);
        }
        &series.metric
    }

    /// Those to be told, each with its index.
    pub(crate) fn told(&self) -> impl Iterator<Item = (usize, &M)> {
        let told = self.series.iter().enumerate().filter(|(_, series)| series.is_told.load(Relaxed));
        told.map(|(index, series)| (index, &series.metric))
    }
}

impl<L, M> Clone for Family<L, M> {
    fn clone(&self) -> Self {
        Self { series: Arc::clone(&self.series), labels: PhantomData }
    }
}

impl<L: Labels, M: Default + fmt::Debug> fmt::Debug for Family<L, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.told().filter_map(|(index, metric)| Some((L::texts(index)?, metric)));
        f.debug_map().entries(told).finish()
    }
}

/// How many there are of each of some others, whose names are not known beforehand: as many series as there are names with
/// somebody. Takes a lock, so it is for what happens seldom.
#[derive(Debug, Default)]
pub struct Census(Mutex<BTreeMap<Box<str>, u64>>);

impl Census {
    /// One more of that name.
    pub fn inc(&self, name: &str) {
        *self.0.lock().entry(name.into()).or_default() += 1;
    }

    /// One less; a name with none left is not told any more.
    pub fn dec(&self, name: &str) {
        let mut counts = self.0.lock();
        if let Some(count) = counts.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                counts.remove(name);
            }
        }
    }

    pub(crate) fn counts(&self) -> Vec<(Box<str>, u64)> {
        self.0.lock().iter().map(|(name, count)| (name.clone(), *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::Partition;

    #[test]
    fn a_bound_holds_what_is_equal_to_it() {
        let histogram = Histogram::new(&[10, 20]);
        for value in [0, 10, 11, 20, 21] {
            histogram.observe(value);
        }
        histogram.observe_durations(Duration::from_nanos(15), 2);
        assert_eq!(histogram.cumulated().collect::<Vec<_>>(), [(Some(10), 2), (Some(20), 6), (None, 7)]);
        assert_eq!((histogram.count(), histogram.sum()), (7, 62 + 30));
    }

    #[test]
    fn only_what_was_used_is_told_where_that_is_wanted() {
        let family = Family::<Partition, Gauge>::new(false);
        assert_eq!(family.told().count(), 0);
        family.get(Partition(7)).inc();
        family.get(Partition(7)).dec();
        assert_eq!(family.told().map(|(index, gauge)| (index, gauge.get())).collect::<Vec<_>>(), [(7, 0)]);
    }

    #[test]
    fn a_census_forgets_names_with_nobody() {
        let census = Census::default();
        for (name, came) in [("a", true), ("b", true), ("a", true), ("a", false), ("b", false), ("c", false)]
        {
            if came { census.inc(name) } else { census.dec(name) }
        }
        assert_eq!(census.counts(), [("a".into(), 1)]);
    }
}
