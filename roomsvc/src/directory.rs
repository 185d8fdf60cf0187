//! All partitions of a room service: each actor is started at its first use.

use parking_lot::Mutex;
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{GatewayId, Refusal, RoomId, partition_of};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::partition::{Partition, Parts};

/// All partitions of a room service.
pub(crate) struct Directory {
    /// What actors are made of.
    pub(crate) parts: Parts,
    slots: Vec<Mutex<Option<Partition>>>,
    /// Ends every actor and link.
    pub(crate) stop: CancellationToken,
    /// Waits for every actor and link.
    pub(crate) tracker: TaskTracker,
}

impl Directory {
    /// `partitions` partitions, none started.
    pub(crate) fn new(parts: Parts, partitions: u32, stop: CancellationToken) -> Self {
        let slots = (0..partitions).map(|_| Mutex::new(None)).collect();
        Self { parts, slots, stop, tracker: TaskTracker::new() }
    }

    /// P.
    pub(crate) fn partitions(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// The partition with that number.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn partition(&self, index: u32) -> Result<Partition, Refusal> {
        if self.stop.is_cancelled() {
            return Err(ErrorReason::ShuttingDown.into());
        }
        let slot = self.slots.get(index as usize).ok_or_else(|| {
            Refusal::field("hello.partition", format!("must be below {}", self.slots.len()))
        })?;
        let mut slot = slot.lock();
        if let Some(partition) = &*slot {
            return Ok(partition.clone());
        }
        let (partition, actor) = Partition::new(index, self.parts.clone(), self.stop.child_token());
        self.tracker.spawn(actor);
        Ok(slot.insert(partition).clone())
    }

    /// The partition of a room.
    ///
    /// # Errors
    /// While stopping.
    pub(crate) fn of(&self, room: &RoomId) -> Result<Partition, Refusal> {
        self.partition(partition_of(room, self.partitions()))
    }

    /// The partitions that were started, each with whether a gateway's link of it is open here.
    pub(crate) fn started(&self) -> Vec<(Partition, bool)> {
        let started = self.slots.iter().filter_map(|slot| slot.lock().clone());
        started
            .map(|partition| {
                let has_links = !partition.gateways().is_empty();
                (partition, has_links)
            })
            .collect()
    }

    /// Whether a gateway's link of that partition is open here.
    pub(crate) fn has_links(&self, index: u32) -> bool {
        let slot = self.slots.get(index as usize).and_then(|slot| slot.lock().clone());
        slot.is_some_and(|partition| !partition.gateways().is_empty())
    }

    /// The gateways that hang on this room service.
    pub(crate) fn gateways(&self) -> Vec<GatewayId> {
        let mut gateways: Vec<_> =
            self.slots.iter().filter_map(|slot| slot.lock().clone()).flat_map(|p| p.gateways()).collect();
        gateways.sort();
        gateways.dedup();
        gateways
    }
}
