//! The processes of a cluster, with a proxy in each hop.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use switchboard_loadtest::testing::RedisServer;
use switchboard_proto::v1::{
    CreateRoomRequest, RoomSettings, SharePolicy, room_service_client::RoomServiceClient,
};

use crate::proxy::{Mode, Proxy};
use crate::seeds::Seeds;

/// How long a session may be resumed, in the rooms of this suite.
pub(crate) const WINDOW: Duration = Duration::from_secs(2);
/// How long a gateway lives without a word of a room service.
pub(crate) const LEASE: Duration = Duration::from_secs(2);
const START_WITHIN: Duration = Duration::from_secs(20);

/// One process of the program. Killed by its id when this is dropped, also by a test that fails.
pub(crate) struct Process {
    pub(crate) port: u16,
    name: String,
    args: Vec<String>,
    child: Option<Child>,
}

impl Process {
    fn new(name: String, port: u16, args: Vec<String>) -> Self {
        let mut process = Self { port, name, args, child: None };
        process.start();
        process
    }

    /// Starts it, unless it runs.
    pub(crate) fn start(&mut self) {
        if self.child.is_some() {
            return;
        }
        let path = format!("{}/chaos-{}-{}.log", env!("CARGO_TARGET_TMPDIR"), std::process::id(), self.name);
        let log = File::options().create(true).append(true).open(&path).expect("the log can be written");
        let child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        self.child = Some(child);
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop((child.kill(), child.wait()));
        }
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn terminate(&mut self) {
        self.signal(Signal::TERM);
        let by = Instant::now() + START_WITHIN;
        while let Some(Ok(None)) = self.child.as_mut().map(Child::try_wait) {
            assert!(Instant::now() < by, "{} does not end", self.name);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kill();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.as_ref().and_then(|child| Pid::from_raw(i32::try_from(child.id()).ok()?));
        if let Some(id) = id {
            let _ = kill_process(id, signal);
        }
    }

    pub(crate) async fn listening(&self) {
        let by = Instant::now() + START_WITHIN;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            assert!(Instant::now() < by, "{} does not listen", self.name);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Two gateways, two room services, Redis.
pub(crate) struct Cluster {
    pub(crate) redis: RedisServer,
    pub(crate) room_services: Vec<Process>,
    pub(crate) gateways: Vec<Process>,
    /// Before each gateway.
    pub(crate) clients: Vec<Proxy>,
    /// From each gateway to each room service.
    pub(crate) links: Vec<Vec<Proxy>>,
    /// From each room service to Redis.
    pub(crate) stores: Vec<Proxy>,
}

impl Cluster {
    pub(crate) async fn start(seeds: &mut Seeds) -> Self {
        Self::start_on(seeds, &[]).await
    }

    /// As [`Self::start`], with options for Redis.
    pub(crate) async fn start_on(seeds: &mut Seeds, redis: &[&str]) -> Self {
        let redis = RedisServer::start_with(redis).await;
        let address = |port: u16| format!("127.0.0.1:{port}");
        let (mut room_services, mut stores) = (Vec::new(), Vec::new());
        for n in 0..2 {
            let store = Proxy::start(free_port(seeds), redis.port()).await;
            let port = free_port(seeds);
            let url = format!("redis://{}", address(store.port));
            let lease = format!("{}s", LEASE.as_secs());
            let args =
                ["roomsvc", "--listen", &address(port), "--redis-url", &url, "--gateway-lease", &lease];
            let args = args.map(str::to_owned).to_vec();
            room_services.push(Process::new(format!("roomsvc-{n}"), port, args));
            stores.push(store);
        }
        let (mut gateways, mut links, mut clients) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..2 {
            let mut own = Vec::new();
            for service in &room_services {
                service.listening().await;
                own.push(Proxy::start(free_port(seeds), service.port).await);
            }
            let port = free_port(seeds);
            let urls: Vec<_> = own.iter().map(|link| format!("http://{}", address(link.port))).collect();
            let args = ["gateway", "--listen", &address(port), "--roomsvc", &urls.join(",")];
            gateways.push(Process::new(format!("gateway-{n}"), port, args.map(str::to_owned).to_vec()));
            clients.push(Proxy::start(free_port(seeds), port).await);
            links.push(own);
        }
        for gateway in &gateways {
            gateway.listening().await;
        }
        Self { redis, room_services, gateways, clients, links, stores }
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.clients.iter().map(|proxy| format!("ws://127.0.0.1:{}/ws", proxy.port)).collect()
    }

    /// Makes a room with a short window, which stays though everybody is away for a while.
    pub(crate) async fn create_room(&self, room: &str) {
        let url = format!("http://127.0.0.1:{}", self.room_services[0].port);
        let settings = RoomSettings {
            resume_window: Some(switchboard_proto::duration(millis(WINDOW))),
            departure_timeout: Some(switchboard_proto::duration(600_000)),
            share_policy: SharePolicy::Multiple.into(),
            ..Default::default()
        };
        let create =
            CreateRoomRequest { room_id: room.into(), settings: Some(settings), ..Default::default() };
        let mut api = RoomServiceClient::connect(url).await.expect("is listening");
        api.create_room(create).await.expect("is made");
    }

    /// Everything runs and every hop passes.
    pub(crate) async fn heal(&mut self) {
        for proxy in self.clients.iter().chain(self.links.iter().flatten()).chain(&self.stores) {
            proxy.set(Mode::Pass);
        }
        for process in self.room_services.iter_mut().chain(&mut self.gateways) {
            process.signal(Signal::CONT);
            process.start();
        }
        for process in self.room_services.iter().chain(&self.gateways) {
            process.listening().await;
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).expect("is short")
}

/// A free port below those that the kernel gives to connections: a process that is away keeps it.
fn free_port(seeds: &mut Seeds) -> u16 {
    loop {
        let port = u16::try_from(12_000 + seeds.below(20_000)).expect("is a port");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
