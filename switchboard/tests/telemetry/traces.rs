//! Traces that a real collector had, of real processes.

use std::collections::BTreeSet;

use futures_util::{SinkExt as _, StreamExt as _};
use switchboard_loadtest::Client;
use switchboard_proto::v1::{self, SignalKind};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tonic::Request;

use crate::collector::{Collector, Seen};
use crate::fleet::{Fleet, admin, listens};
use crate::logs::http;
use crate::program::WITHIN;

/// The one span of that name in a trace.
fn only<'a>(spans: &'a [Seen], trace: &str, name: &str) -> &'a Seen {
    let found: Vec<_> = spans.iter().filter(|span| span.trace == trace && span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {spans:#?}");
    found[0]
}

fn of_room<'a>(spans: &'a [Seen], name: &str, room: &str) -> Option<&'a Seen> {
    spans.iter().find(|span| span.name == name && span.says("switchboard.room") == room)
}

/// The payload of the next signal, or the text of the next message.
async fn told(client: &mut Client) -> String {
    loop {
        match client.next_event().await.expect("an event comes").event {
            Some(v1::event::Event::SignalReceived(signal)) => return signal.payload,
            Some(v1::event::Event::MessageReceived(message)) => return message.body,
            _ => {}
        }
    }
}

/// One client of Socket.IO, on a bare WebSocket.
type SocketIo = tokio_tungstenite::WebSocketStream<TcpStream>;

/// Waits for a packet that begins so.
async fn packet(socket: &mut SocketIo, begins: &str) -> String {
    loop {
        let frame =
            timeout(WITHIN, socket.next()).await.expect("in time").expect("is open").expect("is whole");
        let text = frame.into_text().expect("is text");
        if text == "2" {
            socket.send(Message::text("3")).await.expect("is open");
        } else if text.starts_with(begins) {
            return text.to_string();
        }
    }
}

async fn say(socket: &mut SocketIo, packet: &str) {
    socket.send(Message::text(packet)).await.expect("is open");
}

