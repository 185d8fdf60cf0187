//! One run: starts all, breaks what the seed says, heals, and checks.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use switchboard_gateway::codec::Encoding;
use switchboard_gateway::{Config as GatewayConfig, Gateway, Handle};
use switchboard_proto::RoomId;
use switchboard_proto::v1;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_roomsvc::{Config as RoomConfig, StoreChoice, run_over};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint, Uri};

use crate::check::Faults;
use crate::net::{End, Host, Net};
use crate::person::{Common, Person, Phase, Record};
use crate::rng::Rng;
use crate::store::{Has, SimStore, World};
use crate::{check, fault, note, os, violated};

const PARTITIONS: u32 = 2;
const LEASE: Duration = Duration::from_secs(2);
const GATEWAYS: [&str; 2] = ["gw0", "gw1"];
const ROOM_SERVICES: [&str; 2] = ["rs0", "rs1"];
/// The first two of one partition: what holds one up must not hold up the other.
const ROOMS: [&str; 3] = ["red", "green", "blue"];

/// What may go wrong in a run; a seed picks some, so that each is also met alone.
const KINDS: [Kind; 24] = [
    Kind::CutClient,
    Kind::CutLink,
    Kind::CutLinkOneWay,
    Kind::SlowLink,
    Kind::ResetLink,
    Kind::HalfMoved,
    Kind::KillGateway,
    Kind::KillRoomService,
    Kind::StopGateway,
    Kind::StopRoomService,
    Kind::FreezeGateway,
    Kind::FreezeRoomService,
    Kind::StoreAwayForOne,
    Kind::StoreAway,
    Kind::StoreTrouble,
    Kind::StoreRestarts,
    Kind::StoreRollsBack,
    Kind::StoreEmptied,
    Kind::StoreAwayAndEmptied,
    Kind::StoreClock,
    Kind::RoomServiceClock,
    Kind::HintTrouble,
    Kind::Deaf,
    Kind::Stuck,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CutClient,
    CutLink,
    CutLinkOneWay,
    /// What gateway and room service say takes long: `gone` and `present` come behind a resume elsewhere.
    SlowLink,
    ResetLink,
    /// A room service stops, so that links move, and the gateway is cut off from the other one meanwhile.
    HalfMoved,
    KillGateway,
    KillRoomService,
    /// SIGTERM.
    StopGateway,
    /// SIGTERM.
    StopRoomService,
    /// SIGSTOP, and SIGCONT after a while.
    FreezeGateway,
    /// SIGSTOP, and SIGCONT after a while.
    FreezeRoomService,
    StoreAwayForOne,
    StoreAway,
    /// Calls are late, refused, or lost before or after they ran.
    StoreTrouble,
    /// Another server takes over, which has everything.
    StoreRestarts,
    /// Another server takes over, which has not got the newest writes.
    StoreRollsBack,
    /// Another server takes over, or the same one, and has nothing.
    StoreEmptied,
    /// Away, then back with nothing, or without the newest.
    StoreAwayAndEmptied,
    /// The store's clock is set.
    StoreClock,
    /// A room service's clock is set.
    RoomServiceClock,
    HintTrouble,
    /// A subscription carries nothing, and nobody says so.
    Deaf,
    /// Calls for one room take almost as long as they may.
    Stuck,
}

impl Kind {
    /// Whether the store may lose something.
    fn may_lose(self) -> bool {
        matches!(self, Self::StoreRollsBack | Self::StoreEmptied | Self::StoreAwayAndEmptied)
    }

    /// Whether links may break, move or be late.
    fn hits_links(self) -> bool {
        use Kind::*;
        !matches!(
            self,
            CutClient
                | HintTrouble
                | Deaf
                | Stuck
                | StoreAway
                | StoreTrouble
                | StoreRestarts
                | StoreRollsBack
                | StoreEmptied
                | StoreAwayAndEmptied
        )
    }
}

/// A process that runs.
struct Process {
    host: Host,
    stop: CancellationToken,
    /// A room service's view of the store.
    store: Option<Arc<SimStore>>,
}

/// The time of a fault, which may be cut short.
struct During<'a>(&'a Everything, Instant);

impl Drop for During<'_> {
    fn drop(&mut self) {
        self.0.faults.lock().times.push((self.1, Instant::now()));
    }
}

