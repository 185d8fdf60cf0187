//! The bounded queue from a partition to one link or watch. The partition only ever tries; the stream's task drains.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use prost::Message;
use switchboard_proto::v1::ErrorReason;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::metrics::Meter;

/// Bytes that may wait for one link: a few round trips of a busy partition. What does not fit stays in the log.
pub(crate) const LINK_OUTBOX_BYTES_MAX: usize = 1 << 20;
/// Bytes that may wait for one watch; it is ended when it is slower than that.
pub(crate) const WATCH_OUTBOX_BYTES_MAX: usize = 512 << 10;
/// About how many bytes go into one message: under the 256 KiB that the other side takes, whatever comes last.
const BATCH_BYTES: usize = 96 << 10;

/// A queue of items with their sizes.
pub(crate) struct Outbox<T> {
    queue: Mutex<Queue<T>>,
    /// Wakes the stream's task.
    ready: Notify,
    /// Wakes whoever waits for room: the link's reading half.
    room: Notify,
    /// Wakes the partition when a full queue has drained.
    drained: Arc<Notify>,
    bytes_max: usize,
    meter: Option<Arc<Meter>>,
}

struct Queue<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    /// When something came into it while it was empty.
    since: Option<Instant>,
    /// The partition found it full and waits for it to drain.
    wanted: bool,
    end: Option<ErrorReason>,
    closed: bool,
}

impl<T: Message> Outbox<T> {
    /// An empty queue; `drained` is notified when it was full and is half empty again.
    pub(crate) fn new(bytes_max: usize, drained: Arc<Notify>) -> Self {
        let queue =
            Queue { items: VecDeque::new(), bytes: 0, since: None, wanted: false, end: None, closed: false };
        Self {
            queue: Mutex::new(queue),
            ready: Notify::new(),
            room: Notify::new(),
            drained,
            bytes_max,
            meter: None,
        }
    }

    /// Measures what waits in it.
    pub(crate) fn measured(mut self, meter: Arc<Meter>) -> Self {
        self.meter = Some(meter);
        self
    }

    /// Queues an event, unless the queue is full: then the caller keeps its place in the log and comes back when
    /// it has drained.
    pub(crate) fn try_push(&self, item: T) -> bool {
        let size = item.encoded_len();
        let mut queue = self.queue.lock();
        if queue.bytes >= self.bytes_max {
            queue.wanted = true;
            return false;
        }
        self.put(&mut queue, item, size);
        drop(queue);
        self.ready.notify_one();
        true
    }

    /// Whether it takes no event right now; then the partition hears when it has drained.
    pub(crate) fn is_full(&self) -> bool {
        let mut queue = self.queue.lock();
        let is_full = queue.bytes >= self.bytes_max;
        queue.wanted |= is_full;
        is_full
    }

    /// Queues an answer, also when the queue is full: answers are bounded by what was asked, and
    /// [`Self::has_room`] holds back further questions.
    pub(crate) fn push_answer(&self, item: T) {
        let size = item.encoded_len();
        let mut queue = self.queue.lock();
        self.put(&mut queue, item, size);
        drop(queue);
        self.ready.notify_one();
    }

    fn put(&self, queue: &mut Queue<T>, item: T, size: usize) {
        if queue.items.is_empty() && self.meter.is_some() {
            queue.since = Some(Instant::now());
        }
        queue.bytes += size;
        queue.items.push_back((item, size));
    }

    /// Ends the stream behind what is queued.
    pub(crate) fn end(&self, reason: ErrorReason) {
        self.queue.lock().end.get_or_insert(reason);
        self.ready.notify_one();
    }

    /// The reader is gone: nothing more is kept.
    pub(crate) fn close(&self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        queue.items.clear();
        queue.bytes = 0;
        drop(queue);
        self.ready.notify_one();
        self.room.notify_one();
    }

    /// Waits until the queue is below its bound or closed.
    pub(crate) async fn has_room(&self) {
        loop {
            {
                let queue = self.queue.lock();
                if queue.bytes < self.bytes_max || queue.closed {
                    return;
                }
            }
            self.room.notified().await;
        }
    }

    /// What has queued, up to a message's size; an end once all is taken; `None` when closed.
    ///
    /// Cancel-safe: items leave the queue only in the poll that returns them.
    pub(crate) async fn next_batch(&self) -> Option<Result<Vec<T>, ErrorReason>> {
        loop {
            if let Some(batch) = self.take_batch() {
                return batch;
            }
            self.ready.notified().await;
        }
    }

    fn take_batch(&self) -> Option<Option<Result<Vec<T>, ErrorReason>>> {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Some(None);
        }
        if queue.items.is_empty() {
            let reason = queue.end.take()?;
            queue.closed = true;
            return Some(Some(Err(reason)));
        }
        let mut batch = Vec::with_capacity(queue.items.len().min(64));
        let mut bytes = 0;
        while let Some((item, size)) = queue.items.pop_front() {
            if !batch.is_empty() && bytes + size > BATCH_BYTES {
                queue.items.push_front((item, size));
                break;
            }
            bytes += size;
            batch.push(item);
        }
        if let (Some(meter), Some(since)) = (&self.meter, queue.since.take()) {
            meter.wait.observe_duration(since.elapsed());
            meter.depth.observe(queue.bytes as u64);
        }
        queue.bytes -= bytes;
        let wake = queue.wanted && queue.bytes <= self.bytes_max / 2;
        queue.wanted &= !wake;
        let roomy = queue.bytes < self.bytes_max;
        drop(queue);
        if wake {
            self.drained.notify_one();
        }
        if roomy {
            self.room.notify_one();
        }
        Some(Some(Ok(batch)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_proto::v1::Position;

    fn item(seq: u64) -> Position {
        Position { epoch: 1, seq }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_events_and_tells_when_it_has_drained() {
        let drained = Arc::new(Notify::new());
        let outbox = Outbox::new(40, drained.clone());
        let taken = (1..100).take_while(|n| outbox.try_push(item(*n))).count();
        assert!((3..=5).contains(&taken), "{taken}");
        outbox.push_answer(item(99));
        let batch = outbox.next_batch().await.expect("is open").expect("has not ended");
        assert_eq!(batch.len(), taken + 1);
        assert_eq!(batch[taken], item(99));
        drained.notified().await;
        assert!(outbox.try_push(item(1)));
    }

    #[tokio::test]
    async fn an_end_comes_behind_what_was_queued() {
        let outbox = Outbox::new(40, Arc::default());
        outbox.push_answer(item(1));
        outbox.end(ErrorReason::ShuttingDown);
        assert_eq!(outbox.next_batch().await, Some(Ok(vec![item(1)])));
        assert_eq!(outbox.next_batch().await, Some(Err(ErrorReason::ShuttingDown)));
        assert_eq!(outbox.next_batch().await, None);
    }
}
