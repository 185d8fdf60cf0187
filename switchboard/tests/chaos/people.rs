//! Participants that talk, and what they all saw.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard_loadtest::Participant;
use switchboard_loadtest::checker::{Change, History, Observation, Outcome, Violation, What, check};
use switchboard_loadtest::client::Options;
use switchboard_loadtest::participant::{Settings, Trouble};
use switchboard_proto::v1::{self, SignalKind, client_message::Kind as Ask};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;
use crate::seeds::Seeds;
use crate::store::Reader;

/// Longer than any recovery here: a lease, a window, a few attempts.
pub(crate) const RECOVER_WITHIN: Duration = Duration::from_secs(30);

/// What a room's log keeps at most.
const LOG_ENTRIES_MAX: u64 = 4_096;

/// All participants of a run. The `n`th is called `pn`, and is client `n` of the history.
pub(crate) struct People {
    pub(crate) all: Vec<Arc<Participant>>,
    rooms: Vec<String>,
    seen: Arc<Mutex<Vec<Observation>>>,
    stop: CancellationToken,
    talks: JoinSet<()>,
    /// Whether somebody may be reset, as after a failover or where a log was trimmed.
    pub(crate) may_reset: bool,
    /// Whether somebody may be shown as reconnecting whose socket is open: a gateway was cut off for a lease.
    pub(crate) may_flap: bool,
}

/// How somebody of this suite behaves: a quick browser, which goes to gateway `first` and to the next at each attempt.
pub(crate) fn settings(cluster: &Cluster, room: &str, first: usize) -> Settings {
    Settings {
        first,
        options: Options { deadline: Duration::from_secs(2), ..Options::default() },
        backoff: Duration::from_millis(50),
        backoff_max: Duration::from_secs(1),
        heartbeat: Duration::from_millis(500),
        silence: Duration::from_millis(1_500),
        takes_events: false,
        ..Settings::new(cluster.urls(), room, "")
    }
}

impl People {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        Self {
            all: Vec::new(),
            rooms: Vec::new(),
            seen: Arc::default(),
            stop: CancellationToken::new(),
            talks: JoinSet::new(),
            may_reset: false,
            may_flap: false,
        }
    }

    /// Starts `count` of them in these rooms, alternating between the gateways; they talk at once.
    pub(crate) fn start(cluster: &Cluster, rooms: &[String], count: usize, seeds: &mut Seeds) -> Self {
        let mut people = Self::new();
        for n in 0..count {
            people.add(settings(cluster, &rooms[n % rooms.len()], n));
        }
        for n in 0..count {
            let neighbours = (0..count).filter(|m| m % rooms.len() == n % rooms.len());
            people.talk(n, neighbours, Seeds(seeds.next()));
        }
        people
    }

    /// One more, who is quiet; returns its number.
    pub(crate) fn add(&mut self, settings: Settings) -> usize {
        let n = self.all.len();
        let settings = Settings {
            client: u64::try_from(n).expect("is small"),
            participant_id: format!("p{n}"),
            ..settings
        };
        if !self.rooms.contains(&settings.room_id) {
            self.rooms.push(settings.room_id.clone());
        }
        let seen = self.seen.clone();
        let observer = Arc::new(move |observation| lock(&seen).push(observation));
        self.all.push(Arc::new(Participant::start_on_tcp(settings, observer)));
        n
    }

    /// From now on this one talks, to all and to these.
    pub(crate) fn talk(&mut self, n: usize, to: impl Iterator<Item = usize>, seeds: Seeds) {
        let neighbours = to.map(|m| format!("p{m}")).collect();
        self.talks.spawn(talk(self.all[n].clone(), neighbours, seeds, self.stop.clone()));
    }

    /// Says something to all in its room, and gives the outcome.
    pub(crate) async fn say(&self, n: usize, body: &str) -> Outcome {
        let message = Ask::Message(v1::Message { to: vec![], body: body.into() });
        let outcome = self.all[n].send(message).await.expect("has not stopped");
        let outcome = timeout(RECOVER_WITHIN, outcome).await.expect("is answered in time");
        outcome.expect("is answered")
    }

    /// Says something and does not wait.
    pub(crate) async fn begin_to_say(&self, n: usize, body: &str) {
        let message = Ask::Message(v1::Message { to: vec![], body: body.into() });
        drop(self.all[n].send(message).await.expect("has not stopped"));
    }

    pub(crate) async fn trouble(&self, n: usize, trouble: Trouble) {
        self.all[n].trouble(trouble).await.expect("has not stopped");
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

    /// Whether this one has a connection, its `nth`.
    pub(crate) fn is_back(&self, n: usize, nth: u64) -> bool {
        let status = self.all[n].status();
        status.is_connected && status.connections >= nth
    }

    /// How many of them hang on this gateway.
    pub(crate) fn count_at(&self, cluster: &Cluster, gateway: usize) -> usize {
        let url = &cluster.urls()[gateway];
        let is_there = |one: &&Arc<Participant>| {
            let status = one.status();
            status.is_connected && status.url == *url
        };
        self.all.iter().filter(is_there).count()
    }

    /// Loses somebody's connection, and waits until it is back.
    pub(crate) async fn lose(&self, n: usize, trouble: Trouble) {
        let connections = self.all[n].status().connections;
        self.trouble(n, trouble).await;
        until(&format!("p{n} is back after {trouble:?}"), || self.is_back(n, connections + 1)).await;
    }

    /// Waits until somebody was told that this participant has left.
    pub(crate) async fn until_gone(&self, participant: &str) {
        self.until_seen(&format!("{participant} is gone"), |o| {
            let What::Event { event, .. } = &o.what else { return false };
            matches!(&event.event, Some(v1::event::Event::ParticipantLeft(left)) if left.participant_id == participant)
        })
        .await;
    }

    /// Waits until one of the observations is such.
    pub(crate) async fn until_seen(&self, what: &str, is_it: impl Fn(&Observation) -> bool) {
        until(what, || lock(&self.seen).iter().any(&is_it)).await;
    }

    /// Waits until this one was told a message that begins so.
    pub(crate) async fn until_told(&self, n: usize, body: &str) {
        self.until_seen(&format!("p{n} is told {body}"), |o| is_told(o, n, body)).await;
    }

    /// The longest time since `from` in which somebody was told nothing: with people who talk all the time that is how
    /// long the worst off was cut off from the room.
    pub(crate) fn longest_silence(&self, from: Instant) -> Duration {
        let seen = lock(&self.seen);
        let silence = |n: usize| {
            let told = seen.iter().filter(|o| o.client == n as u64 && matches!(o.what, What::Event { .. }));
            let times: Vec<_> = told.map(|o| o.at).filter(|at| *at > from).chain([Instant::now()]).collect();
            let since = std::iter::once(&from).chain(&times);
            since.zip(&times).map(|(one, two)| two.duration_since(*one)).max().unwrap_or_default()
        };
        (0..self.all.len()).map(silence).max().unwrap_or_default()
    }

    /// Ends the talk, waits until all is quiet and the store has all of it, and judges.
    pub(crate) async fn judge(mut self, cluster: &Cluster) -> Verdict {
        self.stop.cancel();
        while self.talks.join_next().await.is_some() {}
        let reader = Reader::connect(&cluster.store_url).await;
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
                return Verdict { violations, is_quiet, history };
            }
            sleep(Duration::from_millis(250)).await;
        }
    }

    async fn history(&self, reader: &Reader) -> History {
        let mut rooms = Vec::new();
        // First what was seen: an event told meanwhile would not be in a log that was read before.
        let observations = lock(&self.seen).clone();
        for room in &self.rooms {
            rooms.push(reader.room(room).await);
        }
        // A room whose log was cut by its bound may tell who comes from before that a reset is all it has (V18).
        let may_reset = self.may_reset || rooms.iter().any(|room| room.head.seq > LOG_ENTRIES_MAX);
        History { observations, rooms, may_reset, may_flap: self.may_flap, is_at_rest: true }
    }

    pub(crate) fn seen(&self) -> Vec<Observation> {
        lock(&self.seen).clone()
    }
}

