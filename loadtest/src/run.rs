//! A run: engines bring people in and have them go through steps; here it is seen when, what the processes under load
//! use meanwhile, and what came of it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};

use crate::args::{Args, Load};
use crate::engine::{self, Moment, Order, Second, Told};
use crate::expect::Expectation;
use crate::measure::Latencies;
use crate::measure::latency::{ByKind, merge};
use crate::measure::processes::{self, Use, Uses, Watch};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::{self, DRIVER, Failover, Held, Machine, Point, Report, Used};
use crate::workers::{self, Worker};

/// Between the order of a step and its start, so that all workers have it in time.
const LEAD: Duration = Duration::from_millis(300);
const SECOND: Duration = Duration::from_secs(1);
/// Memory counts as settled when it moved by less than one in so many between two looks.
const SETTLED_SHARE: u64 = 200;
const SETTLE_WITHIN: Duration = Duration::from_secs(15);
/// What waits to be read, of all engines.
const TOLD_MAX: usize = 1_024;

/// Why a run could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// What was typed, or stands in the plan, makes no sense.
    #[error("{0}")]
    Plan(String),
    /// Nobody could join at all.
    #[error("nobody could join: {0}")]
    NobodyJoined(String),
    /// Something could not be measured, or not be done.
    #[error("{0}")]
    Failed(String),
}

/// A wrong argument.
const EXIT_USAGE: u8 = 64;

/// Runs what was typed, tells what came of it, and gives the exit code.
pub async fn main(args: Args) -> ExitCode {
    if matches!(args.load, Load::Worker) {
        return match Box::pin(workers::serve()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, ExitCode::FAILURE),
        };
    }
    let (json, html) = (args.json, args.html.clone());
    let report = match Box::pin(run(args)).await {
        Ok(report) => report,
        Err(error @ LoadError::Plan(_)) => return failed(&error, EXIT_USAGE.into()),
        Err(error) => return failed(&error, ExitCode::FAILURE),
    };
    if let Some(file) = html
        && let Err(error) = std::fs::write(&file, report.to_html())
    {
        return failed(&format!("{}: {error}", file.display()), ExitCode::FAILURE);
    }
    if json {
        match report.to_json() {
            Ok(line) => println!("{line}"),
            Err(error) => return failed(&error, ExitCode::FAILURE),
        }
    } else {
        print!("{report}");
    }
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn failed(error: &dyn std::fmt::Display, code: ExitCode) -> ExitCode {
    eprintln!("switchboard loadtest: {error}");
    code
}

/// Runs what was typed, to its end.
///
/// # Errors
/// When it could not be set up or measured. What the servers did wrong under it is in the report.
pub async fn run(args: Args) -> Result<Report, LoadError> {
    let quiet = args.quiet;
    let plan = args.load.into_plan().map_err(LoadError::Plan)?;
    Box::pin(Run::start(plan, Progress::new(quiet))?.conduct()).await
}

/// A run under way.
#[derive(Debug)]
struct Run {
    plan: Plan,
    progress: Progress,
    /// The processes under load, and those that make it.
    watched: Vec<Watch>,
    orders: Vec<mpsc::Sender<Order>>,
    told: mpsc::Receiver<Told>,
    points: Vec<Point>,
    /// When the first step began.
    begun: Option<Instant>,
    /// Last, so that they end with the run.
    _workers: Vec<Worker>,
}

impl Run {
    fn start(plan: Plan, progress: Progress) -> Result<Self, LoadError> {
        let (tell, told) = mpsc::channel(TOLD_MAX);
        let (mut orders, mut running) = (Vec::new(), Vec::new());
        for n in 0..plan.workers {
            let share = plan.share(n);
            let (order, mut told) = if plan.workers == 1 {
                engine::start(share)
            } else {
                let (worker, ends) = workers::start(&share).map_err(LoadError::Failed)?;
                running.push(worker);
                ends
            };
            orders.push(order);
            let tell = tell.clone();
            tokio::spawn(async move {
                while let Some(what) = told.recv().await {
                    if tell.send(what).await.is_err() {
                        return;
                    }
                }
            });
        }
        let mut watched = plan.watch.clone();
        let driver = running.iter().map(Worker::pid).collect();
        let driver = if plan.workers == 1 { vec![std::process::id()] } else { driver };
        watched.push(Watch { name: DRIVER.into(), pids: driver });
        Ok(Self { plan, progress, watched, orders, told, points: Vec::new(), begun: None, _workers: running })
    }

