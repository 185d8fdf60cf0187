//! The WebSocket handshake: checks what a browser asks for, and hands the socket to its connection.
//!
//! A missing or unknown subprotocol is answered with HTTP 400 and a sentence, not by a socket that closes: the
//! browser's developer tools show it, and no client can take the refusal for a working connection.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, Version, header};
use axum::response::{IntoResponse as _, Response};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use switchboard_proto::Refusal;
use switchboard_proto::v1::ErrorReason;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::accept::Guard;
use crate::codec::Encoding;
use crate::config::Access;
use crate::connection;
use crate::gateway::Shared;
use crate::metrics::Handshake;
use crate::tls::Stream;

/// An origin: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    host: String,
    port: u16,
    scheme: String,
}

impl Origin {
    /// Reads `scheme://host[:port]`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.trim_end_matches('/').parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        let port = authority.port_u16().unwrap_or(default_port);
        if authority.as_str().contains('@') || uri.path().len() > 1 {
            return None;
        }
        Some(Self { host: authority.host().to_ascii_lowercase(), port, scheme })
    }

    /// Whether a page of this origin came from `host`, the request's own `Host`. Its scheme is not known behind a
    /// balancer that ends TLS, so that a missing port is the default one of the page's.
    fn is_at(&self, host: &str) -> bool {
        Self::parse(&format!("{}://{host}", self.scheme)).as_ref() == Some(self)
    }

    fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// Which pages may connect.
#[derive(Debug)]
pub(crate) struct Origins {
    access: Access,
    allowed: Vec<Origin>,
}

impl Origins {
    pub(crate) fn new(access: Access, allowed: &[String]) -> Self {
        Self { access, allowed: allowed.iter().filter_map(|origin| Origin::parse(origin)).collect() }
    }

    /// Whether a request with these headers may connect. One without an origin comes from no browser: the check
    /// protects people whose browser carries a foreign page, and no others.
    pub(crate) fn allow(&self, origin: Option<&HeaderValue>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else { return false };
        host.is_some_and(|host| origin.is_at(host))
            || self.allowed.contains(&origin)
            || (self.access == Access::Open && origin.is_loopback())
    }
}

