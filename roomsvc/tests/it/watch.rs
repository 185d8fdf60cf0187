//! WatchRoom and WatchRooms.

use switchboard_proto::Refusal;
use switchboard_proto::v1::watch_room_response::Response;
use switchboard_proto::v1::watch_rooms_response::Response as OfRooms;
use switchboard_proto::v1::{self, ErrorReason, event::Event};
use tonic::Streaming;

use crate::support::{DEADLINE, RoomService};

async fn next(stream: &mut Streaming<v1::WatchRoomResponse>) -> Response {
    let message = tokio::time::timeout(DEADLINE, stream.message()).await.expect("in time");
    message.expect("goes on").expect("goes on").response.expect("is of a known kind")
}

async fn watch(
    service: &RoomService,
    position: Option<v1::Position>,
) -> Result<Streaming<v1::WatchRoomResponse>, tonic::Status> {
    let request = v1::WatchRoomRequest { room_id: "r".into(), position };
    Ok(service.api().await.watch_room(request).await?.into_inner())
}

#[tokio::test]
async fn inv4_a_watch_tells_the_snapshot_then_events_and_goes_on_from_a_position() {
    let service = RoomService::memory().await;
    let mut link = service.link("g1", "r").await;
    link.join("alice", "s1").await;
    let mut stream = watch(&service, None).await.expect("is there");
    let Response::Snapshot(snapshot) = next(&mut stream).await else { panic!("a snapshot first") };
    assert_eq!(snapshot.participants.len(), 1);
    let mut at = snapshot.position;

    link.join("bob", "s2").await;
    link.message("alice", "s1", 1, "one").await;
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let Response::Event(event) = next(&mut stream).await else { panic!("events follow") };
        assert_eq!(event.prev, at);
        at = event.position;
        kinds.push(event.event.expect("is of a known kind"));
    }
    assert!(matches!(kinds[..], [Event::ParticipantJoined(_), Event::MessageReceived(_)]), "{kinds:?}");
    drop(stream);

    link.message("alice", "s1", 2, "two").await;
    link.message("alice", "s1", 3, "three").await;
    let mut stream = watch(&service, at).await.expect("is there");
    for want in ["two", "three"] {
        let Response::Event(event) = next(&mut stream).await else { panic!("no snapshot, events") };
        assert_eq!(event.prev, at);
        at = event.position;
        let Some(Event::MessageReceived(message)) = event.event else { panic!("{event:?}") };
        assert_eq!(message.body, want);
    }
}

#[tokio::test]
async fn inv4_a_position_of_another_history_gets_a_reset() {
    let service = RoomService::memory().await;
    service.link("g1", "r").await.join("alice", "s1").await;
    let mut stream = watch(&service, Some(v1::Position { epoch: 1, seq: 1 })).await.expect("is there");
    let Response::Reset(reset) = next(&mut stream).await else { panic!("a reset first") };
    assert_eq!(reset.reason(), v1::ResetReason::NotInHistory);
    let Response::Snapshot(_) = next(&mut stream).await else { panic!("then a snapshot") };
}

#[tokio::test]
async fn a_watch_of_no_room_is_refused_and_a_closed_room_ends_it() {
    let service = RoomService::memory().await;
    let mut stream = watch(&service, None).await.expect("opens");
    let status = stream.message().await.expect_err("there is no such room");
    assert_eq!(Refusal::from_status(&status).expect("has a reason").reason, ErrorReason::RoomNotFound);

    service.link("g1", "r").await.join("alice", "s1").await;
    let mut stream = watch(&service, None).await.expect("is there");
    next(&mut stream).await;
    let close = v1::CloseRoomRequest { room_id: "r".into(), request_id: String::new() };
    service.api().await.close_room(close).await.expect("is closed");
    let Response::Event(event) = next(&mut stream).await else { panic!("told before the end") };
    assert!(matches!(event.event, Some(Event::RoomClosed(_))), "{event:?}");
    let status = stream.message().await.expect_err("ends");
    assert_eq!(Refusal::from_status(&status).expect("has a reason").reason, ErrorReason::RoomClosed);
}

#[tokio::test]
async fn a_stop_ends_a_watch_with_its_reason() {
    let service = RoomService::memory().await;
    let link_of_alice = {
        let mut link = service.link("g1", "r").await;
        link.join("alice", "s1").await;
        link
    };
    let mut stream = watch(&service, None).await.expect("is there");
    next(&mut stream).await;
    drop(service);
    let ended = tokio::time::timeout(DEADLINE, stream.message()).await.expect("in time");
    let status = ended.expect_err("ends with a reason");
    assert_eq!(Refusal::from_status(&status).expect("has a reason").reason, ErrorReason::ShuttingDown);
    drop(link_of_alice);
}

#[tokio::test]
async fn a_watch_of_all_rooms_tells_them_then_changes() {
    let service = RoomService::memory().await;
    let mut api = service.api().await;
    for room in ["r", "q"] {
        let request = v1::CreateRoomRequest { room_id: room.into(), ..Default::default() };
        api.create_room(request).await.expect("is made");
    }
    let mut stream = api.watch_rooms(v1::WatchRoomsRequest {}).await.expect("opens").into_inner();
    let mut next = async || {
        let message = tokio::time::timeout(DEADLINE, stream.message()).await.expect("in time");
        message.expect("goes on").expect("goes on").response.expect("is of a known kind")
    };
    let OfRooms::Snapshot(list) = next().await else { panic!("all rooms first") };
    let mut names: Vec<_> = list.rooms.into_iter().map(|room| room.room_id).collect();
    names.sort();
    assert_eq!(names, ["q", "r"]);
    let OfRooms::SnapshotEnd(_) = next().await else { panic!("an end of the snapshot") };

    service.link("g1", "r").await.join("alice", "s1").await;
    loop {
        let OfRooms::RoomChanged(room) = next().await else { panic!("a change") };
        if room.room_id == "r" && room.participant_count == 1 {
            break;
        }
    }
    let close = v1::CloseRoomRequest { room_id: "q".into(), request_id: String::new() };
    api.close_room(close).await.expect("is closed");
    loop {
        if let OfRooms::RoomClosed(room) = next().await {
            assert_eq!(room, "q");
            break;
        }
    }
}
