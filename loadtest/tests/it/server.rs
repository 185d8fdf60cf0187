//! A gateway of a few lines: rooms in memory, no rules. And one that says just what it is told to.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use switchboard_loadtest::Encoding;
use switchboard_proto::v1::{
    self, client_message::Kind as Ask, event::Event as Kind, server_message::Kind as Told,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

type Rooms = Arc<Mutex<HashMap<String, Room>>>;

/// What becomes of every tenth signal of a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    Lost,
    Doubled,
    /// It comes behind the next one.
    Late,
}

#[derive(Default)]
struct Room {
    seq: u64,
    members: BTreeMap<String, Member>,
    fault: Fault,
    signals: u64,
    /// Sender, receiver, and signal that come late.
    late: Option<(v1::Sender, String, Kind)>,
}

struct Member {
    session_id: String,
    told: u64,
    out: mpsc::UnboundedSender<Told>,
}

pub(crate) fn at(seq: u64) -> v1::Position {
    v1::Position { epoch: 7, seq }
}

fn participant(id: &str, session_id: &str) -> v1::Participant {
    let state = v1::ParticipantState::Joined.into();
    v1::Participant { participant_id: id.into(), session_id: session_id.into(), state, ..Default::default() }
}

impl Room {
    fn tell(&mut self, from: Option<&v1::Sender>, to: Option<&str>, kind: &Kind) {
        self.seq += 1;
        let position = at(self.seq);
        for (id, member) in &mut self.members {
            if to.is_some_and(|to| to != id) {
                continue;
            }
            let prev = Some(at(std::mem::replace(&mut member.told, position.seq)));
            let from = from.cloned();
            let event = Some(kind.clone());
            let event =
                v1::Event { position: Some(position), prev, from, stored: true, event, ..Default::default() };
            drop(member.out.send(Told::Event(event)));
        }
    }
}

impl Room {
    fn signal(&mut self, from: &v1::Sender, to: &str, kind: &Kind) {
        self.signals += 1;
        match self.fault {
            Fault::Lost if self.signals.is_multiple_of(10) => {}
            Fault::Late if self.signals.is_multiple_of(10) => {
                self.late = Some((from.clone(), to.to_owned(), kind.clone()));
            }
            fault => {
                self.tell(Some(from), Some(to), kind);
                if fault == Fault::Doubled && self.signals.is_multiple_of(10) {
                    self.tell(Some(from), Some(to), kind);
                }
                // Behind the next one of the same two.
                if let Some((from, to, kind)) = self.late.take_if(|(late_from, late_to, _)| {
                    late_from.participant_id == from.participant_id && late_to == to
                }) {
                    self.tell(Some(&from), Some(&to), &kind);
                }
            }
        }
    }
}

/// Starts the gateway; returns its URL.
pub(crate) async fn gateway() -> String {
    faulty_gateway(Fault::None).await
}

/// Starts one that treats every tenth signal of a room like that; returns its URL.
pub(crate) async fn faulty_gateway(fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let rooms = Rooms::default();
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, rooms.clone(), fault));
        }
    });
    url
}

// The error type is tungstenite's own.
#[allow(clippy::result_large_err)]
async fn accept(stream: TcpStream) -> Option<(WebSocketStream<TcpStream>, Encoding)> {
    let mut encoding = Encoding::Json;
    let upgrade = |request: &Request, mut response: Response| {
        let asked = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|v| v.to_str().ok());
        let known = [Encoding::Json, Encoding::Protobuf];
        let Some(found) = known.into_iter().find(|e| Some(e.subprotocol()) == asked) else {
            let mut refusal = ErrorResponse::new(Some("UNKNOWN_SUBPROTOCOL".into()));
            *refusal.status_mut() = StatusCode::BAD_REQUEST;
            return Err(refusal);
        };
        encoding = found;
        let value = HeaderValue::from_static(found.subprotocol());
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, upgrade).await.ok()?;
    Some((socket, encoding))
}

fn encode(encoding: Encoding, kind: Told) -> Message {
    let message = v1::ServerMessage { kind: Some(kind) };
    match encoding {
        Encoding::Json => Message::text(serde_json::to_string(&message).expect("JSON")),
        Encoding::Protobuf => Message::binary(message.encode_to_vec()),
    }
}

fn decode(message: &Message) -> Option<v1::ClientMessage> {
    match message {
        Message::Text(text) => serde_json::from_str(text.as_str()).ok(),
        Message::Binary(bytes) => v1::ClientMessage::decode(bytes.clone()).ok(),
        _ => None,
    }
}

