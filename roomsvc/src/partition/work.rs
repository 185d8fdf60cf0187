//! What a partition is asked, and by whom.

use std::sync::Arc;

use switchboard_proto::v1::{ErrorReason, LinkResponseItem, WatchRoomResponse};
use switchboard_proto::{ConnectionId, GatewayId, Millis, ParticipantId, Position, RoomId, SessionId};
use switchboard_telemetry::Span;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::batch::ApiAnswer;
use super::outbox::Outbox;
use crate::room::{self, ApiAction};

/// Names a link or watch in this process.
pub(crate) type ReaderId = u64;

/// What comes into a partition's mailbox.
pub(crate) enum Input {
    /// A gateway opened a link.
    LinkOpened {
        /// Its number.
        id: ReaderId,
        /// Who.
        gateway: GatewayId,
        /// The way back.
        outbox: Arc<Outbox<LinkResponseItem>>,
        /// What its hello said of the store; that may have changed since.
        told_degraded: bool,
    },
    /// What came on a link at one time, in order.
    FromLink {
        /// Which.
        id: ReaderId,
        /// When it was read.
        read: Instant,
        /// For its room each.
        items: Vec<(RoomId, Work)>,
    },
    /// A link is over.
    LinkClosed {
        /// Which.
        id: ReaderId,
    },
    /// A call of the API.
    Call {
        /// For which room.
        room: RoomId,
        /// What.
        command: Box<Command>,
    },
    /// A watch begins.
    Watch {
        /// Of which room.
        room: RoomId,
        /// Who and from where.
        watch: Watch,
    },
    /// Gateways whose leases are over.
    GatewaysGone {
        /// Which.
        gateways: Arc<[GatewayId]>,
        /// The store's time at which that was seen.
        checked_at: Millis,
    },
    /// The sweep found the room due.
    Look {
        /// Which.
        room: RoomId,
    },
}

/// One thing for a room, in its queue.
pub(crate) struct Pending {
    /// What.
    pub(crate) work: Work,
    /// How many reads of the store had begun when it came: what needs a fresh read needs a later one.
    pub(crate) came: u64,
    /// When it was read on its link, or taken from whoever else asked.
    pub(crate) read: Instant,
}

impl Pending {
    /// Its span, if it is traced.
    pub(crate) fn trace(&self) -> Option<&Span> {
        match &self.work {
            Work::Command(command) => command.trace.as_deref(),
            Work::Attach(_) | Work::Watch(_) => None,
        }
    }

    /// As [`Self::trace`].
    pub(crate) fn trace_mut(&mut self) -> Option<&mut Span> {
        match &mut self.work {
            Work::Command(command) => command.trace.as_deref_mut(),
            Work::Attach(_) | Work::Watch(_) => None,
        }
    }
}

/// One thing for a room.
#[allow(clippy::large_enum_variant)] // Almost every one is a command: a box would cost each an allocation.
pub(crate) enum Work {
    /// Something to decide.
    Command(Command),
    /// A link takes the room up.
    Attach(Attach),
    /// A watch begins.
    Watch(Watch),
}

/// Something to decide and whom to answer.
pub(crate) struct Command {
    /// What.
    pub(crate) command: room::Command,
    /// The link that it came on, and what else the answer needs.
    pub(crate) link: Option<FromLink>,
    /// The call that it came with.
    pub(crate) call: Option<Call>,
    /// From when it came to its answer, if it is traced.
    pub(crate) trace: Option<Box<Span>>,
}

impl Command {
    /// What follows from the time, asked by nobody.
    pub(crate) fn of_time(command: room::Command) -> Self {
        Self { command, link: None, call: None, trace: None }
    }

    /// Whether nobody asked for it.
    pub(crate) fn is_of_time(&self) -> bool {
        self.link.is_none() && self.call.is_none()
    }

    /// Whether it makes a room where there is none.
    pub(crate) fn may_create(&self) -> bool {
        matches!(
            self.command,
            room::Command::Join { .. } | room::Command::Api { action: ApiAction::Create { .. }, .. }
        )
    }
}

/// A command from a link.
pub(crate) struct FromLink {
    /// The link.
    pub(crate) id: ReaderId,
    /// The socket that it speaks for.
    pub(crate) connection: ConnectionId,
    /// A resume's last applied position.
    pub(crate) position: Option<Position>,
    /// Whether a resume wants the room as it is, too.
    pub(crate) snapshot: bool,
    /// How many bytes of events a resume may be told at once.
    pub(crate) replay_bytes_max: usize,
}

/// A unary call that waits.
pub(crate) struct Call {
    /// What it asks, for its response.
    pub(crate) action: ApiAction,
    /// Its `request_id`, if it has one.
    pub(crate) request: Option<RequestKey>,
    /// The caller.
    pub(crate) reply: oneshot::Sender<ApiAnswer>,
}

/// A `request_id` in the store.
#[derive(Debug, Clone)]
pub(crate) struct RequestKey {
    /// Digest of caller, method, room and id.
    pub(crate) key: String,
    /// Digest of the request.
    pub(crate) digest: String,
}

/// A link takes up a room.
pub(crate) struct Attach {
    /// The link.
    pub(crate) id: ReaderId,
    /// The last position that its gateway had.
    pub(crate) position: Position,
    /// The sessions whose sockets the gateway holds.
    pub(crate) sessions: Vec<AttachedSession>,
}

/// A session whose socket the gateway holds.
pub(crate) struct AttachedSession {
    /// Whose.
    pub(crate) participant: ParticipantId,
    /// Which.
    pub(crate) session: SessionId,
    /// As the gateway knows it.
    pub(crate) generation: u64,
    /// The socket.
    pub(crate) connection: ConnectionId,
}

/// A watch of a room.
pub(crate) struct Watch {
    /// Its number.
    pub(crate) id: ReaderId,
    /// The last position that it had; none: from a snapshot on.
    pub(crate) position: Option<Position>,
    /// The way back.
    pub(crate) outbox: Arc<Outbox<WatchRoomResponse>>,
}

impl Call {
    /// Answers; a caller that has gone is ordinary.
    pub(crate) fn answer(self, answer: ApiAnswer) {
        let _ = self.reply.send(answer);
    }

    /// Refuses.
    pub(crate) fn refuse(self, reason: ErrorReason) {
        self.answer(Err(reason));
    }
}
