//! What is looked at when a store is opened: what can't work is refused in a sentence, what works worse than it looks is
//! told once.

use ::redis::{Cmd, Value, cmd};

use super::address::{Kind, RedisAddress};
use super::decode::Reader;

/// The oldest version that runs the scripts: they declare what they do (`#!lua flags=…`).
const VERSION_MIN: (u32, u32) = (7, 0);

/// The sections of INFO that are looked at.
const SECTIONS: [&str; 5] = ["server", "memory", "persistence", "replication", "cluster"];

/// What to ask a server. One command a section: older servers take no more.
pub(super) fn questions() -> Vec<Cmd> {
    let info = |section| {
        let mut info = cmd("INFO");
        info.arg(section);
        info
    };
    SECTIONS.into_iter().map(info).collect()
}

/// What one server says of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The sections of INFO, as they came.
    info: String,
    /// When it saves to the disk, as configured; none: it does not tell.
    save: Option<String>,
}

impl Facts {
    /// From the answers to [`questions`], and to `CONFIG GET save` where that is allowed.
    pub(super) fn new(answers: Vec<Value>, save: Option<Vec<Value>>) -> Self {
        let mut info = String::new();
        for answer in answers {
            info.push_str(&Reader::new(answer).text().unwrap_or_default());
            info.push('\n');
        }
        let save = save.and_then(|answer| {
            let pairs = Reader::new(Value::Array(answer)).pairs().ok()?;
            pairs.into_iter().find(|(name, _)| name == "save").map(|(_, value)| value)
        });
        Self { info, save }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }
}

/// What can't work with a server, as the rest of a sentence that begins with its name.
pub(super) fn refusal(facts: &Facts, address: &RedisAddress) -> Option<String> {
    if facts.is("redis_mode", "sentinel") {
        return Some("is a Sentinel: write redis-sentinel://host:port/service for it".into());
    }
    if let Some(version) = facts.get("redis_version")
        && parse_version(version).is_some_and(|version| version < VERSION_MIN)
    {
        let (major, minor) = VERSION_MIN;
        return Some(format!("is Redis {version}: {major}.{minor} is the oldest that works"));
    }
    let clustered = facts.is("cluster_enabled", "1");
    match &address.kind {
        Kind::Cluster if facts.is("cluster_enabled", "0") => {
            Some("is no node of a Cluster: write redis:// for it".into())
        }
        Kind::Plain | Kind::Sentinel(_) if clustered => {
            Some("is a node of a Cluster: write redis-cluster://host:port,… for it".into())
        }
        _ if facts.is("role", "slave") => {
            let host = facts.get("master_host").unwrap_or("another server");
            let port = facts.get("master_port").unwrap_or("6379");
            Some(format!("is a replica, which takes no writes: its primary is {host}:{port}"))
        }
        _ => None,
    }
}

/// What can't be looked at.
pub(super) fn hidden(server: &str, why: &str) -> String {
    format!(
        "Redis at {server} does not say what it is ({why}): nobody can tell whether it keeps what it is told, and a \
         failover that loses the newest writes can't be noticed by its replication id"
    )
}

/// What works worse than it looks, as sentences about `server`.
pub(super) fn warnings(facts: &Facts, server: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    match facts.get("maxmemory_policy") {
        None | Some("noeviction") => {}
        Some(policy) => warnings.push(format!(
            "{server} throws keys away when its memory is full (maxmemory-policy {policy}), rooms with people in them, \
             too: set maxmemory-policy noeviction"
        )),
    }
    let replicas = facts.get("connected_slaves").unwrap_or("0");
    let aof = facts.is("aof_enabled", "1");
    match (&facts.save, aof) {
        (_, true) => {}
        (None, false) => warnings.push(format!(
            "{server} keeps no log on its disk (appendonly no): what it was told since it saved last is lost when it \
             restarts, but for rooms that a living room service holds"
        )),
        (Some(save), false) if save.is_empty() => warnings.push(format!(
            "{server} keeps nothing on its disk (appendonly no, save \"\"): when it restarts it has only what living \
             room services write back{}",
            if replicas == "0" { ", and it has no replica" } else { "" }
        )),
        (Some(save), false) => warnings.push(format!(
            "{server} saves to its disk only now and then (save {save:?}, appendonly no): what it was told since is lost \
             when it restarts, but for rooms that a living room service holds"
        )),
    }
    if facts.get("master_replid").is_none_or(|id| id.chars().all(|c| c == '0')) {
        warnings.push(format!(
            "{server} hides its replication id: a failover that loses the newest writes can't be noticed by it"
        ));
    }
    warnings
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "redis_version:7.0.15\r\nredis_mode:standalone\r\nmaxmemory_policy:noeviction\r\n\
        aof_enabled:1\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:00ff\r\ncluster_enabled:0\r\n";

    /// What to replace in it.
    type Changes<'a> = &'a [(&'a str, &'a str)];

    fn facts(changes: Changes<'_>, save: Option<&str>) -> Facts {
        let mut info = GOOD.to_owned();
        for (from, to) in changes {
            assert!(info.contains(from), "{from}");
            info = info.replace(from, to);
        }
        Facts { info, save: save.map(str::to_owned) }
    }

    fn refused(changes: Changes<'_>, url: &str) -> Option<String> {
        refusal(&facts(changes, None), &RedisAddress::parse(url).expect("is an address"))
    }

    #[test]
    fn what_can_not_work_is_refused_with_what_to_do() {
        let cluster = ("cluster_enabled:0", "cluster_enabled:1");
        assert_eq!(refused(&[], "redis://h"), None);
        assert_eq!(refused(&[("7.0.15", "8.2.1")], "redis-sentinel://h/m"), None);
        assert_eq!(refused(&[cluster], "redis-cluster://h"), None);
        let cases: [(Changes<'_>, &str, &str); 6] = [
            (&[("7.0.15", "6.2.14")], "redis://h", "7.0 is the oldest"),
            (&[("standalone", "sentinel")], "redis://h", "write redis-sentinel://"),
            (&[cluster], "redis://h", "write redis-cluster://"),
            (&[cluster], "redis-sentinel://h/m", "write redis-cluster://"),
            (&[], "redis-cluster://h", "write redis:// for it"),
            (
                &[("role:master", "role:slave\r\nmaster_host:p\r\nmaster_port:7")],
                "redis://h",
                "its primary is p:7",
            ),
        ];
        for (changes, url, want) in cases {
            let told = refused(changes, url).expect(want);
            assert!(told.contains(want), "{told}");
        }
    }

    #[test]
    fn what_works_worse_than_it_looks_is_told() {
        let warned = |changes: &[(&str, &str)], save| warnings(&facts(changes, save), "R");
        assert!(warned(&[], Some("")).is_empty() && warned(&[], None).is_empty());
        let no_aof = ("aof_enabled:1", "aof_enabled:0");
        for (changes, save, want) in [
            (("noeviction", "allkeys-lru"), Some(""), "maxmemory-policy allkeys-lru"),
            (no_aof, Some(""), "it has no replica"),
            (no_aof, Some("3600 1"), "since is lost"),
            (no_aof, None, "saved last"),
            (("master_replid:00ff\r\n", ""), Some(""), "hides its replication id"),
        ] {
            let told = warned(&[changes], save);
            assert!(told.len() == 1 && told[0].contains(want) && told[0].starts_with("R "), "{told:?}");
        }
    }
}
