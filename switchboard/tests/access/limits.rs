//! How much one address has, and whose address it is.

use std::time::Duration;

use switchboard_auth::Grant;
use switchboard_gateway::{LimitsConfig, Rate};
use switchboard_loadtest::{Client, ClientError, Encoding, Options};
use switchboard_proto::v1::ErrorReason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::parts::{Parts, SECRET, WITHIN, forged, token};
use crate::program::Running;

const NOTHING: Rate = Rate { per_second: 1, burst: 2 };
const PLENTY: Rate = Rate { per_second: 1_000, burst: 1_000 };

fn host(parts: &Parts) -> &str {
    parts.url.trim_start_matches("ws://").trim_end_matches("/ws")
}

/// What is answered to these bytes, up to its end or as far as it comes in a while.
async fn say(host: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host).await.expect("connects");
    // A gateway that has heard enough closes while we still speak.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ =
        tokio::time::timeout(WITHIN, stream.read_to_end(&mut answer)).await.expect("is answered or closed");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A WebSocket handshake with these headers; only its answer's head is waited for.
async fn upgrade(parts: &Parts, before: &[u8], headers: &str) -> String {
    let mut stream = TcpStream::connect(host(parts)).await.expect("connects");
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: switchboard.v1.json\r\n{headers}\r\n",
        host(parts)
    );
    let _ = stream.write_all(&[before, request.as_bytes()].concat()).await;
    let mut head = Vec::new();
    let read = async {
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte).await, Ok(1)) {
            head.extend(byte);
        }
    };
    tokio::time::timeout(WITHIN, read).await.expect("is answered or closed");
    String::from_utf8_lossy(&head).into_owned()
}

/// Asks again and again: on a busy machine one more is let in for each second that passes.
async fn until_refused(ask: impl AsyncFn() -> String) -> String {
    for _ in 0..50 {
        let answer = ask().await;
        if answer.starts_with("HTTP/1.1 429") {
            return answer;
        }
    }
    panic!("50 in a row were let in");
}

fn limits(change: impl FnOnce(&mut LimitsConfig)) -> LimitsConfig {
    let mut limits = LimitsConfig {
        connects: PLENTY,
        failures: PLENTY,
        joins: PLENTY,
        rooms_per_identity: 2,
        ..Default::default()
    };
    change(&mut limits);
    limits
}

#[tokio::test]
async fn connections_of_one_address_behind_a_proxy_of_http() {
    let parts = Parts::start_with(|config| {
        config.trusted_hops = 1;
        config.limits = limits(|limits| limits.connects = NOTHING);
    })
    .await;
    let of = |client: &str| format!("x-forwarded-for: 192.0.2.99, {client}\r\n");
    assert!(upgrade(&parts, b"", &of("203.0.113.1")).await.starts_with("HTTP/1.1 101"));
    let refused = until_refused(async || upgrade(&parts, b"", &of("203.0.113.1")).await).await;
    assert!(refused.to_ascii_lowercase().contains("retry-after: "), "{refused}");
    // A page is not told why its socket was refused; it may ask.
    let validate = async || {
        let request =
            format!("GET /ws/validate HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n", of("203.0.113.1"));
        say(host(&parts), request.as_bytes()).await
    };
    let by = tokio::time::Instant::now() + WITHIN;
    loop {
        let told = validate().await;
        if told.contains("ERROR_REASON_TOO_MANY_CONNECTS") {
            assert!(told.contains("\"retryAfter\":\""), "{told}");
            break;
        }
        assert!(tokio::time::Instant::now() < by, "{told}");
        upgrade(&parts, b"", &of("203.0.113.1")).await;
    }
    assert!(upgrade(&parts, b"", &of("203.0.113.2")).await.starts_with("HTTP/1.1 101"), "is somebody else");
}

