//! Hints on their way to those who subscribed, for both stores.

use std::collections::{BTreeSet, HashMap};

use parking_lot::Mutex;
use switchboard_proto::{Epoch, Position, RoomId};
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::watch;

use super::Hint;

/// Hints that may wait for one subscriber. Hints only mark rooms, so a reader is never far behind; one that is
/// compares all heads instead.
const QUEUE: usize = 1_024;

/// Those who subscribed, by partition. Never waits.
#[derive(Debug, Default)]
pub(super) struct Hub {
    subscribers: Mutex<HashMap<u32, Vec<Subscriber>>>,
    /// The partitions whose subscriptions stand; changed under the lock of `subscribers`.
    standing: watch::Sender<BTreeSet<u32>>,
}

#[derive(Debug)]
struct Subscriber {
    sender: mpsc::Sender<Hint>,
    /// The place in the queue for `Lost`. Without it the queue is full and `Lost` is in it, behind all that was not
    /// dropped: the reader comes to it after the drop.
    lost: Option<OwnedPermit<Hint>>,
    /// Whether the subscription stood once, so that the next word of it means that it was broken.
    stood: bool,
}

impl Hub {
    pub(super) fn subscribe(&self, partition: u32) -> mpsc::Receiver<Hint> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let lost = sender.clone().try_reserve_owned().ok();
        let mut subscribers = self.subscribers.lock();
        let stood = self.standing.borrow().contains(&partition);
        let of_partition = subscribers.entry(partition).or_default();
        of_partition.push(Subscriber { sender, lost, stood });
        receiver
    }

    /// Waits until the subscription of `partition` stands.
    pub(super) async fn until_stands(&self, partition: u32) {
        // An error would be that this hub is gone, which lives as long as `self`.
        let _ = self.standing.subscribe().wait_for(|standing| standing.contains(&partition)).await;
    }

    /// Tells everybody of `partition`.
    pub(super) fn tell(&self, partition: u32, hint: &Hint) {
        if let Some(of_partition) = self.subscribers.lock().get_mut(&partition) {
            of_partition.retain_mut(|subscriber| subscriber.tell(hint));
        }
    }

    /// The subscriptions of `partitions` stand no longer: hints may be missing.
    pub(super) fn fell(&self, partitions: &BTreeSet<u32>) {
        let mut subscribers = self.subscribers.lock();
        self.standing.send_modify(|standing| standing.retain(|partition| !partitions.contains(partition)));
        for partition in partitions {
            if let Some(of_partition) = subscribers.get_mut(partition) {
                of_partition.retain_mut(|subscriber| subscriber.tell(&Hint::Lost));
            }
        }
    }

    /// The subscription of `partition` stands, for the first time or again.
    pub(super) fn stands(&self, partition: u32) {
        let mut subscribers = self.subscribers.lock();
        self.standing.send_modify(|standing| {
            standing.insert(partition);
        });
        if let Some(of_partition) = subscribers.get_mut(&partition) {
            of_partition.retain_mut(|subscriber| {
                let again = std::mem::replace(&mut subscriber.stood, true);
                !again || subscriber.tell(&Hint::Lost)
            });
        }
    }
}

impl Subscriber {
    /// Whether anybody still listens.
    fn tell(&mut self, hint: &Hint) -> bool {
        if self.lost.is_none() {
            self.lost = self.sender.clone().try_reserve_owned().ok();
        }
        match self.sender.try_send(hint.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(_)) => {
                if let Some(place) = self.lost.take() {
                    place.send(Hint::Lost);
                }
                !self.sender.is_closed()
            }
        }
    }
}

/// The text of a hint on a channel; the room stands last since it may hold spaces.
pub(super) fn knock_text(room: &RoomId) -> String {
    format!("knock {room}")
}

/// The hint that a text of a channel is; `None` for what a newer version may say.
pub(super) fn parse(text: &str) -> Option<Hint> {
    let (word, rest) = text.split_once(' ')?;
    match word {
        "knock" => Some(Hint::Knock(RoomId::parse(rest).ok()?)),
        "moved" => {
            let mut parts = rest.splitn(3, ' ');
            let epoch = u64::from_str_radix(parts.next()?, 16).ok()?;
            let seq = parts.next()?.parse().ok()?;
            let room = RoomId::parse(parts.next()?).ok()?;
            Some(Hint::Moved { room, head: Position::new(Epoch(epoch), seq) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(n: usize) -> Hint {
        Hint::Knock(RoomId::parse(&format!("room {n}")).expect("is an id"))
    }

    #[test]
    fn whoever_reads_too_late_is_told_and_goes_on() {
        let hub = Hub::default();
        let mut receiver = hub.subscribe(0);
        for n in 0..5_000 {
            hub.tell(0, &hint(n));
        }
        let mut got: Vec<_> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
        assert_eq!(got.len(), QUEUE);
        assert_eq!(got.pop(), Some(Hint::Lost), "last, though nothing followed");
        assert!(got.iter().enumerate().all(|(n, got)| *got == hint(n)));
        hub.tell(0, &hint(7));
        assert_eq!(receiver.try_recv().ok(), Some(hint(7)));
    }

    #[test]
    fn a_drop_always_has_lost_behind_it() {
        let hub = Hub::default();
        let mut receiver = hub.subscribe(0);
        let mut told = 0;
        let mut tell = |many| {
            for _ in 0..many {
                hub.tell(0, &hint(told));
                told += 1;
            }
        };
        tell(2_000);
        let mut last = None;
        for _ in 0..1_500 {
            last = receiver.try_recv().ok().or(last);
            tell(2);
        }
        while let Ok(hint) = receiver.try_recv() {
            last = Some(hint);
        }
        assert_eq!(last, Some(Hint::Lost));
    }

    #[test]
    fn only_a_broken_subscription_that_stands_again_says_lost() {
        let hub = Hub::default();
        let mut receiver = hub.subscribe(3);
        hub.stands(3);
        assert!(receiver.try_recv().is_err());
        hub.stands(3);
        assert_eq!(receiver.try_recv().ok(), Some(Hint::Lost));
        // Who comes while it stands has seen it stand, too.
        let mut second = hub.subscribe(3);
        hub.fell(&BTreeSet::from([3, 4]));
        assert_eq!(second.try_recv().ok(), Some(Hint::Lost));
        hub.stands(3);
        assert_eq!(second.try_recv().ok(), Some(Hint::Lost));
    }

    #[tokio::test]
    async fn who_waits_for_a_subscription_waits_until_it_stands() {
        let hub = Hub::default();
        hub.stands(2);
        hub.until_stands(2).await;
        hub.fell(&BTreeSet::from([2]));
        let waits = hub.until_stands(2);
        tokio::pin!(waits);
        assert!(futures_util::poll!(waits.as_mut()).is_pending());
        hub.stands(2);
        waits.await;
    }

    #[test]
    fn texts_keep_ids_whole() {
        let room = RoomId::parse("a b {c} \"d\"").expect("is an id");
        assert_eq!(parse(&knock_text(&room)), Some(Hint::Knock(room.clone())));
        let head = Position::new(Epoch(u64::MAX), u64::MAX);
        let text = format!("moved {} {} {room}", head.epoch, head.seq);
        assert_eq!(parse(&text), Some(Hint::Moved { room, head }));
        assert_eq!(parse("danced a b"), None);
    }
}
