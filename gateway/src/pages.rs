//! What the gateway serves over HTTP beside the socket: health, the demo page with the browser library, and `/api`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use rust_embed::{EmbeddedFile, RustEmbed};
use switchboard_metrics::Registry;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::gateway::Shared;
use crate::{preflight, rest, socketio, upgrade};

/// Nothing from elsewhere, no inline script, nobody frames us; sockets, and pictures and video of the page's own.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: mediastream:; base-uri 'none'; \
    frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "../web/demo"]
struct Demo;

#[derive(RustEmbed)]
#[folder = "../web/client"]
struct Client;

/// The port that browsers use.
pub(crate) fn public(shared: Arc<Shared>) -> Router {
    let headers = ServiceBuilder::new()
        .layer(CatchPanicLayer::new())
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"));
    Router::new()
        .route("/ws", get(upgrade::upgrade))
        .route("/socket.io/", any(socketio::handle))
        .route("/socket.io", any(socketio::handle))
        .route("/ws/validate", get(preflight::validate).options(preflight::options))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .nest("/api", rest::router(&shared))
        .route("/", get(|headers: HeaderMap| async move { asset(Demo::get("index.html"), &headers) }))
        .route(
            "/demo/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move { asset(Demo::get(&path), &headers) }),
        )
        .route(
            "/client/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move { asset(Client::get(&path), &headers) }),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, "There is nothing here.\n") })
        .layer(headers)
        .with_state(shared)
}

/// The port of those who run the gateway.
pub(crate) fn admin(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .merge(switchboard_telemetry::routes(shared.config.levels.clone()))
        .with_state(shared)
}

fn fixed(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

async fn healthz() -> &'static str {
    "alive\n"
}

async fn readyz(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    match shared.not_ready() {
        None => (StatusCode::OK, "ready\n".into()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    // It looks at files of the kernel, which may take a while with very many descriptors.
    match tokio::task::spawn_blocking(move || shared.metrics.text()).await {
        Ok(text) => ([(header::CONTENT_TYPE, Registry::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A file, to be asked about at each use: after an upgrade nobody has half an old page.
fn asset(file: Option<EmbeddedFile>, headers: &HeaderMap) -> Response {
    let Some(file) = file else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let hash = file.metadata.sha256_hash();
    let tag: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if known.flat_map(|value| value.split(',')).any(|value| value.trim().trim_start_matches("W/") == tag) {
        return ([(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache".into())], StatusCode::NOT_MODIFIED)
            .into_response();
    }
    let kind = match file.metadata.mimetype() {
        // Scripts and styles are UTF-8, whatever the guess says.
        kind if kind.starts_with("text/") => format!("{kind}; charset=utf-8"),
        kind => kind.to_owned(),
    };
    let headers =
        [(header::CONTENT_TYPE, kind), (header::ETAG, tag), (header::CACHE_CONTROL, "no-cache".into())];
    (StatusCode::OK, headers, Body::from(file.data)).into_response()
}