/// Everything of one run.
#[derive(Clone)]
struct Everything {
    net: Net,
    store: World,
    /// What runs, in the order of `GATEWAYS`, then `ROOM_SERVICES`.
    processes: Arc<Mutex<Vec<Option<Process>>>>,
    starts: Arc<Mutex<u32>>,
    machines: Arc<Mutex<Rng>>,
    /// Gateways that run or ran, for their counters.
    gateways: Arc<Mutex<Vec<Handle>>>,
    faults: Arc<Mutex<Faults>>,
}

fn connect(net: &Net, host: &Host, endpoint: &Endpoint) -> Channel {
    let (net, host) = (net.clone(), host.clone());
    endpoint.connect_with_connector_lazy(tower::service_fn(move |uri: Uri| {
        let (net, host) = (net.clone(), host.clone());
        async move { net.connect(&host, uri.host().unwrap_or_default()).await.map(TokioIo::new) }
    }))
}

impl Everything {
    fn names() -> impl Iterator<Item = &'static str> {
        GATEWAYS.into_iter().chain(ROOM_SERVICES)
    }

    fn start(&self, at: usize) {
        let name = Self::names().nth(at).unwrap_or_default();
        let number = {
            let mut starts = self.starts.lock();
            *starts += 1;
            *starts
        };
        let (host, stop) = (Host(name.into(), number), CancellationToken::new());
        note!("start {name}/{number}");
        let store = if at < GATEWAYS.len() {
            self.start_gateway(&host, stop.clone());
            None
        } else {
            Some(self.start_room_service(&host, stop.clone()))
        };
        self.processes.lock()[at] = Some(Process { host, stop, store });
    }

    fn start_gateway(&self, host: &Host, stop: CancellationToken) {
        let config = GatewayConfig {
            name: host.0.to_string(),
            room_services: ROOM_SERVICES.iter().map(|name| format!("http://{name}:1")).collect(),
            ping_interval: Duration::from_secs(3),
            pong_timeout: Duration::from_secs(2),
            ..GatewayConfig::default()
        };
        let made = Gateway::with_channels(config, |endpoint| connect(&self.net, host, &endpoint));
        let gateway = match made {
            Ok(gateway) => gateway,
            Err(error) => return violated!("a gateway does not start: {error}"),
        };
        let handle = gateway.handle();
        self.gateways.lock().push(handle.clone());
        let mut sockets = self.net.listen(host);
        let stopping = stop.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    () = stopping.cancelled() => return,
                    socket = sockets.recv() => match socket {
                        Some(socket) => handle.serve_websocket(socket, Encoding::Protobuf),
                        None => return,
                    },
                }
            }
        });
        let (net, host) = (self.net.clone(), host.clone());
        tokio::spawn(async move {
            gateway.run(Vec::new(), Vec::new(), stop).await;
            note!("{}/{} has ended", host.0, host.1);
            net.kill(&host, false);
        });
    }

    fn start_room_service(&self, host: &Host, stop: CancellationToken) -> Arc<SimStore> {
        let skew = *self.machines.lock().pick(&[0, 0, 0, 900, -900, 5_000, -5_000, 3_600_000, -3_600_000]);
        let (net, world, host) = (self.net.clone(), self.store.clone(), host.clone());
        let store = world.of(&host, skew);
        let view = store.clone();
        tokio::spawn(async move {
            let config = RoomConfig {
                store: StoreChoice::Memory,
                partitions: PARTITIONS,
                gateway_lease: LEASE,
                ..RoomConfig::default()
            };
            while !stop.is_cancelled() {
                let connections =
                    UnboundedReceiverStream::new(net.listen(&host)).map(Ok::<End, std::io::Error>);
                match run_over(store.clone(), connections, config.clone(), stop.clone()).await {
                    Ok(()) => break,
                    Err(error) => note!("{} does not start: {error}", host.0),
                }
                sleep(Duration::from_millis(300)).await;
            }
            note!("{}/{} has ended", host.0, host.1);
            net.kill(&host, false);
            world.kill(&host);
        });
        view
    }

    /// Ends a process in no order, as a crash does.
    fn kill(&self, at: usize, silent: bool) {
        let Some(process) = self.processes.lock()[at].take() else { return };
        self.set_frozen(&process.host.0, false);
        self.net.kill(&process.host, silent);
        self.store.kill(&process.host);
        // What is left of it hears and says nothing any more.
        process.stop.cancel();
    }

    fn stop(&self, at: usize) {
        if let Some(process) = self.processes.lock()[at].take() {
            process.stop.cancel();
        }
    }

    fn set_frozen(&self, host: &str, frozen: bool) {
        self.net.set_stopped(host, frozen);
        self.store.set_stopped(host, frozen);
    }

    async fn one_fault(&self, kind: Kind, people: &[String], rng: &mut Rng) {
        let _during = During(self, Instant::now());
        {
            let mut faults = self.faults.lock();
            faults.losses |= kind.may_lose();
            faults.ages |= kind == Kind::StoreClock;
            faults.links |= kind.hits_links();
        }
        let gateway = *rng.pick(&GATEWAYS);
        let room_service = *rng.pick(&ROOM_SERVICES);
        let person = rng.pick(people).clone();
        let which = rng.below(2) as usize;
        let time = if rng.chance(300) { rng.ms(2_000, 8_000) } else { rng.ms(50, 2_000) };
        match kind {
            Kind::CutClient | Kind::CutLink | Kind::CutLinkOneWay => {
                let (a, b) =
                    if kind == Kind::CutClient { (&*person, gateway) } else { (gateway, room_service) };
                let (there, back) = match rng.below(3) {
                    0 => (true, false),
                    1 => (false, true),
                    _ => (true, true),
                };
                let (there, back) = if kind == Kind::CutLink { (true, true) } else { (there, back) };
                let reset = rng.chance(400);
                fault!("{kind:?} {a} {b} {there} {back} for {time:?}, reset {reset}");
                if there {
                    self.net.cut(a, b);
                }
                if back {
                    self.net.cut(b, a);
                }
                sleep(time).await;
                if reset {
                    self.net.reset(a, b);
                }
                self.net.mend(a, b);
                self.net.mend(b, a);
            }
            Kind::SlowLink => {
                let (a, b) = if rng.chance(700) { (gateway, room_service) } else { (room_service, gateway) };
                let slow = rng.ms(300, 4_000);
                fault!("{a} to {b} is slower by {slow:?} for {time:?}");
                self.net.set_slow(a, b, slow);
                sleep(time).await;
                self.net.set_slow(a, b, Duration::ZERO);
            }
            Kind::HalfMoved => {
                let (at, other) = (GATEWAYS.len() + which, ROOM_SERVICES[1 - which]);
                let (wait, cut) = (rng.ms(0, 400), rng.chance(500));
                fault!(
                    "{kind:?}: {} stops, {gateway} loses {other} after {wait:?}, cut {cut}",
                    ROOM_SERVICES[which]
                );
                self.stop(at);
                sleep(wait).await;
                if cut {
                    self.net.cut(gateway, other);
                    self.net.cut(other, gateway);
                    sleep(time).await;
                }
                self.net.reset(gateway, other);
                self.net.mend(gateway, other);
                self.net.mend(other, gateway);
                sleep(Duration::from_secs(6)).await;
                self.again(at);
            }
            Kind::FreezeGateway | Kind::FreezeRoomService => {
                let host = if kind == Kind::FreezeGateway { gateway } else { room_service };
                fault!("{host} is frozen for {time:?}");
                self.set_frozen(host, true);
                sleep(time).await;
                self.set_frozen(host, false);
            }
            Kind::StoreRestarts => {
                fault!("{kind:?}");
                self.store.take_over(Has::AllBut(0), true, 0);
            }
            Kind::StoreRollsBack => {
                let (writes, jump) =
                    (1 + rng.below(6) as usize, *rng.pick(&[0, 0, 400, -400, 30_000, -30_000]));
                fault!("{kind:?} by {writes} writes, its clock by {jump} ms");
                self.store.take_over(Has::AllBut(writes), true, jump);
            }
            Kind::StoreEmptied => {
                let new_fence = rng.chance(500);
                fault!("{kind:?}, another server: {new_fence}");
                self.store.take_over(Has::Nothing, new_fence, 0);
            }
            Kind::StoreAwayAndEmptied => {
                let has = if rng.chance(500) { Has::Nothing } else { Has::AllBut(rng.below(8) as usize) };
                fault!("{kind:?} for {time:?}: {has:?}");
                ROOM_SERVICES.iter().for_each(|host| self.store.set_away(host, true));
                sleep(time).await;
                self.store.take_over(has, true, 0);
                for host in ROOM_SERVICES {
                    self.store.set_away(host, false);
                    sleep(rng.ms(0, 1_500)).await;
                }
            }
            Kind::StoreClock => {
                let jump: i64 = *rng.pick(&[300, -300, 900, -900, 5_000, -5_000, 3_600_000]);
                let new_fence = jump.abs() > 1_000;
                fault!("{kind:?} by {jump} ms");
                self.store.take_over(Has::AllBut(0), new_fence, jump);
            }
            Kind::RoomServiceClock => {
                let jump = *rng.pick(&[500, -500, 2_000, -2_000, 60_000, -60_000]);
                fault!("{kind:?} {room_service} by {jump} ms");
                let at =
                    GATEWAYS.len() + ROOM_SERVICES.iter().position(|name| *name == room_service).unwrap_or(0);
                let store = self.processes.lock()[at].as_ref().and_then(|process| process.store.clone());
                if let Some(store) = store {
                    store.jump(jump);
                }
            }
            Kind::Deaf => {
                fault!("{room_service} is deaf for {time:?}");
                self.store.set_deaf(room_service, true);
                sleep(time).await;
                self.store.set_deaf(room_service, false);
            }
            Kind::Stuck => {
                let room = RoomId::parse(ROOMS[which]).expect("is an id");
                fault!("{room} is stuck for {time:?}");
                self.store.set_stuck(Some(room));
                sleep(time).await;
                self.store.set_stuck(None);
            }
            Kind::ResetLink => {
                fault!("reset of {gateway} {room_service}");
                self.net.reset(gateway, room_service);
            }
            Kind::KillGateway | Kind::KillRoomService => {
                let silent = rng.chance(300);
                let at = if kind == Kind::KillGateway { which } else { GATEWAYS.len() + which };
                fault!("{kind:?} {which}, silent {silent}, for {time:?}");
                self.kill(at, silent);
                sleep(time).await;
                self.again(at);
            }
            Kind::StopGateway | Kind::StopRoomService => {
                let at = if kind == Kind::StopGateway { which } else { GATEWAYS.len() + which };
                fault!("{kind:?} {which} for {time:?}");
                self.stop(at);
                // A new one binds when the old one has gone.
                sleep(time + Duration::from_secs(6)).await;
                self.again(at);
            }
            Kind::StoreAwayForOne | Kind::StoreAway => {
                fault!("{kind:?} {room_service} for {time:?}");
                let hosts = if kind == Kind::StoreAway { ROOM_SERVICES.to_vec() } else { vec![room_service] };
                hosts.iter().for_each(|host| self.store.set_away(host, true));
                sleep(time).await;
                hosts.iter().for_each(|host| self.store.set_away(host, false));
            }
            Kind::StoreTrouble => {
                let calls = *rng.pick(&[20, 100, 400]);
                fault!("store trouble of {calls} for {time:?}");
                self.store.set_trouble(calls, 0);
                sleep(time).await;
                self.store.set_trouble(0, 0);
            }
            Kind::HintTrouble => {
                let hints = *rng.pick(&[100, 500, 1_000]);
                fault!("hint trouble of {hints} for {time:?}");
                self.store.set_trouble(0, hints);
                sleep(time).await;
                self.store.set_trouble(0, 0);
            }
        }
    }

    fn again(&self, at: usize) {
        let gone = self.processes.lock()[at].is_none();
        if gone {
            self.start(at);
        }
    }

    fn heal(&self, people: &[String]) {
        fault!("all is healed");
        self.store.set_trouble(0, 0);
        self.store.set_stuck(None);
        for name in Self::names() {
            self.set_frozen(name, false);
        }
        for name in ROOM_SERVICES {
            self.store.set_away(name, false);
            self.store.set_deaf(name, false);
        }
        for (gateway, room_service) in GATEWAYS.iter().flat_map(|g| ROOM_SERVICES.iter().map(move |r| (g, r)))
        {
            self.net.set_slow(gateway, room_service, Duration::ZERO);
            self.net.set_slow(room_service, gateway, Duration::ZERO);
        }
        for gateway in GATEWAYS {
            let others = people.iter().map(String::as_str).chain(ROOM_SERVICES);
            for other in others {
                self.net.mend(gateway, other);
                self.net.mend(other, gateway);
            }
        }
        for at in 0..GATEWAYS.len() + ROOM_SERVICES.len() {
            self.again(at);
        }
    }

    fn api(&self) -> Vec<RoomServiceClient<Channel>> {
        let host = Host("api".into(), 0);
        let clients = ROOM_SERVICES.iter().map(|name| {
            let endpoint = Endpoint::from_shared(format!("http://{name}:1")).expect("is a url");
            RoomServiceClient::new(connect(&self.net, &host, &endpoint))
        });
        clients.collect()
    }
}

