//! When a subscription is deaf. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How often probes are looked at.
pub(super) const PROBE_TICK: Duration = Duration::from_secs(1);
/// How long after a probe came back the next one goes out.
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// How long a probe that was published may take to come back. With the two above a deaf subscription is known after
/// 7 s at most: sooner than heads are compared (R15), and later than a busy machine stalls.
const HEARD_WITHIN: Duration = Duration::from_secs(3);

/// The probes of one connection: at most one under way a partition.
#[derive(Debug, Default)]
pub(super) struct Probes {
    of: BTreeMap<u32, Probe>,
}

#[derive(Debug, Default)]
struct Probe {
    number: u64,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// Never one was under way.
    #[default]
    New,
    /// None is under way since then.
    Rests(Instant),
    /// On its way to the server.
    Sent,
    /// The server has taken it.
    Published(Instant),
}

impl Probes {
    /// These are probed from here on.
    pub(super) fn add(&mut self, partitions: Vec<u32>) {
        for partition in partitions {
            self.of.entry(partition).or_default();
        }
    }

    /// The probes to publish now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(u32, u64)> {
        let mut due = Vec::new();
        // Those of one round go together, and come back before the next.
        if self.of.values().any(|probe| matches!(probe.state, State::Sent)) {
            return due;
        }
        for (partition, probe) in &mut self.of {
            let waits = match probe.state {
                State::New => false,
                State::Rests(at) => now < at + PROBE_EVERY,
                State::Sent | State::Published(_) => true,
            };
            if !waits {
                probe.number += 1;
                probe.state = State::Sent;
                due.push((*partition, probe.number));
            }
        }
        due
    }

    /// A probe was taken by the server, or not: then nothing is known, and another one is sent.
    pub(super) fn published(&mut self, partition: u32, number: u64, taken: bool, now: Instant) {
        let Some(probe) = self.of.get_mut(&partition).filter(|probe| probe.number == number) else { return };
        if matches!(probe.state, State::Sent) {
            probe.state = if taken { State::Published(now) } else { State::Rests(now) };
        }
    }

    /// A probe came back; whether it is one that was awaited. It may be heard before the server's answer is.
    pub(super) fn heard(&mut self, partition: u32, number: u64) -> bool {
        let Some(probe) = self.of.get_mut(&partition).filter(|probe| probe.number == number) else {
            return false;
        };
        probe.state = State::Rests(Instant::now());
        true
    }

    /// A partition of which nothing comes, though the server has taken a probe.
    pub(super) fn deaf(&self, now: Instant) -> Option<u32> {
        let deaf = |probe: &Probe| matches!(probe.state, State::Published(at) if now >= at + HEARD_WITHIN);
        self.of.iter().find(|(_, probe)| deaf(probe)).map(|(partition, _)| *partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(time: Duration) -> Instant {
        tokio::time::advance(time).await;
        Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn who_hears_its_probes_is_not_deaf() {
        let mut probes = Probes::default();
        probes.add(vec![3, 5]);
        for round in 1..10 {
            let now = pass(PROBE_EVERY).await;
            assert_eq!(probes.due(now), [(3, round), (5, round)]);
            assert!(probes.due(now).is_empty(), "one at a time");
            // In either order.
            assert!(probes.heard(3, round));
            probes.published(3, round, true, now);
            probes.published(5, round, true, now);
            assert!(probes.heard(5, round) && !probes.heard(5, round - 1) && !probes.heard(4, round));
            assert_eq!(probes.deaf(now + HEARD_WITHIN), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_taken_and_does_not_come_back_tells() {
        let mut probes = Probes::default();
        probes.add(vec![3, 5]);
        let now = pass(PROBE_TICK).await;
        assert_eq!(probes.due(now).len(), 2);
        // Nobody knows of what the server did not take: the store is away, not the subscription deaf.
        probes.published(3, 1, false, now);
        probes.published(5, 1, true, now);
        assert!(probes.heard(5, 1));
        assert_eq!(probes.deaf(now + HEARD_WITHIN), None);
        let now = pass(PROBE_EVERY).await;
        assert_eq!(probes.due(now), [(3, 2), (5, 2)]);
        probes.published(3, 2, true, now);
        probes.published(5, 2, true, now);
        assert!(probes.heard(5, 2));
        assert_eq!(probes.deaf(now + HEARD_WITHIN / 2), None);
        assert_eq!(probes.deaf(now + HEARD_WITHIN), Some(3));
    }
}