#[tokio::test]
async fn who_says_that_it_is_somebody_else_is_not_believed() {
    let parts = Parts::start_with(|config| config.limits = limits(|limits| limits.connects = NOTHING)).await;
    // Without trusted hops the peer counts, which here is this machine itself: not counted at all.
    for _ in 0..5 {
        let answer = upgrade(&parts, b"", "x-forwarded-for: 203.0.113.1\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    }
    // The PROXY protocol from who is no balancer is no HTTP.
    let answer = upgrade(&parts, &proxied([203, 0, 113, 1]), "").await;
    assert!(!answer.contains(" 101 "), "{answer}");
}

/// The header of a balancer that heard from there.
fn proxied(client: [u8; 4]) -> Vec<u8> {
    let addresses = [&client[..], &[10, 0, 0, 1, 0x30, 0x39, 0, 80]].concat();
    [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".as_slice(), &addresses].concat()
}

#[tokio::test]
async fn connections_of_one_address_behind_a_balancer_of_tcp() {
    let parts = Parts::start_with(|config| {
        config.proxies = vec!["127.0.0.0/8".parse().expect("is a network")];
        config.limits = limits(|limits| limits.connects = NOTHING);
    })
    .await;
    assert!(upgrade(&parts, &proxied([203, 0, 113, 1]), "").await.starts_with("HTTP/1.1 101"));
    until_refused(async || upgrade(&parts, &proxied([203, 0, 113, 1]), "").await).await;
    assert!(upgrade(&parts, &proxied([203, 0, 113, 2]), "").await.starts_with("HTTP/1.1 101"));
    // A balancer that says nothing of it is none.
    assert_eq!(upgrade(&parts, b"", "").await, "");
}

#[tokio::test]
async fn joins_of_one_address() {
    let parts = Parts::start_with(|config| {
        config.trusted_hops = 1;
        config.limits = limits(|limits| limits.joins = NOTHING);
    })
    .await;
    let join = async |address: &str| {
        let token = Some(token("a", "ann", &[Grant::Join]));
        let headers = vec![("x-forwarded-for".to_owned(), address.to_owned())];
        let options = Options { token, headers, deadline: WITHIN, ..Options::default() };
        let mut client = Client::connect(&parts.url, options).await.expect("connects");
        let joined = client.join("a", "ann", "").await.map(drop);
        (client, joined)
    };
    let mut tries = 0;
    let (mut client, refused) = loop {
        let (client, joined) = join("203.0.113.1").await;
        tries += 1;
        match joined {
            Ok(()) => assert!(tries < 50, "all are let in"),
            Err(ClientError::Server(error)) => break (client, error),
            Err(error) => panic!("{error}"),
        }
    };
    assert!(tries > 2, "a burst is let in");
    assert_eq!(refused.reason(), ErrorReason::TooManyJoins);
    let wait = refused.retry_after.expect("is told when to come back");
    assert!(refused.temporary && wait.seconds <= 1, "{wait:?}");
    assert_eq!(client.closed().await.expect("is closed").0, 4102);
    join("203.0.113.2").await.1.expect("is somebody else");
    // Who comes back when told is let in.
    tokio::time::sleep(Duration::new(wait.seconds.unsigned_abs(), wait.nanos.unsigned_abs())).await;
    join("203.0.113.1").await.1.expect("has waited");
}

/// Asks for the rooms, with this token from this address.
async fn rooms(host: &str, client: &str, token: &str) -> String {
    let request = format!(
        "GET /api/rooms HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nx-forwarded-for: {client}\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    say(host, request.as_bytes()).await
}

#[tokio::test]
async fn after_many_wrong_tokens_none_of_the_address_is_looked_at() {
    let parts = Parts::start_with(|config| {
        config.trusted_hops = 1;
        config.limits = limits(|limits| limits.failures = NOTHING);
    })
    .await;
    let good = token("a", "board", &[Grant::ListRooms]);
    let wrong = forged("a", "board", &[Grant::ListRooms]);
    assert!(rooms(host(&parts), "203.0.113.1", &wrong).await.starts_with("HTTP/1.1 401"));
    // A good one between changes nothing, until none is looked at.
    let refused = until_refused(async || {
        rooms(host(&parts), "203.0.113.1", &wrong).await;
        rooms(host(&parts), "203.0.113.1", &good).await
    })
    .await;
    assert!(refused.contains("TOO_MANY_FAILURES"), "{refused}");
    assert!(refused.to_ascii_lowercase().contains("retry-after: "), "{refused}");
    assert!(rooms(host(&parts), "203.0.113.2", &good).await.starts_with("HTTP/1.1 200"), "is somebody else");
    // Once it is over, the good one is taken again.
    let by = tokio::time::Instant::now() + WITHIN;
    while !rooms(host(&parts), "203.0.113.1", &good).await.starts_with("HTTP/1.1 200") {
        assert!(tokio::time::Instant::now() < by, "the door stays shut");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many wrong tokens a gateway that was started with this looks at before it looks at none.
async fn failures(flags: &str) -> usize {
    let gateway = Running::start(&format!(
        "--listen 127.0.0.1:0 --grpc-listen 127.0.0.1:0 --auth token --token-secret main={SECRET} \
         --trusted-hops 1 {flags}"
    ));
    let host = gateway.host();
    let wrong = forged("a", "board", &[Grant::ListRooms]);
    for tried in 0..1_000 {
        let answer = rooms(&host, "203.0.113.1", &wrong).await;
        if answer.starts_with("HTTP/1.1 429") {
            return tried;
        }
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    panic!("1,000 wrong tokens were looked at")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_wrong_tokens_as_the_operator_says() {
    // A burst of 30 times as many, and what comes back meanwhile.
    let (default, more) = (failures("").await, failures("--failures-per-second 5").await);
    assert!((30..150).contains(&default), "{default} by default, of 30");
    assert!(more >= 150, "{more} of 150");
}

#[tokio::test]
async fn one_identity_in_many_rooms() {
    let parts = Parts::start_with(|config| config.limits = limits(|_| {})).await;
    let join = |room: &'static str| parts.join(room, "ann", Some(token(room, "ann", &[Grant::Join])));
    let first = join("a").await.expect("joins");
    let _second = join("b").await.expect("joins");
    assert_eq!(join("c").await.expect_err("is too many").reason(), Some(ErrorReason::TooManyRooms));
    // The same room in a second tab is no room more; and who goes makes room.
    let again = join("a").await.expect("joins");
    drop(first);
    drop(again);
    let by = tokio::time::Instant::now() + WITHIN;
    while join("c").await.is_err() {
        assert!(tokio::time::Instant::now() < by, "a place stays taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn headers_that_are_too_long_or_never_end() {
    let parts = Parts::start_with(|config| config.header_timeout = Duration::from_millis(300)).await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", "x".repeat(64 << 10));
    let answer = say(host(&parts), long.as_bytes()).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    for half in [&b"GET / HTTP/1.1\r\nhost: x\r\n"[..], b"G", b""] {
        let answer = say(host(&parts), half).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    // Others are served all the while.
    let mut ann = parts.connect(Encoding::Json, Some(token("a", "ann", &[Grant::Join]))).await;
    ann.join("a", "ann", "").await.expect("joins");
}
