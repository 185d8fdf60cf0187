//! One store for all room services, with what goes wrong between them and it: each call may be late, lost on its way
//! there or back, refused, or run after its caller gave up. Hints may be dropped, doubled and late. Another server may
//! take over, with all that was written, without the newest of it, or with nothing.

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
    StoreError, TokenKeys,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::history::Kept;
use crate::net::Host;
use crate::rng::Rng;
use crate::{note, os, violated};

/// The store's own deadline of a call.
const DEADLINE: Duration = Duration::from_secs(2);

/// The store itself and what goes wrong with it.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

struct Inner {
    partitions: u32,
    state: Mutex<State>,
    /// Processes that are stopped: their calls and answers wait.
    stopped: watch::Sender<BTreeSet<Arc<str>>>,
}

struct State {
    memory: Arc<MemoryStore>,
    /// How many servers there were: a call to an older one is lost.
    server: u64,
    /// What the server says of itself; a room's is that of its newest write.
    fence: u64,
    rng: Rng,
    /// Room services that can't reach the store.
    away: BTreeSet<Arc<str>>,
    dead: BTreeSet<Host>,
    /// Room services whose subscriptions carry nothing, which nobody tells them.
    deaf: BTreeSet<Arc<str>>,
    /// Calls for this room take almost as long as they may.
    stuck: Option<RoomId>,
    /// Of a thousand calls, how many go wrong in some way.
    trouble: u64,
    /// Of a thousand hints.
    hint_trouble: u64,
    /// The store's clock against the simulation's, in milliseconds.
    offset: i64,
    leases: BTreeMap<GatewayId, Instant>,
    kept: Kept,
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

/// What a server that takes over has of what was written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Has {
    /// All but so many of the newest writes.
    AllBut(usize),
    /// Nothing.
    Nothing,
}

impl World {
    /// An empty store.
    pub(crate) fn new(partitions: u32, mut rng: Rng) -> Self {
        let state = State {
            memory: Arc::new(MemoryStore::new(partitions)),
            server: 1,
            fence: rng.next(),
            rng,
            away: BTreeSet::new(),
            dead: BTreeSet::new(),
            deaf: BTreeSet::new(),
            stuck: None,
            trouble: 0,
            hint_trouble: 0,
            offset: 0,
            leases: BTreeMap::new(),
            kept: Kept::default(),
            in_flight: BTreeMap::new(),
        };
        let stopped = watch::Sender::new(BTreeSet::new());
        Self(Arc::new(Inner { partitions, state: Mutex::new(state), stopped }))
    }

    /// The store as the room service on `host` has it. `skew_ms`: how wrong that machine's clock is.
    pub(crate) fn of(&self, host: &Host, skew_ms: i64) -> Arc<SimStore> {
        let clock = os::skewed(skew_ms, StoreClock::new);
        Arc::new(SimStore { world: self.clone(), host: host.clone(), clock: Arc::new(clock) })
    }

    /// What is stored, without any trouble.
    pub(crate) fn memory(&self) -> Arc<MemoryStore> {
        self.0.state.lock().memory.clone()
    }

