//! What every store promises, run on each of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use switchboard_proto::v1::SignalKind;
use switchboard_proto::{
    ConnectionId, GatewayId, Millis, ParticipantId, Position, RoomId, SessionId, partition_of,
};
use tokio::sync::mpsc;

use super::test_redis::{self, TestRedis};
use super::testing::{KEEP_MS, commit, create, decide, id, join, load, message, read, stored};
use super::{
    Append, AppendReply, Hint, LOG_ENTRIES_MAX, LogPage, MemoryStore, Meta, NextLook, RedisConfig,
    RedisStore, RequestRecord, Store, TAIL_MAX, TokenKeys,
};
use crate::room::{
    Action, ApiAction, Command, Entry, Phase, Room, SessionKey, SettingsPatch, Touched, fields, fresh_epoch,
};

mod logs;
use logs::*;

/// P of the stores under test: few, so that rooms share them.
const PARTITIONS: u32 = 4;

enum Fixture {
    Memory(Arc<MemoryStore>),
    Redis(RedisConfig),
}

impl Fixture {
    fn memory() -> Self {
        Self::Memory(Arc::new(MemoryStore::new(PARTITIONS)))
    }

    fn redis() -> Self {
        Self::Redis(RedisConfig { partitions: PARTITIONS, ..TestRedis::shared().config() })
    }

    fn sentinels() -> Self {
        let url = test_redis::sentinels().url(test_redis::LOGIN);
        Self::Redis(RedisConfig { partitions: PARTITIONS, ..test_redis::config(url) })
    }

    fn cluster() -> Self {
        let url = test_redis::cluster().url(test_redis::LOGIN);
        Self::Redis(RedisConfig { partitions: PARTITIONS, ..test_redis::config(url) })
    }

    /// A handle with connections of its own, as another process has.
    async fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => store.clone(),
            Self::Redis(config) => {
                Arc::new(RedisStore::connect(config.clone()).await.expect("Redis answers"))
            }
        }
    }
}

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Fixture::memory()).await;
            })*
        }
        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Fixture::redis()).await;
            })*
        }
        mod sentinels {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Fixture::sentinels()).await;
            })*
        }
        mod cluster {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Fixture::cluster()).await;
            })*
        }
    };
}

contract!(
    a_stored_room_equals_the_absorbed_one,
    a_stale_head_gets_the_tail,
    a_long_tail_is_cut_without_a_hole,
    a_refused_append_changes_nothing,
    a_missing_room_is_missing,
    a_repeat_gets_the_first_answer,
    a_clock_ahead_is_told,
    a_log_is_read_page_by_page,
    old_entries_are_trimmed,
    many_entries_are_trimmed,
    large_entries_are_trimmed,
    other_histories_are_told_apart,
    a_repair_with_a_hole_replaces_all,
    a_room_in_place_of_a_tombstone,
    rooms_are_listed_by_id,
    due_rooms_by_time,
    hints_arrive,
    leases_stand_once_renewed,
    a_look_is_put_off_and_a_closed_room_stays_away,
    the_first_meta_stands,
    one_of_two_who_replace_the_token_keys_wins,
    ids_may_hold_anything,
    many_fields_at_once,
    a_thousand_join_at_once,
);

fn close() -> Command {
    Command::Api { request: None, action: ApiAction::Close }
}

async fn hint(receiver: &mut mpsc::Receiver<Hint>) -> Hint {
    let hint = tokio::time::timeout(Duration::from_secs(20), receiver.recv()).await;
    hint.expect("in time").expect("the store lives")
}

fn absorbed(mut room: Room, entries: &[Entry]) -> Room {
    for entry in entries {
        room.absorb(entry);
    }
    room
}

