//! `switchboard rooms` and `switchboard why`, beside real gateways and room services, as an operator starts them.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use switchboard_loadtest::testing::RedisServer;
use switchboard_loadtest::{Client, Encoding};
use switchboard_proto::v1::ErrorReason;

use crate::program::{Running, WITHIN, output};

const SECRET: &str = "the-secret-of-the-tests-has-more-than-32-bytes";

/// All in one, open, in memory.
struct Program {
    running: Running,
    address: String,
}

impl Program {
    fn start(flags: &str) -> Self {
        let line = format!("--listen 127.0.0.1:0 --grpc-listen 127.0.0.1:0 {flags}");
        let running = Running::start(&line);
        let address = format!("http://{}", running.find("gRPC API").expect("is told"));
        Self { running, address }
    }

    async fn join(&self, room: &str, who: &str) -> Client {
        join(&self.running, room, who).await
    }

    fn run(&self, line: &str) -> Output {
        output(&format!("{line} --address {}", self.address), &[])
    }

    /// What is told when all goes well.
    fn told(&self, line: &str) -> String {
        good(line, &self.run(line))
    }

    fn json(&self, line: &str) -> Vec<Value> {
        let told = self.told(&format!("{line} --json"));
        told.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect()
    }
}

async fn join(gateway: &Running, room: &str, who: &str) -> Client {
    let url = format!("ws://{}/ws", gateway.host());
    let by = Instant::now() + WITHIN;
    loop {
        let mut client = Client::connect(&url, Encoding::Json).await.expect("connects");
        client.set_deadline(WITHIN);
        match client.join(room, who, "").await {
            Ok(_) => return client,
            // It has just been started, or its room service has.
            Err(error) if Instant::now() < by && error.reason().is_some_and(ErrorReason::is_temporary) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{who} does not join: {error}"),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn good(line: &str, out: &Output) -> String {
    assert!(out.status.success(), "{line}: {}{}", text(&out.stdout), text(&out.stderr));
    text(&out.stdout)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_are_listed_shown_and_closed_and_people_removed() {
    let program = Program::start("");
    assert_eq!(program.told("rooms list"), "There are no rooms.\n");
    assert!(program.json("rooms list").is_empty());

    let _ann = program.join("demo", "ann").await;
    let mut bob = program.join("demo", "bob").await;
    let _eve = program.join("other", "eve").await;
    let told = program.told("rooms list");
    let mut rows: Vec<_> = told.lines().collect();
    assert!(rows.remove(0).starts_with("ROOM   PEOPLE  CREATED"), "{told}");
    rows.sort();
    assert!(rows[0].starts_with("demo   2       2") && rows[1].starts_with("other  1       2"), "{told}");
    let mut listed: Vec<_> = program.json("rooms list");
    listed.sort_by_key(|room| room["roomId"].to_string());
    assert_eq!((listed.len(), &listed[0]["participantCount"]), (2, &Value::from(2)));

    let told = program.told("rooms show demo");
    assert!(told.contains("people          2 of 1000") && told.contains("\nann       joined"), "{told}");
    let shown = program.json("rooms show demo");
    assert_eq!(shown[0]["participants"][1]["participantId"], "bob");

    let told = program.told("rooms remove demo bob --for 1h");
    assert_eq!(told, "bob is removed from demo, for 1h.\n");
    assert_eq!(bob.closed().await.expect("is closed").0, 4005);
    let told = program.told("why demo bob");
    assert!(told.starts_with("bob was put out of the room at 2"), "{told}");
    assert!(told.contains("may not join until 2") && told.contains("The room's log begins at 2"), "{told}");
    let by_session = format!("why demo {}", bob.session_id().expect("has joined"));
    assert_eq!(program.told(&by_session), told);
    let story = program.json("why demo bob");
    assert_eq!(story[0]["state"], "SESSION_STATE_ENDED");
    assert_eq!(story[0]["facts"][1]["leaveReason"], "LEAVE_REASON_REMOVED");
    assert_eq!(program.told("rooms allow demo bob"), "bob may join demo again.\n");
    drop(program.join("demo", "bob").await);

    assert_eq!(program.told("rooms close demo"), "demo is closed.\n");
    let gone = program.run("rooms show demo");
    assert_eq!(gone.status.code(), Some(1));
    assert_eq!(text(&gone.stderr), "ROOM_NOT_FOUND: There is no such room; create it or join it first.\n");
}

#[test]
fn pages_are_followed_to_the_last() {
    let program = Program::start("");
    let runtime = tokio::runtime::Runtime::new().expect("starts");
    // More than one page of 500.
    runtime.block_on(async {
        use switchboard_proto::v1::room_service_client::RoomServiceClient;
        let mut api = RoomServiceClient::connect(program.address.clone()).await.expect("connects");
        for n in 0..520 {
            let room_id = format!("room-{n}");
            let request = switchboard_proto::v1::CreateRoomRequest { room_id, ..Default::default() };
            api.create_room(request).await.expect("is made");
        }
    });
    assert_eq!(program.json("rooms list").len(), 520);
    assert_eq!(program.told("rooms list").lines().count(), 521);
    assert!(program.json("rooms list --occupied").is_empty());
}

#[test]
fn what_is_wrong_has_its_exit_code() {
    // Nobody listens there.
    let away = output("rooms list --address http://127.0.0.1:1", &[]);
    assert_eq!(away.status.code(), Some(69), "{}", text(&away.stderr));
    assert!(text(&away.stderr).contains("http://127.0.0.1:1/ can't be reached"), "{}", text(&away.stderr));
    let cases = [
        ("rooms list --address nowhere", "--address: \"nowhere\" is no URL"),
        ("rooms list --address https://127.0.0.1:1", "https:// needs authorities too"),
        ("rooms list --tls-ca x", "is for an API at https://"),
        ("rooms list --address https://a --tls-ca x --tls-cert y", "--tls-cert: needs its key too"),
        ("rooms list --token x", "unexpected argument '--token'"),
        ("rooms remove demo bob --for ever", "invalid value"),
        ("rooms list --token-file /nowhere", "--token-file /nowhere: No such file"),
        ("why demo", "required arguments"),
    ];
    for (line, want) in cases {
        let out = output(line, &[]);
        assert_eq!(out.status.code(), Some(64), "{line}: {}", text(&out.stderr));
        assert!(text(&out.stderr).contains(want), "{line}: {}", text(&out.stderr));
    }
}

#[test]
fn a_token_comes_from_a_file_or_a_variable_and_is_told_nowhere() {
    let secret = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(secret.path(), SECRET).expect("is written");
    let flags = format!("--auth token --token-secret main=@{}", secret.path().display());
    let program = Program::start(&flags);
    let variables = [("SWITCHBOARD_TOKEN_SECRET", &*format!("main={SECRET}"))];
    let mint = |grant: &str| {
        let line = format!("token create --room demo --identity ops --grant {grant}");
        good(&line, &output(&line, &variables)).trim().to_owned()
    };
    let line = format!("rooms list --address {}", program.address);
    let refused = output(&line, &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).starts_with("TOKEN_MISSING: "), "{}", text(&refused.stderr));
    let admin = mint("admin");
    good(&line, &output(&line, &[("SWITCHBOARD_API_TOKEN", &admin)]));
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), format!("{admin}\n")).expect("is written");
    let with_file = format!("{line} --token-file {}", file.path().display());
    good(&with_file, &output(&with_file, &[]));
    good(&line, &output(&line, &[("SWITCHBOARD_API_TOKEN_FILE", &file.path().display().to_string())]));
    // Not enough of it.
    let lists = mint("list_rooms");
    let line = format!("rooms close demo --address {}", program.address);
    let refused = output(&line, &[("SWITCHBOARD_API_TOKEN", &lists)]);
    let told = text(&refused.stderr);
    assert!(told.starts_with("GRANT_MISSING: ") && !told.contains(&lists), "{told}");
    // One that can't be a token at all is not repeated.
    let refused = output(&line, &[("SWITCHBOARD_API_TOKEN", "a\u{7f}b")]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(!text(&refused.stderr).contains('\u{7f}'));
}

/// A `rooms watch` that runs.
struct Watch {
    child: Child,
    lines: mpsc::Receiver<String>,
    told: Vec<String>,
}

impl Watch {
    fn start(address: &str, flags: &str) -> Self {
        let line = format!("rooms watch demo --address {address} {flags}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(line.split_whitespace()).env_clear().stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("is piped"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, told: Vec::new() }
    }

    /// Waits for a line that has this in it.
    fn until(&mut self, wanted: &str) {
        let by = Instant::now() + WITHIN;
        while !self.told.iter().any(|line| line.contains(wanted)) {
            let left = by.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            self.told.push(line.unwrap_or_else(|_| panic!("{wanted} is not told: {:#?}", self.told)));
        }
    }

    fn count(&self, wanted: &str) -> usize {
        self.told.iter().filter(|line| line.contains(wanted)).count()
    }

    fn ended(&mut self) -> Option<i32> {
        let by = Instant::now() + WITHIN;
        while Instant::now() < by {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it does not end: {:#?}", self.told);
    }

    fn interrupt(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has an id");
        kill_process(pid, Signal::INT).expect("it runs");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A free address, for what has to come back at the same one.
fn free() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("is bound").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_outlives_its_room_service_and_ends_with_ctrl_c_or_with_the_room() {
    let redis = RedisServer::start().await;
    let grpc = free();
    let line = format!("roomsvc --auth open --listen {grpc} --redis-url {}", redis.url());
    let first = Running::start(&line);
    let gateway =
        Running::start(&format!("gateway --auth open --listen 127.0.0.1:0 --roomsvc http://{grpc}"));
    let _ann = join(&gateway, "demo", "ann").await;
    let address = format!("http://{grpc}");
    let mut watch = Watch::start(&address, "");
    let mut json = Watch::start(&address, "--json");
    watch.until("IDENTITY");
    watch.until("ann");
    json.until("snapshot");
    let bob = join(&gateway, "demo", "bob").await;
    watch.until("bob joined");
    json.until("participantJoined");

    first.signal(Signal::KILL);
    drop(first);
    let _second = Running::start(&line);
    let mut eve = join(&gateway, "demo", "eve").await;
    watch.until("eve joined");
    json.until("eve");
    // From where it was: neither a second snapshot nor what was told already.
    assert_eq!((watch.count("IDENTITY"), watch.count("bob joined")), (1, 1), "{:#?}", watch.told);
    assert_eq!(json.count("snapshot"), 1, "{:#?}", json.told);
    json.interrupt();
    assert_eq!(json.ended(), Some(0));

    let counter = eve.message(&[], "red \u{1b}[31malert").await.expect("is sent");
    eve.ack(counter).await.expect("is taken");
    watch.until("eve: red \\u{1b}[31malert");
    let closed = output(&format!("rooms close demo --address {address}"), &[]);
    good("rooms close demo", &closed);
    watch.until("the room is closed (requested)");
    assert_eq!(watch.ended(), Some(0));
    drop(bob);
    // Of a room that is not there nothing can be watched.
    let mut none = Watch::start(&address, "");
    assert_eq!(none.ended(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_tells_of_a_gateway_that_was_killed() {
    let redis = RedisServer::start().await;
    let redis_url = redis.url();
    let service = Running::start(&format!(
        "roomsvc --auth open --listen 127.0.0.1:0 --redis-url {redis_url} --gateway-lease 1s"
    ));
    let address = format!("http://{}", service.find("gRPC API").expect("is told"));
    let gateway = Running::start(&format!("gateway --auth open --listen 127.0.0.1:0 --roomsvc {address}"));
    let bob = join(&gateway, "demo", "bob").await;
    gateway.signal(Signal::KILL);
    drop(gateway);
    let line = format!("why demo bob --address {address}");
    let by = Instant::now() + WITHIN;
    let told = loop {
        let told = good(&line, &output(&line, &[]));
        if !told.contains("connected.") {
            break told;
        }
        assert!(Instant::now() < by, "nobody misses the gateway: {told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(told.starts_with("bob lost its connection at 2"), "{told}");
    assert!(told.contains("gave no sign of life for a whole lease: it was killed"), "{told}");
    assert!(told.contains("It may come back until 2"), "{told}");
    drop(bob);
}
