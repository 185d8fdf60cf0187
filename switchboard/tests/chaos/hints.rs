//! Room services tell each other by hints where rooms stand; without them they read the log.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, Shape};
use crate::people::{People, losses};
use crate::seeds::Seeds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_subscriptions_that_redis_cuts_lose_nothing() {
    // Each gateway hangs on a room service of its own: what people at two gateways tell each other goes by hints.
    let shape = Shape { name: "hints", crossed: true, lease: Duration::from_secs(5), ..Shape::default() };
    let cluster = Cluster::of(shape).await;
    let rooms = cluster.create_rooms("room", 3).await;
    let people = People::start(&cluster, &rooms, 6, &mut Seeds(3));
    people.until_connected().await;
    let began = Instant::now();
    let mut cut = 0;
    for _ in 0..8 {
        sleep(Duration::from_millis(300)).await;
        let answer = cluster.redis().command("CLIENT KILL TYPE pubsub").await;
        cut += answer.trim_start_matches(':').trim().parse::<u32>().expect("says how many");
    }
    assert!(cut >= 4, "only {cut} subscriptions were cut");
    println!("{cut} subscriptions cut: longest silence {:.1?}", people.longest_silence(began));
    let history = people.judge(&cluster).await.good();
    assert_eq!(losses(&history), [""; 0]);
}
