//! The HTTP side: what a request asks for, and which session answers it.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::upgrade::{OnUpgrade, Upgraded as Io};
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::task::TaskTracker;

use super::Config;
use super::polling::{self, Polling, Refused};
use super::socket::{Socket, close_web_socket};

/// The most that tungstenite may hold for a socket: one message is handed to it at a time.
const SOCKET_WRITE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What lives as long as a WebSocket does, such as a count of connections.
pub type Held = Arc<dyn Any + Send + Sync>;

pub(super) type WebSocket = WebSocketStream<TokioIo<Io>>;

/// A WebSocket and what lives with it.
#[derive(Debug)]
pub(super) struct Upgraded {
    pub(super) web_socket: WebSocket,
    _held: Option<Held>,
}

/// A session that can be named in a request.
enum Entry {
    Polling(Arc<Polling>),
    Upgraded,
}

/// The sessions of one server.
pub struct Engine {
    config: Config,
    /// Every task of a session.
    tasks: TaskTracker,
    sessions: Mutex<HashMap<Box<str>, Entry>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Why a request is refused: number and sentence as the Node server has them.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    UnsupportedVersion,
    TooLarge,
    Full,
}

impl Refusal {
    fn response(self) -> Response<Full<Bytes>> {
        let (status, code, message) = match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownSession => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::UnsupportedVersion => (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "The payload is too large"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, 4, "There are too many sessions"),
        };
        let body = format!("{{\"code\":{code},\"message\":\"{message}\"}}");
        respond(status, "application/json", body)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Gone => Self::UnknownSession,
            Refused::Bad => Self::BadRequest,
        }
    }
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn payload(body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    respond(StatusCode::OK, "text/plain; charset=UTF-8", body)
}

/// What the query says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Query<'a> {
    version: Option<&'a str>,
    transport: Option<&'a str>,
    sid: Option<&'a str>,
}

impl<'a> Query<'a> {
    fn parse(query: &'a str) -> Self {
        let mut parsed = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let field = match name {
                "EIO" => &mut parsed.version,
                "transport" => &mut parsed.transport,
                "sid" => &mut parsed.sid,
                _ => continue,
            };
            *field = Some(value);
        }
        parsed
    }
}

impl Engine {
    /// A server without sessions. Their tasks run under `tasks`.
    #[must_use]
    pub fn new(config: Config, tasks: TaskTracker) -> Arc<Self> {
        Arc::new(Self { config, tasks, sessions: Mutex::default() })
    }

