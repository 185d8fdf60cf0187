//! Rooms in this process' memory, with the same promises and the same stored forms as in Redis.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use switchboard_proto::{GatewayId, Millis, Position, RoomId, partition_of};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::hints::Hub;
use super::log::{History, Place, Stored, StoredRequest, encode};
use super::{
    AHEAD_MAX_MS, Append, AppendReply, Hint, LOG_BYTES_MAX, LOG_ENTRIES_MAX, LOG_PAGE_MAX, LogPage, Meta,
    NextLook, Pulse, REQUEST_TTL_MS, ROOM_TTL_MS, Reply, RequestRecord, Store, StoreClock, StoreError,
    TAIL_MAX, TokenKeys,
};
use crate::room::{self, BadRecord, Room};

/// Rooms in memory: gone with the process, and for one room service only. There is one server for ever, so the fence
/// never changes.
pub struct MemoryStore {
    partitions: u32,
    began: Instant,
    began_at: Millis,
    clock: StoreClock,
    hub: Hub,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    meta: Option<Meta>,
    rooms: HashMap<RoomId, StoredRoom>,
    /// The rooms of each partition that are not closed, with their next look; `None`: never.
    lists: HashMap<u32, BTreeMap<RoomId, Option<Millis>>>,
    /// By room and key.
    requests: HashMap<(RoomId, String), String>,
    leases: HashMap<GatewayId, Millis>,
    /// Rooms and requests by the time when they may go. A room that was used since comes back here.
    expiries: BinaryHeap<Reverse<(Millis, Expiring)>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Expiring {
    Room(RoomId),
    Request(RoomId, String),
}

struct StoredRoom {
    head: Position,
    /// Where the newest append came from: what a person who debugs looks at, and R8 b′.
    by: String,
    fields: HashMap<String, String>,
    log: VecDeque<Stored<Arc<str>>>,
    /// The time of each entry of the log.
    times: VecDeque<Millis>,
    log_bytes: usize,
    expires: Millis,
}

impl MemoryStore {
    /// An empty store with `partitions` partitions.
    #[must_use]
    pub fn new(partitions: u32) -> Self {
        let began_at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
        Self {
            partitions: partitions.max(1),
            began: Instant::now(),
            began_at: Millis(u64::try_from(began_at).unwrap_or_default()),
            clock: StoreClock::new(),
            hub: Hub::default(),
            state: Mutex::default(),
        }
    }

    /// The time, which every call tells the clock as a reply of Redis does.
    fn time(&self) -> Millis {
        let now = self.began_at.plus(u64::try_from(self.began.elapsed().as_millis()).unwrap_or_default());
        self.clock.learn(now, Instant::now());
        now
    }

    fn append_now(&self, append: Append) -> Result<AppendReply, StoreError> {
        let place = append.place()?;
        let encoded: Vec<(Millis, Stored<Arc<str>>)> = append
            .entries
            .iter()
            .map(|entry| {
                let body = entry.body.as_str().into();
                (entry.at, Stored { position: entry.position, entry: encode(entry).into(), body })
            })
            .collect();
        let now = self.time();
        let mut state = self.state.lock();
        state.expire(now);
        if let Some(refusal) = state.check(&append, place, now)? {
            return Ok(refusal);
        }

        let head = append.head();
        let look = append.look();
        let Append { room: id, fields, tombstone_ms, requests, by, keep_ms, .. } = append;
        let partition = partition_of(&id, self.partitions);
        let State { rooms, lists, requests: kept, expiries, .. } = &mut *state;
        if place != Place::Follow {
            rooms.remove(&id);
        }
        let expires = now.plus(tombstone_ms.unwrap_or(ROOM_TTL_MS));
        let is_new = !rooms.contains_key(&id);
        let room = rooms.entry(id.clone()).or_insert_with(|| StoredRoom::new(expires));
        if is_new || expires < room.expires {
            expiries.push(Reverse((expires, Expiring::Room(id.clone()))));
        }
        room.expires = expires;
        room.head = head;
        room.by = by;
        room.take_entries(encoded, tombstone_ms.is_some(), now, keep_ms);
        for (field, value) in fields {
            match value {
                Some(value) => room.fields.insert(field, value),
                None => room.fields.remove(&field),
            };
        }
        let list = lists.entry(partition).or_default();
        match look {
            None => {}
            Some(NextLook::Gone) => drop(list.remove(&id)),
            Some(NextLook::Never) => drop(list.insert(id.clone(), None)),
            Some(NextLook::At(at)) => drop(list.insert(id.clone(), Some(at))),
        }
        for request in requests {
            let text = StoredRequest::encode(&request);
            let expires = now.plus(REQUEST_TTL_MS);
            expiries.push(Reverse((expires, Expiring::Request(id.clone(), request.key.clone()))));
            kept.insert((id.clone(), request.key), text);
        }
        drop(state);
        self.hub.tell(partition, &Hint::Moved { room: id, head });
        Ok(AppendReply::Stored)
    }

