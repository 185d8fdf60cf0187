//! The admin port of a room service: metrics, health and what is logged, for operators and balancers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use switchboard_metrics::Registry;
use switchboard_telemetry::Levels;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// What the admin port tells.
#[derive(Clone)]
pub(crate) struct State {
    metrics: Arc<Metrics>,
    ready: Arc<AtomicBool>,
}

impl State {
    /// Not ready yet.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, ready: Arc::default() }
    }

    /// Says whether calls can be served.
    pub(crate) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }
}

/// Serves `/metrics`, `/healthz`, `/readyz` and `/log` until `stop`.
pub(crate) async fn serve(
    listener: TcpListener,
    state: State,
    levels: Option<Levels>,
    stop: CancellationToken,
) {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .merge(switchboard_telemetry::routes(levels))
        .with_state(state);
    let served = axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "the admin port failed");
    }
}

async fn metrics(axum::extract::State(state): axum::extract::State<State>) -> Response {
    // It looks at files of the kernel, which may take a while with very many descriptors.
    match tokio::task::spawn_blocking(move || state.metrics.text()).await {
        Ok(text) => ([(header::CONTENT_TYPE, Registry::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn ready(axum::extract::State(state): axum::extract::State<State>) -> (StatusCode, &'static str) {
    if state.ready.load(Ordering::Relaxed) {
        (StatusCode::OK, "ready\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: the store was not reached yet, or this process is stopping\n",
        )
    }
}
