//! What a run found: a table for people, JSON for programs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

pub use crate::measure::{Memory, Quantiles};

/// What a run found.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "load", rename_all = "lowercase")]
pub enum Report {
    /// Of `relay`.
    Relay(RelayReport),
    /// Of `joins`.
    Joins(JoinsReport),
    /// Of `idle`.
    Idle(IdleReport),
    /// Of `failover`.
    Failover(FailoverReport),
}

/// Errors by their label, with how often they were seen.
pub type Errors = BTreeMap<String, u64>;

/// What `relay` found. Counts are of the measured time, without the warm-up.
#[derive(Debug, Clone, Serialize)]
pub struct RelayReport {
    /// Pairs of participants.
    pub pairs: usize,
    /// Gateways they were spread over.
    pub gateways: usize,
    /// Messages a second that were planned.
    pub rate_planned: f64,
    /// Messages a second that arrived.
    pub rate_achieved: f64,
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that arrived, each counted once.
    pub received: u64,
    /// From the planned time to the arrival.
    pub latency: Quantiles,
    /// From the planned time to the end of the write at the sender: the load generator's own share of it.
    pub send_lag: Quantiles,
    /// Sent and never arrived.
    pub lost: u64,
    /// Arrived again.
    pub duplicated: u64,
    /// Arrived after a later one.
    pub reordered: u64,
    /// Due, and never sent since the load generator was too slow.
    pub unsent: u64,
    /// CPU time of the processes given by `--pid`, in microseconds a message.
    pub cpu_us_per_message: Option<f64>,
    /// What went wrong.
    pub errors: Errors,
}

/// What `joins` found.
#[derive(Debug, Clone, Serialize)]
pub struct JoinsReport {
    /// Joins that succeeded.
    pub joined: u64,
    /// Joins that did not.
    pub failed: u64,
    /// Participants a room.
    pub room_size: usize,
    /// Joins under way at one time.
    pub concurrency: usize,
    /// Whether the connections were open before.
    pub connect_first: bool,
    /// Joins a second.
    pub rate: f64,
    /// From the connect (or, with `connect_first`, from the join) to the end of the snapshot.
    pub latency: Quantiles,
    /// CPU time of the processes given by `--pid`, in microseconds a join.
    pub cpu_us_per_join: Option<f64>,
    /// What went wrong.
    pub errors: Errors,
}

/// What `idle` found.
#[derive(Debug, Clone, Serialize)]
pub struct IdleReport {
    /// Connections that joined.
    pub joined: u64,
    /// Of those, the ones that ended before the run did.
    pub lost: u64,
    /// Participants a room.
    pub room_size: usize,
    /// Memory of the processes given by `--pid`, before the first connection.
    pub memory_before: Option<Memory>,
    /// The same with all connections, settled.
    pub memory_after: Option<Memory>,
    /// Resident memory a connection, in KiB.
    pub rss_kib_per_connection: Option<f64>,
    /// The same without mapped files.
    pub anonymous_kib_per_connection: Option<f64>,
    /// How long it was watched.
    pub watched_s: f64,
    /// What went wrong.
    pub errors: Errors,
}

/// What `failover` found.
#[derive(Debug, Clone, Serialize)]
pub struct FailoverReport {
    /// Sessions that joined, over all gateways.
    pub sessions: u64,
    /// Gateways they were spread over.
    pub gateways: usize,
    /// Sessions that lost their socket from the kill on.
    pub lost_sockets: u64,
    /// Of those, the ones that were taken up at another gateway.
    pub resumed: u64,
    /// Of those, the ones that had to join anew.
    pub rejoined: u64,
    /// From the kill until they went on.
    pub back_within: Quantiles,
    /// Messages a second that were said meanwhile.
    pub rate: u32,
    /// Messages that were said.
    pub said: u64,
    /// Messages that somebody of the room never heard, counted for each.
    pub lost: u64,
    /// Messages that somebody heard again.
    pub duplicated: u64,
    /// Messages that somebody heard after a later one.
    pub reordered: u64,
    /// What went wrong.
    pub errors: Errors,
}

