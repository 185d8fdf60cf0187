//! A Redis Cluster of three shards.

use super::redis_node::{RedisNode, wait_until};
use super::redis_sentinel::has_replicas;

/// How many slots there are.
const SLOTS: usize = 16_384;
/// How long a node may be silent before the others act, in milliseconds: short, for tests.
const NODE_TIMEOUT_MS: &str = "1500";

/// A real Cluster: three primaries and a replica of each.
#[derive(Debug)]
pub struct RedisCluster {
    /// The nodes: the first three begin as primaries of the first, second and last third of the slots, the others as
    /// their replicas in this order.
    pub nodes: Vec<RedisNode>,
}

impl RedisCluster {
    /// Starts all and waits until the Cluster is whole.
    ///
    /// # Panics
    /// When something does not start.
    #[must_use]
    pub fn start() -> Self {
        let options = ["--cluster-node-timeout", NODE_TIMEOUT_MS];
        let nodes: Vec<_> = (0..6).map(|_| RedisNode::of_cluster(&options)).collect();
        for (n, node) in nodes.iter().enumerate() {
            node.tell(&["CLUSTER", "SET-CONFIG-EPOCH", &(n + 1).to_string()]);
            if n < 3 {
                let (first, last) = (n * SLOTS / 3, (n + 1) * SLOTS / 3 - 1);
                node.tell(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
            }
            let bus = node.ask(&["CONFIG", "GET", "cluster-port"]);
            nodes[0].tell(&["CLUSTER", "MEET", "127.0.0.1", &node.port().to_string(), &bus[1]]);
        }
        let cluster = Self { nodes };
        wait_until("all nodes know each other", || {
            cluster.nodes.iter().all(|node| {
                let known = node.ask(&["CLUSTER", "NODES"]).concat();
                known.lines().count() == 6 && !known.contains("handshake") && !known.contains("noaddr")
            })
        });
        for n in 3..6 {
            let primary = cluster.id(n - 3);
            wait_until("a replica is one", || {
                cluster.nodes[n].ask(&["CLUSTER", "REPLICATE", &primary]) == ["OK"]
            });
        }
        cluster.wait_until_whole();
        wait_until("replicas are there", || cluster.nodes[..3].iter().all(|node| has_replicas(node, 1)));
        cluster
    }

    /// The address that names some of its nodes; `login` is empty or such as `user:password@`.
    #[must_use]
    pub fn url(&self, login: &str) -> String {
        let nodes: Vec<_> = self.nodes.iter().take(3).map(RedisNode::address).collect();
        format!("redis-cluster://{login}{}", nodes.join(","))
    }

    /// The name that the Cluster has for a node.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn id(&self, node: usize) -> String {
        self.nodes[node].ask(&["CLUSTER", "MYID"]).concat()
    }

    /// The primary that has a slot, among the nodes that answer.
    ///
    /// # Panics
    /// When no node has it in time.
    #[must_use]
    pub fn owner(&self, slot: u16) -> usize {
        let mut owner = None;
        wait_until("some node has the slot", || {
            owner = self.nodes.iter().position(|node| {
                // MOVED tells that it is another's.
                let answer = node.try_ask(&["GET", &key_of(slot)]);
                node.is_primary() && answer.is_ok_and(|answer| answer.first().is_some_and(String::is_empty))
            });
            owner.is_some()
        });
        owner.expect("was found")
    }

    /// Which primary has a key that fits, and in which slot.
    ///
    /// # Panics
    /// When none has one.
    #[must_use]
    pub fn place_of(&self, pattern: &str) -> (usize, u16) {
        for (n, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.is_primary()) {
            if let Some(key) = node.ask(&["KEYS", pattern]).first() {
                let slot = node.ask(&["CLUSTER", "KEYSLOT", key]).concat();
                return (n, slot.parse().expect("is a number"));
            }
        }
        panic!("no node has {pattern}");
    }

    /// Asks the replica of a primary to take over while all is well, and waits until it has.
    ///
    /// # Panics
    /// When it has not in time.
    pub fn fail_over(&self, primary: usize, slot: u16) {
        let id = self.id(primary);
        let is_its_replica = |node: &RedisNode| {
            let own = node.ask(&["CLUSTER", "NODES"]).concat();
            own.lines().any(|line| line.contains("myself") && line.contains(&id) && !line.starts_with(&id))
        };
        let replica = self.nodes.iter().find(|node| is_its_replica(node)).expect("it has a replica");
        wait_until("the replica is asked", || replica.ask(&["CLUSTER", "FAILOVER"]) == ["OK"]);
        self.wait_for_failover(slot, primary);
    }

    /// Waits until another primary than `before` has the slot.
    ///
    /// # Panics
    /// When none has it in time.
    pub fn wait_for_failover(&self, slot: u16, before: usize) {
        wait_until("a failover", || self.owner(slot) != before);
    }

    /// Waits until all nodes say that all slots are served, and each primary that serves some has a replica.
    ///
    /// # Panics
    /// When they do not in time.
    pub fn wait_until_safe(&self) {
        self.wait_until_whole();
        wait_until("each primary has a replica", || {
            let primaries: Vec<_> = self.nodes.iter().filter(|node| node.is_primary()).collect();
            primaries.len() == 3 && primaries.iter().all(|node| has_replicas(node, 1))
        });
    }

    /// Waits until all nodes that answer say that all slots are served.
    ///
    /// # Panics
    /// When they do not in time.
    pub fn wait_until_whole(&self) {
        wait_until("the Cluster is whole", || {
            let states = self.nodes.iter().filter_map(|node| node.try_ask(&["CLUSTER", "INFO"]).ok());
            states.map(|state| state.concat()).all(|state| state.contains("cluster_state:ok"))
        });
    }

    /// Moves a slot from one primary to another, key by key, as `redis-cli --cluster reshard` does. After each step
    /// `between` is called, with how many keys have moved.
    ///
    /// # Panics
    /// When a node refuses.
    pub fn move_slot(&self, slot: u16, from: usize, to: usize, mut between: impl FnMut(usize)) {
        let (text, from_id, to_id) = (slot.to_string(), self.id(from), self.id(to));
        self.nodes[to].tell(&["CLUSTER", "SETSLOT", &text, "IMPORTING", &from_id]);
        self.nodes[from].tell(&["CLUSTER", "SETSLOT", &text, "MIGRATING", &to_id]);
        let port = self.nodes[to].port().to_string();
        let mut moved = 0;
        between(moved);
        loop {
            let keys = self.nodes[from].ask(&["CLUSTER", "GETKEYSINSLOT", &text, "1"]);
            let Some(key) = keys.first() else { break };
            let answer = self.nodes[from].ask(&["MIGRATE", "127.0.0.1", &port, key, "0", "5000"]);
            // A key may expire, or go, in between.
            assert!(answer == ["OK"] || answer == ["NOKEY"], "{answer:?}");
            moved += 1;
            between(moved);
        }
        for node in [to, from] {
            self.nodes[node].tell(&["CLUSTER", "SETSLOT", &text, "NODE", &to_id]);
        }
    }
}

/// A key that nobody has, of a slot.
fn key_of(slot: u16) -> String {
    let fits = |key: &String| crc16(key.as_bytes()) % 16_384 == slot;
    (0_u32..).map(|n| format!("nobody{n}")).find(fits).unwrap_or_default()
}

/// CRC16 of the XMODEM kind, as Redis Cluster uses it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}
