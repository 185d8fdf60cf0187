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
use switchboard_proto::{ParticipantId, SessionId};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::outside::Outside;
use super::reader::Sink;
use super::reconcile::{self, Difference, Write};
use super::slot::Slot;
use super::work::{Command, Work};
use super::{answer, batch};
use crate::room::{self, Answer, Entry, Phase, Room};
use crate::store::{AppendReply, StoreError};

/// Failures further apart than this have nothing to do with each other: longer than a call's deadline and a pause.
const FAILURES_APART: Duration = Duration::from_secs(5);
/// Commands of one session after which it is told to wait, since they are accepted and not stored. One batch more
/// may be taken: they are counted when it has been decided.
const UNSTORED_MAX: u64 = 256;
/// How lately a room must have been seen in the store for it to be written back where the store has lost it (R16).
const SEEN_WITHIN: Duration = Duration::from_secs(60);

/// The work of a room without the store.
#[derive(Default)]
pub(super) struct Fork {
    /// How many commands of each session were accepted and are not stored.
    accepted: BTreeMap<SessionId, (ParticipantId, u64)>,
    /// Held while the room is made one with the store's, so that rooms come back some at a time (S27).
    permit: Option<OwnedSemaphorePermit>,
}

/// A write-back under way.
pub(super) struct WriteBack {
    /// The entry that begins the epoch, where the fork had not.
    marker: Option<Arc<Entry>>,
}

impl Slot {
    /// The store fails: whether the room goes on without it from here on.
    pub(super) fn try_fork(&mut self, out: &Outside) -> bool {
        if self.fork.is_some() {
            return true;
        }
        let now = Instant::now();
        // A store that is full can be read: only appends that succeed end this, or a while without a failure.
        let since = match self.failing {
            Some((since, last)) if now - last < FAILURES_APART => since,
            _ => self.began,
        };
        self.failing = Some((since, now));
        let wanted = self.readers.values().any(|reader| matches!(reader.sink, Sink::Link { .. }))
            || self.commands().any(|command| command.link.is_some());
        if now - since < out.fork_after || !wanted {
            return false;
        }
        tracing::warn!(room = %self.room.id(), "the store is away; the room goes on in memory");
        out.metrics.forks.inc();
        out.metrics.forked_rooms.inc();
        self.fork = Some(Fork::default());
        self.loaded = true;
        self.wants_read = false;
        self.begin_epoch = true;
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
            Work::Command(command) if self.has_enough(command) => {
                if let Some(pending) = self.queue.pop_front() {
                    out.metrics.busy.inc();
                    answer::busy(self.room.id(), pending.work, out);
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

    fn has_enough(&self, command: &Command) -> bool {
        let room::Command::Session { key, .. } = &command.command else { return false };
        let accepted = self.fork.as_ref().and_then(|fork| fork.accepted.get(&key.session));
        accepted.is_some_and(|(_, count)| *count >= UNSTORED_MAX)
    }

    fn decide_forked(&mut self, out: &mut Outside) {
        let now = out.store.clock().now();
        // There is nothing fresher than memory.
        let freshest = u64::MAX;
        let batch =
            batch::decide(&self.room, &mut self.queue, now, room::fresh_epoch(), self.begin_epoch, freshest);
        self.begin_epoch &= batch.entries.is_empty();
        for (pending, _, _) in &batch.decided {
            let Work::Command(Command { command: room::Command::Session { key, .. }, .. }) = &pending.work
            else {
                continue;
            };
            if let Some(fork) = &mut self.fork {
                let of_session = fork.accepted.entry(key.session.clone());
                of_session.or_insert_with(|| (key.participant.clone(), 0)).1 += 1;
            }
        }
        self.take(batch, out);
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
        out.load(self.room.id());
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
                if !self.write_back(stored.as_ref(), None, out) {
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

    fn write_back(
        &mut self,
        stored: Option<&Room>,
        fresh: Option<switchboard_proto::Epoch>,
        out: &mut Outside,
    ) -> bool {
        let write =
            Write { by: out.next_by(), now: out.store.clock().now(), look_interval_ms: out.look_interval_ms };
        let entries: Vec<_> = self.ring.all().cloned().collect();
        let Some((append, marker)) = reconcile::write_back(&self.room, stored, &entries, fresh, write) else {
            return false;
        };
        self.write_back = Some(WriteBack { marker });
        self.began = Instant::now();
        out.append(append);
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
                out.metrics.written_back.inc();
                self.seen_at = Some(Instant::now());
                self.begin_epoch = false;
                self.end_fork(out);
                if let Some(marker) = back.marker {
                    self.absorb(marker, out);
                }
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
        out.metrics.diverged.inc();
        let fork = self.leave_fork(out).unwrap_or_default();
        let stored = stored.unwrap_or_else(|| Room::absent(self.room.id().clone()));
        self.replace(stored, ResetReason::Diverged, out);
        self.tell_stored(&fork);
        // All above `last` is sent again, in order.
        self.tell_senders(&fork, |room_id, session_id, last| {
            Item::Hole(v1::Hole { room_id, session_id, counter: last + 1, last })
        });
    }

    /// All that was accepted is stored now.
    fn end_fork(&mut self, out: &Outside) {
        let Some(fork) = self.leave_fork(out) else { return };
        tracing::info!(room = %self.room.id(), "the room is in the store again");
        self.tell_stored(&fork);
    }

    fn tell_stored(&self, fork: &Fork) {
        self.tell_senders(fork, |room_id, session_id, counter| {
            Item::Stored(v1::LinkStored { room_id, session_id, counter })
        });
    }

    /// Tells something to each sender of accepted commands, by the newest counter that its room has decided.
    fn tell_senders(&self, fork: &Fork, item: impl Fn(String, String, u64) -> Item) {
        for (session, (participant, _)) in &fork.accepted {
            let Some(member) = self.room.member(participant, session) else { continue };
            for reader in self.readers.values() {
                if let Sink::Link { gateway, outbox } = &reader.sink
                    && member.record.gateway == *gateway
                {
                    let (room, session) = (self.room.id().to_string(), session.to_string());
                    outbox.push_answer(item(room, session, member.counters.last).into());
                }
            }
        }
    }

    fn leave_fork(&mut self, out: &Outside) -> Option<Fork> {
        let fork = self.fork.take()?;
        out.metrics.forked_rooms.dec();
        self.failing = None;
        self.failures = 0;
        Some(fork)
    }
}
