//! What a run does, as a TOML file or flags have it: people in rooms, and what they do when.
//!
//! A plan is data. `timeline` makes timed actions of it, and people carry them out.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::processes::Watch;

/// The most bytes of one signal or message: a gateway's limit of one frame, less what stands around it.
const SIZE_MAX: u32 = 60_000;

/// How people speak with what is under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum Protocol {
    /// Switchboard's own, as JSON in text frames.
    #[default]
    Json,
    /// Switchboard's own, as protobuf in binary frames.
    Protobuf,
    /// Socket.IO over a WebSocket, with the events of docs/migration.md: also for other servers that have these.
    SocketIo,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// What it is called in the report.
    pub name: String,
    /// How people speak.
    pub protocol: Protocol,
    /// Where to; the members of a room alternate between several.
    pub gateways: Vec<String>,
    /// Rooms.
    pub rooms: usize,
    /// People in each.
    pub people: usize,
    /// Whether all connect before the first joins.
    pub connect_first: bool,
    /// Joins under way at one time while people come in.
    pub concurrency: usize,
    /// How long it runs before it is measured, at each step.
    pub warm_up: Time,
    /// How long it is measured, at each step.
    pub duration: Time,
    /// What is done: several things at once.
    pub load: Vec<Activity>,
    /// The rates of all that is done are multiplied by these, one after the other.
    pub steps: Vec<f64>,
    /// No further step once one does not meet all of these, as in `p99<50ms`.
    pub until: Vec<String>,
    /// What is to be killed while it is measured.
    pub kill: Option<Kill>,
    /// The processes under load.
    pub watch: Vec<Watch>,
    /// What the run has to show, as in `p99<2ms`.
    pub expect: Vec<String>,
    /// Processes that make the load.
    pub workers: usize,
    /// Connect from so many addresses 127.0.0.1, 127.0.0.2 …
    pub sources: u8,
    /// The longest wait for a connection or a join.
    pub deadline: Time,
    /// Take the certificates in this PEM file, and those that they signed.
    pub tls_ca: Option<std::path::PathBuf>,
    /// Take any certificate.
    pub insecure: bool,
}

/// Something that goes on at a rate. A rate is of all rooms together, a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "what", rename_all = "snake_case")]
pub enum Activity {
    /// People who have connected join.
    Joins {
        /// Joins.
        rate: f64,
    },
    /// Signals, each to a neighbour in the room.
    Relay {
        /// Signals.
        rate: f64,
        /// Which kind.
        #[serde(default)]
        signal: Signal,
        /// Bytes of a payload; 0: as many as browsers have.
        #[serde(default)]
        size: u32,
    },
    /// Rooms in which everybody negotiates with everybody: offer, answer, and candidates as browsers find them.
    Mesh {
        /// Rooms.
        rate: f64,
    },
    /// Somebody leaves and comes back: in each room the last one.
    Churn {
        /// People who leave.
        rate: f64,
        /// How long they are away.
        #[serde(default = "half_a_second")]
        away: Time,
    },
    /// Somebody shares a screen for a while: in each room the first one.
    Shares {
        /// Shares.
        rate: f64,
        /// How long one lasts.
        #[serde(default = "half_a_second")]
        hold: Time,
    },
    /// Messages, each to everybody in the room.
    Messages {
        /// Messages.
        rate: f64,
        /// Bytes of a message; 0: as a candidate.
        #[serde(default)]
        size: u32,
    },
}

/// A kind of signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// A session description; by default of 3,000 bytes, as a browser's for sound and picture.
    Offer,
    /// The same.
    Answer,
    /// A candidate; by default of 300 bytes.
    #[default]
    Candidate,
}

/// A gateway's end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// The process to kill (SIGKILL); without it somebody else has to kill it.
    pub pid: Option<u32>,
    /// How long after the last join.
    pub after: Time,
    /// How long to wait until all are back.
    pub within: Time,
}

/// A time span, written as in `1m 30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(pub Duration);

impl Time {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text)
            .map(Self)
            .map_err(|error| format!("{error}; write it as in 10s or 250ms"))
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

const fn half_a_second() -> Time {
    Time(Duration::from_millis(500))
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            name: "plan".into(),
            protocol: Protocol::default(),
            gateways: vec!["http://localhost:8080".into()],
            rooms: 200,
            people: 4,
            connect_first: false,
            concurrency: 64,
            warm_up: Time::seconds(2),
            duration: Time::seconds(10),
            load: Vec::new(),
            steps: vec![1.0],
            until: Vec::new(),
            kill: None,
            watch: Vec::new(),
            expect: Vec::new(),
            workers: 1,
            sources: 1,
            deadline: Time::seconds(30),
            tls_ca: None,
            insecure: false,
        }
    }
}

