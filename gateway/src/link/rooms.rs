//! The rooms of one link: what connections say goes out for them, what the room service says goes to their sockets.
//! No I/O, so that every order of messages can be tried.

mod heard;
mod lists;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use prost::Message as _;
use switchboard_proto::Position;
use switchboard_proto::v1::link_request_item::Item as Out;
use switchboard_proto::v1::{ErrorReason, LinkRequest, LinkRequestItem};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::entry::{Entry, Phase};
use super::room::{Head, Room};
use super::{LinkInput, Manner, What};
use crate::close::CloseReason;
use crate::codec::Encoding;
use crate::config::ATTACH_TIMEOUT;
use crate::metrics::Metrics;
use crate::placement::Placement;
use crate::session::Answer;

/// The sessions of one link, by room.
pub(super) struct Rooms {
    rooms: HashMap<Box<str>, Room>,
    output: VecDeque<Out>,
    /// Whether a stream is up and its hello was had.
    linked: bool,
    degraded: bool,
    /// How many rooms wait for their attach, and since when nothing came of it.
    attaching: usize,
    attaching_since: Option<Instant>,
    /// Sessions that wait after a `busy`: when, room, session. In order of time, as the wait is always the same.
    busy: VecDeque<(Instant, Box<str>, Box<str>)>,
    /// Rooms whose lists are to be told: when, and which.
    lists: BTreeSet<(Instant, Box<str>)>,
    metrics: Arc<Metrics>,
    placement: Arc<Placement>,
    frames: HashMap<(Encoding, Position), Message>,
}

impl Rooms {
    pub(super) fn new(metrics: Arc<Metrics>, placement: Arc<Placement>) -> Self {
        Self {
            rooms: HashMap::new(),
            output: VecDeque::new(),
            linked: false,
            degraded: false,
            attaching: 0,
            attaching_since: None,
            busy: VecDeque::new(),
            lists: BTreeSet::new(),
            metrics,
            placement,
            frames: HashMap::new(),
        }
    }

    /// A stream is up: each room is attached, and what is unanswered goes out again behind its attach.
    pub(super) fn linked(&mut self, degraded: bool, now: Instant) {
        self.broken();
        self.linked = true;
        self.set_degraded(degraded);
        let mut resent = 0;
        for room in self.rooms.values_mut() {
            room.head.told = None;
            for entry in room.sessions.values_mut().chain(room.resuming.values_mut()) {
                entry.blocked = false;
                if entry.phase == Phase::RoomSnapshot {
                    // Half of a snapshot was told, and which half nobody knows any more.
                    entry.tell(Answer::Close(CloseReason::Resync));
                    entry.phase = Phase::Live;
                }
            }
            if room.sessions.values().any(|entry| entry.phase != Phase::Joining) {
                self.attaching += 1;
                room.attach(&mut self.output);
            } else {
                // Nobody here was told anything yet: the first join tells where the room stands.
                room.head.position = None;
                for entry in room.sessions.values_mut().chain(room.resuming.values_mut()) {
                    resent += entry.resend(None, &mut self.output);
                }
            }
        }
        self.attaching_since = (self.attaching > 0).then_some(now);
        self.metrics.commands_resent.inc_by(resent as u64);
    }

    /// The room service is without its store, or has it again: every socket is told.
    pub(super) fn set_degraded(&mut self, degraded: bool) {
        if std::mem::replace(&mut self.degraded, degraded) == degraded {
            return;
        }
        for entry in self.rooms.values().flat_map(|room| room.sessions.values()) {
            if entry.phase != Phase::Joining {
                entry.tell(Answer::Degraded(degraded));
            }
        }
    }

    /// The stream ended. What was unanswered is kept; what still comes from it is not listened to.
    pub(super) fn broken(&mut self) {
        self.linked = false;
        self.output.clear();
        self.busy.clear();
        self.attaching = 0;
        self.attaching_since = None;
        for room in self.rooms.values_mut() {
            room.head.attaching = 0;
        }
    }

    /// The gateway stops: nobody asks any more.
    pub(super) fn end(&mut self) {
        let sessions =
            self.rooms.values().map(|room| room.sessions.len() + room.resuming.len()).sum::<usize>();
        self.metrics.sessions.dec_by(sessions);
        self.metrics.rooms.dec_by(self.rooms.len());
        self.rooms.clear();
    }

    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    pub(super) fn output_len(&self) -> usize {
        self.output.len()
    }

    pub(super) fn has_unanswered(&self) -> bool {
        self.rooms
            .values()
            .any(|room| room.sessions.values().chain(room.resuming.values()).any(Entry::has_unanswered))
    }

