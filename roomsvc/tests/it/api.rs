//! The unary calls.

use switchboard_proto::v1::{self, ErrorReason, room_service_client::RoomServiceClient};
use switchboard_proto::{Refusal, duration};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::RoomService;

fn reason(status: &Status) -> ErrorReason {
    assert_ne!(status.code(), Code::Unknown, "{status:?}");
    Refusal::from_status(status).unwrap_or_else(|| panic!("has no reason: {status:?}")).reason
}

async fn create(api: &mut RoomServiceClient<Channel>, room: &str) -> Result<v1::Room, Status> {
    let request = v1::CreateRoomRequest { room_id: room.into(), ..Default::default() };
    Ok(api.create_room(request).await?.into_inner().room.expect("is told"))
}

#[tokio::test]
async fn a_room_is_made_told_changed_and_closed() {
    let service = RoomService::memory().await;
    let mut api = service.api().await;
    let request = v1::CreateRoomRequest {
        room_id: "a {room}/1".into(),
        metadata: "first".into(),
        settings: Some(v1::RoomSettings { participants_max: 3, ..Default::default() }),
        request_id: String::new(),
    };
    let room = api.create_room(request).await.expect("is made").into_inner().room.expect("is told");
    assert_eq!(room.settings.expect("has some").participants_max, 3);
    assert_eq!(reason(&create(&mut api, "a {room}/1").await.expect_err("is there")), ErrorReason::RoomExists);

    let update = v1::UpdateRoomRequest {
        room: Some(v1::Room {
            room_id: "a {room}/1".into(),
            metadata: "second".into(),
            settings: Some(v1::RoomSettings { participants_max: 9, ..Default::default() }),
            ..Default::default()
        }),
        update_mask: Some(pbjson_types::FieldMask { paths: vec!["metadata".into()] }),
        request_id: String::new(),
    };
    api.update_room(update).await.expect("is changed");
    let get = v1::GetRoomRequest { room_id: "a {room}/1".into(), ..Default::default() };
    let room = api.get_room(get.clone()).await.expect("is there").into_inner().room.expect("is told");
    assert_eq!(room.metadata, "second");
    assert_eq!(room.settings.expect("has some").participants_max, 3, "the mask did not name it");

    let close = v1::CloseRoomRequest { room_id: "a {room}/1".into(), request_id: String::new() };
    api.close_room(close.clone()).await.expect("is closed");
    assert_eq!(reason(&api.get_room(get).await.expect_err("is gone")), ErrorReason::RoomNotFound);
    assert_eq!(reason(&api.close_room(close).await.expect_err("is gone")), ErrorReason::RoomNotFound);
    create(&mut api, "a {room}/1").await.expect("a closed room can be made anew");
}

#[tokio::test]
async fn inv5_a_request_id_repeats_the_first_answer() {
    let service = RoomService::memory().await;
    let mut api = service.api().await;
    let request =
        v1::CreateRoomRequest { room_id: "r".into(), request_id: "one".into(), ..Default::default() };
    let first = api.create_room(request.clone()).await.expect("is made").into_inner();
    let again = api.create_room(request.clone()).await.expect("is a repeat").into_inner();
    assert_eq!(first, again);
    let other = v1::CreateRoomRequest { metadata: "other".into(), ..request };
    let status = api.create_room(other).await.expect_err("is another request");
    assert_eq!(reason(&status), ErrorReason::RequestIdReused);
    assert_eq!(status.code(), Code::InvalidArgument);

    // A refusal is repeated too, though it would be accepted by now.
    let message = v1::SendMessageRequest {
        room_id: "r".into(),
        to: vec!["alice".into()],
        body: "hi".into(),
        request_id: "two".into(),
    };
    let status = api.send_message(message.clone()).await.expect_err("nobody is there");
    assert_eq!(reason(&status), ErrorReason::ParticipantNotFound);
    service.link("g1", "r").await.join("alice", "s1").await;
    let status = api.send_message(message.clone()).await.expect_err("is a repeat");
    assert_eq!(reason(&status), ErrorReason::ParticipantNotFound);
    let message = v1::SendMessageRequest { request_id: "three".into(), ..message };
    let first = api.send_message(message.clone()).await.expect("alice is there").into_inner();
    let again = api.send_message(message).await.expect("is a repeat").into_inner();
    assert_eq!(first, again, "told once");
}

