//! gRPC over TLS: handshakes beside the accept loop, and who a certificate says that it is.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use switchboard_auth::{Mutual, mutual};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// Handshakes under way at one time; those beyond wait in the kernel's queue.
const HANDSHAKES_MAX: usize = 256;
/// How long one may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the loop rests after an error such as EMFILE.
const ACCEPT_ERROR_WAIT: Duration = Duration::from_millis(50);

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// The names in its certificate, which was checked; none without one.
    pub(crate) names: Arc<[String]>,
}

/// A connection after its handshake.
pub(crate) struct Secured {
    stream: TlsStream<TcpStream>,
    peer: Peer,
}

impl Connected for Secured {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Secured {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }
}

/// The connections of a listener whose handshakes went well. Ends when it is dropped.
pub(crate) fn incoming(
    listener: TcpListener,
    tls: Mutual<ServerConfig>,
) -> ReceiverStream<io::Result<Secured>> {
    let (tx, rx) = mpsc::channel(16);
    tokio::spawn(async move {
        // Dropped with this task, and they with it.
        let mut handshakes = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = tx.closed() => return,
                Some(_) = handshakes.join_next() => continue,
                accepted = listener.accept(), if handshakes.len() < HANDSHAKES_MAX => accepted,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_ERROR_WAIT).await;
                    continue;
                }
            };
            let (tx, config) = (tx.clone(), tls.config());
            handshakes.spawn(async move {
                match timeout(HANDSHAKE_TIMEOUT, secure(stream, address, config)).await {
                    Ok(Ok(secured)) => drop(tx.send(Ok(secured)).await),
                    Ok(Err(error)) => tracing::info!(%address, %error, "TLS handshake failed"),
                    Err(_) => tracing::info!(%address, "no TLS handshake in time"),
                }
            });
        }
    });
    ReceiverStream::new(rx)
}

async fn secure(stream: TcpStream, address: SocketAddr, config: Arc<ServerConfig>) -> io::Result<Secured> {
    stream.set_nodelay(true)?;
    let stream = TlsAcceptor::from(config).accept(stream).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let names = shown.map(mutual::names).transpose().map_err(io::Error::other)?.unwrap_or_default();
    Ok(Secured { stream, peer: Peer { address, names: names.into() } })
}
