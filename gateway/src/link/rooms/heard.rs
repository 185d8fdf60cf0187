//! What the room service says about the rooms of a link, and what follows from it.

use std::collections::HashMap;
use std::sync::Arc;

use switchboard_proto::v1::link_response_item::Item as In;
use switchboard_proto::v1::{
    Attached, CommandAck, ErrorReason, Hole, LeaveReason, LinkEvent, LinkReset, LinkSnapshot,
    ParticipantState, SessionRefused, Standing,
};
use switchboard_proto::{NOBODY, Position};
use tokio::time::Instant;

use super::Rooms;
use crate::close::CloseReason;
use crate::config::BUSY_BACKOFF;
use crate::link::entry::{Entry, Phase};
use crate::link::fan_out::FanOut;
use crate::link::room::{Consequence, at_or_before, deliver, has_had, over, stand};
use crate::metrics::{EventKind, Limit};
use crate::outbox::Item;
use crate::session::{Answer, Joined};

impl Rooms {
    /// The room service says something.
    pub(in crate::link) fn response(&mut self, item: In, now: Instant) {
        let degraded = self.degraded;
        match item {
            In::Attached(attached) => self.attached(&attached, now),
            In::Event(event) => self.event(event, now),
            In::Ack(ack) => self.ack(&ack),
            In::Joined(joined) => {
                let Some(room) = self.rooms.get_mut(joined.room_id.as_str()) else { return };
                if !room.sessions.contains_key(joined.session_id.as_str()) {
                    return;
                }
                room.stands_at(&joined.session_id, joined.position.map(Position::from), true);
                let Some(entry) = room.sessions.get_mut(joined.session_id.as_str()) else { return };
                if entry.phase == Phase::Joining {
                    let session = entry.identity.session.clone();
                    entry.tell_degraded(degraded);
                    entry.tell(Answer::Joined(Box::new(Joined {
                        session,
                        resume_token: joined.resume_token,
                        resume_window: joined.resume_window,
                    })));
                }
                // An answer to a join that was sent again: the snapshot begins from its first piece.
                entry.phase = Phase::Snapshot;
            }
            In::Resumed(resumed) => {
                let position = resumed.position.map(Position::from);
                let piece_end = resumed.piece_end.map(Position::from);
                let room = self.rooms.get_mut(resumed.room_id.as_str());
                if let Some(old) = room.and_then(|room| room.resumed(&resumed.session_id, resumed.generation))
                {
                    // Not removed: the room records the newer connection, which took its place.
                    old.tell(Answer::Close(CloseReason::Superseded));
                    self.metrics.sessions.dec();
                }
                let Some(room) = self.rooms.get_mut(resumed.room_id.as_str()) else { return };
                let Some(entry) = room.sessions.get(resumed.session_id.as_str()) else { return };
                // The next piece of a replay says nothing new of the room, which its link follows already.
                let goes_on = entry.phase == Phase::Replay;
                if !goes_on {
                    room.stands_at(&resumed.session_id, position, false);
                }
                let Some(entry) = room.sessions.get_mut(resumed.session_id.as_str()) else { return };
                entry.live_from = position.unwrap_or_default();
                let stored = resumed.stored.unwrap_or(resumed.last);
                entry.decided(resumed.last, &resumed.refused, stored);
                if !goes_on {
                    entry.taken_up(resumed.last, stored);
                }
                if entry.is_join_pending() {
                    // The room took our join before a break, and sees the repeat as a resume.
                    let first = entry.phase == Phase::Joining;
                    entry.phase = Phase::Snapshot;
                    let session = entry.identity.session.clone();
                    let resume_token = resumed.resume_token;
                    if first {
                        entry.tell_degraded(degraded);
                        let joined = Joined { session, resume_token, resume_window: None };
                        entry.tell(Answer::Joined(Box::new(joined)));
                    }
                    return;
                }
                let (resumed_room, resumed_session) = (resumed.room_id.clone(), resumed.session_id.clone());
                if entry.phase == Phase::Joining {
                    entry.tell_degraded(degraded);
                    entry.tell(Answer::Resumed(Box::new(resumed)));
                }
                entry.piece_end = piece_end;
                if piece_end.is_some() {
                    entry.phase = Phase::Replay;
                    return;
                }
                entry.phase = Phase::Live;
                if position == Some(entry.cursor) {
                    entry.joined();
                }
                self.lists_due_for(&resumed_room, &resumed_session, now);
            }
            In::Refused(refused) => self.refused(&refused),
            In::Noted(noted) => {
                let (session, connection) = (noted.session_id.as_str(), noted.connection_id.as_str());
                let Some(room) = self.rooms.get_mut(noted.room_id.as_str()) else { return };
                if room.entry_of(session, connection).is_some_and(Entry::noted) {
                    self.remove_entry(&noted.room_id, session, connection);
                }
            }
            In::Hole(hole) => self.hole(&hole),
            In::Busy(busy) if busy.reason() == ErrorReason::UnstoredLimit => {
                let Some((_, entry)) = self.find(&busy.room_id, &busy.session_id) else { return };
                entry.not_taken(busy.counter);
                entry.tell(Answer::NotTaken { counter: busy.counter, reason: busy.reason() });
            }
            In::Busy(busy) => {
                self.metrics.busy.inc();
                let Some(room) = self.rooms.get_mut(busy.room_id.as_str()) else { return };
                // It does not say which connection it means; what is sent once too often is known by its ids.
                let mut news = false;
                for entry in room.all_of(&busy.session_id) {
                    news |= !std::mem::replace(&mut entry.blocked, true);
                }
                if news {
                    self.busy.push_back((now + BUSY_BACKOFF, busy.room_id.into(), busy.session_id.into()));
                }
            }
            In::Snapshot(snapshot) => self.snapshot(snapshot, now),
            In::Reset(reset) => self.reset(&reset),
            In::Stored(stored) => {
                let Some((_, entry)) = self.find(&stored.room_id, &stored.session_id) else { return };
                entry.stored(stored.counter);
                entry.tell(Answer::Stored { counter: stored.counter });
            }
            In::Degraded(told) => self.set_degraded(told.degraded),
            // The hello was taken when the stream opened, the end before it came here.
            In::Hello(_) | In::End(_) => {}
        }
    }

