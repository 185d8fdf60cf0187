//! How long each fault is felt, as a table: `make recovery` (RUNS; FAULT for those whose name has that; the figures of
//! README.md are from it).
//!
//! Felt is the longest time in which somebody in a room where people talk all the time was told nothing.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, Shape};
use crate::faults::Fault;
use crate::people::People;
use crate::rounds::setting;
use crate::seeds::Seeds;

const PEOPLE: usize = 9;
const ROOMS: usize = 3;
const RUNS: u64 = 10;
/// Between people's first words and the fault, and after it.
const LEAD: Duration = Duration::from_millis(500);

/// A fault of each kind, at one of two processes, and how many milliseconds it lasts.
type Row = (&'static str, fn(usize) -> Fault, u64);

const FAULTS: [Row; 16] = [
    ("none", |_| Fault::None, 1_000),
    ("a gateway is killed", Fault::KillGateway, 3_000),
    ("a gateway is stopped (SIGTERM)", Fault::TermGateway, 1_000),
    ("a gateway sleeps 3 s (SIGSTOP)", Fault::StopGateway, 3_000),
    ("a room service is killed", Fault::KillRoomService, 3_000),
    ("a room service is stopped (SIGTERM)", Fault::TermRoomService, 3_000),
    ("a room service sleeps 3 s (SIGSTOP)", Fault::StopRoomService, 3_000),
    ("connections of clients are cut", Fault::CutClients, 1_000),
    ("connections of clients carry nothing for 3 s", Fault::HoldClients, 3_000),
    ("a gateway's connection to a room service is cut", |n| Fault::CutLink(n, n), 1_000),
    ("it carries nothing for 3 s", |n| Fault::HoldLink(n, n), 3_000),
    ("a room service's connections to Redis are cut", Fault::CutStore, 1_000),
    ("the store's reply is lost", Fault::LoseReply, 1_000),
    ("Redis sleeps 4 s (SIGSTOP)", |_| Fault::StopRedis, 4_000),
    ("Redis is killed, and back after 4 s with its data", |_| Fault::KillRedis, 4_000),
    ("Redis is emptied (FLUSHALL)", |_| Fault::EmptyRedis, 1_000),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, for make recovery"]
async fn how_long_each_fault_is_felt() {
    let runs = setting("RUNS", RUNS);
    println!("| fault | felt, median | longest | runs |\n| --- | --- | --- | --- |");
    let mut bad = Vec::new();
    let wanted = std::env::var("FAULT").unwrap_or_default();
    for (name, fault, lasts) in FAULTS.into_iter().filter(|(name, ..)| name.contains(&wanted)) {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path().to_str().expect("is text");
        let redis = ["--appendonly", "yes", "--appendfsync", "always", "--dir", directory];
        let shape = Shape { name: "recovery", gateway: &["--drain-window", "1s"], ..Shape::default() };
        let mut cluster = Cluster::start_on(&mut Seeds(lasts), shape, &redis).await;
        let mut felt = Vec::new();
        for run in 0..runs {
            // In turn: who has just come back has no links yet, and nobody would feel its end.
            let fault = fault(usize::try_from(run % 2).expect("is small"));
            let (silence, verdict) = measure(&mut cluster, fault, Duration::from_millis(lasts), run).await;
            felt.push(silence);
            bad.extend(verdict.map(|text| format!("{name}, run {run}:{text}")));
        }
        felt.sort();
        let (median, longest) = (felt[felt.len() / 2], felt[felt.len() - 1]);
        println!("| {name} | {median:.2?} | {longest:.2?} | {runs} |");
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

async fn measure(
    cluster: &mut Cluster,
    fault: Fault,
    lasts: Duration,
    run: u64,
) -> (Duration, Option<String>) {
    let rooms = cluster.create_rooms(&format!("run-{run}"), ROOMS).await;
    let mut people = People::start(cluster, &rooms, PEOPLE, &mut Seeds(run));
    people.until_connected().await;
    sleep(LEAD).await;
    let began = Instant::now();
    fault.happen(lasts, cluster, &people).await;
    cluster.heal().await;
    people.until_connected().await;
    sleep(LEAD).await;
    let silence = people.longest_silence(began);
    (people.may_flap, people.may_reset) = (true, fault.may_reset());
    let verdict = people.judge(cluster).await;
    (silence, (!verdict.is_good()).then(|| verdict.text()))
}
