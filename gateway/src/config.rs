//! What is chosen for a gateway. Each default stands here, with its reason.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use switchboard_auth::{IceServers, LinkSecrets, Mutual, Verifier};
use switchboard_telemetry::{Levels, TraceConfig};
use tonic::transport::Endpoint;

use crate::client_address::Network;
use crate::limits::LimitsConfig;
use crate::tls::Tls;

/// Who may use the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, and pages of any loopback origin: for a first run and for development.
    Open,
    /// Pages of the gateway's own origin and of [`Config::allowed_origins`].
    SameOrigin,
}

/// More sockets than this want a second process: 100,000 are about 1.5 GB.
pub const CONNECTIONS_MAX: usize = 100_000;
/// One signal with an SDP is 1 to 10 KiB, JSON escapes included; 64 KiB leaves room for many tracks.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Ten participants' ICE candidates come in bursts of hundreds; a steady 200 a second is no person.
pub const COMMANDS_PER_SECOND: u32 = 200;
/// A join into a room of 50 sends about 50 offers and 900 candidates at once.
pub const COMMANDS_BURST: u32 = 1_000;
/// A library with a fault sends a few wrong frames; more than this in a row is garbage.
pub const ERRORS_IN_A_ROW_MAX: u32 = 16;
/// Messages over the rate, in a row, after which a connection is closed.
pub const RATE_LIMITED_IN_A_ROW_MAX: u32 = 1_000;
/// A page joins at once; 10 s also covers a slow phone.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Below the 30 s to 60 s after which routers and balancers forget a quiet connection.
pub const PING_INTERVAL: Duration = Duration::from_secs(25);
/// A round trip on the worst mobile network is a few seconds.
pub const PONG_TIMEOUT: Duration = Duration::from_secs(10);
/// What Socket.IO servers give a client to answer a ping; clients are told.
pub const SOCKETIO_PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest payload of a Socket.IO client, as its servers have it by default.
pub const SOCKETIO_PAYLOAD_MAX: usize = 1_000_000;
/// How long a Socket.IO session may be resumed: its clients come back after 1 to 5 s or join anew, and until it is over
/// a tab that was closed is a frozen picture to the others.
pub const SOCKETIO_RESUME_WINDOW: Duration = Duration::from_secs(8);
/// A peer that takes no byte for so long is gone.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// A close frame is one packet; who does not take it in this time never will.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// About 800 candidates: seconds of a busy room; less than a slow reader may cost us.
pub const OUTBOX_BYTES_MAX: usize = 256 * 1024;
/// The link protocol's bound: room services keep the refusals of these, and of what is decided and not stored.
pub const UNANSWERED_COMMANDS_MAX: usize = 64;
/// What a session's unanswered commands may weigh, while no room service answers.
pub const UNANSWERED_BYTES_MAX: usize = 256 * 1024;
/// Accepted commands kept until they are stored; the browser keeps them too.
pub const UNSTORED_COMMANDS_MAX: usize = 256;
/// Small enough for the memory of an idle socket, large enough for a candidate in one read.
pub const READ_BUFFER_BYTES: usize = 2 * 1024;
/// Some candidates in one write; larger messages go out by themselves.
pub const WRITE_BUFFER_BYTES: usize = 2 * 1024;
/// Half a request for longer than this is an attack or a dead peer.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// Inputs of all connections waiting for one link's task.
pub const LINK_QUEUE: usize = 1_024;
/// How long a connection tries to hand a command to its link.
pub const LINK_QUEUE_TIMEOUT: Duration = Duration::from_secs(5);
/// The most items of one link request.
pub const LINK_BATCH_ITEMS: usize = 64;
/// The most bytes of one link request, but for a single larger item.
pub const LINK_BATCH_BYTES: usize = 128 * 1024;
/// How long a link tells what came before the links of other rooms have their turn: a message may bring hundreds of joins
/// into one room of hundreds.
pub const LINK_TURN: Duration = Duration::from_micros(200);
/// The largest message from a room service: pieces are under 256 KiB, batches of them are larger.
pub const LINK_MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long opening a link and its hello may take.
pub const LINK_HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a stopping gateway waits for the answers to what it said last.
pub const LINK_FLUSH_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a room waits for the answer to its attach before the link is taken for dead.
pub const ATTACH_TIMEOUT: Duration = Duration::from_secs(10);
/// The first wait before a link is opened again; it doubles, with full jitter.
pub const BACKOFF_MIN: Duration = Duration::from_millis(50);
/// The longest wait before a link is opened again.
pub const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// How long a link stays where it is after a move that failed; it doubles, up to half a minute.
pub const MOVE_BACKOFF: Duration = Duration::from_secs(1);
/// How long a room service has to answer without a break before links move to it.
pub const STABLE_AFTER: Duration = Duration::from_secs(3);
/// How long a session waits after `busy`.
pub const BUSY_BACKOFF: Duration = Duration::from_millis(100);
/// How often each room service is asked where it stands.
pub const HEALTH_INTERVAL: Duration = Duration::from_secs(2);
/// How long such a question may take.
pub const HEALTH_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a connection to a room service may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Half of what Ctrl-C promises is for the sockets, half for telling the room services.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(1_800);

