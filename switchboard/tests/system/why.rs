//! What became of a session, told by the room service: real rooms in a real Redis, sockets that end in every way.

use std::time::Duration;

use switchboard_loadtest::{Client, Encoding, Options};
use switchboard_proto::Refusal;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::{
    self, ConnectionCloser, ErrorReason, LeaveReason, SessionFactKind, SessionState,
};
use tonic::transport::Channel;

use crate::cluster::{Cluster, DEADLINE, next_body};

/// The API at one of the room services. The other one has the sockets of half of the people.
async fn api(cluster: &Cluster) -> RoomServiceClient<Channel> {
    let url = format!("http://{}", cluster.room_services[0].address);
    RoomServiceClient::connect(url).await.expect("connects")
}

async fn explain(api: &mut RoomServiceClient<Channel>, session: &str) -> v1::ExplainSessionResponse {
    let (room_id, session_id) = ("room".to_owned(), session.to_owned());
    let request = v1::ExplainSessionRequest { room_id, session_id, ..Default::default() };
    api.explain_session(request).await.expect("is known").into_inner()
}

/// Asks until the session stands so.
async fn explain_when(
    api: &mut RoomServiceClient<Channel>,
    session: &str,
    state: SessionState,
) -> v1::ExplainSessionResponse {
    let by = tokio::time::Instant::now() + DEADLINE;
    loop {
        let told = explain(api, session).await;
        if told.state() == state {
            return told;
        }
        assert!(tokio::time::Instant::now() < by, "is not {state:?} in time: {told:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn fact(told: &v1::ExplainSessionResponse, kind: SessionFactKind) -> &v1::SessionFact {
    told.facts.iter().find(|fact| fact.kind() == kind).unwrap_or_else(|| panic!("no {kind:?} in {told:?}"))
}

/// A room whose windows are short.
async fn create(api: &mut RoomServiceClient<Channel>, window: i64) {
    let resume_window = Some(v1_duration(window));
    let settings = Some(v1::RoomSettings { resume_window, ..Default::default() });
    let request = v1::CreateRoomRequest { room_id: "room".into(), settings, ..Default::default() };
    api.create_room(request).await.expect("is made");
}

fn v1_duration(seconds: i64) -> pbjson_types::Duration {
    pbjson_types::Duration { seconds, nanos: 0 }
}

fn session_of(client: &Client) -> String {
    client.session_id().expect("has joined").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_who_was_taken_over_and_who_was_removed() {
    let cluster = Cluster::crossed().await;
    let mut api = api(&cluster).await;
    let _ann = cluster.gateways[0].join("room", "ann").await;

    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let first = session_of(&bob);
    let told = explain(&mut api, &first).await;
    assert_eq!((told.participant_id.as_str(), told.state()), ("bob", SessionState::Joined));
    assert!(told.facts[0].gateway_id.len() > 32 && told.log_begin_time.is_some(), "{told:?}");
    let share = bob.start_share("screen", false).await.expect("is sent");
    bob.ack(share).await.expect("is taken");
    let leave = bob.leave().await.expect("is sent");
    bob.ack(leave).await.expect("is taken");
    let told = explain(&mut api, &first).await;
    assert!(told.summary.starts_with("bob left at ") && told.summary.contains("own word"), "{told:?}");
    let kinds: Vec<_> = told.facts.iter().map(v1::SessionFact::kind).collect();
    use SessionFactKind as Kind;
    assert_eq!(
        kinds,
        [Kind::Joined, Kind::ShareStarted, Kind::Commanded, Kind::ShareEnded, Kind::Left],
        "{told:?}"
    );

    let mut older = cluster.gateways[1].join("room", "bob").await;
    let mut newer = cluster.gateways[0].join("room", "bob").await;
    assert_eq!(older.closed().await.expect("is closed").0, 4004);
    let told = explain(&mut api, &session_of(&older)).await;
    let over = fact(&told, Kind::Left);
    assert_eq!(over.leave_reason(), LeaveReason::TakenOver);
    assert_eq!(over.successor_session_id, session_of(&newer));
    assert!(told.summary.contains("A newer join as bob took over"), "{told:?}");

    let remove = v1::RemoveParticipantRequest {
        room_id: "room".into(),
        participant_id: "bob".into(),
        duration: Some(v1_duration(3_600)),
        ..Default::default()
    };
    api.remove_participant(remove).await.expect("is done");
    assert_eq!(newer.closed().await.expect("is closed").0, 4005);
    // By its name, since an operator knows no session.
    let by_name = v1::ExplainSessionRequest {
        room_id: "room".into(),
        participant_id: "bob".into(),
        ..Default::default()
    };
    let told = api.explain_session(by_name).await.expect("is known").into_inner();
    assert_eq!((told.session_id.clone(), told.state()), (session_of(&newer), SessionState::Ended));
    assert!(told.summary.contains("was put out of the room"), "{told:?}");
    assert!(told.summary.contains("may not join until 2"), "{told:?}");
    assert_eq!(told.other_session_ids, [first, session_of(&older)]);
    assert!(fact(&told, Kind::Removed).expire_time.is_some());

    // A closed room still remembers how its sessions ended.
    let close = v1::CloseRoomRequest { room_id: "room".into(), ..Default::default() };
    api.close_room(close).await.expect("is closed");
    let told = explain(&mut api, &session_of(&older)).await;
    assert_eq!(told.summary, "A newer join as somebody took over.");
    assert_eq!(fact(&told, Kind::Left).leave_reason(), LeaveReason::TakenOver);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_its_socket_is_told_how_and_that_its_window_ran_out() {
    let cluster = Cluster::crossed().await;
    let mut api = api(&cluster).await;
    create(&mut api, 1).await;
    let _ann = cluster.gateways[0].join("room", "ann").await;
    let bob = cluster.gateways[1].join("room", "bob").await;
    let session = session_of(&bob);
    bob.abort();
    let told = explain_when(&mut api, &session, SessionState::Ended).await;
    assert!(told.summary.starts_with("bob did not come back within its resume window"), "{told:?}");
    assert!(told.summary.contains("The connection broke without a close"), "{told:?}");
    let end = fact(&told, SessionFactKind::ConnectionEnded).connection_end.as_ref().expect("is told");
    assert_eq!((end.closed_by(), end.close_code), (ConnectionCloser::Nobody, 1006));

    // A page that goes says so.
    let mut eve = cluster.gateways[1].join("room", "eve").await;
    let session = session_of(&eve);
    eve.close(1001, "").await.expect("is sent");
    let told = explain_when(&mut api, &session, SessionState::Ended).await;
    assert!(told.summary.contains("The client closed the connection (1001): its page"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_too_slowly_is_told_so() {
    let cluster = Cluster::shared_with(|config| config.outbox_bytes_max = 64 << 10).await;
    let mut api = api(&cluster).await;
    let mut ann = cluster.gateways[0].join("room", "ann").await;
    let options = Options { receive_buffer_bytes: Some(4_096), ..Options::from(Encoding::Json) };
    let mut deaf = Client::connect(&cluster.gateways[1].url, options).await.expect("connects");
    deaf.join("room", "deaf", "").await.expect("joins");
    let session = session_of(&deaf);
    let body = "x".repeat(30_000);
    for n in 0.. {
        assert!(n < 2_000, "the deaf one is never closed");
        let counter = ann.message(&[], &body).await.expect("is sent");
        ann.ack(counter).await.expect("is accepted");
        next_body(&mut ann).await;
        if ann.participants().get("deaf").is_none_or(|deaf| deaf.state() != v1::ParticipantState::Joined) {
            break;
        }
    }
    let told = explain_when(&mut api, &session, SessionState::Reconnecting).await;
    assert!(told.summary.contains("4202 SLOW_READER"), "{told:?}");
    assert!(told.summary.contains("It may come back until "), "{told:?}");
    let end = fact(&told, SessionFactKind::ConnectionEnded).connection_end.as_ref().expect("is told");
    assert_eq!((end.closed_by(), end.reason()), (ConnectionCloser::Gateway, ErrorReason::SlowReader));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socketio_client_that_is_lost_is_told_alike() {
    let cluster = Cluster::crossed().await;
    let mut api = api(&cluster).await;
    let edge = &cluster.gateways[1];
    let mut bob = edge.join("room", "bob").await;
    let url = edge.url.replace("/ws", "/socket.io/?EIO=4&transport=websocket");
    let options = Options { subprotocols: Some(String::new()), ..Options::from(Encoding::Json) };
    let mut sam = Client::connect(&url, options).await.expect("connects");
    sam.send_raw_text("40").await.expect("is sent");
    sam.send_raw_text(r#"42["join-room","room","sam"]"#).await.expect("is sent");
    while !bob.participants().contains_key("sam") {
        bob.next_event().await.expect("an event comes");
    }
    let session = bob.participants()["sam"].session_id.clone();
    sam.abort();
    let told = explain_when(&mut api, &session, SessionState::Reconnecting).await;
    assert!(told.summary.starts_with("sam lost its connection at "), "{told:?}");
    assert!(told.summary.contains("The connection broke without a close"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_wrongly_or_of_nobody_is_refused() {
    let cluster = Cluster::crossed().await;
    let mut api = api(&cluster).await;
    let mut ask = async |room_id: &str, session_id: &str, participant_id: &str| {
        let request = v1::ExplainSessionRequest {
            room_id: room_id.into(),
            session_id: session_id.into(),
            participant_id: participant_id.into(),
        };
        let refused = api.explain_session(request).await.expect_err("is refused");
        Refusal::from_status(&refused).map(|refusal| refusal.reason)
    };
    assert_eq!(ask("room", "", "bob").await, Some(ErrorReason::RoomNotFound));
    let _ann = cluster.gateways[0].join("room", "ann").await;
    assert_eq!(ask("room", "", "bob").await, Some(ErrorReason::ParticipantNotFound));
    assert_eq!(ask("room", "se_1", "").await, Some(ErrorReason::SessionNotFound));
    assert_eq!(ask("room", "", "").await, Some(ErrorReason::InvalidField));
    assert_eq!(ask("room", "se_1", "bob").await, Some(ErrorReason::InvalidField));
    assert_eq!(ask("", "se_1", "").await, Some(ErrorReason::InvalidField));
}
