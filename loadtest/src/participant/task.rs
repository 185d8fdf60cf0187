//! The one task of a participant: connects, reads, writes, and starts over.

use std::time::Duration;

use switchboard_proto::v1::{self, client_message::Kind as Ask, server_message::Kind as Told};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::advice::{self, Backoff, Next};
use super::pending::{Done, Session};
use super::{Connector, Observer, Order, Settings, Status, Trouble};
use crate::checker::{Observation, Outcome, What};
use crate::client::{CLOSED_ABNORMALLY, Client, ClientError, Replica, Seen};

/// How long the closing handshake of a connection that is given up may take.
const CLOSE_WITHIN: Duration = Duration::from_millis(200);
/// A page that is left (RFC 6455, 7.4.1).
const GOING_AWAY: u16 = 1001;
const HOLE: u16 = 4202;
const QUIET: u16 = 4104;

type Back = oneshot::Sender<Outcome>;

pub(super) struct Task {
    settings: Settings,
    connector: Connector,
    observer: Observer,
    orders: mpsc::Receiver<Order>,
    troubles: mpsc::Receiver<Trouble>,
    events: Option<mpsc::Sender<v1::Event>>,
    status: watch::Sender<Status>,
    session: Option<Session<Back>>,
    /// What is known of the room while there is no connection.
    replica: Replica,
    position: Option<v1::Position>,
    oldest: Option<v1::Position>,
    /// How the next attempt is made harder than it has to be.
    trouble: Option<Trouble>,
    attempts: usize,
    /// Where the newest attempt went.
    url: String,
}

/// How a connection ended, or what it leads to.
enum End {
    Next(Next),
    /// The gateway is about to stop: the next connection comes before this one goes.
    Drain(Box<Client>),
}

