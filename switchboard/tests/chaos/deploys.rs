//! A new version is rolled out: each process is replaced, one after the other, under traffic.

use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::{Cluster, Shape};
use crate::people::{People, losses, until};
use crate::seeds::Seeds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_inv6_inv9_a_rolling_replacement_loses_nothing_and_nobody_is_seen_to_go() {
    let shape = Shape {
        name: "deploy",
        lease: Duration::from_secs(5),
        gateway: &["--drain-window", "800ms"],
        ..Shape::default()
    };
    let mut cluster = Cluster::of(shape).await;
    let rooms = cluster.create_rooms("room", 3).await;
    let people = People::start(&cluster, &rooms, 9, &mut Seeds(5));
    people.until_connected().await;
    let began = Instant::now();
    for n in 0..2 {
        cluster.gateways[n].terminate().await;
        cluster.gateways[n].start();
        ready(&cluster).await;
    }
    println!("both gateways replaced: longest silence {:.1?}", people.longest_silence(began));
    let began = Instant::now();
    for n in 0..2 {
        cluster.room_services[n].terminate().await;
        cluster.room_services[n].start();
        ready(&cluster).await;
    }
    println!("both room services replaced: longest silence {:.1?}", people.longest_silence(began));
    people.until_connected().await;
    let history = people.judge(&cluster).await.good();
    assert_eq!(losses(&history), [""; 0], "nobody was seen to be lost or to go");
}

/// As an operator waits: the new one is up, and both gateways reach both room services.
async fn ready(cluster: &Cluster) {
    for process in cluster.room_services.iter().chain(&cluster.gateways) {
        process.listening().await;
    }
    let reaches = "switchboard_gateway_room_services_healthy";
    until("every gateway reaches both room services", || {
        cluster.gateways.iter().all(|gateway| gateway.metric(reaches) == 2)
    })
    .await;
}
