//! What follows when a room in memory and the store's differ (R8), as pure rules: one procedure for the store's return,
//! a failover and an emptied store.

use std::sync::Arc;

use switchboard_proto::{Epoch, Millis, Position};

use super::batch;
use crate::room::{Audience, Change, Entry, Phase, Room, Touched, fields};
use crate::store::Append;

/// How the room in memory stands to the store's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// They are the same.
    None,
    /// R8 a: the store went on from where memory stands.
    Behind,
    /// R8 b: memory went on from where the store stands.
    Ahead,
    /// R8 c: neither.
    Diverged,
}

/// How `mine` stands to what is `stored`; `None`: the store has no such room, which counts as the beginning of any.
pub(super) fn compare(mine: &Room, stored: Option<&Room>) -> Difference {
    let head = stored.map_or(Position::ZERO, Room::head);
    if head == mine.head() {
        Difference::None
    } else if stored.is_some_and(|stored| stored.in_history(mine.head())) {
        Difference::Behind
    } else if mine.in_history(head) || is_new_in_place_of(mine, stored) {
        Difference::Ahead
    } else {
        Difference::Diverged
    }
}

/// Whether `mine` was made while the store was away, and what is stored is a tombstone: a name may be used again.
fn is_new_in_place_of(mine: &Room, stored: Option<&Room>) -> bool {
    stored.is_some_and(|stored| stored.phase() == Phase::Closed && mine.created_at > stored.created_at)
}

/// The append that makes the store's room `mine`: the entries that memory still has beyond what is stored, and all
/// fields. With `fresh`, an epoch begins behind them: whoever else had seen some of them can't go on beside us under
/// the same numbers (S17). A fork has begun one already.
///
/// Where no entry is beyond what is stored, though the positions differ, one is made: the fork's epoch has no other.
/// Behind the end of a closed room none is, and need not be: nobody goes on from there.
///
/// `None` if the two stand at the same place, or the name was used again and its beginning is not at hand any more.
pub(super) fn write_back(
    mine: &Room,
    stored: Option<&Room>,
    entries: &[Arc<Entry>],
    fresh: Option<Epoch>,
    write: Write,
) -> Option<(Append, Option<Arc<Entry>>)> {
    let head = stored.map_or(Position::ZERO, Room::head);
    let again = is_new_in_place_of(mine, stored);
    let mut after = mine.clone();
    let from = if again { 0 } else { head.seq };
    let mut entries: Vec<Entry> =
        entries.iter().filter(|entry| entry.position.seq > from).map(|entry| (**entry).clone()).collect();
    if again && entries.first().is_none_or(|entry| entry.position.seq != 1) {
        return None;
    }
    let closed = mine.phase() == Phase::Closed;
    if entries.is_empty() && (closed || mine.head() == head) {
        return None;
    }
    let own = entries.is_empty().then_some(mine.head().epoch);
    let marker = fresh.or(own).filter(|_| !closed).map(|epoch| {
        let entry = Entry {
            position: Position::new(epoch, mine.head().seq + 1),
            at: write.now,
            from: None,
            counter: None,
            request: None,
            trace: None,
            to: Audience::Silent,
            change: Change::EpochBegan {},
            body: String::new(),
        };
        after.absorb(&entry);
        Arc::new(entry)
    });
    entries.extend(marker.iter().map(|entry| (**entry).clone()));
    let touched = Touched { everything: true, ..Touched::default() };
    let mut fields = fields(&after, &touched);
    // Whom the store has and the room has no more.
    let gone = stored.into_iter().flat_map(|room| room.members.keys());
    for participant in gone.filter(|participant| !after.members.contains_key(*participant)) {
        fields.push((format!("p:{participant}"), None));
        fields.push((format!("c:{participant}"), None));
    }
    let append = Append {
        room: mine.id().clone(),
        expect: stored.map(Room::head),
        entries,
        fields,
        tombstone_ms: closed.then(|| after.tombstone_ms(write.now)),
        next_look: Some(batch::look_at(&after, write.now, write.look_interval_ms)),
        requests: Vec::new(),
        by: write.by,
        now: write.now,
        keep_ms: batch::keep_ms(&after),
        // The fence of the server that lost something is not this one's: the epoch is new in any case.
        begins_epoch: true,
    };
    Some((append, marker))
}

/// What an append needs beside the room.
pub(super) struct Write {
    pub(super) by: String,
    pub(super) now: Millis,
    pub(super) look_interval_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::{Action, Command, Context, SessionKey, Verdict};
    use switchboard_proto::{ConnectionId, GatewayId, ParticipantId, RoomId, SessionId};

    const NOW: Millis = Millis(1_000);

