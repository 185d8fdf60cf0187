//! `GET /ws/validate`: says why a WebSocket would be refused, since a browser is not told. Asked with what the page
//! would join with: its origin, which the browser says, and its access token in `authorization`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::Request;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use switchboard_auth::Token;
use switchboard_proto::Refusal;
use switchboard_proto::v1::ErrorReason;

use crate::gateway::Shared;

/// Any page may ask and read the answer: it tells nothing that a socket would not.
const ANY_PAGE: [(header::HeaderName, &str); 4] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization"),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
    (header::CACHE_CONTROL, "no-store"),
];

/// `GET /ws/validate`: `{"ok":true}`, or the reason and a sentence.
pub(crate) async fn validate(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let answer = match check(&shared, &request).await {
        Ok(()) => serde_json::json!({ "ok": true }),
        Err(refusal) => {
            let reason = refusal.reason.as_str_name();
            let mut told = serde_json::json!({ "ok": false, "reason": reason, "message": refusal.message });
            if let Some(wait) = refusal.to_message(0).retry_after {
                told["retryAfter"] = serde_json::json!(wait);
            }
            told
        }
    };
    (ANY_PAGE, axum::Json(answer)).into_response()
}

/// `OPTIONS /ws/validate`: what a browser asks before it sends a token to another origin.
pub(crate) async fn options() -> Response {
    (StatusCode::NO_CONTENT, ANY_PAGE).into_response()
}

async fn check(shared: &Shared, request: &Parts) -> Result<(), Refusal> {
    let headers = &request.headers;
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if !shared.origins.allow(headers.get(header::ORIGIN), text(header::HOST)) {
        return Err(ErrorReason::OriginNotAllowed.into());
    }
    if shared.is_draining() {
        return Err(ErrorReason::ShuttingDown.into());
    }
    if shared.connections.load(Ordering::Relaxed) >= shared.config.connections_max {
        return Err(ErrorReason::Overloaded.into());
    }
    if let Some(why) = shared.not_ready() {
        return Err(Refusal::new(ErrorReason::RoomServiceUnavailable, why));
    }
    let client = shared.client(headers, &request.extensions);
    shared.limits.may_connect(client)?;
    let token = text(header::AUTHORIZATION).and_then(Token::of_header);
    shared.check_token(client, token.as_ref()).await?;
    Ok(())
}
