//! What a session missed, told to it alone when it resumes: from the ring in memory, else from the log, else a reset.
//!
//! A resume is answered once its whole replay is at hand, in one step of the actor, and not before (R10): the answer
//! names the room's head of that moment, and what comes live follows it. Meanwhile the gateway's other sessions in
//! the room are told everything as ever.
//!
//! A gateway may bound what it is told at once: then the answer brings a piece and says where that ends, and nothing
//! live follows it. The gateway sends the resume again from there when the socket has taken the piece: a repeat of the
//! same connection, which changes nothing in the room. So what is held for a slow reader is a piece, here as there;
//! one that is slower than the log is trimmed ends at a reset like everybody else.

use std::collections::VecDeque;
use std::sync::Arc;

use switchboard_proto::Position;
use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, ErrorReason, LinkResponseItem, ResetReason};

use super::answer;
use super::outbox::Outbox;
use super::outside::Outside;
use super::reader::snapshot_item;
use super::slot::Slot;
use super::work::{FromLink, ReaderId};
use crate::room::{Entry, Room, SessionKey, snapshot};
use crate::store::{LogPage, StoreError};

/// Replays of one room that read the log at the same time: each holds a page of it and its piece.
const READING_MAX: usize = 4;

/// A resume that waits for its replay.
struct Replay {
    number: u64,
    key: SessionKey,
    link: FromLink,
    /// Up to where `missed` reaches.
    cursor: Position,
    /// What the session may see of what lies behind its own position, up to `cursor`.
    missed: Missed,
    reading: bool,
}

/// What a session may see of what it missed, in order, as far as that may be told at once.
#[derive(Default)]
struct Missed {
    entries: Vec<Arc<Entry>>,
    bytes: usize,
}

impl Missed {
    /// Takes the next entry, unless that would be too much.
    fn push(&mut self, entry: Arc<Entry>, bytes_max: usize) -> bool {
        let bytes = self.bytes.saturating_add(entry.size());
        if bytes > bytes_max && !self.entries.is_empty() {
            return false;
        }
        self.bytes = bytes;
        self.entries.push(entry);
        true
    }

    /// Where it ends.
    fn end(&self) -> Option<Position> {
        self.entries.last().map(|entry| entry.position)
    }
}

/// The resumes of one room that wait for their replay, in the order in which they came.
#[derive(Default)]
pub(super) struct Replays {
    waiting: VecDeque<Replay>,
    numbers: u64,
}

impl Replays {
    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A link is over: its gateway resumes its sessions again on the next.
    pub(super) fn forget(&mut self, link: ReaderId) {
        self.waiting.retain(|replay| replay.link.id != link);
    }
}

/// What ends a replay.
enum Outcome {
    /// All up to the room's head.
    Whole(Missed),
    /// What may be told at once; there is more.
    Piece(Missed),
    Reset(ResetReason),
}

/// The resume of `key` is stored: answers it now if memory reaches back to its position, else once the log was read.
pub(super) fn begin(slot: &mut Slot, key: &SessionKey, link: FromLink, out: &mut Outside) {
    let cursor = link.position.unwrap_or(Position::ZERO);
    // The same resume, sent again over another link, takes the place of the first.
    slot.replays.waiting.retain(|replay| replay.key.session != key.session);
    slot.replays.numbers += 1;
    let number = slot.replays.numbers;
    let replay = Replay { number, key: key.clone(), link, cursor, missed: Missed::default(), reading: false };
    go_on(slot, replay, out);
}

/// The log was read for a replay.
pub(super) fn on_page(slot: &mut Slot, number: u64, result: Result<LogPage, StoreError>, out: &mut Outside) {
    let Some(at) = slot.replays.waiting.iter().position(|replay| replay.number == number) else { return };
    let Some(mut replay) = slot.replays.waiting.remove(at) else { return };
    replay.reading = false;
    match result {
        Ok(LogPage::Entries { entries, .. }) => {
            for entry in entries {
                // Not beyond this copy: what it has not absorbed yet is told live.
                if entry.position.seq != replay.cursor.seq + 1 || entry.position.seq > slot.room.head().seq {
                    break;
                }
                let position = entry.position;
                if entry.visible(&replay.key.session)
                    && !replay.missed.push(Arc::new(entry), replay.link.replay_bytes_max)
                {
                    let missed = std::mem::take(&mut replay.missed);
                    finish(slot, replay, Outcome::Piece(missed), out);
                    return read_more(slot, out);
                }
                replay.cursor = position;
            }
            go_on(slot, replay, out);
        }
        Ok(LogPage::Trimmed { .. }) => finish(slot, replay, Outcome::Reset(ResetReason::Trimmed), out),
        Ok(LogPage::NotInHistory { .. } | LogPage::Missing) => {
            finish(slot, replay, Outcome::Reset(ResetReason::NotInHistory), out);
        }
        // Whether the log has it nobody knows: a reset would be for nothing. The next tick reads again.
        Err(error) => {
            tracing::debug!(room = %slot.room.id(), %error, "the log can't be read for a resume");
            return slot.replays.waiting.insert(at.min(slot.replays.waiting.len()), replay);
        }
    }
    read_more(slot, out);
}