    async fn conduct(mut self) -> Result<Report, LoadError> {
        let mut machine = Machine::look();
        let set_up = Box::pin(self.set_up()).await?;
        let mut report = Report {
            plan: self.plan.clone(),
            machine: Machine::default(),
            set_up,
            steps: vec![],
            verdicts: vec![],
            points: vec![],
        };
        // Who has come in may be all that was to be seen.
        let is_over = self.plan.load.is_empty() && self.plan.duration.0.is_zero();
        let steps = if is_over { Vec::new() } else { self.plan.steps.clone() };
        for (n, factor) in steps.into_iter().enumerate() {
            let mut step = Box::pin(self.step(n, factor)).await?;
            let failed = judge(&self.plan.until, &report, &step).into_iter().any(|verdict| !verdict.is_met);
            step.is_beyond = failed;
            report.steps.push(step);
            if failed {
                break;
            }
        }
        self.order(&Order::End).await?;
        let mut left = 0;
        while left < self.orders.len() {
            left += usize::from(matches!(self.hear().await?, Told::Ended));
        }
        self.progress.end();
        machine.look_again();
        report.machine = machine;
        report.points = self.points;
        let within: Vec<_> = report.steps.iter().filter(|step| !step.is_beyond).collect();
        let of_step = |step: &&report::Step| {
            let mut verdicts = judge(&self.plan.expect, &report, step);
            if report.steps.len() > 1 {
                verdicts
                    .iter_mut()
                    .for_each(|it| it.found += &format!(" at {:.0} a second", step.rate_planned));
            }
            verdicts
        };
        report.verdicts = within.iter().flat_map(of_step).collect();
        Ok(report)
    }

    async fn set_up(&mut self) -> Result<report::SetUp, LoadError> {
        // The load generator's own processes hold people, and what they take is nobody's figure.
        let under_load = self.plan.watch.clone();
        let look = || processes::look(&under_load).map_err(LoadError::Failed);
        let (before, sockets_before) = (look()?, processes::sockets(&under_load));
        let total = self.plan.total();
        let mut sum = engine::SetUp::default();
        let mut ready = 0;
        while ready < self.orders.len() {
            match self.hear().await? {
                Told::Coming(there) => self.progress.coming(there, total / self.orders.len()),
                Told::Ready(set_up) => {
                    ready += 1;
                    sum.add(set_up);
                }
                _ => {}
            }
        }
        if sum.joined == 0 {
            return Err(LoadError::NobodyJoined(sum.first_error.unwrap_or_default()));
        }
        let joined = look()?;
        let settled = self.settled(&under_load, joined.clone()).await?;
        let sockets_after = processes::sockets(&under_load);
        let cpu: Duration = joined.iter().map(|(name, after)| cpu_between(before.get(name), after)).sum();
        let held = |(name, after): (&String, &Use)| {
            let before = before.get(name).copied().unwrap_or_default();
            let each = |before: u64, after: u64| (after as f64 - before as f64) / sum.joined as f64;
            let sockets = |of: &BTreeMap<String, u64>| of.get(name).copied().unwrap_or_default();
            let held = Held {
                rss_before: before.rss,
                rss_after: after.rss,
                rss_per_connection: each(before.rss, after.rss),
                anonymous_per_connection: each(before.anonymous, after.anonymous),
                sockets_before: sockets(&sockets_before),
                sockets_after: sockets(&sockets_after),
            };
            (name.clone(), held)
        };
        let took_s = sum.took.as_secs_f64();
        Ok(report::SetUp {
            joined: sum.joined,
            failed: sum.failed,
            took_s,
            rate: sum.joined as f64 / took_s.max(f64::MIN_POSITIVE),
            latency: sum.latency.quantiles(),
            cpu_us_per_join: (!under_load.is_empty()).then(|| micros(cpu) / sum.joined as f64),
            processes: settled.iter().map(held).collect(),
            errors: sum.errors,
        })
    }

    /// What processes hold once that moves no more.
    async fn settled(&self, under_load: &[Watch], mut last: Uses) -> Result<Uses, LoadError> {
        let by = Instant::now() + SETTLE_WITHIN;
        let rss = |uses: &Uses| uses.values().map(|used| used.rss).sum::<u64>();
        while !under_load.is_empty() && Instant::now() < by {
            sleep(SECOND / 2).await;
            let now = processes::look(under_load).map_err(LoadError::Failed)?;
            let is_settled = rss(&now).abs_diff(rss(&last)) < rss(&now) / SETTLED_SHARE;
            last = now;
            if is_settled {
                break;
            }
        }
        Ok(last)
    }

