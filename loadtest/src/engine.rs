//! The people of one process: brings them in, has them go through steps, and tells what came of it.
//!
//! It is driven by orders and tells what it has to tell through a queue, so that it is the same in the process that was
//! started and in a worker of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::client::{ClientError, Options, Trust};
use crate::connection::Target;
use crate::crowd::{Crowd, Errors};
use crate::measure::latency::{ByKind, Latencies};
use crate::pacer::{DUE_MAX, Due, Pacer};
use crate::person::Person;
use crate::plan::Plan;
use crate::timeline::Timeline;

/// How long the last of a step may be on its way.
const LAST_WITHIN: Duration = Duration::from_secs(5);
/// How often what is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const SECOND: Duration = Duration::from_secs(1);
/// What waits to be told; at most some a second, so this is minutes.
const TOLD_MAX: usize = 1_024;

/// What an engine is to do next.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Order {
    /// A step: all rates times `factor`, from this moment on.
    Step { factor: f64, start: Moment },
    /// All leave.
    End,
}

/// What an engine tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Told {
    /// So many are there by now.
    Coming(usize),
    /// All who could come in are there.
    Ready(SetUp),
    /// A second of a step is over, the `n`th.
    Second { n: u64, second: Second },
    /// A step is over.
    Stepped(Box<Step>),
    /// All have left.
    Ended,
    /// It could not be done, in a sentence.
    Failed(String),
}

/// A moment that another process of this machine understands: nanoseconds of the system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn after(wait: Duration) -> Self {
        let at = SystemTime::now() + wait;
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(crate::crowd::nanos(since))
    }

    /// The same on this process's clock that never goes back.
    pub(crate) fn instant(self) -> Instant {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Instant::now() + Duration::from_nanos(self.0).saturating_sub(now)
    }
}

/// How people came in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SetUp {
    pub(crate) joined: u64,
    pub(crate) failed: u64,
    /// From the first connect, or, where all connected before, from the first join, to the last snapshot.
    pub(crate) took: Duration,
    pub(crate) latency: Latencies,
    pub(crate) errors: Errors,
    pub(crate) first_error: Option<String>,
}

/// One second of a step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Second {
    pub(crate) latency: ByKind,
}

/// What came of a step, without its warm-up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) expected: u64,
    pub(crate) heard: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) reordered: u64,
    pub(crate) unsent: u64,
    pub(crate) latency: ByKind,
    pub(crate) send_lag: Latencies,
    /// From the end of the warm-up until the last of what is measured was heard.
    pub(crate) took: Duration,
    pub(crate) errors: Errors,
    pub(crate) lost_sockets: u64,
    pub(crate) resumed: u64,
    pub(crate) rejoined: u64,
}

/// Orders to an engine, and what it tells.
pub(crate) type Ends = (mpsc::Sender<Order>, mpsc::Receiver<Told>);

/// Starts an engine for this share of a plan.
pub(crate) fn start(plan: Plan) -> Ends {
    let (orders, ordered) = mpsc::channel(4);
    let (tell, told) = mpsc::channel(TOLD_MAX);
    tokio::spawn(async move {
        if let Err(failed) = Box::pin(drive(plan, ordered, &tell)).await {
            drop(tell.send(Told::Failed(failed)).await);
        }
    });
    (orders, told)
}

async fn drive(
    plan: Plan,
    mut orders: mpsc::Receiver<Order>,
    tell: &mpsc::Sender<Told>,
) -> Result<(), String> {
    let target = target(&plan)?;
    let crowd = Arc::new(Crowd::new(plan, target));
    let (queues, dues): (Vec<_>, Vec<_>) = (0..crowd.plan.total()).map(|_| mpsc::channel(DUE_MAX)).unzip();
    let queues = Arc::new(queues);
    let (set_up, people) = come_in(&crowd, dues, tell).await;
    drop(tell.send(Told::Ready(set_up)).await);
    while let Some(Order::Step { factor, start }) = orders.recv().await {
        let step = Box::pin(step(&crowd, &queues, factor, start.instant(), tell)).await?;
        drop(tell.send(Told::Stepped(Box::new(step))).await);
    }
    crowd.leave.send_replace(true);
    for person in people {
        drop(person.await);
    }
    drop(tell.send(Told::Ended).await);
    Ok(())
}