/// `GET /ws`.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    mut request: Request<axum::body::Body>,
) -> Response {
    // Before the check: a drain that begins from here on waits for this socket.
    let counted = shared.web_sockets.token();
    let (encoding, accept) = match check(&shared, &request) {
        Ok(agreed) => agreed,
        Err((label, response)) => {
            shared.metrics.handshakes_refused.get(label).inc();
            return *response;
        }
    };
    let client = shared.client(request.headers(), request.extensions());
    let upgraded = hyper::upgrade::on(&mut request);
    let guard = request.extensions_mut().remove::<Arc<Guard>>();
    let tracker = shared.sockets.clone();
    tracker.spawn(async move {
        let limit = shared.config.header_timeout;
        let Ok(Ok(upgraded)) = timeout(limit, upgraded).await else { return };
        let Ok(parts) = auto::upgrade::downcast::<TokioIo<Stream>>(upgraded) else { return };
        let (io, part) = (parts.io.into_inner(), parts.read_buf.to_vec());
        // It pins hyper's buffer of 8 KiB for as long as it lives.
        drop(parts.read_buf);
        connection::serve(io, part, encoding, client, shared).await;
        drop((guard, counted));
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(encoding.subprotocol()));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

type Refused = (Handshake, Box<Response>);

/// The encoding and the accept key, or the answer that refuses.
fn check<B>(shared: &Shared, request: &Request<B>) -> Result<(Encoding, HeaderValue), Refused> {
    let refuse = |label, status: StatusCode, sentence: &str| {
        (label, Box::new((status, format!("{sentence}\n")).into_response()))
    };
    let headers = request.headers();
    let is_upgrade = request.version() == Version::HTTP_11
        && has_token(headers, header::UPGRADE, "websocket")
        && has_token(headers, header::CONNECTION, "upgrade");
    if !is_upgrade {
        let sentence = "This is a WebSocket endpoint: connect with a WebSocket over HTTP/1.1.";
        let (label, mut response) = refuse(Handshake::NoUpgrade, StatusCode::UPGRADE_REQUIRED, sentence);
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Err((label, response));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version.as_bytes() != b"13") {
        let sentence = "Only version 13 of the WebSocket protocol is spoken here.";
        let (label, mut response) = refuse(Handshake::Version, StatusCode::UPGRADE_REQUIRED, sentence);
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err((label, response));
    }
    let accept = headers
        .get(header::SEC_WEBSOCKET_KEY)
        // 16 bytes in base64.
        .filter(|key| key.len() == 24 && key.as_bytes().ends_with(b"=="))
        .and_then(|key| HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok())
        .ok_or_else(|| {
            refuse(Handshake::Key, StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64.")
        })?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !shared.origins.allow(headers.get(header::ORIGIN), host) {
        return Err(refuse(
            Handshake::Origin,
            StatusCode::FORBIDDEN,
            ErrorReason::OriginNotAllowed.sentence(),
        ));
    }
    let offered =
        headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let encoding = offered
        .flat_map(|value| value.split(','))
        .find_map(|name| Encoding::of_subprotocol(name.trim()))
        .ok_or_else(|| {
            refuse(
                Handshake::Subprotocol,
                StatusCode::BAD_REQUEST,
                ErrorReason::UnknownSubprotocol.sentence(),
            )
        })?;
    if shared.is_draining() {
        let sentence = ErrorReason::ShuttingDown.sentence();
        let (label, mut response) = refuse(Handshake::Draining, StatusCode::SERVICE_UNAVAILABLE, sentence);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return Err((label, response));
    }
    // Last, so that only what would be let in is counted.
    if let Err(refusal) = shared.limits.connect(shared.client(headers, request.extensions())) {
        let (label, mut response) =
            refuse(Handshake::TooMany, StatusCode::TOO_MANY_REQUESTS, &refusal.message);
        response.headers_mut().insert(header::RETRY_AFTER, retry_after(&refusal));
        return Err((label, response));
    }
    Ok((encoding, accept))
}

/// The header that says when to come back: whole seconds, so that nobody comes too early.
pub(crate) fn retry_after(refusal: &Refusal) -> HeaderValue {
    let wait = refusal.retry_after.unwrap_or(Duration::from_secs(1));
    HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name);
    let mut tokens = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tokens.any(|value| value.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_are_kept_out() {
        let same = Origins::new(Access::SameOrigin, &["https://app.example".into()]);
        let open = Origins::new(Access::Open, &[]);
        let cases = [
            // (rule, origin, host, allowed)
            (&same, Some("http://sb.example"), "sb.example", true),
            (&same, Some("http://sb.example:8080"), "sb.example:8080", true),
            (&same, Some("https://SB.example"), "sb.example:443", true),
            (&same, Some("https://sb.example"), "sb.example", true),
            (&same, Some("http://sb.example:81"), "sb.example:8080", false),
            (&same, Some("https://app.example"), "sb.example", true),
            (&same, Some("https://app.example:8443"), "sb.example", false),
            (&same, Some("http://app.example"), "sb.example", false),
            (&same, Some("https://evil.example"), "sb.example", false),
            (&same, Some("http://sb.example@evil.example"), "sb.example", false),
            (&same, Some("http://localhost:3000"), "localhost:8080", false),
            (&same, Some("null"), "sb.example", false),
            (&same, None, "sb.example", true),
            (&open, Some("http://localhost:3000"), "127.0.0.1:8080", true),
            (&open, Some("http://127.0.0.1:3000"), "localhost:8080", true),
            (&open, Some("http://[::1]:3000"), "localhost:8080", true),
            (&open, Some("http://localhost.evil.example"), "localhost:8080", false),
            (&open, Some("https://evil.example"), "localhost:8080", false),
        ];
        for (rule, origin, host, allowed) in cases {
            let header = origin.map(HeaderValue::from_static);
            assert_eq!(rule.allow(header.as_ref(), Some(host)), allowed, "{origin:?} at {host}");
        }
    }
}
