//! The words of Socket.IO clients, for the fuzz targets and nobody else.

use std::sync::Arc;

use serde_json::value::RawValue;
use switchboard_proto::v1::client_message::Kind;
use switchboard_proto::v1::{Event, Resume};
use switchboard_proto::{Position, Refusal};
use switchboard_socketio::engine::Frame;
use switchboard_socketio::packet::Writer;

use super::events::{self, Asked};
use super::offset;

/// An event of a client as a message of our own protocol; a join has none.
///
/// # Errors
/// UNKNOWN_MESSAGE_KIND or INVALID_FIELD.
pub fn read(name: &str, args: &[Box<RawValue>], has_attachments: bool) -> Result<Option<Kind>, Refusal> {
    Ok(match events::read(name, args, has_attachments)? {
        Asked::Join { .. } => None,
        Asked::OfMember { kind, .. } | Asked::Signal(kind) => Some(kind),
    })
}

/// An event of the room as the client of `own` is told it.
#[must_use]
pub fn write(event: Event, own: &str) -> Vec<Frame> {
    events::write(&Arc::new(event), own).into_iter().map(Writer::finish).collect()
}

/// What an offset asks for.
#[must_use]
pub fn read_offset(offset: &str) -> Option<Resume> {
    offset::read(offset)
}

/// The offset that asks for this.
#[must_use]
pub fn write_offset(resume: &Resume) -> String {
    let Resume { room_id, participant_id, session_id, resume_token, .. } = resume;
    let position = resume.position.map(Position::from).unwrap_or_default();
    offset::write(position, &offset::tail(room_id, participant_id, session_id, resume_token))
}