    fn load_now(&self, id: &RoomId) -> Result<Option<Room>, StoreError> {
        let now = self.time();
        let stored = {
            let mut state = self.state.lock();
            state.expire(now);
            let pairs = |room: &StoredRoom| {
                let fields = room.fields.iter().map(|(field, value)| (field.clone(), value.clone()));
                (room.head, fields.collect::<Vec<_>>())
            };
            state.rooms.get(id).map(pairs)
        };
        Ok(stored.map(|(head, fields)| room::load(id, head, &fields)).transpose()?)
    }

    fn read_log_now(&self, id: &RoomId, after: Option<Position>) -> Result<LogPage, StoreError> {
        let now = self.time();
        let (history, read) = {
            let mut state = self.state.lock();
            state.expire(now);
            let Some(room) = state.rooms.get(id) else { return Ok(LogPage::Missing) };
            (room.history()?, room.behind(after.unwrap_or(Position::ZERO), LOG_PAGE_MAX))
        };
        Ok(match after {
            Some(after) => history.page(after, &read)?,
            None => history.first_page(&read)?,
        })
    }

    /// Runs `read` when the future is first polled, not when it is made.
    fn reply<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&'a Self, Millis) -> Result<T, StoreError> + Send + 'a,
    ) -> Reply<'a, T> {
        async move {
            let now = self.time();
            read(self, now)
        }
        .boxed()
    }
}

impl State {
    /// The checks of an append, in the order of the script in Redis; nothing is changed.
    fn check(&self, append: &Append, place: Place, now: Millis) -> Result<Option<AppendReply>, StoreError> {
        let stored = self.rooms.get(&append.room);
        let head = stored.map(|room| room.head);
        if head != append.expect {
            let tail = match stored {
                None => Vec::new(),
                Some(room) => {
                    let after = append.expect.unwrap_or(Position::ZERO);
                    room.history()?.tail(after, &room.behind(after, TAIL_MAX))?
                }
            };
            return Ok(Some(AppendReply::Stale { head, tail }));
        }
        if place == Place::Create && stored.is_some_and(|room| !room.is_closed()) {
            let why = "OPEN: a room can only be created in place of a closed one";
            return Err(StoreError::Refused(why.into()));
        }
        for request in &append.requests {
            if let Some(text) = self.requests.get(&(append.room.clone(), request.key.clone())) {
                return Ok(Some(AppendReply::Repeat(StoredRequest::decode(&request.key, text)?)));
            }
        }
        let ahead = append.now > now.plus(AHEAD_MAX_MS);
        Ok(ahead.then_some(AppendReply::Ahead))
    }

    /// Drops what expired.
    fn expire(&mut self, now: Millis) {
        while self.expiries.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            match self.expiries.pop() {
                Some(Reverse((_, Expiring::Request(room, key)))) => {
                    self.requests.remove(&(room, key));
                }
                Some(Reverse((_, Expiring::Room(id)))) => {
                    match self.rooms.get(&id).map(|room| room.expires) {
                        Some(expires) if expires > now => {
                            self.expiries.push(Reverse((expires, Expiring::Room(id))));
                        }
                        Some(_) => {
                            self.rooms.remove(&id);
                            for list in self.lists.values_mut() {
                                list.remove(&id);
                            }
                        }
                        None => {}
                    }
                }
                None => {}
            }
        }
    }
}

impl StoredRoom {
    fn is_closed(&self) -> bool {
        self.fields.get("state").is_some_and(|state| state == "closed")
    }

    fn new(expires: Millis) -> Self {
        Self {
            head: Position::ZERO,
            by: String::new(),
            fields: HashMap::new(),
            log: VecDeque::new(),
            times: VecDeque::new(),
            log_bytes: 0,
            expires,
        }
    }

