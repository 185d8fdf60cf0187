//! What only a server over a network can do: answer late or never, refuse, lose what it had.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use ::redis::Connection;
use switchboard_loadtest::testing::RedisCluster;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::*;
use crate::room::Command;
use crate::room::TOMBSTONE_MS;
use crate::store::test_redis::{self, TestRedis};
use crate::store::testing::{commit, create, decide, id, join, load, message, read, stored};
use crate::store::{REQUEST_TTL_MS, ROOM_TTL_MS};

fn with_timeout(config: RedisConfig, ms: u64) -> RedisConfig {
    RedisConfig { call_timeout: Duration::from_millis(ms), ..config }
}

fn ask<T: ::redis::FromRedisValue>(raw: &mut Connection, words: &[&str]) -> T {
    let mut cmd = Cmd::new();
    for word in words {
        cmd.arg(*word);
    }
    cmd.query(raw).expect("Redis answers")
}

/// A fixture of one room on the shared server, and its keys.
async fn one_room() -> (RedisStore, Room, String, String, Connection) {
    let redis = TestRedis::shared();
    let store = redis.store().await;
    let room = create(&store, "room").await;
    let (hash, log) = (store.keys.room(room.id()), store.keys.log(room.id()));
    (store, room, hash, log, redis.raw())
}

/// Stands between store and server, and breaks connections when told to.
struct Proxy {
    port: u16,
    target: Arc<AtomicU16>,
    /// The server of subscriptions, which begin with HELLO; 0: the same.
    ears: Arc<AtomicU16>,
    /// The next reply to a script is not passed on, and its connection ends.
    cut_reply: Arc<AtomicBool>,
    /// Each change makes all subscriptions deaf that there are: they stay, and nothing comes.
    swallow: watch::Sender<u32>,
    /// Each change ends all connections.
    cut_all: watch::Sender<u32>,
}

