//! What a room service counts: the one place where each of its metrics is declared, with its name, labels and help. One
//! registry an instance, so that several can live in one process. docs/metrics.md is made from this.

use std::sync::Arc;

use switchboard_metrics::{
    Counter, Declared, Family, Gauge, Histogram, LATENCY, Partition, Registry, Unit, label,
};
use switchboard_proto::v1::{ErrorReason, LeaveReason, ResetReason, SignalKind};
use switchboard_telemetry::TraceMetrics;

use crate::room::{Change, Entry};
use crate::store::{AppendReply, RedisMetrics, StoreError};

label! {
    /// What became of an append.
    pub(crate) enum Appended("outcome") {
        Stored = "stored",
        /// The room stood elsewhere: a race was lost.
        Stale = "stale",
        Repeat = "repeat",
        Fence = "fence",
        Ahead = "ahead",
        Refused = "refused",
        /// Nobody knows.
        Unclear = "unclear",
        Unreadable = "unreadable",
    }
}

impl From<&Result<AppendReply, StoreError>> for Appended {
    fn from(result: &Result<AppendReply, StoreError>) -> Self {
        match result {
            Ok(AppendReply::Stored) => Self::Stored,
            Ok(AppendReply::Stale { .. }) => Self::Stale,
            Ok(AppendReply::Repeat(_)) => Self::Repeat,
            Ok(AppendReply::Fence) => Self::Fence,
            Ok(AppendReply::Ahead) => Self::Ahead,
            Err(StoreError::Refused(_)) => Self::Refused,
            Err(StoreError::Unclear(_)) => Self::Unclear,
            Err(StoreError::Unreadable(_)) => Self::Unreadable,
        }
    }
}

label! {
    /// What an entry of a room's log is.
    pub(crate) enum EntryKind("kind") {
        Created = "created",
        Joined = "joined",
        Resumed = "resumed",
        Reconnecting = "reconnecting",
        Present = "present",
        Left = "left",
        Updated = "updated",
        Shared = "shared",
        Unshared = "unshared",
        Offer = "offer",
        Answer = "answer",
        Candidate = "candidate",
        Message = "message",
        Refused = "refused",
        Renegotiate = "renegotiate",
        EpochBegan = "epoch_began",
        RoomUpdated = "room_updated",
        Removed = "removed",
        Allowed = "allowed",
        Closed = "closed",
    }
}

impl From<&Change> for EntryKind {
    fn from(change: &Change) -> Self {
        match change {
            Change::Created { .. } => Self::Created,
            Change::Joined { .. } => Self::Joined,
            Change::Resumed { .. } => Self::Resumed,
            Change::Reconnecting { .. } => Self::Reconnecting,
            Change::Present { .. } => Self::Present,
            Change::Left { .. } => Self::Left,
            Change::Updated { .. } => Self::Updated,
            Change::Shared { .. } => Self::Shared,
            Change::Unshared { .. } => Self::Unshared,
            Change::Signal { kind } => match kind.0 {
                SignalKind::Offer => Self::Offer,
                SignalKind::Answer => Self::Answer,
                SignalKind::Candidate | SignalKind::Unspecified => Self::Candidate,
            },
            Change::Message {} => Self::Message,
            Change::Refused { .. } => Self::Refused,
            Change::Renegotiate {} => Self::Renegotiate,
            Change::EpochBegan {} => Self::EpochBegan,
            Change::RoomUpdated { .. } => Self::RoomUpdated,
            Change::Removed(_) => Self::Removed,
            Change::Allowed { .. } => Self::Allowed,
            Change::Closed { .. } => Self::Closed,
        }
    }
}

label! {
    /// A bound that somebody met.
    pub(crate) enum Limit("limit") {
        /// Things that wait for one room.
        RoomQueue = "room_queue",
        /// What is accepted and not stored.
        Unstored = "unstored",
        /// Participants of a room.
        Participants = "participants_of_room",
        WatchOutbox = "watch_outbox",
        LinkOutbox = "link_outbox",
    }
}

label! {
    /// From where a reader was given what it had missed.
    pub(crate) enum Filled("source") { Memory = "memory", Log = "log", Snapshot = "snapshot" }
}

label! {
    /// A call of the API.
    pub(crate) enum Method("method") {
        AllowParticipant = "AllowParticipant",
        CloseRoom = "CloseRoom",
        CreateRoom = "CreateRoom",
        ExplainSession = "ExplainSession",
        GetParticipant = "GetParticipant",
        GetRoom = "GetRoom",
        ListParticipants = "ListParticipants",
        ListRooms = "ListRooms",
        RemoveParticipant = "RemoveParticipant",
        SendMessage = "SendMessage",
        UpdateParticipant = "UpdateParticipant",
        UpdateRoom = "UpdateRoom",
        WatchRoom = "WatchRoom",
        WatchRooms = "WatchRooms",
        Other = "other",
    }
}

