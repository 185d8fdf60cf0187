//! What the one who asked is told, once what it asked for is stored.

use std::collections::VecDeque;

use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, ErrorReason, LeaveReason, LinkResponseItem, Standing};
use switchboard_proto::{GatewayId, ParticipantId, Position, SessionId, duration};

use super::batch::{Batch, api_answer, decode_answer};
use super::outbox::Outbox;
use super::outside::Outside;
use super::reader::{Fill, Reader, Sink, snapshot_item};
use super::replay;
use super::slot::Slot;
use super::work::{Attach, AttachedSession, Command, FromLink, Pending, Work};
use crate::metrics::Limit;
use crate::room::{self, Answer, Change, Entry, Member, Phase, REFUSED_MAX, Room, SessionKey, snapshot};
use crate::store::RequestRecord;

/// Answers one decided command. The room stands right behind its entries.
pub(crate) fn give(slot: &mut Slot, pending: Pending, verdict: &Answer, out: &mut Outside) {
    let Work::Command(Command { command, link, call, trace }) = pending.work else { return };
    let verdict = &slot.answer_forked(&command, verdict.clone());
    if let Some(mut span) = trace {
        span.set("switchboard.position", slot.room.head().to_string());
        if let Some(reason) = refusal(verdict) {
            span.set("switchboard.refused", reason.name());
        }
    }
    if let Some(call) = call {
        let answer = api_answer(&slot.room, &call.action, verdict);
        call.answer(answer);
    }
    if let Some(link) = link {
        give_link(slot, &command, link, verdict, out);
    }
}

fn give_link(slot: &mut Slot, command: &room::Command, link: FromLink, verdict: &Answer, out: &mut Outside) {
    let Some((gateway, outbox)) = out.link(link.id) else { return };
    let room_id = slot.room.id().to_string();
    match command {
        // A session whose resume a fork or the store has lost is told so, and is not refused: its socket is there.
        room::Command::Session { key, .. }
        | room::Command::Gone { key, .. }
        | room::Command::Present { key, .. }
            if *verdict == Answer::Behind =>
        {
            let session = AttachedSession {
                participant: key.participant.clone(),
                session: key.session.clone(),
                generation: key.generation,
                connection: link.connection,
            };
            outbox.push_answer(unasked(&slot.room, vec![standing(&slot.room, &gateway, &session)]));
        }
        // A word of an older socket, which a newer one has followed, maybe at the same gateway: told by the name of that
        // socket, as the answer to a command it would be taken for the newer one's.
        room::Command::Session { key, .. } if refusal(verdict) == Some(ErrorReason::SessionSuperseded) => {
            outbox.push_answer(refused(room_id, key, &link, ErrorReason::SessionSuperseded));
        }
        room::Command::Session { key, counter, .. } => {
            let stored = slot.is_stored_command(&key.session, *counter);
            outbox.push_answer(acknowledge(room_id, key, *counter, verdict, stored).into());
        }
        room::Command::Join { key, .. } => match refusal(verdict) {
            Some(ErrorReason::RoomFull) => {
                out.metrics.limits_hit.get(Limit::Participants).inc();
                outbox.push_answer(refused(room_id, key, &link, ErrorReason::RoomFull));
            }
            Some(reason) => outbox.push_answer(refused(room_id, key, &link, reason)),
            None => joined(slot, key, &link, &outbox, out),
        },
        room::Command::Resume { key, .. } => match refusal(verdict) {
            Some(reason) => outbox.push_answer(refused(room_id, key, &link, reason)),
            None => replay::begin(slot, key, link, out),
        },
        room::Command::Gone { key, .. } | room::Command::Present { key, .. } => match refusal(verdict) {
            Some(reason) => outbox.push_answer(refused(room_id, key, &link, reason)),
            None => {
                let session_id = key.session.to_string();
                let connection_id = link.connection.to_string();
                outbox
                    .push_answer(Item::Noted(v1::SessionNoted { room_id, session_id, connection_id }).into());
            }
        },
        room::Command::Api { .. }
        | room::Command::Expire(_)
        | room::Command::GatewayLost { .. }
        | room::Command::CloseIfEmpty => {}
    }
}

