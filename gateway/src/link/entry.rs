//! One session as its link knows it: where it stands, what it was told last, and what it waits for.

use std::collections::VecDeque;
use std::sync::Arc;

use switchboard_proto::v1::link_command::Command;
use switchboard_proto::v1::link_request_item::Item as Out;
use switchboard_proto::v1::session_command::Action;
use switchboard_proto::v1::{
    AttachedSession, GoneCommand, JoinCommand, LinkCommand, PresentCommand, RefusedCounter, ResumeCommand,
    SessionCommand,
};
use switchboard_proto::{Millis, Position, SessionId};

use super::{Beginning, Manner};
use crate::config::UNSTORED_COMMANDS_MAX;
use crate::outbox::{Item, Outbox, PushError};
use crate::session::{Answer, Begin, Identity, refusal_of};

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its join or resume was not answered yet.
    Joining,
    /// Pieces of its own snapshot come; no events before the last one.
    Snapshot,
    /// Pieces of the room's snapshot come, after a reset of the room.
    RoomSnapshot,
    /// Pieces of what it missed come, each once the socket has taken the one before; nothing live before the last one.
    Replay,
    /// It gets events.
    Live,
    /// The room has lost its resume, which is sent again: until that is answered, what is for it alone goes to where its
    /// record says, and its replay, from where it stands, would come too late (R10).
    Behind,
}

/// A command that is kept, since it may have to be sent again.
#[derive(Debug)]
struct Pending {
    command: Command,
    /// Whether it ever went out.
    sent: bool,
    /// Answered, maybe with a refusal, but that is not stored yet: it may be decided otherwise.
    accepted: bool,
}

impl Pending {
    /// As it goes out for a session.
    fn send(&mut self, identity: &Identity) -> Out {
        self.sent = true;
        Out::Command(LinkCommand {
            room_id: identity.room.to_string(),
            participant_id: identity.participant.to_string(),
            session_id: identity.session.to_string(),
            generation: identity.generation,
            connection_id: identity.connection.to_string(),
            command: Some(self.command.clone()),
        })
    }
}

/// A session of this gateway.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) identity: Identity,
    pub(super) manner: Manner,
    /// The way to its socket; none when that is gone.
    pub(super) outbox: Option<Arc<Outbox>>,
    pub(super) phase: Phase,
    /// The last position told to it, by whatever message: the `prev` of the next.
    pub(super) cursor: Position,
    /// Its replay reaches up to here: live events up to here are part of it.
    pub(super) live_from: Position,
    /// Where the piece of its replay ends that was asked for last; only in [`Phase::Replay`].
    pub(super) piece_end: Option<Position>,
    /// The lists of who is in the room have changed since it was told them; only for [`Manner::Events`].
    pub(super) lists_due: bool,
    /// While set, nothing goes out: the room was busy.
    pub(super) blocked: bool,
    /// The hole that was answered last, as (`last`, `counter`): of the holes that one missing command makes, only
    /// the first counts.
    hole: Option<(u64, u64)>,
    /// From the join, for joining anew.
    metadata: Box<str>,
    /// How it came here, for a room that forgot.
    resume: Option<Box<ResumeCommand>>,
    pending: VecDeque<Pending>,
    /// The newest command that was accepted, is not stored, and is kept by the browser alone; 0 if there is none.
    kept_elsewhere: u64,
}

