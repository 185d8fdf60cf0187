//! What reads what others say, for the fuzz targets and nobody else.

use switchboard_proto::Refusal;
use switchboard_proto::v1::client_message::Kind;

pub use crate::link::fuzzing::{Rooms, Shared};
pub use crate::socketio::fuzzing as socketio;

/// The fields of a browser's message, checked.
///
/// # Errors
/// INVALID_FIELD, with all that is wrong.
pub fn validate(kind: Kind) -> Result<(), Refusal> {
    crate::validate::validate(kind).map(drop)
}
