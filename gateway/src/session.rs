//! The rules of one session, pure: no socket, no link, no clock. What happened goes in, what is to be done comes out.
//!
//! Await join → joining → joined → ended. The session numbers nothing itself: the browser counts its commands, and
//! the session sees to it that each is answered: refused here, or forwarded and answered by the room.

use std::collections::VecDeque;
use std::sync::Arc;

use switchboard_auth::Caller;
use switchboard_auth::audit::Record;
use switchboard_proto::v1::{
    self, ErrorReason, RefusedCounter, ResetReason, ServerMessage, SessionCommand,
    server_message::Kind as Server, session_command::Action,
};
use switchboard_proto::{
    ConnectionId, GatewayId, Millis, ParticipantId, Position, Refusal, ResumeToken, RoomId, SessionId,
};
use tokio::time::Instant;

use crate::close::CloseReason;
use crate::codec::Decoded;
use crate::permit::{self, Permit};
use crate::validate::{self, Request};

/// Who speaks: made when a join or resume has passed the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) room: RoomId,
    pub(crate) participant: ParticipantId,
    pub(crate) session: SessionId,
    pub(crate) connection: ConnectionId,
    pub(crate) generation: u64,
}

/// How a session begins on this connection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Begin {
    Join { metadata: String },
    Resume { token: ResumeToken, position: Position },
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// Whose access token the next message has. Comes before each message that may carry one, where tokens are wanted.
    Checked(Result<Box<Caller>, Refusal>),
    /// The access token's time is over.
    TokenExpired,
    /// A frame was read, then. `bytes` is its size.
    Message { message: Decoded, bytes: usize, read: Instant },
    /// A frame could not be read.
    Unreadable(Refusal),
    /// A message was over the rate.
    RateLimited(Decoded),
    /// The link's queue took no more for too long: the command that was to go there did not.
    NotForwarded { counter: u64 },
    /// The link says something.
    Answer(Answer),
    /// The browser wants, or is due, its position.
    HeartbeatDue,
    /// The time to join, or for the join's answer, is over.
    JoinTimeout,
    /// The socket is gone; `leaving`: the browser itself went away.
    SocketGone { leaving: bool },
}

/// What the link says to a session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Joined(Box<Joined>),
    Resumed(Box<v1::SessionResumed>),
    /// The join or resume was refused.
    Refused(ErrorReason),
    Ack {
        counter: u64,
        refused: Option<ErrorReason>,
        stored: bool,
    },
    Stored {
        counter: u64,
    },
    /// The room is so far, and nothing up to there was for this session.
    Position(Position),
    /// A command was not taken and will not be.
    NotTaken {
        counter: u64,
        reason: ErrorReason,
    },
    /// The store is away, or is back.
    Degraded(bool),
    Snapshot(Arc<v1::Snapshot>),
    Reset(ResetReason),
    /// The session is over here, or this connection is.
    Close(CloseReason),
}

impl Answer {
    /// Whether it counts against the bound of the outbox.
    pub(crate) fn is_bounded(&self) -> bool {
        matches!(
            self,
            Self::Ack { .. }
                | Self::Stored { .. }
                | Self::NotTaken { .. }
                | Self::Degraded(_)
                | Self::Position(_)
        )
    }
}

/// The room took the join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Joined {
    pub(crate) session: SessionId,
    pub(crate) resume_token: String,
    pub(crate) resume_window: Option<pbjson_types::Duration>,
}

/// What is to be done, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    Send(ServerMessage),
    Begin(Identity, Begin),
    Forward(SessionCommand),
    Gone { leaving: bool },
    Close(CloseReason),
}

/// What does not change from session to session.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) gateway: GatewayId,
    pub(crate) heartbeat_interval_ms: u64,
    pub(crate) unanswered_max: usize,
    pub(crate) unanswered_bytes_max: usize,
    pub(crate) errors_in_a_row_max: u32,
    /// Whether a session needs an access token.
    pub(crate) wants_token: bool,
    pub(crate) rate_limited_in_a_row_max: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    AwaitJoin,
    Joining,
    Joined,
    Ended,
}

