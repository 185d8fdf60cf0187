//! The queue from links to one connection: bounded, and never waited for.
//!
//! A link puts in and goes on; the connection takes out and writes. When the bound is hit the outbox overflows for
//! good: nothing is skipped in silence, the connection closes with the code that says "resume". The answers to a
//! join and the pieces of snapshots don't count against the bound: they can't be had in smaller parts, a room's
//! own limits bound them, and a fast reader of a large room must be able to join it. What a resume missed doesn't
//! either: it comes a piece at a time, the next when the one before was taken out, and would else be missed again.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use prost::Message as _;
use switchboard_proto::v1::Event;
use switchboard_proto::{Position, TraceContext};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::link::Lists;
use crate::session::Answer;

/// One thing for a connection.
#[derive(Debug)]
pub(crate) enum Item {
    /// An event, encoded; its bytes are shared with the other sockets that get it. `heard`: when it was read on its link.
    /// `trace`: the span that its delivery belongs to.
    Event { frame: Message, position: Position, heard: Instant, trace: Option<Box<TraceContext>> },
    /// An event as it is, for a protocol of its own words.
    Told { event: Arc<Event>, heard: Instant, trace: Option<Box<TraceContext>> },
    /// Who is in the room, once everything else was taken out.
    Lists(Arc<Lists>),
    /// A piece of what it missed ends here: when it was written, the link is asked for the next.
    PieceEnd,
    /// Something for the session's rules.
    Answer(Answer),
}

/// What an item weighs beside its payload.
const ITEM_BYTES: usize = 64;

#[derive(Debug, Default)]
struct State {
    /// With what each counts against the bound.
    items: VecDeque<(usize, Item)>,
    /// The newest: a list is state, and of two only the later one says something.
    lists: Option<Arc<Lists>>,
    bytes: usize,
    overflowed: bool,
    closed: bool,
}

/// The queue to one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    bytes_max: usize,
    filled: Notify,
    overflow: Notify,
}

/// The outbox takes no more: it overflowed just now, earlier, or its connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushError {
    /// This item was too much.
    Overflow,
    /// It was over before.
    Closed,
}

impl Outbox {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { state: Mutex::default(), bytes_max, filled: Notify::new(), overflow: Notify::new() }
    }

    /// The most bytes that a piece of what a session missed may have: beside it there is room for what is live.
    pub(crate) fn piece_bytes_max(&self) -> u32 {
        u32::try_from(self.bytes_max / 2).unwrap_or(u32::MAX).max(1)
    }

    /// Puts an item in, at once or not at all.
    pub(crate) fn push(&self, item: Item) -> Result<(), PushError> {
        self.put(weight(&item), item)
    }

    /// Puts in a part of the piece that the link asked for: it does not count against the bound.
    pub(crate) fn push_missed(&self, item: Item) -> Result<(), PushError> {
        self.put(0, item)
    }

    fn put(&self, weight: usize, item: Item) -> Result<(), PushError> {
        {
            let mut state = self.state.lock();
            if state.closed || state.overflowed {
                return Err(PushError::Closed);
            }
            // One by itself always fits: in another encoding than its sender's it may be larger than the bound.
            if weight > 0 && state.bytes > 0 && state.bytes + weight > self.bytes_max {
                // What is in here will not be written any more; the memory goes back now.
                *state = State { overflowed: true, ..State::default() };
                drop(state);
                self.overflow.notify_one();
                self.filled.notify_one();
                return Err(PushError::Overflow);
            }
            state.bytes += weight;
            state.items.push_back((weight, item));
        }
        self.filled.notify_one();
        Ok(())
    }

    /// Puts lists in, in place of older ones; they don't count against the bound, which they can't grow beyond one.
    pub(crate) fn push_lists(&self, lists: Arc<Lists>) {
        {
            let mut state = self.state.lock();
            if state.closed || state.overflowed {
                return;
            }
            state.lists = Some(lists);
        }
        self.filled.notify_one();
    }

    /// Takes the oldest item out.
    pub(crate) fn pop(&self) -> Option<Item> {
        let mut state = self.state.lock();
        if let Some((weight, item)) = state.items.pop_front() {
            state.bytes -= weight;
            return Some(item);
        }
        // An idle connection keeps no queue.
        state.items = VecDeque::new();
        state.lists.take().map(Item::Lists)
    }

    /// Waits for an item or for the overflow; gives the bytes that count against the bound. May be dropped at any time.
    pub(crate) async fn filled(&self) -> usize {
        loop {
            {
                let state = self.state.lock();
                if state.overflowed || state.lists.is_some() || !state.items.is_empty() {
                    return state.bytes;
                }
            }
            // `notify_one` keeps its permit for the one connection that waits here.
            self.filled.notified().await;
        }
    }

    /// Waits for the overflow. May be dropped at any time.
    pub(crate) async fn overflowed(&self) {
        while !self.has_overflowed() {
            self.overflow.notified().await;
        }
    }

    pub(crate) fn has_overflowed(&self) -> bool {
        self.state.lock().overflowed
    }

    /// Lets go of everything and takes no more.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        let overflowed = state.overflowed;
        *state = State { closed: true, overflowed, ..State::default() };
    }
}

