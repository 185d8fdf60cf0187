//! One participant: joins, speaks, loses its socket, comes back. Keeps what is not known to be stored and says it
//! again, as the protocol asks. Keeps a record of all that it was told, and checks what one receiver can see: each
//! event follows the one before, nothing twice, one outcome a command.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use prost::Message as _;
use switchboard_proto::v1::client_message::Kind as Ask;
use switchboard_proto::v1::event::Event as Happened;
use switchboard_proto::v1::server_message::Kind as Told;
use switchboard_proto::v1::{self, ErrorReason, ParticipantState, ResetReason};
use switchboard_proto::{Position, RoomId};
use switchboard_roomsvc::room;
use switchboard_roomsvc::store::Store as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::net::{End, Host, Net};
use crate::rng::Rng;
use crate::store::World;
use crate::{note, violated};

/// A gateway that says nothing for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(4);
/// Commands without an answer.
const UNANSWERED_MAX: usize = 24;
/// Commands that are not known to be stored.
const KEPT_MAX: usize = 200;

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Everybody acts.
    Active,
    /// Nobody acts; who is there stays and heals.
    Quiet,
}

/// What one session was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    /// Its room.
    pub(crate) room: String,
    /// Whose it is.
    pub(crate) participant: String,
    /// Where the last whole snapshot stood.
    pub(crate) base: v1::Position,
    /// Events applied since.
    pub(crate) applied: Vec<v1::Event>,
    /// The last position told.
    pub(crate) position: Option<v1::Position>,
    /// The members as snapshot and events say.
    pub(crate) members: BTreeMap<String, v1::Participant>,
    /// Each command and what became of it.
    pub(crate) commands: BTreeMap<u64, Said>,
    /// Whether its socket is open and it may be used.
    pub(crate) live: bool,
    /// When it was live; the last time may not be over.
    pub(crate) spans: Vec<Span>,
    /// Each reset, whether its position was in the stored room's history then, and whether that room was closed.
    pub(crate) resets: Vec<(ResetReason, bool, bool)>,
    /// It was told that it has ended or is not known.
    pub(crate) told_ended: bool,
    /// It was told something that was only accepted.
    pub(crate) forked: bool,
    /// The newest generation that was confirmed.
    pub(crate) generation: u64,
    gathering: bool,
}

/// A time in which one socket of a session was open and might be used.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// From when on.
    pub(crate) began: Instant,
    /// Until when, if it is over.
    pub(crate) ended: Option<Instant>,
    /// The socket's generation.
    pub(crate) generation: u64,
}

/// A command and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// When it was said first.
    pub(crate) at: Instant,
    /// The one that it was for, if it was for one.
    pub(crate) to: Option<String>,
    /// Whether it was said more than once.
    pub(crate) again: bool,
    /// The outcome that was told last, and when one was told first.
    pub(crate) outcome: Option<(Outcome, Instant)>,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Why it was refused; none: it was accepted.
    pub(crate) refused: Option<ErrorReason>,
    /// Whether the store is known to have that.
    pub(crate) stored: bool,
}

/// What all were told, by session.
pub(crate) type Record = Arc<Mutex<BTreeMap<String, Heard>>>;
/// What was told at each position of a room, to anyone: V1.
pub(crate) type Contents = Arc<Mutex<BTreeMap<(String, u64, u64), u64>>>;

/// What everybody shares.
#[derive(Clone)]
pub(crate) struct Common {
    /// The network.
    pub(crate) net: Net,
    /// What was heard.
    pub(crate) record: Record,
    /// What was told at each position.
    pub(crate) contents: Contents,
    /// What is stored, for a look at it.
    pub(crate) world: World,
    /// What goes on.
    pub(crate) phase: watch::Receiver<Phase>,
    /// Everybody's name, for signals.
    pub(crate) names: Arc<[String]>,
    /// The gateways' hosts.
    pub(crate) gateways: Arc<[String]>,
}

struct Session {
    id: String,
    token: String,
    generation: u64,
    counter: u64,
    /// The counter that was sent last on this connection, or decided last as a resume told: the next follows it.
    sent: u64,
    /// Sent and not known to be stored, in order.
    kept: VecDeque<Command>,
}

struct Command {
    counter: u64,
    ask: Ask,
    /// Decided, and not known to be stored.
    accepted: bool,
}

/// How a connection ended.
#[derive(Debug)]
enum Ended {
    Closed(u16, String),
    Lost,
    Chosen,
    Rejoin,
}

