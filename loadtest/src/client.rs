//! One participant: a WebSocket to a gateway, with the room's events in order, once each.
//!
//! A client is owned by one task and has none of its own. Its methods read the socket while they wait and keep what
//! is not theirs for the method that it is for: an acknowledgement for [`Client::ack`], an event for
//! [`Client::next_event`]. So nothing is read, not even a ping, while no method runs; to hold a connection open,
//! keep calling [`Client::next_event`]. Every wait has the deadline of [`Options`]. Reading is cancel safe.

mod commands;
mod connect;
mod error;
mod io;
mod replica;
mod resume;
mod socket;
mod tls;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use switchboard_proto::v1;
use switchboard_proto::v1::client_message::Kind as Ask;
use switchboard_proto::v1::server_message::Kind as Told;
use switchboard_proto::{SUBPROTOCOL_JSON, SUBPROTOCOL_PROTOBUF};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub(crate) use connect::{dial_url, open};
pub use error::{ClientError, Refused};
pub use io::{Io, Stream};
pub use replica::Dropped;
pub(crate) use replica::Replica;
pub(crate) use socket::Seen;
pub use tls::Trust;

/// The longest wait unless [`Options::deadline`] says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(10);
/// Messages that wait to be taken. A client that is only read for one kind finds out here, not in memory.
pub const QUEUE_MAX: usize = 65_536;
/// The close code that stands for an end without a close frame (RFC 6455, 7.1.5).
pub const CLOSED_ABNORMALLY: u16 = 1006;

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Text frames with proto3 JSON.
    #[default]
    Json,
    /// Binary frames with protobuf.
    Protobuf,
}

impl Encoding {
    /// Its WebSocket subprotocol.
    #[must_use]
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => SUBPROTOCOL_JSON,
            Self::Protobuf => SUBPROTOCOL_PROTOBUF,
        }
    }
}

/// How to connect. `Options::default()` is a well-behaved browser with JSON.
#[derive(Debug, Clone)]
pub struct Options {
    /// How messages are written.
    pub encoding: Encoding,
    /// The longest wait of each method.
    pub deadline: Duration,
    /// The local address to connect from: a machine has some 28,000 ports an address.
    pub source: Option<IpAddr>,
    /// The `Sec-WebSocket-Protocol` header in place of the encoding's own; empty: none.
    pub subprotocols: Option<String>,
    /// More headers of the upgrade, such as `Origin`.
    pub headers: Vec<(String, String)>,
    /// The access token, where the gateway wants one.
    pub token: Option<String>,
    /// The kernel's receive buffer: a small one makes a client that doesn't read felt early.
    pub receive_buffer_bytes: Option<u32>,
    /// Whose certificate is taken at `wss://`; none: nobody's.
    pub trust: Option<Trust>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            deadline: DEADLINE,
            source: None,
            subprotocols: None,
            headers: Vec::new(),
            token: None,
            receive_buffer_bytes: None,
            trust: None,
        }
    }
}

impl From<Encoding> for Options {
    fn from(encoding: Encoding) -> Self {
        Self { encoding, ..Self::default() }
    }
}

/// What became of a command that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acked {
    /// The command.
    pub counter: u64,
    /// Whether the store has it.
    pub stored: bool,
}

/// One participant's connection. See the module for how it reads.
#[derive(Debug)]
pub struct Client {
    socket: WebSocketStream<Io>,
    encoding: Encoding,
    deadline: Duration,
    counter: u64,
    /// Commands that the store has: all up to here.
    stored: u64,
    welcome: Option<v1::Welcome>,
    replica: Replica,
    /// Events, and what stands among them: resets, errors. In order.
    told: VecDeque<Told>,
    outcomes: BTreeMap<u64, Result<Acked, Refused>>,
    closed: Option<(u16, String)>,
    drain: bool,
    token: String,
}