#[tokio::test]
async fn bad_input_names_every_field_and_harms_nobody() {
    let service = RoomService::memory().await;
    let mut api = service.api().await;
    create(&mut api, "r").await.expect("is made");
    let fields = |status: Status| -> Vec<String> {
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        let details = status.get_error_details();
        let bad = details.bad_request().expect("names fields");
        bad.field_violations.iter().map(|violation| violation.field.clone()).collect()
    };
    let long = "x".repeat(129);
    let request = v1::CreateRoomRequest {
        room_id: "a\nb".into(),
        metadata: "x".repeat(4_097),
        settings: Some(v1::RoomSettings { resume_window: Some(duration(1)), ..Default::default() }),
        request_id: long.clone(),
    };
    let status = api.create_room(request).await.expect_err("is all wrong");
    assert_eq!(fields(status), ["room_id", "metadata", "settings.resume_window", "request_id"]);
    let status = api.get_room(v1::GetRoomRequest::default()).await.expect_err("names no room");
    assert_eq!(fields(status), ["room_id"]);
    let request = v1::RemoveParticipantRequest { participant_id: long, ..Default::default() };
    let status = api.remove_participant(request).await.expect_err("is all wrong");
    assert_eq!(fields(status), ["room_id", "participant_id"]);
    let request = v1::SendMessageRequest {
        room_id: "r".into(),
        to: vec![String::new(); 257],
        body: "x".repeat(32_769),
        request_id: String::new(),
    };
    assert!(fields(api.send_message(request).await.expect_err("is all wrong")).contains(&"body".to_owned()));
    let request = v1::UpdateRoomRequest {
        room: Some(v1::Room { room_id: "r".into(), ..Default::default() }),
        update_mask: Some(pbjson_types::FieldMask { paths: vec!["position".into()] }),
        request_id: String::new(),
    };
    assert_eq!(fields(api.update_room(request).await.expect_err("can't be changed")), ["update_mask"]);
    let request = v1::ListRoomsRequest { page_size: -1, page_token: String::new(), ..Default::default() };
    assert_eq!(fields(api.list_rooms(request).await.expect_err("is negative")), ["page_size"]);
    let request = v1::ListRoomsRequest { page_size: 1, page_token: "?".into(), ..Default::default() };
    assert_eq!(fields(api.list_rooms(request).await.expect_err("is no token")), ["page_token"]);

    let request = v1::GetParticipantRequest { room_id: "r".into(), participant_id: "nobody".into() };
    let status = api.get_participant(request).await.expect_err("is not there");
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, ErrorReason::ParticipantNotFound));
    assert_eq!(create(&mut api, "r").await.expect_err("is there").code(), Code::AlreadyExists);
}

