//! A network in memory: hosts, connections as TCP has them, delays from the seed, and what goes wrong.
//!
//! Bytes arrive in order. A cut keeps them back, as TCP sends again what was lost; a reset ends a connection on both
//! sides. A host that is killed resets its connections; one that vanishes leaves the others to find out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};
use tonic::transport::server::Connected;

use crate::rng::Rng;

/// Bytes under way in one direction.
const WINDOW: usize = 256 * 1024;

/// A host's name and the number of its start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Host(pub(crate) Arc<str>, pub(crate) u32);

/// The network. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Net(Arc<Mutex<State>>);

struct State {
    rng: Rng,
    listeners: BTreeMap<Arc<str>, (Host, mpsc::UnboundedSender<End>)>,
    dead: BTreeSet<Host>,
    /// Directions that carry nothing.
    cut: BTreeSet<(Arc<str>, Arc<str>)>,
    /// Directions on which everything takes longer, and by how much.
    slow: BTreeMap<(Arc<str>, Arc<str>), Duration>,
    /// Processes that are stopped: they neither read nor are heard.
    stopped: BTreeSet<Arc<str>>,
    pipes: Vec<Arc<Mutex<Pipe>>>,
    /// The longest ordinary delay, in microseconds.
    delay_max: u64,
}

/// One direction of a connection.
struct Pipe {
    from: Host,
    to: Host,
    queue: VecDeque<(Instant, Bytes)>,
    bytes: usize,
    last: Instant,
    end: Option<Instant>,
    reset: bool,
    held: bool,
    stopped: bool,
    slow: Duration,
    rng: Rng,
    delay_max: u64,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }

    /// When something sent now arrives.
    fn arrival(&mut self) -> Instant {
        let usual = self.rng.range(50, self.delay_max);
        // Now and then a packet is lost and sent again.
        let micros = if self.rng.chance(5) { usual + self.rng.range(20_000, 300_000) } else { usual };
        self.last = self.last.max(Instant::now() + self.slow + Duration::from_micros(micros));
        self.last
    }
}

impl Net {
    /// A network without hosts.
    pub(crate) fn new(mut rng: Rng) -> Self {
        let delay_max = *rng.pick(&[1_000, 5_000, 40_000]);
        Self(Arc::new(Mutex::new(State {
            rng,
            listeners: BTreeMap::new(),
            dead: BTreeSet::new(),
            cut: BTreeSet::new(),
            slow: BTreeMap::new(),
            stopped: BTreeSet::new(),
            pipes: Vec::new(),
            delay_max,
        })))
    }

