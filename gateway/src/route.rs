//! A connection's way to its room's link.

use switchboard_proto::v1::GoneCommand;
use switchboard_proto::{ConnectionId, RoomId, SessionId};
use tokio::sync::mpsc;

use crate::close::CloseReason;
use crate::link::{LinkInput, What};
use crate::session::Identity;

/// The way to the room, from the join on.
pub(crate) struct Route {
    pub(crate) room: RoomId,
    session: SessionId,
    connection: ConnectionId,
    pub(crate) link: mpsc::Sender<LinkInput>,
    /// The link knows that the socket is gone, or has nothing to know.
    pub(crate) told_gone: bool,
}

impl Route {
    pub(crate) fn new(identity: &Identity, link: mpsc::Sender<LinkInput>) -> Self {
        Self {
            room: identity.room.clone(),
            session: identity.session.clone(),
            connection: identity.connection.clone(),
            link,
            told_gone: false,
        }
    }

    pub(crate) fn input(&self, what: What) -> LinkInput {
        let (room, session) = (self.room.clone(), self.session.clone());
        LinkInput { room, session, connection: self.connection.clone(), what }
    }
}

impl Drop for Route {
    /// Whatever ends the task, a fault of ours too, the room hears that the socket is gone.
    fn drop(&mut self) {
        if self.told_gone {
            return;
        }
        let end = CloseReason::Internal.connection_end();
        let gone = GoneCommand { leaving: false, end: Some(end) };
        let _ = self.link.try_send(self.input(What::Gone(gone)));
    }
}

/// Waits for room in the link's queue.
pub(crate) async fn room_in(route: Option<&Route>) -> Option<mpsc::Permit<'_, LinkInput>> {
    route?.link.reserve().await.ok()
}
