//! The gateway's stream for one partition: commands go to the room service here, answers and events come back.
//!
//! First open, break and restart are one path: open a stream, say hello, attach every room from this gateway's own
//! position, send again what was not answered, then what is new. Whatever way a stream ends, the same follows.
//! The task waits for no connection: what it has for one goes into that one's outbox or nowhere.

mod entry;
mod fan_out;
mod follow;
pub(crate) mod fuzzing;
mod open;
mod replica;
mod room;
mod rooms;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::v1::link_response_item::Item as In;
use switchboard_proto::v1::{GoneCommand, LinkResponse, SessionCommand};
use switchboard_proto::{ConnectionId, GatewayId, RoomId, SessionId};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::codec::Encoding;
use crate::config::{
    BACKOFF_MIN, LINK_BATCH_BYTES, LINK_BATCH_ITEMS, LINK_FLUSH_TIMEOUT, LINK_QUEUE, LINK_TURN, MOVE_BACKOFF,
};
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::placement::Placement;
use crate::session::{Begin, Identity};
use follow::Placed;
use open::{Opened, Stream};
pub(crate) use replica::{Lists, SESSION_MARK, socket_id};
use rooms::Rooms;

/// What a connection has for its room.
#[derive(Debug)]
pub(crate) struct LinkInput {
    pub(crate) room: RoomId,
    /// The session's first id on this connection; the link knows if it has got another one since.
    pub(crate) session: SessionId,
    /// Which connection: a session may have a newer one here.
    pub(crate) connection: ConnectionId,
    pub(crate) what: What,
}

/// What it is.
#[derive(Debug)]
pub(crate) enum What {
    /// A session begins here.
    Begin(Box<Beginning>),
    /// A numbered command.
    Command(SessionCommand),
    /// A piece of what it missed was written: the next may come.
    GoOn,
    /// The socket is gone.
    Gone(GoneCommand),
}

/// A session that begins on a connection.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) identity: Identity,
    pub(crate) begin: Begin,
    pub(crate) manner: Manner,
    pub(crate) outbox: Arc<Outbox>,
}

/// How a connection is told what happens in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In frames of our own protocol, encoded once for all who get the same.
    Frames(Encoding),
    /// Event by event, for a protocol that has words of its own; with the lists of who is in the room. Its session may
    /// be resumed for this long.
    Events { resume_window: Duration },
}

/// The links of one gateway, each started when it is first needed.
#[derive(Debug)]
pub(crate) struct Links {
    gateway: GatewayId,
    placement: Arc<Placement>,
    metrics: Arc<Metrics>,
    backoff_max: Duration,
    /// Ends the links; what is queued is sent first.
    stop: CancellationToken,
    tracker: TaskTracker,
    ways: Mutex<Vec<Option<Way>>>,
}

/// A link as the others see it.
#[derive(Debug)]
struct Way {
    inputs: mpsc::Sender<LinkInput>,
    moves: mpsc::Sender<usize>,
    placed: Arc<Mutex<Option<Placed>>>,
}

impl Links {
    pub(crate) fn new(
        gateway: GatewayId,
        placement: Arc<Placement>,
        metrics: Arc<Metrics>,
        backoff_max: Duration,
    ) -> Self {
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        Self { gateway, placement, metrics, backoff_max, stop, tracker, ways: Mutex::default() }
    }

    /// The way to the link of a room; `None` while no room service has ever answered.
    pub(crate) fn to(&self, room: &RoomId) -> Option<mpsc::Sender<LinkInput>> {
        let (partition, partitions) = (self.placement.partition(room)?, self.placement.partitions()?);
        let mut ways = self.ways.lock();
        ways.resize_with(partitions as usize, || None);
        let way = ways.get_mut(partition as usize)?;
        Some(way.get_or_insert_with(|| self.start(partition)).inputs.clone())
    }

