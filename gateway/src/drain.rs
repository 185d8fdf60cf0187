//! The end of a gateway's sockets, spread over a window: each is told at a moment of its own that it is to go
//! elsewhere, is served meanwhile, and is closed only when the time that it was told is over. Thousands that come
//! back at one moment would be a storm to the gateways that are left.

use std::time::Duration;

use tokio::time::{Instant, interval, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::gateway::Shared;

/// What sockets are given after a notice that a second signal brought forward: a round trip or two.
const HASTE: Duration = Duration::from_millis(700);
/// For closing the last sockets, beyond the last one's own deadline.
const GRACE: Duration = Duration::from_secs(1);
/// How often the log tells how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// What a gateway wants of its sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// To serve.
    Serving,
    /// To be told by `until` that they are to go, and to be closed `deadline` after that.
    Draining { until: Instant, deadline: Duration },
    /// To end now.
    Stopping,
}

impl Phase {
    /// When a socket that is here at `now` is told to go, for a `share` in 0..1 of what is left of the window.
    pub(crate) fn notice(self, now: Instant, share: f64) -> Option<Instant> {
        match self {
            Self::Draining { until, .. } => Some(now + until.saturating_duration_since(now).mul_f64(share)),
            Self::Serving | Self::Stopping => None,
        }
    }
}

/// Lets the sockets go until the last is gone, the window and the last deadline are over, or `hasten` was followed by
/// a moment. Links and listeners stay: who is here is served, and health and refusals are answered.
pub(crate) async fn drain(shared: &Shared, hasten: &CancellationToken) {
    let (window, deadline) = (shared.config.drain_window, shared.config.drain_deadline);
    let began = Instant::now();
    let mut end = began + window + deadline + GRACE;
    shared.phase.send_replace(Phase::Draining { until: began + window, deadline });
    shared.web_sockets.close();
    tracing::info!(left = shared.web_sockets.len(), ?window, ?deadline, "draining");
    let mut progress = interval(PROGRESS_INTERVAL);
    progress.tick().await;
    let mut hastened = false;
    loop {
        tokio::select! {
            gone = timeout_at(end, shared.web_sockets.wait()) => {
                tell(shared, if gone.is_ok() { "drained" } else { "drain is over" });
                return;
            }
            _ = progress.tick() => tell(shared, "draining"),
            () = hasten.cancelled(), if !hastened => {
                hastened = true;
                let now = Instant::now();
                end = end.min(now + HASTE + HASTE / 2);
                shared.phase.send_replace(Phase::Draining { until: now, deadline: HASTE });
                tell(shared, "draining in haste");
            }
        }
    }
}

fn tell(shared: &Shared, what: &str) {
    let metrics = &shared.metrics;
    let (left, told) = (shared.web_sockets.len(), metrics.drain_notices.get());
    let (handed_over, at_deadline) = (metrics.drain_handed_over.get(), metrics.drain_deadline_closes.get());
    tracing::info!(left, told, handed_over, at_deadline, "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_spread_over_what_is_left_of_the_window() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let phase = Phase::Draining { until: now + 10 * second, deadline: second };
        assert_eq!(phase.notice(now, 0.0), Some(now));
        assert_eq!(phase.notice(now, 0.5), Some(now + 5 * second));
        assert_eq!(phase.notice(now + 8 * second, 0.5), Some(now + 9 * second));
        assert_eq!(
            phase.notice(now + 11 * second, 0.5),
            Some(now + 11 * second),
            "none waits past the window"
        );
        assert_eq!(Phase::Serving.notice(now, 0.5), None);
    }
}
