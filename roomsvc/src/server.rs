//! A room service from start to stop, in order.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use switchboard_proto::v1::gateway_link_server::GatewayLinkServer;
use switchboard_proto::v1::room_service_server::RoomServiceServer;
use switchboard_proto::{FILE_DESCRIPTOR_SET, HASH_NAME};
use switchboard_telemetry::{Levels, TraceError, Tracer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::transport::server::{Connected, TcpIncoming};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::access::Access;
use crate::admin;
use crate::config::{Config, STOP_DEADLINE, STREAMS_MAX, StoreChoice};
use crate::directory::Directory;
use crate::link::Links;
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::partition::Parts;
use crate::reached::Reached;
use crate::service::Rooms;
use crate::store::{MemoryStore, Meta, RedisConfig, RedisMetrics, RedisStore, Store, StoreError, TokenKeys};
use crate::token::Tokens;
use crate::{sweep, tls};

/// The version of keys and records.
const LAYOUT: u32 = 1;
/// How long the last spans may take to the collector at the stop.
const TRACES_WITHIN: Duration = Duration::from_millis(500);
/// Bytes of one message in either direction.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Rooms that come back to the store at the same time after it was away (S27).
const RECONCILES_MAX: usize = 64;
/// The name under which `grpc.health.v1` tells whether the store is there.
pub const STORE_HEALTH: &str = "switchboard.v1.Store";
/// How long the first words with the store may take before the start is tried again.
const INIT_PAUSE: Duration = Duration::from_millis(500);

/// Why a room service ended otherwise than by its stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Settings that contradict each other.
    #[error("{}", .0.join("; "))]
    Config(Vec<String>),
    /// The store is of another P, hash or layout.
    #[error("{0}")]
    Meta(String),
    /// The store's address can't be used.
    #[error("the store can't be used: {0}")]
    Store(#[from] StoreError),
    /// The gRPC server failed.
    #[error("the gRPC server failed: {0}")]
    Server(#[from] tonic::transport::Error),
    /// Spans can't be sent there.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A descriptor set that can't be read.
    #[error("reflection can't be built: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Runs a room service on a bound listener until `stop`, then stops in order within [`STOP_DEADLINE`].
///
/// With Redis away at the start it lives, answers `NOT_SERVING`, and tries again.
///
/// # Errors
/// When the settings or the store's own do not fit, or the server fails.
pub async fn run(
    listener: TcpListener,
    admin_listener: Option<TcpListener>,
    config: Config,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let mistakes = config.mistakes();
    if !mistakes.is_empty() {
        return Err(RunError::Config(mistakes));
    }
    let admin = Admin::start(admin_listener, config.levels.clone());
    match open_store(&config, &admin.metrics.redis, &stop).await? {
        Some(opened) => match config.tls.clone() {
            None => serve(tcp(listener), admin, config, opened, stop).await,
            Some(tls) => serve(tls::incoming(listener, tls), admin, config, opened, stop).await,
        },
        None => Ok(()),
    }
}

/// As [`run`], on a store that is open already.
///
/// # Errors
/// As [`run`].
pub async fn run_on(
    store: Arc<dyn Store>,
    listener: TcpListener,
    config: Config,
    stop: CancellationToken,
) -> Result<(), RunError> {
    run_over(store, tcp(listener), config, stop).await
}

/// As [`run_on`], with connections that come in another way than by a TCP listener.
///
/// # Errors
/// As [`run`].
pub async fn run_over<S>(
    store: Arc<dyn Store>,
    connections: impl Stream<Item = io::Result<S>>,
    config: Config,
    stop: CancellationToken,
) -> Result<(), RunError>
where
    S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let meta = store.init(own_meta(&config, store.as_ref())).await?;
    let opened = check_meta(&config, (store, meta))?;
    serve(connections, Admin::start(None, None), config, opened, stop).await
}

/// The admin port, which lives longer than all that it tells of.
struct Admin {
    metrics: Arc<Metrics>,
    state: admin::State,
    task: Option<tokio::task::JoinHandle<()>>,
    stop: CancellationToken,
}

impl Admin {
    fn start(listener: Option<TcpListener>, levels: Option<Levels>) -> Self {
        let metrics = Arc::new(Metrics::new());
        let state = admin::State::new(metrics.clone());
        let stop = CancellationToken::new();
        let task = listener
            .map(|listener| tokio::spawn(admin::serve(listener, state.clone(), levels, stop.clone())));
        Self { metrics, state, task, stop }
    }

    async fn end(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn tcp(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

async fn serve<S>(
    connections: impl Stream<Item = io::Result<S>>,
    admin: Admin,
    config: Config,
    (store, meta): Opened,
    stop: CancellationToken,
) -> Result<(), RunError>
where
    S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    tracing::info!(store = store.describe(), partitions = meta.partitions, "store is open");
    let tokens = Tokens::new(meta.tokens.clone(), store.clock().now());
    let tokens = tokens.map_err(|error| RunError::Meta(error.to_string()))?;
    let instance = format!("rs-{:016x}", rand::random::<u64>());
    let traces = admin.metrics.trace.clone();
    let tracer = Tracer::start(config.trace.as_ref(), "switchboard-roomsvc", instance.clone(), traces)?;
    let reached = Arc::new(Reached::new(store.clock().now()));
    let outage = Arc::new(Outage::new(config.unstored_bytes_max, admin.metrics.clone()));
    let parts = Parts {
        store,
        reached,
        outage: outage.clone(),
        leases: Arc::default(),
        reconciles: Arc::new(tokio::sync::Semaphore::new(RECONCILES_MAX)),
        fork_after: config.fork_after,
        lease_ms: u64::try_from(config.gateway_lease.as_millis()).unwrap_or(u64::MAX),
        tokens: Arc::new(tokens),
        metrics: admin.metrics.clone(),
        tracer: tracer.clone(),
        instance: instance.as_str().into(),
    };
    let directory = Arc::new(Directory::new(parts, meta.partitions, stop.child_token()));
    directory.tracker.spawn(sweep::sweep(directory.clone(), meta.clone(), config.sweep_interval));
    directory.tracker.spawn(sweep::renew_leases(directory.clone(), config.gateway_lease));

    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<RoomServiceServer<Rooms>>().await;
    health.set_serving::<GatewayLinkServer<Links>>().await;
    directory.tracker.spawn(tell_store_health(health.clone(), outage.subscribe(), directory.stop.clone()));
    admin.state.set_ready(true);
    tracing::info!(instance, "room service is ready");

    if let Some(tls) = config.tls.clone() {
        directory.tracker.spawn(tls.watch(directory.stop.clone()));
    }
    let access = config.access.clone();
    if let Access::Token { verifier, .. } = &access {
        let (verifier, stop) = (verifier.clone(), directory.stop.clone());
        directory.tracker.spawn(async move { verifier.watch(stop).await });
    }
    let links = GatewayLinkServer::new(Links::new(directory.clone()))
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let gateways = access.clone();
    let links = InterceptedService::new(links, move |request| gateways.gateway(request));
    let with_reflection = config.reflection;
    let rooms = RoomServiceServer::new(Rooms::new(directory.clone(), config))
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(4 * MESSAGE_BYTES_MAX);
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // So that grpcurl shows the details of an error and not their bytes.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    let known = move || {
        let access = access.clone();
        move |request| access.anybody_known(request)
    };
    let (mut v1, mut v1alpha) = (None, None);
    if with_reflection {
        v1 = Some(InterceptedService::new(reflection().build_v1()?, known()));
        v1alpha = Some(InterceptedService::new(reflection().build_v1alpha()?, known()));
    }
    let stopping = stop.clone();
    let serve = Server::builder()
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(8 << 20)
        .max_concurrent_streams(STREAMS_MAX)
        .http2_keepalive_interval(Some(Duration::from_secs(15)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .add_service(health_service)
        .add_optional_service(v1)
        .add_optional_service(v1alpha)
        .add_service(links)
        .add_service(rooms)
        .serve_with_incoming_shutdown(connections, async move { stopping.cancelled().await });
    tokio::pin!(serve);
    // Without connections the server ends with `stop`; it must not be polled again then.
    let mut ended = false;
    tokio::select! {
        result = &mut serve => {
            result?;
            ended = true;
        }
        () = stop.cancelled() => {}
    }

    // Not ready, links ended by their actors, open calls answered, then the rest is cut.
    admin.state.set_ready(false);
    health.set_not_serving::<RoomServiceServer<Rooms>>().await;
    directory.stop.cancel();
    directory.tracker.close();
    let drained = async {
        directory.tracker.wait().await;
        if !ended && let Err(error) = serve.await {
            tracing::warn!(%error, "the gRPC server ended with an error");
        }
    };
    if tokio::time::timeout(STOP_DEADLINE, drained).await.is_err() {
        tracing::warn!("not everything ended in time");
    }
    tracer.end(TRACES_WITHIN).await;
    admin.end().await;
    tracing::info!("room service has stopped");
    Ok(())
}

/// Tells the health of the store under a name of its own: what balancers ask stays SERVING in an outage, or they
/// would have nobody left (S26).
async fn tell_store_health(
    health: HealthReporter,
    mut degraded: watch::Receiver<bool>,
    stop: CancellationToken,
) {
    loop {
        let status =
            if *degraded.borrow_and_update() { ServingStatus::NotServing } else { ServingStatus::Serving };
        health.set_service_status(STORE_HEALTH, status).await;
        tokio::select! {
            () = stop.cancelled() => return health.set_service_status(STORE_HEALTH, ServingStatus::NotServing).await,
            changed = degraded.changed() => if changed.is_err() { return },
        }
    }
}

type Opened = (Arc<dyn Store>, Meta);

/// Opens the store and agrees with it on P; `None` when stopped meanwhile.
async fn open_store(
    config: &Config,
    counters: &RedisMetrics,
    stop: &CancellationToken,
) -> Result<Option<Opened>, RunError> {
    let mut told = String::new();
    loop {
        let opened = tokio::select! {
            () = stop.cancelled() => return Ok(None),
            opened = try_open(config, counters) => opened,
        };
        match opened {
            Ok(opened) => return check_meta(config, opened).map(Some),
            Err(error) => {
                let why = error.to_string();
                if told != why {
                    tracing::warn!(error = why, "not ready; trying again");
                    told = why;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(INIT_PAUSE) => {}
        }
    }
}

async fn try_open(config: &Config, counters: &RedisMetrics) -> Result<Opened, StoreError> {
    let store: Arc<dyn Store> = match &config.store {
        StoreChoice::Memory => Arc::new(MemoryStore::new(config.partitions)),
        StoreChoice::Redis(redis) => Arc::new(
            RedisStore::connect(RedisConfig {
                url: redis.url.clone(),
                tls_ca: redis.tls_ca.clone(),
                key_prefix: redis.key_prefix.clone(),
                partitions: config.partitions,
                call_timeout: config.store_timeout,
                wait_replicas: redis.wait_replicas,
                counters: counters.clone(),
            })
            .await?,
        ),
    };
    let meta = store.init(own_meta(config, store.as_ref())).await?;
    Ok((store, meta))
}

/// What is written into a store that has nothing yet.
fn own_meta(config: &Config, store: &dyn Store) -> Meta {
    let newest_made = store.clock().now();
    let tokens = TokenKeys { newest: Tokens::fresh_key(), newest_made, older: Vec::new() };
    Meta { partitions: config.partitions, hash: HASH_NAME.into(), layout: LAYOUT, tokens }
}

fn check_meta(config: &Config, (store, meta): Opened) -> Result<Opened, RunError> {
    let differs = if meta.partitions != config.partitions {
        format!(
            "{} partitions, this start names {}: start it with --partitions {}",
            meta.partitions, config.partitions, meta.partitions
        )
    } else if meta.hash != HASH_NAME {
        format!("the hash {:?}, this version uses {HASH_NAME:?}: use another store", meta.hash)
    } else if meta.layout > LAYOUT + 1 {
        format!("layout {}, this version reads up to {}: use a newer version", meta.layout, LAYOUT + 1)
    } else {
        return Ok((store, meta));
    };
    Err(RunError::Meta(format!("{} was set up with {differs}", store.describe())))
}
