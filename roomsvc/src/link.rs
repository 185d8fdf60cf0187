//! A gateway's stream for one partition: reads what came, hands it to the partition, and sends what the partition
//! has queued, batched. Knows no rule of a room.

pub(crate) mod fuzzing;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use switchboard_proto::v1::gateway_link_server::GatewayLink;
use switchboard_proto::v1::link_request_item::Item;
use switchboard_proto::v1::link_response_item::Item as Told;
use switchboard_proto::v1::{
    self, ErrorReason, LinkCommand, LinkRequest, LinkResponse, LinkResponseItem, WhereRequest, WhereResponse,
};
use switchboard_proto::{
    ConnectionId, GatewayId, HASH_NAME, LINK_VERSION, Millis, ParticipantId, Refusal, ResumeToken, RoomId,
    SessionId, TraceContext, partition_of,
};
use switchboard_telemetry::{Span, SpanKind};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::directory::Directory;
use crate::partition::{
    Attach, AttachedSession, Command, FromLink, Input, LINK_OUTBOX_BYTES_MAX, Outbox, Partition, ReaderId,
    Work,
};
use crate::room::{self, SessionKey};
use crate::service::parse;

/// How long a new stream may take to say who it is.
const HELLO_DEADLINE: Duration = Duration::from_secs(5);

/// Numbers links and watches of this process.
static NEXT_READER: AtomicU64 = AtomicU64::new(1);

/// A number that no other link or watch of this process has.
pub(crate) fn next_reader() -> ReaderId {
    NEXT_READER.fetch_add(1, Ordering::Relaxed)
}

/// The service that gateways speak to.
pub(crate) struct Links {
    directory: Arc<Directory>,
}

impl Links {
    /// Links to the partitions of `directory`.
    pub(crate) fn new(directory: Arc<Directory>) -> Self {
        Self { directory }
    }

    /// A gateway's life begins before its first join can be stored, or the next sweep would take it for dead. While
    /// the store is away nobody is taken for dead.
    async fn renew_lease(&self, gateway: &GatewayId) {
        let parts = &self.directory.parts;
        if parts.reached.is_up()
            && let Err(error) = parts.store.renew_lease(gateway, Duration::from_millis(parts.lease_ms)).await
        {
            tracing::debug!(%gateway, %error, "can't renew a lease");
        }
    }

    fn place(&self) -> WhereResponse {
        let directory = &self.directory;
        WhereResponse {
            room_service_id: directory.parts.instance.to_string(),
            partitions: directory.partitions(),
            hash: HASH_NAME.into(),
            store_time: Some(directory.parts.store.clock().now().into()),
            degraded: directory.parts.outage.is_degraded(),
            draining: directory.stop.is_cancelled(),
        }
    }
}

/// What a link sends.
type Responses = futures_util::stream::BoxStream<'static, Result<LinkResponse, Status>>;

#[tonic::async_trait]
impl GatewayLink for Links {
    async fn r#where(&self, _: Request<WhereRequest>) -> Result<Response<WhereResponse>, Status> {
        Ok(Response::new(self.place()))
    }

    type LinkStream = Responses;

    async fn link(&self, request: Request<Streaming<LinkRequest>>) -> Result<Response<Responses>, Status> {
        let mut requests = request.into_inner();
        let first = tokio::time::timeout(HELLO_DEADLINE, requests.message()).await.map_err(|_| {
            Refusal::new(ErrorReason::MalformedMessage, "A link begins with a hello within 5 s.")
        })??;
        let mut items = first.unwrap_or_default().items.into_iter();
        let Some(Item::Hello(hello)) = items.next().and_then(|item| item.item) else {
            return Err(Refusal::new(ErrorReason::MalformedMessage, "A link begins with a hello.").into());
        };
        if !(LINK_VERSION - 1..=LINK_VERSION + 1).contains(&hello.version) {
            return Err(Refusal::from(ErrorReason::UnsupportedVersion).into());
        }
        let gateway = parse("hello.gateway_id", GatewayId::parse(&hello.gateway_id))?;
        let partition = self.directory.partition(hello.partition)?;

        let meter = self.directory.parts.metrics.link_outbox.clone();
        let outbox = Outbox::new(LINK_OUTBOX_BYTES_MAX, partition.drained.clone()).measured(meter);
        let outbox = Arc::new(outbox);
        let place = self.place();
        let (told_degraded, where_) = (place.degraded, Some(place));
        let hello_back = v1::RoomServiceHello { r#where: where_, version: LINK_VERSION };
        outbox.push_answer(Told::Hello(hello_back).into());
        let id = next_reader();
        self.renew_lease(&gateway).await;
        let opened =
            Input::LinkOpened { id, gateway: gateway.clone(), outbox: outbox.clone(), told_degraded };
        partition.send(opened).await.map_err(Refusal::from)?;

        let reader = LinkReader {
            id,
            gateway,
            index: hello.partition,
            partition,
            outbox: outbox.clone(),
            directory: self.directory.clone(),
        };
        let closed = CancellationToken::new();
        let guard = closed.clone().drop_guard();
        self.directory.tracker.spawn(reader.run(requests, items.collect(), closed));
        Ok(Response::new(responses(outbox, guard)))
    }
}

