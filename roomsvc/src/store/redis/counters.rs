//! What happens on the way to Redis, counted.

use std::sync::Arc;

use switchboard_metrics::{Counter, Family, Histogram, LATENCY, Registry, Unit, label};

use crate::store::StoreError;

label! {
    /// What became of a request.
    pub(super) enum Asked("outcome") {
        Answered = "answered",
        /// With an error, so that nothing was changed.
        Refused = "refused",
        /// Without an answer.
        Unclear = "unclear",
    }
}

impl<T> From<&Result<T, StoreError>> for Asked {
    fn from(result: &Result<T, StoreError>) -> Self {
        match result {
            Ok(_) => Self::Answered,
            Err(StoreError::Unclear(_)) => Self::Unclear,
            Err(StoreError::Refused(_) | StoreError::Unreadable(_)) => Self::Refused,
        }
    }
}

/// Metrics of one store; copies count together.
#[derive(Debug, Clone)]
pub struct RedisMetrics {
    pub(super) deaf: Arc<Counter>,
    pub(super) subscriptions: Arc<Counter>,
    pub(super) probes: Arc<Counter>,
    pub(super) switches: Arc<Counter>,
    pub(super) redirects: Arc<Counter>,
    pub(super) replicas_short: Arc<Counter>,
    pub(super) request: Arc<Histogram>,
    pub(super) requests: Family<Asked, Counter>,
}

impl RedisMetrics {
    /// Declares them, each under `redis_`.
    #[must_use]
    pub fn new(r: &mut Registry) -> Self {
        Self {
            deaf: r.counter(
                "redis_deaf_subscriptions",
                "Subscriptions whose connection lived and brought nothing; each was made anew",
            ),
            subscriptions: r.counter(
                "redis_subscription_connections",
                "Connections for subscriptions that came to stand",
            ),
            probes: r.counter("redis_probes", "Probes of a subscription that came back"),
            switches: r.counter(
                "redis_switches",
                "Times other servers than before took the writes: a failover, or slots that moved",
            ),
            redirects: r.counter(
                "redis_redirects",
                "Requests that a server of a Cluster sent to another one, or put off since their slot moves",
            ),
            replicas_short: r
                .counter("redis_replicas_short", "Times that too few replicas had what was written in time"),
            request: r.histogram(
                "redis_request_duration",
                Unit::Seconds,
                "From sending a request to Redis to its answer, redirections included",
                LATENCY,
            ),
            requests: r.counters("redis_requests", "Requests to Redis"),
        }
    }
}

impl Default for RedisMetrics {
    /// Some that nobody reads.
    fn default() -> Self {
        Self::new(&mut Registry::new("unread", ""))
    }
}
