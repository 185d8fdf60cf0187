//! What a gateway sees, over one and over two room services on a real Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use switchboard_loadtest::testing::RedisServer;
use switchboard_proto::v1::event::Event;
use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, Standing};
use switchboard_proto::{GatewayId, Millis, Position, RoomId};
use switchboard_roomsvc::room::Room;
use switchboard_roomsvc::store::{
    Append, AppendReply, Hint, LogPage, Meta, Pulse, Reply, RequestRecord, Store, StoreClock, TokenKeys,
};
use tokio::sync::mpsc;

use crate::person::Person;
use crate::support::{DEADLINE, RawLink, RoomService, redis_store};

/// Two room services on one Redis, each with a gateway of its own, and the two ends joined.
async fn exchange(a: &RoomService, b: &RoomService, rounds: u64) {
    let mut one = a.link("g1", "r").await;
    let mut two = b.link("g2", "r").await;
    let mut at_one = one.join("alice", "s1").await.position.expect("is told");
    let mut at_two = two.join("bob", "s2").await.position.expect("is told");
    // Both see everything, in one order. In bursts, so that appends carry one command and many.
    let (mut seen_one, mut seen_two) = (Vec::new(), Vec::new());
    for burst in 0..rounds / 5 {
        for n in 5 * burst + 1..=5 * burst + 5 {
            one.message("alice", "s1", n, &format!("a{n}")).await;
            two.message("bob", "s2", n, &format!("b{n}")).await;
        }
        for _ in 0..10 {
            seen_one.push(one.next_body(&mut at_one).await);
            seen_two.push(two.next_body(&mut at_two).await);
        }
    }
    assert_eq!(seen_one, seen_two, "invariant 1: one order for everybody");
    assert_eq!(at_one, at_two);
    for who in ["a", "b"] {
        let own: Vec<_> = seen_one.iter().filter(|body| body.starts_with(who)).cloned().collect();
        assert_eq!(own, (1..=rounds).map(|n| format!("{who}{n}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn inv1_two_room_services_tell_one_order() {
    let redis = RedisServer::start().await;
    let a = RoomService::on(redis_store(&redis.url()).await).await;
    let b = RoomService::on(redis_store(&redis.url()).await).await;
    exchange(&a, &b, 100).await;
}

/// A store whose hints are lost, doubled or late, every third one each.
struct BadHints {
    inner: Arc<dyn Store>,
    spoiled: Arc<AtomicU64>,
    /// Loses them all.
    deaf: bool,
}

impl Store for BadHints {
    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>> {
        Box::pin(async move {
            let mut from = self.inner.subscribe(partition).await?;
            let (tx, rx) = mpsc::channel(1_024);
            let (spoiled, deaf) = (self.spoiled.clone(), self.deaf);
            tokio::spawn(async move {
                while let Some(hint) = from.recv().await {
                    let n = spoiled.fetch_add(1, Ordering::Relaxed);
                    let tx = tx.clone();
                    match n % 3 {
                        _ if deaf => {}
                        0 => {}
                        1 => {
                            let _ = tx.send(hint.clone()).await;
                            let _ = tx.send(hint).await;
                        }
                        _ => {
                            tokio::spawn(async move {
                                tokio::time::sleep(Duration::from_millis(30)).await;
                                let _ = tx.send(hint).await;
                            });
                        }
                    }
                }
            });
            Ok(rx)
        })
    }

    fn init(&self, meta: Meta) -> Reply<'_, Meta> {
        self.inner.init(meta)
    }
    fn replace_token_keys(&self, old: TokenKeys, new: TokenKeys) -> Reply<'_, TokenKeys> {
        self.inner.replace_token_keys(old, new)
    }
    fn append(&self, append: Append) -> Reply<'_, AppendReply> {
        self.inner.append(append)
    }
    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>> {
        self.inner.load(room)
    }
    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>> {
        self.inner.last_append(room)
    }
    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage> {
        self.inner.read_log(room, after)
    }
    fn read_log_start(&self, room: &RoomId) -> Reply<'_, LogPage> {
        self.inner.read_log_start(room)
    }
    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.inner.list_rooms(partition, after, limit)
    }
    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>> {
        self.inner.due_rooms(partition, now, limit)
    }
    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>> {
        self.inner.request(room, key)
    }
    fn knock(&self, room: &RoomId) -> Reply<'_, ()> {
        self.inner.knock(room)
    }
    fn touch(&self, room: &RoomId) -> Reply<'_, ()> {
        self.inner.touch(room)
    }
    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()> {
        self.inner.look_again(room, at)
    }
    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()> {
        self.inner.renew_lease(gateway, ttl)
    }
    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>> {
        self.inner.leases(gateways)
    }
    fn ping(&self) -> Reply<'_, Pulse> {
        self.inner.ping()
    }
    fn clock(&self) -> &StoreClock {
        self.inner.clock()
    }
    fn describe(&self) -> String {
        self.inner.describe()
    }
}

