//! The subscriptions: a connection to each server that takes writes, taken up again for ever, and probed.
//!
//! In a Cluster a channel lives at the server of its slot (SSUBSCRIBE): a message of the other kind would go to every
//! node. A connection that lives and brings nothing is noticed by probes: words on a channel of this process' own,
//! published on the way that commands go, which have to come back. One a partition in a Cluster, where a server drops
//! the subscriptions of a slot that it gives away; else one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{MultiplexedConnection, SendError};
use ::redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, PushKind, RedisError, Value, cmd};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Fuse, join_all};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::counters::RedisMetrics;
use super::line::{CONNECT_TIMEOUT, Line};
use super::probes::{PROBE_TICK, Probes};
use super::servers::{Map, Request, Servers};
use crate::store::hints::{self, Hub};
use crate::store::keys::Keys;
use crate::store::{Hint, StoreError};

/// Between two tries to subscribe: the first, doubled up to the second.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// Failures in a row after which it is told: an outage tells itself, a right that is missing does not.
const TOLD_AFTER: u32 = 8;
/// Probes that came back and wait to be noted; more are not under way.
const HEARD_MAX: usize = 2_048;

/// The subscriptions of one store. Dropping it ends its connections and tasks.
pub(super) struct PubSub {
    shared: Arc<Shared>,
    call_timeout: Duration,
    _tasks: DropGuard,
}

struct Shared {
    hub: Arc<Hub>,
    keys: Keys,
    /// The partitions that somebody wants to hear of.
    wanted: watch::Sender<BTreeSet<u32>>,
    servers: Arc<Servers>,
    sharded: bool,
    channels: Arc<HashMap<String, Channel>>,
    probe_channels: Vec<String>,
    counters: RedisMetrics,
}

/// What a channel brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    Hints(u32),
    Probe(u32),
}

impl PubSub {
    pub(super) fn new(
        servers: Arc<Servers>,
        keys: &Keys,
        sharded: bool,
        call_timeout: Duration,
        counters: RedisMetrics,
    ) -> Self {
        let name = format!("{:016x}", rand::random::<u64>());
        let probe_channels: Vec<_> = (0..keys.partitions()).map(|p| keys.probe(p, &name)).collect();
        let hints = (0..keys.partitions()).map(|p| (keys.channel(p), Channel::Hints(p)));
        let probes = (0..).zip(&probe_channels).map(|(p, channel)| (channel.clone(), Channel::Probe(p)));
        let channels = Arc::new(hints.chain(probes).collect());
        let (wanted, _) = watch::channel(BTreeSet::new());
        let (hub, keys) = (Arc::new(Hub::default()), keys.clone());
        let shared =
            Arc::new(Shared { hub, keys, wanted, servers, sharded, channels, probe_channels, counters });
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(assign(shared.clone(), stop.clone())));
        Self { shared, call_timeout, _tasks: stop.drop_guard() }
    }

    /// Subscribes to a partition; answers when that stands.
    pub(super) async fn subscribe(&self, partition: u32) -> Result<mpsc::Receiver<Hint>, StoreError> {
        // The queue is there first, so that nothing is missed once the subscription stands. Of an attempt that fails
        // the receiver is dropped, and with it, at the next hint, the sender.
        let receiver = self.shared.hub.subscribe(partition);
        self.shared.wanted.send_if_modified(|wanted| wanted.insert(partition));
        match tokio::time::timeout(self.call_timeout, self.shared.hub.until_stands(partition)).await {
            Ok(()) => Ok(receiver),
            Err(_) => Err(StoreError::Unclear(format!("no subscription within {:?}", self.call_timeout))),
        }
    }
}

