//! Finding the servers: at their addresses, through Sentinels, or in a Cluster.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{Cmd, Value, cmd};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::address::{Kind, Node, RedisAddress};
use super::decode::Reader;
use super::line::{Access, CONNECT_TIMEOUT, Line};

/// How long one server may take to say what it knows.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How often Sentinels are asked though none of them said anything: their word may be lost.
const SENTINELS_EVERY: Duration = Duration::from_secs(1);
/// How often nodes of a Cluster are asked though nothing hints at a change.
const CLUSTER_EVERY: Duration = Duration::from_secs(5);
/// How long until a Sentinel whose subscription broke is subscribed to again.
const SUBSCRIBE_PAUSE: Duration = Duration::from_millis(500);
/// Nodes of a Cluster that are asked at the same time.
const ASKED_MAX: usize = 8;

/// The servers that take writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) nodes: Vec<Node>,
    /// In a Cluster: first and last slot of each range, and whose it is, by its place in `nodes`.
    pub(super) slots: Option<Vec<(u16, u16, u16)>>,
}

/// Looks for them.
pub(super) enum Scout {
    Plain(Plain),
    Sentinel(Sentinel),
    Cluster(Cluster),
}

impl Scout {
    pub(super) fn new(address: &RedisAddress, access: &Access) -> Self {
        let known = |access: &Access| Known { access: access.clone(), lines: HashMap::new() };
        let nodes = address.nodes.clone();
        match &address.kind {
            Kind::Plain => Self::Plain(Plain { nodes, known: known(access) }),
            Kind::Sentinel(service) => {
                let sentinels = access.of_sentinels(address);
                let said = Arc::new(Notify::new());
                let stop = CancellationToken::new();
                for node in &nodes {
                    let listen = listen(node.clone(), sentinels.clone(), service.clone(), said.clone());
                    tokio::spawn(stop.clone().run_until_cancelled_owned(listen));
                }
                Self::Sentinel(Sentinel {
                    service: service.clone(),
                    nodes,
                    sentinels: known(&sentinels),
                    primaries: known(access),
                    said,
                    _listening: stop.drop_guard(),
                })
            }
            Kind::Cluster => {
                Self::Cluster(Cluster { seeds: nodes, others: Vec::new(), turn: 0, known: known(access) })
            }
        }
    }

    /// The servers that take writes now.
    ///
    /// # Errors
    /// Says in a sentence why nobody knows.
    pub(super) async fn find(&mut self) -> Result<Found, String> {
        match self {
            Self::Plain(plain) => plain.find().await,
            Self::Sentinel(sentinel) => sentinel.find().await,
            Self::Cluster(cluster) => cluster.find().await,
        }
    }

    /// Waits until it is time to look again by itself.
    pub(super) async fn news(&self) {
        match self {
            Self::Plain(_) => std::future::pending().await,
            Self::Sentinel(sentinel) => {
                let _ = tokio::time::timeout(SENTINELS_EVERY, sentinel.said.notified()).await;
            }
            Self::Cluster(_) => tokio::time::sleep(CLUSTER_EVERY).await,
        }
    }
}

/// Connections to servers that are asked what they know, apart from those that the store's calls use.
pub(super) struct Known {
    access: Access,
    lines: HashMap<Node, Line>,
}

impl Known {
    async fn ask(&mut self, nodes: &[Node], cmds: &[Cmd]) -> Vec<(Node, Result<Vec<Value>, String>)> {
        self.lines.retain(|node, _| nodes.contains(node));
        let mut trouble = Vec::new();
        for node in nodes {
            if !self.lines.contains_key(node) {
                match Line::new(node.clone(), &self.access) {
                    Ok(line) => drop(self.lines.insert(node.clone(), line)),
                    Err(error) => trouble.push((node.clone(), Err(error.to_string()))),
                }
            }
        }
        let asked = self.lines.iter().map(|(node, line)| async move {
            let answer = match tokio::time::timeout(ANSWER_WITHIN, line.send(cmds)).await {
                Ok(answer) => answer.map_err(|error| error.to_string()),
                Err(_) => Err(format!("nothing within {ANSWER_WITHIN:?}")),
            };
            (node.clone(), answer)
        });
        let mut answers = join_all(asked).await;
        answers.append(&mut trouble);
        // In the order in which they were named.
        answers.sort_by_key(|(node, _)| nodes.iter().position(|named| named == node));
        answers
    }
}