/// A command that may fit `room`, or not.
fn random_command(room: &Room, rng: &mut StdRng, now: Millis) -> Command {
    let names = ["anna", "b ö", "{c}", "d\"d", "e:e"];
    let name = names[rng.random_range(0..names.len())];
    let participant = ParticipantId::parse(name).expect("is an id");
    let Some(member) = room.members.get(&participant) else {
        let mut join = join(name, now);
        if let Command::Join { key, .. } = &mut join {
            key.session = SessionId::random();
        }
        return join;
    };
    let key = SessionKey::of(&participant, &member.record);
    let connection = member.record.connection.clone().unwrap_or_else(ConnectionId::random);
    let (counter, after) = (member.counters.last + rng.random_range(1..4), member.counters.last);
    let session = |action| Command::Session { key: key.clone(), counter, after, action };
    let api = |action| Command::Api { request: Some("digest".into()), action };
    match rng.random_range(0..12) {
        0 => Command::Gone { key, connection, leaving: rng.random(), end: None },
        1 => Command::Present { key, connection },
        2 => {
            let generation = key.generation + 1;
            let gateway = GatewayId::parse("another").expect("is an id");
            Command::Resume { key: SessionKey { generation, ..key }, connection, gateway }
        }
        3 => session(Action::Leave),
        4 => session(Action::StartShare { share_id: "screen".into(), audio: true }),
        5 => session(Action::StopShare),
        6 => session(Action::UpdateMetadata("{\"hand\":true}".into())),
        7 => api(ApiAction::Remove {
            participant,
            for_ms: rng.random::<bool>().then_some(60_000),
            by: rng.random::<bool>().then(|| "ops".into()),
        }),
        8 => api(ApiAction::Allow(participant)),
        9 => api(ApiAction::Update { settings: SettingsPatch::default(), metadata: Some("m".into()) }),
        _ => {
            let payload = "{\"sdp\":\"v=0\\r\\n\"}".into();
            session(Action::Signal { to: participant.clone(), kind: SignalKind::Offer, payload })
        }
    }
}

async fn a_stored_room_equals_the_absorbed_one(fixture: Fixture) {
    let store = fixture.store().await;
    for seed in 0..8 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut room = Room::absent(id(&format!("room {seed}")));
        let mut from_log = room.clone();
        for step in 0..60 {
            let now = store.clock().now();
            let many = rng.random_range(1..6);
            let commands: Vec<_> = (0..many).map(|_| random_command(&room, &mut rng, now)).collect();
            let (append, after) = decide(&room, &commands, now, step % 10 == 9);
            if append.entries.is_empty() {
                continue;
            }
            stored(store.append(append).await);
            let entries = read(&*store, room.id(), from_log.head()).await;
            from_log = absorbed(from_log, &entries);
            room = after;
            assert_eq!(load(&*store, room.id()).await.as_ref(), Some(&room), "seed {seed}");
            assert_eq!(from_log, room, "seed {seed}");
        }
    }
}

async fn a_stale_head_gets_the_tail(fixture: Fixture) {
    let store = fixture.store().await;
    let old = create(&*store, "room").await;
    let new = commit(&*store, &old, &[join("ben", store.clock().now()), message("hi")]).await;
    let new = {
        let (append, after) = decide(&new, &[message("new epoch")], store.clock().now(), true);
        stored(store.append(append).await);
        after
    };
    let late = decide(&old, &[message("late")], store.clock().now(), false).0;
    let Ok(AppendReply::Stale { head, tail }) = store.append(late).await else { panic!("it is stale") };
    assert_eq!(head, Some(new.head()));
    assert_eq!(absorbed(old, &tail), new, "over the end of an epoch, too");

    // Whoever took the room as absent gets it from its first entry.
    let second =
        decide(&Room::absent(id("room")), &[join("cleo", store.clock().now())], store.clock().now(), false).0;
    let Ok(AppendReply::Stale { head, tail }) = store.append(second).await else { panic!("it is stale") };
    assert_eq!(head, Some(new.head()));
    assert_eq!(absorbed(Room::absent(id("room")), &tail), new);
}

async fn a_long_tail_is_cut_without_a_hole(fixture: Fixture) {
    let store = fixture.store().await;
    let old = create(&*store, "room").await;
    let commands: Vec<_> = (0..200).map(|n| message(&n.to_string())).collect();
    let new = commit(&*store, &old, &commands).await;
    let late = decide(&old, &[message("late")], store.clock().now(), false).0;
    let Ok(AppendReply::Stale { head, tail }) = store.append(late).await else { panic!("it is stale") };
    assert_eq!(head, Some(new.head()));
    assert_eq!(tail.len(), TAIL_MAX);
    assert!(tail.iter().zip(old.head().seq + 1..).all(|(entry, seq)| entry.position.seq == seq));
}

