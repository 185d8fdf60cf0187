//! A gateway is killed under joined sessions: how long until they go on elsewhere, and whether anything was lost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use switchboard_proto::v1::{self, client_message::Kind as Ask, event::Event as Kind};
use tokio::time::{Instant, interval, sleep, timeout};

use super::{LEAVE_WITHIN, LEAVING_MAX, LoadError, Names, in_parallel, options};
use crate::args::FailoverArgs;
use crate::checker::{Observation, Outcome, What};
use crate::measure::{Latencies, Sequence};
use crate::participant::{Participant, Settings};
use crate::report::{Errors, FailoverReport};

/// How often what is due is said, and what is waited for is looked at.
const TICK: Duration = Duration::from_millis(5);
/// How long the traffic goes on once all are back.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// How long the last messages may be on their way.
const LAST_WITHIN: Duration = Duration::from_secs(10);

/// One session, and what it saw.
struct Member {
    participant: Participant,
    seen: Arc<Seen>,
    /// Messages that it was given to say.
    said: AtomicU64,
}

#[derive(Default)]
struct Seen {
    /// From the moment of the kill on.
    counts: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lost: Option<Instant>,
    back: Option<Instant>,
    rejoined: bool,
    /// What each of the room said, itself too.
    heard: HashMap<String, Sequence>,
    /// Messages of its own that had no effect, or of which nobody knows.
    not_done: u64,
    errors: Errors,
}

impl Seen {
    fn observe(&self, observation: Observation) {
        let mut state = self.state.lock();
        match observation.what {
            What::Lost { .. } if self.counts.load(Ordering::Relaxed) => {
                state.lost.get_or_insert(observation.at);
            }
            What::Resumed { .. } if state.lost.is_some() => {
                state.back.get_or_insert(observation.at);
            }
            What::Welcome { .. } if state.lost.is_some() => {
                state.back.get_or_insert(observation.at);
                state.rejoined = true;
            }
            What::Event { event, is_new: true } => state.heard(&event),
            What::Answered { outcome: Outcome::Refused(reason), .. } => {
                state.not_done += 1;
                state.error(format!("refused: {}", reason.as_str_name()));
            }
            What::Unknown { .. } => {
                state.not_done += 1;
                state.error("a command that nobody knows the end of".into());
            }
            What::Reset(reason) => state.error(format!("reset: {}", reason.as_str_name())),
            What::Hole { .. } => state.error("a hole between two events".into()),
            _ => {}
        }
    }
}

impl State {
    fn heard(&mut self, event: &v1::Event) {
        let (Some(Kind::MessageReceived(told)), Some(from)) = (&event.event, &event.from) else { return };
        match told.body.parse() {
            Ok(n) => self.heard.entry(from.participant_id.clone()).or_default().arrived(n),
            Err(_) => self.error("a message that was not said".into()),
        }
    }

    fn error(&mut self, label: String) {
        *self.errors.entry(label).or_default() += 1;
    }
}

pub(super) async fn run(args: FailoverArgs) -> Result<FailoverReport, LoadError> {
    let total = args.connections * args.target.gateways.len();
    let members = Arc::new(join_all(&args, total).await?);
    let stop = Arc::new(AtomicBool::new(false));
    let talk = tokio::spawn(talk(members.clone(), args.rate, stop.clone()));
    sleep(args.after).await;

    for member in members.iter() {
        member.seen.counts.store(true, Ordering::Relaxed);
    }
    let killed = kill(&args, &members).await?;
    let by = killed + args.within;
    while Instant::now() < by && !all_back(&args, &members) {
        sleep(TICK).await;
    }
    sleep(AFTERWARDS).await;
    stop.store(true, Ordering::Relaxed);
    drop(talk.await);
    let by = Instant::now() + LAST_WITHIN;
    while Instant::now() < by && (unanswered(&members) > 0 || tally(&members, args.room_size).0 > 0) {
        sleep(TICK * 20).await;
    }

    let report = report(&args, &members, killed);
    leave_all(members).await;
    Ok(report)
}

/// Starts all and waits until they have joined.
async fn join_all(args: &FailoverArgs, total: usize) -> Result<Vec<Member>, LoadError> {
    let names = Names::new(args.room_size);
    let target = Arc::new(args.target.clone());
    let joined = in_parallel(total, args.concurrency, move |n| {
        let (target, (room, participant)) = (target.clone(), names.of(n));
        async move {
            let settings = Settings {
                client: n as u64,
                first: n,
                options: options(&target, n),
                takes_events: false,
                ..Settings::new(target.gateways.clone(), &room, &participant)
            };
            let deadline = settings.options.deadline;
            let seen = Arc::new(Seen::default());
            let observer = seen.clone();
            let observer = Arc::new(move |observation| observer.observe(observation));
            let participant = Participant::start_on_tcp(settings, observer);
            let mut status = participant.watch();
            let connected = timeout(deadline, status.wait_for(|status| status.is_connected)).await;
            let is_connected = matches!(connected, Ok(Ok(_)));
            drop(connected);
            is_connected.then(|| (n, Member { participant, seen, said: AtomicU64::new(0) }))
        }
    });
    let mut joined: Vec<_> = joined.await.into_iter().flatten().collect();
    if joined.len() < total {
        let why = format!("{} of {total} sessions joined in time", joined.len());
        return Err(LoadError::NobodyJoined(why));
    }
    joined.sort_by_key(|(n, _)| *n);
    Ok(joined.into_iter().map(|(_, member)| member).collect())
}