/// A task that listens at one server.
struct Ear {
    line: Arc<Line>,
    partitions: watch::Sender<BTreeSet<u32>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Ear {
    fn new(
        shared: &Arc<Shared>,
        line: Arc<Line>,
        partitions: BTreeSet<u32>,
        stop: &CancellationToken,
    ) -> Self {
        let (partitions, of_it) = watch::channel(partitions);
        let stop = stop.child_token();
        let listening = listen(shared.clone(), line.clone(), of_it);
        let task = tokio::spawn(stop.clone().run_until_cancelled_owned(listening).map(drop));
        Self { line, partitions, stop, task }
    }

    /// Ends it; what it heard before is told, and that it fell, before anybody else listens in its place.
    async fn end(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}

/// Has each wanted partition listened for at the server that has it, whoever that is.
async fn assign(shared: Arc<Shared>, stop: CancellationToken) {
    let (mut map, mut wanted) = (shared.servers.watch(), shared.wanted.subscribe());
    let mut ears: Vec<Ear> = Vec::new();
    loop {
        let now = map.borrow_and_update().clone();
        let shares = shares(&shared.keys, &now, &wanted.borrow_and_update());
        let mut kept = Vec::new();
        for ear in ears {
            // What it has can only grow: else it begins anew, so that nobody listens twice for one partition.
            let share = shares.iter().find(|(line, _)| Arc::ptr_eq(line, &ear.line));
            match share {
                Some((_, share)) if ear.partitions.borrow().is_subset(share) => kept.push(ear),
                _ => ear.end().await,
            }
        }
        ears = kept;
        for (line, share) in shares {
            match ears.iter().find(|ear| Arc::ptr_eq(&ear.line, &line)) {
                Some(ear) => {
                    ear.partitions.send_if_modified(|partitions| {
                        let grows = *partitions != share;
                        *partitions = share;
                        grows
                    });
                }
                None => ears.push(Ear::new(&shared, line, share, &stop)),
            }
        }
        tokio::select! {
            changed = map.changed() => if changed.is_err() { return },
            changed = wanted.changed() => if changed.is_err() { return },
        }
    }
}

/// Which of the wanted partitions each server has.
fn shares(keys: &Keys, map: &Map, wanted: &BTreeSet<u32>) -> Vec<(Arc<Line>, BTreeSet<u32>)> {
    let has = |line: &Arc<Line>, partition: u32| {
        map.line(keys.slot_of(partition)).is_some_and(|owner| Arc::ptr_eq(owner, line))
    };
    let share = |line: &Arc<Line>| wanted.iter().copied().filter(|p| has(line, *p)).collect();
    map.lines()
        .iter()
        .map(|line| (line.clone(), share(line)))
        .filter(|(_, share): &(_, BTreeSet<u32>)| !share.is_empty())
        .collect()
}

async fn listen(shared: Arc<Shared>, line: Arc<Line>, mut partitions: watch::Receiver<BTreeSet<u32>>) {
    let (mut pause, mut failures) = (PAUSE.0, 0_u32);
    loop {
        let began = Instant::now();
        let why = listen_once(&shared, &line, &mut partitions).await;
        failures = if began.elapsed() > PAUSE.1 { 0 } else { failures + 1 };
        match &why {
            Silence::Ended(why) if failures == TOLD_AFTER => {
                tracing::warn!(server = %line.node(), why, "can't subscribe to hints; trying on");
            }
            Silence::Ended(why) => tracing::debug!(server = %line.node(), why, "a subscription broke"),
            Silence::Deaf(partition) => {
                shared.counters.deaf.inc();
                tracing::warn!(server = %line.node(), partition, "a subscription brings nothing; subscribing again");
            }
        }
        // Whatever it was, the slot or the primary may be elsewhere; and behind this address may be another server.
        shared.servers.look_again();
        if failures == 0 {
            pause = PAUSE.0;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// Why nothing is heard any more.
enum Silence {
    /// The connection ended, or a server refused.
    Ended(String),
    /// It stands, and a probe of this partition did not come back.
    Deaf(u32),
}

impl From<RedisError> for Silence {
    fn from(error: RedisError) -> Self {
        Self::Ended(error.to_string())
    }
}

/// Partitions whose subscriptions stand on one connection. Dropped with it.
struct Standing<'a> {
    hub: &'a Hub,
    partitions: BTreeSet<u32>,
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.hub.fell(&self.partitions);
    }
}

/// Listens on one connection until it ends. Returns why.
async fn listen_once(
    shared: &Shared,
    line: &Line,
    partitions: &mut watch::Receiver<BTreeSet<u32>>,
) -> Silence {
    let broken = CancellationToken::new();
    let (heard_by, mut heard) = mpsc::channel(HEARD_MAX);
    let connection = match connect(shared, line, broken.clone(), heard_by).await {
        Ok(connection) => connection,
        Err(silence) => return silence,
    };
    shared.counters.subscriptions.inc();
    let mut standing = Standing { hub: &shared.hub, partitions: BTreeSet::new() };
    let mut probes = Probes::default();
    let mut publishing: Fuse<BoxFuture<'_, Vec<(u32, u64, bool)>>> = Fuse::terminated();
    let mut tick = tokio::time::interval(PROBE_TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let missing: Vec<_> =
            partitions.borrow_and_update().difference(&standing.partitions).copied().collect();
        if !missing.is_empty() {
            let subscribing = subscribe(shared, &connection, &missing, standing.partitions.is_empty());
            match tokio::time::timeout(line.access().call_timeout(), subscribing).await {
                Ok(Ok(probed)) => probes.add(probed),
                Ok(Err(silence)) => return silence,
                Err(_) => return Silence::Ended("no subscription in time".into()),
            }
            for partition in missing {
                standing.partitions.insert(partition);
                // Standing again, it may have missed what was told between break and now.
                shared.hub.stands(partition);
            }
        }
        tokio::select! {
            // What came back is noted before anything is judged.
            biased;
            () = broken.cancelled() => return Silence::Ended("the connection ended".into()),
            Some((partition, number)) = heard.recv() => {
                if probes.heard(partition, number) {
                    shared.counters.probes.inc();
                }
            }
            sent = &mut publishing => {
                for (partition, number, published) in sent {
                    probes.published(partition, number, published, Instant::now());
                }
            }
            changed = partitions.changed() => if changed.is_err() { return Silence::Ended("unwanted".into()) },
            _ = tick.tick() => {
                if let Some(partition) = probes.deaf(Instant::now()) {
                    return Silence::Deaf(partition);
                }
                let due = probes.due(Instant::now());
                if !due.is_empty() {
                    publishing = publish(shared, due).boxed().fuse();
                }
            }
        }
    }
}

async fn connect(
    shared: &Shared,
    line: &Line,
    broken: CancellationToken,
    heard: mpsc::Sender<(u32, u64)>,
) -> Result<MultiplexedConnection, Silence> {
    let client = line.access().client(line.node(), ProtocolVersion::RESP3)?;
    let (hub, channels) = (shared.hub.clone(), shared.channels.clone());
    // Runs in the connection's own task: must not wait.
    let push = move |push: PushInfo| {
        match push.kind {
            PushKind::Message | PushKind::SMessage => take_message(&hub, &channels, &heard, &push),
            // Nobody here unsubscribes: the server has given the slot away. What the library makes of a word that
            // nobody asked for is not known.
            PushKind::Disconnection | PushKind::Unsubscribe | PushKind::SUnsubscribe => broken.cancel(),
            _ => {}
        }
        Ok::<_, SendError>(())
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(line.access().call_timeout()))
        .set_pipeline_buffer_size(1_000)
        .set_push_sender(push);
    Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
}

fn take_message(
    hub: &Hub,
    channels: &HashMap<String, Channel>,
    heard: &mpsc::Sender<(u32, u64)>,
    push: &PushInfo,
) {
    let text = |n: usize| match push.data.get(n) {
        Some(Value::BulkString(bytes)) => std::str::from_utf8(bytes).ok(),
        Some(Value::SimpleString(text)) => Some(text.as_str()),
        _ => None,
    };
    let (Some(channel), Some(word)) = (text(0).and_then(|channel| channels.get(channel)), text(1)) else {
        return;
    };
    match channel {
        Channel::Hints(partition) => {
            if let Some(hint) = hints::parse(word) {
                hub.tell(*partition, &hint);
            }
        }
        Channel::Probe(partition) => {
            if let Ok(number) = word.parse() {
                // One too many to note is one that did not come back.
                let _ = heard.try_send((*partition, number));
            }
        }
    }
}

/// Subscribes to partitions, and to the probes of those that are to be probed, which it returns.
async fn subscribe(
    shared: &Shared,
    connection: &MultiplexedConnection,
    partitions: &[u32],
    first: bool,
) -> Result<Vec<u32>, Silence> {
    let probed: Vec<_> = if shared.sharded {
        partitions.to_vec()
    } else {
        partitions.first().copied().filter(|_| first).into_iter().collect()
    };
    let word = if shared.sharded { "SSUBSCRIBE" } else { "SUBSCRIBE" };
    let hints = partitions.iter().map(|partition| shared.keys.channel(*partition));
    let probes =
        probed.iter().filter_map(|partition| shared.probe_channels.get(*partition as usize)).cloned();
    // One command a channel: they are confirmed one by one, and sharded ones may be of several slots.
    let confirmed = hints.chain(probes).map(|channel| {
        let mut connection = connection.clone();
        async move { cmd(word).arg(channel).query_async::<Value>(&mut connection).await }
    });
    for confirmed in join_all(confirmed).await {
        confirmed?;
    }
    Ok(probed)
}

/// Publishes probes; tells which were.
async fn publish(shared: &Shared, due: Vec<(u32, u64)>) -> Vec<(u32, u64, bool)> {
    let word = if shared.sharded { "SPUBLISH" } else { "PUBLISH" };
    let published = due.into_iter().map(|(partition, number)| async move {
        let Some(channel) = shared.probe_channels.get(partition as usize) else {
            return (partition, number, false);
        };
        let mut publish = cmd(word);
        publish.arg(channel).arg(number);
        let request = Request::new(shared.keys.slot_of(partition), vec![publish]);
        (partition, number, shared.servers.ask(request).await.is_ok())
    });
    join_all(published).await
}
