//! What was typed behind `switchboard loadtest`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::client::{Encoding, Trust};

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
}

const EXAMPLES: &str = "Examples:
  switchboard loadtest relay --rate 1000 --duration 10s
  switchboard loadtest relay --gateway http://localhost:8080 --gateway http://localhost:8081 \\
      --rate 5000 --pid $(pgrep -d, switchboard)
  switchboard loadtest joins --total 5000 --concurrency 64
  switchboard loadtest idle --connections 5000 --pid 4242
  switchboard loadtest failover --gateway http://localhost:8080 --gateway http://localhost:8081 --kill 4242

Every run makes rooms of its own, named loadtest-..., which end by themselves afterwards.
Exit codes: 0 the run was measured and nothing was lost, 1 it was not or something was, 64 a wrong argument.";

/// The kinds of load.
#[derive(Debug, Clone, Subcommand)]
pub enum Load {
    /// Candidates between pairs of participants, on a fixed schedule: latency, losses, CPU a message.
    Relay(RelayArgs),
    /// Joins as fast as they go: joins a second and their latency.
    Joins(JoinsArgs),
    /// Joined connections that say nothing: memory of each.
    Idle(IdleArgs),
    /// A gateway is killed: how long until its sessions go on at another one, and whether anything was lost.
    Failover(FailoverArgs),
}

impl Load {
    pub(crate) fn target(&mut self) -> &mut Target {
        match self {
            Self::Relay(args) => &mut args.target,
            Self::Joins(args) => &mut args.target,
            Self::Idle(args) => &mut args.target,
            Self::Failover(args) => &mut args.target,
        }
    }
}

/// Where the load goes.
#[derive(Debug, Clone, clap::Args)]
pub struct Target {
    /// A gateway; give it again for several: the members of a room alternate between them.
    #[arg(long = "gateway", value_name = "URL", value_parser = gateway_url, default_value = "http://localhost:8080")]
    pub gateways: Vec<String>,
    /// How messages are written.
    #[arg(long, value_enum, default_value_t)]
    pub encoding: Encoding,
    /// Processes under load, parted by commas: their CPU and memory are told.
    #[arg(long = "pid", value_name = "PID", value_delimiter = ',')]
    pub pids: Vec<u32>,
    /// Connect from so many addresses 127.0.0.1, 127.0.0.2 …; for more than some 28,000 connections to one gateway.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=250))]
    pub sources: u8,
    /// At https:// or wss://: take the certificates in this PEM file, and those that they signed.
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub tls_ca: Option<PathBuf>,
    /// At https:// or wss://: take any certificate.
    #[arg(long)]
    pub insecure: bool,
    /// Whose certificate is taken, of these two; read once.
    #[arg(skip)]
    pub(crate) trust: Option<Trust>,
    /// The longest wait for a connection or a join.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub deadline: Duration,
}

/// `relay`.
#[derive(Debug, Clone, clap::Args)]
pub struct RelayArgs {
    /// Where to.
    #[command(flatten)]
    pub target: Target,
    /// Pairs of participants, each in a room of its own.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub pairs: usize,
    /// Messages a second, over all pairs.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: u32,
    /// How long it is measured.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub duration: Duration,
    /// How long it runs at that rate before.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "2s")]
    pub warm_up: Duration,
    /// Bytes of a candidate.
    #[arg(long, value_name = "BYTES", default_value_t = 300, value_parser = clap::value_parser!(u16).range(64..=60_000))]
    pub size: u16,
}

/// `joins`.
#[derive(Debug, Clone, clap::Args)]
pub struct JoinsArgs {
    /// Where to.
    #[command(flatten)]
    pub target: Target,
    /// Joins in all.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = count)]
    pub total: usize,
    /// Participants a room.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count)]
    pub room_size: usize,
    /// Joins under way at one time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count)]
    pub concurrency: usize,
    /// Open all connections first, and measure the joins alone.
    #[arg(long)]
    pub connect_first: bool,
}

/// `idle`.
#[derive(Debug, Clone, clap::Args)]
pub struct IdleArgs {
    /// Where to.
    #[command(flatten)]
    pub target: Target,
    /// Joined connections.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = count)]
    pub connections: usize,
    /// Participants a room.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = count)]
    pub room_size: usize,
    /// Joins under way at one time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count)]
    pub concurrency: usize,
    /// How long they are kept once all have joined.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub duration: Duration,
}

/// `failover`.
#[derive(Debug, Clone, clap::Args)]
pub struct FailoverArgs {
    /// Where to. The first gateway is the one that is killed; there have to be others.
    #[command(flatten)]
    pub target: Target,
    /// Joined sessions on each gateway.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = count)]
    pub connections: usize,
    /// Participants a room; they alternate between the gateways.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = count)]
    pub room_size: usize,
    /// Joins under way at one time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count)]
    pub concurrency: usize,
    /// Messages a second, over all sessions, each to everybody in its room; 0: none.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub rate: u32,
    /// The process to kill (SIGKILL): the first gateway's. Without it somebody else has to kill it.
    #[arg(long, value_name = "PID")]
    pub kill: Option<u32>,
    /// How long after the last join it is killed.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "3s")]
    pub after: Duration,
    /// How long to wait until all are back.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    pub within: Duration,
}

