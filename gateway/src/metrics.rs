//! What the gateway counts: the one place where each of its metrics is declared, with its name, labels and help. Every
//! gateway has a registry of its own, so that several live in one process. docs/metrics.md is made from this.

use std::borrow::Cow;
use std::sync::Arc;

use switchboard_metrics::{
    Census, Counter, Declared, Family, Gauge, Histogram, LATENCY, Labels, Registry, Unit, label,
};
use switchboard_proto::v1::{
    ErrorReason, Event, SessionCommand, SignalKind, client_message, event, session_command,
};
use switchboard_telemetry::TraceMetrics;
use tokio::time::Instant;

use crate::close::CloseReason;
use crate::codec::Encoding;

label! {
    /// What is spoken on a socket.
    pub(crate) enum Protocol("protocol") { Json = "json", Protobuf = "protobuf", SocketIo = "socketio" }
}

impl From<Encoding> for Protocol {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Json => Self::Json,
            Encoding::Protobuf => Self::Protobuf,
        }
    }
}

label! {
    /// Why a TCP connection was not served.
    pub(crate) enum Refused("reason") { ProxyHeader = "proxy_header", Silent = "silent" }
}

label! {
    /// Why a handshake was answered with an error.
    pub(crate) enum Handshake("reason") {
        NoUpgrade = "no_upgrade",
        Version = "version",
        Key = "key",
        Origin = "origin",
        Subprotocol = "subprotocol",
        Draining = "draining",
        TooMany = "too_many",
    }
}

label! {
    /// Why a TLS handshake failed.
    pub(crate) enum TlsFailure("reason") {
        PlainHttp = "plain_http",
        NotTls = "not_tls",
        Timeout = "timeout",
        NotTrusted = "not_trusted",
        Alert = "alert",
        Incompatible = "incompatible",
        Alpn = "alpn",
        Protocol = "protocol",
        Lost = "lost",
    }
}

label! {
    /// Where a certificate comes from.
    pub(crate) enum CertificateSource("source") { Files = "files", SelfSigned = "self_signed" }
}

label! {
    /// A bound that somebody met.
    pub(crate) enum Limit("limit") {
        /// TCP connections of this gateway.
        Connections = "connections",
        ConnectsOfAddress = "connects_of_address",
        JoinsOfAddress = "joins_of_address",
        FailuresOfAddress = "failures_of_address",
        JoinsOfConnection = "joins_of_connection",
        RoomsOfIdentity = "rooms_of_identity",
        Commands = "commands_of_connection",
        Unanswered = "unanswered_commands",
        LinkQueue = "link_queue",
        Outbox = "outbox",
        Unstored = "unstored_commands",
    }
}

label! {
    /// How a join or a resume ended.
    pub(crate) enum Outcome("outcome") {
        Done = "done",
        /// A resume whose session the room had forgotten, so that it became a join.
        Rejoined = "rejoined",
        /// By who asked: a wrong token, a full room, a session that has ended.
        Refused = "refused",
        /// By us: no room service, no answer in time, a queue that was full.
        Failed = "failed",
        /// Who asked went before the answer.
        Abandoned = "abandoned",
    }
}

impl From<CloseReason> for Outcome {
    /// Of one whose connection ends before its answer. No `_` arm: whose fault it is has to be decided.
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Internal
            | CloseReason::WriteTimeout
            | CloseReason::Overloaded
            | CloseReason::Unavailable
            | CloseReason::Draining
            | CloseReason::Resync => Self::Failed,
            CloseReason::PingTimeout | CloseReason::Left => Self::Abandoned,
            CloseReason::Garbage
            | CloseReason::InvalidResumeToken
            | CloseReason::SessionNotFound
            | CloseReason::SessionEnded
            | CloseReason::TokenRefused
            | CloseReason::TokenExpired
            | CloseReason::RoomLocked
            | CloseReason::Forbidden
            | CloseReason::Superseded
            | CloseReason::Removed
            | CloseReason::RoomClosed
            | CloseReason::Version
            | CloseReason::FrameTooLarge
            | CloseReason::RateLimited
            | CloseReason::TooMany
            | CloseReason::RoomFull
            | CloseReason::JoinTimeout
            | CloseReason::SlowReader
            | CloseReason::Expired
            | CloseReason::StaleJoin => Self::Refused,
        }
    }
}

