//! What was typed behind `switchboard loadtest`: a kind of load, or a plan in a file, and what is different from its
//! defaults.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::expect::Expectation;
use crate::measure::processes::Watch;
use crate::plan::{Activity, Kill, Plan, Protocol, Signal, Time};

/// Puts load on gateways and tells what they do under it.
#[derive(Debug, Clone, Parser)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Which load.
    #[command(subcommand)]
    pub load: Load,
    /// Print one line of JSON in place of the table.
    #[arg(long, global = true)]
    pub json: bool,
    /// Write a report with plots into this file: one page that needs nothing else.
    #[arg(long, global = true, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Tell nothing until the end.
    #[arg(long, global = true)]
    pub quiet: bool,
}

const EXAMPLES: &str = "Examples:
  switchboard loadtest relay --rate 1000 --duration 10s
  switchboard loadtest relay --gateway http://localhost:8080 --gateway http://localhost:8081 \\
      --rate 2000,5000,10000 --until 'p99<50ms' --watch gateway=4242,4243 --watch redis=4244 --html report.html
  switchboard loadtest relay --protocol socketio --rate 5000 --expect 'p99<20ms'
  switchboard loadtest joins --rooms 500 --people 10 --connect-first
  switchboard loadtest idle --rooms 2500 --people 2 --watch gateway=4242
  switchboard loadtest failover --gateway http://localhost:8080 --gateway http://localhost:8081 --kill 4242
  switchboard loadtest plan evening.toml --html report.html

All is counted from when it was due. An expectation is a figure, < > <= >= or =, and a value: p50, p90, p99, p999, max
(of all that somebody was told; of one kind as in offer.p99, join.p99, last_of_all.p99), rate, lost, doubled, reordered,
unsent, errors, joins (a second, while people come in), cpu (of a message, all watched processes; cpu.NAME for one) and
memory.NAME (of a connection), as in 'p99<2ms', 'cpu<100us', 'memory.gateway<10KiB', 'lost=0'.

Every run makes rooms of its own, named loadtest-..., which end by themselves afterwards.
Exit codes: 0 nothing was lost, doubled, out of order or refused, and the run met what was expected; 1 it did not, or
could not be measured; 64 a wrong argument.";

/// The kinds of load.
#[derive(Debug, Clone, Subcommand)]
pub enum Load {
    /// Signals between neighbours in rooms, at a fixed rate or at several in turn.
    Relay(RelayArgs),
    /// Rooms in which everybody negotiates with everybody, as browsers do.
    Mesh(MeshArgs),
    /// Joins: as fast as they go, or at a rate.
    Joins(JoinsArgs),
    /// People who leave and come back.
    Churn(ChurnArgs),
    /// Screens that are shared for a while.
    Shares(SharesArgs),
    /// One large room, with messages to all.
    HotRoom(HotRoomArgs),
    /// Joined connections that say nothing: memory of each.
    Idle(IdleArgs),
    /// A gateway is killed: how long until its sessions go on at another one, and whether anything was lost.
    Failover(FailoverArgs),
    /// A long evening: signals, people who come and go, and shares, all at once.
    Soak(SoakArgs),
    /// What a file says. Flags that are typed go before it.
    Plan(FileArgs),
    /// Takes a plan from a load test that has several workers.
    #[command(hide = true)]
    Worker,
}

