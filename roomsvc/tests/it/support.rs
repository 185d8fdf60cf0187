//! Room services on free ports, and the two kinds of callers that they have.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::v1::event::Event;
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::link_request_item::Item as Asked;
use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::watch_room_response::Response;
use switchboard_proto::v1::{self, LinkRequest, LinkResponse};
use switchboard_proto::{PARTITIONS_DEFAULT, RoomId, partition_of};
use switchboard_roomsvc::store::{MemoryStore, RedisConfig, RedisStore, Store};
use switchboard_roomsvc::{Config, run_on};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint};

/// Longer than anything here takes on a busy machine; reached only by a test that fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A running room service; dropped, it stops.
pub(crate) struct RoomService {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
}

impl RoomService {
    pub(crate) async fn memory() -> Self {
        Self::on(Arc::new(MemoryStore::new(PARTITIONS_DEFAULT))).await
    }

    pub(crate) async fn on(store: Arc<dyn Store>) -> Self {
        Self::with(store, Config::default()).await
    }

    /// One that takes a gateway for dead after a second, the least there is.
    pub(crate) async fn hasty(store: Arc<dyn Store>) -> Self {
        let config = Config {
            gateway_lease: Duration::from_secs(1),
            sweep_interval: Duration::from_millis(100),
            ..Config::default()
        };
        Self::with(store, config).await
    }

    pub(crate) async fn with(store: Arc<dyn Store>, config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("is bound");
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        tokio::spawn(async move {
            run_on(store, listener, config, stopping).await.expect("runs until stopped");
        });
        Self { address, stop }
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).expect("is an address");
        endpoint.connect().await.expect("is listening")
    }

    /// The first `count` messages behind `position` in the log of the room "r", as a watch of the API is told them.
    pub(crate) async fn messages_since(&self, position: v1::Position, count: usize) -> Vec<String> {
        let watch = v1::WatchRoomRequest { room_id: "r".into(), position: Some(position) };
        let mut watch = self.api().await.watch_room(watch).await.expect("is there").into_inner();
        let mut bodies = Vec::new();
        while bodies.len() < count {
            let told = tokio::time::timeout(DEADLINE, watch.message()).await;
            let told = told.unwrap_or_else(|_| panic!("only {bodies:?}")).expect("goes on").expect("goes on");
            match told.response {
                Some(Response::Event(v1::Event { event: Some(Event::MessageReceived(message)), .. })) => {
                    bodies.push(message.body);
                }
                Some(Response::Reset(reset)) => panic!("{reset:?}"),
                _ => {}
            }
        }
        bodies
    }

    pub(crate) async fn api(&self) -> RoomServiceClient<Channel> {
        RoomServiceClient::new(self.channel().await)
    }

    pub(crate) async fn link(&self, gateway: &str, room: &str) -> RawLink {
        let room_id = RoomId::parse(room).expect("is an id");
        let partition = partition_of(&room_id, PARTITIONS_DEFAULT);
        let (tx, rx) = mpsc::channel(1_024);
        let hello = v1::GatewayHello { gateway_id: gateway.into(), partition, version: 1 };
        tx.send(LinkRequest { items: vec![Asked::Hello(hello).into()] }).await.expect("is open");
        let mut client = GatewayLinkClient::new(self.channel().await);
        let requests = tokio_stream::wrappers::ReceiverStream::new(rx);
        let responses = client.link(requests).await.expect("a link opens").into_inner();
        let mut link = RawLink {
            tx,
            responses,
            waiting: Vec::new().into_iter(),
            room: room.into(),
            gateway: gateway.into(),
        };
        let Item::Hello(_) = link.next().await else { panic!("the room service says hello first") };
        link
    }
}

impl Drop for RoomService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A store handle of its own on a Redis.
pub(crate) async fn redis_store(url: &str) -> Arc<dyn Store> {
    store_of(RedisConfig::new(url)).await
}

/// As [`redis_store`], configured.
pub(crate) async fn store_of(config: RedisConfig) -> Arc<dyn Store> {
    Arc::new(RedisStore::connect(config).await.expect("Redis answers"))
}

/// A gateway's link, by hand.
pub(crate) struct RawLink {
    tx: mpsc::Sender<LinkRequest>,
    responses: Streaming<LinkResponse>,
    waiting: std::vec::IntoIter<v1::LinkResponseItem>,
    room: String,
    gateway: String,
}

impl RawLink {
    pub(crate) async fn send(&self, item: Asked) {
        self.tx.send(LinkRequest { items: vec![item.into()] }).await.expect("the link is open");
    }

    /// The next item, whatever it is.
    pub(crate) async fn next(&mut self) -> Item {
        self.try_next().await.expect("the link is open")
    }

