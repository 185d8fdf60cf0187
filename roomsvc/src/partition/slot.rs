//! One room at one room service: its queue, its one append under way, and its readers.
//!
//! A slot never waits. What takes time is handed out as a task and comes back as a call of `on_…`; after each, and
//! after whatever is queued, [`Slot::step`] does what can be done now.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use switchboard_proto::v1::{ErrorReason, ResetReason};
use switchboard_proto::{GatewayId, Millis, Position, RoomId};

use super::answer;
use super::batch::{self, Batch};
use super::fork::{Fork, WriteBack};
use super::outside::{Done, Outside};
use super::reader::{Fill, Reader, Sink};
use super::replay::{self, Replays};
use super::ring::Ring;
use super::work::{Command, Pending, ReaderId, Work};
use crate::metrics::{Appended, Limit};
use crate::room::{self, Change, Entry, Phase, Room};
use crate::store::{AppendReply, LogPage, NextLook, StoreError};

/// Things that may wait for one room: a second of a very busy one.
pub(crate) const QUEUE_MAX: usize = 4_096;
/// Lost races in a row after which the loser asks the others to let it pass (S8).
const LOSSES_BEFORE_KNOCK: u32 = 3;
/// Comparisons of the head, one each 10 s, after which a followed room's expiry is renewed: an hour (S52).
const COMPARES_BEFORE_TOUCH: u32 = 360;
/// How long who was knocked at lets pass.
const KNOCK_PAUSE: Duration = Duration::from_millis(5);

/// One room.
pub(crate) struct Slot {
    pub(super) room: Room,
    /// Whether the store was read at all.
    pub(super) loaded: bool,
    pub(super) ring: Ring,
    pub(super) queue: VecDeque<Pending>,
    /// The one append under way (R5).
    flight: Option<Batch>,
    /// The last append, if nobody knows what became of it; its commands wait.
    pub(super) unclear: Option<Batch>,
    pub(super) readers: BTreeMap<ReaderId, Reader>,
    /// Resumes that wait until the log was read for them.
    pub(super) replays: Replays,
    pub(super) reads_begun: u64,
    reads_done: u64,
    pub(super) reading: bool,
    /// The store may be further than this copy.
    pub(super) wants_read: bool,
    /// A pause is under way; its end comes back as a task.
    paused: bool,
    /// A hint that came while an append was under way.
    hinted: Option<Position>,
    knocked: bool,
    /// The next entry has to begin an epoch: the stored fence is not the server's.
    pub(super) begin_epoch: bool,
    losses: u32,
    pub(super) failures: u32,
    /// Of the failures that followed each other since the last append that succeeded: when the first began, and when
    /// the newest was.
    pub(super) failing: Option<(Instant, Instant)>,
    /// When the newest call to the store began.
    pub(super) began: Instant,
    /// When the room was last seen in the store.
    pub(super) seen_at: Option<Instant>,
    /// The room goes on without the store.
    pub(super) fork: Option<Fork>,
    /// What memory has is being written to the store; nothing else is decided meanwhile (R5).
    pub(super) write_back: Option<WriteBack>,
    /// Comparisons of the head since the expiry was renewed.
    compares: u32,
    /// Ticks since something happened.
    idle_ticks: u32,
}

impl Slot {
    /// A room of which nothing is known yet.
    pub(crate) fn new(id: RoomId) -> Self {
        Self {
            room: Room::absent(id),
            loaded: false,
            ring: Ring::default(),
            queue: VecDeque::new(),
            flight: None,
            unclear: None,
            readers: BTreeMap::new(),
            replays: Replays::default(),
            reads_begun: 0,
            reads_done: 0,
            reading: false,
            wants_read: false,
            paused: false,
            hinted: None,
            knocked: false,
            begin_epoch: false,
            losses: 0,
            failures: 0,
            failing: None,
            began: Instant::now(),
            seen_at: None,
            fork: None,
            write_back: None,
            compares: 0,
            idle_ticks: 0,
        }
    }

    /// Queues something, or says that the queue is full: then nothing from here on was taken.
    pub(crate) fn enqueue(&mut self, work: Work, read: Instant, out: &mut Outside) {
        self.idle_ticks = 0;
        if self.queue.len() >= QUEUE_MAX {
            out.metrics.limits_hit.get(Limit::RoomQueue).inc();
            answer::busy(self.room.id(), work, out);
            return;
        }
        self.queue.push_back(Pending { work, came: self.reads_begun, read });
    }

