//! The first hop: takes TCP connections, makes TLS of them where that is wanted, and gives them to HTTP, from where a
//! WebSocket goes on to `upgrade`.
//!
//! The loop is our own: it survives running out of descriptors, bounds connections, and limits how long a peer may
//! say nothing or half a request.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::either::Either;
use tower::Service as _;

use crate::client_address::Peer;
use crate::gateway::Shared;
use crate::metrics::{Limit, Refused};
use crate::{proxy, tls};

/// How long the loop rests after an error such as EMFILE: some socket will have closed by then.
const ACCEPT_ERROR_WAIT: Duration = Duration::from_millis(50);
/// Connections over the bound that are told so at one time; the others are just closed.
const REFUSALS_MAX: usize = 64;
/// How long such a refusal may take.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n\
    retry-after: 5\r\nconnection: close\r\ncontent-length: 62\r\n\r\n\
    The server has reached a limit; try again later or elsewhere.\n";

/// Counts one connection for as long as it lives, through its upgrade.
pub(crate) struct Guard(Arc<Shared>);

impl Guard {
    fn new(shared: &Arc<Shared>) -> Option<Self> {
        let max = shared.config.connections_max;
        let more = |open: usize| (open < max).then_some(open + 1);
        shared.connections.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        shared.metrics.connections_open.inc();
        Some(Self(Arc::clone(shared)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
        self.0.metrics.connections_open.dec();
    }
}

/// Accepts until the gateway stops.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) {
    let refusals = Arc::new(AtomicUsize::new(0));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.stop_accepting.cancelled() => return,
        };
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
            Err(error) => {
                shared.metrics.accept_errors.inc();
                tracing::warn!(%error, "accept failed");
                sleep(ACCEPT_ERROR_WAIT).await;
                continue;
            }
        };
        let Some(guard) = Guard::new(&shared) else {
            shared.metrics.limits_hit.get(Limit::Connections).inc();
            // A sentence over TLS would cost a handshake, which is what there is too much of.
            if refusals.fetch_add(1, Ordering::Relaxed) < REFUSALS_MAX && tls.is_none() {
                let refusals = Arc::clone(&refusals);
                shared.sockets.spawn(async move {
                    let _ = timeout(REFUSAL_TIMEOUT, refuse(stream)).await;
                    refusals.fetch_sub(1, Ordering::Relaxed);
                });
            } else {
                refusals.fetch_sub(1, Ordering::Relaxed);
            }
            continue;
        };
        shared.metrics.connections_accepted.inc();
        // Signals are small and each counts. It fails only for a socket that is gone already.
        let _ = stream.set_nodelay(true);
        shared.sockets.spawn(serve(
            stream,
            peer,
            router.clone(),
            tls.clone(),
            Arc::new(guard),
            Arc::clone(&shared),
        ));
    }
}

/// Serves HTTP on one connection, until it ends or becomes a WebSocket.
async fn serve(
    mut stream: TcpStream,
    peer: IpAddr,
    router: Router,
    tls: Option<TlsAcceptor>,
    guard: Arc<Guard>,
    shared: Arc<Shared>,
) {
    let limit = shared.config.header_timeout;
    let refused = |reason| {
        shared.metrics.connections_refused.get(reason).inc();
    };
    let mut peer = peer;
    if shared.config.proxies.iter().any(|network| network.has(peer)) {
        match timeout(limit, proxy::read(&mut stream)).await {
            Ok(Ok(named)) => peer = named.unwrap_or(peer),
            Ok(Err(error)) => {
                tracing::debug!(%peer, %error, "no PROXY header from a peer that has to send one");
                return refused(Refused::ProxyHeader);
            }
            Err(_) => return refused(Refused::Silent),
        }
    }
    // hyper's own timeout begins with the first byte. And `readable` is true at once for a new socket, so: peek.
    let mut first = [0];
    if !matches!(timeout(limit, stream.peek(&mut first)).await, Ok(Ok(1..))) {
        return refused(Refused::Silent);
    }
    let stream = match tls {
        None => Either::Left(stream),
        Some(acceptor) => match tls::secure(stream, first[0], &acceptor, limit, &shared.metrics).await {
            Some(stream) => stream,
            None => return,
        },
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let (mut router, guard) = (router.clone(), Arc::clone(&guard));
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(guard);
            request.extensions_mut().insert(Peer(peer));
            router.call(request).await
        }
    });
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(limit).max_buf_size(16 << 10);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .max_concurrent_streams(64);
    let served = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        _ = &mut served => return,
        () = shared.stop_http.cancelled() => {}
    }
    // What is being answered is finished; nothing new is taken.
    served.as_mut().graceful_shutdown();
    let _ = timeout(shared.config.close_timeout, served).await;
}

/// Says that there are too many.
async fn refuse(mut stream: TcpStream) {
    // The request first: closing with unread bytes would reset the connection before the answer is read.
    if matches!(stream.peek(&mut [0]).await, Ok(1..)) {
        let _ = stream.try_read(&mut [0; 4096]);
        let _ = stream.write_all(REFUSAL).await;
        let _ = stream.shutdown().await;
    }
}
