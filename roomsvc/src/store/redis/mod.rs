//! Rooms in Redis: one short script an append (`scripts/append.lua`), plain commands for the rest.
//!
//! Commands and subscriptions go over connections of their own with different rules: a command fails soon, so that a
//! room goes on without the store; a subscription is taken up again for as long as the process lives.
//!
//! `address.rs` reads what an operator writes, `scout.rs` finds the servers behind it, `servers.rs` asks the one that
//! has a slot, `line.rs` is the connection to one. `pubsub.rs` listens at each, and `probes.rs` tells when that is deaf;
//! `replicas.rs` waits for replicas; `checks.rs` looks at the servers once, at the start.

mod address;
mod append;
mod checks;
mod counters;
pub(crate) mod decode;
mod line;
mod probes;
mod pubsub;
mod replicas;
mod scout;
mod servers;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{Cmd, Value, cmd};
use futures_util::FutureExt as _;
use futures_util::future::{join_all, try_join_all};
use switchboard_proto::{GatewayId, Millis, Position, RoomId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::keys::{Keys, NEVER, slot};
use super::log::{History, StoredRequest};
use super::{
    Append, AppendReply, Hint, LOG_PAGE_MAX, LogPage, Meta, Pulse, ROOM_TTL_MS, Reply, RequestRecord, Store,
    StoreClock, StoreError, TokenKeys, hints,
};
use crate::room::{self, Room};
use address::Kind;
pub use address::{RedisAddress, hide_secrets};
pub use counters::RedisMetrics;
use decode::Reader;
use line::{Access, Line};
use pubsub::PubSub;
use replicas::Wanted;
use scout::Scout;
use servers::{Request, Script, Servers};

/// Whether a server is the primary, and its replication id, empty where that is hidden; see `scripts/append.lua`.
const IDENTITY: &str = "local info = redis.pcall('INFO', 'replication')
if type(info) ~= 'string' then return { '', '' } end
return { string.match(info, 'role:(%a+)') or '', string.match(info, 'master_replid:(%x+)') or '' }";
/// Members of a sorted set that one step of a walk over it asks for.
const SCAN_STEP: usize = 1_000;

/// How to reach Redis.
#[derive(Clone)]
pub struct RedisConfig {
    /// As [`RedisAddress`] reads it.
    pub url: String,
    /// The certificates of authorities to trust in place of the machine's, PEM; for `rediss` addresses.
    pub tls_ca: Option<Vec<u8>>,
    /// What all keys begin with; `sb` unless several installations share one server.
    pub key_prefix: String,
    /// P.
    pub partitions: u32,
    /// How long one call may take; where replicas are waited for, half as long again.
    pub call_timeout: Duration,
    /// How many replicas must have a write before it counts as stored; 0: none is waited for.
    pub wait_replicas: u32,
    /// What is counted on the way.
    pub counters: RedisMetrics,
}

impl RedisConfig {
    /// Redis at `url`, with the defaults.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            tls_ca: None,
            key_prefix: "sb".into(),
            partitions: switchboard_proto::PARTITIONS_DEFAULT,
            call_timeout: Duration::from_secs(2),
            wait_replicas: 0,
            counters: RedisMetrics::default(),
        }
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("url", &hide_secrets(&self.url))
            .field("key_prefix", &self.key_prefix)
            .field("partitions", &self.partitions)
            .field("call_timeout", &self.call_timeout)
            .field("wait_replicas", &self.wait_replicas)
            .finish_non_exhaustive()
    }
}

/// Rooms in Redis. Dropping it ends its connections and tasks.
pub struct RedisStore {
    keys: Keys,
    clock: StoreClock,
    call_timeout: Duration,
    wait_replicas: u32,
    address: RedisAddress,
    servers: Arc<Servers>,
    pubsub: PubSub,
    counters: RedisMetrics,
    scripts: Scripts,
}

struct Scripts {
    append: Script,
    load: Script,
    forget: Script,
    read_log: Script,
    token_keys: Script,
}