    fn history(&self) -> Result<History, BadRecord> {
        History::parse(self.head, self.fields.get("past").map_or("", String::as_str))
    }

    /// The log behind the seq of `after`. Seqs rise by one, so the place is known without a search.
    fn behind(&self, after: Position, limit: usize) -> Vec<Stored<Arc<str>>> {
        let first = self.log.front().map_or(0, |entry| entry.position.seq);
        let skip = usize::try_from((after.seq + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.log.iter().skip(skip).take(limit).cloned().collect()
    }

    fn take_entries(
        &mut self,
        entries: Vec<(Millis, Stored<Arc<str>>)>,
        closed: bool,
        now: Millis,
        keep_ms: u64,
    ) {
        for (at, entry) in entries {
            self.log_bytes += entry.entry.len() + entry.body.len();
            self.times.push_back(at);
            self.log.push_back(entry);
        }
        if closed {
            // The end itself stays, for readers at other room services.
            let keep = self.log.len().saturating_sub(1);
            self.log.drain(..keep);
            self.times.drain(..keep);
            self.log_bytes = self.log.iter().map(|entry| entry.entry.len() + entry.body.len()).sum();
        }
        let cut = Millis(now.0.saturating_sub(keep_ms));
        while self.log.len() > 1 {
            let old = self.times.front().is_some_and(|at| *at < cut);
            if !old && self.log.len() <= LOG_ENTRIES_MAX && self.log_bytes <= LOG_BYTES_MAX {
                break;
            }
            self.times.pop_front();
            if let Some(entry) = self.log.pop_front() {
                self.log_bytes -= entry.entry.len() + entry.body.len();
            }
        }
    }
}

impl Store for MemoryStore {
    fn init(&self, meta: Meta) -> Reply<'_, Meta> {
        self.reply(|store, _| Ok(store.state.lock().meta.get_or_insert(meta).clone()))
    }

    fn replace_token_keys(&self, old: TokenKeys, new: TokenKeys) -> Reply<'_, TokenKeys> {
        self.reply(move |store, _| {
            let mut state = store.state.lock();
            let Some(meta) = &mut state.meta else { return Ok(TokenKeys::default()) };
            if meta.tokens == old {
                meta.tokens = new;
            }
            Ok(meta.tokens.clone())
        })
    }

