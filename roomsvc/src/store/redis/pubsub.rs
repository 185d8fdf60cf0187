//! The subscriptions: a connection of their own that is taken up again for ever.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, Cmd, ProtocolVersion, PushInfo, PushKind, RedisResult, Value};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::store::hints::{self, Hub};
use crate::store::keys::Keys;
use crate::store::{Hint, StoreError};

/// Often enough that a dead connection is found before the 10-second comparison of heads, rare enough to cost
/// nothing.
const PING_EVERY: Duration = Duration::from_secs(3);

/// The subscriptions of one store. Dropping it ends the connection and the task that pings it.
pub(super) struct PubSub {
    hub: Arc<Hub>,
    connection: ConnectionManager,
    call_timeout: Duration,
    _pinger: DropGuard,
}

impl PubSub {
    pub(super) fn new(client: &Client, keys: &Keys, call_timeout: Duration) -> RedisResult<Self> {
        let info = client.get_connection_info().clone();
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings))?;
        let hub = Arc::new(Hub::default());
        let channels: HashMap<_, _> = (0..keys.partitions()).map(|p| (keys.channel(p), p)).collect();
        let push = {
            let hub = hub.clone();
            move |push: PushInfo| {
                take_push(&hub, &channels, &push);
                Ok::<_, ::redis::aio::SendError>(())
            }
        };
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(usize::MAX)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_secs(1))
            .set_response_timeout(Some(call_timeout))
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_pipeline_buffer_size(1_000)
            .set_push_sender(push)
            .set_automatic_resubscription();
        let connection = ConnectionManager::new_lazy_with_config(client, config)?;
        let stop = CancellationToken::new();
        let pings = pings(hub.clone(), connection.clone(), call_timeout);
        tokio::spawn(stop.clone().run_until_cancelled_owned(pings));
        Ok(Self { hub, connection, call_timeout, _pinger: stop.drop_guard() })
    }

    pub(super) async fn subscribe(
        &self,
        partition: u32,
        channel: String,
    ) -> Result<mpsc::Receiver<Hint>, StoreError> {
        // The queue is there first, so that nothing is missed once the subscription stands. Of an attempt that fails
        // the receiver is dropped, and with it, at the next hint, the sender.
        let receiver = self.hub.subscribe(partition);
        let mut connection = self.connection.clone();
        match tokio::time::timeout(self.call_timeout, connection.subscribe(channel)).await {
            Ok(Ok(())) => Ok(receiver),
            Ok(Err(error)) => Err(StoreError::Unclear(error.to_string())),
            Err(_) => Err(StoreError::Unclear(format!("no subscription within {:?}", self.call_timeout))),
        }
    }
}

/// Runs in the connection's own task: must not wait.
fn take_push(hub: &Hub, channels: &HashMap<String, u32>, push: &PushInfo) {
    let text = |n: usize| match push.data.get(n) {
        Some(Value::BulkString(bytes)) => std::str::from_utf8(bytes).ok(),
        Some(Value::SimpleString(text)) => Some(text.as_str()),
        _ => None,
    };
    let partition = || text(0).and_then(|channel| channels.get(channel)).copied();
    match push.kind {
        PushKind::Message => {
            if let (Some(partition), Some(hint)) = (partition(), text(1).and_then(hints::parse)) {
                hub.tell(partition, &hint);
            }
        }
        PushKind::Subscribe => {
            // Standing again, it may have missed what was told between break and now.
            if let Some(partition) = partition() {
                hub.stands(partition);
            }
        }
        PushKind::Disconnection => hub.lost(),
        _ => {}
    }
}

/// Without commands nobody would notice that the connection is dead (gotcha 23).
async fn pings(hub: Arc<Hub>, mut connection: ConnectionManager, call_timeout: Duration) {
    let mut ping = Cmd::new();
    ping.arg("PING");
    let mut failed = false;
    loop {
        tokio::time::sleep(PING_EVERY).await;
        let answer = tokio::time::timeout(call_timeout, ping.query_async::<Value>(&mut connection)).await;
        let fails = !matches!(answer, Ok(Ok(_)));
        if failed && !fails {
            hub.lost();
        }
        failed = fails;
    }
}
