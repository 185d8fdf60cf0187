//! One Socket.IO client, one task. Its session's rules are those of `session`, its way to the room is the link; what is
//! here is the translation, and that a client may be in no room, in one, and in another one after it.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;
use switchboard_auth::Token;
use switchboard_auth::audit::{Record, What as Audit};
use switchboard_proto::v1::client_message::Kind;
use switchboard_proto::v1::server_message::Kind as Server;
use switchboard_proto::v1::{self, ErrorReason};
use switchboard_proto::{Position, Refusal, SessionId};
use switchboard_socketio::engine::{Closed, Message, Socket, Woken};
use switchboard_socketio::packet::{self, Decoder, Packet, Writer};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep, sleep_until};

use super::events::{self, Asked};
use super::offset;
use crate::close::CloseReason;
use crate::codec::Decoded;
use crate::config::RATE_LIMITED_IN_A_ROW_MAX;
use crate::connection::token_deadline;
use crate::drain::Phase;
use crate::gateway::Shared;
use crate::limits::Seat;
use crate::link::{Beginning, LinkInput, Lists, Manner, SESSION_MARK, What, socket_id};
use crate::outbox::{Item, Outbox};
use crate::rate::Bucket;
use crate::route::{Route, room_in};
use crate::session::{Answer, Effect, Input, Session};

/// Items of the outbox written before the socket is read again.
const DRAIN_ITEMS_MAX: usize = 64;
/// With nothing to wait for, the timer looks again after this.
const IDLE: Duration = Duration::from_secs(3_600);
/// The longest `pid` that is given back.
const PID_BYTES_MAX: usize = 64;

/// In the audit.
const WAY: &str = "socketio";

/// An offset from which nothing can go on.
const NOT_YET: &str = "-";

/// How a connection ends.
#[derive(Debug)]
enum Ended {
    Close(CloseReason),
    Closed(Closed),
    /// What it said is no Socket.IO packet.
    Invalid,
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

/// What woke the task.
enum Wake {
    Phase(Phase),
    Outbox,
    Socket(Woken),
    Handed,
    Timer,
}

/// A stay in a room.
struct Member {
    room: Box<str>,
    id: Box<str>,
    session: Session,
    /// Its identity's place in the room, where access tokens say who it is.
    seat: Option<Seat>,
    outbox: Arc<Outbox>,
    route: Option<Route>,
    /// Did not fit into the link's queue, and until when it may wait.
    waiting: Option<(LinkInput, Instant)>,
    /// Until when the join or resume may wait for its answer.
    begin_by: Option<Instant>,
    /// It goes on with an earlier one: the client's connect is answered once it does.
    resumes: bool,
    /// The join asks for an acknowledgement.
    join_ack: Option<u64>,
    token: Box<str>,
    /// What stands behind the position in its offsets; empty before they can be given.
    offset: Box<str>,
    /// Pieces of its snapshot.
    snapshot: Vec<v1::Participant>,
    /// Commands that are not answered: counter, event, and the number of its acknowledgement.
    asked: VecDeque<(u64, Box<str>, Option<u64>)>,
}

impl Member {
    fn begins(&self) -> bool {
        self.begin_by.is_some()
    }

