//! From a TCP connection to one that HTTP may speak on.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::{AlertDescription, Error};
use tokio::io::AsyncBufReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::metrics::{Metrics, Refused, TlsFailure};

/// What HTTP and WebSockets speak on: TCP, or TLS over it.
pub(crate) type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// The first byte of every TLS connection: a record of the handshake.
const HANDSHAKE: u8 = 22;

/// Makes the handshake with whoever sent `first` as its first byte. None: it failed, was counted, and whoever spoke
/// plain HTTP was told so. Handshake, and the first byte after it, each have `limit`.
pub(crate) async fn secure(
    stream: TcpStream,
    first: u8,
    acceptor: &TlsAcceptor,
    limit: Duration,
    metrics: &Metrics,
) -> Option<Stream> {
    let failed = |reason| metrics.tls_handshakes_failed.get(reason).inc();
    if first != HANDSHAKE {
        if first.is_ascii_uppercase() {
            failed(TlsFailure::PlainHttp);
            redirect(stream, limit).await;
        } else {
            failed(TlsFailure::NotTls);
        }
        return None;
    }
    let mut stream = match timeout(limit, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Box::new(stream),
        Ok(Err(error)) => {
            failed(why(&error));
            tracing::debug!(%error, "TLS handshake failed");
            return None;
        }
        Err(_) => {
            failed(TlsFailure::Timeout);
            return None;
        }
    };
    metrics.tls_handshakes.inc();
    // HTTP's own timeout begins with the first byte.
    let heard = matches!(timeout(limit, stream.fill_buf()).await, Ok(Ok(bytes)) if !bytes.is_empty());
    if !heard {
        metrics.connections_refused.get(Refused::Silent).inc();
    }
    heard.then_some(Either::Right(stream))
}

/// A word for the metric.
fn why(error: &std::io::Error) -> TlsFailure {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        // The other side does not trust the certificate: people click these away, programs can't.
        Some(Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate
            // Signed by another key than the one that is trusted under this name.
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied,
        )) => TlsFailure::NotTrusted,
        Some(Error::AlertReceived(_)) => TlsFailure::Alert,
        Some(Error::PeerIncompatible(_)) => TlsFailure::Incompatible,
        Some(Error::NoApplicationProtocol) => TlsFailure::Alpn,
        Some(_) => TlsFailure::Protocol,
        None => TlsFailure::Lost,
    }
}

/// Answers plain HTTP: browsers are sent to the same page over HTTPS, others get a sentence.
async fn redirect(stream: TcpStream, limit: Duration) {
    let service =
        service_fn(|request: Request<Incoming>| async move { Ok::<_, Infallible>(elsewhere(&request)) });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limit).max_buf_size(16 << 10).keep_alive(false);
    let _ = timeout(limit * 2, http.serve_connection(TokioIo::new(stream), service)).await;
}

fn elsewhere<B>(request: &Request<B>) -> Response<Body> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| host.parse::<Authority>().is_ok());
    let (path, upgrades) = (
        request.uri().path_and_query().map_or("/", |path| path.as_str()),
        request.headers().contains_key(header::UPGRADE),
    );
    let scheme = if upgrades { "wss" } else { "https" };
    let url = format!("{scheme}://{}{path}", host.unwrap_or("..."));
    let mut response = Response::new(Body::from(format!("This port speaks TLS: use {url}\n")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    match HeaderValue::try_from(&url) {
        // Not for good: the port may speak plain HTTP again after a restart.
        Ok(url) if host.is_some() && !upgrades => {
            headers.insert(header::LOCATION, url);
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        }
        // No WebSocket follows a redirect.
        _ => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_sent_to_the_same_page() {
        let ask = |path: &str, headers: &[(&str, &str)]| {
            let builder = headers
                .iter()
                .fold(Request::get(path), |builder, (name, value)| builder.header(*name, *value));
            let response = elsewhere(&builder.body(()).expect("is a request"));
            let location =
                response.headers().get(header::LOCATION).map(|url| url.to_str().expect("is text").to_owned());
            (response.status().as_u16(), location)
        };
        let page = ask("/?room=a&name=b", &[("host", "192.168.1.7:8080")]);
        assert_eq!(page, (307, Some("https://192.168.1.7:8080/?room=a&name=b".into())));
        assert_eq!(ask("/ws", &[("host", "a:1"), ("upgrade", "websocket")]), (400, None));
    }
}