/// What an item counts against the bound; 0 if it is exempt.
fn weight(item: &Item) -> usize {
    match item {
        Item::Event { frame, .. } => frame.len() + ITEM_BYTES,
        Item::Told { event, .. } => event.encoded_len() + ITEM_BYTES,
        Item::Answer(answer) if answer.is_bounded() => ITEM_BYTES,
        Item::Answer(_) | Item::Lists(_) | Item::PieceEnd => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use switchboard_proto::v1;

    use super::*;

    fn event(bytes: usize) -> Item {
        Item::Event {
            frame: Message::binary(vec![0; bytes]),
            position: Position::ZERO,
            heard: Instant::now(),
            trace: None,
        }
    }

    #[tokio::test]
    async fn the_bound_holds_and_overflow_is_for_good() {
        let outbox = Outbox::new(1_000);
        assert_eq!(outbox.push(event(800)), Ok(()));
        assert_eq!(outbox.push(event(100)), Err(PushError::Overflow));
        assert_eq!(outbox.push(event(1)), Err(PushError::Closed));
        assert!(outbox.pop().is_none(), "the memory was given back");
        outbox.overflowed().await;
        outbox.filled().await;
    }

    #[test]
    fn what_was_missed_is_exempt_and_one_event_always_fits() {
        let outbox = Outbox::new(1_000);
        for _ in 0..10 {
            assert_eq!(outbox.push_missed(event(500)), Ok(()));
        }
        assert_eq!(outbox.push(event(2_000)), Ok(()), "it is the first that counts");
        assert_eq!(outbox.push(event(1)), Err(PushError::Overflow));
    }

    #[test]
    fn what_was_written_makes_room() {
        let outbox = Outbox::new(200);
        for _ in 0..100 {
            assert_eq!(outbox.push(event(100)), Ok(()));
            assert!(outbox.pop().is_some());
        }
    }

    #[test]
    fn snapshots_are_exempt() {
        let outbox = Outbox::new(100);
        for _ in 0..10 {
            let piece = Answer::Snapshot(Arc::new(v1::Snapshot::default()));
            assert_eq!(outbox.push(Item::Answer(piece)), Ok(()));
        }
    }

    #[tokio::test]
    async fn a_push_wakes_who_waits() {
        let outbox = Arc::new(Outbox::new(1_000));
        let waiting = tokio::spawn({
            let outbox = Arc::clone(&outbox);
            async move { outbox.filled().await }
        });
        tokio::task::yield_now().await;
        outbox.push(event(1)).expect("has room");
        waiting.await.expect("was woken");
        outbox.close();
        assert_eq!(outbox.push(event(1)), Err(PushError::Closed));
    }
}