    async fn step(&mut self, n: usize, factor: f64) -> Result<report::Step, LoadError> {
        let moment = Moment::after(LEAD);
        let start = moment.instant();
        let begun = *self.begun.get_or_insert(start);
        let measured_from = start + self.plan.warm_up.0;
        let measured_to = measured_from + self.plan.duration.0;
        let kill = self.plan.kill.clone().filter(|kill| kill.pid.is_some());
        let kill_at = kill.as_ref().map_or(measured_to, |kill| measured_from + kill.after.0);
        let planned = self.plan.load.iter().map(|activity| activity.rate() * factor).sum();
        self.order(&Order::Step { factor, start: moment }).await?;

        let mut sum = engine::Step::default();
        let mut seconds = BTreeMap::<u64, (usize, Second)>::new();
        let (mut samples, mut stepped) = (vec![self.look()], 0);
        let mut at_edges: [Option<Uses>; 2] = [None, None];
        let mut is_killed = kill.is_none();
        while stepped < self.orders.len() {
            let next_sample = start + SECOND * u32::try_from(samples.len()).unwrap_or(u32::MAX);
            tokio::select! {
                what = self.hear() => match what? {
                    Told::Stepped(step) => {
                        stepped += 1;
                        sum.add(*step);
                    }
                    Told::Second { n: second, second: told } => {
                        let (times, known) = seconds.entry(second).or_default();
                        merge(&mut known.latency, &told.latency);
                        *times += 1;
                        if *times == self.orders.len() {
                            // A second is told when it ends, which may be just before the look at its end.
                            if u64::try_from(samples.len()).is_ok_and(|looks| looks <= second + 1) {
                                samples.push(self.look());
                            }
                            let at = start + SECOND * u32::try_from(second + 1).unwrap_or(u32::MAX);
                            let at_s = at.saturating_duration_since(begun).as_secs_f64();
                            let point = point(n, at_s, &known.latency, &samples, second);
                            self.progress.point(planned, &point);
                            self.points.push(point);
                        }
                    }
                    _ => {}
                },
                () = sleep_until(next_sample.into()) => samples.push(self.look()),
                () = sleep_until(measured_from.into()), if at_edges[0].is_none() => at_edges[0] = Some(self.look()),
                () = sleep_until(measured_to.into()), if at_edges[1].is_none() => at_edges[1] = Some(self.look()),
                () = sleep_until(kill_at.into()), if !is_killed => {
                    is_killed = true;
                    kill_now(kill.as_ref().and_then(|kill| kill.pid))?;
                }
            }
        }
        // Where the end of a step was told before the clock was looked at, that is now.
        let [before, after] = at_edges.map(|uses| uses.unwrap_or_else(|| self.look()));
        Ok(self.step_report(sum, planned, &before, &after))
    }

    fn step_report(&self, sum: engine::Step, planned: f64, before: &Uses, after: &Uses) -> report::Step {
        let measured = self.plan.duration.0;
        let messages = sum.heard.max(1) as f64;
        let used = |(name, after): (&String, &Use)| {
            let cpu = cpu_between(before.get(name), after);
            let used = Used {
                cores: cpu.as_secs_f64() / measured.as_secs_f64().max(f64::MIN_POSITIVE),
                cpu_us_per_message: micros(cpu) / messages,
                rss: after.rss,
            };
            (name.clone(), used)
        };
        let processes: BTreeMap<_, _> = after.iter().map(used).collect();
        let under_load = processes.iter().filter(|(name, _)| *name != DRIVER);
        let cpu = under_load.map(|(_, used)| used.cpu_us_per_message).sum();
        let told = told_to_people(&sum.latency);
        let took = sum.took.max(measured).as_secs_f64();
        report::Step {
            rate_planned: planned,
            rate: sum.heard as f64 / took.max(f64::MIN_POSITIVE),
            expected: sum.expected,
            heard: sum.heard,
            latency: told.quantiles(),
            kinds: sum.latency.iter().map(|(kind, latencies)| (*kind, latencies.quantiles())).collect(),
            send_lag: sum.send_lag.quantiles(),
            lost: sum.lost,
            doubled: sum.doubled,
            reordered: sum.reordered,
            unsent: sum.unsent,
            errors: sum.errors,
            cpu_us_per_message: (!self.plan.watch.is_empty() && sum.heard > 0).then_some(cpu),
            processes,
            failover: self.plan.kill.is_some().then_some(Failover {
                lost_sockets: sum.lost_sockets,
                resumed: sum.resumed,
                rejoined: sum.rejoined,
            }),
            is_beyond: false,
            histogram: told,
        }
    }

    /// What all use now; what is gone uses nothing.
    fn look(&self) -> Uses {
        let one = |watch: &Watch| processes::look(std::slice::from_ref(watch)).ok();
        self.watched.iter().filter_map(one).flatten().collect()
    }

