//! Where rooms live: the one seam with two implementations, memory and Redis, behind one contract suite.
//!
//! The store compares and appends. It knows no rule of a room: entries and fields come from [`crate::room`].

mod clock;
#[cfg(test)]
mod contract_tests;
mod hints;
mod keys;
pub(crate) mod log;
mod memory;
pub(crate) mod redis;
#[cfg(test)]
pub(crate) mod test_redis;
#[cfg(test)]
mod testing;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use switchboard_proto::{GatewayId, Millis, Position, RoomId};
use tokio::sync::mpsc;

use crate::room::{BadRecord, Entry, Fields, Room};

pub use clock::StoreClock;
pub use memory::MemoryStore;
pub use redis::{RedisAddress, RedisConfig, RedisMetrics, RedisStore, hide_secrets};

/// Entries that a stale reply brings along.
pub const TAIL_MAX: usize = 64;
/// Entries that one read of a log gives at most; 512 of ordinary size stay under a megabyte.
pub const LOG_PAGE_MAX: usize = 512;
/// Entries that a log keeps at most.
pub const LOG_ENTRIES_MAX: usize = 4_096;
/// Bytes (of bodies and entries) that a log keeps at most.
pub const LOG_BYTES_MAX: usize = 4 << 20;
/// How long a call's answer is kept for its `request_id`.
pub const REQUEST_TTL_MS: u64 = 300_000;
/// The longest answer that is kept for a `request_id`, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;
/// A net, not a rule: what nobody used for so long goes.
pub const ROOM_TTL_MS: u64 = 86_400_000;
/// How far ahead of the store's clock a caller's `now` may be.
pub const AHEAD_MAX_MS: u64 = 1_000;

/// Entries and changed fields for one room, all or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    /// Which.
    pub room: RoomId,
    /// The head that the caller decided on; `None`: the store has no such room.
    pub expect: Option<Position>,
    /// In order and without a hole among them, following `expect`; or from seq 1 if the first one creates the room
    /// (then log and fields that are there, a tombstone's, go first); or from further on, if memory no longer has
    /// all that is missing there (R8 b: log and fields go first, so `fields` has to bring all of them).
    pub entries: Vec<Entry>,
    /// The fields that they change.
    pub fields: Fields,
    /// How long the tombstone stays, in milliseconds, if the room is closed behind these entries.
    pub tombstone_ms: Option<u64>,
    /// When somebody has to look at the room; `None` leaves it as it is. A closed room goes from the list anyway.
    pub next_look: Option<NextLook>,
    /// The answers of calls with a `request_id` among the entries.
    pub requests: Vec<RequestRecord>,
    /// The appending room service and the number of its append, for R8 b′.
    pub by: String,
    /// The store's time as the caller takes it.
    pub now: Millis,
    /// Entries older than this go: twice the resume window, at least 5 minutes.
    pub keep_ms: u64,
    /// Whether the first entry begins a fresh epoch, so that the fence need not be equal.
    pub begins_epoch: bool,
}

/// When somebody has to look at a room again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextLook {
    /// Then.
    At(Millis),
    /// Only when something happens; the room stays on the list.
    Never,
    /// The room is closed and goes from the list.
    Gone,
}

/// A call's answer, kept for its `request_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// Digest of caller, method, room and `request_id`.
    pub key: String,
    /// Digest of the request itself: another one under the same key is a mistake.
    pub digest: String,
    /// What to answer a repeat: opaque to the store.
    pub answer: String,
}

/// What became of an append. Each but the first is proof that nothing was changed.
#[derive(Debug, Clone)]
pub enum AppendReply {
    /// All of it is stored.
    Stored,
    /// The room stands elsewhere.
    Stale {
        /// There; `None`: the store has no such room.
        head: Option<Position>,
        /// The entries behind the caller's head, as far as they fit and follow without a hole; may be empty.
        tail: Vec<Entry>,
    },
    /// A request key is there: the first answer.
    Repeat(RequestRecord),
    /// The stored fence is not this server's: the caller has to begin an epoch.
    Fence,
    /// `now` is more than a second ahead of the store's clock, which the store's clock now knows.
    Ahead,
}

impl AppendReply {
    /// Its name, for traces.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Stale { .. } => "stale",
            Self::Repeat(_) => "repeat",
            Self::Fence => "fence",
            Self::Ahead => "ahead",
        }
    }
}

/// A page of a room's log.
#[derive(Debug, Clone)]
pub enum LogPage {
    /// The entries behind the asked position, in order and without a hole; fewer than all if `head` is further.
    Entries {
        /// In order.
        entries: Vec<Entry>,
        /// Where the room stands.
        head: Position,
    },
    /// The position is in the room's history, but the log no longer reaches back to it.
    Trimmed {
        /// Where the room stands.
        head: Position,
    },
    /// The position is not in the room's history.
    NotInHistory {
        /// Where the room stands.
        head: Position,
    },
    /// The store has no such room.
    Missing,
}

/// Told by the store when a room moved, or when hints may have been lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// The room stands at least there.
    Moved {
        /// Which.
        room: RoomId,
        /// Where.
        head: Position,
    },
    /// Somebody loses every race for the room: let 5 ms pass once.
    Knock(RoomId),
    /// Hints of the partition may be missing: compare all heads.
    Lost,
}

