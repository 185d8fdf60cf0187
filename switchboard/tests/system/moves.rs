//! Links follow their partitions.

use std::time::Duration;

use switchboard_loadtest::Client;
use tokio::time::Instant;

use crate::cluster::{Cluster, DEADLINE, RoomService, next_body, until};

/// Rooms enough that some belong to each of two room services.
const ROOMS: usize = 12;

/// One message in every room, and that the other one hears it.
async fn talk(pairs: &mut [(Client, Client)], n: u64) {
    for (alice, _) in &mut *pairs {
        assert_eq!(alice.message(&[], &n.to_string()).await.expect("is sent"), n);
    }
    for (_, bob) in pairs {
        assert_eq!(next_body(bob).await, n.to_string(), "in order, once each");
    }
}

fn moved(cluster: &Cluster) -> Vec<u64> {
    cluster.gateways.iter().map(|edge| edge.count("links_moved")).collect()
}

fn broken(cluster: &Cluster) -> Vec<u64> {
    cluster.gateways.iter().map(|edge| edge.count("links_broken")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_room_service_that_comes_back_gets_its_links_back_and_nothing_is_lost() {
    let mut cluster = Cluster::shared().await;
    let mut pairs = Vec::new();
    for room in 0..ROOMS {
        let room = format!("room-{room}");
        let alice = cluster.gateways[0].join(&room, "alice").await;
        pairs.push((alice, cluster.gateways[1].join(&room, "bob").await));
    }
    let mut sent = 1;
    talk(&mut pairs, sent).await;
    let address = cluster.room_services[0].address;
    drop(cluster.room_services.remove(0));
    until("the port is free", || std::net::TcpListener::bind(address).is_ok()).await;
    sent += 1;
    talk(&mut pairs, sent).await;

    let (broken_before, moved_before) = (broken(&cluster), moved(&cluster));
    cluster.room_services.insert(0, RoomService::start(&cluster.redis.url(), Some(address)));
    let by = Instant::now() + DEADLINE;
    let (mut last, mut since) = (moved_before.clone(), Instant::now());
    // Until both gateways have moved links, and no more go.
    while last.iter().zip(&moved_before).any(|(now, before)| now <= before)
        || since.elapsed() < Duration::from_secs(1)
    {
        assert!(Instant::now() < by, "links don't come back: {last:?} from {moved_before:?}");
        sent += 1;
        talk(&mut pairs, sent).await;
        // Below the rate of a connection.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = moved(&cluster);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    assert_eq!(broken(&cluster), broken_before, "they move without a break");
    for (alice, _) in &mut pairs {
        for n in 1..=sent {
            assert!(alice.ack(n).await.expect("is accepted").stored);
        }
    }
}