fn acknowledge(room_id: String, key: &SessionKey, counter: u64, verdict: &Answer, stored: bool) -> Item {
    let session_id = key.session.to_string();
    if let Answer::Hole { last } = verdict {
        return Item::Hole(v1::Hole { room_id, session_id, counter, last: *last });
    }
    let refused = refusal(verdict).unwrap_or(ErrorReason::Unspecified);
    Item::Ack(v1::CommandAck { room_id, session_id, counter, refused: refused.into(), stored })
}

fn refusal(verdict: &Answer) -> Option<ErrorReason> {
    match verdict {
        Answer::Done => None,
        Answer::Refused(reason) => Some(*reason),
        Answer::Ended(LeaveReason::TakenOver) => Some(ErrorReason::SessionSuperseded),
        Answer::Ended(LeaveReason::Removed) => Some(ErrorReason::ParticipantRemoved),
        Answer::Ended(LeaveReason::RoomClosed) => Some(ErrorReason::RoomClosed),
        Answer::Ended(_) => Some(ErrorReason::SessionEnded),
        Answer::Hole { .. } | Answer::Behind => Some(ErrorReason::NotForwarded),
    }
}

pub(super) fn refused(
    room_id: String,
    key: &SessionKey,
    link: &FromLink,
    reason: ErrorReason,
) -> LinkResponseItem {
    Item::Refused(v1::SessionRefused {
        room_id,
        session_id: key.session.to_string(),
        connection_id: link.connection.to_string(),
        reason: reason.into(),
    })
    .into()
}

/// The joiner's snapshot is the room as it is now: right behind the join itself (S35).
fn joined(
    slot: &mut Slot,
    key: &SessionKey,
    link: &FromLink,
    outbox: &Outbox<LinkResponseItem>,
    out: &mut Outside,
) {
    let room = &slot.room;
    let session = key.session.as_str();
    let item = v1::Joined {
        room_id: room.id().to_string(),
        session_id: session.to_owned(),
        resume_token: out.tokens.mint(room.id(), &key.participant, &key.session),
        resume_window: Some(duration(room.settings.resume_window_ms)),
        position: Some(room.head().into()),
    };
    outbox.push_answer(Item::Joined(item).into());
    for piece in snapshot(room) {
        outbox.push_answer(snapshot_item(room, session, piece));
    }
    let head = room.head();
    slot.follow(link.id, head, out);
}

/// A session was taken up at another gateway: the one that has the older socket is told, by the name of that socket,
/// so that it closes no other (S45). `room` stands before the entry.
pub(super) fn superseded_elsewhere<'a>(
    room: &Room,
    entry: &Entry,
    readers: impl Iterator<Item = &'a Reader>,
) {
    let Change::Resumed { participant, session, gateway: newer, .. } = &entry.change else { return };
    let Some(record) = room.member(participant, session).map(|member| &member.record) else { return };
    let Some(connection) = record.connection.as_ref().filter(|_| record.gateway != *newer) else { return };
    for reader in readers {
        if let Sink::Link { gateway, outbox } = &reader.sink
            && *gateway == record.gateway
        {
            let refused = v1::SessionRefused {
                room_id: room.id().to_string(),
                session_id: session.to_string(),
                connection_id: connection.to_string(),
                reason: ErrorReason::SessionSuperseded.into(),
            };
            outbox.push_answer(Item::Refused(refused).into());
        }
    }
}

pub(super) fn refused_counters(room: &Room, key: &SessionKey) -> Vec<v1::RefusedCounter> {
    let member = room.member(&key.participant, &key.session);
    let refused = member.into_iter().flat_map(|member| &member.counters.refused);
    refused
        .map(|(counter, reason)| v1::RefusedCounter { counter: *counter, reason: (*reason).into() })
        .collect()
}

