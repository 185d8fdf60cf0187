//! A room service that does just what the test says, a gateway before it, and a browser before that.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{SinkExt as _, Stream, StreamExt as _};
use serde_json::{Value, json};
use switchboard_gateway::{Access, Config, Gateway, Handle};
use switchboard_proto::v1::gateway_link_server::{GatewayLink, GatewayLinkServer};
use switchboard_proto::v1::link_command::Command;
use switchboard_proto::v1::link_request_item::Item as FromGateway;
use switchboard_proto::v1::link_response_item::Item as ToGateway;
use switchboard_proto::v1::room_service_server::RoomServiceServer;
use switchboard_proto::v1::{
    Joined, LinkCommand, LinkEvent, LinkRequest, LinkResponse, LinkResponseItem, LinkSnapshot, Position,
    Room, RoomServiceHello, Snapshot, WhereRequest, WhereResponse,
};
use switchboard_proto::{HASH_NAME, LINK_VERSION, Millis};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tokio_stream::wrappers::{TcpListenerStream, UnboundedReceiverStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, Response, Status, Streaming};

use crate::fake_rooms::FakeRooms;

/// Every wait of a test ends here: far above what a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits, but not for ever.
pub(crate) async fn soon<T>(what: &str, wait: impl Future<Output = T>) -> T {
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

pub(crate) fn at(seq: u64) -> Option<Position> {
    Some(Position { epoch: 7, seq })
}

/// One stream of a gateway, in the hands of the test.
pub(crate) struct FakeLink {
    requests: Streaming<LinkRequest>,
    queued: std::collections::VecDeque<FromGateway>,
    responses: mpsc::UnboundedSender<Result<LinkResponse, Status>>,
}

impl FakeLink {
    /// The next thing that the gateway says.
    pub(crate) async fn next(&mut self) -> FromGateway {
        loop {
            if let Some(item) = self.queued.pop_front() {
                return item;
            }
            let request =
                soon("a request", self.requests.message()).await.expect("stream lives").expect("goes on");
            self.queued.extend(request.items.into_iter().filter_map(|item| item.item));
        }
    }

    /// The next thing, which must be a command.
    pub(crate) async fn command(&mut self) -> LinkCommand {
        match self.next().await {
            FromGateway::Command(command) => command,
            other => panic!("{other:?} is no command"),
        }
    }

    pub(crate) fn send(&self, items: impl IntoIterator<Item = ToGateway>) {
        let items = items.into_iter().map(|item| LinkResponseItem { item: Some(item) }).collect();
        let _ = self.responses.send(Ok(LinkResponse { items }));
    }

    /// Ends the stream with an error, as a crash would.
    pub(crate) fn fail(self, status: Status) {
        let _ = self.responses.send(Err(status));
    }

    /// Takes a join and answers it: welcome and snapshot at `seq`.
    pub(crate) async fn welcome(&mut self, seq: u64) -> LinkCommand {
        let command = self.command().await;
        assert!(matches!(command.command, Some(Command::Join(_))), "{command:?}");
        let (room_id, session_id) = (command.room_id.clone(), command.session_id.clone());
        let room = Some(Room { room_id: room_id.clone(), ..Room::default() });
        self.send([
            ToGateway::Joined(Joined {
                room_id: room_id.clone(),
                session_id: session_id.clone(),
                resume_token: "secret".into(),
                resume_window: Some(switchboard_proto::duration(30_000)),
                position: at(seq),
            }),
            ToGateway::Snapshot(LinkSnapshot {
                room_id,
                session_id,
                snapshot: Some(Snapshot { room, position: at(seq), ..Snapshot::default() }),
            }),
        ]);
        command
    }

    pub(crate) fn event(&self, room: &str, seq: u64, prev: u64, kind: switchboard_proto::v1::event::Event) {
        let event = switchboard_proto::v1::Event {
            position: at(seq),
            prev: at(prev),
            stored: true,
            event: Some(kind),
            ..switchboard_proto::v1::Event::default()
        };
        let event = LinkEvent { room_id: room.into(), event: Some(event), ..LinkEvent::default() };
        self.send([ToGateway::Event(event)]);
    }
}

struct Service {
    links: mpsc::UnboundedSender<FakeLink>,
}

fn answer() -> WhereResponse {
    WhereResponse {
        room_service_id: "fake".into(),
        partitions: 4,
        hash: HASH_NAME.into(),
        store_time: Some(Millis(1_700_000_000_000).into()),
        ..WhereResponse::default()
    }
}

#[tonic::async_trait]
impl GatewayLink for Service {
    async fn r#where(&self, _: Request<WhereRequest>) -> Result<Response<WhereResponse>, Status> {
        Ok(Response::new(answer()))
    }

    type LinkStream = Pin<Box<dyn Stream<Item = Result<LinkResponse, Status>> + Send>>;

    async fn link(
        &self,
        request: Request<Streaming<LinkRequest>>,
    ) -> Result<Response<Self::LinkStream>, Status> {
        let partition = request.metadata().get(switchboard_proto::PARTITION_METADATA).cloned();
        let (responses, outgoing) = mpsc::unbounded_channel();
        let mut link = FakeLink { requests: request.into_inner(), queued: Default::default(), responses };
        let links = self.links.clone();
        tokio::spawn(async move {
            let FromGateway::Hello(hello) = link.next().await else { panic!("the hello comes first") };
            assert_eq!(partition.expect("is there").to_str().expect("is text"), hello.partition.to_string());
            link.send([ToGateway::Hello(RoomServiceHello {
                r#where: Some(answer()),
                version: LINK_VERSION,
            })]);
            let _ = links.send(link);
        });
        Ok(Response::new(Box::pin(UnboundedReceiverStream::new(outgoing))))
    }
}

