//! Sessions at rest, and those that were turned away.

use std::collections::HashSet;

use switchboard_proto::v1::{LeaveReason, ParticipantState, client_message::Kind as Ask};

use super::told::End;
use super::{Change, History, Violation, What};

/// The close code of a session that can't be taken up.
const SESSION_GONE: u16 = 4001;
/// The close code of a session whose place was taken.
const SUPERSEDED: u16 = 4004;

/// Whose socket was open all the time is never shown as reconnecting, and does not leave.
pub(super) fn v15_open_sockets_are_members(history: &History) -> Vec<Violation> {
    if history.may_flap {
        return Vec::new();
    }
    let mut open = HashSet::new();
    for client in history.clients() {
        let mut session = "";
        for observation in client {
            match &observation.what {
                What::Welcome { session: new, .. } => {
                    session = new;
                    open.insert(session);
                }
                What::Lost { .. } | What::Stopped | What::Sent { command: Ask::Leave(_), .. } => {
                    open.remove(session);
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for room in &history.rooms {
        for entry in &room.log {
            let session = match &entry.change {
                Change::Reconnecting { session, .. }
                | Change::Left { session, reason: LeaveReason::Expired | LeaveReason::Left, .. } => session,
                _ => continue,
            };
            if open.contains(session.as_str()) {
                let what = format!(
                    "expected {session} to be joined, since its socket is open; found {:?}",
                    entry.change
                );
                found.push(Violation { assertion: "V15", whom: room.room.clone(), what });
            }
        }
    }
    found
}

/// At rest every recorded session has an open socket, and every open socket a recorded session.
pub(super) fn v16_everybody_recorded_is_there(history: &History) -> Vec<Violation> {
    if !history.is_at_rest {
        return Vec::new();
    }
    let clients = history.clients();
    let ends = clients.iter().filter_map(|client| Some((client[0], End::of(client)?)));
    let open: Vec<_> = ends.filter(|(_, end)| end.is_connected).collect();
    let mut found = Vec::new();
    for room in &history.rooms {
        for participant in &room.participants {
            let whom = format!("{}/{}", room.room, participant.participant_id);
            let session = &participant.session_id;
            if !open.iter().any(|(_, end)| &end.session == session) {
                let what = format!("expected an open socket of {session}, which the store has");
                found.push(Violation { assertion: "V16", whom, what });
            } else if participant.state() != ParticipantState::Joined {
                let what = format!("expected {session} to be joined, found {:?}", participant.state());
                found.push(Violation { assertion: "V16", whom, what });
            }
        }
        for (observation, end) in open.iter().filter(|(observation, _)| observation.room == room.room) {
            if !end.is_member(room) {
                let what = format!("expected {} in the store, since its socket is open", end.session);
                found.push(Violation { assertion: "V16", whom: observation.who(), what });
            }
        }
    }
    found
}

/// A resume is refused only if its session has ended. That it did not end too early is V14.
pub(super) fn v17_no_good_resume_is_refused(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for observation in &history.observations {
        let What::NotTaken { session, code } = &observation.what else { continue };
        let Some(room) = history.room(&observation.room) else { continue };
        if session.is_empty() || !matches!(*code, SESSION_GONE | SUPERSEDED) {
            continue;
        }
        let of = |change: &Change, want_end: bool| match change {
            Change::Joined { session: other, .. } => !want_end && other == session,
            Change::Left { session: other, .. } => want_end && other == session,
            _ => false,
        };
        let began = room.log.iter().any(|entry| of(&entry.change, false));
        let ended = room.log.iter().any(|entry| of(&entry.change, true));
        if began && !ended {
            let what = format!("expected {session} to be taken up, since it has not ended; found {code}");
            found.push(Violation { assertion: "V17", whom: observation.who(), what });
        }
    }
    found
}
