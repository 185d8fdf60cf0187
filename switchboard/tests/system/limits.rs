//! Who is too slow, too fast or silent harms only itself.

use std::time::Duration;

use switchboard_loadtest::{Client, Encoding, Options};
use switchboard_proto::v1::event::Event;
use switchboard_proto::v1::{ParticipantState, SignalKind};

use crate::cluster::{Cluster, next, next_body, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv8_a_socket_that_never_reads_is_closed_with_resume_and_the_others_go_on() {
    let cluster = Cluster::shared_with(|config| config.outbox_bytes_max = 64 << 10).await;
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let options = Options { receive_buffer_bytes: Some(4_096), ..Options::from(Encoding::Json) };
    let mut deaf = Client::connect(&cluster.gateways[1].url, options).await.expect("connects");
    deaf.join("room", "deaf", "").await.expect("joins");

    // Until the deaf one's kernel buffers and outbox are full, and it is shown as lost.
    let body = "x".repeat(30_000);
    let mut n = 0;
    loop {
        n += 1;
        assert!(n < 2_000, "the deaf one is never closed");
        let counter = alice.message(&[], &format!("{n} {body}")).await.expect("is sent");
        alice.ack(counter).await.expect("is accepted");
        let heard = next_body(&mut bob).await;
        assert!(heard.starts_with(&format!("{n} ")), "bob goes on");
        let gone = bob
            .participants()
            .get("deaf")
            .is_none_or(|deaf| deaf.state() == switchboard_proto::v1::ParticipantState::Reconnecting);
        if gone {
            break;
        }
    }
    let metrics = cluster.gateways[1].handle.metrics();
    let overflows =
        metrics.lines().find(|line| line.contains("limits_hit_total{limit=\"outbox\"}")).expect("is counted");
    assert!(overflows.ends_with(" 1"), "{overflows}");
}

/// The most that the kernel takes for one socket that nobody reads at the other end, in bytes.
fn send_buffer_bytes_max() -> usize {
    let sizes = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_wmem").expect("is told");
    sizes.split_whitespace().last().and_then(|most| most.parse().ok()).expect("is a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv8_a_socketio_client_that_never_reads_is_closed_and_the_others_go_on() {
    const OUTBOX_BYTES: usize = 64 << 10;
    let cluster = Cluster::shared_with(|config| config.outbox_bytes_max = OUTBOX_BYTES).await;
    let edge = &cluster.gateways[1];
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let mut bob = edge.join("room", "bob").await;
    // Its packets are written out, since whoever answers them has to read.
    let url = edge.url.replace("/ws", "/socket.io/?EIO=4&transport=websocket");
    let options = Options {
        receive_buffer_bytes: Some(4_096),
        subprotocols: Some(String::new()),
        ..Options::from(Encoding::Json)
    };
    let mut deaf = Client::connect(&url, options).await.expect("connects");
    deaf.send_raw_text("40").await.expect("is sent");
    deaf.send_raw_text(r#"42["join-room","room","deaf"]"#).await.expect("is sent");
    while !bob.participants().contains_key("deaf") {
        bob.next_event().await.expect("an event comes");
    }
    assert_eq!(edge.gauge("sockets_open"), 2);

    // One signal after another for the deaf one alone, and a word that bob has to hear behind each.
    let payload = format!("{{\"candidate\":\"{}\"}}", "x".repeat(30_000));
    let mut told = 0;
    while edge.limits_hit("outbox") == 0 {
        let signal = alice.signal("deaf", SignalKind::Candidate, &payload).await.expect("is sent");
        let word = alice.message(&[], "go on").await.expect("is sent");
        alice.ack(signal).await.expect("is accepted");
        alice.ack(word).await.expect("is accepted");
        assert_eq!(next_body(&mut bob).await, "go on");
        told += payload.len();
        // The kernel's buffers, the outbox, one that is being written and one that overflows: no more is kept for it.
        let most = send_buffer_bytes_max() + 8_192 + OUTBOX_BYTES + 2 * payload.len();
        assert!(told <= most, "{told} bytes are kept for somebody who never reads");
    }
    // It still does not read, and its socket is gone all the same: what was kept for it, too. Its session waits.
    until("the deaf one's socket is closed", || edge.gauge("sockets_open") == 1).await;
    until("its connection too", || edge.gauge("connections_open") == 1).await;
    while bob.participants().get("deaf").is_some_and(|deaf| deaf.state() != ParticipantState::Reconnecting) {
        bob.next_event().await.expect("an event comes");
    }
    assert!(bob.participants().contains_key("deaf"), "it may come back");
    alice.message(&[], "without it").await.expect("is sent");
    assert_eq!(next_body(&mut bob).await, "without it");
    assert_eq!(edge.limits_hit("outbox"), 1);
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv8_garbage_and_silence_end_their_own_socket_beside_a_call() {
    let cluster = Cluster::shared_with(|config| config.join_timeout = Duration::from_millis(300)).await;
    let mut alice = cluster.gateways[0].join("room", "alice").await;
    let mut bob = cluster.gateways[1].join("room", "bob").await;
    let mut silent = cluster.gateways[0].connect(Encoding::Json).await;
    let mut garbage = cluster.gateways[0].connect(Encoding::Json).await;
    for _ in 0..40 {
        if garbage.send_raw_text("{{{").await.is_err() {
            break;
        }
    }
    assert_eq!(garbage.closed().await.expect("is closed").0, 4000);
    assert_eq!(silent.closed().await.expect("is closed").0, 4105);
    alice.message(&[], "undisturbed").await.expect("is sent");
    assert_eq!(next_body(&mut bob).await, "undisturbed");
    next(&mut alice, |event| matches!(&event.event, Some(Event::MessageReceived(_))).then_some(())).await;
    assert_eq!(alice.participants().len(), 2);
}
