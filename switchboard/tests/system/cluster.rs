//! Gateways, room services and Redis, in one process but for Redis.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use switchboard_gateway::{Access, Gateway, Handle};
use switchboard_loadtest::testing::RedisServer;
use switchboard_loadtest::{Client, Encoding};
use switchboard_proto::v1;
use switchboard_roomsvc::{RedisChoice, StoreChoice};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine; reached only by a test that fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A running cluster; dropped, it stops.
pub(crate) struct Cluster {
    pub(crate) redis: RedisServer,
    pub(crate) room_services: Vec<RoomService>,
    pub(crate) gateways: Vec<Edge>,
}

/// A running room service.
pub(crate) struct RoomService {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
}

/// A running gateway.
pub(crate) struct Edge {
    pub(crate) url: String,
    pub(crate) handle: Handle,
    stop: CancellationToken,
}

fn bind(address: &str) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(address).expect("the address is free");
    listener.set_nonblocking(true).expect("is a socket");
    let address = listener.local_addr().expect("is bound");
    (listener, address)
}

impl RoomService {
    /// On a free port, or on one that a room service had before.
    pub(crate) fn start(redis_url: &str, address: Option<SocketAddr>) -> Self {
        let wanted = address.map_or("127.0.0.1:0".to_owned(), |address| address.to_string());
        let (listener, address) = bind(&wanted);
        let listener = tokio::net::TcpListener::from_std(listener).expect("is a socket");
        let store = StoreChoice::Redis(RedisChoice::new(redis_url));
        let config = switchboard_roomsvc::Config { store, ..Default::default() };
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        tokio::spawn(async move {
            switchboard_roomsvc::run(listener, None, config, stopping).await.expect("runs until stopped");
        });
        Self { address, stop }
    }
}

impl Drop for RoomService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Edge {
    fn start(room_services: Vec<String>, change: impl FnOnce(&mut switchboard_gateway::Config)) -> Self {
        let (listener, address) = bind("127.0.0.1:0");
        let listener = tokio::net::TcpListener::from_std(listener).expect("is a socket");
        let mut config =
            switchboard_gateway::Config { room_services, access: Access::Open, ..Default::default() };
        change(&mut config);
        let gateway = Gateway::new(config).expect("is a good configuration");
        let handle = gateway.handle();
        let stop = CancellationToken::new();
        tokio::spawn(gateway.run(vec![listener], vec![], stop.clone()));
        Self { url: format!("ws://{address}/ws"), handle, stop }
    }

    /// What a counter stands at.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.gauge(&format!("{name}_total"))
    }

    /// How often a bound held.
    pub(crate) fn limits_hit(&self, limit: &str) -> u64 {
        self.gauge(&format!("limits_hit_total{{limit=\"{limit}\"}}"))
    }

    /// What a gauge stands at, over all values of its labels.
    pub(crate) fn gauge(&self, name: &str) -> u64 {
        let name = format!("switchboard_gateway_{name}");
        let text = self.handle.metrics();
        let series = text
            .lines()
            .filter(|line| line.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([' ', '{'])));
        let values: Vec<u64> = series.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        assert!(!values.is_empty(), "{name} is not counted");
        values.iter().sum()
    }

    /// A client that has joined.
    pub(crate) async fn join(&self, room: &str, participant: &str) -> Client {
        self.join_as(room, participant, Encoding::Json).await
    }

    pub(crate) async fn join_as(&self, room: &str, participant: &str, encoding: Encoding) -> Client {
        let mut client = self.connect(encoding).await;
        client.join(room, participant, "").await.expect("joins");
        client
    }

    pub(crate) async fn connect(&self, encoding: Encoding) -> Client {
        let mut client = Client::connect(&self.url, encoding).await.expect("connects");
        client.set_deadline(DEADLINE);
        client
    }
}

impl Cluster {
    /// Two gateways, each attached to a room service of its own, on one Redis.
    pub(crate) async fn crossed() -> Self {
        Self::start(|a, b| [vec![a.clone()], vec![b.clone()]], |_| {}).await
    }

    /// Two gateways that know both room services.
    pub(crate) async fn shared() -> Self {
        Self::shared_with(|_| {}).await
    }

    pub(crate) async fn shared_with(change: impl Fn(&mut switchboard_gateway::Config)) -> Self {
        Self::start(|a, b| [vec![a.clone(), b.clone()], vec![a.clone(), b.clone()]], change).await
    }

    async fn start(
        place: impl Fn(&String, &String) -> [Vec<String>; 2],
        change: impl Fn(&mut switchboard_gateway::Config),
    ) -> Self {
        // RUST_LOG=debug cargo test … -- --nocapture tells what happened.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).try_init();
        let redis = RedisServer::start().await;
        let room_services =
            vec![RoomService::start(&redis.url(), None), RoomService::start(&redis.url(), None)];
        let urls: Vec<_> =
            room_services.iter().map(|service| format!("http://{}", service.address)).collect();
        let gateways = place(&urls[0], &urls[1]).into_iter().map(|urls| Edge::start(urls, &change)).collect();
        let cluster = Self { redis, room_services, gateways };
        until("every gateway is ready", || cluster.gateways.iter().all(|edge| edge.handle.is_ready())).await;
        cluster
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let by = tokio::time::Instant::now() + DEADLINE;
    while !holds() {
        assert!(tokio::time::Instant::now() < by, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The next event for which `pick` gives something; what comes before it is passed over.
pub(crate) async fn next<T>(client: &mut Client, pick: impl Fn(&v1::Event) -> Option<T>) -> T {
    loop {
        let event = client.next_event().await.expect("an event comes");
        if let Some(picked) = pick(&event) {
            return picked;
        }
    }
}

/// The payload of the next signal, with who sent it.
pub(crate) async fn next_signal(client: &mut Client) -> (String, String) {
    next(client, |event| match &event.event {
        Some(v1::event::Event::SignalReceived(signal)) => {
            let from = event.from.as_ref().expect("has a sender");
            Some((from.participant_id.clone(), signal.payload.clone()))
        }
        _ => None,
    })
    .await
}

/// The body of the next message.
pub(crate) async fn next_body(client: &mut Client) -> String {
    next(client, |event| match &event.event {
        Some(v1::event::Event::MessageReceived(message)) => Some(message.body.clone()),
        _ => None,
    })
    .await
}