/// A participant.
pub(crate) struct Person {
    common: Common,
    host: Host,
    room: String,
    id: String,
    rng: Rng,
    session: Option<Session>,
    twins: bool,
}

impl Person {
    /// The participant `id` on a host of its own.
    pub(crate) fn new(common: Common, host: &str, room: &str, id: &str, rng: Rng, twins: bool) -> Self {
        let host = Host(host.into(), 0);
        Self { common, host, room: room.into(), id: id.into(), rng, session: None, twins }
    }

    fn active(&self) -> bool {
        *self.common.phase.borrow() == Phase::Active
    }

    /// Lives until the run ends.
    pub(crate) async fn live(mut self) {
        sleep(self.rng.ms(0, 1_500)).await;
        loop {
            let gateway = self.rng.pick(&self.common.gateways).clone();
            let opened = timeout(Duration::from_secs(2), self.common.net.connect(&self.host, &gateway)).await;
            let Ok(Ok(end)) = opened else {
                sleep(self.rng.ms(50, 400)).await;
                continue;
            };
            let resumes = self.session.is_some();
            note!("{} connects to {gateway}, resumes {resumes}", self.host.0);
            let ended = self.connection(end).await;
            note!("{} {:?} {ended:?}", self.host.0, self.session.as_ref().map(|s| &s.id));
            self.heard(|heard| heard.set_live(false));
            match ended {
                Ended::Closed(1000, _) | Ended::Rejoin => self.end(false),
                Ended::Closed(4001, _) => self.end(true),
                Ended::Closed(4202, reason) if reason.contains("window") => self.end(true),
                Ended::Closed(4003..=4006, reason) => {
                    if self.active() {
                        sleep(self.rng.ms(200, 3_000)).await;
                    }
                    self.end(reason.contains("ended"));
                }
                Ended::Closed(4000 | 4007 | 4008 | 4100, reason) => {
                    violated!("{} was closed: {reason}", self.host.0);
                    self.end(false);
                }
                Ended::Closed(..) | Ended::Lost => sleep(self.rng.ms(20, 500)).await,
                Ended::Chosen => {
                    let wait =
                        if self.rng.chance(250) { self.rng.ms(1_500, 4_000) } else { self.rng.ms(1, 600) };
                    sleep(wait).await;
                }
            }
            if self.session.is_none() {
                sleep(self.rng.ms(10, 1_200)).await;
            }
        }
    }

    fn end(&mut self, told: bool) {
        self.heard(|heard| heard.told_ended |= told);
        self.session = None;
    }

    fn heard<T>(&self, change: impl FnOnce(&mut Heard) -> T) -> Option<T> {
        let mut record = self.common.record.lock();
        self.session.as_ref().and_then(|session| record.get_mut(&session.id)).map(change)
    }

    async fn connection(&mut self, end: End) -> Ended {
        let mut socket = WebSocketStream::from_raw_socket(end, Role::Client, None).await;
        let first = match &mut self.session {
            None => Ask::Join(v1::Join {
                room_id: self.room.clone(),
                participant_id: self.id.clone(),
                metadata: format!("m{}", self.rng.below(1_000)),
                token: String::new(),
            }),
            Some(session) => {
                session.generation += 1;
                let position = self.common.record.lock().get(&session.id).and_then(|heard| heard.position);
                Ask::Resume(v1::Resume {
                    resume_token: session.token.clone(),
                    generation: session.generation,
                    position,
                    room_id: self.room.clone(),
                    participant_id: self.id.clone(),
                    session_id: session.id.clone(),
                    token: String::new(),
                })
            }
        };
        if send(&mut socket, 0, 0, first).await.is_err() {
            return Ended::Lost;
        }
        let mut usable = false;
        let mut act_at = Instant::now() + self.rng.ms(5, 300);
        let mut quiet_at = Instant::now() + SILENCE * 2;
        let mut reason = String::new();
        loop {
            tokio::select! {
                biased;
                frame = socket.next() => {
                    let frame = match frame {
                        None | Some(Err(_)) => return Ended::Lost,
                        Some(Ok(frame)) => frame,
                    };
                    quiet_at = Instant::now() + SILENCE;
                    match frame {
                        Message::Close(close) => {
                            let code = close.as_ref().map_or(1006, |close| close.code.into());
                            let text = close.map_or(String::new(), |close| close.reason.to_string());
                            return Ended::Closed(code, format!("{text} {reason}"));
                        }
                        Message::Binary(bytes) => {
                            let Ok(message) = v1::ServerMessage::decode(bytes) else {
                                violated!("{} got what can't be read", self.host.0);
                                return Ended::Lost;
                            };
                            let Some(kind) = message.kind else { continue };
                            if let Told::Error(error) = &kind {
                                reason = format!("{:?}", error.reason());
                            }
                            match self.told(kind, &mut socket).await {
                                Ok(ready) => usable |= ready,
                                Err(ended) => return ended,
                            }
                        }
                        _ => {}
                    }
                }
                () = sleep_until(quiet_at) => {
                    note!("{} hears nothing", self.host.0);
                    return Ended::Lost;
                }
                () = sleep_until(act_at) => {
                    act_at = Instant::now() + self.rng.ms(5, 350);
                    if !self.active() {
                        act_at += Duration::from_millis(700);
                    }
                    if let Err(ended) = self.act(&mut socket, usable).await {
                        if matches!(ended, Ended::Chosen) && self.rng.chance(700) {
                            socket.get_ref().abort();
                        }
                        return ended;
                    }
                }
            }
        }
    }

