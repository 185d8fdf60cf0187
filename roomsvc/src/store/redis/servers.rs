//! Which servers there are, who has which slot, and what is asked of them.
//!
//! One server, the primary that Sentinels name and a Cluster differ only in how servers are found (`scout.rs`): all
//! else works on a [`Map`]. A task keeps it; whoever meets an error that speaks of another server asks it to look
//! again at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::address::Node;
use super::counters::{Asked, RedisMetrics};
use super::line::{Access, Line, is_said_while_connecting};
use super::scout::{Found, Scout};
use crate::store::StoreError;
use crate::store::keys::SLOTS;

/// The shortest time between two looks for servers: many may ask for one at once.
const LOOK_PAUSE: Duration = Duration::from_millis(50);
/// How long what a slot on the move refuses is tried again. Longer, and its rooms go on in memory.
const TRY_AGAIN_FOR: Duration = Duration::from_secs(1);
/// Pauses between these tries.
const TRY_AGAIN_PAUSE: Duration = Duration::from_millis(20);
/// Redirections that one request follows: a slot moves once, and once more while the map is old.
const REDIRECTS_MAX: usize = 5;

/// The servers that take writes, and who has which slot.
pub(super) struct Map {
    lines: Vec<Arc<Line>>,
    /// The line of each slot; none: the first line has all.
    slots: Option<Box<[Option<u16>]>>,
}

impl Map {
    fn new(found: &Found, lines: Vec<Arc<Line>>) -> Self {
        let slots = found.slots.as_ref().map(|ranges| {
            let mut slots = vec![None; SLOTS as usize].into_boxed_slice();
            for (first, last, line) in ranges {
                for slot in *first..=(*last).min(SLOTS as u16 - 1) {
                    slots[usize::from(slot)] = Some(*line);
                }
            }
            slots
        });
        Self { lines, slots }
    }

    /// Who takes writes of a slot.
    pub(super) fn line(&self, slot: u16) -> Option<&Arc<Line>> {
        match &self.slots {
            None => self.lines.first(),
            Some(slots) => self.lines.get(usize::from((*slots.get(usize::from(slot))?)?)),
        }
    }

    /// All that take writes.
    pub(super) fn lines(&self) -> &[Arc<Line>] {
        &self.lines
    }
}

/// A script, by its text and the name that servers know it by.
pub(super) struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, hash: ::redis::Script::new(code).get_hash().to_owned() }
    }

    /// Its name for EVALSHA.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }
}

/// What is asked: commands of one slot.
pub(super) struct Request<'a> {
    pub(super) slot: u16,
    pub(super) cmds: Vec<Cmd>,
    /// The script that an EVALSHA among them runs: the server is told it if it does not know it.
    pub(super) script: Option<&'a Script>,
}

impl<'a> Request<'a> {
    pub(super) fn new(slot: u16, cmds: Vec<Cmd>) -> Self {
        Self { slot, cmds, script: None }
    }

    pub(super) fn script(slot: u16, script: &'a Script, cmd: Cmd) -> Self {
        Self { slot, cmds: vec![cmd], script: Some(script) }
    }
}

/// What was answered, and by whom.
pub(super) struct Reply {
    pub(super) line: Arc<Line>,
    /// One each command.
    pub(super) values: Vec<Value>,
}

/// The servers of one store. Dropping it ends the task that looks for them.
pub(super) struct Servers {
    shared: Arc<Shared>,
    access: Access,
    _looking: DropGuard,
}

struct Shared {
    map: watch::Sender<Arc<Map>>,
    /// Lines by their servers, those that a redirection named included.
    lines: Mutex<HashMap<Node, Arc<Line>>>,
    poke: Notify,
    /// Whether the next look replaces lines to servers that it finds where they were: behind one address there may be
    /// another server.
    stale: std::sync::atomic::AtomicBool,
    /// Why the last look found nothing.
    trouble: Mutex<Option<String>>,
    counters: RedisMetrics,
}

impl Servers {
    /// Looks for servers, once at once, and on for as long as it lives.
    pub(super) async fn new(scout: Scout, access: Access, counters: RedisMetrics) -> Self {
        let (map, _) = watch::channel(Arc::new(Map { lines: Vec::new(), slots: None }));
        let shared = Arc::new(Shared {
            map,
            lines: Mutex::default(),
            poke: Notify::new(),
            stale: false.into(),
            trouble: Mutex::default(),
            counters,
        });
        let stop = CancellationToken::new();
        let look = look(scout, access.clone(), shared.clone());
        let mut looked = shared.map.subscribe();
        looked.mark_unchanged();
        tokio::spawn(stop.clone().run_until_cancelled_owned(look));
        // Nobody there yet is told by the first call; somebody is awaited for no longer than that one would take.
        let _ = tokio::time::timeout(access.call_timeout(), looked.changed()).await;
        Self { shared, access, _looking: stop.drop_guard() }
    }

