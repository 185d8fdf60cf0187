//! What goes wrong in a round, and for how long.

use std::time::Duration;

use rustix::process::Signal;
use switchboard_loadtest::participant::Trouble;
use tokio::time::{sleep, timeout};

use crate::cluster::Cluster;
use crate::people::People;
use crate::proxy::Mode;
use crate::seeds::Seeds;

/// One fault. The numbers are those of gateway, room service, participant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    KillGateway(usize),
    KillRoomService(usize),
    StopGateway(usize),
    StopRoomService(usize),
    TermGateway(usize),
    TermRoomService(usize),
    CutClients(usize),
    HoldClients(usize),
    DelayClients(usize),
    CutLink(usize, usize),
    HoldLink(usize, usize),
    CutStore(usize),
    /// A script runs, and its reply is lost with the connection.
    LoseReply(usize),
    Trouble(usize, Trouble),
    StopRedis,
    /// It comes back with what it has on its disk, if anything.
    KillRedis,
    EmptyRedis,
    None,
}

impl Fault {
    /// Any; those of Redis itself only `with_redis`.
    pub(crate) fn any(seeds: &mut Seeds, people: usize, with_redis: bool) -> Self {
        let (one, two) = (seeds.below(2), seeds.below(2));
        match seeds.below(if with_redis { 21 } else { 19 }) {
            0 => Self::KillGateway(one),
            1 => Self::KillRoomService(one),
            2 => Self::StopGateway(one),
            3 => Self::StopRoomService(one),
            4 => Self::TermGateway(one),
            5 => Self::TermRoomService(one),
            6 => Self::CutClients(one),
            7 => Self::HoldClients(one),
            8 => Self::DelayClients(one),
            9 => Self::CutLink(one, two),
            10 => Self::HoldLink(one, two),
            11 => Self::CutStore(one),
            12 => Self::LoseReply(one),
            13 => Self::Trouble(seeds.below(people), Trouble::Cut),
            14 => Self::Trouble(seeds.below(people), Trouble::Rewind),
            15 => Self::Trouble(seeds.below(people), Trouble::Race),
            16 => Self::Trouble(seeds.below(people), Trouble::PageLeft),
            17 => Self::Trouble(seeds.below(people), Trouble::Offline),
            18 => Self::Trouble(seeds.below(people), Trouble::Deaf),
            19 => Self::StopRedis,
            _ => Self::KillRedis,
        }
    }

    /// Whether it may cost somebody a reset: an append that was under way when the store went did happen, and is another
    /// history than what was said without it.
    pub(crate) fn may_reset(self) -> bool {
        matches!(self, Self::StopRedis | Self::KillRedis | Self::EmptyRedis)
    }

    /// Begins it, lets it last, and ends it.
    pub(crate) async fn happen(self, lasts: Duration, cluster: &mut Cluster, people: &People) {
        match self {
            Self::KillGateway(n) => restart(&mut cluster.gateways[n], lasts, false).await,
            Self::KillRoomService(n) => restart(&mut cluster.room_services[n], lasts, false).await,
            Self::TermGateway(n) => restart(&mut cluster.gateways[n], lasts, true).await,
            Self::TermRoomService(n) => restart(&mut cluster.room_services[n], lasts, true).await,
            Self::StopGateway(n) => pause(&cluster.gateways[n], lasts).await,
            Self::StopRoomService(n) => pause(&cluster.room_services[n], lasts).await,
            Self::StopRedis => {
                cluster.redis().stop_signal();
                sleep(lasts).await;
                cluster.redis().cont();
            }
            Self::KillRedis => {
                cluster.redis_mut().kill();
                sleep(lasts).await;
                cluster.redis_mut().restart().await;
            }
            Self::EmptyRedis => drop(cluster.redis().command("FLUSHALL").await),
            Self::None => sleep(lasts).await,
            Self::CutClients(n) => cluster.clients[n].cut(),
            Self::HoldClients(n) => hold(&cluster.clients[n], Mode::Blackhole, lasts).await,
            Self::DelayClients(n) => {
                hold(&cluster.clients[n], Mode::Delay(Duration::from_millis(80)), lasts).await;
            }
            Self::CutLink(g, r) => cluster.links[g][r].cut(),
            Self::HoldLink(g, r) => hold(&cluster.links[g][r], Mode::Blackhole, lasts).await,
            Self::CutStore(n) => cluster.stores[n].cut(),
            Self::LoseReply(n) => {
                let store = &cluster.stores[n];
                store.set(Mode::CutBeforeReply("EVALSHA".to_owned()));
                // A room service with nothing to store has nothing to lose.
                drop(timeout(lasts, store.has_cut()).await);
                store.set(Mode::Pass);
            }
            Self::Trouble(n, trouble @ (Trouble::Offline | Trouble::Deaf)) => {
                people.trouble(n, trouble).await;
                sleep(lasts).await;
                people.trouble(n, Trouble::Over).await;
            }
            Self::Trouble(n, trouble) => people.trouble(n, trouble).await,
        }
    }
}

async fn restart(process: &mut crate::cluster::Process, away: Duration, gently: bool) {
    if gently {
        process.terminate().await;
    } else {
        process.kill();
    }
    sleep(away).await;
    process.start();
}

async fn pause(process: &crate::cluster::Process, lasts: Duration) {
    process.stop().await;
    sleep(lasts).await;
    process.signal(Signal::CONT);
}

async fn hold(proxy: &crate::proxy::Proxy, mode: Mode, lasts: Duration) {
    proxy.set(mode);
    sleep(lasts).await;
    proxy.set(Mode::Pass);
}