/// A link takes up the room from its gateway's own position: R11, the one path for open, break and move.
pub(crate) fn attach(slot: &mut Slot, attach: &Attach, out: &mut Outside) {
    let Some((gateway, outbox)) = out.link(attach.id) else { return };
    let room = &slot.room;
    let standing = |session: &AttachedSession| {
        let mut told = standing(room, &gateway, session);
        told.stored = Some(slot.stored_of(&session.session, told.last));
        told
    };
    let sessions = attach.sessions.iter().map(standing).collect();
    let item = v1::Attached { room_id: room.id().to_string(), position: Some(room.head().into()), sessions };
    outbox.push_answer(Item::Attached(item).into());
    // Nothing was told to that gateway yet: its joins are on their way, and each begins with a snapshot.
    if attach.position == Position::ZERO || room.phase() != Phase::Open || !room.is_held_by(&gateway) {
        return;
    }
    slot.readers.remove(&attach.id);
    slot.follow(attach.id, attach.position, out);
    if let Some(reader) = slot.readers.get_mut(&attach.id) {
        reader.fill = Fill::Behind;
    }
    slot.fill(attach.id, out);
}

/// How a session of a gateway stands in the room's record. Pure.
fn standing(room: &Room, gateway: &GatewayId, session: &AttachedSession) -> v1::SessionStanding {
    let key = SessionKey {
        participant: session.participant.clone(),
        session: session.session.clone(),
        generation: session.generation,
    };
    let mut told = v1::SessionStanding { session_id: session.session.to_string(), ..Default::default() };
    let standing = match room.member(&session.participant, &session.session) {
        Some(member) => {
            told.last = member.counters.last;
            told.stored = Some(told.last);
            told.refused = refused_counters(room, &key);
            let record = &member.record;
            if record.generation < session.generation {
                Standing::Behind
            } else if record.generation == session.generation
                && record.gateway == *gateway
                && record.connection.as_ref() == Some(&session.connection)
            {
                Standing::Current
            } else {
                Standing::Superseded
            }
        }
        None => match room.ended_reason(&session.participant, &session.session) {
            Some(reason) => {
                told.reason = reason.into();
                Standing::Ended
            }
            None => Standing::Unknown,
        },
    };
    told.standing = standing.into();
    told
}

/// The store's room took the place of `old`: a gateway's sessions that are not in it any more are told so.
pub(crate) fn standings_after_replace(
    old: &Room,
    new: &Room,
    gateway: &GatewayId,
    outbox: &Outbox<LinkResponseItem>,
) {
    let held = old.members.iter().filter(|(_, member)| member.record.gateway == *gateway);
    let sessions: Vec<_> = held
        .filter_map(|(participant, member)| {
            let session = AttachedSession {
                participant: participant.clone(),
                session: member.record.session.clone(),
                generation: member.record.generation,
                connection: member.record.connection.clone()?,
            };
            Some(standing(new, gateway, &session))
        })
        .filter(|told| told.standing() != Standing::Current)
        .collect();
    if !sessions.is_empty() {
        outbox.push_answer(unasked(new, sessions));
    }
}

/// Standings that no attach asked for.
fn unasked(room: &Room, sessions: Vec<v1::SessionStanding>) -> LinkResponseItem {
    let (room_id, position) = (room.id().to_string(), Some(room.head().into()));
    Item::Attached(v1::Attached { room_id, position, sessions }).into()
}

/// What became of a session's commands above `from`, as far as the room knows: another fork may have decided them in
/// another way than the one that its sender was told of, and what is stored is final.
pub(super) fn outcomes(
    room: &Room,
    participant: &ParticipantId,
    session: &SessionId,
    from: u64,
) -> Vec<v1::CommandAck> {
    let Some(Member { counters, .. }) = room.member(participant, session) else { return Vec::new() };
    // Of older ones the room has forgotten which were refused.
    let from = from.max(counters.last.saturating_sub(REFUSED_MAX as u64));
    let ack = |counter| {
        let refused = counters.refused.get(&counter).copied().unwrap_or(ErrorReason::Unspecified);
        let (room_id, session_id) = (room.id().to_string(), session.to_string());
        v1::CommandAck { room_id, session_id, counter, refused: refused.into(), stored: true }
    };
    (from + 1..=counters.last).map(ack).collect()
}