/// What a connection begins with, for both protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    Join,
    Resume,
}

impl Begins {
    /// What a message begins, if it does.
    pub(crate) fn of(kind: &client_message::Kind) -> Option<Self> {
        match kind {
            client_message::Kind::Join(_) => Some(Self::Join),
            client_message::Kind::Resume(_) => Some(Self::Resume),
            _ => None,
        }
    }

    /// It ended so.
    pub(crate) fn count(self, metrics: &Metrics, protocol: Protocol, outcome: Outcome) {
        let counters = match self {
            Self::Join => &metrics.joins,
            Self::Resume => &metrics.resumes,
        };
        counters.get((protocol, outcome)).inc();
    }
}

/// Events on their way to one socket. Those of one link message share a moment, and so one look at the clock.
#[derive(Debug, Default)]
pub(crate) struct Delivered(Option<(Instant, u64)>);

impl Delivered {
    /// One more was written.
    pub(crate) fn add(&mut self, heard: Instant, metrics: &Metrics) {
        match &mut self.0 {
            Some((at, count)) if *at == heard => *count += 1,
            _ => {
                self.end(metrics);
                self.0 = Some((heard, 1));
            }
        }
    }

    /// Counts what was written.
    pub(crate) fn end(&mut self, metrics: &Metrics) {
        if let Some((heard, count)) = self.0.take() {
            metrics.event_delivery.observe_durations(heard.elapsed(), count);
        }
    }
}

label! {
    /// What a command asks.
    pub(crate) enum CommandKind("kind") {
        Leave = "leave",
        UpdateMetadata = "update_metadata",
        StartShare = "start_share",
        StopShare = "stop_share",
        Offer = "offer",
        Answer = "answer",
        Candidate = "candidate",
        Message = "message",
        Renegotiate = "renegotiate",
        Other = "other",
    }
}

impl From<&SessionCommand> for CommandKind {
    fn from(command: &SessionCommand) -> Self {
        use session_command::Action;
        match &command.action {
            Some(Action::Leave(_)) => Self::Leave,
            Some(Action::UpdateMetadata(_)) => Self::UpdateMetadata,
            Some(Action::StartShare(_)) => Self::StartShare,
            Some(Action::StopShare(_)) => Self::StopShare,
            Some(Action::Signal(signal)) => match signal.kind() {
                SignalKind::Offer => Self::Offer,
                SignalKind::Answer => Self::Answer,
                SignalKind::Candidate => Self::Candidate,
                SignalKind::Unspecified => Self::Other,
            },
            Some(Action::Message(_)) => Self::Message,
            Some(Action::Renegotiate(_)) => Self::Renegotiate,
            None => Self::Other,
        }
    }
}

label! {
    /// What an event tells.
    pub(crate) enum EventKind("kind") {
        Joined = "participant_joined",
        Left = "participant_left",
        Updated = "participant_updated",
        Reconnecting = "participant_reconnecting",
        Returned = "participant_returned",
        ShareStarted = "share_started",
        ShareEnded = "share_ended",
        Offer = "offer",
        Answer = "answer",
        Candidate = "candidate",
        Message = "message_received",
        RoomUpdated = "room_updated",
        RoomClosed = "room_closed",
        Renegotiate = "renegotiate_requested",
        /// Only how far the room is, or something of a newer version.
        Other = "other",
    }
}

impl From<&Event> for EventKind {
    fn from(event: &Event) -> Self {
        use event::Event as Told;
        match &event.event {
            Some(Told::ParticipantJoined(_)) => Self::Joined,
            Some(Told::ParticipantLeft(_)) => Self::Left,
            Some(Told::ParticipantUpdated(_)) => Self::Updated,
            Some(Told::ParticipantReconnecting(_)) => Self::Reconnecting,
            Some(Told::ParticipantReturned(_)) => Self::Returned,
            Some(Told::ShareStarted(_)) => Self::ShareStarted,
            Some(Told::ShareEnded(_)) => Self::ShareEnded,
            Some(Told::SignalReceived(signal)) => match signal.kind() {
                SignalKind::Offer => Self::Offer,
                SignalKind::Answer => Self::Answer,
                SignalKind::Candidate => Self::Candidate,
                SignalKind::Unspecified => Self::Other,
            },
            Some(Told::MessageReceived(_)) => Self::Message,
            Some(Told::RoomUpdated(_)) => Self::RoomUpdated,
            Some(Told::RoomClosed(_)) => Self::RoomClosed,
            Some(Told::RenegotiateRequested(_)) => Self::Renegotiate,
            None => Self::Other,
        }
    }
}