    /// Does something, perhaps.
    async fn act(&mut self, socket: &mut WebSocketStream<End>, usable: bool) -> Result<(), Ended> {
        if !usable {
            return Ok(());
        }
        let active = self.active();
        let what = if active { self.rng.below(100) } else { 99 };
        let full = self.session.as_ref().is_none_or(Session::is_full);
        let name = self.rng.pick(&self.common.names).clone();
        let ask = match what {
            90..=91 if self.rng.chance(500) => return Err(Ended::Rejoin),
            92..=94 => return Err(Ended::Chosen),
            95 if self.twins => {
                self.twin();
                return Ok(());
            }
            96..=99 => {
                return send(socket, 0, 0, Ask::Heartbeat(v1::Heartbeat::default()))
                    .await
                    .map_err(|_| Ended::Lost);
            }
            _ if full => return Ok(()),
            0..=34 => Ask::Message(v1::Message { to: Vec::new(), body: String::new() }),
            35..=42 => Ask::Message(v1::Message { to: vec![name], body: String::new() }),
            43..=69 => {
                Ask::Signal(v1::Signal { to: name, kind: 1 + (what % 3) as i32, payload: String::new() })
            }
            70..=75 => Ask::StartShare(v1::StartShare { share_id: format!("s{what}"), audio: false }),
            76..=79 => Ask::StopShare(v1::StopShare {}),
            80..=85 => {
                Ask::UpdateMetadata(v1::UpdateMetadata { metadata: format!("u{}", self.rng.below(99)) })
            }
            86 => Ask::Renegotiate(v1::Renegotiate {}),
            87 if self.rng.chance(300) => Ask::Leave(v1::Leave {}),
            _ => return Ok(()),
        };
        self.command(socket, ask).await
    }

    async fn command(&mut self, socket: &mut WebSocketStream<End>, mut ask: Ask) -> Result<(), Ended> {
        let Some(session) = &mut self.session else { return Ok(()) };
        session.counter += 1;
        let counter = session.counter;
        let after = std::mem::replace(&mut session.sent, counter);
        // Who gets it can see whether it is from whom it is said to be.
        let mark = format!("{{\"by\":\"{}/{counter}\"}}", session.id);
        match &mut ask {
            Ask::Message(message) => message.body = mark,
            Ask::Signal(signal) => signal.payload = mark,
            _ => {}
        }
        session.kept.push_back(Command { counter, ask: ask.clone(), accepted: false });
        let to = match &ask {
            Ask::Message(message) => message.to.first().cloned(),
            Ask::Signal(signal) => Some(signal.to.clone()),
            _ => None,
        };
        let said = Said { at: Instant::now(), to, again: false, outcome: None };
        self.heard(|heard| heard.commands.insert(counter, said));
        send(socket, counter, after, ask).await.map_err(|_| Ended::Lost)
    }

