//! Each piece does its work: what would fail at once would be measured as cheap.

use prost::Message as _;
use switchboard_gateway::codec::{Encoding, decode};
use switchboard_gateway::fuzzing::{Rooms, encode};
use switchboard_proto::v1::{LinkResponse, client_message};
use switchboard_proto::{Epoch, Millis, Position};
use switchboard_roomsvc::fuzzing::{decode_entry, encode_entry};
use switchboard_roomsvc::room::Change;
use switchboard_roomsvc::store::{AppendReply, MemoryStore, Store};

use super::*;

#[test]
fn a_candidate_becomes_one_entry_that_is_written_and_read() {
    let room = room_of(4);
    let entries = decided(&room, &candidate(1), Millis(1_000_000));
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert!(matches!(entry.change, Change::Signal { .. }), "{entry:?}");
    assert_eq!(entry.body.len(), BODY_BYTES);
    assert_eq!(decode_entry(entry.position, &encode_entry(entry), &entry.body).as_ref(), Ok(entry));
    let mut after = room.clone();
    after.absorb(entry);
    assert_ne!(after, room);
}

#[test]
fn frames_and_responses_are_what_they_should_be() {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let decoded = decode(encoding, &client_frame(encoding)).expect("is good");
        assert_eq!((decoded.counter, decoded.after), (7, 6));
        assert!(matches!(decoded.kind, client_message::Kind::Signal(_)), "{decoded:?}");
        assert!(encode(encoding, &server_message()).len() > BODY_BYTES);
    }
    let response = link_response(8);
    assert_eq!(response.items.len(), 8);
    assert!(response.encoded_len() > 8 * BODY_BYTES);
    assert_eq!(LinkResponse::decode(response.encode_to_vec().as_slice()).as_ref(), Ok(&response));
}

#[tokio::test]
async fn a_message_reaches_all_each_time() {
    let shared = Rooms::shared().expect("the URL is one");
    let at = Position::new(Epoch(1), 4);
    let mut rooms = Rooms::hot(&shared, 10, at).expect("ids are good");
    let mut heard = Heard::behind(at);
    for _ in 0..3 {
        rooms.hear(heard.next_response());
        assert_eq!(rooms.drain(), 10);
    }
    assert!(rooms.said().is_empty(), "nothing is asked: no hole was seen");
}

#[tokio::test]
async fn appends_are_stored_one_after_the_other() {
    let store = MemoryStore::new(4);
    let mut appends = Appends::of("room");
    let mut candidates = 0;
    while candidates < 3 {
        candidates += u32::from(appends.are_candidates());
        let append = appends.next_append(store.clock().now());
        assert_eq!(
            append.entries.len(),
            1 + usize::from(append.begins_epoch),
            "a room is made with its first"
        );
        let reply = store.append(append).await;
        assert!(matches!(reply, Ok(AppendReply::Stored)), "{reply:?}");
    }
}