    fn attached(&mut self, attached: &Attached, now: Instant) {
        let Some(room) = self.rooms.get_mut(attached.room_id.as_str()) else { return };
        let was_attaching = room.head.is_attaching();
        room.head.attaching = room.head.attaching.saturating_sub(1);
        let is_answer = was_attaching && !room.head.is_attaching();
        self.attaching -= usize::from(is_answer).min(self.attaching);
        self.attaching_since = (self.attaching > 0).then_some(now);
        let mut ended: Vec<Box<str>> = Vec::new();
        // Whom it names, by the id that the session has now, with the newest counter decided.
        let mut named: HashMap<Box<str>, u64> = HashMap::new();
        for standing in &attached.sessions {
            let old = standing.session_id.as_str();
            let Some(entry) = room.sessions.get_mut(old) else { continue };
            // Its resume is on its way already.
            if !was_attaching && entry.phase == Phase::Behind && standing.standing() == Standing::Behind {
                continue;
            }
            let close = stand(entry, standing, || self.placement.store_time());
            let new: Box<str> = entry.identity.session.as_str().into();
            if let Some(close) = close {
                entry.tell(Answer::Close(close));
                // After a resync the session lives on: its connection says that it is gone.
                if close != CloseReason::Resync {
                    ended.push(new);
                }
            } else {
                if *new != *old
                    && let Some(entry) = room.sessions.remove(old)
                {
                    room.rename(old, &new);
                    room.sessions.insert(new.clone(), entry);
                }
                named.insert(new, standing.last);
            }
        }
        for session in ended {
            self.remove(&attached.room_id, &session);
        }
        let Some(room) = self.rooms.get_mut(attached.room_id.as_str()) else { return };
        let mut resent = 0;
        for (session, entry) in &mut room.sessions {
            let last = named.get(session).copied();
            // Standings also come unasked, after a fork: then only whom they name has something to say again.
            if !room.head.is_attaching() && !entry.blocked && (is_answer || last.is_some()) {
                resent += entry.resend(last, &mut self.output);
            }
        }
        for entry in room.resuming.values_mut().filter(|entry| is_answer && !entry.blocked) {
            resent += entry.resend(None, &mut self.output);
        }
        self.metrics.commands_resent.inc_by(resent as u64);
    }

    fn ack(&mut self, ack: &CommandAck) {
        let Some((_, entry)) = self.find(&ack.room_id, &ack.session_id) else { return };
        let refused = (ack.refused() != ErrorReason::Unspecified).then_some(ack.refused());
        let (leave, dropped) = entry.acked(ack.counter, ack.stored);
        let told = entry.tell(Answer::Ack { counter: ack.counter, refused, stored: ack.stored });
        let over = refused.and_then(over);
        if let Some(close) = over {
            entry.tell(Answer::Close(close));
        }
        self.count_overflow(told);
        self.metrics.limits_hit.get(Limit::Unstored).inc_by(dropped as u64);
        if over.is_some() || (leave && refused.is_none()) {
            // The session closes its socket behind the ack; nothing more is said about it here.
            self.remove(&ack.room_id, &ack.session_id);
        }
    }

