//! Redis goes away and comes back: rooms with people in them go on, and nothing stored is lost.

use switchboard_loadtest::testing::RedisServer;
use switchboard_proto::v1;

use crate::person::Person;
use crate::support::{DEADLINE, RoomService, redis_store};

/// What the store has of the room, as a caller of the API is told by a room service that was not there.
async fn in_store(redis: &RedisServer) -> Vec<String> {
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let list = v1::ListParticipantsRequest { room_id: "r".into(), ..Default::default() };
    let people = service.api().await.list_participants(list).await.expect("the room is there").into_inner();
    people.participants.into_iter().map(|p| p.participant_id).collect()
}

/// The three ways in which it goes away and comes back.
#[derive(Clone, Copy)]
enum Outage {
    Stopped,
    KilledAndEmpty,
    KilledWithData,
}

async fn goes_on(outage: Outage) {
    let folder = tempfile::tempdir().expect("a folder");
    let options =
        ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder.path().to_str().expect("is text")];
    let mut redis = match outage {
        Outage::KilledWithData => RedisServer::start_with(&options).await,
        _ => RedisServer::start().await,
    };
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&service, "bob", "s2").await;
    alice.say("before").await;
    alice.stored().await;
    bob.hears("before").await;

    match outage {
        Outage::Stopped => redis.stop_signal(),
        Outage::KilledAndEmpty | Outage::KilledWithData => redis.kill(),
    }
    alice.say("without the store").await;
    bob.hears("without the store").await;
    bob.say("I hear you").await;
    alice.hears("I hear you").await;
    assert_eq!((alice.unstored.len(), bob.unstored.len()), (1, 1), "invariant 3: accepted is not stored");

    match outage {
        Outage::Stopped => redis.cont(),
        Outage::KilledAndEmpty | Outage::KilledWithData => redis.restart().await,
    }
    alice.stored().await;
    bob.stored().await;
    alice.say("after").await;
    alice.stored().await;
    bob.hears("after").await;
    assert_eq!(in_store(&redis).await, ["alice", "bob"]);
    assert_eq!(bob.heard, ["before", "without the store", "I hear you", "after"]);
    // Also where the outage began with an append that ran after all, as it does when Redis goes on (R8 b′).
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
}

#[tokio::test]
async fn inv3_inv9_a_room_goes_on_while_redis_is_stopped() {
    goes_on(Outage::Stopped).await;
}

#[tokio::test]
async fn inv3_inv9_a_room_goes_on_while_redis_is_dead_and_is_written_back_to_an_empty_one() {
    goes_on(Outage::KilledAndEmpty).await;
}

#[tokio::test]
async fn inv3_inv9_a_room_goes_on_while_redis_is_dead_and_comes_back_with_its_data() {
    goes_on(Outage::KilledWithData).await;
}

#[tokio::test]
async fn inv9_a_room_is_made_while_redis_is_away_and_stored_when_it_is_back() {
    let mut redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    service.api().await.list_rooms(v1::ListRoomsRequest::default()).await.expect("it serves");
    redis.kill();
    let mut alice = Person::join(&service, "alice", "s1").await;
    alice.say("anybody").await;
    alice.hears("anybody").await;
    redis.restart().await;
    alice.stored().await;
    assert_eq!(in_store(&redis).await, ["alice"]);
    assert!(alice.resets.is_empty());
}