    /// The map, and word of each change.
    pub(super) fn watch(&self) -> watch::Receiver<Arc<Map>> {
        self.shared.map.subscribe()
    }

    /// The map as it is.
    pub(super) fn map(&self) -> Arc<Map> {
        self.shared.map.borrow().clone()
    }

    /// Something speaks for other servers than those on the map.
    pub(super) fn look_again(&self) {
        self.shared.poke.notify_one();
    }

    /// As [`Self::look_again`], where the server at an address may be another one than before.
    pub(super) fn look_anew(&self) {
        self.shared.stale.store(true, std::sync::atomic::Ordering::Relaxed);
        self.shared.poke.notify_one();
    }

    /// Asks whoever has the slot, under the deadline of a call. The error says whether it may have run.
    pub(super) async fn ask(&self, request: Request<'_>) -> Result<Reply, StoreError> {
        self.in_time(self.follow(request)).await
    }

    /// Asks one server, whatever it has.
    pub(super) async fn ask_line(&self, line: &Line, cmds: &[Cmd]) -> Result<Vec<Value>, StoreError> {
        self.in_time(async { line.send(cmds).await.map_err(|error| self.judge(line, &error)) }).await
    }

    async fn in_time<T>(&self, asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let (within, began) = (self.access.call_timeout(), Instant::now());
        let result = match tokio::time::timeout(within, asked).await {
            Ok(result) => result,
            Err(_) => {
                self.look_again();
                Err(StoreError::Unclear(format!("nothing within {within:?}")))
            }
        };
        let RedisMetrics { request, requests, .. } = &self.shared.counters;
        request.observe_duration(began.elapsed());
        requests.get(Asked::from(&result)).inc();
        result
    }

    async fn follow(&self, request: Request<'_>) -> Result<Reply, StoreError> {
        let began = Instant::now();
        let map = self.map();
        let mut line = map.line(request.slot).cloned().ok_or_else(|| self.nobody(request.slot))?;
        let (mut asking, mut redirects, mut taught) = (false, 0, false);
        loop {
            let error = match send(&line, &request.cmds, asking).await {
                // Who was replaced meanwhile may have said so of data that nobody will see again.
                Ok(_) if line.is_retired() => {
                    return Err(StoreError::Unclear(format!("{} was replaced meanwhile", line.node())));
                }
                Ok(values) => return Ok(Reply { line, values }),
                Err(error) => error,
            };
            let ErrorKind::Server(kind) = error.kind() else { return Err(self.judge(&line, &error)) };
            match (kind, request.script) {
                (ServerErrorKind::NoScript, Some(script)) if !taught => {
                    taught = true;
                    teach(&line, script).await.map_err(|error| self.judge(&line, &error))?;
                }
                (ServerErrorKind::Moved | ServerErrorKind::Ask, _) if redirects < REDIRECTS_MAX => {
                    redirects += 1;
                    self.shared.counters.redirects.inc();
                    asking = kind == ServerErrorKind::Ask;
                    taught = false;
                    if !asking {
                        self.look_again();
                    }
                    line = self.redirect(&line, &error)?;
                }
                (ServerErrorKind::TryAgain, _) if began.elapsed() < TRY_AGAIN_FOR => {
                    self.shared.counters.redirects.inc();
                    redirects = 0;
                    tokio::time::sleep(TRY_AGAIN_PAUSE).await;
                    // The slot may have arrived meanwhile: its old owner says where.
                    if let Some(owner) = self.map().line(request.slot) {
                        line = owner.clone();
                        asking = false;
                    }
                }
                _ => return Err(self.judge(&line, &error)),
            }
        }
    }

    /// The line to whom an error names.
    fn redirect(&self, from: &Line, error: &RedisError) -> Result<Arc<Line>, StoreError> {
        let named = error.redirect_node().and_then(|(address, _)| {
            let (host, port) = address.rsplit_once(':')?;
            // Without a host it is the one that said so.
            let host = if host.is_empty() { &from.node().host } else { host };
            Some(Node { host: host.trim_matches(['[', ']']).to_owned(), port: port.parse().ok()? })
        });
        let node = named.ok_or_else(|| StoreError::Refused(error.to_string()))?;
        line_to(&self.shared, &self.access, node).map_err(|error| StoreError::Refused(error.to_string()))
    }

    fn nobody(&self, slot: u16) -> StoreError {
        self.look_again();
        let trouble = self.shared.trouble.lock().clone();
        StoreError::Refused(trouble.unwrap_or_else(|| format!("no server has the slot {slot}")))
    }

