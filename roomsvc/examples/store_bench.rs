//! How many appends and events a second the store takes: rooms that append back to back, each with one append in
//! flight, as room services do.
//!
//! `cargo run --release --example store_bench -- redis://127.0.0.1:6379`, or without an address for the memory store.
//! A number behind the address: how many replicas each append waits for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use switchboard_proto::{ConnectionId, GatewayId, ParticipantId, RoomId, SessionId};
use switchboard_roomsvc::room::{
    ApiAction, Command, Context, Phase, Room, SessionKey, Touched, Verdict, fields, fresh_epoch,
};
use switchboard_roomsvc::store::{
    Append, AppendReply, MemoryStore, NextLook, RedisConfig, RedisStore, Store,
};

const ROOMS: usize = 256;
const LASTING: Duration = Duration::from_secs(5);

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let store: Arc<dyn Store> = match std::env::args().nth(1) {
        Some(url) => {
            let key_prefix = format!("bench{}", std::process::id());
            let wait_replicas = std::env::args().nth(2).map_or(Ok(0), |text| text.parse())?;
            let config = RedisConfig { key_prefix, wait_replicas, ..RedisConfig::new(url) };
            Arc::new(RedisStore::connect(config).await?)
        }
        None => Arc::new(MemoryStore::new(128)),
    };
    println!("{}, {ROOMS} rooms, {LASTING:?} each", store.describe());
    for events in [1, 4, 16] {
        let began = Instant::now();
        let tasks: Vec<_> = (0..ROOMS)
            .map(|n| tokio::spawn(room(store.clone(), format!("room {events} {n}"), events, began + LASTING)))
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await??);
        }
        times.sort_unstable();
        let appends = times.len() as f64 / began.elapsed().as_secs_f64();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!(
            "{events:>3} events an append: {appends:>8.0} appends/s {:>8.0} events/s, p50 {:?} p99 {:?}",
            appends * f64::from(events),
            at(50),
            at(99),
        );
    }
    Ok(())
}

/// One room's appends until `end`, and how long each took.
async fn room(
    store: Arc<dyn Store>,
    name: String,
    events: u32,
    end: Instant,
) -> Result<Vec<Duration>, Error> {
    let mut room = Room::absent(RoomId::parse(&name)?);
    let key = SessionKey {
        participant: ParticipantId::parse("anna")?,
        session: SessionId::random(),
        generation: 1,
    };
    let join = Command::Join {
        key,
        connection: ConnectionId::random(),
        gateway: GatewayId::random("bench"),
        asked_at: store.clock().now(),
        metadata: String::new(),
        resubmitted: false,
        window_ms: None,
    };
    // The size of a candidate.
    let action = ApiAction::Message { to: Vec::new(), body: "x".repeat(300) };
    let message = Command::Api { request: None, action };
    let mut times = Vec::new();
    while Instant::now() < end {
        let now = store.clock().now();
        let (mut after, mut touched, mut entries) = (room.clone(), Touched::default(), Vec::new());
        let first = room.phase() == Phase::Absent;
        for _ in 0..events {
            let command = if after.phase() == Phase::Absent { &join } else { &message };
            let ctx = Context { now, fresh: fresh_epoch(), begin_epoch: false };
            if let Verdict::Append(more, _) = after.decide(command, ctx) {
                more.iter().for_each(|entry| touched.merge(after.absorb(entry)));
                entries.extend(more);
            }
        }
        let append = Append {
            room: room.id().clone(),
            expect: (!first).then_some(room.head()),
            entries,
            fields: fields(&after, &touched),
            tombstone_ms: None,
            next_look: first.then_some(NextLook::Never),
            requests: Vec::new(),
            by: "bench 1".into(),
            now,
            keep_ms: 300_000,
            begins_epoch: first,
        };
        let began = Instant::now();
        match store.append(append).await? {
            AppendReply::Stored => times.push(began.elapsed()),
            other => return Err(format!("not stored: {other:?}").into()),
        }
        room = after;
    }
    Ok(times)
}