/// Calls of the API, each repeated under its `request_id` until it is answered for certain.
async fn calls(
    everything: Everything,
    mut rng: Rng,
    phase: watch::Receiver<Phase>,
    people: Vec<String>,
) -> bool {
    let mut clients = everything.api();
    let mut closed = false;
    let mut number = 0;
    let active = || *phase.borrow() == Phase::Active;
    while active() {
        sleep(rng.ms(20, 1_500)).await;
        number += 1;
        let room = (*rng.pick(&ROOMS)).to_owned();
        let request_id = format!("request-{number}");
        let body = format!("api-{number}");
        let what = rng.below(20);
        let person = rng.pick(&people).clone();
        let mut first = None;
        for attempt in 0..6 {
            let at = rng.below(2) as usize;
            let client = &mut clients[at];
            let id = request_id.clone();
            let call = async {
                match what {
                    0..=12 => {
                        let request = v1::SendMessageRequest {
                            room_id: room.clone(),
                            to: Vec::new(),
                            body: body.clone(),
                            request_id: id,
                        };
                        client.send_message(request).await.map(|answer| answer.into_inner().position)
                    }
                    13..=15 => {
                        let request = v1::RemoveParticipantRequest {
                            room_id: room.clone(),
                            participant_id: person.clone(),
                            request_id: id,
                            duration: None,
                        };
                        client.remove_participant(request).await?;
                        let request = v1::AllowParticipantRequest {
                            room_id: room.clone(),
                            participant_id: person.clone(),
                            request_id: String::new(),
                        };
                        client.allow_participant(request).await.map(|_| None)
                    }
                    16 => {
                        let request = v1::CloseRoomRequest { room_id: room.clone(), request_id: id };
                        closed = true;
                        client.close_room(request).await.map(|answer| answer.into_inner().position)
                    }
                    _ => client
                        .get_room(v1::GetRoomRequest { room_id: room.clone(), ..Default::default() })
                        .await
                        .map(|_| None),
                }
            };
            let answer = timeout(Duration::from_secs(6), call).await;
            note!("api {what} {request_id} try {attempt} at {at}: {answer:?}");
            match answer {
                Ok(Ok(position)) => {
                    // A store that loses the effect loses what it had answered.
                    let forgets = everything.faults.lock().losses;
                    if let Some(first) = first
                        && first != position
                        && !forgets
                    {
                        violated!("{request_id} was answered {first:?}, then {position:?}");
                    }
                    first = Some(position);
                    if what > 12 || rng.chance(700) {
                        break;
                    }
                }
                Ok(Err(status)) if status.code() == tonic::Code::Internal => {
                    violated!("{request_id}: {status:?}");
                }
                Ok(Err(_)) | Err(_) => {}
            }
            sleep(rng.ms(1, 300)).await;
        }
    }
    closed
}

