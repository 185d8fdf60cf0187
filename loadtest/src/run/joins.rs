//! Joins as fast as they go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Held, LoadError, Names, connect, count, in_parallel};
use crate::args::JoinsArgs;
use crate::client::{Client, ClientError};
use crate::measure::{Latencies, cpu_time};
use crate::report::{Errors, JoinsReport};

type Joined = Result<(Client, Duration), ClientError>;

pub(super) async fn run(args: JoinsArgs) -> Result<JoinsReport, LoadError> {
    let names = Names::new(args.room_size);
    let target = Arc::new(args.target);
    let mut ready: Vec<Option<Client>> = Vec::new();
    if args.connect_first {
        let target = target.clone();
        let connected = in_parallel(args.total, args.concurrency, move |n| {
            let target = target.clone();
            async move { (n, connect(&target, n).await) }
        });
        ready.resize_with(args.total, || None);
        for (n, client) in connected.await {
            ready[n] = Some(client?);
        }
    }
    let ready = Arc::new(Mutex::new(ready));
    let cpu_before = cpu_time(&target.pids).map_err(LoadError::Measure)?;
    let start = Instant::now();
    let held = Arc::new(Mutex::new(Held::new()));
    let results = {
        let (target, held) = (target.clone(), held.clone());
        in_parallel(args.total, args.concurrency, move |n| {
            let (target, names, ready, held) = (target.clone(), names.clone(), ready.clone(), held.clone());
            async move {
                let connected = ready.lock().await.get_mut(n).and_then(Option::take);
                let start = Instant::now();
                let (room, participant) = names.of(n);
                let joined: Joined = async {
                    let mut client = match connected {
                        Some(client) => client,
                        None => connect(&target, n).await?,
                    };
                    client.join(&room, &participant, "").await?;
                    Ok((client, start.elapsed()))
                }
                .await;
                let (client, latency) = joined?;
                // Those who are in read what the joins of the others tell them, as browsers do.
                held.lock().await.add(client);
                Ok::<_, ClientError>(latency)
            }
        })
        .await
    };
    let elapsed = start.elapsed();
    let cpu = cpu_time(&target.pids).map_err(LoadError::Measure)?.saturating_sub(cpu_before);
    if let Ok(held) = Arc::try_unwrap(held) {
        held.into_inner().leave().await;
    }

    let mut latencies = Latencies::new();
    let mut errors = Errors::new();
    let mut first_error = None;
    for result in results {
        match result {
            Ok(latency) => latencies.record(latency),
            Err(error) => {
                count(&mut errors, &error);
                first_error.get_or_insert(error);
            }
        }
    }
    let joined = latencies.count();
    if joined == 0 {
        let why = first_error.map_or_else(|| "no joins were asked for".into(), |error| error.to_string());
        return Err(LoadError::NobodyJoined(why));
    }
    Ok(JoinsReport {
        joined,
        failed: errors.values().sum(),
        room_size: args.room_size,
        concurrency: args.concurrency,
        connect_first: args.connect_first,
        rate: joined as f64 / elapsed.as_secs_f64(),
        latency: latencies.quantiles(),
        cpu_us_per_join: (!target.pids.is_empty()).then(|| cpu.as_secs_f64() * 1e6 / joined as f64),
        errors,
    })
}
