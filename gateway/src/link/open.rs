//! Opening a stream to a room service, up to its hello.

use std::sync::Arc;

use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::link_request_item::Item as Out;
use switchboard_proto::v1::link_response_item::Item as In;
use switchboard_proto::v1::{GatewayHello, LinkRequest, LinkRequestItem, LinkResponse, WhereResponse};
use switchboard_proto::{GatewayId, HASH_NAME, LINK_VERSION, PARTITION_METADATA};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Streaming};

use super::LinkError;
use crate::config::{LINK_HELLO_TIMEOUT, LINK_MESSAGE_BYTES_MAX};
use crate::placement::Placement;

/// An open stream.
pub(super) struct Stream {
    pub(super) requests: mpsc::Sender<LinkRequest>,
    pub(super) responses: Streaming<LinkResponse>,
}

/// A stream whose hello is good, and what stood beside that.
pub(super) struct Opened {
    pub(super) at: usize,
    pub(super) stream: Stream,
    pub(super) told: WhereResponse,
    pub(super) items: Vec<In>,
}

/// Opens a stream for a partition at the address `at`, within a deadline.
pub(super) async fn open(
    placement: Arc<Placement>,
    at: usize,
    partition: u32,
    gateway: GatewayId,
) -> Result<Opened, LinkError> {
    let channel = placement.addresses[at].channel.clone();
    let hello = GatewayHello { gateway_id: gateway.to_string(), partition, version: LINK_VERSION };
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
    let opened = timeout(LINK_HELLO_TIMEOUT, opening).await;
    let (stream, first) = opened.map_err(|_| LinkError::HelloTimeout).and_then(|opened| opened)?;
    let mut items = first.items.into_iter().filter_map(|item| item.item);
    let Some(In::Hello(hello)) = items.next() else { return Err(LinkError::BadHello) };
    let told = hello.r#where.unwrap_or_default();
    if Some(told.partitions) != placement.partitions() || told.hash != HASH_NAME {
        tracing::error!(partitions = told.partitions, hash = %told.hash, "room service disagrees");
        return Err(LinkError::BadHello);
    }
    Ok(Opened { at, stream, told, items: items.collect() })
}
