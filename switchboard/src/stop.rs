//! The orderly stop: one part after the other, within a deadline; a second signal ends at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// After Ctrl-C: somebody sits there and waits.
const INTERRUPT_WITHIN: Duration = Duration::from_secs(2);
/// After SIGTERM: below the 30 s after which Kubernetes kills.
const TERMINATE_WITHIN: Duration = Duration::from_secs(10);
/// What remains for a part when the ones before it did not stop in time.
const RESERVED: Duration = Duration::from_millis(300);

/// A part of the program: a gateway or a room service.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) stop: CancellationToken,
}

/// The parts that run, in the order in which they stop.
#[derive(Default)]
pub(crate) struct Parts {
    parts: Vec<Part>,
    tasks: JoinSet<(&'static str, anyhow::Result<()>)>,
}

/// How the program ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was asked to, and all parts stopped in time.
    Stopped,
    /// A part ended unasked, failed, or did not stop in time.
    Failed,
}

impl Parts {
    /// Starts a part. Those that are started first stop first.
    pub(crate) fn start<F>(&mut self, name: &'static str, run: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let part = run(stop.clone());
        self.tasks.spawn(async move { (name, part.await) });
        self.parts.push(Part { name, stop });
    }

    /// Runs until `asked` tells how long the stop may take, or until a part ends unasked; then stops them all.
    pub(crate) async fn run(mut self, asked: impl Future<Output = Duration>) -> Ended {
        let mut ended = Ended::Stopped;
        let within = tokio::select! {
            within = asked => within,
            part = self.tasks.join_next() => {
                if let Some(part) = part {
                    told(&mut self.parts, part, true);
                }
                ended = Ended::Failed;
                INTERRUPT_WITHIN
            }
        };
        let deadline = Instant::now() + within;
        let order: Vec<_> = self.parts.iter().map(|part| part.name).collect();
        for (left, name) in (0..order.len()).rev().zip(order) {
            let Some(part) = self.parts.iter().find(|part| part.name == name) else { continue };
            part.stop.cancel();
            // It may take all the time but what those after it need.
            let by = deadline - RESERVED * u32::try_from(left).unwrap_or_default();
            while self.parts.iter().any(|part| part.name == name) {
                match timeout_at(by, self.tasks.join_next()).await {
                    Ok(Some(done)) => {
                        if !told(&mut self.parts, done, false) {
                            ended = Ended::Failed;
                        }
                    }
                    Ok(None) => break,
                    Err(_) => {
                        tracing::warn!(part = name, "did not stop in time");
                        ended = Ended::Failed;
                        break;
                    }
                }
            }
        }
        ended
    }
}

/// Logs how a part ended and takes it off the list. True if it was as it should be.
fn told(
    parts: &mut Vec<Part>,
    ended: Result<(&'static str, anyhow::Result<()>), tokio::task::JoinError>,
    unasked: bool,
) -> bool {
    match ended {
        Ok((name, result)) => {
            parts.retain(|part| part.name != name);
            match result {
                Ok(()) if unasked => tracing::error!(part = name, "ended unasked; the program stops"),
                Ok(()) => {
                    tracing::info!(part = name, "stopped");
                    return true;
                }
                Err(error) => tracing::error!(part = name, error = format!("{error:#}"), "failed"),
            }
        }
        Err(error) => tracing::error!(%error, "a part panicked"),
    }
    false
}

/// SIGINT and SIGTERM.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on, a signal no longer ends the process by itself.
    pub(crate) fn catch() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the first one; returns how long the stop may take. The second one ends the process at once.
    pub(crate) async fn asked(mut self) -> Duration {
        let (name, within) = self.next().await;
        tracing::info!(signal = name, ?within, "stopping; a second signal ends at once");
        tokio::spawn(async move {
            let (name, _) = self.next().await;
            tracing::warn!(signal = name, "ending at once");
            std::process::exit(1);
        });
        within
    }

    async fn next(&mut self) -> (&'static str, Duration) {
        tokio::select! {
            _ = self.interrupt.recv() => ("SIGINT", INTERRUPT_WITHIN),
            _ = self.terminate.recv() => ("SIGTERM", TERMINATE_WITHIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Order = Arc<Mutex<Vec<&'static str>>>;

    fn start(parts: &mut Parts, order: &Order, name: &'static str, takes: Duration) {
        let order = order.clone();
        parts.start(name, |stop| async move {
            stop.cancelled().await;
            tokio::time::sleep(takes).await;
            order.lock().expect("not poisoned").push(name);
            Ok(())
        });
    }

    #[tokio::test(start_paused = true)]
    async fn parts_stop_in_order() {
        let (mut parts, order) = (Parts::default(), Order::default());
        start(&mut parts, &order, "gateway", Duration::from_millis(900));
        start(&mut parts, &order, "room service", Duration::ZERO);
        let from = Instant::now();
        assert_eq!(parts.run(std::future::ready(INTERRUPT_WITHIN)).await, Ended::Stopped);
        assert_eq!(*order.lock().expect("not poisoned"), ["gateway", "room service"]);
        assert_eq!(from.elapsed().as_millis(), 900);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_does_not_stop_is_left_behind_in_time() {
        let (mut parts, order) = (Parts::default(), Order::default());
        start(&mut parts, &order, "gateway", Duration::from_secs(3600));
        start(&mut parts, &order, "room service", Duration::from_millis(10));
        let from = Instant::now();
        assert_eq!(parts.run(std::future::ready(INTERRUPT_WITHIN)).await, Ended::Failed);
        assert_eq!(*order.lock().expect("not poisoned"), ["room service"]);
        assert!(from.elapsed() <= INTERRUPT_WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_ends_unasked_takes_the_program_down_in_order() {
        for fails in [true, false] {
            let (mut parts, order) = (Parts::default(), Order::default());
            start(&mut parts, &order, "gateway", Duration::ZERO);
            parts.start("room service", |_| async move {
                if fails { Err(anyhow::anyhow!("no store")) } else { Ok(()) }
            });
            assert_eq!(parts.run(std::future::pending()).await, Ended::Failed);
            assert_eq!(*order.lock().expect("not poisoned"), ["gateway"]);
        }
    }
}