impl RedisStore {
    /// Connects; fails within twice the call timeout if nobody answers.
    ///
    /// # Errors
    /// When the configuration is wrong, Redis can't be reached, or is one that can't be used; says which address was
    /// tried and what to do.
    pub async fn connect(config: RedisConfig) -> Result<Self, StoreError> {
        let refuse = |why: String| StoreError::Refused(why);
        if config.key_prefix.is_empty() || config.key_prefix.contains(['{', '}']) {
            return Err(refuse("the key prefix must not be empty and must not contain braces".into()));
        }
        if !(1..=switchboard_proto::PARTITIONS_MAX).contains(&config.partitions) {
            return Err(refuse(format!("partitions must be 1 to {}", switchboard_proto::PARTITIONS_MAX)));
        }
        let address = RedisAddress::parse(&config.url).map_err(refuse)?;
        if address.is_tls() {
            // Somebody else in this process may have been first, with the same one.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let access = Access::new(&address, config.tls_ca, config.call_timeout);
        if let Some(node) = address.nodes.first()
            && let Err(error) = Line::new(node.clone(), &access)
        {
            return Err(refuse(format!("connections to Redis can't be made: {error}")));
        }
        let scout = Scout::new(&address, &access);
        let keys = Keys::new(&config.key_prefix, config.partitions);
        let servers = Arc::new(Servers::new(scout, access, config.counters.clone()).await);
        let sharded = address.kind == Kind::Cluster;
        let counters = config.counters;
        let pubsub = PubSub::new(servers.clone(), &keys, sharded, config.call_timeout, counters.clone());
        let store = Self {
            keys,
            clock: StoreClock::new(),
            call_timeout: config.call_timeout,
            wait_replicas: config.wait_replicas,
            address,
            servers,
            pubsub,
            counters,
            scripts: Scripts {
                append: Script::new(include_str!("../scripts/append.lua")),
                load: Script::new(include_str!("../scripts/load.lua")),
                forget: Script::new(include_str!("../scripts/forget.lua")),
                read_log: Script::new(include_str!("../scripts/read_log.lua")),
                token_keys: Script::new(include_str!("../scripts/token_keys.lua")),
            },
        };
        store.check().await.map_err(|error| match error {
            StoreError::Refused(why) => refuse(format!("Redis at {} can't be used: {why}", store.address)),
            error => StoreError::Unclear(format!("Redis at {} can't be used: {error}", store.address)),
        })?;
        Ok(store)
    }

    /// Looks at each server once: whether it can be used, and what works worse than it looks.
    async fn check(&self) -> Result<(), StoreError> {
        for line in self.servers.map().lines() {
            let answers = match self.servers.ask_line(line, &checks::questions()).await {
                Ok(answers) => answers,
                // A user without the right to ask is served all the same.
                Err(StoreError::Refused(why)) => {
                    let sentence = checks::hidden(&line.node().to_string(), &why);
                    tracing::warn!(server = %line.node(), "{sentence}");
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Many users may not ask for this.
            let mut save = cmd("CONFIG");
            save.arg("GET").arg("save");
            let save = self.servers.ask_line(line, &[save]).await.ok();
            let save = save.and_then(|answers| answers.into_iter().next()).map(|save| vec![save]);
            let facts = checks::Facts::new(answers, save);
            if let Some(refusal) = checks::refusal(&facts, &self.address) {
                return Err(StoreError::Refused(format!("{} {refusal}", line.node())));
            }
            for warning in checks::warnings(&facts, &format!("Redis at {}", line.node())) {
                tracing::warn!(server = %line.node(), "{warning}");
            }
        }
        self.ping_meta().await.map(drop)
    }

    /// Runs commands of one slot and then TIME, in one write.
    async fn run_all(&self, slot: u16, mut cmds: Vec<Cmd>) -> Result<Reader, StoreError> {
        let called = Instant::now();
        cmds.push(cmd("TIME"));
        let mut values = self.servers.ask(Request::new(slot, cmds)).await?.values;
        let now = values.pop().map_or(Err(StoreError::Unclear("no time".into())), decode::time)?;
        self.clock.learn(now, called);
        Ok(Reader::new(Value::Array(values)))
    }

    /// Runs a script of a room, as an EVALSHA.
    async fn run_script(
        &self,
        room: &RoomId,
        script: &Script,
        cmd: Cmd,
    ) -> Result<(Arc<Line>, Value), StoreError> {
        let slot = self.keys.slot_of(self.keys.partition(room));
        let reply = self.servers.ask(Request::script(slot, script, cmd)).await?;
        Ok((reply.line, reply.values.into_iter().next().unwrap_or(Value::Nil)))
    }

    /// Waits until replicas have what `line` has said of a partition, where that is asked for. What is not sure to
    /// outlive the server is not told to anybody, whoever wrote it.
    async fn replicated(&self, line: &Line, partition: u32, fence: &str) -> Result<(), StoreError> {
        if self.wait_replicas == 0 {
            return Ok(());
        }
        let key = self.keys.wait(partition);
        let (replicas, within) = (self.wait_replicas, self.call_timeout / 4);
        let waited = line.replicated(Wanted { replicas, within, key: &key, fence }).await;
        if waited.is_err() {
            self.counters.replicas_short.inc();
        }
        waited
    }

    /// As [`Self::replicated`], for what was read of a room.
    async fn replicated_room(&self, line: &Line, room: &RoomId) -> Result<(), StoreError> {
        self.replicated(line, self.keys.partition(room), "").await
    }

    async fn ping_meta(&self) -> Result<bool, StoreError> {
        let key = self.keys.meta();
        let slot = slot(&key);
        let mut exists = cmd("EXISTS");
        exists.arg(key);
        let mut reply = self.run_all(slot, vec![exists]).await?;
        Ok(reply.number()? == 1)
    }

    /// Which servers they are, of all that take writes: any other one may know less than the one before.
    async fn identities(&self) -> Result<String, StoreError> {
        let map = self.servers.map();
        let asked = map.lines().iter().map(|line| async {
            let replies = self.servers.ask_line(line, &[identity_cmd()]).await?;
            let mut identity = Reader::new(replies.into_iter().next().unwrap_or(Value::Nil));
            let (role, fence) = (identity.text()?, identity.text()?);
            if role == "slave" {
                self.servers.look_anew();
                return Err(StoreError::Refused(format!(
                    "{} is a replica, which takes no writes",
                    line.node()
                )));
            }
            Ok(fence)
        });
        Ok(try_join_all(asked).await?.join(" "))
    }

    async fn do_load(&self, room: &RoomId) -> Result<Option<Room>, StoreError> {
        let partition = self.keys.partition(room);
        let cmd = |script: &Script| {
            let mut cmd = Cmd::new();
            cmd.arg("EVALSHA").arg(script.hash()).arg(2).arg(self.keys.room(room));
            cmd.arg(self.keys.rooms(partition)).arg(room.as_str());
            cmd
        };
        let called = Instant::now();
        let (line, reply) = self.run_script(room, &self.scripts.load, cmd(&self.scripts.load)).await?;
        let mut reply = Reader::new(reply);
        self.clock.learn(reply.millis()?, called);
        let fields = reply.pairs()?;
        if fields.is_empty() {
            if reply.number()? == 1 {
                self.run_script(room, &self.scripts.forget, cmd(&self.scripts.forget)).await?;
            }
            return Ok(None);
        }
        self.replicated_room(&line, room).await?;
        let (head, fields) = decode::room(fields)?;
        Ok(Some(room::load(room, head, &fields)?))
    }

    /// The page behind `after`; without, the first one that there is.
    async fn do_read_log(&self, room: &RoomId, after: Option<Position>) -> Result<LogPage, StoreError> {
        let mut cmd = Cmd::new();
        cmd.arg("EVALSHA").arg(self.scripts.read_log.hash()).arg(2);
        cmd.arg(self.keys.room(room)).arg(self.keys.log(room));
        cmd.arg(after.map_or(0, |after| after.seq)).arg(LOG_PAGE_MAX);
        let called = Instant::now();
        let (line, reply) = self.run_script(room, &self.scripts.read_log, cmd).await?;
        let mut reply = Reader::new(reply);
        self.clock.learn(reply.millis()?, called);
        self.replicated_room(&line, room).await?;
        let Some(head) = reply.head()? else { return Ok(LogPage::Missing) };
        let history = History::parse(head, &reply.text()?)?;
        let entries = reply.entries()?;
        Ok(match after {
            Some(after) => history.page(after, &entries)?,
            None => history.first_page(&entries)?,
        })
    }

    /// The list is ordered by time, not by id: a walk over all of it that keeps the first `limit` ids. A walk may
    /// give a member twice, which a set does not mind.
    async fn do_list(
        &self,
        partition: u32,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomId>, StoreError> {
        let mut first = BTreeSet::new();
        let mut cursor = String::from("0");
        loop {
            let mut scan = cmd("ZSCAN");
            scan.arg(self.keys.rooms(partition)).arg(&cursor).arg("COUNT").arg(SCAN_STEP);
            let reply = self.servers.ask(Request::new(self.keys.slot_of(partition), vec![scan])).await?;
            let mut reply = Reader::new(reply.values.into_iter().next().unwrap_or(Value::Nil));
            cursor = reply.text()?;
            for (room, _) in reply.pairs()? {
                let room = decode::room_id(&room)?;
                if after.as_ref().is_none_or(|after| room > *after) {
                    first.insert(room);
                    if first.len() > limit {
                        first.pop_last();
                    }
                }
            }
            if cursor == "0" {
                return Ok(first.into_iter().collect());
            }
        }
    }
}

impl RedisStore {
    /// What publishes on the channel of a partition; in a Cluster at its server only.
    fn publish_word(&self) -> &'static str {
        if self.address.kind == Kind::Cluster { "SPUBLISH" } else { "PUBLISH" }
    }
}

/// Asks a server who it is.
fn identity_cmd() -> Cmd {
    let mut eval = cmd("EVAL");
    eval.arg(IDENTITY).arg(0);
    eval
}

impl Store for RedisStore {
    fn init(&self, meta: Meta) -> Reply<'_, Meta> {
        async move {
            let key = self.keys.meta();
            // One by one: whoever else does the same sees all of them when it has written its own.
            let fields = [
                ("partitions", meta.partitions.to_string()),
                ("hash", meta.hash),
                ("layout", meta.layout.to_string()),
                ("token_key", meta.tokens.newest),
                ("token_key_made", meta.tokens.newest_made.0.to_string()),
                ("token_keys_older", meta.tokens.older.join(",")),
            ];
            let mut cmds: Vec<_> = fields
                .into_iter()
                .map(|(field, value)| {
                    let mut set = cmd("HSETNX");
                    set.arg(&key).arg(field).arg(value);
                    set
                })
                .collect();
            let mut get = cmd("HGETALL");
            get.arg(&key);
            cmds.push(get);
            let mut reply = self.run_all(slot(&key), cmds).await?;
            for _ in 0..6 {
                reply.number()?;
            }
            decode::meta(reply.pairs()?)
        }
        .boxed()
    }

    fn replace_token_keys(&self, old: TokenKeys, new: TokenKeys) -> Reply<'_, TokenKeys> {
        async move {
            let script = &self.scripts.token_keys;
            let mut cmd = Cmd::new();
            let key = self.keys.meta();
            cmd.arg("EVALSHA").arg(script.hash()).arg(1).arg(&key);
            cmd.arg(&old.newest).arg(old.newest_made.0);
            cmd.arg(&new.newest).arg(new.newest_made.0).arg(new.older.join(","));
            let reply = self.servers.ask(Request::script(slot(&key), script, cmd)).await?;
            let mut reply = Reader::new(reply.values.into_iter().next().unwrap_or(Value::Nil));
            Ok(decode::meta(reply.pairs()?)?.tokens)
        }
        .boxed()
    }

    fn append(&self, append: Append) -> Reply<'_, AppendReply> {
        self.do_append(append).boxed()
    }

    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>> {
        let room = room.clone();
        async move { self.do_load(&room).await }.boxed()
    }

    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>> {
        let slot = self.keys.slot_of(self.keys.partition(room));
        let mut get = cmd("HMGET");
        get.arg(self.keys.room(room)).arg("epoch").arg("seq").arg("by");
        async move {
            let mut reply = self.run_all(slot, vec![get]).await?.parts();
            let Some(epoch) = reply.optional_text()? else { return Ok(None) };
            let head = decode::position(&epoch, &reply.text()?)?;
            Ok(Some((head, reply.optional_text()?.unwrap_or_default())))
        }
        .boxed()
    }

    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move { self.do_read_log(&room, Some(after)).await }.boxed()
    }

    fn read_log_start(&self, room: &RoomId) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move { self.do_read_log(&room, None).await }.boxed()
    }

    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.do_list(partition, after, limit).boxed()
    }

    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>> {
        async move {
            let mut range = cmd("ZRANGEBYSCORE");
            range.arg(self.keys.rooms(partition)).arg("-inf").arg(now.0.min(NEVER - 1));
            range.arg("LIMIT").arg(0).arg(limit);
            let mut reply = self.run_all(self.keys.slot_of(partition), vec![range]).await?;
            reply.texts()?.iter().map(|room| decode::room_id(room)).collect()
        }
        .boxed()
    }

    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        let (partition, redis_key) = (self.keys.partition(room), self.keys.request(room, key));
        let key = key.to_owned();
        async move {
            let mut get = cmd("GET");
            get.arg(redis_key);
            let reply = self.servers.ask(Request::new(self.keys.slot_of(partition), vec![get])).await?;
            let text = Reader::new(Value::Array(reply.values)).optional_text()?;
            if text.is_some() {
                self.replicated(&reply.line, partition, "").await?;
            }
            Ok(text.map(|text| StoredRequest::decode(&key, &text)).transpose()?)
        }
        .boxed()
    }

    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        self.pubsub.subscribe(partition).boxed()
    }

    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        async move {
            let partition = self.keys.partition(&room);
            let mut publish = cmd(self.publish_word());
            publish.arg(self.keys.channel(partition)).arg(hints::knock_text(&room));
            self.servers.ask(Request::new(self.keys.slot_of(partition), vec![publish])).await.map(drop)
        }
        .boxed()
    }

    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        let slot = self.keys.slot_of(self.keys.partition(room));
        let keys = [self.keys.room(room), self.keys.log(room)];
        async move {
            // No script: should the room have closed meanwhile, its tombstone stays a day, which harms nobody; and by
            // GT not shorter than who is barred from it (`Room::tombstone_ms`).
            let expire = |key| {
                let mut expire = cmd("PEXPIRE");
                expire.arg(key).arg(ROOM_TTL_MS).arg("GT");
                expire
            };
            self.run_all(slot, keys.into_iter().map(expire).collect()).await.map(drop)
        }
        .boxed()
    }

    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()> {
        let (partition, room) = (self.keys.partition(room), room.to_string());
        async move {
            // XX: a room that closed meanwhile does not come back to the list.
            let mut add = cmd("ZADD");
            add.arg(self.keys.rooms(partition)).arg("XX").arg(at.0.min(NEVER)).arg(room);
            self.run_all(self.keys.slot_of(partition), vec![add]).await.map(drop)
        }
        .boxed()
    }

    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        let key = self.keys.gateway(gateway);
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        async move {
            let slot = slot(&key);
            let mut set = cmd("SET");
            set.arg(key).arg(1).arg("PX").arg(ttl);
            self.run_all(slot, vec![set]).await.map(drop)
        }
        .boxed()
    }

    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        async move {
            // In a Cluster they lie in slots of their own.
            let at_once = if self.address.kind == Kind::Cluster { 1 } else { gateways.len().max(1) };
            let asked = gateways.chunks(at_once).map(|gateways| async move {
                let keys: Vec<_> = gateways.iter().map(|gateway| self.keys.gateway(gateway)).collect();
                let slot = keys.first().map_or(0, |key| slot(key));
                let exists = |key| {
                    let mut exists = cmd("EXISTS");
                    exists.arg(key);
                    exists
                };
                let mut reply = self.run_all(slot, keys.into_iter().map(exists).collect()).await?;
                gateways.iter().map(|_| Ok(reply.number()? == 1)).collect::<Result<Vec<_>, StoreError>>()
            });
            Ok(try_join_all(asked).await?.concat())
        }
        .boxed()
    }

    fn ping(&self) -> Reply<'_, Pulse> {
        async move {
            let (has_meta, fence) = tokio::try_join!(self.ping_meta(), self.identities())?;
            // A store that can't keep what it is told as it is asked to counts as away: rooms go on in memory.
            let map = self.servers.map();
            let lines = (0..self.keys.partitions())
                .filter_map(|p| Some((p, map.line(self.keys.slot_of(p))?)))
                .fold(Vec::<(u32, &Arc<Line>)>::new(), |mut lines, (p, line)| {
                    if !lines.iter().any(|(_, known)| Arc::ptr_eq(known, line)) {
                        lines.push((p, line));
                    }
                    lines
                });
            for waited in join_all(lines.into_iter().map(|(p, line)| self.replicated(line, p, ""))).await {
                waited.map_err(|error| StoreError::Refused(error.to_string()))?;
            }
            Ok(Pulse { fence, has_meta })
        }
        .boxed()
    }

    fn clock(&self) -> &StoreClock {
        &self.clock
    }

    fn describe(&self) -> String {
        format!("Redis at {}", self.address)
    }

    fn system(&self) -> &'static str {
        "redis"
    }
}
