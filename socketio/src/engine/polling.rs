//! What a session that polls shares with its HTTP requests: they come one by one, from wherever, and its socket is
//! driven by one task.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

use super::frame::{self, Frame, Message, Packet};
use super::server::Upgraded;
use super::socket::Closed;

/// Messages that wait for the task of the socket; a POST waits for room beyond it.
const INCOMING: usize = 64;

/// How far the session is, for its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Polling,
    /// A WebSocket took over.
    Upgraded,
    Closed(Closed),
}

#[derive(Debug)]
struct State {
    buffer: VecDeque<Frame>,
    bytes: usize,
    phase: Phase,
    /// A GET waits.
    polled: bool,
    /// A POST is being taken.
    posting: bool,
    /// The GET that waits is to end, with nothing: a WebSocket is about to take over.
    noop: bool,
}

/// What the socket's task has of the requests.
#[derive(Debug)]
pub(super) enum Incoming {
    Message(Message),
    Pong,
}

#[derive(Debug)]
pub(super) struct Polling {
    state: Mutex<State>,
    /// The GET that waits has something to say.
    ready: Notify,
    /// The buffer was taken.
    taken: Notify,
    /// The session was closed by a request.
    closed: Notify,
    incoming: mpsc::Sender<Incoming>,
    upgrades: mpsc::Sender<Box<Upgraded>>,
}

/// Why a request is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no such session any more.
    Gone,
    /// The session is served elsewhere, or the request breaks the protocol, which ends the session.
    Bad,
}

/// Ends the session if a GET is given up before it was answered: nobody knows what its client got.
struct Poll<'a> {
    polling: &'a Polling,
    answered: bool,
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        self.polling.state.lock().polled = false;
        if !self.answered {
            self.polling.close(Closed::Lost);
        }
    }
}

struct Post<'a>(&'a Polling);

impl Drop for Post<'_> {
    fn drop(&mut self) {
        self.0.state.lock().posting = false;
    }
}

impl Polling {
    pub(super) fn new() -> (Self, mpsc::Receiver<Incoming>, mpsc::Receiver<Box<Upgraded>>) {
        let (sender, incoming) = mpsc::channel(INCOMING);
        let (upgrader, upgrades) = mpsc::channel(1);
        let state = State {
            buffer: VecDeque::new(),
            bytes: 0,
            phase: Phase::Polling,
            polled: false,
            posting: false,
            noop: false,
        };
        let polling = Self {
            state: Mutex::new(state),
            ready: Notify::new(),
            taken: Notify::new(),
            closed: Notify::new(),
            incoming: sender,
            upgrades: upgrader,
        };
        (polling, incoming, upgrades)
    }

    /// Answers a GET: waits for something to tell, and gives the payload.
    pub(super) async fn poll(&self, bytes_max: usize) -> Result<String, Refused> {
        let twice = {
            let mut state = self.state.lock();
            match state.phase {
                Phase::Polling => {}
                Phase::Closed(_) if !state.buffer.is_empty() => {}
                Phase::Closed(_) => return Err(Refused::Gone),
                Phase::Upgraded => return Err(Refused::Bad),
            }
            std::mem::replace(&mut state.polled, true)
        };
        if twice {
            self.close(Closed::Protocol);
            return Err(Refused::Bad);
        }
        let mut poll = Poll { polling: self, answered: false };
        loop {
            if let Some(payload) = self.take(bytes_max) {
                poll.answered = true;
                drop(poll);
                self.taken.notify_one();
                return Ok(payload);
            }
            self.ready.notified().await;
        }
    }

    fn take(&self, bytes_max: usize) -> Option<String> {
        let mut state = self.state.lock();
        if !state.buffer.is_empty() {
            state.noop = false;
            // The end comes in a payload of its own: the client library takes in all of one before it tells any of
            // it, and what it tells when it is closed already it keeps, and tells behind its next connect.
            let apart = state.buffer.len() > 1 && state.buffer.back() == Some(&Frame::CLOSE);
            let close = if apart { state.buffer.pop_back() } else { None };
            let payload = frame::write_payload(&mut state.buffer, bytes_max);
            state.buffer.extend(close);
            state.bytes = state.buffer.iter().map(Frame::len).sum();
            if state.buffer.is_empty() {
                state.buffer = VecDeque::new();
            }
            return Some(payload);
        }
        let phase = state.phase;
        match phase {
            Phase::Polling => std::mem::take(&mut state.noop).then(|| "6".into()),
            // It closed the session itself, by a POST or by going elsewhere.
            Phase::Closed(Closed::ByClient { .. }) | Phase::Upgraded => Some("6".into()),
            Phase::Closed(_) => Some("1".into()),
        }
    }