#[tokio::test]
async fn rooms_and_participants_come_page_by_page_each_once() {
    let service = RoomService::memory().await;
    let mut api = service.api().await;
    for n in 0..57 {
        create(&mut api, &format!("room-{n:02}")).await.expect("is made");
    }
    let (mut token, mut ids) = (String::new(), Vec::new());
    loop {
        let request = v1::ListRoomsRequest { page_size: 10, page_token: token, ..Default::default() };
        let page = api.list_rooms(request).await.expect("is a page").into_inner();
        assert!(page.rooms.len() <= 10);
        ids.extend(page.rooms.into_iter().map(|room| room.room_id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    ids.sort();
    assert_eq!(ids, (0..57).map(|n| format!("room-{n:02}")).collect::<Vec<_>>());

    let mut link = service.link("g1", "room-00").await;
    for n in 0..7 {
        link.join(&format!("p{n}"), &format!("s{n}")).await;
    }
    let (mut token, mut names) = (String::new(), Vec::new());
    loop {
        let request =
            v1::ListParticipantsRequest { room_id: "room-00".into(), page_size: 3, page_token: token };
        let page = api.list_participants(request).await.expect("is a page").into_inner();
        names.extend(page.participants.into_iter().map(|participant| participant.participant_id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names, (0..7).map(|n| format!("p{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn occupied_rooms_come_with_their_participants_if_asked() {
    let service = RoomService::memory().await;
    let mut api = service.api().await;
    for n in 0..40 {
        create(&mut api, &format!("empty-{n}")).await.expect("is made");
    }
    let mut links = Vec::new();
    for n in 0..15 {
        let mut link = service.link("g1", &format!("room-{n:02}")).await;
        link.join("bob", "s1").await;
        link.join("ann", "s2").await;
        links.push(link);
    }
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = v1::ListRoomsRequest {
            page_size: 4,
            page_token: token,
            view: v1::RoomView::Participants.into(),
            occupied_only: true,
        };
        let page = api.list_rooms(request).await.expect("is a page").into_inner();
        assert!(page.rooms.len() <= 4);
        seen.extend(page.rooms);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    seen.sort_by(|a, b| a.room_id.cmp(&b.room_id));
    let ids: Vec<_> = seen.iter().map(|room| room.room_id.as_str()).collect();
    assert_eq!(ids, (0..15).map(|n| format!("room-{n:02}")).collect::<Vec<_>>());
    for room in seen {
        let names: Vec<_> = room.participants.iter().map(|p| p.participant_id.as_str()).collect();
        assert_eq!((names, room.participant_count), (vec!["ann", "bob"], 2));
    }

    let whole = v1::GetRoomRequest { room_id: "room-00".into(), view: v1::RoomView::Participants.into() };
    let room = api.get_room(whole).await.expect("is there").into_inner().room.expect("is told");
    assert_eq!(room.participants.len(), 2);
    let basic = v1::GetRoomRequest { room_id: "room-00".into(), ..Default::default() };
    let room = api.get_room(basic).await.expect("is there").into_inner().room.expect("is told");
    assert!(room.participants.is_empty() && room.participant_count == 2);
    let unknown = v1::ListRoomsRequest { view: 9, ..Default::default() };
    let status = api.list_rooms(unknown).await.expect_err("is no view");
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "view must be a RoomView"));
}

#[tokio::test]
async fn reflection_and_health_answer() {
    use tonic_health::pb::health_client::HealthClient;
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
    let service = RoomService::memory().await;
    let url = format!("http://{}", service.address);
    let channel = tonic::transport::Endpoint::from_shared(url).expect("is an address").connect().await;
    let channel = channel.expect("is listening");
    let mut health = HealthClient::new(channel.clone());
    for name in ["", "switchboard.v1.RoomService", "switchboard.v1.GatewayLink"] {
        let request = HealthCheckRequest { service: name.into() };
        let status = health.check(request).await.expect("is known").into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{name:?}");
    }

    macro_rules! services {
        ($version:ident) => {{
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            let request = ServerReflectionRequest {
                host: String::new(),
                message_request: Some(MessageRequest::ListServices(String::new())),
            };
            let mut client = ServerReflectionClient::new(channel.clone());
            let stream = client.server_reflection_info(tokio_stream::iter([request])).await;
            let answer = stream.expect("is served").into_inner().message().await.expect("answers");
            let Some(MessageResponse::ListServicesResponse(list)) = answer.and_then(|a| a.message_response)
            else {
                panic!("lists services")
            };
            list.service.into_iter().map(|service| service.name).collect::<Vec<_>>()
        }};
    }
    for services in [services!(v1), services!(v1alpha)] {
        for name in ["switchboard.v1.RoomService", "switchboard.v1.GatewayLink", "grpc.health.v1.Health"] {
            assert!(services.iter().any(|service| service == name), "{name} in {services:?}");
        }
    }
}
