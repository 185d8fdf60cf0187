//! Who follows a room: a gateway's link, or a watch. Each has a cursor in the log and is never ahead of it.

use std::sync::Arc;

use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::watch_room_response::Response;
use switchboard_proto::v1::{self, LinkResponseItem, ResetReason, WatchRoomResponse};
use switchboard_proto::{GatewayId, NOBODY, Position};

use super::outbox::Outbox;
use crate::room::{Audience, Entry, Room, snapshot};

/// A follower of one room.
pub(crate) struct Reader {
    /// The last entry that was offered to it.
    pub(crate) cursor: Position,
    /// The last position that it was told: `prev` of its next event.
    pub(crate) told: Position,
    /// How it is served.
    pub(crate) fill: Fill,
    /// What it is.
    pub(crate) sink: Sink,
}

/// How a reader is served. Never two ways at one time (R10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// It stands at the room's head and gets each entry as it is absorbed.
    Live,
    /// It is behind: its queue was full, or it has just come.
    Behind,
    /// It is behind, and a read of the log is under way for it.
    Reading,
}

/// The way to a reader.
pub(crate) enum Sink {
    /// A gateway that holds sockets of the room.
    Link {
        /// Who.
        gateway: GatewayId,
        /// The way.
        outbox: Arc<Outbox<LinkResponseItem>>,
    },
    /// A caller of WatchRoom.
    Watch {
        /// The way.
        outbox: Arc<Outbox<WatchRoomResponse>>,
    },
}

impl Reader {
    /// Offers the entry that follows the cursor; false, and nothing changed, if the queue is full.
    ///
    /// `room` may stand before or behind the entry: it is asked only which gateway holds a session now.
    pub(crate) fn offer(&mut self, entry: &Entry, room: &Room, stored: bool) -> bool {
        if self.sink.concerned(entry, room) {
            let Some(event) = entry.event(self.told, stored) else {
                self.cursor = entry.position;
                return true;
            };
            if !self.sink.try_event(event, entry, room) {
                return false;
            }
            self.told = entry.position;
        }
        self.cursor = entry.position;
        true
    }

    /// Tells a link how far the room is, if it went on by what nobody there is told: else who is quiet would come back
    /// from a position that the log no longer has, and be reset though it missed nothing.
    pub(crate) fn tell_position(&mut self, room: &Room) {
        let Sink::Link { outbox, .. } = &self.sink else { return };
        if self.fill != Fill::Live || self.told == self.cursor {
            return;
        }
        let (position, prev) = (Some(self.cursor.into()), Some(self.told.into()));
        let item = v1::LinkEvent {
            room_id: room.id().to_string(),
            event: Some(v1::Event { position, prev, stored: true, ..Default::default() }),
            to_session_ids: vec![NOBODY.to_owned()],
            ..Default::default()
        };
        if outbox.try_push(Item::Event(item).into()) {
            self.told = self.cursor;
        }
    }

    /// Gives it the room as it is now, in place of what it missed.
    pub(crate) fn reset(&mut self, reason: ResetReason, room: &Room) {
        match &self.sink {
            Sink::Link { outbox, .. } => {
                let room_id = room.id().to_string();
                let reset = v1::LinkReset { room_id, session_id: String::new(), reason: reason.into() };
                outbox.push_answer(Item::Reset(reset).into());
            }
            Sink::Watch { outbox } => {
                let reset = v1::RoomReset { reason: reason.into() };
                outbox.push_answer(WatchRoomResponse { response: Some(Response::Reset(reset)) });
            }
        }
        self.show(room);
    }

    /// Tells it the whole room; it is live from here on.
    pub(crate) fn show(&mut self, room: &Room) {
        for piece in snapshot(room) {
            match &self.sink {
                Sink::Link { outbox, .. } => outbox.push_answer(snapshot_item(room, "", piece)),
                Sink::Watch { outbox } => {
                    outbox.push_answer(WatchRoomResponse { response: Some(Response::Snapshot(piece)) });
                }
            }
        }
        self.cursor = room.head();
        self.told = room.head();
        self.fill = Fill::Live;
    }
}

/// A piece of a snapshot for one session, or with an empty `session` for all of the gateway.
pub(crate) fn snapshot_item(room: &Room, session: &str, piece: v1::Snapshot) -> LinkResponseItem {
    let item = v1::LinkSnapshot {
        room_id: room.id().to_string(),
        session_id: session.to_owned(),
        snapshot: Some(piece),
    };
    Item::Snapshot(item).into()
}

impl Sink {
    /// Whether it takes no event right now.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Link { outbox, .. } => outbox.is_full(),
            Self::Watch { outbox } => outbox.is_full(),
        }
    }

    /// Whether somebody behind it is told of the entry. A link hears rather too much than too little: its gateway
    /// looks at the sessions itself.
    fn concerned(&self, entry: &Entry, room: &Room) -> bool {
        match (&entry.to, self) {
            (Audience::Silent, _) | (Audience::Sessions(_), Self::Watch { .. }) => false,
            (Audience::All, _) => true,
            (Audience::Sessions(sessions), Self::Link { gateway, .. }) => {
                sessions.iter().any(|(participant, session)| {
                    let member = room.member(participant, session);
                    member.is_none_or(|member| member.record.gateway == *gateway)
                })
            }
        }
    }

    fn try_event(&self, event: v1::Event, entry: &Entry, room: &Room) -> bool {
        match self {
            Self::Link { outbox, .. } => {
                let to_session_ids = match &entry.to {
                    Audience::Sessions(sessions) => {
                        sessions.iter().map(|(_, session)| session.to_string()).collect()
                    }
                    Audience::All | Audience::Silent => Vec::new(),
                };
                let item = v1::LinkEvent {
                    room_id: room.id().to_string(),
                    event: Some(event),
                    to_session_ids,
                    replay_session_id: String::new(),
                    traceparent: entry.trace.as_deref().map(str::to_owned).unwrap_or_default(),
                };
                outbox.try_push(Item::Event(item).into())
            }
            Self::Watch { outbox } => {
                outbox.try_push(WatchRoomResponse { response: Some(Response::Event(event)) })
            }
        }
    }
}
