//! Clients that are slow, frozen, or half there harm themselves alone, and come back.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use switchboard_loadtest::checker::What;
use switchboard_loadtest::client::Options;
use switchboard_loadtest::participant::{Settings, Trouble};
use tokio::time::Instant;

use crate::cluster::{Cluster, Shape, program};
use crate::people::{People, is_told, losses, settings, until};
use crate::proxy::{Mode, Proxy};
use crate::seeds::Seeds;

/// A gateway that looks after its sockets quickly: a ping every 2 s, 0.8 s for the answer.
const QUICK: &[&str] = &["--ping-interval", "2s"];
/// One that does not miss an answer to a ping before an outbox is full.
const PATIENT: &[&str] = &["--ping-interval", "300s"];
/// What an outbox holds at most, in KiB, and what a socket may cost beyond: buffers, frames under way.
const SOCKET_KIB: u64 = 256 + 256;
/// What an allocator and the event in everybody's outbox may keep beside, in KiB.
const BESIDE_KIB: u64 = 24 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv8_who_stops_reading_costs_an_outbox_and_resumes() {
    const DEAF: usize = 12;
    let shape = Shape { name: "deaf", lease: Duration::from_secs(10), gateway: PATIENT, ..Shape::default() };
    let cluster = Cluster::of(shape).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(settings(&cluster, "room", 1));
    let small = Options { receive_buffer_bytes: Some(4_096), ..settings(&cluster, "room", 1).options };
    let deaf: Vec<_> = (0..DEAF)
        .map(|_| people.add(Settings { options: small.clone(), ..settings(&cluster, "room", 1) }))
        .collect();
    people.until_connected().await;
    let before = cluster.gateways[1].memory_kib();
    for n in &deaf {
        people.trouble(*n, Trouble::Deaf).await;
    }
    // Until every outbox is full, and what the kernel holds before it. Bob reads on, at the same gateway.
    let body = "x".repeat(8 << 10);
    let overflows = || cluster.gateways[1].metric("switchboard_gateway_limits_hit_total{limit=\"outbox\"}");
    let (mut n, mut peak) = (0, before);
    while overflows() < DEAF as u64 {
        for _ in 0..8 {
            n += 1;
            people.say(alice, &format!("{n} {body}")).await;
        }
        people.until_told(bob, &format!("{n} ")).await;
        peak = peak.max(cluster.gateways[1].memory_kib());
        assert!(n < 4_000, "the deaf are never closed");
    }
    let grown = peak.saturating_sub(before);
    println!(
        "{DEAF} that stopped reading: closed after {n} messages of 8 KiB, the gateway grew by {grown} KiB"
    );
    let bound = DEAF as u64 * SOCKET_KIB + BESIDE_KIB;
    assert!(grown < bound, "the gateway grew by {grown} KiB, expected less than {bound}");
    for n in &deaf {
        people.trouble(*n, Trouble::Over).await;
    }
    people.say(alice, "hear, hear").await;
    for n in &deaf {
        people.until_told(*n, "hear, hear").await;
    }
    let history = people.judge(&cluster).await.good();
    for n in deaf {
        let codes = history.observations.iter().filter_map(|o| match o.what {
            What::Lost { code, .. } if o.client == n as u64 => Some(code),
            _ => None,
        });
        // Once: what it missed then comes as fast as it reads. 1006: it read on too late for the close frame, which waits
        // for 2 s.
        let codes: Vec<_> = codes.collect();
        assert!(matches!(codes.as_slice(), [4202 | 1006]), "{codes:?}");
    }
    let undisturbed = |o: &&switchboard_loadtest::checker::Observation| {
        (o.client == alice as u64 || o.client == bob as u64) && matches!(o.what, What::Lost { .. })
    };
    assert_eq!(history.observations.iter().filter(undisturbed).count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_inv8_sockets_that_carry_nothing_any_more_are_closed_and_their_people_are_elsewhere() {
    let shape =
        Shape { name: "half-open", lease: Duration::from_secs(10), gateway: QUICK, ..Shape::default() };
    let cluster = Cluster::of(shape).await;
    cluster.create_room_with("room", Duration::from_secs(60)).await;
    // A way to the first gateway that some have for themselves.
    let hole = Proxy::start(&mut Seeds(66), cluster.gateways[0].port).await;
    let urls = vec![format!("ws://127.0.0.1:{}/ws", hole.port), cluster.urls()[1].clone()];
    let mut people = People::new();
    let alice = people.add(settings(&cluster, "room", 0));
    let bob = people.add(settings(&cluster, "room", 1));
    let lost: Vec<_> = (0..4)
        .map(|_| people.add(Settings { urls: urls.clone(), ..settings(&cluster, "room", 0) }))
        .collect();
    people.until_connected().await;
    people.talk(alice, [bob].into_iter(), Seeds(1));
    people.talk(bob, [alice].into_iter(), Seeds(2));
    let began = Instant::now();
    // Bytes wait, and nobody is told of it: no reset, no end.
    hole.set(Mode::Blackhole);
    until("all of them are at the other gateway", || lost.iter().all(|n| people.is_back(*n, 2))).await;
    println!("half-open: back elsewhere within {:.1?}", began.elapsed());
    // And the gateway lets go of what is left there, while the hole is still a hole.
    let open = || cluster.gateways[0].metric("switchboard_gateway_sockets_open{");
    let closed = || open() == people.count_at(&cluster, 0) as u64;
    until("the gateway closes their sockets", closed).await;
    println!("half-open: their sockets closed within {:.1?}", began.elapsed());
    hole.set(Mode::Pass);
    let history = people.judge(&cluster).await.good();
    let told = losses(&history);
    assert!(!told.iter().any(|told| told.contains("left")), "{told:?}");
}

/// A client in a process of its own, which can be stopped. Killed by its id when this is dropped.
struct Frozen(Child);

impl Frozen {
    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("has an id");
        kill_process(id, signal).expect("runs");
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_inv8_a_client_that_is_stopped_is_closed_in_time_and_its_neighbours_notice_nothing() {
    const FROZEN: usize = 5;
    let shape = Shape { name: "frozen", lease: Duration::from_secs(10), gateway: QUICK, ..Shape::default() };
    let cluster = Cluster::of(shape).await;
    let rooms = cluster.create_rooms("room", 3).await;
    let people = People::start(&cluster, &rooms, 6, &mut Seeds(8));
    let gateway = format!("http://127.0.0.1:{}", cluster.gateways[0].port);
    let frozen = FROZEN.to_string();
    let args =
        ["loadtest", "idle", "--gateway", &gateway, "--rooms", "1", "--people", &frozen, "--duration", "10m"];
    let client =
        Command::new(program()).args(args).stdout(Stdio::null()).spawn().expect("the program starts");
    let client = Frozen(client);
    people.until_connected().await;
    let open = || cluster.gateways[0].metric("switchboard_gateway_sockets_open{");
    let closes = || {
        cluster.gateways[0].metric("switchboard_gateway_closes_total{code=\"4104\",reason=\"ping_timeout\"}")
    };
    let beside = || people.count_at(&cluster, 0) as u64;
    until("all have joined", || open() == beside() + FROZEN as u64).await;
    client.signal(Signal::STOP);
    let stopped = Instant::now();
    until("those that do not answer are closed", || closes() == FROZEN as u64).await;
    println!("a client is stopped: its {FROZEN} sockets are closed within {:.1?}", stopped.elapsed());
    until("and gone", || open() == beside()).await;
    // It finds out when it wakes: the code says that it may come back.
    client.signal(Signal::CONT);
    let history = people.judge(&cluster).await.good();
    assert_eq!(losses(&history), [""; 0], "the neighbours were there all the time");
    assert_eq!(history.observations.iter().filter(|o| matches!(o.what, What::Lost { .. })).count(), 0);
    assert!(history.observations.iter().any(|o| is_told(o, 0, "")), "and went on");
}
