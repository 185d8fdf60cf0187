//! Joined connections that say nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Held, LoadError, Names, connect, count, in_parallel};
use crate::args::IdleArgs;
use crate::client::{Client, ClientError};
use crate::measure::memory;
use crate::report::{Errors, IdleReport, Memory};

/// Memory counts as settled when it moved by less than one in so many between two looks.
const SETTLED_SHARE: u64 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(500);
const SETTLE_WITHIN: Duration = Duration::from_secs(15);

pub(super) async fn run(args: IdleArgs) -> Result<IdleReport, LoadError> {
    let target = Arc::new(args.target);
    let before = memory(&target.pids).map_err(LoadError::Measure)?;
    let names = Names::new(args.room_size);
    let clients = {
        let target = target.clone();
        in_parallel(args.connections, args.concurrency, move |n| {
            let (target, (room, participant)) = (target.clone(), names.of(n));
            async move {
                let mut client = connect(&target, n).await?;
                client.join(&room, &participant, "").await?;
                Ok::<Client, ClientError>(client)
            }
        })
        .await
    };
    let mut held = Held::new();
    let mut errors = Errors::new();
    let mut joined = 0;
    let mut first_error = None;
    for client in clients {
        match client {
            Ok(client) => {
                joined += 1;
                held.add(client);
            }
            Err(error) => {
                count(&mut errors, &error);
                first_error.get_or_insert(error);
            }
        }
    }
    if let (0, Some(error)) = (joined, first_error) {
        return Err(LoadError::NobodyJoined(error.to_string()));
    }
    let watched = Instant::now();
    let after = settled_memory(&target.pids).await?;
    let lost = held.watch(watched + args.duration, &mut errors).await;
    let mut report = IdleReport {
        joined,
        lost,
        room_size: args.room_size,
        memory_before: None,
        memory_after: None,
        rss_kib_per_connection: None,
        anonymous_kib_per_connection: None,
        watched_s: watched.elapsed().as_secs_f64(),
        errors,
    };
    if !target.pids.is_empty() {
        report.set_memory(before, after);
    }
    held.leave().await;
    Ok(report)
}

async fn settled_memory(pids: &[u32]) -> Result<Memory, LoadError> {
    let by = Instant::now() + SETTLE_WITHIN;
    let mut last = memory(pids).map_err(LoadError::Measure)?;
    while !pids.is_empty() && Instant::now() < by {
        sleep(LOOK_EVERY).await;
        let now = memory(pids).map_err(LoadError::Measure)?;
        let is_settled = now.rss.abs_diff(last.rss) < now.rss / SETTLED_SHARE;
        last = now;
        if is_settled {
            break;
        }
    }
    Ok(last)
}