/// Says `rate` messages a second, each member in turn.
async fn talk(members: Arc<Vec<Member>>, rate: u32, stop: Arc<AtomicBool>) {
    let mut tick = interval(TICK);
    let begun = Instant::now();
    let mut turn = members.iter().cycle();
    for n in 0_u64.. {
        let due = Duration::from_secs_f64(n as f64 / f64::from(rate.max(1)));
        while rate == 0 || begun.elapsed() < due {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            tick.tick().await;
        }
        let Some(member) = turn.next() else { return };
        let body = member.said.fetch_add(1, Ordering::Relaxed).to_string();
        let message = Ask::Message(v1::Message { to: vec![], body });
        // Who is away keeps it until it is back; its queue is far longer than what is due meanwhile.
        if let Ok(Err(_)) | Err(_) = timeout(LAST_WITHIN, member.participant.send(message)).await {
            member.seen.state.lock().error("a message that was not taken".into());
        }
    }
}

/// Kills the gateway, or waits until somebody else has; the moment.
async fn kill(args: &FailoverArgs, members: &[Member]) -> Result<Instant, LoadError> {
    let Some(pid) = args.kill else {
        let by = Instant::now() + args.within;
        while Instant::now() < by {
            let lost = members.iter().filter_map(|member| member.seen.state.lock().lost).min();
            if let Some(lost) = lost {
                return Ok(lost);
            }
            sleep(TICK).await;
        }
        let why = "no gateway was lost: kill the first one while this runs, or give its --kill PID";
        return Err(LoadError::Measure(why.into()));
    };
    let no_process = || LoadError::Measure(format!("there is no process {pid} to kill (--kill)"));
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(no_process)?;
    let killed = Instant::now();
    kill_process(pid, Signal::KILL).map_err(|_| no_process())?;
    Ok(killed)
}

/// Whether as many as hung on the gateway were lost, and all of those are back.
fn all_back(args: &FailoverArgs, members: &[Member]) -> bool {
    let (mut lost, mut back) = (0, 0);
    for member in members {
        let state = member.seen.state.lock();
        lost += usize::from(state.lost.is_some());
        back += usize::from(state.back.is_some());
    }
    lost >= args.connections && back == lost
}

fn unanswered(members: &[Member]) -> usize {
    members.iter().map(|member| member.participant.status().under_way).sum()
}

/// Messages that did not come to somebody of the room, that came again, and that came late.
fn tally(members: &[Member], room_size: usize) -> (u64, u64, u64) {
    let mut tally = (0, 0, 0);
    for room in members.chunks(room_size) {
        for (member, said) in room.iter().enumerate() {
            let name = Names::participant(member);
            let due = said.said.load(Ordering::Relaxed) - said.seen.state.lock().not_done;
            for receiver in room {
                let state = receiver.seen.state.lock();
                match state.heard.get(&name) {
                    Some(heard) => {
                        tally.0 += heard.lost(due);
                        tally.1 += heard.duplicated;
                        tally.2 += heard.reordered;
                    }
                    None => tally.0 += due,
                }
            }
        }
    }
    tally
}

fn report(args: &FailoverArgs, members: &[Member], killed: Instant) -> FailoverReport {
    let mut back = Latencies::new();
    let (mut lost_sockets, mut rejoined) = (0, 0);
    let mut errors = Errors::new();
    for member in members {
        let state = member.seen.state.lock();
        lost_sockets += u64::from(state.lost.is_some());
        rejoined += u64::from(state.rejoined);
        if let Some(at) = state.back {
            back.record(at.saturating_duration_since(killed));
        }
        for (label, times) in &state.errors {
            *errors.entry(label.clone()).or_default() += times;
        }
    }
    let (lost, duplicated, reordered) = tally(members, args.room_size);
    FailoverReport {
        sessions: members.len() as u64,
        gateways: args.target.gateways.len(),
        lost_sockets,
        resumed: back.count() - rejoined,
        rejoined,
        back_within: back.quantiles(),
        rate: args.rate,
        said: members.iter().map(|member| member.said.load(Ordering::Relaxed)).sum(),
        lost,
        duplicated,
        reordered,
        errors,
    }
}

/// Has all leave their rooms, so that nothing of this run remains.
async fn leave_all(members: Arc<Vec<Member>>) {
    let total = members.len();
    in_parallel(total, LEAVING_MAX, move |n| {
        let members = members.clone();
        async move {
            let leaving = async {
                let mut status = members[n].participant.watch();
                if members[n].participant.send(Ask::Leave(v1::Leave {})).await.is_ok() {
                    drop(status.wait_for(|status| status.is_stopped).await);
                }
            };
            drop(timeout(LEAVE_WITHIN, leaving).await);
        }
    })
    .await;
}