impl Target {
    /// Reads whose certificate is taken.
    ///
    /// # Errors
    /// A sentence, when nothing good says so.
    pub(crate) fn read_trust(&mut self) -> Result<(), String> {
        self.trust = match &self.tls_ca {
            Some(file) => Some(Trust::in_file(file).map_err(|error| format!("--tls-ca: {error}"))?),
            None if self.insecure => Some(Trust::anybody()),
            None if self.gateways.iter().any(|url| url.starts_with("wss://")) => {
                let what = "at https:// a certificate has to be taken: name it with --tls-ca FILE, or take any \
                    with --insecure";
                return Err(what.into());
            }
            None => None,
        };
        Ok(())
    }

    /// The gateway of the `n`th connection.
    pub(crate) fn gateway(&self, n: usize) -> &str {
        &self.gateways[n % self.gateways.len()]
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("a whole number".into()),
    }
}

/// Takes what a browser's address line takes: `http://host:port` stands for its WebSocket.
fn gateway_url(text: &str) -> Result<String, String> {
    let plain = ["ws://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let secure = ["wss://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let scheme = if secure.is_some() { "wss" } else { "ws" };
    let rest = plain.or(secure).ok_or("it has to begin with http://, https://, ws:// or wss://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() {
        return Err("it has no host".into());
    }
    Ok(format!("{scheme}://{host}/{}", if path.is_empty() { "ws" } else { path }))
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| "a number and a unit, as in 10s".to_owned())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err("the unit is one of ms, s, m, h, as in 10s".into()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        let cases =
            [("10s", Some(10_000)), ("1.5s", Some(1_500)), ("250ms", Some(250)), ("2m", Some(120_000))];
        for (text, want) in
            cases.into_iter().chain([("10", None), ("s", None), ("-1s", None), ("1e9h", None)])
        {
            assert_eq!(duration(text).ok().map(|d| d.as_millis()), want, "{text}");
        }
    }

    #[test]
    fn a_gateway_is_named_as_in_a_browser() {
        let cases = [
            ("http://localhost:8080", Some("ws://localhost:8080/ws")),
            ("http://localhost:8080/", Some("ws://localhost:8080/ws")),
            ("ws://[::1]:8080/ws", Some("ws://[::1]:8080/ws")),
            ("localhost:8080", None),
            ("https://sb.example", Some("wss://sb.example/ws")),
            ("wss://[::1]:8443/ws", Some("wss://[::1]:8443/ws")),
            ("http://", None),
        ];
        for (text, want) in cases {
            assert_eq!(gateway_url(text).ok().as_deref(), want, "{text}");
        }
    }

    #[test]
    fn all_arguments_are_understood() {
        let line =
            "loadtest relay --gateway http://a:1 --gateway http://b:2 --pid 1,2 --pid 3 --rate 5000 --json";
        let args = Args::try_parse_from(line.split(' ')).expect("good arguments");
        let Load::Relay(relay) = args.load else { panic!("relay") };
        assert_eq!(relay.target.gateways, ["ws://a:1/ws", "ws://b:2/ws"]);
        assert_eq!(relay.target.pids, [1, 2, 3]);
        assert_eq!((relay.rate, relay.pairs, args.json), (5000, 100, true));
        let line = "loadtest failover --gateway http://a:1 --gateway http://b:2 --kill 7 --rate 500";
        let args = Args::try_parse_from(line.split(' ')).expect("good arguments");
        let Load::Failover(failover) = args.load else { panic!("failover") };
        assert_eq!((failover.kill, failover.rate, failover.connections), (Some(7), 500, 5000));
        assert!(Args::try_parse_from("loadtest joins --total 0".split(' ')).is_err());
        assert!(Args::try_parse_from("loadtest idle --insecure --tls-ca a".split(' ')).is_err());
    }

    #[test]
    fn over_tls_something_says_whose_certificate_is_taken() {
        let trust = |line: &str| {
            let line = format!("loadtest idle --gateway {line}");
            let mut args = Args::try_parse_from(line.split(' ')).expect("good arguments");
            let target = args.load.target();
            target.read_trust().map(|()| target.trust.is_some())
        };
        assert_eq!(trust("http://a"), Ok(false));
        assert_eq!(trust("https://a --insecure"), Ok(true));
        assert!(trust("https://a").expect_err("nothing says so").contains("--tls-ca FILE"));
        assert!(trust("https://a --tls-ca /nothing").expect_err("is not there").contains("/nothing"));
    }
}