    /// What was chosen.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Answers a request. `serve` drives the session that it begins, if it does, in a task of its own; `held` lives
    /// as long as the WebSocket that the request becomes, if it does.
    pub async fn handle<B, S, F>(
        self: &Arc<Self>,
        mut request: Request<B>,
        held: Option<Held>,
        serve: S,
    ) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S: FnOnce(Socket) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let uri = request.uri().clone();
        let query = Query::parse(uri.query().unwrap_or_default());
        let response = match query {
            Query { transport: Some("polling"), .. } => self.polling(request, &query, serve).await,
            Query { transport: Some("websocket"), .. } => self.web_socket(&mut request, &query, held, serve),
            _ => Err(Refusal::UnknownTransport),
        };
        response.unwrap_or_else(|refusal| {
            tracing::debug!(?refusal, "Engine.IO request refused");
            refusal.response()
        })
    }

    async fn polling<B, S, F>(
        self: &Arc<Self>,
        request: Request<B>,
        query: &Query<'_>,
        serve: S,
    ) -> Result<Response<Full<Bytes>>, Refusal>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S: FnOnce(Socket) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(sid) = query.sid else {
            if request.method() != Method::GET {
                return Err(Refusal::BadMethod);
            }
            if query.version != Some("4") {
                return Err(Refusal::UnsupportedVersion);
            }
            return self.open(serve);
        };
        let session = match self.sessions.lock().get(sid) {
            Some(Entry::Polling(session)) => Arc::clone(session),
            Some(Entry::Upgraded) => return Err(Refusal::BadRequest),
            None => return Err(Refusal::UnknownSession),
        };
        if request.method() == Method::GET {
            return Ok(payload(session.poll(self.config.max_payload).await?));
        }
        if request.method() != Method::POST {
            return Err(Refusal::BadRequest);
        }
        let body = Limited::new(request.into_body(), self.config.max_payload).collect().await;
        let body = body.map_err(|error| {
            let large = error.is::<LengthLimitError>();
            session.close(if large { super::Closed::TooLarge } else { super::Closed::Lost });
            if large { Refusal::TooLarge } else { Refusal::BadRequest }
        })?;
        let body = body.to_bytes();
        let text = polling::text(&body).inspect_err(|_| session.close(super::Closed::Protocol))?;
        session.post(text).await?;
        Ok(respond(StatusCode::OK, "text/html", "ok"))
    }

    /// Begins a session that polls.
    fn open<S, F>(self: &Arc<Self>, serve: S) -> Result<Response<Full<Bytes>>, Refusal>
    where
        S: FnOnce(Socket) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let sid = fresh_sid();
        let (shared, incoming, upgrades) = Polling::new();
        let shared = Arc::new(shared);
        {
            let mut sessions = self.sessions.lock();
            if sessions.len() >= self.config.polling_sessions_max {
                return Err(Refusal::Full);
            }
            sessions.insert(sid.clone(), Entry::Polling(Arc::clone(&shared)));
        }
        let response = payload(self.open_packet(&sid, &["websocket"]));
        let socket = Socket::polling(Arc::clone(self), sid, shared, incoming, upgrades);
        self.tasks.spawn(serve(socket));
        Ok(response)
    }

    /// Makes a WebSocket of a request: a session of its own, or one that is to take over from polling.
    fn web_socket<B, S, F>(
        self: &Arc<Self>,
        request: &mut Request<B>,
        query: &Query<'_>,
        held: Option<Held>,
        serve: S,
    ) -> Result<Response<Full<Bytes>>, Refusal>
    where
        S: FnOnce(Socket) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        if query.version != Some("4") {
            return Err(Refusal::UnsupportedVersion);
        }
        let session = match query.sid {
            None => None,
            Some(sid) => match self.sessions.lock().get(sid) {
                Some(Entry::Polling(session)) => Some(Some(Arc::clone(session))),
                // As the Node server does: it is opened, and closed at once.
                Some(Entry::Upgraded) => Some(None),
                None => return Err(Refusal::UnknownSession),
            },
        };
        let accept = accept_key(request).ok_or(Refusal::BadRequest)?;
        let upgrade = hyper::upgrade::on(request);
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            let Some(mut upgraded) = engine.upgrade(upgrade, held).await else { return };
            match session {
                None => {
                    let sid = fresh_sid();
                    let open = engine.open_packet(&sid, &[]);
                    let socket = Socket::web_socket(Arc::clone(&engine), sid, upgraded);
                    drop(engine);
                    Box::pin(serve_opened(socket, open, serve)).await;
                }
                Some(session) => {
                    if let Some(session) = session.filter(|session| session.may_upgrade()) {
                        let Err(refused) = session.offer(upgraded) else { return };
                        upgraded = refused;
                    }
                    let reason = "The session has a WebSocket.";
                    let closing = close_web_socket(&mut upgraded, 1008, reason);
                    let _ = timeout(engine.config.close_timeout, closing).await;
                }
            }
        });
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        Ok(response)
    }

    async fn upgrade(&self, upgrade: OnUpgrade, held: Option<Held>) -> Option<Box<Upgraded>> {
        let io = timeout(self.config.close_timeout, upgrade).await.ok()?.ok()?;
        let limits = WebSocketConfig::default()
            .read_buffer_size(self.config.read_buffer_bytes)
            .write_buffer_size(self.config.write_buffer_bytes)
            .max_write_buffer_size(SOCKET_WRITE_BYTES_MAX)
            .max_message_size(Some(self.config.max_payload))
            .max_frame_size(Some(self.config.max_payload));
        let web_socket = WebSocketStream::from_raw_socket(TokioIo::new(io), Role::Server, Some(limits)).await;
        Some(Box::new(Upgraded { web_socket, _held: held }))
    }

    fn open_packet(&self, sid: &str, upgrades: &[&str]) -> String {
        let Config { ping_interval, ping_timeout, max_payload, .. } = &self.config;
        let open = serde_json::json!({
            "sid": sid,
            "upgrades": upgrades,
            "pingInterval": u64::try_from(ping_interval.as_millis()).unwrap_or(u64::MAX),
            "pingTimeout": u64::try_from(ping_timeout.as_millis()).unwrap_or(u64::MAX),
            "maxPayload": max_payload,
        });
        format!("0{open}")
    }

    /// The session of that id has a WebSocket now: its polls and POSTs are refused.
    pub(super) fn upgraded(&self, sid: &str) {
        if let Some(entry) = self.sessions.lock().get_mut(sid) {
            *entry = Entry::Upgraded;
        }
    }

    /// The session of that id has ended.
    pub(super) fn forget(&self, sid: &str) {
        self.sessions.lock().remove(sid);
    }
}

async fn serve_opened<S, F>(mut socket: Socket, open: String, serve: S)
where
    S: FnOnce(Socket) -> F,
    F: Future<Output = ()>,
{
    if socket.send(super::Frame::Text(Utf8Bytes::from(open))).await.is_ok() && socket.flush().await.is_ok() {
        serve(socket).await;
    }
}

/// Names a session to its requests. Whoever has it can read what the client would be told: 120 random bits.
fn fresh_sid() -> Box<str> {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>()).into()
}

/// The answer to a WebSocket handshake's key; `None` if the request is none.
fn accept_key<B>(request: &Request<B>) -> Option<HeaderValue> {
    let headers = request.headers();
    let is_upgrade = request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && has_token(headers, &header::UPGRADE, "websocket")
        && has_token(headers, &header::CONNECTION, "upgrade")
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version.as_bytes() == b"13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_upgrade)?;
    // 16 bytes in base64.
    let key = key.as_bytes();
    (key.len() == 24 && key.ends_with(b"==")).then(|| HeaderValue::from_str(&derive_accept_key(key)).ok())?
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name);
    let mut tokens = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tokens.any(|value| value.trim().eq_ignore_ascii_case(token))
}
