//! The stored form of a room: the fields of its hash, as readable JSON, and back.
//!
//! The store keeps `epoch`, `seq`, `fence` and `by` itself; all others come from here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use switchboard_proto::v1::{ErrorReason, LeaveReason};
use switchboard_proto::{Millis, ParticipantId, Position, RoomId, SessionId};

use super::entry::Reason;
use super::{Counters, Member, MemberRecord, Phase, Removal, Room, Settings};

/// The version of the stored form. Read: this one and the one before it.
const VERSION: u32 = 1;

/// Which stored fields an entry changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// All of them: the room is new.
    pub everything: bool,
    /// `past`.
    pub past: bool,
    /// `state` and `room`.
    pub room: bool,
    /// `removed`, `removed_until` and `removed_by`.
    pub removed: bool,
    /// `ended`.
    pub ended: bool,
    /// `p:` of these.
    pub members: BTreeSet<ParticipantId>,
    /// `c:` of these.
    pub counters: BTreeSet<ParticipantId>,
}

impl Touched {
    /// What this and then `later` changed.
    pub fn merge(&mut self, later: Self) {
        self.everything |= later.everything;
        self.past |= later.past;
        self.room |= later.room;
        self.removed |= later.removed;
        self.ended |= later.ended;
        self.members.extend(later.members);
        self.counters.extend(later.counters);
    }
}

/// Changed fields: a new value, or none where the field goes.
pub type Fields = Vec<(String, Option<String>)>;

/// A stored room that this version can't read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored room is unreadable at field {field}: {why}")]
pub struct BadRecord {
    /// The field of the room's hash.
    pub field: String,
    /// What is wrong with it.
    pub why: String,
}

#[derive(Serialize, Deserialize)]
struct RoomRecord {
    version: u32,
    created_at: Millis,
    settings: Settings,
    metadata: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    close_at: Option<Millis>,
}

#[derive(Serialize, Deserialize)]
struct CounterRecord {
    session: SessionId,
    last: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<u64, Reason<ErrorReason>>,
}

/// The values of the fields that `touched` names, as they are in `room` now.
#[must_use]
pub fn fields(room: &Room, touched: &Touched) -> Fields {
    let all = touched.everything;
    let mut fields = Fields::new();
    if all || touched.past {
        fields.push(("past".into(), json(&room.past)));
    }
    if all || touched.room {
        let state = if room.phase == Phase::Closed { "closed" } else { "open" };
        fields.push(("state".into(), Some(state.into())));
        let record = RoomRecord {
            version: VERSION,
            created_at: room.created_at,
            settings: room.settings.clone(),
            metadata: room.metadata.to_string(),
            close_at: room.close_at,
        };
        fields.push(("room".into(), json(&record)));
    }
    if all || touched.removed {
        // Ends stand apart: a version that does not know them takes a removal for one that is to be taken back.
        let removed: Vec<_> = room.removed.iter().map(|removal| &removal.participant).collect();
        fields.push(("removed".into(), json(&removed)));
        let ends = room.removed.iter().filter_map(|removal| Some((&removal.participant, removal.until?)));
        let ends: BTreeMap<_, _> = ends.collect();
        fields.push(("removed_until".into(), if ends.is_empty() { None } else { json(&ends) }));
        let by = room.removed.iter().filter_map(|removal| Some((&removal.participant, removal.by.as_ref()?)));
        let by: BTreeMap<_, _> = by.collect();
        fields.push(("removed_by".into(), if by.is_empty() { None } else { json(&by) }));
    }
    if all || touched.ended {
        let ended: Vec<_> = room.ended.iter().map(|(session, reason)| (session, Reason(*reason))).collect();
        fields.push(("ended".into(), json(&ended)));
    }
    let every = || room.members.keys().filter(|_| all);
    for participant in touched.members.iter().chain(every()) {
        let record = room.members.get(participant).and_then(|member| json(&*member.record));
        fields.push((format!("p:{participant}"), record));
    }
    for participant in touched.counters.iter().chain(every()) {
        let record = room.members.get(participant).and_then(|member| {
            let refused = member.counters.refused.iter().map(|(n, reason)| (*n, Reason(*reason)));
            json(&CounterRecord {
                session: member.record.session.clone(),
                last: member.counters.last,
                refused: refused.collect(),
            })
        });
        fields.push((format!("c:{participant}"), record));
    }
    fields
}

