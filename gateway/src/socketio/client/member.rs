//! A client's stay in a room: how it begins, what it asks for there, what it is told, and how it ends.

use std::collections::VecDeque;
use std::sync::Arc;

use switchboard_auth::audit::{Record, What as Audit};
use switchboard_proto::v1::client_message::Kind;
use switchboard_proto::v1::server_message::Kind as Server;
use switchboard_proto::v1::{self, ConnectionEnd, ErrorReason, GoneCommand};
use switchboard_proto::{Position, Refusal, SessionId};
use switchboard_socketio::packet::{self, Writer};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::super::{events, offset};
use super::{Client, Ended};
use crate::close::CloseReason;
use crate::codec::Decoded;
use crate::connection::token_deadline;
use crate::limits::Seat;
use crate::link::{Beginning, LinkInput, Lists, Manner, SESSION_MARK, What, socket_id};
use crate::metrics::{Begins, CommandKind, Delivered, Limit, Outcome, Protocol};
use crate::outbox::{Item, Outbox};
use crate::route::Route;
use crate::session::{Answer, Effect, Input, Session};
use crate::traced::{self, Traced};

/// Items of the outbox written before the socket is read again.
const DRAIN_ITEMS_MAX: usize = 64;
/// Items written before others have their turn: in a join storm hundreds have as many to write, and whoever is in another
/// room waits for all of them at each step.
const TURN_ITEMS: usize = 8;

/// In the audit.
const WAY: &str = "socketio";

/// An offset from which nothing can go on.
const NOT_YET: &str = "-";

/// A stay in a room.
pub(super) struct Member {
    pub(super) room: Box<str>,
    pub(super) id: Box<str>,
    pub(super) session: Session,
    /// Its identity's place in the room, where access tokens say who it is.
    seat: Option<Seat>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) route: Option<Route>,
    /// Did not fit into the link's queue, and until when it may wait.
    pub(super) waiting: Option<(LinkInput, Instant)>,
    /// The link is to be asked for the next piece of what was missed.
    pub(super) goes_on: bool,
    /// Until when the join or resume may wait for its answer.
    pub(super) begin_by: Option<Instant>,
    /// The join or resume, while it is not counted.
    begins: Option<Begins>,
    /// It goes on with an earlier one: the client's connect is answered once it does.
    pub(super) resumes: bool,
    /// The join asks for an acknowledgement.
    pub(super) join_ack: Option<u64>,
    pub(super) token: Box<str>,
    /// What stands behind the position in its offsets; empty before they can be given.
    pub(super) offset: Box<str>,
    /// Pieces of its snapshot.
    pub(super) snapshot: Vec<v1::Participant>,
    /// Commands that are not answered: counter, event, and the number of its acknowledgement.
    pub(super) asked: VecDeque<(u64, Box<str>, Option<u64>)>,
    traced: Traced,
}

impl Member {
    pub(super) fn begins(&self) -> bool {
        self.begin_by.is_some()
    }

    pub(super) fn may_read(&self) -> bool {
        // What a client says behind its join is for the room that it joins.
        !self.begins() && self.waiting.is_none() && self.session.may_read()
    }
}

impl Client {
    pub(super) async fn join(&mut self, room: String, user: String, ack: Option<u64>) -> Result<(), Ended> {
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

    pub(super) async fn resume(&mut self, mut resume: v1::Resume) -> Result<(), Ended> {
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
            goes_on: false,
            begin_by: None,
            begins: Begins::of(&kind),
            resumes,
            join_ack,
            token,
            offset: Box::default(),
            snapshot: Vec::new(),
            asked: VecDeque::new(),
            traced: Traced::default(),
        });
        let own = self.begins.try_take(Instant::now()).map_err(|wait| {
            self.shared.metrics.limits_hit.get(Limit::JoinsOfConnection).inc();
            let sentence = "Too many joins over this connection; try again in a while.";
            Refusal::new(ErrorReason::TooManyJoins, sentence).retry_after(wait)
        });
        let caller = match own.and_then(|()| self.shared.limits.join(self.address)) {
            Ok(()) => self.shared.check_token(self.address, self.token.as_ref()).await,
            Err(refusal) => Err(refusal),
        };
        if let Some(caller) = caller.transpose() {
            member.session.step(Input::Checked(caller));
        }
        let message = Decoded { counter: 0, after: 0, kind };
        let effects = member.session.step(Input::Message { message, bytes: 0, read: Instant::now() });
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

    /// The join or resume under way ended so.
    pub(super) fn count_begin(&mut self, outcome: Outcome) {
        if let Some(begins) = self.member.as_mut().and_then(|member| member.begins.take()) {
            begins.count(&self.shared.metrics, Protocol::SocketIo, outcome);
        }
    }

