//! What a run found: a table for people, JSON for programs, a page with plots.

mod html;
mod machine;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::crowd::Errors;
pub use crate::expect::Verdict;
use crate::expect::{Figures, Unit};
pub use crate::measure::{Kind, Latencies, Quantiles};
use crate::plan::Plan;
pub use machine::Machine;

/// What the load generator itself is called among the processes.
pub(crate) const DRIVER: &str = "driver";

/// What a run found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What was done.
    pub plan: Plan,
    /// Where.
    pub machine: Machine,
    /// How people came in.
    pub set_up: SetUp,
    /// What came of each step.
    pub steps: Vec<Step>,
    /// What was expected, and what was found.
    pub verdicts: Vec<Verdict>,
    /// Each second, warm-ups too.
    pub points: Vec<Point>,
}

/// How people came in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SetUp {
    /// Who joined, or, where joins are what is measured, connected.
    pub joined: u64,
    /// Who could not.
    pub failed: u64,
    /// How long it took, in seconds.
    pub took_s: f64,
    /// Joins a second, so many at a time as the plan says.
    pub rate: f64,
    /// From the connect (where all connected before: from the join) to the end of the snapshot; not of a schedule.
    pub latency: Quantiles,
    /// CPU of all watched processes, in microseconds a join.
    pub cpu_us_per_join: Option<f64>,
    /// Memory and sockets of the watched processes.
    pub processes: BTreeMap<String, Held>,
    /// What went wrong.
    pub errors: Errors,
}

/// What processes of one name held before anybody came and once all were there.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Held {
    /// Resident memory before, in bytes.
    pub rss_before: u64,
    /// The same with all people, settled.
    pub rss_after: u64,
    /// What each connection of the run made of it, in bytes.
    pub rss_per_connection: f64,
    /// The same without mapped files.
    pub anonymous_per_connection: f64,
    /// Sockets before.
    pub sockets_before: u64,
    /// Sockets with all people.
    pub sockets_after: u64,
}

/// What came of a step, without its warm-up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Step {
    /// What started a second, of all that was done.
    pub rate_planned: f64,
    /// What was heard a second.
    pub rate: f64,
    /// What was to be heard: each message once for each who was to hear it.
    pub expected: u64,
    /// Of that, what was heard.
    pub heard: u64,
    /// Of all that somebody was told; of joins, where those are what is measured.
    pub latency: Quantiles,
    /// The same by kind.
    pub kinds: BTreeMap<Kind, Quantiles>,
    /// From the planned time to the end of the write at the sender: the load generator's own share of it.
    pub send_lag: Quantiles,
    /// Sent and never heard, warm-up too.
    pub lost: u64,
    /// Heard again.
    pub doubled: u64,
    /// Heard after a later one.
    pub reordered: u64,
    /// Due, and not done: the load generator was too slow, or the connection had ended.
    pub unsent: u64,
    /// What went wrong.
    pub errors: Errors,
    /// CPU of all watched processes, without the load generator, in microseconds for each thing heard.
    pub cpu_us_per_message: Option<f64>,
    /// What each name used.
    pub processes: BTreeMap<String, Used>,
    /// What became of the sessions of a gateway that was killed.
    pub failover: Option<Failover>,
    /// Whether it is beyond what `until` asked for: then nothing is expected of it.
    pub is_beyond: bool,
    /// Latencies in microseconds, and how often each was seen.
    pub histogram: Latencies,
}

/// What processes of one name used while a step was measured.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Used {
    /// CPU, in cores.
    pub cores: f64,
    /// CPU for each thing heard, in microseconds.
    pub cpu_us_per_message: f64,
    /// Resident memory at its end, in bytes.
    pub rss: u64,
}

/// What became of the sessions of a gateway that was killed.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Failover {
    /// Sessions that lost their socket from the kill on.
    pub lost_sockets: u64,
    /// Of those, the ones that were taken up at another gateway.
    pub resumed: u64,
    /// Of those, the ones that had to join anew.
    pub rejoined: u64,
}

/// One second of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Point {
    /// Its end, in seconds after the first step began.
    pub at_s: f64,
    /// The step, from 0.
    pub step: usize,
    /// What was heard in it.
    pub heard: u64,
    /// Latencies of that.
    pub latency: Quantiles,
    /// CPU of each name in it, in cores.
    pub cores: BTreeMap<String, f64>,
    /// Resident memory of each name, in bytes.
    pub rss: BTreeMap<String, u64>,
}

impl Report {
    /// The report in one line of JSON.
    ///
    /// # Errors
    /// When a number in it is none that JSON has.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The report as a page with plots, which needs nothing else.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// Whether all went as it should: nothing lost, doubled or out of order, no errors, and all as expected.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let mut steps = self.steps.iter().filter(|step| !step.is_beyond);
        self.set_up.failed == 0
            && steps.all(Step::is_clean)
            && self.verdicts.iter().all(|verdict| verdict.is_met)
    }

    /// What the run has to show can be said of these: of the run, and of one of its steps.
    #[must_use]
    pub fn figures(&self, step: &Step) -> Figures {
        let mut figures = self.set_up.figures();
        figures.extend(step.figures());
        figures
    }
}

