//! Rounds of chance: traffic, a few faults, quiet, judgement.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, LEASE, Shape};
use crate::faults::Fault;
use crate::people::People;
use crate::seeds::Seeds;

const PEOPLE: usize = 10;
const ROOMS: usize = 3;
const ROUNDS: u64 = 3;
const SHAPE: Shape =
    Shape { name: "rounds", crossed: false, lease: LEASE, gateway: &["--drain-window", "3s"] };

pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("is a number"))
}

/// Rounds with seeds from `SEED` on, `ROUNDS` of them; with `REDIS=1` Redis itself is stopped and killed as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_chance_break_no_promise() {
    let (first, rounds) = (setting("SEED", 1), setting("ROUNDS", ROUNDS));
    let mut cluster = Cluster::start(&mut Seeds(first ^ u64::from(std::process::id())), SHAPE).await;
    let mut failed = Vec::new();
    for seed in first..first + rounds {
        let report = round(seed, &mut cluster).await;
        println!("{}", report.text);
        if !report.is_good {
            failed.push(report.text);
            cluster = Cluster::start(&mut Seeds(seed ^ u64::from(std::process::id())), SHAPE).await;
        }
    }
    assert!(failed.is_empty(), "{} of {rounds} rounds failed:\n{}", failed.len(), failed.join("\n"));
}

struct Report {
    is_good: bool,
    text: String,
}

async fn round(seed: u64, cluster: &mut Cluster) -> Report {
    let mut seeds = Seeds(seed);
    let with_redis = setting("REDIS", 0) == 1;
    let forked = cluster.forks();
    let rooms: Vec<_> = (0..ROOMS).map(|n| format!("round-{seed}-{n}")).collect();
    for room in &rooms {
        cluster.create_room(room).await;
    }
    let mut people = People::start(cluster, &rooms, PEOPLE, &mut seeds);
    // A lease of two seconds also runs out where a busy machine stops somebody for so long.
    people.may_flap = true;
    people.until_connected().await;
    let begin = Instant::now();
    let mut faults = Vec::new();
    for _ in 0..=seeds.below(3) {
        sleep(millis(&mut seeds, 100, 900)).await;
        let (fault, lasts) = (Fault::any(&mut seeds, PEOPLE, with_redis), millis(&mut seeds, 200, 3_800));
        let at = begin.elapsed();
        people.may_reset |= fault.may_reset();
        fault.happen(lasts, cluster, &people).await;
        faults.push(format!("{fault:?} at {at:.1?} until {:.1?}", begin.elapsed()));
    }
    cluster.heal().await;
    let healed = Instant::now();
    people.until_connected().await;
    let recovered = healed.elapsed();
    let talked = people.seen().len();
    // A room service that was stopped for long finds that the store has not answered for long, and goes on without it.
    people.may_reset |= cluster.forks() > forked;
    let verdict = people.judge(cluster).await;
    let mut text = format!(
        "round {seed}: {}; all back {recovered:.1?} after the last, settled {:.1?}; {talked} observations, {}",
        faults.join(", "),
        healed.elapsed(),
        if verdict.is_good() { "good" } else { "BAD" },
    );
    text += &verdict.text();
    Report { is_good: verdict.is_good(), text }
}

pub(crate) fn millis(seeds: &mut Seeds, least: usize, more: usize) -> Duration {
    Duration::from_millis(u64::try_from(least + seeds.below(more)).expect("is small"))
}
