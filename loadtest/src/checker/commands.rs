//! What became of commands: answers, effects, senders.

use std::collections::{HashMap, HashSet};

use switchboard_proto::v1::{self, ErrorReason, client_message::Kind as Ask, event::Event as Kind};

use super::{Change, Entry, History, Observation, Outcome, Violation, What, position, shown};

/// Every *stored* answer has exactly one entry that is no refusal, every *refused* one no effect.
pub(super) fn v6_answers_are_true(history: &History) -> Vec<Violation> {
    let entries = by_command(history);
    let mut found = Vec::new();
    for observation in &history.observations {
        let What::Answered { session, counter, outcome } = &observation.what else { continue };
        let Some(room) = history.room(&observation.room) else { continue };
        let entries = entries.get(&(session.as_str(), *counter)).map_or(&[][..], Vec::as_slice);
        let effects = entries.iter().filter(|entry| entry.change != Change::Refused).count();
        let is_right = match outcome {
            Outcome::Accepted { stored: true } => {
                (effects == 1 && entries.len() == 1) || (entries.is_empty() && !room.is_whole())
            }
            Outcome::Refused(_) => effects == 0,
            Outcome::Accepted { stored: false } | Outcome::Unknown => true,
        };
        if !is_right {
            let what = format!(
                "command {counter} of {session} was answered {outcome:?}, found {effects} effects and {} \
                 refusals in the log",
                entries.len() - effects
            );
            found.push(Violation { assertion: "V6", whom: observation.who(), what });
        }
    }
    found
}

/// A command has one outcome, however often it is told.
pub(super) fn v7_one_outcome(history: &History) -> Vec<Violation> {
    let mut first: HashMap<(&str, u64), bool> = HashMap::new();
    let mut found = Vec::new();
    let mut tell = |observation: &Observation, session, counter, is_accepted: bool| {
        let known = *first.entry((session, counter)).or_insert(is_accepted);
        if known != is_accepted {
            let word = |is_accepted| if is_accepted { "accepted" } else { "refused" };
            let what = format!(
                "command {counter} of {session}: expected {}, as it was told first, found {}",
                word(known),
                word(is_accepted)
            );
            found.push(Violation { assertion: "V7", whom: observation.who(), what });
        }
    };
    for observation in &history.observations {
        match &observation.what {
            What::Answered { session, counter, outcome: Outcome::Accepted { .. } } => {
                tell(observation, session, *counter, true);
            }
            What::Answered { session, counter, outcome: Outcome::Refused(_) } => {
                tell(observation, session, *counter, false);
            }
            What::Resumed { session, refused, .. } => {
                for (counter, _) in refused {
                    tell(observation, session, *counter, false);
                }
            }
            _ => {}
        }
    }
    found
}

/// The effects of a session have rising counters, and what is decided stays decided.
pub(super) fn v8_counters_rise(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &history.rooms {
        let mut newest: HashMap<&str, u64> = HashMap::new();
        for entry in &room.log {
            let Some(from) = entry.from.as_ref().filter(|_| entry.counter != 0) else { continue };
            let newest = newest.entry(&from.session).or_default();
            if entry.counter <= *newest {
                let what = format!("expected a counter above {newest}, found {}", entry.counter);
                let whom = format!("{}/{} at {}", room.room, from.session, shown(entry.position));
                found.push(Violation { assertion: "V8", whom, what });
            }
            *newest = (*newest).max(entry.counter);
        }
    }
    let mut lasts: HashMap<&str, u64> = HashMap::new();
    for observation in &history.observations {
        let What::Resumed { session, last, .. } = &observation.what else { continue };
        let newest = lasts.entry(session).or_default();
        if last < newest {
            let what = format!("expected a last of at least {newest} of {session}, found {last}");
            found.push(Violation { assertion: "V8", whom: observation.who(), what });
        }
        *newest = (*newest).max(*last);
    }
    found
}

/// Who is said not to be in the room was not, where the refusal stands in the log.
pub(super) fn v10_absent_is_absent(history: &History) -> Vec<Violation> {
    let sent = sent(history);
    let mut answers: HashMap<(&str, u64), &Observation> = HashMap::new();
    for observation in &history.observations {
        if let What::Answered { session, counter, outcome } = &observation.what
            && *outcome == Outcome::Refused(ErrorReason::ParticipantNotFound)
        {
            answers.insert((session, *counter), observation);
        }
    }
    let mut found = Vec::new();
    // A log whose beginning is gone does not tell who was there.
    for room in history.rooms.iter().filter(|room| room.is_whole()) {
        let mut members: HashSet<&str> = HashSet::new();
        for entry in &room.log {
            match &entry.change {
                Change::Joined { participant, .. } => drop(members.insert(participant)),
                Change::Left { participant, .. } => drop(members.remove(participant.as_str())),
                _ => {}
            }
            let Some(from) = entry.from.as_ref().filter(|_| entry.change == Change::Refused) else {
                continue;
            };
            let command = (from.session.as_str(), entry.counter);
            let (Some(answer), Some((_, sent))) = (answers.get(&command), sent.get(&command)) else {
                continue;
            };
            let to = match sent {
                Ask::Signal(signal) => std::slice::from_ref(&signal.to),
                Ask::Message(message) => &message.to,
                _ => continue,
            };
            if to.iter().all(|to| members.contains(to.as_str())) {
                let what = format!(
                    "command {} of {} was refused since somebody of {to:?} was not in the room; found all of them there \
                     at {}",
                    command.1,
                    command.0,
                    shown(entry.position)
                );
                found.push(Violation { assertion: "V10", whom: answer.who(), what });
            }
        }
    }
    found
}

