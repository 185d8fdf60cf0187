//! Waiting until replicas have what was written: `--redis-wait-replicas`.
//!
//! WAIT speaks of the writes of its own connection, and blocks it. So a connection of its own writes a word and waits
//! for that: what others wrote and were answered before stands before it in the stream to the replicas. One round
//! serves all that were answered before it began, so its cost is time, not throughput.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::redis::{RedisResult, Value, cmd};
use tokio::sync::Mutex;

use super::decode::Reader;
use super::line::Line;
use crate::store::StoreError;

/// How long the word itself stays.
const WORD_TTL_MS: u64 = 60_000;

/// The rounds of one server.
#[derive(Default)]
pub(super) struct Rounds {
    begun: AtomicU64,
    /// The newest that ended.
    last: Mutex<Option<Round>>,
}

#[derive(Clone)]
struct Round {
    number: u64,
    /// How many replicas had the word in time, and the replication id of the server that said so; or why nobody knows.
    outcome: Result<(u64, String), String>,
}

/// What to wait for.
pub(super) struct Wanted<'a> {
    /// How many replicas.
    pub(super) replicas: u32,
    /// How long.
    pub(super) within: Duration,
    /// A key for the word, of a slot of the server.
    pub(super) key: &'a str,
    /// The replication id of the server that took what is waited for; empty: not known.
    pub(super) fence: &'a str,
}

impl Rounds {
    /// Waits until as many replicas have what `line` has answered so far.
    ///
    /// # Errors
    /// Too few had it in time, or nobody knows: it is unclear whether it outlives the server.
    pub(super) async fn wait(&self, line: &Line, wanted: Wanted<'_>) -> Result<(), StoreError> {
        let seen = self.begun.load(Ordering::SeqCst);
        let waited = tokio::time::timeout(wanted.within * 2, async {
            let mut last = self.last.lock().await;
            match &*last {
                Some(round) if round.number > seen => round.outcome.clone(),
                _ => {
                    let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
                    let outcome = round(line, &wanted).await.map_err(|error| error.to_string());
                    *last = Some(Round { number, outcome: outcome.clone() });
                    outcome
                }
            }
        });
        let unclear = |why: String| Err(StoreError::Unclear(why));
        match waited.await {
            Ok(Ok((_, fence))) if !same_server(wanted.fence, &fence) || line.is_retired() => {
                unclear(format!("{} was replaced before its replicas said what they have", line.node()))
            }
            Ok(Ok((replicas, _))) if replicas >= u64::from(wanted.replicas) => Ok(()),
            Ok(Ok((replicas, _))) => unclear(format!(
                "written, but only {replicas} of {} replicas have it within {:?}",
                wanted.replicas, wanted.within
            )),
            Ok(Err(error)) => unclear(format!("written, and nobody knows whether replicas have it: {error}")),
            Err(_) => unclear(format!("written, and no word of replicas within {:?}", wanted.within * 2)),
        }
    }
}

async fn round(line: &Line, wanted: &Wanted<'_>) -> RedisResult<(u64, String)> {
    let mut word = cmd("SET");
    word.arg(wanted.key).arg(1).arg("PX").arg(WORD_TTL_MS);
    let mut wait = cmd("WAIT");
    wait.arg(wanted.replicas).arg(u64::try_from(wanted.within.as_millis()).unwrap_or(u64::MAX).max(1));
    let replies = line.send_blocking(&[word, wait, super::identity_cmd()]).await?;
    let mut replies = replies.into_iter().skip(1);
    let replicas = match replies.next() {
        Some(Value::Int(replicas)) => u64::try_from(replicas).unwrap_or_default(),
        _ => 0,
    };
    let mut identity = Reader::new(replies.next().unwrap_or(Value::Nil));
    let fence = identity.text().and_then(|_role| identity.text()).unwrap_or_default();
    Ok((replicas, fence))
}

/// Whether a script's fence, the beginning of a replication id, is of the server of that id; hidden ones prove nothing.
fn same_server(fence: &str, replid: &str) -> bool {
    fence.is_empty() || replid.is_empty() || replid.starts_with(fence)
}