#[tokio::test]
async fn inv1_of_two_forks_one_wins_and_the_others_words_come_again() {
    let mut redis = RedisServer::start().await;
    let one = RoomService::on(redis_store(&redis.url()).await).await;
    let two = RoomService::on(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    alice.until("bob", |alice| alice.at == bob.at).await;
    redis.kill();
    // Each room service goes on by itself; neither hears of the other.
    alice.say("a").await;
    alice.hears("a").await;
    bob.say("b").await;
    bob.hears("b").await;
    redis.restart().await;
    alice.stored().await;
    bob.stored().await;
    alice.say("last").await;
    bob.hears("last").await;
    alice.hears("last").await;
    assert_eq!(alice.at, bob.at, "invariant 1: one order again");
    assert_eq!(alice.resets.len() + bob.resets.len(), 1, "only the one who was second is reset");
    let reset = alice.resets.iter().chain(&bob.resets).next();
    assert_eq!(reset, Some(&v1::ResetReason::Diverged));
    // Nobody's word is lost: who was first is heard in the snapshot's past or as an event, who was second says it again.
    let all = [&alice.heard[..], &bob.heard[..]].concat();
    assert!(all.contains(&"a".to_owned()) && all.contains(&"b".to_owned()), "{all:?}");
    assert_eq!(in_store(&redis).await, ["alice", "bob"]);
}

#[tokio::test]
async fn inv6_inv9_a_store_that_is_emptied_under_a_live_room_is_filled_again() {
    let redis = RedisServer::start().await;
    let service = RoomService::hasty(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&service, "bob", "s2").await;
    redis.command("FLUSHALL").await;
    // What every process agrees on is put back before anybody could agree on something else (S28).
    let by = tokio::time::Instant::now() + DEADLINE;
    while !redis.command("HGETALL sb:meta").await.contains("partitions") {
        assert!(tokio::time::Instant::now() < by, "P is not put back");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    alice.say("still here").await;
    bob.hears("still here").await;
    alice.stored().await;
    assert_eq!(in_store(&redis).await, ["alice", "bob"]);
    assert!(alice.resets.is_empty() && bob.resets.is_empty());
}

#[tokio::test]
async fn inv9_a_store_that_is_full_is_done_without() {
    let redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&service, "bob", "s2").await;
    redis.command("CONFIG SET maxmemory 1").await;
    alice.say("no room").await;
    bob.hears("no room").await;
    redis.command("CONFIG SET maxmemory 0").await;
    alice.stored().await;
    assert!(alice.resets.is_empty() && bob.resets.is_empty());
}

#[tokio::test]
async fn callers_are_told_within_five_seconds_that_the_store_is_away() {
    let redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let mut api = service.api().await;
    let create = |room: &str| v1::CreateRoomRequest { room_id: room.into(), ..Default::default() };
    api.create_room(create("r")).await.expect("is made");
    redis.stop_signal();
    let told = tokio::time::timeout(DEADLINE, api.create_room(create("q"))).await.expect("in time");
    assert_eq!(told.expect_err("can't be stored").code(), tonic::Code::Unavailable);
    redis.cont();
}

/// What a failover does that lost its tail: the store is back at an earlier point, as another server.
#[tokio::test]
async fn inv9_a_tail_that_the_store_lost_is_written_back_and_nobody_is_reset() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("is text");
    let mut redis = RedisServer::start_with(&["--dir", dir, "--dbfilename", "dump.rdb"]).await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&service, "bob", "s2").await;
    alice.say("kept").await;
    bob.hears("kept").await;
    let before = bob.at;
    assert!(redis.command("SAVE").await.contains("OK"));
    alice.say("lost").await;
    alice.stored().await;
    bob.say("lost, too").await;
    bob.stored().await;
    redis.restart().await;
    alice.say("later").await;
    alice.stored().await;
    bob.hears("later").await;
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);

    // The log has it all, for who comes from before.
    let fresh = RoomService::on(redis_store(&redis.url()).await).await;
    assert_eq!(fresh.messages_since(before, 3).await, ["lost", "lost, too", "later"]);
}

