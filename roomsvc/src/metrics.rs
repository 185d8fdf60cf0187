//! What a room service counts. One registry an instance, so that several can live in one process.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use switchboard_proto::v1::{ErrorReason, ResetReason};

use crate::store::{AppendReply, RedisCounters, StoreError};

/// The counters of one room service.
#[derive(Debug)]
#[allow(missing_docs)] // The help texts below say what each is.
pub(crate) struct Metrics {
    pub(crate) rooms: Gauge,
    pub(crate) links: Gauge,
    pub(crate) watches: Gauge,
    appends: Family<Outcome, Counter>,
    pub(crate) append_seconds: Histogram,
    pub(crate) batch_entries: Histogram,
    pub(crate) decided_again: Counter,
    pub(crate) knocks: Counter,
    pub(crate) hints: Counter,
    pub(crate) hints_lost: Counter,
    pub(crate) busy: Counter,
    pub(crate) readers_behind: Counter,
    resets: Family<Reason, Counter>,
    pub(crate) replayed: Counter,
    calls: Family<Call, Counter>,
    pub(crate) slow_watches: Counter,
    pub(crate) swept: Counter,
    pub(crate) forks: Counter,
    pub(crate) forked_rooms: Gauge,
    pub(crate) unstored_bytes: Gauge,
    pub(crate) unstored_refused: Counter,
    pub(crate) degraded: Gauge,
    pub(crate) outages: Counter,
    pub(crate) written_back: Counter,
    pub(crate) diverged: Counter,
    pub(crate) gateway_lost: Counter,
    queued: Family<PartitionLabel, Gauge>,
    pub(crate) store_up: Gauge<i64, std::sync::atomic::AtomicI64>,
    pub(crate) link_inputs: Counter<u64, AtomicU64>,
    pub(crate) redis: RedisCounters,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartitionLabel {
    partition: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    outcome: &'static str,
}

const SECONDS: [f64; 10] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 2.5];

impl Metrics {
    /// Counters registered in `registry`, each under `switchboard_roomsvc_`.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let registry = registry.sub_registry_with_prefix("switchboard_roomsvc");
        let metrics = Self {
            rooms: Gauge::default(),
            links: Gauge::default(),
            watches: Gauge::default(),
            appends: Family::default(),
            append_seconds: Histogram::new(SECONDS),
            batch_entries: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]),
            decided_again: Counter::default(),
            knocks: Counter::default(),
            hints: Counter::default(),
            hints_lost: Counter::default(),
            busy: Counter::default(),
            readers_behind: Counter::default(),
            resets: Family::default(),
            replayed: Counter::default(),
            calls: Family::default(),
            slow_watches: Counter::default(),
            swept: Counter::default(),
            forks: Counter::default(),
            forked_rooms: Gauge::default(),
            unstored_bytes: Gauge::default(),
            unstored_refused: Counter::default(),
            degraded: Gauge::default(),
            outages: Counter::default(),
            written_back: Counter::default(),
            diverged: Counter::default(),
            gateway_lost: Counter::default(),
            queued: Family::default(),
            store_up: Gauge::default(),
            link_inputs: Counter::default(),
            redis: RedisCounters::default(),
        };
        registry.register("rooms", "Rooms in memory", metrics.rooms.clone());
        registry.register("links", "Open links of gateways", metrics.links.clone());
        registry.register("watches", "Open WatchRoom and WatchRooms streams", metrics.watches.clone());
        registry.register("appends", "Appends to the store by outcome", metrics.appends.clone());
        registry.register("append_seconds", "How long an append took", metrics.append_seconds.clone());
        registry.register("batch_entries", "Entries of an append", metrics.batch_entries.clone());
        registry.register(
            "decided_again",
            "Batches whose commands were decided again",
            metrics.decided_again.clone(),
        );
        registry.register("knocks", "Times this room service asked to be let pass", metrics.knocks.clone());
        registry.register("hints", "Hints that came from the store", metrics.hints.clone());
        registry.register("hints_lost", "Times hints may have been lost", metrics.hints_lost.clone());
        registry.register("busy", "Commands not taken since a room's queue was full", metrics.busy.clone());
        registry.register(
            "readers_behind",
            "Times a link or watch was too slow",
            metrics.readers_behind.clone(),
        );
        registry.register(
            "resets",
            "Readers given a snapshot in place of what they missed",
            metrics.resets.clone(),
        );
        registry.register("replayed", "Events told again to who resumed", metrics.replayed.clone());
        registry.register("calls", "Calls of the API by method and outcome", metrics.calls.clone());
        registry.register(
            "slow_watches",
            "Watches ended since they were too slow",
            metrics.slow_watches.clone(),
        );
        registry.register("swept", "Rooms that the sweep found due", metrics.swept.clone());
        registry.register(
            "gateway_lost",
            "Sessions whose gateway's lease was seen to be over",
            metrics.gateway_lost.clone(),
        );
        registry.register(
            "unstored_bytes",
            "Bytes that are accepted and not stored",
            metrics.unstored_bytes.clone(),
        );
        registry.register(
            "unstored_refused",
            "Commands refused since as much as may be is accepted and not stored",
            metrics.unstored_refused.clone(),
        );
        registry.register(
            "degraded",
            "1 while the store is away or rooms are still without it",
            metrics.degraded.clone(),
        );
        registry.register("outages", "Times the room service became degraded", metrics.outages.clone());
        registry.register("forks", "Times a room went on without the store", metrics.forks.clone());
        registry.register(
            "forked_rooms",
            "Rooms that go on without the store now",
            metrics.forked_rooms.clone(),
        );
        registry.register(
            "written_back",
            "Rooms written back to a store that lacked what memory had",
            metrics.written_back.clone(),
        );
        registry.register(
            "diverged",
            "Rooms that went on elsewhere while the store was away, so that this copy was given up",
            metrics.diverged.clone(),
        );
        registry.register("queued", "Commands waiting in a partition's rooms", metrics.queued.clone());
        registry.register("store_up", "1 while the store answers", metrics.store_up.clone());
        registry.register("link_inputs", "Messages that came on links", metrics.link_inputs.clone());
        metrics.redis.register(registry);
        metrics
    }

    /// Counts an append by its outcome.
    pub(crate) fn appends(&self, result: &Result<AppendReply, StoreError>) {
        let outcome = match result {
            Ok(AppendReply::Stored) => "stored",
            Ok(AppendReply::Stale { .. }) => "stale",
            Ok(AppendReply::Repeat(_)) => "repeat",
            Ok(AppendReply::Fence) => "fence",
            Ok(AppendReply::Ahead) => "ahead",
            Err(StoreError::Refused(_)) => "refused",
            Err(StoreError::Unclear(_)) => "unclear",
            Err(StoreError::Unreadable(_)) => "unreadable",
        };
        self.appends.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts a reader's reset.
    pub(crate) fn reset(&self, reason: ResetReason) {
        let reason = reason.as_str_name();
        self.resets.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a call of the API.
    pub(crate) fn call(&self, method: &'static str, refused: Option<ErrorReason>) {
        let outcome = refused.map_or("OK", ErrorReason::name);
        self.calls.get_or_create(&Call { method, outcome }).inc();
    }

    /// Sets how much waits in a partition.
    pub(crate) fn queued(&self, partition: u32, queued: usize) {
        let queued = i64::try_from(queued).unwrap_or(i64::MAX);
        self.queued.get_or_create(&PartitionLabel { partition }).set(queued);
    }
}