    /// What connects to `host` from now on.
    pub(crate) fn listen(&self, host: &Host) -> mpsc::UnboundedReceiver<End> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.lock().listeners.insert(host.0.clone(), (host.clone(), sender));
        receiver
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self, from: &Host, to: &str) -> io::Result<End> {
        let wait = {
            let mut state = self.0.lock();
            let most = state.delay_max;
            Duration::from_micros(state.rng.range(50, most) * 2)
        };
        tokio::time::sleep(wait).await;
        loop {
            let is_cut = {
                let state = self.0.lock();
                let pair = |a: &str, b: &str| state.cut.iter().any(|(x, y)| &**x == a && &**y == b);
                let stopped = state.stopped.contains(&from.0);
                stopped || state.dead.contains(from) || pair(&from.0, to) || pair(to, &from.0)
            };
            if !is_cut {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let mut state = self.0.lock();
        state.pipes.retain(|pipe| Arc::strong_count(pipe) > 1);
        let Some((to, sender)) = state.listeners.get(to).cloned() else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let mut pipe = |from: &Host, to: &Host| {
            let number = state.rng.next();
            let stopped = state.stopped.contains(&from.0) || state.stopped.contains(&to.0);
            let slow = state.slow.get(&(from.0.clone(), to.0.clone())).copied().unwrap_or_default();
            let pipe = Arc::new(Mutex::new(Pipe {
                from: from.clone(),
                to: to.clone(),
                queue: VecDeque::new(),
                bytes: 0,
                last: Instant::now(),
                end: None,
                reset: false,
                held: false,
                stopped,
                slow,
                rng: Rng::new(number, "pipe"),
                delay_max: state.delay_max,
                reader: None,
                writer: None,
            }));
            state.pipes.push(pipe.clone());
            pipe
        };
        let (there, back) = (pipe(from, &to), pipe(&to, from));
        let ours = End { reads: back.clone(), writes: there.clone(), sleep: None };
        let theirs = End { reads: there, writes: back, sleep: None };
        drop(state);
        sender.send(theirs).map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(ours)
    }

    /// Nothing goes from `from` to `to` until [`Self::mend`].
    pub(crate) fn cut(&self, from: &str, to: &str) {
        self.0.lock().cut.insert((from.into(), to.into()));
        self.each(|pipe| {
            if &*pipe.from.0 == from && &*pipe.to.0 == to {
                pipe.held = true;
            }
        });
    }

    /// What was kept back arrives.
    pub(crate) fn mend(&self, from: &str, to: &str) {
        self.0.lock().cut.remove(&(from.into(), to.into()));
        self.each(|pipe| {
            if &*pipe.from.0 == from && &*pipe.to.0 == to {
                pipe.held = false;
                pipe.wake();
            }
        });
    }

    /// What goes from `from` to `to` takes so much longer.
    pub(crate) fn set_slow(&self, from: &str, to: &str, slow: Duration) {
        self.0.lock().slow.insert((from.into(), to.into()), slow);
        self.each(|pipe| {
            if &*pipe.from.0 == from && &*pipe.to.0 == to {
                pipe.slow = slow;
            }
        });
    }

    /// Stops a process, or wakes it. What is sent to it waits in its queues, as what it sent before.
    pub(crate) fn set_stopped(&self, host: &str, is_stopped: bool) {
        let stopped = {
            let mut state = self.0.lock();
            if is_stopped {
                state.stopped.insert(host.into());
            } else {
                state.stopped.remove(host);
            }
            state.stopped.clone()
        };
        self.each(|pipe| {
            pipe.stopped = stopped.contains(&pipe.from.0) || stopped.contains(&pipe.to.0);
            if !pipe.stopped {
                pipe.wake();
            }
        });
    }

    /// Breaks the connections between two hosts, for both.
    pub(crate) fn reset(&self, a: &str, b: &str) {
        self.each(|pipe| {
            let (from, to) = (&*pipe.from.0, &*pipe.to.0);
            if (from == a && to == b) || (from == b && to == a) {
                pipe.reset = true;
                pipe.wake();
            }
        });
    }

    /// The host's process is gone: its connections are reset, or if `silent` the other side hears nothing.
    pub(crate) fn kill(&self, host: &Host, silent: bool) {
        let mut state = self.0.lock();
        if state.listeners.get(&host.0).is_some_and(|(listens, _)| listens == host) {
            state.listeners.remove(&host.0);
        }
        state.dead.insert(host.clone());
        drop(state);
        self.each(|pipe| {
            if pipe.from == *host || pipe.to == *host {
                if silent {
                    pipe.held = true;
                } else {
                    pipe.reset = true;
                }
                pipe.wake();
            }
        });
    }

    fn each(&self, mut change: impl FnMut(&mut Pipe)) {
        let pipes = self.0.lock().pipes.clone();
        for pipe in pipes {
            change(&mut pipe.lock());
        }
    }
}

/// One end of a connection.
pub(crate) struct End {
    reads: Arc<Mutex<Pipe>>,
    writes: Arc<Mutex<Pipe>>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl End {
    /// Ends it with a reset, as a crash of this side does.
    pub(crate) fn abort(&self) {
        for pipe in [&self.reads, &self.writes] {
            let mut pipe = pipe.lock();
            pipe.reset = true;
            pipe.wake();
        }
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let due = {
                let mut pipe = self.reads.lock();
                pipe.reader = Some(cx.waker().clone());
                if pipe.stopped {
                    return Poll::Pending;
                }
                if pipe.reset {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                if pipe.held {
                    return Poll::Pending;
                }
                let (now, end) = (Instant::now(), pipe.end);
                let pipe = &mut *pipe;
                match (pipe.queue.front_mut(), end) {
                    (Some((at, bytes)), _) if *at <= now => {
                        let count = bytes.len().min(into.remaining());
                        into.put_slice(&bytes[..count]);
                        bytes.advance(count);
                        if bytes.is_empty() {
                            pipe.queue.pop_front();
                        }
                        pipe.bytes -= count;
                        if let Some(waker) = pipe.writer.take() {
                            waker.wake();
                        }
                        return Poll::Ready(Ok(()));
                    }
                    (Some((at, _)), _) => *at,
                    (None, Some(end)) if end <= now => return Poll::Ready(Ok(())),
                    (None, Some(end)) => end,
                    (None, None) => return Poll::Pending,
                }
            };
            let mut sleep = Box::pin(tokio::time::sleep_until(due));
            let done = sleep.as_mut().poll(cx);
            self.sleep = Some(sleep);
            ready!(done);
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut pipe = self.writes.lock();
        if pipe.reset {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let count = bytes.len().min(WINDOW.saturating_sub(pipe.bytes));
        if count == 0 && !bytes.is_empty() {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let at = pipe.arrival();
        pipe.bytes += count;
        pipe.queue.push_back((at, Bytes::copy_from_slice(&bytes[..count])));
        if let Some(waker) = pipe.reader.take() {
            waker.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut pipe = self.writes.lock();
        if pipe.end.is_none() {
            let at = pipe.arrival();
            pipe.end = Some(at);
            if let Some(waker) = pipe.reader.take() {
                waker.wake();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut pipe = self.writes.lock();
        if pipe.end.is_none() {
            let at = pipe.arrival();
            pipe.end = Some(at);
        }
        pipe.wake();
        drop(pipe);
        // Nobody reads any more: who goes on to write is told.
        let mut pipe = self.reads.lock();
        if pipe.end.is_none() {
            pipe.reset = true;
        }
        pipe.wake();
    }
}

impl Connected for End {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}