label! {
    /// What of the HTTP API was asked.
    pub(crate) enum Route("route") { Rooms = "rooms", OpenApi = "openapi", Stats = "stats", Other = "other" }
}

/// The label `status` of an HTTP answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Status(pub(crate) u16);

impl Labels for Status {
    const COUNT: usize = 500;

    fn names() -> Vec<&'static str> {
        vec!["status"]
    }

    fn texts(index: usize) -> Option<Vec<Cow<'static, str>>> {
        Some(vec![(index + 100).to_string().into()])
    }

    fn index(&self) -> usize {
        usize::from(self.0).saturating_sub(100).min(Self::COUNT - 1)
    }
}

/// How a socket ended: the labels `code` and `reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// By us.
    ByUs(CloseReason),
    /// By the other side, with this code.
    ByPeer(u16),
    /// With a fault of the other side's WebSocket or Socket.IO, and this code.
    Protocol(u16),
    /// Without a word.
    Lost,
}

/// How sockets end for which there is no [`CloseReason`]: 1005 is a close frame without a code, 1006 none at all.
const OTHER_CLOSES: [(&str, &str); 7] = [
    ("1000", "peer"),
    ("1001", "peer"),
    ("1005", "peer"),
    ("other", "peer"),
    ("1002", "protocol"),
    ("1007", "protocol"),
    ("1006", "lost"),
];

impl Labels for Closed {
    const COUNT: usize = CloseReason::ALL.len() + OTHER_CLOSES.len();

    fn names() -> Vec<&'static str> {
        vec!["code", "reason"]
    }

    fn texts(index: usize) -> Option<Vec<Cow<'static, str>>> {
        let (code, reason) = match CloseReason::ALL.get(index) {
            Some(reason) => (reason.code().to_string().into(), reason.label()),
            None => {
                let (code, reason) = OTHER_CLOSES.get(index - CloseReason::ALL.len())?;
                (Cow::from(*code), *reason)
            }
        };
        Some(vec![code, reason.into()])
    }

    fn index(&self) -> usize {
        let other = match self {
            Self::ByUs(reason) => return *reason as usize,
            Self::ByPeer(1000) => 0,
            Self::ByPeer(1001) => 1,
            Self::ByPeer(1005) => 2,
            Self::ByPeer(_) => 3,
            Self::Protocol(1007) => 5,
            Self::Protocol(_) => 4,
            Self::Lost => 6,
        };
        CloseReason::ALL.len() + other
    }
}

/// Bounds for bytes that wait: 256 B to 1 MiB.
const BYTES: &[u64] = &[256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 128 << 10, 256 << 10, 1 << 20];

