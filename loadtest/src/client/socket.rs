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

/// A message as it came, applied already.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What.
    pub(crate) kind: Told,
    /// False for an event that was there before and is to be dropped.
    pub(crate) is_new: bool,
}

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

    /// Reads one message and applies it. None: it waits in `told`, or was dropped. Cancel safe, as
    /// [`Self::next_seen`].
    pub(super) async fn read(
        &mut self,
        by: Instant,
        what: &'static str,
    ) -> Result<Option<Told>, ClientError> {
        let Seen { kind, is_new } = self.next_seen(by, what).await?;
        let kept = self.keep(kind, is_new);
        if self.told.len() + self.outcomes.len() > QUEUE_MAX {
            return Err(ClientError::QueueFull(QUEUE_MAX));
        }
        Ok(kept)
    }

    /// Reads one message and applies it, past all queues. Cancel safe: nothing is awaited after the socket gave a
    /// frame, but for the answer to a close.
    pub(crate) async fn next_seen(&mut self, by: Instant, what: &'static str) -> Result<Seen, ClientError> {
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
            return self.apply(message);
        }
    }

    pub(super) fn end(&mut self, code: u16, reason: String) -> ClientError {
        self.closed = Some((code, reason.clone()));
        ClientError::Closed { code, reason }
    }

    fn apply(&mut self, message: v1::ServerMessage) -> Result<Seen, ClientError> {
        let kind = message.kind.ok_or_else(|| ClientError::Unreadable("a message of no kind".into()))?;
        let mut is_new = true;
        match &kind {
            Told::Welcome(welcome) => self.welcome = Some(welcome.clone()),
            Told::Snapshot(piece) => {
                self.replica.snapshot(piece)?;
            }
            Told::Event(event) => is_new = self.replica.event(event)?,
            Told::Reset(_) => self.replica.reset(),
            Told::Stored(stored) => self.stored = self.stored.max(stored.counter),
            Told::Heartbeat(heartbeat) => {
                if let Some(position) = heartbeat.position {
                    self.replica.heartbeat(position);
                }
            }
            Told::Ack(_) | Told::Error(_) | Told::Resumed(_) | Told::Permissions(_) | Told::IceServers(_) => {
            }
            Told::Drain(_) => self.drain = true,
        }
        Ok(Seen { kind, is_new })
    }

    /// Puts aside what is for a method other than the one that reads. None: it was put aside, or was there before.
    fn keep(&mut self, kind: Told, is_new: bool) -> Option<Told> {
        match &kind {
            Told::Event(_) | Told::Reset(_) => {
                if is_new {
                    self.told.push_back(kind);
                }
                return None;
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
                return None;
            }
            _ => {}
        }
        Some(kind)
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> ClientError {
    ClientError::Unreadable(error.to_string())
}