async fn create_rooms(everything: &Everything) {
    let mut clients = everything.api();
    let window = |seconds: u64| Some(switchboard_proto::duration(seconds * 1_000));
    for room in ROOMS {
        let settings = v1::RoomSettings {
            resume_window: window(2),
            departure_timeout: window(10),
            empty_timeout: window(10),
            ..v1::RoomSettings::default()
        };
        for _ in 0..20 {
            let request = v1::CreateRoomRequest {
                room_id: room.into(),
                settings: Some(settings),
                ..v1::CreateRoomRequest::default()
            };
            match clients[0].create_room(request).await {
                Ok(_) => break,
                Err(status) => note!("create {room}: {status:?}"),
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Runs a seed on this thread.
pub(crate) fn run(seed: u64) {
    os::begin(seed);
    let base = std::sync::OnceLock::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .on_thread_unpark({
            move || {
                let base = base.get_or_init(Instant::now);
                os::set_now(u64::try_from(base.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
        })
        .build()
        .expect("a runtime can be made");
    runtime.block_on(scenario(seed));
    // What is left of it would only end.
    std::mem::forget(runtime);
}

async fn scenario(seed: u64) {
    let mut rng = Rng::new(seed, "scenario");
    let net = Net::new(Rng::new(seed, "net"));
    let everything = Everything {
        net: net.clone(),
        store: World::new(PARTITIONS, Rng::new(seed, "store")),
        processes: Arc::new(Mutex::new((0..4).map(|_| None).collect())),
        starts: Arc::default(),
        machines: Arc::new(Mutex::new(Rng::new(seed, "machines"))),
        gateways: Arc::default(),
        faults: Arc::default(),
    };
    for at in [2, 3, 0, 1] {
        everything.start(at);
    }
    sleep(Duration::from_millis(100)).await;
    create_rooms(&everything).await;

    let (set_phase, phase) = watch::channel(Phase::Active);
    let count = rng.range(4, 9);
    let names: Vec<String> = (0..count).map(|n| format!("p{n}")).collect();
    let record = Record::default();
    let rooms = rng.range(1, 4) as usize;
    let twins = rng.chance(400);
    let common = Common {
        net,
        record: record.clone(),
        contents: Arc::default(),
        world: everything.store.clone(),
        phase: phase.clone(),
        names: names.clone().into(),
        gateways: GATEWAYS.iter().map(|&name| name.to_owned()).collect(),
    };
    for (n, name) in names.iter().enumerate() {
        let person_rng = Rng::new(seed, name);
        let person = Person::new(common.clone(), name, ROOMS[n % rooms], name, person_rng, twins);
        tokio::spawn(person.live());
    }
    let calls = tokio::spawn(calls(everything.clone(), Rng::new(seed, "calls"), phase, names.clone()));

    let many = *rng.pick(&[80, 160, 300]);
    let mut kinds: Vec<Kind> = KINDS.into_iter().filter(|_| rng.chance(many)).collect();
    if rng.chance(100) {
        kinds = vec![*rng.pick(&KINDS)];
    }
    let only_stuck = rng.chance(30).then(|| RoomId::parse(ROOMS[0]).expect("is an id"));
    if let Some(room) = &only_stuck {
        kinds.clear();
        everything.store.set_stuck(Some(room.clone()));
        everything.faults.lock().only_stuck = Some(room.clone());
    }
    note!("{count} people, {rooms} rooms, twins {twins}, kinds {kinds:?}");
    let pause = *rng.pick(&[400, 1_500, 4_000]);
    let end = Instant::now() + Duration::from_secs(rng.range(6, 20));
    let mut faults = tokio::task::JoinSet::new();
    while Instant::now() < end {
        sleep(rng.ms(10, pause)).await;
        if kinds.is_empty() {
            continue;
        }
        let kind = *rng.pick(&kinds);
        let (everything, names) = (everything.clone(), names.clone());
        let mut fault_rng = Rng::new(rng.next(), "fault");
        faults.spawn(async move { everything.one_fault(kind, &names, &mut fault_rng).await });
    }
    faults.abort_all();
    while faults.join_next().await.is_some() {}
    sleep(Duration::from_millis(1)).await;
    everything.heal(&names);
    let healed = Instant::now();
    set_phase.send_replace(Phase::Quiet);
    let closed = timeout(Duration::from_secs(60), calls).await.is_ok_and(|closed| closed.unwrap_or(true));
    let mut faults = everything.faults.lock().clone();
    faults.times.push((healed, Instant::now()));
    // A lease, a window (that of a room made by a join is longer), and the comparison of heads.
    sleep(Duration::from_secs(if closed || faults.losses { 60 } else { 30 })).await;
    let heard = record.lock().clone();
    faults.forks = heard.values().any(|heard| heard.forked);
    let people: Vec<_> = names.iter().enumerate().map(|(n, name)| (name.clone(), ROOMS[n % rooms])).collect();
    let kept = everything.store.kept();
    let barred = check::all(&everything.store.memory(), &kept, &heard, &faults, &people).await;
    if !faults.links && !faults.forks && !faults.losses {
        // V9: nothing was lost on a link, so nothing may be missing on it.
        let holes: u64 =
            everything.gateways.lock().iter().map(|gateway| counter(gateway, "command_holes")).sum();
        if holes > 0 {
            violated!("V9: {holes} holes of counters though no link was broken");
        }
    }
    let live = heard.values().filter(|heard| heard.live).count();
    let events: usize = heard.values().map(|heard| heard.applied.len()).sum();
    note!("end: {} sessions, {live} live, {barred} barred, {events} events", heard.len());
    if live + barred != names.len() {
        violated!("{live} of {} people are in a room at rest, {barred} are barred", names.len());
    }
}

/// A gateway's counter, from its metrics.
fn counter(gateway: &Handle, name: &str) -> u64 {
    let text = gateway.metrics();
    let line = text.lines().find(|line| !line.starts_with('#') && line.contains(&format!("{name}_total")));
    let value = line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok());
    match value {
        Some(value) => value,
        None => {
            violated!("a gateway has no counter {name}");
            0
        }
    }
}
