//! One of the people's connections, whatever it speaks: what is said on it, and what is heard.

mod healing;
mod socketio;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::v1::{self, SignalKind, event};
use tokio::time::Instant;

use crate::client::{Client, ClientError, Encoding, Options};
use crate::plan::{Protocol, Signal, web_socket_url};
pub(crate) use healing::{Healing, Witness};
use socketio::SocketIo;

/// A day: no run lasts longer between two things that somebody hears.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Where to and how.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) protocol: Protocol,
    /// As typed.
    pub(crate) gateways: Vec<String>,
    /// Whether a connection that is lost comes back by itself.
    pub(crate) heals: bool,
    pub(crate) options: Options,
    /// Local addresses to connect from, 127.0.0.1 and so on.
    pub(crate) sources: u8,
}

impl Target {
    /// Options of the `n`th connection.
    fn options(&self, n: usize) -> Options {
        let source = (self.sources > 1).then(|| {
            let last = u8::try_from(n % usize::from(self.sources) + 1).unwrap_or(1);
            IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
        });
        Options { encoding: self.protocol.encoding(), source, ..self.options.clone() }
    }
}

/// Who somebody is: also among all rooms, since a Socket.IO server may know users and no members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) room: String,
    pub(crate) own: String,
}

impl Name {
    /// The `member`th of a room.
    pub(crate) fn of(room: &str, member: usize) -> Self {
        Self { room: room.to_owned(), own: format!("{room}-{member}") }
    }

    /// Which member of its room has this name.
    pub(crate) fn member(own: &str) -> Option<usize> {
        own.rsplit_once('-')?.1.parse().ok()
    }
}

/// What somebody hears of the others of its room. Names are of whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    Signal {
        from: String,
        signal: Signal,
        payload: String,
    },
    Message {
        from: String,
        body: String,
    },
    Joined(String),
    Left(String),
    ShareStarted(String),
    ShareEnded(String),
    /// Something that no plan leads to, or that is nobody's.
    Other,
}

/// A connection.
#[derive(Debug)]
pub(crate) enum Connection {
    Native(Box<Client>),
    SocketIo(Box<SocketIo>),
    Healing(Box<Healing>),
}

impl Connection {
    /// Connects the `n`th of the people, who is `name`, to the `gateway`th gateway; a witness is told when a
    /// connection that heals is lost and back.
    pub(crate) async fn open(
        target: &Target,
        gateway: usize,
        n: usize,
        name: &Name,
        witness: &Arc<Witness>,
    ) -> Result<Self, ClientError> {
        let url = |typed: &String| {
            let url = web_socket_url(typed, target.protocol);
            url.map_err(|why| ClientError::Url { url: typed.clone(), why })
        };
        let gateway = gateway % target.gateways.len();
        if target.heals {
            let urls = target.gateways.iter().map(url).collect::<Result<_, _>>()?;
            let healing = Healing::new(urls, gateway, n, name, target, witness.clone());
            return Ok(Self::Healing(Box::new(healing)));
        }
        let url = url(&target.gateways[gateway])?;
        match target.protocol {
            Protocol::SocketIo => {
                let socket = SocketIo::connect(&url, target.options(n)).await?;
                Ok(Self::SocketIo(Box::new(socket)))
            }
            Protocol::Json | Protocol::Protobuf => {
                let client = Client::connect(&url, target.options(n)).await?;
                Ok(Self::Native(Box::new(client)))
            }
        }
    }

    /// Joins, and waits until it knows who is there.
    pub(crate) async fn join(&mut self, name: &Name) -> Result<(), ClientError> {
        match self {
            Self::Native(client) => client.join(&name.room, &name.own, "").await.map(drop),
            Self::SocketIo(socket) => socket.join(name).await,
            Self::Healing(healing) => healing.wait_until_joined().await,
        }
    }

    pub(crate) async fn signal(
        &mut self,
        to: &str,
        signal: Signal,
        payload: &str,
    ) -> Result<(), ClientError> {
        match self {
            Self::Native(client) => client.signal(to, signal.into(), payload).await.map(drop),
            Self::SocketIo(socket) => socket.signal(to, signal, payload).await,
            Self::Healing(healing) => {
                let signal = v1::Signal {
                    to: to.into(),
                    kind: SignalKind::from(signal).into(),
                    payload: payload.into(),
                };
                healing.send(v1::client_message::Kind::Signal(signal)).await
            }
        }
    }