    fn refused(&mut self, refused: &SessionRefused) {
        let (session, connection) = (refused.session_id.as_str(), refused.connection_id.as_str());
        let Some(room) = self.rooms.get_mut(refused.room_id.as_str()) else { return };
        let Some(entry) = room.entry_of(session, connection) else { return };
        if entry.is_begin_pending() {
            entry.tell(Answer::Refused(refused.reason()));
        } else if entry.outbox.is_some() {
            // A present was refused: the room has something newer than this socket.
            entry.tell(Answer::Close(over(refused.reason()).unwrap_or(CloseReason::Expired)));
        }
        self.remove_entry(&refused.room_id, session, connection);
    }

    fn hole(&mut self, hole: &Hole) {
        self.metrics.command_holes.inc();
        let Some((head, entry)) = self.find(&hole.room_id, &hole.session_id) else { return };
        // A room that is being attached and a session that waits send everything again anyway.
        if head.is_attaching() || entry.blocked || !entry.is_new_hole(hole.last, hole.counter) {
            return;
        }
        let mut out = std::mem::take(&mut self.output);
        if let Some((_, entry)) = self.find(&hole.room_id, &hole.session_id) {
            if entry.has_lost(hole.last) {
                entry.tell(Answer::Close(CloseReason::Resync));
                self.output = out;
                return;
            }
            let resent = entry.resend(Some(hole.last), &mut out);
            self.metrics.commands_resent.inc_by(resent as u64);
        }
        self.output = out;
    }

    fn snapshot(&mut self, snapshot: LinkSnapshot, now: Instant) {
        let Some(piece) = snapshot.snapshot.map(Arc::new) else { return };
        let Some(room) = self.rooms.get_mut(snapshot.room_id.as_str()) else { return };
        let last = (!piece.more).then(|| piece.position.map(Position::from).unwrap_or_default());
        if !snapshot.session_id.is_empty() {
            let Some(entry) = room.sessions.get_mut(snapshot.session_id.as_str()) else { return };
            if entry.is_told_events() {
                room.replica.get_or_insert_default().take_first(&entry.identity.session, &piece, last);
            }
            // A resume that asked for one has a cursor of its own.
            if entry.phase == Phase::Snapshot {
                entry.tell(Answer::Snapshot(piece));
                if let Some(position) = last {
                    entry.begin_at(position);
                    entry.joined();
                }
            }
            if last.is_some() {
                self.lists_due_for(&snapshot.room_id, &snapshot.session_id, now);
            }
            return;
        }
        // What those are told who know no snapshot: what would have led there.
        let difference = room.replica.as_mut().map(|replica| replica.take_again(&piece, last));
        let difference: Vec<_> = difference.unwrap_or_default().into_iter().map(Arc::new).collect();
        for entry in room.sessions.values_mut().filter(|entry| entry.phase == Phase::RoomSnapshot) {
            if entry.is_told_events() {
                for event in &difference {
                    entry.push(Item::Told { event: Arc::clone(event), heard: now, trace: None });
                }
            } else {
                entry.tell(Answer::Snapshot(Arc::clone(&piece)));
            }
            if let Some(position) = last {
                entry.begin_at(position);
            }
        }
        if let Some(position) = last {
            (room.head.position, room.head.told) = (Some(position), None);
            self.lists_changed(&snapshot.room_id, now);
        }
        // What an event would have said if it had not been missed: see `follow`.
        for participant in &piece.participants {
            if participant.state() == ParticipantState::Reconnecting {
                self.still_here(&snapshot.room_id, &participant.session_id);
            }
        }
    }

    /// The room shows a session as reconnecting: if its socket is here, the room hears so.
    fn still_here(&mut self, room_id: &str, session: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        let attaching = room.head.is_attaching();
        let Some(entry) = room.sessions.get_mut(session) else { return };
        if entry.outbox.is_some() && entry.present() && !entry.blocked && !attaching {
            entry.send_new(&mut self.output);
        }
    }

    fn reset(&mut self, reset: &LinkReset) {
        self.metrics.resets.inc();
        let Some(room) = self.rooms.get_mut(reset.room_id.as_str()) else { return };
        if !reset.session_id.is_empty() {
            let Some(entry) = room.sessions.get_mut(reset.session_id.as_str()) else { return };
            if !entry.is_join_pending() {
                entry.tell(Answer::Reset(reset.reason()));
            }
            entry.phase = Phase::Snapshot;
            return;
        }
        // Who still waits for a snapshot of its own is not concerned.
        let told = |entry: &&mut Entry| matches!(entry.phase, Phase::Live | Phase::RoomSnapshot);
        for entry in room.sessions.values_mut().filter(told) {
            if !entry.is_told_events() {
                entry.tell(Answer::Reset(reset.reason()));
            }
            entry.phase = Phase::RoomSnapshot;
        }
    }