    fn append(&self, append: Append) -> Reply<'_, AppendReply> {
        async move { self.append_now(append) }.boxed()
    }

    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>> {
        let room = room.clone();
        async move { self.load_now(&room) }.boxed()
    }

    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>> {
        let room = room.clone();
        self.reply(move |store, now| {
            let mut state = store.state.lock();
            state.expire(now);
            Ok(state.rooms.get(&room).map(|room| (room.head, room.by.clone())))
        })
    }

    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move { self.read_log_now(&room, Some(after)) }.boxed()
    }

    fn read_log_start(&self, room: &RoomId) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move { self.read_log_now(&room, None) }.boxed()
    }

    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.reply(move |store, now| {
            let mut state = store.state.lock();
            state.expire(now);
            let Some(list) = state.lists.get(&partition) else { return Ok(Vec::new()) };
            let from = after.map_or(Unbounded, Excluded);
            Ok(list.range((from, Unbounded)).take(limit).map(|(room, _)| room.clone()).collect())
        })
    }

    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.reply(move |store, _| {
            let state = store.state.lock();
            let Some(list) = state.lists.get(&partition) else { return Ok(Vec::new()) };
            let due = list.iter().filter_map(|(room, at)| at.filter(|at| *at <= now).map(|at| (at, room)));
            let mut due: Vec<_> = due.collect();
            due.sort_unstable();
            Ok(due.into_iter().take(limit).map(|(_, room)| room.clone()).collect())
        })
    }

    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        let (room, key) = (room.clone(), key.to_owned());
        self.reply(move |store, now| {
            let mut state = store.state.lock();
            state.expire(now);
            let text = state.requests.get(&(room, key.clone()));
            Ok(text.map(|text| StoredRequest::decode(&key, text)).transpose()?)
        })
    }

    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        self.reply(move |store, _| Ok(store.hub.subscribe(partition)))
    }

    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        self.reply(move |store, _| {
            let partition = partition_of(&room, store.partitions);
            store.hub.tell(partition, &Hint::Knock(room));
            Ok(())
        })
    }

    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        self.reply(move |store, now| {
            let mut state = store.state.lock();
            state.expire(now);
            if let Some(room) = state.rooms.get_mut(&room).filter(|room| !room.is_closed()) {
                room.expires = now.plus(ROOM_TTL_MS);
            }
            Ok(())
        })
    }

    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()> {
        let (room, partition) = (room.clone(), partition_of(room, self.partitions));
        self.reply(move |store, _| {
            let mut state = store.state.lock();
            if let Some(look) = state.lists.get_mut(&partition).and_then(|list| list.get_mut(&room)) {
                *look = Some(at);
            }
            Ok(())
        })
    }

    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        let gateway = gateway.clone();
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        self.reply(move |store, now| {
            let mut state = store.state.lock();
            state.leases.retain(|_, expires| *expires > now);
            state.leases.insert(gateway, now.plus(ttl));
            Ok(())
        })
    }

    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        self.reply(move |store, now| {
            let state = store.state.lock();
            Ok(gateways.iter().map(|gateway| state.leases.get(gateway).is_some_and(|at| *at > now)).collect())
        })
    }

    fn ping(&self) -> Reply<'_, Pulse> {
        self.reply(|store, _| {
            let has_meta = store.state.lock().meta.is_some();
            Ok(Pulse { fence: String::new(), has_meta })
        })
    }

    fn clock(&self) -> &StoreClock {
        &self.clock
    }

    fn describe(&self) -> String {
        "this process' memory".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::{ApiAction, Command, TOMBSTONE_MS};
    use crate::store::testing::{KEEP_MS, commit, create, decide, id, load, message, read, stored};

    const LEASE_TTL_MS: u64 = 15_000;

    async fn pass(ms: u64) {
        tokio::time::advance(Duration::from_millis(ms)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn everything_expires() {
        let store = MemoryStore::new(1);
        let room = create(&store, "room").await;
        let tombstone = create(&store, "tombstone").await;
        let close = Command::Api { request: None, action: ApiAction::Close };
        commit(&store, &tombstone, &[close]).await;
        let request = RequestRecord { key: "k".into(), digest: "d".into(), answer: "a".into() };
        let (append, room) = decide(&room, &[message("x")], store.clock.now(), false);
        stored(store.append(Append { requests: vec![request], ..append }).await);
        let gateway = GatewayId::parse("g").expect("is an id");
        store.renew_lease(&gateway, Duration::from_millis(LEASE_TTL_MS)).await.expect("it is written");

        let lease = || async { store.leases(vec![gateway.clone()]).await.expect("it is read") };
        pass(LEASE_TTL_MS - 1).await;
        assert_eq!(lease().await, [true]);
        pass(1).await;
        assert_eq!(lease().await, [false]);
        let kept = || async { store.request(&id("room"), "k").await.expect("it is read").is_some() };
        pass(REQUEST_TTL_MS - LEASE_TTL_MS - 1).await;
        assert!(kept().await);
        pass(1).await;
        assert!(!kept().await);
        pass(TOMBSTONE_MS - REQUEST_TTL_MS - 1).await;
        assert!(load(&store, &id("tombstone")).await.is_some());
        pass(1).await;
        assert_eq!(load(&store, &id("tombstone")).await, None);

        // An hour later it is used once more: a day from then.
        commit(&store, &room, &[message("y")]).await;
        pass(ROOM_TTL_MS - 1).await;
        store.touch(&id("room")).await.expect("it is written");
        pass(ROOM_TTL_MS - 1).await;
        assert!(load(&store, &id("room")).await.is_some());
        assert_eq!(store.list_rooms(0, None, 10).await.expect("it is read"), [id("room")]);
        pass(1).await;
        assert_eq!(load(&store, &id("room")).await, None);
        assert!(store.list_rooms(0, None, 10).await.expect("it is read").is_empty());
        assert!(store.state.lock().expiries.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_keeps_what_is_young() {
        let store = MemoryStore::new(1);
        let mut room = create(&store, "room").await;
        for _ in 0..10 {
            pass(KEEP_MS / 5).await;
            room = commit(&store, &room, &[message("x")]).await;
        }
        let head = room.head();
        let behind = |n: u64| Position::new(head.epoch, head.seq - n);
        assert_eq!(read(&store, room.id(), behind(6)).await.len(), 6);
        let page = store.read_log(room.id(), behind(7)).await;
        assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "{page:?}");
    }
}
