//! What the store holds: written by another version, by hand, or by whoever has got hold of it.

use std::collections::BTreeMap;

use switchboard_proto::{Epoch, Millis, Position, RoomId};
use switchboard_roomsvc::fuzzing::{decode_entry, encode_entry, read_reply};
use switchboard_roomsvc::room::{self, Entry, Room, SNAPSHOT_PIECE_BYTES, Touched};

/// Entries of one input that are taken.
const ENTRIES_MAX: usize = 64;
/// What a snapshot's piece may have beside its participants: the room, with metadata as long as the store has it.
const OVERHEAD_BYTES: usize = 1_024;

/// The fields of a room as a store has them after every entry's changes.
#[derive(Default)]
pub(crate) struct Stored {
    fields: BTreeMap<String, String>,
    /// Whether the room was made. A log that begins with something else is written by no room service, since a room
    /// that is not there decides nothing but its own making; what is stored of such a log reads as an open room,
    /// while the one in memory stays absent.
    made: bool,
}

impl Stored {
    /// The room takes in an entry. What is written of it comes back the same, and the room that is stored is the one
    /// in memory.
    pub(crate) fn absorb(&mut self, room: &mut Room, entry: &Entry) {
        let again = decode_entry(entry.position, &encode_entry(entry), &entry.body);
        assert_eq!(again.as_ref(), Ok(entry), "an entry is read as it was written");
        let touched = room.absorb(entry);
        if touched.everything {
            self.fields.clear();
            self.made = true;
        }
        for (field, value) in room::fields(room, &touched) {
            match value {
                Some(value) => drop(self.fields.insert(field, value)),
                None => drop(self.fields.remove(&field)),
            }
        }
        if self.made {
            assert_eq!(
                load(room, &self.fields).as_ref(),
                Ok(&*room),
                "the stored room is the room in memory"
            );
        }
    }
}

fn load(room: &Room, fields: &BTreeMap<String, String>) -> Result<Room, room::BadRecord> {
    let fields: Vec<_> = fields.iter().map(|(field, value)| (field.clone(), value.clone())).collect();
    room::load(room.id(), room.head(), &fields)
}

/// The fields of a room's hash, a line each, as in `state=open`. What is read is written and read the same, and can
/// be told.
pub(crate) fn room(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let fields: Vec<_> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let fields: Vec<_> =
        fields.into_iter().map(|(field, value)| (field.to_owned(), value.to_owned())).collect();
    let id = RoomId::parse("r").expect("is an id");
    let Ok(room) = room::load(&id, Position::new(Epoch(7), 9), &fields) else { return };
    let all = Touched { everything: true, ..Touched::default() };
    let written = room::fields(&room, &all).into_iter().filter_map(|(field, value)| Some((field, value?)));
    assert_eq!(load(&room, &written.collect()).as_ref(), Ok(&room), "a room is read as it was written");
    let metadata = room::room_view(&room).metadata.len();
    for piece in room::snapshot(&room) {
        use prost::Message as _;
        let largest = piece.participants.iter().map(|one| one.encoded_len()).max().unwrap_or_default();
        let bound = SNAPSHOT_PIECE_BYTES.max(largest) + metadata + OVERHEAD_BYTES;
        assert!(piece.encoded_len() <= bound, "a piece of {} bytes", piece.encoded_len());
    }
    drop(room::room_view_with_participants(&room));
    let now = room.next_look().unwrap_or(Millis(1));
    let ctx = room::Context { now, fresh: Epoch(8), begin_epoch: false };
    for command in room.due(now) {
        drop(room.decide(&command, ctx));
    }
}

/// Entries of a log, a line each; one behind `!` begins an epoch. A room absorbs whatever it says.
pub(crate) fn log(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut room = Room::absent(RoomId::parse("r").expect("is an id"));
    let mut stored = Stored::default();
    let mut epoch = 1;
    for line in text.lines().take(ENTRIES_MAX) {
        let json = line.strip_prefix('!').unwrap_or(line);
        epoch += u64::from(json.len() != line.len());
        let next = Position::new(Epoch(epoch), room.head().seq + 1);
        let Ok(mut entry) = decode_entry(next, json, "body") else { continue };
        if matches!(entry.change, room::Change::Created { .. }) {
            // The log of a new room begins anew.
            epoch += 1;
            entry.position = Position::new(Epoch(epoch), 1);
        }
        stored.absorb(&mut room, &entry);
        drop(entry.event(Position::ZERO, true));
    }
}

/// What Redis answers.
pub(crate) fn reply(data: &[u8]) {
    read_reply(data);
}
