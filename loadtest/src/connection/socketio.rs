//! Socket.IO as the existing front end speaks it, over a WebSocket alone: the events of docs/migration.md.
//!
//! The packets are read and written by the crate that the gateway has them from; only the client's side is here.

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::value::RawValue;
use switchboard_proto::v1::{self, ErrorReason};
use switchboard_socketio::engine::{Frame, Message as EngineMessage};
use switchboard_socketio::packet::{Decoder, Packet, Writer};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{Heard, Name};
use crate::client::{CLOSED_ABNORMALLY, ClientError, Io, Options, QUEUE_MAX, dial_url, open};
use crate::plan::Signal;

/// A client that is connected to the default namespace.
#[derive(Debug)]
pub(crate) struct SocketIo {
    socket: WebSocketStream<Io>,
    options: Options,
    decoder: Decoder,
    /// In which room it is, and who.
    name: Option<Name>,
    /// What came while something else was waited for.
    heard: VecDeque<Heard>,
}

/// What one frame said.
#[derive(Debug)]
enum Told {
    /// The Engine.IO session is open.
    Open,
    /// The namespace took the client in.
    Connected,
    /// Who is in the room that was joined.
    Users,
    /// An `error` event.
    Error(Box<v1::Error>),
    Heard(Heard),
}

impl SocketIo {
    pub(super) async fn connect(url: &str, options: Options) -> Result<Self, ClientError> {
        let options = Options { subprotocols: Some(String::new()), ..options };
        let opening = async {
            let stream = dial_url(url, &options).await?;
            open(stream, url, &options).await
        };
        let what = "the WebSocket";
        let after = options.deadline;
        let opened = timeout(after, opening).await;
        let socket = opened.map_err(|_| ClientError::Timeout { what, after })??;
        let decoder = Decoder::default();
        let mut it = Self { socket, options, decoder, name: None, heard: VecDeque::new() };
        it.wait_for("the session", |told| matches!(told, Told::Open)).await?;
        it.write("40".into()).await?;
        it.wait_for("the namespace", |told| matches!(told, Told::Connected)).await?;
        Ok(it)
    }

    pub(super) async fn join(&mut self, name: &Name) -> Result<(), ClientError> {
        self.name = Some(name.clone());
        self.emit(Writer::event("/", "join-room", 0).arg(&name.room).arg(&name.own)).await?;
        self.wait_for("the users of the room", |told| matches!(told, Told::Users)).await
    }

    pub(super) async fn signal(
        &mut self,
        to: &str,
        signal: Signal,
        payload: &str,
    ) -> Result<(), ClientError> {
        let (event, field) = words(signal);
        let from = self.name.as_ref().map(|name| name.own.as_str()).unwrap_or_default();
        // Names are made here, of letters that stand for themselves in JSON.
        let signal = format!("{{\"to\":\"{to}\",\"from\":\"{from}\",\"{field}\":{payload}}}");
        self.emit(Writer::event("/", event, 0).raw(&signal)).await
    }

    pub(super) async fn share(&mut self, is_on: bool) -> Result<(), ClientError> {
        self.emit_of_member(if is_on { "start-sharing" } else { "stop-sharing" }).await
    }

    pub(super) async fn leave(&mut self) -> Result<(), ClientError> {
        self.emit_of_member("leave-room").await
    }

    /// What comes next. Cancel safe.
    pub(super) async fn next(&mut self, by: Instant) -> Result<Heard, ClientError> {
        if let Some(heard) = self.heard.pop_front() {
            return Ok(heard);
        }
        loop {
            match self.read(by, "an event").await? {
                Told::Heard(heard) => return Ok(heard),
                Told::Error(error) => return Err(ClientError::Server(error)),
                Told::Open | Told::Connected | Told::Users => {}
            }
        }
    }

    async fn emit_of_member(&mut self, event: &str) -> Result<(), ClientError> {
        let Some(name) = self.name.clone() else { return Ok(()) };
        self.emit(Writer::event("/", event, 0).arg(&name.room).arg(&name.own)).await
    }

    async fn emit(&mut self, writer: Writer) -> Result<(), ClientError> {
        match writer.finish() {
            Frame::Text(text) => self.write(Message::Text(text)).await,
            Frame::Binary(bytes) => self.write(Message::Binary(bytes)).await,
        }
    }

    async fn write(&mut self, message: Message) -> Result<(), ClientError> {
        let after = self.options.deadline;
        match timeout(after, self.socket.send(message)).await {
            Err(_) => Err(ClientError::Timeout { what: "the other side's reading", after }),
            Ok(Err(error)) => Err(ended(error.to_string())),
            Ok(Ok(())) => Ok(()),
        }
    }

    async fn wait_for(
        &mut self,
        what: &'static str,
        is_it: impl Fn(&Told) -> bool,
    ) -> Result<(), ClientError> {
        let by = Instant::now() + self.options.deadline;
        loop {
            match self.read(by, what).await? {
                told if is_it(&told) => return Ok(()),
                Told::Error(error) => return Err(ClientError::Server(error)),
                Told::Heard(heard) => {
                    self.heard.push_back(heard);
                    if self.heard.len() > QUEUE_MAX {
                        return Err(ClientError::QueueFull(QUEUE_MAX));
                    }
                }
                Told::Open | Told::Connected | Told::Users => {}
            }
        }
    }

