//! What has to happen though nobody asks: windows and empty rooms end, leases are renewed.
//!
//! Every room service sweeps every partition; the compare in the store makes that harmless, and so some room
//! service always does it, also for partitions that no gateway holds any more.

use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::Millis;
use tokio::time::{Instant, MissedTickBehavior};

use crate::directory::Directory;
use crate::partition::{Input, Parts};
use crate::store::Meta;
use crate::token;

/// Due rooms taken from a partition at one time; the rest comes with the next round.
const DUE_MAX: usize = 256;
/// How often the keys of resume tokens are read: often enough to have a new one before it signs.
const TOKENS_EVERY: Duration = Duration::from_secs(20);
/// How much later a room service looks that has no link of a partition.
const OTHERS_GRACE_MS: u64 = 3_000;
/// Looks for due rooms every `interval`, until the directory stops.
pub(crate) async fn sweep(directory: Arc<Directory>, meta: Meta, interval: Duration) {
    let mut tick = tokio::time::interval(interval);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked: Option<Instant> = None;
    loop {
        tokio::select! {
            () = directory.stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let round = async {
            // Nothing expires while the store is away; and one that goes away in between must not be waited for at
            // every partition.
            let known = Meta { tokens: directory.parts.tokens.stored(), ..meta.clone() };
            if feel_pulse(&directory, &known).await {
                if looked.is_none_or(|looked| looked.elapsed() >= TOKENS_EVERY) {
                    look_after_tokens(&directory, known).await;
                    looked = Some(Instant::now());
                }
                for partition in 0..directory.partitions() {
                    if !look(&directory, partition).await {
                        return;
                    }
                }
                tell_gone(&directory).await;
            }
        };
        tokio::select! {
            () = directory.stop.cancelled() => return,
            () = round => {}
        }
    }
}

/// Whether the store answers. One that was emptied is told first of all what every process agrees on (S28).
async fn feel_pulse(directory: &Directory, meta: &Meta) -> bool {
    let Parts { store, reached, outage, metrics, .. } = &directory.parts;
    let mut pulse = store.ping().await.inspect_err(|error| tracing::debug!(%error, "the store is away")).ok();
    if pulse.as_ref().is_some_and(|pulse| !pulse.has_meta) {
        tracing::warn!("the store was emptied; writing back what it was set up with");
        match store.init(meta.clone()).await {
            Ok(stands) if stands.partitions != meta.partitions || stands.hash != meta.hash => {
                // Rooms would be looked for in two places: this one does not go on with it.
                tracing::error!(
                    stands = stands.partitions,
                    ours = meta.partitions,
                    "the emptied store was set up anew with other partitions; it is not used"
                );
                pulse = None;
            }
            Ok(_) => {}
            Err(_) => pulse = None,
        }
    }
    let answers = pulse.is_some();
    reached.note(pulse, store.clock().now());
    metrics.store_up.set(i64::from(answers));
    outage.store_answers(answers);
    answers
}

/// Learns the keys of resume tokens again, and replaces a newest one that is old.
async fn look_after_tokens(directory: &Directory, known: Meta) {
    let Parts { store, tokens, .. } = &directory.parts;
    let look = async {
        let stands = store.init(known).await?.tokens;
        match token::rotated(&stands, store.clock().now()) {
            Some(newer) => store.replace_token_keys(stands, newer).await,
            None => Ok(stands),
        }
    };
    match look.await {
        Ok(stands) => {
            if let Err(error) = tokens.learn(stands, store.clock().now()) {
                tracing::error!(%error, "resume tokens go on with the keys of before");
            }
        }
        Err(error) => tracing::debug!(%error, "can't look after the keys of resume tokens"),
    }
}

/// Queues looks at the rooms of a partition that are due; whether the store answered.
async fn look(directory: &Directory, partition: u32) -> bool {
    let store = &directory.parts.store;
    // Who has the partition's links goes first; the others come only where that one does not, and so rarely race it.
    let grace = if directory.has_links(partition) { 0 } else { OTHERS_GRACE_MS };
    let now = Millis(store.clock().now().0.saturating_sub(grace));
    let due = match store.due_rooms(partition, now, DUE_MAX).await {
        Ok(due) => due,
        Err(error) => {
            tracing::debug!(partition, %error, "can't look for due rooms");
            return false;
        }
    };
    if due.is_empty() {
        return true;
    }
    let Ok(actor) = directory.partition(partition) else { return false };
    for room in due {
        directory.parts.metrics.rooms_swept.inc();
        let _ = actor.send(Input::Look { room }).await;
    }
    true
}

/// Tells the partitions which gateways are gone.
async fn tell_gone(directory: &Directory) {
    let Parts { store, leases, lease_ms, reached, metrics, .. } = &directory.parts;
    let gone = match leases.gone(store.as_ref(), Duration::from_millis(*lease_ms)).await {
        Ok(gone) => gone,
        Err(error) => return tracing::debug!(%error, "can't look at the leases of gateways"),
    };
    metrics.leases_swept.inc_by(gone.newly as u64);
    if gone.gateways.is_empty() {
        return;
    }
    // Another server may have taken over since the last look at its pulse, and know no leases yet (S51).
    reached.note(store.ping().await.ok(), store.clock().now());
    for (partition, has_links) in directory.started() {
        let gateways = if has_links { &gone.gateways } else { &gone.long };
        if !gateways.is_empty() {
            let (gateways, checked_at) = (gateways.clone(), gone.checked_at);
            let _ = partition.send(Input::GatewaysGone { gateways, checked_at }).await;
        }
    }
}

/// Renews the leases of the gateways that hang on this room service, three times in the life of one, until the
/// directory stops.
pub(crate) async fn renew_leases(directory: Arc<Directory>, lease: Duration) {
    let every = lease / 3;
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = directory.stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let began = Instant::now();
        // Together: a store that is slow must not cost the last one its life. And none longer than until the next turn:
        // an answer that is lost must not cost a lease its next renewal.
        let renewals = directory.gateways().into_iter().map(|gateway| {
            let store = &directory.parts.store;
            async move {
                match tokio::time::timeout(every, store.renew_lease(&gateway, lease)).await {
                    Ok(Ok(())) => return true,
                    Ok(Err(error)) => tracing::debug!(%gateway, %error, "can't renew a lease"),
                    Err(_) => tracing::debug!(%gateway, ?every, "a lease was not renewed in time"),
                }
                false
            }
        });
        tokio::select! {
            () = directory.stop.cancelled() => return,
            renewed = futures_util::future::join_all(renewals) => {
                directory.parts.leases.renewed(renewed.into_iter().all(|renewed| renewed), began, lease);
            }
        }
    }
}
