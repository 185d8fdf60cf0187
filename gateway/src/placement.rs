//! Which room service a partition's link goes to, and what the gateway knows of the room services.
//!
//! Each address is asked `Where` every 2 s. The answers tell P, the hash and the store's time: none of them is
//! configured here. Given one address, a balancer behind it places the links; given several, the rendezvous hash
//! below does.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use switchboard_auth::LinkSecrets;
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::{WhereRequest, WhereResponse};
use switchboard_proto::{HASH_NAME, Millis, PARTITIONS_MAX, RoomId, partition_of};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::config::{BACKOFF_MIN, CONNECT_TIMEOUT, Config, HEALTH_TIMEOUT, STABLE_AFTER};
use crate::metrics::Metrics;

/// A connection to a room service on which every call says the gateway's secret.
pub(crate) type Linked = InterceptedService<Channel, Credentials>;

/// What room services know a gateway by.
#[derive(Clone, Default)]
pub(crate) struct Credentials(Option<MetadataValue<Ascii>>);

impl Credentials {
    fn new(secrets: &LinkSecrets) -> Self {
        // The secrets were checked when they were read.
        let mut value = secrets.header().and_then(|header| MetadataValue::try_from(header).ok());
        value.iter_mut().for_each(|value| value.set_sensitive(true));
        Self(value)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(hidden)")
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// One room service address and the connection to it, which all links share.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) channel: Linked,
    /// Asks for a check at once, as after a link broke.
    check: Notify,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Health {
    answers: bool,
    /// On P or the hash: it would take rooms for other partitions than we do.
    disagrees: bool,
    draining: bool,
    degraded: bool,
}

#[derive(Debug)]
struct Learned {
    /// P; never changes once known.
    partitions: Option<u32>,
    health: Vec<Health>,
    /// Since when each can be used, without a break.
    usable_since: Vec<Option<Instant>>,
    store_time: Option<StoreTime>,
}

/// The store's time as it was told once. It was right somewhere within `trip` before `told`, so half of that is the
/// error, and the quickest answer is the best.
#[derive(Debug, Clone, Copy)]
struct StoreTime {
    time: Millis,
    told: Instant,
    trip: Duration,
}

impl StoreTime {
    /// The store's time then.
    fn at(self, now: Instant) -> Millis {
        self.time.plus(millis(now - self.told + self.trip / 2))
    }

    /// Whether it is the better of two: it was quicker, the other is old, or the store's clock was set since then. Joins
    /// that bear the time of before would be refused as stale.
    fn replaces(self, known: Self) -> bool {
        let differ = self.at(self.told).0.abs_diff(known.at(self.told).0);
        let is_set = differ > millis(self.trip + known.trip + CLOCK_SET_MIN);
        self.trip <= known.trip || self.told - known.told > STORE_TIME_AGE_MAX || is_set
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Readings that differ by more than this, beyond what their trips can explain, are of a clock that was set.
const CLOCK_SET_MIN: Duration = Duration::from_secs(1);
/// A reading older than this gives way to a slower answer: clocks drift.
const STORE_TIME_AGE_MAX: Duration = Duration::from_secs(60);

/// The room services as this gateway sees them.
#[derive(Debug)]
pub(crate) struct Placement {
    pub(crate) addresses: Vec<Address>,
    learned: Mutex<Learned>,
    metrics: Arc<Metrics>,
}

impl Placement {
    /// Connects to nothing yet; `connect` says how it will.
    pub(crate) fn new(
        config: &Config,
        metrics: Arc<Metrics>,
        connect: impl Fn(Endpoint) -> Channel,
    ) -> Result<Self, tonic::transport::Error> {
        let credentials = Credentials::new(&config.link_secrets);
        let addresses = config.room_services.iter().map(|url| {
            let endpoint = Endpoint::from_shared(url.clone())?
                .connect_timeout(CONNECT_TIMEOUT)
                .tcp_nodelay(true)
                // A dead peer behind quiet streams is noticed by these alone.
                .http2_keep_alive_interval(Duration::from_secs(5))
                .keep_alive_timeout(Duration::from_secs(5))
                .keep_alive_while_idle(true)
                .initial_stream_window_size(512 * 1024)
                // All links share one connection: one that is behind must not use up its window.
                .initial_connection_window_size(16 * 1024 * 1024);
            let channel = InterceptedService::new(connect(endpoint), credentials.clone());
            Ok(Address { url: url.clone(), channel, check: Notify::new() })
        });
        let addresses = addresses.collect::<Result<Vec<_>, tonic::transport::Error>>()?;
        let learned = Learned {
            partitions: None,
            health: vec![Health::default(); addresses.len()],
            usable_since: vec![None; addresses.len()],
            store_time: None,
        };
        Ok(Self { addresses, learned: Mutex::new(learned), metrics })
    }

    /// Asks the address `at` again and again, until stopped.
    pub(crate) async fn watch(&self, at: usize, interval: Duration, stop: CancellationToken) {
        let address = &self.addresses[at];
        let mut client = GatewayLinkClient::new(address.channel.clone());
        // Until the first answer it asks more often: gateway and room service mostly start together.
        let mut wait = BACKOFF_MIN;
        loop {
            let asked = Instant::now();
            let answer = tokio::select! {
                answer = timeout(HEALTH_TIMEOUT.max(CONNECT_TIMEOUT), client.r#where(WhereRequest {})) => answer,
                () = stop.cancelled() => return,
            };
            match answer {
                Ok(Ok(answer)) => {
                    self.learn(at, answer.get_ref(), asked.elapsed());
                    wait = interval;
                }
                Ok(Err(status)) => self.lost(at, status.message()),
                Err(_) => self.lost(at, "no answer in time"),
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = address.check.notified() => {}
                () = stop.cancelled() => return,
            }
            wait = (wait * 2).min(interval);
        }
    }

    fn learn(&self, at: usize, answer: &WhereResponse, trip: Duration) {
        let url = &self.addresses[at].url;
        let mut learned = self.learned.lock();
        let agrees = answer.hash == HASH_NAME
            && (1..=PARTITIONS_MAX).contains(&answer.partitions)
            && learned.partitions.is_none_or(|partitions| partitions == answer.partitions);
        if agrees {
            learned.partitions = Some(answer.partitions);
            if let Some(time) = answer.store_time {
                let newer = StoreTime { time: time.into(), told: Instant::now(), trip };
                if learned.store_time.is_none_or(|known| newer.replaces(known)) {
                    learned.store_time = Some(newer);
                }
            }
        } else {
            self.metrics.room_service_mismatches.inc();
            let (partitions, hash, ours) = (answer.partitions, &answer.hash, learned.partitions);
            tracing::error!(%url, partitions, %hash, ?ours, "room service disagrees and is not used");
        }
        self.note(
            &mut learned,
            at,
            Health {
                answers: agrees,
                disagrees: !agrees,
                draining: answer.draining,
                degraded: answer.degraded,
            },
        );
    }

    fn lost(&self, at: usize, why: &str) {
        let mut learned = self.learned.lock();
        if learned.health[at].answers {
            tracing::warn!(url = %self.addresses[at].url, why, "room service does not answer");
        }
        self.note(&mut learned, at, Health::default());
    }

    fn note(&self, learned: &mut Learned, at: usize, health: Health) {
        if health.answers && !learned.health[at].answers {
            tracing::info!(url = %self.addresses[at].url, "room service answers");
        }
        learned.health[at] = health;
        let usable = health.answers && !health.draining;
        learned.usable_since[at] = usable.then(|| learned.usable_since[at].unwrap_or_else(Instant::now));
        let healthy = learned.health.iter().filter(|health| health.answers).count();
        self.metrics.room_services_healthy.set(healthy);
    }

    /// A link to the address `at` could not be opened or broke: whether it lives is asked at once, and until the
    /// answer another address is chosen where there is one.
    pub(crate) fn doubt(&self, at: usize) {
        self.note(&mut self.learned.lock(), at, Health::default());
        self.addresses[at].check.notify_one();
    }

    /// The room service at the address `at` asked for another link.
    pub(crate) fn ends(&self, at: usize) {
        let mut learned = self.learned.lock();
        let health = Health { draining: true, ..learned.health[at] };
        self.note(&mut learned, at, health);
        self.addresses[at].check.notify_one();
    }

    /// Whether some room service is without its store: then links stay, since every attach would wait.
    pub(crate) fn is_degraded(&self) -> bool {
        self.learned.lock().health.iter().any(|health| health.degraded)
    }

    /// Where the link of a partition at the address `at` should go instead; `None` if it is right, or what is right
    /// has not been there for long enough.
    pub(crate) fn better(&self, partition: u32, at: usize, now: Instant) -> Option<usize> {
        let learned = self.learned.lock();
        let addresses = self.addresses.iter().zip(&learned.usable_since).enumerate();
        let usable = addresses.filter(|(_, (_, since))| since.is_some());
        let right = rendezvous(partition, usable.map(|(at, (address, _))| (at, address.url.as_str())))?;
        let stable = learned.usable_since[right].is_some_and(|since| since + STABLE_AFTER <= now);
        (right != at && stable).then_some(right)
    }

    /// Whom to ask what any of them can answer, the best first: those that have their store and are not stopping. From
    /// a different one each time, so that no one of them gets all questions. Last those that we have no answer of,
    /// not yet or not lately: they may be there all the same, when the others have just gone.
    pub(crate) fn to_ask(&self) -> Vec<usize> {
        let learned = self.learned.lock();
        let mut agreeing: Vec<_> =
            (0..self.addresses.len()).filter(|at| !learned.health[*at].disagrees).collect();
        if !agreeing.is_empty() {
            let first = rand::random_range(0..agreeing.len());
            agreeing.rotate_left(first);
        }
        agreeing.sort_by_key(|at| {
            let health = learned.health[*at];
            (!health.answers, health.degraded, health.draining)
        });
        agreeing
    }

    /// Whether some room service answered lately.
    pub(crate) fn is_ready(&self) -> bool {
        self.learned.lock().health.iter().any(|health| health.answers)
    }

    /// The partition of a room; `None` before the first room service has answered.
    pub(crate) fn partition(&self, room: &RoomId) -> Option<u32> {
        Some(partition_of(room, self.learned.lock().partitions?))
    }

    /// P; `None` before the first room service has answered.
    pub(crate) fn partitions(&self) -> Option<u32> {
        self.learned.lock().partitions
    }

    /// The address for a partition's link; `None` while no room service answers. One that is stopping is taken
    /// only if there is no other.
    pub(crate) fn place(&self, partition: u32) -> Option<usize> {
        let learned = self.learned.lock();
        let among = |draining: bool| {
            let addresses = self.addresses.iter().zip(&learned.health).enumerate();
            let usable =
                addresses.filter(move |(_, (_, health))| health.answers && health.draining == draining);
            rendezvous(partition, usable.map(|(at, (address, _))| (at, address.url.as_str())))
        };
        among(false).or_else(|| among(true))
    }

    /// The store's time now, as far as we know; our own clock before the first answer.
    pub(crate) fn store_time(&self) -> Millis {
        match self.learned.lock().store_time {
            Some(known) => known.at(Instant::now()),
            None => Millis(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)),
        }
    }
}

/// The address with the highest hash of partition and address: when one goes, only its partitions move.
fn rendezvous<'a>(partition: u32, addresses: impl Iterator<Item = (usize, &'a str)>) -> Option<usize> {
    addresses.max_by_key(|(_, address)| weight(partition, address)).map(|(at, _)| at)
}

/// FNV-1a over address and partition, mixed by the finalizer of MurmurHash3: FNV alone leaves the high bits, which
/// decide here, nearly alike for neighboring partitions.
fn weight(partition: u32, address: &str) -> u64 {
    let bytes = address.bytes().chain(partition.to_be_bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: [&str; 3] = ["http://10.0.0.1:50051", "http://10.0.0.2:50051", "http://10.0.0.3:50051"];

    fn place(partition: u32, without: Option<usize>) -> Option<usize> {
        rendezvous(partition, ADDRESSES.into_iter().enumerate().filter(|(at, _)| Some(*at) != without))
    }

    #[test]
    fn losing_one_moves_only_its_partitions() {
        for lost in 0..ADDRESSES.len() {
            for partition in 0..128 {
                let before = place(partition, None).expect("there are some");
                let after = place(partition, Some(lost)).expect("there are some");
                assert_ne!(after, lost);
                assert!(before == lost || before == after, "partition {partition} moved needlessly");
            }
        }
    }

    #[test]
    fn a_clock_that_was_set_is_believed_at_once_and_a_slow_answer_is_not() {
        let start = Instant::now();
        let reading = |ms: u64, after: u64, trip: u64| StoreTime {
            time: Millis(ms),
            told: start + Duration::from_millis(after),
            trip: Duration::from_millis(trip),
        };
        let known = reading(1_000_000, 0, 2);
        assert!(!reading(1_001_000, 1_000, 40).replaces(known), "the same, told more slowly");
        assert!(!reading(1_001_900, 1_000, 40).replaces(known), "near enough");
        assert!(reading(1_001_000, 1_000, 1).replaces(known), "told more quickly");
        assert!(reading(1_070_000, 70_000, 40).replaces(known), "it is old");
        for set in [4_601_000, 940_000] {
            assert!(reading(set, 1_000, 40).replaces(known), "{set}");
        }
    }

    #[test]
    fn partitions_spread() {
        let mut counts = [0; 3];
        for partition in 0..128 {
            counts[place(partition, None).expect("there are some")] += 1;
        }
        assert!(counts.iter().all(|count| (25..=60).contains(count)), "{counts:?}");
        assert_eq!(rendezvous(1, std::iter::empty()), None);
    }

    fn placement(urls: &[&str]) -> Placement {
        let room_services = urls.iter().map(|url| (*url).to_owned()).collect();
        let config = Config { room_services, ..Config::default() };
        Placement::new(&config, Arc::new(Metrics::new()), |endpoint| endpoint.connect_lazy())
            .expect("are urls")
    }

    fn answer(partitions: u32, hash: &str, draining: bool) -> WhereResponse {
        let store_time = Some(Millis(1_000_000).into());
        WhereResponse { partitions, hash: hash.into(), store_time, draining, ..WhereResponse::default() }
    }

    #[tokio::test]
    async fn what_was_learned_is_used() {
        let placement = placement(&ADDRESSES[..2]);
        assert!(!placement.is_ready());
        assert_eq!(placement.place(3), None);
        placement.learn(0, &answer(64, HASH_NAME, false), Duration::ZERO);
        assert!(placement.is_ready());
        assert_eq!((placement.partitions(), placement.place(3)), (Some(64), Some(0)));
        let time = placement.store_time();
        assert!((Millis(1_000_000)..Millis(1_060_000)).contains(&time), "{time:?} is the store's, not ours");

        // Who disagrees is not used.
        placement.doubt(0);
        placement.learn(1, &answer(128, HASH_NAME, false), Duration::ZERO);
        placement.learn(1, &answer(64, "crc", false), Duration::ZERO);
        assert_eq!((placement.partitions(), placement.place(3)), (Some(64), None));
        assert_eq!(placement.to_ask(), [0], "who has not answered may be there all the same");
        assert_eq!(placement.metrics.room_service_mismatches.get(), 2);

        // Who has just come back gets no links yet, and none while a store is away.
        placement.learn(0, &answer(64, HASH_NAME, false), Duration::ZERO);
        let now = Instant::now();
        assert_eq!(placement.better(3, 1, now), None);
        let later = now + STABLE_AFTER;
        assert_eq!((placement.better(3, 1, later), placement.better(3, 0, later)), (Some(0), None));
        placement.ends(0);
        assert_eq!(placement.better(3, 1, later), None);
        let degraded = WhereResponse { degraded: true, ..answer(64, HASH_NAME, false) };
        placement.learn(0, &degraded, Duration::ZERO);
        assert!(placement.is_degraded());
        placement.doubt(0);

        // Who is stopping is used only if there is no other.
        placement.learn(1, &answer(64, HASH_NAME, true), Duration::ZERO);
        assert_eq!((placement.place(3), placement.to_ask()), (Some(1), vec![1, 0]));
        placement.learn(0, &answer(64, HASH_NAME, false), Duration::ZERO);
        assert!((0..20).all(|_| placement.to_ask() == [0, 1]));
        assert!((0..64).all(|partition| placement.place(partition) == Some(0)));
    }
}
