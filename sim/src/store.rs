//! One store for all room services, with what goes wrong between them and it: each call may be late, lost on its way
//! there or back, refused, or run after its caller gave up. Hints may be dropped, doubled and late.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use switchboard_proto::{GatewayId, Millis, Position, RoomId};
use switchboard_roomsvc::room::{Entry, Room};
use switchboard_roomsvc::store::{
    Append, AppendReply, Hint, LogPage, MemoryStore, Meta, Pulse, Reply, RequestRecord, Store, StoreClock,
    StoreError,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::net::Host;
use crate::rng::Rng;
use crate::{note, violated};

/// The store's own deadline of a call.
const DEADLINE: Duration = Duration::from_secs(2);

/// The store itself and what goes wrong with it.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

struct Inner {
    memory: Arc<MemoryStore>,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    /// Room services that can't reach the store.
    away: BTreeSet<Arc<str>>,
    dead: BTreeSet<Host>,
    /// Of a thousand calls, how many go wrong in some way.
    trouble: u64,
    /// Of a thousand hints.
    hint_trouble: u64,
    /// All that was ever appended, in order.
    log: BTreeMap<RoomId, Vec<Entry>>,
    in_flight: BTreeMap<(Host, RoomId), u32>,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    LostBefore,
    LostAfter,
    Refused,
}

impl World {
    /// An empty store.
    pub(crate) fn new(partitions: u32, rng: Rng) -> Self {
        let state = State {
            rng,
            away: BTreeSet::new(),
            dead: BTreeSet::new(),
            trouble: 0,
            hint_trouble: 0,
            log: BTreeMap::new(),
            in_flight: BTreeMap::new(),
        };
        Self(Arc::new(Inner { memory: Arc::new(MemoryStore::new(partitions)), state: Mutex::new(state) }))
    }

    /// The store as the room service on `host` has it.
    pub(crate) fn of(&self, host: &Host) -> SimStore {
        SimStore { world: self.clone(), host: host.clone(), clock: Arc::new(StoreClock::new()) }
    }

    /// What is stored, without any trouble.
    pub(crate) fn memory(&self) -> &MemoryStore {
        &self.0.memory
    }

    /// All that was ever appended.
    pub(crate) fn log(&self) -> BTreeMap<RoomId, Vec<Entry>> {
        self.0.state.lock().log.clone()
    }

    /// How often calls and hints go wrong, of a thousand.
    pub(crate) fn set_trouble(&self, calls: u64, hints: u64) {
        let mut state = self.0.state.lock();
        (state.trouble, state.hint_trouble) = (calls, hints);
    }

    /// Whether a room service reaches the store.
    pub(crate) fn set_away(&self, host: &str, away: bool) {
        let mut state = self.0.state.lock();
        if away {
            state.away.insert(host.into())
        } else {
            state.away.remove(host)
        };
    }

    /// The room service is gone; what it asked for may still happen.
    pub(crate) fn kill(&self, host: &Host) {
        let mut state = self.0.state.lock();
        state.dead.insert(host.clone());
        state.in_flight.retain(|(at, _), _| at != host);
    }

    fn is_away(&self, host: &Host) -> bool {
        let state = self.0.state.lock();
        state.away.contains(&host.0) || state.dead.contains(host)
    }

    /// How long until the call is run, what becomes of it, and how long the answer takes.
    fn draw(&self, host: &Host) -> (Duration, Fate, Duration) {
        let mut state = self.0.state.lock();
        let away = state.away.contains(&host.0) || state.dead.contains(host);
        let trouble = state.trouble;
        let rng = &mut state.rng;
        let (there, back) =
            (Duration::from_micros(rng.range(100, 2_000)), Duration::from_micros(rng.range(100, 2_000)));
        if away {
            return (there, Fate::LostBefore, back);
        }
        if !rng.chance(trouble) {
            return (there, Fate::Fine, back);
        }
        match rng.below(8) {
            0 => (there, Fate::LostBefore, back),
            1 => (there, Fate::LostAfter, back),
            2 => (rng.ms(1, 1_500), Fate::LostAfter, back),
            3 => (there, Fate::Refused, back),
            4 => (rng.ms(5, 300), Fate::Fine, back),
            5 => (there, Fate::Fine, rng.ms(5, 1_000)),
            // Its caller has given up when it runs.
            6 => (rng.ms(2_000, 6_000), Fate::Fine, back),
            _ => (rng.ms(300, 1_900), Fate::Fine, back),
        }
    }

    fn appended(&self, host: &Host, room: &RoomId, entries: Vec<Entry>) {
        for entry in &entries {
            let kind = format!("{:?}", entry.change);
            note!("store {}/{} {room} {} {:?} {kind}", host.0, host.1, entry.position, entry.counter);
        }
        self.0.state.lock().log.entry(room.clone()).or_default().extend(entries);
    }
}

/// The store as one room service has it.
pub(crate) struct SimStore {
    world: World,
    host: Host,
    clock: Arc<StoreClock>,
}

/// Counts an append that is awaited.
struct InFlight<'a>(&'a SimStore, RoomId);