    /// Takes the body of a POST. Waits while the socket is not read.
    pub(super) async fn post(&self, body: &str) -> Result<(), Refused> {
        {
            let mut state = self.state.lock();
            match state.phase {
                Phase::Polling => {}
                Phase::Closed(_) => return Err(Refused::Gone),
                Phase::Upgraded => return Err(Refused::Bad),
            }
            if std::mem::replace(&mut state.posting, true) {
                drop(state);
                self.close(Closed::Protocol);
                return Err(Refused::Bad);
            }
        }
        let _post = Post(self);
        for packet in frame::read_payload(body) {
            let incoming = match packet {
                Ok(Packet::Message(message)) => Incoming::Message(message),
                Ok(Packet::Pong) => Incoming::Pong,
                Ok(Packet::Close) => {
                    self.close(Closed::ByClient { code: None });
                    return Ok(());
                }
                Ok(Packet::Other | Packet::Upgrade) => continue,
                Ok(Packet::Probe) | Err(_) => {
                    self.close(Closed::Protocol);
                    return Err(Refused::Bad);
                }
            };
            self.incoming.send(incoming).await.map_err(|_| Refused::Gone)?;
        }
        Ok(())
    }

    /// Whether a WebSocket may still take over.
    pub(super) fn may_upgrade(&self) -> bool {
        self.state.lock().phase == Phase::Polling
    }

    /// Offers a WebSocket to the session; gives it back if another one is at it.
    pub(super) fn offer(&self, upgraded: Box<Upgraded>) -> Result<(), Box<Upgraded>> {
        self.upgrades.try_send(upgraded).map_err(|error| match error {
            mpsc::error::TrySendError::Full(upgraded) | mpsc::error::TrySendError::Closed(upgraded) => {
                upgraded
            }
        })
    }

    /// Puts a frame into the buffer.
    pub(super) fn push(&self, frame: Frame) {
        {
            let mut state = self.state.lock();
            state.bytes += frame.len();
            state.buffer.push_back(frame);
        }
        self.ready.notify_one();
    }

    /// Waits until less than `bytes` wait in the buffer. May be dropped at any time.
    pub(super) async fn below(&self, bytes: usize) {
        loop {
            {
                let state = self.state.lock();
                if state.bytes < bytes || state.phase != Phase::Polling {
                    return;
                }
            }
            self.taken.notified().await;
        }
    }

    /// Has the GET that waits end with nothing, so that its client may change to the WebSocket.
    pub(super) fn release(&self) {
        {
            let mut state = self.state.lock();
            if !state.polled {
                return;
            }
            state.noop = true;
        }
        self.ready.notify_one();
    }

    /// A WebSocket took over: gives what was not polled.
    pub(super) fn upgraded(&self) -> VecDeque<Frame> {
        let frames = {
            let mut state = self.state.lock();
            state.phase = Phase::Upgraded;
            state.bytes = 0;
            std::mem::take(&mut state.buffer)
        };
        self.ready.notify_one();
        frames
    }

    /// Ends the session for its requests. The first reason stands.
    pub(super) fn close(&self, why: Closed) {
        {
            let mut state = self.state.lock();
            if state.phase != Phase::Polling {
                return;
            }
            state.phase = Phase::Closed(why);
        }
        self.ready.notify_one();
        self.taken.notify_one();
        self.closed.notify_one();
    }

    /// Waits until a request has closed the session. May be dropped at any time.
    pub(super) async fn closed(&self) -> Closed {
        loop {
            if let Phase::Closed(why) = self.state.lock().phase {
                return why;
            }
            self.closed.notified().await;
        }
    }

    /// Waits until everything was polled.
    pub(super) async fn emptied(&self) {
        while !self.state.lock().buffer.is_empty() {
            self.taken.notified().await;
        }
    }
}

/// The body of a POST, as text.
pub(super) fn text(body: &Bytes) -> Result<&str, Refused> {
    std::str::from_utf8(body).map_err(|_| Refused::Bad)
}
