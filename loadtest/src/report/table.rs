//! The report as a table.

use std::fmt;

use super::{Errors, Failover, Held, Quantiles, Report, SetUp, Step};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.plan;
        let (rooms, people, gateways) = (plan.rooms, plan.people, plan.gateways.len());
        write!(f, "{}: {rooms} rooms of {people} over {gateways} gateways", plan.name)?;
        writeln!(
            f,
            "{}",
            if plan.workers > 1 { format!(", {} workers", plan.workers) } else { String::new() }
        )?;
        writeln!(f, "  {}", self.machine)?;
        self.set_up.fmt(f)?;
        for step in &self.steps {
            step.fmt(f)?;
        }
        for verdict in &self.verdicts {
            let how = if verdict.is_met { "met" } else { "NOT MET" };
            line(f, "expected", format_args!("{}: {how}: {}", verdict.expected, verdict.found))?;
        }
        Ok(())
    }
}

/// One line of a table.
fn line(f: &mut fmt::Formatter<'_>, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "  {name:<22}{value}")
}

fn errors(f: &mut fmt::Formatter<'_>, errors: &Errors) -> fmt::Result {
    errors.iter().try_for_each(|(label, count)| line(f, "error", format_args!("{count} × {label}")))
}

impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count: _, p50_ms, p90_ms, p99_ms, p999_ms, max_ms } = self;
        write!(
            f,
            "p50 {p50_ms:.3}  p90 {p90_ms:.3}  p99 {p99_ms:.3}  p99.9 {p999_ms:.3}  max {max_ms:.3}  (ms)"
        )
    }
}

impl fmt::Display for SetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { joined, failed, took_s, rate, .. } = self;
        line(f, "came in", format_args!("{joined} in {took_s:.2} s, {rate:.0} a second; {failed} failed"))?;
        line(f, "  each within", format_args!("{}", self.latency))?;
        if let Some(cpu) = self.cpu_us_per_join {
            line(f, "  CPU a join", format_args!("{cpu:.1} µs"))?;
        }
        for (name, held) in &self.processes {
            let Held { rss_before, rss_after, rss_per_connection, .. } = held;
            let mib = |bytes: &u64| *bytes as f64 / 1024.0 / 1024.0;
            let each = rss_per_connection / 1024.0;
            let (before, after, sockets) = (mib(rss_before), mib(rss_after), held.sockets_after);
            line(
                f,
                &format!("  memory of {name}"),
                format_args!(
                    "{each:.1} KiB a connection ({before:.1} MiB before, {after:.1} MiB after); {sockets} sockets"
                ),
            )?;
        }
        errors(f, &self.errors)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate_planned, rate, expected, heard, .. } = self;
        let beyond = if self.is_beyond { ", beyond what was asked for" } else { "" };
        if *rate_planned > 0.0 {
            writeln!(f, "{rate_planned:.0} a second{beyond}")?;
            line(f, "told a second", format_args!("{rate:.0}; {heard} of {expected} in all"))?;
            line(f, "latency", format_args!("{}", self.latency))?;
            if self.kinds.len() > 1 {
                for (kind, of_kind) in &self.kinds {
                    line(f, &format!("  {}", kind.name()), format_args!("{of_kind}"))?;
                }
            }
            line(f, "until sent", format_args!("{}", self.send_lag))?;
        } else {
            writeln!(f, "nothing said")?;
            for (kind, of_kind) in &self.kinds {
                line(f, kind.name(), format_args!("{of_kind}"))?;
            }
        }
        let Self { lost, doubled, reordered, unsent, .. } = self;
        line(f, "lost", format_args!("{lost}, doubled {doubled}, reordered {reordered}, unsent {unsent}"))?;
        if let Some(Failover { lost_sockets, resumed, rejoined }) = self.failover {
            let not_back = lost_sockets.saturating_sub(resumed + rejoined);
            line(
                f,
                "sockets lost",
                format_args!("{lost_sockets}, resumed {resumed}, rejoined {rejoined}, not back {not_back}"),
            )?;
        }
        if let Some(cpu) = self.cpu_us_per_message {
            line(f, "CPU a message", format_args!("{cpu:.1} µs"))?;
        }
        for (name, used) in &self.processes {
            let (cores, us, mib) = (used.cores, used.cpu_us_per_message, used.rss as f64 / 1024.0 / 1024.0);
            let name = format!("  {name}");
            if *heard > 0 {
                line(f, &name, format_args!("{us:.1} µs, {cores:.2} cores, {mib:.1} MiB"))?;
            } else {
                line(f, &name, format_args!("{cores:.2} cores, {mib:.1} MiB"))?;
            }
        }
        if self.errors.is_empty() {
            return line(f, "errors", format_args!("none"));
        }
        errors(f, &self.errors)
    }
}