    fn may_read(&self) -> bool {
        // What a client says behind its join is for the room that it joins.
        !self.begins() && self.waiting.is_none() && self.session.may_read()
    }
}

struct Client {
    socket: Socket,
    shared: Arc<Shared>,
    decoder: Decoder,
    bucket: Bucket,
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
    shared.metrics.sockets_open.inc();
    let Err(ended) = client.run().await;
    // Whoever closes with these codes has gone; a browser does when its page goes.
    let leaving = matches!(ended, Ended::Closed(Closed::ByClient { code: Some(1000 | 1001) }));
    client.retire(leaving).await;
    client.finish(ended).await;
    shared.metrics.sockets_open.dec();
    drop(counted);
}

async fn filled(outbox: Option<&Arc<Outbox>>) {
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
                () = filled(outbox.as_ref()) => Wake::Outbox,
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
                done = self.on(wake) => done,
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
            Wake::Outbox => self.drain().await?,
            Wake::Socket(woken) => {
                if let Some(message) = self.socket.handle(woken).await? {
                    self.message(message).await?;
                }
            }
            Wake::Handed => {}
            Wake::Timer => self.tick().await?,
        }
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
            self.shared.metrics.link_queue_full.inc();
            let input = match member.waiting.take().map(|(input, _)| input.what) {
                Some(What::Command(command)) => Input::NotForwarded { counter: command.counter },
                Some(What::Begin(_)) => Input::Answer(Answer::Refused(ErrorReason::Busy)),
                Some(What::Gone { .. }) | None => return Ok(()),
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
                self.retire(true).await;
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
        if !self.bucket.take(Instant::now()) {
            self.shared.metrics.rate_limited.inc();
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
                self.command(name, ack, kind).await
            }
            Asked::Signal(kind) => {
                if self.member.is_none() {
                    return self.fault(name, ack, &ErrorReason::NotJoined.into()).await;
                }
                self.command(name, ack, kind).await
            }
        }
    }

    async fn join(&mut self, room: String, user: String, ack: Option<u64>) -> Result<(), Ended> {
        self.joins += 1;
        let name = SessionId::parse(&format!("{}{SESSION_MARK}{}", self.sid, self.joins));
        let name = name.unwrap_or_else(|_| SessionId::random());
        let session = Session::new(Arc::clone(&self.shared.rules)).named(name);
        let kind = Kind::Join(v1::Join {
            room_id: room.clone(),
            participant_id: user.clone(),
            ..v1::Join::default()
        });
        self.begin(session, room, user, kind, ack, false).await
    }

    async fn resume(&mut self, mut resume: v1::Resume) -> Result<(), Ended> {
        // A later attempt is the newer one, at whichever gateway: the store's clock tells which is later.
        resume.generation = self.shared.placement.store_time().0.max(2);
        let (room, user) = (resume.room_id.clone(), resume.participant_id.clone());
        let session = Session::new(Arc::clone(&self.shared.rules));
        self.begin(session, room, user, Kind::Resume(resume), None, true).await
    }

    async fn begin(
        &mut self,
        session: Session,
        room: String,
        user: String,
        kind: Kind,
        join_ack: Option<u64>,
        resumes: bool,
    ) -> Result<(), Ended> {
        let token = match &kind {
            Kind::Resume(resume) => resume.resume_token.as_str().into(),
            _ => Box::default(),
        };
        let mut member = Box::new(Member {
            room: room.into(),
            id: user.into(),
            session,
            seat: None,
            outbox: Arc::new(Outbox::new(self.shared.config.outbox_bytes_max)),
            route: None,
            waiting: None,
            begin_by: None,
            resumes,
            join_ack,
            token,
            offset: Box::default(),
            snapshot: Vec::new(),
            asked: VecDeque::new(),
        });
        let caller = match self.shared.limits.join(self.address) {
            Ok(()) => self.shared.check_token(self.address, self.token.as_ref()).await,
            Err(refusal) => Err(refusal),
        };
        if let Some(caller) = caller.transpose() {
            member.session.step(Input::Checked(caller));
        }
        let message = Decoded { counter: 0, after: 0, kind };
        let effects = member.session.step(Input::Message { message, bytes: 0 });
        self.token_ends = member.session.token_expires_at().map(token_deadline);
        let refused = !effects.iter().any(|effect| matches!(effect, Effect::Begin(..)));
        self.member = Some(member);
        if refused {
            // What it asked for breaks a rule: it is in no room.
            let error = effects.into_iter().find_map(|effect| match effect {
                Effect::Send(v1::ServerMessage { kind: Some(Server::Error(error)) }) => Some(error),
                // Where there is no error before it, the close itself says why.
                Effect::Close(close) => close.error().map(|reason| Refusal::from(reason).to_message(0)),
                _ => None,
            });
            return self.not_begun(error.unwrap_or_default()).await;
        }
        self.carry_out(effects).await
    }

    /// The join or resume came to nothing.
    async fn not_begun(&mut self, error: v1::Error) -> Result<(), Ended> {
        let Some(member) = &self.member else { return Ok(()) };
        let (room, identity) = (Some(&*member.room), Some(&*member.id));
        let reason = Some(error.reason().name());
        self.record(Record { room, identity, reason, ..member.session.record() }, Audit::Refused);
        let (resumes, ack) = (member.resumes, member.join_ack);
        self.retire(true).await;
        if resumes {
            // Its client connects and joins anew.
            return self.connect().await;
        }
        self.tell_refused("join-room", ack, &error).await
    }

    async fn command(&mut self, name: &str, ack: Option<u64>, kind: Kind) -> Result<(), Ended> {
        let Some(member) = &mut self.member else { return Ok(()) };
        self.errors_in_a_row = 0;
        let bytes = match &kind {
            Kind::Signal(signal) => signal.payload.len(),
            _ => 0,
        };
        let after = member.session.highest();
        let counter = after + 1;
        member.asked.push_back((counter, name.into(), ack));
        let effects =
            member.session.step(Input::Message { message: Decoded { counter, after, kind }, bytes });
        self.carry_out(effects).await
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), Ended> {
        let mut effects = VecDeque::from(effects);
        // What the room's own reason was, where a close has another.
        let mut reason = None;
        while let Some(effect) = effects.pop_front() {
            let Some(member) = &mut self.member else { return Ok(()) };
            match effect {
                Effect::Send(message) => match message.kind {
                    Some(Server::Error(error)) => reason = Some(error),
                    Some(kind) => self.tell(kind).await?,
                    None => {}
                },
                Effect::Begin(identity, begin) => {
                    if self.shared.config.verifier.is_some() {
                        match self.shared.limits.seat(&identity.participant, &identity.room) {
                            Ok(seat) => member.seat = Some(seat),
                            Err(refusal) => {
                                let refused = Answer::Refused(refusal.reason);
                                effects.extend(member.session.step(Input::Answer(refused)));
                                continue;
                            }
                        }
                    }
                    let Some(link) = self.shared.links.to(&identity.room) else {
                        let refused = Answer::Refused(ErrorReason::RoomServiceUnavailable);
                        effects.extend(member.session.step(Input::Answer(refused)));
                        continue;
                    };
                    member.begin_by = Some(Instant::now() + self.shared.config.join_timeout);
                    member.route = Some(Route::new(&identity, link));
                    let manner = Manner::Events { resume_window: self.shared.config.socketio_resume_window };
                    let outbox = Arc::clone(&member.outbox);
                    self.hand(What::Begin(Box::new(Beginning { identity, begin, manner, outbox })));
                }
                Effect::Forward(command) => self.hand(What::Command(command)),
                Effect::Gone { .. } => {}
                Effect::Close(close) => {
                    let close_error = close.error().map(|reason| Refusal::from(reason).to_message(0));
                    return self.over(close, reason.or(close_error)).await;
                }
            }
        }
        Ok(())
    }

    /// The session is over here, or the connection is.
    async fn over(&mut self, close: CloseReason, error: Option<v1::Error>) -> Result<(), Ended> {
        let Some(member) = &self.member else { return Ok(()) };
        if member.begins() {
            return self.not_begun(error.unwrap_or_default()).await;
        }
        if close == CloseReason::Removed {
            self.record(member.session.record(), Audit::Removed);
        }
        match close {
            CloseReason::Left => {
                self.retire(false).await;
                Ok(())
            }
            // It is told why, and may join again.
            CloseReason::Superseded
            | CloseReason::Removed
            | CloseReason::Forbidden
            | CloseReason::RoomClosed => {
                let asked = self.member.as_mut().map(|member| std::mem::take(&mut member.asked));
                self.retire(false).await;
                let error = error.unwrap_or_default();
                for (_, _, ack) in asked.into_iter().flatten() {
                    if let Some(ack) = ack {
                        self.socket.send(events::outcome(ack, Some(&error)).finish()).await?;
                    }
                }
                self.tell_refused("join-room", None, &error).await
            }
            // Its client comes back by itself.
            _ => Err(Ended::Close(close)),
        }
    }

    /// Writes a record of the audit.
    fn record(&self, record: Record<'_>, what: Audit) {
        Record { way: WAY, from: self.address, ..record }.write(what);
    }

    /// Hands something to the link, or keeps it until the link's queue has room.
    fn hand(&mut self, what: What) {
        let Some(member) = &mut self.member else { return };
        let Some(route) = &member.route else { return };
        // A closed queue: the gateway stops, and closes this connection next.
        if let Err(mpsc::error::TrySendError::Full(input)) = route.link.try_send(route.input(what)) {
            member.waiting = Some((input, Instant::now() + self.shared.config.link_queue_timeout));
        }
    }

    async fn drain(&mut self) -> Result<(), Ended> {
        for _ in 0..DRAIN_ITEMS_MAX {
            let Some(member) = &mut self.member else { break };
            if member.outbox.has_overflowed() {
                return Err(Ended::Close(CloseReason::SlowReader));
            }
            match member.outbox.pop() {
                Some(Item::Told(event)) => {
                    let position = event.position.map(Position::from).unwrap_or_default();
                    let mut writers = events::write(&event, &member.id);
                    let last = writers.pop();
                    // What comes before the last must not say that the client has the last.
                    for writer in writers {
                        self.emit(writer).await?;
                    }
                    if let Some(member) = &mut self.member {
                        member.session.told(position);
                    }
                    if let Some(writer) = last {
                        self.emit(writer).await?;
                    }
                }
                Some(Item::Lists(lists)) => self.lists(&lists).await?,
                Some(Item::Answer(answer)) => {
                    let effects = member.session.step(Input::Answer(answer));
                    self.carry_out(effects).await?;
                }
                // For our own protocol.
                Some(Item::Event { .. }) => {}
                None => break,
            }
        }
        Ok(())
    }

    async fn lists(&mut self, lists: &Lists) -> Result<(), Ended> {
        self.emit(Writer::event("/", "room-users-updated", 0).raw(&lists.users)).await?;
        self.emit(Writer::event("/", "room-stats-updated", 0).raw(&lists.stats)).await
    }

    async fn tell(&mut self, kind: Server) -> Result<(), Ended> {
        let Some(member) = &mut self.member else { return Ok(()) };
        match kind {
            Server::Welcome(welcome) => {
                member.token = welcome.resume_token.into();
                Ok(())
            }
            Server::Snapshot(piece) => {
                member.snapshot.extend(piece.participants);
                if piece.more { Ok(()) } else { self.joined().await }
            }
            Server::Resumed(resumed) => {
                member.begin_by = None;
                Record { way: WAY, from: self.address, ..member.session.record() }.write(Audit::Resumed);
                self.sid = socket_id(&resumed.session_id).into();
                // What a session counts on is never used twice: behind the joins that this socket id has had.
                let joins = resumed.session_id.split_once(SESSION_MARK).and_then(|(_, n)| n.parse().ok());
                self.joins = joins.unwrap_or(1);
                member.token = resumed.resume_token.into();
                member.offset = offset::tail(&member.room, &member.id, &resumed.session_id, &member.token);
                Ok(self.socket.send(packet::connect("/", &self.sid, Some(&self.pid))).await?)
            }
            // What it missed is gone, and it has no word for that: it comes back, joins anew, and is told everything.
            Server::Reset(_) => {
                self.retire(true).await;
                Err(Ended::Close(CloseReason::Resync))
            }
            Server::Ack(ack) => {
                let at = member.asked.iter().position(|(counter, ..)| *counter == ack.counter);
                let Some((_, name, id)) = at.and_then(|at| member.asked.remove(at)) else { return Ok(()) };
                match ack.refused {
                    Some(error) => self.tell_refused(&name, id, &error).await,
                    None => match id {
                        Some(id) => self.send(events::outcome(id, None)).await,
                        None => Ok(()),
                    },
                }
            }
            _ => Ok(()),
        }
    }

    /// The snapshot of its join is whole.
    async fn joined(&mut self) -> Result<(), Ended> {
        if let Some(member) = &self.member {
            self.record(member.session.record(), Audit::Joined);
        }
        let Some(member) = &mut self.member else { return Ok(()) };
        member.begin_by = None;
        let session = member.session.session_id().map(ToString::to_string).unwrap_or_default();
        let tail = offset::tail(&member.room, &member.id, &session, &member.token);
        let participants = std::mem::take(&mut member.snapshot);
        let others = || participants.iter().filter(|one| *one.participant_id != *member.id);
        let users: Vec<_> = others().map(|one| one.participant_id.as_str()).collect();
        let sharers: Vec<_> =
            others().filter(|one| one.share.is_some()).map(|one| one.participant_id.as_str()).collect();
        let mut writers = vec![Writer::event("/", "existing-users", 0).arg(&users)];
        writers.extend(sharers.iter().map(|user| Writer::event("/", "user-started-sharing", 0).arg(*user)));
        let ack = member.join_ack.take();
        // Only with the last of these the client has what the position says: before, it could not go on from there.
        let last = writers.pop();
        for writer in writers {
            self.send(writer.arg(NOT_YET)).await?;
        }
        if let Some(member) = &mut self.member {
            member.offset = tail;
        }
        if let Some(last) = last {
            self.emit(last).await?;
        }
        match ack {
            Some(ack) => self.send(events::outcome(ack, None)).await,
            None => Ok(()),
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
        self.shared.metrics.error(error.reason());
        self.emit(events::error(name, error)).await?;
        match ack {
            Some(ack) => self.send(events::outcome(ack, Some(error))).await,
            None => Ok(()),
        }
    }

    /// The stay in the room ends here: for good if the client is `leaving`, else until it comes back or its window is
    /// over.
    async fn retire(&mut self, leaving: bool) {
        let Some(mut member) = self.member.take() else { return };
        member.outbox.close();
        let Some(mut route) = member.route.take() else { return };
        let waiting = member.waiting.take().map(|(input, _)| input);
        // The link never heard of it.
        let unheard = matches!(waiting, Some(LinkInput { what: What::Begin(_), .. }));
        let mut last: Vec<_> = waiting.into_iter().filter(|_| !unheard).collect();
        if leaving && member.session.is_joined() {
            let after = member.session.highest();
            let message = Decoded { counter: after + 1, after, kind: Kind::Leave(v1::Leave {}) };
            let effects = member.session.step(Input::Message { message, bytes: 0 });
            last.extend(effects.into_iter().filter_map(|effect| match effect {
                Effect::Forward(command) => Some(route.input(What::Command(command))),
                _ => None,
            }));
        }
        if !member.session.step(Input::SocketGone { leaving }).is_empty() && !unheard {
            last.push(route.input(What::Gone { leaving }));
        }
        for input in last {
            // Waited for: with a word lost here, somebody who is gone would stay until this process ends.
            let _ = route.link.send(input).await;
        }
        route.told_gone = true;
    }

    async fn finish(self, ended: Ended) {
        tracing::debug!(?ended, "Socket.IO client ends");
        match ended {
            Ended::Close(reason) => {
                self.shared.metrics.close(reason);
                self.socket.close(reason.code(), reason.sentence()).await;
            }
            Ended::Invalid | Ended::Closed(Closed::Protocol) => {
                self.socket.close(1002, "This is no packet of Socket.IO 5 on Engine.IO 4.").await;
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
