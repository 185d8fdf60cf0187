//! When the lists of who is in a room go out.
//!
//! A list is state: of several changes within a few milliseconds one list tells the outcome, and who gets it can't
//! tell the difference. In a join storm every change would else send everybody a list of everybody, which grows with
//! the cube of the room. So a room's lists go out [`GATHER`] after a change at the earliest, and what they weigh, over
//! all who get them, is spread out to at most [`BYTES_PER_SECOND`].

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Rooms;
use crate::link::entry::Phase;

/// Changes gather for so long.
const GATHER: Duration = Duration::from_millis(5);
/// What the lists of one room may weigh: 200 people on one gateway get theirs some twenty times a second.
const BYTES_PER_SECOND: f64 = 100e6;

impl Rooms {
    /// The lists of a room changed: everybody who is told them is told again.
    pub(super) fn lists_changed(&mut self, room_id: &str, now: Instant) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        let mut any = false;
        for entry in room.sessions.values_mut().filter(|entry| entry.is_told_events()) {
            entry.lists_due = true;
            any = true;
        }
        if any {
            self.arm_lists(room_id, now);
        }
    }

    /// A session that is told lists has begun here.
    pub(super) fn lists_due_for(&mut self, room_id: &str, session: &str, now: Instant) {
        let Some((_, entry)) = self.find(room_id, session) else { return };
        if entry.is_told_events() {
            entry.lists_due = true;
            self.arm_lists(room_id, now);
        }
    }

    fn arm_lists(&mut self, room_id: &str, now: Instant) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        if room.lists_at.is_none() {
            let at = room.lists_rest.map_or(now + GATHER, |rest| rest.max(now + GATHER));
            room.lists_at = Some(at);
            self.lists.insert((at, room_id.into()));
        }
    }

    /// Tells the lists that are due.
    pub(super) fn tell_lists(&mut self, now: Instant) {
        while self.lists.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, room_id)) = self.lists.pop_first() else { break };
            let Some(room) = self.rooms.get_mut(&room_id) else { continue };
            room.lists_at = None;
            let Some(lists) = room.replica.as_ref().and_then(|replica| replica.lists()) else { continue };
            let lists = Arc::new(lists);
            let mut bytes = 0;
            // Who waits for its snapshot or its replay has its turn behind that.
            let live = |phase| phase == Phase::Live;
            for entry in room.sessions.values_mut().filter(|entry| entry.lists_due && live(entry.phase)) {
                entry.lists_due = false;
                bytes += lists.len();
                if let Some(outbox) = &entry.outbox {
                    outbox.push_lists(Arc::clone(&lists));
                }
            }
            let rest = Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND);
            room.lists_rest = Some(now + rest);
        }
    }
}