/// What is done with the commands that a browser may have sent before it heard that a new session took the place of its
/// own: they ended with that (S13), and their numbers mean nothing in the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    /// There is no new session, or it has spoken: all that comes is its own.
    None,
    /// The first of the new session was had in the old one already: what comes before it is passed over.
    Skip,
    /// The first of either session looks the same: whoever sends it comes back over a new connection, on which there is
    /// only one of them.
    Doubt,
}

/// A command that waits for its answer.
#[derive(Debug)]
struct Unanswered {
    counter: u64,
    bytes: u32,
    read: Instant,
}

/// One session on one connection.
#[derive(Debug)]
pub(crate) struct Session {
    rules: Arc<Rules>,
    state: State,
    identity: Option<Box<Identity>>,
    /// The id that the session takes when it joins, where its protocol chooses it.
    name: Option<SessionId>,
    /// Whose token the message has that comes next.
    checked: Option<Box<Result<Box<Caller>, Refusal>>>,
    /// What the token grants; none where everything is.
    permit: Option<Box<Permit>>,
    /// The highest counter seen, forwarded or refused here.
    highest: u64,
    /// The last counter forwarded: the `after` of the next.
    forwarded: u64,
    late: Late,
    /// Whether the connection began with a resume: then commands may be sent under old numbers.
    is_resumed: bool,
    /// The counter of a leave that is under way; 0 if none.
    leave: u64,
    /// Forwarded and not yet answered.
    unanswered: VecDeque<Unanswered>,
    unanswered_bytes: usize,
    /// When the command was read that was answered last, until somebody asks.
    answered: Option<Instant>,
    /// The position of the last event, snapshot or replay that was put on the socket: the session's own cursor.
    cursor: Option<Position>,
    /// Whether the store is away.
    degraded: bool,
    errors_in_a_row: u32,
    rate_limited_in_a_row: u32,
}

impl Session {
    pub(crate) fn new(rules: Arc<Rules>) -> Self {
        Self {
            rules,
            state: State::AwaitJoin,
            identity: None,
            name: None,
            checked: None,
            permit: None,
            highest: 0,
            forwarded: 0,
            late: Late::None,
            is_resumed: false,
            leave: 0,
            unanswered: VecDeque::new(),
            unanswered_bytes: 0,
            answered: None,
            cursor: None,
            degraded: false,
            errors_in_a_row: 0,
            rate_limited_in_a_row: 0,
        }
    }

    /// One that takes this id when it joins; it must never have been used.
    pub(crate) fn named(mut self, name: SessionId) -> Self {
        self.name = Some(name);
        self
    }

    /// The highest counter seen: for a protocol whose clients count nothing, the next is one more.
    pub(crate) fn highest(&self) -> u64 {
        self.highest
    }

    /// The position that was told last.
    pub(crate) fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// Whether the socket may be read: not while too much is unanswered. That is all the flow control a browser
    /// needs: TCP tells it.
    pub(crate) fn may_read(&self) -> bool {
        self.unanswered.len() < self.rules.unanswered_max
            && self.unanswered_bytes < self.rules.unanswered_bytes_max
    }

    /// When the command was read whose answer the last step gave; told once.
    pub(crate) fn take_answered(&mut self) -> Option<Instant> {
        self.answered.take()
    }

    /// When a command was read that has no answer yet.
    pub(crate) fn read_at(&self, counter: u64) -> Option<Instant> {
        let mut newest_first = self.unanswered.iter().rev();
        newest_first.find(|unanswered| unanswered.counter == counter).map(|unanswered| unanswered.read)
    }

    /// The session that the browser knows of.
    pub(crate) fn session_id(&self) -> Option<&SessionId> {
        self.identity.as_ref().map(|identity| &identity.session)
    }

    /// Whether somebody joined on this connection.
    pub(crate) fn is_joined(&self) -> bool {
        self.state == State::Joined
    }

