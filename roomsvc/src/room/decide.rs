//! What follows from a command. Changes nothing: every answer is given after the entries are stored.

use switchboard_proto::v1::{ErrorReason, LeaveReason, RoomCloseReason, ShareEndReason};
use switchboard_proto::{Epoch, Millis, ParticipantId, Position, SessionId};

use super::entry::Reason;
use super::{
    Action, ApiAction, Audience, Change, Command, ConnectionEnd, Counter, Entry, JOIN_AGE_MAX_MS,
    JOIN_SKEW_MAX_MS, LEASE_SEEN_MAX_MS, LEAVING_WINDOW_MS, Member, Origin, Phase, REMOVED_MAX, Removal,
    Room, SessionKey, Settings, SettingsPatch,
};

/// What a decision may use beside the room: randomness and time come in as arguments.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The store's time.
    pub now: Millis,
    /// An epoch that nobody has used.
    pub fresh: Epoch,
    /// Whether the next entry begins that epoch; a room that is made begins one anyway.
    pub begin_epoch: bool,
}

/// What follows from a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// These entries; the answer holds once they are stored.
    Append(Vec<Entry>, Answer),
    /// No entry: the answer follows from what is stored and can't become wrong.
    Answer(Answer),
    /// No entry: the answer holds only if the room was read from the store after the command came.
    IfFresh(Answer),
}

/// What the one who asked is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done, now or before.
    Done,
    /// Refused.
    Refused(ErrorReason),
    /// The session has ended.
    Ended(LeaveReason),
    /// A counter before this one is missing; the newest decided one is `last`.
    Hole {
        /// The newest counter decided.
        last: u64,
    },
    /// The room has lost the resume that this generation began with (S56 b): its gateway says that again first.
    Behind,
}

impl Room {
    /// What follows from `command`.
    #[must_use]
    pub fn decide(&self, command: &Command, ctx: Context) -> Verdict {
        match command {
            Command::Join { key, asked_at, resubmitted, .. } => {
                self.decide_join(command, key, *asked_at, *resubmitted, ctx)
            }
            Command::Resume { key, connection, gateway } => {
                let member = match self.speaker(key) {
                    Ok(member) => member,
                    Err(verdict) => return verdict,
                };
                let record = &member.record;
                if key.generation == record.generation && record.connection.as_ref() == Some(connection) {
                    return Verdict::Answer(Answer::Done);
                }
                if key.generation <= record.generation {
                    return Verdict::Answer(Answer::Refused(ErrorReason::SessionSuperseded));
                }
                let to = if record.until.is_some() { Audience::All } else { Audience::Silent };
                let change = Change::Resumed {
                    participant: key.participant.clone(),
                    session: key.session.clone(),
                    generation: key.generation,
                    connection: connection.clone(),
                    gateway: gateway.clone(),
                };
                Draft::of(self, ctx).by(key).push(change, to).done()
            }
            Command::Gone { key, connection, leaving, end } => {
                let member = match self.current(key) {
                    Ok(member) => member,
                    Err(verdict) => return verdict,
                };
                if member.record.connection.as_ref() != Some(connection) {
                    return Verdict::Answer(Answer::Done);
                }
                let window = self.settings.resume_window_ms;
                let window = if *leaving { window.min(LEAVING_WINDOW_MS) } else { window };
                self.lost(key, member, window, Some(*end), ctx)
            }
            Command::Present { key, connection } => {
                let member = match self.current(key) {
                    Ok(member) => member,
                    Err(verdict) => return verdict,
                };
                if member.record.connection.as_ref() != Some(connection) || member.record.until.is_none() {
                    return Verdict::Answer(Answer::Done);
                }
                let change =
                    Change::Present { participant: key.participant.clone(), session: key.session.clone() };
                Draft::of(self, ctx).by(key).push(change, Audience::All).done()
            }
            Command::Session { key, counter, after, action } => {
                self.decide_session(key, Counter { n: *counter, after: *after }, action, ctx)
            }
            Command::Api { request, action } => self.decide_api(request.as_deref(), action, ctx),
            Command::Expire(key) => match self.current(key) {
                // R7: the epoch arms every window anew. It begins here, or nothing would begin it.
                Ok(member)
                    if ctx.begin_epoch && member.record.until.is_some_and(|until| until <= ctx.now) =>
                {
                    Draft::of(self, ctx).push(Change::EpochBegan {}, Audience::Silent).done()
                }
                Ok(member) if member.record.until.is_some_and(|until| until <= ctx.now) => {
                    Draft::of(self, ctx).end_session(&key.participant, member, LeaveReason::Expired).done()
                }
                _ => Verdict::Answer(Answer::Done),
            },
            Command::GatewayLost { key, checked_at } => match self.current(key) {
                Ok(member)
                    if member.record.until.is_none() && ctx.now <= checked_at.plus(LEASE_SEEN_MAX_MS) =>
                {
                    self.lost(key, member, self.settings.resume_window_ms, None, ctx)
                }
                _ => Verdict::Answer(Answer::Done),
            },
            Command::CloseIfEmpty => {
                let due = self.phase == Phase::Open && self.close_at.is_some_and(|at| at <= ctx.now);
                if !due || !self.members.is_empty() {
                    return Verdict::Answer(Answer::Done);
                }
                let change = Change::Closed { reason: Reason(RoomCloseReason::Empty) };
                Draft::of(self, ctx).push(change, Audience::All).done()
            }
        }
    }

