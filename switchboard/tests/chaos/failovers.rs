//! Redis fails over under traffic, in rounds of chance: behind Sentinels, and as a Cluster whose slots move, too.

use std::fmt::Debug;
use std::time::Duration;

use switchboard_loadtest::testing::{RedisCluster, RedisSentinels};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, Shape};
use crate::people::People;
use crate::rounds::{millis, setting};
use crate::seeds::Seeds;

const PEOPLE: usize = 9;
const ROOMS: usize = 3;
const ROUNDS: u64 = 1;

/// How a primary goes.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// It dies, and is back as a replica.
    Killed,
    /// The same; and what it took last, for so long, no replica has.
    KilledWithTail(Duration),
    /// It hangs, and wakes when it has been replaced: for a while it believes that it is the primary.
    Stopped,
    /// An operator asks for it.
    Asked,
}

/// What happens to a Cluster: a primary goes, or a slot moves from one to another.
#[derive(Debug, Clone, Copy)]
enum Shift {
    Primary(Way),
    Slot,
}

fn any_way(seeds: &mut Seeds) -> Way {
    match seeds.below(4) {
        0 => Way::Killed,
        1 => Way::KilledWithTail(millis(seeds, 100, 900)),
        2 => Way::Stopped,
        _ => Way::Asked,
    }
}

/// Rounds with seeds from `SEED` on, `FAILOVERS` of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn inv3_inv9_failovers_by_sentinels_break_no_promise() {
    let mut redis = RedisSentinels::start();
    let url = redis.url("");
    rounds("sentinels", &url, any_way, |way, _| {
        let before = redis.primary();
        match way {
            Way::Killed | Way::KilledWithTail(_) => {
                if let Way::KilledWithTail(tail) = way {
                    redis.servers[before].cut_replicas();
                    std::thread::sleep(tail);
                }
                redis.servers[before].kill();
                redis.wait_for_failover(before);
                redis.servers[before].restart();
            }
            Way::Stopped => {
                redis.servers[before].stop_signal();
                redis.wait_for_failover(before);
                redis.servers[before].cont();
            }
            Way::Asked => drop(redis.fail_over()),
        }
        redis.wait_until_whole();
    })
    .await;
}

/// As [`inv3_inv9_failovers_by_sentinels_break_no_promise`].
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn inv3_inv9_a_cluster_whose_shards_fail_and_whose_slots_move_breaks_no_promise() {
    let mut redis = RedisCluster::start();
    let url = redis.url("");
    let any = |seeds: &mut Seeds| match seeds.below(3) {
        0 => Shift::Slot,
        _ => Shift::Primary(any_way(seeds)),
    };
    rounds("shards", &url, any, |shift, room| {
        let (owner, slot) = redis.place_of(&format!("*:room:{room}"));
        match shift {
            Shift::Slot => {
                let other = (0..redis.nodes.len()).find(|n| *n != owner && redis.nodes[*n].is_primary());
                redis.move_slot(slot, owner, other.expect("there are three"), |_| {});
            }
            Shift::Primary(Way::Asked) => redis.fail_over(owner, slot),
            Shift::Primary(Way::Stopped) => {
                redis.nodes[owner].stop_signal();
                redis.wait_for_failover(slot, owner);
                redis.nodes[owner].cont();
            }
            Shift::Primary(way) => {
                if let Way::KilledWithTail(tail) = way {
                    redis.nodes[owner].cut_replicas();
                    std::thread::sleep(tail);
                }
                redis.nodes[owner].kill();
                redis.wait_for_failover(slot, owner);
                redis.nodes[owner].restart();
            }
        }
        redis.wait_until_safe();
    })
    .await;
}

/// Traffic, one or two things that happen, quiet, judgement; `happen` waits by sleeping and is told one of the rooms.
async fn rounds<W: Debug + Copy>(
    name: &'static str,
    url: &str,
    any: impl Fn(&mut Seeds) -> W,
    mut happen: impl FnMut(W, &str),
) {
    let (first, rounds) = (setting("SEED", 1), setting("FAILOVERS", ROUNDS));
    let shape = Shape { name, ..Shape::default() };
    let mut seeds = Seeds(first ^ u64::from(std::process::id()) ^ url.len() as u64);
    let cluster = Cluster::start_at(&mut seeds, shape, [url, url]).await;
    let mut failed = Vec::new();
    for seed in first..first + rounds {
        let mut seeds = Seeds(seed);
        let rooms = cluster.create_rooms(&format!("{name}-{seed}"), ROOMS).await;
        let mut people = People::start(&cluster, &rooms, PEOPLE, &mut seeds);
        // The store is away meanwhile: two room services go on with a room apart, and one history is taken.
        (people.may_reset, people.may_flap) = (true, true);
        people.until_connected().await;
        let (begin, mut words) = (Instant::now(), Vec::new());
        for _ in 0..=seeds.below(2) {
            sleep(millis(&mut seeds, 100, 900)).await;
            let (what, room, at) = (any(&mut seeds), &rooms[seeds.below(ROOMS)], begin.elapsed());
            block_in_place(|| happen(what, room));
            words.push(format!("{what:?} at {at:.1?} until {:.1?}", begin.elapsed()));
        }
        let talked = people.seen().len();
        let verdict = people.judge(&cluster).await;
        let word = if verdict.is_good() { "good" } else { "BAD" };
        let text =
            format!("{name} {seed}: {}; {talked} observations, {word}{}", words.join(", "), verdict.text());
        println!("{text}");
        if !verdict.is_good() {
            failed.push(text);
        }
    }
    assert!(failed.is_empty(), "{} of {rounds} rounds failed:\n{}", failed.len(), failed.join("\n"));
}