/// What every kind of load has: what is not typed is as the kind of load has it, or as the plan says.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Common {
    /// A gateway; give it again for several: the members of a room alternate between them. [default: http://localhost:8080]
    #[arg(long = "gateway", value_name = "URL")]
    pub gateways: Vec<String>,
    /// How people speak. [default: json]
    #[arg(long, value_enum)]
    pub protocol: Option<Protocol>,
    /// Processes under load, as in gateway=4242,4243: their CPU, memory and sockets are told. Give it again for others.
    #[arg(long, value_name = "NAME=PID,…")]
    pub watch: Vec<Watch>,
    /// What the run has to show, as in 'p99<2ms'; give it again for more.
    #[arg(long, value_name = "FIGURE", value_parser = expectation)]
    pub expect: Vec<String>,
    /// Of several rates: no further one after one that does not show this.
    #[arg(long, value_name = "FIGURE", value_parser = expectation)]
    pub until: Vec<String>,
    /// Rooms.
    #[arg(long, value_name = "N", value_parser = count)]
    pub rooms: Option<usize>,
    /// People in each room.
    #[arg(long, value_name = "N", value_parser = count)]
    pub people: Option<usize>,
    /// How long it is measured, at each rate.
    #[arg(long, value_name = "TIME")]
    pub duration: Option<Time>,
    /// How long it runs before, at each rate.
    #[arg(long, value_name = "TIME")]
    pub warm_up: Option<Time>,
    /// Joins under way at one time while people come in.
    #[arg(long, value_name = "N", value_parser = count)]
    pub concurrency: Option<usize>,
    /// Open all connections before the first join.
    #[arg(long)]
    pub connect_first: bool,
    /// Make the load with so many processes; each has rooms of its own, and some 20,000 connections at most.
    #[arg(long, value_name = "N", value_parser = count)]
    pub workers: Option<usize>,
    /// Connect from so many addresses 127.0.0.1, 127.0.0.2 …; for more than some 28,000 connections to one gateway.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=250))]
    pub sources: Option<u8>,
    /// At https:// or wss://: take the certificates in this PEM file, and those that they signed.
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub tls_ca: Option<PathBuf>,
    /// At https:// or wss://: take any certificate.
    #[arg(long)]
    pub insecure: bool,
    /// The longest wait for a connection or a join. [default: 30s]
    #[arg(long, value_name = "TIME")]
    pub deadline: Option<Time>,
}

/// A rate, or several to be run in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates(Vec<f64>);