async fn bad(redis: &RedisServer, deaf: bool) -> (RoomService, Arc<AtomicU64>) {
    let spoiled = Arc::new(AtomicU64::new(0));
    let inner = redis_store(&redis.url()).await;
    let store = BadHints { inner, spoiled: spoiled.clone(), deaf };
    (RoomService::on(Arc::new(store)).await, spoiled)
}

#[tokio::test]
async fn inv4_lost_doubled_and_late_hints_lose_nothing() {
    let redis = RedisServer::start().await;
    let (a, spoiled) = bad(&redis, false).await;
    let (b, _) = bad(&redis, false).await;
    exchange(&a, &b, 20).await;
    assert!(spoiled.load(Ordering::Relaxed) > 6, "hints were spoiled");
}

#[tokio::test]
async fn inv4_without_any_hint_heads_are_compared() {
    let redis = RedisServer::start().await;
    let (a, _) = bad(&redis, true).await;
    let b = RoomService::on(redis_store(&redis.url()).await).await;
    let mut one = a.link("g1", "r").await;
    let mut two = b.link("g2", "r").await;
    let mut at = one.join("alice", "s1").await.position.expect("is told");
    two.join("bob", "s2").await;
    // alice's room service hears of nothing and alice asks for nothing: R15 brings it, within 10 s.
    two.message("bob", "s2", 1, "are you there").await;
    assert_eq!(one.next_body(&mut at).await, "are you there");
}

/// The store is emptied, and the first to write the room back is one that had not heard the last word yet.
#[tokio::test]
async fn inv9_what_was_stored_is_not_lost_though_another_writes_an_older_room_back() {
    let redis = RedisServer::start().await;
    let a = RoomService::on(redis_store(&redis.url()).await).await;
    let (b, _) = bad(&redis, true).await;
    let mut alice = Person::join(&a, "alice", "s1").await;
    let mut bob = Person::join(&b, "bob", "s2").await;
    alice.until("bob is there", |alice| alice.at == bob.at).await;
    let before = bob.at;
    alice.say("stored and unheard").await;
    alice.stored().await;
    redis.command("FLUSHALL").await;
    bob.say("first").await;
    bob.stored().await;
    alice.say("last").await;
    alice.stored().await;
    bob.hears("last").await;
    assert_eq!(bob.heard, ["first", "stored and unheard", "last"]);
    assert_eq!(bob.resets, []);
    assert_eq!(alice.heard.iter().filter(|body| *body == "stored and unheard").count(), 1);
    assert_eq!((alice.resets.len(), before.epoch == alice.at.epoch), (1, false));
}

#[tokio::test]
async fn inv9_a_link_that_breaks_goes_on_from_the_gateways_position_at_another_room_service() {
    let redis = RedisServer::start().await;
    let a = RoomService::on(redis_store(&redis.url()).await).await;
    let b = RoomService::on(redis_store(&redis.url()).await).await;
    let mut one = a.link("g1", "r").await;
    let mut at = one.join("alice", "s1").await.position.expect("is told");
    let mut two = a.link("g2", "r").await;
    two.join("bob", "s2").await;
    two.message("bob", "s2", 1, "one").await;
    assert_eq!(one.next_body(&mut at).await, "one");
    drop(one);
    two.message("bob", "s2", 2, "two").await;
    two.message("bob", "s2", 3, "three").await;

    let mut one = b.link("g1", "r").await;
    one.attach(at, &[("alice", "s1"), ("nobody", "s9")]).await;
    let Item::Attached(attached) = one.next().await else { panic!("attached first") };
    let standings: Vec<_> = attached.sessions.iter().map(v1::SessionStanding::standing).collect();
    assert_eq!(standings, [Standing::Current, Standing::Unknown]);
    assert_eq!(one.next_body(&mut at).await, "two");
    assert_eq!(one.next_body(&mut at).await, "three");

    // What was answered on the old link and is sent again on the new one is done once (invariant 5).
    one.message("alice", "s1", 1, "hello").await;
    one.message("alice", "s1", 1, "hello").await;
    assert_eq!(one.next_body(&mut at).await, "hello");
    one.message("alice", "s1", 2, "bye").await;
    assert_eq!(one.next_body(&mut at).await, "bye");
}