impl Entry {
    /// `snapshot`: whether a resume is to bring the room as it is, too.
    pub(super) fn new(beginning: Beginning, join_time: Millis, snapshot: bool) -> Self {
        let Beginning { identity, begin, manner, outbox } = beginning;
        let replay_bytes_max = outbox.piece_bytes_max();
        let mut entry = Self {
            identity,
            manner,
            outbox: Some(outbox),
            phase: Phase::Joining,
            cursor: Position::ZERO,
            live_from: Position::ZERO,
            piece_end: None,
            lists_due: false,
            blocked: false,
            hole: None,
            metadata: Box::default(),
            resume: None,
            pending: VecDeque::new(),
            kept_elsewhere: 0,
        };
        let command = match begin {
            Begin::Join { metadata } => {
                entry.metadata = metadata.as_str().into();
                let join_time = Some(join_time.into());
                let resume_window = entry.resume_window();
                Command::Join(JoinCommand { join_time, metadata, resubmitted: false, resume_window })
            }
            Begin::Resume { token, position } => {
                entry.cursor = position;
                let resume_token = token.expose().to_owned();
                let position = Some(position.into());
                let resume = ResumeCommand { resume_token, position, snapshot, replay_bytes_max };
                entry.resume = Some(Box::new(resume.clone()));
                Command::Resume(resume)
            }
        };
        entry.keep(command);
        entry
    }

    /// Begins again under a new session id: the room does not know the old one. What the old session had under way
    /// goes; the browser still has it and counts from 1 again.
    pub(super) fn join_anew(&mut self, join_time: Millis) {
        self.identity.session = SessionId::random();
        self.identity.generation = 1;
        self.phase = Phase::Joining;
        self.resume = None;
        self.hole = None;
        self.pending.clear();
        self.kept_elsewhere = 0;
        let (join_time, metadata) = (Some(join_time.into()), self.metadata.to_string());
        let resume_window = self.resume_window();
        self.keep(Command::Join(JoinCommand { join_time, metadata, resubmitted: true, resume_window }));
    }

    /// Whether it is told event by event.
    pub(super) fn is_told_events(&self) -> bool {
        matches!(self.manner, Manner::Events { .. })
    }

    fn resume_window(&self) -> Option<pbjson_types::Duration> {
        let Manner::Events { resume_window } = self.manner else { return None };
        let ms = u64::try_from(resume_window.as_millis()).unwrap_or(u64::MAX);
        Some(switchboard_proto::duration(ms))
    }

    /// Asks again to resume, from where the session stands; false if it never did.
    pub(super) fn resume_again(&mut self) -> bool {
        let Some(resume) = &self.resume else { return false };
        let mut resume = resume.as_ref().clone();
        resume.position = Some(self.cursor.into());
        self.pending.retain(|pending| !matches!(pending.command, Command::Resume(_)));
        let command = Command::Resume(resume);
        self.pending.push_front(Pending { command, sent: false, accepted: false });
        true
    }

    /// The socket has taken a piece of what it missed: asks for the next, at once if the link can be spoken to now.
    pub(super) fn go_on(&mut self, can_send: bool, out: &mut VecDeque<Out>) {
        if self.phase != Phase::Replay || !self.resume_again() || !can_send || self.blocked {
            return;
        }
        let identity = &self.identity;
        if let Some(resume) = self.pending.front_mut() {
            out.push_back(resume.send(identity));
        }
    }

    /// Takes a command of the browser; false if it is kept already.
    pub(super) fn command(&mut self, command: SessionCommand) -> bool {
        if self.position_of(command.counter).is_some() {
            return false;
        }
        if let Some(Action::UpdateMetadata(update)) = &command.action {
            self.metadata = update.metadata.as_str().into();
        }
        self.keep(Command::Session(command));
        true
    }

    /// The socket is gone; false if no room service ever heard of the session, so that nothing need be told.
    pub(super) fn gone(&mut self, gone: GoneCommand) -> bool {
        self.outbox = None;
        self.pending.retain(|pending| !matches!(pending.command, Command::Present(_)));
        if self.phase == Phase::Joining && !self.pending.iter().any(|pending| pending.sent) {
            return false;
        }
        self.keep(Command::Gone(gone));
        true
    }

    /// The room shows the session as reconnecting though its socket is here; false if that was said already.
    pub(super) fn present(&mut self) -> bool {
        let said = self.pending.iter().any(|p| matches!(p.command, Command::Present(_) | Command::Gone(_)));
        if !said {
            self.keep(Command::Present(PresentCommand {}));
        }
        !said
    }

