//! The contract: what gateways, room services, browsers and callers agree on, and nothing else.
//!
//! # Layout
//!
//! [`v1`] is generated from `switchboard/v1/*.proto` (see `examples/gen.rs`); the rest is written by hand: the
//! ids that are parsed at the edge, the position of an entry in a room's log, the partition of a room, and the
//! one mapping from a reason to a gRPC status and back.

mod connection_end;
mod error;
mod id;
mod partition;
mod position;
mod time;
mod trace;

pub use error::{DOMAIN, Refusal, VIOLATIONS_MAX, Violation};
pub use id::{ConnectionId, GatewayId, InvalidId, ParticipantId, ResumeToken, RoomId, SessionId};
pub use partition::{HASH_NAME, PARTITIONS_DEFAULT, PARTITIONS_MAX, partition_of};
pub use position::{Epoch, Position, Seq};
pub use time::{Millis, duration, millis};
pub use trace::TraceContext;

/// The generated messages and services of package `switchboard.v1`, with their proto3 JSON form.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::use_self)]
#[allow(clippy::semicolon_if_nothing_returned, clippy::needless_pass_by_value)]
#[rustfmt::skip]
pub mod v1 {
    include!("gen/switchboard.v1.rs");
    include!("gen/switchboard.v1.serde.rs");
}

/// The compiled descriptors of [`v1`], for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptor.bin");

/// The gateway's WebSocket subprotocol with proto3 JSON in text frames.
pub const SUBPROTOCOL_JSON: &str = "switchboard.v1.json";
/// The gateway's WebSocket subprotocol with protobuf in binary frames.
pub const SUBPROTOCOL_PROTOBUF: &str = "switchboard.v1.protobuf";
/// The request metadata of a link or `Where` call that names its partition, for balancers to hash on.
pub const PARTITION_METADATA: &str = "x-partition";
/// The version of the link protocol. A room service takes this one and the one before it.
pub const LINK_VERSION: u32 = 1;

/// For whom a [`v1::LinkEvent`] is that tells a position alone: no session has this id.
pub const NOBODY: &str = "-";

// What a link carries, item by item, without a struct literal at each place.
impl From<v1::link_request_item::Item> for v1::LinkRequestItem {
    fn from(item: v1::link_request_item::Item) -> Self {
        Self { item: Some(item) }
    }
}

impl From<v1::link_response_item::Item> for v1::LinkResponseItem {
    fn from(item: v1::link_response_item::Item) -> Self {
        Self { item: Some(item) }
    }
}