    /// What an error proves: one that a server answered, that nothing was done (R5).
    fn judge(&self, line: &Line, error: &RedisError) -> StoreError {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ReadOnly) => {
                // A replica: another one is the primary, at another address or behind this one.
                self.look_anew();
                StoreError::Refused(format!("{} is a replica: {error}", line.node()))
            }
            ErrorKind::Server(kind) => {
                if matches!(kind, ServerErrorKind::ClusterDown | ServerErrorKind::MasterDown) {
                    self.look_again();
                }
                let help =
                    if kind == ServerErrorKind::NoPerm { " (docs/redis.md lists the rights)" } else { "" };
                StoreError::Refused(format!("{error}{help}"))
            }
            ErrorKind::Extension => StoreError::Refused(error.to_string()),
            ErrorKind::AuthenticationFailed => StoreError::Refused(format!(
                "{} does not accept the user and password of the Redis URL ({error})",
                line.node()
            )),
            kind if is_said_while_connecting(kind) => StoreError::Refused(error.to_string()),
            _ => {
                self.look_again();
                if error.is_connection_refusal() {
                    // There was no connection to send it on.
                    return StoreError::Refused(error.to_string());
                }
                StoreError::Unclear(error.to_string())
            }
        }
    }
}

async fn send(line: &Line, cmds: &[Cmd], asking: bool) -> RedisResult<Vec<Value>> {
    if !asking {
        return line.send(cmds).await;
    }
    // Each command needs a word of its own before it.
    let cmds: Vec<_> = cmds.iter().flat_map(|cmd| [::redis::cmd("ASKING"), cmd.clone()]).collect();
    let replies = line.send(&cmds).await?;
    Ok(replies.into_iter().skip(1).step_by(2).collect())
}

async fn teach(line: &Line, script: &Script) -> RedisResult<()> {
    let mut load = ::redis::cmd("SCRIPT");
    load.arg("LOAD").arg(script.code);
    line.send(&[load]).await.map(drop)
}

fn line_to(shared: &Shared, access: &Access, node: Node) -> RedisResult<Arc<Line>> {
    let mut lines = shared.lines.lock();
    if let Some(line) = lines.get(&node) {
        return Ok(line.clone());
    }
    let line = Arc::new(Line::new(node.clone(), access)?);
    lines.insert(node, line.clone());
    Ok(line)
}

/// Keeps the map.
async fn look(mut scout: Scout, access: Access, shared: Arc<Shared>) {
    loop {
        match scout.find().await {
            Ok(found) => {
                *shared.trouble.lock() = None;
                take(&shared, &access, &found);
            }
            Err(trouble) => {
                tracing::debug!(trouble, "looked for the servers of Redis in vain");
                *shared.trouble.lock() = Some(trouble);
                // Whoever waits for the first look is told why there is nobody.
                if shared.map.borrow().lines.is_empty() {
                    shared.map.send_modify(|_| {});
                }
            }
        }
        let pause = tokio::time::sleep(LOOK_PAUSE);
        tokio::select! {
            () = scout.news() => {}
            () = shared.poke.notified() => {}
        }
        pause.await;
    }
}

/// Puts what was found on the map; who is not on it any more is retired.
fn take(shared: &Shared, access: &Access, found: &Found) {
    let stale = shared.stale.swap(false, std::sync::atomic::Ordering::Relaxed);
    let old = shared.map.borrow().clone();
    let mut lines = Vec::new();
    for node in &found.nodes {
        if stale {
            shared.lines.lock().remove(node);
        }
        match line_to(shared, access, node.clone()) {
            Ok(line) => lines.push(line),
            Err(error) => {
                *shared.trouble.lock() = Some(format!("{node} can't be used: {error}"));
                return;
            }
        }
    }
    let fresh = Map::new(found, lines);
    let same_lines = old.lines.len() == fresh.lines.len()
        && old.lines.iter().zip(&fresh.lines).all(|(a, b)| Arc::ptr_eq(a, b));
    if same_lines && old.slots == fresh.slots {
        return;
    }
    for line in &old.lines {
        if !fresh.lines.iter().any(|kept| Arc::ptr_eq(kept, line)) {
            tracing::warn!(server = %line.node(), "is not the primary any more");
            line.retire();
        }
    }
    shared.lines.lock().retain(|_, line| fresh.lines.iter().any(|kept| Arc::ptr_eq(kept, line)));
    if !old.lines.is_empty() {
        shared.counters.switches.inc();
        let now: Vec<_> = fresh.lines.iter().map(|line| line.node().to_string()).collect();
        tracing::info!(servers = now.join(", "), "the servers of Redis are now");
    }
    shared.map.send_replace(Arc::new(fresh));
}