    fn keep(&mut self, command: Command) {
        self.pending.push_back(Pending { command, sent: false, accepted: false });
    }

    /// Puts everything that was never sent into `out`, in order.
    pub(super) fn send_new(&mut self, out: &mut VecDeque<Out>) {
        let first = self.pending.iter().rposition(|pending| pending.sent).map_or(0, |at| at + 1);
        self.send_from(first, out);
    }

    /// Puts everything unanswered into `out` again, in order; the first numbered command says that it follows
    /// `after`, if that is given. Gives how many.
    pub(super) fn resend(&mut self, after: Option<u64>, out: &mut VecDeque<Out>) -> usize {
        if let Some(after) = after {
            let first = self.pending.iter_mut().find_map(|pending| match &mut pending.command {
                Command::Session(command) if command.counter > after => Some(command),
                _ => None,
            });
            if let Some(command) = first {
                command.after = after;
            }
        }
        self.send_from(0, out)
    }

    fn send_from(&mut self, first: usize, out: &mut VecDeque<Out>) -> usize {
        let identity = &self.identity;
        let mut count = 0;
        for pending in self.pending.iter_mut().skip(first) {
            count += 1;
            out.push_back(pending.send(identity));
        }
        count
    }

    /// Whether a hole says something new; then it is noted.
    pub(super) fn is_new_hole(&mut self, last: u64, counter: u64) -> bool {
        let known = self.hole.is_some_and(|(l, c)| l == last && counter > c);
        if !known {
            self.hole = Some((last, counter));
        }
        !known
    }

    /// A numbered command was answered. Gives whether it was the leave, and how many older ones are no longer kept.
    pub(super) fn acked(&mut self, counter: u64, done: bool) -> (bool, usize) {
        self.hole = None;
        let Some(at) = self.position_of(counter) else { return (false, 0) };
        if done {
            let leave = self.pending.remove(at).is_some_and(|pending| is_leave(&pending.command));
            return (leave, 0);
        }
        self.pending[at].accepted = true;
        let leave = is_leave(&self.pending[at].command);
        let accepted = self.pending.iter().filter(|pending| pending.accepted).count();
        let dropped = accepted.saturating_sub(UNSTORED_COMMANDS_MAX);
        for _ in 0..dropped {
            if let Some(oldest) = self.pending.iter().position(|pending| pending.accepted)
                && let Some(Pending { command: Command::Session(command), .. }) = self.pending.remove(oldest)
            {
                self.kept_elsewhere = self.kept_elsewhere.max(command.counter);
            }
        }
        (leave, dropped)
    }

    /// A numbered command was not taken, and will not be: its sender is told.
    pub(super) fn not_taken(&mut self, counter: u64) {
        if let Some(at) = self.position_of(counter) {
            self.pending.remove(at);
        }
    }

    /// Whether the room lost commands that it had accepted above `last` and that only the browser still has. Then
    /// the browser has to send them again, which it does when it resumes.
    pub(super) fn has_lost(&self, last: u64) -> bool {
        self.kept_elsewhere > last
    }

    /// Accepted commands up to `counter` are stored.
    pub(super) fn stored(&mut self, counter: u64) {
        if self.kept_elsewhere <= counter {
            self.kept_elsewhere = 0;
        }
        self.pending.retain(|pending| {
            !(pending.accepted
                && matches!(&pending.command, Command::Session(command) if command.counter <= counter))
        });
    }

    /// All commands up to `last` were decided, and those up to `stored` are stored: tells the socket about those that
    /// it waits for, and keeps what is only accepted.
    pub(super) fn decided(&mut self, last: u64, refused: &[RefusedCounter], stored: u64) {
        self.hole = None;
        let mut answers = Vec::new();
        self.pending.retain_mut(|pending| match &pending.command {
            Command::Session(command) if command.counter <= last => {
                let counter = command.counter;
                let refused = refusal_of(refused, counter);
                let is_done = counter <= stored;
                if is_done || !pending.accepted {
                    answers.push(Answer::Ack { counter, refused, stored: counter <= stored });
                }
                pending.accepted = !is_done;
                !is_done
            }
            _ => true,
        });
        for answer in answers {
            self.tell(answer);
        }
        if self.kept_elsewhere > 0 && self.kept_elsewhere <= stored {
            self.kept_elsewhere = 0;
            self.tell(Answer::Stored { counter: stored });
        }
    }

