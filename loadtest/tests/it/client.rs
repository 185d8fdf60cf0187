//! The client: joins, events in order, answers, ends.

use std::time::Duration;

use switchboard_loadtest::client::{ClientError, Dropped, Stream};
use switchboard_loadtest::{Client, Encoding, Options};
use switchboard_proto::v1::{
    self, ErrorReason, SignalKind, event::Event as Kind, server_message::Kind as Told,
};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::server::{at, gateway, json, scripted};

async fn joined(url: &str, encoding: Encoding, name: &str) -> Client {
    let mut client = Client::connect(url, encoding).await.expect("connects");
    client.join("room", name, "").await.expect("joins");
    client
}

fn impatient() -> Options {
    Options { deadline: Duration::from_millis(200), ..Options::default() }
}

fn message(prev: u64, seq: u64) -> Message {
    let kind = Kind::MessageReceived(v1::MessageReceived { body: seq.to_string() });
    let event = v1::Event {
        position: Some(at(seq)),
        prev: Some(at(prev)),
        stored: true,
        event: Some(kind),
        ..Default::default()
    };
    json(Told::Event(event))
}

fn snapshot(seq: u64) -> Message {
    json(Told::Snapshot(v1::Snapshot { position: Some(at(seq)), ..Default::default() }))
}

fn welcome() -> Message {
    json(Told::Welcome(v1::Welcome { session_id: "s".into(), ..Default::default() }))
}

async fn told(frames: Vec<Message>) -> Client {
    let url = scripted(frames).await;
    let mut client = Client::connect(&url, impatient()).await.expect("connects");
    client.join("room", "ann", "").await.expect("joins");
    client
}

#[tokio::test]
async fn two_talk_in_either_encoding() {
    let url = gateway().await;
    let mut ann = joined(&url, Encoding::Json, "ann").await;
    let mut bob = joined(&url, Encoding::Protobuf, "bob").await;
    assert_eq!(bob.participants().len(), 2);

    let payload = r#"{"type":"offer","sdp":"v=0\r\n\u00fc"}"#;
    let counter = ann.signal("bob", SignalKind::Offer, payload).await.expect("sent");
    // The answer is waited for first; the event that came before it is kept.
    assert!(ann.ack(counter).await.expect("stored").stored);
    assert_eq!(ann.participants().len(), 2);
    let event = ann.next_event().await.expect("bob's join");
    assert!(matches!(event.event, Some(Kind::ParticipantJoined(_))));

    let event = bob.next_event().await.expect("the offer");
    let Some(Kind::SignalReceived(signal)) = event.event else { panic!("{event:?}") };
    assert_eq!((signal.kind(), signal.payload.as_str()), (SignalKind::Offer, payload));
    let from = event.from.expect("a sender");
    assert_eq!((from.session_id.as_str(), from.counter), (ann.session_id().expect("joined"), counter));

    let update = bob.update_metadata("busy").await.expect("sent");
    bob.ack(update).await.expect("stored");
    ann.next_event().await.expect("bob's update");
    assert_eq!(ann.participants()["bob"].metadata, "busy");
    assert_eq!(ann.position(), bob.position());

    bob.leave().await.expect("sent");
    assert_eq!(bob.closed().await.expect("closed").0, 1000);
    ann.next_event().await.expect("bob's leave");
    assert_eq!(ann.participants().len(), 1);
}

#[tokio::test]
async fn a_refused_command_has_a_reason_and_the_connection_lives() {
    let url = gateway().await;
    let mut ann = joined(&url, Encoding::Json, "ann").await;
    let lost = ann.signal("nobody", SignalKind::Offer, "{}").await.expect("sent");
    let found = ann.message(&[], "hello").await.expect("sent");
    assert!(ann.ack(found).await.is_ok());
    let error = ann.ack(lost).await.expect_err("refused");
    assert_eq!(error.reason(), Some(ErrorReason::ParticipantNotFound));
    assert!(matches!(ann.ack(99).await, Err(ClientError::UnknownCounter(99))));
}