    fn decide_join(
        &self,
        command: &Command,
        key: &SessionKey,
        asked_at: Millis,
        resubmitted: bool,
        ctx: Context,
    ) -> Verdict {
        let Command::Join { connection, gateway, metadata, window_ms, .. } = command else {
            return Verdict::Answer(Answer::Refused(ErrorReason::Internal));
        };
        let mut draft = Draft::of(self, ctx);
        let refuse = |reason| self.refuse(None, None, None, reason, ctx);
        if ctx.now > asked_at.plus(JOIN_AGE_MAX_MS) {
            return refuse(ErrorReason::StaleJoin);
        }
        if let Some((_, reason)) = self.ended.iter().find(|(ended, _)| *ended == key.session) {
            return Verdict::Answer(Answer::Ended(*reason));
        }
        // Also where a room would be made anew: it was put out of the one that had this name.
        if self.is_removed(&key.participant, ctx.now) {
            return refuse(ErrorReason::ParticipantRemoved);
        }
        if self.phase == Phase::Open {
            match self.members.get(&key.participant) {
                Some(member) if member.record.session == key.session => return Verdict::Answer(Answer::Done),
                // A store whose clock was set back has records of times that have not come: nobody waits for those.
                Some(member) if member.record.asked_at.min(ctx.now) > asked_at.plus(JOIN_SKEW_MAX_MS) => {
                    return refuse(ErrorReason::StaleJoin);
                }
                // The same socket may have been recorded with a session that its room service did not know (S56 c).
                Some(member) if resubmitted && member.record.connection.as_ref() != Some(connection) => {
                    return refuse(ErrorReason::SessionSuperseded);
                }
                Some(member) => {
                    draft = draft.end_session(&key.participant, member, LeaveReason::TakenOver);
                }
                // Submitted again by a gateway that holds the socket: who was here is nobody new (S56 c).
                None if self.settings.locked && !resubmitted => return refuse(ErrorReason::RoomLocked),
                None if self.members.len() >= self.settings.participants_max as usize => {
                    return refuse(ErrorReason::RoomFull);
                }
                None => {}
            }
        } else {
            draft = draft.create(self, Settings::default(), String::new());
        }
        let change = Change::Joined {
            participant: key.participant.clone(),
            session: key.session.clone(),
            connection: connection.clone(),
            gateway: gateway.clone(),
            asked_at,
            metadata: metadata.clone(),
            window_ms: *window_ms,
        };
        draft.by(key).push(change, Audience::All).done()
    }