    /// What the audit says of this session, but for the way and the address.
    pub(crate) fn record(&self) -> Record<'_> {
        let identity = self.identity.as_deref();
        Record {
            room: identity.map(|identity| identity.room.as_str()),
            identity: identity.map(|identity| identity.participant.as_str()),
            session: identity.map(|identity| identity.session.as_str()),
            key: self.permit.as_ref().map(|permit| permit.key()),
            ..Record::default()
        }
    }

    /// Who speaks on this connection.
    pub(crate) fn participant(&self) -> Option<&ParticipantId> {
        self.identity.as_ref().map(|identity| &identity.participant)
    }

    /// When the access token ends, by its own word.
    pub(crate) fn token_expires_at(&self) -> Option<Millis> {
        self.permit.as_ref().map(|permit| permit.expires_at())
    }

    /// An event went to the socket.
    pub(crate) fn told(&mut self, position: Position) {
        self.cursor = Some(position);
    }

    /// Takes what happened; gives what is to be done.
    pub(crate) fn step(&mut self, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.state == State::Ended {
            // Late words change nothing.
            return effects;
        }
        let out = &mut effects;
        match input {
            Input::Checked(caller) => self.checked = Some(Box::new(caller)),
            Input::TokenExpired => self.end(CloseReason::TokenExpired, out),
            Input::Message { message, bytes, read } => self.message(message, (bytes, read), out),
            Input::Unreadable(refusal) => self.fault(&refusal, 0, out),
            Input::RateLimited(message) => self.rate_limited(&message, out),
            Input::NotForwarded { counter } => {
                self.answered(counter);
                out.push(refused(counter, &ErrorReason::Busy.into()));
            }
            Input::Answer(answer) => self.answer(answer, out),
            Input::HeartbeatDue => {
                if self.is_joined() {
                    out.push(self.heartbeat());
                }
            }
            Input::JoinTimeout => match self.state {
                State::AwaitJoin => self.end(CloseReason::JoinTimeout, out),
                State::Joining => self.end(CloseReason::Unavailable, out),
                State::Joined | State::Ended => {}
            },
            Input::SocketGone { leaving } => {
                if self.state != State::AwaitJoin {
                    out.push(Effect::Gone { leaving });
                }
                self.state = State::Ended;
            }
        }
        effects
    }

    fn message(&mut self, message: Decoded, frame: (usize, Instant), out: &mut Vec<Effect>) {
        self.rate_limited_in_a_row = 0;
        let Decoded { counter, after, kind } = message;
        if validate::is_command(&kind) {
            return self.command(counter, after, kind, frame, out);
        }
        let mut kind = kind;
        let caller = match self.caller() {
            Ok(caller) => caller,
            Err(refusal) if self.state == State::AwaitJoin => return self.turn_away(&refusal, out),
            Err(refusal) => return self.fault(&refusal, 0, out),
        };
        if let (v1::client_message::Kind::Join(join), Some(caller)) = (&mut kind, &caller) {
            permit::complete(join, caller);
        }
        let request = match validate::validate(kind) {
            Ok(request) => request,
            Err(refusal) => return self.fault(&refusal, 0, out),
        };
        match request {
            Request::Heartbeat if self.is_joined() => {
                self.errors_in_a_row = 0;
                out.push(self.heartbeat());
            }
            Request::Heartbeat => self.fault(&ErrorReason::NotJoined.into(), 0, out),
            Request::Join { .. } | Request::Resume(_) if self.state != State::AwaitJoin => {
                self.fault(&ErrorReason::AlreadyJoined.into(), 0, out);
            }
            Request::RenewToken if self.is_joined() => self.renew(caller.as_deref(), out),
            Request::RenewToken => self.fault(&ErrorReason::NotJoined.into(), 0, out),
            Request::Join { room, participant, metadata } => {
                match self.admit(caller.as_deref(), &room, &participant) {
                    Ok(permit) => self.permit = permit,
                    Err(refusal) => return self.turn_away(&refusal, out),
                }
                // The session's id is made before the first send, so that a join sent again is the same join.
                let identity = Identity {
                    room,
                    participant,
                    session: self.name.take().unwrap_or_else(SessionId::random),
                    connection: ConnectionId::random(),
                    generation: 1,
                };
                self.begin(identity, Begin::Join { metadata }, out);
            }
            Request::Resume(resume) => {
                let validate::Resume { room, participant, session, generation, token, position } = *resume;
                match self.admit(caller.as_deref(), &room, &participant) {
                    Ok(permit) => self.permit = permit,
                    Err(refusal) => return self.turn_away(&refusal, out),
                }
                let connection = ConnectionId::random();
                let identity = Identity { room, participant, session, connection, generation };
                self.cursor = Some(position);
                self.begin(identity, Begin::Resume { token, position }, out);
            }
            // Commands were taken above.
            Request::Command(_) => {}
        }
    }

    /// Whose token the message at hand has; none where no token is wanted, or the message carries none.
    fn caller(&mut self) -> Result<Option<Box<Caller>>, Refusal> {
        self.checked.take().map(|checked| *checked).transpose()
    }

    /// What the session of this participant may do by its token.
    fn admit(
        &self,
        caller: Option<&Caller>,
        room: &RoomId,
        participant: &ParticipantId,
    ) -> Result<Option<Box<Permit>>, Refusal> {
        match caller {
            Some(caller) => Permit::new(caller, room, participant).map(Some),
            None if self.rules.wants_token => Err(ErrorReason::TokenMissing.into()),
            None => Ok(None),
        }
    }

    /// A new token for the session that is under way. What it grants counts from here on.
    fn renew(&mut self, caller: Option<&Caller>, out: &mut Vec<Effect>) {
        let Some(identity) = &self.identity else { return };
        match self.admit(caller, &identity.room, &identity.participant) {
            Ok(permit) => {
                self.errors_in_a_row = 0;
                self.permit = permit;
                out.extend(self.permissions());
            }
            Err(refusal) => self.fault(&refusal, 0, out),
        }
    }

    /// What the browser is told of its token; nothing where none is wanted.
    fn permissions(&self) -> Option<Effect> {
        self.permit.as_ref().map(|permit| send(Server::Permissions(permit.told())))
    }

    /// A join or resume is refused here: nothing began.
    fn turn_away(&mut self, refusal: &Refusal, out: &mut Vec<Effect>) {
        let close = CloseReason::of_refusal(refusal.reason);
        if close.error() != Some(refusal.reason) {
            out.push(Effect::Send(error(refusal, 0)));
        }
        self.end(close, out);
        self.state = State::Ended;
    }

    fn begin(&mut self, identity: Identity, begin: Begin, out: &mut Vec<Effect>) {
        self.errors_in_a_row = 0;
        self.state = State::Joining;
        self.identity = Some(Box::new(identity.clone()));
        out.push(Effect::Begin(identity, begin));
    }

    fn command(
        &mut self,
        counter: u64,
        after: u64,
        kind: v1::client_message::Kind,
        (bytes, read): (usize, Instant),
        out: &mut Vec<Effect>,
    ) {
        if !self.is_joined() {
            return self.fault(&ErrorReason::NotJoined.into(), counter, out);
        }
        match self.late {
            Late::None => {}
            Late::Skip if (counter, after) != (1, 0) => return,
            Late::Skip => self.late = Late::None,
            Late::Doubt => return self.end(CloseReason::Resync, out),
        }
        if counter == 0 || after > self.highest || after >= counter {
            return self.fault(&ErrorReason::CounterOutOfOrder.into(), counter, out);
        }
        if counter <= self.highest {
            if self.unanswered.iter().any(|unanswered| unanswered.counter == counter) {
                // Under way already: its answer comes.
                return;
            }
            if counter > self.forwarded {
                // It was refused here, and a repeat changes no outcome.
                return self.refuse(counter, &ErrorReason::NotForwarded.into(), out);
            }
        }
        let action = match validate::validate(kind) {
            Ok(Request::Command(action)) => action,
            Ok(_) => return,
            Err(refusal) => {
                self.highest = self.highest.max(counter);
                return self.refuse(counter, &refusal, out);
            }
        };
        if let Some(Err(refusal)) = self.permit.as_ref().map(|permit| permit.check(&action)) {
            // No fault of the client's code: the person pressed what the token does not grant.
            self.highest = self.highest.max(counter);
            out.push(refused(counter, &refusal));
            return;
        }
        self.errors_in_a_row = 0;
        // A repeat of something answered is forwarded too: the room has the first outcome.
        let after = if counter > self.forwarded { self.forwarded } else { counter - 1 };
        self.highest = self.highest.max(counter);
        self.forwarded = self.forwarded.max(counter);
        // The first of them ends the session; another one behind it has no answer to wait for.
        if matches!(action, Action::Leave(_)) && self.leave == 0 {
            self.leave = counter;
        }
        let counted = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.unanswered.push_back(Unanswered { counter, bytes: counted, read });
        self.unanswered_bytes += bytes;
        out.push(Effect::Forward(SessionCommand {
            counter,
            after,
            action: Some(action),
            traceparent: String::new(),
        }));
    }

    fn rate_limited(&mut self, message: &Decoded, out: &mut Vec<Effect>) {
        self.rate_limited_in_a_row += 1;
        if self.rate_limited_in_a_row > self.rules.rate_limited_in_a_row_max {
            return self.end(CloseReason::RateLimited, out);
        }
        let refusal = Refusal::from(ErrorReason::RateLimited);
        let known = message.counter == 0 || message.counter <= self.highest || message.after > self.highest;
        if known || !self.is_joined() || !validate::is_command(&message.kind) {
            // Not a new command of this session: nothing was decided about any counter.
            out.push(Effect::Send(error(&refusal, message.counter)));
        } else {
            self.highest = message.counter;
            out.push(refused(message.counter, &refusal));
        }
    }

    fn answer(&mut self, answer: Answer, out: &mut Vec<Effect>) {
        match answer {
            Answer::Joined(joined) => {
                out.extend(self.welcome(*joined));
                out.extend(self.permissions());
            }
            Answer::Resumed(resumed) => {
                self.state = State::Joined;
                self.is_resumed = true;
                self.highest = self.highest.max(resumed.last);
                self.forwarded = self.forwarded.max(resumed.last);
                out.push(send(Server::Resumed(v1::Resumed {
                    session_id: resumed.session_id,
                    generation: resumed.generation,
                    last: resumed.last,
                    refused: resumed.refused,
                    resume_token: resumed.resume_token,
                    gateway_id: self.rules.gateway.to_string(),
                    stored: resumed.stored,
                    degraded: self.degraded,
                })));
                out.extend(self.permissions());
            }
            Answer::Refused(reason) => {
                let close = CloseReason::of_refusal(reason);
                if close.error() != Some(reason) {
                    // The close tells its own; the room's reason is told here.
                    out.push(Effect::Send(error(&reason.into(), 0)));
                }
                self.end(close, out);
                // The room does not have this session: there is nothing to tell it.
                self.state = State::Ended;
            }
            Answer::Ack { counter, refused: None, stored } => {
                self.answered(counter);
                out.push(send(Server::Ack(v1::Ack { counter, stored, refused: None })));
                if counter == self.leave {
                    self.end(CloseReason::Left, out);
                    self.state = State::Ended;
                }
            }
            Answer::Ack { counter, refused: Some(reason), stored } => {
                self.answered(counter);
                let refused = Some(Refusal::from(reason).to_message(counter));
                out.push(send(Server::Ack(v1::Ack { counter, stored, refused })));
            }
            Answer::NotTaken { counter, reason } => {
                self.answered(counter);
                out.push(Effect::Send(error(&reason.into(), counter)));
            }
            Answer::Degraded(degraded) => {
                let is_new = std::mem::replace(&mut self.degraded, degraded) != degraded;
                if is_new && self.is_joined() {
                    out.push(self.heartbeat());
                }
            }
            Answer::Stored { counter } => out.push(send(Server::Stored(v1::Stored { counter }))),
            Answer::Position(position) => {
                self.cursor = Some(position);
                out.push(self.heartbeat());
            }
            Answer::Snapshot(piece) => {
                if let (false, Some(position)) = (piece.more, piece.position) {
                    self.cursor = Some(position.into());
                }
                out.push(send(Server::Snapshot(Arc::unwrap_or_clone(piece))));
            }
            Answer::Reset(reason) => {
                out.push(send(Server::Reset(v1::Reset { reason: reason.into() })));
            }
            Answer::Close(reason) => {
                self.end(reason, out);
                // After a resync the session lives on without this socket, which the room is told then.
                if reason != CloseReason::Resync {
                    self.state = State::Ended;
                }
            }
        }
    }

    /// The welcome; none if nothing was to begin. A second one begins a new session on the same connection: the
    /// room had forgotten the old one. The browser counts from 1 again and sends again what was not stored.
    fn welcome(&mut self, joined: Joined) -> Option<Effect> {
        let identity = self.identity.as_mut()?;
        identity.session = joined.session;
        if self.state == State::Joined {
            self.late = if self.highest > 0 && !self.is_resumed { Late::Skip } else { Late::Doubt };
            (self.highest, self.forwarded, self.leave, self.unanswered_bytes) = (0, 0, 0, 0);
            self.unanswered.clear();
        }
        self.state = State::Joined;
        self.cursor = None;
        Some(send(Server::Welcome(v1::Welcome {
            session_id: identity.session.to_string(),
            resume_token: joined.resume_token,
            generation: 1,
            heartbeat_interval: Some(switchboard_proto::duration(self.rules.heartbeat_interval_ms)),
            resume_window: joined.resume_window,
            // The connection's to fill in: credentials depend on the time.
            ice_servers: Vec::new(),
            gateway_id: self.rules.gateway.to_string(),
            room_id: identity.room.to_string(),
            participant_id: identity.participant.to_string(),
            degraded: self.degraded,
        })))
    }

    fn heartbeat(&self) -> Effect {
        let (position, degraded) = (self.cursor.map(Into::into), self.degraded);
        send(Server::Heartbeat(v1::Heartbeat { position, degraded }))
    }

    fn answered(&mut self, counter: u64) {
        let at = self.unanswered.iter().position(|unanswered| unanswered.counter == counter);
        if let Some(Unanswered { bytes, read, .. }) = at.and_then(|at| self.unanswered.remove(at)) {
            self.unanswered_bytes -= bytes as usize;
            self.answered = Some(read);
        }
    }

    /// A command is refused here and never forwarded.
    fn refuse(&mut self, counter: u64, refusal: &Refusal, out: &mut Vec<Effect>) {
        out.push(refused(counter, refusal));
        self.count_error(out);
    }

    /// A message can't be taken.
    fn fault(&mut self, refusal: &Refusal, counter: u64, out: &mut Vec<Effect>) {
        out.push(Effect::Send(error(refusal, counter)));
        self.count_error(out);
    }

    fn count_error(&mut self, out: &mut Vec<Effect>) {
        self.errors_in_a_row += 1;
        if self.errors_in_a_row > self.rules.errors_in_a_row_max {
            self.end(CloseReason::Garbage, out);
        }
    }

    /// Closes the connection. The session itself ends when the socket is gone: the room is told then.
    fn end(&self, reason: CloseReason, out: &mut Vec<Effect>) {
        out.push(Effect::Close(reason));
    }
}

fn send(kind: Server) -> Effect {
    Effect::Send(ServerMessage { kind: Some(kind) })
}

fn error(refusal: &Refusal, counter: u64) -> ServerMessage {
    ServerMessage { kind: Some(Server::Error(refusal.to_message(counter))) }
}

fn refused(counter: u64, refusal: &Refusal) -> Effect {
    let refused = Some(refusal.to_message(counter));
    // Stored: the counter's outcome is final, whatever becomes of the store.
    send(Server::Ack(v1::Ack { counter, stored: true, refused }))
}

/// The refusal of `counter` among those that a room remembers.
pub(crate) fn refusal_of(refused: &[RefusedCounter], counter: u64) -> Option<ErrorReason> {
    let found = refused.iter().find(|refused| refused.counter == counter)?;
    Some(ErrorReason::try_from(found.reason).unwrap_or(ErrorReason::Internal))
}

#[cfg(test)]
mod tests;
