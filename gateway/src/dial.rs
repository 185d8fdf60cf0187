//! From a gateway to a room service over TLS, with the certificates that count when it dials.

use std::io;

use axum::http::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use switchboard_auth::Mutual;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use crate::config::CONNECT_TIMEOUT;

/// A channel that connects when it is used, and again when it broke.
#[must_use]
pub fn channel(endpoint: &Endpoint, tls: Mutual<ClientConfig>) -> Channel {
    endpoint.connect_with_connector_lazy(tower::service_fn(move |uri: Uri| {
        let tls = tls.clone();
        async move {
            let dialed = timeout(CONNECT_TIMEOUT, dial(&uri, tls)).await;
            dialed.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).inspect_err(|error| {
                tracing::debug!(%uri, %error, "a room service could not be dialed");
            })
        }
    }))
}

async fn dial(uri: &Uri, tls: Mutual<ClientConfig>) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
    let wrong = |what: &'static str| io::Error::new(io::ErrorKind::InvalidInput, what);
    let host = uri.host().ok_or_else(|| wrong("an address without a host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(443))).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from(host).map_err(|_| wrong("a host that no certificate can name"))?;
    Ok(TokioIo::new(TlsConnector::from(tls.config()).connect(name, stream).await?))
}
