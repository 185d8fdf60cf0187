//! Participants that talk, and what they all saw.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard_loadtest::Participant;
use switchboard_loadtest::checker::{History, Observation, Violation, check};
use switchboard_loadtest::client::Options;
use switchboard_loadtest::participant::Settings;
use switchboard_proto::v1::{self, SignalKind, client_message::Kind as Ask};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;
use crate::seeds::Seeds;
use crate::store::Reader;

/// Longer than any recovery here: a lease, a window, a few attempts.
pub(crate) const RECOVER_WITHIN: Duration = Duration::from_secs(30);

/// What a room's log keeps at most.
const LOG_ENTRIES_MAX: u64 = 4_096;

/// All participants of a run.
pub(crate) struct People {
    pub(crate) all: Vec<Arc<Participant>>,
    rooms: Vec<String>,
    seen: Arc<Mutex<Vec<Observation>>>,
    stop: CancellationToken,
    talks: JoinSet<()>,
}

impl People {
    /// Starts `count` of them in these rooms, alternating between the gateways; they talk at once.
    pub(crate) fn start(cluster: &Cluster, rooms: &[String], count: usize, seeds: &mut Seeds) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut people = Self {
            all: Vec::new(),
            rooms: rooms.to_vec(),
            seen: seen.clone(),
            stop: CancellationToken::new(),
            talks: JoinSet::new(),
        };
        for n in 0..count {
            let seen = seen.clone();
            let observer = Arc::new(move |observation| lock(&seen).push(observation));
            let settings = Settings {
                client: u64::try_from(n).expect("is small"),
                first: n,
                options: Options { deadline: Duration::from_secs(2), ..Options::default() },
                backoff: Duration::from_millis(50),
                backoff_max: Duration::from_secs(1),
                heartbeat: Duration::from_millis(500),
                silence: Duration::from_millis(1_500),
                takes_events: false,
                ..Settings::new(cluster.urls(), &rooms[n % rooms.len()], &format!("p{n}"))
            };
            let participant = Arc::new(Participant::start_on_tcp(settings, observer));
            let neighbours = (0..count).filter(|m| m % rooms.len() == n % rooms.len());
            let neighbours = neighbours.map(|m| format!("p{m}")).collect();
            let seeds = Seeds(seeds.next());
            people.talks.spawn(talk(participant.clone(), neighbours, seeds, people.stop.clone()));
            people.all.push(participant);
        }
        people
    }

    pub(crate) fn connected(&self) -> usize {
        self.all.iter().filter(|one| one.status().is_connected).count()
    }

    pub(crate) async fn until_connected(&self) {
        let by = Instant::now() + RECOVER_WITHIN;
        while self.connected() < self.all.len() && Instant::now() < by {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends the talk, waits until all is quiet and the store has all of it, and judges.
    pub(crate) async fn judge(mut self, cluster: &Cluster) -> Verdict {
        self.stop.cancel();
        while self.talks.join_next().await.is_some() {}
        let reader = Reader::connect(&cluster.redis.url()).await;
        let by = Instant::now() + RECOVER_WITHIN;
        loop {
            let is_quiet = self.all.iter().all(|one| {
                let status = one.status();
                status.is_connected && status.under_way == 0
            });
            let history = self.history(&reader).await;
            let violations = check(&history);
            // What is under way shows as an event not told yet, or as a ghost whose lease and window still run.
            let settled = is_quiet && !violations.iter().any(|v| matches!(v.assertion, "V3" | "V5" | "V16"));
            if settled || Instant::now() > by {
                return Verdict { violations, is_quiet };
            }
            sleep(Duration::from_millis(250)).await;
        }
    }

    pub(crate) async fn history(&self, reader: &Reader) -> History {
        let mut rooms = Vec::new();
        // First what was seen: an event told meanwhile would not be in a log that was read before.
        let observations = lock(&self.seen).clone();
        for room in &self.rooms {
            rooms.push(reader.room(room).await);
        }
        // A room whose log was cut by its bound may tell who comes from before that a reset is all it has (V18).
        let may_reset = rooms.iter().any(|room| room.head.seq > LOG_ENTRIES_MAX);
        History { observations, rooms, may_reset, is_at_rest: true }
    }

    pub(crate) fn seen(&self) -> Vec<Observation> {
        lock(&self.seen).clone()
    }
}

/// What became of a run.
pub(crate) struct Verdict {
    pub(crate) violations: Vec<Violation>,
    pub(crate) is_quiet: bool,
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        self.is_quiet && self.violations.is_empty()
    }
}

async fn talk(
    participant: Arc<Participant>,
    neighbours: Vec<String>,
    mut seeds: Seeds,
    stop: CancellationToken,
) {
    for n in 0_u64.. {
        let body = format!("{}-{n}", participant.status().session);
        let neighbour = neighbours[seeds.below(neighbours.len())].clone();
        let command = match seeds.below(10) {
            0..=3 => {
                let kind = SignalKind::Candidate.into();
                Ask::Signal(v1::Signal { to: neighbour, kind, payload: format!("{{\"n\":\"{body}\"}}") })
            }
            4..=6 => Ask::Message(v1::Message { to: vec![], body }),
            7 => Ask::Message(v1::Message { to: vec![neighbour], body }),
            8 => Ask::UpdateMetadata(v1::UpdateMetadata { metadata: body }),
            _ if seeds.below(2) == 0 => Ask::StopShare(v1::StopShare {}),
            _ => Ask::StartShare(v1::StartShare { share_id: body, audio: false }),
        };
        let pause = Duration::from_millis(u64::try_from(10 + seeds.below(50)).expect("is small"));
        let said = async {
            drop(participant.send(command).await);
            sleep(pause).await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = said => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