#[tokio::test]
async fn inv8_a_link_that_is_not_read_holds_up_nobody_and_loses_nothing() {
    let service = RoomService::memory().await;
    let mut slow = service.link("g1", "r").await;
    let mut at = slow.join("alice", "s1").await.position.expect("is told");
    let mut quick = service.link("g2", "r").await;
    let mut quick_at = quick.join("bob", "s2").await.position.expect("is told");
    // More than the slow link's queue and the two HTTP/2 windows hold, within the log's 4 MiB less overhead.
    let body = "x".repeat(30_000);
    let count = 100;
    for n in 1..=count {
        quick.message("bob", "s2", n, &format!("{n} {body}")).await;
        let got = quick.next_body(&mut quick_at).await;
        assert!(got.starts_with(&format!("{n} ")), "the other gateway goes on");
    }
    for n in 1..=count {
        let got = slow.next_body(&mut at).await;
        assert!(got.starts_with(&format!("{n} ")), "got {} for {n}", &got[..8]);
    }
}

#[tokio::test]
async fn a_room_of_another_partition_is_refused() {
    let service = RoomService::memory().await;
    let mut link = service.link("g1", "r").await;
    let attach = v1::Attach { room_id: "another".into(), ..Default::default() };
    link.send(v1::link_request_item::Item::Attach(attach)).await;
    let Item::End(end) = link.next().await else { panic!("the link ends") };
    assert_eq!(end.reason(), v1::ErrorReason::WrongPartition);
}

#[tokio::test]
async fn inv2_what_a_copy_does_not_know_is_looked_up_before_it_is_refused() {
    let redis = RedisServer::start().await;
    let (deaf, _) = bad(&redis, true).await;
    let other = RoomService::on(redis_store(&redis.url()).await).await;
    // The deaf one has the room in memory, without bob, and hears nothing of him (S3).
    let mut one = deaf.link("g1", "r").await;
    let mut at = one.join("alice", "s1").await.position.expect("is told");
    other.link("g2", "r").await.join("bob", "s2").await;
    one.message("bob", "s2", 1, "I am here").await;
    assert_eq!(one.next_body(&mut at).await, "I am here");

    // The deaf one has looked for a room that was not there; then somebody made it.
    let mut api = deaf.api().await;
    let close = v1::CloseRoomRequest { room_id: "q".into(), request_id: String::new() };
    api.close_room(close.clone()).await.expect_err("is not there yet");
    let create = v1::CreateRoomRequest { room_id: "q".into(), ..Default::default() };
    other.api().await.create_room(create).await.expect("is made");
    api.close_room(close).await.expect("is there now");
}

/// The next event that `pick` wants, whoever it is for.
async fn next<T>(link: &mut RawLink, pick: impl Fn(&Event) -> Option<T>) -> T {
    loop {
        if let Item::Event(v1::LinkEvent { event: Some(v1::Event { event: Some(event), .. }), .. }) =
            link.next().await
            && let Some(picked) = pick(&event)
        {
            return picked;
        }
    }
}

async fn short_room(service: &RoomService, room: &str) {
    let second = Some(switchboard_proto::duration(1_000));
    let settings =
        v1::RoomSettings { resume_window: second, departure_timeout: second, ..Default::default() };
    let create =
        v1::CreateRoomRequest { room_id: room.into(), settings: Some(settings), ..Default::default() };
    service.api().await.create_room(create).await.expect("is made");
}

#[tokio::test]
async fn inv6_who_hung_on_a_gateway_that_died_reconnects_or_leaves_and_the_others_do_not_flap() {
    let redis = RedisServer::start().await;
    let a = RoomService::hasty(redis_store(&redis.url()).await).await;
    let b = RoomService::hasty(redis_store(&redis.url()).await).await;
    short_room(&a, "r").await;
    let mut one = a.link("g1", "r").await;
    one.join("alice", "s1").await;
    one.join("carol", "s3").await;
    let mut two = b.link("g2", "r").await;
    two.join("bob", "s2").await;
    drop(one);
    let mut seen = Vec::new();
    while seen.iter().filter(|(_, lost)| !lost).count() < 2 {
        let told = next(&mut two, |event| match event {
            Event::ParticipantReconnecting(lost) => Some((lost.participant_id.clone(), true)),
            Event::ParticipantLeft(left) => {
                assert_eq!(left.reason(), v1::LeaveReason::Expired);
                Some((left.participant_id.clone(), false))
            }
            _ => None,
        });
        seen.push(told.await);
    }
    seen.sort();
    let told = |who: &str| [(who.to_owned(), false), (who.to_owned(), true)];
    assert_eq!(
        seen,
        [told("alice"), told("carol")].concat(),
        "each once, and bob, whose gateway lives, never"
    );
}

