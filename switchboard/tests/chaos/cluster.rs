//! The processes of a cluster, with a proxy in each hop.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use switchboard_loadtest::Participant;
use switchboard_loadtest::testing::RedisServer;
use switchboard_proto::Refusal;
use switchboard_proto::v1::{
    CreateRoomRequest, ErrorReason, RoomSettings, SharePolicy, room_service_client::RoomServiceClient,
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
    admin: u16,
    name: String,
    args: Vec<String>,
    child: Option<Child>,
}

impl Process {
    fn new(name: String, port: u16, mut args: Vec<String>) -> Self {
        let admin = free_port(&mut Seeds(u64::from(port)));
        args.extend(["--admin-listen".to_owned(), format!("127.0.0.1:{admin}")]);
        let mut process = Self { port, admin, name, args, child: None };
        process.start();
        process
    }

    /// Starts it, unless it runs.
    pub(crate) fn start(&mut self) {
        if self.child.is_some() {
            return;
        }
        let log = File::options().create(true).append(true).open(self.log()).expect("the log can be written");
        let child = Command::new(program())
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        self.child = Some(child);
    }

    fn log(&self) -> String {
        format!("{}/chaos-{}-{}.log", env!("CARGO_TARGET_TMPDIR"), std::process::id(), self.name)
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
        if let Some(id) = self.id().and_then(Pid::from_raw) {
            let _ = kill_process(id, signal);
        }
    }

    /// SIGSTOP, and waits until every thread stands still: on a busy machine that takes a while.
    pub(crate) async fn stop(&self) {
        self.signal(Signal::STOP);
        let by = Instant::now() + START_WITHIN;
        while !self.stands_still() {
            assert!(Instant::now() < by, "{} does not stop", self.name);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn stands_still(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id().expect("runs"))).expect("runs");
        threads.flatten().all(|thread| {
            // Its state stands behind the name in parentheses.
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
        })
    }

    fn id(&self) -> Option<i32> {
        self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok())
    }

    /// Its memory (`VmRSS`), in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id().expect("runs")));
        let status = status.expect("runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("is told");
        line.trim().trim_end_matches("kB").trim().parse().expect("is a number")
    }

    /// The sum of all values of a metric whose name and labels begin so; 0 while there is none.
    pub(crate) fn metric(&self, begins: &str) -> u64 {
        let text = self.metrics().unwrap_or_default();
        let values = text.lines().filter(|line| line.starts_with(begins));
        values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64
    }

    fn metrics(&self) -> std::io::Result<String> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.admin))?;
        stream.set_read_timeout(Some(START_WITHIN))?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
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

/// The program; another build of it by `SWITCHBOARD_BIN`.
pub(crate) fn program() -> OsString {
    std::env::var_os("SWITCHBOARD_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_switchboard").into())
}

/// Two gateways, two room services, Redis.
pub(crate) struct Cluster {
    /// Where the store is, past all proxies.
    pub(crate) store_url: String,
    /// The one server that it is on, if it is one.
    redis: Option<RedisServer>,
    pub(crate) room_services: Vec<Process>,
    pub(crate) gateways: Vec<Process>,
    /// Before each gateway.
    pub(crate) clients: Vec<Proxy>,
    /// From each gateway to each room service that it knows.
    pub(crate) links: Vec<Vec<Proxy>>,
    /// From each room service to Redis, where that is one server: several name each other's addresses.
    pub(crate) stores: Vec<Proxy>,
}

/// What a cluster is like. Each gateway reaches the room services by proxies of its own, so at addresses of its own, and
/// the two seldom agree where a partition belongs: often a room's links hang on both room services, the harder case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// In the names of its logs.
    pub(crate) name: &'static str,
    /// Each gateway knows one room service only, its own: all that people at two gateways tell each other goes
    /// through hints and the log.
    pub(crate) crossed: bool,
    pub(crate) lease: Duration,
    /// More flags of the gateways.
    pub(crate) gateway: &'static [&'static str],
}

impl Default for Shape {
    fn default() -> Self {
        Self { name: "chaos", crossed: false, lease: LEASE, gateway: &[] }
    }
}

impl Cluster {
    pub(crate) async fn start(seeds: &mut Seeds, shape: Shape) -> Self {
        Self::start_on(seeds, shape, &[]).await
    }

    /// As [`Self::start`], with flags for Redis.
    pub(crate) async fn start_on(seeds: &mut Seeds, shape: Shape, redis: &[&str]) -> Self {
        let redis = RedisServer::start_with(redis).await;
        let stores = vec![Proxy::start(seeds, redis.port()).await, Proxy::start(seeds, redis.port()).await];
        let urls: Vec<_> = stores.iter().map(|store| format!("redis://127.0.0.1:{}", store.port)).collect();
        let mut cluster = Self::start_at(seeds, shape, [&urls[0], &urls[1]]).await;
        cluster.store_url = redis.url();
        (cluster.redis, cluster.stores) = (Some(redis), stores);
        cluster
    }