impl Client {
    /// Opens a WebSocket to the gateway at `url`, as in `ws://127.0.0.1:8080/ws`, or `wss://` with
    /// [`Options::trust`]. It has not joined yet.
    ///
    /// # Errors
    /// When the URL is none, nobody listens there, or the gateway refuses the upgrade.
    pub async fn connect(url: &str, options: impl Into<Options>) -> Result<Self, ClientError> {
        let options = options.into();
        let opening = async {
            let stream = connect::dial_url(url, &options).await?;
            connect::open(stream, url, &options).await
        };
        let opened = tokio::time::timeout(options.deadline, opening).await;
        let socket = opened.map_err(|_| timed_out("the WebSocket", options.deadline))??;
        Ok(Self::on(socket, &options))
    }

    /// Opens a WebSocket over a connection that is there already. `url` says what the gateway is asked for, as in
    /// `ws://gateway:8080/ws`; nothing is looked up.
    ///
    /// # Errors
    /// When the URL is none, or the gateway refuses the upgrade.
    pub async fn over(
        io: impl Into<Io>,
        url: &str,
        options: impl Into<Options>,
    ) -> Result<Self, ClientError> {
        let options = options.into();
        let opened = tokio::time::timeout(options.deadline, connect::open(io.into(), url, &options)).await;
        let socket = opened.map_err(|_| timed_out("the WebSocket", options.deadline))??;
        Ok(Self::on(socket, &options))
    }

    fn on(socket: WebSocketStream<Io>, options: &Options) -> Self {
        Self {
            socket,
            encoding: options.encoding,
            deadline: options.deadline,
            counter: 0,
            stored: 0,
            welcome: None,
            replica: Replica::default(),
            told: VecDeque::new(),
            outcomes: BTreeMap::new(),
            closed: None,
            drain: false,
            token: options.token.clone().unwrap_or_default(),
        }
    }

    /// Joins, and waits for the welcome and the whole snapshot.
    ///
    /// # Errors
    /// `Server` when the gateway or the room refuses, `Closed` when the connection ends.
    pub async fn join(
        &mut self,
        room_id: &str,
        participant_id: &str,
        metadata: &str,
    ) -> Result<v1::Welcome, ClientError> {
        let join = v1::Join {
            room_id: room_id.into(),
            participant_id: participant_id.into(),
            metadata: metadata.into(),
            token: self.token.clone(),
        };
        self.send(&v1::ClientMessage { kind: Some(Ask::Join(join)), ..Default::default() }).await?;
        self.wait_for_snapshot().await?;
        self.welcome.clone().ok_or_else(|| ClientError::Unreadable("a snapshot without a welcome".into()))
    }

    /// Waits for a whole snapshot: after a join, or after a reset.
    ///
    /// # Errors
    /// As [`Self::join`].
    pub async fn wait_for_snapshot(&mut self) -> Result<(), ClientError> {
        let by = Instant::now() + self.deadline;
        while self.replica.position.is_none() {
            if let Some(error) = self.take_error() {
                return Err(error);
            }
            self.read(by, "the snapshot").await?;
        }
        Ok(())
    }

    /// Waits until the command is answered.
    ///
    /// # Errors
    /// `Refused` when it was refused.
    pub async fn ack(&mut self, counter: u64) -> Result<Acked, ClientError> {
        if counter == 0 || counter > self.counter {
            return Err(ClientError::UnknownCounter(counter));
        }
        let by = Instant::now() + self.deadline;
        loop {
            if let Some(outcome) = self.outcomes.remove(&counter) {
                return outcome.map_err(ClientError::Refused);
            }
            if let Some(error) = self.take_error() {
                return Err(error);
            }
            self.read(by, "the acknowledgement").await?;
        }
    }

    /// The answers that came and that nobody waited for. Who sends without [`Self::ack`] takes them here.
    pub fn take_outcomes(&mut self) -> BTreeMap<u64, Result<Acked, Refused>> {
        std::mem::take(&mut self.outcomes)
    }

    /// The next event of the room, in order and checked.
    ///
    /// # Errors
    /// `OutOfOrder` when something is missing, `Reset` when the room says so itself, `Server` for an error that is
    /// about no command.
    pub async fn next_event(&mut self) -> Result<v1::Event, ClientError> {
        self.next_event_by(Instant::now() + self.deadline).await
    }