fn json(value: &impl Serialize) -> Option<String> {
    // Serializing plain data to a string has no way to fail; a field that could not be written would be left out.
    serde_json::to_string(value).ok()
}

/// The room that the store has at `head` with these fields, without `epoch`, `seq`, `fence` and `by`.
///
/// # Errors
/// When a field is missing or can't be read.
pub fn load(id: &RoomId, head: Position, stored: &[(String, String)]) -> Result<Room, BadRecord> {
    let mut room = Room::absent(id.clone());
    room.head = head;
    room.phase = Phase::Open;
    let mut seen = false;
    let mut counters = BTreeMap::new();
    let mut ends = BTreeMap::<ParticipantId, Millis>::new();
    let mut by = BTreeMap::<ParticipantId, Box<str>>::new();
    for (field, value) in stored {
        match field.as_str() {
            "past" => room.past = parse(field, value)?,
            "state" if value == "closed" => room.phase = Phase::Closed,
            "room" => {
                let record: RoomRecord = parse(field, value)?;
                if record.version > VERSION + 1 {
                    return Err(bad(field, &format!("version {} is too new", record.version)));
                }
                room.created_at = record.created_at;
                room.settings = record.settings;
                room.metadata = record.metadata.into();
                room.close_at = record.close_at;
                seen = true;
            }
            "removed" => {
                let removed: Vec<ParticipantId> = parse(field, value)?;
                let removed =
                    removed.into_iter().map(|participant| Removal { participant, until: None, by: None });
                room.removed = removed.collect();
            }
            "removed_until" => ends = parse(field, value)?,
            "removed_by" => by = parse(field, value)?,
            "ended" => {
                let ended: VecDeque<(SessionId, Reason<LeaveReason>)> = parse(field, value)?;
                room.ended = ended.into_iter().map(|(session, reason)| (session, reason.0)).collect();
            }
            _ => {
                if let Some(participant) = field.strip_prefix("p:") {
                    let record: MemberRecord = parse(field, value)?;
                    let member = Member { record: Arc::new(record), counters: Counters::default() };
                    room.members.insert(participant_id(field, participant)?, member);
                } else if let Some(participant) = field.strip_prefix("c:") {
                    let record: CounterRecord = parse(field, value)?;
                    counters.insert(participant_id(field, participant)?, record);
                }
            }
        }
    }
    if !seen {
        return Err(bad("room", "it is missing"));
    }
    for removal in &mut room.removed {
        removal.until = ends.get(&removal.participant).copied();
        removal.by = by.remove(&removal.participant);
    }
    for (participant, record) in counters {
        if let Some(member) =
            room.members.get_mut(&participant).filter(|m| m.record.session == record.session)
        {
            let refused = record.refused.into_iter().map(|(n, reason)| (n, reason.0)).collect();
            member.counters = Counters { last: record.last, refused };
        }
    }
    Ok(room)
}

fn participant_id(field: &str, text: &str) -> Result<ParticipantId, BadRecord> {
    ParticipantId::parse(text).map_err(|error| bad(field, &error.to_string()))
}

fn parse<T: for<'de> Deserialize<'de>>(field: &str, value: &str) -> Result<T, BadRecord> {
    serde_json::from_str(value).map_err(|error| bad(field, &error.to_string()))
}

fn bad(field: &str, why: &str) -> BadRecord {
    BadRecord { field: field.to_owned(), why: why.to_owned() }
}

/// The stored form of ended epochs, for a reader of the log that has no room at hand.
///
/// # Errors
/// When it can't be read.
pub fn parse_past(value: &str) -> Result<Vec<Position>, BadRecord> {
    let past: VecDeque<Position> = parse("past", value)?;
    Ok(past.into())
}
