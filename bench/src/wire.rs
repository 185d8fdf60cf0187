//! What browsers, gateways and room services say to each other.

use prost::Message as _;
use switchboard_gateway::codec::Encoding;
use switchboard_gateway::fuzzing::ROOM;
use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{
    ClientMessage, Event, LinkEvent, LinkResponse, ServerMessage, Signal, SignalKind, client_message,
    server_message,
};
use switchboard_proto::{Epoch, Millis, Position};
use switchboard_roomsvc::room::{Action, Command};
use tokio_tungstenite::tungstenite::Message;

use crate::{candidate, decided, message, room_of};

/// A browser's frame with a candidate.
///
/// # Panics
/// When the message has no JSON form: a fault of this crate.
#[must_use]
pub fn client_frame(encoding: Encoding) -> Message {
    let Command::Session { counter, after, action: Action::Signal { to, payload, .. }, .. } = candidate(7)
    else {
        panic!("a candidate is a signal");
    };
    let signal = Signal { to: to.to_string(), kind: SignalKind::Candidate.into(), payload };
    let message = ClientMessage { counter, after, kind: Some(client_message::Kind::Signal(signal)) };
    match encoding {
        Encoding::Json => Message::text(serde_json::to_string(&message).expect("has a JSON form")),
        Encoding::Protobuf => Message::binary(message.encode_to_vec()),
    }
}

/// What a browser is told of a candidate for it.
#[must_use]
pub fn server_message() -> ServerMessage {
    let kind = event(&candidate(1)).map(server_message::Kind::Event);
    ServerMessage { kind }
}

/// A response of a link with so many candidates, each for one session.
#[must_use]
pub fn link_response(events: u64) -> LinkResponse {
    let event = event(&candidate(1));
    let item = |n| {
        let event = event.clone().map(|event| at(event, Position::new(Epoch(1), 4 + n)));
        Item::Event(LinkEvent { event, to_session_ids: vec!["s1".into()], ..link_event() }).into()
    };
    LinkResponse { items: (1..=events).map(item).collect() }
}

/// What a link tells a gateway: messages to all of a room, one a response, each behind the one before.
#[derive(Debug)]
pub struct Heard {
    event: Option<Event>,
    last: Position,
}

impl Heard {
    /// Those behind `last`.
    #[must_use]
    pub fn behind(last: Position) -> Self {
        Self { event: event(&message(1)), last }
    }

    /// The next one.
    pub fn next_response(&mut self) -> LinkResponse {
        self.last.seq += 1;
        let event = self.event.clone().map(|event| at(event, self.last));
        LinkResponse { items: vec![Item::Event(LinkEvent { event, ..link_event() }).into()] }
    }
}

fn link_event() -> LinkEvent {
    LinkEvent { room_id: ROOM.into(), ..LinkEvent::default() }
}

/// What follows from a command in a room of four, as it is told.
fn event(command: &Command) -> Option<Event> {
    let entries = decided(&room_of(4), command, Millis(1_000_000));
    entries.first().and_then(|entry| entry.event(Position::ZERO, true))
}

/// The event at `position`, told behind the one before it.
fn at(event: Event, position: Position) -> Event {
    let prev = Position::new(position.epoch, position.seq - 1);
    Event { position: Some(position.into()), prev: Some(prev.into()), ..event }
}