    /// Another socket with the same token, for a while.
    fn twin(&mut self) {
        let Some(session) = &mut self.session else { return };
        let resume = v1::Resume {
            resume_token: session.token.clone(),
            generation: session.generation + self.rng.below(2),
            position: self.common.record.lock().get(&session.id).and_then(|heard| heard.position),
            room_id: self.room.clone(),
            participant_id: self.id.clone(),
            session_id: session.id.clone(),
            token: String::new(),
        };
        note!("{} opens a twin of {} with generation {}", self.host.0, session.id, resume.generation);
        let (net, host) = (self.common.net.clone(), self.host.clone());
        let (gateway, wait) = (self.rng.pick(&self.common.gateways).clone(), self.rng.ms(10, 1_500));
        tokio::spawn(async move {
            let Ok(Ok(end)) = timeout(Duration::from_secs(2), net.connect(&host, &gateway)).await else {
                return;
            };
            let mut socket = WebSocketStream::from_raw_socket(end, Role::Client, None).await;
            drop(send(&mut socket, 0, 0, Ask::Resume(resume)).await);
            let read = async { while let Some(Ok(_)) = socket.next().await {} };
            drop(timeout(wait, read).await);
        });
    }

    /// Takes in what the gateway says; true once the session may be used.
    async fn told(&mut self, kind: Told, socket: &mut WebSocketStream<End>) -> Result<bool, Ended> {
        let host = self.host.0.clone();
        match kind {
            Told::Welcome(welcome) => {
                note!("{host} welcome {}", welcome.session_id);
                if self.session.as_ref().is_some_and(|session| session.id == welcome.session_id) {
                    return Ok(false);
                }
                // The room forgot the session: the gateway joined this socket anew.
                self.heard(|heard| heard.set_live(false));
                let heard = Heard {
                    room: self.room.clone(),
                    participant: self.id.clone(),
                    generation: 1,
                    ..Heard::default()
                };
                self.common.record.lock().insert(welcome.session_id.clone(), heard);
                self.session = Some(Session {
                    id: welcome.session_id,
                    token: welcome.resume_token,
                    generation: welcome.generation,
                    counter: 0,
                    sent: 0,
                    kept: VecDeque::new(),
                });
                Ok(false)
            }
            Told::Snapshot(piece) => {
                note!("{host} snapshot {:?}", piece.position.map(|p| p.seq));
                let ready = self.heard(|heard| heard.snapshot(&piece)).unwrap_or(false);
                Ok(ready)
            }
            Told::Event(event) => {
                let id = self.session.as_ref().map_or("none", |session| &session.id).to_owned();
                note!(
                    "{host} event {:?} after {:?}",
                    event.position.map(|p| p.seq),
                    event.prev.map(|p| p.seq)
                );
                self.one_content(&event);
                let applied = self.heard(|heard| heard.event(&id, event)).unwrap_or(Ok(()));
                applied.map(|()| false).map_err(|()| Ended::Lost)
            }
            Told::Ack(ack) => {
                let refused = ack.refused.as_ref().map(v1::Error::reason);
                note!("{host} ack {} {} {refused:?}", ack.counter, ack.stored);
                self.outcome(ack.counter, Outcome { refused, stored: ack.stored });
                Ok(false)
            }
            Told::Resumed(resumed) => {
                note!("{host} resumed, last {} refused {:?}", resumed.last, resumed.refused);
                let Some(session) = &mut self.session else { return Ok(false) };
                if resumed.session_id != session.id || resumed.generation != session.generation {
                    violated!("{host} resumed another session or generation: {resumed:?}");
                }
                session.token = resumed.resume_token;
                let generation = resumed.generation;
                let settled: Vec<u64> = session
                    .kept
                    .iter()
                    .map(|command| command.counter)
                    .filter(|n| *n <= resumed.last)
                    .collect();
                if resumed.last > session.counter {
                    violated!("{host} last {} is above all that was sent: {}", resumed.last, session.counter);
                }
                for counter in settled {
                    let refused = resumed.refused.iter().find(|refused| refused.counter == counter);
                    let refused = refused.map(v1::RefusedCounter::reason);
                    // Whether it is stored is not said: it is asked again.
                    let known = Outcome { refused, stored: false };
                    let before = self.heard(|heard| heard.forked);
                    self.outcome(counter, known);
                    self.heard(|heard| heard.forked = before == Some(true));
                }
                let Some(session) = &mut self.session else { return Ok(false) };
                let mut after = resumed.last;
                session.sent = session.kept.back().map_or(0, |command| command.counter).max(resumed.last);
                let again = session.kept.iter().map(|command| (command.counter, command.ask.clone()));
                for (counter, ask) in again.collect::<Vec<_>>() {
                    let is_repeat = counter <= resumed.last;
                    let follows =
                        if is_repeat { counter - 1 } else { std::mem::replace(&mut after, counter) };
                    self.heard(|heard| heard.said_again(counter));
                    send(socket, counter, follows, ask).await.map_err(|_| Ended::Lost)?;
                }
                let gathering = self.heard(|heard| {
                    heard.generation = generation;
                    heard.set_live(!heard.gathering);
                    heard.gathering
                });
                Ok(gathering == Some(false))
            }
            Told::Reset(reset) => {
                let id = self.session.as_ref().map(|session| session.id.clone());
                let reason = reset.reason();
                let at = self.heard(|heard| heard.position).flatten();
                let stored = match RoomId::parse(&self.room) {
                    Ok(room) => self.common.world.memory().load(&room).await.ok().flatten(),
                    Err(_) => None,
                };
                let closed = stored.as_ref().is_some_and(|room| room.phase() != room::Phase::Open);
                let in_history =
                    at.is_some_and(|at| stored.is_some_and(|room| room.in_history(Position::from(at))));
                note!("{host} {id:?} was reset: {reason:?}, in history {in_history}");
                self.heard(|heard| {
                    heard.resets.push((reason, in_history, closed));
                    heard.reset();
                });
                Ok(false)
            }
            Told::Heartbeat(heartbeat) => {
                if let Some(position) = heartbeat.position {
                    self.heard(|heard| heard.heartbeat(position));
                }
                Ok(false)
            }
            Told::Error(error) => {
                note!("{host} error {:?} {} {}", error.reason(), error.counter, error.message);
                // What was under way when a second welcome came was numbered in the session before.
                let is_of_session =
                    self.heard(|heard| heard.commands.contains_key(&error.counter)) == Some(true);
                if error.reason() == ErrorReason::CounterOutOfOrder && is_of_session {
                    violated!("{host} counter out of order: {}", error.message);
                }
                Ok(false)
            }
            Told::Stored(stored) => {
                note!("{host} stored up to {}", stored.counter);
                let Some(session) = &self.session else { return Ok(false) };
                let accepted = session.kept.iter().filter(|c| c.accepted && c.counter <= stored.counter);
                for counter in accepted.map(|command| command.counter).collect::<Vec<_>>() {
                    let told = self.heard(|heard| heard.commands.get(&counter).and_then(|said| said.outcome));
                    let refused = told.flatten().and_then(|(outcome, _)| outcome.refused);
                    self.outcome(counter, Outcome { refused, stored: true });
                }
                Ok(false)
            }
            Told::Drain(_) | Told::Permissions(_) | Told::IceServers(_) => Ok(false),
        }
    }