/// The metrics of one gateway.
#[derive(Debug)]
#[allow(missing_docs)] // Their help says what each is.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) connections_open: Arc<Gauge>,
    pub(crate) connections_accepted: Arc<Counter>,
    pub(crate) connections_refused: Family<Refused, Counter>,
    pub(crate) accept_errors: Arc<Counter>,
    pub(crate) sockets_open: Family<Protocol, Gauge>,
    pub(crate) sockets_opened: Family<Protocol, Counter>,
    pub(crate) handshakes_refused: Family<Handshake, Counter>,
    pub(crate) messages_in: Arc<Counter>,
    pub(crate) messages_out: Arc<Counter>,
    pub(crate) errors: Family<ErrorReason, Counter>,
    pub(crate) closes: Family<Closed, Counter>,
    pub(crate) limits_hit: Family<Limit, Counter>,
    pub(crate) joins: Family<(Protocol, Outcome), Counter>,
    pub(crate) resumes: Family<(Protocol, Outcome), Counter>,
    pub(crate) commands: Family<CommandKind, Counter>,
    pub(crate) command_ack: Arc<Histogram>,
    pub(crate) commands_resent: Arc<Counter>,
    pub(crate) command_holes: Arc<Counter>,
    pub(crate) busy: Arc<Counter>,
    pub(crate) events: Family<EventKind, Counter>,
    pub(crate) events_fanned_out: Arc<Counter>,
    pub(crate) event_holes: Arc<Counter>,
    pub(crate) event_delivery: Arc<Histogram>,
    pub(crate) outbox_depth: Arc<Histogram>,
    pub(crate) resets: Arc<Counter>,
    pub(crate) links_open: Arc<Census>,
    pub(crate) links_wanted: Arc<Gauge>,
    pub(crate) links_opened: Arc<Counter>,
    pub(crate) links_broken: Arc<Counter>,
    pub(crate) links_moved: Arc<Counter>,
    pub(crate) link_open_failures: Arc<Counter>,
    pub(crate) rooms: Arc<Gauge>,
    pub(crate) sessions: Arc<Gauge>,
    pub(crate) drain_notices: Arc<Counter>,
    pub(crate) drain_handed_over: Arc<Counter>,
    pub(crate) drain_deadline_closes: Arc<Counter>,
    pub(crate) room_services_healthy: Arc<Gauge>,
    pub(crate) room_service_mismatches: Arc<Counter>,
    pub(crate) api_requests: Family<(Route, Status), Counter>,
    pub(crate) tls_handshakes: Arc<Counter>,
    pub(crate) tls_handshakes_failed: Family<TlsFailure, Counter>,
    pub(crate) tls_reloads: Arc<Counter>,
    pub(crate) tls_reload_failures: Arc<Counter>,
    pub(crate) tls_certificate_not_after: Family<CertificateSource, Gauge>,
    pub(crate) trace: TraceMetrics,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut r = Registry::new("switchboard_gateway", env!("CARGO_PKG_VERSION"));
        let trace = TraceMetrics::new(&mut r);
        Self {
            trace,
            connections_open: r.gauge(
                "connections_open",
                Unit::None,
                "TCP connections, WebSockets among them",
            ),
            connections_accepted: r.counter("connections_accepted", "TCP connections that were taken"),
            connections_refused: r
                .counters("connections_refused", "TCP connections that said nothing that is served"),
            accept_errors: r.counter("accept_errors", "Failures of accept, such as no descriptor left"),
            sockets_open: r.gauges(
                "sockets_open",
                Unit::None,
                "WebSockets and Socket.IO sessions that are open",
            ),
            sockets_opened: r
                .counters("sockets_opened", "WebSockets and Socket.IO sessions that were opened"),
            handshakes_refused: r.counters("handshakes_refused", "Handshakes answered with an error"),
            messages_in: r.counter("messages_in", "Data frames from browsers"),
            messages_out: r.counter("messages_out", "Data frames to browsers"),
            errors: r.many_counters("errors", "Error messages and refused commands told to browsers"),
            closes: r
                .counters("closes", "Sockets that ended, by close code; without a close frame it is 1006"),
            limits_hit: r.counters(
                "limits_hit",
                "Times that a bound held; where that ends a connection, it is among the closes too",
            ),
            joins: r.counters("joins", "Joins that browsers asked for"),
            resumes: r.counters("resumes", "Resumes that browsers asked for"),
            commands: r.counters("commands", "Commands of browsers that went on to their room"),
            command_ack: r.histogram(
                "command_ack_duration",
                Unit::Seconds,
                "From reading a command on its socket to writing its acknowledgement there",
                LATENCY,
            ),
            commands_resent: r
                .counter("commands_resent", "Commands and joins sent to the room service again"),
            command_holes: r.counter("command_holes", "Commands that reached a room before an earlier one"),
            busy: r.counter(
                "commands_busy",
                "Commands and joins that a room service put off since a room's queue was full",
            ),
            events: r.counters("events", "Events from room services"),
            events_fanned_out: r.counter("events_fanned_out", "Events put into outboxes"),
            event_holes: r.counter(
                "event_holes",
                "Events that did not follow the room's position here; the gap is filled",
            ),
            event_delivery: r.histogram(
                "event_delivery_duration",
                Unit::Seconds,
                "From reading an event on its link to writing it to a socket",
                LATENCY,
            ),
            outbox_depth: r.histogram(
                "outbox_depth",
                Unit::Bytes,
                "What waited in a socket's outbox when the socket began to write it",
                BYTES,
            ),
            resets: r.counter("resets", "Resets told to sessions or rooms"),
            links_open: r.census(
                "links_open",
                "room_service",
                "Links that are up, by the room service that they are at",
            ),
            links_wanted: r.gauge(
                "links_wanted",
                Unit::None,
                "Links that ought to be up: one a partition that was needed",
            ),
            links_opened: r.counter("links_opened", "Links that came up, first or again"),
            links_broken: r.counter("links_broken", "Links that ended, in whatever way"),
            links_moved: r.counter("links_moved", "Links that went to another room service without a break"),
            link_open_failures: r.counter("link_open_failures", "Attempts to open a link that failed"),
            rooms: r.gauge("rooms", Unit::None, "Rooms with sessions here"),
            sessions: r.gauge(
                "sessions",
                Unit::None,
                "Sessions here, those included whose end is not yet noted",
            ),
            drain_notices: r.counter("drain_notices", "Sockets told that they are to go elsewhere"),
            drain_handed_over: r.counter(
                "drain_handed_over",
                "Sockets told so that ended before their deadline, their session elsewhere",
            ),
            drain_deadline_closes: r
                .counter("drain_deadline_closes", "Sockets closed at the deadline told to them"),
            room_services_healthy: r.gauge(
                "room_services_healthy",
                Unit::None,
                "Room service addresses that answer",
            ),
            room_service_mismatches: r.counter(
                "room_service_mismatches",
                "Answers of room services that disagree on partitions or hash",
            ),
            api_requests: r.many_counters("api_requests", "Requests below /api"),
            tls_handshakes: r.counter("tls_handshakes", "TLS handshakes that were made"),
            tls_handshakes_failed: r.counters("tls_handshakes_failed", "TLS handshakes that failed"),
            tls_reloads: r.counter("tls_reloads", "Times that a new certificate was shown"),
            tls_reload_failures: r
                .counter("tls_reload_failures", "New certificates or keys that are no good"),
            tls_certificate_not_after: r.many_gauges(
                "tls_certificate_not_after_timestamp",
                Unit::Seconds,
                "When the certificate that is shown runs out, in seconds since 1970",
            ),
            registry: r,
        }
    }

    /// What everything stands at, in Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        self.registry.text()
    }
}