/// Who is shown as the sender of an event is who sent just that.
pub(super) fn v12_senders_are_true(history: &History) -> Vec<Violation> {
    let sent = sent(history);
    let mut found = Vec::new();
    for (observation, event) in history.events() {
        let Some(from) = event.from.as_ref().filter(|from| from.counter != 0) else { continue };
        let sender = sent.get(&(from.session_id.as_str(), from.counter));
        let is_true = sender.is_some_and(|(sender, command)| {
            sender.participant == from.participant_id
                && sender.room == observation.room
                && event.event.as_ref().is_some_and(|event| is_of(event, command))
        });
        if !is_true {
            let what = format!(
                "expected what command {} of {} said, {:?}, found {:?} from {}",
                from.counter,
                from.session_id,
                sender.map(|(_, command)| command),
                event.event,
                from.participant_id
            );
            found.push(Violation { assertion: "V12", whom: observation.at_position(position(event)), what });
        }
    }
    found
}

/// Every event that was told as stored is in the log, as it was told. Where the store lost it and somebody else was first
/// to write (R8 c), its command was decided again and is in the log at another place, or it was no command and whoever was
/// told of it was reset: the room as it is takes its place (V3).
pub(super) fn v21_what_was_told_is_stored(history: &History) -> Vec<Violation> {
    let mut entries: HashMap<(&str, u64), &Entry> = HashMap::new();
    for room in &history.rooms {
        entries.extend(room.log.iter().map(|entry| ((room.room.as_str(), entry.position.seq), entry)));
    }
    let commands = by_command(history);
    let mut found = Vec::new();
    for (observation, event, is_kept) in history.events_kept().filter(|(_, event, _)| event.stored) {
        let at = position(event);
        let Some(room) = history.room(&observation.room) else { continue };
        let first_kept = room.log.first().map_or(u64::MAX, |entry| entry.position.seq);
        if at.seq < first_kept {
            continue;
        }
        let entry = entries.get(&(room.room.as_str(), at.seq)).filter(|entry| entry.position == at);
        if entry.is_none() && !is_kept {
            let command = event.from.as_ref().filter(|from| from.counter != 0);
            let again = command.and_then(|from| commands.get(&(from.session_id.as_str(), from.counter)));
            if command.is_none() || again.is_some() {
                continue;
            }
        }
        if entry.is_none_or(|entry| entry.told != event.event) {
            let what = format!("expected {:?} in the log, found {entry:?}", event.event);
            found.push(Violation { assertion: "V21", whom: observation.at_position(at), what });
        }
    }
    found
}

/// Each command as it was sent, by session and counter.
fn sent(history: &History) -> HashMap<(&str, u64), (&Observation, &Ask)> {
    let sent = history.observations.iter().filter_map(|observation| match &observation.what {
        What::Sent { session, counter, command, .. } => {
            Some(((session.as_str(), *counter), (observation, command)))
        }
        _ => None,
    });
    sent.collect()
}

/// The entries of each command.
fn by_command(history: &History) -> HashMap<(&str, u64), Vec<&Entry>> {
    let mut entries = HashMap::<_, Vec<_>>::new();
    for entry in history.rooms.iter().flat_map(|room| &room.log) {
        if let Some(from) = entry.from.as_ref().filter(|_| entry.counter != 0) {
            entries.entry((from.session.as_str(), entry.counter)).or_default().push(entry);
        }
    }
    entries
}

/// Whether the event is an effect of the command.
fn is_of(event: &Kind, command: &Ask) -> bool {
    match (event, command) {
        (Kind::MessageReceived(told), Ask::Message(said)) => told.body == said.body,
        (Kind::SignalReceived(told), Ask::Signal(said)) => {
            told.payload == said.payload && told.kind == said.kind
        }
        (Kind::ParticipantUpdated(told), Ask::UpdateMetadata(said)) => told.metadata == said.metadata,
        (Kind::ShareStarted(told), Ask::StartShare(said)) => {
            told.share.as_ref().map(|share: &v1::Share| &share.share_id) == Some(&said.share_id)
        }
        (Kind::ShareEnded(_), Ask::StopShare(_) | Ask::StartShare(_) | Ask::Leave(_))
        | (Kind::RenegotiateRequested(_), Ask::Renegotiate(_))
        | (Kind::ParticipantLeft(_), Ask::Leave(_)) => true,
        _ => false,
    }
}