/// `relay`.
#[derive(Debug, Clone, clap::Args)]
pub struct RelayArgs {
    /// Signals a second, over all rooms; several, parted by commas, in turn.
    #[arg(long, value_name = "N,…", default_value = "1000", value_parser = rates)]
    pub rate: Rates,
    /// Which kind of signal.
    #[arg(long, value_enum, default_value_t = Signal::Candidate)]
    pub signal: Signal,
    /// Bytes of each. [default: 300, of an offer or an answer 3000]
    #[arg(long, value_name = "BYTES", default_value_t = 0, hide_default_value = true)]
    pub size: u32,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `mesh`.
#[derive(Debug, Clone, clap::Args)]
pub struct MeshArgs {
    /// Rooms that negotiate a second; several, in turn.
    #[arg(long, value_name = "N,…", default_value = "10", value_parser = rates)]
    pub rate: Rates,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `joins`.
#[derive(Debug, Clone, clap::Args)]
pub struct JoinsArgs {
    /// Joins a second, on a schedule. Without it: as fast as they go, `--concurrency` at a time.
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `churn`.
#[derive(Debug, Clone, clap::Args)]
pub struct ChurnArgs {
    /// People who leave a second; several, in turn.
    #[arg(long, value_name = "N,…", default_value = "20", value_parser = rates)]
    pub rate: Rates,
    /// How long each is away.
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    pub away: Time,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `shares`.
#[derive(Debug, Clone, clap::Args)]
pub struct SharesArgs {
    /// Shares a second; several, in turn.
    #[arg(long, value_name = "N,…", default_value = "20", value_parser = rates)]
    pub rate: Rates,
    /// How long each lasts.
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    pub hold: Time,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `hot-room`.
#[derive(Debug, Clone, clap::Args)]
pub struct HotRoomArgs {
    /// Messages a second, each to everybody else; several rates, in turn.
    #[arg(long, value_name = "N,…", default_value = "5", value_parser = rates)]
    pub rate: Rates,
    /// Bytes of each. [default: 300]
    #[arg(long, value_name = "BYTES", default_value_t = 0, hide_default_value = true)]
    pub size: u32,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `idle`.
#[derive(Debug, Clone, clap::Args)]
pub struct IdleArgs {
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `failover`.
#[derive(Debug, Clone, clap::Args)]
pub struct FailoverArgs {
    /// Messages a second, over all sessions, each to everybody in its room; 0: none.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub rate: u32,
    /// The process to kill (SIGKILL): a gateway's. Without it somebody else has to kill it.
    #[arg(long, value_name = "PID")]
    pub kill: Option<u32>,
    /// How long after the last join it is killed.
    #[arg(long, value_name = "TIME", default_value = "3s")]
    pub after: Time,
    /// How long to wait until all are back.
    #[arg(long, value_name = "TIME", default_value = "1m")]
    pub within: Time,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `soak`.
#[derive(Debug, Clone, clap::Args)]
pub struct SoakArgs {
    /// Signals a second.
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub rate: u32,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

/// `plan`.
#[derive(Debug, Clone, clap::Args)]
pub struct FileArgs {
    /// A plan in TOML, as in loadtest/plans.
    pub file: PathBuf,
    /// What every load has.
    #[command(flatten)]
    pub common: Common,
}

impl Load {
    /// The plan that was typed.
    ///
    /// # Errors
    /// A sentence, when it makes no sense.
    pub fn into_plan(self) -> Result<Plan, String> {
        let (plan, common) = match self {
            Self::Relay(RelayArgs { rate, signal, size, common }) => {
                let load = |rate| vec![Activity::Relay { rate, signal, size }];
                (
                    Plan {
                        name: "relay".into(),
                        load: load(rate.first()),
                        steps: rate.steps(),
                        ..Plan::default()
                    },
                    common,
                )
            }
            Self::Mesh(MeshArgs { rate, common }) => {
                let load = vec![Activity::Mesh { rate: rate.first() }];
                (Plan { name: "mesh".into(), load, steps: rate.steps(), ..Plan::default() }, common)
            }
            Self::Joins(JoinsArgs { rate, common }) => {
                let name = "joins".into();
                let load = rate.map(|rate| Activity::Joins { rate }).into_iter().collect();
                let (rooms, people) = (common.rooms.unwrap_or(500), common.people.unwrap_or(10));
                // Without a rate all have joined before anything goes on.
                let lasts = rate.map_or(0.0, |rate| (rooms * people) as f64 / rate);
                let duration = std::time::Duration::try_from_secs_f64(lasts).unwrap_or_default();
                let warm_up = common.warm_up.unwrap_or(Time(duration / 5));
                let duration = Time(duration.saturating_sub(warm_up.0));
                (Plan { name, rooms, people, load, warm_up, duration, ..Plan::default() }, common)
            }
            Self::Churn(ChurnArgs { rate, away, common }) => {
                let load = vec![Activity::Churn { rate: rate.first(), away }];
                (Plan { name: "churn".into(), load, steps: rate.steps(), ..Plan::default() }, common)
            }
            Self::Shares(SharesArgs { rate, hold, common }) => {
                let load = vec![Activity::Shares { rate: rate.first(), hold }];
                (Plan { name: "shares".into(), load, steps: rate.steps(), ..Plan::default() }, common)
            }
            Self::HotRoom(HotRoomArgs { rate, size, common }) => {
                let load = vec![Activity::Messages { rate: rate.first(), size }];
                let plan = Plan { name: "hot room".into(), load, steps: rate.steps(), ..Plan::default() };
                (Plan { rooms: 1, people: 500, ..plan }, common)
            }
            Self::Idle(IdleArgs { common }) => {
                let (rooms, people, warm_up) = (2500, 2, Time::default());
                (Plan { name: "idle".into(), rooms, people, warm_up, ..Plan::default() }, common)
            }
            Self::Failover(FailoverArgs { rate, kill, after, within, common }) => {
                let load = Activity::Messages { rate: rate.into(), size: 0 };
                let load = if rate == 0 { Vec::new() } else { vec![load] };
                let kill = Some(Kill { pid: kill, after, within });
                let (rooms, people, warm_up) = (5000, 2, Time::default());
                (
                    Plan { name: "failover".into(), rooms, people, warm_up, load, kill, ..Plan::default() },
                    common,
                )
            }
            Self::Soak(SoakArgs { rate, common }) => {
                let rate = f64::from(rate);
                let load = vec![
                    Activity::Relay { rate, signal: Signal::Candidate, size: 0 },
                    Activity::Mesh { rate: rate / 500.0 },
                    Activity::Churn { rate: rate / 100.0, away: Time::seconds(1) },
                    Activity::Shares { rate: rate / 100.0, hold: Time::seconds(1) },
                ];
                (Plan { name: "soak".into(), load, duration: Time::seconds(600), ..Plan::default() }, common)
            }
            Self::Plan(FileArgs { file, common }) => (Plan::in_file(&file)?, common),
            Self::Worker => return Err("a worker gets its plan from the load test that starts it".into()),
        };
        let plan = common.over(plan);
        plan.check()?;
        for figure in plan.expect.iter().chain(&plan.until) {
            figure.parse::<Expectation>()?;
        }
        Ok(plan)
    }
}

impl Common {
    /// What was typed, over what the plan says.
    fn over(self, plan: Plan) -> Plan {
        let or = |typed: Vec<String>, planned: Vec<String>| if typed.is_empty() { planned } else { typed };
        Plan {
            gateways: or(self.gateways, plan.gateways),
            protocol: self.protocol.unwrap_or(plan.protocol),
            watch: if self.watch.is_empty() { plan.watch } else { self.watch },
            expect: or(self.expect, plan.expect),
            until: or(self.until, plan.until),
            rooms: self.rooms.unwrap_or(plan.rooms),
            people: self.people.unwrap_or(plan.people),
            duration: self.duration.unwrap_or(plan.duration),
            warm_up: self.warm_up.unwrap_or(plan.warm_up),
            concurrency: self.concurrency.unwrap_or(plan.concurrency),
            connect_first: self.connect_first || plan.connect_first,
            workers: self.workers.unwrap_or(plan.workers),
            sources: self.sources.unwrap_or(plan.sources),
            tls_ca: self.tls_ca.or(plan.tls_ca),
            insecure: self.insecure || plan.insecure,
            deadline: self.deadline.unwrap_or(plan.deadline),
            ..plan
        }
    }
}

impl Rates {
    fn first(&self) -> f64 {
        self.0.first().copied().unwrap_or_default()
    }

