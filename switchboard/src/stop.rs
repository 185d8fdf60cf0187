//! The orderly stop: one part after the other, within a deadline. A signal more makes haste, one more ends at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// After Ctrl-C: somebody sits there and waits.
const INTERRUPT_WITHIN: Duration = Duration::from_secs(2);
/// After SIGTERM, beside the time of a drain.
const TERMINATE_WITHIN: Duration = Duration::from_secs(10);
/// What a drain takes beyond its window and its last deadline: the stop itself. With the defaults, all is below the
/// 30 s after which Kubernetes kills.
const BEHIND_DRAIN: Duration = Duration::from_secs(4);
/// What remains for a part when the ones before it did not stop in time.
const RESERVED: Duration = Duration::from_millis(300);

/// A part of the program: a gateway or a room service.
struct Part {
    name: &'static str,
    stop: Stop,
}

/// How a part is told to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    /// To begin, with what it takes to do so gently.
    pub(crate) begin: CancellationToken,
    /// To be quick about it. Never before `begin`.
    pub(crate) haste: CancellationToken,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// How long the stop may take from here on.
    within: Duration,
    haste: bool,
}

const INTERRUPT: Asked = Asked { within: INTERRUPT_WITHIN, haste: true };

/// How long a stop after SIGTERM may take, given the window and the deadline of a drain.
pub(crate) fn terminate_within(drain: Option<(Duration, Duration)>) -> Duration {
    let drain = drain.filter(|(window, _)| !window.is_zero());
    drain.map_or(TERMINATE_WITHIN, |(window, deadline)| window + deadline + BEHIND_DRAIN)
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
    pub(crate) fn start<F>(&mut self, name: &'static str, run: impl FnOnce(Stop) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stop = Stop::default();
        let part = run(stop.clone());
        self.tasks.spawn(async move { (name, part.await) });
        self.parts.push(Part { name, stop });
    }

    /// Runs until `asked` tells how long the stop may take, or until a part ends unasked; then stops them all.
    /// Asked again, the stop makes haste.
    pub(crate) async fn run(mut self, mut asked: mpsc::Receiver<Asked>) -> Ended {
        let mut ended = Ended::Stopped;
        let Asked { within, mut haste } = tokio::select! {
            Some(first) = asked.recv() => first,
            part = self.tasks.join_next() => {
                if let Some(part) = part {
                    told(&mut self.parts, part, true);
                }
                ended = Ended::Failed;
                INTERRUPT
            }
        };
        let mut deadline = Instant::now() + within;
        let order: Vec<_> = self.parts.iter().map(|part| part.name).collect();
        for (left, name) in (0..order.len()).rev().zip(order) {
            let Some(part) = self.parts.iter().find(|part| part.name == name) else { continue };
            let stop = part.stop.clone();
            stop.begin.cancel();
            while self.parts.iter().any(|part| part.name == name) {
                if haste {
                    stop.haste.cancel();
                }
                // It may take all the time but what those after it need.
                let by = deadline - RESERVED * u32::try_from(left).unwrap_or_default();
                let done = tokio::select! {
                    done = timeout_at(by, self.tasks.join_next()) => done,
                    Some(again) = asked.recv() => {
                        haste |= again.haste;
                        deadline = deadline.min(Instant::now() + again.within);
                        continue;
                    }
                };
                match done {
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

    /// Listens from here on. The first SIGTERM asks for a stop within `terminate_within`, the first SIGINT and what
    /// comes after a SIGTERM for haste; whatever comes after that ends the process at once.
    pub(crate) fn listen(mut self, terminate_within: Duration) -> mpsc::Receiver<Asked> {
        let (sender, asked) = mpsc::channel(2);
        tokio::spawn(async move {
            let (mut name, kind) = self.next().await;
            if kind == SignalKind::terminate() {
                let within = terminate_within;
                tracing::info!(signal = name, ?within, "stopping; a second signal makes haste");
                let _ = sender.send(Asked { within, haste: false }).await;
                name = self.next().await.0;
            }
            let within = INTERRUPT_WITHIN;
            tracing::info!(signal = name, ?within, "stopping in haste; one more signal ends at once");
            let _ = sender.send(INTERRUPT).await;
            name = self.next().await.0;
            tracing::warn!(signal = name, "ending at once");
            std::process::exit(1);
        });
        asked
    }

    async fn next(&mut self) -> (&'static str, SignalKind) {
        tokio::select! {
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt()),
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate()),
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
            stop.begin.cancelled().await;
            tokio::time::sleep(takes).await;
            order.lock().expect("not poisoned").push(name);
            Ok(())
        });
    }

    fn asked(what: &[Asked]) -> mpsc::Receiver<Asked> {
        let (sender, asked) = mpsc::channel(2);
        what.iter().for_each(|what| sender.try_send(*what).expect("has room"));
        asked
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_signal_makes_haste() {
        for gentle_alone in [true, false] {
            let mut parts = Parts::default();
            parts.start("gateway", |stop| async move {
                stop.begin.cancelled().await;
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(25)) => {}
                    () = stop.haste.cancelled() => tokio::time::sleep(Duration::from_secs(1)).await,
                }
                Ok(())
            });
            let from = Instant::now();
            let drain = terminate_within(Some((Duration::from_secs(20), Duration::from_secs(5))));
            let gentle = Asked { within: drain, haste: false };
            let asked = if gentle_alone { asked(&[gentle]) } else { asked(&[gentle, INTERRUPT]) };
            assert_eq!(parts.run(asked).await, Ended::Stopped);
            assert_eq!(from.elapsed().as_secs(), if gentle_alone { 25 } else { 1 });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn parts_stop_in_order() {
        let (mut parts, order) = (Parts::default(), Order::default());
        start(&mut parts, &order, "gateway", Duration::from_millis(900));
        start(&mut parts, &order, "room service", Duration::ZERO);
        let from = Instant::now();
        assert_eq!(parts.run(asked(&[INTERRUPT])).await, Ended::Stopped);
        assert_eq!(*order.lock().expect("not poisoned"), ["gateway", "room service"]);
        assert_eq!(from.elapsed().as_millis(), 900);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_does_not_stop_is_left_behind_in_time() {
        let (mut parts, order) = (Parts::default(), Order::default());
        start(&mut parts, &order, "gateway", Duration::from_secs(3600));
        start(&mut parts, &order, "room service", Duration::from_millis(10));
        let from = Instant::now();
        assert_eq!(parts.run(asked(&[INTERRUPT])).await, Ended::Failed);
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
            let (_sender, never) = mpsc::channel(1);
            assert_eq!(parts.run(never).await, Ended::Failed);
            assert_eq!(*order.lock().expect("not poisoned"), ["gateway"]);
        }
    }
}
