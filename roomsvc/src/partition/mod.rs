//! One actor a partition: it owns the partition's rooms in memory, and no lock is held across partitions.
//!
//! The actor never waits for a room, a link or the store (S40): work comes by a bounded mailbox, goes into the
//! room's own bounded queue, and what takes time is a task whose end comes back here.

mod answer;
mod awake;
mod batch;
mod following;
mod fork;
mod lost;
mod outbox;
mod outside;
mod reader;
mod reconcile;
mod replay;
mod ring;
mod slot;
mod unclear;
mod work;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use switchboard_metrics::Partition as PartitionLabel;
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{GatewayId, RoomId};
use switchboard_telemetry::Tracer;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

pub(crate) use outbox::{LINK_OUTBOX_BYTES_MAX, Outbox, WATCH_OUTBOX_BYTES_MAX};
pub(crate) use work::{
    Attach, AttachedSession, Call, Command, FromLink, Input, ReaderId, RequestKey, Watch, Work,
};

use crate::leases::Leases;
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::reached::Reached;
use crate::store::{Hint, Store};
use crate::token::Tokens;
use awake::Awake;
use outside::{Done, Outside, degraded};
use slot::Slot;

/// Inputs that may wait for a partition; who sends waits for room, and so holds back only itself.
const MAILBOX_MAX: usize = 1_024;
/// How often readers that are behind, idle rooms and heads are looked at.
const TICK: Duration = Duration::from_secs(1);
/// In how many ticks each head is compared once (R15).
const COMPARE_TICKS: u64 = 10;
/// Ticks after which a room that nobody follows is forgotten; the store has it.
const IDLE_TICKS: u32 = 60;
/// After how many lives of a lease somebody looks at a room that sockets hold: should all who know it have died, its
/// people are found within that.
const LOOK_LEASES: u64 = 2;
/// How long calls that are under way may take when the room service stops.
const FINISH_WITHIN: Duration = Duration::from_secs(1);
/// Inputs taken in one turn before rooms are stepped.
const TURN_MAX: usize = 64;

/// The way to a partition's actor.
#[derive(Clone)]
pub(crate) struct Partition {
    mailbox: mpsc::Sender<Input>,
    /// Notified when a full outbox of this partition has drained.
    pub(crate) drained: Arc<Notify>,
    /// The gateways whose links are open here, for their leases.
    gateways: Arc<parking_lot::Mutex<HashMap<ReaderId, GatewayId>>>,
}

/// What an actor is made of.
#[derive(Clone)]
pub(crate) struct Parts {
    /// Where rooms live.
    pub(crate) store: Arc<dyn Store>,
    /// Since when it is reached.
    pub(crate) reached: Arc<Reached>,
    /// Whether there is work without it.
    pub(crate) outage: Arc<Outage>,
    /// Which gateways live.
    pub(crate) leases: Arc<Leases>,
    /// Rooms that may be made one with the store's at the same time.
    pub(crate) reconciles: Arc<Semaphore>,
    /// How long the store may fail before a room goes on without it.
    pub(crate) fork_after: Duration,
    /// The life of a gateway's lease, in milliseconds.
    pub(crate) lease_ms: u64,
    /// Resume tokens.
    pub(crate) tokens: Arc<Tokens>,
    /// Counters.
    pub(crate) metrics: Arc<Metrics>,
    /// Traces.
    pub(crate) tracer: Tracer,
    /// This room service.
    pub(crate) instance: Arc<str>,
}

impl Partition {
    /// Starts the actor of partition `index`; it ends with `stop`. The future is the actor: its owner spawns it.
    pub(crate) fn new(
        index: u32,
        parts: Parts,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (mailbox, inbox) = mpsc::channel(MAILBOX_MAX);
        let drained = Arc::new(Notify::new());
        let gateways = Arc::default();
        let handle = Self { mailbox, drained: drained.clone(), gateways: Arc::clone(&gateways) };
        let out = Outside {
            store: parts.store,
            reached: parts.reached,
            told_degraded: parts.outage.is_degraded(),
            outage: parts.outage,
            leases: parts.leases,
            lease_ms: parts.lease_ms,
            reconciles: parts.reconciles,
            fork_after: parts.fork_after,
            look_interval_ms: parts.lease_ms.saturating_mul(LOOK_LEASES),
            tokens: parts.tokens,
            metrics: parts.metrics,
            tracer: parts.tracer,
            tasks: FuturesUnordered::new(),
            links: HashMap::new(),
            instance: parts.instance,
            appends: 0,
            awake: Awake::new(Instant::now()),
        };
        let actor = Actor { index, out, rooms: HashMap::new(), dirty: HashSet::new(), gateways, ticks: 0 };
        (handle, actor.run(inbox, drained, stop))
    }

