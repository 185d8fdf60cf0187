//! Sees to it that links stand where their partitions belong, and moves those that don't, a few a second: rooms are
//! quick where all links of their partition meet, and correct anywhere.

use std::collections::VecDeque;
use std::time::Duration;

use switchboard_proto::PARTITION_METADATA;
use switchboard_proto::v1::WhereRequest;
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::Links;
use crate::config::HEALTH_TIMEOUT;

/// Between two moves, or two questions: each move attaches all rooms of a partition again, so that all links of a
/// gateway at once would be a storm to a room service that has just come back.
const PACE: Duration = Duration::from_millis(100);

/// Where a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// The address that it was opened at.
    pub(super) at: usize,
    /// Who answered there.
    pub(super) room_service: String,
}

impl Links {
    /// Moves links until stopped. Among several addresses the gateway's own choice counts; behind a single one is
    /// somebody else's, who is asked about each partition in turn.
    pub(crate) async fn follow(&self, stop: CancellationToken) {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = 0;
        let mut away = VecDeque::new();
        loop {
            tokio::select! {
                _ = pace.tick() => {}
                () = stop.cancelled() => return,
            }
            if self.placement.is_degraded() {
                continue;
            }
            if self.placement.addresses.len() > 1 {
                let misplaced = |(partition, placed): (u32, Placed)| {
                    Some((partition, self.placement.better(partition, placed.at, Instant::now())?))
                };
                if let Some((partition, at)) = self.open_after(last).into_iter().find_map(misplaced) {
                    last = partition;
                    self.move_to(partition, at);
                }
            } else if let Some(partition) = away.pop_front() {
                self.move_to(partition, 0);
            } else if let Some((partition, placed)) = self.open_after(last).into_iter().next() {
                last = partition;
                tokio::select! {
                    found = self.find_away(partition, &placed) => away = found,
                    () = stop.cancelled() => return,
                }
            }
        }
    }

    /// Asks where one partition belongs; if its link does not stand there, asks about all at once.
    async fn find_away(&self, partition: u32, placed: &Placed) -> VecDeque<u32> {
        let mut away = VecDeque::new();
        if self.is_away(partition, placed).await {
            away.push_back(partition);
            for (partition, placed) in self.open_after(partition) {
                if !away.contains(&partition) && self.is_away(partition, &placed).await {
                    away.push_back(partition);
                }
            }
        }
        away
    }

    /// Whether the balancer behind the one address sends this partition elsewhere by now.
    async fn is_away(&self, partition: u32, placed: &Placed) -> bool {
        let Some(address) = self.placement.addresses.get(placed.at) else { return false };
        let mut client = GatewayLinkClient::new(address.channel.clone());
        let mut request = Request::new(WhereRequest {});
        request.metadata_mut().insert(PARTITION_METADATA, partition.into());
        let Ok(Ok(answer)) = timeout(HEALTH_TIMEOUT, client.r#where(request)).await else { return false };
        let told = answer.get_ref();
        told.room_service_id != placed.room_service && !told.degraded && !told.draining
    }
}