impl<'a> InFlight<'a> {
    fn new(store: &'a SimStore, room: &RoomId) -> Self {
        let mut state = store.world.0.state.lock();
        let count = state.in_flight.entry((store.host.clone(), room.clone())).or_default();
        *count += 1;
        if *count > 1 {
            violated!("V19: {count} appends in flight for {room} at {}", store.host.0);
        }
        drop(state);
        Self(store, room.clone())
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut state = self.0.world.0.state.lock();
        if let Some(count) = state.in_flight.get_mut(&(self.0.host.clone(), self.1.clone())) {
            *count = count.saturating_sub(1);
        }
    }
}

impl SimStore {
    fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        run: impl FnOnce(World) -> BoxFuture<'static, Result<T, StoreError>> + Send + 'static,
    ) -> Reply<'_, T> {
        async move {
            let called = Instant::now();
            let (there, fate, back) = self.world.draw(&self.host);
            if fate != Fate::Fine || there + back > Duration::from_millis(5) {
                note!("store {}/{} {what} {fate:?} {there:?} {back:?}", self.host.0, self.host.1);
            }
            if fate == Fate::Refused {
                tokio::time::sleep(there + back).await;
                return Err(StoreError::Refused("LOADING simulated".into()));
            }
            let (answer, answered) = oneshot::channel();
            if fate != Fate::LostBefore {
                let world = self.world.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(there).await;
                    let result = run(world.clone()).await;
                    let at = world.0.memory.clock().now();
                    tokio::time::sleep(back).await;
                    if fate == Fate::Fine {
                        drop(answer.send((result, at)));
                    }
                });
            } else {
                // Some losses are noticed at once, some by the deadline.
                let quick = there < Duration::from_millis(1);
                if quick {
                    tokio::time::sleep(there).await;
                    return Err(StoreError::Unclear("connection lost (simulated)".into()));
                }
                std::mem::forget(answer);
            }
            match tokio::time::timeout(DEADLINE, answered).await {
                Ok(Ok((result, at))) if !self.world.is_away(&self.host) => {
                    self.clock.learn(at, called);
                    result
                }
                Ok(Ok(_)) => {
                    tokio::time::sleep_until(called + DEADLINE).await;
                    Err(StoreError::Unclear("no answer in time (simulated)".into()))
                }
                Ok(Err(_)) => Err(StoreError::Unclear("connection lost (simulated)".into())),
                Err(_) => Err(StoreError::Unclear("no answer in time (simulated)".into())),
            }
        }
        .boxed()
    }
}