    pub(crate) async fn message(&mut self, body: &str) -> Result<(), ClientError> {
        match self {
            Self::Native(client) => client.message(&[], body).await.map(drop),
            Self::SocketIo(_) => Err(unknown_here("a message to a room")),
            Self::Healing(healing) => {
                let message = v1::Message { to: vec![], body: body.into() };
                healing.send(v1::client_message::Kind::Message(message)).await
            }
        }
    }

    pub(crate) async fn share(&mut self, is_on: bool) -> Result<(), ClientError> {
        match self {
            Self::Native(client) if is_on => client.start_share("screen", false).await.map(drop),
            Self::Native(client) => client.stop_share().await.map(drop),
            Self::SocketIo(socket) => socket.share(is_on).await,
            Self::Healing(_) => Err(unknown_here("a share on a connection that heals")),
        }
    }

    /// Leaves its room. False: the connection has ended with that.
    pub(crate) async fn leave(&mut self) -> Result<bool, ClientError> {
        match self {
            Self::Native(client) => {
                client.leave().await?;
                client.closed().await?;
                Ok(false)
            }
            Self::SocketIo(socket) => socket.leave().await.map(|()| true),
            Self::Healing(healing) => healing.leave().await.map(|()| false),
        }
    }

    /// What comes next. Cancel safe.
    pub(crate) async fn next(&mut self) -> Result<Heard, ClientError> {
        match self {
            Self::Native(client) => {
                // Whoever waits here waits for nothing: the deadline is for those who do.
                let by = Instant::now() + FOREVER;
                client.next_event_by(by).await.map(heard)
            }
            Self::SocketIo(socket) => socket.next(Instant::now() + FOREVER).await,
            Self::Healing(healing) => healing.next().await.map(heard),
        }
    }

    /// What became of commands since the last call, of those that did not do what they should: one word each.
    pub(crate) fn take_failures(&mut self) -> Vec<String> {
        match self {
            Self::Native(client) => {
                let outcomes = client.take_outcomes().into_values();
                let label = |outcome| match outcome {
                    Ok(crate::client::Acked { stored: true, .. }) => None,
                    Ok(_) => Some("accepted, not stored".to_owned()),
                    Err(refused) => Some(ClientError::Refused(refused).label()),
                };
                outcomes.filter_map(label).collect()
            }
            Self::SocketIo(_) | Self::Healing(_) => Vec::new(),
        }
    }

    /// What came more than once and was dropped by the client itself.
    pub(crate) fn dropped(&self) -> u64 {
        match self {
            Self::Native(client) => client.dropped().events + client.dropped().signals,
            Self::SocketIo(_) | Self::Healing(_) => 0,
        }
    }
}

fn unknown_here(what: &str) -> ClientError {
    ClientError::Unreadable(format!("this protocol has no word for {what}"))
}

impl Protocol {
    fn encoding(self) -> Encoding {
        match self {
            Self::Protobuf => Encoding::Protobuf,
            Self::Json | Self::SocketIo => Encoding::Json,
        }
    }
}

impl From<Signal> for SignalKind {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Offer => Self::Offer,
            Signal::Answer => Self::Answer,
            Signal::Candidate => Self::Candidate,
        }
    }
}

fn heard(event: v1::Event) -> Heard {
    use event::Event as Kind;
    let from = || event.from.as_ref().map(|from| from.participant_id.clone()).unwrap_or_default();
    match event.event {
        Some(Kind::SignalReceived(received)) => {
            let signal = match received.kind() {
                SignalKind::Offer => Signal::Offer,
                SignalKind::Answer => Signal::Answer,
                SignalKind::Candidate => Signal::Candidate,
                SignalKind::Unspecified => return Heard::Other,
            };
            Heard::Signal { from: from(), signal, payload: received.payload }
        }
        Some(Kind::MessageReceived(received)) => Heard::Message { from: from(), body: received.body },
        Some(Kind::ParticipantJoined(joined)) => {
            Heard::Joined(joined.participant.map(|one| one.participant_id).unwrap_or_default())
        }
        Some(Kind::ParticipantLeft(left)) => Heard::Left(left.participant_id),
        Some(Kind::ShareStarted(started)) => Heard::ShareStarted(started.participant_id),
        Some(Kind::ShareEnded(ended)) => Heard::ShareEnded(ended.participant_id),
        _ => Heard::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_known_by_its_name() {
        let name = Name::of("loadtest-00ab-17", 3);
        assert_eq!((name.own.as_str(), Name::member(&name.own)), ("loadtest-00ab-17-3", Some(3)));
        assert_eq!(Name::member("somebody"), None);
    }
}
