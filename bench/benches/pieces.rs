//! What single pieces of a signal's way cost, on a machine that does nothing else:
//!
//! `make pieces`, or `cargo bench --workspace --bench pieces -- NAME` for some of them; results go to target/criterion, and each
//! run tells how it differs from the one before.
//!
//! Of a piece that needs something new each time (a room that has not had the entry yet, empty outboxes), only the
//! piece is timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion};
use prost::Message as _;
use switchboard_bench::{
    Appends, Heard, candidate, client_frame, decided, link_response, room_of, server_message,
};
use switchboard_gateway::codec::{Encoding, decode};
use switchboard_gateway::fuzzing::{Rooms, encode};
use switchboard_loadtest::testing::RedisServer;
use switchboard_proto::v1::LinkResponse;
use switchboard_proto::{Epoch, Millis, PARTITIONS_DEFAULT, Position};
use switchboard_roomsvc::fuzzing::{decode_entry, encode_entry};
use switchboard_roomsvc::room::{Context, fresh_epoch};
use switchboard_roomsvc::store::{AppendReply, MemoryStore, RedisConfig, RedisStore, Store};
use tokio::runtime::Runtime;

/// Who hears one message.
const CROWDS: [usize; 3] = [10, 100, 1_000];

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    rules(&mut criterion);
    entries(&mut criterion);
    frames(&mut criterion);
    responses(&mut criterion);
    // One thread, as in `make bench`: what is woken is woken on it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    fan_out(&mut criterion, &runtime);
    memory(&mut criterion, &runtime);
    redis(&mut criterion, &runtime);
    criterion.final_summary();
}

fn rules(criterion: &mut Criterion) {
    let (room, command, now) = (room_of(4), candidate(1), Millis(1_000_000));
    let ctx = Context { now, fresh: fresh_epoch(), begin_epoch: false };
    criterion.bench_function("decide a candidate in a room of 4", |b| {
        b.iter(|| black_box(&room).decide(black_box(&command), ctx));
    });
    let entry = decided(&room, &command, now).remove(0);
    criterion.bench_function("apply it", |b| {
        b.iter_batched_ref(|| room.clone(), |room| room.absorb(black_box(&entry)), BatchSize::SmallInput);
    });
}

fn entries(criterion: &mut Criterion) {
    let entry = decided(&room_of(4), &candidate(1), Millis(1_000_000)).remove(0);
    let text = encode_entry(&entry);
    criterion.bench_function("encode a log entry", |b| b.iter(|| encode_entry(black_box(&entry))));
    criterion.bench_function("decode a log entry", |b| {
        b.iter(|| decode_entry(entry.position, black_box(&text), black_box(&entry.body)));
    });
}

fn frames(criterion: &mut Criterion) {
    for (name, encoding) in [("JSON", Encoding::Json), ("protobuf", Encoding::Protobuf)] {
        let (frame, message) = (client_frame(encoding), server_message());
        criterion.bench_function(&format!("decode a browser's frame, {name}"), |b| {
            b.iter(|| decode(encoding, black_box(&frame)));
        });
        criterion.bench_function(&format!("encode a browser's frame, {name}"), |b| {
            b.iter(|| encode(encoding, black_box(&message)));
        });
    }
}

fn responses(criterion: &mut Criterion) {
    let response = link_response(8);
    let bytes = response.encode_to_vec();
    criterion.bench_function("encode a link's response of 8 events", |b| {
        b.iter(|| black_box(&response).encode_to_vec());
    });
    criterion.bench_function("decode a link's response of 8 events", |b| {
        b.iter(|| LinkResponse::decode(black_box(bytes.as_slice())));
    });
}

/// From the decoded response of a link to the outboxes of all sockets; the frame is encoded once.
fn fan_out(criterion: &mut Criterion, runtime: &Runtime) {
    let _entered = runtime.enter();
    let shared = Rooms::shared().expect("the URL is one");
    let at = Position::new(Epoch(1), 4);
    let mut group = criterion.benchmark_group("fan out one message to sessions");
    for people in CROWDS {
        let mut rooms = Rooms::hot(&shared, people, at).expect("ids are good");
        let mut heard = Heard::behind(at);
        group.bench_function(BenchmarkId::from_parameter(people), |b| {
            b.iter_custom(|rounds| {
                let mut took = Duration::ZERO;
                for _ in 0..rounds {
                    let response = heard.next_response();
                    let began = Instant::now();
                    rooms.hear(response);
                    took += began.elapsed();
                    assert_eq!(rooms.drain(), people, "all are told");
                }
                took
            });
        });
    }
}

fn memory(criterion: &mut Criterion, runtime: &Runtime) {
    let store = MemoryStore::new(PARTITIONS_DEFAULT);
    let mut appends = Appends::of("room");
    criterion.bench_function("append a candidate to the memory store", |b| {
        b.iter_custom(|rounds| runtime.block_on(append(&store, &mut appends, rounds)));
    });
}

/// One at a time: mostly the way to Redis and back. `make growth` tells what it costs where many come at once.
fn redis(criterion: &mut Criterion, runtime: &Runtime) {
    // Started when it is asked for: a run of other pieces needs no Redis.
    let mut redis = None;
    criterion.bench_function("append a candidate to Redis, there and back", |b| {
        b.iter_custom(|rounds| {
            runtime.block_on(async {
                if redis.is_none() {
                    let server = RedisServer::start().await;
                    let store = RedisStore::connect(RedisConfig::new(server.url())).await;
                    redis = Some((store.expect("Redis answers"), server, Appends::of("room")));
                }
                let (store, _, appends) = redis.as_mut().expect("was just started");
                append(store, appends, rounds).await
            })
        });
    });
    // Its connections end where they were made.
    let _entered = runtime.enter();
    drop(redis);
}

/// How long so many appends of candidates took; the joins before them are not counted.
async fn append(store: &dyn Store, appends: &mut Appends, rounds: u64) -> Duration {
    let (mut took, mut done) = (Duration::ZERO, 0);
    while done < rounds {
        let counts = appends.are_candidates();
        let append = appends.next_append(store.clock().now());
        let began = Instant::now();
        let reply = store.append(append).await;
        let elapsed = began.elapsed();
        assert!(matches!(reply, Ok(AppendReply::Stored)), "{reply:?}");
        if counts {
            took += elapsed;
            done += 1;
        }
    }
    took
}
