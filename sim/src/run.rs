//! One run: starts all, breaks what the seed says, heals, and checks.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use switchboard_gateway::codec::Encoding;
use switchboard_gateway::{Config as GatewayConfig, Gateway};
use switchboard_proto::v1;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_roomsvc::{Config as RoomConfig, StoreChoice, run_over};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint, Uri};

use crate::net::{End, Host, Net};
use crate::person::{Common, Person, Phase, Record};
use crate::rng::Rng;
use crate::store::World;
use crate::{check, fault, note, os, violated};

const PARTITIONS: u32 = 2;
const LEASE: Duration = Duration::from_secs(2);
const GATEWAYS: [&str; 2] = ["gw0", "gw1"];
const ROOM_SERVICES: [&str; 2] = ["rs0", "rs1"];
const ROOMS: [&str; 2] = ["red", "blue"];

/// What may go wrong in a run; a seed picks some, so that each is also met alone.
const KINDS: [Kind; 12] = [
    Kind::CutClient,
    Kind::CutLink,
    Kind::ResetLink,
    Kind::KillGateway,
    Kind::KillRoomService,
    Kind::StopGateway,
    Kind::StopRoomService,
    Kind::StoreAwayForOne,
    Kind::StoreAway,
    Kind::StoreTrouble,
    Kind::HintTrouble,
    Kind::CutLinkOneWay,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CutClient,
    CutLink,
    CutLinkOneWay,
    ResetLink,
    KillGateway,
    KillRoomService,
    StopGateway,
    StopRoomService,
    StoreAwayForOne,
    StoreAway,
    StoreTrouble,
    HintTrouble,
}

/// A process that runs.
struct Process {
    host: Host,
    stop: CancellationToken,
}

/// Everything of one run.
#[derive(Clone)]
struct Everything {
    net: Net,
    store: World,
    /// What runs, in the order of `GATEWAYS`, then `ROOM_SERVICES`.
    processes: Arc<Mutex<Vec<Option<Process>>>>,
    starts: Arc<Mutex<u32>>,
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
        if at < GATEWAYS.len() {
            self.start_gateway(&host, stop.clone());
        } else {
            self.start_room_service(&host, stop.clone());
        }
        self.processes.lock()[at] = Some(Process { host, stop });
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

    fn start_room_service(&self, host: &Host, stop: CancellationToken) {
        let (net, store, host) = (self.net.clone(), self.store.clone(), host.clone());
        tokio::spawn(async move {
            let config = RoomConfig {
                store: StoreChoice::Memory,
                partitions: PARTITIONS,
                gateway_lease: LEASE,
                // Work in memory is not simulated: the client here does not keep what is accepted and not stored.
                fork_after: Duration::from_secs(3_600),
                ..RoomConfig::default()
            };
            while !stop.is_cancelled() {
                let connections =
                    UnboundedReceiverStream::new(net.listen(&host)).map(Ok::<End, std::io::Error>);
                let store = Arc::new(store.of(&host));
                match run_over(store, connections, config.clone(), stop.clone()).await {
                    Ok(()) => break,
                    Err(error) => note!("{} does not start: {error}", host.0),
                }
                sleep(Duration::from_millis(300)).await;
            }
            note!("{}/{} has ended", host.0, host.1);
            net.kill(&host, false);
            store.kill(&host);
        });
    }

    /// Ends a process in no order, as a crash does.
    fn kill(&self, at: usize, silent: bool) {
        let Some(process) = self.processes.lock()[at].take() else { return };
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

    async fn one_fault(&self, kind: Kind, people: &[String], rng: &mut Rng) {
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
        for name in ROOM_SERVICES {
            self.store.set_away(name, false);
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
                    if let Some(first) = first
                        && first != position
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
    let rooms = rng.range(1, 3) as usize;
    let twins = rng.chance(400);
    let common = Common {
        net,
        record: record.clone(),
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

    let kinds: Vec<Kind> = KINDS.into_iter().filter(|_| rng.chance(350)).collect();
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
    set_phase.send_replace(Phase::Quiet);
    let closed = timeout(Duration::from_secs(60), calls).await.is_ok_and(|closed| closed.unwrap_or(true));
    // A lease, a window (that of a room made by a join is longer), and the comparison of heads.
    sleep(Duration::from_secs(if closed { 60 } else { 25 })).await;
    let heard = record.lock().clone();
    check::all(everything.store.memory(), &everything.store.log(), &heard).await;
    let live = heard.values().filter(|heard| heard.live).count();
    let events: usize = heard.values().map(|heard| heard.applied.len()).sum();
    note!("end: {} sessions, {live} live, {events} events", heard.len());
    if live != names.len() {
        violated!("{live} of {} people are in a room at rest", names.len());
    }
}
