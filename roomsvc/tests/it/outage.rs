//! Redis goes away and comes back: rooms with people in them go on, and nothing stored is lost.

use std::collections::{BTreeSet, VecDeque};

use switchboard_loadtest::testing::RedisServer;
use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, event::Event};

use crate::support::{DEADLINE, RawLink, RoomService, redis_store};

/// One participant on a link of its own, which notes what it is told.
pub(crate) struct Person {
    pub(crate) link: RawLink,
    pub(crate) name: &'static str,
    pub(crate) session: &'static str,
    pub(crate) counter: u64,
    pub(crate) at: v1::Position,
    /// What was said and is not stored yet: counter and body.
    pub(crate) unstored: VecDeque<(u64, String)>,
    pub(crate) heard: Vec<String>,
    /// Messages had, by their sender's session and counter: a fork's may come again.
    pub(crate) had: BTreeSet<(String, u64)>,
    pub(crate) resets: Vec<v1::ResetReason>,
    pub(crate) refused: Vec<v1::SessionRefused>,
}

impl Person {
    pub(crate) async fn join(service: &RoomService, name: &'static str, session: &'static str) -> Self {
        Self::join_in(service, "r", name, session).await
    }

    pub(crate) async fn join_in(
        service: &RoomService,
        room: &str,
        name: &'static str,
        session: &'static str,
    ) -> Self {
        let mut link = service.link(&format!("gateway-of-{name}"), room).await;
        let at = link.join(name, session).await.position.expect("is told");
        let (unstored, heard, had, resets, refused) = Default::default();
        Self { link, name, session, counter: 0, at, unstored, heard, had, resets, refused }
    }

    pub(crate) async fn say(&mut self, body: &str) {
        self.counter += 1;
        self.unstored.push_back((self.counter, body.to_owned()));
        self.link.message(self.name, self.session, self.counter, body).await;
    }

    /// Takes the next thing that it is told, as a gateway does.
    pub(crate) async fn take(&mut self) {
        match self.link.next().await {
            Item::Event(v1::LinkEvent { event: Some(event), .. }) => {
                assert_eq!(
                    event.prev,
                    Some(self.at),
                    "invariant 4: {} has a hole before {event:?}",
                    self.name
                );
                self.at = event.position.expect("has one");
                let from = event.from.clone().unwrap_or_default();
                match event.event {
                    Some(Event::MessageReceived(message))
                        if self.had.insert((from.session_id, from.counter)) =>
                    {
                        self.heard.push(message.body);
                    }
                    Some(Event::ParticipantReconnecting(_) | Event::ParticipantLeft(_)) => {
                        panic!("invariant 6: {event:?}")
                    }
                    _ => {}
                }
            }
            Item::Ack(ack) if ack.session_id == self.session => {
                assert_eq!(ack.refused(), v1::ErrorReason::Unspecified, "{ack:?}");
                if ack.stored {
                    self.unstored.retain(|(counter, _)| *counter != ack.counter);
                }
            }
            Item::Stored(stored) => self.unstored.retain(|(counter, _)| *counter > stored.counter),
            Item::Hole(hole) => {
                // All that is held above `last` is sent again, in order, the first with `after` = `last`.
                let mut after = hole.last;
                for (counter, body) in self.unstored.iter().filter(|(counter, _)| *counter > hole.last) {
                    self.link.message_after(self.name, self.session, *counter, after, body).await;
                    after = *counter;
                }
            }
            Item::Reset(reset) => self.resets.push(reset.reason()),
            Item::Snapshot(v1::LinkSnapshot { snapshot: Some(piece), .. }) => {
                if let Some(position) = piece.position {
                    self.at = position;
                }
            }
            Item::Refused(refused) => self.refused.push(refused),
            _ => {}
        }
    }

    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waited = tokio::time::timeout(DEADLINE, async {
            while !holds(self) {
                self.take().await;
            }
        });
        if waited.await.is_err() {
            panic!(
                "{}: not in time: {what}; heard {:?}, unstored {:?}",
                self.name, self.heard, self.unstored
            );
        }
    }

    pub(crate) async fn hears(&mut self, body: &str) {
        self.until(body, |person| person.heard.iter().any(|heard| heard == body)).await;
    }

    pub(crate) async fn stored(&mut self) {
        self.until("all is stored", |person| person.unstored.is_empty()).await;
    }
}

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
    if !matches!(outage, Outage::Stopped) {
        assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
    }
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
    let watch = v1::WatchRoomRequest { room_id: "r".into(), position: Some(before) };
    let mut watch = fresh.api().await.watch_room(watch).await.expect("is there").into_inner();
    let mut bodies = Vec::new();
    while bodies.len() < 3 {
        let told = tokio::time::timeout(DEADLINE, watch.message()).await.expect("in time");
        match told.expect("goes on").expect("goes on").response {
            Some(v1::watch_room_response::Response::Event(v1::Event {
                event: Some(Event::MessageReceived(message)),
                ..
            })) => bodies.push(message.body),
            Some(v1::watch_room_response::Response::Reset(reset)) => panic!("{reset:?}"),
            _ => {}
        }
    }
    assert_eq!(bodies, ["lost", "lost, too", "later"]);
}
