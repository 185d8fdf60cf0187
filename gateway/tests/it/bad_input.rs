//! What must not go through: each fault has an error or a close code of its own, while a call beside it goes on.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_proto::v1::{MessageReceived, event::Event};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::fake::{Setup, soon};

#[tokio::test]
async fn each_fault_has_its_error() {
    let text = |value: Value| Message::text(value.to_string());
    let long = "x".repeat(129);
    let before_join = vec![
        (Message::text("not json"), "MALFORMED_MESSAGE", ""),
        (Message::text("[1]"), "MALFORMED_MESSAGE", ""),
        (text(json!({"join": 1})), "MALFORMED_MESSAGE", ""),
        (text(json!({"join": {"roomId": 7}})), "MALFORMED_MESSAGE", ""),
        (text(json!({"dance": {}})), "UNKNOWN_MESSAGE_KIND", ""),
        (Message::binary(vec![1, 2, 3]), "WRONG_FRAME_TYPE", ""),
        (text(json!({"join": {"roomId": "", "participantId": "a"}})), "INVALID_FIELD", "join.roomId"),
        (text(json!({"join": {"roomId": long, "participantId": "a"}})), "INVALID_FIELD", "join.roomId"),
        (
            text(json!({"join": {"roomId": "r", "participantId": "a\nb"}})),
            "INVALID_FIELD",
            "join.participantId",
        ),
        (text(json!({"counter": 1, "stopShare": {}})), "NOT_JOINED", ""),
        (text(json!({"heartbeat": {}})), "NOT_JOINED", ""),
        (text(json!({"resume": {}})), "INVALID_FIELD", "resume.roomId"),
    ];
    let after_join = vec![
        (text(json!({"join": {"roomId": "r", "participantId": "a"}})), "ALREADY_JOINED", ""),
        (text(json!({"counter": 0, "stopShare": {}})), "COUNTER_OUT_OF_ORDER", ""),
        (text(json!({"counter": 9, "after": 8, "stopShare": {}})), "COUNTER_OUT_OF_ORDER", ""),
        (Message::text("{"), "MALFORMED_MESSAGE", ""),
    ];
    let signal = |to: &str, kind: &str, payload: &str| json!({"to": to, "kind": kind, "payload": payload});
    let commands = vec![
        (json!({"signal": signal("", "SIGNAL_KIND_OFFER", "{}")}), "signal.to"),
        (json!({"signal": {"to": "bob", "payload": "{}"}}), "signal.kind"),
        (json!({"signal": signal("bob", "SIGNAL_KIND_OFFER", "")}), "signal.payload"),
        (json!({"message": {"body": "x".repeat(33_000)}}), "message.body"),
        (json!({"startShare": {"shareId": long}}), "startShare.shareId"),
        (json!({"updateMetadata": {"metadata": "m".repeat(4_097)}}), "updateMetadata.metadata"),
    ];

    let setup = Setup::start().await;
    // The call beside it.
    let (mut calm, mut link, _) = setup.joined(5).await;

    let mut browser = setup.browser().await;
    let expect = async |browser: &mut crate::fake::Browser, frame: Message, reason: &str, field: &str| {
        let what = format!("{frame:?}");
        browser.raw(frame).await;
        let answer = browser.next().await;
        assert_eq!(answer["error"]["reason"], format!("ERROR_REASON_{reason}"), "{what}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}");
        let violated = answer["error"]["fieldViolations"][0]["field"].as_str().unwrap_or_default();
        assert_eq!(violated, field, "{what}");
    };
    for (frame, reason, field) in before_join {
        expect(&mut browser, frame, reason, field).await;
    }
    browser.join("room").await;
    link.welcome(6).await;
    browser.next().await;
    browser.next().await;
    for (frame, reason, field) in after_join {
        expect(&mut browser, frame, reason, field).await;
    }
    for (at, (mut command, field)) in commands.into_iter().enumerate() {
        command["counter"] = json!(at + 1);
        command["after"] = json!(at);
        browser.send(command).await;
        let answer = browser.next().await;
        assert_eq!(answer["ack"]["counter"], (at + 1).to_string(), "{field}");
        assert_eq!(answer["ack"]["refused"]["reason"], "ERROR_REASON_INVALID_FIELD", "{field}");
        assert_eq!(answer["ack"]["refused"]["fieldViolations"][0]["field"], field);
    }
    // Unknown fields are ignored.
    browser.send(json!({"counter": 7, "after": 6, "color": "red", "stopShare": {"why": 1}})).await;
    link.command().await;

    // The call beside went on undisturbed.
    link.event("room", 7, 5, Event::MessageReceived(MessageReceived { body: "still here".into() }));
    assert_eq!(calm.next().await["event"]["messageReceived"]["body"], "still here");
}

