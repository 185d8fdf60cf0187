//! `GET /api/…`: who is in which room, for dashboards of the system that came before. The answers are made from what
//! the room services tell; the gateway itself knows only its own share of the people.
//!
//! `ask` asks a room service, `turns` sees to it that a dashboard that polls costs little, `answer` has the shapes.

mod answer;
mod ask;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switchboard_auth::audit::{Record, What};
use switchboard_auth::{RoomClaim, Token};
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{Refusal, RoomId};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::gateway::Shared;
use crate::metrics::{Route, Status};
use crate::placement::Placement;
use crate::upgrade::retry_after;
use ask::{Asker, PageKey, RoomPage};
use turns::{Asking, Turns};

/// The rooms of a page unless the request says; also the most that it may ask for. A dashboard that knows of no pages
/// sees as many as one answer may hold.
const LIMIT_MAX: usize = 1_000;
/// When to come back to a gateway that has no room service, or too much to do.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");
/// How long a browser keeps what a preflight told it: the longest that Chromium takes.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(7_200);
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const OPENAPI: &str = include_str!("rest/openapi.json");

/// Where requests of this gateway wait for their turn.
pub(crate) struct Rest {
    pages: Turns<PageKey, (Bytes, Option<String>)>,
    rooms: Turns<RoomId, Bytes>,
}

/// Asks what [`Rest`] is asked.
pub(crate) struct Work {
    pages: Asking<PageKey, (Bytes, Option<String>)>,
    rooms: Asking<RoomId, Bytes>,
    asker: Asker,
}

/// Both ends.
pub(crate) fn new(placement: Arc<Placement>) -> (Rest, Work) {
    let (pages, ask_pages) = turns::new();
    let (rooms, ask_rooms) = turns::new();
    let work = Work { pages: ask_pages, rooms: ask_rooms, asker: Asker::new(placement) };
    (Rest { pages, rooms }, work)
}

impl Work {
    /// Runs until stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let asker = &self.asker;
        // One listing at a time: it costs as many reads as there are rooms.
        let pages = self.pages.run(1, |page: PageKey| async move {
            let RoomPage { rooms, next } = asker.page(&page).await?;
            Ok((json(&rooms), next))
        });
        let rooms = self.rooms.run(8, |room: RoomId| async move { Ok(json(&asker.stats(&room).await?)) });
        tokio::select! {
            () = pages => {}
            () = rooms => {}
            () = stop.cancelled() => {}
        }
    }
}

/// The routes below `/api`.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/rooms", get(rooms))
        .route("/room/{room}/stats", get(stats))
        .route("/openapi.json", get(openapi))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "There is nothing here; /api/openapi.json says what is.")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This can only be read: use GET.")
        })
        .layer(from_fn_with_state(Arc::clone(shared), admit))
        .layer(cors(Arc::clone(shared)))
}

/// Tells browsers which pages may read the answers: those that may open a socket.
fn cors(shared: Arc<Shared>) -> CorsLayer {
    let allows = move |origin: &HeaderValue, parts: &Parts| {
        shared.origins.allow(Some(origin), host(&parts.headers, &parts.uri))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allows))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::LINK, header::RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// What the request takes for our name. HTTP/2 has it in the URI.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| uri.authority().map(|authority| authority.as_str()))
}

/// The rooms that the request may be told of; [`RoomClaim::None`]: all.
#[derive(Clone)]
struct Sees(RoomClaim);

impl Sees {
    fn room(&self, room: &RoomId) -> Result<(), Refusal> {
        if self.0 == RoomClaim::None || self.0.covers(room.as_str()) {
            Ok(())
        } else {
            Err(ErrorReason::TokenWrongRoom.into())
        }
    }
}

/// Which rooms a caller is told of, where tokens are wanted: by one that grants to list rooms.
async fn sees(shared: &Shared, request: &Parts) -> Result<Sees, Refusal> {
    let header = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let client = shared.client(&request.headers, &request.extensions);
    let caller = shared.check_token(client, header.and_then(Token::of_header).as_ref()).await?;
    let Some(caller) = caller else { return Ok(Sees(RoomClaim::None)) };
    caller.lists()?;
    Ok(Sees(caller.told_of()))
}

/// Refuses pages of other sites, as the socket does, and callers without the token that is wanted; and counts.
async fn admit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let route = match request.uri().path().trim_start_matches("/api") {
        "/rooms" => Route::Rooms,
        "/openapi.json" => Route::OpenApi,
        path if path.ends_with("/stats") => Route::Stats,
        _ => Route::Other,
    };
    let allowed =
        shared.origins.allow(request.headers().get(header::ORIGIN), host(request.headers(), request.uri()));
    let (mut parts, body) = request.into_parts();
    let sees = match route {
        _ if !allowed => Err(ErrorReason::OriginNotAllowed.into()),
        // What it says is in the documentation too.
        Route::OpenApi => Ok(Sees(RoomClaim::None)),
        _ => sees(&shared, &parts).await,
    };
    let mut response = match sees {
        Ok(sees) => {
            parts.extensions.insert(sees);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refusal) => {
            let from = shared.client(&parts.headers, &parts.extensions);
            let reason = Some(refusal.reason.name());
            Record { way: "rest", from, reason, ..Record::default() }.write(What::Refused);
            Problem::from(refusal).into_response()
        }
    };
    // What is told here is old in a second.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    shared.metrics.api_requests.get((route, Status(response.status().as_u16()))).inc();
    response
}

#[derive(Deserialize)]
struct PageQuery {
    limit: Option<String>,
    page: Option<String>,
}

