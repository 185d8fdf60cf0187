//! The socket's two ends: what is written, and what is read and put aside for whom it is for.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use switchboard_proto::v1;
use switchboard_proto::v1::server_message::Kind as Told;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::{Acked, CLOSED_ABNORMALLY, Client, ClientError, Encoding, QUEUE_MAX, Refused, timed_out};

/// How long to look for the close frame of a gateway that no longer takes what we write.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Client {
    pub(super) async fn write(&mut self, frame: Message) -> Result<(), ClientError> {
        if let Some((code, reason)) = self.closed.clone() {
            return Err(ClientError::Closed { code, reason });
        }
        match tokio::time::timeout(self.deadline, self.socket.send(frame)).await {
            Err(_) => Err(timed_out("the other side's reading", self.deadline)),
            Ok(Ok(())) => Ok(()),
            // The gateway closed; what it said before is still to be read.
            Ok(Err(error)) => Err(self.last_words(&error).await),
        }
    }

    async fn last_words(&mut self, error: &WsError) -> ClientError {
        let by = Instant::now() + LAST_WORDS;
        loop {
            match self.read(by, "the close frame").await {
                Ok(_) => {}
                Err(closed @ ClientError::Closed { .. }) => return closed,
                Err(_) => return self.end(CLOSED_ABNORMALLY, error.to_string()),
            }
        }
    }

    /// Reads one message and applies it. None: it waits in `told`. Cancel safe: nothing is awaited after the socket
    /// gave a frame, but for the answer to a close.
    pub(super) async fn read(
        &mut self,
        by: Instant,
        what: &'static str,
    ) -> Result<Option<Told>, ClientError> {
        loop {
            if let Some((code, reason)) = self.closed.clone() {
                return Err(ClientError::Closed { code, reason });
            }
            let left = by.saturating_duration_since(Instant::now());
            let frame = timeout_at(by, self.socket.next()).await;
            let message = match frame.map_err(|_| timed_out(what, left))? {
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) =
                        frame.map_or((1005, String::new()), |f| (f.code.into(), f.reason.to_string()));
                    self.closed = Some((code, reason.clone()));
                    // Sends the answer to the close.
                    drop(tokio::time::timeout(LAST_WORDS, self.socket.next()).await);
                    return Err(ClientError::Closed { code, reason });
                }
                Some(Ok(Message::Text(text))) if self.encoding == Encoding::Json => {
                    serde_json::from_str(text.as_str()).map_err(|error| unreadable(&error))?
                }
                Some(Ok(Message::Binary(bytes))) if self.encoding == Encoding::Protobuf => {
                    v1::ServerMessage::decode(bytes).map_err(|error| unreadable(&error))?
                }
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    return Err(ClientError::Unreadable("a frame of the other encoding".into()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(error)) => return Err(self.end(CLOSED_ABNORMALLY, error.to_string())),
                None => return Err(self.end(CLOSED_ABNORMALLY, "no close frame".into())),
            };
            let kind = self.apply(message)?;
            if self.told.len() + self.outcomes.len() > QUEUE_MAX {
                return Err(ClientError::QueueFull(QUEUE_MAX));
            }
            return Ok(kind);
        }
    }

    pub(super) fn end(&mut self, code: u16, reason: String) -> ClientError {
        self.closed = Some((code, reason.clone()));
        ClientError::Closed { code, reason }
    }

    /// None: it waits in `told` now, or was there before and is dropped.
    fn apply(&mut self, message: v1::ServerMessage) -> Result<Option<Told>, ClientError> {
        let kind = message.kind.ok_or_else(|| ClientError::Unreadable("a message of no kind".into()))?;
        match &kind {
            Told::Welcome(welcome) => self.welcome = Some(welcome.clone()),
            Told::Snapshot(piece) => {
                self.replica.snapshot(piece)?;
            }
            Told::Event(event) => {
                if self.replica.event(event)? {
                    self.told.push_back(kind);
                }
                return Ok(None);
            }
            Told::Reset(_) => {
                self.replica.reset();
                self.told.push_back(kind);
                return Ok(None);
            }
            Told::Ack(ack) => {
                let counter = ack.counter;
                let outcome = match ack.refused.clone() {
                    Some(error) => Err(Refused::new(counter, error)),
                    None => Ok(Acked { counter, stored: ack.stored }),
                };
                self.outcomes.insert(counter, outcome);
            }
            // An error about a command is its answer.
            Told::Error(error) if (1..=self.counter).contains(&error.counter) => {
                self.outcomes.insert(error.counter, Err(Refused::new(error.counter, error.clone())));
            }
            Told::Error(_) => {
                self.told.push_back(kind);
                return Ok(None);
            }
            Told::Stored(stored) => self.stored = self.stored.max(stored.counter),
            Told::Heartbeat(heartbeat) => {
                if let Some(position) = heartbeat.position {
                    self.replica.heartbeat(position);
                }
            }
            Told::Resumed(_) => {}
            Told::Drain(_) => self.drain = true,
        }
        Ok(Some(kind))
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> ClientError {
    ClientError::Unreadable(error.to_string())
}
