//! ExplainSession: reads a room and its whole log once, and tells one session's story.

use switchboard_proto::v1::{self, ErrorReason};
use switchboard_proto::{Position, Refusal, RoomId};
use tokio::time::{Instant, timeout_at};

use super::calls::store_refusal;
use crate::store::{LogPage, Store};
use crate::story::{Reading, Whom, told};

/// Answers ExplainSession by `deadline`. A log has at most [`LOG_ENTRIES_MAX`](crate::store::LOG_ENTRIES_MAX) entries:
/// nine pages.
pub(crate) async fn explain(
    store: &dyn Store,
    room: &RoomId,
    whom: Whom,
    deadline: Instant,
) -> Result<v1::ExplainSessionResponse, Refusal> {
    let read = timeout_at(deadline, read(store, room, whom)).await;
    read.unwrap_or_else(|_| Err(ErrorReason::StoreUnavailable.into()))
}

async fn read(store: &dyn Store, id: &RoomId, whom: Whom) -> Result<v1::ExplainSessionResponse, Refusal> {
    let failed = |error| store_refusal(&error, Some(id));
    let unknown = match &whom {
        Whom::Session(_) => ErrorReason::SessionNotFound,
        Whom::Participant(_) => ErrorReason::ParticipantNotFound,
    };
    // A closed room, too: it remembers the ends of its sessions.
    let room = store.load(id).await.map_err(failed)?.ok_or(ErrorReason::RoomNotFound)?;
    let mut reading = Reading::new(whom, &room);
    let mut page = store.read_log_start(id).await.map_err(failed)?;
    loop {
        let (entries, head) = match page {
            LogPage::Entries { entries, head } => (entries, head),
            LogPage::Missing => break,
            // So much happened that what was to be read next is gone.
            LogPage::Trimmed { .. } | LogPage::NotInHistory { .. } => return Err(ErrorReason::Busy.into()),
        };
        for entry in &entries {
            reading.take(entry);
        }
        // What came after the room was read is another question's.
        let last = entries.last().map_or(Position::ZERO, |entry| entry.position);
        if entries.is_empty() || last.seq >= head.seq || last.seq >= room.head().seq {
            break;
        }
        page = store.read_log(id, last).await.map_err(failed)?;
    }
    let story = reading.end(&room, store.clock().now()).ok_or(unknown)?;
    Ok(told(&story))
}