async fn serve(stream: TcpStream, rooms: Rooms, fault: Fault) {
    let Some((mut socket, encoding)) = accept(stream).await else { return };
    let (out, mut told) = mpsc::unbounded_channel();
    let mut own: Option<(String, v1::Sender)> = None;
    loop {
        tokio::select! {
            Some(kind) = told.recv() => {
                if socket.send(encode(encoding, kind)).await.is_err() {
                    break;
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { break };
                let Some(message) = decode(&message) else { continue };
                if message.after + 1 != message.counter && message.counter != 0 {
                    break;
                }
                let is_leave = matches!(message.kind, Some(Ask::Leave(_)));
                take(message, &rooms, &mut own, &out, fault);
                if is_leave {
                    break;
                }
            }
        }
    }
    let close = CloseFrame { code: 1000.into(), reason: "left".into() };
    drop(socket.close(Some(close)).await);
    while let Some(Ok(_)) = socket.next().await {}
}

fn take(
    message: v1::ClientMessage,
    rooms: &Rooms,
    own: &mut Option<(String, v1::Sender)>,
    out: &mpsc::UnboundedSender<Told>,
    fault: Fault,
) {
    let mut rooms = rooms.lock().expect("not poisoned");
    let counter = message.counter;
    let Some(kind) = message.kind else { return };
    match (kind, own) {
        (Ask::Join(join), own) => {
            let room = rooms.entry(join.room_id.clone()).or_default();
            room.fault = fault;
            let session_id = format!("session-{}", room.seq);
            let id = join.participant_id;
            let joined = v1::ParticipantJoined { participant: Some(participant(&id, &session_id)) };
            room.tell(None, None, &Kind::ParticipantJoined(joined));
            let member = Member { session_id: session_id.clone(), told: room.seq, out: out.clone() };
            room.members.insert(id.clone(), member);
            let welcome = v1::Welcome { session_id: session_id.clone(), ..Default::default() };
            drop(out.send(Told::Welcome(welcome)));
            let members = room.members.iter().map(|(id, member)| participant(id, &member.session_id));
            let first = v1::Snapshot { participants: members.collect(), more: true, ..Default::default() };
            let last = v1::Snapshot { position: Some(at(room.seq)), ..Default::default() };
            drop(out.send(Told::Snapshot(first)));
            drop(out.send(Told::Snapshot(last)));
            let sender = v1::Sender { participant_id: id, session_id, counter: 0 };
            *own = Some((join.room_id, sender));
        }
        (ask, Some((room_id, sender))) => {
            let Some(room) = rooms.get_mut(room_id) else { return };
            let from = v1::Sender { counter, ..sender.clone() };
            let mut refused = None;
            match ask {
                Ask::Signal(signal) if room.members.contains_key(&signal.to) => {
                    let kind = v1::SignalReceived { kind: signal.kind, payload: signal.payload };
                    room.signal(&from, &signal.to, &Kind::SignalReceived(kind));
                }
                Ask::Signal(_) => {
                    let reason = v1::ErrorReason::ParticipantNotFound.into();
                    refused =
                        Some(v1::Error { reason, counter, message: "not here".into(), ..Default::default() });
                }
                Ask::Message(message) => {
                    let kind = v1::MessageReceived { body: message.body };
                    room.tell(Some(&from), None, &Kind::MessageReceived(kind));
                }
                Ask::StartShare(start) => {
                    let participant_id = from.participant_id.clone();
                    let share = v1::Share { share_id: start.share_id, ..Default::default() };
                    let kind = v1::ShareStarted { participant_id, share: Some(share) };
                    room.tell(Some(&from), None, &Kind::ShareStarted(kind));
                }
                Ask::StopShare(_) => {
                    let participant_id = from.participant_id.clone();
                    room.tell(
                        Some(&from),
                        None,
                        &Kind::ShareEnded(v1::ShareEnded { participant_id, ..Default::default() }),
                    );
                }
                Ask::UpdateMetadata(update) => {
                    let participant_id = from.participant_id.clone();
                    let kind = v1::ParticipantUpdated { participant_id, metadata: update.metadata };
                    room.tell(Some(&from), None, &Kind::ParticipantUpdated(kind));
                }
                Ask::Leave(_) => {
                    room.members.remove(&from.participant_id);
                    let (participant_id, session_id) = (from.participant_id.clone(), from.session_id.clone());
                    let kind = v1::ParticipantLeft { participant_id, session_id, reason: 1 };
                    room.tell(Some(&from), None, &Kind::ParticipantLeft(kind));
                }
                _ => {}
            }
            drop(out.send(Told::Ack(v1::Ack { counter, stored: refused.is_none(), refused })));
        }
        (_, None) => {
            let reason = v1::ErrorReason::NotJoined.into();
            drop(out.send(Told::Error(v1::Error { reason, counter, ..Default::default() })));
        }
    }
}

/// Starts a server for one connection that answers the first message with `frames` and then waits for its end.
pub(crate) async fn scripted(frames: Vec<Message>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (mut socket, _) = accept(stream).await.expect("a WebSocket");
        socket.next().await;
        for frame in frames {
            drop(socket.send(frame).await);
        }
        while let Some(Ok(_)) = socket.next().await {}
    });
    url
}

/// A frame of the JSON encoding.
pub(crate) fn json(kind: Told) -> Message {
    encode(Encoding::Json, kind)
}
