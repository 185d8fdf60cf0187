//! Redis itself fails, in rounds of chance: killed, stopped, full, emptied, robbed of keys; alone, or with another fault
//! around it.

use std::time::Duration;

use switchboard_loadtest::testing::RedisServer;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, Shape};
use crate::faults::Fault;
use crate::people::People;
use crate::rounds::{millis, setting};
use crate::seeds::Seeds;

const PEOPLE: usize = 10;
const ROOMS: usize = 3;
const ROUNDS: u64 = 3;

/// What goes wrong with Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Redis {
    /// Killed, and back with all that it had answered for.
    KillWithData,
    /// Killed, and back empty.
    KillEmpty,
    /// Stopped, and goes on.
    Stop,
    /// Its memory is full.
    Full,
    /// It forgets its scripts.
    FlushScripts,
    /// It forgets everything.
    FlushAll,
    /// The keys of one room go; or only its hash, or only its log.
    DeleteRoom(usize),
    DeleteHash(usize),
    DeleteLog(usize),
}

impl Redis {
    fn any(seeds: &mut Seeds) -> Self {
        let room = seeds.below(ROOMS);
        match seeds.below(9) {
            0 => Self::KillWithData,
            1 => Self::KillEmpty,
            2 => Self::Stop,
            3 => Self::Full,
            4 => Self::FlushScripts,
            5 => Self::FlushAll,
            6 => Self::DeleteRoom(room),
            7 => Self::DeleteHash(room),
            _ => Self::DeleteLog(room),
        }
    }

    /// Whether it takes from the store what was stored.
    fn loses(self) -> bool {
        !matches!(self, Self::KillWithData | Self::Stop | Self::Full | Self::FlushScripts)
    }

    async fn happen(self, lasts: Duration, redis: &mut RedisServer, folder: &TempDir, rooms: &[String]) {
        match self {
            Self::KillWithData => {
                redis.kill();
                sleep(lasts).await;
                redis.restart().await;
                // It answers before it has read its data.
                while !redis.command("PING").await.contains("PONG") {
                    sleep(Duration::from_millis(10)).await;
                }
            }
            Self::KillEmpty => {
                redis.kill();
                sleep(lasts).await;
                for file in std::fs::read_dir(folder).expect("can be read").flatten() {
                    drop(std::fs::remove_dir_all(file.path()));
                    drop(std::fs::remove_file(file.path()));
                }
                redis.restart().await;
            }
            Self::Stop => {
                redis.stop_signal();
                sleep(lasts).await;
                redis.cont();
            }
            Self::Full => {
                redis.command("CONFIG SET maxmemory 1").await;
                sleep(lasts).await;
                redis.command("CONFIG SET maxmemory 0").await;
            }
            Self::FlushScripts => drop(redis.command("SCRIPT FLUSH").await),
            Self::FlushAll => drop(redis.command("FLUSHALL").await),
            Self::DeleteRoom(n) => delete(redis, &rooms[n], &["room", "log"]).await,
            Self::DeleteHash(n) => delete(redis, &rooms[n], &["room"]).await,
            Self::DeleteLog(n) => delete(redis, &rooms[n], &["log"]).await,
        }
    }
}

async fn delete(redis: &RedisServer, room: &str, kinds: &[&str]) {
    let mut keys = Vec::new();
    for kind in kinds {
        let found = redis.command(&format!("KEYS sb:*:{kind}:{room}")).await;
        keys.extend(found.split("\r\n").filter(|word| word.starts_with("sb:")).map(str::to_owned));
    }
    redis.command(&format!("DEL {}", keys.join(" "))).await;
}

#[derive(Debug, Clone, Copy)]
enum Any {
    Redis(Redis),
    Other(Fault),
}