async fn a_refused_append_changes_nothing(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*store, "room").await;
    let log = read(&*store, room.id(), Position::ZERO).await;
    let now = store.clock().now();
    let (good, _) = decide(&room, &[message("x")], now, false);
    let another = Position::new(fresh_epoch(), room.head().seq);
    let record = RequestRecord { key: "k".into(), digest: "d".into(), answer: "a".into() };
    let (created, _) = decide(&Room::absent(id("room")), &[join("x", now)], now, false);
    let refused = [
        Append { expect: Some(another), requests: vec![record.clone()], ..good.clone() },
        Append { expect: None, ..created.clone() },
        Append { expect: Some(room.head()), ..created },
        Append { entries: Vec::new(), ..good.clone() },
        Append { now: now.plus(60_000), requests: vec![record], ..good },
    ];
    for append in refused {
        let reply = store.append(append.clone()).await;
        let undone = match &reply {
            Ok(AppendReply::Stored) => false,
            Ok(_) => true,
            Err(error) => error.proves_not_done(),
        };
        assert!(undone, "{append:?}: {reply:?}");
        assert_eq!(load(&*store, room.id()).await.as_ref(), Some(&room));
        assert_eq!(read(&*store, room.id(), Position::ZERO).await, log);
        assert_eq!(store.request(room.id(), "k").await.expect("it is read"), None);
    }
}

async fn a_missing_room_is_missing(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*fixture.store().await, "there").await;
    let (append, _) = decide(&room, &[message("x")], store.clock().now(), false);
    let elsewhere = Append { room: id("not there"), ..append };
    let reply = store.append(elsewhere).await;
    assert!(matches!(&reply, Ok(AppendReply::Stale { head: None, tail }) if tail.is_empty()), "{reply:?}");
    assert_eq!(load(&*store, &id("not there")).await, None);
    let page = store.read_log(&id("not there"), Position::ZERO).await;
    assert!(matches!(page, Ok(LogPage::Missing)), "{page:?}");
}

async fn a_repeat_gets_the_first_answer(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*store, "room").await;
    let record = |key: &str, digest: &str, answer: &str| RequestRecord {
        key: key.into(),
        digest: digest.into(),
        answer: answer.into(),
    };
    let first = record("k1", "d1", "the \"first\"\n answer");
    let (append, after) = decide(&room, &[message("x")], store.clock().now(), false);
    stored(store.append(Append { requests: vec![record("k0", "d", "a"), first.clone()], ..append }).await);
    assert_eq!(store.request(room.id(), "k1").await.expect("it is read"), Some(first.clone()));
    assert_eq!(store.request(room.id(), "k2").await.expect("it is read"), None);
    assert_eq!(store.request(&id("another room"), "k1").await.expect("it is read"), None);

    // Also another request under the same key: the caller compares the digests.
    let (append, _) = decide(&after, &[message("y")], store.clock().now(), false);
    let requests = vec![record("k2", "d", "a"), record("k1", "d2", "a")];
    match store.append(Append { requests, ..append }).await {
        Ok(AppendReply::Repeat(got)) => assert_eq!(got, first),
        other => panic!("no repeat: {other:?}"),
    }
    assert_eq!(load(&*store, room.id()).await, Some(after));
    assert_eq!(store.request(room.id(), "k2").await.expect("it is read"), None);
}

async fn a_clock_ahead_is_told(fixture: Fixture) {
    let store = fixture.store().await;
    let room = create(&*store, "room").await;
    let (append, after) = decide(&room, &[message("x")], store.clock().now(), false);
    let ahead = Append { now: append.now.plus(30_000), ..append.clone() };
    let reply = store.append(ahead).await;
    assert!(matches!(reply, Ok(AppendReply::Ahead)), "{reply:?}");
    stored(store.append(append).await);
    assert_eq!(load(&*store, room.id()).await, Some(after));
    assert!(store.clock().learned_ago().expect("it was heard") < Duration::from_secs(30));
}

/// `many` ids of partition 0, in order.
fn ids_of_one_partition(many: usize) -> Vec<RoomId> {
    let ids = (0..).map(|n| id(&format!("room {n}"))).filter(|id| partition_of(id, PARTITIONS) == 0);
    ids.take(many).collect::<BTreeSet<_>>().into_iter().collect()
}