/// Addresses that were given.
pub(super) struct Plain {
    nodes: Vec<Node>,
    known: Known,
}

impl Plain {
    async fn find(&mut self) -> Result<Found, String> {
        if let [node] = self.nodes.as_slice() {
            return Ok(Found { nodes: vec![node.clone()], slots: None });
        }
        let answers = self.known.ask(&self.nodes, &[cmd("ROLE")]).await;
        let mut why = Vec::new();
        for (node, answer) in answers {
            match answer.and_then(role) {
                Ok(role) if role == "master" => return Ok(Found { nodes: vec![node], slots: None }),
                Ok(role) => why.push(format!("{node} says it is a {role}")),
                Err(error) => why.push(format!("{node}: {error}")),
            }
        }
        Err(format!("none of the servers is the primary: {}", why.join("; ")))
    }
}

fn role(replies: Vec<Value>) -> Result<String, String> {
    let reply = replies.into_iter().next().unwrap_or(Value::Nil);
    let role = Reader::new(reply).text().map_err(|error| error.to_string())?;
    Ok(if role == "slave" { "replica".into() } else { role })
}

/// The primary that Sentinels name.
pub(super) struct Sentinel {
    service: String,
    nodes: Vec<Node>,
    sentinels: Known,
    primaries: Known,
    /// A Sentinel has spoken of another primary.
    said: Arc<Notify>,
    _listening: DropGuard,
}

impl Sentinel {
    /// Sentinels may differ for a while: the one whose word is of the newest configuration counts. And the server has
    /// to say of itself that it is the primary.
    async fn find(&mut self) -> Result<Found, String> {
        let mut config = cmd("SENTINEL");
        config.arg("MASTER").arg(&self.service);
        // While the other replicas are told, which takes seconds, only this one names whom Sentinel has promoted: the
        // old primary may wake meanwhile, and what it takes then is lost.
        let mut named = cmd("SENTINEL");
        named.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.service);
        let mut newest: Option<(u64, Node)> = None;
        let mut why = Vec::new();
        for (sentinel, answer) in self.sentinels.ask(&self.nodes, &[config, named]).await {
            match answer.and_then(|replies| named_primary(&sentinel, replies)) {
                Ok(named) if newest.as_ref().is_none_or(|(epoch, _)| named.0 > *epoch) => {
                    newest = Some(named);
                }
                Ok(_) => {}
                Err(error) => why.push(format!("{sentinel}: {error}")),
            }
        }
        let Some((_, primary)) = newest else {
            return Err(format!("no Sentinel names the primary of {:?}: {}", self.service, why.join("; ")));
        };
        let answers = self.primaries.ask(std::slice::from_ref(&primary), &[cmd("ROLE")]).await;
        for (node, answer) in answers {
            match answer.and_then(role) {
                Ok(role) if role == "master" => {}
                Ok(role) => {
                    return Err(format!("{node}, which Sentinels name the primary, says it is a {role}"));
                }
                Err(error) => return Err(format!("{node}, which Sentinels name the primary: {error}")),
            }
        }
        Ok(Found { nodes: vec![primary], slots: None })
    }
}

/// What a Sentinel says of a service: the epoch of its configuration, and who is the primary.
fn named_primary(sentinel: &Node, replies: Vec<Value>) -> Result<(u64, Node), String> {
    let mut replies = Reader::new(Value::Array(replies));
    let pairs: HashMap<_, _> = replies.pairs().map_err(|error| error.to_string())?.into_iter().collect();
    let epoch = pairs.get("config-epoch").and_then(|epoch| epoch.parse().ok()).unwrap_or_default();
    let mut named = replies.parts();
    let host = named.text().map_err(|error| error.to_string())?;
    let host = if host.is_empty() { sentinel.host.clone() } else { host };
    let port = named.text().ok().and_then(|port| port.parse().ok()).ok_or("it names no port")?;
    Ok((epoch, Node { host, port }))
}

