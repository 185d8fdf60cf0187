//! Rooms in a real Redis Cluster: a shard that dies, and a slot that moves while its room is in use.

use std::sync::mpsc;
use std::time::Instant;

use switchboard_loadtest::testing::RedisCluster;

use crate::person::Person;
use crate::support::{RoomService, redis_store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_shard_of_a_cluster_fails_over_and_a_slot_moves_under_traffic() {
    let mut cluster = RedisCluster::start();
    let one = RoomService::on(redis_store(&cluster.url("")).await).await;
    let two = RoomService::on(redis_store(&cluster.url("")).await).await;
    let mut alice = Person::join(&one, "alice", "s1").await;
    let mut bob = Person::join(&two, "bob", "s2").await;
    let mut said = Vec::new();
    let mut word = |text: String| {
        said.push(text.clone());
        text
    };
    alice.say(&word("before".into())).await;
    alice.stored().await;
    bob.hears("before").await;

    // A slot moves, key by key, and is used after each step.
    let (owner, slot) = cluster.place_of("*:room:r");
    let other = (0..3).find(|n| *n != owner).expect("there are three");
    let (stepped, mut steps) = tokio::sync::mpsc::channel(1);
    let (go_on, wait) = mpsc::channel();
    let moving = tokio::task::spawn_blocking(move || {
        cluster.move_slot(slot, owner, other, |moved| {
            stepped.blocking_send(moved).expect("the test goes on");
            wait.recv().expect("the test goes on");
        });
        cluster
    });
    while let Some(moved) = steps.recv().await {
        for n in 0..5 {
            alice.say(&word(format!("moved {moved} {n}"))).await;
        }
        go_on.send(()).expect("it moves on");
    }
    cluster = moving.await.expect("it moves");
    alice.stored().await;
    assert_eq!(cluster.place_of("*:room:r"), (other, slot));
    alice.say(&word("moved".into())).await;
    alice.stored().await;
    bob.hears("moved").await;

    // Its new shard dies.
    cluster.nodes[other].kill();
    let killed = Instant::now();
    alice.say(&word("meanwhile".into())).await;
    alice.hears("meanwhile").await;
    alice.stored().await;
    println!("stored again {:?} after a shard was killed", killed.elapsed());
    bob.hears("meanwhile").await;
    assert_ne!(cluster.place_of("*:room:r").0, other);
    bob.say(&word("after".into())).await;
    bob.stored().await;
    alice.hears("after").await;
    assert_eq!(bob.heard, said, "invariant 4: in order, each once");
    assert!(alice.resets.is_empty() && bob.resets.is_empty(), "{:?} {:?}", alice.resets, bob.resets);
}