    /// All of them as multiples of the first.
    fn steps(&self) -> Vec<f64> {
        self.0.iter().map(|rate| rate / self.first()).collect()
    }
}

fn rates(text: &str) -> Result<Rates, String> {
    let rates: Result<Vec<f64>, _> = text.split(',').map(|rate| rate.trim().parse()).collect();
    match rates {
        Ok(rates) if rates.iter().all(|rate| *rate > 0.0 && *rate <= 1e6) => Ok(Rates(rates)),
        _ => Err("one or several numbers above 0, as in 1000,2000,5000".into()),
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("a whole number".into()),
    }
}

fn expectation(text: &str) -> Result<String, String> {
    text.parse::<Expectation>().map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        let args = Args::try_parse_from(line.split(' ')).map_err(|error| error.to_string())?;
        args.load.into_plan()
    }

    #[test]
    fn flags_make_a_plan() {
        let line = "loadtest relay --gateway http://a:1 --gateway http://b:2 --watch gateway=1,2 --watch redis=3 \
            --rate 1000,2000,5000 --protocol socketio --expect p99<2ms --json";
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let plan = plan(&line).expect("good");
        assert_eq!(plan.gateways, ["http://a:1", "http://b:2"]);
        assert_eq!((plan.rooms, plan.people, plan.protocol), (200, 4, Protocol::SocketIo));
        assert_eq!((plan.steps, plan.watch.len()), (vec![1.0, 2.0, 5.0], 2));
        let line = "loadtest failover --gateway http://a:1 --gateway http://b:2 --kill 7 --rate 500";
        let failover = super::tests::plan(line).expect("good");
        assert_eq!((failover.kill.as_ref().and_then(|kill| kill.pid), failover.total()), (Some(7), 10_000));
        let joins = super::tests::plan("loadtest joins --rate 1000").expect("good");
        assert_eq!((joins.total(), joins.duration), (5000, Time::seconds(4)));
    }

    #[test]
    fn every_kind_of_load_makes_sense_by_itself() {
        for load in ["relay", "mesh", "joins", "churn", "shares", "hot-room", "idle", "soak"] {
            assert!(plan(&format!("loadtest {load}")).is_ok(), "{load}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("joins --rooms 0", "at least 1"),
            ("idle --insecure --tls-ca a", "cannot be used with"),
            ("relay --expect p99", "p99"),
            ("relay --rate 0", "above 0"),
            ("relay --watch 5", "gateway=4242"),
            ("failover", "second gateway"),
            ("plan /nothing.toml", "/nothing.toml: No such file"),
        ];
        for (line, want) in cases {
            let error = plan(&format!("loadtest {line}")).expect_err(line);
            assert!(error.contains(want), "{line}: {error}");
        }
    }
}