    fn outcome(&mut self, counter: u64, told: Outcome) {
        let Some(session) = &mut self.session else { return };
        let id = session.id.clone();
        // A refusal that is not stored is not final: another fork may store the command.
        if told.stored {
            session.kept.retain(|command| command.counter != counter);
        } else if let Some(command) = session.kept.iter_mut().find(|command| command.counter == counter) {
            command.accepted = true;
        }
        self.heard(|heard| {
            heard.forked |= !told.stored;
            let Some(said) = heard.commands.get_mut(&counter) else {
                return violated!("V7: {id} got an answer to {counter}, which it never sent");
            };
            match said.outcome {
                // What was only accepted may be decided again.
                Some((first, _)) if first.refused != told.refused && first.stored => {
                    violated!("V7: {id} command {counter} was {first:?}, is now {told:?}");
                }
                Some((first, at)) => {
                    let stored = told.stored || (first.stored && first.refused == told.refused);
                    said.outcome = Some((Outcome { stored, ..told }, at));
                }
                None => said.outcome = Some((told, Instant::now())),
            }
        });
    }

    /// V1: at a position everybody is told the same, in a fork too.
    fn one_content(&self, event: &v1::Event) {
        let position = event.position.unwrap_or_default();
        let bare = v1::Event { prev: None, stored: true, ..event.clone() };
        let mut hasher = DefaultHasher::new();
        bare.encode_to_vec().hash(&mut hasher);
        let digest = hasher.finish();
        let key = (self.room.clone(), position.epoch, position.seq);
        let first = *self.common.contents.lock().entry(key).or_insert(digest);
        if first != digest {
            violated!("V1: {} was told {event:?}, somebody else something else there", self.host.0);
        }
    }
}

impl Session {
    fn is_full(&self) -> bool {
        let unanswered = self.kept.iter().filter(|command| !command.accepted).count();
        unanswered >= UNANSWERED_MAX || self.kept.len() >= KEPT_MAX
    }
}

