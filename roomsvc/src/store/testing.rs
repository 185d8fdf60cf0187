//! What tests of stores begin with.

use switchboard_proto::{ConnectionId, GatewayId, Millis, ParticipantId, Position, RoomId, SessionId};

use super::{Append, AppendReply, LogPage, NextLook, Store, StoreError};
use crate::room::{
    ApiAction, Command, Context, Entry, Phase, Room, SessionKey, Touched, Verdict, fields, fresh_epoch,
};

/// What a log keeps in these tests.
pub(super) const KEEP_MS: u64 = 300_000;

pub(super) fn id(text: &str) -> RoomId {
    RoomId::parse(text).expect("is an id")
}

pub(super) fn key(name: &str) -> SessionKey {
    let participant = ParticipantId::parse(name).expect("is an id");
    let session = SessionId::random();
    SessionKey { participant, session, generation: 1 }
}

pub(super) fn join(name: &str, now: Millis) -> Command {
    Command::Join {
        key: key(name),
        connection: ConnectionId::random(),
        gateway: GatewayId::parse("gateway").expect("is an id"),
        asked_at: now,
        metadata: format!("{{\"name\":\"{name}\"}}"),
        resubmitted: false,
        window_ms: None,
    }
}

pub(super) fn message(body: &str) -> Command {
    Command::Api { request: None, action: ApiAction::Message { to: Vec::new(), body: body.into() } }
}

/// What a room service asks for `commands` in one append, and the room behind it.
pub(super) fn decide(room: &Room, commands: &[Command], now: Millis, begin_epoch: bool) -> (Append, Room) {
    let mut after = room.clone();
    let mut touched = Touched::default();
    let mut entries: Vec<Entry> = Vec::new();
    for command in commands {
        let begin_epoch = begin_epoch && entries.is_empty();
        let Verdict::Append(more, _) =
            after.decide(command, Context { now, fresh: fresh_epoch(), begin_epoch })
        else {
            continue;
        };
        for entry in &more {
            touched.merge(after.absorb(entry));
        }
        entries.extend(more);
        if after.phase() == Phase::Closed {
            break;
        }
    }
    let append = Append {
        room: room.id().clone(),
        expect: (room.phase() != Phase::Absent).then_some(room.head()),
        entries,
        fields: fields(&after, &touched),
        tombstone_ms: (after.phase() == Phase::Closed).then(|| after.tombstone_ms(now)),
        next_look: Some(after.next_look().map_or(NextLook::Never, NextLook::At)),
        requests: Vec::new(),
        by: "tests 1".into(),
        now,
        keep_ms: KEEP_MS,
        begins_epoch: begin_epoch || room.phase() != Phase::Open,
    };
    (append, after)
}

/// Appends what follows from `commands`, which must be stored.
pub(super) async fn commit(store: &dyn Store, room: &Room, commands: &[Command]) -> Room {
    let (append, after) = decide(room, commands, store.clock().now(), false);
    stored(store.append(append).await);
    after
}

#[allow(clippy::needless_pass_by_value)] // It takes what an append gives.
pub(super) fn stored(reply: Result<AppendReply, StoreError>) {
    assert!(matches!(reply, Ok(AppendReply::Stored)), "{reply:?}");
}

pub(super) async fn create(store: &dyn Store, name: &str) -> Room {
    commit(store, &Room::absent(id(name)), &[join("anna", store.clock().now())]).await
}

pub(super) async fn load(store: &dyn Store, room: &RoomId) -> Option<Room> {
    store.load(room).await.expect("it is read")
}

pub(super) async fn read(store: &dyn Store, room: &RoomId, after: Position) -> Vec<Entry> {
    match store.read_log(room, after).await {
        Ok(LogPage::Entries { entries, .. }) => entries,
        other => panic!("no entries: {other:?}"),
    }
}
