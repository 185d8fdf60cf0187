//! WatchRoom: a room's snapshot, then its events, through the same readers that links have.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use switchboard_proto::v1::{ErrorReason, WatchRoomResponse};
use switchboard_proto::{Position, Refusal, RoomId};
use tonic::Status;

use crate::directory::Directory;
use crate::link::next_reader;
use crate::metrics::{Limit, Metrics};
use crate::partition::{Input, Outbox, Partition, ReaderId, WATCH_OUTBOX_BYTES_MAX, Watch};

type Responses = BoxStream<'static, Result<WatchRoomResponse, Status>>;

/// Begins a watch; the stream ends it when it is dropped.
pub(crate) async fn watch(
    directory: &Arc<Directory>,
    room: RoomId,
    position: Option<Position>,
) -> Result<Responses, Refusal> {
    let partition = directory.of(&room)?;
    let outbox = Arc::new(Outbox::new(WATCH_OUTBOX_BYTES_MAX, partition.drained.clone()));
    let id = next_reader();
    let watch = Watch { id, position, outbox: outbox.clone() };
    partition.send(Input::Watch { room, watch }).await.map_err(Refusal::from)?;
    let metrics = directory.parts.metrics.clone();
    metrics.watches_open.inc();
    let open = Open { id, partition, directory: directory.clone(), metrics };
    Ok(Box::pin(futures_util::stream::unfold(
        (outbox, Vec::new().into_iter(), open),
        |(outbox, mut batch, open)| async move {
            loop {
                if let Some(response) = batch.next() {
                    return Some((Ok(response), (outbox, batch, open)));
                }
                match outbox.next_batch().await? {
                    Ok(more) => batch = more.into_iter(),
                    Err(reason) => {
                        if reason == ErrorReason::SlowReader {
                            open.metrics.limits_hit.get(Limit::WatchOutbox).inc();
                        }
                        return Some((Err(Refusal::from(reason).into()), (outbox, batch, open)));
                    }
                }
            }
        },
    )))
}

/// A watch that goes on; its drop takes it out of its room.
struct Open {
    id: ReaderId,
    partition: Partition,
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.metrics.watches_open.dec();
        let (id, partition) = (self.id, self.partition.clone());
        self.directory.tracker.spawn(async move {
            let _ = partition.send(Input::LinkClosed { id }).await;
        });
    }
}
