//! The shapes of the answers, in the words of the system that came before: they are those of its `room-stats-updated`.

use serde::Serialize;
use switchboard_proto::v1;
use time::OffsetDateTime;

use crate::link::socket_id;

/// One of the rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomAnswer {
    room_id: String,
    #[serde(flatten)]
    stats: Stats,
}

/// Who is in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    user_count: usize,
    users: Vec<User>,
    sharing_user: Option<String>,
}

/// Somebody in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    socket_id: String,
    is_sharing: bool,
    joined_at: String,
}

impl RoomAnswer {
    /// A room, told with its participants.
    pub(crate) fn new(room: v1::Room) -> Self {
        Self { room_id: room.room_id.clone(), stats: Stats::new(room) }
    }
}

impl Stats {
    /// Of a room told with its participants: in the order in which they joined; of several who share, the one who
    /// began last.
    pub(crate) fn new(room: v1::Room) -> Self {
        let mut participants = room.participants;
        let moment = |time: Option<pbjson_types::Timestamp>| time.map(|time| (time.seconds, time.nanos));
        participants.sort_by(|a, b| {
            let key = |p: &v1::Participant| moment(p.join_time);
            key(a).cmp(&key(b)).then_with(|| a.participant_id.cmp(&b.participant_id))
        });
        let sharing = participants.iter().filter_map(|p| Some((moment(p.share.as_ref()?.start_time), p)));
        let newest = sharing.max_by_key(|(began, _)| *began);
        let sharing_user = newest.map(|(_, sharer)| sharer.participant_id.clone());
        // A room service of the version before counts, and names nobody.
        let told = usize::try_from(room.participant_count).unwrap_or(usize::MAX);
        let user_count = if participants.is_empty() { told } else { participants.len() };
        let users = participants.into_iter().map(|participant| User {
            is_sharing: participant.share.is_some(),
            joined_at: iso(participant.join_time.unwrap_or_default()),
            id: participant.participant_id,
            socket_id: socket_id(&participant.session_id).to_owned(),
        });
        Self { user_count, users: users.collect(), sharing_user }
    }
}

/// As JavaScript's `toISOString`: in UTC, with milliseconds.
fn iso(time: pbjson_types::Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(time.seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, clock) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        time.nanos.clamp(0, 999_999_999) / 1_000_000,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use switchboard_proto::Millis;

    use super::*;

    fn participant(id: &str, joined_at: u64, shares_since: Option<u64>) -> v1::Participant {
        v1::Participant {
            participant_id: id.into(),
            session_id: if id == "cat" { "sock~3".into() } else { format!("se_{id}") },
            join_time: Some(Millis(joined_at).into()),
            share: shares_since
                .map(|since| v1::Share { start_time: Some(Millis(since).into()), ..Default::default() }),
            ..Default::default()
        }
    }

    #[test]
    fn people_come_in_the_order_of_their_joins_and_the_newest_share_counts() {
        let ann = participant("ann", 1_700_000_000_007, Some(1_700_000_001_000));
        let bob = participant("bob", 1_600_000_000_000, Some(1_700_000_002_000));
        let cat = participant("cat", 1_700_000_000_007, None);
        let room = v1::Room { room_id: "r".into(), participants: vec![ann, bob, cat], ..Default::default() };
        let told = serde_json::to_value(RoomAnswer::new(room)).expect("is JSON");
        let want = json!({
            "roomId": "r",
            "userCount": 3,
            "users": [
                {"id": "bob", "socketId": "se_bob", "isSharing": true, "joinedAt": "2020-09-13T12:26:40.000Z"},
                {"id": "ann", "socketId": "se_ann", "isSharing": true, "joinedAt": "2023-11-14T22:13:20.007Z"},
                {"id": "cat", "socketId": "sock", "isSharing": false, "joinedAt": "2023-11-14T22:13:20.007Z"},
            ],
            "sharingUser": "bob",
        });
        assert_eq!(told, want);
        let nobody = serde_json::to_value(Stats::default()).expect("is JSON");
        assert_eq!(nobody, json!({"userCount": 0, "users": [], "sharingUser": null}));
    }
}
