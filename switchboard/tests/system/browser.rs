//! Two real browser tabs on two gateways over a real Redis, the processes started as an operator does: one shares,
//! the other decodes 100 further frames.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use switchboard_loadtest::testing::{RedisServer, free_port};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn switchboard(args: &[&str]) -> Running {
    let child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(args)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    Running(child)
}

/// Waits until something listens there.
async fn listening(port: u16) {
    let by = Instant::now() + Duration::from_secs(20);
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < by, "nothing listens on {port}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn share(a: u16, b: u16) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/test/browser/share.mjs");
    let output = Command::new("node")
        .arg(script)
        .args(["--a", &format!("http://127.0.0.1:{a}"), "--b", &format!("http://127.0.0.1:{b}")])
        .output()
        .expect("node is not installed: install Node.js 20 or newer");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let figures = told.lines().last().unwrap_or_default();
    assert!(figures.contains("\"ok\":true"), "{told}");
}

#[tokio::test]
async fn two_tabs_on_two_gateways_share_a_screen() {
    let redis = RedisServer::start().await;
    let rooms = [free_port(), free_port()];
    let edges = [free_port(), free_port()];
    let address = |port: u16| format!("127.0.0.1:{port}");
    let mut running = Vec::new();
    for port in rooms {
        running.push(switchboard(&[
            "roomsvc",
            "--auth",
            "open",
            "--listen",
            &address(port),
            "--redis-url",
            &redis.url(),
            "--admin-listen",
            &address(free_port()),
        ]));
    }
    for port in rooms {
        listening(port).await;
    }
    // Each gateway hangs on another room service.
    for (edge, room) in edges.into_iter().zip(rooms) {
        let room = format!("http://{}", address(room));
        running.push(switchboard(&[
            "gateway",
            "--auth",
            "open",
            "--listen",
            &address(edge),
            "--roomsvc",
            &room,
            "--admin-listen",
            &address(free_port()),
        ]));
    }
    for port in edges {
        listening(port).await;
    }
    tokio::task::spawn_blocking(move || share(edges[0], edges[1])).await.expect("the browsers ran");
}

#[tokio::test]
async fn two_tabs_share_a_screen_with_nothing_but_the_program() {
    let (http, grpc) = (free_port(), free_port());
    let address = |port: u16| format!("127.0.0.1:{port}");
    let _running = switchboard(&[
        "--listen",
        &address(http),
        "--grpc-listen",
        &address(grpc),
        "--admin-listen",
        &address(free_port()),
    ]);
    listening(http).await;
    tokio::task::spawn_blocking(move || share(http, http)).await.expect("the browsers ran");
}
