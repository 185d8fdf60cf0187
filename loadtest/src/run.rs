//! The kinds of load, and what they share: connections that join, are held, and leave.

mod failover;
mod idle;
mod joins;
mod relay;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::args::{Args, Load, Target};
use crate::client::{Client, ClientError, Options};
use crate::report::{Errors, Report};

/// How long a participant that leaves at the end of a run waits for the close.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);
/// Participants that leave at one time, so that the end of a run is no flood.
const LEAVING_MAX: usize = 64;

/// Why a run could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The load could not be set up.
    #[error("the load could not be set up: {0}")]
    SetUp(#[from] ClientError),
    /// Nothing good says whose certificate is taken.
    #[error("{0}")]
    Certificate(String),
    /// Nobody could join at all.
    #[error("nobody could join: {0}")]
    NobodyJoined(String),
    /// A process could not be measured.
    #[error("{0}")]
    Measure(String),
    /// The machine refused something to the load generator.
    #[error("the load generator can't work here: {0}")]
    Local(#[from] std::io::Error),
}

/// Runs the load that was asked for, to its end.
///
/// # Errors
/// When it could not be set up or measured. What the servers did wrong under it is in the report.
pub async fn run(args: Args) -> Result<Report, LoadError> {
    let mut args = args;
    args.load.target().read_trust().map_err(LoadError::Certificate)?;
    match args.load {
        Load::Relay(args) => Box::pin(relay::run(args)).await.map(Report::Relay),
        Load::Joins(args) => Box::pin(joins::run(args)).await.map(Report::Joins),
        Load::Idle(args) => Box::pin(idle::run(args)).await.map(Report::Idle),
        Load::Failover(args) => Box::pin(failover::run(args)).await.map(Report::Failover),
    }
}

/// Names that no other run has.
#[derive(Debug, Clone)]
struct Names {
    run: u32,
    room_size: usize,
}

impl Names {
    fn new(room_size: usize) -> Self {
        Self { run: rand::random(), room_size }
    }

    /// Room and participant of the `n`th connection: rooms fill one after another, as meetings do.
    fn of(&self, n: usize) -> (String, String) {
        let (room, member) = (n / self.room_size, n % self.room_size);
        (format!("loadtest-{:08x}-{room}", self.run), Self::participant(member))
    }

    /// The name of a room's member.
    fn participant(member: usize) -> String {
        format!("participant-{member}")
    }
}

/// Options of the `n`th connection.
fn options(target: &Target, n: usize) -> Options {
    let source = (target.sources > 1).then(|| {
        let last = u8::try_from(n % usize::from(target.sources) + 1).unwrap_or(1);
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
    });
    Options {
        encoding: target.encoding,
        deadline: target.deadline,
        source,
        trust: target.trust.clone(),
        ..Options::default()
    }
}

async fn connect(target: &Target, n: usize) -> Result<Client, ClientError> {
    Client::connect(target.gateway(n), options(target, n)).await
}

/// `total` numbers, each given once, to `workers` tasks at a time.
async fn in_parallel<T, F, Fut>(total: usize, workers: usize, work: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = T> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..workers.min(total) {
        let (next, work) = (next.clone(), work.clone());
        tasks.spawn(async move {
            let mut done = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= total {
                    return done;
                }
                done.push(work(n).await);
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

/// Connections that are read and otherwise left alone, until they are told to leave.
#[derive(Debug)]
struct Held {
    tasks: JoinSet<Result<(), ClientError>>,
    leave: watch::Sender<bool>,
    leaving: Arc<tokio::sync::Semaphore>,
}

impl Held {
    fn new() -> Self {
        let leaving = Arc::new(tokio::sync::Semaphore::new(LEAVING_MAX));
        Self { tasks: JoinSet::new(), leave: watch::Sender::new(false), leaving }
    }

    fn add(&mut self, client: Client) {
        self.tasks.spawn(hold(client, self.leave.subscribe(), self.leaving.clone()));
    }

    /// Watches until `by`; returns how many connections ended, and why.
    async fn watch(&mut self, by: Instant, errors: &mut Errors) -> u64 {
        let mut lost = 0;
        while let Ok(Some(ended)) = tokio::time::timeout_at(by, self.tasks.join_next()).await {
            lost += 1;
            if let Ok(Err(error)) = ended {
                count(errors, &error);
            }
        }
        lost
    }

    /// Has all leave their rooms, so that nothing of this run remains.
    async fn leave(mut self) {
        self.leave.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn hold(
    mut client: Client,
    mut leave: watch::Receiver<bool>,
    leaving: Arc<tokio::sync::Semaphore>,
) -> Result<(), ClientError> {
    loop {
        tokio::select! {
            _ = leave.wait_for(|leave| *leave) => break,
            event = client.next_event() => {
                // All else is no news, or none of our concern.
                if let Err(error @ (ClientError::Closed { .. } | ClientError::OutOfOrder { .. })) = event {
                    return Err(error);
                }
            }
        }
    }
    let _turn = leaving.acquire().await;
    depart(client).await;
    Ok(())
}

/// Leaves and waits for the close; whatever fails here is after the measurement.
async fn depart(mut client: Client) {
    client.set_deadline(LEAVE_WITHIN);
    if client.leave().await.is_ok() {
        drop(client.closed().await);
    }
}

fn count(errors: &mut Errors, error: &ClientError) {
    *errors.entry(error.label()).or_default() += 1;
}
