//! A room goes on in memory while the store is away (R9), as a fork in an epoch of its own, until the store is back
//! and both are one again (R8).
//!
//! What is decided here is *accepted*, not *stored*: senders keep it, and send it again if the fork is lost. Nothing
//! expires meanwhile. Callers of the API are refused, since they could not be told which of the two it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, ErrorReason, ResetReason};
use switchboard_proto::{Epoch, ParticipantId, SessionId};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::batch::Batch;
use super::outside::Outside;
use super::reader::Sink;
use super::reconcile::{self, Difference, Write};
use super::slot::Slot;
use super::unclear::Unclear;
use super::work::{Command, Work};
use super::{answer, batch};
use crate::metrics::Limit;
use crate::room::{self, Action, Answer, Change, Entry, Phase, Room, SessionKey};
use crate::store::{AppendReply, LOG_BYTES_MAX, RequestRecord, StoreError};

/// Failures further apart than this have nothing to do with each other: longer than a call's deadline and a pause.
const FAILURES_APART: Duration = Duration::from_secs(5);
/// Commands of one session that are accepted and not stored, at most. One batch more may be taken: they are counted
/// when it has been decided.
const UNSTORED_MAX: u64 = 256;
/// How lately a room must have been seen in the store for it to be written back where the store has lost it (R16).
const SEEN_WITHIN: Duration = Duration::from_secs(60);

/// The work of a room without the store.
#[derive(Default)]
pub(super) struct Fork {
    /// The sessions of which commands were accepted.
    accepted: BTreeMap<SessionId, Accepted>,
    /// The epochs of all that was accepted.
    epochs: Vec<Epoch>,
    /// Sessions and sockets that ended, with what said so. Their senders don't say it again.
    ends: BTreeMap<SessionId, room::Command>,
    /// Bytes of entries that were accepted, as far as the ring has room for them.
    bytes: usize,
    /// The append with which the store went, until it is known to have happened.
    pub(super) unclear: Option<Unclear>,
    /// The answers of the calls in it, to be stored with it.
    pub(super) requests: Vec<RequestRecord>,
    /// Held while the room is made one with the store's, so that rooms come back some at a time (S27).
    permit: Option<OwnedSemaphorePermit>,
}

impl Fork {
    /// Keeps how to say again that a session or its socket has ended. `room` stands before the entry.
    fn note_end(&mut self, entry: &Entry, room: &Room) {
        let (participant, session) = match &entry.change {
            Change::Left { participant, session, .. }
            | Change::Reconnecting { participant, session, gone: true, .. } => (participant, session),
            Change::Resumed { session, .. } => {
                self.ends.remove(session);
                return;
            }
            _ => return,
        };
        let Some(record) = room.member(participant, session).map(|member| &member.record) else { return };
        let key = SessionKey::of(participant, record);
        let again = match (&entry.change, &record.connection) {
            (Change::Reconnecting { end, .. }, Some(connection)) => {
                room::Command::Gone { key, connection: connection.clone(), leaving: false, end: *end }
            }
            (Change::Reconnecting { .. }, None) => return,
            _ => room::Command::Session { key, counter: 0, after: 0, action: Action::Leave },
        };
        self.ends.insert(session.clone(), again);
    }

    /// Whether the store has an entry that was absorbed.
    pub(super) fn is_stored(&self, entry: &Entry) -> bool {
        !self.epochs.contains(&entry.position.epoch)
    }
}

/// A session of which commands were accepted.
struct Accepted {
    participant: ParticipantId,
    /// Its newest counter that is stored.
    stored: u64,
}

/// A write-back under way.
pub(super) struct WriteBack {
    /// The entry that begins the epoch, where the fork had not.
    marker: Option<Arc<Entry>>,
}

impl Slot {
    /// The store fails: whether the room goes on without it from here on.
    pub(super) fn try_fork(&mut self, out: &mut Outside) -> bool {
        if self.fork.is_some() {
            return true;
        }
        let now = Instant::now();
        // A store that is full can be read: only appends that succeed end this, or a while without a failure.
        let since = match self.failing {
            Some((since, last)) if now - last < FAILURES_APART => since,
            _ => self.began,
        };
        // A call that was under way while this process slept looks late, and the store may have been there all the time.
        let since = since.max(out.awake.since());
        self.failing = Some((since, now));
        let wanted = self.readers.values().any(|reader| matches!(reader.sink, Sink::Link { .. }))
            || self.commands().any(|command| command.link.is_some());
        if now - since < out.fork_after || !wanted {
            return false;
        }
        tracing::debug!(room = %self.room.id(), "the store is away; the room goes on in memory");
        out.outage.fork_begins();
        out.tell_degraded();
        self.fork = Some(Fork::default());
        self.loaded = true;
        self.wants_read = false;
        self.begin_epoch = true;
        self.fork_from_unclear(out);
        true
    }