impl Signal {
    /// Bytes of a payload of `size`, where 0 says: as many as browsers have.
    pub(crate) fn bytes(self, size: u32) -> u32 {
        match (size, self) {
            (0, Self::Candidate) => 300,
            (0, Self::Offer | Self::Answer) => 3_000,
            (size, _) => size,
        }
    }
}

impl Activity {
    /// Starts a second, of all rooms together.
    pub(crate) fn rate(&self) -> f64 {
        match self {
            Self::Joins { rate }
            | Self::Relay { rate, .. }
            | Self::Mesh { rate }
            | Self::Churn { rate, .. }
            | Self::Shares { rate, .. }
            | Self::Messages { rate, .. } => *rate,
        }
    }

    pub(crate) fn rate_mut(&mut self) -> &mut f64 {
        match self {
            Self::Joins { rate }
            | Self::Relay { rate, .. }
            | Self::Mesh { rate }
            | Self::Churn { rate, .. }
            | Self::Shares { rate, .. }
            | Self::Messages { rate, .. } => rate,
        }
    }

    fn size(&self) -> u32 {
        match self {
            Self::Relay { size, .. } | Self::Messages { size, .. } => *size,
            _ => 0,
        }
    }
}

impl Plan {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// A sentence, with the place in the file.
    pub fn in_file(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// All people.
    #[must_use]
    pub fn total(&self) -> usize {
        self.rooms * self.people
    }

    /// Whether people join as part of what is measured, and not before.
    pub(crate) fn joins_are_measured(&self) -> bool {
        self.load.iter().any(|activity| matches!(activity, Activity::Joins { .. }))
    }

    /// Whether in each room the last one comes and goes.
    pub(crate) fn churns(&self) -> bool {
        self.load.iter().any(|activity| matches!(activity, Activity::Churn { .. }))
    }

    /// Members of a room who are there all the time.
    pub(crate) fn stable(&self) -> usize {
        if self.churns() { self.people - 1 } else { self.people }
    }

    /// Whether all that it says makes sense.
    ///
    /// # Errors
    /// A sentence for the first thing that does not.
    pub fn check(&self) -> Result<(), String> {
        let no = |what: &str| Err(what.to_owned());
        if self.gateways.is_empty() || self.rooms == 0 || self.people == 0 || self.concurrency == 0 {
            return no("gateways, rooms, people and concurrency have to be at least 1");
        }
        for url in &self.gateways {
            web_socket_url(url, self.protocol).map_err(|why| format!("{url}: {why}"))?;
        }
        if self.load.iter().any(|activity| !(activity.rate() > 0.0 && activity.rate() <= 1e6)) {
            return no("a rate has to be above 0, and at most 1,000,000 a second");
        }
        if self.load.iter().any(|activity| activity.size() > SIZE_MAX) {
            return Err(format!("a size has to be at most {SIZE_MAX} bytes"));
        }
        if self.steps.is_empty() || self.steps.iter().any(|factor| !(*factor > 0.0 && factor.is_finite())) {
            return no("steps have to be numbers above 0");
        }
        if !(1..=250).contains(&self.sources) {
            return no("sources have to be 1 to 250");
        }
        if !self.load.is_empty() && self.duration.0.is_zero() {
            return no("duration has to be above 0");
        }
        let talks = |activity: &Activity| matches!(activity, Activity::Relay { .. } | Activity::Mesh { .. });
        if self.load.iter().any(talks) && self.stable() < 2 {
            return no("signals need two people in a room who stay there");
        }
        if self.joins_are_measured() && self.load.len() > 1 {
            return no("joins are measured alone, with nothing else going on");
        }
        let shouts = |activity: &Activity| matches!(activity, Activity::Messages { .. });
        if self.protocol == Protocol::SocketIo && self.load.iter().any(shouts) {
            return no(
                "the events of Socket.IO have no message to a whole room; take shares, which all are told",
            );
        }
        if self.workers == 0 || self.workers > self.rooms {
            return no("workers have to be at least 1, and at most as many as rooms: a room is one worker's");
        }
        if self.kill.is_some() {
            let signals =
                |activity: &Activity| matches!(activity, Activity::Relay { .. } | Activity::Messages { .. });
            if self.gateways.len() < 2 || self.protocol == Protocol::SocketIo {
                return no("a kill needs a second gateway and one of Switchboard's own protocols");
            }
            if self.steps.len() > 1 || !self.load.iter().all(signals) {
                return no("beside a kill there may be a relay or messages, at one rate");
            }
        }
        Ok(())
    }

    /// What one of the workers does: its share of the rooms and of each rate.
    pub(crate) fn share(&self, worker: usize) -> Self {
        let mut share = self.clone();
        share.rooms = self.rooms / self.workers + usize::from(worker < self.rooms % self.workers);
        let part = share.rooms as f64 / self.rooms as f64;
        share.load.iter_mut().for_each(|activity| *activity.rate_mut() *= part);
        share.concurrency = self.concurrency.div_ceil(self.workers);
        share
    }
}

/// The address of a WebSocket at what a browser's address line takes: `http://host:port`.
pub(crate) fn web_socket_url(text: &str, protocol: Protocol) -> Result<String, String> {
    let plain = ["ws://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let secure = ["wss://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let scheme = if secure.is_some() { "wss" } else { "ws" };
    let rest = plain.or(secure).ok_or("it has to begin with http://, https://, ws:// or wss://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() {
        return Err("it has no host".into());
    }
    let path = match protocol {
        _ if !path.is_empty() => path,
        Protocol::Json | Protocol::Protobuf => "ws",
        Protocol::SocketIo => "socket.io/?EIO=4&transport=websocket",
    };
    Ok(format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_named_as_in_a_browser() {
        let cases = [
            ("http://localhost:8080", Some("ws://localhost:8080/ws")),
            ("http://localhost:8080/", Some("ws://localhost:8080/ws")),
            ("ws://[::1]:8080/ws", Some("ws://[::1]:8080/ws")),
            ("localhost:8080", None),
            ("https://sb.example", Some("wss://sb.example/ws")),
            ("wss://[::1]:8443/ws", Some("wss://[::1]:8443/ws")),
            ("http://", None),
        ];
        for (text, want) in cases {
            assert_eq!(web_socket_url(text, Protocol::Json).ok().as_deref(), want, "{text}");
        }
        let engine = "ws://localhost:8080/socket.io/?EIO=4&transport=websocket";
        assert_eq!(web_socket_url("http://localhost:8080", Protocol::SocketIo).as_deref(), Ok(engine));
    }

    #[test]
    fn a_plan_is_read_from_toml_and_written_as_it_was() {
        let text = r#"
            name = "an evening"
            protocol = "socketio"
            gateways = ["http://a:1", "http://b:2"]
            rooms = 50
            duration = "1m 30s"
            steps = [1, 2.5]
            watch = ["gateway=1,2", "redis=3"]
            expect = ["p99<2ms"]
            [[load]]
            what = "relay"
            rate = 5000
            [[load]]
            what = "churn"
            rate = 2.5
            away = "1s"
        "#;
        let plan: Plan = toml::from_str(text).expect("good");
        plan.check().expect("makes sense");
        assert_eq!((plan.rooms, plan.people, plan.duration), (50, 4, Time::seconds(90)));
        let relay = Activity::Relay { rate: 5000.0, signal: Signal::Candidate, size: 0 };
        assert_eq!(plan.load, [relay, Activity::Churn { rate: 2.5, away: Time::seconds(1) }]);
        assert_eq!((plan.stable(), plan.watch[0].pids.len()), (3, 2));
        let line = serde_json::to_string(&plan).expect("JSON");
        assert_eq!(serde_json::from_str::<Plan>(&line).expect("JSON"), plan);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let cases = [
            ("rom = 1", "unknown field `rom`"),
            ("duration = \"10\"", "write it as in 10s"),
            ("load = [{ what = \"relay\" }]", "missing field `rate`"),
            ("load = [{ what = \"relay\", rate = 0 }]", "above 0"),
            ("people = 1\nload = [{ what = \"relay\", rate = 1 }]", "two people"),
            ("workers = 9\nrooms = 8", "a room is one worker's"),
            ("gateways = [\"a\"]", "a: it has to begin with http://"),
            ("protocol = \"socketio\"\nload = [{ what = \"messages\", rate = 1 }]", "take shares"),
            ("load = [{ what = \"joins\", rate = 1 }, { what = \"mesh\", rate = 1 }]", "alone"),
            ("kill = { after = \"1s\", within = \"1s\" }", "second gateway"),
        ];
        for (text, want) in cases {
            let read = toml::from_str::<Plan>(text).map_err(|error| error.to_string());
            let error = read.and_then(|plan| plan.check()).expect_err(text);
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn workers_share_rooms_and_rates() {
        let load = vec![Activity::Mesh { rate: 10.0 }];
        let plan = Plan { rooms: 10, workers: 3, load, ..Plan::default() };
        let shares: Vec<_> = (0..3).map(|worker| plan.share(worker)).collect();
        assert_eq!(shares.iter().map(|share| share.rooms).collect::<Vec<_>>(), [4, 3, 3]);
        let rates: f64 = shares.iter().map(|share| share.load[0].rate()).sum();
        assert!((rates - 10.0).abs() < 1e-9);
    }
}
