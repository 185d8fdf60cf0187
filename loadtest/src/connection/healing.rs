//! A connection that comes back by itself at another gateway, as a page's does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::v1::{self, client_message::Kind as Ask};
use tokio::time::{Instant, timeout};

use super::{Name, Target};
use crate::checker::{Observation, Outcome, What};
use crate::client::ClientError;
use crate::participant::{Participant, Settings};

/// What becomes of all connections that heal.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// Since when a lost connection counts; none: they do not.
    pub(crate) since: Mutex<Option<Instant>>,
    /// Whether they do from the first on that is lost.
    pub(crate) counts_from_first: AtomicBool,
    pub(crate) lost: AtomicU64,
    pub(crate) resumed: AtomicU64,
    pub(crate) rejoined: AtomicU64,
    /// How long each was away, from `since`.
    pub(crate) back: Mutex<Vec<Duration>>,
    /// What else went wrong, in words.
    pub(crate) failures: Mutex<Vec<String>>,
}

impl Witness {
    fn observe(&self, state: &Mutex<State>, observation: &Observation) {
        let failed = match &observation.what {
            What::Lost { .. } => {
                if self.counts_from_first.load(Ordering::Relaxed) {
                    self.since.lock().get_or_insert(observation.at);
                }
                let is_first = std::mem::replace(&mut *state.lock(), State::Lost) == State::There;
                if is_first && self.since.lock().is_some_and(|since| observation.at >= since) {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
                return;
            }
            What::Resumed { .. } => return self.is_back(state, observation.at, &self.resumed),
            What::Welcome { .. } => return self.is_back(state, observation.at, &self.rejoined),
            What::Answered { outcome: Outcome::Refused(reason), .. } => {
                format!("refused: {}", reason.as_str_name())
            }
            What::Unknown { .. } => "a command that nobody knows the end of".into(),
            What::Reset(reason) => format!("reset: {}", reason.as_str_name()),
            What::Hole { .. } => "a hole between two events".into(),
            _ => return,
        };
        self.failures.lock().push(failed);
    }

    fn is_back(&self, state: &Mutex<State>, at: Instant, how: &AtomicU64) {
        let was_lost = std::mem::replace(&mut *state.lock(), State::There) == State::Lost;
        if let Some(since) = *self.since.lock()
            && was_lost
        {
            how.fetch_add(1, Ordering::Relaxed);
            self.back.lock().push(at.saturating_duration_since(since));
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    There,
    Lost,
}

/// One such connection.
#[derive(Debug)]
pub(crate) struct Healing {
    participant: Participant,
    deadline: Duration,
}

impl Healing {
    pub(super) fn new(
        urls: Vec<String>,
        first: usize,
        n: usize,
        name: &Name,
        target: &Target,
        witness: Arc<Witness>,
    ) -> Self {
        let options = target.options(n);
        let deadline = options.deadline;
        let settings =
            Settings { client: n as u64, first, options, ..Settings::new(urls, &name.room, &name.own) };
        let state = Mutex::new(State::There);
        let observer = Arc::new(move |observation| witness.observe(&state, &observation));
        Self { participant: Participant::start_on_tcp(settings, observer), deadline }
    }

    pub(super) async fn wait_until_joined(&self) -> Result<(), ClientError> {
        let mut status = self.participant.watch();
        let joined = timeout(self.deadline, status.wait_for(|status| status.is_connected)).await;
        match joined {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Err(ClientError::Timeout { what: "the snapshot", after: self.deadline }),
        }
    }

    /// Gives a command. Who is away keeps it until it is back.
    pub(super) async fn send(&self, command: Ask) -> Result<(), ClientError> {
        let after = self.deadline;
        let sent = timeout(after, self.participant.send(command)).await;
        let what = "a place in the queue of commands";
        sent.map_err(|_| ClientError::Timeout { what, after })?.map(drop).map_err(|_| stopped())
    }

    pub(super) async fn next(&mut self) -> Result<v1::Event, ClientError> {
        self.participant.next_event().await.ok_or_else(stopped)
    }

    pub(super) async fn leave(&self) -> Result<(), ClientError> {
        let mut status = self.participant.watch();
        self.send(Ask::Leave(v1::Leave {})).await?;
        drop(timeout(self.deadline, status.wait_for(|status| status.is_stopped)).await);
        Ok(())
    }
}

fn stopped() -> ClientError {
    ClientError::Closed { code: 1000, reason: "the participant has stopped".into() }
}
