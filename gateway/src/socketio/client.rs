//! One Socket.IO client, one task. Its session's rules are those of `session`, its way to the room is the link; what is
//! here is the connection: what wakes the task, what a packet is, and that a client may be in no room, in one, and in
//! another one after it. `member` has what happens in a room.

mod member;

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;
use switchboard_auth::Token;
use switchboard_proto::Refusal;
use switchboard_proto::v1::{self, ConnectionCloser, ConnectionEnd, ErrorReason};
use switchboard_socketio::engine::{Closed, Message, Socket, Woken};
use switchboard_socketio::packet::{self, Decoder, Packet, Writer};
use tokio::time::{Duration, Instant, sleep, sleep_until};

use self::member::Member;
use super::events::{self, Asked};
use super::offset;
use crate::close::{self, CloseReason};
use crate::config::RATE_LIMITED_IN_A_ROW_MAX;
use crate::drain::Phase;
use crate::gateway::Shared;
use crate::link::What;
use crate::metrics::{self, Limit, Protocol};
use crate::outbox::Outbox;
use crate::rate::Bucket;
use crate::route::room_in;
use crate::session::{Answer, Input};

/// With nothing to wait for, the timer looks again after this.
const IDLE: Duration = Duration::from_secs(3_600);
/// The longest `pid` that is given back.
const PID_BYTES_MAX: usize = 64;

/// How a connection ends.
#[derive(Debug)]
enum Ended {
    Close(CloseReason),
    Closed(Closed),
    /// What it said is no Socket.IO packet.
    Invalid,
}

impl Ended {
    /// As the room is told.
    fn connection_end(&self) -> ConnectionEnd {
        let (by, code) = match self {
            Self::Close(reason) => return reason.connection_end(),
            Self::Closed(Closed::ByClient { code }) => {
                (ConnectionCloser::Client, code.unwrap_or(close::NO_CODE))
            }
            Self::Closed(Closed::Lost) => (ConnectionCloser::Nobody, close::NO_CLOSE),
            Self::Closed(Closed::Protocol | Closed::PingTimeout | Closed::TooLarge) | Self::Invalid => {
                (ConnectionCloser::Gateway, close::PROTOCOL_ERROR)
            }
        };
        close::connection_end(by, code)
    }
}

impl From<Closed> for Ended {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::PingTimeout => Self::Close(CloseReason::PingTimeout),
            Closed::TooLarge => Self::Close(CloseReason::FrameTooLarge),
            Closed::ByClient { .. } | Closed::Lost | Closed::Protocol => Self::Closed(closed),
        }
    }
}

impl Ended {
    /// As it is counted.
    fn closed(&self) -> metrics::Closed {
        use metrics::Closed as Counted;
        match self {
            Self::Close(reason) => Counted::ByUs(*reason),
            Self::Invalid | Self::Closed(Closed::Protocol) => Counted::Protocol(1002),
            Self::Closed(Closed::ByClient { code }) => Counted::ByPeer(code.unwrap_or(1005)),
            Self::Closed(_) => Counted::Lost,
        }
    }
}

/// What woke the task.
enum Wake {
    Phase(Phase),
    /// So many bytes wait in it.
    Outbox(usize),
    Socket(Woken),
    Handed,
    Timer,
}

struct Client {
    socket: Socket,
    shared: Arc<Shared>,
    decoder: Decoder,
    bucket: Bucket,
    /// Its joins and resumes.
    begins: Bucket,
    /// The Socket.IO id; empty while it is not connected.
    sid: Box<str>,
    pid: Box<str>,
    /// Its address.
    address: Option<IpAddr>,
    /// The access token, from the handshake; checked at each join.
    token: Option<Token>,
    /// When the token of the stay in the room ends.
    token_ends: Option<Instant>,
    /// Tells its joins apart.
    joins: u32,
    member: Option<Box<Member>>,
    /// Until when it has to connect.
    connect_by: Option<Instant>,
    /// In a drain: when it is sent elsewhere.
    notice: Option<Instant>,
    errors_in_a_row: u32,
    rate_limited_in_a_row: u32,
}