/// Rounds with seeds from `SEED` on, `ROUNDS` of them; `ALONE=1`: of one fault each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv3_inv9_a_redis_that_fails_breaks_no_promise() {
    let (first, rounds) = (setting("SEED", 1), setting("ROUNDS", ROUNDS));
    let alone = setting("ALONE", 0) == 1;
    let (mut cluster, mut folder) = start(first).await;
    let mut failed = Vec::new();
    for seed in first..first + rounds {
        let (is_good, text) = round(seed, alone, &mut cluster, &folder).await;
        println!("{text}");
        if !is_good {
            failed.push(text);
            (cluster, folder) = start(seed).await;
        }
    }
    assert!(failed.is_empty(), "{} of {rounds} rounds failed:\n{}", failed.len(), failed.join("\n"));
}

async fn start(seed: u64) -> (Cluster, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("is text");
    let options = ["--dir", dir, "--appendonly", "yes", "--appendfsync", "always"];
    let mut seeds = Seeds(seed ^ u64::from(std::process::id()) ^ 0x5eed);
    (Cluster::start_on(&mut seeds, Shape { name: "outages", ..Shape::default() }, &options).await, folder)
}

async fn round(seed: u64, alone: bool, cluster: &mut Cluster, folder: &TempDir) -> (bool, String) {
    let mut seeds = Seeds(seed);
    let rooms: Vec<_> = (0..ROOMS).map(|n| format!("outage-{seed}-{n}")).collect();
    for room in &rooms {
        cluster.create_room(room).await;
    }
    let people = People::start(cluster, &rooms, PEOPLE, &mut seeds);
    people.until_connected().await;
    let begin = Instant::now();
    let (mut words, mut faults) = (Vec::new(), Vec::new());
    for n in 0..=seeds.below(if alone { 1 } else { 3 }) {
        sleep(millis(&mut seeds, 100, 900)).await;
        let lasts = millis(&mut seeds, 200, 3_800);
        let fault = if n == 0 || seeds.below(3) > 0 {
            Any::Redis(Redis::any(&mut seeds))
        } else {
            Any::Other(Fault::any(&mut seeds, PEOPLE, false))
        };
        let at = begin.elapsed();
        match fault {
            Any::Redis(fault) => fault.happen(lasts, cluster.redis_mut(), folder, &rooms).await,
            Any::Other(fault) => fault.happen(lasts, cluster, &people).await,
        }
        words.push(format!("{fault:?} at {at:.1?} until {:.1?}", begin.elapsed()));
        faults.push(fault);
    }
    cluster.heal().await;
    let healed = Instant::now();
    people.until_connected().await;
    let recovered = healed.elapsed();
    let talked = people.seen().len();
    let mut verdict = people.judge(cluster).await;
    let excused = excused(&faults);
    verdict.violations.retain(|violation| !excused.contains(&violation.assertion));
    let mut text = format!(
        "outage {seed}: {}; all back {recovered:.1?} after the last, settled {:.1?}; {talked} observations, {}",
        words.join(", "),
        healed.elapsed(),
        if verdict.is_good() { "good" } else { "BAD" },
    );
    if !verdict.is_quiet {
        text += "\n  not quiet: somebody is not connected, has stopped, or waits for an answer";
    }
    for violation in verdict.violations.iter().take(20) {
        text += &format!("\n  {violation}");
    }
    (verdict.is_good(), text)
}

/// What may not hold after these faults. A room's people hang on two room services here, so an outage makes two forks of
/// it, and where the store loses something the one that is behind may be the first to write back: the other's people are
/// reset. What is lost and was known to a room service alone that has gone, too, is lost with its counters.
fn excused(faults: &[Any]) -> &'static [&'static str] {
    let loses = faults.iter().any(|fault| matches!(fault, Any::Redis(redis) if redis.loses()));
    let forgets = faults.iter().any(|fault| {
        use Fault as Is;
        matches!(
            fault,
            Any::Other(Is::KillRoomService(_) | Is::TermRoomService(_) | Is::StopRoomService(_))
                | Any::Other(Is::CutStore(_) | Is::CutLink(..) | Is::HoldLink(..) | Is::LoseReply(_))
        )
    });
    if faults.iter().all(|fault| matches!(fault, Any::Redis(Redis::FlushScripts))) {
        &[]
    } else if loses && forgets {
        &["V6", "V7", "V8", "V18", "V20", "V21"]
    } else {
        &["V18"]
    }
}
