//! What reads what others say, for the fuzz targets and the measurements of `bench/`, and nobody else.

use switchboard_proto::Refusal;
use switchboard_proto::v1::ServerMessage;
use switchboard_proto::v1::client_message::Kind;
use tokio_tungstenite::tungstenite::Message;

use crate::codec::{self, Encoding};
pub use crate::link::fuzzing::{ROOM, Rooms, Shared};
pub use crate::socketio::fuzzing as socketio;

/// The fields of a browser's message, checked.
///
/// # Errors
/// INVALID_FIELD, with all that is wrong.
pub fn validate(kind: Kind) -> Result<(), Refusal> {
    crate::validate::validate(kind).map(drop)
}

/// The frame of what a browser is told.
#[must_use]
pub fn encode(encoding: Encoding, message: &ServerMessage) -> Message {
    codec::encode(encoding, message)
}
