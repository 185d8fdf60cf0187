//! The reading half of a link without a stream, for the fuzz targets and nobody else.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchboard_proto::v1::LinkRequest;
use switchboard_proto::{GatewayId, Millis, ParticipantId, Refusal, RoomId, SessionId};
use tokio_util::sync::CancellationToken;

use super::{LINK_OUTBOX_BYTES_MAX, LinkReader, Outbox, Work};
use crate::directory::Directory;
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::partition::{Partition, Parts};
use crate::reached::Reached;
use crate::room::Command;
use crate::store::{MemoryStore, TokenKeys};
use crate::token::Tokens;

/// Reads what a gateway says.
pub struct Link(LinkReader);

impl Link {
    /// A link of the one partition of a memory store, whose key of resume tokens is always the same; nothing where an
    /// id is none.
    #[must_use]
    pub fn new() -> Option<Self> {
        let metrics = Arc::new(Metrics::new());
        let newest = URL_SAFE_NO_PAD.encode([7; 32]);
        let keys = TokenKeys { newest, newest_made: Millis(1), ..TokenKeys::default() };
        let parts = Parts {
            store: Arc::new(MemoryStore::new(1)),
            reached: Arc::new(Reached::new(Millis(1))),
            outage: Arc::new(Outage::new(1 << 20, metrics.clone())),
            leases: Arc::default(),
            reconciles: Arc::new(tokio::sync::Semaphore::new(1)),
            fork_after: Duration::from_secs(1),
            lease_ms: 15_000,
            tokens: Arc::new(Tokens::new(keys, Millis(1)).ok()?),
            metrics,
            tracer: switchboard_telemetry::Tracer::default(),
            instance: "rs".into(),
        };
        let (partition, _) = Partition::new(0, parts.clone(), CancellationToken::new());
        Some(Self(LinkReader {
            id: 1,
            gateway: GatewayId::parse("g").ok()?,
            index: 0,
            outbox: Arc::new(Outbox::new(LINK_OUTBOX_BYTES_MAX, partition.drained.clone())),
            partition,
            directory: Arc::new(Directory::new(parts, 1, CancellationToken::new())),
        }))
    }

    /// What a request asks of rooms. Attaches are read and left out.
    ///
    /// # Errors
    /// What ends the link.
    pub fn read(&self, request: LinkRequest) -> Result<Vec<(RoomId, Command)>, Refusal> {
        let works = self.0.works(request.items)?;
        let command = |(room, work)| match work {
            Work::Command(command) => Some((room, command.command)),
            Work::Attach(_) | Work::Watch(_) => None,
        };
        Ok(works.into_iter().filter_map(command).collect())
    }

    /// The token that resumes a session.
    #[must_use]
    pub fn resume_token(&self, room: &RoomId, participant: &ParticipantId, session: &SessionId) -> String {
        self.0.directory.parts.tokens.mint(room, participant, session)
    }
}