#[tokio::test]
async fn inv6_rooms_of_which_nobody_lives_are_cleaned_up_by_who_comes_next() {
    let redis = RedisServer::start().await;
    let a = RoomService::hasty(redis_store(&redis.url()).await).await;
    short_room(&a, "r").await;
    let mut one = a.link("g1", "r").await;
    one.join("alice", "s1").await;
    drop(one);
    drop(a);
    let b = RoomService::hasty(redis_store(&redis.url()).await).await;
    let mut api = b.api().await;
    let by = tokio::time::Instant::now() + DEADLINE;
    loop {
        let rooms = api.list_rooms(v1::ListRoomsRequest::default()).await.expect("are listed").into_inner();
        if rooms.rooms.is_empty() {
            break;
        }
        assert!(tokio::time::Instant::now() < by, "the ghost is still there: {rooms:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn inv4_a_resume_is_told_from_the_log_what_no_memory_has_any_more() {
    let redis = RedisServer::start().await;
    let a = RoomService::on(redis_store(&redis.url()).await).await;
    let mut one = a.link("g1", "r").await;
    let (snapshot, token) = one.join_with_token("alice", "s1").await;
    let mut at = snapshot.position.expect("is told");
    let mut two = a.link("g2", "r").await;
    two.join("bob", "s2").await;
    // More than one page of the log.
    const COUNT: u64 = 700;
    for n in 1..=COUNT {
        two.message("bob", "s2", n, &format!("m{n}")).await;
    }
    for n in 1..=3 {
        assert_eq!(one.next_body(&mut at).await, format!("m{n}"));
    }
    let mut quick_at = v1::Position::default();
    while two.next_body_unchecked(&mut quick_at).await != format!("m{COUNT}") {}
    drop((one, two, a));

    // A room service that was not there: its memory has nothing.
    let b = RoomService::on(redis_store(&redis.url()).await).await;
    let mut one = b.link("g3", "r").await;
    one.resume("alice", "s1", 2, &token, at).await;
    let resumed = loop {
        match one.next().await {
            Item::Resumed(resumed) => break resumed,
            Item::Refused(refused) => panic!("{refused:?}"),
            Item::Reset(reset) => panic!("{reset:?}"),
            _ => {}
        }
    };
    assert_eq!((resumed.generation, resumed.last), (2, 0));
    for n in 4..=COUNT {
        assert_eq!(one.next_body(&mut at).await, format!("m{n}"), "in order, once each");
    }
    // An old answer's repeat is the same answer; an older generation is told that it is not current.
    one.resume("alice", "s1", 2, &token, at).await;
    assert!(matches!(one.next().await, Item::Resumed(again) if again.generation == 2));
    one.resume("alice", "s1", 1, &token, at).await;
    assert!(
        matches!(one.next().await, Item::Refused(no) if no.reason() == v1::ErrorReason::SessionSuperseded)
    );

    // A position that the room never had: a reset says so, and the room as it is follows.
    let strange = v1::Position { epoch: at.epoch ^ 1, seq: 3 };
    one.resume("alice", "s1", 3, &token, strange).await;
    assert!(matches!(one.next().await, Item::Resumed(_)));
    let Item::Reset(reset) = one.next().await else { panic!("a reset") };
    assert_eq!(reset.reason(), v1::ResetReason::NotInHistory);
    assert!(matches!(one.next().await, Item::Snapshot(_)));
}

#[tokio::test]
async fn inv4_inv8_a_resume_that_bounds_its_replay_is_told_it_in_pieces_and_what_is_live_behind_the_last() {
    let redis = RedisServer::start().await;
    let a = RoomService::on(redis_store(&redis.url()).await).await;
    let mut one = a.link("g1", "r").await;
    let (snapshot, token) = one.join_with_token("alice", "s1").await;
    let mut at = snapshot.position.expect("is told");
    let mut two = a.link("g2", "r").await;
    two.join("bob", "s2").await;
    // 1.2 MiB: what memory has of it is the last quarter.
    const COUNT: u64 = 60;
    let body = "x".repeat(20 << 10);
    let say = async |two: &RawLink, n: u64| two.message("bob", "s2", n, &format!("m{n} {body}")).await;
    for n in 1..=COUNT {
        say(&two, n).await;
    }
    let mut quick_at = v1::Position::default();
    while !two.next_body_unchecked(&mut quick_at).await.starts_with(&format!("m{COUNT} ")) {}
    drop(one);

    let mut one = a.link("g3", "r").await;
    let (mut next, mut pieces, mut sent) = (1, 0, COUNT);
    loop {
        one.resume_in_pieces("alice", "s1", 2, &token, at, 100 << 10).await;
        let resumed = loop {
            match one.next().await {
                Item::Resumed(resumed) => break resumed,
                // Live, while pieces come: for others of this gateway.
                Item::Event(event) => assert_eq!(event.replay_session_id, "", "no more than was asked for"),
                other => panic!("{other:?}"),
            }
        };
        pieces += 1;
        let end = resumed.piece_end.or(resumed.position).expect("is told");
        while at != end {
            if let Some(body) = one.next_missed(&mut at).await {
                assert!(body.starts_with(&format!("m{next} ")), "in order, once each");
                next += 1;
            }
        }
        if resumed.piece_end.is_none() {
            break;
        }
        // The room goes on meanwhile.
        sent += 1;
        say(&two, sent).await;
        while !two.next_body_unchecked(&mut quick_at).await.starts_with(&format!("m{sent} ")) {}
    }
    assert!((12..40).contains(&pieces), "{pieces} pieces of 100 KiB");
    assert_eq!(next, sent + 1);
}

#[tokio::test]
async fn r11_a_word_that_comes_late_on_an_older_link_takes_nothing_from_the_newer() {
    let service = RoomService::memory().await;
    let mut old = service.link("g1", "r").await;
    let at = old.join("alice", "s1").await.position.expect("is told");
    let mut new = service.link("g1", "r").await;
    new.attach(at, &[("alice", "s1")]).await;
    assert!(matches!(new.next().await, Item::Attached(_)));
    // Held up on the way: the gateway has moved meanwhile.
    old.join("carol", "s3").await;
    let mut other = service.link("g2", "r").await;
    other.join("bob", "s2").await;
    other.message("bob", "s2", 1, "hello").await;
    let mut at = at;
    assert_eq!(
        new.next_body(&mut at).await,
        "hello",
        "and carol's and bob's joins before it, without a hole"
    );
}

#[tokio::test]
async fn inv7_the_older_socket_is_told_that_its_session_was_taken_up_at_another_gateway() {
    let redis = RedisServer::start().await;
    let a = RoomService::on(redis_store(&redis.url()).await).await;
    let b = RoomService::on(redis_store(&redis.url()).await).await;
    let mut one = a.link("g1", "r").await;
    let (snapshot, token) = one.join_with_token("alice", "s1").await;
    // The others of its gateway go on.
    let at = one.join("carol", "s3").await.position;
    assert!(at.is_some());
    let two = b.link("g2", "r").await;
    two.resume("alice", "s1", 2, &token, snapshot.position.expect("is told")).await;
    let refused = loop {
        if let Item::Refused(refused) = one.next().await {
            break refused;
        }
    };
    assert_eq!((refused.session_id.as_str(), refused.connection_id.as_str()), ("s1", "co-s1-1"));
    assert_eq!(refused.reason(), v1::ErrorReason::SessionSuperseded);
}

#[tokio::test]
async fn inv7_a_late_command_of_an_older_socket_is_refused_by_the_name_of_that_socket() {
    let service = RoomService::memory().await;
    let mut link = service.link("g1", "r").await;
    let (snapshot, token) = link.join_with_token("alice", "s1").await;
    link.resume("alice", "s1", 2, &token, snapshot.position.expect("is told")).await;
    assert!(matches!(link.next().await, Item::Resumed(_)));
    // The gateway has both sockets' words to carry. An answer to the session's counter would close the newer one.
    link.message("alice", "s1", 1, "said before").await;
    let Item::Refused(refused) = link.next().await else { panic!("a word to the older socket") };
    assert_eq!(refused.reason(), v1::ErrorReason::SessionSuperseded);
    assert_eq!((refused.session_id.as_str(), refused.connection_id.as_str()), ("s1", "co-s1-1"));
}