/// A gateway and the fake room service behind it.
pub(crate) struct Setup {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) handle: Handle,
    pub(crate) rooms: FakeRooms,
    links: Mutex<mpsc::UnboundedReceiver<FakeLink>>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: tokio::task::JoinHandle<()>,
    _stop: DropGuard,
}

impl Setup {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let (sender, links) = mpsc::unbounded_channel();
        let room_service = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("http://{}", room_service.local_addr().expect("is bound"));
        let rooms = FakeRooms::default();
        let shutdown = CancellationToken::new();
        let fake_stop = CancellationToken::new();
        tokio::spawn({
            let stop = fake_stop.clone().cancelled_owned();
            tonic::transport::Server::builder()
                .add_service(GatewayLinkServer::new(Service { links: sender }))
                .add_service(RoomServiceServer::new(rooms.clone()))
                .serve_with_incoming_shutdown(TcpListenerStream::new(room_service), stop)
        });
        let mut config = Config {
            room_services: vec![url],
            access: Access::Open,
            // No heartbeat comes between what a test waits for.
            ping_interval: Duration::from_secs(1_000_000),
            ..Config::default()
        };
        change(&mut config);
        let gateway = Gateway::new(config).expect("is a good configuration");
        let handle = gateway.handle();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let admin = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let (address, admin_address) =
            (listener.local_addr().expect("is bound"), admin.local_addr().expect("is bound"));
        let running = tokio::spawn(gateway.run(vec![listener], vec![admin], shutdown.clone()));
        let setup = Self {
            address,
            admin: admin_address,
            handle,
            rooms,
            links: Mutex::new(links),
            _stop: shutdown.clone().drop_guard(),
            shutdown,
            running,
        };
        setup.until("the gateway is ready", |handle| handle.is_ready()).await;
        setup
    }

    /// Waits for a condition of the gateway.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Handle) -> bool) {
        soon(what, async {
            while !holds(&self.handle) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    /// Waits until a metric has a value.
    pub(crate) async fn until_metric(&self, name: &str, value: &str) {
        let line = format!("switchboard_gateway_{name} {value}");
        self.until(&line, |handle| handle.metrics().lines().any(|l| l == line)).await;
    }

    /// The next link that the gateway opens.
    pub(crate) async fn link(&self) -> FakeLink {
        soon("a link", self.links.lock().await.recv()).await.expect("the fake lives")
    }

    pub(crate) async fn browser(&self) -> Browser {
        self.try_browser("switchboard.v1.json").await.expect("connects")
    }

    pub(crate) async fn try_browser(&self, subprotocol: &str) -> Result<Browser, tungstenite::Error> {
        let mut request = format!("ws://{}/ws", self.address).into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", subprotocol.parse().expect("is a header"));
        headers.insert("origin", "http://localhost:8080".parse().expect("is a header"));
        let stream = TcpStream::connect(self.address).await?;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Browser { socket })
    }

    /// A browser that has joined, and its link and session.
    pub(crate) async fn joined(&self, seq: u64) -> (Browser, FakeLink, String) {
        let mut browser = self.browser().await;
        browser.join("room").await;
        let mut link = self.link().await;
        let session = link.welcome(seq).await.session_id;
        assert_eq!(browser.next().await["welcome"]["sessionId"], session.as_str());
        assert!(browser.next().await["snapshot"].is_object());
        (browser, link, session)
    }
}

/// A browser, in JSON.
pub(crate) struct Browser<S = TcpStream> {
    pub(crate) socket: WebSocketStream<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Browser<S> {
    pub(crate) async fn raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("sends");
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.raw(Message::text(message.to_string())).await;
    }

    pub(crate) async fn join(&mut self, room: &str) {
        self.send(json!({"join": {"roomId": room, "participantId": "alice"}})).await;
    }

    pub(crate) async fn frame(&mut self) -> Message {
        loop {
            match soon("a frame", self.socket.next()).await.expect("goes on").expect("is good") {
                Message::Ping(_) | Message::Pong(_) => {}
                frame => return frame,
            }
        }
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        match self.frame().await {
            Message::Text(text) => serde_json::from_str(&text).expect("is json"),
            other => panic!("{other:?} is no message"),
        }
    }

    /// Reads up to the close frame: the reason of the last error, and the code.
    pub(crate) async fn closed(&mut self) -> (String, u16) {
        let mut reason = String::new();
        loop {
            match self.frame().await {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).expect("is json");
                    if let Some(error) = message["error"]["reason"].as_str() {
                        reason = error.trim_start_matches("ERROR_REASON_").to_owned();
                    }
                }
                Message::Close(close) => return (reason, close.expect("has a code").code.into()),
                _ => {}
            }
        }
    }
}
