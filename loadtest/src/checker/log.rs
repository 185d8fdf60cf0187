//! The log by itself: who was in the room at each entry, and how sessions, epochs and rooms end.

use std::collections::{HashMap, HashSet};

use switchboard_proto::v1::LeaveReason;

use super::{Change, Entry, History, StoredRoom, Violation, shown};

/// The sender of each entry was the participant's session at that moment, at that generation.
pub(super) fn v11_senders_were_current(history: &History) -> Vec<Violation> {
    // A log whose beginning is gone does not tell who was there.
    let whole = history.rooms.iter().filter(|room| room.is_whole());
    let mut found = Vec::new();
    for room in whole {
        let mut current: HashMap<&str, (&str, u64)> = HashMap::new();
        for entry in &room.log {
            match &entry.change {
                Change::Joined { participant, session } => {
                    current.insert(participant, (session, 1));
                    continue;
                }
                Change::Resumed { participant, session, generation } => {
                    let known = current.insert(participant, (session, *generation));
                    if known.is_none_or(|(known, g)| known != session || g >= *generation) {
                        let what = format!(
                            "expected a resume of the current session with a higher generation than {known:?}, \
                             found {session} with {generation}"
                        );
                        found.push(violation("V11", room, entry, what));
                    }
                    continue;
                }
                _ => {}
            }
            if let Some(from) = &entry.from {
                let known = current.get(from.participant.as_str()).copied();
                if known != Some((&from.session, from.generation)) {
                    let what = format!(
                        "expected the current session of {}, {known:?}, found {} with generation {}",
                        from.participant, from.session, from.generation
                    );
                    found.push(violation("V11", room, entry, what));
                }
            }
            if let Change::Left { participant, .. } = &entry.change {
                current.remove(participant.as_str());
            }
        }
    }
    found
}

/// Never two sessions of a participant at once, and no word of a session after its end.
pub(super) fn v13_one_session_a_participant(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &history.rooms {
        let mut current: HashMap<&str, &str> = HashMap::new();
        let mut ended: HashSet<&str> = HashSet::new();
        for entry in &room.log {
            if let Some(from) = entry.from.as_ref().filter(|from| ended.contains(from.session.as_str())) {
                let what = format!("expected nothing of {} after its end", from.session);
                found.push(violation("V13", room, entry, what));
            }
            match &entry.change {
                Change::Joined { participant, session } => {
                    if let Some(older) = current.insert(participant, session) {
                        let what =
                            format!("expected {older} of {participant} to have ended before {session}");
                        found.push(violation("V13", room, entry, what));
                    }
                }
                Change::Left { participant, session, .. } => {
                    current.remove(participant.as_str());
                    ended.insert(session);
                }
                _ => {}
            }
        }
    }
    found
}

/// Who expired had been reconnecting for the whole of its window.
pub(super) fn v14_nobody_expires_early(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &history.rooms {
        let mut until: HashMap<&str, u64> = HashMap::new();
        for entry in &room.log {
            match &entry.change {
                Change::Reconnecting { session, until_ms, .. } => {
                    until.insert(session, *until_ms);
                }
                Change::Resumed { session, .. } | Change::Present { session, .. } => {
                    until.remove(session.as_str());
                }
                Change::Left { session, reason: LeaveReason::Expired, .. } => {
                    match until.remove(session.as_str()) {
                        Some(until) if entry.at_ms >= until => {}
                        None if !room.is_whole() => {}
                        until => {
                            let what = format!(
                                "expected {session} to expire at {until:?} of the store or later, found {}",
                                entry.at_ms
                            );
                            found.push(violation("V14", room, entry, what));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Epochs are terms: each ends once, and seq goes on through all of them.
pub(super) fn v20_epochs_are_terms(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &history.rooms {
        let epochs: Vec<_> = room.past.iter().chain([&room.head]).collect();
        let rises = epochs.windows(2).all(|pair| pair[0].seq <= pair[1].seq);
        let distinct: HashSet<_> = epochs.iter().map(|position| position.epoch).collect();
        if !rises || distinct.len() != epochs.len() {
            let what = format!("expected ended epochs to differ and to rise in seq, found {:?}", room.past);
            found.push(Violation { assertion: "V20", whom: room.room.clone(), what });
        }
        for pair in room.log.windows(2) {
            let (one, two) = (pair[0].position, pair[1].position);
            if two.seq != one.seq + 1 {
                let what = format!("expected seq {} in the log, found {}", one.seq + 1, two.seq);
                found.push(violation("V20", room, &pair[1], what));
            }
        }
        for entry in room.log.iter().filter(|entry| !room.in_history(entry.position)) {
            let what = format!("expected a position of the history that ends at {}", shown(room.head));
            found.push(violation("V20", room, entry, what));
        }
    }
    for (observation, event, is_kept) in history.events_kept() {
        let Some(room) = history.room(&observation.room) else { continue };
        let prev = event.prev.unwrap_or_default();
        let is_known = room.past.len() < PAST_MAX;
        if is_kept && event.stored && is_known && !room.in_history(prev) {
            let what = format!("expected prev {} in the room's history", shown(prev));
            let whom = observation.at_position(super::position(event));
            found.push(Violation { assertion: "V20", whom, what });
        }
    }
    found
}

/// Ended epochs that a room remembers.
const PAST_MAX: usize = 8;

/// A closed room takes no entry, and is not open at rest.
pub(super) fn v22_closed_is_closed(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &history.rooms {
        let Some(at) = room.log.iter().position(|entry| entry.change == Change::Closed) else { continue };
        for entry in &room.log[at + 1..] {
            found.push(violation("V22", room, entry, "expected no entry after the room's end".into()));
        }
        if room.is_open {
            let what = "expected the room to be closed, as its log says".into();
            found.push(violation("V22", room, &room.log[at], what));
        }
    }
    found
}

fn violation(assertion: &'static str, room: &StoredRoom, entry: &Entry, what: String) -> Violation {
    Violation { assertion, whom: format!("{} at {}", room.room, shown(entry.position)), what }
}