    fn event(&mut self, event: LinkEvent, now: Instant) {
        let LinkEvent { room_id, event, to_session_ids, replay_session_id, traceparent } = event;
        let Some((event, room)) = event.zip(self.rooms.get_mut(room_id.as_str())) else { return };
        let position = event.position.map(Position::from).unwrap_or_default();
        self.metrics.events.get(EventKind::from(&event)).inc();
        if !replay_session_id.is_empty() {
            let Some(entry) = room.sessions.get_mut(replay_session_id.as_str()) else { return };
            let mut fan_out = FanOut::new(event, now, &mut self.frames);
            let told = deliver(entry, &mut fan_out, position, true);
            if entry.phase == Phase::Live && entry.live_from == position {
                entry.joined();
            }
            if entry.phase == Phase::Replay && entry.piece_end == Some(position) {
                entry.push(Item::PieceEnd);
            }
            return self.count_delivery(told);
        }
        if room.head.is_attaching() {
            // From before the attach: it comes again behind the answer.
            return;
        }
        if let Some(mine) = room.head.position {
            if at_or_before(position, mine) {
                return;
            }
            let prev = event.prev.map(Position::from).unwrap_or_default();
            if prev != mine && Some(prev) != room.head.told {
                self.metrics.event_holes.inc();
                tracing::warn!(room = %room.head.id, %position, %prev, %mine, "hole in a room's events; attaching again");
                self.attaching += 1;
                self.attaching_since.get_or_insert(now);
                room.attach(&mut self.output);
                return;
            }
        }
        (room.head.position, room.head.told) = (Some(position), None);
        if event.event.is_none() && to_session_ids == [NOBODY] {
            return self.position(&room_id, position);
        }
        let consequence = Consequence::of(&event);
        let lists_changed = room.replica.as_mut().is_some_and(|replica| replica.apply(&event, position));
        let mut fan_out = FanOut::new(event, now, &mut self.frames).traced(&traceparent);
        let (mut delivered, mut overflowed) = (0, 0);
        let mut count = |told: Option<bool>| {
            delivered += u64::from(told == Some(true));
            overflowed += u64::from(told == Some(false));
        };
        if to_session_ids.is_empty() {
            for entry in room.sessions.values_mut() {
                count(deliver(entry, &mut fan_out, position, false));
            }
        } else {
            for session in &to_session_ids {
                if let Some(entry) = room.sessions.get_mut(session.as_str()) {
                    count(deliver(entry, &mut fan_out, position, false));
                }
            }
        }
        self.metrics.events_fanned_out.inc_by(delivered);
        self.metrics.limits_hit.get(Limit::Outbox).inc_by(overflowed);
        if lists_changed {
            self.lists_changed(&room_id, now);
        }
        self.follow(&room_id, consequence);
    }

    /// The room is so far, and nobody here missed anything: each session hears so behind all that it was told, since
    /// its next event follows that.
    fn position(&mut self, room_id: &str, position: Position) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        for entry in room.sessions.values_mut() {
            let had = has_had(entry.cursor, position) || has_had(entry.live_from, position);
            if had || entry.phase != Phase::Live || entry.is_begin_pending() {
                continue;
            }
            entry.cursor = position;
            let told = entry.tell(Answer::Position(position));
            self.metrics.limits_hit.get(Limit::Outbox).inc_by(u64::from(!told));
        }
    }

    /// What an event means for the sockets here, beside being told.
    fn follow(&mut self, room_id: &str, consequence: Consequence) {
        match consequence {
            Consequence::None => {}
            Consequence::Left { session, reason } => {
                let Some((_, entry)) = self.find(room_id, &session) else { return };
                if reason == LeaveReason::Left && entry.is_leave_pending() && entry.outbox.is_some() {
                    // Its ack closes it.
                    return;
                }
                entry.tell(Answer::Close(CloseReason::of_leave(reason)));
                self.remove(room_id, &session);
            }
            Consequence::Reconnecting { session } => self.still_here(room_id, &session),
            Consequence::Closed => {
                let Some(room) = self.rooms.get(room_id) else { return };
                let sessions: Vec<_> = room.sessions.keys().cloned().collect();
                for session in sessions {
                    if let Some((_, entry)) = self.find(room_id, &session) {
                        entry.tell(Answer::Close(CloseReason::RoomClosed));
                    }
                    self.remove(room_id, &session);
                }
            }
        }
    }

    fn count_delivery(&self, told: Option<bool>) {
        self.metrics.events_fanned_out.inc_by(u64::from(told == Some(true)));
        self.count_overflow(told != Some(false));
    }

    fn count_overflow(&self, told: bool) {
        self.metrics.limits_hit.get(Limit::Outbox).inc_by(u64::from(!told));
    }
}