    fn decide_session(&self, key: &SessionKey, counter: Counter, action: &Action, ctx: Context) -> Verdict {
        let member = match self.current(key) {
            Ok(member) => member,
            // A leave whose answer was lost is repeated by a session that has left: that is what it asked for.
            Err(
                Verdict::Answer(Answer::Ended(LeaveReason::Left))
                | Verdict::IfFresh(Answer::Ended(LeaveReason::Left)),
            ) if *action == Action::Leave => {
                return Verdict::Answer(Answer::Done);
            }
            Err(verdict) => return verdict,
        };
        if counter.n <= member.counters.last {
            let refused = member.counters.refused.get(&counter.n);
            return Verdict::Answer(refused.map_or(Answer::Done, |reason| Answer::Refused(*reason)));
        }
        if counter.after > member.counters.last {
            return Verdict::IfFresh(Answer::Hole { last: member.counters.last });
        }
        let draft = Draft::of(self, ctx).by(key).numbered(counter);
        let refuse = |reason| self.refuse(Some(key), Some(counter), None, reason, ctx);
        let participant = key.participant.clone();
        match action {
            Action::Leave => draft.end_session(&key.participant, member, LeaveReason::Left).done(),
            Action::UpdateMetadata(metadata) => {
                let change = Change::Updated { participant, metadata: metadata.clone() };
                draft.push(change, Audience::All).done()
            }
            Action::StartShare { share_id, audio } => {
                let others = self.members.iter().filter(|(id, member)| {
                    member.record.share.is_some() && (!self.settings.shares_many || **id == key.participant)
                });
                let change = Change::Shared { participant, share_id: share_id.clone(), audio: *audio };
                others
                    .fold(draft, |draft, (id, member)| draft.end_share(id, member, ShareEndReason::Replaced))
                    .push(change, Audience::All)
                    .done()
            }
            Action::StopShare if member.record.share.is_none() => refuse(ErrorReason::NotSharing),
            Action::StopShare => draft.end_share(&key.participant, member, ShareEndReason::Stopped).done(),
            Action::Signal { to, kind, payload } => match self.members.get(to) {
                None => refuse(ErrorReason::ParticipantNotFound),
                Some(target) => {
                    let to = Audience::Sessions(vec![(to.clone(), target.record.session.clone())]);
                    draft.body(payload).push(Change::Signal { kind: Reason(*kind) }, to).done()
                }
            },
            Action::Message { to, body } => match self.audience(to) {
                Err(reason) => refuse(reason),
                Ok(to) => draft.body(body).push(Change::Message {}, to).done(),
            },
            Action::Renegotiate => draft.push(Change::Renegotiate {}, Audience::All).done(),
        }
    }

