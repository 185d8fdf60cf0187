//! What people send each other, over two gateways on two room services.

use switchboard_loadtest::{Client, ClientError, Encoding};
use switchboard_proto::v1::event::Event;
use switchboard_proto::v1::{ErrorReason, LeaveReason, ParticipantState, ShareEndReason, SignalKind};

use crate::cluster::{Cluster, next, next_body, next_signal, until};

const OFFER: &str = "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\n\",\"x\": 1.50}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv1_inv10_an_offer_and_its_answer_cross_gateways_and_room_services_byte_for_byte() {
    let cluster = Cluster::crossed().await;
    for (one, two) in [(Encoding::Json, Encoding::Protobuf), (Encoding::Protobuf, Encoding::Json)] {
        let room = format!("{one:?}");
        let mut alice = cluster.gateways[0].join_as(&room, "alice", one).await;
        let mut bob = cluster.gateways[1].join_as(&room, "bob", two).await;
        let offer = alice.signal("bob", SignalKind::Offer, OFFER).await.expect("is sent");
        assert!(alice.ack(offer).await.expect("is accepted").stored, "invariant 3");
        assert_eq!(next_signal(&mut bob).await, ("alice".into(), OFFER.into()));
        bob.signal("alice", SignalKind::Answer, OFFER).await.expect("is sent");
        assert_eq!(next_signal(&mut alice).await, ("bob".into(), OFFER.into()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_many_talk_at_once_and_everybody_sees_one_order() {
    const PEOPLE: usize = 12;
    const MESSAGES: usize = 25;
    let cluster = Cluster::crossed().await;
    let mut clients = Vec::new();
    for n in 0..PEOPLE {
        clients.push(cluster.gateways[n % 2].join("room", &format!("p{n}")).await);
    }
    let talk = |mut client: Client, n: usize| async move {
        for m in 0..MESSAGES {
            client.message(&[], &format!("p{n}-{m}")).await.expect("is sent");
        }
        let mut heard = Vec::new();
        while heard.len() < PEOPLE * MESSAGES {
            heard.push(next_body(&mut client).await);
        }
        (client, heard)
    };
    let talks = clients.into_iter().enumerate().map(|(n, client)| tokio::spawn(talk(client, n)));
    let mut orders = Vec::new();
    let mut ends = Vec::new();
    for talk in talks.collect::<Vec<_>>() {
        let (client, heard) = talk.await.expect("hears all");
        orders.push(heard);
        ends.push(client.participants().clone());
    }
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "one order for everybody");
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "V3: one room for everybody");
    for n in 0..PEOPLE {
        let own = orders[0].iter().filter(|body| body.starts_with(&format!("p{n}-")));
        assert!(
            own.eq((0..MESSAGES).map(|m| format!("p{n}-{m}")).collect::<Vec<_>>().iter()),
            "p{n}'s own order"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv2_people_who_join_at_once_are_all_members() {
    const PEOPLE: usize = 200;
    let cluster = Cluster::crossed().await;
    let joins: Vec<_> = (0..PEOPLE)
        .map(|n| {
            let url = cluster.gateways[n % 2].url.clone();
            tokio::spawn(async move {
                let mut client = Client::connect(&url, Encoding::Json).await.expect("connects");
                client.set_deadline(crate::cluster::DEADLINE);
                client.join("room", &format!("p{n}"), "").await.expect("joins");
                client
            })
        })
        .collect();
    let mut clients = Vec::new();
    for join in joins {
        clients.push(join.await.expect("joined"));
    }
    for client in &mut clients {
        while client.participants().len() < PEOPLE {
            client.next_event().await.expect("an event comes");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv7_a_newer_join_takes_over_and_the_older_connection_is_told_so() {
    let cluster = Cluster::crossed().await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let mut first = cluster.gateways[0].join("room", "alice").await;
    let mut second = cluster.gateways[1].join("room", "alice").await;
    let (code, _) = first.closed().await.expect("is closed");
    assert_eq!(code, 4004);
    let reason = next(&mut bob, |event| match &event.event {
        Some(Event::ParticipantLeft(left)) => Some(left.reason()),
        _ => None,
    })
    .await;
    assert_eq!(reason, LeaveReason::TakenOver);
    second.message(&[], "still me").await.expect("is sent");
    assert_eq!(next_body(&mut bob).await, "still me");
    assert_eq!(bob.participants().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_a_lost_socket_is_shown_as_reconnecting_and_a_leave_as_a_leave() {
    let cluster = Cluster::crossed().await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let alice = cluster.gateways[0].join("room", "alice").await;
    alice.abort();
    next(&mut bob, |event| matches!(&event.event, Some(Event::ParticipantReconnecting(_))).then_some(()))
        .await;
    assert_eq!(bob.participants()["alice"].state(), ParticipantState::Reconnecting);
    // She comes back as somebody new: the older session is taken over, not doubled.
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let leave = alice.leave().await.expect("is sent");
    let left = alice.ack(leave).await;
    assert!(!matches!(left, Err(ClientError::Refused(_))), "{left:?}");
    next(&mut bob, |event| match &event.event {
        Some(Event::ParticipantLeft(left)) if left.reason() == LeaveReason::Left => Some(()),
        _ => None,
    })
    .await;
    assert_eq!(bob.participants().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_a_room_closed_by_a_caller_ends_every_session_at_every_gateway() {
    use switchboard_proto::v1::{CloseRoomRequest, room_service_client::RoomServiceClient};
    let cluster = Cluster::crossed().await;
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let url = format!("http://{}", cluster.room_services[0].address);
    let mut api = RoomServiceClient::connect(url).await.expect("is listening");
    let close = CloseRoomRequest { room_id: "room".into(), request_id: String::new() };
    api.close_room(close).await.expect("is closed");
    assert_eq!(alice.closed().await.expect("is closed").0, 4006);
    assert_eq!(bob.closed().await.expect("is closed").0, 4006);
    // The name can be used again, and is another room.
    let again = cluster.gateways[1].join("room", "bob").await;
    assert_eq!(again.participants().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv6_who_does_not_come_back_within_the_window_leaves_and_the_empty_room_ends() {
    use switchboard_proto::v1::{CreateRoomRequest, RoomSettings, WatchRoomRequest};
    use switchboard_proto::v1::{room_service_client::RoomServiceClient, watch_room_response::Response};
    let cluster = Cluster::crossed().await;
    let url = format!("http://{}", cluster.room_services[1].address);
    let mut api = RoomServiceClient::connect(url).await.expect("is listening");
    let second = Some(switchboard_proto::duration(1_000));
    let settings = RoomSettings { resume_window: second, departure_timeout: second, ..Default::default() };
    let create = CreateRoomRequest { room_id: "room".into(), settings: Some(settings), ..Default::default() };
    api.create_room(create).await.expect("is made");
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let alice = cluster.gateways[0].join("room", "alice").await;
    alice.abort();
    let mut seen = Vec::new();
    while seen.last() != Some(&LeaveReason::Expired) {
        let change = next(&mut bob, |event| match &event.event {
            Some(Event::ParticipantReconnecting(_)) => Some(LeaveReason::Unspecified),
            Some(Event::ParticipantLeft(left)) => Some(left.reason()),
            _ => None,
        });
        seen.push(change.await);
    }
    assert_eq!(seen, [LeaveReason::Unspecified, LeaveReason::Expired], "once, and only after reconnecting");

    let watch = WatchRoomRequest { room_id: "room".into(), position: None };
    let mut watch = api.watch_room(watch).await.expect("is there").into_inner();
    bob.leave().await.expect("is sent");
    loop {
        let message = tokio::time::timeout(crate::cluster::DEADLINE, watch.message()).await.expect("in time");
        let told = message.expect("goes on until the room ends").expect("has no end of its own");
        if let Some(Response::Event(event)) = told.response
            && matches!(event.event, Some(Event::RoomClosed(_)))
        {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_share_wins_and_everybody_is_told_in_order() {
    let cluster = Cluster::crossed().await;
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    alice.start_share("one", false).await.expect("is sent");
    next(&mut bob, |event| matches!(&event.event, Some(Event::ShareStarted(_))).then_some(())).await;
    bob.start_share("two", true).await.expect("is sent");
    for client in [&mut alice, &mut bob] {
        let ended = next(client, |event| match &event.event {
            Some(Event::ShareEnded(ended)) => Some((ended.participant_id.clone(), ended.reason())),
            _ => None,
        })
        .await;
        assert_eq!(ended, ("alice".into(), ShareEndReason::Replaced));
        next(client, |event| match &event.event {
            Some(Event::ShareStarted(started)) if started.participant_id == "bob" => Some(()),
            _ => None,
        })
        .await;
    }
    let stop = alice.stop_share().await.expect("is sent");
    let refused = alice.ack(stop).await.expect_err("alice does not share any more");
    assert_eq!(refused.reason(), Some(ErrorReason::NotSharing));
    let nobody = alice.signal("nobody", SignalKind::Candidate, "{}").await.expect("is sent");
    let refused = alice.ack(nobody).await.expect_err("nobody is nobody");
    assert_eq!(refused.reason(), Some(ErrorReason::ParticipantNotFound));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_when_room_services_stop_and_start_links_move_and_nothing_is_lost() {
    let mut cluster = Cluster::shared().await;
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let mut sent = 0;
    for round in 0..4 {
        // The other one stops and comes back at the same address, while messages are under way.
        for _ in 0..20 {
            sent += 1;
            alice.message(&[], &sent.to_string()).await.expect("is sent");
        }
        let index = round % 2;
        let address = cluster.room_services[index].address;
        drop(cluster.room_services.remove(index));
        until("the port is free", || std::net::TcpListener::bind(address).is_ok()).await;
        for _ in 0..20 {
            sent += 1;
            alice.message(&[], &sent.to_string()).await.expect("is sent");
        }
        let again = crate::cluster::RoomService::start(&cluster.redis.url(), Some(address));
        cluster.room_services.insert(index, again);
        for n in sent - 39..=sent {
            assert_eq!(next_body(&mut bob).await, n.to_string(), "in order, once each");
        }
    }
    for n in 1..=sent {
        assert!(alice.ack(n).await.expect("is accepted").stored);
    }
    assert_eq!(cluster.gateways.len(), 2);
}