impl SetUp {
    fn figures(&self) -> Figures {
        let mut figures = Figures::new();
        figures.insert("joins".into(), (self.rate, Unit::Number));
        figures.insert("failed".into(), (self.failed as f64, Unit::Number));
        quantiles(&mut figures, "set_up.", &self.latency);
        for (name, held) in &self.processes {
            figures.insert(format!("memory.{name}"), (held.rss_per_connection, Unit::Bytes));
        }
        figures
    }
}

impl Step {
    fn is_clean(&self) -> bool {
        let unwanted = self.lost + self.doubled + self.reordered + self.unsent;
        unwanted == 0 && self.errors.is_empty() && self.failover.is_none_or(|failover| failover.is_clean())
    }

    fn figures(&self) -> Figures {
        let mut figures = Figures::new();
        quantiles(&mut figures, "", &self.latency);
        for (kind, of_kind) in &self.kinds {
            quantiles(&mut figures, &format!("{}.", kind.name()), of_kind);
        }
        let errors: u64 = self.errors.values().sum();
        let numbers = [
            ("rate", self.rate),
            ("lost", self.lost as f64),
            ("doubled", self.doubled as f64),
            ("reordered", self.reordered as f64),
            ("unsent", self.unsent as f64),
            ("errors", errors as f64),
        ];
        figures.extend(numbers.map(|(name, number)| (name.to_owned(), (number, Unit::Number))));
        if let Some(us) = self.cpu_us_per_message {
            figures.insert("cpu".into(), (us / 1000.0, Unit::Time));
        }
        for (name, used) in &self.processes {
            figures.insert(format!("cpu.{name}"), (used.cpu_us_per_message / 1000.0, Unit::Time));
        }
        figures
    }
}

impl Failover {
    fn is_clean(self) -> bool {
        self.lost_sockets > 0 && self.resumed == self.lost_sockets && self.rejoined == 0
    }
}

fn quantiles(figures: &mut Figures, prefix: &str, of: &Quantiles) {
    let Quantiles { count: _, p50_ms, p90_ms, p99_ms, p999_ms, max_ms } = *of;
    let names = [("p50", p50_ms), ("p90", p90_ms), ("p99", p99_ms), ("p999", p999_ms), ("max", max_ms)];
    figures.extend(names.map(|(name, ms)| (format!("{prefix}{name}"), (ms, Unit::Time))));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(step: Step) -> Report {
        Report {
            plan: Plan::default(),
            machine: Machine::default(),
            set_up: SetUp::default(),
            steps: vec![step],
            verdicts: Vec::new(),
            points: Vec::new(),
        }
    }

    #[test]
    fn a_run_is_clean_only_if_nothing_went_wrong() {
        let failover = |lost_sockets, resumed, rejoined| Some(Failover { lost_sockets, resumed, rejoined });
        let good = [Step::default(), Step { failover: failover(2, 2, 0), ..Step::default() }];
        let beyond = Step { lost: 1, is_beyond: true, ..Step::default() };
        for step in good.into_iter().chain([beyond]) {
            assert!(report(step.clone()).is_clean(), "{step:?}");
        }
        let mut errors = Errors::new();
        errors.insert("closed 4101".into(), 2);
        let bad = [
            Step { lost: 1, ..Step::default() },
            Step { doubled: 1, ..Step::default() },
            Step { reordered: 1, ..Step::default() },
            Step { unsent: 1, ..Step::default() },
            Step { errors, ..Step::default() },
            Step { failover: failover(0, 0, 0), ..Step::default() },
            Step { failover: failover(2, 1, 1), ..Step::default() },
        ];
        for step in bad {
            assert!(!report(step.clone()).is_clean(), "{step:?}");
        }
        let verdict = Verdict { expected: "p99<1ms".into(), found: "2 ms".into(), is_met: false };
        assert!(!Report { verdicts: vec![verdict], ..report(Step::default()) }.is_clean());
        let set_up = SetUp { failed: 1, ..SetUp::default() };
        assert!(!Report { set_up, ..report(Step::default()) }.is_clean());
    }

    #[test]
    fn figures_have_names_and_units() {
        let quantiles = Quantiles { p99_ms: 2.0, ..Quantiles::default() };
        let step = Step {
            latency: quantiles,
            kinds: [(Kind::Offer, quantiles)].into(),
            cpu_us_per_message: Some(100.0),
            ..Step::default()
        };
        let mut report = report(step.clone());
        let held = Held { rss_per_connection: 9_000.0, ..Held::default() };
        report.set_up.processes.insert("gateway".into(), held);
        let figures = report.figures(&step);
        assert_eq!(figures["p99"], (2.0, Unit::Time));
        assert_eq!(figures["offer.p99"], (2.0, Unit::Time));
        assert_eq!(figures["cpu"], (0.1, Unit::Time));
        assert_eq!(figures["memory.gateway"], (9_000.0, Unit::Bytes));
        assert_eq!(figures["lost"], (0.0, Unit::Number));
    }
}