async fn rooms_are_listed_by_id(fixture: Fixture) {
    let store = fixture.store().await;
    // More than a sorted set keeps in one piece, so that Redis has to walk.
    let ids = ids_of_one_partition(300);
    for (n, id) in ids.iter().enumerate() {
        let (append, _) = decide(
            &Room::absent(id.clone()),
            &[join("anna", store.clock().now())],
            store.clock().now(),
            false,
        );
        let looks = [NextLook::Never, NextLook::At(Millis(n as u64))];
        stored(store.append(Append { next_look: Some(looks[n % 2]), ..append }).await);
    }
    assert_eq!(store.list_rooms(0, None, 1_000).await.expect("it is read"), ids);
    let mut listed = Vec::new();
    loop {
        let page = store.list_rooms(0, listed.last().cloned(), 7).await.expect("it is read");
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    assert_eq!(listed, ids);
    assert_eq!(store.list_rooms(1, None, 10).await.expect("it is read"), []);
}

async fn due_rooms_by_time(fixture: Fixture) {
    let store = fixture.store().await;
    let ids = ids_of_one_partition(4);
    let looks =
        [NextLook::At(Millis(300)), NextLook::At(Millis(100)), NextLook::Never, NextLook::At(Millis(200))];
    let mut rooms = Vec::new();
    for (id, look) in ids.iter().zip(looks) {
        let (append, room) = decide(
            &Room::absent(id.clone()),
            &[join("anna", store.clock().now())],
            store.clock().now(),
            false,
        );
        stored(store.append(Append { next_look: Some(look), ..append }).await);
        rooms.push(room);
    }
    let due = |now: u64, limit| store.due_rooms(0, Millis(now), limit);
    assert_eq!(due(99, 10).await.expect("it is read"), []);
    assert_eq!(due(200, 10).await.expect("it is read"), [ids[1].clone(), ids[3].clone()]);
    assert_eq!(due(u64::MAX, 2).await.expect("it is read"), [ids[1].clone(), ids[3].clone()]);
    assert_eq!(due(u64::MAX, 10).await.expect("it is read").len(), 3);
    // An append that says nothing about the next look leaves it; one that says so moves it.
    let (append, room) = decide(&rooms[1], &[message("x")], store.clock().now(), false);
    stored(store.append(Append { next_look: None, ..append }).await);
    assert_eq!(due(100, 10).await.expect("it is read"), [ids[1].clone()]);
    let (append, _) = decide(&room, &[message("x")], store.clock().now(), false);
    stored(store.append(Append { next_look: Some(NextLook::Never), ..append }).await);
    assert_eq!(due(100, 10).await.expect("it is read"), []);
}

async fn hints_arrive(fixture: Fixture) {
    let (writer, reader) = (fixture.store().await, fixture.store().await);
    let name = "a \"room\" {x}";
    let partition = partition_of(&id(name), PARTITIONS);
    let mut hints = reader.subscribe(partition).await.expect("it stands");
    let mut elsewhere = reader.subscribe((partition + 1) % PARTITIONS).await.expect("it stands");
    let room = create(&*writer, name).await;
    assert_eq!(hint(&mut hints).await, Hint::Moved { room: id(name), head: room.head() });
    writer.knock(room.id()).await.expect("it is told");
    assert_eq!(hint(&mut hints).await, Hint::Knock(id(name)));
    assert!(elsewhere.try_recv().is_err());
}

async fn a_look_is_put_off_and_a_closed_room_stays_away(fixture: Fixture) {
    let store = fixture.store().await;
    let name = ids_of_one_partition(1).remove(0);
    let room = create(&*store, name.as_str()).await;
    let due = |now: u64| store.due_rooms(0, Millis(now), 10);
    store.look_again(room.id(), Millis(200)).await.expect("it is written");
    assert!(due(199).await.expect("they are read").is_empty());
    assert_eq!(due(200).await.expect("they are read"), [name]);
    let close = Command::Api { request: None, action: ApiAction::Close };
    commit(&*store, &room, &[close]).await;
    store.look_again(room.id(), Millis(100)).await.expect("it is written");
    assert!(due(1_000).await.expect("they are read").is_empty());
}

async fn leases_stand_once_renewed(fixture: Fixture) {
    let store = fixture.store().await;
    let gateways: Vec<_> = ["a-1", "b {x}", "c"].map(|g| GatewayId::parse(g).expect("is an id")).into();
    store.renew_lease(&gateways[1], Duration::from_secs(15)).await.expect("it is written");
    store.renew_lease(&gateways[1], Duration::from_secs(15)).await.expect("it is written");
    assert_eq!(store.leases(gateways).await.expect("it is read"), [false, true, false]);
    assert!(store.leases(Vec::new()).await.expect("it is read").is_empty());
}

async fn one_of_two_who_replace_the_token_keys_wins(fixture: Fixture) {
    let store = fixture.store().await;
    let keys = |newest: &str, made, older: &[&str]| TokenKeys {
        newest: newest.into(),
        newest_made: Millis(made),
        older: older.iter().map(|&key| key.to_owned()).collect(),
    };
    let first = keys("first", 7, &[]);
    let meta = Meta { partitions: 4, hash: "h".into(), layout: 1, tokens: first.clone() };
    store.init(meta.clone()).await.expect("it is written");
    let (one, other) = (keys("one", 9, &["first"]), keys("other", 9, &["first"]));
    let stands = store.replace_token_keys(first.clone(), one.clone()).await;
    assert_eq!(stands.expect("it is written"), one);
    let stands = fixture.store().await.replace_token_keys(first, other).await;
    assert_eq!(stands.expect("it is read"), one, "the other one came too late");
    assert_eq!(store.init(meta).await.expect("it is read").tokens, one);
}

async fn the_first_meta_stands(fixture: Fixture) {
    let store = fixture.store().await;
    let tokens =
        TokenKeys { newest: "a+/=".into(), newest_made: Millis(7), older: vec!["b".into(), "c".into()] };
    let first = Meta { partitions: 4, hash: "h".into(), layout: 1, tokens };
    assert_eq!(store.init(first.clone()).await.expect("it is written"), first);
    let second = Meta { partitions: 8, hash: "i".into(), layout: 2, tokens: TokenKeys::default() };
    assert_eq!(fixture.store().await.init(second).await.expect("it is read"), first);
    store.ping().await.expect("it answers");
    assert!(!store.describe().is_empty());
}

async fn ids_may_hold_anything(fixture: Fixture) {
    let store = fixture.store().await;
    for name in ["{}", "}{", "a b  c", "'\"\\", "Zürich 🦀", ":*?[x]", "0", "-", &"x".repeat(128)] {
        let room = create(&*store, name).await;
        let room = commit(&*store, &room, &[join(name, store.clock().now()), message(name)]).await;
        assert_eq!(load(&*store, &id(name)).await, Some(room));
        assert_eq!(
            read(&*store, &id(name), Position::ZERO).await.last().map(|e| e.body.as_str()),
            Some(name)
        );
    }
}

async fn many_fields_at_once(fixture: Fixture) {
    let store = fixture.store().await;
    let now = store.clock().now();
    let settings = SettingsPatch { participants_max: Some(10_000), ..SettingsPatch::default() };
    let action = ApiAction::Create { settings, metadata: String::new() };
    let mut commands = vec![Command::Api { request: None, action }];
    commands.extend((0..3_000).map(|n| join(&format!("p{n}"), now)));
    let room = commit(&*store, &Room::absent(id("room")), &commands).await;
    assert_eq!(room.member_count(), 3_000);
    assert_eq!(load(&*store, room.id()).await.as_ref(), Some(&room));
    let closed = commit(&*store, &room, &[close()]).await;
    assert_eq!(load(&*store, room.id()).await, Some(closed));
}

/// Invariant 2. Four room services; each has one append of the room in flight (R5).
async fn a_thousand_join_at_once(fixture: Fixture) {
    let mut tasks = Vec::new();
    for service in 0..4 {
        let store = fixture.store().await;
        tasks.push(tokio::spawn(async move {
            let mut room = load(&*store, &id("room")).await.unwrap_or_else(|| Room::absent(id("room")));
            let mut lost = 0;
            for n in 0..250 {
                loop {
                    let now = store.clock().now();
                    let (append, after) = decide(&room, &[join(&format!("p{service}.{n}"), now)], now, false);
                    match store.append(append).await.expect("the store answers") {
                        AppendReply::Stored => break room = after,
                        AppendReply::Stale { head, tail } => {
                            lost += 1;
                            room = absorbed(room, &tail);
                            if Some(room.head()) != head {
                                room = load(&*store, &id("room")).await.expect("it is there");
                            }
                        }
                        other => panic!("{other:?}"),
                    }
                }
            }
            lost
        }));
    }
    let mut lost = 0;
    for task in tasks {
        lost += task.await.expect("no task fails");
    }
    let store = fixture.store().await;
    let room = load(&*store, &id("room")).await.expect("it is there");
    assert_eq!(room.member_count(), 1_000, "after {lost} lost races");
    assert_eq!(room.head().seq, 1_001);
    let mut copy = Room::absent(id("room"));
    while copy.head() != room.head() {
        copy = absorbed(copy.clone(), &read(&*store, room.id(), copy.head()).await);
    }
    assert_eq!(copy, room);
}
