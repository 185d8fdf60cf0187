//! What a token grants in the room: each command, renewal, its end, ICE servers, and removal.

use std::time::Duration;

use switchboard_auth::{Claims, Grant, IceServers, Secret};
use switchboard_loadtest::{Client, Encoding};
use switchboard_proto::v1::{
    self, ErrorReason, SignalKind, client_message::Kind, server_message::Kind as Told,
};

use crate::parts::{Parts, SECRET, WITHIN, claims, resume_of_ann, token, token_of};

async fn permissions(client: &mut Client) -> v1::Permissions {
    loop {
        if let Some(Told::Permissions(permissions)) =
            client.next_message().await.expect("a message comes").kind
        {
            return permissions;
        }
    }
}

/// Sends each command once; gives the names of those that were refused for want of a grant.
async fn refused(client: &mut Client) -> Vec<&'static str> {
    let signal = |kind: SignalKind| {
        Kind::Signal(v1::Signal { to: "bob".into(), kind: kind.into(), payload: "{}".into() })
    };
    let commands = [
        ("metadata", Kind::UpdateMetadata(v1::UpdateMetadata { metadata: "m".into() })),
        ("share", Kind::StartShare(v1::StartShare::default())),
        ("offer", signal(SignalKind::Offer)),
        ("answer", signal(SignalKind::Answer)),
        ("candidate", signal(SignalKind::Candidate)),
        ("message", Kind::Message(v1::Message { to: Vec::new(), body: "x".into() })),
        ("renegotiate", Kind::Renegotiate(v1::Renegotiate {})),
    ];
    let mut refused = Vec::new();
    for (name, kind) in commands {
        let counter = client.send_command(kind).await.expect("is sent");
        match client.ack(counter).await {
            Ok(_) => {}
            Err(error) if error.reason() == Some(ErrorReason::GrantMissing) => refused.push(name),
            Err(error) => panic!("{name}: {error}"),
        }
    }
    refused
}

#[tokio::test]
async fn each_command_by_its_grant() {
    let parts = Parts::start().await;
    let _bob = parts.join("a", "bob", Some(token("a", "bob", &[Grant::See]))).await.expect("joins");
    let cases: [(&[Grant], &[&str]); 5] = [
        (&[Grant::See], &["metadata", "share", "offer", "message"]),
        (&[Grant::Join], &["share", "offer", "message"]),
        (&[Grant::Join, Grant::Share], &["message"]),
        (&[Grant::Join, Grant::Message], &["share", "offer"]),
        (&[Grant::Join, Grant::Share, Grant::Publish, Grant::Signal, Grant::Message], &[]),
    ];
    for (grants, want) in cases {
        let mut ann = parts.join("a", "ann", Some(token("a", "ann", grants))).await.expect("joins");
        assert_eq!(refused(&mut ann).await, want, "{grants:?}");
    }
}

#[tokio::test]
async fn the_token_says_who_it_is_and_what_stands_beside() {
    let parts = Parts::start().await;
    let claims = Claims { metadata: Some("from the token".into()), ..claims("a", "ann", &[Grant::Join], 60) };
    let mut ann = parts.connect(Encoding::Json, Some(token_of(SECRET, &claims))).await;
    // Room and identity may be left to the token.
    let welcome = ann.join("", "", "from the browser").await.expect("joins");
    assert_eq!((welcome.room_id.as_str(), welcome.participant_id.as_str()), ("a", "ann"));
    assert_eq!(ann.participants()["ann"].metadata, "from the token");
    let counter = ann
        .send_command(Kind::UpdateMetadata(v1::UpdateMetadata { metadata: "m".into() }))
        .await
        .expect("is sent");
    assert_eq!(ann.ack(counter).await.expect_err("is refused").reason(), Some(ErrorReason::GrantMissing));
}

#[tokio::test]
async fn grants_change_with_a_new_token_without_leaving() {
    let parts = Parts::start().await;
    let mut ann = parts.join("a", "ann", Some(token("a", "ann", &[Grant::See]))).await.expect("joins");
    let session = ann.session_id().expect("has one").to_owned();
    let say = || Kind::Message(v1::Message { to: Vec::new(), body: "x".into() });
    let counter = ann.send_command(say()).await.expect("is sent");
    assert_eq!(ann.ack(counter).await.expect_err("is refused").reason(), Some(ErrorReason::GrantMissing));
    // Wrong ones change nothing.
    for (wrong, want) in [
        (token("b", "ann", &[Grant::Join, Grant::Message]), ErrorReason::TokenWrongRoom),
        (token("a", "bob", &[Grant::Join, Grant::Message]), ErrorReason::TokenWrongIdentity),
        ("garbage".into(), ErrorReason::TokenMalformed),
    ] {
        assert_eq!(ann.renew_token(&wrong).await.expect_err("is refused").reason(), Some(want));
    }
    let told = ann.renew_token(&token("a", "ann", &[Grant::Join, Grant::Message])).await.expect("is taken");
    assert_eq!(told.grants, ["join", "message"]);
    let counter = ann.send_command(say()).await.expect("is sent");
    ann.ack(counter).await.expect("is granted now");
    ann.renew_token(&token("a", "ann", &[Grant::See])).await.expect("is taken");
    let counter = ann.send_command(say()).await.expect("is sent");
    assert_eq!(ann.ack(counter).await.expect_err("is refused").reason(), Some(ErrorReason::GrantMissing));
    assert_eq!(ann.session_id(), Some(session.as_str()));
}

