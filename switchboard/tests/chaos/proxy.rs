//! A TCP proxy for one hop: passes, holds, delays, cuts.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::cluster::free_port;
use crate::seeds::Seeds;

/// What happens to bytes on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    /// They pass.
    #[default]
    Pass,
    /// They wait, and so do new connections.
    Blackhole,
    /// They pass later.
    Delay(Duration),
    /// They pass, until some with this text have gone out: the answer is swallowed and the connection cut.
    CutBeforeReply(String),
    /// They pass, until some with this text have gone out: from then on that connection is answered nothing.
    SwallowReply(String),
}

#[derive(Debug, Clone, Default)]
struct State {
    mode: Mode,
    cuts: u64,
    swallowed: u64,
}

/// A proxy that runs; dropped, it ends with all its connections.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(seeds: &mut Seeds, target: u16) -> Self {
        let (port, listener) = loop {
            let port = free_port(seeds);
            // Another program may be quicker.
            if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
                break (port, listener);
            }
        };
        let (state, seen) = watch::channel(State::default());
        let target = SocketAddr::from(([127, 0, 0, 1], target));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((near, _)) = accepted else { continue };
                        connections.spawn(carry(near, target, seen.clone(), shared.clone()));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Self { port, state, task }
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }

    /// Resets all connections of now.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// How often a connection came to be answered nothing.
    pub(crate) fn swallowed(&self) -> u64 {
        self.state.borrow().swallowed
    }

    /// Waits until a reply was swallowed and the connection cut.
    pub(crate) async fn has_cut(&self) {
        let is_over = |state: &State| state.mode == Mode::Pass;
        self.state.subscribe().wait_for(is_over).await.expect("the proxy runs");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(
    near: TcpStream,
    target: SocketAddr,
    mut seen: watch::Receiver<State>,
    state: watch::Sender<State>,
) {
    let cuts = seen.borrow().cuts;
    let mut opens = seen.clone();
    let connecting = async {
        drop(opens.wait_for(|state| state.mode != Mode::Blackhole).await);
        TcpStream::connect(target).await
    };
    let far = tokio::select! {
        far = connecting => far,
        _ = seen.wait_for(|state| state.cuts != cuts) => return,
    };
    // Whoever listens nowhere refuses; to the near side that is a connection that breaks at once.
    let Ok(far) = far else { return };
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let swallows = watch::Sender::new(false);
    let there = pump(near_in, far_out, seen.clone(), Way::There(&swallows));
    let back = pump(far_in, near_out, seen.clone(), Way::Back(&swallows));
    let mut swallowing = swallows.subscribe();
    let both = async { tokio::join!(there, back) };
    tokio::pin!(both);
    tokio::select! {
        _ = &mut both => {}
        _ = seen.wait_for(|state| state.cuts != cuts) => {}
        () = async {
            drop(swallowing.wait_for(|is_on| *is_on).await);
            state.send_modify(|state| state.swallowed += 1);
            let ends_by_itself = |state: &State| !matches!(state.mode, Mode::SwallowReply(_));
            drop(state.subscribe().wait_for(ends_by_itself).await);
            // The script runs in well under this.
            tokio::time::sleep(Duration::from_millis(100)).await;
        } => state.send_modify(|state| state.mode = Mode::Pass),
    }
}

/// A direction. The flag is up once the reply is to be swallowed.
#[derive(Clone, Copy)]
enum Way<'a> {
    There(&'a watch::Sender<bool>),
    Back(&'a watch::Sender<bool>),
}

/// One direction, up to its end; then the other side is told that nothing more comes.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut seen: watch::Receiver<State>,
    way: Way<'_>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        drop(seen.wait_for(|state| state.mode != Mode::Blackhole).await);
        let mode = seen.borrow().mode.clone();
        match (&mode, way) {
            (Mode::Delay(time), _) => tokio::time::sleep(*time).await,
            (Mode::CutBeforeReply(text) | Mode::SwallowReply(text), Way::There(swallows))
                if bytes[..n].windows(text.len()).any(|part| part == text.as_bytes()) =>
            {
                swallows.send_replace(true);
            }
            // What comes now is the reply.
            (_, Way::Back(swallows)) if *swallows.borrow() => continue,
            _ => {}
        }
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
    drop(to.shutdown().await);
}