/// What became of a run.
pub(crate) struct Verdict {
    pub(crate) violations: Vec<Violation>,
    pub(crate) is_quiet: bool,
    pub(crate) history: History,
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        self.is_quiet && self.violations.is_empty()
    }

    /// What is wrong, if anything.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if !self.is_quiet {
            text += "\n  not quiet: somebody is not connected, has stopped, or waits for an answer";
        }
        for violation in self.violations.iter().take(20) {
            text += &format!("\n  {violation}");
        }
        text
    }

    /// The history, which has to be good.
    #[track_caller]
    pub(crate) fn good(self) -> History {
        assert!(self.is_good(), "the promises were not kept:{}", self.text());
        self.history
    }
}

/// How the rooms' logs say that people came and went, in order: `p1 joined`, `p1 reconnecting`, `p1 left Expired`.
pub(crate) fn comings_and_goings(history: &History) -> Vec<String> {
    let entries = history.rooms.iter().flat_map(|room| &room.log);
    let told = entries.filter_map(|entry| match &entry.change {
        Change::Joined { participant, .. } => Some(format!("{participant} joined")),
        Change::Reconnecting { participant, .. } => Some(format!("{participant} reconnecting")),
        Change::Present { participant, .. } => Some(format!("{participant} present")),
        Change::Left { participant, reason, .. } => Some(format!("{participant} left {reason:?}")),
        _ => None,
    });
    told.collect()
}

/// What this one did and saw, a line each, for a test that fails.
pub(crate) fn story(history: &History, n: usize) -> String {
    let own = history.observations.iter().filter(|o| o.client == n as u64);
    own.map(|o| format!("\n  {:?} {:.160}", o.at, format!("{:?}", o.what))).collect()
}

/// Those of them that are about a loss: nobody joined or resumed.
pub(crate) fn losses(history: &History) -> Vec<String> {
    comings_and_goings(history).into_iter().filter(|told| !told.ends_with(" joined")).collect()
}

/// Whether it is a message to this one that begins so, told for the first time.
pub(crate) fn is_told(observation: &Observation, n: usize, body: &str) -> bool {
    let What::Event { event, is_new: true } = &observation.what else { return false };
    observation.client == n as u64
        && matches!(&event.event, Some(v1::event::Event::MessageReceived(told)) if told.body.starts_with(body))
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let by = Instant::now() + RECOVER_WITHIN;
    while !holds() {
        assert!(Instant::now() < by, "not in time: {what}");
        sleep(Duration::from_millis(5)).await;
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