    /// Does what is in front of the queue without the store; false if nothing is.
    pub(super) fn step_forked(&mut self, out: &mut Outside) -> bool {
        // All of them, not only the one in front: what is decided together would take them along.
        if self.commands().any(|command| command.call.is_some()) {
            let kept = std::mem::take(&mut self.queue).into_iter();
            self.queue = kept
                .filter_map(|pending| answer::refuse_callers(pending, ErrorReason::StoreUnavailable))
                .collect();
        }
        let Some(front) = self.queue.front() else { return false };
        match &front.work {
            Work::Attach(_) => self.admit(out),
            Work::Watch(_) => self.refuse_front(ErrorReason::StoreUnavailable),
            Work::Command(command) if self.is_too_much(command, out) => {
                if let Some(pending) = self.queue.pop_front() {
                    out.metrics.limits_hit.get(Limit::Unstored).inc();
                    answer::not_kept(self.room.id(), pending.work, out);
                }
            }
            Work::Command(_) => self.decide_forked(out),
        }
        true
    }

    fn refuse_front(&mut self, reason: ErrorReason) {
        if let Some(pending) = self.queue.pop_front() {
            let _ = answer::refuse_callers(pending, reason);
        }
    }

    /// Whether a command would be more than is kept: of its session, or of all rooms together. Who leaves, and what
    /// keeps sessions as they are, is always taken.
    fn is_too_much(&self, command: &Command, out: &Outside) -> bool {
        match &command.command {
            room::Command::Session { action: Action::Leave, .. } => false,
            room::Command::Session { key, counter, .. } => {
                let Some(member) = self.room.member(&key.participant, &key.session) else { return false };
                let last = member.counters.last;
                let is_new = *counter > last;
                is_new && (last - self.stored_of(&key.session, last) >= UNSTORED_MAX || out.outage.is_full())
            }
            room::Command::Join { key, .. } => {
                self.room.member(&key.participant, &key.session).is_none() && out.outage.is_full()
            }
            _ => false,
        }
    }

    fn decide_forked(&mut self, out: &mut Outside) {
        let now = out.store.clock().now();
        // There is nothing fresher than memory.
        let freshest = u64::MAX;
        let batch =
            batch::decide(&self.room, &mut self.queue, now, room::fresh_epoch(), self.begin_epoch, freshest);
        self.begin_epoch &= batch.entries.is_empty();
        self.note_accepted(&batch);
        self.take(batch, out);
    }

    /// The fork is about to take `batch`: whose commands are in it, and what of theirs is stored.
    pub(super) fn note_accepted(&mut self, batch: &Batch) {
        let Some(fork) = &mut self.fork else { return };
        for (pending, _, _) in &batch.decided {
            let Work::Command(Command { command: room::Command::Session { key, .. }, .. }) = &pending.work
            else {
                continue;
            };
            fork.accepted.entry(key.session.clone()).or_insert_with(|| {
                let member = self.room.member(&key.participant, &key.session);
                let stored = member.map_or(0, |member| member.counters.last);
                Accepted { participant: key.participant.clone(), stored }
            });
        }
    }

    /// An entry is about to be absorbed; whether it is stored.
    pub(super) fn note_unstored(&mut self, entry: &Entry, out: &Outside) -> bool {
        let Some(fork) = &mut self.fork else { return true };
        if fork.epochs.last() != Some(&entry.position.epoch) {
            fork.epochs.push(entry.position.epoch);
        }
        fork.note_end(entry, &self.room);
        let bytes = entry.size().min(LOG_BYTES_MAX - fork.bytes);
        fork.bytes += bytes;
        out.outage.keep(bytes);
        false
    }

    /// Whether the store has an entry that was absorbed.
    pub(super) fn is_stored(&self, entry: &Entry) -> bool {
        self.fork.as_ref().is_none_or(|fork| fork.is_stored(entry))
    }

