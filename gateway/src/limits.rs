//! How much one address and one identity may have of a gateway. What a room service or the whole of gateways may have
//! is not counted here: each gateway counts its own.
//!
//! Connections from this machine itself are not counted by address: there, a proxy that nobody has told us of would be
//! everybody.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{ParticipantId, Refusal, RoomId};
use tokio::time::Instant;
use tonic::Code;

use crate::client_address::counted;
use crate::metrics::{Limit, Metrics};
use crate::rate::Bucket;

/// Addresses that are known at one time, about 20 MB of them. Those that come beyond share one count.
const ADDRESSES_MAX: usize = 100_000;

/// So many a second, with a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run.
    pub per_second: u32,
    /// At once, by who has been quiet.
    pub burst: u32,
}

/// The bounds of one gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Connections of one address: WebSockets, and sessions of Socket.IO. An office behind one address that comes back
    /// after a network fault is a burst.
    pub connects: Rate,
    /// Access tokens of one address that are not taken. When they are used up, none of its tokens is looked at.
    pub failures: Rate,
    /// Joins and resumes of one address.
    pub joins: Rate,
    /// Joins and resumes over one connection of Socket.IO, where a leave does not close it; of this machine's too. Each
    /// is told to everybody in the room.
    pub joins_of_connection: Rate,
    /// Rooms that one identity may be in at one time, where access tokens say who it is.
    pub rooms_per_identity: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            connects: Rate { per_second: 50, burst: 1_000 },
            failures: Rate { per_second: 1, burst: 30 },
            joins: Rate { per_second: 50, burst: 1_000 },
            joins_of_connection: Rate { per_second: 2, burst: 40 },
            rooms_per_identity: 100,
        }
    }
}

/// What one address has left.
struct Left {
    connects: Bucket,
    failures: Bucket,
    joins: Bucket,
}

impl Left {
    fn new(config: &LimitsConfig, now: Instant) -> Self {
        let bucket = |rate: Rate| Bucket::new(rate.per_second, rate.burst, now);
        let LimitsConfig { connects, failures, joins, .. } = *config;
        Self { connects: bucket(connects), failures: bucket(failures), joins: bucket(joins) }
    }

    /// Whether it is as if it had never come.
    fn is_whole(&mut self, now: Instant) -> bool {
        [&mut self.connects, &mut self.failures, &mut self.joins]
            .into_iter()
            .all(|bucket| bucket.is_full(now))
    }
}

struct Addresses {
    known: HashMap<IpAddr, Left>,
    /// Of those for whom there was no room.
    others: Left,
    /// Not looked for those who may be forgotten before this.
    swept: Instant,
}

type Seats = Mutex<HashMap<ParticipantId, HashMap<RoomId, usize>>>;

/// What is left for everybody.
pub(crate) struct Limits {
    config: LimitsConfig,
    addresses: Mutex<Addresses>,
    seats: Arc<Seats>,
    metrics: Arc<Metrics>,
}

/// A place of an identity in a room, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    identity: ParticipantId,
    room: RoomId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.seats.lock();
        let Some(rooms) = seats.get_mut(&self.identity) else { return };
        if let Some(count) = rooms.get_mut(&self.room) {
            *count -= 1;
            if *count == 0 {
                rooms.remove(&self.room);
            }
        }
        if rooms.is_empty() {
            seats.remove(&self.identity);
        }
    }
}

impl Limits {
    pub(crate) fn new(config: LimitsConfig, metrics: Arc<Metrics>) -> Self {
        let now = Instant::now();
        let others = Left::new(&config, now);
        let addresses = Addresses { known: HashMap::new(), others, swept: now };
        Self { config, addresses: Mutex::new(addresses), seats: Arc::default(), metrics }
    }

    /// One more connection of this address.
    pub(crate) fn connect(&self, client: Option<IpAddr>) -> Result<(), Refusal> {
        self.of(client, |left, now| left.connects.try_take(now))
            .inspect_err(|_| self.metrics.limits_hit.get(Limit::ConnectsOfAddress).inc())
            .map_err(|wait| Refusal::from(ErrorReason::TooManyConnects).retry_after(wait))
    }

    /// Whether one more connection of this address would be let in.
    pub(crate) fn may_connect(&self, client: Option<IpAddr>) -> Result<(), Refusal> {
        self.of(client, |left, now| left.connects.look(now))
            .map_err(|wait| Refusal::from(ErrorReason::TooManyConnects).retry_after(wait))
    }

    /// One more join or resume of this address.
    pub(crate) fn join(&self, client: Option<IpAddr>) -> Result<(), Refusal> {
        self.of(client, |left, now| left.joins.try_take(now))
            .inspect_err(|_| self.metrics.limits_hit.get(Limit::JoinsOfAddress).inc())
            .map_err(|wait| Refusal::from(ErrorReason::TooManyJoins).retry_after(wait))
    }

    /// What one connection may begin.
    pub(crate) fn joins_of_connection(&self) -> Bucket {
        let Rate { per_second, burst } = self.config.joins_of_connection;
        Bucket::new(per_second, burst, Instant::now())
    }

    /// Whether an access token of this address is looked at.
    pub(crate) fn may_try(&self, client: Option<IpAddr>) -> Result<(), Refusal> {
        self.of(client, |left, now| left.failures.look(now))
            .inspect_err(|_| self.metrics.limits_hit.get(Limit::FailuresOfAddress).inc())
            .map_err(|wait| Refusal::from(ErrorReason::TooManyFailures).retry_after(wait))
    }

