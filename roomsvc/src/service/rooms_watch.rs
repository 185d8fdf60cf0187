//! WatchRooms: all rooms, then changes. Rooms of many partitions have no common order, so this follows the store's
//! hints and reads what changed, each room at most a few times a second.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use prost::Message as _;
use switchboard_proto::v1::watch_rooms_response::Response;
use switchboard_proto::v1::{self, ErrorReason, WatchRoomsResponse};
use switchboard_proto::{Refusal, RoomId};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::access::Who;
use crate::directory::Directory;
use crate::room::{Phase, room_view};
use crate::store::{Hint, StoreError};

/// Responses that wait for a slow caller before it is ended.
const QUEUE_MAX: usize = 256;
/// Hints that wait; beyond it the snapshot is told anew.
const HINTS_MAX: usize = 4_096;
/// Changes of a room within this time are told once.
const GATHER: Duration = Duration::from_millis(100);
/// How long a caller may leave the queue full.
const SLOW: Duration = Duration::from_secs(5);
/// Rooms of one read of a partition's list.
const LIST_PAGE: usize = 500;
/// About the bytes of one piece of the snapshot.
const PIECE_BYTES: usize = 100 << 10;

type Sender = mpsc::Sender<Result<WatchRoomsResponse, Status>>;

/// Begins a watch; it ends when the stream is dropped or the directory stops.
pub(crate) fn watch(
    directory: Arc<Directory>,
    who: Who,
) -> BoxStream<'static, Result<WatchRoomsResponse, Status>> {
    let (tx, rx) = mpsc::channel(QUEUE_MAX);
    let tracker = directory.tracker.clone();
    tracker.spawn(async move {
        directory.parts.metrics.watches_open.inc();
        let ended = tokio::select! {
            ended = follow(&directory, &who, &tx) => ended,
            () = directory.stop.cancelled() => Err(ErrorReason::ShuttingDown.into()),
            () = tx.closed() => Ok(()),
        };
        directory.parts.metrics.watches_open.dec();
        if let Err(refusal) = ended {
            let _ = tx.try_send(Err(refusal.into()));
        }
    });
    Box::pin(ReceiverStream::new(rx))
}

async fn follow(directory: &Directory, who: &Who, tx: &Sender) -> Result<(), Refusal> {
    // Subscribe, then read (R15).
    let (hint_tx, mut hints) = mpsc::channel(HINTS_MAX);
    let mut forwards = tokio::task::JoinSet::new();
    for partition in 0..directory.partitions() {
        let mut from = directory.parts.store.subscribe(partition).await.map_err(|e| away(&e))?;
        let to = hint_tx.clone();
        forwards.spawn(async move {
            while let Some(hint) = from.recv().await {
                if to.send(hint).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(hint_tx);
    tell_all(directory, who, tx).await?;
    let mut changed = HashSet::new();
    while let Some(hint) = hints.recv().await {
        let mut lost = !note(hint, &mut changed);
        tokio::time::sleep(GATHER).await;
        while let Ok(hint) = hints.try_recv() {
            lost |= !note(hint, &mut changed);
        }
        if lost {
            changed.clear();
            tell_all(directory, who, tx).await?;
            continue;
        }
        for room in changed.drain().filter(|room| who.is_told_of(room.as_str())) {
            let stored = directory.parts.store.load(&room).await.map_err(|e| away(&e))?;
            let open = stored.filter(|room| room.phase() == Phase::Open);
            let response = match open {
                Some(room) => Response::RoomChanged(room_view(&room)),
                None => Response::RoomClosed(room.to_string()),
            };
            tell(tx, response).await?;
        }
    }
    Err(ErrorReason::StoreUnavailable.into())
}

/// Notes the room of a hint; false if hints were lost.
fn note(hint: Hint, changed: &mut HashSet<RoomId>) -> bool {
    match hint {
        Hint::Moved { room, .. } => {
            changed.insert(room);
            true
        }
        Hint::Knock(_) => true,
        Hint::Lost => false,
    }
}

async fn tell_all(directory: &Directory, who: &Who, tx: &Sender) -> Result<(), Refusal> {
    let store = &directory.parts.store;
    let mut piece = v1::RoomList::default();
    let mut bytes = 0;
    for partition in 0..directory.partitions() {
        let mut after = None;
        loop {
            let ids = store.list_rooms(partition, after.take(), LIST_PAGE).await.map_err(|e| away(&e))?;
            let more = ids.len() == LIST_PAGE;
            after = ids.last().cloned();
            for id in ids.into_iter().filter(|id| who.is_told_of(id.as_str())) {
                let stored = store.load(&id).await.map_err(|e| away(&e))?;
                let Some(room) = stored.filter(|room| room.phase() == Phase::Open) else { continue };
                let room = room_view(&room);
                bytes += room.encoded_len() + 4;
                piece.rooms.push(room);
                if bytes > PIECE_BYTES {
                    bytes = 0;
                    tell(tx, Response::Snapshot(std::mem::take(&mut piece))).await?;
                }
            }
            if !more {
                break;
            }
        }
    }
    if !piece.rooms.is_empty() {
        tell(tx, Response::Snapshot(piece)).await?;
    }
    tell(tx, Response::SnapshotEnd(v1::SnapshotEnd {})).await
}

async fn tell(tx: &Sender, response: Response) -> Result<(), Refusal> {
    let response = WatchRoomsResponse { response: Some(response) };
    tx.send_timeout(Ok(response), SLOW).await.map_err(|_| ErrorReason::SlowReader.into())
}

fn away(error: &StoreError) -> Refusal {
    tracing::warn!(%error, "a watch of all rooms ends: the store can't be read");
    ErrorReason::StoreUnavailable.into()
}
