//! One of the people: does what is due, and judges what it hears.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::client::ClientError;
use crate::connection::{Connection, Heard, Name};
use crate::crowd::{Crowd, Toggle, nanos};
use crate::measure::Kind;
use crate::measure::sequence::{Arrival, Sequence, Toggles};
use crate::pacer::Due;
use crate::payload::Stamp;
use crate::plan::Signal;
use crate::timeline::Action;

/// How long whoever leaves at the end of a run waits for the close.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);

/// One of the people.
#[derive(Debug)]
pub(crate) struct Person {
    crowd: Arc<Crowd>,
    n: usize,
    room: usize,
    member: usize,
    name: Name,
    connection: Option<Connection>,
    /// What its connection has dropped as seen before, as far as it is counted.
    dropped: u64,
    due: mpsc::Receiver<Due>,
    /// How many signals it sent to each member.
    sent: HashMap<usize, u64>,
    /// How many messages it sent to the room.
    said: u64,
    /// What it heard of each member.
    of: HashMap<usize, Of>,
}

/// What is heard of one member.
#[derive(Debug, Default)]
struct Of {
    signals: Sequence,
    messages: Sequence,
    shares: Toggles,
    presence: Toggles,
    was_gone: bool,
}

impl Person {
    pub(crate) fn new(crowd: Arc<Crowd>, n: usize, due: mpsc::Receiver<Due>) -> Self {
        let name = crowd.name(n);
        let (room, member) = (n / crowd.plan.people, n % crowd.plan.people);
        Self {
            crowd,
            n,
            room,
            member,
            name,
            connection: None,
            dropped: 0,
            due,
            sent: HashMap::new(),
            said: 0,
            of: HashMap::new(),
        }
    }

    pub(crate) async fn connect(&mut self) -> Result<(), ClientError> {
        let Crowd { target, witness, .. } = &*self.crowd;
        let gateway = self.crowd.gateway(self.n);
        self.connection = Some(Connection::open(target, gateway, self.n, &self.name, witness).await?);
        self.dropped = 0;
        Ok(())
    }

    /// Joins, and connects before where it has not yet.
    pub(crate) async fn join(&mut self) -> Result<(), ClientError> {
        if self.connection.is_none() {
            self.connect().await?;
        }
        match &mut self.connection {
            Some(connection) => connection.join(&self.name).await,
            None => Ok(()),
        }
    }

    /// Does what is due and takes what comes, until all are to leave.
    pub(crate) async fn run(mut self) {
        let mut leave = self.crowd.leave.subscribe();
        loop {
            tokio::select! {
                due = self.due.recv() => match due {
                    Some(due) => self.act(due).await,
                    None => break,
                },
                heard = next(&mut self.connection) => match heard {
                    Ok(heard) => {
                        self.count_dropped();
                        self.take(heard);
                    }
                    Err(error) => self.failed(&error),
                },
                () = until_true(&mut leave) => break,
            }
        }
        self.depart().await;
    }

    async fn act(&mut self, due: Due) {
        let done = match due.action {
            Action::Join => self.come(due).await,
            Action::Leave => self.go(due).await,
            Action::Signal { to, signal, bytes } => self.signal(due, to, signal, bytes).await,
            Action::Message { bytes } => self.say(due, bytes).await,
            Action::Share { is_on } => self.share(due, is_on).await,
        };
        if let Err(error) = done {
            self.crowd.counts.failed.fetch_add(1, Ordering::Relaxed);
            self.failed(&error);
        }
        if let Some(connection) = &mut self.connection {
            for failure in connection.take_failures() {
                self.crowd.count_error(failure);
            }
        }
        self.crowd.counts.done.fetch_add(1, Ordering::Relaxed);
    }

    async fn signal(&mut self, due: Due, to: usize, signal: Signal, bytes: u32) -> Result<(), ClientError> {
        let connection = self.connection.as_mut().ok_or_else(not_there)?;
        let sent = self.sent.entry(to).or_default();
        let stamp = stamp(&self.crowd, &due, *sent);
        *sent += 1;
        self.crowd.expect(&due, 1);
        let to = Name::of(&self.name.room, to).own;
        connection.signal(&to, signal, &stamp.payload(signal, bytes)).await?;
        self.sent_late(&due);
        Ok(())
    }

    async fn say(&mut self, due: Due, bytes: u32) -> Result<(), ClientError> {
        let connection = self.connection.as_mut().ok_or_else(not_there)?;
        let stamp = stamp(&self.crowd, &due, self.said);
        let receivers = self.crowd.plan.stable() - 1;
        self.crowd.expect(&due, receivers);
        self.crowd.send_to_all(self.room, self.member, self.said, receivers);
        self.said += 1;
        connection.message(&stamp.payload(Signal::Candidate, bytes)).await?;
        self.sent_late(&due);
        Ok(())
    }

    async fn share(&mut self, due: Due, is_on: bool) -> Result<(), ClientError> {
        let connection = self.connection.as_mut().ok_or_else(not_there)?;
        self.crowd.toggle(self.n, Toggle::Share, due);
        self.crowd.expect(&due, self.crowd.plan.stable() - 1);
        connection.share(is_on).await?;
        self.sent_late(&due);
        Ok(())
    }

    async fn go(&mut self, due: Due) -> Result<(), ClientError> {
        let mut connection = self.connection.take().ok_or_else(not_there)?;
        self.crowd.toggle(self.n, Toggle::Presence, due);
        self.crowd.expect(&due, self.crowd.plan.stable());
        if connection.leave().await? {
            self.connection = Some(connection);
        }
        Ok(())
    }