/// The spans from a signal to its receiver hang together, over three processes; gives the trace.
fn check_chain(spans: &[Seen], name: &str, room: &str, from: &str, to: &str) -> String {
    let signal = of_room(spans, name, room).expect("was waited for");
    let trace = signal.trace.clone();
    let append = only(spans, &trace, "append");
    let redis = only(spans, &trace, "redis");
    let deliver = only(spans, &trace, "deliver");
    assert_eq!(signal.parent, "", "it begins the trace");
    assert_eq!(append.parent, signal.id);
    assert_eq!(redis.parent, append.id);
    assert_eq!(deliver.parent, append.id);
    let services = [signal, append, redis, deliver].map(|span| span.service.as_str());
    let (gateway, rooms) = ("switchboard-gateway", "switchboard-roomsvc");
    assert_eq!(services, [gateway, rooms, rooms, gateway]);
    let instances: BTreeSet<_> =
        spans.iter().filter(|span| span.trace == trace).map(|span| &span.instance).collect();
    assert_eq!(instances.len(), 3, "one trace over three processes");
    for span in [signal, append, deliver] {
        assert_eq!(span.says("switchboard.room"), room);
        assert!(!span.says("switchboard.session").is_empty() || span.name == "append", "{span:?}");
        assert!(span.begun <= span.ended && !span.is_failed, "{span:?}");
    }
    assert_eq!([signal, append].map(|span| span.says("switchboard.participant")), [from; 2]);
    assert_eq!(deliver.says("switchboard.participant"), to);
    assert_eq!(signal.says("switchboard.counter"), append.says("switchboard.counter"));
    assert_eq!(append.says("switchboard.position"), deliver.says("switchboard.position"));
    assert_eq!(append.says("switchboard.batch_commands"), "1");
    assert!(append.says("switchboard.queue_ms").parse::<f64>().is_ok(), "{append:?}");
    assert!(!append.says("switchboard.partition").is_empty(), "{append:?}");
    assert_eq!([redis.says("db.system.name"), redis.says("switchboard.append")], ["redis", "stored"]);
    assert!(append.begun <= redis.begun && redis.ended <= append.ended, "{append:?} {redis:?}");
    trace
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_from_socket_to_socket() {
    let Some(collector) = Collector::start() else { return };
    let to = format!("--trace-endpoint {} --trace-sample", collector.endpoint());
    // The receivers' gateway begins no trace of its own, and takes part in those of others.
    let fleet = Fleet::start(&format!("{to} 0"), [&format!("{to} 1"), &format!("{to} 0")]).await;
    let mut ann = fleet.join(0, "room", "ann").await;
    let mut bob = fleet.join(1, "room", "bob").await;

    let counter = ann.signal("bob", SignalKind::Offer, "offer").await.expect("is sent");
    assert_eq!(told(&mut bob).await, "offer");
    ann.ack(counter).await.expect("is stored");
    let is_whole = |spans: &[Seen], name: &str, room: &str| {
        let Some(signal) = of_room(spans, name, room) else { return false };
        spans.iter().filter(|span| span.trace == signal.trace).count() >= 4
    };
    let spans = collector.until("the offer's trace", |spans| is_whole(spans, "signal offer", "room")).await;
    let trace = check_chain(&spans, "signal offer", "room", "ann", "bob");
    let session = ann.session_id().expect("has joined").to_owned();
    assert_eq!(only(&spans, &trace, "signal offer").says("switchboard.session"), session);

    // The other way nothing begins a trace.
    let counter = bob.signal("ann", SignalKind::Answer, "answer").await.expect("is sent");
    assert_eq!(told(&mut ann).await, "answer");
    bob.ack(counter).await.expect("is stored");

    // What is refused is told in its trace.
    let counter = ann.signal("nobody", SignalKind::Candidate, "{}").await.expect("is sent");
    ann.ack(counter).await.expect_err("is refused");

    // Socket.IO, from the gateway that samples.
    let host = listens(&fleet.gateways[0]);
    let stream = TcpStream::connect(&host).await.expect("connects");
    let url = format!("ws://{host}/socket.io/?EIO=4&transport=websocket");
    let (mut carol, _) = tokio_tungstenite::client_async(url, stream).await.expect("opens");
    packet(&mut carol, "0").await;
    say(&mut carol, "40").await;
    packet(&mut carol, "40").await;
    say(&mut carol, r#"42["join-room","other","carol"]"#).await;
    packet(&mut carol, r#"42["existing-users""#).await;
    let mut dave = fleet.join(1, "other", "dave").await;
    packet(&mut carol, r#"42["user-joined""#).await;
    say(&mut carol, r#"42["offer",{"to":"dave","from":"carol","offer":{"type":"offer","sdp":"x"}}]"#).await;
    assert!(told(&mut dave).await.contains("sdp"));
    let spans = collector.until("Socket.IO's trace", |spans| is_whole(spans, "signal offer", "other")).await;
    check_chain(&spans, "signal offer", "other", "carol", "dave");

    // The delivery of a traced signal to a client of Socket.IO.
    let mut erin = fleet.join(0, "other", "erin").await;
    let counter =
        erin.signal("carol", SignalKind::Candidate, "{\"candidate\":\"y\"}").await.expect("is sent");
    erin.ack(counter).await.expect("is stored");
    packet(&mut carol, r#"42["ice-candidate""#).await;
    let of_erin = |spans: &[Seen]| {
        let by_erin =
            |span: &&Seen| span.name == "signal candidate" && span.says("switchboard.participant") == "erin";
        let trace = spans.iter().find(by_erin).map(|span| span.trace.clone());
        spans
            .iter()
            .filter(|span| Some(&span.trace) == trace.as_ref())
            .map(|span| span.name.clone())
            .collect()
    };
    let names = BTreeSet::from(["append", "deliver", "redis", "signal candidate"].map(str::to_owned));
    let spans = collector.until("erin's trace", |spans| names == of_erin(spans)).await;

    assert!(spans.iter().all(|span| span.name != "signal answer"), "bob's gateway samples none: {spans:#?}");
    let is_refused =
        |span: &&Seen| span.name == "signal candidate" && span.says("switchboard.participant") == "ann";
    let refused = spans.iter().find(is_refused).expect("is traced");
    assert_eq!(refused.says("switchboard.refused"), "PARTICIPANT_NOT_FOUND");
    for process in fleet.gateways.iter().chain([&fleet.rooms]) {
        let (_, metrics) = http(&admin(process), "GET", "/metrics", "").await;
        let sent = metrics
            .lines()
            .find(|line| line.contains("trace_spans_total{outcome=\"sent\"}"))
            .expect("is told");
        assert!(!sent.ends_with(" 0"), "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_goes_on_at_another_room_service() {
    let Some(collector) = Collector::start() else { return };
    let to = format!("--trace-endpoint {} --trace-sample", collector.endpoint());
    // Bob's room service has heard of the signal by the room's log alone.
    let fleet = Fleet::crossed(&format!("{to} 0"), [&format!("{to} 1"), &format!("{to} 0")]).await;
    let mut ann = fleet.join(0, "room", "ann").await;
    let mut bob = fleet.join(1, "room", "bob").await;
    let counter = ann.signal("bob", SignalKind::Offer, "offer").await.expect("is sent");
    assert_eq!(told(&mut bob).await, "offer");
    ann.ack(counter).await.expect("is stored");
    let spans = collector.until("the whole trace", |spans| spans.len() >= 4).await;
    check_chain(&spans, "signal offer", "room", "ann", "bob");

    // What is told again after a resume is in no trace.
    let session = bob.welcome().expect("has joined").clone();
    let before = bob.position().expect("has one");
    bob.abort();
    let counter = ann.signal("bob", SignalKind::Candidate, "missed").await.expect("is sent");
    ann.ack(counter).await.expect("is stored");
    let mut again = fleet.connect(1).await;
    let resume = v1::Resume {
        room_id: "room".into(),
        participant_id: "bob".into(),
        session_id: session.session_id,
        resume_token: session.resume_token,
        generation: 2,
        position: Some(before),
        ..Default::default()
    };
    again.resume(resume).await.expect("goes on");
    assert_eq!(told(&mut again).await, "missed");
    let counter = ann.signal("bob", SignalKind::Answer, "live").await.expect("is sent");
    assert_eq!(told(&mut again).await, "live");
    ann.ack(counter).await.expect("is stored");
    let is_live = |span: &Seen| span.name == "signal answer";
    let has_live = |spans: &[Seen]| {
        let live = spans.iter().find(|span| is_live(span));
        live.is_some_and(|live| spans.iter().filter(|span| span.trace == live.trace).count() >= 4)
    };
    let spans = collector.until("what came live", has_live).await;
    assert_eq!(spans.iter().filter(|span| span.name == "deliver").count(), 2, "{spans:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_goes_on_with_its_trace_and_no_caller_floods() {
    let Some(collector) = Collector::start() else { return };
    let to = format!("--trace-endpoint {} --trace-sample 0", collector.endpoint());
    let fleet = Fleet::start(&format!("{to} --trace-callers 1"), [&to, &to]).await;
    let mut bob = fleet.join(0, "room", "bob").await;
    let mut api = fleet.api().await;
    let trace = |n: usize| format!("{n:032x}");
    let message = |body: &str, traceparent: &str| {
        let to = Vec::new();
        let message =
            v1::SendMessageRequest { room_id: "room".into(), to, body: body.into(), ..Default::default() };
        let mut request = Request::new(message);
        request.metadata_mut().insert("traceparent", traceparent.parse().expect("is ascii"));
        request
    };
    // Not sampled, and malformed: served, and not traced.
    let not_traced =
        [format!("00-{}-00f067aa0ba902b7-00", trace(1)), format!("00-{}-00F067AA0BA902B7-01", trace(2))];
    for traceparent in &not_traced {
        api.send_message(message("not traced", traceparent)).await.expect("is served");
        assert_eq!(told(&mut bob).await, "not traced");
    }
    let sampled = |n: usize| format!("00-{}-00f067aa0ba902b7-01", trace(n));
    api.send_message(message("traced", &sampled(3))).await.expect("is served");
    assert_eq!(told(&mut bob).await, "traced");
    let is_whole = |spans: &[Seen]| spans.iter().filter(|span| span.trace == trace(3)).count() >= 4;
    let spans = collector.until("the caller's trace", is_whole).await;
    let call = only(&spans, &trace(3), "SendMessage");
    let append = only(&spans, &trace(3), "append");
    assert_eq!(call.parent, "00f067aa0ba902b7");
    assert_eq!(append.parent, call.id);
    assert_eq!(
        [only(&spans, &trace(3), "redis"), only(&spans, &trace(3), "deliver")].map(|span| &span.parent),
        [&append.id; 2]
    );
    let said = ["rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code", "switchboard.room"];
    assert_eq!(
        said.map(|key| call.says(key)),
        ["grpc", "switchboard.v1.RoomService", "SendMessage", "0", "room"]
    );
    assert_eq!(only(&spans, &trace(3), "deliver").says("switchboard.participant"), "bob");

    // One a second: of a flood nearly nothing is kept, all of it is served, and what was left out is counted.
    let calls = 200;
    for n in 4..4 + calls {
        api.send_message(message("flood", &sampled(n))).await.expect("is served");
    }
    let limited = || async {
        let (_, metrics) = http(&admin(&fleet.rooms), "GET", "/metrics", "").await;
        let line =
            metrics.lines().find(|line| line.starts_with("switchboard_roomsvc_trace_callers_limited_total "));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).expect("is told")
    };
    let kept = 1 + calls - limited().await;
    assert!(kept < calls / 2, "{kept} of {calls} were kept");
    let called = |spans: &[Seen]| spans.iter().filter(|span| span.name == "SendMessage").count();
    // The call before the flood has one more; those that were kept all arrive, and no other does.
    let spans = collector.until("what was kept", |spans| called(spans) >= kept).await;
    assert_eq!(called(&spans), kept);
    assert!(spans.iter().all(|span| ![trace(1), trace(2)].contains(&span.trace)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_nothing_is_lost_and_a_collector_that_is_away_costs_spans_alone() {
    let away = "--trace-endpoint http://127.0.0.1:1 --trace-sample 1";
    let fleet = Fleet::start("", [away, ""]).await;
    let mut ann = fleet.join(0, "room", "ann").await;
    let mut bob = fleet.join(1, "room", "bob").await;
    for n in 0..20 {
        let counter = ann.signal("bob", SignalKind::Candidate, &n.to_string()).await.expect("is sent");
        assert_eq!(told(&mut bob).await, n.to_string());
        ann.ack(counter).await.expect("is stored");
    }
    let by = tokio::time::Instant::now() + WITHIN;
    loop {
        let (_, metrics) = http(&admin(&fleet.gateways[0]), "GET", "/metrics", "").await;
        if metrics.contains("switchboard_gateway_trace_spans_total{outcome=\"failed\"} 20\n") {
            break;
        }
        assert!(tokio::time::Instant::now() < by, "not in time: {metrics}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