/// Serves a session of Engine.IO until it has ended.
pub(super) async fn serve(
    socket: Socket,
    shared: Arc<Shared>,
    address: Option<IpAddr>,
    token: Option<Token>,
) {
    let counted = shared.web_sockets.token();
    let config = &shared.config;
    let now = Instant::now();
    let mut client = Client {
        socket,
        decoder: Decoder::default(),
        bucket: Bucket::new(config.commands_per_second, config.commands_burst, now),
        begins: shared.limits.joins_of_connection(),
        sid: Box::default(),
        pid: Box::default(),
        address,
        token,
        token_ends: None,
        joins: 0,
        member: None,
        connect_by: Some(now + config.join_timeout),
        notice: None,
        errors_in_a_row: 0,
        rate_limited_in_a_row: 0,
        shared: Arc::clone(&shared),
    };
    shared.metrics.sockets_open.get(Protocol::SocketIo).inc();
    shared.metrics.sockets_opened.get(Protocol::SocketIo).inc();
    let Err(ended) = client.run().await;
    // Whoever closes with these codes has gone; a browser does when its page goes.
    let leaving = matches!(ended, Ended::Closed(Closed::ByClient { code: Some(1000 | 1001) }));
    let closed = ended.closed();
    if let metrics::Closed::ByUs(reason) = closed {
        client.count_begin(reason.into());
    }
    shared.metrics.closes.get(closed).inc();
    client.retire(leaving, ended.connection_end()).await;
    Box::pin(client.finish(ended)).await;
    shared.metrics.sockets_open.get(Protocol::SocketIo).dec();
    drop(counted);
}

async fn filled(outbox: Option<&Arc<Outbox>>) -> usize {
    match outbox {
        Some(outbox) => outbox.filled().await,
        None => std::future::pending().await,
    }
}

async fn overflowed(outbox: Option<&Arc<Outbox>>) {
    match outbox {
        Some(outbox) => outbox.overflowed().await,
        None => std::future::pending().await,
    }
}

/// Text that nobody guesses: 120 random bits.
fn secret() -> Box<str> {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>()).into()
}

impl Client {
    async fn run(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut phase = self.shared.phase.subscribe();
        // The drain may have begun since the handshake.
        phase.mark_changed();
        let write_timeout = self.shared.config.write_timeout;
        let mut armed = self.next();
        let timer = sleep_until(armed);
        tokio::pin!(timer);
        loop {
            let next = self.next();
            if next < armed || timer.is_elapsed() {
                armed = next;
                timer.as_mut().reset(next);
            }
            let Self { socket, member, .. } = &mut *self;
            let may_read = member.as_ref().is_none_or(|member| member.may_read());
            let outbox = member.as_ref().map(|member| Arc::clone(&member.outbox));
            let (route, mut waiting) = match member.as_deref_mut() {
                Some(Member { route, waiting, .. }) => (route.as_ref(), Some(waiting)),
                None => (None, None),
            };
            let waits = waiting.as_ref().is_some_and(|waiting| waiting.is_some());
            let wake = tokio::select! {
                Ok(()) = phase.changed() => Wake::Phase(*phase.borrow_and_update()),
                depth = filled(outbox.as_ref()) => Wake::Outbox(depth),
                woken = socket.wait(may_read) => Wake::Socket(woken),
                Some(permit) = room_in(route), if waits => {
                    if let Some((input, _)) = waiting.as_mut().and_then(|waiting| waiting.take()) {
                        permit.send(input);
                    }
                    Wake::Handed
                }
                () = &mut timer => Wake::Timer,
            };
            tokio::select! {
                biased;
                // Boxed, as in `connection`: an idle socket's task stays small.
                done = Box::pin(self.on(wake)) => done,
                () = overflowed(outbox.as_ref()) => Err(Ended::Close(CloseReason::SlowReader)),
                () = sleep(write_timeout) => Err(Ended::Close(CloseReason::WriteTimeout)),
            }?;
        }
    }

    /// When something is due.
    fn next(&self) -> Instant {
        let member = self.member.as_ref();
        let waiting = member.and_then(|member| member.waiting.as_ref()).map(|(_, until)| *until);
        let begin = member.and_then(|member| member.begin_by);
        let token = self.token_ends.filter(|_| member.is_some());
        let due = [self.connect_by, self.notice, waiting, begin, token];
        due.into_iter().flatten().fold(Instant::now() + IDLE, Instant::min)
    }

