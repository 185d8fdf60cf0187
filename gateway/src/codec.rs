//! Frame to message and back, in both encodings. From here a [`ClientMessage`] goes to the session's rules.

use bytes::Bytes;
use prost::Message as _;
use switchboard_proto::v1::{ClientMessage, ErrorReason, ServerMessage, client_message, server_message};
use switchboard_proto::{Refusal, SUBPROTOCOL_JSON, SUBPROTOCOL_PROTOBUF};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How messages are written on one socket; named by its subprotocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// proto3 JSON in text frames.
    Json,
    /// Protobuf in binary frames.
    Protobuf,
}

impl Encoding {
    /// The encoding of a WebSocket subprotocol.
    #[must_use]
    pub fn of_subprotocol(name: &str) -> Option<Self> {
        match name {
            SUBPROTOCOL_JSON => Some(Self::Json),
            SUBPROTOCOL_PROTOBUF => Some(Self::Protobuf),
            _ => None,
        }
    }

    /// The subprotocol's name.
    #[must_use]
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => SUBPROTOCOL_JSON,
            Self::Protobuf => SUBPROTOCOL_PROTOBUF,
        }
    }
}

/// A message from a browser: its counter, the one before, and of what kind it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The number of a command; 0 if it has none.
    pub counter: u64,
    /// The number of the command before it.
    pub after: u64,
    /// What it asks for.
    pub kind: client_message::Kind,
}

/// Reads a data frame. Everything that is kept is copied: a frame is a slice of the socket's read buffer, which it
/// would keep alive whole.
///
/// # Errors
/// MALFORMED_MESSAGE, UNKNOWN_MESSAGE_KIND or WRONG_FRAME_TYPE.
pub fn decode(encoding: Encoding, frame: &Message) -> Result<Decoded, Refusal> {
    let message = match (encoding, frame) {
        (Encoding::Json, Message::Text(text)) => serde_json::from_str::<ClientMessage>(text.as_str())
            .map_err(|error| {
                // The place in the text helps whoever writes a client; the text itself may hold addresses.
                Refusal::new(
                    ErrorReason::MalformedMessage,
                    format!(
                        "The message could not be read at line {}, column {}: {}.",
                        error.line(),
                        error.column(),
                        match error.classify() {
                            serde_json::error::Category::Data => "it is not of the protocol's schema",
                            _ => "it is not JSON",
                        }
                    ),
                )
            })?,
        (Encoding::Protobuf, Message::Binary(bytes)) => {
            ClientMessage::decode(bytes.as_ref()).map_err(|_| ErrorReason::MalformedMessage)?
        }
        _ => return Err(ErrorReason::WrongFrameType.into()),
    };
    let ClientMessage { counter, after, kind } = message;
    let kind = kind.ok_or(ErrorReason::UnknownMessageKind)?;
    Ok(Decoded { counter, after, kind })
}

/// Writes a message into a frame.
pub(crate) fn encode(encoding: Encoding, message: &ServerMessage) -> Message {
    match encoding {
        Encoding::Json => Message::Text(json(message)),
        Encoding::Protobuf => Message::Binary(message.encode_to_vec().into()),
    }
}

/// Writes a message of `kind` into a frame.
pub(crate) fn encode_kind(encoding: Encoding, kind: server_message::Kind) -> Message {
    encode(encoding, &ServerMessage { kind: Some(kind) })
}

fn json(message: &ServerMessage) -> Utf8Bytes {
    let mut text = Vec::with_capacity(512);
    if let Err(error) = serde_json::to_writer(&mut text, message) {
        // Only an enum value that we don't know does this: a room service newer than this gateway.
        tracing::error!(%error, "message has no json form");
        return Utf8Bytes::from_static("{}");
    }
    Utf8Bytes::try_from(Bytes::from(text)).unwrap_or_else(|_| Utf8Bytes::from_static("{}"))
}

#[cfg(test)]
mod tests {
    use switchboard_proto::v1;

    use super::*;

    #[test]
    fn bad_frames_each_have_their_reason() {
        let text = |text: &str| Message::text(text.to_owned());
        let cases = [
            (Encoding::Json, text("not json"), ErrorReason::MalformedMessage),
            (Encoding::Json, text("[]"), ErrorReason::MalformedMessage),
            (Encoding::Json, text("{\"join\":7}"), ErrorReason::MalformedMessage),
            (Encoding::Json, text("{\"leave\":{},\"stopShare\":{}}"), ErrorReason::MalformedMessage),
            (Encoding::Json, text("{\"counter\":\"-1\",\"leave\":{}}"), ErrorReason::MalformedMessage),
            (Encoding::Json, text("{\"dance\":{}}"), ErrorReason::UnknownMessageKind),
            (Encoding::Json, text("{}"), ErrorReason::UnknownMessageKind),
            (Encoding::Json, text(""), ErrorReason::MalformedMessage),
            (Encoding::Json, Message::binary(vec![1, 2]), ErrorReason::WrongFrameType),
            (Encoding::Protobuf, text("{}"), ErrorReason::WrongFrameType),
            (Encoding::Protobuf, Message::binary(vec![0xff, 0xff]), ErrorReason::MalformedMessage),
            (Encoding::Protobuf, Message::binary(Vec::new()), ErrorReason::UnknownMessageKind),
        ];
        for (encoding, frame, want) in cases {
            let refusal = decode(encoding, &frame).expect_err("is bad");
            assert_eq!(refusal.reason, want, "{frame:?}");
        }
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let frame = Message::text("{\"counter\":\"7\",\"after\":6,\"color\":[{}],\"leave\":{\"why\":1}}");
        let decoded = decode(Encoding::Json, &frame).expect("is good");
        assert_eq!((decoded.counter, decoded.after), (7, 6));
        assert_eq!(decoded.kind, client_message::Kind::Leave(v1::Leave {}));
    }

    #[test]
    fn both_encodings_say_the_same() {
        let kind = server_message::Kind::Ack(v1::Ack { counter: 1 << 60, stored: true, refused: None });
        let message = ServerMessage { kind: Some(kind) };
        let Message::Text(text) = encode(Encoding::Json, &message) else { panic!("is text") };
        assert_eq!(text.as_str(), "{\"ack\":{\"counter\":\"1152921504606846976\",\"stored\":true}}");
        let Message::Binary(bytes) = encode(Encoding::Protobuf, &message) else { panic!("is binary") };
        assert_eq!(ServerMessage::decode(bytes).expect("decodes"), message);
    }
}
