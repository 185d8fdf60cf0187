//! Whether what clients saw and what the store has in the end keep the promises.
//!
//! Each assertion is a function of its own, named as in the design: V1, V3 to V8, V10 to V18, V20 to V22. The others
//! look into the processes and are held elsewhere: V2 and V9 by the tests of the room service, V19 and V23 by the
//! simulation, which sees memory, V24 by the partition's tests; V25 is this module's own tests.

mod commands;
mod history;
mod log;
mod sessions;
#[cfg(test)]
mod tests;
mod told;

use std::fmt;

use switchboard_proto::{Epoch, Position, v1};

pub use history::{Audience, Author, Change, Entry, Observation, Outcome, StoredRoom, What};

/// All that is known of a run once it is quiet.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Of all clients; those of one client in its order.
    pub observations: Vec<Observation>,
    /// The rooms in the store.
    pub rooms: Vec<StoredRoom>,
    /// Whether a reset had a cause: the store lost data, or a log's cap was reached.
    pub may_reset: bool,
    /// Whether somebody whose socket is open may be shown as reconnecting: a gateway had no link, for a lease, to a room
    /// service that reached the store.
    pub may_flap: bool,
    /// Whether a lease and a window have passed since the last fault, and all clients are still there.
    pub is_at_rest: bool,
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which, as in `V4`.
    pub assertion: &'static str,
    /// Whom it befell, and where.
    pub whom: String,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.assertion, self.whom, self.what)
    }
}

/// All violations, in the order of the assertions.
#[must_use]
pub fn check(history: &History) -> Vec<Violation> {
    let assertions: [fn(&History) -> Vec<Violation>; 19] = [
        told::v1_one_content_a_position,
        told::v3_replay_gives_the_room,
        told::v4_every_event_follows,
        told::v5_everything_visible_was_applied,
        commands::v6_answers_are_true,
        commands::v7_one_outcome,
        commands::v8_counters_rise,
        commands::v10_absent_is_absent,
        log::v11_senders_were_current,
        commands::v12_senders_are_true,
        log::v13_one_session_a_participant,
        log::v14_nobody_expires_early,
        sessions::v15_open_sockets_are_members,
        sessions::v16_everybody_recorded_is_there,
        sessions::v17_no_good_resume_is_refused,
        told::v18_no_reset_without_cause,
        log::v20_epochs_are_terms,
        commands::v21_what_was_told_is_stored,
        log::v22_closed_is_closed,
    ];
    assertions.iter().flat_map(|assertion| assertion(history)).collect()
}

impl History {
    fn room(&self, id: &str) -> Option<&StoredRoom> {
        self.rooms.iter().find(|room| room.room == id)
    }

    /// The clients, each with what it did and saw.
    fn clients(&self) -> Vec<Vec<&Observation>> {
        let mut clients = std::collections::BTreeMap::<u64, Vec<_>>::new();
        for observation in &self.observations {
            clients.entry(observation.client).or_default().push(observation);
        }
        clients.into_values().collect()
    }

    /// All events that clients were told, each with whether the client relies on it at the end. Where the store may lose
    /// what it had, somebody may have been told what is in no history any more, and is then reset: nobody keeps it.
    fn events_kept(&self) -> impl Iterator<Item = (&Observation, &v1::Event, bool)> {
        self.clients().into_iter().flat_map(|client| {
            let begins_anew = |o: &&Observation| matches!(o.what, What::Reset(_) | What::Welcome { .. });
            let anew = client.iter().rposition(begins_anew).filter(|_| self.may_reset).unwrap_or_default();
            client.into_iter().enumerate().filter_map(move |(n, observation)| match &observation.what {
                What::Event { event, .. } => Some((observation, &**event, n >= anew)),
                _ => None,
            })
        })
    }

    fn events(&self) -> impl Iterator<Item = (&Observation, &v1::Event)> {
        self.observations.iter().filter_map(|observation| match &observation.what {
            What::Event { event, .. } => Some((observation, &**event)),
            _ => None,
        })
    }
}

impl StoredRoom {
    /// Whether the log has its first entry still: then it tells the whole life of the room.
    fn is_whole(&self) -> bool {
        self.log.first().is_some_and(|entry| entry.position.seq == 1)
    }

    /// Whether `position` is one of this room's history, R6.
    fn in_history(&self, position: v1::Position) -> bool {
        let ended = || self.past.iter().find(|past| past.epoch == position.epoch);
        if position.epoch == self.head.epoch {
            position.seq <= self.head.seq
        } else {
            ended().is_some_and(|past| position.seq <= past.seq)
        }
    }
}

impl Observation {
    fn at_position(&self, position: v1::Position) -> String {
        format!("{}/{} (client {}) at {}", self.room, self.participant, self.client, shown(position))
    }

    fn who(&self) -> String {
        format!("{}/{} (client {})", self.room, self.participant, self.client)
    }
}

fn shown(position: v1::Position) -> Position {
    Position::new(Epoch(position.epoch), position.seq)
}

fn position(event: &v1::Event) -> v1::Position {
    event.position.unwrap_or_default()
}