    /// All that was ever appended, and what became of it.
    pub(crate) fn kept(&self) -> Kept {
        self.0.state.lock().kept.clone()
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

    /// Whether a room service hears no hints.
    pub(crate) fn set_deaf(&self, host: &str, deaf: bool) {
        let mut state = self.0.state.lock();
        if deaf {
            state.deaf.insert(host.into())
        } else {
            state.deaf.remove(host)
        };
    }

    /// Calls for this room take long.
    pub(crate) fn set_stuck(&self, room: Option<RoomId>) {
        self.0.state.lock().stuck = room;
    }

    /// Stops a process, or wakes it: what it asks for and is told waits meanwhile.
    pub(crate) fn set_stopped(&self, host: &str, stopped: bool) {
        self.0.stopped.send_modify(|hosts| {
            if stopped {
                hosts.insert(host.into())
            } else {
                hosts.remove(host)
            };
        });
    }

    async fn woken(&self, host: &Host) {
        // The sender lives as long as this.
        let _ = self.0.stopped.subscribe().wait_for(|hosts| !hosts.contains(&host.0)).await;
    }

    /// The room service is gone; what it asked for may still happen.
    pub(crate) fn kill(&self, host: &Host) {
        let mut state = self.0.state.lock();
        state.dead.insert(host.clone());
        state.in_flight.retain(|(at, _), _| at != host);
        state.kept.died(host);
    }

    /// Another server takes over, which has some of what was written. Its clock differs by `jump_ms`. With the same
    /// `fence` nobody can tell it from the one before: a server whose keys were deleted, or whose clock was set.
    pub(crate) fn take_over(&self, has: Has, new_fence: bool, jump_ms: i64) {
        let mut state = self.0.state.lock();
        let state = &mut *state;
        state.offset += jump_ms;
        if new_fence {
            state.fence = state.rng.next();
        }
        state.server += 1;
        let partitions = self.0.partitions;
        let memory = os::skewed(state.offset, || MemoryStore::new(partitions));
        let lossy = match has {
            Has::AllBut(count) => {
                if let Some(Ok(meta)) =
                    state.memory.ping().now_or_never().map(|pulse| pulse.map(|p| p.has_meta))
                    && meta
                    && let Some(Ok(meta)) = state.memory.init(nothing()).now_or_never()
                {
                    drop(memory.init(meta).now_or_never());
                }
                state.kept.roll_back(count);
                count > 0
            }
            Has::Nothing => {
                state.kept.roll_back(usize::MAX);
                true
            }
        };
        for append in state.kept.writes() {
            let again = memory.append(Append { now: Millis(0), ..append.clone() }).now_or_never();
            if !matches!(again, Some(Ok(AppendReply::Stored))) {
                violated!("the simulation can't write {:?} again: {again:?}", append.expect);
            }
        }
        let now = Instant::now();
        for (gateway, expires) in &state.leases {
            let left = expires.saturating_duration_since(now);
            let gone = matches!(has, Has::Nothing) || (lossy && state.rng.chance(300));
            let left = left.saturating_sub(Duration::from_millis(jump_ms.max(0).unsigned_abs()));
            if !gone && !left.is_zero() {
                drop(memory.renew_lease(gateway, left).now_or_never());
            }
        }
        state.memory = Arc::new(memory);
        state.kept.stands(&state.memory);
    }

    fn is_away(&self, host: &Host) -> bool {
        let state = self.0.state.lock();
        state.away.contains(&host.0) || state.dead.contains(host)
    }

    /// How long until the call is run, what becomes of it, and how long the answer takes.
    fn draw(&self, host: &Host, room: Option<&RoomId>) -> (Duration, Fate, Duration) {
        let mut state = self.0.state.lock();
        let away = state.away.contains(&host.0) || state.dead.contains(host);
        let trouble = state.trouble;
        let stuck = room.is_some() && state.stuck.as_ref() == room;
        let rng = &mut state.rng;
        let (there, back) =
            (Duration::from_micros(rng.range(100, 2_000)), Duration::from_micros(rng.range(100, 2_000)));
        if away {
            return (there, Fate::LostBefore, back);
        }
        if stuck {
            return (there, Fate::Fine, rng.ms(1_700, 1_950));
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

    fn server(&self) -> u64 {
        self.0.state.lock().server
    }

    /// That server, if it is still the one.
    fn memory_of(&self, server: u64) -> Option<Arc<MemoryStore>> {
        let state = self.0.state.lock();
        (state.server == server).then(|| state.memory.clone())
    }

    /// Whether the fence stops the append: the stored one is another server's, and no epoch begins. In the order of
    /// the script in Redis: head and requests come first.
    async fn is_fenced(&self, memory: &MemoryStore, append: &Append) -> Result<bool, StoreError> {
        let creates = append.expect.is_none() || append.entries.first().is_some_and(|e| e.position.seq == 1);
        let fences = {
            let state = self.0.state.lock();
            state.kept.fence(&append.room).is_some_and(|fence| fence != state.fence)
        };
        if append.begins_epoch || creates || !fences {
            return Ok(false);
        }
        if memory.load(&append.room).await?.map(|room| room.head()) != append.expect {
            return Ok(false);
        }
        for request in &append.requests {
            if memory.request(&append.room, &request.key).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn appended(&self, host: &Host, append: Append) {
        for entry in &append.entries {
            let kind = format!("{:?}", entry.change);
            note!(
                "store {}/{} {} {} {:?} {kind}",
                host.0,
                host.1,
                append.room,
                entry.position,
                entry.counter
            );
        }
        let mut state = self.0.state.lock();
        let state = &mut *state;
        state.kept.append(host, append, state.fence, &state.memory);
    }

    fn knows(&self, host: &Host, room: &RoomId, position: Option<Position>) {
        if let Some(position) = position {
            self.0.state.lock().kept.knows(host, room, position);
        }
    }
}

/// What a store that has something never takes.
fn nothing() -> Meta {
    Meta { partitions: 0, hash: String::new(), layout: 0, tokens: TokenKeys::default() }
}

fn last(entries: &[Entry]) -> Option<Position> {
    entries.last().map(|entry| entry.position)
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
    /// The clock of the machine jumps: what this room service takes for the store's time is wrong until the store's
    /// next answer.
    pub(crate) fn jump(&self, ms: i64) {
        let now = i64::try_from(self.clock.now().0).unwrap_or_default();
        self.clock.learn(Millis(u64::try_from(now + ms).unwrap_or_default()), Instant::now());
    }

    fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        room: Option<&RoomId>,
        run: impl FnOnce(Arc<MemoryStore>) -> BoxFuture<'static, Result<T, StoreError>> + Send + 'static,
    ) -> Reply<'_, T> {
        let room = room.cloned();
        async move {
            let called = Instant::now();
            self.world.woken(&self.host).await;
            let (there, fate, back) = self.world.draw(&self.host, room.as_ref());
            if fate != Fate::Fine || there + back > Duration::from_millis(5) {
                note!("store {}/{} {what} {fate:?} {there:?} {back:?}", self.host.0, self.host.1);
            }
            if fate == Fate::Refused {
                tokio::time::sleep(there + back).await;
                self.world.woken(&self.host).await;
                return Err(StoreError::Refused("LOADING simulated".into()));
            }
            let (answer, answered) = oneshot::channel();
            if fate != Fate::LostBefore {
                let (world, server) = (self.world.clone(), self.world.server());
                tokio::spawn(async move {
                    tokio::time::sleep(there).await;
                    // A server that is gone takes its connections along.
                    let Some(memory) = world.memory_of(server) else { return };
                    let result = run(memory.clone()).await;
                    let at = memory.clock().now();
                    drop(memory);
                    tokio::time::sleep(back).await;
                    if fate == Fate::Fine {
                        drop(answer.send((result, at)));
                    } else {
                        tokio::time::sleep(DEADLINE).await;
                    }
                });
            } else {
                // Some losses are noticed at once, some by the deadline.
                let quick = there < Duration::from_millis(1);
                if quick {
                    tokio::time::sleep(there).await;
                    self.world.woken(&self.host).await;
                    return Err(StoreError::Unclear("connection lost (simulated)".into()));
                }
                std::mem::forget(answer);
            }
            let answered = tokio::time::timeout(DEADLINE, answered).await;
            self.world.woken(&self.host).await;
            match answered {
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
        self.call("init", None, |memory| async move { memory.init(meta).await }.boxed())
    }

    fn replace_token_keys(&self, old: TokenKeys, new: TokenKeys) -> Reply<'_, TokenKeys> {
        self.call("replace_token_keys", None, |memory| {
            async move { memory.replace_token_keys(old, new).await }.boxed()
        })
    }

    fn append(&self, append: Append) -> Reply<'_, AppendReply> {
        async move {
            let _in_flight = InFlight::new(self, &append.room);
            let (host, world) = (self.host.clone(), self.world.clone());
            let (room, end) = (append.room.clone(), last(&append.entries));
            let run = |memory: Arc<MemoryStore>| {
                async move {
                    if world.is_fenced(&memory, &append).await? {
                        return Ok(AppendReply::Fence);
                    }
                    let reply = memory.append(append.clone()).await;
                    if matches!(reply, Ok(AppendReply::Stored)) {
                        world.appended(&host, append);
                    }
                    reply
                }
                .boxed()
            };
            let reply = self.call("append", Some(&room), run).await;
            match &reply {
                Ok(AppendReply::Stored) => self.world.knows(&self.host, &room, end),
                Ok(AppendReply::Stale { tail, .. }) => self.world.knows(&self.host, &room, last(tail)),
                _ => {}
            }
            reply
        }
        .boxed()
    }

    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>> {
        let room = room.clone();
        async move {
            let id = room.clone();
            let run = |memory: Arc<MemoryStore>| async move { memory.load(&id).await }.boxed();
            let reply = self.call("load", Some(&room), run).await;
            let head = reply.as_ref().ok().and_then(|room| room.as_ref().map(Room::head));
            self.world.knows(&self.host, &room, head);
            reply
        }
        .boxed()
    }

    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>> {
        let room = room.clone();
        let id = room.clone();
        async move {
            let run = |memory: Arc<MemoryStore>| async move { memory.last_append(&id).await }.boxed();
            self.call("last_append", Some(&room), run).await
        }
        .boxed()
    }

    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move {
            let id = room.clone();
            let run =
                move |memory: Arc<MemoryStore>| async move { memory.read_log(&id, after).await }.boxed();
            let reply = self.call("read_log", Some(&room), run).await;
            if let Ok(LogPage::Entries { entries, .. }) = &reply {
                self.world.knows(&self.host, &room, last(entries));
            }
            reply
        }
        .boxed()
    }

    fn read_log_start(&self, room: &RoomId) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move {
            let id = room.clone();
            let run = move |memory: Arc<MemoryStore>| async move { memory.read_log_start(&id).await }.boxed();
            self.call("read_log_start", Some(&room), run).await
        }
        .boxed()
    }

    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.call("list", None, move |memory| {
            async move { memory.list_rooms(partition, after, limit).await }.boxed()
        })
    }

    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.call("due", None, move |memory| {
            async move { memory.due_rooms(partition, now, limit).await }.boxed()
        })
    }

    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        let (room, key) = (room.clone(), key.to_owned());
        self.call("request", None, |memory| async move { memory.request(&room, &key).await }.boxed())
    }

    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        let (world, host) = (self.world.clone(), self.host.clone());
        self.call("subscribe", None, move |memory| {
            async move {
                let inner = memory.subscribe(partition).await?;
                let (sender, receiver) = mpsc::channel(1_024);
                tokio::spawn(hints(world, host, inner, sender));
                Ok(receiver)
            }
            .boxed()
        })
    }

    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        self.call("knock", None, |memory| async move { memory.knock(&room).await }.boxed())
    }

    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        self.call("touch", None, |memory| async move { memory.touch(&room).await }.boxed())
    }

    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()> {
        let room = room.clone();
        self.call("look_again", None, move |memory| async move { memory.look_again(&room, at).await }.boxed())
    }

    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        let (gateway, world) = (gateway.clone(), self.world.clone());
        self.call("renew", None, move |memory| {
            async move {
                world.0.state.lock().leases.insert(gateway.clone(), Instant::now() + ttl);
                memory.renew_lease(&gateway, ttl).await
            }
            .boxed()
        })
    }

    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        self.call("leases", None, |memory| async move { memory.leases(gateways).await }.boxed())
    }

    fn ping(&self) -> Reply<'_, Pulse> {
        let world = self.world.clone();
        self.call("ping", None, move |memory| {
            async move {
                let pulse = memory.ping().await?;
                let fence = format!("{:016x}", world.0.state.lock().fence);
                Ok(Pulse { fence, ..pulse })
            }
            .boxed()
        })
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
                    world.woken(&host).await;
                    drop(sender.try_send(Hint::Lost));
                }
                continue;
            }
        };
        let Some(hint) = hint else { return };
        world.woken(&host).await;
        if world.is_away(&host) {
            missed = true;
            continue;
        }
        let (late, fate) = {
            let mut state = world.0.state.lock();
            let trouble = state.hint_trouble;
            let is_deaf = state.deaf.contains(&host.0);
            let rng = &mut state.rng;
            let fate = if rng.chance(trouble) { 1 + rng.below(3) } else { 0 };
            let late =
                if fate == 3 { rng.ms(5, 3_000) } else { Duration::from_micros(rng.range(100, 2_000)) };
            (late, if is_deaf { 1 } else { fate })
        };
        if fate == 1 {
            note!("hint to {} dropped: {hint:?}", host.0);
            continue;
        }
        for _ in 0..(if fate == 2 { 2 } else { 1 }) {
            let (sender, hint, world, host) = (sender.clone(), hint.clone(), world.clone(), host.clone());
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                world.woken(&host).await;
                drop(sender.try_send(hint));
            });
        }
    }
}