/// Hears from one Sentinel of each change, for ever.
async fn listen(node: Node, access: Access, service: String, said: Arc<Notify>) {
    loop {
        if let Err(error) = listen_once(&node, &access, &service, &said).await {
            tracing::debug!(sentinel = %node, %error, "can't listen to a Sentinel; trying again");
        }
        tokio::time::sleep(SUBSCRIBE_PAUSE).await;
        // It may have spoken meanwhile.
        said.notify_one();
    }
}

async fn listen_once(node: &Node, access: &Access, service: &str, said: &Notify) -> ::redis::RedisResult<()> {
    let client = access.client(node, ::redis::ProtocolVersion::RESP2)?;
    let connect = async {
        let mut pubsub = client.get_async_pubsub().await?;
        // The first comes from the one that leads the failover, as soon as a replica has said that it is the primary.
        pubsub.subscribe(&["+failover-state-reconf-slaves", "+switch-master"]).await?;
        Ok::<_, ::redis::RedisError>(pubsub)
    };
    let mut pubsub = match tokio::time::timeout(CONNECT_TIMEOUT, connect).await {
        Ok(pubsub) => pubsub?,
        Err(_) => return Ok(()),
    };
    let mut words = pubsub.on_message();
    while let Some(word) = words.next().await {
        // `<service> <old host> <old port> <new host> <new port>`, `master <service> <old host> <old port>`.
        let text = word.get_payload::<String>().unwrap_or_default();
        if text.split(' ').take(2).any(|word| word == service) {
            tracing::info!(sentinel = %node, text, "a Sentinel speaks of a new primary");
            said.notify_one();
        }
    }
    Ok(())
}

/// The nodes of a Cluster.
pub(super) struct Cluster {
    seeds: Vec<Node>,
    /// Nodes that others named.
    others: Vec<Node>,
    /// Where in the list of all nodes the next look begins.
    turn: usize,
    known: Known,
}

impl Cluster {
    /// Nodes may differ for a while, one that was cut off most of all: the view of the newest epoch counts, of those
    /// who see the Cluster as whole if there are some.
    async fn find(&mut self) -> Result<Found, String> {
        let mut info = cmd("CLUSTER");
        info.arg("INFO");
        let mut slots = cmd("CLUSTER");
        slots.arg("SLOTS");
        let mut nodes = self.others.clone();
        nodes.extend(self.seeds.iter().filter(|seed| !self.others.contains(seed)).cloned());
        // Others than before each time, should those be dead.
        let turn = self.turn % nodes.len().max(1);
        nodes.rotate_left(turn);
        nodes.truncate(ASKED_MAX);
        self.turn = turn + ASKED_MAX;
        let mut best: Option<(View, Vec<Node>)> = None;
        let mut why = Vec::new();
        for (node, answer) in self.known.ask(&nodes, &[info, slots]).await {
            match answer.and_then(|replies| view(&node, replies)) {
                Ok((view, all)) if best.as_ref().is_none_or(|(best, _)| view.rank() > best.rank()) => {
                    best = Some((view, all));
                }
                Ok(_) => {}
                Err(error) if error.contains("cluster support disabled") => {
                    why.push(format!("{node} is no node of a Cluster: write redis:// for it"));
                }
                Err(error) => why.push(format!("{node}: {error}")),
            }
        }
        let Some((view, all)) = best else {
            return Err(format!("no node of the Cluster tells of it: {}", why.join("; ")));
        };
        self.others = all;
        Ok(view.found)
    }
}

/// A Cluster as one of its nodes sees it.
struct View {
    whole: bool,
    epoch: u64,
    found: Found,
}

impl View {
    fn rank(&self) -> (bool, u64) {
        (self.whole, self.epoch)
    }
}