/// Reads on for those that wait.
pub(super) fn read_more(slot: &mut Slot, out: &Outside) {
    let Slot { replays, room, .. } = slot;
    let mut free = READING_MAX.saturating_sub(replays.waiting.iter().filter(|replay| replay.reading).count());
    for replay in replays.waiting.iter_mut().filter(|replay| !replay.reading) {
        if free == 0 {
            break;
        }
        free -= 1;
        replay.reading = true;
        out.read_for_replay(room.id(), replay.number, replay.cursor);
    }
}

fn go_on(slot: &mut Slot, mut replay: Replay, out: &mut Outside) {
    let room = &slot.room;
    if replay.cursor == Position::ZERO || !room.in_history(replay.cursor) {
        return finish(slot, replay, Outcome::Reset(ResetReason::NotInHistory), out);
    }
    let rest = slot.ring.after(replay.cursor, room.head().seq);
    let is_whole = rest.map(|rest| {
        let mut rest = rest.filter(|entry| entry.visible(&replay.key.session));
        rest.all(|entry| replay.missed.push(Arc::clone(entry), replay.link.replay_bytes_max))
    });
    if let Some(is_whole) = is_whole {
        let missed = std::mem::take(&mut replay.missed);
        let outcome = if is_whole { Outcome::Whole(missed) } else { Outcome::Piece(missed) };
        return finish(slot, replay, outcome, out);
    }
    slot.replays.waiting.push_back(replay);
    read_more(slot, out);
}

/// Answers a resume: but for a piece, the session is told from here on what its gateway's link is told.
fn finish(slot: &mut Slot, replay: Replay, outcome: Outcome, out: &mut Outside) {
    let Replay { key, link, .. } = replay;
    let Some((_, outbox)) = out.link(link.id) else { return };
    let room = &slot.room;
    let room_id = room.id().to_string();
    // It may have been resumed elsewhere, or have ended, while the log was read.
    let member = room.member(&key.participant, &key.session);
    let Some(member) = member.filter(|member| member.record.generation == key.generation) else {
        let reason = match (member, room.ended_reason(&key.participant, &key.session)) {
            (Some(_), _) => ErrorReason::SessionSuperseded,
            (None, Some(_)) => ErrorReason::SessionEnded,
            (None, None) => ErrorReason::SessionNotFound,
        };
        return outbox.push_answer(answer::refused(room_id, &key, &link, reason));
    };
    let item = v1::SessionResumed {
        room_id,
        session_id: key.session.to_string(),
        generation: key.generation,
        last: member.counters.last,
        stored: Some(slot.stored_of(&key.session, member.counters.last)),
        refused: answer::refused_counters(room, &key),
        resume_token: out.tokens.mint(room.id(), &key.participant, &key.session),
        position: Some(room.head().into()),
        piece_end: match &outcome {
            Outcome::Piece(missed) => missed.end().map(Into::into),
            Outcome::Whole(_) | Outcome::Reset(_) => None,
        },
    };
    outbox.push_answer(Item::Resumed(item).into());
    match outcome {
        Outcome::Piece(missed) => {
            out.metrics.events_replayed.inc_by(missed.entries.len() as u64);
            tell(slot, &key, link.position, &missed.entries, &outbox);
        }
        Outcome::Whole(missed) => {
            out.metrics.events_replayed.inc_by(missed.entries.len() as u64);
            tell(slot, &key, link.position, &missed.entries, &outbox);
            if link.snapshot {
                for piece in snapshot(room) {
                    outbox.push_answer(snapshot_item(room, key.session.as_str(), piece));
                }
            }
        }
        Outcome::Reset(reason) => {
            out.metrics.resets.get(reason).inc();
            reset(room, &key, reason, &outbox);
        }
    }
    let head = room.head();
    slot.follow(link.id, head, out);
}

fn tell(
    slot: &Slot,
    key: &SessionKey,
    from: Option<Position>,
    entries: &[Arc<Entry>],
    outbox: &Outbox<LinkResponseItem>,
) {
    let mut prev = from.unwrap_or(Position::ZERO);
    for entry in entries {
        let Some(event) = entry.event(prev, slot.is_stored(entry)) else { continue };
        prev = entry.position;
        let item = v1::LinkEvent {
            room_id: slot.room.id().to_string(),
            event: Some(event),
            to_session_ids: vec![key.session.to_string()],
            replay_session_id: key.session.to_string(),
            // Its trace is over: what is told again was told, or lost, long ago.
            traceparent: String::new(),
        };
        outbox.push_answer(Item::Event(item).into());
    }
}

fn reset(room: &Room, key: &SessionKey, reason: ResetReason, outbox: &Outbox<LinkResponseItem>) {
    let (room_id, session_id) = (room.id().to_string(), key.session.to_string());
    outbox.push_answer(Item::Reset(v1::LinkReset { room_id, session_id, reason: reason.into() }).into());
    for piece in snapshot(room) {
        outbox.push_answer(snapshot_item(room, key.session.as_str(), piece));
    }
}
