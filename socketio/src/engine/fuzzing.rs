//! Payloads as the polling transport reads and writes them, for the fuzz targets and nobody else.

use std::collections::VecDeque;

use super::frame::{self, Frame, Message, Packet};

/// The messages of a POST's body; nothing where one of its packets is none.
#[must_use]
pub fn read_payload(body: &str) -> Option<Vec<Message>> {
    let mut messages = Vec::new();
    for packet in frame::read_payload(body) {
        if let Packet::Message(message) = packet.ok()? {
            messages.push(message);
        }
    }
    Some(messages)
}

/// The bodies of as many GETs as these frames take, of at most `bytes_max` bytes unless a single frame is longer.
#[must_use]
pub fn write_payloads(frames: impl IntoIterator<Item = Frame>, bytes_max: usize) -> Vec<String> {
    let mut frames: VecDeque<_> = frames.into_iter().collect();
    let mut payloads = Vec::new();
    while !frames.is_empty() {
        payloads.push(frame::write_payload(&mut frames, bytes_max));
    }
    payloads
}
