//! A participant that heals itself: joins, and comes back by itself whenever its connection is lost.
//!
//! One task owns the connection and all that is known; dropping the [`Participant`] ends it without a word. Commands
//! are kept until they have an outcome, and sent again after a resume. All that is done and seen is told to an
//! observer, in order, for [`crate::checker`].

mod advice;
mod pending;
mod task;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::v1::{self, client_message::Kind as Ask};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::checker::{Observation, Outcome};
use crate::client::{Io, Options};

/// Events that wait to be taken. Beyond them the socket is not read, so that the gateway feels it.
pub const EVENTS_MAX: usize = 1_024;
/// Commands that wait for the task.
const ORDERS_MAX: usize = 64;
/// Troubles that wait for the task. They have a queue of their own: commands may wait for a trouble's end.
const TROUBLES_MAX: usize = 16;

/// A connection under way.
pub type Connecting = Pin<Box<dyn Future<Output = io::Result<Io>> + Send>>;
/// Opens a connection to a gateway's URL. A simulation gives its own network.
pub type Connector = Arc<dyn Fn(String) -> Connecting + Send + Sync>;
/// Is told all that a participant does and sees, in its order. It must not wait.
pub type Observer = Arc<dyn Fn(Observation) + Send + Sync>;

/// Who somebody is and how it behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its number among all clients of the run.
    pub client: u64,
    /// The gateways, as in `ws://127.0.0.1:8080/ws`; the first attempt goes to the `first`, each later one to the
    /// next.
    pub urls: Vec<String>,
    /// Where the first attempt goes.
    pub first: usize,
    /// The room.
    pub room_id: String,
    /// Who.
    pub participant_id: String,
    /// Its words on itself.
    pub metadata: String,
    /// How to connect. The deadline holds for each step of an attempt.
    pub options: Options,
    /// The first bound of the waits between attempts; it doubles.
    pub backoff: Duration,
    /// The highest bound of the waits.
    pub backoff_max: Duration,
    /// How long the gateway may be quiet before it is asked for a heartbeat.
    pub heartbeat: Duration,
    /// How long the gateway may be quiet before the connection is taken for dead.
    pub silence: Duration,
    /// Whether events are given to [`Participant::next_event`], which then has to be called.
    pub takes_events: bool,
}

impl Settings {
    /// A well-behaved browser.
    #[must_use]
    pub fn new(urls: Vec<String>, room_id: &str, participant_id: &str) -> Self {
        Self {
            client: 0,
            urls,
            first: 0,
            room_id: room_id.into(),
            participant_id: participant_id.into(),
            metadata: String::new(),
            options: Options::default(),
            backoff: Duration::from_millis(100),
            backoff_max: Duration::from_secs(10),
            heartbeat: Duration::from_secs(25),
            silence: Duration::from_secs(40),
            takes_events: true,
        }
    }
}

/// Where a participant stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// Whether it has a connection on which it joined or resumed.
    pub is_connected: bool,
    /// The gateway of its newest connection, as in [`Settings::urls`]; empty before the first.
    pub url: String,
    /// Whether it has stopped for good.
    pub is_stopped: bool,
    /// Its session; empty before the first welcome.
    pub session: String,
    /// How many commands are under way.
    pub under_way: usize,
    /// Its position; none before the first snapshot and after a reset.
    pub position: Option<v1::Position>,
    /// How often it has joined or resumed.
    pub connections: u64,
}

/// What is done to a participant by a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its connection is lost.
    Cut,
    /// Its connection is lost, and it comes back from its oldest position.
    Rewind,
    /// Its connection is lost, and it comes back on two sockets at once, with one token.
    Race,
    /// Its page is left (close code 1001), and it comes back at once all the same.
    PageLeft,
    /// Its connection is lost, and it stays away until [`Trouble::Over`].
    Offline,
    /// It neither reads nor writes until [`Trouble::Over`], and keeps its connection.
    Deaf,
    /// What lasts ends.
    Over,
}

/// A command, and where its outcome is to go.
type Order = (Ask, oneshot::Sender<Outcome>);

/// A participant that heals itself. See the module.
#[derive(Debug)]
pub struct Participant {
    orders: mpsc::Sender<Order>,
    troubles: mpsc::Sender<Trouble>,
    events: mpsc::Receiver<v1::Event>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
}

/// The participant has stopped for good: its place was taken, it was removed, or it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the participant has stopped")]
pub struct Stopped;

impl Participant {
    /// Starts one. It joins by itself.
    #[must_use]
    pub fn start(settings: Settings, connector: Connector, observer: Observer) -> Self {
        let (orders, ordered) = mpsc::channel(ORDERS_MAX);
        let (troubles, troubled) = mpsc::channel(TROUBLES_MAX);
        let (told, events) = mpsc::channel(EVENTS_MAX);
        let (seen, status) = watch::channel(Status::default());
        let told = settings.takes_events.then_some(told);
        let task = task::Task::new(settings, connector, observer, (ordered, troubled), told, seen);
        Self { orders, troubles, events, status, task: tokio::spawn(task.run()) }
    }

    /// Starts one on TCP.
    #[must_use]
    pub fn start_on_tcp(settings: Settings, observer: Observer) -> Self {
        let options = settings.options.clone();
        Self::start(settings, tcp(options), observer)
    }

    /// Gives a command; it goes out once the participant is connected. The outcome comes through what is returned;
    /// that can be dropped.
    ///
    /// # Errors
    /// When it has stopped.
    pub async fn send(&self, command: Ask) -> Result<oneshot::Receiver<Outcome>, Stopped> {
        let (back, outcome) = oneshot::channel();
        self.orders.send((command, back)).await.map_err(|_| Stopped)?;
        Ok(outcome)
    }

    /// The next event of the room, in order, once each; none once it has stopped.
    pub async fn next_event(&mut self) -> Option<v1::Event> {
        self.events.recv().await
    }

    /// Does something to its connection.
    ///
    /// # Errors
    /// When it has stopped.
    pub async fn trouble(&self, trouble: Trouble) -> Result<(), Stopped> {
        self.troubles.send(trouble).await.map_err(|_| Stopped)
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Where it stands, to be waited for.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Connections of this machine.
#[must_use]
pub fn tcp(options: Options) -> Connector {
    Arc::new(move |url| {
        let options = options.clone();
        Box::pin(async move { crate::client::dial_url(&url, &options).await.map_err(io::Error::other) })
    })
}
