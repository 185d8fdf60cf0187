//! A room as Redis has it, in the checker's words.

use switchboard_loadtest::checker::{Audience, Author, Change, Entry, StoredRoom};
use switchboard_proto::{Position, RoomId};
use switchboard_roomsvc::room::{self, Phase};
use switchboard_roomsvc::store::{LogPage, RedisConfig, RedisStore, Store as _};

/// Reads rooms past all proxies.
pub(crate) struct Reader(RedisStore);

impl Reader {
    pub(crate) async fn connect(url: &str) -> Self {
        Self(RedisStore::connect(RedisConfig::new(url)).await.expect("Redis answers"))
    }

    pub(crate) async fn room(&self, id: &str) -> StoredRoom {
        let room_id = RoomId::parse(id).expect("is an id");
        let mut stored = StoredRoom { room: id.into(), ..Default::default() };
        let Some(room) = self.0.load(&room_id).await.expect("Redis answers") else { return stored };
        stored.is_open = room.phase() == Phase::Open;
        stored.head = room.head().into();
        stored.participants = room.participants().collect();
        let mut after = self.before_the_first(&room_id, room.head()).await;
        loop {
            let page = self.0.read_log(&room_id, after).await.expect("Redis answers");
            let LogPage::Entries { entries, .. } = page else { break };
            let Some(last) = entries.last() else { break };
            after = last.position;
            stored.log.extend(entries.iter().map(entry));
        }
        // Not as the log has it: that may have been written back from where memory reached.
        stored.past = room.past().map(Into::into).collect();
        stored
    }

    /// The position before the first entry that the log has still.
    async fn before_the_first(&self, room: &RoomId, head: Position) -> Position {
        if !self.is_trimmed(room, Position::ZERO).await {
            return Position::ZERO;
        }
        let (mut gone, mut kept) = (0, head.seq);
        while gone + 1 < kept {
            let middle = gone.midpoint(kept);
            if self.is_trimmed(room, Position::new(head.epoch, middle)).await {
                gone = middle;
            } else {
                kept = middle;
            }
        }
        Position::new(head.epoch, kept)
    }

    async fn is_trimmed(&self, room: &RoomId, after: Position) -> bool {
        let page = self.0.read_log(room, after).await.expect("Redis answers");
        // An older epoch's position under the head's name is in no history, and older than what is kept.
        matches!(page, LogPage::Trimmed { .. } | LogPage::NotInHistory { .. })
    }
}

fn entry(entry: &room::Entry) -> Entry {
    let event = entry.event(Position::ZERO, true);
    Entry {
        position: entry.position.into(),
        at_ms: entry.at.0,
        from: entry.from.as_ref().map(|from| Author {
            participant: from.participant.to_string(),
            session: from.session.to_string(),
            generation: from.generation,
        }),
        counter: entry.counter.map_or(0, |counter| counter.n),
        audience: match &entry.to {
            room::Audience::All => Audience::All,
            room::Audience::Silent => Audience::Nobody,
            room::Audience::Sessions(all) => {
                Audience::Sessions(all.iter().map(|(_, session)| session.to_string()).collect())
            }
        },
        told: event.and_then(|event| event.event),
        change: change(&entry.change),
    }
}

fn change(change: &room::Change) -> Change {
    use room::Change as Is;
    match change {
        Is::Joined { participant, session, .. } => {
            Change::Joined { participant: participant.to_string(), session: session.to_string() }
        }
        Is::Resumed { participant, session, generation, .. } => Change::Resumed {
            participant: participant.to_string(),
            session: session.to_string(),
            generation: *generation,
        },
        Is::Reconnecting { participant, session, until, .. } => Change::Reconnecting {
            participant: participant.to_string(),
            session: session.to_string(),
            until_ms: until.0,
        },
        Is::Present { participant, session } => {
            Change::Present { participant: participant.to_string(), session: session.to_string() }
        }
        Is::Left { participant, session, reason } => Change::Left {
            participant: participant.to_string(),
            session: session.to_string(),
            reason: reason.0,
        },
        Is::Refused { .. } => Change::Refused,
        Is::Closed { .. } => Change::Closed,
        _ => Change::Plain,
    }
}
