//! Rooms in Redis: one short script an append (`scripts/append.lua`), plain commands for the rest.
//!
//! Commands and subscriptions go over connections of their own with different rules: a command fails soon, so that a
//! room goes on without the store; a subscription is taken up again for as long as the process lives.

mod append;
mod decode;
mod pubsub;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::io::tcp::TcpSettings;
use ::redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, IntoConnectionInfo as _, Pipeline, Script, ServerErrorKind, Value,
};
use futures_util::FutureExt as _;
use parking_lot::RwLock;
use switchboard_proto::{GatewayId, Millis, Position, RoomId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::keys::{Keys, NEVER};
use super::log::{History, StoredRequest};
use super::{
    Append, AppendReply, Hint, LOG_PAGE_MAX, LogPage, Meta, Pulse, ROOM_TTL_MS, Reply, RequestRecord, Store,
    StoreClock, StoreError, hints,
};
use crate::room::{self, Room};
use decode::Reader;
use pubsub::PubSub;

/// A dead peer is known after this, on both connections. A stopped one is not dead: its kernel still answers.
const USER_TIMEOUT: Duration = Duration::from_secs(10);
/// The server's replication id, empty where that is hidden; see `scripts/append.lua`.
const FENCE: &str = "local info = redis.pcall('INFO', 'replication')
return type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''";
/// Members of a sorted set that one step of a walk over it asks for.
const SCAN_STEP: usize = 1_000;

/// How to reach Redis.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/db]`.
    pub url: String,
    /// What all keys begin with; `sb` unless several installations share one server.
    pub key_prefix: String,
    /// P.
    pub partitions: u32,
    /// How long one call may take.
    pub call_timeout: Duration,
}

impl RedisConfig {
    /// Redis at `url`, with the defaults.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key_prefix: "sb".into(),
            partitions: switchboard_proto::PARTITIONS_DEFAULT,
            call_timeout: Duration::from_secs(2),
        }
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("url", &"hidden")
            .field("key_prefix", &self.key_prefix)
            .field("partitions", &self.partitions)
            .field("call_timeout", &self.call_timeout)
            .finish()
    }
}

/// Rooms in Redis. Dropping it ends its connections and its one task.
pub struct RedisStore {
    keys: Keys,
    clock: StoreClock,
    call_timeout: Duration,
    address: String,
    client: Client,
    commands: RwLock<ConnectionManager>,
    pubsub: PubSub,
    scripts: Scripts,
}

struct Scripts {
    append: Script,
    load: Script,
    forget: Script,
    read_log: Script,
}

impl RedisStore {
    /// Connects; fails within the call timeout if nobody answers.
    ///
    /// # Errors
    /// When the configuration is wrong or Redis can't be reached; says which address was tried.
    pub async fn connect(config: RedisConfig) -> Result<Self, StoreError> {
        let refuse = |why: String| StoreError::Refused(why);
        if config.key_prefix.is_empty() || config.key_prefix.contains(['{', '}']) {
            return Err(refuse("the key prefix must not be empty and must not contain braces".into()));
        }
        if !(1..=switchboard_proto::PARTITIONS_MAX).contains(&config.partitions) {
            return Err(refuse(format!("partitions must be 1 to {}", switchboard_proto::PARTITIONS_MAX)));
        }
        // The error of a bad URL may repeat it, and the password with it.
        let info = config.url.as_str().into_connection_info().map_err(|_| {
            refuse("the address of Redis must be of the form redis://user:password@host:port/db".into())
        })?;
        let tcp = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(USER_TIMEOUT);
        let info = info.set_tcp_settings(tcp);
        let address = address(&info);
        let client = Client::open(info).map_err(|error| unclear(&error))?;
        let commands = commands(&client, config.call_timeout).map_err(|error| unclear(&error))?;
        let keys = Keys::new(&config.key_prefix, config.partitions);
        let pubsub = PubSub::new(&client, &keys, config.call_timeout).map_err(|error| unclear(&error))?;
        let store = Self {
            keys,
            clock: StoreClock::new(),
            call_timeout: config.call_timeout,
            address,
            client,
            commands: RwLock::new(commands),
            pubsub,
            scripts: Scripts {
                append: Script::new(include_str!("../scripts/append.lua")),
                load: Script::new(include_str!("../scripts/load.lua")),
                forget: Script::new(include_str!("../scripts/forget.lua")),
                read_log: Script::new(include_str!("../scripts/read_log.lua")),
            },
        };
        store.ping().await.map_err(|error| match error {
            StoreError::Refused(why) => {
                StoreError::Refused(format!("Redis at {} can't be used: {why}", store.address))
            }
            error => StoreError::Unclear(format!("Redis at {} can't be used: {error}", store.address)),
        })?;
        Ok(store)
    }