    fn key() -> SessionKey {
        let participant = ParticipantId::parse("alice").expect("is an id");
        SessionKey { participant, session: SessionId::parse("s1").expect("is an id"), generation: 1 }
    }

    /// `room` after `command`, in an epoch of its own where one is given.
    fn after(room: &Room, command: &Command, epoch: Option<u64>) -> (Room, Vec<Arc<Entry>>) {
        let (fresh, begin_epoch) = (Epoch(epoch.unwrap_or(1)), epoch.is_some());
        let Verdict::Append(entries, _) = room.decide(command, Context { now: NOW, fresh, begin_epoch })
        else {
            panic!("{command:?} has entries")
        };
        let mut room = room.clone();
        for entry in &entries {
            room.absorb(entry);
        }
        (room, entries.into_iter().map(Arc::new).collect())
    }

    fn joined() -> Room {
        let join = Command::Join {
            key: key(),
            connection: ConnectionId::parse("c1").expect("is an id"),
            gateway: GatewayId::parse("g1").expect("is an id"),
            asked_at: NOW,
            metadata: String::new(),
            resubmitted: false,
            window_ms: None,
        };
        after(&Room::absent(RoomId::parse("r").expect("is an id")), &join, None).0
    }

    fn say(counter: u64) -> Command {
        let action = Action::Message { to: Vec::new(), body: format!("m{counter}") };
        Command::Session { key: key(), counter, after: counter - 1, action }
    }

    fn write() -> Write {
        Write { by: "me/1".into(), now: NOW, look_interval_ms: 1_000 }
    }

    #[test]
    fn rooms_are_compared_by_their_histories() {
        let base = joined();
        let (one, _) = after(&base, &say(1), None);
        let (fork, _) = after(&base, &say(1), Some(7));
        let (other, _) = after(&base, &say(1), Some(8));
        let cases = [
            (&base, Some(&base), Difference::None),
            (&base, Some(&one), Difference::Behind),
            (&base, Some(&fork), Difference::Behind),
            (&one, Some(&base), Difference::Ahead),
            (&fork, Some(&base), Difference::Ahead),
            (&fork, None, Difference::Ahead),
            (&fork, Some(&other), Difference::Diverged),
            // The unclear append with which the outage began was stored after all.
            (&fork, Some(&one), Difference::Diverged),
        ];
        for (n, (mine, stored, want)) in cases.into_iter().enumerate() {
            assert_eq!(compare(mine, stored), want, "case {n}");
        }
    }

    #[test]
    fn a_name_used_again_takes_the_place_of_its_tombstone() {
        let (closed, _) =
            after(&joined(), &Command::Api { request: None, action: crate::room::ApiAction::Close }, None);
        let mut again = joined();
        again.created_at = Millis(2_000);
        again.head.epoch = Epoch(7);
        assert_eq!(compare(&again, Some(&closed)), Difference::Ahead);
        assert!(
            write_back(&again, Some(&closed), &[], None, write()).is_none(),
            "its beginning is not at hand"
        );
    }

    #[test]
    fn what_is_written_back_follows_what_is_stored_and_names_who_left() {
        let base = joined();
        let (one, mut entries) = after(&base, &say(1), None);
        let (gone, left) =
            after(&one, &Command::Session { key: key(), counter: 2, after: 1, action: Action::Leave }, None);
        entries.extend(left);
        let (append, marker) =
            write_back(&gone, Some(&base), &entries, Some(Epoch(9)), write()).expect("there is something");
        assert_eq!(append.expect, Some(base.head()));
        let seqs: Vec<_> = append.entries.iter().map(|entry| entry.position.seq).collect();
        let first = base.head().seq + 1;
        assert_eq!(seqs, (first..first + seqs.len() as u64).collect::<Vec<_>>());
        let marker = marker.expect("an epoch begins");
        assert_eq!((marker.position.epoch, marker.position.seq), (Epoch(9), gone.head().seq + 1));
        assert!(append.fields.contains(&("p:alice".into(), None)), "who left goes from the hash");
        assert!(append.begins_epoch);
    }

    #[test]
    fn inv6_nothing_is_written_behind_the_end_of_a_closed_room() {
        let base = joined();
        let close = Command::Api { request: None, action: crate::room::ApiAction::Close };
        let (closed, entries) = after(&base, &close, Some(7));
        let (append, marker) =
            write_back(&closed, Some(&base), &entries, Some(Epoch(9)), write()).expect("its end is written");
        assert!(append.tombstone_ms.is_some() && marker.is_none());
        assert!(matches!(append.entries.last().map(|entry| &entry.change), Some(Change::Closed { .. })));
        let mut stored = closed.clone();
        stored.head.epoch = Epoch(8);
        assert!(write_back(&closed, Some(&stored), &[], None, write()).is_none(), "it is closed there, too");
    }
}