/// A request's key was there: its call gets the first answer, all others are decided again.
pub(crate) fn repeat(batch: Batch, first: &RequestRecord, queue: &mut VecDeque<Pending>) {
    for (mut pending, _, _) in batch.decided.into_iter().rev() {
        if let Work::Command(command) = &mut pending.work
            && let Some(call) = command
                .call
                .take_if(|call| call.request.as_ref().is_some_and(|request| request.key == first.key))
        {
            let same = call.request.as_ref().is_some_and(|request| request.digest == first.digest);
            call.answer(if same { decode_answer(&first.answer) } else { Err(ErrorReason::RequestIdReused) });
            continue;
        }
        queue.push_front(pending);
    }
}

/// The room's queue is full: nothing was taken.
pub(crate) fn busy(room: &switchboard_proto::RoomId, work: Work, out: &Outside) {
    match work {
        Work::Watch(watch) => watch.outbox.end(ErrorReason::Busy),
        Work::Attach(attach) => {
            // A gateway that can't attach has nothing to go on from: it comes again with a new link.
            if let Some((_, outbox)) = out.link(attach.id) {
                outbox.end(ErrorReason::Busy);
            }
        }
        Work::Command(Command { command, link, call, trace: _ }) => {
            if let Some(call) = call {
                call.refuse(ErrorReason::Busy);
            }
            if let Some((_, outbox)) = link.and_then(|link| out.link(link.id)) {
                let (key, counter) = match &command {
                    room::Command::Session { key, counter, .. } => (key, *counter),
                    room::Command::Join { key, .. }
                    | room::Command::Resume { key, .. }
                    | room::Command::Gone { key, .. }
                    | room::Command::Present { key, .. } => (key, 0),
                    _ => return,
                };
                let room_id = room.to_string();
                let session_id = key.session.to_string();
                let reason = ErrorReason::Unspecified.into();
                outbox.push_answer(Item::Busy(v1::Busy { room_id, session_id, counter, reason }).into());
            }
        }
    }
}

/// The store is away, and a command would be more than is kept meanwhile: its sender is told.
pub(crate) fn not_kept(room: &switchboard_proto::RoomId, work: Work, out: &Outside) {
    let Work::Command(Command { command, link: Some(link), .. }) = work else { return };
    let Some((_, outbox)) = out.link(link.id) else { return };
    let (room_id, reason) = (room.to_string(), ErrorReason::UnstoredLimit);
    match &command {
        room::Command::Session { key, counter, .. } => {
            let (session_id, counter) = (key.session.to_string(), *counter);
            let busy = v1::Busy { room_id, session_id, counter, reason: reason.into() };
            outbox.push_answer(Item::Busy(busy).into());
        }
        room::Command::Join { key, .. } => outbox.push_answer(refused(room_id, key, &link, reason)),
        _ => {}
    }
}

/// Refuses a caller of the API or a watch; gives back what has to wait.
pub(crate) fn refuse_callers(pending: Pending, reason: ErrorReason) -> Option<Pending> {
    match pending.work {
        Work::Watch(watch) => {
            watch.outbox.end(reason);
            None
        }
        Work::Command(Command { call: Some(call), .. }) => {
            call.refuse(reason);
            None
        }
        work => Some(Pending { work, came: pending.came, read: pending.read }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_through_its_text_and_back() {
        for answer in [Ok(vec![1, 2, 255]), Ok(Vec::new()), Err(ErrorReason::RoomExists)] {
            assert_eq!(decode_answer(&super::super::batch::encode_answer(&answer)), answer);
        }
        assert_eq!(decode_answer("from another version"), Err(ErrorReason::Internal));
    }
}