impl From<&str> for Method {
    fn from(name: &str) -> Self {
        match name {
            "AllowParticipant" => Self::AllowParticipant,
            "CloseRoom" => Self::CloseRoom,
            "CreateRoom" => Self::CreateRoom,
            "ExplainSession" => Self::ExplainSession,
            "GetParticipant" => Self::GetParticipant,
            "GetRoom" => Self::GetRoom,
            "ListParticipants" => Self::ListParticipants,
            "ListRooms" => Self::ListRooms,
            "RemoveParticipant" => Self::RemoveParticipant,
            "SendMessage" => Self::SendMessage,
            "UpdateParticipant" => Self::UpdateParticipant,
            "UpdateRoom" => Self::UpdateRoom,
            "WatchRoom" => Self::WatchRoom,
            "WatchRooms" => Self::WatchRooms,
            _ => Self::Other,
        }
    }
}

/// The label `outcome` of a call: `OK`, or why it was refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallOutcome(pub(crate) Option<ErrorReason>);

impl switchboard_metrics::Labels for CallOutcome {
    const COUNT: usize = 1 + ErrorReason::COUNT;

    fn names() -> Vec<&'static str> {
        vec!["outcome"]
    }

    fn texts(index: usize) -> Option<Vec<std::borrow::Cow<'static, str>>> {
        index.checked_sub(1).map_or(Some(vec!["OK".into()]), ErrorReason::texts)
    }

    fn index(&self) -> usize {
        self.0.map_or(0, |reason| 1 + reason.index())
    }
}

/// Bounds for how many entries one append has.
const ENTRIES: &[u64] = &[1, 2, 4, 8, 16, 32, 64];
/// Bounds for bytes that wait for a link: 1 KiB to its bound of 1 MiB.
const BYTES: &[u64] = &[1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 512 << 10, 1 << 20];

/// The metrics of one room service.
#[derive(Debug)]
#[allow(missing_docs)] // Their help says what each is.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) rooms: Arc<Gauge>,
    pub(crate) links_open: Family<Partition, Gauge>,
    pub(crate) watches_open: Arc<Gauge>,
    pub(crate) link_inputs: Arc<Counter>,
    pub(crate) joins: Arc<Counter>,
    pub(crate) leaves: Family<LeaveReason, Counter>,
    pub(crate) entries: Family<EntryKind, Counter>,
    pub(crate) command: Arc<Histogram>,
    pub(crate) commands_queued: Family<Partition, Gauge>,
    pub(crate) appends: Family<Appended, Counter>,
    pub(crate) append: Arc<Histogram>,
    pub(crate) append_entries: Arc<Histogram>,
    pub(crate) decided_again: Arc<Counter>,
    pub(crate) knocks: Arc<Counter>,
    pub(crate) hints: Arc<Counter>,
    pub(crate) hints_lost: Arc<Counter>,
    pub(crate) limits_hit: Family<Limit, Counter>,
    pub(crate) gap_fills: Family<Filled, Counter>,
    pub(crate) resets: Family<ResetReason, Counter>,
    pub(crate) events_replayed: Arc<Counter>,
    pub(crate) link_outbox: Arc<Meter>,
    calls: Family<(Method, CallOutcome), Counter>,
    pub(crate) rooms_swept: Arc<Counter>,
    pub(crate) leases_swept: Arc<Counter>,
    pub(crate) sessions_swept: Arc<Counter>,
    pub(crate) store_up: Arc<Gauge>,
    pub(crate) degraded: Arc<Gauge>,
    pub(crate) outages: Arc<Counter>,
    pub(crate) forks: Arc<Counter>,
    pub(crate) forked_rooms: Arc<Gauge>,
    pub(crate) unstored_bytes: Arc<Gauge>,
    pub(crate) rooms_written_back: Arc<Counter>,
    pub(crate) rooms_diverged: Arc<Counter>,
    pub(crate) redis: RedisMetrics,
    pub(crate) trace: TraceMetrics,
}