/// A caller of every kind, while the store is away or only `reads`: each call ends, and says that it may be tried again.
async fn every_call_may_be_tried_again(service: &RoomService, reads: bool) {
    let mut api = service.api().await;
    let (room_id, participant_id) = (|| "r".to_owned(), || "alice".to_owned());
    let mut told = Vec::new();
    macro_rules! call {
        ($method:ident, $request:expr) => {{
            let called = tokio::time::timeout(DEADLINE, api.$method($request)).await;
            told.push((stringify!($method), called.expect("every call ends").err()));
        }};
    }
    call!(create_room, v1::CreateRoomRequest { room_id: "new".into(), ..Default::default() });
    let (room, who) = (room_id, participant_id);
    let remove =
        v1::RemoveParticipantRequest { room_id: room(), participant_id: who(), ..Default::default() };
    call!(remove_participant, remove);
    let allow = v1::AllowParticipantRequest { room_id: room(), participant_id: who(), ..Default::default() };
    call!(allow_participant, allow);
    let send = v1::SendMessageRequest { room_id: room(), body: "hello".into(), ..Default::default() };
    call!(send_message, send);
    call!(close_room, v1::CloseRoomRequest { room_id: room(), ..Default::default() });
    if !reads {
        call!(get_room, v1::GetRoomRequest { room_id: room(), ..Default::default() });
        call!(list_participants, v1::ListParticipantsRequest { room_id: room(), ..Default::default() });
        call!(list_rooms, v1::ListRoomsRequest::default());
        let watch = async {
            let watch = v1::WatchRoomRequest { room_id: room(), position: None };
            api.watch_room(watch).await?.into_inner().message().await
        };
        let called = tokio::time::timeout(DEADLINE, watch).await;
        told.push(("watch_room", called.expect("every call ends").err()));
    }
    for (method, error) in told {
        let status = error.unwrap_or_else(|| panic!("{method} can't be stored"));
        assert_eq!(status.code(), tonic::Code::Unavailable, "{method}: {status:?}");
    }
}

#[tokio::test]
async fn calls_end_and_may_be_tried_again_while_redis_is_stopped_dead_or_full() {
    let mut redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let alice = Person::join(&service, "alice", "s1").await;
    redis.stop_signal();
    every_call_may_be_tried_again(&service, false).await;
    redis.cont();
    redis.kill();
    every_call_may_be_tried_again(&service, false).await;
    redis.restart().await;
    redis.command("CONFIG SET maxmemory 1").await;
    every_call_may_be_tried_again(&service, true).await;
    redis.command("CONFIG SET maxmemory 0").await;
    let mut api = service.api().await;
    let by = tokio::time::Instant::now() + DEADLINE;
    loop {
        let create = v1::CreateRoomRequest { room_id: "q".into(), ..Default::default() };
        match api.create_room(create).await {
            Ok(_) => break,
            Err(status) => assert_eq!(status.code(), tonic::Code::Unavailable, "{status:?}"),
        }
        assert!(tokio::time::Instant::now() < by, "Redis takes all again, and the service none");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(alice);
}

#[tokio::test]
async fn scripts_that_redis_forgets_are_told_again_and_nobody_notices() {
    let redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&service, "bob", "s2").await;
    for body in ["one", "two", "three"] {
        assert!(redis.command("SCRIPT FLUSH").await.contains("OK"));
        alice.say(body).await;
        bob.hears(body).await;
        alice.stored().await;
    }
    assert!(bob.stored_events.iter().all(|stored| *stored), "no outage: {:?}", bob.stored_events);
    assert!(alice.resets.is_empty() && bob.resets.is_empty());
    assert_eq!(redis.command("EXISTS sb:meta").await, ":1\r\n");
}

/// Which of a room's keys go.
#[derive(Clone, Copy)]
enum Keys {
    All,
    Hash,
    Log,
}

/// A room loses keys, by hand or since Redis evicts; people in it go on and its keys come back.
async fn keys_go(keys: Keys) {
    let redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let other = RoomService::on(redis_store(&redis.url()).await).await;
    let mut alice = Person::join(&service, "alice", "s1").await;
    let mut bob = Person::join(&other, "bob", "s2").await;
    alice.say("before").await;
    bob.hears("before").await;
    alice.stored().await;
    let text = redis.command("KEYS sb:*:r").await;
    let key = |kind: &str| {
        let found = text.split("\r\n").find(|key| key.contains(&format!(":{kind}:")));
        found.unwrap_or_else(|| panic!("there is a {kind} in {text:?}")).to_owned()
    };
    let (hash, log) = (key("room"), key("log"));
    let gone = match keys {
        Keys::All => format!("DEL {hash} {log}"),
        Keys::Hash => format!("DEL {hash}"),
        Keys::Log => format!("DEL {log}"),
    };
    redis.command(&gone).await;
    bob.say("is anybody there").await;
    alice.hears("is anybody there").await;
    bob.stored().await;
    alice.say("still here").await;
    bob.hears("still here").await;
    alice.stored().await;
    assert_eq!(redis.command(&format!("EXISTS {hash} {log}")).await, ":2\r\n");
    assert_eq!(in_store(&redis).await, ["alice", "bob"]);
    assert_eq!(alice.at, bob.at, "invariant 1: one order");
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
    assert!(alice.refused.is_empty() && bob.refused.is_empty() && bob.forgotten.is_empty());
}

