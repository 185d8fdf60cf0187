//! A primary, two replicas and three Sentinels.

use super::redis_node::{RedisNode, wait_until};

/// How long the primary may be silent before Sentinels act, in milliseconds: short, for tests.
const DOWN_AFTER_MS: u32 = 1_000;

/// A real primary with two replicas, watched by three Sentinels under the name `sb`.
#[derive(Debug)]
pub struct RedisSentinels {
    /// The servers; the first begins as the primary.
    pub servers: Vec<RedisNode>,
    /// The Sentinels.
    pub sentinels: Vec<RedisNode>,
}

impl RedisSentinels {
    /// Starts all and waits until they know each other.
    ///
    /// # Panics
    /// When something does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`Self::start`], with further options of the servers.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let primary = RedisNode::server(options);
        let port = primary.port().to_string();
        let mut of_replica = options.to_vec();
        let replica_of = format!("127.0.0.1 {port}");
        of_replica.extend(["--replicaof", &replica_of]);
        let servers = vec![primary, RedisNode::server(&of_replica), RedisNode::server(&of_replica)];
        wait_until("replicas are there", || has_replicas(&servers[0], 2));
        let lines = format!(
            "sentinel monitor sb 127.0.0.1 {port} 2\nsentinel down-after-milliseconds sb {DOWN_AFTER_MS}\n\
             sentinel failover-timeout sb 4000\nsentinel parallel-syncs sb 2"
        );
        let sentinels: Vec<_> = (0..3).map(|_| RedisNode::sentinel(&lines)).collect();
        wait_until("Sentinels know each other and the replicas", || {
            sentinels.iter().all(|sentinel| {
                let master = sentinel.ask(&["SENTINEL", "MASTER", "sb"]);
                let value = |name: &str| {
                    let at = master.iter().position(|part| part == name);
                    at.and_then(|at| master.get(at + 1)).cloned().unwrap_or_default()
                };
                value("num-other-sentinels") == "2" && value("num-slaves") == "2"
            })
        });
        Self { servers, sentinels }
    }

    /// The address that names the Sentinels; `login` is empty or such as `user:password@`.
    #[must_use]
    pub fn url(&self, login: &str) -> String {
        let sentinels: Vec<_> = self.sentinels.iter().map(RedisNode::address).collect();
        format!("redis-sentinel://{login}{}/sb", sentinels.join(","))
    }

    /// Which of the servers Sentinels name the primary now.
    ///
    /// # Panics
    /// When they name one that is none of them.
    #[must_use]
    pub fn primary(&self) -> usize {
        let answer = self.sentinels[0].ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "sb"]);
        let port = answer.get(1).cloned().unwrap_or_default();
        let named = self.servers.iter().position(|server| server.port().to_string() == port);
        named.unwrap_or_else(|| panic!("Sentinels name {answer:?}"))
    }

    /// Waits until Sentinels have another primary than that of before, which says so itself.
    ///
    /// # Panics
    /// When they have not in time.
    pub fn wait_for_failover(&self, before: usize) -> usize {
        wait_until("a failover", || {
            let now = self.primary();
            now != before && self.servers[now].is_primary()
        });
        self.primary()
    }

    /// Waits until the replicas have what the primary has taken so far.
    ///
    /// # Panics
    /// When they have not in time.
    pub fn wait_for_replicas(&self) {
        let primary = &self.servers[self.primary()];
        let offset = |server: &RedisNode| server.info("master_repl_offset");
        wait_until("replicas have it", || {
            self.servers.iter().all(|server| offset(server).is_some() && offset(server) == offset(primary))
        });
    }

    /// Asks for a failover while all is well, and waits for it.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn fail_over(&self) -> usize {
        let before = self.primary();
        // Refused for a while after another one.
        wait_until("a failover begins", || self.sentinels[0].ask(&["SENTINEL", "FAILOVER", "sb"]) == ["OK"]);
        self.wait_for_failover(before)
    }

    /// Waits until all Sentinels name one primary and both others are its replicas.
    ///
    /// # Panics
    /// When they are not in time.
    pub fn wait_until_whole(&self) {
        wait_until("one primary with two replicas", || {
            let named = |sentinel: &RedisNode| sentinel.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "sb"]);
            let first = named(&self.sentinels[0]);
            self.sentinels.iter().all(|sentinel| named(sentinel) == first)
                && has_replicas(&self.servers[self.primary()], 2)
        });
    }
}

/// Whether a primary has as many replicas that are up to date.
pub(super) fn has_replicas(primary: &RedisNode, wanted: usize) -> bool {
    let info = primary.ask(&["INFO", "replication"]).concat();
    info.matches("state=online").count() == wanted
}
