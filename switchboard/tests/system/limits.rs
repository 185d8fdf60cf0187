//! Who is too slow, too fast or silent harms only itself.

use std::time::Duration;

use switchboard_loadtest::{Client, Encoding, Options};
use switchboard_proto::v1::event::Event;

use crate::cluster::{Cluster, next, next_body};

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
    let overflows = metrics.lines().find(|line| line.contains("outbox_overflows_total")).expect("is counted");
    assert!(overflows.ends_with(" 1"), "{overflows}");
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