/// How full the queues to links are, and how long what is in them waits.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) wait: Arc<Histogram>,
    pub(crate) depth: Arc<Histogram>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut r = Registry::new("switchboard_roomsvc", env!("CARGO_PKG_VERSION"));
        let redis = RedisMetrics::new(&mut r);
        let trace = TraceMetrics::new(&mut r).with_callers(&mut r);
        Self {
            rooms: r.gauge("rooms", Unit::None, "Rooms in memory"),
            links_open: r.many_gauges("links_open", Unit::None, "Links of gateways that are up, by partition"),
            watches_open: r.gauge("watches_open", Unit::None, "WatchRoom and WatchRooms streams that are open"),
            link_inputs: r.counter("link_inputs", "Commands and attaches that came on links"),
            joins: r.counter("joins", "Sessions that began; each is counted where it was decided"),
            leaves: r.counters("leaves", "Sessions that ended; each is counted where it was decided"),
            entries: r.counters("entries", "Entries put into rooms' logs; each is counted where it was decided"),
            command: r.histogram(
                "command_duration",
                Unit::Seconds,
                "From reading a command on its link to queueing its answer there, the append between them included",
                LATENCY,
            ),
            commands_queued: r.many_gauges(
                "commands_queued",
                Unit::None,
                "Commands that waited in a partition's rooms at its last look, one a second",
            ),
            appends: r.counters(
                "appends",
                "Appends to the store; a stale one lost a race and is a conflict, an unclear one had no answer",
            ),
            append: r.histogram("append_duration", Unit::Seconds, "From sending an append to the store to its answer", LATENCY),
            append_entries: r.histogram(
                "append_entries",
                Unit::None,
                "Entries of one append: how many commands share a trip to the store",
                ENTRIES,
            ),
            decided_again: r.counter(
                "append_retries",
                "Appends that did not happen and whose commands were decided again",
            ),
            knocks: r.counter("knocks", "Times this room service asked to be let pass, after losing three races"),
            hints: r.counter("hints", "Words of the store that a room moved"),
            hints_lost: r.counter("hints_lost", "Times hints may have been lost, so that all rooms were compared"),
            limits_hit: r.counters("limits_hit", "Times that a bound held"),
            gap_fills: r.counters("gap_fills", "Times a link or watch was given what it had missed"),
            resets: r.counters("resets", "Readers given a snapshot in place of what they missed"),
            events_replayed: r.counter("events_replayed", "Events told again to who resumed"),
            link_outbox: Arc::new(Meter {
                wait: r.histogram(
                    "link_outbox_wait",
                    Unit::Seconds,
                    "From queueing for an empty link, right behind the append, to the stream's taking it",
                    LATENCY,
                ),
                depth: r.histogram(
                    "link_outbox_depth",
                    Unit::Bytes,
                    "What waited for a link when its stream took from it",
                    BYTES,
                ),
            }),
            calls: r.many_counters("calls", "Calls of the API"),
            rooms_swept: r.counter("rooms_swept", "Rooms that the sweep found due"),
            leases_swept: r.counter("leases_swept", "Gateways that the sweep found gone, their lease over"),
            sessions_swept: r.counter("sessions_swept", "Sessions shown as reconnecting since their gateway was gone"),
            store_up: r.gauge("store_up", Unit::None, "1 while the store answers"),
            degraded: r.gauge("degraded", Unit::None, "1 while the store is away or rooms are still without it"),
            outages: r.counter("outages", "Times the room service became degraded"),
            forks: r.counter("forks", "Times a room went on without the store"),
            forked_rooms: r.gauge("forked_rooms", Unit::None, "Rooms that go on without the store now"),
            unstored_bytes: r.gauge("unstored", Unit::Bytes, "What is accepted and not stored"),
            rooms_written_back: r.counter(
                "rooms_written_back",
                "Rooms written back to a store that lacked what memory had",
            ),
            rooms_diverged: r.counter(
                "rooms_diverged",
                "Rooms that went on elsewhere while the store was away, so that this copy was given up",
            ),
            redis,
            trace,
            registry: r,
        }
    }

    /// What everything stands at, in Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        self.registry.text()
    }

    /// An entry is in the log, by this room service's decision.
    pub(crate) fn entry(&self, entry: &Entry) {
        self.entries.get((&entry.change).into()).inc();
        match &entry.change {
            Change::Joined { .. } => self.joins.inc(),
            Change::Left { reason, .. } => self.leaves.get(reason.0).inc(),
            _ => {}
        }
    }

    /// Counts a call of the API.
    pub(crate) fn call(&self, method: &'static str, refused: Option<ErrorReason>) {
        self.calls.get((method.into(), CallOutcome(refused))).inc();
    }
}

/// Every metric of a room service, as its documentation tells it.
#[must_use]
pub fn declared() -> Vec<Declared> {
    Metrics::new().registry.declared()
}