/// What the partition queues, as a stream; when it is dropped the link is over.
fn responses(outbox: Arc<Outbox<LinkResponseItem>>, guard: tokio_util::sync::DropGuard) -> Responses {
    Box::pin(futures_util::stream::unfold((outbox, guard), |(outbox, guard)| async move {
        let response = match outbox.next_batch().await? {
            Ok(items) => LinkResponse { items },
            Err(reason) => {
                let end = v1::LinkEnd { reason: reason.into() };
                LinkResponse { items: vec![Told::End(end).into()] }
            }
        };
        Some((Ok(response), (outbox, guard)))
    }))
}

/// The reading half of a link. It is the owner of the link's place in the partition.
struct LinkReader {
    id: ReaderId,
    gateway: GatewayId,
    index: u32,
    partition: Partition,
    outbox: Arc<Outbox<LinkResponseItem>>,
    directory: Arc<Directory>,
}

impl LinkReader {
    async fn run(
        self,
        mut requests: Streaming<LinkRequest>,
        first: Vec<v1::LinkRequestItem>,
        closed: CancellationToken,
    ) {
        let stop = self.directory.stop.clone();
        let mut items = first;
        loop {
            let taken = tokio::select! {
                () = closed.cancelled() => break,
                taken = self.take(items) => taken,
            };
            if let Err(refusal) = taken {
                // Only a gateway that is not one of ours sends what can't be read.
                tracing::warn!(gateway = %self.gateway, partition = self.index, %refusal, "link ended");
                self.outbox.end(refusal.reason);
                break;
            }
            let message = tokio::select! {
                () = closed.cancelled() => break,
                () = stop.cancelled() => break,
                message = async {
                    // A gateway that does not read its answers asks no further questions.
                    self.outbox.has_room().await;
                    requests.message().await
                } => message,
            };
            match message {
                Ok(Some(request)) => items = request.items,
                Ok(None) => break,
                Err(status) => {
                    tracing::debug!(gateway = %self.gateway, partition = self.index, %status, "link broke");
                    break;
                }
            }
        }
        if closed.is_cancelled() {
            self.outbox.close();
        } else {
            // What is queued still goes out, then the stream ends. Said here and not left to the partition, which
            // may have stopped, or forgets this link at the next line.
            self.outbox.end(ErrorReason::ShuttingDown);
        }
        let _ = self.partition.send(Input::LinkClosed { id: self.id }).await;
    }

    async fn take(&self, items: Vec<v1::LinkRequestItem>) -> Result<(), Refusal> {
        if items.is_empty() {
            return Ok(());
        }
        let read = Instant::now();
        self.directory.parts.metrics.link_inputs.inc_by(items.len() as u64);
        let works = self.works(items)?;
        self.partition.send(Input::FromLink { id: self.id, read, items: works }).await.map_err(Refusal::from)
    }

    /// What the items of a request ask for, each of its room.
    fn works(&self, items: Vec<v1::LinkRequestItem>) -> Result<Vec<(RoomId, Work)>, Refusal> {
        let mut works = Vec::with_capacity(items.len());
        for item in items {
            match item.item {
                Some(Item::Attach(attach)) => works.push(self.attach(&attach)?),
                Some(Item::Command(command)) => works.extend(self.command(command)?),
                // A second hello, or an item of a newer version: passed over.
                Some(Item::Hello(_)) | None => {}
            }
        }
        Ok(works)
    }

    fn room(&self, room_id: &str) -> Result<RoomId, Refusal> {
        let room = parse("room_id", RoomId::parse(room_id))?;
        if partition_of(&room, self.directory.partitions()) != self.index {
            return Err(ErrorReason::WrongPartition.into());
        }
        Ok(room)
    }

    fn attach(&self, attach: &v1::Attach) -> Result<(RoomId, Work), Refusal> {
        let room = self.room(&attach.room_id)?;
        let session = |session: &v1::AttachedSession| {
            Ok(AttachedSession {
                participant: parse("participant_id", ParticipantId::parse(&session.participant_id))?,
                session: parse("session_id", SessionId::parse(&session.session_id))?,
                generation: session.generation,
                connection: parse("connection_id", ConnectionId::parse(&session.connection_id))?,
            })
        };
        let sessions = attach.sessions.iter().map(session).collect::<Result<_, Refusal>>()?;
        let position = attach.position.unwrap_or_default().into();
        Ok((room, Work::Attach(Attach { id: self.id, position, sessions })))
    }