fn target(plan: &Plan) -> Result<Target, String> {
    let is_secure = |url: &String| url.starts_with("https://") || url.starts_with("wss://");
    let trust = match &plan.tls_ca {
        Some(file) => Some(Trust::in_file(file).map_err(|error| format!("--tls-ca: {error}"))?),
        None if plan.insecure => Some(Trust::anybody()),
        None if plan.gateways.iter().any(is_secure) => {
            let what = "at https:// a certificate has to be taken: name it with --tls-ca FILE, or take any \
                with --insecure";
            return Err(what.into());
        }
        None => None,
    };
    let options = Options { deadline: plan.deadline.0, trust, ..Options::default() };
    let heals = plan.kill.is_some();
    Ok(Target {
        protocol: plan.protocol,
        gateways: plan.gateways.clone(),
        heals,
        options,
        sources: plan.sources,
    })
}

/// Has all connect, and join unless that is what is measured; whoever is there stays.
async fn come_in(
    crowd: &Arc<Crowd>,
    dues: Vec<mpsc::Receiver<Due>>,
    tell: &mpsc::Sender<Told>,
) -> (SetUp, Vec<JoinHandle<()>>) {
    let total = crowd.plan.total();
    let concurrency = crowd.plan.concurrency;
    let joins = !crowd.plan.joins_are_measured();
    let mut set_up = SetUp::default();
    let mut people = dues.into_iter().enumerate().map(|(n, due)| Person::new(crowd.clone(), n, due));
    let there = Arc::new(AtomicU64::new(0));
    let ticking = tokio::spawn(tell_coming(there.clone(), tell.clone()));
    let mut begun = Instant::now();
    let results = if crowd.plan.connect_first && joins {
        let connected =
            in_parallel(people.by_ref().collect(), concurrency, |mut person: Person| async move {
                person.connect().await.map(|()| person)
            });
        let mut ready = Vec::new();
        for connected in connected.await {
            match connected {
                Ok(person) => ready.push(person),
                Err(error) => set_up.count(&error),
            }
        }
        begun = Instant::now();
        in_parallel(ready, concurrency, move |person| enter(person, there.clone(), true)).await
    } else {
        in_parallel(people.collect(), concurrency, move |person| enter(person, there.clone(), joins)).await
    };
    set_up.took = begun.elapsed();
    ticking.abort();
    let mut handles = Vec::with_capacity(total);
    for result in results {
        match result {
            Ok((took, handle)) => {
                set_up.joined += 1;
                set_up.latency.record(took);
                handles.push(handle);
            }
            Err(error) => set_up.count(&error),
        }
    }
    (set_up, handles)
}

impl SetUp {
    fn count(&mut self, error: &ClientError) {
        self.failed += 1;
        *self.errors.entry(error.label()).or_default() += 1;
        self.first_error.get_or_insert_with(|| error.to_string());
    }
}

/// Has one come in, and from then on live by itself.
async fn enter(
    mut person: Person,
    there: Arc<AtomicU64>,
    joins: bool,
) -> Result<(Duration, JoinHandle<()>), ClientError> {
    let begun = Instant::now();
    if joins {
        person.join().await?;
    } else {
        person.connect().await?;
    }
    there.fetch_add(1, Ordering::Relaxed);
    Ok((begun.elapsed(), tokio::spawn(person.run())))
}