    /// Sends something; waits while the mailbox is full.
    ///
    /// # Errors
    /// When the actor has stopped.
    pub(crate) async fn send(&self, input: Input) -> Result<(), ErrorReason> {
        self.mailbox.send(input).await.map_err(|_| ErrorReason::ShuttingDown)
    }

    /// The gateways whose links are open here.
    pub(crate) fn gateways(&self) -> Vec<GatewayId> {
        self.gateways.lock().values().cloned().collect()
    }
}

struct Actor {
    index: u32,
    out: Outside,
    rooms: HashMap<RoomId, Slot>,
    /// Rooms to step before the next wait.
    dirty: HashSet<RoomId>,
    gateways: Arc<parking_lot::Mutex<HashMap<ReaderId, GatewayId>>>,
    ticks: u64,
}

impl Actor {
    async fn run(mut self, mut inbox: mpsc::Receiver<Input>, drained: Arc<Notify>, stop: CancellationToken) {
        let store = self.out.store.clone();
        // R15: whoever is served was read after the subscription stood. While the store is away there is none, and
        // rooms go on without; once it stands, all of them are read again.
        let mut hints = None;
        let mut subscribing = Box::pin(subscribe(store.as_ref(), self.index).fuse());
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut degraded = self.out.outage.subscribe();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Ok(()) = degraded.changed() => self.out.tell_degraded(),
                Some((room, done)) = self.out.tasks.next() => {
                    self.out.awake.turn(Instant::now());
                    self.on_done(room, done);
                }
                subscribed = &mut subscribing => {
                    hints = Some(subscribed);
                    self.on_hint(Hint::Lost);
                }
                hint = next_hint(&mut hints), if hints.is_some() => match hint {
                    Some(hint) => self.on_hint(hint),
                    None => {
                        hints = None;
                        subscribing.set(subscribe(store.as_ref(), self.index).fuse());
                    }
                },
                input = inbox.recv() => match input {
                    Some(input) => {
                        self.on_input(input);
                        for _ in 1..TURN_MAX {
                            let Ok(input) = inbox.try_recv() else { break };
                            self.on_input(input);
                        }
                    }
                    None => break,
                },
                () = drained.notified() => self.fill_behind(),
                _ = tick.tick() => self.on_tick(),
            }
            self.out.awake.turn(Instant::now());
            self.step_dirty();
        }
        for (_, outbox) in self.out.links.values() {
            outbox.end(ErrorReason::ShuttingDown);
        }
        for slot in self.rooms.values() {
            slot.end_watches(ErrorReason::ShuttingDown);
        }
        self.gateways.lock().clear();
        // Links say everything again elsewhere. Callers would have to be told that nobody knows what became of their
        // call: those that are under way are finished.
        let _ = tokio::time::timeout(FINISH_WITHIN, self.finish_calls()).await;
    }

    async fn finish_calls(&mut self) {
        while self.rooms.values().any(Slot::has_calls) {
            let Some((room, done)) = self.out.tasks.next().await else { return };
            self.on_done(room, done);
            self.step_dirty();
        }
    }

    fn step_dirty(&mut self) {
        for room in self.dirty.drain() {
            if let Some(slot) = self.rooms.get_mut(&room) {
                slot.step(&mut self.out);
            }
        }
    }

    fn slot(&mut self, room: &RoomId) -> &mut Slot {
        self.dirty.insert(room.clone());
        if !self.rooms.contains_key(room) {
            self.out.metrics.rooms.inc();
        }
        self.rooms.entry(room.clone()).or_insert_with(|| Slot::new(room.clone()))
    }

    fn enqueue(&mut self, room: &RoomId, work: Work, read: Instant) {
        self.slot(room);
        if let Some(slot) = self.rooms.get_mut(room) {
            slot.enqueue(work, read, &mut self.out);
        }
    }

    fn on_input(&mut self, input: Input) {
        match input {
            Input::LinkOpened { id, gateway, outbox, told_degraded } => {
                self.gateways.lock().insert(id, gateway.clone());
                if told_degraded != self.out.told_degraded {
                    outbox.push_answer(degraded(self.out.told_degraded));
                }
                self.out.links.insert(id, (gateway, outbox));
                self.out.metrics.links_open.get(PartitionLabel(self.index)).inc();
            }
            Input::FromLink { id, read, items } => {
                if self.out.links.contains_key(&id) {
                    for (room, work) in items {
                        self.enqueue(&room, work, read);
                    }
                }
            }
            Input::LinkClosed { id } => {
                self.gateways.lock().remove(&id);
                if self.out.links.remove(&id).is_some() {
                    self.out.metrics.links_open.get(PartitionLabel(self.index)).dec();
                }
                for slot in self.rooms.values_mut() {
                    slot.forget(id);
                }
            }
            Input::Call { room, command } => self.enqueue(&room, Work::Command(*command), Instant::now()),
            Input::Watch { room, watch } => self.enqueue(&room, Work::Watch(watch), Instant::now()),
            Input::GatewaysGone { gateways, checked_at } => {
                for slot in self.rooms.values_mut() {
                    slot.gateways_gone(&gateways, checked_at, &mut self.out);
                    slot.step(&mut self.out);
                }
            }
            Input::Look { room } => {
                self.slot(&room);
                if let Some(slot) = self.rooms.get_mut(&room) {
                    slot.look(&mut self.out);
                }
            }
        }
    }

    fn on_done(&mut self, room: RoomId, done: Done) {
        if let Some(slot) = self.rooms.get_mut(&room) {
            slot::on_done(slot, done, &mut self.out);
            self.dirty.insert(room);
        }
    }

    fn on_hint(&mut self, hint: Hint) {
        match hint {
            Hint::Moved { room, head } => {
                self.out.metrics.hints.inc();
                if let Some(slot) = self.rooms.get_mut(&room) {
                    slot.on_hint(head);
                    self.dirty.insert(room);
                }
            }
            Hint::Knock(room) => {
                if let Some(slot) = self.rooms.get_mut(&room) {
                    slot.on_knock();
                    self.dirty.insert(room);
                }
            }
            Hint::Lost => {
                self.out.metrics.hints_lost.inc();
                for (room, slot) in &mut self.rooms {
                    slot.on_hints_lost();
                    self.dirty.insert(room.clone());
                }
            }
        }
    }

    fn fill_behind(&mut self) {
        for (room, slot) in &mut self.rooms {
            for id in slot.behind() {
                slot.fill(id, &mut self.out);
                self.dirty.insert(room.clone());
            }
        }
    }

    fn on_tick(&mut self) {
        self.fill_behind();
        self.ticks += 1;
        let mut queued = 0;
        for (n, slot) in self.rooms.values_mut().enumerate() {
            queued += slot.queued();
            slot.tick(&mut self.out);
            if n as u64 % COMPARE_TICKS == self.ticks % COMPARE_TICKS {
                slot.compare_head(&self.out);
            }
            slot.step(&mut self.out);
        }
        self.out.metrics.commands_queued.get(PartitionLabel(self.index)).set(queued);
        let before = self.rooms.len();
        self.rooms.retain(|_, slot| !slot.is_idle(IDLE_TICKS));
        self.out.metrics.rooms.dec_by(before - self.rooms.len());
    }
}

/// Subscribes, however long that takes.
async fn subscribe(store: &dyn Store, partition: u32) -> mpsc::Receiver<Hint> {
    loop {
        match store.subscribe(partition).await {
            Ok(hints) => return hints,
            Err(error) => tracing::debug!(partition, %error, "can't subscribe to hints; trying again"),
        }
        tokio::time::sleep(Duration::from_millis(rand::random_range(100..500))).await;
    }
}

/// The next hint; never, without a subscription.
async fn next_hint(hints: &mut Option<mpsc::Receiver<Hint>>) -> Option<Hint> {
    match hints {
        Some(hints) => hints.recv().await,
        None => std::future::pending().await,
    }
}
