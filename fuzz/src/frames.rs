//! Frames of browsers, in both encodings, up to where the session's rules begin.

use prost::Message as _;
use switchboard_gateway::codec::{Decoded, Encoding, decode};
use switchboard_proto::v1::client_message::Kind;
use switchboard_proto::v1::{ClientMessage, SignalKind};
use switchboard_proto::{Refusal, VIOLATIONS_MAX};
use tokio_tungstenite::tungstenite::Message;

/// A refusal goes to the browser: longer ones would let a small frame fill an outbox.
const REFUSAL_BYTES_MAX: usize = 4 * 1024;

/// A text frame.
pub(crate) fn json(data: &[u8]) {
    // The WebSocket has refused what is no UTF-8.
    let Ok(text) = std::str::from_utf8(data) else { return };
    frame(Encoding::Json, &Message::text(text));
}

/// A binary frame.
pub(crate) fn protobuf(data: &[u8]) {
    frame(Encoding::Protobuf, &Message::binary(data.to_vec()));
}

fn frame(encoding: Encoding, frame: &Message) {
    match decode(encoding, frame) {
        Ok(decoded) => {
            both_encodings_say_the_same(&decoded);
            read(decoded.kind);
        }
        Err(refusal) => is_told(&refusal),
    }
}

/// What comes behind decoding: the fields are checked.
pub(crate) fn read(kind: Kind) {
    if let Err(refusal) = switchboard_gateway::fuzzing::validate(kind) {
        is_told(&refusal);
    }
}

/// A refusal can be told: it is small, and both encodings can write it.
pub(crate) fn is_told(refusal: &Refusal) {
    assert!(refusal.violations.len() <= VIOLATIONS_MAX, "{} violations", refusal.violations.len());
    let error = refusal.to_message(0);
    let text = serde_json::to_string(&error).expect("an error has a JSON form");
    assert!(text.len() <= REFUSAL_BYTES_MAX, "a refusal of {} bytes", text.len());
    assert!(!error.message.is_empty(), "a refusal says nothing");
}

fn both_encodings_say_the_same(decoded: &Decoded) {
    let Decoded { counter, after, kind } = decoded.clone();
    let message = ClientMessage { counter, after, kind: Some(kind) };
    let bytes = message.encode_to_vec();
    let again = decode(Encoding::Protobuf, &Message::binary(bytes));
    assert_eq!(again.as_ref(), Ok(decoded), "protobuf is read as it was written");
    match serde_json::to_string(&message) {
        Ok(text) => {
            let again = decode(Encoding::Json, &Message::text(text));
            assert_eq!(again.as_ref(), Ok(decoded), "JSON is read as protobuf was");
        }
        // proto3 JSON has no words for numbers of an enum that it does not know.
        Err(error) => match &decoded.kind {
            Kind::Signal(signal) if SignalKind::try_from(signal.kind).is_err() => {}
            kind => panic!("{kind:?} has no JSON form: {error}"),
        },
    }
}