    /// The session was taken up here: what of it was accepted before and is not stored, its browser has.
    pub(super) fn taken_up(&mut self, last: u64, stored: u64) {
        if stored < last {
            self.kept_elsewhere = last;
        }
    }

    /// A snapshot was told whole: events follow from here.
    pub(super) fn begin_at(&mut self, position: Position) {
        self.cursor = position;
        self.live_from = position;
        self.phase = Phase::Live;
    }

    /// The join or resume is complete: its snapshot or its replay was told.
    pub(super) fn joined(&mut self) {
        self.pending.retain(|pending| !matches!(pending.command, Command::Join(_) | Command::Resume(_)));
    }

    /// A `gone` or `present` was answered. Gives whether the session is done here.
    pub(super) fn noted(&mut self) -> bool {
        let is_note = |p: &Pending| matches!(p.command, Command::Gone(_) | Command::Present(_));
        let note = self.pending.iter().position(is_note).and_then(|at| self.pending.remove(at));
        matches!(note.map(|note| note.command), Some(Command::Gone(_)))
    }

    /// Whether a join waits for its answer or its snapshot.
    pub(super) fn is_join_pending(&self) -> bool {
        self.pending.iter().any(|pending| matches!(pending.command, Command::Join(_)))
    }

    /// Whether a join or resume waits for its answer, its snapshot or its replay.
    pub(super) fn is_begin_pending(&self) -> bool {
        self.pending.iter().any(|pending| matches!(pending.command, Command::Join(_) | Command::Resume(_)))
    }

    pub(super) fn is_leave_pending(&self) -> bool {
        self.pending.iter().any(|pending| is_leave(&pending.command))
    }

    pub(super) fn has_unanswered(&self) -> bool {
        self.pending.iter().any(|pending| pending.sent && !pending.accepted)
    }

    /// Its line in an attach.
    pub(super) fn attached(&self) -> AttachedSession {
        AttachedSession {
            participant_id: self.identity.participant.to_string(),
            session_id: self.identity.session.to_string(),
            generation: self.identity.generation,
            connection_id: self.identity.connection.to_string(),
        }
    }

    /// Before the answer to a join or a resume: whether the store is away. Later changes are told as they come.
    pub(super) fn tell_degraded(&self, degraded: bool) {
        if degraded {
            self.tell(Answer::Degraded(true));
        }
    }

    /// Says something to the socket, if it is there. An overflow needs nothing more here: the connection closes, and
    /// says that it is gone.
    pub(super) fn tell(&self, answer: Answer) -> bool {
        self.push(Item::Answer(answer))
    }

    /// Puts an item into the outbox; false if that made it overflow.
    pub(super) fn push(&self, item: Item) -> bool {
        self.outbox.as_ref().is_none_or(|outbox| outbox.push(item) != Err(PushError::Overflow))
    }

    /// As [`Self::push`], for what it missed: that is as much as was asked for, and never too much.
    pub(super) fn push_missed(&self, item: Item) -> bool {
        self.outbox.as_ref().is_none_or(|outbox| outbox.push_missed(item) != Err(PushError::Overflow))
    }

    fn position_of(&self, counter: u64) -> Option<usize> {
        self.pending
            .iter()
            .position(|pending| matches!(&pending.command, Command::Session(c) if c.counter == counter))
    }
}

fn is_leave(command: &Command) -> bool {
    matches!(command, Command::Session(SessionCommand { action: Some(Action::Leave(_)), .. }))
}