#[tokio::test]
async fn an_unknown_subprotocol_is_refused_with_a_status() {
    let url = gateway().await;
    for subprotocols in ["", "chess.v1"] {
        let options = Options { subprotocols: Some(subprotocols.into()), ..Options::default() };
        let error = Client::connect(&url, options).await.expect_err("refused");
        assert!(
            matches!(&error, ClientError::Http { status: 400, body } if body == "UNKNOWN_SUBPROTOCOL"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn nobody_there_and_no_url_are_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("an address"));
    drop(listener);
    for (url, label) in
        [(url.as_str(), "connect: connection refused"), ("http://x/ws", "url"), ("ws:", "url")]
    {
        let error = Client::connect(url, Options::default()).await.expect_err("no gateway");
        assert_eq!(error.label(), label, "{error}");
    }
}

#[tokio::test]
async fn a_source_address_can_be_chosen() {
    let url = gateway().await;
    let source = Some("127.0.0.3".parse().expect("an address"));
    let options = Options { source, ..Options::default() };
    let mut ann = Client::connect(&url, options).await.expect("connects");
    ann.join("room", "ann", "").await.expect("joins");
}

#[tokio::test]
async fn a_repeat_is_dropped_and_a_hole_is_an_error() {
    let frames = vec![welcome(), snapshot(5), message(5, 6), message(5, 6), message(6, 8), message(9, 10)];
    let mut ann = told(frames).await;
    for seq in [6, 8] {
        assert_eq!(ann.next_event().await.expect("follows").position, Some(at(seq)));
    }
    assert!(matches!(ann.next_event().await, Err(ClientError::OutOfOrder { .. })));
    assert_eq!(ann.dropped(), Dropped { events: 1, signals: 0 });
}

#[tokio::test]
async fn a_reset_is_told_and_the_next_snapshot_counts() {
    let reset = json(Told::Reset(v1::Reset { reason: v1::ResetReason::Trimmed.into() }));
    let mut ann = told(vec![welcome(), snapshot(5), reset, snapshot(50), message(50, 51)]).await;
    assert!(matches!(ann.next_event().await, Err(ClientError::Reset(v1::ResetReason::Trimmed))));
    ann.wait_for_snapshot().await.expect("a snapshot");
    assert_eq!(ann.next_event().await.expect("follows").position, Some(at(51)));
}

#[tokio::test]
async fn a_close_tells_code_and_reason_to_every_method() {
    let close = CloseFrame { code: 4101.into(), reason: "SLOW_READER".into() };
    let mut ann = told(vec![welcome(), snapshot(5), message(5, 6), Message::Close(Some(close))]).await;
    assert!(ann.next_event().await.is_ok(), "what came before it is still there");
    assert_eq!(ann.next_event().await.expect_err("closed").close_code(), Some(4101));
    assert_eq!(ann.message(&[], "x").await.expect_err("closed").close_code(), Some(4101));
    assert_eq!(ann.closed().await.expect("closed"), (4101, "SLOW_READER".to_owned()));
}

#[tokio::test]
async fn silence_ends_with_a_timeout() {
    let mut ann = told(vec![welcome(), snapshot(5)]).await;
    assert_eq!(ann.next_event().await.expect_err("silence").label(), "timeout: an event");
    let counter = ann.message(&[], "x").await.expect("sent");
    assert_eq!(ann.ack(counter).await.expect_err("silence").label(), "timeout: the acknowledgement");
    assert_eq!(ann.closed().await.expect_err("silence").label(), "timeout: the end of the connection");
}

#[tokio::test]
async fn an_error_before_the_join_is_told_as_it_came() {
    let url = gateway().await;
    let mut ann = Client::connect(&url, Options::default()).await.expect("connects");
    ann.message(&[], "too early").await.expect("sent");
    let told = ann.next_message().await.expect("an error").kind;
    let Some(Told::Error(error)) = told else { panic!("{told:?}") };
    assert_eq!((error.reason(), error.counter), (ErrorReason::NotJoined, 1));
}

#[tokio::test]
async fn raw_frames_are_sent_as_they_are() {
    let url = gateway().await;
    // Nothing of this is understood there, but the last one breaks the WebSocket itself.
    let mut ann = Client::connect(&url, impatient()).await.expect("connects");
    ann.send_raw_text("not JSON").await.expect("sent");
    ann.send_raw_binary(&[0xff, 0xff]).await.expect("sent");
    ann.send_raw_text_bytes(&[0xff, 0xfe]).await.expect("sent");
    assert!(ann.closed().await.is_ok());

    let mut half = Client::connect(&url, impatient()).await.expect("connects");
    half.send_raw_bytes(&[0x81]).await.expect("sent");
    half.abort();
}

#[tokio::test]
async fn a_session_is_taken_up_over_a_stream_that_was_given() {
    let resumed = v1::Resumed { session_id: "s".into(), generation: 2, last: 6, ..Default::default() };
    let url = scripted(vec![json(Told::Resumed(resumed.clone())), message(5, 7)]).await;
    let address = url.trim_start_matches("ws://").trim_end_matches("/ws");
    let stream = tokio::net::TcpStream::connect(address).await.expect("connects");
    let stream: Box<dyn Stream> = Box::new(stream);
    let mut client = Client::over(stream, &url, impatient()).await.expect("a WebSocket");
    let resume = v1::Resume { generation: 2, position: Some(at(5)), ..Default::default() };
    assert_eq!(client.resume(resume).await.expect("is taken up"), resumed);
    assert_eq!(client.next_event().await.expect("follows").position, Some(at(7)));
    assert_eq!(client.message(&[], "").await.expect("sent"), 7, "counters go on above the last one decided");
}