    /// Whether a command that was decided is stored.
    pub(super) fn is_stored_command(&self, session: &SessionId, counter: u64) -> bool {
        let accepted = self.fork.as_ref().map(|fork| fork.accepted.get(session));
        accepted.is_none_or(|accepted| accepted.is_some_and(|accepted| counter <= accepted.stored))
    }

    /// The newest counter of a session that is stored, where `last` was decided.
    pub(super) fn stored_of(&self, session: &SessionId, last: u64) -> u64 {
        let accepted = self.fork.as_ref().and_then(|fork| fork.accepted.get(session));
        accepted.map_or(last, |accepted| accepted.stored.min(last))
    }

    /// What is answered while the store is away: who is not in memory may well be in the store.
    pub(super) fn answer_forked(&self, command: &room::Command, verdict: Answer) -> Answer {
        let unknown = matches!(verdict, Answer::Refused(ErrorReason::SessionNotFound));
        if self.fork.is_some() && unknown && matches!(command, room::Command::Resume { .. }) {
            return Answer::Refused(ErrorReason::StoreUnavailable);
        }
        verdict
    }

    /// A second has passed: if the store is back, the room is made one with it.
    pub(super) fn tick_fork(&mut self, out: &Outside) {
        let Some(fork) = &mut self.fork else { return };
        if self.reading || self.write_back.is_some() || !out.reached.is_up() {
            return;
        }
        if fork.permit.is_none() {
            let Ok(permit) = Arc::clone(&out.reconciles).try_acquire_owned() else { return };
            fork.permit = Some(permit);
        }
        self.reading = true;
        if fork.unclear.is_some() {
            out.load_for_fork(self.room.id());
        } else {
            out.load(self.room.id());
        }
    }

    /// The store's room was read while this one was a fork.
    pub(super) fn reconcile(&mut self, stored: Option<Room>, out: &mut Outside) {
        let difference = reconcile::compare(&self.room, stored.as_ref());
        tracing::debug!(room = %self.room.id(), ?difference, "the store is back");
        match difference {
            Difference::None => self.end_fork(out),
            Difference::Behind => {
                self.end_fork(out);
                self.wants_read = true;
            }
            Difference::Ahead => {
                // An epoch may have to begin, and nothing was decided since that could begin it.
                let fresh = self.begin_epoch.then(room::fresh_epoch);
                if !self.write_back(stored.as_ref(), fresh, out) {
                    self.take_stores(stored, out);
                }
            }
            Difference::Diverged => self.take_stores(stored, out),
        }
    }

    /// The store lost what this copy knows, outside an outage: a failover, or an emptied store. True if it is being
    /// written back.
    pub(super) fn restore(&mut self, stored: Option<&Room>, out: &mut Outside) -> bool {
        // R16: a room that is gone may have been closed and forgotten, unless it was there a moment ago.
        let lately = stored.is_some() || self.seen_at.is_some_and(|at| at.elapsed() < SEEN_WITHIN);
        let ours = self.room.phase() == Phase::Open && !self.readers.is_empty() && lately;
        if !ours || reconcile::compare(&self.room, stored) != Difference::Ahead {
            return false;
        }
        tracing::warn!(room = %self.room.id(), "the store lost what this room knows; writing it back");
        self.write_back(stored, Some(room::fresh_epoch()), out)
    }

    fn write_back(&mut self, stored: Option<&Room>, fresh: Option<Epoch>, out: &mut Outside) -> bool {
        let write =
            Write { by: out.next_by(), now: out.store.clock().now(), look_interval_ms: out.look_interval_ms };
        let entries: Vec<_> = self.ring.all().cloned().collect();
        let Some((mut append, marker)) = reconcile::write_back(&self.room, stored, &entries, fresh, write)
        else {
            return false;
        };
        if let Some(fork) = &self.fork {
            append.requests.clone_from(&fork.requests);
        }
        self.write_back = Some(WriteBack { marker });
        self.began = Instant::now();
        out.append(append, &[]);
        true
    }