/// Over how long a drain spreads its notices: with thousands of sockets on a gateway, some hundred a second come back
/// elsewhere. With the deadline and the stop behind it, below the 30 s after which Kubernetes kills.
pub const DRAIN_WINDOW: Duration = Duration::from_secs(20);
/// How long a socket lives after its notice: enough to connect and to resume elsewhere on a slow network.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// How often certificate and key are looked at: whoever renews them sees within seconds whether they are good.
pub const TLS_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// What is chosen for one gateway. [`Config::default`] is right but for `room_services`.
#[derive(Debug, Clone)]
pub struct Config {
    /// The first part of the gateway id, such as the host's name.
    pub name: String,
    /// Where the room services are, as in `http://127.0.0.1:50051`. At least one.
    pub room_services: Vec<String>,
    /// Who may use the gateway.
    pub access: Access,
    /// Origins of other sites whose pages may connect, as in `https://app.example`.
    pub allowed_origins: Vec<String>,
    /// Checks access tokens; none: whoever reaches the gateway may use it, under whatever name.
    pub verifier: Option<Arc<Verifier>>,
    /// What room services know this gateway by, where they want it.
    pub link_secrets: LinkSecrets,
    /// What is shown to room services, and how theirs are checked, if the gateway comes to them over TLS: then their
    /// URLs begin with `https://`.
    pub room_service_tls: Option<Mutual<ClientConfig>>,
    /// What is told to browsers for `RTCConfiguration.iceServers`.
    pub ice_servers: IceServers,
    /// Peers that are balancers of TCP and begin with the PROXY protocol, version 2. Nobody else may.
    pub proxies: Vec<Network>,
    /// How many proxies of HTTP stand in the way, each of which puts whom it heard from into `X-Forwarded-For`; 0: the
    /// header is not believed.
    pub trusted_hops: usize,
    /// How much one address and one identity may have.
    pub limits: LimitsConfig,
    /// See [`CONNECTIONS_MAX`].
    pub connections_max: usize,
    /// See [`FRAME_BYTES_MAX`].
    pub frame_bytes_max: usize,
    /// See [`COMMANDS_PER_SECOND`].
    pub commands_per_second: u32,
    /// See [`COMMANDS_BURST`].
    pub commands_burst: u32,
    /// See [`ERRORS_IN_A_ROW_MAX`].
    pub errors_in_a_row_max: u32,
    /// See [`JOIN_TIMEOUT`]. Also how long a join waits for its answer.
    pub join_timeout: Duration,
    /// See [`PING_INTERVAL`]. The heartbeat goes out with the ping.
    pub ping_interval: Duration,
    /// See [`PONG_TIMEOUT`].
    pub pong_timeout: Duration,
    /// See [`SOCKETIO_PING_TIMEOUT`]. The interval is `ping_interval`.
    pub socketio_ping_timeout: Duration,
    /// See [`SOCKETIO_PAYLOAD_MAX`].
    pub socketio_payload_max: usize,
    /// See [`SOCKETIO_RESUME_WINDOW`].
    pub socketio_resume_window: Duration,
    /// See [`WRITE_TIMEOUT`].
    pub write_timeout: Duration,
    /// See [`CLOSE_TIMEOUT`].
    pub close_timeout: Duration,
    /// See [`OUTBOX_BYTES_MAX`].
    pub outbox_bytes_max: usize,
    /// See [`UNANSWERED_COMMANDS_MAX`]: 1 to 64.
    pub unanswered_commands_max: usize,
    /// See [`READ_BUFFER_BYTES`].
    pub read_buffer_bytes: usize,
    /// See [`HEADER_TIMEOUT`]. Also closes idle keep-alive connections.
    pub header_timeout: Duration,
    /// See [`LINK_QUEUE_TIMEOUT`].
    pub link_queue_timeout: Duration,
    /// See [`BACKOFF_MAX`].
    pub backoff_max: Duration,
    /// See [`HEALTH_INTERVAL`].
    pub health_interval: Duration,
    /// See [`SHUTDOWN_TIMEOUT`].
    pub shutdown_timeout: Duration,
    /// See [`DRAIN_WINDOW`]. Zero: a drain is a stop at once.
    pub drain_window: Duration,
    /// See [`DRAIN_DEADLINE`].
    pub drain_deadline: Duration,
    /// What browsers' port shows in TLS handshakes; none: it speaks plain HTTP. The admin port always does.
    pub tls: Option<Tls>,
    /// See [`TLS_CHECK_INTERVAL`].
    pub tls_check_interval: Duration,
    /// Where spans go, and which there are; none: nowhere.
    pub trace: Option<TraceConfig>,
    /// What is logged, for the admin port to tell and change; none: that has nothing to say of it.
    pub levels: Option<Levels>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "gateway".into(),
            room_services: Vec::new(),
            access: Access::SameOrigin,
            allowed_origins: Vec::new(),
            verifier: None,
            link_secrets: LinkSecrets::default(),
            room_service_tls: None,
            ice_servers: IceServers::default(),
            proxies: Vec::new(),
            trusted_hops: 0,
            limits: LimitsConfig::default(),
            connections_max: CONNECTIONS_MAX,
            frame_bytes_max: FRAME_BYTES_MAX,
            commands_per_second: COMMANDS_PER_SECOND,
            commands_burst: COMMANDS_BURST,
            errors_in_a_row_max: ERRORS_IN_A_ROW_MAX,
            join_timeout: JOIN_TIMEOUT,
            ping_interval: PING_INTERVAL,
            pong_timeout: PONG_TIMEOUT,
            socketio_ping_timeout: SOCKETIO_PING_TIMEOUT,
            socketio_payload_max: SOCKETIO_PAYLOAD_MAX,
            socketio_resume_window: SOCKETIO_RESUME_WINDOW,
            write_timeout: WRITE_TIMEOUT,
            close_timeout: CLOSE_TIMEOUT,
            outbox_bytes_max: OUTBOX_BYTES_MAX,
            unanswered_commands_max: UNANSWERED_COMMANDS_MAX,
            read_buffer_bytes: READ_BUFFER_BYTES,
            header_timeout: HEADER_TIMEOUT,
            link_queue_timeout: LINK_QUEUE_TIMEOUT,
            backoff_max: BACKOFF_MAX,
            health_interval: HEALTH_INTERVAL,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            drain_window: DRAIN_WINDOW,
            drain_deadline: DRAIN_DEADLINE,
            tls: None,
            tls_check_interval: TLS_CHECK_INTERVAL,
            trace: None,
            levels: None,
        }
    }
}