impl FailoverReport {
    fn not_back(&self) -> u64 {
        self.lost_sockets.saturating_sub(self.resumed + self.rejoined)
    }
}

impl IdleReport {
    pub(crate) fn set_memory(&mut self, before: Memory, after: Memory) {
        let per_connection = |before: u64, after: u64| {
            (self.joined > 0).then(|| (after as f64 - before as f64) / 1024.0 / self.joined as f64)
        };
        self.rss_kib_per_connection = per_connection(before.rss, after.rss);
        self.anonymous_kib_per_connection = per_connection(before.anonymous, after.anonymous);
        self.memory_before = Some(before);
        self.memory_after = Some(after);
    }
}

impl Report {
    /// The report in one line of JSON.
    ///
    /// # Errors
    /// When a number in it is none that JSON has.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Whether all went as it should: nothing lost, repeated or out of order, and no errors.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        match self {
            Self::Relay(r) => r.lost + r.duplicated + r.reordered + r.unsent == 0 && r.errors.is_empty(),
            Self::Joins(r) => r.failed == 0 && r.errors.is_empty(),
            Self::Idle(r) => r.lost == 0 && r.errors.is_empty(),
            Self::Failover(r) => {
                let unwanted = r.not_back() + r.rejoined + r.lost + r.duplicated + r.reordered;
                r.lost_sockets > 0 && unwanted == 0 && r.errors.is_empty()
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relay(report) => report.fmt(f),
            Self::Joins(report) => report.fmt(f),
            Self::Idle(report) => report.fmt(f),
            Self::Failover(report) => report.fmt(f),
        }
    }
}

/// One line of a table.
fn line(f: &mut fmt::Formatter<'_>, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "  {name:<22}{value}")
}

fn errors(f: &mut fmt::Formatter<'_>, errors: &Errors) -> fmt::Result {
    if errors.is_empty() {
        return line(f, "errors", format_args!("none"));
    }
    errors.iter().try_for_each(|(label, count)| line(f, "error", format_args!("{count} × {label}")))
}

impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50_ms, p90_ms, p99_ms, p999_ms, max_ms } = self;
        write!(
            f,
            "p50 {p50_ms:.3}  p90 {p90_ms:.3}  p99 {p99_ms:.3}  p99.9 {p999_ms:.3}  max {max_ms:.3}  (ms)"
        )
    }
}

impl fmt::Display for RelayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "relay: {} pairs over {} gateways", self.pairs, self.gateways)?;
        let (achieved, planned) = (self.rate_achieved, self.rate_planned);
        line(f, "messages a second", format_args!("{achieved:.0} of {planned:.0} planned"))?;
        line(f, "latency", format_args!("{}", self.latency))?;
        line(f, "of that, until sent", format_args!("{}", self.send_lag))?;
        line(f, "sent, received", format_args!("{}, {}", self.sent, self.received))?;
        let Self { lost, duplicated, reordered, unsent, .. } = self;
        line(
            f,
            "lost",
            format_args!("{lost}, duplicated {duplicated}, reordered {reordered}, unsent {unsent}"),
        )?;
        if let Some(cpu) = self.cpu_us_per_message {
            line(f, "CPU a message", format_args!("{cpu:.1} µs"))?;
        }
        errors(f, &self.errors)
    }
}

impl fmt::Display for JoinsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connected = if self.connect_first { ", connected before" } else { "" };
        let Self { room_size, concurrency, .. } = self;
        writeln!(f, "joins: rooms of {room_size}, {concurrency} at a time{connected}")?;
        line(f, "joins a second", format_args!("{:.0}", self.rate))?;
        line(f, "latency", format_args!("{}", self.latency))?;
        line(f, "joined, failed", format_args!("{}, {}", self.joined, self.failed))?;
        if let Some(cpu) = self.cpu_us_per_join {
            line(f, "CPU a join", format_args!("{cpu:.1} µs"))?;
        }
        errors(f, &self.errors)
    }
}