impl Store for SimStore {
    fn init(&self, meta: Meta) -> Reply<'_, Meta> {
        self.call("init", |world| async move { world.0.memory.init(meta).await }.boxed())
    }

    fn append(&self, append: Append) -> Reply<'_, AppendReply> {
        async move {
            let _in_flight = InFlight::new(self, &append.room);
            let host = self.host.clone();
            let run = |world: World| {
                async move {
                    let (room, entries) = (append.room.clone(), append.entries.clone());
                    let reply = world.0.memory.append(append).await;
                    if matches!(reply, Ok(AppendReply::Stored)) {
                        world.appended(&host, &room, entries);
                    }
                    reply
                }
                .boxed()
            };
            self.call("append", run).await
        }
        .boxed()
    }

    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>> {
        let room = room.clone();
        self.call("load", |world| async move { world.0.memory.load(&room).await }.boxed())
    }

    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>> {
        let room = room.clone();
        self.call("last_append", |world| async move { world.0.memory.last_append(&room).await }.boxed())
    }

    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        let room = room.clone();
        self.call("read_log", move |world| async move { world.0.memory.read_log(&room, after).await }.boxed())
    }

    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.call("list", move |world| {
            async move { world.0.memory.list_rooms(partition, after, limit).await }.boxed()
        })
    }

    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.call("due", move |world| {
            async move { world.0.memory.due_rooms(partition, now, limit).await }.boxed()
        })
    }

    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        let (room, key) = (room.clone(), key.to_owned());
        self.call("request", |world| async move { world.0.memory.request(&room, &key).await }.boxed())
    }

    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        let (world, host) = (self.world.clone(), self.host.clone());
        self.call("subscribe", move |store| {
            async move {
                let inner = store.0.memory.subscribe(partition).await?;
                let (sender, receiver) = mpsc::channel(1_024);
                tokio::spawn(hints(world, host, inner, sender));
                Ok(receiver)
            }
            .boxed()
        })
    }

    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        self.call("knock", |world| async move { world.0.memory.knock(&room).await }.boxed())
    }

    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        self.call("touch", |world| async move { world.0.memory.touch(&room).await }.boxed())
    }

    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()> {
        let room = room.clone();
        self.call("look_again", move |world| {
            async move { world.0.memory.look_again(&room, at).await }.boxed()
        })
    }

    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        let gateway = gateway.clone();
        self.call("renew", move |world| {
            async move { world.0.memory.renew_lease(&gateway, ttl).await }.boxed()
        })
    }

    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        self.call("leases", |world| async move { world.0.memory.leases(gateways).await }.boxed())
    }

    fn ping(&self) -> Reply<'_, Pulse> {
        self.call("ping", |world| async move { world.0.memory.ping().await }.boxed())
    }

    fn clock(&self) -> &StoreClock {
        &self.clock
    }

    fn describe(&self) -> String {
        "simulated".into()
    }
}

/// Carries hints to a room service, mostly.
async fn hints(world: World, host: Host, mut inner: mpsc::Receiver<Hint>, sender: mpsc::Sender<Hint>) {
    let mut missed = false;
    loop {
        let hint = tokio::select! {
            biased;
            hint = inner.recv() => hint,
            () = sender.closed() => return,
            () = tokio::time::sleep(Duration::from_millis(200)), if missed => {
                if !world.is_away(&host) {
                    missed = false;
                    drop(sender.try_send(Hint::Lost));
                }
                continue;
            }
        };
        let Some(hint) = hint else { return };
        if world.is_away(&host) {
            missed = true;
            continue;
        }
        let (late, fate) = {
            let mut state = world.0.state.lock();
            let trouble = state.hint_trouble;
            let rng = &mut state.rng;
            let fate = if rng.chance(trouble) { 1 + rng.below(3) } else { 0 };
            let late =
                if fate == 3 { rng.ms(5, 3_000) } else { Duration::from_micros(rng.range(100, 2_000)) };
            (late, fate)
        };
        if fate == 1 {
            note!("hint to {} dropped: {hint:?}", host.0);
            continue;
        }
        for _ in 0..(if fate == 2 { 2 } else { 1 }) {
            let (sender, hint) = (sender.clone(), hint.clone());
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                drop(sender.try_send(hint));
            });
        }
    }
}
