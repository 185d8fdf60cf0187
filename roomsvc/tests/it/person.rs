//! One participant on a link of its own, which does what a gateway and a browser do.

use std::collections::{BTreeSet, VecDeque};

use switchboard_proto::v1::link_response_item::Item;
use switchboard_proto::v1::{self, event::Event};

use crate::support::{DEADLINE, RawLink, RoomService};

/// One participant on a link of its own, which notes what it is told.
pub(crate) struct Person {
    pub(crate) link: RawLink,
    pub(crate) name: &'static str,
    pub(crate) session: String,
    /// Its resume token.
    pub(crate) token: String,
    pub(crate) counter: u64,
    pub(crate) at: v1::Position,
    /// What was said and is not stored yet: counter and body.
    pub(crate) unstored: VecDeque<(u64, String)>,
    pub(crate) heard: Vec<String>,
    /// Messages had, by their sender's session and counter: a fork's may come again.
    had: BTreeSet<(String, u64)>,
    pub(crate) resets: Vec<v1::ResetReason>,
    pub(crate) refused: Vec<v1::SessionRefused>,
    /// Commands that were not taken, and why.
    pub(crate) not_taken: Vec<(u64, v1::ErrorReason)>,
    /// What it was told of the store.
    pub(crate) degraded: Vec<bool>,
    /// Whether each event that came was stored.
    pub(crate) stored_events: Vec<bool>,
    /// Sessions that the room had forgotten.
    pub(crate) forgotten: Vec<String>,
    /// It joins anew, and has not been answered.
    joins_anew: bool,
}

impl Person {
    pub(crate) async fn join(service: &RoomService, name: &'static str, session: &str) -> Self {
        Self::join_room(service, "r", name, session).await
    }

    pub(crate) async fn join_room(
        service: &RoomService,
        room: &str,
        name: &'static str,
        session: &str,
    ) -> Self {
        let mut link = service.link(&format!("gateway-of-{name}"), room).await;
        let (snapshot, token) = link.join_with_token(name, session).await;
        let at = snapshot.position.expect("is told");
        let (unstored, heard, had, resets, refused) = Default::default();
        let (not_taken, degraded, stored_events, forgotten) = Default::default();
        let session = session.to_owned();
        Self {
            link,
            name,
            session,
            token,
            counter: 0,
            at,
            unstored,
            heard,
            had,
            resets,
            refused,
            not_taken,
            degraded,
            stored_events,
            forgotten,
            joins_anew: false,
        }
    }

    pub(crate) async fn say(&mut self, body: &str) {
        self.counter += 1;
        self.unstored.push_back((self.counter, body.to_owned()));
        self.link.message(self.name, &self.session, self.counter, body).await;
    }

    /// Takes the next thing that it is told, as a gateway does.
    pub(crate) async fn take(&mut self) {
        match self.link.next().await {
            Item::Event(v1::LinkEvent { event: Some(event), .. }) => {
                assert_eq!(
                    event.prev,
                    Some(self.at),
                    "invariant 4: {} has a hole before {event:?}",
                    self.name
                );
                self.at = event.position.expect("has one");
                self.stored_events.push(event.stored);
                let from = event.from.clone().unwrap_or_default();
                match event.event {
                    Some(Event::MessageReceived(message))
                        if self.had.insert((from.session_id, from.counter)) =>
                    {
                        self.heard.push(message.body);
                    }
                    Some(Event::ParticipantReconnecting(_) | Event::ParticipantLeft(_)) => {
                        panic!("invariant 6: {event:?}")
                    }
                    _ => {}
                }
            }
            Item::Ack(ack) if ack.session_id == self.session => {
                assert_eq!(ack.refused(), v1::ErrorReason::Unspecified, "{ack:?}");
                if ack.stored {
                    self.unstored.retain(|(counter, _)| *counter != ack.counter);
                }
            }
            Item::Stored(stored) if stored.session_id == self.session => {
                self.unstored.retain(|(counter, _)| *counter > stored.counter);
            }
            Item::Hole(hole) => {
                // All that is held above `last` is sent again, in order, the first with `after` = `last`.
                let mut after = hole.last;
                for (counter, body) in self.unstored.iter().filter(|(counter, _)| *counter > hole.last) {
                    self.link.message_after(self.name, &self.session, *counter, after, body).await;
                    after = *counter;
                }
            }
            Item::Reset(reset) => self.resets.push(reset.reason()),
            Item::Snapshot(v1::LinkSnapshot { snapshot: Some(piece), session_id, .. }) => {
                // One for no session is that of the room, before the join is in it.
                self.joins_anew &= session_id != self.session;
                if let Some(position) = piece.position {
                    self.at = position;
                }
            }
            Item::Refused(refused) => self.refused.push(refused),
            Item::Busy(busy) if busy.reason() != v1::ErrorReason::Unspecified => {
                self.unstored.retain(|(counter, _)| *counter != busy.counter);
                self.not_taken.push((busy.counter, busy.reason()));
            }
            Item::Degraded(told) => self.degraded.push(told.degraded),
            Item::Attached(attached) => {
                let unknown = |told: &&v1::SessionStanding| told.standing() == v1::Standing::Unknown;
                if let Some(told) = attached.sessions.iter().find(unknown) {
                    // The room has forgotten this session: the socket joins anew, and its browser counts from 1.
                    self.forgotten.push(told.session_id.clone());
                    self.session = format!("{}-again", told.session_id);
                    (self.counter, self.unstored) = Default::default();
                    self.joins_anew = true;
                    self.link.send_join_again(self.name, &self.session).await;
                }
            }
            _ => {}
        }
    }

    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waited = tokio::time::timeout(DEADLINE, async {
            while !holds(self) {
                self.take().await;
            }
        });
        if waited.await.is_err() {
            panic!(
                "{}: not in time: {what}; heard {:?}, unstored {:?}, at {:?}, forgotten {:?}",
                self.name, self.heard, self.unstored, self.at, self.forgotten
            );
        }
    }

    pub(crate) async fn hears(&mut self, body: &str) {
        self.until(body, |person| person.heard.iter().any(|heard| heard == body)).await;
    }

    /// Waits until it is in the room with all that it has said: what others say from then on, it hears.
    pub(crate) async fn stored(&mut self) {
        self.until("all is stored", |person| person.unstored.is_empty() && !person.joins_anew).await;
    }
}
