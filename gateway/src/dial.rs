//! From a gateway to a room service, plain or over TLS with the certificates that count when it dials.

use std::io;

use axum::http::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use switchboard_auth::Mutual;
use switchboard_proto::Gathered;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use crate::config::CONNECT_TIMEOUT;

/// A channel over TLS that connects when it is used, and again when it broke.
#[must_use]
pub fn secured(endpoint: &Endpoint, tls: Mutual<ClientConfig>) -> Channel {
    channel(endpoint, move |uri| dial(uri, tls.clone()))
}

/// As [`secured`], without TLS.
#[must_use]
pub fn plain(endpoint: &Endpoint) -> Channel {
    channel(endpoint, |uri| async move { Ok(Gathered(connect(&uri, 80).await?.1)) })
}

fn channel<S, F>(endpoint: &Endpoint, dial: impl Fn(Uri) -> F + Clone + Send + 'static) -> Channel
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
{
    endpoint.connect_with_connector_lazy(tower::service_fn(move |uri: Uri| {
        let dialing = timeout(CONNECT_TIMEOUT, dial(uri.clone()));
        async move {
            let dialed = dialing.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            dialed.map(TokioIo::new).inspect_err(|error| {
                tracing::debug!(%uri, %error, "a room service could not be dialed");
            })
        }
    }))
}

/// A connection to the host of an address, and that host.
async fn connect(uri: &Uri, default_port: u16) -> io::Result<(String, TcpStream)> {
    let host = uri.host().ok_or_else(|| wrong("an address without a host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(default_port))).await?;
    stream.set_nodelay(true)?;
    Ok((host, stream))
}

async fn dial(uri: Uri, tls: Mutual<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let (host, stream) = connect(&uri, 443).await?;
    let name = ServerName::try_from(host).map_err(|_| wrong("a host that no certificate can name"))?;
    TlsConnector::from(tls.config()).connect(name, stream).await
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
