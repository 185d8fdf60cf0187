//! One WebSocket, one task: reads a frame, has it decoded and judged, carries out what follows, and writes what the
//! outbox holds. All waits are in one `select!`, whose arms may be dropped: what is half done is in `self`.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use switchboard_auth::audit::{Record, What as Audit};
use switchboard_auth::{LEEWAY_MS, Token};
use switchboard_proto::v1::{
    ConnectionCloser, ConnectionEnd, Drain, Error, ErrorReason, GoneCommand, IceServer, IceServers,
    ServerMessage, client_message, server_message,
};
use switchboard_proto::{Millis, Refusal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Bytes, Message};

use crate::close::{self, CloseReason};
use crate::codec::{self, Encoding};
use crate::config::WRITE_BUFFER_BYTES;
use crate::drain::Phase;
use crate::gateway::Shared;
use crate::limits::Seat;
use crate::link::{Beginning, LinkInput, Manner, What};
use crate::metrics::{Begins, Closed, CommandKind, Delivered, Limit, Outcome};
use crate::outbox::{Item, Outbox};
use crate::rate::Bucket;
use crate::route::{Route, room_in};
use crate::session::{Answer, Effect, Input, Session};
use crate::traced::{self, Traced};

/// No connection is open for longer.
const TOKEN_WAIT_MAX: Duration = Duration::from_secs(366 * 24 * 3_600);
/// Items of the outbox written before the socket is read again.
const DRAIN_ITEMS_MAX: usize = 64;

/// How a connection ends.
#[derive(Debug)]
enum Ended {
    Close(CloseReason),
    /// A fault of the WebSocket protocol itself.
    Protocol(CloseCode, &'static str),
    /// The peer closed.
    PeerClosed {
        leaving: bool,
        /// 1005 where the frame has none.
        code: u16,
    },
    /// The socket broke.
    Lost,
}

impl Ended {
    /// As the room is told.
    fn connection_end(&self) -> ConnectionEnd {
        match self {
            Self::Close(reason) => reason.connection_end(),
            Self::Protocol(code, _) => close::connection_end(ConnectionCloser::Gateway, (*code).into()),
            Self::PeerClosed { code, .. } => close::connection_end(ConnectionCloser::Client, *code),
            Self::Lost => close::connection_end(ConnectionCloser::Nobody, close::NO_CLOSE),
        }
    }
}

impl From<tungstenite::Error> for Ended {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::Capacity(_) => Self::Close(CloseReason::FrameTooLarge),
            Error::Utf8(_) => Self::Protocol(CloseCode::Invalid, "A text frame must be UTF-8."),
            Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => Self::Lost,
            Error::Protocol(_) => Self::Protocol(CloseCode::Protocol, "The frame breaks RFC 6455."),
            Error::WriteBufferFull(_) => Self::Close(CloseReason::Internal),
            _ => Self::Lost,
        }
    }
}

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Self::Lost
    }
}

impl Ended {
    /// As it is counted.
    fn closed(&self) -> Closed {
        match self {
            Self::Close(reason) => Closed::ByUs(*reason),
            Self::Protocol(code, _) => Closed::Protocol((*code).into()),
            Self::PeerClosed { code, .. } => Closed::ByPeer(*code),
            Self::Lost => Closed::Lost,
        }
    }
}

/// What woke the task.
enum Wake {
    Phase(Phase),
    /// So many bytes wait in it.
    Outbox(usize),
    Frame(Option<Result<Message, tungstenite::Error>>),
    Handed,
    Timer,
}

struct Connection<S> {
    /// Reads, and writes pongs and the close frame; everything else leaves through `unwritten`.
    socket: WebSocketStream<S>,
    unwritten: Unwritten,
    session: Session,
    outbox: Arc<Outbox>,
    encoding: Encoding,
    /// Its address.
    client: Option<IpAddr>,
    /// Its identity's place in the room, where access tokens say who it is.
    seat: Option<Seat>,
    shared: Arc<Shared>,
    bucket: Bucket,
    route: Option<Route>,
    /// The join or resume that has no answer yet.
    begins: Option<Begins>,
    /// Did not fit into the link's queue; while it waits, the socket is not read.
    waiting: Option<LinkInput>,
    /// The link is to be asked for the next piece of what was missed.
    goes_on: bool,
    times: Times,
    traced: Traced,
}