async fn tell_coming(there: Arc<AtomicU64>, tell: mpsc::Sender<Told>) {
    loop {
        tokio::time::sleep(SECOND).await;
        let there = usize::try_from(there.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        if tell.send(Told::Coming(there)).await.is_err() {
            return;
        }
    }
}

async fn step(
    crowd: &Arc<Crowd>,
    queues: &Arc<Vec<mpsc::Sender<Due>>>,
    factor: f64,
    start: Instant,
    tell: &mpsc::Sender<Told>,
) -> Result<Step, String> {
    let plan = &crowd.plan;
    let (warm_up, duration) = (plan.warm_up.0, plan.duration.0);
    let before = Snapshot::of(crowd);
    drop(crowd.recorder.take_recent());
    match &plan.kill {
        Some(kill) if kill.pid.is_some() => {
            *crowd.witness.since.lock() = Some((start + warm_up + kill.after.0).into());
        }
        Some(_) => crowd.witness.counts_from_first.store(true, Ordering::Relaxed),
        None => {}
    }
    crowd.counts.last_heard.store(0, Ordering::Relaxed);
    let timeline = Timeline::new(plan, factor);
    let pacer = Pacer::start(timeline, start, warm_up, queues.clone(), crowd.given.clone());
    let pacer = pacer.map_err(|error| format!("no thread for the schedule: {error}"))?;
    let ticking = tokio::spawn(tell_seconds(crowd.clone(), start, tell.clone()));
    tokio::time::sleep_until((start + warm_up + duration).into()).await;
    let dealt = pacer.finish().await;
    settle(crowd).await;
    ticking.abort();

    let after = Snapshot::of(crowd);
    let last = Duration::from_nanos(crowd.counts.last_heard.load(Ordering::Relaxed));
    let measured_from = crowd.after_epoch(start + warm_up);
    let mut latency = crowd.recorder.take_measured();
    let back = std::mem::take(&mut *crowd.witness.back.lock());
    for back in &back {
        latency.entry(crate::measure::Kind::Back).or_default().record(*back);
    }
    let of = |counter: fn(&Snapshot) -> u64| counter(&after).saturating_sub(counter(&before));
    Ok(Step {
        expected: of(|s| s.measured_expected),
        heard: of(|s| s.measured_heard),
        lost: of(|s| s.expected).saturating_sub(of(|s| s.heard)),
        doubled: of(|s| s.doubled),
        reordered: of(|s| s.reordered),
        unsent: of(|s| s.failed) + dealt.refused,
        latency,
        send_lag: crowd.recorder.take_send_lag(),
        took: last.saturating_sub(measured_from),
        errors: crowd.take_errors(),
        lost_sockets: crowd.witness.lost.load(Ordering::Relaxed),
        resumed: crowd.witness.resumed.load(Ordering::Relaxed),
        rejoined: crowd.witness.rejoined.load(Ordering::Relaxed),
    })
}

/// The counts at one moment.
#[derive(Debug)]
struct Snapshot {
    expected: u64,
    heard: u64,
    doubled: u64,
    reordered: u64,
    measured_expected: u64,
    measured_heard: u64,
    failed: u64,
}

impl Snapshot {
    fn of(crowd: &Crowd) -> Self {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counts = &crowd.counts;
        Self {
            expected: read(&counts.expected),
            heard: read(&counts.heard),
            doubled: read(&counts.doubled),
            reordered: read(&counts.reordered),
            measured_expected: read(&counts.measured_expected),
            measured_heard: read(&counts.measured_heard),
            failed: read(&counts.failed),
        }
    }
}

/// Waits until all that was given is done, all that is to be heard was heard, and all who were lost are back.
async fn settle(crowd: &Crowd) {
    let within = crowd.plan.kill.as_ref().map_or(LAST_WITHIN, |kill| kill.within.0.max(LAST_WITHIN));
    let by = Instant::now() + within;
    loop {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counts = &crowd.counts;
        let is_done = read(&counts.done) >= read(&crowd.given);
        let is_heard = read(&counts.heard) >= read(&counts.expected);
        let witness = &crowd.witness;
        let back = read(&witness.resumed) + read(&witness.rejoined);
        let is_back = crowd.plan.kill.is_none() || (back > 0 && back >= read(&witness.lost));
        if (is_done && is_heard && is_back) || Instant::now() >= by {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn tell_seconds(crowd: Arc<Crowd>, start: Instant, tell: mpsc::Sender<Told>) {
    for n in 0.. {
        tokio::time::sleep_until((start + SECOND * (n + 1)).into()).await;
        let second = Second { latency: crowd.recorder.take_recent() };
        if tell.send(Told::Second { n: n.into(), second }).await.is_err() {
            return;
        }
    }
}

/// `work` on each, so many at a time.
async fn in_parallel<I, T, F, Fut>(items: Vec<I>, workers: usize, work: F) -> Vec<T>
where
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = T> + Send,
{
    let total = items.len();
    let items = Arc::new(Mutex::new(items.into_iter()));
    let mut tasks = JoinSet::new();
    for _ in 0..workers.min(total) {
        let (items, work) = (items.clone(), work.clone());
        tasks.spawn(async move {
            let mut done = Vec::new();
            loop {
                let Some(item) = items.lock().next() else { return done };
                done.push(work(item).await);
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}
