//! Clients of Socket.IO 4 at `/socket.io/`: the events of the front end that this system's forerunner had, on the same
//! session, link and outbox as our own protocol's. `client` drives a connection, `events` reads and writes the words,
//! `offset` is what lets a client go on after a break at any gateway.

mod client;
mod events;
pub mod fuzzing;
mod offset;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use switchboard_auth::Token;
use switchboard_proto::v1::ErrorReason;
use switchboard_socketio::engine::Held;

use crate::accept::Guard;
use crate::gateway::Shared;
use crate::metrics::Handshake;
use crate::upgrade::retry_after;

/// A preflight's answer is good for so many seconds.
const PREFLIGHT_AGE: &str = "600";

/// Any request to `/socket.io/`.
pub(crate) async fn handle(State(shared): State<Arc<Shared>>, mut request: Request<Body>) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let refused = |label, status: StatusCode, reason: ErrorReason| {
        shared.metrics.handshakes_refused.get(label).inc();
        let body = serde_json::json!({ "code": 4, "message": reason.sentence() });
        (status, axum::Json(body)).into_response()
    };
    if !shared.origins.allow(origin.as_ref(), host) {
        return refused(Handshake::Origin, StatusCode::FORBIDDEN, ErrorReason::OriginNotAllowed);
    }
    let begins = !request.uri().query().unwrap_or_default().contains("sid=");
    let client = shared.client(request.headers(), request.extensions());
    let too_many =
        if begins && request.method() != Method::OPTIONS { shared.limits.connect(client) } else { Ok(()) };
    let mut response = if let Err(refusal) = too_many {
        let mut response = refused(Handshake::TooMany, StatusCode::TOO_MANY_REQUESTS, refusal.reason);
        response.headers_mut().insert(header::RETRY_AFTER, retry_after(&refusal));
        response
    } else if request.method() == Method::OPTIONS {
        preflight(&request)
    } else if begins && shared.is_draining() {
        let mut response =
            refused(Handshake::Draining, StatusCode::SERVICE_UNAVAILABLE, ErrorReason::ShuttingDown);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        response
    } else {
        let token = token(&request);
        let guard = request.extensions_mut().remove::<Arc<Guard>>();
        let engine = Arc::clone(&shared.engine);
        let served = Arc::clone(&shared);
        engine
            .handle(request, guard.map(|guard| guard as Held), move |socket| {
                client::serve(socket, served, client, token)
            })
            .await
            .map(Body::new)
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    response
}

/// The access token in the handshake's query, for clients that can't say one in `auth`.
fn token(request: &Request<Body>) -> Option<Token> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok()?;
    pairs.into_iter().find(|(name, _)| name == "token").map(|(_, token)| Token::new(token))
}

fn preflight(request: &Request<Body>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_AGE));
    if let Some(asked) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}