    /// The write-back was answered, or not.
    pub(super) fn on_write_back(
        &mut self,
        back: WriteBack,
        result: Result<AppendReply, StoreError>,
        out: &mut Outside,
    ) {
        match result {
            Ok(AppendReply::Stored) => {
                out.metrics.rooms_written_back.inc();
                self.seen_at = Some(Instant::now());
                self.begin_epoch = false;
                self.end_fork(out);
                if let Some(marker) = back.marker {
                    self.absorb(marker, out);
                }
            }
            // A call that was unclear came again, and was answered by somebody else.
            Ok(AppendReply::Repeat(_)) if self.fork.is_some() => {
                self.fork.iter_mut().for_each(|fork| fork.requests.clear());
            }
            // Somebody else was there in between, or it is not known: looked at again.
            Ok(_) => self.wants_read = self.fork.is_none(),
            Err(error) => {
                tracing::warn!(room = %self.room.id(), %error, "can't write the room back; trying again");
                // It may have happened or happen yet, and somebody may go on from there: what the fork decides from
                // here on must not have the same positions (S15).
                self.begin_epoch = true;
                if self.fork.is_none() {
                    self.failed(out);
                }
            }
        }
    }

    /// Two forks, and the other was first (R8 c): the store's room counts. Its sessions here are reset, and senders
    /// send again what was only accepted.
    fn take_stores(&mut self, stored: Option<Room>, out: &mut Outside) {
        tracing::warn!(room = %self.room.id(), "the room went on elsewhere meanwhile; taking the store's");
        out.metrics.rooms_diverged.inc();
        let stored = stored.unwrap_or_else(|| Room::absent(self.room.id().clone()));
        let lost = self.lost_commands(&stored);
        let fork = self.leave_fork(out).unwrap_or_default();
        self.replace(stored, ResetReason::Diverged, out);
        self.say_again(lost);
        self.tell_outcomes(&fork);
        self.tell_stored(&fork);
        self.end_again(fork.ends.clone(), out);
        // All above `last` is sent again, in order.
        self.tell_senders(&fork, |_, _, room_id, session_id, last| {
            vec![Item::Hole(v1::Hole { room_id, session_id, counter: last + 1, last })]
        });
    }

    /// Sessions and sockets that ended in the fork end in the store's room as well, if they are there unchanged:
    /// nobody else knows that they have ended.
    fn end_again(&mut self, ends: BTreeMap<SessionId, room::Command>, out: &mut Outside) {
        for (_, mut command) in ends {
            let (room::Command::Session { key, .. } | room::Command::Gone { key, .. }) = &command else {
                continue;
            };
            let member = self.room.member(&key.participant, &key.session);
            let Some(member) = member.filter(|member| member.record.generation == key.generation) else {
                continue;
            };
            if let room::Command::Session { counter, after, .. } = &mut command {
                (*after, *counter) = (member.counters.last, member.counters.last + 1);
            }
            self.enqueue(Work::Command(Command::of_time(command)), Instant::now(), out);
        }
    }

    /// All that was accepted is stored now.
    fn end_fork(&mut self, out: &Outside) {
        let Some(fork) = self.leave_fork(out) else { return };
        tracing::debug!(room = %self.room.id(), "the room is in the store again");
        self.tell_stored(&fork);
    }

    fn tell_stored(&self, fork: &Fork) {
        self.tell_senders(fork, |_, _, room_id, session_id, counter| {
            vec![Item::Stored(v1::LinkStored { room_id, session_id, counter })]
        });
    }

    /// The same commands may have been decided in another fork, and not in the same way.
    fn tell_outcomes(&self, fork: &Fork) {
        self.tell_senders(fork, |session, accepted, _, _, _| {
            let outcomes = answer::outcomes(&self.room, &accepted.participant, session, accepted.stored);
            outcomes.into_iter().map(Item::Ack).collect()
        });
    }

    /// Tells something to each sender of accepted commands, by the newest counter that its room has decided.
    fn tell_senders(
        &self,
        fork: &Fork,
        items: impl Fn(&SessionId, &Accepted, String, String, u64) -> Vec<Item>,
    ) {
        for (session, accepted) in &fork.accepted {
            let Some(member) = self.room.member(&accepted.participant, session) else { continue };
            for reader in self.readers.values() {
                if let Sink::Link { gateway, outbox } = &reader.sink
                    && member.record.gateway == *gateway
                {
                    let (room, id) = (self.room.id().to_string(), session.to_string());
                    for item in items(session, accepted, room, id, member.counters.last) {
                        outbox.push_answer(item.into());
                    }
                }
            }
        }
    }

    fn leave_fork(&mut self, out: &Outside) -> Option<Fork> {
        let fork = self.fork.take()?;
        out.outage.fork_ends(fork.bytes);
        self.failing = None;
        self.failures = 0;
        Some(fork)
    }
}