/// Frames on their way out, and how much of them has left. Tungstenite would keep a buffer as large as it ever was for as
/// long as the socket lives; this one is let go when it is empty, and most sockets are idle.
#[derive(Default)]
struct Unwritten {
    frames: Vec<u8>,
    left: usize,
}

/// When something is due.
struct Times {
    ping: Instant,
    pong: Option<Instant>,
    join: Option<Instant>,
    waiting: Option<Instant>,
    /// In a drain: when the browser is told, and when its time to go is over.
    notice: Option<Instant>,
    drained: Option<Instant>,
    /// When the access token ends, and when credentials for TURN are made anew.
    token: Option<Instant>,
    ice: Option<Instant>,
}

impl Times {
    fn next(&self) -> Instant {
        [self.pong, self.join, self.waiting, self.notice, self.drained, self.token, self.ice]
            .into_iter()
            .flatten()
            .fold(self.ping, Instant::min)
    }
}

/// Serves a WebSocket whose handshake is done, until it has ended. `part`: what was read behind the handshake.
pub(crate) async fn serve<S>(
    io: S,
    part: Vec<u8>,
    encoding: Encoding,
    client: Option<IpAddr>,
    shared: Arc<Shared>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = &shared.config;
    let limits = WebSocketConfig::default()
        .read_buffer_size(config.read_buffer_bytes)
        .max_message_size(Some(config.frame_bytes_max))
        .max_frame_size(Some(config.frame_bytes_max));
    let socket = WebSocketStream::from_partially_read(io, part, Role::Server, Some(limits)).await;
    let now = Instant::now();
    // The first phase is random, so that sockets which came together don't ping together.
    let phase = config.ping_interval.mul_f64(rand::random::<f64>());
    let mut connection = Connection {
        socket,
        unwritten: Unwritten::default(),
        session: Session::new(Arc::clone(&shared.rules)),
        outbox: Arc::new(Outbox::new(config.outbox_bytes_max)),
        encoding,
        client,
        seat: None,
        bucket: Bucket::new(config.commands_per_second, config.commands_burst, now),
        route: None,
        begins: None,
        waiting: None,
        goes_on: false,
        traced: Traced::default(),
        times: Times {
            ping: now + phase,
            pong: None,
            join: Some(now + config.join_timeout),
            waiting: None,
            notice: None,
            drained: None,
            token: None,
            ice: None,
        },
        shared: Arc::clone(&shared),
    };
    let metrics = &shared.metrics;
    metrics.sockets_open.get(encoding.into()).inc();
    metrics.sockets_opened.get(encoding.into()).inc();
    let ended = connection.run().await;
    let closed = ended.closed();
    if let Some(begins) = connection.begins.take() {
        let outcome = if let Closed::ByUs(reason) = closed { reason.into() } else { Outcome::Abandoned };
        begins.count(metrics, encoding.into(), outcome);
    }
    metrics.closes.get(closed).inc();
    if connection.times.drained.is_some() && matches!(ended, Ended::PeerClosed { .. }) {
        metrics.drain_handed_over.inc();
    }
    connection.tell_gone(&ended).await;
    Box::pin(connection.finish(ended)).await;
    metrics.sockets_open.get(encoding.into()).dec();
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run(&mut self) -> Ended {
        let outbox = Arc::clone(&self.outbox);
        let mut phase = self.shared.phase.subscribe();
        // The drain may have begun since the handshake.
        phase.mark_changed();
        let write_timeout = self.shared.config.write_timeout;
        let mut armed = self.times.next();
        let timer = sleep_until(armed);
        tokio::pin!(timer);
        let mut paused = false;
        loop {
            let may_read = self.waiting.is_none() && self.session.may_read();
            if !may_read && !paused {
                self.shared.metrics.limits_hit.get(Limit::Unanswered).inc();
            }
            paused = !may_read;
            let next = self.times.next();
            if next < armed || timer.is_elapsed() {
                armed = next;
                timer.as_mut().reset(next);
            }
            let wake = tokio::select! {
                Ok(()) = phase.changed() => Wake::Phase(*phase.borrow_and_update()),
                depth = outbox.filled() => Wake::Outbox(depth),
                frame = self.socket.next(), if may_read => Wake::Frame(frame),
                Some(permit) = room_in(self.route.as_ref()), if self.waiting.is_some() => {
                    if let Some(input) = self.waiting.take() {
                        permit.send(input);
                    }
                    Wake::Handed
                }
                () = &mut timer => Wake::Timer,
            };
            let done = tokio::select! {
                biased;
                // Boxed: most sockets are idle, and a task is as large as all that it ever waits for. So it keeps what waits
                // for something to do, and the doing has room of its own for as long as it lasts.
                done = Box::pin(self.on(wake, may_read)) => done,
                () = outbox.overflowed() => Err(Ended::Close(CloseReason::SlowReader)),
                () = sleep(write_timeout) => Err(Ended::Close(CloseReason::WriteTimeout)),
            };
            if let Err(ended) = done {
                return ended;
            }
        }
    }

    async fn on(&mut self, wake: Wake, may_read: bool) -> Result<(), Ended> {
        match wake {
            Wake::Phase(phase) => self.phase(phase)?,
            Wake::Outbox(depth) => self.drain(depth).await?,
            Wake::Frame(frame) => self.frame(frame.ok_or(Ended::Lost)??).await?,
            Wake::Handed => self.times.waiting = None,
            Wake::Timer => self.tick(may_read).await?,
        }
        // Behind what waits for the link already.
        if self.goes_on && self.waiting.is_none() {
            self.goes_on = false;
            self.hand(What::GoOn);
        }
        self.flush().await
    }

    /// What the gateway wants of its sockets has changed. It changes twice if a drain is hastened.
    fn phase(&mut self, phase: Phase) -> Result<(), Ended> {
        let now = Instant::now();
        match phase {
            Phase::Serving => {}
            // Who has not joined has nothing to take along.
            Phase::Draining { .. } if !self.session.is_joined() => {
                return Err(Ended::Close(CloseReason::Draining));
            }
            Phase::Draining { deadline, .. } => match &mut self.times.drained {
                Some(drained) => *drained = (*drained).min(now + deadline),
                None => self.times.notice = phase.notice(now, rand::random()),
            },
            Phase::Stopping => return Err(Ended::Close(CloseReason::Draining)),
        }
        Ok(())
    }

    /// Tells the browser to go elsewhere.
    async fn notice(&mut self, now: Instant) -> Result<(), Ended> {
        self.times.notice = None;
        let Phase::Draining { deadline, .. } = *self.shared.phase.borrow() else { return Ok(()) };
        self.times.drained = Some(now + deadline);
        self.shared.metrics.drain_notices.inc();
        let deadline = switchboard_proto::duration(u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX));
        let drain = server_message::Kind::Drain(Drain { deadline: Some(deadline) });
        self.write(codec::encode_kind(self.encoding, drain)).await
    }

    async fn frame(&mut self, frame: Message) -> Result<(), Ended> {
        // Whatever comes shows that the peer lives.
        self.times.pong = None;
        let input = match &frame {
            Message::Close(close) => {
                let code = close.as_ref().map_or(close::NO_CODE, |close| close.code.into());
                return Err(Ended::PeerClosed { leaving: code == u16::from(CloseCode::Away), code });
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
            Message::Text(_) | Message::Binary(_) => {
                self.shared.metrics.messages_in.inc();
                let read = Instant::now();
                let within_rate = self.bucket.take(read);
                match codec::decode(self.encoding, &frame) {
                    Ok(message) if within_rate => Input::Message { message, bytes: frame.len(), read },
                    Ok(message) => {
                        self.shared.metrics.limits_hit.get(Limit::Commands).inc();
                        Input::RateLimited(message)
                    }
                    Err(refusal) => Input::Unreadable(refusal),
                }
            }
        };
        // The frame is a slice of the read buffer: let go, or that buffer is made anew.
        drop(frame);
        if let Input::Message { message, .. } = &input {
            self.check_token(&message.kind).await;
        }
        if let Input::Message { message, .. } = &input
            && !self.session.is_joined()
        {
            self.begins = self.begins.or(Begins::of(&message.kind));
        }
        let asked = self.asked(&input);
        let effects = self.session.step(input);
        self.times.token = self.session.token_expires_at().map(token_deadline);
        if let (Some((room, identity)), Some(reason)) = (asked, turned_away(&effects)) {
            let (room, identity) = (Some(&*room), Some(&*identity));
            self.record(
                Record { room, identity, reason: Some(reason.name()), ..Record::default() },
                Audit::Refused,
            );
        }
        self.carry_out(effects).await
    }

    /// Which room somebody who has not joined asks for, and as whom.
    fn asked(&self, input: &Input) -> Option<(String, String)> {
        let Input::Message { message, .. } = input else { return None };
        match &message.kind {
            client_message::Kind::Join(join) => Some((join.room_id.clone(), join.participant_id.clone())),
            client_message::Kind::Resume(resume) => {
                Some((resume.room_id.clone(), resume.participant_id.clone()))
            }
            _ => None,
        }
    }

    /// Writes a record of the audit.
    fn record(&self, record: Record<'_>, what: Audit) {
        Record { way: "ws", from: self.client, ..record }.write(what);
    }

    /// Counts a message that may carry an access token, checks that where one is wanted, and tells the session whose
    /// it is, or why it may not go on.
    async fn check_token(&mut self, kind: &client_message::Kind) {
        let (token, joins) = match kind {
            client_message::Kind::Join(join) => (&join.token, true),
            client_message::Kind::Resume(resume) => (&resume.token, true),
            client_message::Kind::RenewToken(renew) => (&renew.token, false),
            _ => return,
        };
        let within = if joins { self.shared.limits.join(self.client) } else { Ok(()) };
        let caller = match within {
            Ok(()) => self.shared.check_token(self.client, Some(&Token::new(token.as_str()))).await,
            Err(refusal) => Err(refusal),
        };
        if let Some(caller) = caller.transpose() {
            self.session.step(Input::Checked(caller));
        }
    }

    async fn drain(&mut self, depth: usize) -> Result<(), Ended> {
        if self.outbox.has_overflowed() {
            return Err(Ended::Close(CloseReason::SlowReader));
        }
        self.shared.metrics.outbox_depth.observe(depth as u64);
        let mut delivered = Delivered::default();
        for _ in 0..DRAIN_ITEMS_MAX {
            match self.outbox.pop() {
                Some(Item::Event { frame, position, heard, trace }) => {
                    self.write(frame).await?;
                    if let Some(context) = trace {
                        traced::delivered(&self.shared.tracer, *context, &self.session, heard, position);
                    }
                    delivered.add(heard, &self.shared.metrics);
                    self.session.told(position);
                }
                Some(Item::PieceEnd) => self.goes_on = true,
                // For other protocols.
                Some(Item::Told { .. } | Item::Lists(_)) => {}
                Some(Item::Answer(answer)) => {
                    let what = match &answer {
                        Answer::Joined(_) => Some((Audit::Joined, None)),
                        Answer::Resumed(_) => Some((Audit::Resumed, None)),
                        Answer::Refused(reason) => Some((Audit::Refused, Some(reason.name()))),
                        Answer::Close(CloseReason::Removed) => Some((Audit::Removed, None)),
                        _ => None,
                    };
                    let effects = self.session.step(Input::Answer(answer));
                    if let Some((what, reason)) = what {
                        self.record(Record { reason, ..self.session.record() }, what);
                    }
                    self.carry_out(effects).await?;
                    if self.session.is_joined() {
                        self.times.join = None;
                    }
                }
                None => break,
            }
        }
        delivered.end(&self.shared.metrics);
        Ok(())
    }

    async fn tick(&mut self, may_read: bool) -> Result<(), Ended> {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let config = &self.shared.config;
        let (ping_interval, pong_timeout) = (config.ping_interval, config.pong_timeout);
        if is_due(self.times.join) {
            self.times.join = None;
            let effects = self.session.step(Input::JoinTimeout);
            self.carry_out(effects).await?;
        }
        if is_due(self.times.drained) {
            self.shared.metrics.drain_deadline_closes.inc();
            return Err(Ended::Close(CloseReason::Draining));
        }
        if is_due(self.times.notice) {
            self.notice(now).await?;
        }
        if is_due(self.times.token) {
            self.times.token = None;
            let effects = self.session.step(Input::TokenExpired);
            self.carry_out(effects).await?;
        }
        if is_due(self.times.ice) {
            self.tell_ice_servers().await?;
        }
        if is_due(self.times.waiting) {
            self.times.waiting = None;
            self.shared.metrics.limits_hit.get(Limit::LinkQueue).inc();
            let input = match self.waiting.take().map(|input| input.what) {
                Some(What::Command(command)) => Some(Input::NotForwarded { counter: command.counter }),
                Some(What::Begin(_)) => Some(Input::Answer(Answer::Refused(ErrorReason::Busy))),
                Some(What::GoOn) => {
                    self.goes_on = true;
                    None
                }
                Some(What::Gone(_)) | None => None,
            };
            if let Some(input) = input {
                let effects = self.session.step(input);
                self.carry_out(effects).await?;
            }
        }
        if is_due(self.times.pong) {
            if may_read {
                return Err(Ended::Close(CloseReason::PingTimeout));
            }
            // We did not look: the peer gets its time once we do.
            self.times.pong = Some(now + pong_timeout);
        }
        if self.times.ping <= now {
            self.times.ping = now + ping_interval;
            self.times.pong.get_or_insert(now + pong_timeout);
            self.feed(Message::Ping(Bytes::new())).await?;
            let effects = self.session.step(Input::HeartbeatDue);
            self.carry_out(effects).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), Ended> {
        for effect in effects {
            match effect {
                Effect::Send(mut message) => {
                    let mut resumed = false;
                    match &mut message.kind {
                        Some(server_message::Kind::Welcome(welcome)) => {
                            welcome.ice_servers = self.ice_servers();
                            self.count_begin(Outcome::Rejoined);
                        }
                        Some(server_message::Kind::Resumed(_)) => {
                            resumed = true;
                            self.count_begin(Outcome::Done);
                        }
                        _ => {}
                    }
                    self.count(&message);
                    let answers = match &message.kind {
                        Some(server_message::Kind::Ack(ack)) => {
                            Some((ack.counter, ack.refused.as_ref().map(Error::reason)))
                        }
                        _ => None,
                    };
                    // Encoded before the wait: a frame is smaller than a message.
                    let frame = codec::encode(self.encoding, &message);
                    drop(message);
                    self.write(frame).await?;
                    if let Some((counter, refused)) = answers {
                        self.traced.answered(counter, refused);
                    }
                    if let Some(read) = self.session.take_answered() {
                        self.shared.metrics.command_ack.observe_duration(read.elapsed());
                    }
                    if resumed && !self.shared.config.ice_servers.is_empty() {
                        self.tell_ice_servers().await?;
                    }
                }
                Effect::Begin(identity, begin) => {
                    if self.shared.config.verifier.is_some() {
                        match self.shared.limits.seat(&identity.participant, &identity.room) {
                            Ok(seat) => self.seat = Some(seat),
                            Err(refusal) => {
                                let refused = Answer::Refused(refusal.reason);
                                let effects = self.session.step(Input::Answer(refused));
                                return Box::pin(self.carry_out(effects)).await;
                            }
                        }
                    }
                    let Some(link) = self.shared.links.to(&identity.room) else {
                        let refused = Answer::Refused(ErrorReason::RoomServiceUnavailable);
                        let effects = self.session.step(Input::Answer(refused));
                        return Box::pin(self.carry_out(effects)).await;
                    };
                    self.times.join = Some(Instant::now() + self.shared.config.join_timeout);
                    self.route = Some(Route::new(&identity, link));
                    let (manner, outbox) = (Manner::Frames(self.encoding), Arc::clone(&self.outbox));
                    self.hand(What::Begin(Box::new(Beginning { identity, begin, manner, outbox })));
                }
                Effect::Forward(mut command) => {
                    self.traced.forward(&mut command, &self.session, &self.shared.tracer);
                    self.shared.metrics.commands.get(CommandKind::from(&command)).inc();
                    self.hand(What::Command(command));
                }
                // The end of the connection says this; see `tell_gone`.
                Effect::Gone { .. } => {}
                // It went where it was told to go. 4004 would tell the browser to stop for good.
                Effect::Close(CloseReason::Superseded) if self.times.drained.is_some() => {
                    self.shared.metrics.drain_handed_over.inc();
                    return Err(Ended::Close(CloseReason::Draining));
                }
                Effect::Close(reason) => return Err(Ended::Close(reason)),
            }
        }
        Ok(())
    }

    /// ICE servers for who speaks here; sets when their credentials are made anew.
    fn ice_servers(&mut self) -> Vec<IceServer> {
        let ice = &self.shared.config.ice_servers;
        // At half of their time: a browser that makes a connection then has the other half to use them.
        self.times.ice = ice.ttl().map(|ttl| Instant::now() + ttl / 2);
        let participant = self.session.participant();
        participant.map_or_else(Vec::new, |participant| ice.at(switchboard_auth::now(), participant.as_str()))
    }

    async fn tell_ice_servers(&mut self) -> Result<(), Ended> {
        let ice_servers = server_message::Kind::IceServers(IceServers { ice_servers: self.ice_servers() });
        self.write(codec::encode_kind(self.encoding, ice_servers)).await
    }

    /// Hands something to the link, or keeps it until the link's queue has room.
    fn hand(&mut self, what: What) {
        let Some(route) = &self.route else { return };
        let mut input = route.input(what);
        // A command belongs to the session that its sender knew of, even where the room has forgotten that one and
        // the welcome to another is on its way.
        if let (What::Command(_), Some(session)) = (&input.what, self.session.session_id()) {
            input.session = session.clone();
        }
        // A closed queue: the gateway stops, and closes this connection next.
        if let Err(mpsc::error::TrySendError::Full(input)) = route.link.try_send(input) {
            self.waiting = Some(input);
            self.times.waiting = Some(Instant::now() + self.shared.config.link_queue_timeout);
        }
    }

    async fn write(&mut self, frame: Message) -> Result<(), Ended> {
        self.shared.metrics.messages_out.inc();
        self.feed(frame).await
    }

    /// Puts a frame behind those that have not left.
    async fn feed(&mut self, frame: Message) -> Result<(), Ended> {
        let opcode = match &frame {
            Message::Text(_) => OpCode::Data(Data::Text),
            Message::Ping(_) => OpCode::Control(Control::Ping),
            _ => OpCode::Data(Data::Binary),
        };
        let (payload, header) = (frame.into_data(), FrameHeader { opcode, ..FrameHeader::default() });
        header.format(payload.len() as u64, &mut self.unwritten.frames)?;
        self.unwritten.frames.extend_from_slice(&payload);
        if self.unwritten.frames.len() >= WRITE_BUFFER_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes all that was fed. May be dropped, and goes on where it was; until it is done, the socket may be neither read
    /// nor closed, since tungstenite would write in between.
    async fn flush(&mut self) -> Result<(), Ended> {
        // The pongs that reading has made.
        self.socket.flush().await?;
        let Unwritten { frames, left } = &mut self.unwritten;
        if frames.is_empty() {
            return Ok(());
        }
        let io = self.socket.get_mut();
        while *left < frames.len() {
            match io.write(&frames[*left..]).await? {
                0 => return Err(Ended::Lost),
                written => *left += written,
            }
        }
        // Over TLS, what was written waits for this.
        io.flush().await?;
        self.unwritten = Unwritten::default();
        Ok(())
    }

    /// The join or resume under way is answered; a join cannot but be done.
    fn count_begin(&mut self, outcome: Outcome) {
        if let Some(begins) = self.begins.take() {
            let outcome = if begins == Begins::Join { Outcome::Done } else { outcome };
            begins.count(&self.shared.metrics, self.encoding.into(), outcome);
        }
    }

    fn count(&self, message: &ServerMessage) {
        let error = match &message.kind {
            Some(server_message::Kind::Error(error)) => Some(error),
            Some(server_message::Kind::Ack(ack)) => ack.refused.as_ref(),
            _ => None,
        };
        if let Some(error) = error {
            self.shared.metrics.errors.get(error.reason()).inc();
        }
    }

    /// Tells the room that the socket is gone, if the session goes on without it.
    async fn tell_gone(&mut self, ended: &Ended) {
        self.outbox.close();
        let leaving = matches!(ended, Ended::PeerClosed { leaving: true, .. });
        let effects = self.session.step(Input::SocketGone { leaving });
        let Some(mut route) = self.route.take() else { return };
        // The link never heard of it.
        let unheard = matches!(self.waiting.take(), Some(LinkInput { what: What::Begin(_), .. }));
        if !effects.is_empty() && !unheard {
            let gone = GoneCommand { leaving, end: Some(ended.connection_end()) };
            let gone = route.input(What::Gone(gone));
            // Lost with a queue that stays full, this costs a dead participant until the process ends: so it is
            // waited for, without a bound other than the process's own.
            let _ = route.link.send(gone).await;
        }
        route.told_gone = true;
    }

    /// Closes the socket in order, within a deadline.
    async fn finish(mut self, ended: Ended) {
        let Record { room, identity, session, .. } = self.session.record();
        tracing::debug!(room, participant = identity, session, ?ended, "connection ends");
        let (error, close) = match ended {
            Ended::Lost => return,
            Ended::PeerClosed { .. } => (None, None),
            Ended::Protocol(code, sentence) => (None, Some((code, sentence))),
            Ended::Close(reason) => {
                (reason.error(), Some((CloseCode::from(reason.code()), reason.sentence())))
            }
        };
        let limit: Duration = self.shared.config.close_timeout;
        let closing = async {
            if let Some(reason) = error {
                self.shared.metrics.errors.get(reason).inc();
                let error = server_message::Kind::Error(Refusal::from(reason).to_message(0));
                self.feed(codec::encode_kind(self.encoding, error)).await?;
            }
            // Before the close frame.
            self.flush().await?;
            if let Some((code, sentence)) = close {
                self.socket.feed(Message::Close(Some(CloseFrame { code, reason: sentence.into() }))).await?;
            }
            self.socket.flush().await?;
            // Read on, past tungstenite (which after a frame too large stands in its middle): a socket that is closed
            // with unread bytes sends a reset, and that may overtake the close frame.
            let io = self.socket.get_mut();
            io.shutdown().await?;
            let mut scratch = [0; 512];
            while io.read(&mut scratch).await? > 0 {}
            Ok::<_, Ended>(())
        };
        let _ = timeout(limit, closing).await;
    }
}

/// Why a join or resume is refused that never left the gateway.
pub(crate) fn turned_away(effects: &[Effect]) -> Option<ErrorReason> {
    let close = effects.iter().find_map(|effect| match effect {
        Effect::Close(close) => Some(*close),
        _ => None,
    })?;
    let said = effects.iter().find_map(|effect| match effect {
        Effect::Send(ServerMessage { kind: Some(server_message::Kind::Error(error)) }) => {
            Some(error.reason())
        }
        _ => None,
    });
    said.or_else(|| close.error())
}

/// When a token that ends then counts no more. One that ends in years has no instant here, and needs none.
pub(crate) fn token_deadline(expires_at: Millis) -> Instant {
    let left = expires_at.0.saturating_add(LEEWAY_MS).saturating_sub(switchboard_auth::now().0);
    Instant::now() + Duration::from_millis(left).min(TOKEN_WAIT_MAX)
}