    /// What has queued, up to a bound; a single item may be larger.
    pub(super) fn batch(&mut self, items_max: usize, bytes_max: usize) -> LinkRequest {
        let mut items = Vec::with_capacity(self.output.len().min(items_max));
        let mut bytes = 0;
        while items.len() < items_max {
            let Some(item) = self.output.pop_front() else { break };
            let item = LinkRequestItem { item: Some(item) };
            bytes += item.encoded_len();
            if bytes > bytes_max && !items.is_empty() {
                self.output.extend(item.item);
                self.output.rotate_right(1);
                break;
            }
            items.push(item);
        }
        LinkRequest { items }
    }

    /// When [`Self::tick`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        let attach = self.attaching_since.map(|since| since + ATTACH_TIMEOUT);
        let busy = self.busy.front().map(|(at, ..)| *at);
        let lists = self.lists.first().map(|(at, _)| *at);
        attach.into_iter().chain(busy).chain(lists).min()
    }

    /// Sends again what was busy; false if an attach was not answered in time.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        self.tell_lists(now);
        while self.busy.front().is_some_and(|(at, ..)| *at <= now) {
            let Some((_, room, session)) = self.busy.pop_front() else { break };
            let Some(room) = self.rooms.get_mut(&room) else { continue };
            for entry in room.all_of(&session).filter(|entry| entry.blocked) {
                entry.blocked = false;
                let resent = entry.resend(None, &mut self.output);
                self.metrics.commands_resent.inc_by(resent as u64);
            }
        }
        self.attaching_since.is_none_or(|since| since + ATTACH_TIMEOUT > now)
    }

    /// A connection says something.
    pub(super) fn input(&mut self, input: LinkInput) {
        let LinkInput { room: id, session, connection, what } = input;
        if let What::Begin(beginning) = what {
            let room = self.rooms.entry(id.as_str().into()).or_insert_with(|| {
                self.metrics.rooms.inc();
                Room::new(id)
            });
            let mut entry = {
                let told_events = matches!(beginning.manner, Manner::Events { .. });
                Entry::new(*beginning, self.placement.store_time(), told_events && room.replica.is_none())
            };
            if !room.is_distinct(&entry) {
                entry.tell(Answer::Refused(ErrorReason::Busy));
                return;
            }
            self.metrics.sessions.inc();
            if self.linked && !room.head.is_attaching() {
                entry.send_new(&mut self.output);
            }
            if room.sessions.contains_key(session.as_str()) {
                room.resuming.insert(connection.as_str().into(), entry);
            } else {
                room.sessions.insert(session.as_str().into(), entry);
            }
            return;
        }
        let Some(room) = self.rooms.get_mut(id.as_str()) else { return };
        let attaching = room.head.is_attaching();
        let can_send = self.linked && !attaching;
        let Some(entry) = room.entry_of(session.as_str(), connection.as_str()) else { return };
        let news = match what {
            // Sent before its sender knew of the session that took the place of the forgotten one: it ended with that
            // (S13), and its number means nothing in this one.
            What::Command(_) if session != entry.identity.session => false,
            What::Command(command) => entry.command(command),
            What::Gone(gone) => {
                let told = entry.gone(gone);
                if !told {
                    let session = entry.identity.session.clone();
                    self.remove_entry(id.as_str(), session.as_str(), connection.as_str());
                    return;
                }
                told
            }
            What::GoOn => return entry.go_on(can_send, &mut self.output),
            What::Begin(_) => false,
        };
        if news && can_send && !entry.blocked {
            entry.send_new(&mut self.output);
        }
    }

    fn find(&mut self, room: &str, session: &str) -> Option<(&mut Head, &mut Entry)> {
        let room = self.rooms.get_mut(room)?;
        let entry = room.sessions.get_mut(session)?;
        Some((&mut room.head, entry))
    }

    /// A connection's entry is done, whether it held the session or asked to.
    fn remove_entry(&mut self, room_id: &str, session: &str, connection: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        if room.resuming.remove(connection).is_some() {
            self.metrics.sessions.dec();
            return self.forget_if_empty(room_id);
        }
        self.remove(room_id, session);
    }

    /// A session ended here; the room goes with its last.
    fn remove(&mut self, room_id: &str, session: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        if room.sessions.remove(session).is_some() {
            self.metrics.sessions.dec();
            room.renamed.retain(|_, now| **now != *session);
        }
        self.forget_if_empty(room_id);
    }

    fn forget_if_empty(&mut self, room_id: &str) {
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        if room.replica.is_some() && !room.entries().any(Entry::is_told_events) {
            room.replica = None;
        }
        if room.is_empty() {
            if let Some(at) = room.lists_at {
                self.lists.remove(&(at, room_id.into()));
            }
            self.attaching -= usize::from(room.head.is_attaching()).min(self.attaching);
            if self.attaching == 0 {
                self.attaching_since = None;
            }
            self.rooms.remove(room_id);
            self.metrics.rooms.dec();
        }
    }
}

#[cfg(test)]
mod tests;