    /// The links that are up, in the order of their partitions, beginning behind `last`.
    fn open_after(&self, last: u32) -> Vec<(u32, Placed)> {
        let ways = self.ways.lock();
        let all = (0..).zip(ways.iter());
        let placed =
            all.filter_map(|(partition, way)| Some((partition, way.as_ref()?.placed.lock().clone()?)));
        let mut placed: Vec<_> = placed.collect();
        let first = placed.iter().position(|(partition, _)| *partition > last).unwrap_or(0);
        placed.rotate_left(first);
        placed
    }

    /// Asks a link to move. One that is at it has no ear for another.
    fn move_to(&self, partition: u32, at: usize) {
        let ways = self.ways.lock();
        let way = ways.get(partition as usize).and_then(Option::as_ref);
        if let Some(way) = way {
            let _ = way.moves.try_send(at);
        }
    }

    fn start(&self, partition: u32) -> Way {
        let (sender, inputs) = mpsc::channel(LINK_QUEUE);
        let (mover, moves) = mpsc::channel(1);
        let placed = Arc::default();
        let way = Way { inputs: sender, moves: mover, placed: Arc::clone(&placed) };
        let link = Link {
            partition,
            gateway: self.gateway.clone(),
            placement: Arc::clone(&self.placement),
            metrics: Arc::clone(&self.metrics),
            backoff_max: self.backoff_max,
            inputs,
            rooms: Rooms::new(Arc::clone(&self.metrics), Arc::clone(&self.placement)),
            placed,
            moves,
        };
        let stop = self.stop.clone();
        self.metrics.links_wanted.inc();
        self.tracker.spawn(async move {
            let mut link = link;
            link.run(stop).await;
            link.set_placed(None);
            link.rooms.end();
            link.metrics.links_wanted.dec();
        });
        way
    }

    /// Sends what is queued, ends all links, and waits for them.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

struct Link {
    partition: u32,
    gateway: GatewayId,
    placement: Arc<Placement>,
    metrics: Arc<Metrics>,
    backoff_max: Duration,
    inputs: mpsc::Receiver<LinkInput>,
    rooms: Rooms,
    /// Where it stands; none while it is down.
    placed: Arc<Mutex<Option<Placed>>>,
    /// Addresses that it is to move to.
    moves: mpsc::Receiver<usize>,
}

/// A stream that is being opened.
type Opening = Pin<Box<dyn Future<Output = Result<Opened, LinkError>> + Send>>;

/// Waits for a stream that is being opened.
async fn opened(opening: &mut Option<Opening>) -> Result<Opened, LinkError> {
    match opening {
        Some(opening) => opening.await,
        None => std::future::pending().await,
    }
}

/// Why a stream is not there or no longer.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("no room service answers")]
    NoRoomService,
    #[error("no hello in time")]
    HelloTimeout,
    #[error("the room service's hello is not one that this gateway can use")]
    BadHello,
    #[error("the stream ended: {0}")]
    Status(Box<tonic::Status>),
    #[error("the stream ended")]
    End,
    #[error("an attach was not answered in time")]
    AttachTimeout,
}