    async fn come(&mut self, due: Due) -> Result<(), ClientError> {
        if self.crowd.plan.joins_are_measured() {
            self.crowd.expect(&due, 1);
        } else {
            self.crowd.toggle(self.n, Toggle::Presence, due);
            self.crowd.expect(&due, self.crowd.plan.stable());
        }
        self.join().await?;
        let after = self.crowd.after_epoch(due.at);
        if self.crowd.plan.joins_are_measured() {
            self.crowd.heard(self.n, Kind::Join, Arrival::InOrder, after, due.is_measured);
        } else {
            self.crowd.recorder.record(self.n, Kind::Join, due.at.elapsed(), due.is_measured);
        }
        Ok(())
    }

    fn sent_late(&self, due: &Due) {
        if due.is_measured {
            self.crowd.recorder.record_send_lag(self.n, due.at.elapsed());
        }
    }

    fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Signal { from, signal, payload } => {
                let kind = match signal {
                    Signal::Offer => Kind::Offer,
                    Signal::Answer => Kind::Answer,
                    Signal::Candidate => Kind::Candidate,
                };
                self.take_stamped(kind, &from, &payload);
            }
            Heard::Message { from, body } if from != self.name.own => {
                self.take_stamped(Kind::Message, &from, &body);
            }
            Heard::ShareStarted(who) => self.take_toggled(Toggle::Share, &who, true),
            Heard::ShareEnded(who) => self.take_toggled(Toggle::Share, &who, false),
            Heard::Left(who) => self.take_toggled(Toggle::Presence, &who, true),
            Heard::Joined(who) => self.take_toggled(Toggle::Presence, &who, false),
            Heard::Message { .. } | Heard::Other => {}
        }
    }

    /// Whether it comes and goes, and so is not relied on.
    fn is_transient(&self) -> bool {
        self.member >= self.crowd.plan.stable()
    }

    fn take_stamped(&mut self, kind: Kind, from: &str, payload: &str) {
        let (Some(stamp), Some(member)) = (Stamp::read(payload), Name::member(from)) else {
            return self.crowd.count_error("a payload that was not sent");
        };
        if self.is_transient() {
            return;
        }
        let of = self.of.entry(member).or_default();
        let sequence = if kind == Kind::Message { &mut of.messages } else { &mut of.signals };
        let arrival = sequence.arrived(stamp.number);
        self.crowd.heard(self.n, kind, arrival, stamp.due(), stamp.is_measured);
        if kind == Kind::Message && arrival != Arrival::Again {
            let is_last = self.crowd.was_last(self.room, member, stamp.number);
            if is_last {
                let took = self.crowd.epoch.elapsed().saturating_sub(stamp.due());
                self.crowd.recorder.record(self.n, Kind::LastOfAll, took, stamp.is_measured);
            }
        }
    }

    fn take_toggled(&mut self, toggle: Toggle, who: &str, is_even: bool) {
        let Some(member) = Name::member(who) else {
            return self.crowd.count_error("somebody who is not of this run");
        };
        let plan = &self.crowd.plan;
        let is_planned = match toggle {
            Toggle::Share => true,
            Toggle::Presence => plan.churns() && member >= plan.stable(),
        };
        if self.is_transient() || !is_planned || member == self.member {
            return;
        }
        let person = self.room * plan.people + member;
        let of = self.of.entry(member).or_default();
        let (toggles, kind) = match toggle {
            Toggle::Share => (&mut of.shares, Kind::Share),
            Toggle::Presence => {
                // Its first join is before all that is planned.
                of.was_gone |= is_even;
                if !of.was_gone {
                    return;
                }
                (&mut of.presence, Kind::Presence)
            }
        };
        let number = toggles.arrived(is_even);
        match self.crowd.toggled(person, toggle, number) {
            Some(due) => {
                let after = self.crowd.after_epoch(due.at);
                self.crowd.heard(self.n, kind, Arrival::InOrder, after, due.is_measured);
            }
            None => self.crowd.heard(self.n, kind, Arrival::Again, Duration::ZERO, false),
        }
    }

    fn failed(&mut self, error: &ClientError) {
        self.crowd.count_error(error.label());
        if !matches!(error, ClientError::Server(_) | ClientError::Reset(_) | ClientError::Refused(_)) {
            self.count_dropped();
            self.connection = None;
        }
    }

    fn count_dropped(&mut self) {
        let dropped = self.connection.as_ref().map_or(self.dropped, Connection::dropped);
        let more = dropped - self.dropped.min(dropped);
        if more > 0 {
            self.crowd.counts.doubled.fetch_add(more, Ordering::Relaxed);
            self.dropped = dropped;
        }
    }

    /// Leaves and waits for the close; whatever fails here is after the measurement.
    async fn depart(mut self) {
        let _turn = self.crowd.leaving.acquire().await;
        if let Some(connection) = &mut self.connection {
            drop(timeout(LEAVE_WITHIN, connection.leave()).await);
        }
    }
}

fn stamp(crowd: &Crowd, due: &Due, number: u64) -> Stamp {
    Stamp { due_ns: nanos(crowd.after_epoch(due.at)), number, is_measured: due.is_measured }
}

async fn until_true(leave: &mut watch::Receiver<bool>) {
    // An error says that nobody can turn it any more, which is an end as well.
    drop(leave.wait_for(|leave| *leave).await);
}

fn not_there() -> ClientError {
    ClientError::Closed { code: crate::client::CLOSED_ABNORMALLY, reason: "its connection has ended".into() }
}

/// What comes next; nothing, where there is no connection.
async fn next(connection: &mut Option<Connection>) -> Result<Heard, ClientError> {
    match connection {
        Some(connection) => connection.next().await,
        None => std::future::pending().await,
    }
}
