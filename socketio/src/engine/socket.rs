//! One session, driven by one task: [`Socket::wait`] waits and may be dropped, [`Socket::handle`] does what has to be
//! done then, and everything that goes out goes through [`Socket::send`].

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, Sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message as WsMessage, Utf8Bytes};

use super::frame::{self, Frame, Message, Packet};
use super::polling::{Incoming, Polling};
use super::server::{Engine, Upgraded, WebSocket};

/// How often a client that is about to change to its WebSocket has its poll ended: it may begin another one meanwhile.
const RELEASE_INTERVAL: Duration = Duration::from_millis(100);

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The client closed it.
    ByClient {
        /// The code of its close frame, if there was one with a code.
        code: Option<u16>,
    },
    /// The client did not answer in time.
    PingTimeout,
    /// The connection broke, or a poll was given up.
    Lost,
    /// The client broke the protocol.
    Protocol,
    /// A message was too large.
    TooLarge,
}

impl From<tungstenite::Error> for Closed {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::Capacity(_) => Self::TooLarge,
            Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => Self::Lost,
            Error::Utf8(_) | Error::Protocol(_) => Self::Protocol,
            _ => Self::Lost,
        }
    }
}

type FromWebSocket = Option<Result<WsMessage, tungstenite::Error>>;

/// What woke the task of a socket; for [`Socket::handle`].
#[derive(Debug)]
pub struct Woken(Wake);

#[derive(Debug)]
enum Wake {
    Message(Message),
    Incoming(Incoming),
    Closed(Closed),
    Frame(FromWebSocket),
    Probe(FromWebSocket),
    Upgraded(Box<Upgraded>),
    Timer,
}

/// The polling side of a session, until a WebSocket has taken over.
struct Polled {
    shared: Arc<Polling>,
    incoming: mpsc::Receiver<Incoming>,
    upgrades: mpsc::Receiver<Box<Upgraded>>,
    /// A WebSocket that is about to take over, and until when it may.
    probe: Option<(Box<Upgraded>, Instant)>,
    /// When its poll is to end next.
    release: Option<Instant>,
}

enum Transport {
    Polling(Box<Polled>),
    WebSocket(Box<Upgraded>),
}

/// One session.
pub struct Socket {
    engine: Arc<Engine>,
    sid: Box<str>,
    transport: Transport,
    /// Came by POST and was not read before the WebSocket took over.
    backlog: VecDeque<Message>,
    ping: Instant,
    pong: Option<Instant>,
    /// Whether the last wait looked at what the client sends.
    reads: bool,
    timer: Pin<Box<Sleep>>,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("polls", &self.polls()).finish_non_exhaustive()
    }
}

impl Socket {
    pub(super) fn polling(
        engine: Arc<Engine>,
        sid: Box<str>,
        shared: Arc<Polling>,
        incoming: mpsc::Receiver<Incoming>,
        upgrades: mpsc::Receiver<Box<Upgraded>>,
    ) -> Self {
        let polled = Polled { shared, incoming, upgrades, probe: None, release: None };
        Self::new(engine, sid, Transport::Polling(Box::new(polled)))
    }

    pub(super) fn web_socket(engine: Arc<Engine>, sid: Box<str>, upgraded: Box<Upgraded>) -> Self {
        Self::new(engine, sid, Transport::WebSocket(upgraded))
    }

    fn new(engine: Arc<Engine>, sid: Box<str>, transport: Transport) -> Self {
        let ping = Instant::now() + engine.config().ping_interval;
        let timer = Box::pin(sleep_until(ping));
        Self { engine, sid, transport, backlog: VecDeque::new(), ping, pong: None, reads: true, timer }
    }

    /// Whether it goes over HTTP polling as yet.
    #[must_use]
    pub fn polls(&self) -> bool {
        matches!(self.transport, Transport::Polling(_))
    }

    /// Waits until something is to be done. Without `read` nothing of the client's is taken, only signs of life are
    /// asked for. May be dropped at any time.
    pub async fn wait(&mut self, read: bool) -> Woken {
        self.reads = read;
        if read && let Some(message) = self.backlog.pop_front() {
            return Woken(Wake::Message(message));
        }
        self.arm();
        let timer = self.timer.as_mut();
        Woken(match &mut self.transport {
            Transport::Polling(polled) => {
                let Polled { shared, incoming, upgrades, probe, .. } = &mut **polled;
                let probing = probe.is_some();
                tokio::select! {
                    biased;
                    Some(incoming) = incoming.recv(), if read => Wake::Incoming(incoming),
                    why = shared.closed() => Wake::Closed(why),
                    frame = next_of(probe.as_mut()) => Wake::Probe(frame),
                    Some(upgraded) = upgrades.recv(), if !probing => Wake::Upgraded(upgraded),
                    () = timer => Wake::Timer,
                }
            }
            Transport::WebSocket(upgraded) => tokio::select! {
                frame = upgraded.web_socket.next(), if read => Wake::Frame(frame),
                () = timer => Wake::Timer,
            },
        })
    }