#[tokio::test]
async fn who_is_without_a_valid_token_is_out() {
    let parts = Parts::start().await;
    // It has ended by its own word, and the leeway for clocks is nearly over.
    let ends_soon = |who: &str| token_of(SECRET, &claims("a", who, &[Grant::Join], -8));
    let mut ann = parts.join("a", "ann", Some(ends_soon("ann"))).await.expect("joins");
    let mut bob = parts.join("a", "bob", Some(ends_soon("bob"))).await.expect("joins");
    let told = bob.renew_token(&token("a", "bob", &[Grant::Join])).await.expect("is taken");
    assert!(told.token_expire_time.is_some());
    assert_eq!(ann.closed().await.expect("is closed").0, 4002);
    // Who has renewed stays, and what ann had can be taken up with another token.
    let counter = bob.send_command(Kind::Renegotiate(v1::Renegotiate {})).await.expect("is sent");
    bob.ack(counter).await.expect("is here");
    let welcome = ann.welcome().expect("is there").clone();
    let mut again = parts.connect(Encoding::Json, Some(token("a", "ann", &[Grant::Join]))).await;
    let resume = resume_of_ann(&welcome, ann.position());
    again.resume(resume).await.expect("goes on");
    assert_eq!(permissions(&mut again).await.grants, ["join"]);
}

#[tokio::test]
async fn credentials_for_turn_come_and_are_renewed() {
    let urls = ["stun:stun.example:3478", "turn:turn.example:3478"].map(str::to_owned);
    let ttl = Duration::from_secs(2);
    let ice = IceServers::new(&urls, Some(Secret::new("shared with coturn")), ttl).expect("are good");
    let parts = Parts::start_with(|config| config.ice_servers = ice).await;
    let mut ann = parts.join("a", "ann", Some(token("a", "ann", &[Grant::Join]))).await.expect("joins");
    let first = ann.welcome().expect("is there").ice_servers.clone();
    assert_eq!(first[0].urls, ["stun:stun.example:3478"]);
    let ends = |servers: &[v1::IceServer]| -> u64 {
        let (ends, who) = servers[1].username.split_once(':').expect("has two parts");
        assert_eq!(who, "ann");
        ends.parse().expect("is a time")
    };
    let renewed = tokio::time::timeout(WITHIN, async {
        loop {
            if let Some(Told::IceServers(told)) = ann.next_message().await.expect("a message comes").kind {
                return told.ice_servers;
            }
        }
    });
    let renewed = renewed.await.expect("are renewed");
    assert!(ends(&renewed) > ends(&first), "{renewed:?}");
    assert_ne!(renewed[1].credential, first[1].credential);
}

#[tokio::test]
async fn a_removal_sticks_at_every_gateway_whatever_the_token() {
    let parts = Parts::start().await;
    // Another gateway on the same room service.
    let other =
        Parts::start_with(|config| config.room_services = vec![format!("http://{}", parts.grpc)]).await;
    let good = || Some(token("a", "ann", &[Grant::Join]));
    let mut ann = parts.join("a", "ann", good()).await.expect("joins");
    let welcome = ann.welcome().expect("is there").clone();
    let position = ann.position();
    let admin = format!("Bearer {}", token("a", "ops", &[Grant::RoomAdmin]));
    let mut api = parts.api(Some(admin)).await;
    let remove = v1::RemoveParticipantRequest {
        room_id: "a".into(),
        participant_id: "ann".into(),
        ..Default::default()
    };
    api.remove_participant(remove).await.expect("is removed");
    assert_eq!(ann.closed().await.expect("is closed").0, 4005);
    for gateway in [&parts, &other] {
        let refused = gateway.join("a", "ann", good()).await.expect_err("is refused");
        assert_eq!(refused.reason(), Some(ErrorReason::ParticipantRemoved));
        let mut client = gateway.connect(Encoding::Json, good()).await;
        let resume = resume_of_ann(&welcome, position);
        assert!(client.resume(resume).await.is_err());
    }
    let allow = v1::AllowParticipantRequest {
        room_id: "a".into(),
        participant_id: "ann".into(),
        ..Default::default()
    };
    api.allow_participant(allow).await.expect("is allowed");
    other.join("a", "ann", good()).await.expect("may come back");
}
