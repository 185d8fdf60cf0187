//! What the store had taken and has lost, where another room service, which knew less, was the first to write its room
//! back (R8 c). Their senders were told that it is stored and have forgotten it: who has it in memory says it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use switchboard_proto::SessionId;
use tokio::time::Instant;

use super::slot::Slot;
use super::work::{Command, Pending, Work};
use crate::room::{self, Action, Audience, Change, Entry, Room, SessionKey};

impl Slot {
    /// The commands among what this copy knows to have been stored, and `stored` does not have: in order, to be decided
    /// again in that room. Sessions that it does not know join anew and are told nothing of what they had said.
    pub(super) fn lost_commands(&self, stored: &Room) -> Vec<room::Command> {
        let known = self.ring.all().filter(|entry| self.is_stored(entry));
        commands(known, stored)
    }

    /// Decides commands again, before all that waits: that was said later.
    pub(super) fn say_again(&mut self, commands: Vec<room::Command>) {
        for command in commands.into_iter().rev() {
            let work = Work::Command(Command::of_time(command));
            self.queue.push_front(Pending { work, came: self.reads_begun, read: Instant::now() });
        }
    }
}

/// The commands behind `entries` that are not in the history of `stored`. Pure.
fn commands<'a>(entries: impl Iterator<Item = &'a Arc<Entry>>, stored: &Room) -> Vec<room::Command> {
    let mut decided: BTreeMap<&SessionId, u64> = BTreeMap::new();
    let mut commands = Vec::new();
    for entry in entries.filter(|entry| !stored.in_history(entry.position)) {
        let (Some(from), Some(counter)) = (&entry.from, entry.counter) else { continue };
        let Some(action) = action(entry) else { continue };
        let member = stored.member(&from.participant, &from.session);
        let Some(member) = member.filter(|member| member.record.generation == from.generation) else {
            continue;
        };
        let last = decided.entry(&from.session).or_insert(member.counters.last);
        if counter.n <= *last {
            continue;
        }
        let key = SessionKey {
            participant: from.participant.clone(),
            session: from.session.clone(),
            generation: from.generation,
        };
        let after = std::mem::replace(last, counter.n);
        commands.push(room::Command::Session { key, counter: counter.n, after, action });
    }
    commands
}

/// What was asked, from what followed; none of a refusal, which changes nothing.
fn action(entry: &Entry) -> Option<Action> {
    let to = || match &entry.to {
        Audience::Sessions(sessions) => sessions.iter().map(|(participant, _)| participant.clone()).collect(),
        Audience::All | Audience::Silent => Vec::new(),
    };
    Some(match &entry.change {
        Change::Left { .. } => Action::Leave,
        Change::Updated { metadata, .. } => Action::UpdateMetadata(metadata.clone()),
        Change::Shared { share_id, audio, .. } => {
            Action::StartShare { share_id: share_id.clone(), audio: *audio }
        }
        Change::Unshared { .. } => Action::StopShare,
        Change::Signal { kind } => {
            Action::Signal { to: to().into_iter().next()?, kind: kind.0, payload: entry.body.clone() }
        }
        Change::Message {} => Action::Message { to: to(), body: entry.body.clone() },
        Change::Renegotiate {} => Action::Renegotiate,
        _ => return None,
    })
}