    /// Does what has to be done; gives a message if there is one. Not to be dropped half done.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn handle(&mut self, woken: Woken) -> Result<Option<Message>, Closed> {
        match woken.0 {
            Wake::Message(message) => return Ok(Some(message)),
            Wake::Incoming(incoming) => {
                self.alive();
                if let Incoming::Message(message) = incoming {
                    return Ok(Some(message));
                }
            }
            Wake::Closed(why) => return Err(why),
            Wake::Frame(frame) => return self.frame(frame),
            Wake::Probe(frame) => self.probe(frame).await?,
            Wake::Upgraded(upgraded) => {
                if let Transport::Polling(polled) = &mut self.transport {
                    polled.probe = Some((upgraded, Instant::now() + self.engine.config().upgrade_timeout));
                }
            }
            Wake::Timer => self.tick().await?,
        }
        Ok(None)
    }

    /// Sends a frame: into the WebSocket's buffer, or into what the next poll gets; waits while that is full.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn send(&mut self, frame: Frame) -> Result<(), Closed> {
        match &mut self.transport {
            Transport::WebSocket(upgraded) => Ok(upgraded.web_socket.feed(to_web_socket(frame)).await?),
            Transport::Polling(polled) => {
                polled.shared.below(self.engine.config().poll_buffer_bytes_max).await;
                polled.shared.push(frame);
                Ok(())
            }
        }
    }

    /// Writes what [`Self::send`] has buffered.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn flush(&mut self) -> Result<(), Closed> {
        if let Transport::WebSocket(upgraded) = &mut self.transport {
            upgraded.web_socket.flush().await?;
        }
        Ok(())
    }

    /// Ends the session in order, within [`Config::close_timeout`](super::Config::close_timeout). A WebSocket is
    /// closed with this code and reason, of at most 123 bytes; a client that polls gets a close packet.
    pub async fn close(mut self, code: u16, reason: &str) {
        let limit = self.engine.config().close_timeout;
        let closing = async {
            match &mut self.transport {
                Transport::WebSocket(upgraded) => close_web_socket(upgraded, code, reason).await,
                Transport::Polling(polled) => {
                    polled.shared.push(Frame::CLOSE);
                    polled.shared.close(Closed::Lost);
                    polled.shared.emptied().await;
                }
            }
        };
        let _ = timeout(limit, closing).await;
    }

    fn frame(&mut self, frame: FromWebSocket) -> Result<Option<Message>, Closed> {
        self.alive();
        match frame.ok_or(Closed::Lost)?? {
            WsMessage::Text(text) => match frame::parse(text.as_str()) {
                Ok(Packet::Message(message)) => Ok(Some(message)),
                Ok(Packet::Pong | Packet::Other | Packet::Upgrade) => Ok(None),
                Ok(Packet::Close) => Err(Closed::ByClient { code: None }),
                // Only the server asks for signs of life, once the session stands.
                Ok(Packet::Probe) | Err(_) => Err(Closed::Protocol),
            },
            // Copied: a slice of the read buffer would keep that alive whole.
            WsMessage::Binary(bytes) => Ok(Some(Message::Binary(Bytes::copy_from_slice(&bytes)))),
            WsMessage::Close(close) => {
                let code = close.map(|close| u16::from(close.code));
                // 1005 says that there was none.
                Err(Closed::ByClient { code: code.filter(|code| *code != 1005) })
            }
            WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_) => Ok(None),
        }
    }

    /// The WebSocket that is about to take over says something. A fault of it is its end alone: polling goes on.
    async fn probe(&mut self, frame: FromWebSocket) -> Result<(), Closed> {
        let Transport::Polling(polled) = &mut self.transport else { return Ok(()) };
        let Some((upgraded, _)) = &mut polled.probe else { return Ok(()) };
        let packet = match &frame {
            Some(Ok(WsMessage::Text(text))) => frame::parse(text.as_str()).ok(),
            Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_))) => return Ok(()),
            _ => None,
        };
        match packet {
            Some(Packet::Probe) => {
                let pong = WsMessage::Text(Utf8Bytes::from_static("3probe"));
                if upgraded.web_socket.send(pong).await.is_err() {
                    (polled.probe, polled.release) = (None, None);
                    return Ok(());
                }
                polled.shared.release();
                polled.release = Some(Instant::now() + RELEASE_INTERVAL);
                Ok(())
            }
            Some(Packet::Upgrade) if polled.release.is_some() => self.take_over().await,
            _ => {
                if let Some((mut upgraded, _)) = polled.probe.take() {
                    let closing = close_web_socket(&mut upgraded, 1002, "This is no upgrade of a session.");
                    let _ = timeout(self.engine.config().close_timeout, closing).await;
                }
                polled.release = None;
                Ok(())
            }
        }
    }

    async fn take_over(&mut self) -> Result<(), Closed> {
        let Transport::Polling(polled) = &mut self.transport else { return Ok(()) };
        let Some((upgraded, _)) = polled.probe.take() else { return Ok(()) };
        let unpolled = polled.shared.upgraded();
        self.engine.upgraded(&self.sid);
        // Its POSTs were answered before the client said so: what they brought is here.
        while let Ok(incoming) = polled.incoming.try_recv() {
            if let Incoming::Message(message) = incoming {
                self.backlog.push_back(message);
            }
        }
        self.transport = Transport::WebSocket(upgraded);
        self.alive();
        for frame in unpolled {
            self.send(frame).await?;
        }
        self.flush().await
    }

    /// A sign of life.
    fn alive(&mut self) {
        if self.pong.take().is_some() {
            self.ping = Instant::now() + self.engine.config().ping_interval;
        }
    }

    async fn tick(&mut self) -> Result<(), Closed> {
        let now = Instant::now();
        let config = self.engine.config();
        let (ping_interval, ping_timeout) = (config.ping_interval, config.ping_timeout);
        if let Transport::Polling(polled) = &mut self.transport {
            if polled.probe.as_ref().is_some_and(|(_, until)| *until <= now) {
                (polled.probe, polled.release) = (None, None);
            }
            if polled.release.is_some_and(|at| at <= now) {
                polled.shared.release();
                polled.release = Some(now + RELEASE_INTERVAL);
            }
        }
        if self.pong.is_some_and(|pong| pong <= now) {
            if self.reads {
                return Err(Closed::PingTimeout);
            }
            // We did not look: the client gets its time once we do.
            self.pong = Some(now + ping_timeout);
        }
        if self.pong.is_none() && self.ping <= now {
            self.ping = now + ping_interval;
            self.pong = Some(now + ping_timeout);
            self.send(Frame::PING).await?;
            self.flush().await?;
        }
        Ok(())
    }

    /// Sets the timer to what is due next.
    fn arm(&mut self) {
        let mut due = self.pong.unwrap_or(self.ping);
        if let Transport::Polling(polled) = &self.transport {
            let probe = polled.probe.as_ref().map(|(_, until)| *until);
            due = [probe, polled.release].into_iter().flatten().fold(due, Instant::min);
        }
        if self.timer.deadline() > due || self.timer.is_elapsed() {
            self.timer.as_mut().reset(due);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Transport::Polling(polled) = &self.transport {
            polled.shared.close(Closed::Lost);
        }
        self.engine.forget(&self.sid);
    }
}

/// The next frame of a WebSocket that is about to take over.
async fn next_of(probe: Option<&mut (Box<Upgraded>, Instant)>) -> FromWebSocket {
    match probe {
        Some((upgraded, _)) => upgraded.web_socket.next().await,
        None => std::future::pending().await,
    }
}

fn to_web_socket(frame: Frame) -> WsMessage {
    match frame {
        Frame::Text(text) => WsMessage::Text(text),
        Frame::Binary(bytes) => WsMessage::Binary(bytes),
    }
}

/// Closes a WebSocket in order.
pub(super) async fn close_web_socket(upgraded: &mut Upgraded, code: u16, reason: &str) {
    let web_socket: &mut WebSocket = &mut upgraded.web_socket;
    let closing = async {
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        web_socket.feed(WsMessage::Close(Some(frame))).await?;
        web_socket.flush().await?;
        // Read on, past tungstenite: a socket that is closed with unread bytes sends a reset, which may overtake the
        // close frame.
        let io = web_socket.get_mut();
        io.shutdown().await?;
        let mut scratch = [0; 512];
        while io.read(&mut scratch).await? > 0 {}
        Ok::<_, tungstenite::Error>(())
    };
    let _ = closing.await;
}
