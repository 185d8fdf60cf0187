//! The rooms of a link that hear what a room service says, for the fuzz targets and the measurements of `bench/`,
//! and nobody else.

use std::sync::Arc;
use std::time::Duration;

use switchboard_proto::v1::link_response_item::Item as In;
use switchboard_proto::v1::{self, LinkRequest, LinkResponse};
use switchboard_proto::{ConnectionId, ParticipantId, Position, ResumeToken, RoomId, SessionId};
use tokio::time::Instant;

use super::rooms::Rooms as Inner;
use super::{Beginning, LinkInput, Manner, What};
use crate::codec::Encoding;
use crate::config::{BUSY_BACKOFF, Config, LINK_BATCH_BYTES, LINK_BATCH_ITEMS, OUTBOX_BYTES_MAX};
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::placement::Placement;
use crate::session::{Begin, Identity};

/// The room that they are in.
pub const ROOM: &str = "r";
/// The sessions: two that join, one that resumes, one of Socket.IO; each of the participant of that name.
const SESSIONS: [&str; 4] = ["s1", "s2", "s3", "s4"];

/// What the rooms of every run share.
#[derive(Debug, Clone)]
pub struct Shared {
    metrics: Arc<Metrics>,
    placement: Arc<Placement>,
}

/// The rooms of one link, with somebody in them.
pub struct Rooms {
    inner: Inner,
    outboxes: Vec<Arc<Outbox>>,
    now: Instant,
}

impl Rooms {
    /// What is costly to make. Nothing is connected. Has to be called within a runtime; nothing where a URL is none.
    #[must_use]
    pub fn shared() -> Option<Shared> {
        let metrics = Arc::new(Metrics::new());
        let config = Config { room_services: vec!["http://127.0.0.1:1".into()], ..Config::default() };
        let placement =
            Placement::new(&config, Arc::clone(&metrics), |endpoint| endpoint.connect_lazy()).ok()?;
        Some(Shared { metrics, placement: Arc::new(placement) })
    }

    /// A link that is up, and four sessions in room `r` that wait for their answers; nothing where an id is none.
    #[must_use]
    pub fn new(shared: &Shared) -> Option<Self> {
        let mut rooms = Self::empty(shared);
        let socketio = Manner::Events { resume_window: Duration::from_secs(8) };
        let manners = [
            Manner::Frames(Encoding::Json),
            Manner::Frames(Encoding::Protobuf),
            Manner::Frames(Encoding::Json),
            socketio,
        ];
        for (n, (name, manner)) in SESSIONS.into_iter().zip(manners).enumerate() {
            let (generation, begin) = match n {
                2 => (2, Begin::Resume { token: ResumeToken::parse("t").ok()?, position: Position::ZERO }),
                _ => (1, Begin::Join { metadata: String::new() }),
            };
            rooms.begin(name, generation, begin, manner)?;
        }
        Some(rooms)
    }

    /// A link that is up, and so many sessions in room `r` that speak JSON, have joined and were told all up to `at`;
    /// nothing where an id is none.
    #[must_use]
    pub fn hot(shared: &Shared, people: usize, at: Position) -> Option<Self> {
        let mut rooms = Self::empty(shared);
        for n in 0..people {
            let name = format!("s{n}");
            let begin = Begin::Join { metadata: String::new() };
            rooms.begin(&name, 1, begin, Manner::Frames(Encoding::Json))?;
            let (room_id, session_id, position) = (ROOM.to_owned(), name, Some(at.into()));
            // A session is told events only once it was told that it joined, and the whole snapshot.
            let snapshot = Some(v1::Snapshot { position, ..v1::Snapshot::default() });
            let snapshot =
                v1::LinkSnapshot { room_id: room_id.clone(), session_id: session_id.clone(), snapshot };
            let joined = v1::Joined { room_id, session_id, position, ..v1::Joined::default() };
            rooms
                .hear(LinkResponse { items: vec![In::Joined(joined).into(), In::Snapshot(snapshot).into()] });
        }
        drop(rooms.said());
        rooms.drain();
        Some(rooms)
    }

    fn empty(shared: &Shared) -> Self {
        let now = Instant::now();
        let mut inner = Inner::new(Arc::clone(&shared.metrics), Arc::clone(&shared.placement));
        inner.linked(false, now);
        Self { inner, outboxes: Vec::new(), now }
    }

    fn begin(&mut self, name: &str, generation: u64, begin: Begin, manner: Manner) -> Option<()> {
        let identity = Identity {
            room: RoomId::parse(ROOM).ok()?,
            participant: ParticipantId::parse(name).ok()?,
            session: SessionId::parse(name).ok()?,
            connection: ConnectionId::parse(name).ok()?,
            generation,
        };
        let outbox = Arc::new(Outbox::new(OUTBOX_BYTES_MAX));
        self.outboxes.push(Arc::clone(&outbox));
        let (room, session) = (identity.room.clone(), identity.session.clone());
        let connection = identity.connection.clone();
        let what = What::Begin(Box::new(Beginning { identity, begin, manner, outbox }));
        self.inner.input(LinkInput { room, session, connection, what });
        Some(())
    }

    /// The room service says something; then some time goes by.
    pub fn hear(&mut self, response: LinkResponse) {
        for item in response.items.into_iter().filter_map(|item| item.item) {
            self.inner.response(item, self.now);
        }
        self.now += BUSY_BACKOFF * 2;
        self.inner.tick(self.now);
    }

    /// What goes out to the room service, as it is batched.
    pub fn said(&mut self) -> Vec<LinkRequest> {
        let mut batches = Vec::new();
        while self.inner.has_output() {
            batches.push(self.inner.batch(LINK_BATCH_ITEMS, LINK_BATCH_BYTES));
        }
        batches
    }

    /// What was told to the sockets, for people.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let items = self.outboxes.iter().flat_map(|outbox| std::iter::from_fn(|| outbox.pop()));
        items.map(|item| format!("{item:?}")).collect()
    }
    /// Takes out what was told to the sockets; gives how much that was.
    pub fn drain(&self) -> usize {
        self.outboxes.iter().map(|outbox| std::iter::from_fn(|| outbox.pop()).count()).sum()
    }
}