    /// The span of a command whose gateway traces it.
    fn trace(&self, traceparent: &str, room: &RoomId, key: &SessionKey, counter: u64) -> Option<Box<Span>> {
        let context = TraceContext::parse(traceparent)?;
        let span = self.directory.parts.tracer.child(context, "append", SpanKind::Consumer);
        let span = span.with("switchboard.room", room.to_string());
        let span = span.with("switchboard.participant", key.participant.to_string());
        let span = span.with("switchboard.session", key.session.to_string());
        let span = span.with("switchboard.counter", counter as i64);
        Some(Box::new(span.with("switchboard.partition", i64::from(self.index))))
    }

    /// The command, or nothing if it was refused here.
    fn command(&self, command: LinkCommand) -> Result<Option<(RoomId, Work)>, Refusal> {
        let room = self.room(&command.room_id)?;
        let key = SessionKey {
            participant: parse("participant_id", ParticipantId::parse(&command.participant_id))?,
            session: parse("session_id", SessionId::parse(&command.session_id))?,
            generation: command.generation,
        };
        let connection = parse("connection_id", ConnectionId::parse(&command.connection_id))?;
        let mut link = FromLink {
            id: self.id,
            connection: connection.clone(),
            position: None,
            snapshot: false,
            replay_bytes_max: usize::MAX,
        };
        let gateway = self.gateway.clone();
        let mut trace = None;
        use v1::link_command::Command as Asked;
        let command = match command.command {
            Some(Asked::Join(join)) => room::Command::Join {
                key,
                connection,
                gateway,
                asked_at: join.join_time.map(Millis::from).unwrap_or_default(),
                metadata: join.metadata,
                resubmitted: join.resubmitted,
                window_ms: join.resume_window.and_then(|window| switchboard_proto::millis(&window)),
            },
            Some(Asked::Resume(resume)) => {
                let good = ResumeToken::parse(&resume.resume_token).is_ok_and(|token| {
                    self.directory.parts.tokens.check(&token, &room, &key.participant, &key.session)
                });
                if !good {
                    let refused = v1::SessionRefused {
                        room_id: room.to_string(),
                        session_id: key.session.to_string(),
                        connection_id: connection.to_string(),
                        reason: ErrorReason::InvalidResumeToken.into(),
                    };
                    self.outbox.push_answer(Told::Refused(refused).into());
                    return Ok(None);
                }
                link.position = Some(resume.position.unwrap_or_default().into());
                link.snapshot = resume.snapshot;
                if resume.replay_bytes_max > 0 {
                    link.replay_bytes_max = usize::try_from(resume.replay_bytes_max).unwrap_or(usize::MAX);
                }
                room::Command::Resume { key, connection, gateway }
            }
            Some(Asked::Gone(gone)) => {
                let end = gone.end.as_ref().map(Into::into);
                room::Command::Gone { key, connection, leaving: gone.leaving, end }
            }
            Some(Asked::Present(_)) => room::Command::Present { key, connection },
            Some(Asked::Session(session)) => {
                let Some(action) = session.action else { return Ok(None) };
                if !session.traceparent.is_empty() {
                    trace = self.trace(&session.traceparent, &room, &key, session.counter);
                }
                room::Command::Session {
                    key,
                    counter: session.counter,
                    after: session.after,
                    action: action_of(action)?,
                }
            }
            None => return Ok(None),
        };
        Ok(Some((room, Work::Command(Command { command, link: Some(link), call: None, trace }))))
    }
}

/// A session's command in the room's own types.
fn action_of(action: v1::session_command::Action) -> Result<room::Action, Refusal> {
    use v1::session_command::Action as Asked;
    Ok(match action {
        Asked::Leave(_) => room::Action::Leave,
        Asked::UpdateMetadata(update) => room::Action::UpdateMetadata(update.metadata),
        Asked::StartShare(share) => room::Action::StartShare { share_id: share.share_id, audio: share.audio },
        Asked::StopShare(_) => room::Action::StopShare,
        Asked::Signal(signal) => room::Action::Signal {
            to: parse("signal.to", ParticipantId::parse(&signal.to))?,
            kind: signal.kind(),
            payload: signal.payload,
        },
        Asked::Message(message) => room::Action::Message {
            to: message
                .to
                .iter()
                .map(|to| parse("message.to", ParticipantId::parse(to)))
                .collect::<Result<_, _>>()?,
            body: message.body,
        },
        Asked::Renegotiate(_) => room::Action::Renegotiate,
    })
}