#[tokio::test]
async fn inv9_a_room_whose_keys_were_deleted_is_written_back() {
    keys_go(Keys::All).await;
}

#[tokio::test]
async fn inv9_a_room_whose_hash_was_evicted_is_written_back() {
    keys_go(Keys::Hash).await;
}

#[tokio::test]
async fn inv9_a_room_whose_log_was_evicted_goes_on() {
    keys_go(Keys::Log).await;
}

#[tokio::test]
async fn inv9_a_room_whose_keys_were_deleted_is_written_back_though_nobody_speaks() {
    let redis = RedisServer::start().await;
    let service = RoomService::on(redis_store(&redis.url()).await).await;
    let alice = Person::join(&service, "alice", "s1").await;
    redis.command("FLUSHALL").await;
    let by = tokio::time::Instant::now() + DEADLINE;
    // Heads are compared every 10 s.
    while !redis.command("KEYS sb:*:room:r").await.contains(":room:r") {
        assert!(tokio::time::Instant::now() < by, "the room is not written back");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(in_store(&redis).await, ["alice"]);
    drop(alice);
}

#[tokio::test]
async fn inv1_two_forks_of_a_new_room_become_one_and_nobody_is_dropped() {
    let mut redis = RedisServer::start().await;
    let one = RoomService::on(redis_store(&redis.url()).await).await;
    let two = RoomService::on(redis_store(&redis.url()).await).await;
    for service in [&one, &two] {
        let list = v1::ListRoomsRequest::default();
        service.api().await.list_rooms(list).await.expect("it serves");
    }
    redis.kill();
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    alice.say("a").await;
    alice.hears("a").await;
    bob.say("b").await;
    bob.hears("b").await;
    redis.restart().await;
    alice.stored().await;
    bob.stored().await;
    // Both are in one room only now.
    alice.say("to bob").await;
    bob.hears("to bob").await;
    bob.say("to alice").await;
    alice.hears("to alice").await;
    assert_eq!(in_store(&redis).await, ["alice", "bob"]);
    assert_eq!(alice.forgotten.len() + bob.forgotten.len(), 1, "the one who was second joins anew");
    assert!(alice.refused.is_empty() && bob.refused.is_empty(), "{:?} {:?}", alice.refused, bob.refused);
}

#[tokio::test]
async fn a_room_service_that_starts_without_redis_lives_is_not_ready_and_tries_again() {
    let mut redis = RedisServer::start().await;
    let url = redis.url();
    redis.kill();
    let config = switchboard_roomsvc::Config {
        store: switchboard_roomsvc::StoreChoice::Redis(switchboard_roomsvc::RedisChoice::new(url)),
        ..Default::default()
    };
    let [listener, admin] =
        [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let [listener, admin] = [listener, admin].map(|listener| {
        listener.set_nonblocking(true).expect("can be set");
        tokio::net::TcpListener::from_std(listener).expect("is taken over")
    });
    let admin_at = admin.local_addr().expect("is bound");
    let stop = tokio_util::sync::CancellationToken::new();
    let runs = tokio::spawn(switchboard_roomsvc::run(listener, Some(admin), config, stop.clone()));
    let ask = async |path: &str| {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(admin_at).await.expect("it lives");
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it lives");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        answer.split(' ').nth(1).expect("has a status").to_owned()
    };
    assert_eq!((ask("/healthz").await.as_str(), ask("/readyz").await.as_str()), ("200", "503"));
    redis.restart().await;
    let by = tokio::time::Instant::now() + DEADLINE;
    while ask("/readyz").await != "200" {
        assert!(tokio::time::Instant::now() < by, "Redis is there, and the service not ready");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Once it was ready an outage does not take it out: the balancer would have nobody left.
    redis.kill();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(ask("/readyz").await, "200");
    stop.cancel();
    runs.await.expect("did not panic").expect("stops in order");
}