fn view(asked: &Node, replies: Vec<Value>) -> Result<(View, Vec<Node>), String> {
    let mut replies = replies.into_iter();
    let info = Reader::new(replies.next().unwrap_or(Value::Nil)).text().map_err(|error| error.to_string())?;
    let line = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let whole = line("cluster_state").is_some_and(|state| state.trim() == "ok");
    let epoch = line("cluster_current_epoch").and_then(|epoch| epoch.trim().parse().ok()).unwrap_or_default();
    let Some(Value::Array(ranges)) = replies.next() else { return Err("it tells no slots".into()) };
    let (mut nodes, mut all, mut slots) = (Vec::new(), Vec::new(), Vec::new());
    for range in ranges {
        let Value::Array(parts) = range else { continue };
        let mut parts = parts.into_iter();
        let (Some(first), Some(last)) = (number(parts.next().as_ref()), number(parts.next().as_ref())) else {
            continue;
        };
        for (n, member) in parts.enumerate() {
            let Some(member) = member_node(asked, member) else { continue };
            if !all.contains(&member) {
                all.push(member.clone());
            }
            if n > 0 {
                continue;
            }
            let place = nodes.iter().position(|node| *node == member).unwrap_or_else(|| {
                nodes.push(member);
                nodes.len() - 1
            });
            slots.push((first, last, u16::try_from(place).unwrap_or(u16::MAX)));
        }
    }
    if slots.is_empty() {
        return Err("none of its nodes has slots yet".into());
    }
    Ok((View { whole, epoch, found: Found { nodes, slots: Some(slots) } }, all))
}

fn number(value: Option<&Value>) -> Option<u16> {
    match value {
        Some(Value::Int(number)) => u16::try_from(*number).ok(),
        _ => None,
    }
}

fn member_node(asked: &Node, member: Value) -> Option<Node> {
    let Value::Array(parts) = member else { return None };
    let mut parts = parts.into_iter();
    let host = match parts.next() {
        Some(Value::BulkString(host)) => String::from_utf8(host).ok()?,
        Some(Value::SimpleString(host)) => host,
        // It does not know its own name: it is at the address where it was asked.
        _ => String::new(),
    };
    if host == "?" {
        return None;
    }
    let host = if host.is_empty() { asked.host.clone() } else { host };
    Some(Node { host, port: number(parts.next().as_ref())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn member(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), text("id"), Value::Array(Vec::new())])
    }

    #[test]
    fn the_slots_of_a_cluster_are_read() {
        let asked = Node { host: "seed".into(), port: 1 };
        let info = text("cluster_state:ok\r\ncluster_current_epoch:7\r\n");
        let slots = Value::Array(vec![
            Value::Array(vec![Value::Int(0), Value::Int(99), member(text("a"), 1), member(text("b"), 2)]),
            Value::Array(vec![Value::Int(100), Value::Int(100), member(text(""), 3)]),
            Value::Array(vec![Value::Int(101), Value::Int(200), member(text("a"), 1)]),
        ]);
        let (view, all) = view(&asked, vec![info, slots]).expect("is read");
        assert_eq!(view.rank(), (true, 7));
        let node = |host: &str, port| Node { host: host.into(), port };
        assert_eq!(view.found.nodes, [node("a", 1), node("seed", 3)]);
        assert_eq!(view.found.slots.expect("has some"), [(0, 99, 0), (100, 100, 1), (101, 200, 0)]);
        assert_eq!(all, [node("a", 1), node("b", 2), node("seed", 3)]);
    }

    #[test]
    fn what_a_sentinel_names_is_read() {
        let sentinel = Node { host: "s".into(), port: 1 };
        let words = ["name", "m", "ip", "10.0.0.1", "port", "6379", "config-epoch", "3"];
        let array = |words: &[&str]| Value::Array(words.iter().copied().map(text).collect());
        // A failover is under way: the replica is promoted, and the configuration still speaks of the old primary.
        let reply = vec![array(&words), array(&["10.0.0.2", "6380"])];
        let node = Node { host: "10.0.0.2".into(), port: 6380 };
        assert_eq!(named_primary(&sentinel, reply), Ok((3, node)));
    }
}
