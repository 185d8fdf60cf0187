//! Ten thousand sockets that never join, against a gateway as an operator starts it.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use switchboard_auth::Grant;
use switchboard_loadtest::{Client, Encoding, Options};
use switchboard_proto::v1::ErrorReason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::parts::{SECRET, WITHIN, token};
use crate::program::Running;

/// Sockets of a wave.
const SOCKETS: usize = 10_000;
/// Descriptors that the test and the gateway need for anything else.
const OTHERS: usize = 500;
/// Opened at one time.
const AT_ONCE: usize = 250;
/// A close frame's first two bytes of content: 4105, JOIN_TIMEOUT.
const JOIN_TIMEOUT: [u8; 2] = 4105_u16.to_be_bytes();

/// As many as both processes have descriptors for.
fn sockets() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let most = limit.maximum.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    SOCKETS.min(most.saturating_sub(OTHERS))
}

/// What its people do: nothing at all, half a request, or a WebSocket on which nobody joins.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Silent,
    HalfHeader,
    WebSocket,
}

impl Manner {
    fn of(n: usize) -> Self {
        match n % 10 {
            0 => Self::Silent,
            1 => Self::HalfHeader,
            _ => Self::WebSocket,
        }
    }
}

async fn open(host: &str, n: usize) -> TcpStream {
    // Ports are given by source address: a wave of its own address leaves those of the others alone.
    let source = format!("127.0.{}.{}:0", 1 + n / 5_000, 1 + n % 5).parse().expect("is an address");
    let socket = TcpSocket::new_v4().expect("a descriptor is left");
    socket.bind(source).expect("a port is left");
    let mut stream = socket.connect(host.parse().expect("is an address")).await.expect("connects");
    let head = format!(
        "GET /ws HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: switchboard.v1.json\r\n\r\n"
    );
    match Manner::of(n) {
        Manner::Silent => {}
        Manner::HalfHeader => stream.write_all(&head.as_bytes()[..40]).await.expect("is taken"),
        Manner::WebSocket => {
            stream.write_all(head.as_bytes()).await.expect("is taken");
            let (mut answer, mut byte) = (Vec::new(), [0]);
            while !answer.ends_with(b"\r\n\r\n") {
                let read =
                    timeout(WITHIN, stream.read(&mut byte)).await.expect("is answered").expect("reads");
                assert_eq!(read, 1, "closed during the handshake");
                answer.push(byte[0]);
            }
            assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        }
    }
    stream
}

/// Descriptors and resident memory of a process.
fn held(id: u32) -> (usize, usize) {
    let descriptors = fs::read_dir(format!("/proc/{id}/fd")).expect("it runs").count();
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("is told");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("is a number");
    (descriptors, kib)
}

/// A client that has joined; asked again while a room service is looked for.
async fn join(host: &str, who: &str) -> Client {
    let by = Instant::now() + WITHIN;
    loop {
        let options = Options {
            token: Some(token("a", who, &[Grant::Join])),
            deadline: WITHIN,
            ..Options::from(Encoding::Protobuf)
        };
        let mut client = Client::connect(&format!("ws://{host}/ws"), options).await.expect("connects");
        match client.join("a", who, "").await {
            Ok(_) => return client,
            Err(error) => {
                let temporary = error.reason().is_some_and(ErrorReason::is_temporary);
                assert!(temporary && Instant::now() < by, "{who}: {error}");
            }
        }
    }
}

/// A wave comes, others join meanwhile, and all of it is closed. Gives what the process held at its height.
async fn wave(gateway: &Running, host: &str, sockets: usize) -> (usize, usize) {
    let mut streams = Vec::with_capacity(sockets);
    let began = Instant::now();
    for from in (0..sockets).step_by(AT_ONCE) {
        let some = (from..sockets.min(from + AT_ONCE)).map(|n| open(host, n));
        streams.extend(futures_util::future::join_all(some).await);
    }
    let opened = began.elapsed();
    let height = held(gateway.id());
    let people: Vec<_> = (0..5).map(|n| format!("person-{n}")).collect();
    let joined = futures_util::future::join_all(people.iter().map(|who| join(host, who))).await;
    for (n, stream) in streams.iter_mut().enumerate() {
        let mut rest = Vec::new();
        // What is said to who does not listen may be lost with a reset.
        let _ =
            timeout(WITHIN, stream.read_to_end(&mut rest)).await.unwrap_or_else(|_| panic!("{n} is open"));
        if Manner::of(n) == Manner::WebSocket {
            assert!(rest.windows(2).any(|pair| pair == JOIN_TIMEOUT), "{n}: {rest:?}");
        } else {
            assert!(!rest.starts_with(b"HTTP/1.1 2"), "{n}: {rest:?}");
        }
    }
    eprintln!("{sockets} opened in {opened:?}, all closed {:?} after the first", began.elapsed());
    drop(joined);
    height
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_sockets_that_never_join() {
    let sockets = sockets();
    let gateway = Running::start(&format!(
        "--listen 127.0.0.1:0 --grpc-listen 127.0.0.1:0 --auth token --token-secret main={SECRET}"
    ));
    let host = gateway.host().replace("localhost", "127.0.0.1");
    drop(join(&host, "first").await);
    let mut heights = Vec::new();
    for n in 0..2 {
        let before = held(gateway.id());
        let height = wave(&gateway, &host, sockets).await;
        assert!(height.0 >= before.0 + sockets * 8 / 10, "{height:?}: is the wave at its height?");
        // Its people's leases and connections take a moment more.
        let by = Instant::now() + WITHIN;
        while held(gateway.id()).0 > before.0 + 20 {
            assert!(Instant::now() < by, "{:?} descriptors stay, of {before:?}", held(gateway.id()));
            sleep(Duration::from_millis(50)).await;
        }
        eprintln!("wave {n}: before {before:?}, height {height:?}, after {:?}", held(gateway.id()));
        heights.push(height.1);
    }
    // What one wave took, the next one takes again: nothing of it is kept.
    assert!(heights[1] < heights[0] + heights[0] / 4, "{heights:?} KiB at the height of each wave");
}
