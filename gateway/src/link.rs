//! The gateway's stream for one partition: commands go to the room service here, answers and events come back.
//!
//! First open, break and restart are one path: open a stream, say hello, attach every room from this gateway's own
//! position, send again what was not answered, then what is new. Whatever way a stream ends, the same follows.
//! The task waits for no connection: what it has for one goes into that one's outbox or nowhere.

mod entry;
mod fan_out;
mod room;
mod rooms;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::link_request_item::Item as Out;
use switchboard_proto::v1::link_response_item::Item as In;
use switchboard_proto::v1::{GatewayHello, LinkRequest, LinkRequestItem, LinkResponse, SessionCommand};
use switchboard_proto::{
    ConnectionId, GatewayId, HASH_NAME, LINK_VERSION, PARTITION_METADATA, RoomId, SessionId,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::{Request, Streaming};

use crate::codec::Encoding;
use crate::config::{
    BACKOFF_MIN, LINK_BATCH_BYTES, LINK_BATCH_ITEMS, LINK_FLUSH_TIMEOUT, LINK_HELLO_TIMEOUT,
    LINK_MESSAGE_BYTES_MAX, LINK_QUEUE,
};
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::placement::Placement;
use crate::session::{Begin, Identity};
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
    /// The socket is gone.
    Gone { leaving: bool },
}

/// A session that begins on a connection.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) identity: Identity,
    pub(crate) begin: Begin,
    pub(crate) encoding: Encoding,
    pub(crate) outbox: Arc<Outbox>,
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
    senders: Mutex<Vec<Option<mpsc::Sender<LinkInput>>>>,
}

impl Links {
    pub(crate) fn new(
        gateway: GatewayId,
        placement: Arc<Placement>,
        metrics: Arc<Metrics>,
        backoff_max: Duration,
    ) -> Self {
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        Self { gateway, placement, metrics, backoff_max, stop, tracker, senders: Mutex::default() }
    }

    /// The way to the link of a room; `None` while no room service has ever answered.
    pub(crate) fn to(&self, room: &RoomId) -> Option<mpsc::Sender<LinkInput>> {
        let (partition, partitions) = (self.placement.partition(room)?, self.placement.partitions()?);
        let mut senders = self.senders.lock();
        senders.resize(partitions as usize, None);
        let sender = senders.get_mut(partition as usize)?;
        Some(sender.get_or_insert_with(|| self.start(partition)).clone())
    }

    fn start(&self, partition: u32) -> mpsc::Sender<LinkInput> {
        let (sender, inputs) = mpsc::channel(LINK_QUEUE);
        let link = Link {
            partition,
            gateway: self.gateway.clone(),
            placement: Arc::clone(&self.placement),
            metrics: Arc::clone(&self.metrics),
            backoff_max: self.backoff_max,
            inputs,
            rooms: Rooms::new(Arc::clone(&self.metrics), Arc::clone(&self.placement)),
        };
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            let mut link = link;
            link.run(stop).await;
            link.rooms.end();
        });
        sender
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
}

/// An open stream.
struct Stream {
    requests: mpsc::Sender<LinkRequest>,
    responses: Streaming<LinkResponse>,
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
    #[error("the room service asked for another link")]
    Asked,
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
                    Ok((at, mut stream)) => {
                        let opened = Instant::now();
                        self.metrics.links_open.inc();
                        self.metrics.links_opened.inc();
                        let error = self.serve(&mut stream, &stop).await;
                        self.rooms.broken();
                        // One that ends at once, again and again, is no success.
                        if opened.elapsed() > self.backoff_max {
                            failures = 0;
                        }
                        self.metrics.links_open.dec();
                        let Err(error) = error else { return };
                        self.metrics.links_broken.inc();
                        if !matches!(error, LinkError::Asked) {
                            self.placement.doubt(at);
                        }
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

    async fn open(&mut self) -> Result<(usize, Stream), LinkError> {
        let at = self.placement.place(self.partition).ok_or(LinkError::NoRoomService)?;
        let channel = self.placement.addresses[at].channel.clone();
        let hello = GatewayHello {
            gateway_id: self.gateway.to_string(),
            partition: self.partition,
            version: LINK_VERSION,
        };
        let partition = self.partition;
        let opening = async move {
            let mut client = GatewayLinkClient::new(channel)
                .max_decoding_message_size(LINK_MESSAGE_BYTES_MAX)
                .max_encoding_message_size(LINK_MESSAGE_BYTES_MAX);
            let (requests, outgoing) = mpsc::channel(2);
            let hello = LinkRequest { items: vec![LinkRequestItem { item: Some(Out::Hello(hello)) }] };
            // The channel is new and has room for two.
            requests.try_send(hello).map_err(|_| LinkError::End)?;
            let mut request = Request::new(ReceiverStream::new(outgoing));
            request.metadata_mut().insert(PARTITION_METADATA, partition.into());
            let mut responses = client.link(request).await?.into_inner();
            let first = responses.message().await?.ok_or(LinkError::End)?;
            Ok((Stream { requests, responses }, first))
        };
        let opened = self.meanwhile(timeout(LINK_HELLO_TIMEOUT, opening)).await;
        let opened = opened.map_err(|_| LinkError::HelloTimeout).and_then(|opened| opened);
        let (stream, first) = opened.inspect_err(|_| self.placement.doubt(at))?;
        let mut items = first.items.into_iter().filter_map(|item| item.item);
        let Some(In::Hello(hello)) = items.next() else { return Err(LinkError::BadHello) };
        let told = hello.r#where.unwrap_or_default();
        if Some(told.partitions) != self.placement.partitions() || told.hash != HASH_NAME {
            tracing::error!(partitions = told.partitions, hash = %told.hash, "room service disagrees");
            return Err(LinkError::BadHello);
        }
        self.rooms.linked(told.degraded, Instant::now());
        for item in items {
            self.rooms.response(item, Instant::now());
        }
        Ok((at, stream))
    }

    /// Carries requests and responses until the stream ends (the error tells how) or the gateway stops (`Ok`).
    async fn serve(&mut self, stream: &mut Stream, stop: &CancellationToken) -> Result<(), LinkError> {
        let mut inputs = Vec::with_capacity(LINK_BATCH_ITEMS);
        loop {
            let due = self.rooms.due();
            tokio::select! {
                response = stream.responses.message() => {
                    let response = response?.ok_or(LinkError::End)?;
                    let now = Instant::now();
                    for item in response.items.into_iter().filter_map(|item| item.item) {
                        if let In::End(end) = item {
                            tracing::debug!(partition = self.partition, reason = ?end.reason(), "link ends");
                            return Err(LinkError::Asked);
                        }
                        self.rooms.response(item, now);
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
        }
        // A room service that does not answer must not hold up the stop.
        let _ = timeout(LINK_FLUSH_TIMEOUT, self.flush(stream)).await;
        Ok(())
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
