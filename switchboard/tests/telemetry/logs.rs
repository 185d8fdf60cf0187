//! Logs of real processes.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fleet::{Fleet, admin};
use crate::program::{Running, WITHIN};

/// Asks an admin port; gives status and body.
pub(crate) async fn http(host: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.expect("is open");
    let mut answer = String::new();
    tokio::time::timeout(WITHIN, stream.read_to_string(&mut answer))
        .await
        .expect("in time")
        .expect("is text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("has a status");
    (status, body.to_owned())
}

/// Waits until a log has a line of which this holds; gives it.
async fn line(log: &Path, what: &str, holds: impl Fn(&str) -> bool) -> String {
    let by = Instant::now() + WITHIN;
    loop {
        let text = std::fs::read_to_string(log).expect("is a log");
        // Only whole lines.
        let lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines).lines();
        if let Some(line) = lines.clone().find(|line| holds(line)) {
            return line.to_owned();
        }
        assert!(Instant::now() < by, "not in time: {what}:\n{text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_json_with_ids_as_fields_and_levels_change_while_it_runs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("gateway.log");
    let fleet = Fleet::start("", ["", ""]).await;
    let rooms = fleet.rooms.find("gRPC API").expect("is told");
    let flags = "--auth open --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0";
    let log = File::create(&path).expect("a file can be made");
    let gateway = Running::start_with_log(&format!("gateway {flags} --roomsvc http://{rooms}"), log);
    let (host, admin) = (crate::fleet::listens(&gateway), admin(&gateway));

    // Nobody sees them at info.
    assert_eq!(http(&admin, "GET", "/log", "").await, (200, "info\n".into()));
    let ended = |line: &str| line.contains("connection ends") && line.contains("ann");
    let come_and_go = async |participant: &str| {
        let url = format!("ws://{host}/ws");
        let by = Instant::now() + WITHIN;
        loop {
            let connected = switchboard_loadtest::Client::connect(&url, switchboard_loadtest::Encoding::Json);
            let mut client = connected.await.expect("connects");
            if client.join("room", participant, "").await.is_ok() {
                let session = client.session_id().expect("has joined").to_owned();
                client.leave().await.expect("is sent");
                client.closed().await.expect("is closed");
                return session;
            }
            assert!(Instant::now() < by, "nobody can join");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    come_and_go("ann-before").await;
    assert_eq!(
        http(&admin, "PUT", "/log", "switchboard_gateway::connection=debug,info").await,
        (200, "switchboard_gateway::connection=debug,info\n".into())
    );
    let session = come_and_go("ann").await;
    let line_of_ann = line(&path, "the end of ann's connection", ended).await;
    let told: Value = serde_json::from_str(&line_of_ann).expect("is JSON");
    let field = |key: &str| told[key].as_str().unwrap_or_default();
    assert_eq!(
        ["level", "target", "message"].map(field),
        ["DEBUG", "switchboard_gateway::connection", "connection ends"]
    );
    assert_eq!(["room", "participant", "session"].map(field), ["room", "ann", &session]);
    assert!(field("timestamp").starts_with("20"), "{line_of_ann}");

    // A bad filter is refused with a sentence, and what was logged still is.
    for bad in ["", "loud", "switchboard_gateway=loud"] {
        let (status, sentence) = http(&admin, "PUT", "/log", bad).await;
        assert_eq!(status, 400);
        assert!(sentence.contains("is no filter, as in info"), "{sentence}");
    }
    assert_eq!(http(&admin, "PUT", "/log", &"x".repeat(5_000)).await.0, 413);
    assert_eq!(http(&admin, "GET", "/log", "").await.1, "switchboard_gateway::connection=debug,info\n");
    come_and_go("ann-debug").await;
    line(&path, "debug goes on", |line| ended(line) && line.contains("ann-debug")).await;

    assert_eq!(http(&admin, "PUT", "/log", "info").await.0, 200);
    come_and_go("ann-after").await;
    let text = std::fs::read_to_string(&path).expect("is a log");
    for line in text.lines() {
        let told: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            told["message"].is_string() && told["level"].is_string() && told["fields"].is_null(),
            "{line}"
        );
    }
    assert!(!text.contains("ann-before") && !text.contains("ann-after"), "{text}");
    // Who changed it is in the log of before and after.
    assert!(text.contains("what is logged was changed"), "{text}");
    // The room service has it too.
    let rooms = crate::fleet::admin(&fleet.rooms);
    assert_eq!(http(&rooms, "PUT", "/log", "debug").await, (200, "debug\n".into()));
}

#[test]
fn at_a_terminal_lines_are_for_people() {
    // `script` gives the program a terminal.
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("typescript");
    let program = env!("CARGO_BIN_EXE_switchboard");
    let line = format!("{program} --listen 127.0.0.1:0 --grpc-listen 127.0.0.1:0");
    let mut child = Command::new("script")
        .args(["--quiet", "--flush", "--return", "--command", &line])
        .arg(&path)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("script (of util-linux) runs");
    let by = Instant::now() + WITHIN;
    let text = loop {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if text.contains("gateway serves") && text.contains("Try next:") {
            break text;
        }
        assert!(Instant::now() < by, "not in time:\n{text}");
        std::thread::sleep(Duration::from_millis(10));
    };
    // Ctrl-C at that terminal ends it.
    use std::io::Write as _;
    child.stdin.as_mut().expect("is piped").write_all(b"\x03").expect("is open");
    while child.try_wait().expect("is ours").is_none() {
        assert!(Instant::now() < by, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
    let line = text.lines().find(|line| line.contains("gateway serves")).expect("was just found");
    assert!(
        !line.contains('{') && line.contains("INFO") && line.contains('\x1b'),
        "in colour, no JSON: {line}"
    );
}