#[tokio::test]
async fn each_abuse_has_its_close_code() {
    let setup = Setup::with(|config| {
        config.join_timeout = Duration::from_millis(200);
        config.ping_interval = Duration::from_millis(150);
        config.pong_timeout = Duration::from_millis(100);
    })
    .await;

    let mut large = setup.browser().await;
    large.raw(Message::text("x".repeat(70_000))).await;
    assert_eq!(large.closed().await, ("FRAME_TOO_LARGE".into(), 4008));

    let mut wrong = setup.browser().await;
    wrong.raw(Message::Frame(Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true))).await;
    assert_eq!(wrong.closed().await, (String::new(), 1007));

    let mut garbage = setup.browser().await;
    for _ in 0..17 {
        garbage.raw(Message::text("garbage")).await;
    }
    assert_eq!(garbage.closed().await, ("MALFORMED_MESSAGE".into(), 4000));

    let mut silent = setup.browser().await;
    assert_eq!(silent.closed().await, ("JOIN_TIMEOUT".into(), 4105));

    // Joined, then deaf: it answers no ping, since nobody reads.
    let (mut deaf, _link, _) = setup.joined(5).await;
    let metric = "closes_total{code=\"4104\",reason=\"ping_timeout\"}";
    setup.until_metric(metric, "1").await;
    assert_eq!(deaf.closed().await, ("PING_TIMEOUT".into(), 4104));
}

#[tokio::test]
async fn a_flood_is_refused_at_the_rate() {
    let setup = Setup::with(|config| {
        config.commands_burst = 5;
        config.commands_per_second = 1;
    })
    .await;
    let (mut browser, _link, _) = setup.joined(5).await;
    // The join took one.
    for n in 1..=10 {
        browser.send(json!({"counter": n, "after": n - 1, "stopShare": {}})).await;
    }
    let refused = browser.next().await;
    assert_eq!(refused["ack"]["counter"], "5");
    assert_eq!(refused["ack"]["refused"]["reason"], "ERROR_REASON_RATE_LIMITED");
    assert_eq!(refused["ack"]["refused"]["temporary"], true);
}

#[tokio::test]
async fn a_refused_join_tells_why() {
    use switchboard_proto::v1::link_response_item::Item as ToGateway;
    use switchboard_proto::v1::{ErrorReason, SessionRefused};
    let cases = [
        (ErrorReason::RoomFull, 4103),
        (ErrorReason::ParticipantRemoved, 4003),
        (ErrorReason::RoomClosed, 4006),
        (ErrorReason::StaleJoin, 4202),
    ];
    let setup = Setup::start().await;
    let mut link = None;
    for (reason, code) in cases {
        let mut browser = setup.browser().await;
        browser.join("room").await;
        if link.is_none() {
            link = Some(setup.link().await);
        }
        let link = link.as_mut().expect("was made");
        let join = link.command().await;
        link.send([ToGateway::Refused(SessionRefused {
            room_id: join.room_id,
            session_id: join.session_id,
            connection_id: join.connection_id,
            reason: reason.into(),
        })]);
        assert_eq!(browser.closed().await, (reason.name().to_owned(), code));
    }
    setup.until_metric("sessions", "0").await;
}

/// Sends a handshake as it stands here; gives status and body.
async fn handshake(setup: &Setup, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(setup.address).await.expect("connects");
    let request = format!("GET /ws HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", setup.address);
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = vec![0; 4096];
    let read = soon("an answer", stream.read(&mut answer)).await.expect("answers");
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
    (head.split(' ').nth(1).unwrap_or_default().to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_bad_handshake_is_answered_in_words() {
    let setup = Setup::start().await;
    let good = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let json = "Sec-WebSocket-Protocol: other, switchboard.v1.json\r\n";
    let cases = [
        (format!("{good}{json}"), "101", ""),
        (String::new(), "426", "WebSocket"),
        (format!("{good}{json}").replace(": 13", ": 8"), "426", "version 13"),
        (format!("{good}{json}").replace("ZQ==", "ZQ"), "400", "Sec-WebSocket-Key"),
        (good.to_owned(), "400", "switchboard.v1.json"),
        (format!("{good}Sec-WebSocket-Protocol: chat\r\n"), "400", "switchboard.v1.json"),
        (format!("{good}{json}Origin: https://evil.example\r\n"), "403", "--allow-origin"),
        (format!("{good}{json}Origin: http://localhost:9\r\n"), "101", ""),
    ];
    for (headers, status, sentence) in cases {
        let (got, body) = handshake(&setup, &headers).await;
        assert_eq!(got, status, "{headers}");
        assert!(body.contains(sentence), "{body}");
    }
}

#[tokio::test]
async fn connections_are_bounded() {
    let setup = Setup::with(|config| config.connections_max = 2).await;
    let first = setup.browser().await;
    let _second = setup.browser().await;
    let (status, body) = handshake(&setup, "").await;
    assert_eq!(status, "503");
    assert!(body.contains("try again later"), "{body}");
    drop(first);
    setup.until("there is room", |handle| handle.connections() < 2).await;
    let _third = setup.browser().await;
}