    fn decide_api(&self, request: Option<&str>, action: &ApiAction, ctx: Context) -> Verdict {
        let mut draft = Draft::of(self, ctx);
        draft.request = request.map(str::to_owned);
        let refuse = |reason| self.refuse(None, None, request, reason, ctx);
        if let ApiAction::Create { settings, metadata } = action {
            if self.phase == Phase::Open {
                return refuse(ErrorReason::RoomExists);
            }
            return draft.create(self, settings.applied_to(&Settings::default()), metadata.clone()).done();
        }
        if self.phase != Phase::Open {
            return Verdict::IfFresh(Answer::Refused(ErrorReason::RoomNotFound));
        }
        match action {
            ApiAction::Create { .. } => refuse(ErrorReason::Internal),
            ApiAction::Update { settings, metadata } => {
                let change = self.updated(settings, metadata.as_deref());
                draft.push(change, Audience::All).done()
            }
            ApiAction::UpdateParticipant { participant, metadata } => match self.members.get(participant) {
                None => refuse(ErrorReason::ParticipantNotFound),
                Some(member) => {
                    let metadata = metadata.clone().unwrap_or_else(|| member.record.metadata.clone());
                    let change = Change::Updated { participant: participant.clone(), metadata };
                    draft.push(change, Audience::All).done()
                }
            },
            ApiAction::Remove { participant, for_ms, by } => {
                let barred = self.is_removed(participant, ctx.now);
                if !barred && self.removals(ctx.now).count() >= REMOVED_MAX {
                    return refuse(ErrorReason::Overloaded);
                }
                if let Some(member) = self.members.get(participant) {
                    draft = draft.end_session(participant, member, LeaveReason::Removed);
                }
                let until = for_ms.map(|for_ms| ctx.now.plus(for_ms));
                let removal = Removal { participant: participant.clone(), until, by: by.clone() };
                draft.push(Change::Removed(removal), Audience::Silent).done()
            }
            ApiAction::Allow(participant) => {
                draft.push(Change::Allowed { participant: participant.clone() }, Audience::Silent).done()
            }
            ApiAction::Message { to, body } => match self.audience(to) {
                Err(reason) => refuse(reason),
                Ok(to) => draft.body(body).push(Change::Message {}, to).done(),
            },
            ApiAction::Close => {
                let change = Change::Closed { reason: Reason(RoomCloseReason::Requested) };
                draft.push(change, Audience::All).done()
            }
        }
    }

    fn updated(&self, settings: &SettingsPatch, metadata: Option<&str>) -> Change {
        Change::RoomUpdated {
            settings: settings.applied_to(&self.settings),
            metadata: metadata.unwrap_or(&self.metadata).to_owned(),
        }
    }

    fn audience(&self, to: &[ParticipantId]) -> Result<Audience, ErrorReason> {
        if to.is_empty() {
            return Ok(Audience::All);
        }
        let session = |id: &ParticipantId| {
            let member = self.members.get(id).ok_or(ErrorReason::ParticipantNotFound)?;
            Ok((id.clone(), member.record.session.clone()))
        };
        to.iter().map(session).collect::<Result<_, _>>().map(Audience::Sessions)
    }

    /// A refusal is an entry (R3): so the compare proves that what it was decided on still stood. Only of a room
    /// that is not there nothing can be stored.
    fn refuse(
        &self,
        key: Option<&SessionKey>,
        counter: Option<Counter>,
        request: Option<&str>,
        reason: ErrorReason,
        ctx: Context,
    ) -> Verdict {
        if self.phase != Phase::Open {
            return Verdict::IfFresh(Answer::Refused(reason));
        }
        let mut draft = Draft::of(self, ctx);
        draft.from = key.map(Origin::from);
        draft.counter = counter;
        draft.request = request.map(str::to_owned);
        draft = draft.push(Change::Refused { reason: Reason(reason) }, Audience::Silent);
        Verdict::Append(draft.finish(), Answer::Refused(reason))
    }

    /// A socket or its gateway is lost: shown as reconnecting, unless it is already. `gone` by the word of its gateway,
    /// with how it ended where that is told.
    fn lost(
        &self,
        key: &SessionKey,
        member: &Member,
        window_ms: u64,
        gone: Option<Option<ConnectionEnd>>,
        ctx: Context,
    ) -> Verdict {
        let shown = member.record.until;
        let window_ms = member.record.window(window_ms);
        let change = Change::Reconnecting {
            participant: key.participant.clone(),
            session: key.session.clone(),
            until: shown.unwrap_or(ctx.now.plus(window_ms)),
            gone: gone.is_some(),
            end: gone.flatten(),
        };
        let to = if shown.is_some() { Audience::Silent } else { Audience::All };
        Draft::of(self, ctx).by(key).push(change, to).done()
    }