impl fmt::Display for FailoverReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sessions, gateways, lost_sockets, resumed, rejoined, .. } = self;
        writeln!(
            f,
            "failover: {lost_sockets} of {sessions} sessions over {gateways} gateways lost their socket"
        )?;
        line(f, "back within", format_args!("{}", self.back_within))?;
        line(f, "resumed", format_args!("{resumed}, rejoined {rejoined}, not back {}", self.not_back()))?;
        line(f, "messages said", format_args!("{} at {} a second", self.said, self.rate))?;
        let Self { lost, duplicated, reordered, .. } = self;
        line(f, "lost", format_args!("{lost}, duplicated {duplicated}, reordered {reordered}"))?;
        errors(f, &self.errors)
    }
}

impl fmt::Display for IdleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "idle: {} joined connections, rooms of {}", self.joined, self.room_size)?;
        line(f, "lost", format_args!("{} in {:.1} s", self.lost, self.watched_s))?;
        if let (Some(rss), Some(anonymous)) = (self.rss_kib_per_connection, self.anonymous_kib_per_connection)
        {
            line(f, "memory a connection", format_args!("{rss:.1} KiB, anonymous {anonymous:.1} KiB"))?;
        }
        if let (Some(before), Some(after)) = (self.memory_before, self.memory_after) {
            let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
            line(
                f,
                "memory",
                format_args!("{:.1} MiB before, {:.1} MiB after", mib(before.rss), mib(after.rss)),
            )?;
        }
        errors(f, &self.errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(joined: u64) -> IdleReport {
        IdleReport {
            joined,
            lost: 0,
            room_size: 2,
            memory_before: None,
            memory_after: None,
            rss_kib_per_connection: None,
            anonymous_kib_per_connection: None,
            watched_s: 1.0,
            errors: Errors::new(),
        }
    }

    #[test]
    fn memory_is_told_by_connection() {
        let mut report = idle(1000);
        let before = Memory { rss: 10 << 20, anonymous: 4 << 20 };
        report.set_memory(before, Memory { rss: 20 << 20, anonymous: 12 << 20 });
        assert_eq!(report.rss_kib_per_connection, Some(10.24));
        assert_eq!(report.anonymous_kib_per_connection, Some(8.192));
        let mut none = idle(0);
        none.set_memory(before, before);
        assert_eq!(none.rss_kib_per_connection, None);
    }

    #[test]
    fn a_failover_is_clean_only_if_all_resumed_and_heard_all() {
        let good = FailoverReport {
            sessions: 4,
            gateways: 2,
            lost_sockets: 2,
            resumed: 2,
            rejoined: 0,
            back_within: crate::measure::Latencies::new().quantiles(),
            rate: 0,
            said: 0,
            lost: 0,
            duplicated: 0,
            reordered: 0,
            errors: Errors::new(),
        };
        assert!(Report::Failover(good.clone()).is_clean());
        let bad = [
            FailoverReport { resumed: 1, ..good.clone() },
            FailoverReport { resumed: 1, rejoined: 1, ..good.clone() },
            FailoverReport { lost_sockets: 0, resumed: 0, ..good.clone() },
            FailoverReport { lost: 1, ..good },
        ];
        for bad in bad {
            assert!(!Report::Failover(bad.clone()).is_clean(), "{bad}");
        }
    }

    #[test]
    fn a_report_is_a_table_and_json() {
        let mut report = idle(7);
        report.errors.insert("closed 4101".into(), 2);
        let report = Report::Idle(report);
        assert!(!report.is_clean());
        let text = report.to_string();
        assert!(text.starts_with("idle: 7 joined connections, rooms of 2\n"), "{text}");
        assert!(text.contains("error                 2 × closed 4101"), "{text}");
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["load"], "idle");
        assert_eq!(json["errors"]["closed 4101"], 2);
    }
}
