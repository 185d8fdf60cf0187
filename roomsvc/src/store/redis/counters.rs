//! What happens on the way to Redis, counted.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Counters of one store; copies count together.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // The help texts below say what each is.
pub struct RedisCounters {
    pub deaf: Counter,
    pub subscriptions: Counter,
    pub probes: Counter,
    pub switches: Counter,
    pub redirects: Counter,
    pub replicas_short: Counter,
}

impl RedisCounters {
    /// Registers them, each under `redis_`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("redis");
        registry.register(
            "deaf_subscriptions",
            "Subscriptions whose connection lived and brought nothing; each was made anew",
            self.deaf.clone(),
        );
        registry.register(
            "subscription_connections",
            "Connections for subscriptions that came to stand",
            self.subscriptions.clone(),
        );
        registry.register("probes", "Probes of a subscription that came back", self.probes.clone());
        registry.register(
            "switches",
            "Times other servers than before took the writes: a failover, or slots that moved",
            self.switches.clone(),
        );
        registry.register(
            "redirects",
            "Requests that a server of a Cluster sent to another one, or put off since their slot moves",
            self.redirects.clone(),
        );
        registry.register(
            "replicas_short",
            "Times that too few replicas had what was written in time",
            self.replicas_short.clone(),
        );
    }
}
