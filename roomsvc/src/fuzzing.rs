//! What reads what gateways and the store say, for the fuzz targets and the measurements of `bench/`, and
//! nobody else.

use redis::Value;
use switchboard_proto::{Position, RoomId};

pub use crate::link::fuzzing::Link;
use crate::room::{BadRecord, Entry};
use crate::store::log::{self, Stored};
use crate::store::redis::decode::{self, Reader};

/// An entry of a log from its stored form: the field `entry`, which is JSON, and the field `body`.
///
/// # Errors
/// When the JSON is none of an entry.
pub fn decode_entry(position: Position, entry: &str, body: &str) -> Result<Entry, BadRecord> {
    Stored { position, entry, body }.decode()
}

/// The field `entry` of a log.
#[must_use]
pub fn encode_entry(entry: &Entry) -> String {
    log::encode(entry)
}

/// Takes what Redis sends, in its own protocol, for every kind of reply that is read.
pub fn read_reply(bytes: &[u8]) {
    let Ok(reply) = redis::parse_redis_value(bytes) else { return };
    let reader = |value: &Value| Reader::new(value.clone());
    drop(reader(&reply).entries());
    drop(reader(&reply).head());
    drop(reader(&reply).texts());
    drop(reader(&reply).optional_text());
    drop(decode::time(reply.clone()));
    if let Ok(fields) = reader(&reply).pairs() {
        drop(decode::meta(fields.clone()));
        if let (Ok((head, fields)), Ok(id)) = (decode::room(fields), RoomId::parse("r")) {
            drop(crate::room::load(&id, head, &fields));
        }
    }
    let mut parts = reader(&reply);
    drop(parts.millis());
    drop(parts.pairs());
    drop(parts.parts().entries());
}