    /// The member that `key` speaks for, at whatever generation.
    fn speaker(&self, key: &SessionKey) -> Result<&Member, Verdict> {
        self.member(&key.participant, &key.session).ok_or_else(|| {
            // Session ids never return, so "ended" can't become wrong; "unknown" can, if this copy is old.
            match self.ended_reason(&key.participant, &key.session) {
                Some(reason) => Verdict::IfFresh(Answer::Ended(reason)),
                None => Verdict::IfFresh(Answer::Refused(ErrorReason::SessionNotFound)),
            }
        })
    }

    /// The member that `key` speaks for, if its generation is the recorded one.
    fn current(&self, key: &SessionKey) -> Result<&Member, Verdict> {
        let member = self.speaker(key)?;
        match key.generation.cmp(&member.record.generation) {
            std::cmp::Ordering::Equal => Ok(member),
            // Generations only rise: superseded stays superseded.
            std::cmp::Ordering::Less => Err(Verdict::Answer(Answer::Refused(ErrorReason::SessionSuperseded))),
            std::cmp::Ordering::Greater => Err(Verdict::IfFresh(Answer::Behind)),
        }
    }
}

impl From<&SessionKey> for Origin {
    fn from(key: &SessionKey) -> Self {
        Self {
            participant: key.participant.clone(),
            session: key.session.clone(),
            generation: key.generation,
        }
    }
}

/// Entries in the making. The last one carries the command's number, so a repeat is known only when all are there.
struct Draft {
    next: Position,
    at: Millis,
    fresh: Epoch,
    from: Option<Origin>,
    counter: Option<Counter>,
    request: Option<String>,
    body: String,
    entries: Vec<Entry>,
}

impl Draft {
    fn of(room: &Room, ctx: Context) -> Self {
        let epoch = if ctx.begin_epoch { ctx.fresh } else { room.head.epoch };
        Self {
            next: Position::new(epoch, room.head.seq + 1),
            at: ctx.now,
            fresh: ctx.fresh,
            from: None,
            counter: None,
            request: None,
            body: String::new(),
            entries: Vec::with_capacity(1),
        }
    }

    fn by(mut self, key: &SessionKey) -> Self {
        self.from = Some(key.into());
        self
    }

    fn numbered(mut self, counter: Counter) -> Self {
        self.counter = Some(counter);
        self
    }

    fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    fn push(mut self, change: Change, to: Audience) -> Self {
        self.entries.push(Entry {
            position: self.next,
            at: self.at,
            from: self.from.clone(),
            counter: None,
            request: None,
            trace: None,
            to,
            change,
            body: std::mem::take(&mut self.body),
        });
        self.next.seq += 1;
        self
    }

    /// A room begins, in an epoch of its own and at seq 1, also in place of a tombstone.
    fn create(mut self, room: &Room, settings: Settings, metadata: String) -> Self {
        self.next = Position::new(self.fresh, 1);
        let ended = room.ended.iter().map(|(session, reason)| (session.clone(), Reason(*reason))).collect();
        let removed = room.removals(self.at).cloned().collect();
        self.push(Change::Created { settings, metadata, ended, removed }, Audience::Silent)
    }

    fn end_share(self, participant: &ParticipantId, member: &Member, reason: ShareEndReason) -> Self {
        let Some(share) = &member.record.share else { return self };
        let change = Change::Unshared {
            participant: participant.clone(),
            share_id: share.share_id.clone(),
            reason: Reason(reason),
        };
        self.push(change, Audience::All)
    }

    fn end_session(self, participant: &ParticipantId, member: &Member, reason: LeaveReason) -> Self {
        let session: SessionId = member.record.session.clone();
        let change = Change::Left { participant: participant.clone(), session, reason: Reason(reason) };
        self.end_share(participant, member, ShareEndReason::Left).push(change, Audience::All)
    }

    fn finish(mut self) -> Vec<Entry> {
        if let Some(last) = self.entries.last_mut() {
            last.counter = self.counter;
            last.request = self.request;
        }
        self.entries
    }

    fn done(self) -> Verdict {
        Verdict::Append(self.finish(), Answer::Done)
    }
}