impl Proxy {
    async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let ((cut_all, cut), (swallow, swallowed)) = (watch::channel(0), watch::channel(0));
        let (target, ears) = (Arc::new(AtomicU16::new(target)), Arc::new(AtomicU16::new(0)));
        let cut_reply = Arc::new(AtomicBool::new(false));
        let proxy = Self {
            port,
            target: target.clone(),
            ears: ears.clone(),
            cut_reply: cut_reply.clone(),
            swallow,
            cut_all,
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut cut = cut.clone();
                cut.mark_unchanged();
                let mut swallowed = swallowed.clone();
                swallowed.mark_unchanged();
                let targets = (target.load(Ordering::SeqCst), ears.load(Ordering::SeqCst));
                let cut_reply = cut_reply.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = pass(client, targets, cut_reply, swallowed) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        proxy
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

async fn pass(
    mut client: TcpStream,
    (target, ears): (u16, u16),
    cut_reply: Arc<AtomicBool>,
    swallowed: watch::Receiver<u32>,
) -> std::io::Result<()> {
    let (mut asked, mut answered) = ([0; 65_536], [0; 65_536]);
    let n = client.read(&mut asked).await?;
    let listens = asked[..n].windows(5).any(|word| word == b"HELLO");
    let mut server =
        TcpStream::connect(("127.0.0.1", if listens && ears != 0 { ears } else { target })).await?;
    let mut cut =
        asked[..n].windows(7).any(|word| word == b"EVALSHA") && cut_reply.swap(false, Ordering::SeqCst);
    server.write_all(&asked[..n]).await?;
    loop {
        tokio::select! {
            n = client.read(&mut asked) => {
                let n = n?;
                if n == 0 {
                    return Ok(());
                }
                if asked[..n].windows(7).any(|word| word == b"EVALSHA") {
                    cut |= cut_reply.swap(false, Ordering::SeqCst);
                }
                server.write_all(&asked[..n]).await?;
            }
            n = server.read(&mut answered) => {
                let n = n?;
                if n == 0 || cut {
                    return Ok(());
                }
                if listens && swallowed.has_changed().unwrap_or(true) {
                    continue;
                }
                client.write_all(&answered[..n]).await?;
            }
        }
    }
}

async fn hint(hints: &mut mpsc::Receiver<Hint>) -> Hint {
    tokio::time::timeout(Duration::from_secs(20), hints.recv())
        .await
        .expect("in time")
        .expect("the store lives")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_leaves_an_append_unclear_and_the_retry_finds_it() {
    let redis = TestRedis::shared();
    let proxy = Proxy::start(redis.port).await;
    let config = RedisConfig { url: proxy.url(), ..redis.config() };
    let store = RedisStore::connect(config).await.expect("Redis answers");
    let room = create(&store, "room").await;

    proxy.cut_reply.store(true, Ordering::SeqCst);
    let (append, after) = decide(&room, &[message("once")], store.clock.now(), false);
    let reply = store.append(append.clone()).await;
    assert!(matches!(&reply, Err(error) if !error.proves_not_done()), "{reply:?}");

    let Ok(AppendReply::Stale { head, tail }) = store.append(append.clone()).await else {
        panic!("it is stale")
    };
    assert_eq!(head, Some(after.head()));
    assert_eq!(tail, append.entries);
    assert_eq!(load(&store, room.id()).await, Some(after));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_runs_the_script_later() {
    let redis = TestRedis::start();
    let store = RedisStore::connect(with_timeout(redis.config(), 1_000)).await.expect("Redis answers");
    let room = create(&store, "room").await;
    let (append, after) = decide(&room, &[message("late")], store.clock.now(), false);
    redis.signal("-STOP");
    let reply = store.append(append).await;
    assert!(matches!(&reply, Err(error) if !error.proves_not_done()), "{reply:?}");
    redis.signal("-CONT");
    assert_eq!(load(&store, room.id()).await, Some(after));
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_taken_up_again_and_say_lost() {
    let (redis, second) = (TestRedis::shared(), TestRedis::start());
    let proxy = Proxy::start(redis.port).await;
    let config = RedisConfig { url: proxy.url(), ..redis.config() };
    let store = RedisStore::connect(config).await.expect("Redis answers");
    let mut hints = store.subscribe(store.keys.partition(&id("room"))).await.expect("it stands");
    let room = create(&store, "room").await;
    assert_eq!(hint(&mut hints).await, Hint::Moved { room: id("room"), head: room.head() });

    // The other server has neither room nor scripts.
    proxy.target.store(second.port, Ordering::SeqCst);
    proxy.cut_all.send_modify(|n| *n += 1);
    assert_eq!(hint(&mut hints).await, Hint::Lost);
    assert_eq!(hint(&mut hints).await, Hint::Lost, "again when it stands");
    let deadline = Instant::now() + Duration::from_secs(20);
    let found = loop {
        match store.load(room.id()).await {
            Err(error) if Instant::now() < deadline => assert!(!error.proves_not_done(), "{error}"),
            found => break found,
        }
    };
    assert_eq!(found.expect("it answers"), None);
    let room = create(&store, "room").await;
    assert_eq!(hint(&mut hints).await, Hint::Moved { room: id("room"), head: room.head() });
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_asks_for_a_fresh_epoch() {
    let (store, room, hash, _, mut raw) = one_room().await;
    let own: String = ask(&mut raw, &["HGET", &hash, "fence"]);
    let info: String = ask(&mut raw, &["INFO", "replication"]);
    assert!(own.len() == 16 && info.contains(&format!("master_replid:{own}")), "{own}");

    let _: u32 = ask(&mut raw, &["HSET", &hash, "fence", "0123456789abcdef"]);
    let now = store.clock.now();
    let reply = store.append(decide(&room, &[message("x")], now, false).0).await;
    assert!(matches!(reply, Ok(AppendReply::Fence)), "{reply:?}");
    assert_eq!(load(&store, room.id()).await.as_ref(), Some(&room));
    let (append, after) = decide(&room, &[message("x")], now, true);
    stored(store.append(append).await);
    assert_eq!(ask::<String>(&mut raw, &["HGET", &hash, "fence"]), own);
    assert_eq!(load(&store, room.id()).await.as_ref(), Some(&after));
    commit(&store, &after, &[message("y")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_expires() {
    let (store, room, hash, log, mut raw) = one_room().await;
    let mut ttl = |key: &str| -> i64 { ask(&mut raw, &["PTTL", key]) };
    let near =
        |ttl: i64, want: u64| (i64::try_from(want).expect("is small") - 60_000..=want as i64).contains(&ttl);
    assert!(near(ttl(&hash), ROOM_TTL_MS) && near(ttl(&log), ROOM_TTL_MS));

    // Used an hour later, they are renewed; used at once, they are left, which costs less.
    let mut other = TestRedis::shared().raw();
    for key in [&hash, &log] {
        let _: u32 = ask(&mut other, &["PEXPIRE", key, "1000000"]);
    }
    let room = commit(&store, &room, &[message("x")]).await;
    assert!(near(ttl(&hash), 1_000_000));
    store.touch(room.id()).await.expect("it is written");
    assert!(near(ttl(&hash), ROOM_TTL_MS) && near(ttl(&log), ROOM_TTL_MS));
    for key in [&hash, &log] {
        let _: u32 = ask(&mut other, &["PEXPIRE", key, "1000000"]);
    }
    let _: u32 = ask(&mut other, &["HSET", &hash, "touched", "1"]);
    let (append, room) = decide(&room, &[message("x")], store.clock.now(), false);
    let request = RequestRecord { key: "k".into(), digest: "d".into(), answer: "a".into() };
    stored(store.append(Append { requests: vec![request], ..append }).await);
    assert!(near(ttl(&hash), ROOM_TTL_MS) && near(ttl(&log), ROOM_TTL_MS));
    assert!(near(ttl(&store.keys.request(room.id(), "k")), REQUEST_TTL_MS));

    // A log that went alone is there again, and expires.
    let _: u32 = ask(&mut other, &["DEL", &log]);
    let room = commit(&store, &room, &[message("x")]).await;
    assert!(near(ttl(&log), ROOM_TTL_MS));

    let gateway = GatewayId::parse("g-1").expect("is an id");
    store.renew_lease(&gateway, Duration::from_secs(15)).await.expect("it is written");
    assert!((1..=15_000).contains(&ttl(&store.keys.gateway(&gateway))));

    let close = Command::Api { request: None, action: crate::room::ApiAction::Close };
    commit(&store, &room, &[close]).await;
    assert!(near(ttl(&hash), TOMBSTONE_MS));
    assert!(near(ttl(&log), TOMBSTONE_MS), "only the end is left in it");
    // For the sake of who is barred it stays longer; and a word that comes late takes nothing from that.
    let barred = create(&store, "barred").await;
    let participant = switchboard_proto::ParticipantId::parse("ann").expect("is an id");
    let remove = crate::room::ApiAction::Remove { participant, for_ms: Some(3 * ROOM_TTL_MS), by: None };
    let close = Command::Api { request: None, action: crate::room::ApiAction::Close };
    commit(&store, &barred, &[Command::Api { request: None, action: remove }, close]).await;
    let hash = store.keys.room(barred.id());
    assert!(near(ttl(&hash), 3 * ROOM_TTL_MS));
    store.touch(barred.id()).await.expect("it is written");
    assert!(near(ttl(&hash), 3 * ROOM_TTL_MS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_expired_leaves_the_list_when_it_is_loaded() {
    let (store, room, hash, log, mut raw) = one_room().await;
    let partition = store.keys.partition(room.id());
    let _: u32 = ask(&mut raw, &["DEL", &hash, &log]);
    assert_eq!(store.list_rooms(partition, None, 10).await.expect("it is read"), [id("room")]);
    assert_eq!(load(&store, room.id()).await, None);
    assert!(store.list_rooms(partition, None, 10).await.expect("it is read").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_in_place_of_one_that_went_without_its_log() {
    // S22: seq 1 would not fit behind what is left.
    let (store, room, hash, log, mut raw) = one_room().await;
    let _: u32 = ask(&mut raw, &["DEL", &hash]);
    assert_eq!(ask::<u32>(&mut raw, &["XLEN", &log]), 2);
    let second = create(&store, "room").await;
    assert_eq!(load(&store, room.id()).await, Some(second));
    assert_eq!(read(&store, room.id(), Position::ZERO).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_of_a_log_balance() {
    let redis = TestRedis::shared();
    let (store, mut raw) = (redis.store().await, redis.raw());
    let mut room = Room::absent(id("room"));
    let (hash, log) = (store.keys.room(room.id()), store.keys.log(room.id()));
    let old = Millis(store.clock.now().0 - 2 * crate::store::testing::KEEP_MS);
    let (append, after) = decide(&room, &[join("anna", old)], old, false);
    stored(store.append(append).await);
    room = after;
    for n in 0..40 {
        let now = if n < 20 { Millis(old.0 + n) } else { store.clock.now() };
        let bodies: Vec<_> = (0..5 + n).map(|n| message(&"ü".repeat(n as usize * 7))).collect();
        let (append, after) = decide(&room, &bodies, now, false);
        stored(store.append(append).await);
        room = after;

        let entries: Vec<(String, Vec<String>)> = ask(&mut raw, &["XRANGE", &log, "-", "+"]);
        let bytes: usize = entries.iter().map(|(_, fields)| fields[5].len() + fields[7].len()).sum();
        assert_eq!(ask::<usize>(&mut raw, &["HGET", &hash, "log_bytes"]), bytes, "append {n}");
        assert!(
            ask::<u64>(&mut raw, &["HGET", &hash, "log_from"]) <= entries[0].1[3].parse().expect("is a time")
        );
    }
    let left: u64 = ask(&mut raw, &["XLEN", &log]);
    assert_eq!(left, (20..40).map(|n| 5 + n).sum::<u64>(), "all old ones are gone, all young ones there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_with_a_hole_is_trimmed() {
    let (store, room, _, log, mut raw) = one_room().await;
    let room = commit(&store, &room, &[message("3"), message("4"), message("5")]).await;
    let _: u32 = ask(&mut raw, &["XDEL", &log, "4-0"]);
    let page = store.read_log(room.id(), Position::ZERO).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "{page:?}");
    let late =
        decide(&Room::absent(id("room")), &[join("ben", store.clock.now())], store.clock.now(), false).0;
    let reply = store.append(late).await;
    assert!(matches!(&reply, Ok(AppendReply::Stale { tail, .. }) if tail.is_empty()), "{reply:?}");
    let _: u32 = ask(&mut raw, &["XDEL", &log, "5-0"]);
    let page = store.read_log(room.id(), Position::new(room.head().epoch, 2)).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "the end is missing, too: {page:?}");
    let at_3 = Position::new(room.head().epoch, 3);
    let page = store.read_log(room.id(), at_3).await;
    assert!(matches!(page, Ok(LogPage::Trimmed { .. })), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_ran_ahead_refuses_the_whole_append() {
    // S10: nobody writes so, but a script is not taken back half way.
    let (store, room, hash, log, mut raw) = one_room().await;
    let _: String =
        ask(&mut raw, &["XADD", &log, "9-0", "epoch", "00", "at", "0", "entry", "{}", "body", ""]);
    let before: String = ask(&mut raw, &["HGET", &hash, "seq"]);
    let reply = store.append(decide(&room, &[message("x")], store.clock.now(), false).0).await;
    assert!(matches!(reply, Err(StoreError::Refused(_))), "{reply:?}");
    assert_eq!(ask::<String>(&mut raw, &["HGET", &hash, "seq"]), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_reply_proves_that_nothing_was_done() {
    let redis = TestRedis::start();
    let store = redis.store().await;
    let room = create(&store, "room").await;
    let mut raw = redis.raw();
    let append = |word: &'static str| {
        let (append, _) = decide(&room, &[message("x")], store.clock.now(), false);
        let reply = store.append(append);
        async move {
            match reply.await {
                Err(StoreError::Refused(why)) => assert!(why.contains(word), "{why}"),
                other => panic!("not refused: {other:?}"),
            }
        }
    };
    let _: String = ask(&mut raw, &["CONFIG", "SET", "maxmemory", "1"]);
    append("OOM").await;
    assert_eq!(load(&store, room.id()).await.as_ref(), Some(&room), "it is read even so");
    assert_eq!(read(&store, room.id(), Position::ZERO).await.len(), 2);
    let _: String = ask(&mut raw, &["CONFIG", "SET", "maxmemory", "0"]);

    let _: String = ask(&mut raw, &["CONFIG", "SET", "min-replicas-to-write", "1"]);
    append("NOREPLICAS").await;
    let _: String = ask(&mut raw, &["CONFIG", "SET", "min-replicas-to-write", "0"]);

    let _: String = ask(&mut raw, &["REPLICAOF", "127.0.0.1", "1"]);
    append("read only").await;
    let _: String = ask(&mut raw, &["REPLICAOF", "NO", "ONE"]);

    let _: String = ask(&mut raw, &["SCRIPT", "FLUSH"]);
    // Its replication id is another one since it was made a primary again.
    let (append, after) = decide(&room, &[message("x")], store.clock.now(), true);
    stored(store.append(append).await);
    assert_eq!(load(&store, room.id()).await, Some(after));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hides_its_replication_id_still_serves() {
    let redis = TestRedis::start();
    let mut raw = redis.raw();
    let _: String = ask(&mut raw, &["ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-info"]);
    let config = redis.config();
    let url = format!("redis://app:pw@127.0.0.1:{}", redis.port);
    let store = RedisStore::connect(RedisConfig { url, ..config }).await.expect("Redis answers");
    let room = create(&store, "room").await;
    let room = commit(&store, &room, &[message("x")]).await;
    assert_eq!(load(&store, room.id()).await, Some(room));
    assert_eq!(store.describe(), format!("Redis at 127.0.0.1:{}", redis.port));
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_fails_soon_and_says_why_without_secrets() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
    let port = free.local_addr().expect("it is bound").port();
    // Nobody accepts: the connection is made by the kernel, and nothing answers.
    let silent = RedisConfig::new(format!("redis://app:secret@127.0.0.1:{port}"));
    let cases = [
        (with_timeout(silent.clone(), 300), "can't be used"),
        (RedisConfig::new("redis://app:secret@127.0.0.1:1"), "can't be used"),
        (RedisConfig::new("http://app:secret@127.0.0.1"), "redis://[user:password@]host[:port][/db]"),
        (RedisConfig { key_prefix: "{x}".into(), ..silent.clone() }, "braces"),
        (RedisConfig { partitions: 0, ..silent }, "partitions must be"),
    ];
    for (config, want) in cases {
        let shown = format!("{config:?}");
        let error = RedisStore::connect(config).await.err().expect("it fails").to_string();
        assert!(error.contains(want), "{error}");
        assert!(!error.contains("secret") && !shown.contains("secret"), "{error} {shown}");
    }
    let redis = TestRedis::start();
    let _: String = ask(&mut redis.raw(), &["CONFIG", "SET", "requirepass", "right"]);
    let url = |password| format!("redis://:{password}@127.0.0.1:{}", redis.port);
    let error = RedisStore::connect(RedisConfig::new(url("wrong"))).await.err().expect("it fails");
    assert!(matches!(&error, StoreError::Refused(why) if !why.contains("wrong@")), "{error}");
    RedisStore::connect(RedisConfig::new(url("right"))).await.expect("Redis answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_store_ends_its_connections() {
    let redis = TestRedis::start();
    let store = redis.store().await;
    let hints = store.subscribe(0).await.expect("it stands");
    drop(store);
    drop(hints);
    let mut raw = redis.raw();
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let clients: String = ask(&mut raw, &["CLIENT", "LIST"]);
        if clients.lines().count() == 1 {
            break;
        }
        assert!(Instant::now() < deadline, "{clients}");
        tokio::task::yield_now().await;
    }
}

/// Failure mode 2. A subscription is deaf: what is told comes again, and that something may be missing is said.
async fn hears_again(store: &RedisStore, hints: &mut mpsc::Receiver<Hint>, room: Room) {
    let began = Instant::now();
    assert_eq!(hint(hints).await, Hint::Lost);
    println!("noticed after {:?}", began.elapsed());
    assert_eq!(hint(hints).await, Hint::Lost, "again when it stands");
    let room = commit(store, &room, &[message("heard")]).await;
    assert_eq!(hint(hints).await, Hint::Moved { room: room.id().clone(), head: room.head() });
    assert_eq!(store.counters.deaf.get(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_swallowed_is_noticed_and_made_anew() {
    let redis = TestRedis::start();
    let proxy = Proxy::start(redis.port).await;
    let store =
        RedisStore::connect(RedisConfig { url: proxy.url(), ..redis.config() }).await.expect("it answers");
    let mut hints = store.subscribe(store.keys.partition(&id("room"))).await.expect("it stands");
    let room = create(&store, "room").await;
    assert_eq!(hint(&mut hints).await, Hint::Moved { room: id("room"), head: room.head() });
    proxy.swallow.send_modify(|n| *n += 1);
    let room = commit(&store, &room, &[message("not heard")]).await;
    hears_again(&store, &mut hints, room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_at_a_replica_that_was_detached_is_noticed_and_made_anew() {
    let (redis, replica) = (TestRedis::start(), TestRedis::start());
    let _: String = ask(&mut replica.raw(), &["REPLICAOF", "127.0.0.1", &redis.port.to_string()]);
    switchboard_loadtest::testing::wait_until("the replica is one", || {
        ask::<String>(&mut replica.raw(), &["INFO", "replication"]).contains("master_link_status:up")
    });
    let proxy = Proxy::start(redis.port).await;
    proxy.ears.store(replica.port, Ordering::SeqCst);
    let store =
        RedisStore::connect(RedisConfig { url: proxy.url(), ..redis.config() }).await.expect("it answers");
    let mut hints = store.subscribe(store.keys.partition(&id("room"))).await.expect("it stands");
    let room = create(&store, "room").await;
    assert_eq!(hint(&mut hints).await, Hint::Moved { room: id("room"), head: room.head() }, "by the replica");
    let _: String = ask(&mut replica.raw(), &["REPLICAOF", "NO", "ONE"]);
    proxy.ears.store(0, Ordering::SeqCst);
    let room = commit(&store, &room, &[message("not heard")]).await;
    hears_again(&store, &mut hints, room).await;
}

/// As a managed Redis fails over: the name leads elsewhere, connections stay, and their end takes no more writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_became_a_replica_behind_its_address_is_left() {
    let (redis, second) = (TestRedis::start(), TestRedis::start());
    let proxy = Proxy::start(redis.port).await;
    let store =
        RedisStore::connect(RedisConfig { url: proxy.url(), ..redis.config() }).await.expect("it answers");
    let room = create(&store, "room").await;
    let _: String = ask(&mut redis.raw(), &["REPLICAOF", "127.0.0.1", &second.port.to_string()]);
    proxy.target.store(second.port, Ordering::SeqCst);
    let told = store.ping().await.expect_err("is a replica").to_string();
    assert!(told.contains("is a replica"), "{told}");
    let began = Instant::now();
    while store.ping().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "it is not left");
    }
    assert_eq!(load(&store, room.id()).await, None, "the other one has nothing of it");
    create(&store, "room").await;
    assert_eq!(ask::<u64>(&mut second.raw(), &["EXISTS", &store.keys.room(room.id())]), 1);
}

/// Seen with the redis crate's own client: after a failover the new primary has no subscriber, and nobody says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_subscriptions_of_a_shard_that_failed_over_stand_at_its_new_primary() {
    let mut cluster = RedisCluster::start();
    let url = cluster.url("");
    let store = RedisStore::connect(test_redis::config(url)).await.expect("it answers");
    let mut all = Vec::new();
    for partition in 0..store.keys.partitions() {
        all.push(store.subscribe(partition).await.expect("it stands"));
    }
    let began = Instant::now();
    cluster.nodes[0].kill();
    for (partition, hints) in (0..).zip(&mut all) {
        let name =
            (0..).map(|n| id(&format!("room {n}"))).find(|name| store.keys.partition(name) == partition);
        let name = name.expect("there is one");
        loop {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing is heard of partition {partition}");
            // The shard is away for a while, and what is written to it unclear.
            let Ok(room) = store.load(&name).await else { continue };
            let room = room.unwrap_or_else(|| Room::absent(name.clone()));
            let now = store.clock.now();
            let command = if room.head() == Position::ZERO { join("anna", now) } else { message("again") };
            let (append, after) = decide(&room, &[command], now, true);
            if !matches!(store.append(append).await, Ok(AppendReply::Stored)) {
                continue;
            }
            let told = Hint::Moved { room: name.clone(), head: after.head() };
            let heard = async { while hints.recv().await != Some(told.clone()) {} };
            if tokio::time::timeout(Duration::from_millis(500), heard).await.is_ok() {
                break;
            }
        }
    }
    println!(
        "all 128 partitions were written to and heard again {:?} after a shard was killed",
        began.elapsed()
    );
}

/// S57: keys on both sides are not touched, and all on the other side are found there.
#[tokio::test(flavor = "multi_thread")]
async fn a_slot_on_the_move_is_refused_while_it_is_split_and_followed_when_it_is_not() {
    let cluster = RedisCluster::start();
    let store = RedisStore::connect(test_redis::config(cluster.url(""))).await.expect("it answers");
    let room = create(&store, "room").await;
    let slot = store.keys.slot_of(store.keys.partition(room.id()));
    let owner = cluster.owner(slot);
    let told = tokio::task::spawn_blocking(move || {
        let mut told = Vec::new();
        cluster.move_slot(slot, owner, (owner + 1) % 3, |moved| {
            let said = tokio::runtime::Handle::current().block_on(async {
                let stored = store.load(&id("room")).await.ok().flatten().unwrap_or_else(|| room.clone());
                store.append(decide(&stored, &[message(&moved.to_string())], store.clock.now(), true).0).await
            });
            told.push(said);
        });
        assert!(store.counters.redirects.get() > 0);
        told
    });
    let told = told.await.expect("it moves");
    assert_eq!(told.len(), 4, "nothing, then each of hash, log and list has moved");
    assert!(matches!(told[0], Ok(AppendReply::Stored)), "{:?}", told[0]);
    for said in &told[1..3] {
        assert!(matches!(said, Err(StoreError::Refused(why)) if why.contains("TryAgain")), "{said:?}");
    }
    assert!(matches!(told[3], Ok(AppendReply::Stored)), "{:?}", told[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_replicas_do_not_have_is_not_stored() {
    let (redis, replica) = (TestRedis::start(), TestRedis::start());
    let port = redis.port.to_string();
    let _: String = ask(&mut replica.raw(), &["REPLICAOF", "127.0.0.1", &port]);
    // The replica calls the link up some milliseconds before the primary, waiting for its first word, calls it online.
    switchboard_loadtest::testing::wait_until("the primary knows its replica", || {
        ask::<String>(&mut redis.raw(), &["INFO", "replication"]).contains("state=online")
    });
    let config = RedisConfig { wait_replicas: 1, ..with_timeout(redis.config(), 2_000) };
    let store = RedisStore::connect(config).await.expect("it answers");
    let room = create(&store, "room").await;
    let mut of_replica = replica.raw();
    let log = store.keys.log(room.id());
    // Over the turn of two seconds: there the lag of a replica is said to be -1 for some milliseconds.
    let second = || store.clock.now().0 / 1_000;
    let last = second() + 2;
    for n in 0.. {
        let (append, _) = decide(
            &load(&store, room.id()).await.expect("is there"),
            &[message(&n.to_string())],
            store.clock.now(),
            false,
        );
        stored(store.append(append).await);
        if n < 20 {
            assert_eq!(ask::<u64>(&mut of_replica, &["XLEN", &log]), n + 3, "it is there when it is said so");
        } else if second() > last {
            break;
        }
    }
    let room = load(&store, room.id()).await.expect("is there");

    // Stopped, it still counts as there for a while: then it is unclear, and so is what is read.
    replica.signal("-STOP");
    let (append, after) = decide(&room, &[message("unclear")], store.clock.now(), false);
    let reply = store.append(append).await;
    assert!(matches!(&reply, Err(error) if !error.proves_not_done()), "{reply:?}");
    assert!(store.load(room.id()).await.is_err() && store.ping().await.is_err());
    assert!(store.counters.replicas_short.get() >= 3);
    replica.signal("-CONT");
    assert_eq!(load(&store, room.id()).await.as_ref(), Some(&after));

    // Gone, nothing is begun.
    let _: String = ask(&mut of_replica, &["REPLICAOF", "NO", "ONE"]);
    switchboard_loadtest::testing::wait_until("the primary knows", || {
        ask::<String>(&mut redis.raw(), &["INFO", "replication"]).contains("connected_slaves:0")
    });
    let (append, _) = decide(&after, &[message("never")], store.clock.now(), false);
    let reply = store.append(append).await;
    assert!(matches!(&reply, Err(StoreError::Refused(why)) if why.contains("0 of 1 replicas")), "{reply:?}");
    let seq: String = ask(&mut redis.raw(), &["HGET", &store.keys.room(room.id()), "seq"]);
    assert_eq!(seq, after.head().seq.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_can_not_be_used_is_told_with_what_to_write() {
    let (cluster, sentinels, redis) = (test_redis::cluster(), test_redis::sentinels(), TestRedis::start());
    let mut raw = redis.raw();
    let _: String =
        ask(&mut raw, &["ACL", "SETUSER", "poor", "on", ">pw", "~*", "&*", "+@all", "-xadd", "-exists"]);
    let replica = sentinels.servers.iter().find(|server| !server.is_primary()).expect("there is one");
    let poor = format!("redis://poor:pw@127.0.0.1:{}", redis.port);
    for (url, want) in [
        (format!("redis://{}", cluster.nodes[0].address()), "write redis-cluster://"),
        (format!("redis://{}", sentinels.sentinels[0].address()), "write redis-sentinel://"),
        (format!("redis-cluster://127.0.0.1:{}", redis.port), "write redis:// for it"),
        (
            format!("redis-sentinel://{}/other", sentinels.sentinels[0].address()),
            "names the primary of \"other\"",
        ),
        (format!("redis://{}", replica.address()), "is a replica"),
        (
            format!("redis://switchboard:wrong@127.0.0.1:{}", redis.port),
            "does not accept the user and password",
        ),
        (poor, "docs/redis.md lists the rights"),
    ] {
        let refused = RedisStore::connect(RedisConfig::new(&url)).await.err().expect(&url).to_string();
        assert!(refused.contains(want), "{url}: {refused}");
    }
    // Several servers: whichever is the primary.
    let all: Vec<_> = sentinels.servers.iter().rev().map(|server| server.address()).collect();
    let store = RedisStore::connect(test_redis::config(format!("redis://{}", all.join(",")))).await;
    create(&store.expect("it answers"), "room").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_over_tls_with_an_authority_of_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut of_ca = rcgen::CertificateParams::new(Vec::new()).expect("are parameters");
    of_ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let ca = of_ca.self_signed(&ca_key).expect("a certificate");
    let issuer = rcgen::Issuer::from_params(&of_ca, &ca_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let of_server = rcgen::CertificateParams::new(vec!["127.0.0.1".into()]).expect("are parameters");
    let certificate = of_server.signed_by(&key, &issuer).expect("a certificate");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let (cert, key) = (file("cert.pem", certificate.pem()), file("key.pem", key.serialize_pem()));
    let ca_file = file("ca.pem", ca.pem());
    let tls_port = {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
        free.local_addr().expect("it is bound").port().to_string()
    };
    let options = ["--tls-port", &tls_port, "--tls-cert-file", &cert, "--tls-key-file", &key];
    let more = ["--tls-ca-cert-file", &ca_file, "--tls-auth-clients", "no"];
    let redis = switchboard_loadtest::testing::RedisNode::server(&[&options[..], &more[..]].concat());
    redis.tell(&test_redis::acl_words());

    let url = format!("rediss://{}127.0.0.1:{tls_port}", test_redis::LOGIN);
    let config = RedisConfig { tls_ca: Some(ca.pem().into_bytes()), ..test_redis::config(url) };
    let store = RedisStore::connect(config.clone()).await.expect("it answers");
    let mut hints = store.subscribe(store.keys.partition(&id("room"))).await.expect("it stands");
    let room = create(&store, "room").await;
    assert_eq!(hint(&mut hints).await, Hint::Moved { room: id("room"), head: room.head() });

    // Of an authority that nobody knows, it is not believed; and without TLS nothing is understood.
    let unknown = RedisConfig { tls_ca: None, ..with_timeout(config.clone(), 2_000) };
    let refused = RedisStore::connect(unknown).await.err().expect("is not believed").to_string();
    assert!(refused.contains("certificate"), "{refused}");
    let no_pem = RedisConfig { tls_ca: Some(b"-----BEGIN CERTIFICATE-----\nx".to_vec()), ..config.clone() };
    assert!(RedisStore::connect(no_pem).await.is_err());
    let plain = with_timeout(RedisConfig { url: config.url.replace("rediss", "redis"), ..config }, 1_000);
    assert!(RedisStore::connect(plain).await.is_err());
}