impl Task {
    pub(super) fn new(
        settings: Settings,
        connector: Connector,
        observer: Observer,
        (orders, troubles): (mpsc::Receiver<Order>, mpsc::Receiver<Trouble>),
        events: Option<mpsc::Sender<v1::Event>>,
        status: watch::Sender<Status>,
    ) -> Self {
        Self {
            settings,
            connector,
            observer,
            orders,
            troubles,
            events,
            status,
            session: None,
            replica: Replica::default(),
            position: None,
            oldest: None,
            trouble: None,
            attempts: 0,
            url: String::new(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(self.settings.backoff, self.settings.backoff_max);
        let mut old: Option<Box<Client>> = None;
        loop {
            let next = match self.open().await {
                Ok(client) => {
                    if let Some(mut old) = old.take() {
                        drop(timeout(CLOSE_WITHIN, old.close(1000, "elsewhere")).await);
                    }
                    backoff.reset();
                    self.status.send_modify(|status| {
                        status.is_connected = true;
                        status.url.clone_from(&self.url);
                        status.connections += 1;
                    });
                    let end = self.live(client).await;
                    self.status.send_modify(|status| status.is_connected = false);
                    match end {
                        End::Next(next) => next,
                        End::Drain(client) => {
                            old = Some(client);
                            Next::AtOnce
                        }
                    }
                }
                Err(next) => next,
            };
            match next {
                Next::Stop => break,
                Next::Join => self.lose_session(),
                _ => {}
            }
            sleep(backoff.next(next, rand::random())).await;
        }
        self.lose_session();
        self.observe(What::Stopped);
        self.status.send_modify(|status| status.is_stopped = true);
    }

    fn observe(&self, what: What) {
        (self.observer)(Observation {
            at: Instant::now(),
            client: self.settings.client,
            room: self.settings.room_id.clone(),
            participant: self.settings.participant_id.clone(),
            what,
        });
    }

    fn lose_session(&mut self) {
        let Some(mut session) = self.session.take() else { return };
        let done = session.lost();
        self.finish(&session.id, done);
        self.position = None;
        self.oldest = None;
        self.replica = Replica::default();
    }

    /// Tells outcomes, to the observer and to whoever waits.
    fn finish(&self, session: &str, done: Vec<Done<Back>>) {
        for (counter, outcome, back) in done {
            let session = session.to_owned();
            self.observe(match outcome {
                Outcome::Unknown => What::Unknown { session, counter },
                outcome => What::Answered { session, counter, outcome },
            });
            // Nobody may wait for it.
            let _ = back.send(outcome);
        }
        self.tell_status();
    }

    fn tell_status(&self) {
        self.status.send_modify(|status| {
            status.session = self.session.as_ref().map_or_else(String::new, |session| session.id.clone());
            status.under_way = self.session.as_ref().map_or(0, Session::under_way);
            status.position = self.position;
        });
    }

    /// One attempt: connects to the next gateway and joins or resumes.
    async fn open(&mut self) -> Result<Client, Next> {
        let trouble = self.trouble.take();
        if trouble == Some(Trouble::Race) && self.session.is_some() {
            // The older attempt of the two; what comes on it counts for nothing.
            let resume = self.resume_request(self.position);
            let other = self.attempt(Some(resume));
            let other = tokio::spawn(async move { other.await.map(drop) });
            let client = self.open_one(None).await;
            other.abort();
            return client;
        }
        self.open_one(trouble).await
    }

    /// The next resume. Each has a generation of its own, failed ones too.
    fn resume_request(&mut self, position: Option<v1::Position>) -> v1::Resume {
        let mut resume = v1::Resume {
            room_id: self.settings.room_id.clone(),
            participant_id: self.settings.participant_id.clone(),
            position,
            ..Default::default()
        };
        if let Some(session) = &mut self.session {
            session.generation += 1;
            resume.generation = session.generation;
            resume.resume_token.clone_from(&session.token);
            resume.session_id.clone_from(&session.id);
        }
        self.observe(What::Attempt { session: resume.session_id.clone(), generation: resume.generation });
        resume
    }

    /// A connection on which a join or this resume was answered. Owns nothing of the task, so that two may run.
    fn attempt(
        &mut self,
        resume: Option<v1::Resume>,
    ) -> impl Future<Output = Result<(Client, Option<v1::Resumed>), ClientError>> + Send + 'static {
        let n = self.settings.first + self.attempts;
        self.attempts += 1;
        let url = self.settings.urls[n % self.settings.urls.len()].clone();
        self.url.clone_from(&url);
        let connecting = (self.connector)(url.clone());
        let settings = self.settings.clone();
        async move {
            let io = timeout(settings.options.deadline, connecting).await;
            let io = io.unwrap_or_else(|elapsed| Err(elapsed.into()));
            let io = io.map_err(|source| ClientError::Connect { url: url.clone(), source })?;
            let mut client = Client::over(io, &url, settings.options).await?;
            let result = match resume {
                Some(resume) => client.resume(resume).await.map(Some),
                None => {
                    let joined =
                        client.join(&settings.room_id, &settings.participant_id, &settings.metadata).await;
                    joined.map(|_| None)
                }
            };
            match result {
                Ok(resumed) => Ok((client, resumed)),
                // Why is said; what to do is in the close code behind it.
                Err(error @ ClientError::Server(_)) => match client.closed().await {
                    Ok((code, reason)) => Err(ClientError::Closed { code, reason }),
                    Err(_) => Err(error),
                },
                Err(error) => Err(error),
            }
        }
    }

    async fn open_one(&mut self, trouble: Option<Trouble>) -> Result<Client, Next> {
        let resume = match &self.session {
            Some(_) if trouble == Some(Trouble::Rewind) => Some(self.resume_request(self.oldest)),
            Some(_) => Some(self.resume_request(self.position)),
            None => {
                self.observe(What::Attempt { session: String::new(), generation: 1 });
                None
            }
        };
        match self.attempt(resume).await {
            Ok((mut client, Some(resumed))) => {
                client.set_replica(std::mem::take(&mut self.replica));
                self.resumed(&mut client, resumed).await.map(|()| client)
            }
            Ok((client, None)) => {
                if let Some(welcome) = client.welcome() {
                    self.welcomed(welcome);
                }
                self.snapshot(&client);
                Ok(client)
            }
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// Tells of the end of a connection, and what is to be done.
    fn lost(&self, error: &ClientError) -> Next {
        let code = error.close_code().unwrap_or(CLOSED_ABNORMALLY);
        let next = advice::after(code);
        if matches!(next, Next::Join | Next::Stop) && code != 1000 {
            let session = self.session.as_ref().map_or_else(String::new, |session| session.id.clone());
            self.observe(What::NotTaken { session, code });
        }
        self.observe(What::Lost { code, reason: error.to_string() });
        next
    }

    fn welcomed(&mut self, welcome: &v1::Welcome) {
        // The commands of a session that the room forgot may or may not have happened.
        self.lose_session();
        let window = welcome
            .resume_window
            .map(|window| Duration::new(window.seconds.unsigned_abs(), window.nanos.unsigned_abs()));
        self.observe(What::Welcome {
            session: welcome.session_id.clone(),
            window: window.unwrap_or_default(),
        });
        self.session = Some(Session::new(welcome));
    }

    fn snapshot(&mut self, client: &Client) {
        let Some(position) = client.position() else { return };
        self.position = Some(position);
        self.oldest = Some(position);
        let participants = client.participants().values().cloned().collect();
        self.observe(What::Snapshot { position, participants });
        self.tell_status();
    }

    async fn resumed(&mut self, client: &mut Client, resumed: v1::Resumed) -> Result<(), Next> {
        let Some(session) = &mut self.session else { return Err(Next::Join) };
        let (done, again) = session.resumed(&resumed);
        let id = session.id.clone();
        let refused = resumed.refused.iter().map(|refused| (refused.counter, refused.reason())).collect();
        self.observe(What::Resumed {
            session: resumed.session_id,
            generation: resumed.generation,
            last: resumed.last,
            refused,
        });
        self.finish(&id, done);
        for message in again {
            if let Err(error) = self.say(client, message).await {
                self.replica = client.take_replica();
                return Err(self.lost(&error));
            }
        }
        Ok(())
    }

    async fn say(&self, client: &mut Client, message: v1::ClientMessage) -> Result<(), ClientError> {
        if let (Some(session), Some(command)) = (&self.session, &message.kind) {
            self.observe(What::Sent {
                session: session.id.clone(),
                counter: message.counter,
                after: message.after,
                command: command.clone(),
            });
        }
        client.send(&message).await
    }

    /// Reads and writes until the connection ends.
    async fn live(&mut self, mut client: Client) -> End {
        let mut heard = Instant::now();
        let mut asked = false;
        let mut waiting: Option<v1::Event> = None;
        let end = loop {
            let by = heard + if asked { self.settings.silence } else { self.settings.heartbeat };
            let may_send = self.session.as_ref().is_some_and(|session| !session.is_full());
            let events = self.events.clone();
            let result = tokio::select! {
                seen = client.next_seen(by, "a word"), if waiting.is_none() => match seen {
                    Ok(seen) => {
                        heard = Instant::now();
                        asked = false;
                        self.told(seen, &mut client, &mut waiting).await
                    }
                    Err(ClientError::Timeout { .. }) if !asked => {
                        asked = true;
                        client.heartbeat().await
                    }
                    Err(error) => Err(error),
                },
                order = self.orders.recv(), if may_send => match order {
                    Some((command, back)) => {
                        let message = self.session.as_mut().map(|session| session.number(command, back));
                        self.tell_status();
                        match message {
                            Some(message) => self.say(&mut client, message).await,
                            None => Ok(()),
                        }
                    }
                    None => return End::Next(Next::Stop),
                },
                Some(trouble) = self.troubles.recv() => match trouble {
                    Trouble::Over => Ok(()),
                    Trouble::Deaf => {
                        self.trouble_is_over().await;
                        heard = Instant::now();
                        Ok(())
                    }
                    trouble => {
                        self.replica = client.take_replica();
                        return self.befall(trouble, client).await;
                    }
                },
                permit = reserve(events.as_ref()), if waiting.is_some() => {
                    match (permit, waiting.take()) {
                        (Some(permit), Some(event)) => permit.send(event),
                        _ => self.events = None,
                    }
                    heard = Instant::now();
                    Ok(())
                }
            };
            if let Err(error) = result {
                break error;
            }
            if client.is_draining() {
                self.replica = client.take_replica();
                return End::Drain(Box::new(client));
            }
        };
        self.replica = client.take_replica();
        End::Next(self.give_up(client, &end).await)
    }

    /// Loses the connection in the way of this trouble.
    async fn befall(&mut self, trouble: Trouble, mut client: Client) -> End {
        let code = if trouble == Trouble::PageLeft { GOING_AWAY } else { CLOSED_ABNORMALLY };
        if trouble == Trouble::PageLeft {
            drop(timeout(CLOSE_WITHIN, client.close(code, "")).await);
        } else {
            client.abort();
        }
        self.observe(What::Lost { code, reason: format!("{trouble:?}") });
        if trouble == Trouble::Offline {
            self.status.send_modify(|status| status.is_connected = false);
            self.trouble_is_over().await;
        }
        self.trouble = Some(trouble);
        End::Next(Next::AtOnce)
    }

    async fn trouble_is_over(&mut self) {
        while self.troubles.recv().await.is_some_and(|trouble| trouble != Trouble::Over) {}
    }

    /// The last of a connection: says why it is given up, where that is the client's own choice.
    async fn give_up(&self, mut client: Client, error: &ClientError) -> Next {
        let code = match error {
            ClientError::OutOfOrder { prev, at, .. } => {
                self.observe(What::Hole { at: *at, prev: *prev });
                HOLE
            }
            ClientError::Timeout { .. } => QUIET,
            ClientError::Closed { .. } => return self.lost(error),
            _ => HOLE,
        };
        drop(timeout(CLOSE_WITHIN, client.close(code, "")).await);
        self.observe(What::Lost { code, reason: error.to_string() });
        Next::AtOnce
    }

    async fn told(
        &mut self,
        seen: Seen,
        client: &mut Client,
        waiting: &mut Option<v1::Event>,
    ) -> Result<(), ClientError> {
        match seen.kind {
            Told::Welcome(welcome) => self.welcomed(&welcome),
            Told::Snapshot(piece) if !piece.more => self.snapshot(client),
            Told::Event(event) => {
                if seen.is_new && self.events.is_some() {
                    *waiting = Some(event.clone());
                }
                self.observe(What::Event { event: Box::new(event), is_new: seen.is_new });
            }
            Told::Ack(v1::Ack { counter, stored: false, refused: Some(error) }) => {
                if let Some(session) = &mut self.session {
                    session.refused_for_now(counter, error.reason());
                }
            }
            Told::Ack(ack) => {
                let outcome = match &ack.refused {
                    Some(error) => Outcome::Refused(error.reason()),
                    None => Outcome::Accepted { stored: ack.stored },
                };
                self.answered(ack.counter, outcome);
            }
            Told::Stored(stored) => {
                if let Some(session) = &mut self.session {
                    let (id, done) = (session.id.clone(), session.stored(stored.counter));
                    self.finish(&id, done);
                }
            }
            Told::Error(error) if error.counter != 0 => {
                self.answered(error.counter, Outcome::Refused(error.reason()));
            }
            Told::Error(error) => self.observe(What::Error(error.reason())),
            Told::Reset(reset) => {
                self.observe(What::Reset(reset.reason()));
                // Signals to this participant may be among what is gone.
                if let Some(session) = &mut self.session {
                    let message = session.number(Ask::Renegotiate(v1::Renegotiate {}), oneshot::channel().0);
                    self.say(client, message).await?;
                }
            }
            Told::Heartbeat(heartbeat) => {
                if let Some(position) = heartbeat.position {
                    self.observe(What::Cursor(position));
                }
            }
            Told::Snapshot(_)
            | Told::Resumed(_)
            | Told::Drain(_)
            | Told::Permissions(_)
            | Told::IceServers(_) => {}
        }
        let position = client.position();
        if position.is_some() && position != self.position {
            self.position = position;
            self.tell_status();
        }
        Ok(())
    }

    fn answered(&mut self, counter: u64, outcome: Outcome) {
        let Some(session) = &mut self.session else { return };
        let id = session.id.clone();
        match session.answered(counter, outcome) {
            Some(done) => self.finish(&id, vec![done]),
            // A second answer, or one that is not final: the checker wants to know of it.
            None => self.observe(What::Answered { session: id, counter, outcome }),
        }
    }
}

/// Room for one more event; none once nobody takes them any more.
async fn reserve(events: Option<&mpsc::Sender<v1::Event>>) -> Option<mpsc::Permit<'_, v1::Event>> {
    events?.reserve().await.ok()
}
