//! Latencies by kind: of each second, and of all that is measured.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// One minute in microseconds: above it a latency is just "a minute".
const LATENCY_MAX_US: u64 = 60_000_000;
/// People record side by side; so many share nothing.
const SHARDS: usize = 8;

/// What took its time. Each counts from when the plan says that it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A join, until its snapshot is whole (Socket.IO: until `existing-users`).
    Join,
    /// An offer, until its receiver has it.
    Offer,
    /// An answer.
    Answer,
    /// A candidate.
    Candidate,
    /// A message to a room, until one of its receivers has it.
    Message,
    /// The same, until the last of its receivers has it.
    LastOfAll,
    /// The start or the end of a share, until one of the others is told.
    Share,
    /// Somebody's leave or join, until one of the others is told.
    Presence,
    /// From the loss of a gateway until a session goes on at another one.
    Back,
}

impl Kind {
    /// As it is named in tables, JSON and expectations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Candidate => "candidate",
            Self::Message => "message",
            Self::LastOfAll => "last_of_all",
            Self::Share => "share",
            Self::Presence => "presence",
            Self::Back => "back",
        }
    }

    /// Whether it is something that somebody said and another one was told.
    #[must_use]
    pub fn is_delivery(self) -> bool {
        matches!(
            self,
            Self::Offer | Self::Answer | Self::Candidate | Self::Message | Self::Share | Self::Presence
        )
    }
}

/// Latencies, in microseconds, to three digits. In JSON: pairs of a value and how often it was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Latencies(Histogram<u64>);

/// Latencies in one line, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Quantiles {
    /// How many there are.
    pub count: u64,
    /// The median.
    pub p50_ms: f64,
    /// 90 of 100 were faster.
    pub p90_ms: f64,
    /// 99 of 100 were faster.
    pub p99_ms: f64,
    /// 999 of 1,000 were faster.
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Default for Latencies {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, LATENCY_MAX_US, 3);
        Self(histogram.expect("constant bounds are good"))
    }
}

impl From<Vec<(u64, u64)>> for Latencies {
    fn from(pairs: Vec<(u64, u64)>) -> Self {
        let mut latencies = Self::default();
        for (us, count) in pairs {
            latencies.0.saturating_record_n(us.clamp(1, LATENCY_MAX_US), count);
        }
        latencies
    }
}

impl From<Latencies> for Vec<(u64, u64)> {
    fn from(latencies: Latencies) -> Self {
        latencies.pairs()
    }
}

impl Latencies {
    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(LATENCY_MAX_US);
        self.0.saturating_record(us.clamp(1, LATENCY_MAX_US));
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all histograms have the same bounds");
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Values in microseconds, and how often each was seen.
    #[must_use]
    pub fn pairs(&self) -> Vec<(u64, u64)> {
        let seen = self.0.iter_recorded();
        seen.map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }

    /// In one line.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        let ms = |us: u64| us as f64 / 1000.0;
        let at = |quantile| ms(self.0.value_at_quantile(quantile));
        Quantiles {
            count: self.0.len(),
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: ms(self.0.max()),
        }
    }
}

/// Latencies by their kind.
pub(crate) type ByKind = BTreeMap<Kind, Latencies>;

/// Adds all of another to `sum`.
pub(crate) fn merge(sum: &mut ByKind, other: &ByKind) {
    for (kind, latencies) in other {
        sum.entry(*kind).or_default().merge(latencies);
    }
}

/// Takes latencies from many tasks at once.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    /// Since the last look, warm-up too.
    recent: ByKind,
    /// Since the last look at the end of a step, without its warm-up.
    measured: ByKind,
    /// From the planned time to the end of the write at the sender.
    send_lag: Latencies,
}

impl Recorder {
    /// Adds a latency; `n` is whoever records it.
    pub(crate) fn record(&self, n: usize, kind: Kind, latency: Duration, is_measured: bool) {
        let mut shard = self.shards[n % SHARDS].lock();
        shard.recent.entry(kind).or_default().record(latency);
        if is_measured {
            shard.measured.entry(kind).or_default().record(latency);
        }
    }

    pub(crate) fn record_send_lag(&self, n: usize, latency: Duration) {
        self.shards[n % SHARDS].lock().send_lag.record(latency);
    }

    /// What came since the last call of this.
    pub(crate) fn take_recent(&self) -> ByKind {
        self.take(|shard| std::mem::take(&mut shard.recent))
    }

    /// What was measured since the last call of this.
    pub(crate) fn take_measured(&self) -> ByKind {
        self.take(|shard| std::mem::take(&mut shard.measured))
    }

    pub(crate) fn take_send_lag(&self) -> Latencies {
        let mut sum = Latencies::default();
        for shard in &self.shards {
            sum.merge(&std::mem::take(&mut shard.lock().send_lag));
        }
        sum
    }

    fn take(&self, of: impl Fn(&mut Shard) -> ByKind) -> ByKind {
        let mut sum = ByKind::new();
        for shard in &self.shards {
            let taken = of(&mut shard.lock());
            merge(&mut sum, &taken);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_all_that_was_recorded() {
        let (mut one, mut other) = (Latencies::default(), Latencies::default());
        for ms in 1..=500 {
            one.record(Duration::from_millis(ms));
            other.record(Duration::from_millis(ms + 500));
        }
        one.merge(&other);
        assert_eq!(one.count(), 1000);
        let q = one.quantiles();
        let got = [q.p50_ms, q.p90_ms, q.p99_ms, q.p999_ms, q.max_ms];
        for (got, want) in got.into_iter().zip([500.0, 900.0, 990.0, 999.0, 1000.0]) {
            assert!((got - want).abs() <= want * 0.002, "{got} is not {want}");
        }
    }

    #[test]
    fn what_takes_too_long_is_counted_all_the_same() {
        let mut latencies = Latencies::default();
        latencies.record(Duration::from_secs(3600));
        latencies.record(Duration::ZERO);
        assert_eq!(latencies.count(), 2);
    }

    #[test]
    fn json_tells_them_whole() {
        let mut latencies = Latencies::default();
        for us in [1, 7, 7, 1_500, 333_333, 70_000_000] {
            latencies.record(Duration::from_micros(us));
        }
        let text = serde_json::to_string(&latencies).expect("JSON");
        assert!(text.starts_with("[[1,1],[7,2],[1500,1],"), "{text}");
        let read: Latencies = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read, latencies);
    }

    #[test]
    fn a_warm_up_is_seen_and_not_measured() {
        let recorder = Recorder::default();
        for n in 0..20 {
            recorder.record(n, Kind::Candidate, Duration::from_millis(1), n >= 10);
        }
        let count = |by: ByKind| by.get(&Kind::Candidate).map_or(0, Latencies::count);
        assert_eq!(count(recorder.take_recent()), 20);
        assert_eq!(count(recorder.take_recent()), 0);
        assert_eq!(count(recorder.take_measured()), 10);
    }
}