    /// Runs one command under the deadline. The error says whether it may have run.
    async fn run(&self, cmd: &Cmd) -> Result<Value, StoreError> {
        let mut connection = self.commands.read().clone();
        let result = tokio::time::timeout(self.call_timeout, cmd.query_async(&mut connection)).await;
        self.judge(result)
    }

    /// Runs a pipeline and then TIME, in one write.
    async fn run_all(&self, mut pipeline: Pipeline) -> Result<Reader, StoreError> {
        let mut connection = self.commands.read().clone();
        let called = Instant::now();
        pipeline.cmd("TIME");
        let result =
            tokio::time::timeout(self.call_timeout, pipeline.query_async::<Vec<Value>>(&mut connection))
                .await;
        let mut replies = self.judge(result)?;
        let now = replies.pop().map_or(Err(StoreError::Unclear("no time".into())), decode::time)?;
        self.clock.learn(now, called);
        Ok(Reader::new(Value::Array(replies)))
    }

    /// Runs a script, as an EVALSHA; the server is told the script if it does not know it.
    async fn run_script(&self, script: &Script, cmd: &Cmd) -> Result<Value, StoreError> {
        let mut connection = self.commands.read().clone();
        let result = tokio::time::timeout(self.call_timeout, async {
            match cmd.query_async(&mut connection).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    script.prepare_invoke().load_async(&mut connection).await?;
                    cmd.query_async(&mut connection).await
                }
                result => result,
            }
        })
        .await;
        self.judge(result)
    }

    fn judge<T>(
        &self,
        result: Result<::redis::RedisResult<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, StoreError> {
        let error = match result {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(_) => return Err(StoreError::Unclear(format!("nothing within {:?}", self.call_timeout))),
        };
        match error.kind() {
            ErrorKind::Server(_) | ErrorKind::Extension => Err(StoreError::Refused(error.to_string())),
            ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig | ErrorKind::Client => {
                // Said while connecting, and kept for ever by the manager: the next call begins with a new one.
                if let Ok(fresh) = commands(&self.client, self.call_timeout) {
                    *self.commands.write() = fresh;
                }
                Err(StoreError::Refused(error.to_string()))
            }
            _ => Err(unclear(&error)),
        }
    }

    async fn do_load(&self, room: &RoomId) -> Result<Option<Room>, StoreError> {
        let partition = self.keys.partition(room);
        let cmd = |script: &Script| {
            let mut cmd = Cmd::new();
            cmd.arg("EVALSHA").arg(script.get_hash()).arg(2).arg(self.keys.room(room));
            cmd.arg(self.keys.rooms(partition)).arg(room.as_str());
            cmd
        };
        let called = Instant::now();
        let mut reply = Reader::new(self.run_script(&self.scripts.load, &cmd(&self.scripts.load)).await?);
        self.clock.learn(reply.millis()?, called);
        let fields = reply.pairs()?;
        if fields.is_empty() {
            if reply.number()? == 1 {
                self.run_script(&self.scripts.forget, &cmd(&self.scripts.forget)).await?;
            }
            return Ok(None);
        }
        let (head, fields) = decode::room(fields)?;
        Ok(Some(room::load(room, head, &fields)?))
    }

    async fn do_read_log(&self, room: &RoomId, after: Position) -> Result<LogPage, StoreError> {
        let mut cmd = Cmd::new();
        cmd.arg("EVALSHA").arg(self.scripts.read_log.get_hash()).arg(2);
        cmd.arg(self.keys.room(room)).arg(self.keys.log(room)).arg(after.seq).arg(LOG_PAGE_MAX);
        let called = Instant::now();
        let mut reply = Reader::new(self.run_script(&self.scripts.read_log, &cmd).await?);
        self.clock.learn(reply.millis()?, called);
        let Some(head) = reply.head()? else { return Ok(LogPage::Missing) };
        let history = History::parse(head, &reply.text()?)?;
        Ok(history.page(after, &reply.entries()?)?)
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
            let mut cmd = Cmd::new();
            cmd.arg("ZSCAN").arg(self.keys.rooms(partition)).arg(&cursor).arg("COUNT").arg(SCAN_STEP);
            let mut reply = Reader::new(self.run(&cmd).await?);
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

fn commands(client: &Client, call_timeout: Duration) -> ::redis::RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(2)
        .set_min_delay(Duration::from_millis(20))
        .set_max_delay(Duration::from_millis(100))
        .set_response_timeout(Some(call_timeout))
        .set_connection_timeout(Some(Duration::from_secs(1)))
        .set_pipeline_buffer_size(1_000);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

/// The address as people may see it: no user, no password.
fn address(info: &ConnectionInfo) -> String {
    let db = info.redis_settings().db();
    if db == 0 { info.addr().to_string() } else { format!("{}/{db}", info.addr()) }
}

fn unclear(error: &::redis::RedisError) -> StoreError {
    if error.is_connection_refusal() {
        // There was no connection to send it on.
        return StoreError::Refused(error.to_string());
    }
    StoreError::Unclear(error.to_string())
}

impl Store for RedisStore {
    fn init(&self, meta: Meta) -> Reply<'_, Meta> {
        async move {
            let key = self.keys.meta();
            let mut all = ::redis::pipe();
            all.atomic();
            for (field, value) in [
                ("partitions", meta.partitions.to_string()),
                ("hash", meta.hash),
                ("layout", meta.layout.to_string()),
                ("token_key", meta.token_key),
            ] {
                all.cmd("HSETNX").arg(&key).arg(field).arg(value).ignore();
            }
            all.cmd("HGETALL").arg(&key);
            let mut reply = self.run_all(all).await?;
            decode::meta(reply.pairs()?)
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
        let mut cmd = Cmd::new();
        cmd.arg("HMGET").arg(self.keys.room(room)).arg("epoch").arg("seq").arg("by");
        async move {
            let mut reply = Reader::new(self.run(&cmd).await?);
            let Some(epoch) = reply.optional_text()? else { return Ok(None) };
            let head = decode::position(&epoch, &reply.text()?)?;
            Ok(Some((head, reply.optional_text()?.unwrap_or_default())))
        }
        .boxed()
    }

    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        let room = room.clone();
        async move { self.do_read_log(&room, after).await }.boxed()
    }

    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.do_list(partition, after, limit).boxed()
    }

    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>> {
        async move {
            let mut all = ::redis::pipe();
            all.cmd("ZRANGEBYSCORE").arg(self.keys.rooms(partition)).arg("-inf").arg(now.0.min(NEVER - 1));
            all.arg("LIMIT").arg(0).arg(limit);
            let mut reply = self.run_all(all).await?;
            reply.texts()?.iter().map(|room| decode::room_id(room)).collect()
        }
        .boxed()
    }

    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        let (redis_key, key) = (self.keys.request(room, key), key.to_owned());
        async move {
            let mut all = ::redis::pipe();
            all.cmd("GET").arg(redis_key);
            let mut reply = self.run_all(all).await?;
            let text = reply.optional_text()?;
            Ok(text.map(|text| StoredRequest::decode(&key, &text)).transpose()?)
        }
        .boxed()
    }

    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        self.pubsub.subscribe(partition, self.keys.channel(partition)).boxed()
    }

    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        let room = room.clone();
        async move {
            let mut cmd = Cmd::new();
            cmd.arg("PUBLISH")
                .arg(self.keys.channel(self.keys.partition(&room)))
                .arg(hints::knock_text(&room));
            self.run(&cmd).await.map(|_| ())
        }
        .boxed()
    }

    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        let keys = [self.keys.room(room), self.keys.log(room)];
        async move {
            // No script: should the room have closed meanwhile, its tombstone stays a day, which harms nobody.
            let mut all = ::redis::pipe();
            for key in keys {
                all.cmd("PEXPIRE").arg(key).arg(ROOM_TTL_MS);
            }
            self.run_all(all).await.map(|_| ())
        }
        .boxed()
    }

    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()> {
        let (key, room) = (self.keys.rooms(self.keys.partition(room)), room.to_string());
        async move {
            // XX: a room that closed meanwhile does not come back to the list.
            let mut all = ::redis::pipe();
            all.cmd("ZADD").arg(key).arg("XX").arg(at.0.min(NEVER)).arg(room);
            self.run_all(all).await.map(|_| ())
        }
        .boxed()
    }

    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        let key = self.keys.gateway(gateway);
        let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        async move {
            let mut all = ::redis::pipe();
            all.cmd("SET").arg(key).arg(1).arg("PX").arg(ttl);
            self.run_all(all).await.map(|_| ())
        }
        .boxed()
    }

    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        async move {
            // One command a key: in a cluster they lie in slots of their own.
            let mut all = ::redis::pipe();
            for gateway in &gateways {
                all.cmd("EXISTS").arg(self.keys.gateway(gateway));
            }
            let mut reply = self.run_all(all).await?;
            gateways.iter().map(|_| Ok(reply.number()? == 1)).collect()
        }
        .boxed()
    }

    fn ping(&self) -> Reply<'_, Pulse> {
        async move {
            let mut all = ::redis::pipe();
            all.cmd("EXISTS").arg(self.keys.meta());
            // In a script, as where it is compared: a server that hides it hides it from both.
            all.cmd("EVAL").arg(FENCE).arg(0);
            let mut reply = self.run_all(all).await?;
            let has_meta = reply.number()? == 1;
            Ok(Pulse { fence: reply.text()?, has_meta })
        }
        .boxed()
    }

    fn clock(&self) -> &StoreClock {
        &self.clock
    }

    fn describe(&self) -> String {
        format!("Redis at {}", self.address)
    }
}