    pub(crate) async fn try_next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.waiting.next() {
                return Some(item.item.expect("is of a known kind"));
            }
            let response = tokio::time::timeout(DEADLINE, self.responses.message()).await.expect("in time");
            self.waiting = response.ok()??.items.into_iter();
        }
    }

    pub(crate) async fn command(&self, participant: &str, session: &str, command: v1::link_command::Command) {
        self.command_of(participant, session, 1, command).await;
    }

    async fn command_of(
        &self,
        participant: &str,
        session: &str,
        generation: u64,
        command: v1::link_command::Command,
    ) {
        let command = v1::LinkCommand {
            room_id: self.room.clone(),
            participant_id: participant.into(),
            session_id: session.into(),
            generation,
            connection_id: format!("co-{session}-{generation}"),
            command: Some(command),
        };
        self.send(Asked::Command(command)).await;
    }

    /// Joins and waits for the snapshot; events in between are dropped.
    pub(crate) async fn join(&mut self, participant: &str, session: &str) -> v1::Snapshot {
        self.join_with_token(participant, session).await.0
    }

    /// As [`Self::join`], with the resume token.
    pub(crate) async fn join_with_token(
        &mut self,
        participant: &str,
        session: &str,
    ) -> (v1::Snapshot, String) {
        self.send_join(participant, session).await;
        let mut token = String::new();
        loop {
            match self.next().await {
                Item::Joined(joined) if joined.session_id == session => token = joined.resume_token,
                Item::Snapshot(piece) if piece.session_id == session => {
                    let snapshot = piece.snapshot.expect("has one");
                    if !snapshot.more {
                        return (snapshot, token);
                    }
                }
                Item::Refused(refused) => panic!("{}: join refused: {refused:?}", self.gateway),
                _ => {}
            }
        }
    }

    pub(crate) async fn send_join(&self, participant: &str, session: &str) {
        self.join_command(participant, session, false).await;
    }

    /// As a gateway joins a socket whose session the room has forgotten.
    pub(crate) async fn send_join_again(&self, participant: &str, session: &str) {
        self.join_command(participant, session, true).await;
    }

    async fn join_command(&self, participant: &str, session: &str, resubmitted: bool) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("is later");
        let now = switchboard_proto::Millis(u64::try_from(now.as_millis()).expect("fits"));
        let join = v1::JoinCommand { join_time: Some(now.into()), resubmitted, ..Default::default() };
        self.command(participant, session, v1::link_command::Command::Join(join)).await;
    }

    pub(crate) async fn resume(
        &self,
        participant: &str,
        session: &str,
        generation: u64,
        resume_token: &str,
        position: v1::Position,
    ) {
        self.resume_in_pieces(participant, session, generation, resume_token, position, 0).await;
    }

    /// `replay_bytes_max`: 0 for all at once.
    pub(crate) async fn resume_in_pieces(
        &self,
        participant: &str,
        session: &str,
        generation: u64,
        resume_token: &str,
        position: v1::Position,
        replay_bytes_max: u32,
    ) {
        let resume = v1::ResumeCommand {
            resume_token: resume_token.into(),
            position: Some(position),
            replay_bytes_max,
            ..Default::default()
        };
        self.command_of(participant, session, generation, v1::link_command::Command::Resume(resume)).await;
    }

    pub(crate) async fn message(&self, participant: &str, session: &str, counter: u64, body: &str) {
        self.message_after(participant, session, counter, counter - 1, body).await;
    }

    pub(crate) async fn message_after(
        &self,
        participant: &str,
        session: &str,
        counter: u64,
        after: u64,
        body: &str,
    ) {
        let action = v1::session_command::Action::Message(v1::Message { to: vec![], body: body.to_owned() });
        let command = v1::SessionCommand { counter, after, action: Some(action), ..Default::default() };
        self.command(participant, session, v1::link_command::Command::Session(command)).await;
    }

    pub(crate) async fn attach(&self, position: v1::Position, sessions: &[(&str, &str)]) {
        let session = |(participant, session): &(&str, &str)| v1::AttachedSession {
            participant_id: (*participant).into(),
            session_id: (*session).into(),
            generation: 1,
            connection_id: format!("co-{session}-1"),
        };
        let attach = v1::Attach {
            room_id: self.room.clone(),
            position: Some(position),
            sessions: sessions.iter().map(session).collect(),
        };
        self.send(Asked::Attach(attach)).await;
    }

    /// Attaches one session at a generation of its own.
    pub(crate) async fn attach_as(
        &self,
        at: v1::Position,
        participant: &str,
        session: &str,
        generation: u64,
    ) {
        let session = v1::AttachedSession {
            participant_id: participant.into(),
            session_id: session.into(),
            generation,
            connection_id: format!("co-{session}-{generation}"),
        };
        let (room_id, position) = (self.room.clone(), Some(at));
        self.send(Asked::Attach(v1::Attach { room_id, position, sessions: vec![session] })).await;
    }

    /// The next message event's body, wherever it stands.
    pub(crate) async fn next_body_unchecked(&mut self, at: &mut v1::Position) -> String {
        loop {
            if let Item::Event(v1::LinkEvent { event: Some(event), .. }) = self.next().await {
                *at = event.position.unwrap_or_default();
                if let Some(v1::event::Event::MessageReceived(message)) = event.event {
                    return message.body;
                }
            }
        }
    }

    /// The next message event's body; checks that each event follows the one before (`prev`).
    pub(crate) async fn next_body(&mut self, at: &mut v1::Position) -> String {
        loop {
            if let Item::Event(event) = self.next().await {
                let event = event.event.expect("has one");
                assert_eq!(event.prev, Some(*at), "invariant 4: a hole");
                *at = event.position.expect("has one");
                if let Some(v1::event::Event::MessageReceived(message)) = event.event {
                    return message.body;
                }
            }
        }
    }

    /// The next event of a replay, with its body if it is a message; checks that it follows the one before (`prev`).
    pub(crate) async fn next_missed(&mut self, at: &mut v1::Position) -> Option<String> {
        loop {
            let Item::Event(event) = self.next().await else { continue };
            // What is live is for others of this gateway.
            if event.replay_session_id.is_empty() {
                continue;
            }
            let event = event.event.expect("has one");
            assert_eq!(event.prev, Some(*at), "invariant 4: a hole");
            *at = event.position.expect("has one");
            return match event.event {
                Some(v1::event::Event::MessageReceived(message)) => Some(message.body),
                _ => None,
            };
        }
    }
}
