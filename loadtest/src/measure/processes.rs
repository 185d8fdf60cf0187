//! What the processes under load use: CPU, memory, sockets, from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Processes of one name under load, as in `gateway=4242,4243`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Watch {
    /// What they are called in the report.
    pub name: String,
    /// Which they are; they are told together.
    pub pids: Vec<u32>,
}

impl FromStr for Watch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "a name and process ids, as in gateway=4242,4243".to_owned();
        let (name, pids) = text.split_once('=').ok_or_else(form)?;
        let pids: Result<Vec<u32>, _> = pids.split(',').map(|pid| pid.trim().parse()).collect();
        match pids {
            Ok(pids) if !name.is_empty() => Ok(Self { name: name.into(), pids }),
            _ => Err(form()),
        }
    }
}

impl TryFrom<String> for Watch {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Watch> for String {
    fn from(watch: Watch) -> Self {
        let pids: Vec<_> = watch.pids.iter().map(u32::to_string).collect();
        format!("{}={}", watch.name, pids.join(","))
    }
}

/// What processes have used and hold at one moment, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Use {
    /// CPU time so far, in user and kernel, all threads.
    pub cpu: Duration,
    /// VmRSS: all that is in memory, in bytes.
    pub rss: u64,
    /// RssAnon: of that, what is not a mapped file.
    pub anonymous: u64,
}

/// What each name uses.
pub(crate) type Uses = BTreeMap<String, Use>;

/// What all of them use now. A process that is gone has used and holds nothing from then on.
///
/// # Errors
/// A sentence, when of some name there is no process at all.
pub(crate) fn look(watched: &[Watch]) -> Result<Uses, String> {
    let mut uses = Uses::new();
    for watch in watched {
        let found: Vec<_> = watch.pids.iter().filter_map(|pid| look_at(*pid)).collect();
        if found.is_empty() {
            let Watch { name, pids } = watch;
            return Err(format!("there is no process {pids:?} to measure (--watch {name}=…)"));
        }
        let sum = uses.entry(watch.name.clone()).or_default();
        for one in found {
            sum.cpu += one.cpu;
            sum.rss += one.rss;
            sum.anonymous += one.anonymous;
        }
    }
    Ok(uses)
}

fn look_at(pid: u32) -> Option<Use> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let ticks_a_second = rustix::param::clock_ticks_per_second().max(1);
    Some(Use {
        cpu: Duration::from_millis(cpu_ticks(&stat)? * 1000 / ticks_a_second),
        rss: status_kib(&status, "VmRSS")? * 1024,
        anonymous: status_kib(&status, "RssAnon")? * 1024,
    })
}

/// How many sockets each name has open. It costs a system call a descriptor, so it is for quiet moments.
pub(crate) fn sockets(watched: &[Watch]) -> BTreeMap<String, u64> {
    let mut sockets = BTreeMap::new();
    for watch in watched {
        let sum: u64 = watch.pids.iter().map(|pid| sockets_of(*pid)).sum();
        *sockets.entry(watch.name.clone()).or_default() += sum;
    }
    sockets
}

fn sockets_of(pid: u32) -> u64 {
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return 0 };
    let is_socket = |entry: &fs::DirEntry| {
        fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str().as_encoded_bytes().starts_with(b"socket:"))
    };
    open.flatten().filter(is_socket).count() as u64
}

/// utime and stime of a line of `/proc/PID/stat`. The name of the program stands in parentheses and may hold anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let utime: u64 = fields.next()?.parse().ok()?;
    let stime: u64 = fields.next()?.parse().ok()?;
    Some(utime + stime)
}

fn status_kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_read() {
        let stat = "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 700 300 0 0 20 0 4 0";
        assert_eq!(cpu_ticks(stat), Some(1000));
        assert_eq!(status_kib("Name:\tx\nVmRSS:\t  1234 kB\nRssAnon:\t 5 kB\n", "VmRSS"), Some(1234));
    }

    #[test]
    fn processes_are_told_by_name() {
        let own = std::process::id();
        let watched: Watch = format!("own={own}").parse().expect("good");
        let uses = look(std::slice::from_ref(&watched)).expect("this process is there");
        assert!(uses["own"].rss >= uses["own"].anonymous && uses["own"].anonymous > 0);
        let before = sockets(std::slice::from_ref(&watched))["own"];
        let _socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
        // Other tests of this process have sockets too, and close them.
        assert!(sockets(std::slice::from_ref(&watched))["own"] >= before.min(1));
        assert!(sockets(&[watched])["own"] > 0);
        let gone = Watch { name: "gone".into(), pids: vec![u32::MAX] };
        assert!(look(&[gone]).expect_err("nobody").contains("--watch gone="));
    }

    #[test]
    fn a_name_and_its_processes_are_read() {
        let watch: Watch = "gateway=1, 2".parse().expect("good");
        assert_eq!((watch.name.as_str(), &watch.pids[..]), ("gateway", &[1, 2][..]));
        for bad in ["1", "=1", "a=", "a=b", "a=1,,2"] {
            assert!(bad.parse::<Watch>().is_err(), "{bad}");
        }
    }
}
