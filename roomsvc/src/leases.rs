//! Which gateways live. A gateway has one expiring key in the store, renewed by every room service that it hangs on;
//! who finds the key gone may say that the gateway is, if it has reached the store without a break for a lease (R14):
//! for as long it must have renewed the leases of its own gateways, too. Else it finds those gone that it failed itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::{GatewayId, Millis};
use tokio::time::Instant;

use crate::store::{Store, StoreError};

/// Rounds for which a gateway that is gone is told of: what was sent to a room before its end may come late. Who
/// meets it in a room's record afterwards notes it again.
const TOLD_ROUNDS: u32 = 60;

/// Rounds after which who has no links of a partition says so too: who has them does it sooner, and is not raced.
const GRACE_ROUNDS: u32 = 3;

/// The gateways that hold sockets of rooms in this process' memory, as far as their leases are concerned.
#[derive(Default)]
pub(crate) struct Leases {
    /// Rounds since each was found gone.
    noted: Mutex<HashMap<GatewayId, u32>>,
    renewed: Mutex<Option<Renewed>>,
}

/// Renewals that succeeded, none of them too late.
#[derive(Debug, Clone, Copy)]
struct Renewed {
    /// When the first of them began.
    since: Instant,
    /// When the newest began.
    last: Instant,
}

/// Gateways whose leases were over at a time.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Gone {
    /// Which.
    pub(crate) gateways: Arc<[GatewayId]>,
    /// Those of them that were seen to be gone some rounds before already.
    pub(crate) long: Arc<[GatewayId]>,
    /// How many of them were not, the last time.
    pub(crate) newly: usize,
    /// The store's time at which it was asked.
    pub(crate) checked_at: Millis,
}

impl Leases {
    /// A room's record names this gateway: from now on it is looked after.
    pub(crate) fn note(&self, gateway: &GatewayId) {
        let mut noted = self.noted.lock();
        if let Some(rounds) = noted.get_mut(gateway) {
            *rounds = 0;
        } else {
            noted.insert(gateway.clone(), 0);
        }
    }

    /// A round of renewals that began at `began` has ended: whether each was answered in time. `lease`: the life of each.
    pub(crate) fn renewed(&self, all: bool, began: Instant, lease: Duration) {
        let mut renewed = self.renewed.lock();
        *renewed = match *renewed {
            _ if !all => None,
            // Asleep for longer, they have lapsed.
            Some(Renewed { last, .. }) if began - last >= lease => None,
            before => before,
        };
        let since = renewed.map_or(began, |renewed| renewed.since);
        *renewed = all.then_some(Renewed { since, last: began });
    }

    /// Whether the leases of the gateways that hang here were renewed for a lease without a break, so that one that is
    /// over is nobody's fault here.
    fn judges(&self, lease: Duration) -> bool {
        self.renewed
            .lock()
            .is_some_and(|Renewed { since, last }| since.elapsed() >= lease && last.elapsed() < lease)
    }

    /// Asks the store who is gone. `lease`: the life of a lease.
    ///
    /// # Errors
    /// When the store does not answer: then nobody is.
    pub(crate) async fn gone(&self, store: &dyn Store, lease: Duration) -> Result<Gone, StoreError> {
        if !self.judges(lease) {
            return Ok(Gone::default());
        }
        let noted: Vec<_> = self.noted.lock().keys().cloned().collect();
        // The time before the question: the answer is at least as young.
        let checked_at = store.clock().now();
        let live = if noted.is_empty() { Vec::new() } else { store.leases(noted.clone()).await? };
        let mut rounds = self.noted.lock();
        let (mut gone, mut long, mut newly) = (Vec::new(), Vec::new(), 0);
        for (gateway, live) in noted.into_iter().zip(live) {
            let Some(count) = rounds.get_mut(&gateway) else { continue };
            if live {
                *count = 0;
                continue;
            }
            *count += 1;
            newly += usize::from(*count == 1);
            if *count > GRACE_ROUNDS {
                long.push(gateway.clone());
            }
            if *count > TOLD_ROUNDS {
                rounds.remove(&gateway);
            }
            gone.push(gateway);
        }
        Ok(Gone { gateways: gone.into(), long: long.into(), newly, checked_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn who_was_not_renewed_is_gone_and_forgotten_in_time() {
        let ttl = Duration::from_secs(15);
        let store = MemoryStore::new(1);
        let leases = Leases::default();
        let [a, b] = ["a", "b"].map(|id| GatewayId::parse(id).expect("is an id"));
        // Its own gateways' leases are renewed all the while.
        let pass = async || {
            for _ in 0..3 {
                leases.renewed(true, Instant::now(), ttl);
                tokio::time::advance(ttl / 3).await;
            }
            leases.renewed(true, Instant::now(), ttl);
        };
        let gone = async || leases.gone(&store, ttl).await.expect("memory answers").gateways.to_vec();
        leases.note(&a);
        leases.note(&b);
        pass().await;
        store.renew_lease(&a, ttl).await.expect("it is written");
        assert_eq!(gone().await, std::slice::from_ref(&b));
        pass().await;
        let mut both = gone().await;
        both.sort();
        assert_eq!(both, [a.clone(), b.clone()]);
        store.renew_lease(&a, Duration::from_secs(1_000)).await.expect("it is written");
        for _ in 0..TOLD_ROUNDS - 1 {
            assert_eq!(gone().await, std::slice::from_ref(&b));
        }
        assert!(gone().await.is_empty(), "told often enough");
        leases.note(&b);
        assert_eq!(gone().await, [b], "but a record names it again");
    }

    #[tokio::test(start_paused = true)]
    async fn who_failed_to_renew_judges_nobody_for_a_lease() {
        let lease = Duration::from_secs(15);
        let store = MemoryStore::new(1);
        let leases = Leases::default();
        leases.note(&GatewayId::parse("a").expect("is an id"));
        let judges = async || {
            let gone = leases.gone(&store, lease).await.expect("memory answers");
            !gone.gateways.is_empty()
        };
        let round = async |all| {
            leases.renewed(all, Instant::now(), lease);
            tokio::time::advance(lease / 3).await;
        };
        assert!(!judges().await, "nothing was renewed yet");
        for n in 0..3 {
            assert!(!judges().await, "{n} rounds");
            round(true).await;
        }
        assert!(judges().await, "for a lease");
        round(false).await;
        for n in 0..3 {
            assert!(!judges().await, "{n} rounds since one failed");
            round(true).await;
        }
        assert!(judges().await);
        tokio::time::advance(lease).await;
        assert!(!judges().await, "asleep for a lease: it may be this room service's own fault");
        round(true).await;
        assert!(!judges().await, "since it woke");
    }
}