    /// An access token was not taken. One that has merely ended is an honest client's.
    pub(crate) fn failed(&self, client: Option<IpAddr>, refusal: &Refusal) {
        let counts = refusal.reason.code() == Code::Unauthenticated
            && !matches!(refusal.reason, ErrorReason::TokenExpired | ErrorReason::TokenNotYetValid);
        if counts {
            let _ = self.of(client, |left, now| left.failures.try_take(now));
        }
    }

    /// A place in a room for this identity.
    pub(crate) fn seat(&self, identity: &ParticipantId, room: &RoomId) -> Result<Seat, Refusal> {
        let mut seats = self.seats.lock();
        let rooms = seats.entry(identity.clone()).or_default();
        if !rooms.contains_key(room) && rooms.len() >= self.config.rooms_per_identity {
            self.metrics.limits_hit.get(Limit::RoomsOfIdentity).inc();
            return Err(ErrorReason::TooManyRooms.into());
        }
        *rooms.entry(room.clone()).or_default() += 1;
        Ok(Seat { seats: Arc::clone(&self.seats), identity: identity.clone(), room: room.clone() })
    }

    fn of(
        &self,
        client: Option<IpAddr>,
        take: impl FnOnce(&mut Left, Instant) -> Result<(), Duration>,
    ) -> Result<(), Duration> {
        let Some(client) = client.filter(|client| !client.is_loopback()) else { return Ok(()) };
        let (client, now) = (counted(client), Instant::now());
        let mut addresses = self.addresses.lock();
        let Addresses { known, others, swept } = &mut *addresses;
        if known.len() >= ADDRESSES_MAX && !known.contains_key(&client) && *swept <= now {
            known.retain(|_, left| !left.is_whole(now));
            *swept = now + Duration::from_secs(1);
        }
        let left = if known.len() < ADDRESSES_MAX || known.contains_key(&client) {
            known.entry(client).or_insert_with(|| Left::new(&self.config, now))
        } else {
            others
        };
        take(left, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let rate = Rate { per_second: 1, burst: 2 };
        let config = LimitsConfig {
            connects: rate,
            failures: rate,
            joins: rate,
            joins_of_connection: rate,
            rooms_per_identity: 2,
        };
        Limits::new(config, Arc::new(Metrics::new()))
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("is an address"))
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_has_its_own_and_is_told_when_to_come_back() {
        let limits = limits();
        let (ann, bob) = (address("203.0.113.1"), address("203.0.113.2"));
        assert!(limits.connect(ann).is_ok() && limits.connect(ann).is_ok());
        let refused = limits.connect(ann).expect_err("is too many");
        assert_eq!(refused.reason, ErrorReason::TooManyConnects);
        let wait = refused.retry_after.expect("is told");
        assert!(limits.connect(bob).is_ok(), "is of somebody else");
        assert!(limits.join(ann).is_ok(), "is another limit");
        tokio::time::advance(wait - Duration::from_millis(10)).await;
        assert!(limits.connect(ann).is_err());
        tokio::time::advance(Duration::from_millis(20)).await;
        assert!(limits.connect(ann).is_ok(), "after the time that was told");
        for own in [None, address("127.0.0.1"), address("::1")] {
            assert!((0..100).all(|_| limits.connect(own).is_ok()), "{own:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_close_the_door_and_good_tokens_do_not() {
        let (limits, ann) = (limits(), address("203.0.113.1"));
        let wrong = Refusal::from(ErrorReason::TokenSignatureInvalid);
        let ended = Refusal::from(ErrorReason::TokenExpired);
        assert!((0..10).all(|_| limits.may_try(ann).is_ok()));
        (0..10).for_each(|_| limits.failed(ann, &ended));
        limits.failed(ann, &wrong);
        assert!(limits.may_try(ann).is_ok());
        limits.failed(ann, &wrong);
        let refused = limits.may_try(ann).expect_err("is too many");
        assert_eq!(refused.reason, ErrorReason::TooManyFailures);
        tokio::time::advance(refused.retry_after.expect("is told")).await;
        assert!(limits.may_try(ann).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_addresses_are_kept_than_there_is_room_for() {
        let limits = limits();
        let nth = |n: usize| address(&format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff));
        for n in 0..ADDRESSES_MAX + 10 {
            let _ = limits.connect(nth(n));
        }
        assert_eq!(limits.addresses.lock().known.len(), ADDRESSES_MAX);
        assert!(limits.connect(nth(ADDRESSES_MAX + 11)).is_err(), "what the others share is used up");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(limits.connect(nth(ADDRESSES_MAX + 12)).is_ok());
        assert_eq!(limits.addresses.lock().known.len(), 1, "who was quiet is forgotten");
    }

    #[tokio::test]
    async fn an_identity_is_in_so_many_rooms() {
        let limits = limits();
        let (ann, bob) = ("ann", "bob");
        let seat = |who: &str, room: &str| {
            let (who, room) = (ParticipantId::parse(who), RoomId::parse(room));
            limits.seat(&who.expect("is an id"), &room.expect("is an id"))
        };
        let first = seat(ann, "a").expect("is free");
        let again = seat(ann, "a").expect("is the same room");
        let second = seat(ann, "b").expect("is free");
        assert_eq!(seat(ann, "c").expect_err("is too many").reason, ErrorReason::TooManyRooms);
        assert!(seat(bob, "c").is_ok());
        drop(first);
        assert!(seat(ann, "c").is_err(), "the second tab is still there");
        drop(again);
        assert!(seat(ann, "c").is_ok());
        drop(second);
        assert!(limits.seats.lock().is_empty());
    }
}