    async fn on(&mut self, wake: Wake) -> Result<(), Ended> {
        match wake {
            Wake::Phase(phase) => self.phase(phase)?,
            Wake::Outbox(depth) => self.drain(depth).await?,
            Wake::Socket(woken) => {
                if let Some(message) = self.socket.handle(woken).await? {
                    self.message(message).await?;
                }
            }
            Wake::Handed => {}
            Wake::Timer => self.tick().await?,
        }
        self.go_on();
        Ok(self.socket.flush().await?)
    }

    fn phase(&mut self, phase: Phase) -> Result<(), Ended> {
        match phase {
            Phase::Serving => Ok(()),
            // Its protocol has no notice: it is closed, and its client comes back elsewhere and goes on.
            Phase::Draining { .. } => {
                self.notice = phase.notice(Instant::now(), rand::random());
                Ok(())
            }
            Phase::Stopping => Err(Ended::Close(CloseReason::Draining)),
        }
    }

    async fn tick(&mut self) -> Result<(), Ended> {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.notice) {
            self.shared.metrics.drain_notices.inc();
            return Err(Ended::Close(CloseReason::Draining));
        }
        if is_due(self.connect_by) {
            return Err(Ended::Close(CloseReason::JoinTimeout));
        }
        let Some(member) = &mut self.member else { return Ok(()) };
        if is_due(self.token_ends) {
            self.token_ends = None;
            let effects = member.session.step(Input::TokenExpired);
            self.carry_out(effects).await?;
        }
        let Some(member) = &mut self.member else { return Ok(()) };
        if is_due(member.begin_by) {
            let effects = member.session.step(Input::JoinTimeout);
            self.carry_out(effects).await?;
        }
        let Some(member) = &mut self.member else { return Ok(()) };
        if is_due(member.waiting.as_ref().map(|(_, until)| *until)) {
            self.shared.metrics.limits_hit.get(Limit::LinkQueue).inc();
            let input = match member.waiting.take().map(|(input, _)| input.what) {
                Some(What::Command(command)) => Input::NotForwarded { counter: command.counter },
                Some(What::Begin(_)) => Input::Answer(Answer::Refused(ErrorReason::Busy)),
                Some(What::GoOn) => {
                    member.goes_on = true;
                    return Ok(());
                }
                Some(What::Gone(_)) | None => return Ok(()),
            };
            let effects = member.session.step(input);
            self.carry_out(effects).await?;
        }
        Ok(())
    }

    async fn message(&mut self, message: Message) -> Result<(), Ended> {
        self.shared.metrics.messages_in.inc();
        let packet = self.decoder.take(message).map_err(|_| Ended::Invalid)?;
        match packet {
            Some(Packet::Connect { namespace, .. }) if &*namespace != "/" => {
                self.socket.send(packet::connect_error(&namespace, "Invalid namespace")).await?;
            }
            Some(Packet::Connect { auth, .. }) if self.sid.is_empty() && self.member.is_none() => {
                self.connect_by = None;
                if let Some(token) = auth.as_deref().and_then(said_token) {
                    self.token = Some(token);
                }
                match auth.as_deref().and_then(recovery) {
                    Some((pid, resume)) => {
                        self.pid = pid;
                        self.resume(resume).await?;
                    }
                    None => self.connect().await?,
                }
            }
            Some(Packet::Disconnect { namespace }) if &*namespace == "/" => {
                // A packet of Socket.IO ends its stay: no code was said.
                let end = close::connection_end(ConnectionCloser::Client, close::NO_CODE);
                self.retire(true, end).await;
                self.sid = Box::default();
                self.connect_by = Some(Instant::now() + self.shared.config.join_timeout);
            }
            Some(Packet::Event { namespace, id, name, args, attachments })
                if &*namespace == "/" && !self.sid.is_empty() =>
            {
                self.event(&name, id, &args, !attachments.is_empty()).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Lets the client in, with a socket id of its own.
    async fn connect(&mut self) -> Result<(), Ended> {
        (self.sid, self.pid, self.joins) = (secret(), secret(), 0);
        Ok(self.socket.send(packet::connect("/", &self.sid, Some(&self.pid))).await?)
    }

    async fn event(
        &mut self,
        name: &str,
        ack: Option<u64>,
        args: &[Box<RawValue>],
        has_attachments: bool,
    ) -> Result<(), Ended> {
        let read = Instant::now();
        if !self.bucket.take(read) {
            self.shared.metrics.limits_hit.get(Limit::Commands).inc();
            self.rate_limited_in_a_row += 1;
            if self.rate_limited_in_a_row > RATE_LIMITED_IN_A_ROW_MAX {
                return Err(Ended::Close(CloseReason::RateLimited));
            }
            return self.refuse(name, ack, &ErrorReason::RateLimited.into()).await;
        }
        self.rate_limited_in_a_row = 0;
        let asked = match events::read(name, args, has_attachments) {
            Ok(asked) => asked,
            Err(refusal) => return self.fault(name, ack, &refusal).await,
        };
        match asked {
            Asked::Join { .. } if self.member.is_some() => {
                self.fault(name, ack, &ErrorReason::AlreadyJoined.into()).await
            }
            Asked::Join { room, user } => self.join(room, user, ack).await,
            Asked::OfMember { room, user, kind } => {
                let is_own = |member: &Member| *member.room == room && *member.id == user;
                if !self.member.as_ref().is_some_and(|member| is_own(member)) {
                    return self.fault(name, ack, &ErrorReason::NotJoined.into()).await;
                }
                self.command(name, ack, kind, read).await
            }
            Asked::Signal(kind) => {
                if self.member.is_none() {
                    return self.fault(name, ack, &ErrorReason::NotJoined.into()).await;
                }
                self.command(name, ack, kind, read).await
            }
        }
    }

    /// Tells an event with its offset, if the session has one by now.
    async fn emit(&mut self, writer: Writer) -> Result<(), Ended> {
        let position = self.member.as_ref().and_then(|member| member.session.cursor());
        let writer = match (&self.member, position) {
            (Some(member), Some(position)) if !member.offset.is_empty() => {
                writer.arg(&offset::write(position, &member.offset))
            }
            _ => writer,
        };
        self.send(writer).await
    }

    async fn send(&mut self, writer: Writer) -> Result<(), Ended> {
        self.shared.metrics.messages_out.inc();
        Ok(self.socket.send(writer.finish()).await?)
    }

    /// An event that can't be taken.
    async fn fault(&mut self, name: &str, ack: Option<u64>, refusal: &Refusal) -> Result<(), Ended> {
        self.errors_in_a_row += 1;
        if self.errors_in_a_row > self.shared.config.errors_in_a_row_max {
            return Err(Ended::Close(CloseReason::Garbage));
        }
        self.refuse(name, ack, refusal).await
    }

    async fn refuse(&mut self, name: &str, ack: Option<u64>, refusal: &Refusal) -> Result<(), Ended> {
        self.tell_refused(name, ack, &refusal.to_message(0)).await
    }

    async fn tell_refused(&mut self, name: &str, ack: Option<u64>, error: &v1::Error) -> Result<(), Ended> {
        self.shared.metrics.errors.get(error.reason()).inc();
        self.emit(events::error(name, error)).await?;
        match ack {
            Some(ack) => self.send(events::outcome(ack, Some(error))).await,
            None => Ok(()),
        }
    }

    async fn finish(self, ended: Ended) {
        tracing::debug!(client = &*self.sid, ?ended, "Socket.IO client ends");
        match ended {
            Ended::Close(reason) => {
                self.socket.close(reason.code(), reason.sentence()).await;
            }
            Ended::Invalid | Ended::Closed(Closed::Protocol) => {
                self.socket
                    .close(close::PROTOCOL_ERROR, "This is no packet of Socket.IO 5 on Engine.IO 4.")
                    .await;
            }
            Ended::Closed(Closed::ByClient { .. }) => self.socket.close(1000, "").await,
            Ended::Closed(_) => {}
        }
    }
}

/// The access token in a connect's `auth`.
fn said_token(auth: &RawValue) -> Option<Token> {
    #[derive(serde::Deserialize)]
    struct Auth {
        token: String,
    }
    serde_json::from_str(auth.get()).ok().map(|Auth { token }| Token::new(token))
}

/// What a client asks for that was here before: its `pid`, and the resume of its offset.
fn recovery(auth: &RawValue) -> Option<(Box<str>, v1::Resume)> {
    #[derive(serde::Deserialize)]
    struct Auth {
        pid: String,
        offset: String,
    }
    let auth: Auth = serde_json::from_str(auth.get()).ok()?;
    let is_plain = !auth.pid.is_empty() && auth.pid.len() <= PID_BYTES_MAX;
    Some((auth.pid.into(), offset::read(&auth.offset)?)).filter(|_| is_plain)
}