/// What every process on one store agrees on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// P.
    pub partitions: u32,
    /// The name of the hash from room to partition.
    pub hash: String,
    /// The version of keys and records.
    pub layout: u32,
    /// What signs resume tokens.
    pub tokens: TokenKeys,
}

/// The keys of resume tokens, base64. Its `Debug` hides them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TokenKeys {
    /// The newest.
    pub newest: String,
    /// When it was made; 0: by a version that did not note it.
    pub newest_made: Millis,
    /// Those before it that are still taken, the newest first.
    pub older: Vec<String>,
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { newest: _, newest_made, older } = self;
        f.debug_struct("TokenKeys")
            .field("newest", &"hidden")
            .field("newest_made", newest_made)
            .field("older", &older.len())
            .finish()
    }
}

impl TokenKeys {
    /// All of them, the newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.newest).chain(&self.older).map(String::as_str)
    }
}

/// What a store that answers says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pulse {
    /// Which server it is, as far as it says so: another one may have lost what was written last.
    pub fence: String,
    /// Whether it still has its [`Meta`]; without, it was emptied.
    pub has_meta: bool,
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store answered with an error: nothing was changed.
    #[error("the store refused: {0}")]
    Refused(String),
    /// No answer, or a lost connection: it may have happened or may still happen.
    #[error("no answer from the store: {0}")]
    Unclear(String),
    /// The store has something that this version can't read.
    #[error(transparent)]
    Unreadable(#[from] BadRecord),
}

impl StoreError {
    /// Whether nothing was changed for certain.
    #[must_use]
    pub fn proves_not_done(&self) -> bool {
        !matches!(self, Self::Unclear(_))
    }
}

/// The answer of a [`Store`] method, to be awaited under the caller's deadline.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Where rooms live. Each call answers within the store's own deadline (2 s unless configured); dropping the
/// future leaves what it asked for undecided.
pub trait Store: Send + Sync + 'static {
    /// Writes `meta` where nothing is written yet, and gives what stands.
    fn init(&self, meta: Meta) -> Reply<'_, Meta>;
    /// Puts `new` in the place of `old`, if that still stands; gives what stands then.
    fn replace_token_keys(&self, old: TokenKeys, new: TokenKeys) -> Reply<'_, TokenKeys>;
    /// Compares and appends, in one step.
    fn append(&self, append: Append) -> Reply<'_, AppendReply>;
    /// The room as stored; `None` if the store has none. A tombstone is a closed room.
    fn load(&self, room: &RoomId) -> Reply<'_, Option<Room>>;
    /// Where the room stands and the [`Append::by`] of the append that brought it there; `None` if the store has no
    /// such room.
    fn last_append(&self, room: &RoomId) -> Reply<'_, Option<(Position, String)>>;
    /// The log behind `after`, at most [`LOG_PAGE_MAX`] entries.
    fn read_log(&self, room: &RoomId, after: Position) -> Reply<'_, LogPage>;
    /// The first page of the log, wherever that begins by now; without entries if nothing is left of it.
    fn read_log_start(&self, room: &RoomId) -> Reply<'_, LogPage>;
    /// The rooms of a partition that are not closed, in the order of their ids, from behind `after`, at most
    /// `limit`.
    fn list_rooms(&self, partition: u32, after: Option<RoomId>, limit: usize) -> Reply<'_, Vec<RoomId>>;
    /// The rooms of a partition whose next look is at or before `now`, at most `limit`.
    fn due_rooms(&self, partition: u32, now: Millis, limit: usize) -> Reply<'_, Vec<RoomId>>;
    /// The answer kept for a request, if there is one.
    fn request(&self, room: &RoomId, key: &str) -> Reply<'_, Option<RequestRecord>>;
    /// Subscribes to the hints of a partition. Answers when the subscription stands. The queue behind the receiver
    /// is bounded; when hints had to be dropped, `Lost` comes next.
    fn subscribe(&self, partition: u32) -> Reply<'_, mpsc::Receiver<Hint>>;
    /// Asks whoever has appends waiting for the room to let 5 ms pass.
    fn knock(&self, room: &RoomId) -> Reply<'_, ()>;
    /// Renews the expiry of an open room: one with live sessions never runs out, however quiet it is (S52).
    fn touch(&self, room: &RoomId) -> Reply<'_, ()>;
    /// Has an open room come up in [`Self::due_rooms`] at `at`, whatever was chosen before.
    fn look_again(&self, room: &RoomId, at: Millis) -> Reply<'_, ()>;
    /// Renews a gateway's lease for `ttl`.
    fn renew_lease(&self, gateway: &GatewayId, ttl: Duration) -> Reply<'_, ()>;
    /// Whether each gateway's lease stands.
    fn leases(&self, gateways: Vec<GatewayId>) -> Reply<'_, Vec<bool>>;
    /// Whether the store answers now, and whether it is the one that it was; also learns its time.
    fn ping(&self) -> Reply<'_, Pulse>;
    /// The store's time, as learned last and gone on since by this process' monotonic clock.
    fn clock(&self) -> &StoreClock;
    /// What it is, for people; without secrets.
    fn describe(&self) -> String;
    /// What kind it is, as OpenTelemetry calls it.
    fn system(&self) -> &'static str {
        "memory"
    }
}
