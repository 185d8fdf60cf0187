//! The gateway as a whole: what its parts share, how it starts and, top to bottom, how it stops.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{Extensions, HeaderMap};
use switchboard_auth::{Caller, Token};
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{GatewayId, Refusal};
use switchboard_socketio::engine::{self, Engine};
use switchboard_telemetry::{TraceError, Tracer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::{Channel, Endpoint};

use crate::client_address::{self, Peer};
use crate::codec::Encoding;
use crate::config::{
    Config, ConfigErrors, RATE_LIMITED_IN_A_ROW_MAX, UNANSWERED_BYTES_MAX, WRITE_BUFFER_BYTES,
};
use crate::drain::{self, Phase};
use crate::limits::Limits;
use crate::link::Links;
use crate::metrics::Metrics;
use crate::placement::Placement;
use crate::session::Rules;
use crate::tls::Tls;
use crate::upgrade::Origins;
use crate::{accept, connection, dial, pages, rest};

/// How long the last spans may take to the collector at the stop, at least.
const TRACES_WITHIN: Duration = Duration::from_millis(250);

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something is chosen wrongly; all mistakes are listed.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The address of a room service can't be used.
    #[error("room service address: {0}")]
    Address(#[from] tonic::transport::Error),
    /// Spans can't be sent there.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A listener can't be used.
    #[error("listener: {0}")]
    Listener(#[from] io::Error),
}

/// What all parts of one gateway share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) id: GatewayId,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) origins: Origins,
    pub(crate) placement: Arc<Placement>,
    pub(crate) links: Links,
    pub(crate) limits: Limits,
    pub(crate) tracer: Tracer,
    pub(crate) rest: rest::Rest,
    /// The sessions of Socket.IO clients.
    pub(crate) engine: Arc<Engine>,
    /// TCP connections that are open, WebSockets among them.
    pub(crate) connections: AtomicUsize,
    /// What is wanted of the WebSockets.
    pub(crate) phase: watch::Sender<Phase>,
    drain: CancellationToken,
    pub(crate) stop_accepting: CancellationToken,
    /// Ends what speaks HTTP.
    pub(crate) stop_http: CancellationToken,
    /// Every task of a connection.
    pub(crate) sockets: TaskTracker,
    /// A token for each WebSocket, from its handshake on.
    pub(crate) web_sockets: TaskTracker,
}

impl Shared {
    /// Whose a request is; none of one that came in another way than by a listener.
    pub(crate) fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let peer = extensions.get::<Peer>()?;
        Some(client_address::of_request(*peer, headers, self.config.trusted_hops))
    }

    /// Whose access token it is, if it is taken. Where none is wanted, whoever asks may be anybody.
    ///
    /// # Errors
    /// TOO_MANY_FAILURES where the address is not looked at for a while, TOKEN_MISSING, or why it is not taken.
    pub(crate) async fn check_token(
        &self,
        client: Option<IpAddr>,
        token: Option<&Token>,
    ) -> Result<Option<Box<Caller>>, Refusal> {
        let Some(verifier) = &self.config.verifier else { return Ok(None) };
        self.limits.may_try(client)?;
        let checked = match token {
            Some(token) => verifier.check(token, switchboard_auth::now()).await,
            None => Err(ErrorReason::TokenMissing.into()),
        };
        checked
            .map(|caller| Some(Box::new(caller)))
            .inspect_err(|refusal| self.limits.failed(client, refusal))
    }

    pub(crate) fn is_draining(&self) -> bool {
        *self.phase.borrow() != Phase::Serving
    }

    /// Why the gateway can't serve right now.
    pub(crate) fn not_ready(&self) -> Option<&'static str> {
        if self.is_draining() {
            Some("This gateway is stopping.")
        } else if !self.placement.is_ready() {
            Some("No room service answers.")
        } else {
            None
        }
    }
}

/// One gateway, not yet serving.
pub struct Gateway {
    shared: Arc<Shared>,
    rest: rest::Work,
}

