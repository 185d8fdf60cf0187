//! One append's worth of commands, decided on a scratch copy of the room. Pure.

use std::collections::VecDeque;
use std::sync::Arc;

use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{Epoch, Millis, TraceContext};

use super::work::{Call, Command, Pending, Work};
use crate::room::{Answer, ApiAction, Context, Entry, Phase, Room, Touched, Verdict, room_view};
use crate::store::{Append, NextLook, RequestRecord};

/// Commands that one append carries at most.
pub(crate) const BATCH_COMMANDS_MAX: usize = 64;
/// Bytes of entries at which an append is closed: a turn of one room stays short (S40).
pub(crate) const BATCH_BYTES_MAX: usize = 256 << 10;
/// Log entries younger than this are never trimmed by age.
const KEEP_MIN_MS: u64 = 300_000;

/// Commands that were decided together, and the entries that follow from them.
pub(crate) struct Batch {
    /// In order.
    pub(crate) entries: Vec<Arc<Entry>>,
    /// In order: each command, its answer, and how many of `entries` stand before the answer.
    pub(crate) decided: Vec<(Pending, Answer, usize)>,
    /// What the room is behind them.
    pub(crate) scratch: Room,
    /// Which fields they change.
    pub(crate) touched: Touched,
    /// The answers to keep for their `request_id`.
    pub(crate) requests: Vec<RequestRecord>,
    /// The next command needs a read of the store before it can be answered.
    pub(crate) needs_read: bool,
    /// The name of its append, once there is one.
    pub(crate) by: String,
}

/// Decides commands from the front of `queue` until the batch is full, the queue is empty, something that is no
/// command stands in front, or a command needs a fresh read. `reads_done` tells how many reads of the store are
/// behind the room.
pub(crate) fn decide(
    room: &Room,
    queue: &mut VecDeque<Pending>,
    now: Millis,
    fresh: Epoch,
    mut begin_epoch: bool,
    reads_done: u64,
) -> Batch {
    let mut batch = Batch {
        entries: Vec::new(),
        decided: Vec::new(),
        scratch: room.clone(),
        touched: Touched::default(),
        requests: Vec::new(),
        needs_read: false,
        by: String::new(),
    };
    let mut bytes = 0;
    while batch.decided.len() < BATCH_COMMANDS_MAX && bytes < BATCH_BYTES_MAX {
        let Some(Pending { work: Work::Command(command), came, .. }) = queue.front() else { break };
        // Its caller was told that the outcome is unknown; sparing it the effect is allowed.
        if command.call.as_ref().is_some_and(|call| call.reply.is_closed()) {
            queue.pop_front();
            continue;
        }
        // A room that is made in this batch has one append of its own: the script drops what stands there before.
        let makes_room = batch.scratch.phase() != Phase::Open && command.may_create();
        if makes_room && !batch.entries.is_empty() {
            break;
        }
        // The store checks a request's key against what is stored, not against this batch.
        let key = command.call.as_ref().and_then(|call| call.request.as_ref()).map(|request| &request.key);
        if key.is_some_and(|key| batch.requests.iter().any(|request| request.key == *key)) {
            break;
        }
        let ctx = Context { now, fresh, begin_epoch };
        let (entries, answer) = match batch.scratch.decide(&command.command, ctx) {
            Verdict::Append(entries, answer) => (entries, answer),
            Verdict::Answer(answer) => (Vec::new(), answer),
            Verdict::IfFresh(answer) if reads_done > *came => (Vec::new(), answer),
            Verdict::IfFresh(_) => {
                batch.needs_read = true;
                break;
            }
        };
        let Some(pending) = queue.pop_front() else { break };
        begin_epoch &= entries.is_empty();
        let changed = !entries.is_empty();
        let trace = pending.trace().map(|span| span.context().to_string().into_boxed_str());
        for mut entry in entries {
            entry.trace.clone_from(&trace);
            batch.touched.merge(batch.scratch.absorb(&entry));
            bytes += entry.size();
            batch.entries.push(Arc::new(entry));
        }
        if let Work::Command(Command { call: Some(call), .. }) = &pending.work
            && changed
        {
            batch.requests.extend(request_record(&batch.scratch, call, &answer));
        }
        let before = batch.entries.len();
        batch.decided.push((pending, answer, before));
    }
    batch
}

/// How long the room's log keeps an entry.
pub(crate) fn keep_ms(room: &Room) -> u64 {
    KEEP_MIN_MS.max(2 * room.settings.resume_window_ms)
}

/// When somebody has to look at the room: at its next time, and while sockets hold it every `interval_ms`, should all
/// who know it die. Who holds it puts that off.
pub(crate) fn look_at(room: &Room, now: Millis, interval_ms: u64) -> NextLook {
    let held = room.joined().next().map(|_| now.plus(interval_ms));
    room.next_look().into_iter().chain(held).min().map_or(NextLook::Never, NextLook::At)
}

