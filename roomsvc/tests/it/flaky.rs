//! A store that fails when it is told to: for what a real one does only by chance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::{GatewayId, PARTITIONS_DEFAULT, Position, RoomId};
use switchboard_roomsvc::room::Room;
use switchboard_roomsvc::store::{
    Append, AppendReply, Hint, LogPage, MemoryStore, Meta, Pulse, Reply, RequestRecord, Store, StoreClock,
    StoreError, TokenKeys,
};
use tokio::sync::mpsc;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Fine,
    Away,
    /// The next append is lost on its way there (`false`) or on its way back (`true`); from then on it is away.
    Unclear(bool),
}

/// One room service's way to a store that it may share.
pub(crate) struct Flaky {
    inner: Arc<MemoryStore>,
    mode: Mutex<Mode>,
    /// Loads that are under way, and the most that were at one time.
    loading: AtomicUsize,
    loading_most: AtomicUsize,
    /// How long each takes, in milliseconds.
    load_takes: AtomicU64,
}

impl Flaky {
    pub(crate) fn new() -> Arc<Self> {
        Self::beside(&Arc::new(MemoryStore::new(PARTITIONS_DEFAULT)))
    }

    /// Another way to the same store.
    pub(crate) fn beside(inner: &Arc<MemoryStore>) -> Arc<Self> {
        let (loading, loading_most, load_takes) = Default::default();
        let mode = Mutex::new(Mode::Fine);
        Arc::new(Self { inner: inner.clone(), mode, loading, loading_most, load_takes })
    }

    pub(crate) fn store(&self) -> &Arc<MemoryStore> {
        &self.inner
    }

    pub(crate) fn away(&self) {
        *self.mode.lock() = Mode::Away;
    }

    pub(crate) fn back(&self) {
        *self.mode.lock() = Mode::Fine;
    }

    /// Nobody learns what became of the next append, which happens if `runs`; then the store is away.
    pub(crate) fn lose_next_append(&self, runs: bool) {
        *self.mode.lock() = Mode::Unclear(runs);
    }

    /// From now on a load takes so long.
    pub(crate) fn is_slow(&self, load_takes: Duration) {
        let ms = u64::try_from(load_takes.as_millis()).expect("is short");
        self.load_takes.store(ms, Ordering::Relaxed);
    }

    pub(crate) fn loading_most(&self) -> usize {
        self.loading_most.load(Ordering::Relaxed)
    }

    fn check(&self) -> Result<(), StoreError> {
        match *self.mode.lock() {
            Mode::Away => Err(StoreError::Refused("it is away".into())),
            Mode::Fine | Mode::Unclear(_) => Ok(()),
        }
    }

    fn call<'a, T: Send + 'a>(&'a self, reply: Reply<'a, T>) -> Reply<'a, T> {
        Box::pin(async move {
            self.check()?;
            reply.await
        })
    }
}

impl Store for Flaky {
    fn append(&self, append: Append) -> Reply<'_, AppendReply> {
        Box::pin(async move {
            self.check()?;
            let mode = *self.mode.lock();
            let Mode::Unclear(runs) = mode else { return self.inner.append(append).await };
            if runs {
                self.inner.append(append).await?;
            }
            self.away();
            Err(StoreError::Unclear("the reply was lost".into()))
        })
    }

    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>> {
        let room = room.clone();
        Box::pin(async move {
            self.check()?;
            let now = self.loading.fetch_add(1, Ordering::Relaxed) + 1;
            self.loading_most.fetch_max(now, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(self.load_takes.load(Ordering::Relaxed))).await;
            self.loading.fetch_sub(1, Ordering::Relaxed);
            self.inner.load(&room).await
        })
    }

    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        self.call(self.inner.subscribe(partition))
    }
    fn init(&self, meta: Meta) -> Reply<'_, Meta> {
        self.call(self.inner.init(meta))
    }
    fn replace_token_keys(&self, old: TokenKeys, new: TokenKeys) -> Reply<'_, TokenKeys> {
        self.call(self.inner.replace_token_keys(old, new))
    }
    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>> {
        self.call(self.inner.last_append(room))
    }
    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        self.call(self.inner.read_log(room, after))
    }
    fn read_log_start(&self, room: &RoomId) -> Reply<'_, LogPage> {
        self.call(self.inner.read_log_start(room))
    }
    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.call(self.inner.list_rooms(partition, after, limit))
    }
    fn due_rooms(
        &self,
        partition: u32,
        now: switchboard_proto::Millis,
        limit: usize,
    ) -> Reply<'_, Vec<RoomId>> {
        self.call(self.inner.due_rooms(partition, now, limit))
    }
    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        self.call(self.inner.request(room, key))
    }
    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        self.call(self.inner.knock(room))
    }
    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        self.call(self.inner.touch(room))
    }
    fn look_again(&self, room: &RoomId, at: switchboard_proto::Millis) -> Reply<'_, ()> {
        self.call(self.inner.look_again(room, at))
    }
    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        self.call(self.inner.renew_lease(gateway, ttl))
    }
    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        self.call(self.inner.leases(gateways))
    }
    fn ping(&self) -> Reply<'_, Pulse> {
        self.call(self.inner.ping())
    }
    fn clock(&self) -> &StoreClock {
        self.inner.clock()
    }
    fn describe(&self) -> String {
        "a store that fails".into()
    }
}
