//! Every way in × every caller.

use std::collections::BTreeSet;

use prost::Message as _;
use switchboard_auth::Grant;
use switchboard_loadtest::Encoding;
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::{self, ErrorReason};
use switchboard_proto::{FILE_DESCRIPTOR_SET, Refusal};
use tonic::{Code, Request, Status};

use crate::parts::{LINK_SECRET, Parts, Says, claims, forged, resume_of_ann, token, token_of};

/// All that somebody may have who takes part.
const PARTICIPANT: [Grant; 5] = [Grant::Join, Grant::Share, Grant::Publish, Grant::Signal, Grant::Message];

fn reason(status: &Status) -> ErrorReason {
    Refusal::from_status(status).map_or(ErrorReason::Unspecified, |refusal| refusal.reason)
}

/// Who it is, what they show, and the reason and close code if that is refused.
type Joiner = (&'static str, Option<String>, Result<(), (ErrorReason, u16)>);

/// What somebody shows who wants to join room `a` as ann, and what comes of it.
fn joins() -> Vec<Joiner> {
    use ErrorReason as E;
    let ended = token_of(crate::parts::SECRET, &claims("a", "ann", &PARTICIPANT, -60));
    vec![
        ("no token", None, Err((E::TokenMissing, 4003))),
        ("garbage", Some("garbage".into()), Err((E::TokenMalformed, 4003))),
        ("wrong key", Some(forged("a", "ann", &PARTICIPANT)), Err((E::TokenSignatureInvalid, 4003))),
        ("the link secret", Some(LINK_SECRET.into()), Err((E::TokenMalformed, 4003))),
        ("expired", Some(ended), Err((E::TokenExpired, 4002))),
        ("other room", Some(token("b", "ann", &PARTICIPANT)), Err((E::TokenWrongRoom, 4003))),
        ("other identity", Some(token("a", "bob", &PARTICIPANT)), Err((E::TokenWrongIdentity, 4003))),
        ("missing grant", Some(token("a", "ann", &PARTICIPANT[1..])), Err((E::GrantMissing, 4003))),
        ("admin, no participant", Some(token("a", "ann", &[Grant::Admin])), Err((E::GrantMissing, 4003))),
        ("right one", Some(token("a", "ann", &PARTICIPANT)), Ok(())),
        ("to see", Some(token("a", "ann", &[Grant::See])), Ok(())),
    ]
}

#[tokio::test]
async fn a_join_in_either_encoding_by_every_caller() {
    let parts = Parts::start().await;
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        for (what, token, want) in joins() {
            let mut client = parts.connect(encoding, token).await;
            let got = client.join("a", "ann", "").await;
            match want {
                Ok(()) => assert!(got.is_ok(), "{what}: {got:?}"),
                Err((want, code)) => {
                    assert_eq!(got.expect_err(what).reason(), Some(want), "{what} {encoding:?}");
                    assert_eq!(client.closed().await.expect("is closed").0, code, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_resume_needs_a_token_too() {
    let parts = Parts::start().await;
    for (what, token, want) in joins() {
        let first =
            parts.join("a", "ann", Some(crate::parts::token("a", "ann", &PARTICIPANT))).await.expect("joins");
        let welcome = first.welcome().expect("is there").clone();
        let position = first.position();
        first.abort();
        let mut client = parts.connect(Encoding::Json, token).await;
        let resume = resume_of_ann(&welcome, position);
        let got = client.resume(resume).await;
        match want {
            Ok(()) => assert!(got.is_ok(), "{what}: {got:?}"),
            Err((want, code)) => {
                assert_eq!(got.expect_err(what).reason(), Some(want), "{what}");
                assert_eq!(client.closed().await.expect("is closed").0, code, "{what}");
            }
        }
        // The next one takes over whatever is left of it.
    }
}

/// The methods of a service, by the contract: one that is new and has no row below fails the test.
fn methods(service: &str) -> BTreeSet<String> {
    let set = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("decodes");
    let services = set.file.into_iter().flat_map(|file| file.service);
    let found = services.filter(|found| found.name() == service).flat_map(|found| found.method);
    found.map(|method| method.name().to_owned()).collect()
}

/// Calls one method of the API about room `a`.
async fn call(parts: &Parts, method: &str, authorization: Option<String>) -> Result<(), Status> {
    let mut api = parts.api(authorization).await;
    let (room_id, participant_id) = ("a".to_owned(), "nobody".to_owned());
    let room = Some(v1::Room { room_id: room_id.clone(), ..Default::default() });
    let participant = Some(v1::Participant { participant_id: participant_id.clone(), ..Default::default() });
    match method {
        "CreateRoom" => {
            api.create_room(v1::CreateRoomRequest { room_id, ..Default::default() }).await.map(drop)
        }
        "GetRoom" => api.get_room(v1::GetRoomRequest { room_id, ..Default::default() }).await.map(drop),
        "ListRooms" => api.list_rooms(v1::ListRoomsRequest::default()).await.map(drop),
        "UpdateRoom" => api.update_room(v1::UpdateRoomRequest { room, ..Default::default() }).await.map(drop),
        "CloseRoom" => api.close_room(v1::CloseRoomRequest { room_id, ..Default::default() }).await.map(drop),
        "ListParticipants" => api
            .list_participants(v1::ListParticipantsRequest { room_id, ..Default::default() })
            .await
            .map(drop),
        "GetParticipant" => {
            api.get_participant(v1::GetParticipantRequest { room_id, participant_id }).await.map(drop)
        }
        "UpdateParticipant" => {
            let request = v1::UpdateParticipantRequest { room_id, participant, ..Default::default() };
            api.update_participant(request).await.map(drop)
        }
        "RemoveParticipant" => {
            let request = v1::RemoveParticipantRequest { room_id, participant_id, ..Default::default() };
            api.remove_participant(request).await.map(drop)
        }
        "AllowParticipant" => {
            let request = v1::AllowParticipantRequest { room_id, participant_id, ..Default::default() };
            api.allow_participant(request).await.map(drop)
        }
        "SendMessage" => api
            .send_message(v1::SendMessageRequest { room_id, body: "x".into(), ..Default::default() })
            .await
            .map(drop),
        "ExplainSession" => {
            let request = v1::ExplainSessionRequest { room_id, participant_id, ..Default::default() };
            api.explain_session(request).await.map(drop)
        }
        "WatchRoom" => {
            let request = v1::WatchRoomRequest { room_id, ..Default::default() };
            let mut stream = api.watch_room(request).await?.into_inner();
            stream.message().await.map(drop)
        }
        "WatchRooms" => {
            let mut stream = api.watch_rooms(v1::WatchRoomsRequest {}).await?.into_inner();
            stream.message().await.map(drop)
        }
        new => panic!("{new} is new: give it a row here, and say what it needs"),
    }
}

#[tokio::test]
async fn every_method_of_the_api_by_every_caller() {
    use ErrorReason as E;
    let parts = Parts::start().await;
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let ended = token_of(crate::parts::SECRET, &claims("a", "ops", &[Grant::Admin], -60));
    // (caller, for methods of a room, for lists)
    let callers = [
        ("no token", None, Err(E::TokenMissing), Err(E::TokenMissing)),
        ("another scheme", Some("Basic YTpi".into()), Err(E::TokenMissing), Err(E::TokenMissing)),
        ("garbage", bearer("garbage".into()), Err(E::TokenMalformed), Err(E::TokenMalformed)),
        (
            "wrong key",
            bearer(forged("a", "ops", &[Grant::Admin])),
            Err(E::TokenSignatureInvalid),
            Err(E::TokenSignatureInvalid),
        ),
        ("expired", bearer(ended), Err(E::TokenExpired), Err(E::TokenExpired)),
        ("link secret", bearer(LINK_SECRET.into()), Err(E::TokenMalformed), Err(E::TokenMalformed)),
        ("participant", bearer(token("a", "ann", &PARTICIPANT)), Err(E::GrantMissing), Err(E::GrantMissing)),
        ("lists", bearer(token("a", "ops", &[Grant::ListRooms])), Err(E::GrantMissing), Ok(())),
        (
            "admin of b",
            bearer(token("b", "ops", &[Grant::RoomAdmin])),
            Err(E::TokenWrongRoom),
            Err(E::GrantMissing),
        ),
        ("admin of a", bearer(token("a", "ops", &[Grant::RoomAdmin])), Ok(()), Err(E::GrantMissing)),
        ("admin", bearer(token("b", "ops", &[Grant::Admin])), Ok(()), Ok(())),
    ];
    let methods = methods("RoomService");
    assert!(methods.len() >= 14, "{methods:?}");
    for method in &methods {
        for (who, authorization, room, list) in &callers {
            let want = match method.as_str() {
                // A gateway looks on behalf of dashboards.
                "ListRooms" | "GetRoom" if *who == "link secret" => &Ok(()),
                "ListRooms" | "WatchRooms" => list,
                _ => room,
            };
            let got = call(&parts, method, authorization.clone()).await;
            match (want, got) {
                (Err(want), Err(status)) => assert_eq!(reason(&status), *want, "{method} by {who}"),
                (Err(_), Ok(())) => panic!("{method} let in {who}"),
                (Ok(()), Ok(())) => {}
                // It was let in; that there is nobody of that name is the room's own answer.
                (Ok(()), Err(status)) => assert!(
                    matches!(
                        reason(&status),
                        E::RoomNotFound | E::ParticipantNotFound | E::RoomExists | E::RoomClosed
                    ),
                    "{method} by {who}: {status:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_list_shows_what_the_token_names() {
    let parts = Parts::start().await;
    let admin = format!("Bearer {}", token("x", "ops", &[Grant::Admin]));
    for room_id in ["a", "b"] {
        let request = v1::CreateRoomRequest { room_id: room_id.into(), ..Default::default() };
        parts.api(Some(admin.clone())).await.create_room(request).await.expect("is made");
    }
    for (grants, want) in [(&[Grant::ListRooms][..], &["b"][..]), (&[Grant::Admin], &["a", "b"])] {
        let bearer = format!("Bearer {}", token("b", "ops", grants));
        let listed =
            parts.api(Some(bearer)).await.list_rooms(v1::ListRoomsRequest::default()).await.expect("lists");
        let mut ids: Vec<_> = listed.into_inner().rooms.into_iter().map(|room| room.room_id).collect();
        ids.sort();
        assert_eq!(ids, want);
    }
}

#[tokio::test]
async fn a_link_is_for_gateways() {
    let parts = Parts::start().await;
    let admin = token("a", "ops", &[Grant::Admin]);
    let callers = [
        ("nothing", None, false),
        ("another secret", Some("Bearer gateways-say-that-to-room-services".to_owned()), false),
        ("an admin's token", Some(format!("Bearer {admin}")), false),
        ("the link secret", Some(format!("Bearer {LINK_SECRET}")), true),
    ];
    assert_eq!(methods("GatewayLink"), ["Link", "Where"].map(str::to_owned).into());
    for (who, authorization, good) in callers {
        let mut client = GatewayLinkClient::with_interceptor(parts.channel().await, Says(authorization));
        let place = client.r#where(v1::WhereRequest {}).await;
        let hello = v1::GatewayHello { gateway_id: "g-1".into(), partition: 0, version: 1 };
        let hello = v1::LinkRequest { items: vec![v1::link_request_item::Item::Hello(hello).into()] };
        let link = client.link(Request::new(futures_util::stream::iter([hello]))).await;
        for (method, refused) in [("Where", place.err()), ("Link", link.err())] {
            assert_eq!(refused.is_none(), good, "{method} by {who}: {refused:?}");
            assert!(good || refused.is_some_and(|status| reason(&status) == ErrorReason::LinkSecretInvalid));
        }
    }
    // So a gateway with another secret serves nobody.
    let secret = switchboard_auth::Secret::new("gateways-say-that-to-room-services");
    let other = switchboard_auth::LinkSecrets::new(vec![secret]).expect("is a good secret");
    let apart = Parts::start_apart(|config| {
        config.room_services = vec![format!("http://{}", parts.grpc)];
        config.link_secrets = other;
    })
    .await;
    let refused =
        apart.join("a", "ann", Some(token("a", "ann", &PARTICIPANT))).await.expect_err("no room service");
    assert_eq!(refused.reason(), Some(ErrorReason::RoomServiceUnavailable));
}

/// What `GET /ws/validate` says.
async fn validate(parts: &Parts, headers: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let host = parts.url.trim_start_matches("ws://").trim_end_matches("/ws");
    let mut stream = tokio::net::TcpStream::connect(host).await.expect("connects");
    let request = format!("GET /ws/validate HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.expect("takes it");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answers");
    answer
}

#[tokio::test]
async fn a_page_is_told_why_it_would_be_refused() {
    let parts = Parts::start().await;
    let good = format!("authorization: Bearer {}\r\n", token("a", "ann", &PARTICIPANT));
    let ended = token_of(crate::parts::SECRET, &claims("a", "ann", &PARTICIPANT, -60));
    let cases = [
        (String::new(), "ERROR_REASON_TOKEN_MISSING"),
        (format!("authorization: Bearer {ended}\r\n"), "ERROR_REASON_TOKEN_EXPIRED"),
        (format!("{good}origin: https://evil.example\r\n"), "ERROR_REASON_ORIGIN_NOT_ALLOWED"),
        (good, r#"{"ok":true}"#),
    ];
    for (headers, want) in cases {
        let answer = validate(&parts, &headers).await;
        assert!(
            answer.contains(want) && answer.contains("access-control-allow-origin: *"),
            "{want}: {answer}"
        );
    }
}

#[tokio::test]
async fn reflection_is_for_who_is_known_and_health_for_everybody() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::{ServerReflectionRequest, server_reflection_request::MessageRequest};
    let parts = Parts::start().await;
    let ask = async |authorization: Option<String>| {
        let mut client = ServerReflectionClient::with_interceptor(parts.channel().await, Says(authorization));
        let message_request = Some(MessageRequest::ListServices(String::new()));
        let request = ServerReflectionRequest { message_request, ..Default::default() };
        client.server_reflection_info(futures_util::stream::iter([request])).await.map(drop)
    };
    assert_eq!(ask(None).await.expect_err("nobody").code(), Code::Unauthenticated);
    assert_eq!(ask(Some("Bearer x".into())).await.expect_err("garbage").code(), Code::Unauthenticated);
    assert!(ask(Some(format!("Bearer {}", token("a", "ops", &[])))).await.is_ok());
    let mut health = tonic_health::pb::health_client::HealthClient::new(parts.channel().await);
    health.check(tonic_health::pb::HealthCheckRequest::default()).await.expect("a balancer may ask");
}

#[tokio::test]
async fn the_schema_is_told_unless_the_operator_says_otherwise() {
    use switchboard_proto::v1::room_service_client::RoomServiceClient;
    use tonic_reflection::pb::{v1, v1alpha};
    for (flag, told) in [("", true), ("--reflection on", true), ("--reflection off", false)] {
        let service =
            crate::program::Running::start(&format!("roomsvc --auth open --listen 127.0.0.1:0 {flag}"));
        let url = format!("http://{}", service.find("gRPC API").expect("is told"));
        let channel = tonic::transport::Endpoint::from_shared(url).expect("is a URL");
        let channel = channel.connect().await.expect("connects");
        let want = if told { Ok(()) } else { Err(Code::Unimplemented) };
        let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
        let asked = client.server_reflection_info(futures_util::stream::empty()).await;
        assert_eq!(asked.map(drop).map_err(|status| status.code()), want, "{flag}, v1");
        let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel.clone());
        let asked = client.server_reflection_info(futures_util::stream::empty()).await;
        assert_eq!(asked.map(drop).map_err(|status| status.code()), want, "{flag}, v1alpha");
        let mut api = RoomServiceClient::new(channel);
        api.list_rooms(switchboard_proto::v1::ListRoomsRequest::default()).await.expect("goes on");
    }
}
