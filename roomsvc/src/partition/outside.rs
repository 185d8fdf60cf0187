//! What a slot reaches beyond itself: the store, the links, the metrics. Everything that takes time is a task whose
//! end comes back to the partition, so that a slot never waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use switchboard_proto::v1::{LinkDegraded, LinkResponseItem, link_response_item::Item};
use switchboard_proto::{GatewayId, Millis, Position, RoomId, TraceContext};
use switchboard_telemetry::{Span, SpanKind, Tracer};

use tokio::sync::Semaphore;

use super::awake::Awake;
use super::outbox::Outbox;
use super::work::ReaderId;
use crate::leases::Leases;
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::reached::Reached;
use crate::room::Room;
use crate::store::{Append, AppendReply, LogPage, Store, StoreError};
use crate::token::Tokens;

/// What a task of a slot brings back.
pub(crate) enum Done {
    /// The append under way was answered, or not.
    Append(Result<AppendReply, StoreError>),
    /// The room was loaded.
    Load(Result<Option<Room>, StoreError>),
    /// The room was loaded for a fork, with the name of its last append if that could be had.
    LoadForFork(Result<(Option<Room>, Option<String>), StoreError>),
    /// The log behind the room's head was read.
    Log(Result<LogPage, StoreError>),
    /// The log was read for one reader.
    Fill(ReaderId, Result<LogPage, StoreError>),
    /// The log was read for the replay with that number.
    Replay(u64, Result<LogPage, StoreError>),
    /// A pause is over.
    Wake,
    /// Something was said to the store whose outcome does not matter.
    Noted,
}

/// The outside of all slots of a partition.
pub(crate) struct Outside {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) reached: Arc<Reached>,
    pub(crate) outage: Arc<Outage>,
    /// What links were told of it.
    pub(crate) told_degraded: bool,
    pub(crate) leases: Arc<Leases>,
    pub(crate) reconciles: Arc<Semaphore>,
    /// How long the store may fail before a room goes on without it.
    pub(crate) fork_after: Duration,
    /// The life of a gateway's lease.
    pub(crate) lease_ms: u64,
    /// How often somebody looks at a room that sockets hold.
    pub(crate) look_interval_ms: u64,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) tracer: Tracer,
    /// Tasks under way: at most an append, a read and a pause a room, a read a reader, and
    /// some for resumes.
    pub(crate) tasks: FuturesUnordered<BoxFuture<'static, (RoomId, Done)>>,
    pub(crate) links: HashMap<ReaderId, (GatewayId, Arc<Outbox<LinkResponseItem>>)>,
    /// This room service, for `by`.
    pub(crate) instance: Arc<str>,
    pub(crate) appends: u64,
    pub(super) awake: Awake,
}

impl Outside {
    /// The name of the next append.
    pub(crate) fn next_by(&mut self) -> String {
        self.appends += 1;
        format!("{}/{}", self.instance, self.appends)
    }

    /// A link and its way back, while it is open.
    pub(crate) fn link(&self, id: ReaderId) -> Option<(GatewayId, Arc<Outbox<LinkResponseItem>>)> {
        self.links.get(&id).cloned()
    }

    /// Tells every link whether the store is away, if they do not know. A room that goes on without it says so
    /// before it says anything else.
    pub(crate) fn tell_degraded(&mut self) {
        let now = self.outage.is_degraded();
        if std::mem::replace(&mut self.told_degraded, now) != now {
            for (_, outbox) in self.links.values() {
                outbox.push_answer(degraded(now));
            }
        }
    }

    /// `traced`: the spans of what is traced in it, each of which gets one of the store's.
    pub(crate) fn append(&self, append: Append, traced: &[TraceContext]) {
        let store = self.store.clone();
        let metrics = self.metrics.clone();
        let system = store.system();
        let asked = |span: &TraceContext| {
            let span = self.tracer.child(*span, system, SpanKind::Client);
            span.with("db.system.name", system).with("db.operation.name", "append")
        };
        let mut asked: Vec<Span> = traced.iter().map(asked).collect();
        self.tasks.push(Box::pin(async move {
            let room = append.room.clone();
            let begun = tokio::time::Instant::now();
            let result = store.append(append).await;
            metrics.append.observe_duration(begun.elapsed());
            for span in &mut asked {
                match &result {
                    Ok(reply) => span.set("switchboard.append", reply.name()),
                    Err(error) => span.fail(error.to_string()),
                }
            }
            drop(asked);
            (room, Done::Append(result))
        }));
    }

    pub(crate) fn load(&self, room: &RoomId) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let result = store.load(&room).await;
            (room, Done::Load(result))
        }));
    }

    /// As [`Self::load`]; with the name of the last append, which tells an unclear one of ours from another's.
    pub(crate) fn load_for_fork(&self, room: &RoomId) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let result = async {
                let stored = store.load(&room).await?;
                let by = store.last_append(&room).await?;
                // Of the same moment, or it says nothing.
                let by = by.filter(|(head, _)| stored.as_ref().is_some_and(|stored| stored.head() == *head));
                Ok((stored, by.map(|(_, by)| by)))
            };
            let result = result.await;
            (room, Done::LoadForFork(result))
        }));
    }

    pub(crate) fn read_log(&self, room: &RoomId, after: Position) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let result = store.read_log(&room, after).await;
            (room, Done::Log(result))
        }));
    }

    pub(crate) fn read_for(&self, room: &RoomId, reader: ReaderId, after: Position) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let result = store.read_log(&room, after).await;
            (room, Done::Fill(reader, result))
        }));
    }

    pub(crate) fn read_for_replay(&self, room: &RoomId, replay: u64, after: Position) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let result = store.read_log(&room, after).await;
            (room, Done::Replay(replay, result))
        }));
    }

    pub(crate) fn wake_after(&self, room: &RoomId, time: Duration) {
        let room = room.clone();
        self.tasks.push(Box::pin(async move {
            tokio::time::sleep(time).await;
            (room, Done::Wake)
        }));
    }

    /// Puts the next look off; if it fails somebody looks again in a second.
    pub(crate) fn look_again(&self, room: &RoomId, at: Millis) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let _ = store.look_again(&room, at).await;
            (room, Done::Noted)
        }));
    }

    /// Renews a room's expiry; the next hour tries again if it fails.
    pub(crate) fn touch(&self, room: &RoomId) {
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let _ = store.touch(&room).await;
            (room, Done::Noted)
        }));
    }

    /// Asks the others to let this room service pass once. Its outcome does not matter: the loser goes on trying.
    pub(crate) fn knock(&self, room: &RoomId) {
        self.metrics.knocks.inc();
        let (store, room) = (self.store.clone(), room.clone());
        self.tasks.push(Box::pin(async move {
            let _ = store.knock(&room).await;
            (room, Done::Noted)
        }));
    }
}

/// What a link is told when the store goes or is back.
pub(crate) fn degraded(degraded: bool) -> LinkResponseItem {
    Item::Degraded(LinkDegraded { degraded }).into()
}
