//! What `benches/pieces.rs` measures with: rooms, entries, frames and responses of the size that they have in a call.
//!
//! All of it is made by the code that makes it in production, so that a message of the contract or an entry that
//! changes is measured as it is now. The tests hold that each piece does its work: what fails fast is cheap.

mod rooms;
mod wire;

pub use rooms::{Appends, candidate, decided, message, room_of};
pub use wire::{Heard, client_frame, link_response, server_message};

/// Bytes of a candidate's JSON and of a message, as the load test has them.
pub const BODY_BYTES: usize = 300;

#[cfg(test)]
mod tests;