    async fn order(&self, order: &Order) -> Result<(), LoadError> {
        for engine in &self.orders {
            let sent = engine.send(order.clone()).await;
            sent.map_err(|_| LoadError::Failed("a part of the load generator has ended".into()))?;
        }
        Ok(())
    }

    /// What is told next. Cancel safe.
    async fn hear(&mut self) -> Result<Told, LoadError> {
        match self.told.recv().await {
            Some(Told::Failed(error)) => Err(LoadError::Failed(error)),
            Some(told) => Ok(told),
            None => Err(LoadError::Failed("the load generator has ended before its work".into())),
        }
    }
}

fn kill_now(pid: Option<u32>) -> Result<(), LoadError> {
    let raw = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let killed = raw.is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok());
    let no_process =
        || LoadError::Failed(format!("there is no process {} to kill (--kill)", pid.unwrap_or_default()));
    killed.then_some(()).ok_or_else(no_process)
}

fn judge(expected: &[String], report: &Report, step: &report::Step) -> Vec<report::Verdict> {
    let figures = report.figures(step);
    // They were read once, when the plan was.
    let expectations = expected.iter().filter_map(|text| text.parse::<Expectation>().ok());
    expectations.map(|expectation| expectation.judge(&figures)).collect()
}

/// Latencies of all that somebody was told; of joins, where nothing was.
fn told_to_people(kinds: &ByKind) -> Latencies {
    let mut sum = Latencies::default();
    let is_any = kinds.keys().any(|kind| kind.is_delivery());
    for (_, latencies) in kinds.iter().filter(|(kind, _)| kind.is_delivery() == is_any) {
        sum.merge(latencies);
    }
    sum
}

/// The `second`th second of a step; `samples` has one look at its start and one after each second.
fn point(step: usize, at_s: f64, kinds: &ByKind, samples: &[Uses], second: u64) -> Point {
    let told = told_to_people(kinds);
    let mut point = Point { at_s, step, heard: told.count(), latency: told.quantiles(), ..Point::default() };
    let second = usize::try_from(second).unwrap_or_default();
    let to = samples.get(second + 1).or(samples.last());
    let from = samples.get(second).or(samples.last());
    if let (Some(from), Some(to)) = (from, to) {
        for (name, after) in to {
            point.cores.insert(name.clone(), cpu_between(from.get(name), after).as_secs_f64());
            point.rss.insert(name.clone(), after.rss);
        }
    }
    point
}

fn cpu_between(before: Option<&Use>, after: &Use) -> Duration {
    after.cpu.saturating_sub(before.map(|before| before.cpu).unwrap_or_default())
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

impl engine::SetUp {
    fn add(&mut self, other: Self) {
        self.joined += other.joined;
        self.failed += other.failed;
        self.took = self.took.max(other.took);
        self.latency.merge(&other.latency);
        add_errors(&mut self.errors, other.errors);
        self.first_error = self.first_error.take().or(other.first_error);
    }
}

impl engine::Step {
    fn add(&mut self, other: Self) {
        self.expected += other.expected;
        self.heard += other.heard;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.reordered += other.reordered;
        self.unsent += other.unsent;
        merge(&mut self.latency, &other.latency);
        self.send_lag.merge(&other.send_lag);
        self.took = self.took.max(other.took);
        add_errors(&mut self.errors, other.errors);
        self.lost_sockets += other.lost_sockets;
        self.resumed += other.resumed;
        self.rejoined += other.rejoined;
    }
}

fn add_errors(sum: &mut report::Errors, other: report::Errors) {
    for (label, times) in other {
        *sum.entry(label).or_default() += times;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Kind;

    #[test]
    fn a_second_has_its_own_cpu_and_latencies() {
        let uses = |ms| {
            Uses::from([("a".to_owned(), Use { cpu: Duration::from_millis(ms), rss: ms, anonymous: 0 })])
        };
        let samples = [uses(1000), uses(1500), uses(1700)];
        let mut kinds = ByKind::new();
        kinds.entry(Kind::Candidate).or_default().record(Duration::from_millis(3));
        kinds.entry(Kind::Join).or_default().record(Duration::from_millis(70));
        let point = point(1, 12.0, &kinds, &samples, 1);
        assert_eq!((point.heard, point.rss["a"]), (1, 1700));
        assert!((point.cores["a"] - 0.2).abs() < 1e-9 && point.latency.max_ms < 4.0);
    }

    #[test]
    fn joins_count_where_nobody_was_told_anything() {
        let mut kinds = ByKind::new();
        kinds.entry(Kind::Join).or_default().record(Duration::from_millis(70));
        assert_eq!(told_to_people(&kinds).count(), 1);
    }
}
