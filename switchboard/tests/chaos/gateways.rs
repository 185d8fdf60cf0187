//! A gateway dies, or sleeps.

use std::time::Duration;

use rustix::process::Signal;
use switchboard_loadtest::checker::What;
use switchboard_loadtest::participant::Settings;
use switchboard_loadtest::{Client, Encoding};
use switchboard_proto::v1::ResetReason;
use tokio::time::Instant;

use crate::cluster::{Cluster, Shape};
use crate::people::{People, comings_and_goings, losses, settings, until};
use crate::seeds::Seeds;

/// Long enough that a busy machine does not make it run out by itself.
const LEASE: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_inv9_a_gateway_is_killed_nobody_flaps_and_who_never_comes_back_leaves_once() {
    const PEOPLE: usize = 9;
    let mut cluster = Cluster::of(Shape { name: "gateway-killed", lease: LEASE, ..Shape::default() }).await;
    let rooms = cluster.create_rooms("room", 3).await;
    let mut people = People::start(&cluster, &rooms, PEOPLE, &mut Seeds(4));
    let mut ghost = Client::connect(&cluster.urls()[0], Encoding::Json).await.expect("connects");
    ghost.join(&rooms[0], "ghost", "").await.expect("joins");
    people.until_connected().await;

    let killed = Instant::now();
    cluster.gateways[0].kill();
    let are_back = || (0..PEOPLE).step_by(2).all(|n| people.is_back(n, 2));
    until("all of the killed gateway are back", are_back).await;
    println!("a gateway is killed: all back within {:.0?}", killed.elapsed());
    drop(ghost);
    // The room is told of the ghost once: lost, then gone.
    people.until_gone("ghost").await;
    println!("a gateway is killed: its ghost is gone within {:.1?}", killed.elapsed());
    people.may_flap = false;
    let history = people.judge(&cluster).await.good();
    assert_eq!(losses(&history), ["ghost reconnecting", "ghost left Expired"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv8_inv9_a_gateway_that_sleeps_holds_up_nobody_and_goes_on_when_it_wakes() {
    // Beyond what the log keeps (4 MiB), the windows of a link, and all buffers on the way.
    const MESSAGES: usize = 768;
    const BYTES: usize = 30 << 10;
    // A ring of 4 MiB, a queue of 1 MiB, and what an allocator keeps; without bounds it would be all of the 22 MiB.
    const GROWN_KIB_MAX: u64 = 16 << 10;
    let cluster = Cluster::of(Shape { name: "gateway-sleeps", ..Shape::default() }).await;
    for room in ["loud", "quiet"] {
        cluster.create_room_with(room, Duration::from_secs(60)).await;
    }
    let mut people = People::new();
    // Those at the sleeping gateway wait for it, however long it is silent.
    let patient = |room, n| {
        let silence = Duration::from_secs(60);
        Settings { heartbeat: silence, silence, ..settings(&cluster, room, n) }
    };
    let (alice, bob) = (people.add(patient("loud", 0)), people.add(patient("loud", 0)));
    let sleeper = people.add(patient("loud", 1));
    let (dave, erin) = (people.add(patient("quiet", 0)), people.add(patient("quiet", 1)));
    people.until_connected().await;
    people.say(dave, "before").await;
    people.until_told(erin, "before").await;

    let memory = || cluster.room_services.iter().map(|service| service.memory_kib()).collect::<Vec<_>>();
    cluster.gateways[1].stop().await;
    let (before, began) = (memory(), Instant::now());
    let body = "x".repeat(BYTES);
    for n in 0..MESSAGES {
        people.say(alice, &format!("{n} {body}")).await;
        people.until_told(bob, &format!("{n} ")).await;
    }
    people.say(dave, "meanwhile").await;
    let (grown, took) = (grown(&before, &memory()), began.elapsed());
    println!("a gateway sleeps: {MESSAGES} messages of {BYTES} bytes in {took:.1?}, grown by {grown:?} KiB");
    assert!(grown.iter().all(|kib| *kib < GROWN_KIB_MAX), "room services grew by {grown:?} KiB");

    cluster.gateways[1].signal(Signal::CONT);
    // The log no longer has what it missed.
    people
        .until_seen("the sleeper is reset", |o| {
            o.client == sleeper as u64 && matches!(o.what, What::Reset(_))
        })
        .await;
    let stands = |n: usize| people.all[n].status().position.map_or(0, |position| position.seq);
    until("and has its snapshot", || stands(sleeper) >= stands(alice)).await;
    people.say(alice, "awake").await;
    people.until_told(sleeper, "awake").await;
    people.until_told(erin, "meanwhile").await;
    // Its lease may have run out meanwhile; nobody left.
    (people.may_flap, people.may_reset) = (true, true);
    let history = people.judge(&cluster).await.good();
    let resets = history.observations.iter().filter_map(|o| match o.what {
        What::Reset(reason) => Some((o.client, reason)),
        _ => None,
    });
    assert_eq!(resets.collect::<Vec<_>>(), [(sleeper as u64, ResetReason::Trimmed)]);
    let left: Vec<_> =
        comings_and_goings(&history).into_iter().filter(|told| told.contains("left")).collect();
    assert_eq!(left, [""; 0]);
}

fn grown(before: &[u64], after: &[u64]) -> Vec<u64> {
    before.iter().zip(after).map(|(before, after)| after.saturating_sub(*before)).collect()
}
