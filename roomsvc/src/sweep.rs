//! What has to happen though nobody asks: windows and empty rooms end, leases are renewed.
//!
//! Every room service sweeps every partition; the compare in the store makes that harmless, and so some room
//! service always does it, also for partitions that no gateway holds any more.

use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::Millis;
use tokio::time::MissedTickBehavior;

use crate::directory::Directory;
use crate::partition::Input;

/// Due rooms taken from a partition at one time; the rest comes with the next round.
const DUE_MAX: usize = 256;
/// How much later a room service looks that has no link of a partition.
const OTHERS_GRACE_MS: u64 = 3_000;
/// How often the lease of each gateway that hangs here is renewed: a third of its time.
const RENEW_INTERVAL: Duration = Duration::from_secs(5);

/// Looks for due rooms every `interval`, until the directory stops.
pub(crate) async fn sweep(directory: Arc<Directory>, interval: Duration) {
    let mut tick = tokio::time::interval(interval);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = directory.stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let round = async {
            let answers = directory.parts.store.ping().await.is_ok();
            directory.parts.reached.note(answers, directory.parts.store.clock().now());
            directory.parts.metrics.store_up.set(i64::from(answers));
            // Nothing expires while the store is away.
            if answers {
                for partition in 0..directory.partitions() {
                    look(&directory, partition).await;
                }
            }
        };
        tokio::select! {
            () = directory.stop.cancelled() => return,
            () = round => {}
        }
    }
}

async fn look(directory: &Directory, partition: u32) {
    let store = &directory.parts.store;
    // Who has the partition's links goes first; the others come only where that one does not, and so rarely race it.
    let grace = if directory.has_links(partition) { 0 } else { OTHERS_GRACE_MS };
    let now = Millis(store.clock().now().0.saturating_sub(grace));
    let due = match store.due_rooms(partition, now, DUE_MAX).await {
        Ok(due) => due,
        Err(error) => {
            tracing::debug!(partition, %error, "can't look for due rooms");
            return;
        }
    };
    if due.is_empty() {
        return;
    }
    let Ok(actor) = directory.partition(partition) else { return };
    for room in due {
        directory.parts.metrics.swept.inc();
        let _ = actor.send(Input::Look { room }).await;
    }
}

/// Renews the leases of the gateways that hang on this room service, until the directory stops.
pub(crate) async fn renew_leases(directory: Arc<Directory>) {
    let mut tick = tokio::time::interval(RENEW_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = directory.stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        for gateway in directory.gateways() {
            if let Err(error) = directory.parts.store.renew_lease(&gateway).await {
                tracing::debug!(%gateway, %error, "can't renew a lease");
            }
        }
    }
}
