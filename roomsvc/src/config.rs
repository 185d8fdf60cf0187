//! What an operator chooses for a room service.

use std::fmt;
use std::time::Duration;

use crate::access::Access;
use rustls::ServerConfig;
use switchboard_auth::Mutual;
use switchboard_proto::{PARTITIONS_DEFAULT, PARTITIONS_MAX};
use switchboard_telemetry::{Levels, TraceConfig};

use crate::store::hide_secrets;

/// Where rooms live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// In this process; they end with it. For one room service.
    Memory,
    /// In Redis.
    Redis(RedisChoice),
}

/// Which Redis, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisChoice {
    /// As [`crate::store::RedisAddress`] reads it.
    pub url: String,
    /// The certificates of authorities to trust in place of the machine's, PEM.
    pub tls_ca: Option<Vec<u8>>,
    /// What stands before every key: `sb` unless tests share a server.
    pub key_prefix: String,
    /// How many replicas must have a write before it counts as stored; 0: none is waited for.
    pub wait_replicas: u32,
}

impl RedisChoice {
    /// The Redis at `url`, with the defaults.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), tls_ca: None, key_prefix: "sb".into(), wait_replicas: 0 }
    }
}

impl fmt::Debug for RedisChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = hide_secrets(&self.url);
        f.debug_struct("RedisChoice")
            .field("url", &url)
            .field("key_prefix", &self.key_prefix)
            .finish_non_exhaustive()
    }
}

/// How long a unary call may take before its caller is told (S5): longer than the store's own deadline.
pub const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// Streams that one connection may have open: a gateway has one a partition, and Envoy joins several gateways.
pub const STREAMS_MAX: u32 = 16_384;
/// Three missed renewals: longer than a short stall of the store, shorter than people wait before a frozen picture.
pub const GATEWAY_LEASE: Duration = Duration::from_secs(15);
/// Some half an hour of 500 entries a second, or 8,000 rooms of one person each; a room's own bound is its log's.
pub const UNSTORED_BYTES_MAX: usize = 256 << 20;
/// How long a stop may take.
pub const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// What an operator chooses for a room service.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where rooms live.
    pub store: StoreChoice,
    /// Who may call.
    pub access: Access,
    /// Over which TLS, if any; without, it is for a network of one's own.
    pub tls: Option<Mutual<ServerConfig>>,
    /// Whether the schema is told to callers (`grpc.reflection`): grpcurl needs it.
    pub reflection: bool,
    /// P, used when the store has none yet: 1 to 1,024.
    pub partitions: u32,
    /// How long the store may take for one call.
    pub store_timeout: Duration,
    /// How long a unary call may take.
    pub call_deadline: Duration,
    /// How often due rooms are looked for.
    pub sweep_interval: Duration,
    /// How long the store may fail before a room with people in it goes on in memory. Shorter trouble, a failed
    /// connection or a lost reply, is waited out: a fork costs an epoch and a reconciliation.
    pub fork_after: Duration,
    /// Bytes of entries that rooms keep together while the store is away, beside what they had.
    pub unstored_bytes_max: usize,
    /// How long a gateway lives without a word of a room service that it hangs on: 1 s to 5 min, and the same for all
    /// room services of a store. Then its people are shown as reconnecting.
    pub gateway_lease: Duration,
    /// Where spans go, and which there are; none: nowhere.
    pub trace: Option<TraceConfig>,
    /// What is logged, for the admin port to tell and change; none: that has nothing to say of it.
    pub levels: Option<Levels>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store: StoreChoice::Memory,
            access: Access::Open,
            tls: None,
            reflection: true,
            partitions: PARTITIONS_DEFAULT,
            store_timeout: Duration::from_secs(2),
            call_deadline: CALL_DEADLINE,
            sweep_interval: Duration::from_secs(1),
            fork_after: Duration::from_secs(1),
            unstored_bytes_max: UNSTORED_BYTES_MAX,
            gateway_lease: GATEWAY_LEASE,
            trace: None,
            levels: None,
        }
    }
}

impl Config {
    /// All that is wrong with it, in sentences.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if !(1..=PARTITIONS_MAX).contains(&self.partitions) {
            mistakes.push(format!("partitions must be 1 to {PARTITIONS_MAX}, not {}", self.partitions));
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(300)).contains(&self.gateway_lease) {
            mistakes.push("the lease of a gateway must be 1 s to 300 s".into());
        }
        if self.store_timeout >= self.call_deadline {
            mistakes.push("the store's timeout must be shorter than a call's deadline".into());
        }
        mistakes
    }
}