/// What a repeat of the call is answered.
fn request_record(room: &Room, call: &Call, answer: &Answer) -> Option<RequestRecord> {
    let key = call.request.as_ref()?;
    Some(RequestRecord {
        key: key.key.clone(),
        digest: key.digest.clone(),
        answer: encode_answer(&api_answer(room, &call.action, answer)),
    })
}

/// What a call is answered: the bytes of its response message, or a refusal.
pub(crate) type ApiAnswer = Result<Vec<u8>, ErrorReason>;

/// The response of a call, from the room behind its entries.
pub(crate) fn api_answer(room: &Room, action: &ApiAction, answer: &Answer) -> ApiAnswer {
    use prost::Message as _;
    use switchboard_proto::v1;
    match answer {
        Answer::Done => {}
        Answer::Refused(reason) => return Err(*reason),
        Answer::Ended(_) | Answer::Hole { .. } | Answer::Behind => return Err(ErrorReason::Internal),
    }
    let position = Some(room.head().into());
    Ok(match action {
        ApiAction::Create { .. } => v1::CreateRoomResponse { room: Some(room_view(room)) }.encode_to_vec(),
        ApiAction::Update { .. } => v1::UpdateRoomResponse { room: Some(room_view(room)) }.encode_to_vec(),
        ApiAction::UpdateParticipant { participant, .. } => {
            let participant = crate::room::participant(room, participant);
            v1::UpdateParticipantResponse { participant }.encode_to_vec()
        }
        ApiAction::Remove { .. } => v1::RemoveParticipantResponse {}.encode_to_vec(),
        ApiAction::Allow(_) => v1::AllowParticipantResponse {}.encode_to_vec(),
        ApiAction::Message { .. } => v1::SendMessageResponse { position }.encode_to_vec(),
        ApiAction::Close => v1::CloseRoomResponse { position }.encode_to_vec(),
    })
}

/// The text that the store keeps of an answer.
pub(crate) fn encode_answer(answer: &ApiAnswer) -> String {
    use base64::Engine as _;
    match answer {
        Ok(bytes) => format!("ok {}", base64::engine::general_purpose::STANDARD.encode(bytes)),
        Err(reason) => format!("refused {}", reason.name()),
    }
}

/// The answer in that text; a text of another version is a fault of ours.
pub(crate) fn decode_answer(text: &str) -> ApiAnswer {
    use base64::Engine as _;
    match text.split_once(' ') {
        Some(("ok", bytes)) => {
            base64::engine::general_purpose::STANDARD.decode(bytes).map_err(|_| ErrorReason::Internal)
        }
        Some(("refused", name)) => Err(ErrorReason::from_name(name).unwrap_or(ErrorReason::Internal)),
        _ => Err(ErrorReason::Internal),
    }
}

impl Batch {
    /// The spans that its append belongs to, which hear how it goes; almost always none.
    pub(crate) fn traced(&mut self) -> Vec<TraceContext> {
        let (commands, entries) = (self.decided.len() as i64, self.entries.len() as i64);
        let mut traced = Vec::new();
        for (pending, ..) in &mut self.decided {
            let waited = pending.read.elapsed();
            if let Some(span) = pending.trace_mut() {
                span.set("switchboard.queue_ms", waited.as_secs_f64() * 1e3);
                span.set("switchboard.batch_commands", commands);
                span.set("switchboard.batch_entries", entries);
                traced.push(span.context());
            }
        }
        traced
    }

    /// The append of this batch to `room`, the copy that it was decided on.
    pub(crate) fn append(&self, room: &Room, now: Millis, look_interval_ms: u64) -> Append {
        let first = self.entries.first().map_or(room.head(), |entry| entry.position);
        let closed = self.scratch.phase() == Phase::Closed;
        let next_look = if closed {
            Some(NextLook::Gone)
        } else if self.touched.everything || room.next_look() != self.scratch.next_look() {
            Some(look_at(&self.scratch, now, look_interval_ms))
        } else {
            None
        };
        Append {
            room: room.id().clone(),
            expect: (room.phase() != Phase::Absent).then_some(room.head()),
            entries: self.entries.iter().map(|entry| (**entry).clone()).collect(),
            fields: crate::room::fields(&self.scratch, &self.touched),
            tombstone_ms: closed.then(|| self.scratch.tombstone_ms(now)),
            next_look,
            requests: self.requests.clone(),
            by: self.by.clone(),
            now,
            keep_ms: keep_ms(&self.scratch),
            begins_epoch: first.epoch != room.head().epoch,
        }
    }
}