/// A view of a gateway, for whoever runs it. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    /// The id of this run of the gateway, as told to room services and browsers.
    #[must_use]
    pub fn id(&self) -> &GatewayId {
        &self.shared.id
    }

    /// Whether a room service answers and the gateway is not stopping.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.not_ready().is_none()
    }

    /// Begins the drain: nobody new, and who is here is told to go, each at a moment of its own. It ends with
    /// [`Gateway::run`].
    pub fn drain(&self) {
        self.shared.drain.cancel();
    }

    /// How many TCP connections are open, WebSockets among them.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Serves a WebSocket that came in another way than by a listener, its handshake done; answers at once.
    pub fn serve_websocket<S>(&self, io: S, encoding: Encoding)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        self.shared.sockets.spawn(connection::serve(io, Vec::new(), encoding, None, shared));
    }

    /// All metrics in Prometheus' text format, as served at `/metrics` of the admin port.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.shared.metrics.text()
    }
}

impl Gateway {
    /// Checks the configuration and makes a gateway with a fresh id. Nothing runs yet. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the configuration has mistakes; all of them are told.
    pub fn new(config: Config) -> Result<Self, Error> {
        let tls = config.room_service_tls.clone();
        Self::with_channels(config, move |endpoint| match &tls {
            Some(tls) => dial::channel(&endpoint, tls.clone()),
            None => endpoint.connect_lazy(),
        })
    }