/// All that is wrong with a [`Config`], one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

impl Config {
    /// Checks every value and the relations between them.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn validate(&self) -> Result<(), ConfigErrors> {
        let mut mistakes = Vec::new();
        let mut must = |holds: bool, sentence: &str| {
            if !holds {
                mistakes.push(sentence.to_owned());
            }
        };
        must(!self.room_services.is_empty(), "name at least one room service");
        for address in &self.room_services {
            let good = Endpoint::from_shared(address.clone()).is_ok() && address.contains("://");
            must(good, &format!("room service {address:?} is no URL such as http://127.0.0.1:50051"));
        }
        let over_tls = self.room_services.iter().all(|url| url.starts_with("https://"));
        must(
            self.room_service_tls.is_none() || over_tls,
            "room services that are reached over TLS have addresses such as https://rooms.example:50051",
        );
        for origin in &self.allowed_origins {
            let good = crate::upgrade::Origin::parse(origin).is_some();
            must(good, &format!("origin {origin:?} is none such as https://app.example"));
        }
        let LimitsConfig { connects, failures, joins, joins_of_connection, rooms_per_identity } = self.limits;
        let rates = [
            ("connects", connects),
            ("failures", failures),
            ("joins", joins),
            ("joins_of_connection", joins_of_connection),
        ];
        for (name, rate) in rates {
            must(rate.per_second > 0 && rate.burst > 0, &format!("limits.{name} must not be 0"));
        }
        must(rooms_per_identity > 0, "limits.rooms_per_identity must not be 0");
        must(self.connections_max > 0, "connections_max must not be 0");
        must(self.frame_bytes_max >= 1024, "frame_bytes_max must be at least 1024");
        must(self.commands_per_second > 0, "commands_per_second must not be 0");
        must(self.commands_burst > 0, "commands_burst must not be 0");
        must(
            (1..=UNANSWERED_COMMANDS_MAX).contains(&self.unanswered_commands_max),
            "unanswered_commands_max must be 1 to 64, which is all that a room remembers",
        );
        must(
            self.outbox_bytes_max >= self.frame_bytes_max,
            "outbox_bytes_max must be at least frame_bytes_max, or one message overflows it",
        );
        must(
            self.socketio_payload_max >= self.frame_bytes_max,
            "socketio_payload_max must be at least frame_bytes_max",
        );
        must(self.read_buffer_bytes >= 256, "read_buffer_bytes must be at least 256");
        let waits = [
            ("join_timeout", self.join_timeout),
            ("ping_interval", self.ping_interval),
            ("pong_timeout", self.pong_timeout),
            ("socketio_ping_timeout", self.socketio_ping_timeout),
            ("socketio_resume_window", self.socketio_resume_window),
            ("write_timeout", self.write_timeout),
            ("close_timeout", self.close_timeout),
            ("header_timeout", self.header_timeout),
            ("link_queue_timeout", self.link_queue_timeout),
            ("health_interval", self.health_interval),
            ("shutdown_timeout", self.shutdown_timeout),
            ("tls_check_interval", self.tls_check_interval),
        ];
        for (name, wait) in waits {
            must(!wait.is_zero(), &format!("{name} must not be 0"));
        }
        must(self.pong_timeout < self.ping_interval, "pong_timeout must be under ping_interval");
        must(self.backoff_max >= BACKOFF_MIN, "backoff_max must be at least 50 ms");
        if mistakes.is_empty() { Ok(()) } else { Err(ConfigErrors(mistakes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_at_once() {
        let config = Config {
            room_services: vec!["nowhere".into()],
            allowed_origins: vec!["app.example".into()],
            commands_burst: 0,
            pong_timeout: PING_INTERVAL,
            ..Config::default()
        };
        assert_eq!(config.validate().expect_err("is wrong").0.len(), 4);
        let good = Config { room_services: vec!["http://[::1]:50051".into()], ..Config::default() };
        assert_eq!(good.validate(), Ok(()));
    }
}