    /// The join or resume came to nothing.
    async fn not_begun(&mut self, error: v1::Error) -> Result<(), Ended> {
        self.count_begin(CloseReason::of_refusal(error.reason()).into());
        let Some(member) = &self.member else { return Ok(()) };
        let (room, identity) = (Some(&*member.room), Some(&*member.id));
        let reason = Some(error.reason().name());
        self.record(Record { room, identity, reason, ..member.session.record() }, Audit::Refused);
        let (resumes, ack) = (member.resumes, member.join_ack);
        let end = CloseReason::of_refusal(error.reason()).connection_end();
        self.retire(true, end).await;
        if resumes {
            // Its client connects and joins anew.
            return self.connect().await;
        }
        self.tell_refused("join-room", ack, &error).await
    }

    pub(super) async fn command(
        &mut self,
        name: &str,
        ack: Option<u64>,
        kind: Kind,
        read: Instant,
    ) -> Result<(), Ended> {
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
            member.session.step(Input::Message { message: Decoded { counter, after, kind }, bytes, read });
        self.carry_out(effects).await
    }

    pub(super) async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), Ended> {
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
                Effect::Forward(mut command) => {
                    member.traced.forward(&mut command, &member.session, &self.shared.tracer);
                    self.shared.metrics.commands.get(CommandKind::from(&command)).inc();
                    self.hand(What::Command(command));
                }
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
                self.retire(false, close.connection_end()).await;
                Ok(())
            }
            // It is told why, and may join again.
            CloseReason::Superseded
            | CloseReason::Removed
            | CloseReason::Forbidden
            | CloseReason::RoomClosed => {
                let asked = self.member.as_mut().map(|member| std::mem::take(&mut member.asked));
                self.retire(false, close.connection_end()).await;
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

    /// Asks for the next piece of what was missed, if it is time; behind what waits for the link already.
    pub(super) fn go_on(&mut self) {
        let Some(member) = &mut self.member else { return };
        if member.waiting.is_none() && std::mem::take(&mut member.goes_on) {
            self.hand(What::GoOn);
        }
    }

    pub(super) async fn drain(&mut self, depth: usize) -> Result<(), Ended> {
        self.shared.metrics.outbox_depth.observe(depth as u64);
        let mut delivered = Delivered::default();
        for at in 0..DRAIN_ITEMS_MAX {
            if at > 0 && at % TURN_ITEMS == 0 {
                tokio::task::yield_now().await;
            }
            let Some(member) = &mut self.member else { break };
            if member.outbox.has_overflowed() {
                return Err(Ended::Close(CloseReason::SlowReader));
            }
            match member.outbox.pop() {
                Some(Item::Told { event, heard, trace }) => {
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
                    if let (Some(context), Some(member)) = (trace, &self.member) {
                        let tracer = &self.shared.tracer;
                        traced::delivered(tracer, *context, &member.session, heard, position);
                    }
                    delivered.add(heard, &self.shared.metrics);
                }
                Some(Item::Lists(lists)) => self.lists(&lists).await?,
                Some(Item::Answer(answer)) => {
                    let effects = member.session.step(Input::Answer(answer));
                    self.carry_out(effects).await?;
                }
                Some(Item::PieceEnd) => member.goes_on = true,
                // For our own protocol.
                Some(Item::Event { .. }) => {}
                None => break,
            }
        }
        delivered.end(&self.shared.metrics);
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
                if let Some(begins) = member.begins.take() {
                    begins.count(&self.shared.metrics, Protocol::SocketIo, Outcome::Done);
                }
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
                self.retire(true, CloseReason::Resync.connection_end()).await;
                Err(Ended::Close(CloseReason::Resync))
            }
            Server::Ack(ack) => {
                let at = member.asked.iter().position(|(counter, ..)| *counter == ack.counter);
                let Some((_, name, id)) = at.and_then(|at| member.asked.remove(at)) else { return Ok(()) };
                member.traced.answered(ack.counter, ack.refused.as_ref().map(v1::Error::reason));
                let read = member.session.take_answered();
                match (ack.refused, id) {
                    (Some(error), _) => self.tell_refused(&name, id, &error).await?,
                    (None, Some(id)) => self.send(events::outcome(id, None)).await?,
                    (None, None) => {}
                }
                if let Some(read) = read {
                    self.shared.metrics.command_ack.observe_duration(read.elapsed());
                }
                Ok(())
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
        if let Some(begins) = member.begins.take() {
            begins.count(&self.shared.metrics, Protocol::SocketIo, Outcome::Done);
        }
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

    /// The stay in the room ends here: for good if the client is `leaving`, else until it comes back or its window is
    /// over.
    pub(super) async fn retire(&mut self, leaving: bool, end: ConnectionEnd) {
        self.count_begin(Outcome::Abandoned);
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
            let effects = member.session.step(Input::Message { message, bytes: 0, read: Instant::now() });
            last.extend(effects.into_iter().filter_map(|effect| match effect {
                Effect::Forward(command) => Some(route.input(What::Command(command))),
                _ => None,
            }));
        }
        if !member.session.step(Input::SocketGone { leaving }).is_empty() && !unheard {
            last.push(route.input(What::Gone(GoneCommand { leaving, end: Some(end) })));
        }
        for input in last {
            // Waited for: with a word lost here, somebody who is gone would stay until this process ends.
            let _ = route.link.send(input).await;
        }
        route.told_gone = true;
    }
}