    /// The store says that somebody should look: queues what is due in the room, if it is known; else it is read
    /// first and this is called again. With nothing due the next look is put off, so that others need not look.
    pub(crate) fn look(&mut self, out: &mut Outside) {
        self.idle_ticks = 0;
        if !self.loaded {
            self.wants_read = true;
            return;
        }
        let now = out.store.clock().now();
        if self.room.phase() == Phase::Open && self.room.next_look().is_none_or(|at| at > now) {
            if let NextLook::At(at) = batch::look_at(&self.room, now, out.look_interval_ms) {
                out.look_again(self.room.id(), at);
            }
            return;
        }
        self.queue_due(now, out);
    }

    /// A second has passed. What is due in a room whose sockets hang here need not wait for the sweep.
    pub(crate) fn tick(&mut self, out: &mut Outside) {
        replay::read_more(self, out);
        self.tick_fork(out);
        let now = out.store.clock().now();
        if !self.readers.is_empty() && self.room.next_look().is_some_and(|at| at <= now) {
            self.queue_due(now, out);
        }
    }

    fn queue_due(&mut self, now: Millis, out: &mut Outside) {
        // While the store is away nothing expires.
        if self.fork.is_some() || self.has_work_of_time() {
            return;
        }
        // R14: a window ends only when this room service reached the store without a break for as long.
        let judges = out.reached.lasts(Duration::from_millis(self.room.settings.resume_window_ms), now);
        for command in self.room.due(now) {
            if matches!(command, room::Command::Expire(_)) && !judges {
                continue;
            }
            self.enqueue(Work::Command(Command::of_time(command)), Instant::now(), out);
        }
    }

    /// Gateways are gone: their sessions here are shown as reconnecting.
    pub(crate) fn gateways_gone(&mut self, gateways: &[GatewayId], checked_at: Millis, out: &mut Outside) {
        // R14: nobody is gone unless this room service reached the store without a break for a lease.
        if !self.loaded
            || self.fork.is_some()
            || !out.reached.lasts(Duration::from_millis(out.lease_ms), checked_at)
            || self.has_work_of_time()
        {
            return;
        }
        for command in self.room.held_by_any(gateways, checked_at) {
            out.metrics.sessions_swept.inc();
            self.enqueue(Work::Command(Command::of_time(command)), Instant::now(), out);
        }
    }

    fn has_work_of_time(&self) -> bool {
        self.commands().any(Command::is_of_time)
    }

    /// Whether callers of the API wait.
    pub(crate) fn has_calls(&self) -> bool {
        self.commands().any(|command| command.call.is_some())
    }