    /// As [`Self::start`], on a store that is somebody else's; its address for each room service.
    pub(crate) async fn start_at(seeds: &mut Seeds, shape: Shape, store_urls: [&str; 2]) -> Self {
        let address = |port: u16| format!("127.0.0.1:{port}");
        let mut room_services = Vec::new();
        for (n, url) in store_urls.iter().enumerate() {
            let port = free_port(seeds);
            let lease = format!("{}ms", shape.lease.as_millis());
            let mut args = vec!["roomsvc", "--auth", "open", "--redis-url", url, "--gateway-lease", &lease];
            let listen = address(port);
            args.extend(["--listen", &listen]);
            let args = args.into_iter().map(str::to_owned).collect();
            room_services.push(Process::new(format!("{}-roomsvc-{n}", shape.name), port, args));
        }
        let (mut gateways, mut links, mut clients) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..2 {
            let mut own = Vec::new();
            for (m, service) in room_services.iter().enumerate() {
                service.listening().await;
                if n == m || !shape.crossed {
                    own.push(Proxy::start(seeds, service.port).await);
                }
            }
            let port = free_port(seeds);
            let urls: Vec<_> = own.iter().map(|link| format!("http://{}", address(link.port))).collect();
            let (listen, urls) = (address(port), urls.join(","));
            let mut args = vec!["gateway", "--auth", "open", "--listen", &listen, "--roomsvc", &urls];
            args.extend(shape.gateway);
            let args = args.into_iter().map(str::to_owned).collect();
            gateways.push(Process::new(format!("{}-gateway-{n}", shape.name), port, args));
            clients.push(Proxy::start(seeds, port).await);
            links.push(own);
        }
        for gateway in &gateways {
            gateway.listening().await;
        }
        let store_url = store_urls[0].to_owned();
        Self { store_url, redis: None, room_services, gateways, clients, links, stores: Vec::new() }
    }

    /// The one server that the store is on.
    pub(crate) fn redis(&self) -> &RedisServer {
        self.redis.as_ref().expect("the store is on one server")
    }

    /// As [`Self::redis`], to kill it.
    pub(crate) fn redis_mut(&mut self) -> &mut RedisServer {
        self.redis.as_mut().expect("the store is on one server")
    }

    /// A cluster for a scenario with a name of its own.
    pub(crate) async fn of(shape: Shape) -> Self {
        let seed = shape.name.bytes().fold(u64::from(std::process::id()), |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Self::start(&mut Seeds(seed), shape).await
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.clients.iter().map(|proxy| format!("ws://127.0.0.1:{}/ws", proxy.port)).collect()
    }

    /// Which gateway somebody hangs on.
    pub(crate) fn gateway_of(&self, one: &Participant) -> usize {
        let url = one.status().url;
        self.urls().iter().position(|other| *other == url).expect("is one of ours")
    }

    /// The API of a room service.
    pub(crate) async fn api(&self, room_service: usize) -> RoomServiceClient<tonic::transport::Channel> {
        let url = format!("http://127.0.0.1:{}", self.room_services[room_service].port);
        RoomServiceClient::connect(url).await.expect("is listening")
    }

    /// Makes a room with a short window, which stays though everybody is away for a while.
    pub(crate) async fn create_room(&self, room: &str) {
        self.create_room_with(room, WINDOW).await;
    }

    /// Makes so many such rooms.
    pub(crate) async fn create_rooms(&self, name: &str, count: usize) -> Vec<String> {
        let rooms: Vec<_> = (0..count).map(|n| format!("{name}-{n}")).collect();
        for room in &rooms {
            self.create_room(room).await;
        }
        rooms
    }

    /// Makes a room with a window of one's own.
    pub(crate) async fn create_room_with(&self, room: &str, window: Duration) {
        let settings = RoomSettings {
            resume_window: Some(switchboard_proto::duration(millis(window))),
            departure_timeout: Some(switchboard_proto::duration(600_000)),
            share_policy: SharePolicy::Multiple.into(),
            ..Default::default()
        };
        let create =
            CreateRoomRequest { room_id: room.into(), settings: Some(settings), ..Default::default() };
        let by = Instant::now() + START_WITHIN;
        // Right after a round that cut the store's connections the first call may find that out: it was not done.
        while let Err(status) = self.api(0).await.create_room(create.clone()).await {
            let refusal = Refusal::from_status(&status);
            let is_away = refusal.is_some_and(|refusal| refusal.reason == ErrorReason::StoreUnavailable);
            assert!(is_away && Instant::now() < by, "is not made: {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How often a room of some room service went on without the store so far, by their logs: those outlive them.
    pub(crate) fn forks(&self) -> usize {
        let count = |service: &Process| {
            let log = std::fs::read_to_string(service.log()).unwrap_or_default();
            log.matches("the room goes on in memory").count()
        };
        self.room_services.iter().map(count).sum()
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

/// A free port below those that the kernel gives to connections: a process that is away keeps it, and the clusters of
/// other tests never get it.
pub(crate) fn free_port(seeds: &mut Seeds) -> u16 {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let port = u16::try_from(12_000 + seeds.below(20_000)).expect("is a port");
        let is_free = std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free && given.get_or_insert_default().insert(port) {
            return port;
        }
    }
}