impl Heard {
    fn set_live(&mut self, live: bool) {
        match self.spans.last_mut() {
            Some(Span { ended: ended @ None, .. }) if !live => *ended = Some(Instant::now()),
            Some(Span { ended: None, .. }) => {}
            _ if live => {
                self.spans.push(Span { began: Instant::now(), ended: None, generation: self.generation });
            }
            _ => {}
        }
        self.live = live;
    }

    fn said_again(&mut self, counter: u64) {
        if let Some(said) = self.commands.get_mut(&counter) {
            said.again = true;
        }
    }

    fn snapshot(&mut self, piece: &v1::Snapshot) -> bool {
        if !self.gathering {
            self.members.clear();
            self.applied.clear();
            self.gathering = true;
        }
        self.members.extend(piece.participants.iter().map(|p| (p.participant_id.clone(), p.clone())));
        if piece.more {
            return false;
        }
        self.gathering = false;
        self.base = piece.position.unwrap_or_default();
        self.position = piece.position;
        self.set_live(true);
        true
    }

    fn reset(&mut self) {
        self.live = false;
        self.gathering = false;
    }

    fn heartbeat(&mut self, position: v1::Position) {
        if let Some(at) = self.position {
            // A new epoch, too, may begin with what others alone are told.
            if position.seq > at.seq {
                self.position = Some(position);
            }
        }
    }

    fn event(&mut self, session: &str, event: v1::Event) -> Result<(), ()> {
        let (Some(position), Some(at)) = (event.position, self.position) else {
            violated!("V4: {session} got an event before its snapshot, or one without a position");
            return Err(());
        };
        self.forked |= !event.stored;
        if position.epoch == at.epoch && position.seq <= at.seq {
            return Ok(());
        }
        if event.prev.unwrap_or_default() != at {
            violated!("V4: {session} stands at {} and got {} after {:?}", at.seq, position.seq, event.prev);
            return Err(());
        }
        if let Some(from) = &event.from {
            let body = match &event.event {
                Some(Happened::MessageReceived(message)) => message.body.as_str(),
                Some(Happened::SignalReceived(signal)) => signal.payload.as_str(),
                _ => "",
            };
            let mark = format!("{{\"by\":\"{}/{}\"}}", from.session_id, from.counter);
            if !body.is_empty() && body != mark {
                violated!("V12: {session} got {body} as from {from:?}");
            }
            let same = |seen: &v1::Event| seen.from.as_ref() == Some(from);
            if !body.is_empty() && self.applied.iter().any(same) {
                violated!("V4: {session} got {body} twice");
            }
        }
        self.position = Some(position);
        if let Some(kind) = &event.event {
            self.absorb(kind);
        }
        self.applied.push(event);
        Ok(())
    }

    fn absorb(&mut self, kind: &Happened) {
        let mut with = |id: &str, change: &dyn Fn(&mut v1::Participant)| {
            if let Some(member) = self.members.get_mut(id) {
                change(member);
            }
        };
        match kind {
            Happened::ParticipantJoined(e) => {
                if let Some(p) = &e.participant {
                    self.members.insert(p.participant_id.clone(), p.clone());
                }
            }
            Happened::ParticipantLeft(e) => {
                let is_same = |p: &v1::Participant| p.session_id == e.session_id;
                if self.members.get(&e.participant_id).is_some_and(is_same) {
                    self.members.remove(&e.participant_id);
                }
            }
            Happened::ParticipantUpdated(e) => {
                with(&e.participant_id, &|p| p.metadata.clone_from(&e.metadata));
            }
            Happened::ParticipantReconnecting(e) => {
                with(&e.participant_id, &|p| p.set_state(ParticipantState::Reconnecting));
            }
            Happened::ParticipantReturned(e) => {
                with(&e.participant_id, &|p| p.set_state(ParticipantState::Joined));
            }
            Happened::ShareStarted(e) => with(&e.participant_id, &|p| p.share.clone_from(&e.share)),
            Happened::ShareEnded(e) => with(&e.participant_id, &|p| p.share = None),
            _ => {}
        }
    }
}

async fn send(
    socket: &mut WebSocketStream<End>,
    counter: u64,
    after: u64,
    kind: Ask,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let message = v1::ClientMessage { counter, after, kind: Some(kind) };
    socket.send(Message::binary(message.encode_to_vec())).await
}
