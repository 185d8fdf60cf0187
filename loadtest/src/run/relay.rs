//! Candidates between pairs of participants, on a fixed schedule.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use switchboard_proto::v1::{self, SignalKind, event::Event as Kind};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{LoadError, Names, connect, count, depart, in_parallel};
use crate::args::{RelayArgs, Target};
use crate::client::{Client, ClientError};
use crate::measure::{Latencies, Sequence, cpu_time};
use crate::plan::{Due, Pacer, Schedule};
use crate::report::{Errors, RelayReport};

/// Pairs that are set up at one time.
const SETTING_UP: usize = 32;
/// Between the set-up and the first message.
const LEAD: Duration = Duration::from_millis(100);
/// How long the last messages may be on their way.
const LAST_WITHIN: Duration = Duration::from_secs(5);

/// What a message carries, as a field of the candidate.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stamp {
    candidate: String,
    /// The planned time, in nanoseconds after the start.
    t: u64,
    /// Its number at its sender.
    n: u64,
    /// Whether it is measured.
    m: bool,
}

impl Stamp {
    fn payload(start: Instant, due: Due, n: u64, size: usize) -> String {
        let t = u64::try_from(due.at.saturating_duration_since(start).as_nanos()).unwrap_or(u64::MAX);
        let mut stamp = Self { candidate: String::new(), t, n, m: due.is_measured };
        let bare = stamp.text().len();
        stamp.candidate = "c".repeat(size.saturating_sub(bare));
        stamp.text()
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What one participant saw.
struct Tally {
    latency: Latencies,
    send_lag: Latencies,
    sent: u64,
    arrived: Sequence,
    last: Option<Instant>,
    errors: Errors,
}

/// One participant of a pair.
struct Member {
    client: Client,
    peer: String,
    due: mpsc::Receiver<Due>,
    start: Instant,
    size: usize,
    /// How many messages it has sent, for the peer that counts them.
    sent: Arc<AtomicU64>,
    /// How many the peer has sent.
    peer_sent: Arc<AtomicU64>,
    /// True once all have sent everything.
    all_sent: watch::Receiver<bool>,
}

pub(super) async fn run(args: RelayArgs) -> Result<RelayReport, LoadError> {
    cpu_time(&args.target.pids).map_err(LoadError::Measure)?;
    let target = Arc::new(args.target);
    let clients = join_pairs(&target, args.pairs).await?;

    let start = Instant::now() + LEAD;
    let schedule = Schedule::new(start, args.rate, args.warm_up, args.duration);
    let (pacer, queues) = Pacer::start(schedule, clients.len())?;
    let counters: Vec<Arc<AtomicU64>> = clients.iter().map(|_| Arc::default()).collect();
    let (sending, mut all_sent) = mpsc::channel::<()>(1);
    let finish = watch::Sender::new(false);
    let mut members = JoinSet::new();
    for (n, (client, due)) in clients.into_iter().zip(queues).enumerate() {
        let member = Member {
            client,
            peer: member_name(n ^ 1),
            due,
            start,
            size: usize::from(args.size),
            sent: counters[n].clone(),
            peer_sent: counters[n ^ 1].clone(),
            all_sent: finish.subscribe(),
        };
        members.spawn(member.run(sending.clone()));
    }
    drop(sending);

    let measured_from = start + args.warm_up;
    tokio::time::sleep_until(measured_from.into()).await;
    let cpu_before = cpu_time(&target.pids);
    tokio::time::sleep_until((measured_from + args.duration).into()).await;
    let cpu_after = cpu_time(&target.pids);
    let unsent = pacer.finish().await;
    // Nobody sends on it: it ends when the last sender has dropped its half.
    let in_time = tokio::time::timeout(LAST_WITHIN, all_sent.recv()).await;
    finish.send_replace(true);

    let mut sum = Tally::new();
    let mut totals = [0; 3];
    for (tally, peer_sent) in members.join_all().await {
        totals[0] += tally.arrived.lost(peer_sent);
        totals[1] += tally.arrived.duplicated;
        totals[2] += tally.arrived.reordered;
        sum.add(tally);
    }
    if in_time.is_err() {
        *sum.errors.entry("senders were stuck".into()).or_default() += 1;
    }
    let cpu = match (cpu_before, cpu_after) {
        (Ok(before), Ok(after)) => after.saturating_sub(before),
        (Err(error), _) | (_, Err(error)) => return Err(LoadError::Measure(error)),
    };
    let received = sum.latency.count();
    let took = sum.last.map_or(args.duration, |last| last.saturating_duration_since(measured_from));
    let [lost, duplicated, reordered] = totals;
    Ok(RelayReport {
        pairs: args.pairs,
        gateways: target.gateways.len(),
        rate_planned: f64::from(args.rate),
        rate_achieved: received as f64 / took.max(args.duration).as_secs_f64(),
        sent: sum.sent,
        received,
        latency: sum.latency.quantiles(),
        send_lag: sum.send_lag.quantiles(),
        lost,
        duplicated,
        reordered,
        unsent,
        cpu_us_per_message: (!target.pids.is_empty() && received > 0)
            .then(|| cpu.as_secs_f64() * 1e6 / received as f64),
        errors: sum.errors,
    })
}

fn member_name(n: usize) -> String {
    format!("participant-{}", n % 2)
}

/// The members of all pairs, in order: 2n and 2n+1 are a pair, on different gateways if there are several.
async fn join_pairs(target: &Arc<Target>, pairs: usize) -> Result<Vec<Client>, LoadError> {
    let names = Names::new(2);
    let target = target.clone();
    let joined = in_parallel(pairs, SETTING_UP, move |pair| {
        let (target, names) = (target.clone(), names.clone());
        async move { (pair, join_pair(&target, &names, pair).await) }
    });
    let mut joined = joined.await;
    joined.sort_by_key(|(pair, _)| *pair);
    let mut clients = Vec::with_capacity(pairs * 2);
    for (_, pair) in joined {
        clients.extend(pair?);
    }
    Ok(clients)
}

async fn join_pair(target: &Target, names: &Names, pair: usize) -> Result<[Client; 2], ClientError> {
    let mut members = Vec::with_capacity(2);
    for n in [pair * 2, pair * 2 + 1] {
        // The gateways of a pair are neighbours; which ones rotates with the pair.
        let mut client = connect(target, pair + n % 2).await?;
        let (room, participant) = names.of(n);
        client.join(&room, &participant, "").await?;
        members.push(client);
    }
    let mut members = members.into_iter();
    match (members.next(), members.next()) {
        (Some(mut first), Some(second)) => {
            // The second one's snapshot shows both; the first is told.
            while first.participants().len() < 2 {
                first.next_event().await?;
            }
            Ok([first, second])
        }
        _ => unreachable!("two have joined"),
    }
}

impl Member {
    /// Sends what is due and takes what comes. Holds `sending` until everything is sent.
    async fn run(mut self, sending: mpsc::Sender<()>) -> (Tally, u64) {
        let mut tally = Tally::new();
        let mut sending = Some(sending);
        let mut n = 0;
        let mut ends_at = None;
        while !self.has_all(&tally, ends_at.is_some()) {
            let by = ends_at.unwrap_or_else(|| tokio::time::Instant::now() + LAST_WITHIN);
            let done = tokio::select! {
                due = self.due.recv(), if sending.is_some() => match due {
                    Some(due) => self.send(due, n, &mut tally).await.inspect(|()| n += 1),
                    None => {
                        sending = None;
                        Ok(())
                    }
                },
                _ = self.all_sent.changed(), if ends_at.is_none() => {
                    ends_at = Some(tokio::time::Instant::now() + LAST_WITHIN);
                    Ok(())
                }
                event = self.client.next_event_by(by) => event.map(|event| self.take(&event, &mut tally)),
            };
            match done {
                Ok(()) => {}
                Err(ClientError::Timeout { .. }) if ends_at.is_some() => break,
                Err(ClientError::Timeout { what: "an event", .. }) => {}
                Err(error) => {
                    count(&mut tally.errors, &error);
                    if !matches!(error, ClientError::Server(_) | ClientError::Reset(_)) {
                        break;
                    }
                }
            }
        }
        self.count_outcomes(&mut tally);
        let dropped = self.client.dropped();
        tally.arrived.duplicated += dropped.events + dropped.signals;
        drop(sending);
        depart(self.client).await;
        (tally, self.peer_sent.load(Ordering::Relaxed))
    }

    fn has_all(&self, tally: &Tally, all_sent: bool) -> bool {
        all_sent && tally.arrived.lost(self.peer_sent.load(Ordering::Relaxed)) == 0
    }

    async fn send(&mut self, due: Due, n: u64, tally: &mut Tally) -> Result<(), ClientError> {
        let payload = Stamp::payload(self.start, due, n, self.size);
        self.client.signal(&self.peer, SignalKind::Candidate, &payload).await?;
        self.sent.store(n + 1, Ordering::Relaxed);
        if due.is_measured {
            tally.sent += 1;
            tally.send_lag.record(due.at.elapsed());
        }
        self.count_outcomes(tally);
        Ok(())
    }

    fn take(&self, event: &v1::Event, tally: &mut Tally) {
        let now = Instant::now();
        let Some(Kind::SignalReceived(signal)) = &event.event else { return };
        let Ok(stamp) = serde_json::from_str::<Stamp>(&signal.payload) else {
            *tally.errors.entry("a payload that was not sent".into()).or_default() += 1;
            return;
        };
        tally.arrived.arrived(stamp.n);
        if stamp.m {
            tally.latency.record(now.saturating_duration_since(self.start + Duration::from_nanos(stamp.t)));
            tally.last = Some(now);
        }
    }

    fn count_outcomes(&mut self, tally: &mut Tally) {
        for outcome in self.client.take_outcomes().into_values() {
            match outcome {
                Ok(acked) if acked.stored => {}
                Ok(_) => *tally.errors.entry("accepted, not stored".into()).or_default() += 1,
                Err(refused) => count(&mut tally.errors, &ClientError::Refused(refused)),
            }
        }
    }
}

impl Tally {
    fn new() -> Self {
        Self {
            latency: Latencies::new(),
            send_lag: Latencies::new(),
            sent: 0,
            arrived: Sequence::default(),
            last: None,
            errors: Errors::new(),
        }
    }

    fn add(&mut self, other: Self) {
        self.latency.merge(&other.latency);
        self.send_lag.merge(&other.send_lag);
        self.sent += other.sent;
        self.last = self.last.max(other.last);
        for (label, times) in other.errors {
            *self.errors.entry(label).or_default() += times;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_has_the_size_asked_for_and_its_stamp() {
        let start = Instant::now();
        let due = Due { at: start + Duration::from_micros(1500), is_measured: true };
        let text = Stamp::payload(start, due, 7, 300);
        assert_eq!(text.len(), 300);
        let stamp: Stamp = serde_json::from_str(&text).expect("JSON");
        assert_eq!((stamp.t, stamp.n, stamp.m), (1_500_000, 7, true));
    }
}
