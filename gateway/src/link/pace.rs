//! How often the links of a gateway write: the first at once, then together, once in a gap.
//!
//! A write costs its system call, and wakes the room service, its store and the gateways that are told. At a few hundred
//! messages a second that is what a message costs, and nobody waits for anybody. At thousands it is what the machine does
//! all day: what comes within a gap then goes out in one write for all links, and stays together behind it, since whoever
//! is woken once has it all. So load costs up to a gap of latency and no more, and a quiet gateway none.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use timer::Timer;

/// The rhythm that all links of a gateway share.
#[derive(Debug)]
pub(crate) struct Pace {
    gap: Duration,
    state: Mutex<State>,
    opened: Notify,
    arm: Notify,
}

#[derive(Debug)]
struct State {
    /// When links wrote last.
    last: Instant,
    /// When those who wait may write.
    due: Option<Instant>,
}

impl Pace {
    /// Links write once in `gap`. The future keeps the time; its owner runs it until `stop`.
    pub(crate) fn new(gap: Duration, stop: CancellationToken) -> (Arc<Self>, impl Future<Output = ()> + Send) {
        let last = Instant::now().checked_sub(gap).unwrap_or_else(Instant::now);
        let state = Mutex::new(State { last, due: None });
        let pace = Arc::new(Self { gap, state, opened: Notify::new(), arm: Notify::new() });
        let keeper = Arc::clone(&pace);
        (pace, async move { stop.run_until_cancelled_owned(keeper.keep()).await.unwrap_or_default() })
    }

    /// Waits until it is time to write. May be dropped at any time.
    pub(crate) async fn turn(&self) {
        let opened = self.opened.notified();
        tokio::pin!(opened);
        opened.as_mut().enable();
        {
            let mut state = self.state.lock();
            let now = Instant::now();
            if state.due.is_none() {
                let due = state.last + self.gap;
                if due <= now {
                    state.last = now;
                    return;
                }
                state.due = Some(due);
                self.arm.notify_one();
            }
        }
        opened.await;
    }

    async fn keep(&self) {
        let mut timer = Timer::new();
        loop {
            let due = self.state.lock().due;
            let Some(due) = due else {
                self.arm.notified().await;
                continue;
            };
            timer.until(due).await;
            {
                let mut state = self.state.lock();
                state.due = None;
                state.last = Instant::now();
            }
            self.opened.notify_waiters();
        }
    }
}

#[cfg(target_os = "linux")]
mod timer {
    //! The runtime's timers are too coarse: they are rounded up to milliseconds, twice.

    use std::os::fd::OwnedFd;

    use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::time::Instant;

    /// A timer of the kernel; the runtime's where there is none left.
    pub(super) struct Timer(Option<AsyncFd<OwnedFd>>);

    impl Timer {
        #[allow(deprecated)]
        pub(super) fn new() -> Self {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let fd = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags);
            Self(fd.ok().and_then(|fd| AsyncFd::with_interest(fd, Interest::READABLE).ok()))
        }

        pub(super) async fn until(&mut self, at: Instant) {
            if let Some(fd) = &self.0
                && Self::wait(fd, at).await.is_some()
            {
                return;
            }
            tokio::time::sleep_until(at).await;
        }

        async fn wait(fd: &AsyncFd<OwnedFd>, at: Instant) -> Option<()> {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Some(());
            }
            let none = Timespec { tv_sec: 0, tv_nsec: 0 };
            let it_value = Timespec { tv_sec: left.as_secs().try_into().ok()?, tv_nsec: left.subsec_nanos().into() };
            let spec = Itimerspec { it_interval: none, it_value };
            rustix::time::timerfd_settime(fd.get_ref(), TimerfdTimerFlags::empty(), &spec).ok()?;
            loop {
                let mut ready = fd.readable().await.ok()?;
                let mut ticks = [0_u8; 8];
                match ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut ticks)?)) {
                    Ok(Ok(_)) => return Some(()),
                    Ok(Err(_)) => return None,
                    Err(_not_yet) => {}
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod timer {
    use tokio::time::Instant;

    /// The runtime's timer.
    pub(super) struct Timer;

    impl Timer {
        pub(super) fn new() -> Self {
            Self
        }

        pub(super) async fn until(&mut self, at: Instant) {
            tokio::time::sleep_until(at).await;
        }
    }
}
