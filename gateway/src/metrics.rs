//! What the gateway counts. Every bound has its counter; every gateway has a registry of its own, so that several
//! live in one process.

use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use switchboard_proto::v1::ErrorReason;

use crate::close::CloseReason;

/// A label `reason`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Reason {
    pub(crate) reason: &'static str,
}

/// A call of the HTTP API, answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ApiCall {
    pub(crate) route: &'static str,
    pub(crate) status: u16,
}

/// Where a certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CertificateSource {
    pub(crate) source: &'static str,
}

/// The counters and gauges of one gateway.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) connections_open: Gauge<i64, AtomicI64>,
    pub(crate) connections_accepted: Counter,
    pub(crate) connections_refused: Family<Reason, Counter>,
    pub(crate) accept_errors: Counter,
    pub(crate) sockets_open: Gauge<i64, AtomicI64>,
    pub(crate) handshakes_refused: Family<Reason, Counter>,
    pub(crate) messages_in: Counter,
    pub(crate) messages_out: Counter,
    errors: Family<Reason, Counter>,
    closes: Family<Reason, Counter>,
    pub(crate) outbox_overflows: Counter,
    pub(crate) rate_limited: Counter,
    pub(crate) unanswered_bound_hits: Counter,
    pub(crate) link_queue_full: Counter,
    pub(crate) unstored_dropped: Counter,
    pub(crate) links_open: Gauge<i64, AtomicI64>,
    pub(crate) links_opened: Counter,
    pub(crate) links_broken: Counter,
    pub(crate) links_moved: Counter,
    pub(crate) link_open_failures: Counter,
    pub(crate) rooms: Gauge<i64, AtomicI64>,
    pub(crate) sessions: Gauge<i64, AtomicI64>,
    pub(crate) events_in: Counter,
    pub(crate) events_fanned_out: Counter,
    pub(crate) event_holes: Counter,
    pub(crate) command_holes: Counter,
    pub(crate) busy: Counter,
    pub(crate) commands_resent: Counter,
    pub(crate) resets: Counter,
    pub(crate) drain_notices: Counter,
    pub(crate) drain_handed_over: Counter,
    pub(crate) drain_deadline_closes: Counter,
    pub(crate) room_services_healthy: Gauge<i64, AtomicI64>,
    pub(crate) room_service_mismatches: Counter,
    pub(crate) api_requests: Family<ApiCall, Counter>,
    pub(crate) tls_handshakes: Counter,
    pub(crate) tls_handshakes_failed: Family<Reason, Counter>,
    pub(crate) tls_reloads: Counter,
    pub(crate) tls_reload_failures: Counter,
    pub(crate) tls_certificate_not_after: Family<CertificateSource, Gauge<i64, AtomicI64>>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("switchboard_gateway");
        /// Makes a metric and registers it.
        fn add<M: prometheus_client::registry::Metric + Clone + Default>(
            registry: &mut Registry,
            name: &str,
            help: &str,
        ) -> M {
            let metric = M::default();
            registry.register(name, help, metric.clone());
            metric
        }
        let r = &mut registry;
        Self {
            connections_open: add(r, "connections_open", "TCP connections, WebSockets among them"),
            connections_accepted: add(r, "connections_accepted", "TCP connections that were taken"),
            connections_refused: add(r, "connections_refused", "TCP connections over a bound"),
            accept_errors: add(r, "accept_errors", "Failures of accept, such as no descriptor left"),
            sockets_open: add(r, "sockets_open", "WebSockets"),
            handshakes_refused: add(r, "handshakes_refused", "WebSocket handshakes answered with an error"),
            messages_in: add(r, "messages_in", "Data frames from browsers"),
            messages_out: add(r, "messages_out", "Data frames to browsers"),
            errors: add(r, "errors", "Error messages and refused commands told to browsers"),
            closes: add(r, "closes", "WebSockets closed by the gateway"),
            outbox_overflows: add(r, "outbox_overflows", "Readers too slow for the bound of the outbox"),
            rate_limited: add(r, "rate_limited", "Messages over the rate of a connection"),
            unanswered_bound_hits: add(
                r,
                "unanswered_bound_hits",
                "Times a socket was not read because of its unanswered commands",
            ),
            link_queue_full: add(r, "link_queue_full", "Commands refused because a link's queue stayed full"),
            unstored_dropped: add(r, "unstored_dropped", "Accepted commands no longer kept for resending"),
            links_open: add(r, "links_open", "Links that are up"),
            links_opened: add(r, "links_opened", "Links that came up, first or again"),
            links_broken: add(r, "links_broken", "Links that ended, in whatever way"),
            links_moved: add(r, "links_moved", "Links that went to another room service without a break"),
            link_open_failures: add(r, "link_open_failures", "Attempts to open a link that failed"),
            rooms: add(r, "rooms", "Rooms with sessions here"),
            sessions: add(r, "sessions", "Sessions here, those included whose end is not yet noted"),
            events_in: add(r, "events_in", "Events from links"),
            events_fanned_out: add(r, "events_fanned_out", "Events put into outboxes"),
            event_holes: add(r, "event_holes", "Events that did not follow the room's position here"),
            command_holes: add(r, "command_holes", "Commands that reached a room before an earlier one"),
            busy: add(r, "busy", "Busy answers of room services"),
            commands_resent: add(r, "commands_resent", "Commands sent again"),
            resets: add(r, "resets", "Resets told to sessions or rooms"),
            drain_notices: add(r, "drain_notices", "Sockets told that they are to go elsewhere"),
            drain_handed_over: add(
                r,
                "drain_handed_over",
                "Sockets told so that ended before their deadline, their session elsewhere",
            ),
            drain_deadline_closes: add(
                r,
                "drain_deadline_closes",
                "Sockets closed at the deadline told to them",
            ),
            room_services_healthy: add(r, "room_services_healthy", "Room service addresses that answer"),
            room_service_mismatches: add(
                r,
                "room_service_mismatches",
                "Answers of room services that disagree on partitions or hash",
            ),
            api_requests: add(r, "api_requests", "Requests below /api, by status"),
            tls_handshakes: add(r, "tls_handshakes", "TLS handshakes that were made"),
            tls_handshakes_failed: add(r, "tls_handshakes_failed", "TLS handshakes that failed"),
            tls_reloads: add(r, "tls_reloads", "Times that a new certificate was shown"),
            tls_reload_failures: add(r, "tls_reload_failures", "New certificates or keys that are no good"),
            tls_certificate_not_after: add(
                r,
                "tls_certificate_not_after_timestamp_seconds",
                "When the certificate that is shown runs out, in seconds since 1970",
            ),
            registry,
        }
    }

    pub(crate) fn error(&self, reason: ErrorReason) {
        self.errors.get_or_create(&Reason { reason: reason.name() }).inc();
    }

    pub(crate) fn close(&self, reason: CloseReason) {
        self.closes.get_or_create(&Reason { reason: reason.label() }).inc();
    }

    /// All of them in the OpenMetrics text format.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a string does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_the_prefix_and_the_labels() {
        let metrics = Metrics::new();
        metrics.close(CloseReason::SlowReader);
        metrics.error(ErrorReason::RateLimited);
        let text = metrics.text();
        assert!(text.contains("switchboard_gateway_closes_total{reason=\"slow_reader\"} 1"), "{text}");
        assert!(text.contains("switchboard_gateway_errors_total{reason=\"RATE_LIMITED\"} 1"), "{text}");
    }
}
