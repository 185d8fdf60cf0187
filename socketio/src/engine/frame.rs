//! Packets as they travel: one in a WebSocket frame, several in the body of a poll or a POST.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Between two packets of a payload.
const SEPARATOR: char = '\u{1e}';

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text, without the digit that makes it a message.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

/// A packet for a client, as a WebSocket frame has it. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A digit for the packet's type, then its text: `4hello`.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
}

impl Frame {
    pub(super) const PING: Self = Self::Text(Utf8Bytes::from_static("2"));
    pub(super) const CLOSE: Self = Self::Text(Utf8Bytes::from_static("1"));

    /// How many bytes a payload takes at least for it.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => 1 + bytes.len().div_ceil(3) * 4,
        }
    }
}

/// What a client sent is no packet, or none that it may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no Engine.IO packet")]
pub struct InvalidPacket;

/// A packet from a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet {
    Message(Message),
    Pong,
    Close,
    /// `2probe`: a WebSocket that would like to take over.
    Probe,
    /// It does.
    Upgrade,
    /// Open and noop, which say nothing here.
    Other,
}

/// Reads a packet of a text frame.
pub(super) fn parse(text: &str) -> Result<Packet, InvalidPacket> {
    let mut chars = text.chars();
    let kind = chars.next().ok_or(InvalidPacket)?;
    let rest = chars.as_str();
    Ok(match kind {
        '4' => Packet::Message(Message::Text(rest.to_owned())),
        '3' => Packet::Pong,
        '1' => Packet::Close,
        '2' if rest == "probe" => Packet::Probe,
        '5' => Packet::Upgrade,
        '0' | '6' => Packet::Other,
        _ => return Err(InvalidPacket),
    })
}

/// Reads a packet of a payload, where bytes are base64 behind a `b`.
fn parse_in_payload(text: &str) -> Result<Packet, InvalidPacket> {
    match text.strip_prefix('b') {
        Some(encoded) => {
            let bytes = BASE64.decode(encoded).map_err(|_| InvalidPacket)?;
            Ok(Packet::Message(Message::Binary(bytes.into())))
        }
        None => parse(text),
    }
}

/// Reads the packets of a payload, one by one.
pub(super) fn read_payload(payload: &str) -> impl Iterator<Item = Result<Packet, InvalidPacket>> {
    payload.split(SEPARATOR).map(parse_in_payload)
}

/// Writes frames into a payload, as long as they fit into `bytes_max`; one at least.
pub(super) fn write_payload(frames: &mut std::collections::VecDeque<Frame>, bytes_max: usize) -> String {
    let mut payload = String::new();
    while let Some(frame) = frames.front() {
        if !payload.is_empty() {
            if payload.len() + 1 + frame.len() > bytes_max {
                break;
            }
            payload.push(SEPARATOR);
        }
        match frame {
            Frame::Text(text) => payload.push_str(text.as_str()),
            Frame::Binary(bytes) => {
                payload.push('b');
                BASE64.encode_string(bytes, &mut payload);
            }
        }
        frames.pop_front();
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_by_their_digit() {
        let text = |text: &str| Ok(Packet::Message(Message::Text(text.into())));
        let cases = [
            ("4hello", text("hello")),
            ("4", text("")),
            ("4€\u{1f600}", text("€\u{1f600}")),
            ("3", Ok(Packet::Pong)),
            ("1", Ok(Packet::Close)),
            ("2probe", Ok(Packet::Probe)),
            ("5", Ok(Packet::Upgrade)),
            ("6", Ok(Packet::Other)),
            ("bAQIDBA==", Ok(Packet::Message(Message::Binary(Bytes::from_static(&[1, 2, 3, 4]))))),
            ("bAQIDBA", Ok(Packet::Message(Message::Binary(Bytes::from_static(&[1, 2, 3, 4]))))),
            ("b!", Err(InvalidPacket)),
            ("", Err(InvalidPacket)),
            ("abc", Err(InvalidPacket)),
            // Only the server asks for signs of life.
            ("2", Err(InvalidPacket)),
            ("7", Err(InvalidPacket)),
            ("€", Err(InvalidPacket)),
        ];
        for (packet, want) in cases {
            assert_eq!(parse_in_payload(packet), want, "{packet:?}");
        }
        assert_eq!(parse("bAQIDBA=="), Err(InvalidPacket), "base64 is for payloads only");
    }

    #[test]
    fn a_payload_takes_what_fits_and_leaves_the_rest() {
        let mut frames = [
            Frame::Text("4one".into()),
            Frame::Binary(Bytes::from_static(&[1, 2, 3, 4])),
            Frame::Text("4three".into()),
        ]
        .into();
        assert_eq!(write_payload(&mut frames, 15), "4one\u{1e}bAQIDBA==");
        assert_eq!(write_payload(&mut frames, 1), "4three", "one at least");
        assert!(frames.is_empty());
    }
}
