//! Gateways, a room service and a real Redis, each a process started as an operator does.

use switchboard_loadtest::testing::RedisServer;
use switchboard_loadtest::{Client, Encoding};
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use tonic::transport::Channel;

use crate::program::{Running, WITHIN};

/// A room service and two gateways on it.
pub(crate) struct Fleet {
    pub(crate) rooms: Running,
    /// The second gateway's own, if it has one.
    _of_second: Option<Running>,
    pub(crate) gateways: [Running; 2],
    _redis: RedisServer,
}

impl Fleet {
    /// Starts all of it; `of_rooms` and `of_gateways` are further flags.
    pub(crate) async fn start(of_rooms: &str, of_gateways: [&str; 2]) -> Self {
        Self::start_on(1, of_rooms, of_gateways).await
    }

    /// As [`Self::start`], with a room service for each gateway.
    pub(crate) async fn crossed(of_rooms: &str, of_gateways: [&str; 2]) -> Self {
        Self::start_on(2, of_rooms, of_gateways).await
    }

    async fn start_on(services: usize, of_rooms: &str, of_gateways: [&str; 2]) -> Self {
        let redis = RedisServer::start().await;
        let common = "--auth open --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0";
        let line = format!("roomsvc {common} --redis-url {} {of_rooms}", redis.url());
        let mut services: Vec<_> = (0..services).map(|_| Running::start(&line)).collect();
        let api = |service: &Running| service.find("gRPC API").expect("is told").to_owned();
        let apis: Vec<_> = services.iter().map(api).collect();
        let gateway = |flags: &str, api: &str| {
            Running::start(&format!("gateway {common} --roomsvc http://{api} {flags}"))
        };
        let [one, two] = of_gateways;
        let gateways = [gateway(one, &apis[0]), gateway(two, apis.last().expect("has one"))];
        let rooms = services.remove(0);
        Self { rooms, _of_second: services.pop(), gateways, _redis: redis }
    }

    /// Somebody who has joined at the gateway with that number.
    pub(crate) async fn join(&self, gateway: usize, room: &str, participant: &str) -> Client {
        let by = tokio::time::Instant::now() + WITHIN;
        loop {
            let mut client = self.connect(gateway).await;
            match client.join(room, participant, "").await {
                Ok(_) => return client,
                // The gateway has not heard of its room service yet.
                Err(error) => assert!(tokio::time::Instant::now() < by, "{participant} joins: {error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Somebody who is about to join there.
    pub(crate) async fn connect(&self, gateway: usize) -> Client {
        let url = format!("ws://{}/ws", listens(&self.gateways[gateway]));
        let mut client = Client::connect(&url, Encoding::Json).await.expect("connects");
        client.set_deadline(WITHIN);
        client
    }

    /// A caller of the API.
    pub(crate) async fn api(&self) -> RoomServiceClient<Channel> {
        let api = self.rooms.find("gRPC API").expect("is told");
        RoomServiceClient::connect(format!("http://{api}")).await.expect("connects")
    }
}

/// Where a gateway listens, as `host:port`.
pub(crate) fn listens(gateway: &Running) -> String {
    let page = gateway.find("page").expect("is told");
    let (_, listens) = page.split_once("(listens on ").expect("tells where it listens");
    listens.trim_end_matches(')').to_owned()
}

/// The admin port, as `host:port`.
pub(crate) fn admin(process: &Running) -> String {
    let admin = process.find("admin").expect("is told");
    let (_, rest) = admin.split_once("http://").expect("is a URL");
    rest.split('/').next().expect("has a host").to_owned()
}