/// Every metric of a gateway, as its documentation tells it.
#[must_use]
pub fn declared() -> Vec<Declared> {
    Metrics::new().registry.declared()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_the_prefix_and_the_labels() {
        let metrics = Metrics::new();
        metrics.closes.get(Closed::ByUs(CloseReason::SlowReader)).inc();
        metrics.closes.get(Closed::ByPeer(4999)).inc();
        metrics.errors.get(ErrorReason::RateLimited).inc();
        metrics.api_requests.get((Route::Stats, Status(503))).inc();
        let text = metrics.text();
        for line in [
            "switchboard_gateway_closes_total{code=\"4202\",reason=\"slow_reader\"} 1",
            "switchboard_gateway_closes_total{code=\"other\",reason=\"peer\"} 1",
            "switchboard_gateway_closes_total{code=\"1006\",reason=\"lost\"} 0",
            "switchboard_gateway_errors_total{reason=\"RATE_LIMITED\"} 1",
            "switchboard_gateway_api_requests_total{route=\"stats\",status=\"503\"} 1",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        assert!(!text.contains("errors_total{reason=\"BUSY\"}"), "it never happened");
    }

    #[test]
    fn each_close_has_its_own_series() {
        for (at, reason) in CloseReason::ALL.into_iter().enumerate() {
            assert_eq!(Closed::ByUs(reason).index(), at, "{reason:?}: the order of ALL is that of the enum");
        }
        let mut series: Vec<_> =
            (0..Closed::COUNT).map(|index| Closed::texts(index).expect("is one")).collect();
        series.sort();
        series.dedup();
        assert_eq!(series.len(), Closed::COUNT);
        assert_eq!(Closed::texts(Closed::Lost.index()).expect("is one"), ["1006", "lost"]);
        assert_eq!(Closed::texts(Closed::Protocol(1007).index()).expect("is one"), ["1007", "protocol"]);
    }
}
