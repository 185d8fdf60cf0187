//! Each kind of process is stopped and woken (SIGSTOP, SIGCONT), under traffic.

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, Process, Shape};
use crate::people::People;
use crate::seeds::Seeds;

/// Shorter than a lease: the room is told nothing.
const NAP: Duration = Duration::from_millis(1_200);
/// Long enough that rooms go on without the store (1 s), and that its calls run out (2 s).
const STORE_NAP: Duration = Duration::from_millis(3_500);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sleeper {
    Gateway,
    RoomService,
    Redis,
}

async fn naps(sleeper: Sleeper, name: &'static str) {
    let mut cluster = Cluster::of(Shape { name, lease: Duration::from_secs(5), ..Shape::default() }).await;
    let rooms = cluster.create_rooms("room", 3).await;
    let mut people = People::start(&cluster, &rooms, 6, &mut Seeds(6));
    people.until_connected().await;
    let began = Instant::now();
    match sleeper {
        Sleeper::Gateway => nap(&cluster.gateways[0]).await,
        Sleeper::RoomService => nap(&cluster.room_services[0]).await,
        Sleeper::Redis => {
            cluster.redis().stop_signal();
            sleep(STORE_NAP).await;
            cluster.redis().cont();
            // An append that was under way when the store stopped did happen, and is another history than what was
            // said without it: then sessions are reset, and say again what was only accepted.
            people.may_reset = true;
        }
    }
    let woken = Instant::now();
    cluster.heal().await;
    people.until_connected().await;
    let silence = people.longest_silence(began);
    println!("{sleeper:?} stopped for {:.1?}: longest silence {silence:.1?}", woken - began);
    people.judge(&cluster).await.good();
}

async fn nap(process: &Process) {
    process.stop().await;
    sleep(NAP).await;
    process.signal(Signal::CONT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_gateway_that_naps_loses_nothing() {
    naps(Sleeper::Gateway, "gateway-naps").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_room_service_that_naps_loses_nothing() {
    naps(Sleeper::RoomService, "roomsvc-naps").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv3_inv9_a_redis_that_naps_loses_nothing() {
    naps(Sleeper::Redis, "redis-naps").await;
}