/// `GET /api/rooms`: the rooms that somebody is in.
async fn rooms(
    State(shared): State<Arc<Shared>>,
    Extension(Sees(rooms)): Extension<Sees>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) =
        query.map_err(|_| Problem::bad("The query can't be read; it may have limit and page."))?;
    let limit = match query.limit.as_deref().map(str::parse) {
        None => LIMIT_MAX,
        Some(Ok(limit @ 1..=LIMIT_MAX)) => limit,
        Some(_) => return Err(Problem::bad("limit must be a number from 1 to 1000.")),
    };
    let key = PageKey { limit, token: query.page.unwrap_or_default(), rooms };
    let (body, next) = shared.rest.pages.ask(key).await?;
    let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
    if let Some(next) = next {
        // The token is of characters that a query takes as they are.
        let link = format!("</api/rooms?limit={limit}&page={next}>; rel=\"next\"");
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// `GET /api/room/{room}/stats`: who is in that room.
async fn stats(
    State(shared): State<Arc<Shared>>,
    Extension(sees): Extension<Sees>,
    room: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(room) = room.map_err(|_| Problem::bad("The room's id must be percent-encoded UTF-8."))?;
    let room = RoomId::parse(&room).map_err(|error| Problem::bad(format!("The room's id {error}.")))?;
    sees.room(&room)?;
    Ok(([(header::CONTENT_TYPE, JSON)], shared.rest.rooms.ask(room).await?).into_response())
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], OPENAPI)
        .into_response()
}

fn json(answer: &impl Serialize) -> Bytes {
    // Plain data has no way to fail.
    serde_json::to_vec(answer).unwrap_or_default().into()
}

/// What went wrong (RFC 9457), with a sentence for people in `detail`.
#[derive(Debug)]
struct Problem {
    status: StatusCode,
    retry_after: Option<HeaderValue>,
    reason: Option<ErrorReason>,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, retry_after: None, reason: None, detail: detail.into() }
    }

    fn bad(detail: impl Into<String>) -> Self {
        let reason = Some(ErrorReason::InvalidField);
        Self { reason, ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let retry_after = refusal.retry_after.is_some().then(|| retry_after(&refusal));
        let status = match refusal.reason.code() {
            // What one caller has used up is told apart from what nobody can have now.
            _ if is_callers_limit(refusal.reason) => StatusCode::TOO_MANY_REQUESTS,
            Code::InvalidArgument => StatusCode::BAD_REQUEST,
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Unavailable | Code::ResourceExhausted => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // A field of the room services' API is one of ours under another name.
        let detail = match refusal.violations.first() {
            Some(violation) if violation.field == "page_token" => {
                "page must be the one of the Link of the page before.".into()
            }
            _ => refusal.message.into_owned(),
        };
        Self { status, retry_after, reason: Some(refusal.reason), detail }
    }
}

/// Whether the caller itself has had too much, as against a server that has too much to do.
fn is_callers_limit(reason: ErrorReason) -> bool {
    use ErrorReason as E;
    matches!(
        reason,
        E::TooManyConnects | E::TooManyFailures | E::TooManyJoins | E::TooManyRooms | E::RateLimited
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: &'static str,
            title: &'a str,
            status: u16,
            detail: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'static str>,
        }
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            reason: self.reason.map(ErrorReason::name),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, BEARER);
        }
        if self.status == StatusCode::TOO_MANY_REQUESTS || self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, self.retry_after.unwrap_or(RETRY_AFTER));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> serde_json::Value {
        serde_json::from_str(OPENAPI).expect("is JSON")
    }

    /// What a caller may meet at the door, with its status and the header that says what to do.
    #[test]
    fn refusals_of_tokens_and_limits_are_in_the_document_with_their_headers() {
        let document = document();
        let reasons = (1..1000).filter_map(|n| ErrorReason::try_from(n).ok());
        let mut seen = 0;
        for reason in reasons {
            let name = reason.name();
            let (status, told) = match name {
                "KEYS_UNAVAILABLE" => (503, Some("Retry-After")),
                "TOKEN_WRONG_ROOM" | "TOKEN_WRONG_IDENTITY" | "GRANT_MISSING" | "ORIGIN_NOT_ALLOWED" => {
                    (403, None)
                }
                _ if name.starts_with("TOKEN_") => (401, Some("WWW-Authenticate")),
                _ if name.starts_with("TOO_MANY_") => (429, Some("Retry-After")),
                _ => continue,
            };
            seen += 1;
            let refusal = Refusal::from(reason).retry_after(Duration::from_millis(2_100));
            let response = Problem::from(refusal).into_response();
            assert_eq!(response.status().as_u16(), status, "{name}");
            for header in ["WWW-Authenticate", "Retry-After"] {
                assert_eq!(response.headers().contains_key(header), told == Some(header), "{name}: {header}");
            }
            if status == 429 {
                assert_eq!(response.headers()["retry-after"], "3", "{name}: whole seconds, none too few");
            }
            for path in ["/api/rooms", "/api/room/{roomId}/stats"] {
                let written = &document["paths"][path]["get"]["responses"][status.to_string()]["$ref"];
                let written = written.as_str().unwrap_or_else(|| panic!("{name}: {status} is not in {path}"));
                let written = document.pointer(written.trim_start_matches('#')).expect("is there");
                let headers: Vec<_> =
                    written["headers"].as_object().into_iter().flat_map(|headers| headers.keys()).collect();
                assert_eq!(headers, told.iter().collect::<Vec<_>>(), "{name} in {path}");
            }
        }
        assert_eq!(seen, 19);
    }

    #[test]
    fn callers_show_a_bearer_token_or_none_as_the_document_says() {
        let document = document();
        assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
        let open_too = serde_json::json!([{"token": []}, {}]);
        assert_eq!(document["security"], open_too);
        assert_eq!(document["paths"]["/api/openapi.json"]["get"]["security"], serde_json::json!([]));
    }
}