    /// As [`Self::new`], with room services reached in another way than TCP: `connect` makes the channel of each.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_channels(config: Config, connect: impl Fn(Endpoint) -> Channel) -> Result<Self, Error> {
        config.validate()?;
        let id = GatewayId::random(&config.name);
        let metrics = Arc::new(Metrics::new());
        let traces = metrics.trace.clone();
        let tracer = Tracer::start(config.trace.as_ref(), "switchboard-gateway", id.to_string(), traces)?;
        let placement = Arc::new(Placement::new(&config, Arc::clone(&metrics), connect)?);
        let links = Links::new(id.clone(), Arc::clone(&placement), Arc::clone(&metrics), config.backoff_max);
        let rules = Arc::new(Rules {
            gateway: id.clone(),
            heartbeat_interval_ms: u64::try_from(config.ping_interval.as_millis()).unwrap_or(u64::MAX),
            unanswered_max: config.unanswered_commands_max,
            unanswered_bytes_max: UNANSWERED_BYTES_MAX,
            errors_in_a_row_max: config.errors_in_a_row_max,
            rate_limited_in_a_row_max: RATE_LIMITED_IN_A_ROW_MAX,
            wants_token: config.verifier.is_some(),
        });
        let origins = Origins::new(config.access, &config.allowed_origins);
        let (rest, rest_work) = rest::new(Arc::clone(&placement));
        let sockets = TaskTracker::new();
        let engine = engine::Config {
            ping_interval: config.ping_interval,
            ping_timeout: config.socketio_ping_timeout,
            max_payload: config.socketio_payload_max,
            close_timeout: config.close_timeout,
            poll_buffer_bytes_max: config.outbox_bytes_max,
            polling_sessions_max: config.connections_max,
            read_buffer_bytes: config.read_buffer_bytes,
            write_buffer_bytes: WRITE_BUFFER_BYTES,
            ..engine::Config::default()
        };
        let shared = Shared {
            engine: Engine::new(engine, sockets.clone()),
            limits: Limits::new(config.limits, Arc::clone(&metrics)),
            tracer,
            config,
            id,
            metrics,
            rules,
            origins,
            placement,
            links,
            rest,
            connections: AtomicUsize::new(0),
            phase: watch::Sender::new(Phase::Serving),
            drain: CancellationToken::new(),
            stop_accepting: CancellationToken::new(),
            stop_http: CancellationToken::new(),
            sockets,
            web_sockets: TaskTracker::new(),
        };
        Ok(Self { shared: Arc::new(shared), rest: rest_work })
    }

    /// A view that stays while the gateway runs.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle { shared: Arc::clone(&self.shared) }
    }

    /// Serves browsers on `listeners`, over TLS if [`Config::tls`] says so, and metrics and health on `admin`, until `shutdown`. Then stops in order,
    /// within [`Config::shutdown_timeout`], and returns. After [`Handle::drain`] it lets its sockets go first, over
    /// [`Config::drain_window`]; `shutdown` hastens that.
    pub async fn run(
        self,
        listeners: Vec<TcpListener>,
        admin: Vec<TcpListener>,
        shutdown: CancellationToken,
    ) {
        let Self { shared, rest } = self;
        let background = TaskTracker::new();
        let stop_placement = CancellationToken::new();
        for at in 0..shared.placement.addresses.len() {
            let (placement, stop) = (Arc::clone(&shared.placement), stop_placement.clone());
            let interval = shared.config.health_interval;
            background.spawn(async move { placement.watch(at, interval, stop).await });
        }
        {
            let (shared, stop) = (Arc::clone(&shared), stop_placement.clone());
            background.spawn(async move { shared.links.follow(stop).await });
        }
        background.spawn(rest.run(stop_placement.clone()));
        if let Some(tls) = shared.config.tls.clone() {
            let (metrics, interval) = (Arc::clone(&shared.metrics), shared.config.tls_check_interval);
            background.spawn(tls.watch(metrics, interval, stop_placement.clone()));
        }
        if let Some(tls) = shared.config.room_service_tls.clone() {
            background.spawn(tls.watch(stop_placement.clone()));
        }
        if let Some(verifier) = shared.config.verifier.clone() {
            let stop = stop_placement.clone();
            background.spawn(async move { verifier.watch(stop).await });
        }
        for listener in listeners {
            background.spawn(accept::accept(
                listener,
                pages::public(Arc::clone(&shared)),
                shared.config.tls.as_ref().map(Tls::acceptor),
                Arc::clone(&shared),
            ));
        }
        for listener in admin {
            background.spawn(accept::accept(
                listener,
                pages::admin(Arc::clone(&shared)),
                None,
                Arc::clone(&shared),
            ));
        }
        tracing::info!(gateway = %shared.id, "gateway serves");
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = shared.drain.cancelled() => {
                if !shared.config.drain_window.is_zero() {
                    drain::drain(&shared, &shutdown).await;
                }
            }
        }

        // Not ready any more, and nobody new.
        let deadline = Instant::now() + shared.config.shutdown_timeout;
        // Each socket says to its link that it is gone, then closes with the code that says "come back elsewhere".
        shared.phase.send_replace(Phase::Stopping);
        shared.stop_accepting.cancel();
        shared.stop_http.cancel();
        shared.sockets.close();
        let sockets_end = deadline - (deadline - Instant::now()) / 3;
        let in_time = timeout_at(sockets_end, shared.sockets.wait()).await.is_ok();
        // The links carry what the sockets said, and end.
        let links_end = timeout_at(deadline, shared.links.end()).await.is_ok();
        stop_placement.cancel();
        background.close();
        let _ = timeout_at(deadline, background.wait()).await;
        // Behind the last socket: its spans have ended by now.
        shared.tracer.end((deadline - Instant::now()).max(TRACES_WITHIN)).await;
        tracing::info!(gateway = %shared.id, in_time, links_end, "gateway has stopped");
    }
}

/// Makes a gateway and runs it on bound listeners until `shutdown`; see [`Gateway::run`].
///
/// # Errors
/// When the configuration has mistakes, or a listener can't be used.
pub async fn run(
    listeners: Vec<std::net::TcpListener>,
    admin: Vec<std::net::TcpListener>,
    config: Config,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let usable = |listener: std::net::TcpListener| {
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener)
    };
    let gateway = Gateway::new(config)?;
    let listeners = listeners.into_iter().map(usable).collect::<io::Result<_>>()?;
    let admin = admin.into_iter().map(usable).collect::<io::Result<_>>()?;
    gateway.run(listeners, admin, shutdown).await;
    Ok(())
}