impl From<tonic::Status> for LinkError {
    fn from(status: tonic::Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl Link {
    async fn run(&mut self, stop: CancellationToken) {
        let mut failures = 0_u32;
        while !stop.is_cancelled() {
            let error = tokio::select! {
                stream = self.open() => match stream {
                    Ok(mut stream) => {
                        let opened = Instant::now();
                        self.metrics.links_opened.inc();
                        let error = self.serve(&mut stream, &stop).await;
                        self.rooms.broken();
                        let placed = self.set_placed(None);
                        // One that ends at once, again and again, is no success.
                        if opened.elapsed() > self.backoff_max {
                            failures = 0;
                        }
                        let Err(error) = error else { return };
                        self.metrics.links_broken.inc();
                        placed.into_iter().for_each(|placed| self.placement.doubt(placed.at));
                        error
                    }
                    Err(error) => {
                        self.metrics.link_open_failures.inc();
                        error
                    }
                },
                () = stop.cancelled() => return,
            };
            let wait = backoff(failures, self.backoff_max);
            failures = failures.saturating_add(1);
            tracing::debug!(partition = self.partition, %error, ?wait, "link is down");
            tokio::select! {
                () = self.meanwhile(tokio::time::sleep(wait)) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Waits for something while the inputs of connections are taken: they are kept until a stream is up.
    async fn meanwhile<T>(&mut self, wait: impl Future<Output = T>) -> T {
        tokio::pin!(wait);
        loop {
            tokio::select! {
                done = &mut wait => return done,
                Some(input) = self.inputs.recv() => self.rooms.input(input),
            }
        }
    }

    /// Opens a stream where the partition belongs.
    async fn open(&mut self) -> Result<Stream, LinkError> {
        let at = self.placement.place(self.partition).ok_or(LinkError::NoRoomService)?;
        let opening = self.opening(at);
        let opened = self.meanwhile(opening).await.inspect_err(|error| {
            if !matches!(error, LinkError::BadHello) {
                self.placement.doubt(at);
            }
        })?;
        Ok(self.take(opened))
    }

    fn opening(&self, at: usize) -> Opening {
        Box::pin(open::open(Arc::clone(&self.placement), at, self.partition, self.gateway.clone()))
    }

    /// From here on the link is this stream: rooms are attached to it and what is unanswered goes out again.
    fn take(&mut self, opened: Opened) -> Stream {
        let Opened { at, stream, told, items } = opened;
        tracing::debug!(partition = self.partition, room_service = %told.room_service_id, "link is open");
        self.set_placed(Some(Placed { at, room_service: told.room_service_id }));
        self.rooms.linked(told.degraded, Instant::now());
        for item in items {
            self.rooms.response(item, Instant::now());
        }
        stream
    }

    /// Notes where it stands; gives where it did.
    fn set_placed(&self, placed: Option<Placed>) -> Option<Placed> {
        if let Some(Placed { room_service, .. }) = &placed {
            self.metrics.links_open.inc(room_service);
        }
        let before = std::mem::replace(&mut *self.placed.lock(), placed);
        if let Some(Placed { room_service, .. }) = &before {
            self.metrics.links_open.dec(room_service);
        }
        before
    }

    /// Whether to move to a stream that was opened while another one is there.
    fn is_worth(&self, opened: &Opened) -> bool {
        let told = &opened.told;
        let is_other =
            self.placed.lock().as_ref().is_none_or(|placed| placed.room_service != told.room_service_id);
        is_other && !told.degraded && !told.draining
    }

    /// Carries requests and responses until the stream ends (the error tells how) or the gateway stops (`Ok`). Moves
    /// to another stream on the way, and keeps the one that it has when that one can't be opened.
    async fn serve(&mut self, stream: &mut Stream, stop: &CancellationToken) -> Result<(), LinkError> {
        let mut inputs = Vec::with_capacity(LINK_BATCH_ITEMS);
        let mut moving: Option<Opening> = None;
        let mut asked_to_end = false;
        let (mut failures, mut rest_until) = (0_u32, Instant::now());
        loop {
            let due = self.rooms.due();
            let mut next = None;
            tokio::select! {
                opened = opened(&mut moving), if moving.is_some() => {
                    moving = None;
                    match opened {
                        Ok(opened) if asked_to_end || self.is_worth(&opened) => {
                            // What the old one still says is not listened to.
                            next = Some(self.take(opened));
                            self.metrics.links_moved.inc();
                            (asked_to_end, failures) = (false, 0);
                        }
                        Err(error) if asked_to_end => return Err(error),
                        opened => {
                            rest_until = Instant::now() + MOVE_BACKOFF.saturating_mul(1 << failures.min(5));
                            failures += 1;
                            let error = opened.err();
                            tracing::debug!(partition = self.partition, ?error, "link stays where it is");
                        }
                    }
                }
                Some(at) = self.moves.recv(), if moving.is_none() => {
                    if rest_until <= Instant::now() {
                        moving = Some(self.opening(at));
                    }
                }
                response = stream.responses.message() => {
                    let ended = match response {
                        Ok(Some(response)) => {
                            asked_to_end |= self.responses(response).await;
                            None
                        }
                        Ok(None) => Some(LinkError::End),
                        Err(status) => Some(status.into()),
                    };
                    if asked_to_end && moving.is_none() {
                        let at = self.placed.lock().as_ref().map(|placed| placed.at);
                        at.into_iter().for_each(|at| self.placement.ends(at));
                        moving = self.placement.place(self.partition).map(|at| self.opening(at));
                    }
                    if let Some(error) = ended {
                        let Some(moving) = moving.take() else { return Err(error) };
                        self.rooms.broken();
                        next = tokio::select! {
                            opened = self.meanwhile(moving) => Some(self.take(opened.map_err(|_| error)?)),
                            () = stop.cancelled() => return Ok(()),
                        };
                        self.metrics.links_moved.inc();
                        asked_to_end = false;
                    }
                }
                permit = stream.requests.reserve(), if self.rooms.has_output() => {
                    let permit = permit.map_err(|_| LinkError::End)?;
                    permit.send(self.rooms.batch(LINK_BATCH_ITEMS, LINK_BATCH_BYTES));
                }
                // When the room service takes no more, we take no more from connections; they wait a while and
                // then tell the browser.
                taken = self.inputs.recv_many(&mut inputs, LINK_BATCH_ITEMS),
                    if self.rooms.output_len() < 4 * LINK_BATCH_ITEMS =>
                {
                    if taken == 0 {
                        return Ok(());
                    }
                    for input in inputs.drain(..) {
                        self.rooms.input(input);
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if !self.rooms.tick(Instant::now()) {
                        return Err(LinkError::AttachTimeout);
                    }
                }
                () = stop.cancelled() => break,
            }
            if let Some(next) = next {
                *stream = next;
            }
        }
        // A room service that does not answer must not hold up the stop.
        let _ = timeout(LINK_FLUSH_TIMEOUT, self.flush(stream)).await;
        Ok(())
    }

    /// Hears what came; whether the room service asks for another link. Others have their turn in between.
    async fn responses(&mut self, response: LinkResponse) -> bool {
        let mut now = Instant::now();
        let mut asked_to_end = false;
        for item in response.items.into_iter().filter_map(|item| item.item) {
            if let In::End(end) = item {
                tracing::debug!(partition = self.partition, reason = ?end.reason(), "link ends");
                asked_to_end = true;
            } else {
                self.rooms.response(item, now);
            }
            if now.elapsed() > LINK_TURN {
                tokio::task::yield_now().await;
                now = Instant::now();
            }
        }
        asked_to_end
    }

    /// The gateway stops: what connections have said goes out, then the stream ends in order.
    async fn flush(&mut self, stream: &mut Stream) -> Result<(), LinkError> {
        self.inputs.close();
        while let Some(input) = self.inputs.recv().await {
            self.rooms.input(input);
        }
        while self.rooms.has_output() {
            let permit = stream.requests.reserve().await.map_err(|_| LinkError::End)?;
            permit.send(self.rooms.batch(LINK_BATCH_ITEMS, LINK_BATCH_BYTES));
        }
        // Answered means arrived.
        while self.rooms.has_unanswered() {
            let Some(response) = stream.responses.message().await? else { break };
            for item in response.items.into_iter().filter_map(|item| item.item) {
                self.rooms.response(item, Instant::now());
            }
        }
        Ok(())
    }
}

/// Full jitter: anything up to a bound that doubles, so that the links of many gateways do not come back in step.
fn backoff(failures: u32, backoff_max: Duration) -> Duration {
    let bound = BACKOFF_MIN.saturating_mul(1 << failures.min(10)).min(backoff_max);
    bound.mul_f64(rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_stays_in_its_bounds() {
        for failures in 0..40 {
            let wait = backoff(failures, Duration::from_secs(2));
            assert!(wait <= Duration::from_secs(2));
            assert!(failures > 0 || wait <= BACKOFF_MIN);
        }
    }
}