    /// The commands under way and those that wait.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command> {
        let batches = self.flight.iter().chain(&self.unclear);
        let deciding = batches.flat_map(|batch| batch.decided.iter().map(|(pending, ..)| pending));
        deciding.chain(&self.queue).filter_map(|pending| match &pending.work {
            Work::Command(command) => Some(command),
            Work::Attach(_) | Work::Watch(_) => None,
        })
    }

    /// Does what can be done now: at most one append or one read is under way afterwards.
    pub(crate) fn step(&mut self, out: &mut Outside) {
        while self.flight.is_none() && self.write_back.is_none() && !self.reading && !self.paused {
            if self.fork.is_some() {
                if self.step_forked(out) {
                    continue;
                }
                return;
            }
            if std::mem::take(&mut self.knocked) && !self.queue.is_empty() {
                self.pause(KNOCK_PAUSE, out);
                return;
            }
            if !self.loaded || self.wants_read {
                self.start_read(out);
                return;
            }
            let Some(front) = self.queue.front() else { return };
            match &front.work {
                Work::Command(_) => self.decide(out),
                // R15: who comes is served from a head that was read after it came.
                Work::Attach(_) | Work::Watch(_) if self.reads_done <= front.came => self.wants_read = true,
                Work::Attach(_) | Work::Watch(_) => self.admit(out),
            }
        }
    }

    fn decide(&mut self, out: &mut Outside) {
        let now = out.store.clock().now();
        let mut batch = batch::decide(
            &self.room,
            &mut self.queue,
            now,
            room::fresh_epoch(),
            self.begin_epoch,
            self.reads_done,
        );
        self.wants_read |= batch.needs_read;
        if batch.entries.is_empty() {
            for (pending, verdict, _) in batch.decided {
                answer::give(self, pending, &verdict, out);
            }
            return;
        }
        out.metrics.append_entries.observe(batch.entries.len() as u64);
        batch.by = out.next_by();
        self.began = Instant::now();
        let traced = batch.traced();
        out.append(batch.append(&self.room, now, out.look_interval_ms), &traced);
        self.flight = Some(batch);
    }

    /// The append under way was answered, or not.
    pub(crate) fn on_append(&mut self, result: Result<AppendReply, StoreError>, out: &mut Outside) {
        out.metrics.appends.get(Appended::from(&result)).inc();
        if let Some(back) = self.write_back.take() {
            return self.on_write_back(back, result, out);
        }
        let Some(batch) = self.flight.take() else { return };
        match result {
            Ok(AppendReply::Stored) => self.on_stored(batch, out),
            Ok(AppendReply::Stale { head, tail }) => {
                self.put_back(batch, false, out);
                self.losses += 1;
                if self.losses.is_multiple_of(LOSSES_BEFORE_KNOCK) {
                    out.knock(self.room.id());
                }
                self.absorb_following(tail, out);
                self.wants_read |= head != Some(self.room.head());
            }
            Ok(AppendReply::Repeat(first)) => {
                answer::repeat(batch, &first, &mut self.queue);
            }
            Ok(AppendReply::Fence) => {
                self.begin_epoch = true;
                self.put_back(batch, false, out);
            }
            Ok(AppendReply::Ahead) => self.put_back(batch, false, out),
            Err(error) => {
                let unclear = !error.proves_not_done();
                self.note(&error, "append failed; commands wait");
                if unclear {
                    self.keep_unclear(batch);
                } else {
                    self.put_back(batch, true, out);
                }
                self.failed(out);
            }
        }
        if let Some(hinted) = self.hinted.take() {
            self.on_hint(hinted);
        }
    }

    fn on_stored(&mut self, batch: Batch, out: &mut Outside) {
        self.losses = 0;
        self.answered();
        self.failing = None;
        self.begin_epoch = false;
        self.take(batch, out);
    }

    /// The store has answered, and has the room.
    fn answered(&mut self) {
        self.failures = 0;
        self.seen_at = Some(Instant::now());
    }

    /// Takes in what was decided, and answers.
    pub(super) fn take(&mut self, batch: Batch, out: &mut Outside) {
        let mut decided = batch.decided.into_iter().peekable();
        // One look at the clock for all that was decided together.
        let now = Instant::now();
        for count in 0..=batch.entries.len() {
            if count > 0 {
                out.metrics.entry(&batch.entries[count - 1]);
                self.absorb(batch.entries[count - 1].clone(), out);
            }
            // An answer stands behind its own entries and before the next ones: a joiner's snapshot is the room at
            // the join's own seq (S35).
            while let Some((pending, verdict, _)) = decided.next_if(|(_, _, before)| *before == count) {
                if matches!(&pending.work, Work::Command(Command { link: Some(_), .. })) {
                    out.metrics.command.observe_duration(now - pending.read);
                }
                answer::give(self, pending, &verdict, out);
            }
        }
        debug_assert_eq!(
            self.room, batch.scratch,
            "absorbing what was stored gives what was decided on (V2)"
        );
    }

    /// Commands whose append did not happen, or is unclear, are decided again, in order. Callers of the API are
    /// told at once instead: they repeat their `request_id`.
    pub(super) fn put_back(&mut self, batch: Batch, failed: bool, out: &Outside) {
        for (mut pending, _, _) in batch.decided.into_iter().rev() {
            if failed && let Work::Command(command) = &mut pending.work {
                if let Some(call) = command.call.take() {
                    call.refuse(ErrorReason::OutcomeUnknown);
                    continue;
                }
                if command.link.is_none() {
                    continue;
                }
            }
            self.queue.push_front(pending);
        }
        out.metrics.decided_again.inc();
    }

    /// Says what failed, once for all tries until the store has answered: an outage is every room's, many times a second.
    fn note(&self, error: &StoreError, what: &'static str) {
        if self.failures == 0 {
            tracing::warn!(room = %self.room.id(), %error, unclear = !error.proves_not_done(), "{what}");
        } else {
            tracing::debug!(room = %self.room.id(), %error, failures = self.failures, "{what}");
        }
    }

    /// The store does not answer: links wait, callers are told, and everything is tried again after a pause.
    pub(super) fn failed(&mut self, out: &mut Outside) {
        if self.try_fork(out) {
            return;
        }
        self.failures += 1;
        self.wants_read = true;
        for pending in std::mem::take(&mut self.queue) {
            if let Some(kept) = answer::refuse_callers(pending, ErrorReason::StoreUnavailable) {
                self.queue.push_back(kept);
            }
        }
        let ms = 50_u64.saturating_mul(1 << self.failures.min(5));
        self.pause(Duration::from_millis(ms / 2 + rand::random_range(0..ms)), out);
    }

    fn pause(&mut self, time: Duration, out: &mut Outside) {
        self.paused = true;
        out.wake_after(self.room.id(), time);
    }

    /// A pause is over.
    pub(crate) fn on_wake(&mut self) {
        self.paused = false;
    }

    /// The store says that the room stands at least at `head`.
    pub(crate) fn on_hint(&mut self, head: Position) {
        if head.epoch == self.room.head().epoch && head.seq <= self.room.head().seq {
            return;
        }
        // S34: the reply of the own append may be on its way; hints are looked at when it is there.
        if self.flight.is_some() {
            self.hinted = Some(head);
        } else {
            self.wants_read |= self.loaded;
        }
    }

    /// Hints may be missing.
    pub(crate) fn on_hints_lost(&mut self) {
        self.wants_read |= self.loaded;
    }

    /// Somebody else loses every race.
    pub(crate) fn on_knock(&mut self) {
        self.knocked = self.flight.is_some() || !self.queue.is_empty();
    }

    fn start_read(&mut self, out: &mut Outside) {
        self.reading = true;
        self.wants_read = false;
        self.reads_begun += 1;
        self.began = Instant::now();
        if !self.loaded || self.room.phase() == Phase::Absent {
            out.load(self.room.id());
        } else {
            out.read_log(self.room.id(), self.room.head());
        }
    }

    /// The room was loaded whole.
    pub(crate) fn on_load(&mut self, result: Result<Option<Room>, StoreError>, out: &mut Outside) {
        self.reading = false;
        match result {
            Ok(stored) if self.fork.is_some() => {
                self.reads_done = self.reads_begun;
                self.reconcile(stored, out);
            }
            Ok(stored) => {
                self.reads_done = self.reads_begun;
                self.decide_unclear_again(out);
                if self.loaded && self.restore(stored.as_ref(), out) {
                    return;
                }
                self.failures = 0;
                if stored.is_some() {
                    self.answered();
                }
                let stored = stored.unwrap_or_else(|| Room::absent(self.room.id().clone()));
                let first = !std::mem::replace(&mut self.loaded, true);
                if first || stored.head() != self.room.head() {
                    let known = self.room.phase() == Phase::Absent || stored.in_history(self.room.head());
                    let reason = if known { ResetReason::Trimmed } else { ResetReason::NotInHistory };
                    let lost = self.lost_commands(&stored);
                    self.replace(stored, reason, out);
                    self.say_again(lost);
                }
                if first {
                    self.look(out);
                }
            }
            Err(error) => {
                self.note(&error, "the room can't be loaded; trying again");
                self.failed(out);
            }
        }
    }

    /// The log behind the room's head was read.
    pub(crate) fn on_log(&mut self, result: Result<LogPage, StoreError>, out: &mut Outside) {
        self.reading = false;
        match result {
            Ok(LogPage::Entries { entries, head }) => {
                self.reads_done = self.reads_begun;
                self.answered();
                self.decide_unclear_again(out);
                self.absorb_following(entries, out);
                self.wants_read |= head != self.room.head();
            }
            Ok(LogPage::Trimmed { .. } | LogPage::NotInHistory { .. } | LogPage::Missing) => {
                // The log can't bring this copy on: the whole room is read, and who follows it is reset.
                self.reading = true;
                out.load(self.room.id());
            }
            Err(error) => {
                self.note(&error, "the log can't be read; trying again");
                self.failed(out);
            }
        }
    }

    fn absorb_following(&mut self, entries: Vec<Entry>, out: &mut Outside) {
        for entry in entries {
            if entry.position.seq == self.room.head().seq + 1 {
                self.absorb(Arc::new(entry), out);
            }
        }
    }

    /// Tells an entry to every reader that is live, and takes it in. The only place where either happens.
    pub(super) fn absorb(&mut self, entry: Arc<Entry>, out: &mut Outside) {
        let stored = self.note_unstored(&entry, out);
        for reader in self.readers.values_mut() {
            if reader.fill == Fill::Live && !reader.offer(&entry, &self.room, stored) {
                reader.fill = Fill::Behind;
                if matches!(reader.sink, Sink::Link { .. }) {
                    out.metrics.limits_hit.get(Limit::LinkOutbox).inc();
                }
            }
        }
        answer::superseded_elsewhere(&self.room, &entry, self.readers.values());
        self.room.absorb(&entry);
        if let Change::Joined { gateway, .. } | Change::Resumed { gateway, .. } = &entry.change {
            out.leases.note(gateway);
        }
        let ends_sockets = matches!(
            entry.change,
            Change::Left { .. }
                | Change::Reconnecting { .. }
                | Change::Resumed { .. }
                | Change::Closed { .. }
        );
        self.ring.push(entry, self.fork.is_some());
        if ends_sockets {
            self.let_go();
        }
    }

    /// The store's room takes the place of this copy; who follows gets it whole.
    pub(super) fn replace(&mut self, stored: Room, reason: ResetReason, out: &mut Outside) {
        let old = std::mem::replace(&mut self.room, stored);
        for (_, record) in self.room.joined() {
            out.leases.note(&record.gateway);
        }
        self.ring.clear();
        let gone = self.room.phase() != Phase::Open;
        for reader in self.readers.values_mut() {
            out.metrics.resets.get(reason).inc();
            if let Sink::Link { gateway, outbox } = &reader.sink {
                answer::standings_after_replace(&old, &self.room, gateway, outbox);
            }
            match &reader.sink {
                Sink::Watch { outbox } if gone => outbox.end(ErrorReason::RoomClosed),
                _ if gone => {}
                _ => reader.reset(reason, &self.room),
            }
        }
        if gone {
            self.readers.clear();
        }
        self.let_go();
    }

    /// Serves the attach or watch in front of the queue: the head was just read.
    pub(super) fn admit(&mut self, out: &mut Outside) {
        match self.queue.pop_front().map(|pending| pending.work) {
            Some(Work::Attach(attach)) => answer::attach(self, &attach, out),
            Some(Work::Watch(watch)) => self.admit_watch(watch, out),
            Some(Work::Command(_)) | None => {}
        }
    }

    /// A link or watch is over.
    pub(crate) fn forget(&mut self, id: ReaderId) {
        self.readers.remove(&id);
        self.replays.forget(id);
        self.queue.retain(|pending| match &pending.work {
            Work::Attach(attach) => attach.id != id,
            Work::Watch(watch) => watch.id != id,
            // A command that came is decided though its link is gone: its sender sends it again, and is told.
            Work::Command(_) => true,
        });
    }

    /// Compares the head with the store's, for hints that were lost unnoticed (R15).
    pub(crate) fn compare_head(&mut self, out: &Outside) {
        if self.readers.is_empty() {
            return;
        }
        self.wants_read |= self.loaded;
        // What a fork says is not stored, and may be taken back.
        if self.fork.is_none() {
            self.readers.values_mut().for_each(|reader| reader.tell_position(&self.room));
        }
        self.compares += 1;
        if self.compares.is_multiple_of(COMPARES_BEFORE_TOUCH) {
            out.touch(self.room.id());
        }
    }

    /// Whether nothing happened for `ticks` ticks and nobody follows, so that the room may be forgotten.
    pub(crate) fn is_idle(&mut self, ticks: u32) -> bool {
        self.idle_ticks += 1;
        let quiet = self.readers.is_empty()
            && self.replays.is_empty()
            && self.queue.is_empty()
            && self.flight.is_none()
            && self.unclear.is_none();
        quiet && self.fork.is_none() && !self.reading && !self.paused && self.idle_ticks > ticks
    }

    /// How much waits.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }
}

/// What a task of a slot brought back.
pub(crate) fn on_done(slot: &mut Slot, done: Done, out: &mut Outside) {
    match done {
        Done::Append(result) => slot.on_append(result, out),
        Done::Load(result) => slot.on_load(result, out),
        Done::LoadForFork(Ok((stored, by))) => {
            slot.settle_unclear(stored.as_ref(), by.as_deref());
            slot.on_load(Ok(stored), out);
        }
        Done::LoadForFork(Err(error)) => slot.on_load(Err(error), out),
        Done::Log(result) => slot.on_log(result, out),
        Done::Fill(id, result) => slot.on_fill(id, result, out),
        Done::Replay(number, result) => replay::on_page(slot, number, result, out),
        Done::Wake => slot.on_wake(),
        Done::Noted => {}
    }
}