    /// Reads one frame that says something. Cancel safe: a pong whose write is cut short goes out with the next write.
    async fn read(&mut self, by: Instant, what: &'static str) -> Result<Told, ClientError> {
        loop {
            let after = by.saturating_duration_since(Instant::now());
            let frame = timeout_at(by, self.socket.next()).await;
            let text = match frame.map_err(|_| ClientError::Timeout { what, after })? {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) =
                        frame.map_or((1005, String::new()), |f| (f.code.into(), f.reason.to_string()));
                    return Err(ClientError::Closed { code, reason });
                }
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(ended(error.to_string())),
                None => return Err(ended("no close frame".into())),
            };
            match text.as_bytes().first() {
                Some(b'0') => return Ok(Told::Open),
                Some(b'1') => return Err(ended("the server closed the session".into())),
                Some(b'2') => self.write("3".into()).await?,
                Some(b'4') => {
                    if let Some(told) = self.packet(&text[1..])? {
                        return Ok(told);
                    }
                }
                _ => {}
            }
        }
    }

    fn packet(&mut self, text: &str) -> Result<Option<Told>, ClientError> {
        // What only a server says: the namespace refused the client, with a sentence.
        if let Some(refusal) = text.strip_prefix('4') {
            return Err(ClientError::Unreadable(format!("connect_error {refusal}")));
        }
        let packet = self.decoder.take(EngineMessage::Text(text.to_owned()));
        let packet = packet.map_err(|error| ClientError::Unreadable(error.to_string()))?;
        Ok(match packet {
            Some(Packet::Connect { .. }) => Some(Told::Connected),
            Some(Packet::Disconnect { .. }) => {
                return Err(ended("the server disconnected the client".into()));
            }
            Some(Packet::Event { name, args, .. }) => told(&name, &args)?,
            Some(Packet::Ack { .. }) | None => None,
        })
    }
}

fn ended(reason: String) -> ClientError {
    ClientError::Closed { code: CLOSED_ABNORMALLY, reason }
}

fn words(signal: Signal) -> (&'static str, &'static str) {
    match signal {
        Signal::Offer => ("offer", "offer"),
        Signal::Answer => ("answer", "answer"),
        Signal::Candidate => ("ice-candidate", "candidate"),
    }
}

/// What an event says; nothing for the lists, which follow from the others.
fn told(name: &str, args: &[Box<RawValue>]) -> Result<Option<Told>, ClientError> {
    let unreadable = |error: serde_json::Error| ClientError::Unreadable(format!("an event {name}: {error}"));
    let first = args.first().map_or("null", |first| first.get());
    let user = || serde_json::from_str::<String>(first).map_err(unreadable);
    let signal = match name {
        "offer" => Signal::Offer,
        "answer" => Signal::Answer,
        "ice-candidate" => Signal::Candidate,
        "existing-users" => return Ok(Some(Told::Users)),
        "user-joined" => return Ok(Some(Told::Heard(Heard::Joined(user()?)))),
        "user-left" => return Ok(Some(Told::Heard(Heard::Left(user()?)))),
        "user-started-sharing" => return Ok(Some(Told::Heard(Heard::ShareStarted(user()?)))),
        "user-stopped-sharing" => return Ok(Some(Told::Heard(Heard::ShareEnded(user()?)))),
        "error" => {
            let error: Refused = serde_json::from_str(first).map_err(unreadable)?;
            let reason = ErrorReason::from_name(&error.reason).unwrap_or_default().into();
            let error = v1::Error { reason, message: error.message, ..Default::default() };
            return Ok(Some(Told::Error(Box::new(error))));
        }
        _ => return Ok(None),
    };
    #[derive(serde::Deserialize)]
    struct Signaled<'a> {
        #[serde(default)]
        from: String,
        #[serde(borrow, alias = "offer", alias = "answer", alias = "candidate")]
        payload: &'a RawValue,
    }
    let signaled: Signaled<'_> = serde_json::from_str(first).map_err(unreadable)?;
    let payload = signaled.payload.get().to_owned();
    Ok(Some(Told::Heard(Heard::Signal { from: signaled.from, signal, payload })))
}

#[derive(serde::Deserialize)]
struct Refused {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_the_contract_are_heard() {
        let read = |name: &str, args: &str| {
            let args: Vec<Box<RawValue>> = serde_json::from_str(args).expect("is an array");
            match told(name, &args).expect("is good") {
                Some(Told::Heard(heard)) => heard,
                other => panic!("{other:?}"),
            }
        };
        let candidate = "[{\"candidate\":{\"t\":1, \"x\":2},\"from\":\"a-1\"},\"offset\"]";
        let (from, payload) = ("a-1".to_owned(), "{\"t\":1, \"x\":2}".to_owned());
        assert_eq!(
            read("ice-candidate", candidate),
            Heard::Signal { from, signal: Signal::Candidate, payload }
        );
        assert_eq!(read("user-left", "[\"a-1\"]"), Heard::Left("a-1".into()));
        assert_eq!(read("user-started-sharing", "[\"a\",\"offset\"]"), Heard::ShareStarted("a".into()));
        assert!(matches!(told("room-users-updated", &[]), Ok(None)));
        assert!(told("user-joined", &[]).is_err());
        let refused = "[{\"event\":\"offer\",\"reason\":\"RATE_LIMITED\",\"message\":\"slow down\"}]";
        let args: Vec<Box<RawValue>> = serde_json::from_str(refused).expect("is an array");
        let Ok(Some(Told::Error(error))) = told("error", &args) else { panic!("is an error") };
        assert_eq!(error.reason().name(), "RATE_LIMITED");
    }
}
