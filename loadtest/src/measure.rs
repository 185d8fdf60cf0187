//! What is measured: latencies, the order of arrival, CPU and memory of the processes under load.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// One minute in microseconds: above it a latency is just "a minute".
const LATENCY_MAX_US: u64 = 60_000_000;

/// Latencies, in microseconds, to three digits.
#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// Latencies in one line, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
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

impl Latencies {
    pub(crate) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LATENCY_MAX_US, 3);
        Self(histogram.expect("constant bounds are good"))
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(LATENCY_MAX_US);
        self.0.saturating_record(us.clamp(1, LATENCY_MAX_US));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all histograms have the same bounds");
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let ms = |us: u64| us as f64 / 1000.0;
        let at = |quantile| ms(self.0.value_at_quantile(quantile));
        Quantiles {
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: ms(self.0.max()),
        }
    }
}

/// The order in which one sender's messages 0, 1, 2 … came.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    next: u64,
    missing: BTreeSet<u64>,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
}

impl Sequence {
    pub(crate) fn arrived(&mut self, n: u64) {
        if n >= self.next {
            self.missing.extend(self.next..n);
            self.next = n + 1;
        } else if self.missing.remove(&n) {
            self.reordered += 1;
        } else {
            self.duplicated += 1;
        }
    }

    /// How many of the `sent` messages never came.
    pub(crate) fn lost(&self, sent: u64) -> u64 {
        self.missing.len() as u64 + sent.saturating_sub(self.next)
    }
}

/// The CPU time of processes so far, in user and kernel, all threads.
///
/// # Errors
/// When one of them is not there.
pub(crate) fn cpu_time(pids: &[u32]) -> Result<Duration, String> {
    let ticks_a_second = rustix::param::clock_ticks_per_second().max(1);
    let mut ticks = 0;
    for pid in pids {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|_| no_process(*pid))?;
        ticks += cpu_ticks(&stat).ok_or_else(|| no_process(*pid))?;
    }
    Ok(Duration::from_millis(ticks * 1000 / ticks_a_second))
}

/// utime and stime of a line of `/proc/PID/stat`. The name of the program stands in parentheses and may hold anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let utime: u64 = fields.next()?.parse().ok()?;
    let stime: u64 = fields.next()?.parse().ok()?;
    Some(utime + stime)
}

/// Memory of processes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Memory {
    /// VmRSS: all that is in memory.
    pub rss: u64,
    /// RssAnon: of that, what is not a mapped file.
    pub anonymous: u64,
}

/// The memory of processes together.
///
/// # Errors
/// When one of them is not there.
pub(crate) fn memory(pids: &[u32]) -> Result<Memory, String> {
    let mut sum = Memory::default();
    for pid in pids {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|_| no_process(*pid))?;
        let field = |name| status_kib(&status, name).ok_or_else(|| no_process(*pid));
        sum.rss += field("VmRSS")? * 1024;
        sum.anonymous += field("RssAnon")? * 1024;
    }
    Ok(sum)
}

fn status_kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn no_process(pid: u32) -> String {
    format!("there is no process {pid} to measure (--pid)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_all_that_was_recorded() {
        let (mut one, mut other) = (Latencies::new(), Latencies::new());
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
        let mut latencies = Latencies::new();
        latencies.record(Duration::from_secs(3600));
        latencies.record(Duration::ZERO);
        assert_eq!(latencies.count(), 2);
    }

    #[test]
    fn losses_repeats_and_disorder_are_told_apart() {
        // What came of 6 sent; then lost, duplicated, reordered.
        let cases: [(&[u64], [u64; 3]); 6] = [
            (&[0, 1, 2, 3, 4, 5], [0, 0, 0]),
            (&[0, 1, 2, 3], [2, 0, 0]),
            (&[0, 2, 3, 5], [2, 0, 0]),
            (&[0, 0, 1, 2, 3, 4, 5, 5], [0, 2, 0]),
            (&[1, 0, 2, 4, 3, 5], [0, 0, 2]),
            (&[], [6, 0, 0]),
        ];
        for (arrived, want) in cases {
            let mut sequence = Sequence::default();
            arrived.iter().for_each(|n| sequence.arrived(*n));
            assert_eq!([sequence.lost(6), sequence.duplicated, sequence.reordered], want, "{arrived:?}");
        }
    }

    #[test]
    fn proc_files_are_read() {
        let stat = "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 700 300 0 0 20 0 4 0";
        assert_eq!(cpu_ticks(stat), Some(1000));
        assert_eq!(status_kib("Name:\tx\nVmRSS:\t  1234 kB\nRssAnon:\t 5 kB\n", "VmRSS"), Some(1234));
        let own = [std::process::id()];
        let memory = memory(&own).expect("this process is there");
        assert!(memory.rss >= memory.anonymous && memory.anonymous > 0);
        assert!(cpu_time(&own).is_ok() && cpu_time(&[u32::MAX]).is_err());
    }
}
