//! The only way a room changes.

use std::sync::Arc;

use switchboard_proto::v1::{ErrorReason, LeaveReason};
use switchboard_proto::{Millis, ParticipantId, SessionId};

use super::entry::Reason;
use super::{
    Change, ConnectionLost, Counter, Counters, ENDED_MAX, Entry, Member, MemberRecord, PAST_MAX, Phase,
    REFUSED_MAX, REMOVED_MAX, Room, ShareRecord, Touched,
};

impl Room {
    /// Takes in the next entry and says which stored fields it changed.
    ///
    /// Never fails: what an entry names and the room lacks is passed over, since the log is the truth and a room
    /// that refuses it could never catch up. The caller passes entries in order, without a hole.
    pub fn absorb(&mut self, entry: &Entry) -> Touched {
        let mut touched = Touched::default();
        if let Change::Created { settings, metadata, ended, removed } = &entry.change {
            *self = Self::absent(self.id.clone());
            self.ended = ended.iter().map(|(session, reason)| (session.clone(), reason.0)).collect();
            self.removed = removed.iter().cloned().collect();
            self.phase = Phase::Open;
            self.created_at = entry.at;
            self.settings = settings.clone();
            self.metadata = metadata.as_str().into();
            self.close_at = Some(entry.at.plus(settings.empty_timeout_ms));
            self.head = entry.position;
            touched.everything = true;
            return touched;
        }
        debug_assert_eq!(
            entry.position.seq,
            self.head.seq + 1,
            "entries are absorbed in order, without a hole"
        );
        if entry.position.epoch != self.head.epoch {
            self.begin_epoch(entry.at, &mut touched);
        }
        self.head = entry.position;
        self.take_counter(entry, &mut touched);
        self.apply(entry, &mut touched);
        touched
    }

    /// R7: the ended epoch goes into the history, and every resume window is armed anew, since nobody could resume
    /// while the store was away.
    fn begin_epoch(&mut self, at: Millis, touched: &mut Touched) {
        self.past.push_back(self.head);
        if self.past.len() > PAST_MAX {
            self.past.pop_front();
        }
        touched.past = true;
        for (participant, member) in &mut self.members {
            if member.record.until.is_some() {
                let window = member.record.window(self.settings.resume_window_ms);
                Arc::make_mut(&mut member.record).until = Some(at.plus(window));
                touched.members.insert(participant.clone());
            }
        }
    }

    /// R4: a counter is taken by the entry of its command; those between it and its predecessor never came.
    fn take_counter(&mut self, entry: &Entry, touched: &mut Touched) {
        let (Some(origin), Some(Counter { n, after })) = (&entry.from, entry.counter) else { return };
        let Some(member) = self.members.get_mut(&origin.participant) else { return };
        if member.record.session != origin.session || n <= member.counters.last {
            return;
        }
        let counters = &mut member.counters;
        let first_lost = after.max(counters.last).max(n.saturating_sub(REFUSED_MAX as u64)).saturating_add(1);
        for lost in first_lost..n {
            counters.refused.insert(lost, ErrorReason::NotForwarded);
        }
        if let Change::Refused { reason } = &entry.change {
            counters.refused.insert(n, reason.0);
        }
        counters.last = n;
        if !counters.refused.is_empty() {
            counters.refused = counters.refused.split_off(&n.saturating_sub(REFUSED_MAX as u64 - 1));
        }
        touched.counters.insert(origin.participant.clone());
    }

