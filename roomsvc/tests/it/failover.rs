//! The primary dies, or is replaced: real replicas and Sentinels. Failure mode 1.

use std::time::Instant;

use switchboard_loadtest::testing::{RedisNode, RedisSentinels, wait_until};
use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, ResetReason};
use switchboard_roomsvc::store::RedisConfig;

use crate::person::Person;
use crate::support::{RoomService, redis_store, store_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_failover_that_lost_its_tail_is_followed_and_the_tail_written_back() {
    let mut redis = RedisSentinels::start();
    let one = RoomService::on(redis_store(&redis.url("")).await).await;
    let two = RoomService::on(redis_store(&redis.url("")).await).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    alice.say("kept").await;
    alice.stored().await;
    bob.hears("kept").await;
    let before = bob.at;
    redis.wait_for_replicas();
    redis.servers[0].cut_replicas();
    alice.say("lost").await;
    alice.stored().await;
    bob.hears("lost").await;

    redis.servers[0].kill();
    let killed = Instant::now();
    alice.say("meanwhile").await;
    alice.hears("meanwhile").await;
    alice.stored().await;
    println!("stored again {:?} after the primary was killed", killed.elapsed());
    assert_ne!(redis.primary(), 0);
    bob.hears("meanwhile").await;
    bob.say("later").await;
    bob.stored().await;
    alice.hears("later").await;
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
    assert_eq!(bob.heard, ["kept", "lost", "meanwhile", "later"]);

    let fresh = RoomService::on(redis_store(&redis.url("")).await).await;
    assert_eq!(fresh.messages_since(before, 3).await, ["lost", "meanwhile", "later"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_a_tail_that_nobody_knows_any_more_is_a_reset_and_never_a_resume() {
    let mut redis = RedisSentinels::start();
    let (at, kept, token) = {
        let service = RoomService::on(redis_store(&redis.url("")).await).await;
        let mut link = service.link("gateway-of-alice", "r").await;
        let (snapshot, token) = link.join_with_token("alice", "s1").await;
        let mut at = snapshot.position.expect("is told");
        link.message("alice", "s1", 1, "kept").await;
        assert_eq!(link.next_body(&mut at).await, "kept");
        let kept = at;
        redis.wait_for_replicas();
        redis.servers[0].cut_replicas();
        link.message("alice", "s1", 2, "lost").await;
        assert_eq!(link.next_body(&mut at).await, "lost");
        (at, kept, token)
    };
    redis.servers[0].kill();
    redis.wait_for_failover(0);

    let service = RoomService::on(redis_store(&redis.url("")).await).await;
    // Whoever comes from what is gone is reset; whoever comes from what is left is not.
    let mut link = service.link("gateway-of-alice", "r").await;
    link.attach(at, &[("alice", "s1")]).await;
    let reset = loop {
        match link.next().await {
            Item::Reset(reset) => break reset,
            Item::Event(event) => panic!("invariant 4: {event:?}"),
            _ => {}
        }
    };
    assert_eq!(reset.reason(), ResetReason::NotInHistory);
    let snapshot = loop {
        if let Item::Snapshot(v1::LinkSnapshot { snapshot: Some(piece), .. }) = link.next().await
            && let Some(position) = piece.position
        {
            break position;
        }
    };
    assert!(snapshot.seq < at.seq || snapshot.epoch != at.epoch, "{snapshot:?} {at:?}");
    link.message_after("alice", "s1", 2, 1, "again").await;
    let mut now = snapshot;
    assert_eq!(link.next_body(&mut now).await, "again");
    assert_ne!(now.epoch, at.epoch, "another server begins another epoch");

    let mut other = service.link("gateway-elsewhere", "r").await;
    other.resume("alice", "s1", 2, &token, at).await;
    let answered = loop {
        match other.next().await {
            Item::Resumed(_) => {}
            Item::Reset(reset) => break reset,
            Item::Event(event) => panic!("told as if nothing were missing: {event:?}"),
            _ => {}
        }
    };
    assert_eq!(answered.reason(), ResetReason::NotInHistory);
    assert_eq!(service.messages_since(kept, 1).await, ["again"]);
}

/// The client of the redis crate was seen writing to a replaced primary for 11 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_primary_that_is_replaced_while_it_lives_is_left_at_once() {
    let redis = RedisSentinels::start();
    let one = RoomService::on(redis_store(&redis.url("")).await).await;
    let two = RoomService::on(redis_store(&redis.url("")).await).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    let said: Vec<String> = (0..40).map(|n| format!("{n}")).collect();
    let mut before = 0;
    for (n, word) in said.iter().enumerate() {
        match n {
            10 => assert_eq!(redis.sentinels[1].ask(&["SENTINEL", "FAILOVER", "sb"]), ["OK"]),
            20 => before = redis.wait_for_failover(before),
            // Hung, not dead: it takes connections and answers nothing. Later it wakes and believes itself the primary.
            25 => redis.servers[before].stop_signal(),
            35 => {
                let woken = before;
                redis.wait_for_failover(before);
                redis.servers[woken].cont();
            }
            _ => {}
        }
        alice.say(word).await;
        if n % 5 == 4 && !(10..20).contains(&n) && !(25..35).contains(&n) {
            alice.stored().await;
        }
    }
    alice.stored().await;
    bob.hears("39").await;
    assert_eq!(bob.heard, said, "invariant 4: in order, each once");
    let primary = &redis.servers[redis.primary()];
    let keys = primary.ask(&["KEYS", "sb:*:log:r"]);
    let log = primary.ask(&["XRANGE", &keys[0], "-", "+"]);
    let missing: Vec<_> = said.iter().filter(|word| !log.contains(word)).collect();
    assert!(missing.is_empty(), "acknowledged as stored and not there: {missing:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv3_stored_means_that_a_replica_has_it_and_without_one_it_is_accepted() {
    let primary = RedisNode::server(&[]);
    let replica_of = format!("127.0.0.1 {}", primary.port());
    let mut replica = RedisNode::server(&["--replicaof", &replica_of]);
    // By the primary: the replica calls the link up before the primary, waiting for its first word, calls it online.
    wait_until("the replica is there", || {
        primary.info("slave0").is_some_and(|slave| slave.contains("state=online"))
    });
    let url = format!("redis://{}", primary.address());
    let store = store_of(RedisConfig { wait_replicas: 1, ..RedisConfig::new(url) }).await;
    let service = RoomService::on(store).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&service, "bob", "s2").await;
    alice.say("on two servers").await;
    alice.stored().await;
    let keys = replica.ask(&["KEYS", "sb:*:log:r"]);
    assert!(replica.ask(&["XRANGE", &keys[0], "-", "+"]).contains(&"on two servers".to_owned()));

    replica.kill();
    wait_until("the primary knows", || primary.info("connected_slaves").as_deref() == Some("0"));
    alice.say("on none").await;
    bob.hears("on none").await;
    assert_eq!(alice.unstored.len(), 1, "invariant 3: accepted is not stored");
    replica.restart();
    alice.stored().await;
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
    wait_until("the replica has it", || {
        let keys = replica.ask(&["KEYS", "sb:*:log:r"]);
        keys.first()
            .is_some_and(|log| replica.ask(&["XRANGE", log, "-", "+"]).contains(&"on none".to_owned()))
    });
}

/// Failure modes 3 and 9, the half that a store sees: what it is told is forgotten, cut or dropped again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_scripts_flushed_meta_deleted_and_clients_cut_lose_nothing() {
    let redis = RedisNode::server(&[]);
    let url = format!("redis://{}", redis.address());
    let one = RoomService::on(redis_store(&url).await).await;
    let two = RoomService::on(redis_store(&url).await).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    let hurts: [&[&str]; 6] = [
        &["SCRIPT", "FLUSH"],
        &["DEL", "sb:meta"],
        &["CLIENT", "KILL", "TYPE", "pubsub"],
        &["CLIENT", "KILL", "TYPE", "normal"],
        &["CLIENT", "NO-EVICT", "off"],
        &["CONFIG", "SET", "maxmemory", "1"],
    ];
    let mut said = Vec::new();
    for (n, hurt) in hurts.iter().cycle().take(18).enumerate() {
        for m in 0..5 {
            let word = format!("{n}.{m}");
            alice.say(&word).await;
            said.push(word);
            if m == 2 {
                let _ = redis.ask(hurt);
            }
        }
        redis.tell(&["CONFIG", "SET", "maxmemory", "0"]);
    }
    alice.stored().await;
    bob.hears(said.last().expect("was said")).await;
    assert_eq!(bob.heard, said, "invariant 4: in order, each once");
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
    wait_until("P is put back", || redis.ask(&["HGET", "sb:meta", "partitions"]) == ["128"]);
}