    /// The next event, waited for until `by`.
    ///
    /// # Errors
    /// As [`Self::next_event`].
    pub async fn next_event_by(&mut self, by: Instant) -> Result<v1::Event, ClientError> {
        loop {
            match self.told.pop_front() {
                Some(Told::Event(event)) => return Ok(event),
                Some(Told::Error(error)) => return Err(ClientError::Server(Box::new(error))),
                Some(Told::Reset(reset)) => return Err(ClientError::Reset(reset.reason())),
                Some(_) => {}
                None => {
                    self.read(by, "an event").await?;
                }
            }
        }
    }

    /// The next message, whatever it is, as it came: for tests of the protocol itself. It is applied as always.
    /// Events, resets and errors that were put aside while another method waited come first.
    ///
    /// # Errors
    /// As [`Self::next_event`], but an error that the gateway tells is a message here.
    pub async fn next_message(&mut self) -> Result<v1::ServerMessage, ClientError> {
        let by = Instant::now() + self.deadline;
        let kind = loop {
            if let Some(kind) = self.told.pop_front() {
                break kind;
            }
            let Some(kind) = self.read(by, "a message").await? else { continue };
            // Answers to commands were put aside as well; this one is taken now.
            match &kind {
                Told::Ack(ack) => drop(self.outcomes.remove(&ack.counter)),
                Told::Error(error) => drop(self.outcomes.remove(&error.counter)),
                _ => {}
            }
            break kind;
        };
        Ok(v1::ServerMessage { kind: Some(kind) })
    }

    /// Reads until the connection ends and tells how: the close code and its text. What comes before is dropped.
    ///
    /// # Errors
    /// `Timeout` when it does not end.
    pub async fn closed(&mut self) -> Result<(u16, String), ClientError> {
        let by = Instant::now() + self.deadline;
        loop {
            match self.read(by, "the end of the connection").await {
                Err(ClientError::Closed { code, reason }) => return Ok((code, reason)),
                Err(error @ ClientError::Timeout { .. }) => return Err(error),
                Ok(_) | Err(_) => {}
            }
            self.told.clear();
            self.outcomes.clear();
        }
    }

    /// Closes with a code of one's own, and waits for the other side.
    ///
    /// # Errors
    /// `Timeout` when the other side does not close.
    pub async fn close(&mut self, code: u16, reason: &str) -> Result<(), ClientError> {
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        // That the connection has ended already is what was wanted.
        drop(tokio::time::timeout(self.deadline, self.socket.close(Some(frame))).await);
        self.closed().await.map(|_| ())
    }

    /// Breaks the TCP connection off with a reset, as a crash or a lost network does.
    pub fn abort(self) {
        self.socket.get_ref().abort();
    }

    /// What the join was answered.
    #[must_use]
    pub fn welcome(&self) -> Option<&v1::Welcome> {
        self.welcome.as_ref()
    }

    /// The session, once joined.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.welcome.as_ref().map(|welcome| welcome.session_id.as_str())
    }

    /// The room as last told.
    #[must_use]
    pub fn room(&self) -> Option<&v1::Room> {
        self.replica.room.as_ref()
    }

    /// Who is in the room: the snapshot and all events since, also those that [`Self::next_event`] has yet to give.
    #[must_use]
    pub fn participants(&self) -> &BTreeMap<String, v1::Participant> {
        &self.replica.participants
    }

    /// The last position told; none before the first snapshot and after a reset.
    #[must_use]
    pub fn position(&self) -> Option<v1::Position> {
        self.replica.position
    }

    /// What came more than once.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.replica.dropped
    }

    /// The newest counter up to which the gateway said that everything is stored by now.
    #[must_use]
    pub fn stored_up_to(&self) -> u64 {
        self.stored
    }

    /// Whether the gateway has said that it is about to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.drain
    }

    /// Changes the longest wait.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// The first error among what was put aside.
    fn take_error(&mut self) -> Option<ClientError> {
        let at = self.told.iter().position(|told| matches!(told, Told::Error(_)))?;
        match self.told.remove(at)? {
            Told::Error(error) => Some(ClientError::Server(Box::new(error))),
            _ => None,
        }
    }
}

fn timed_out(what: &'static str, after: Duration) -> ClientError {
    ClientError::Timeout { what, after }
}