    fn apply(&mut self, entry: &Entry, touched: &mut Touched) {
        match &entry.change {
            Change::Created { .. }
            | Change::Signal { .. }
            | Change::Message {}
            | Change::Refused { .. }
            | Change::EpochBegan {}
            | Change::Renegotiate {} => {}
            Change::Joined { participant, session, connection, gateway, asked_at, metadata, window_ms } => {
                let record = MemberRecord {
                    session: session.clone(),
                    asked_at: *asked_at,
                    joined_at: entry.at,
                    generation: 1,
                    connection: Some(connection.clone()),
                    gateway: gateway.clone(),
                    until: None,
                    share: None,
                    metadata: metadata.clone(),
                    window_ms: *window_ms,
                    lost: None,
                };
                let member = Member { record: record.into(), counters: Counters::default() };
                self.members.insert(participant.clone(), member);
                touched.members.insert(participant.clone());
                touched.counters.insert(participant.clone());
                touched.room |= self.close_at.take().is_some();
            }
            Change::Resumed { participant, session, generation, connection, gateway } => {
                self.record(participant, session, touched, |record| {
                    record.generation = *generation;
                    record.connection = Some(connection.clone());
                    record.gateway = gateway.clone();
                    record.until = None;
                });
            }
            Change::Reconnecting { participant, session, until, gone, end } => {
                self.record(participant, session, touched, |record| {
                    record.until = Some(*until);
                    record.lost = Some(ConnectionLost { at: entry.at, gone: *gone, end: *end });
                    if *gone {
                        record.connection = None;
                    }
                });
            }
            Change::Present { participant, session } => {
                self.record(participant, session, touched, |record| record.until = None);
            }
            Change::Left { participant, session, reason: Reason(reason) } => {
                self.end(participant, session, *reason, entry.at, touched);
            }
            Change::Updated { participant, metadata } => {
                self.any_record(participant, touched, |record| record.metadata.clone_from(metadata));
            }
            Change::Shared { participant, share_id, audio } => {
                let share = ShareRecord { share_id: share_id.clone(), audio: *audio, started_at: entry.at };
                self.any_record(participant, touched, |record| record.share = Some(share));
            }
            Change::Unshared { participant, .. } => {
                self.any_record(participant, touched, |record| record.share = None);
            }
            Change::RoomUpdated { settings, metadata } => {
                if self.close_at.is_some() && self.settings.empty_timeout_ms != settings.empty_timeout_ms {
                    self.close_at = Some(entry.at.plus(settings.empty_timeout_ms));
                }
                self.settings = settings.clone();
                self.metadata = metadata.as_str().into();
                touched.room = true;
            }
            Change::Removed(removal) => {
                self.removed.retain(|r| r.participant != removal.participant && r.holds(entry.at));
                self.removed.push_back(removal.clone());
                if self.removed.len() > REMOVED_MAX {
                    self.removed.pop_front();
                }
                touched.removed = true;
            }
            Change::Allowed { participant } => {
                self.removed.retain(|removal| removal.participant != *participant);
                touched.removed = true;
            }
            Change::Closed { .. } => {
                self.phase = Phase::Closed;
                self.close_at = None;
                for (participant, member) in std::mem::take(&mut self.members) {
                    self.note_ended(member.record.session.clone(), LeaveReason::RoomClosed, touched);
                    touched.counters.insert(participant.clone());
                    touched.members.insert(participant);
                }
                touched.room = true;
            }
        }
    }

    fn end(
        &mut self,
        participant: &ParticipantId,
        session: &SessionId,
        reason: LeaveReason,
        at: Millis,
        touched: &mut Touched,
    ) {
        if self.member(participant, session).is_none() {
            return;
        }
        self.members.remove(participant);
        touched.members.insert(participant.clone());
        touched.counters.insert(participant.clone());
        self.note_ended(session.clone(), reason, touched);
        if self.members.is_empty() {
            self.close_at = Some(at.plus(self.settings.departure_timeout_ms));
            touched.room = true;
        }
    }

    fn note_ended(&mut self, session: SessionId, reason: LeaveReason, touched: &mut Touched) {
        self.ended.push_back((session, reason));
        if self.ended.len() > ENDED_MAX {
            self.ended.pop_front();
        }
        touched.ended = true;
    }

    fn record(
        &mut self,
        participant: &ParticipantId,
        session: &SessionId,
        touched: &mut Touched,
        change: impl FnOnce(&mut MemberRecord),
    ) {
        if self.member(participant, session).is_some() {
            self.any_record(participant, touched, change);
        }
    }

    fn any_record(
        &mut self,
        participant: &ParticipantId,
        touched: &mut Touched,
        change: impl FnOnce(&mut MemberRecord),
    ) {
        if let Some(member) = self.members.get_mut(participant) {
            change(Arc::make_mut(&mut member.record));
            touched.members.insert(participant.clone());
        }
    }
}
