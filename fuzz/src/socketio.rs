//! What clients of Socket.IO send: bodies of polls, packets, and the words of the front end in them.

use switchboard_gateway::fuzzing::socketio;
use switchboard_proto::v1::client_message::Kind;
use switchboard_proto::v1::{Event, Sender, SignalReceived, event};
use switchboard_socketio::engine::fuzzing::{read_payload, write_payloads};
use switchboard_socketio::engine::{Frame, Message};
use switchboard_socketio::packet::{Decoder, Limits, Packet, Writer};

use crate::frames;

/// Between the packets of a payload, and between the messages of [`packet`].
const SEPARATOR: u8 = 0x1e;
/// What one poll takes here.
const PAYLOAD_BYTES_MAX: usize = 64;

/// The body of a POST: its messages, sent back, are the same messages, in payloads that keep their bound.
pub(crate) fn payload(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    let Some(messages) = read_payload(body) else { return };
    let frames: Vec<Frame> = messages.iter().map(frame_of).collect();
    let longest = frames.iter().map(frame_bytes).max().unwrap_or_default();
    let payloads = write_payloads(frames, PAYLOAD_BYTES_MAX);
    let mut again = Vec::new();
    for payload in payloads {
        assert!(payload.len() <= PAYLOAD_BYTES_MAX.max(longest), "a payload of {} bytes", payload.len());
        again.extend(read_payload(&payload).expect("what was written is read"));
    }
    assert_eq!(again, messages);
}

/// Messages of a session, parted by [`SEPARATOR`]; what begins with a `b` is binary.
pub(crate) fn packet(data: &[u8]) {
    let mut decoder = Decoder::new(Limits::default());
    for part in data.split(|byte| *byte == SEPARATOR) {
        let message = match part.strip_prefix(b"b") {
            Some(bytes) => Message::Binary(bytes.to_vec().into()),
            None => match std::str::from_utf8(part) {
                Ok(text) => Message::Text(text.to_owned()),
                Err(_) => return,
            },
        };
        if let Message::Text(text) = &message {
            offset(text);
        }
        match decoder.take(message) {
            Ok(Some(packet)) => is_read_as_it_is_written(packet),
            Ok(None) => {}
            // The connection is closed.
            Err(_) => return,
        }
    }
}

fn is_read_as_it_is_written(packet: Packet) {
    let Packet::Event { namespace, name, args, attachments, .. } = &packet else { return };
    words(name, args, !attachments.is_empty());
    let writer = Writer::event(namespace, name, attachments.len());
    let frame = args.iter().fold(writer, |writer, arg| writer.raw(arg.get())).finish();
    let Frame::Text(text) = frame else { panic!("an event is text") };
    let text = text.as_str().strip_prefix('4').expect("it is a message").to_owned();
    let limits = Limits { attachments_max: usize::MAX, attachment_bytes_max: usize::MAX };
    let mut decoder = Decoder::new(limits);
    let mut again = decoder.take(Message::Text(text)).expect("what was written is read");
    for bytes in attachments {
        again = decoder.take(Message::Binary(bytes.clone())).expect("an attachment is expected");
    }
    // What a server sends asks for no acknowledgement here.
    let mut packet = packet;
    if let Packet::Event { id, .. } = &mut packet {
        *id = None;
    }
    assert_eq!(format!("{:?}", again.expect("it is whole")), format!("{packet:?}"));
}

/// The front end's words: what a signal carries is told to the other one as it came.
fn words(name: &str, args: &[Box<serde_json::value::RawValue>], has_attachments: bool) {
    let kind = match socketio::read(name, args, has_attachments) {
        Ok(Some(kind)) => kind,
        Ok(None) => return,
        Err(refusal) => return frames::is_told(&refusal),
    };
    if let Kind::Signal(signal) = &kind {
        let told = SignalReceived { kind: signal.kind, payload: signal.payload.clone() };
        let from = Some(Sender { participant_id: "ann".into(), ..Sender::default() });
        let event = Event { from, event: Some(event::Event::SignalReceived(told)), ..Event::default() };
        let frames = socketio::write(event, "bob");
        let [Frame::Text(text)] = frames.as_slice() else { panic!("a signal is one text: {frames:?}") };
        assert!(text.as_str().contains(&signal.payload), "{text:?} does not carry {:?}", signal.payload);
        let text = text.as_str().strip_prefix('4').expect("it is a message").to_owned();
        let read =
            Decoder::new(Limits::default()).take(Message::Text(text)).expect("what was written is read");
        assert!(matches!(read, Some(Packet::Event { .. })), "{read:?}");
    }
    frames::read(kind);
}

/// An offset that is one of ours comes back the same.
fn offset(text: &str) {
    if let Some(resume) = socketio::read_offset(text) {
        let again = socketio::write_offset(&resume);
        assert_eq!(socketio::read_offset(&again), Some(resume), "{text:?} was written as {again:?}");
    }
}

fn frame_of(message: &Message) -> Frame {
    match message {
        Message::Text(text) => Frame::Text(format!("4{text}").into()),
        Message::Binary(bytes) => Frame::Binary(bytes.clone()),
    }
}

fn frame_bytes(frame: &Frame) -> usize {
    match frame {
        Frame::Text(text) => text.len(),
        Frame::Binary(bytes) => 1 + bytes.len().div_ceil(3) * 4,
    }
}
