//! What nobody may read: tokens and secrets go every way in, past processes that log all they can, and stand in no log
//! and in no audit; and what the audit does tell.

use std::collections::BTreeSet;
use std::fs::{self, File};

use switchboard_auth::Grant;
use switchboard_loadtest::{Client, Encoding, Options};
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::{self, ErrorReason, server_message::Kind as Told};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tonic::transport::Endpoint;

use crate::parts::{LINK_SECRET, SECRET, Says, WITHIN, claims, forged, resume_of_ann, token, token_of};
use crate::program::Running;

const TURN_SECRET: &str = "shared-with-coturn-and-with-nobody-else";
const WRONG_LINK_SECRET: &str = "gateways-say-that-to-room-services";
const PARTICIPANT: [Grant; 2] = [Grant::Join, Grant::Message];

/// Secrets that were said, and which way.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    /// Takes note of it and gives it back, to be said.
    fn say(&mut self, way: &'static str, secret: String) -> String {
        self.0.push((way, secret.clone()));
        secret
    }

    /// Each by the part that nobody could know: the signature, of a token.
    fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(way, secret)| (*way, secret.rsplit('.').next().unwrap_or(secret)))
    }
}

/// A room service and a gateway that log all they can.
struct Stage {
    folder: TempDir,
    room_service: Running,
    gateway: Running,
    host: String,
    said: Secrets,
}

impl Stage {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let log = |name: &str| File::create(path(name)).expect("is made");
        let access = format!(
            "--token-secret main={SECRET} --link-secret {LINK_SECRET} --log trace --audit-log {}",
            path("audit").display()
        );
        let line = format!("roomsvc --listen 127.0.0.1:0 {access}");
        let room_service = Running::start_with_log(&line, log("room-service"));
        let grpc = room_service.find("gRPC API").expect("is told").to_owned();
        let line = format!(
            "gateway --listen 127.0.0.1:0 --roomsvc http://{grpc} --turn-secret {TURN_SECRET} \
             --ice-server turn:turn.example:3478 --admin-listen 127.0.0.1:0 --drain-window 0s {access}"
        );
        let gateway = Running::start_with_log(&line, log("gateway"));
        let host = gateway.host();
        Self { folder, room_service, gateway, host, said: Secrets::default() }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("is there")
    }

    async fn connect(&self, encoding: Encoding, token: Option<String>) -> Client {
        let options = Options { token, deadline: WITHIN, ..Options::from(encoding) };
        Client::connect(&format!("ws://{}/ws", self.host), options).await.expect("connects")
    }

    /// Joins; asked again while a room service is looked for.
    async fn join(&self, encoding: Encoding, who: &str, token: &str) -> Result<Client, ErrorReason> {
        let by = Instant::now() + WITHIN;
        loop {
            let mut client = self.connect(encoding, Some(token.to_owned())).await;
            let refused = match client.join("a", who, "").await {
                Ok(_) => return Ok(client),
                Err(error) => error.reason().unwrap_or_else(|| panic!("{error}")),
            };
            if !refused.is_temporary() || Instant::now() > by {
                return Err(refused);
            }
        }
    }

    /// What HTTP answers at the gateway.
    async fn http(&self, host: &str, request: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(host).await.expect("connects");
        let length = body.len();
        let request = format!(
            "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.expect("takes it");
        let mut answer = Vec::new();
        let _ = timeout(WITHIN, stream.read_to_end(&mut answer)).await.expect("is answered");
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn over_ws(&mut self) {
        for (encoding, way) in [(Encoding::Json, "ws, JSON"), (Encoding::Protobuf, "ws, protobuf")] {
            let wrong = self.said.say(way, forged("a", "eve", &PARTICIPANT));
            assert_eq!(
                self.join(encoding, "eve", &wrong).await.err(),
                Some(ErrorReason::TokenSignatureInvalid)
            );
            let ended = self.said.say(way, token_of(SECRET, &claims("a", "late", &PARTICIPANT, -60)));
            assert_eq!(self.join(encoding, "late", &ended).await.err(), Some(ErrorReason::TokenExpired));
            let good = self.said.say(way, token("a", "ann", &PARTICIPANT));
            let mut ann = self.join(encoding, "ann", &good).await.expect("joins");
            let renewed =
                self.said.say("a renewal", token_of(SECRET, &claims("a", "ann", &PARTICIPANT, 120)));
            ann.renew_token(&renewed).await.expect("is taken");
            let wrong = self.said.say("a wrong renewal", forged("a", "ann", &PARTICIPANT));
            ann.renew_token(&wrong).await.expect_err("is refused");
            let welcome = ann.welcome().expect("is there").clone();
            self.said.say("a resume token", welcome.resume_token.clone());
            self.said.say("credentials for TURN", welcome.ice_servers[0].credential.clone());
            let position = ann.position();
            ann.abort();
            let again = self.said.say("a resume", token_of(SECRET, &claims("a", "ann", &PARTICIPANT, 180)));
            let mut ann = self.connect(encoding, Some(again)).await;
            let resume = resume_of_ann(&welcome, position);
            ann.resume(resume).await.expect("goes on");
            while !matches!(
                ann.next_message().await.expect("a message comes").kind,
                Some(Told::Permissions(_))
            ) {}
            ann.close(1000, "").await.expect("closes");
        }
    }

    async fn over_http(&mut self) {
        let lists = &[Grant::ListRooms];
        let host = self.host.clone();
        let good = self.said.say("REST, a header", token("a", "board", lists));
        let answer = self.http(&host, "GET /api/rooms", &bearer(&good), "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let wrong = self.said.say("REST, a wrong header", forged("a", "board", lists));
        let answer = self.http(&host, "GET /api/rooms", &bearer(&wrong), "").await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        let admin = self.gateway.find("admin").expect("is told").to_owned();
        let admin = admin.trim_start_matches("http://").split('/').next().expect("has a host").to_owned();
        // Where none is asked for, somebody says one anyway.
        for (host, request) in [
            (&host, "GET /api/rooms"),
            (&host, "GET /ws"),
            (&host, "GET /ws/validate"),
            (&host, "GET /"),
            (&host, "GET /nothing"),
            (&host, "POST /api/rooms"),
            (&admin, "GET /metrics"),
        ] {
            let secret = self.said.say(request, token("a", "in-a-query", lists));
            self.http(host, &format!("{request}?token={secret}&access_token={secret}"), "", "").await;
            let secret = self.said.say(request, token("a", "in-a-header", lists));
            self.http(host, request, &format!("{}cookie: token={secret}\r\n", bearer(&secret)), "").await;
        }
    }

    async fn over_socketio(&mut self) {
        let host = self.host.clone();
        for (who, good) in [("sue", true), ("sid", false)] {
            let make = if good { token } else { forged };
            let secret = self.said.say("Socket.IO, the query", make("a", who, &PARTICIPANT));
            let path = format!("/socket.io/?EIO=4&transport=polling&token={secret}");
            let opened = self.http(&host, &format!("GET {path}"), "", "").await;
            let (_, rest) = opened.split_once("\"sid\":\"").unwrap_or_else(|| panic!("{opened}"));
            let sid = rest.split('"').next().expect("has an end");
            let path = format!("{path}&sid={sid}");
            let secret = self.said.say("Socket.IO, auth", make("a", &format!("{who}-2"), &PARTICIPANT));
            for packet in [
                // The second connect is no connect any more, but it is read.
                "40".to_owned(),
                format!("40{{\"token\":\"{secret}\"}}"),
                format!("42[\"join-room\",\"a\",\"{who}\"]"),
            ] {
                let answer =
                    self.http(&host, &format!("POST {path}"), "content-type: text/plain\r\n", &packet).await;
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            }
            let want = if good { "existing-users" } else { "TOKEN_SIGNATURE_INVALID" };
            let by = Instant::now() + WITHIN;
            while !self.http(&host, &format!("GET {path}"), "", "").await.contains(want) {
                assert!(Instant::now() < by, "{who} hears no {want}");
            }
        }
    }

    async fn over_grpc(&mut self) {
        let grpc = self.room_service.find("gRPC API").expect("is told").to_owned();
        let channel = Endpoint::from_shared(format!("http://{grpc}")).expect("is a URL").connect_lazy();
        let says = |secret: String| Says(Some(format!("Bearer {secret}")));
        let admin = self.said.say("the API", token("a", "ops", &[Grant::RoomAdmin]));
        let mut api = RoomServiceClient::with_interceptor(channel.clone(), says(admin));
        let (room_id, participant_id) = ("a".to_owned(), "gone".to_owned());
        let join = self.said.say("ws, JSON", token("a", "gone", &PARTICIPANT));
        let mut gone = self.join(Encoding::Json, "gone", &join).await.expect("joins");
        let request = v1::RemoveParticipantRequest {
            room_id: room_id.clone(),
            participant_id: participant_id.clone(),
            ..Default::default()
        };
        api.remove_participant(request).await.expect("is removed");
        assert_eq!(gone.closed().await.expect("is closed").0, 4005);
        let request =
            v1::AllowParticipantRequest { room_id: room_id.clone(), participant_id, ..Default::default() };
        api.allow_participant(request).await.expect("is allowed");
        api.close_room(v1::CloseRoomRequest { room_id: room_id.clone(), ..Default::default() })
            .await
            .expect("is closed");
        let wrong = self.said.say("the API, wrong", forged("a", "ops", &[Grant::Admin]));
        let mut api = RoomServiceClient::with_interceptor(channel.clone(), says(wrong));
        api.close_room(v1::CloseRoomRequest { room_id, ..Default::default() }).await.expect_err("is refused");
        for secret in [WRONG_LINK_SECRET.to_owned(), token("a", "ops", &[Grant::Admin])] {
            let secret = self.said.say("a link", secret);
            let mut link = GatewayLinkClient::with_interceptor(channel.clone(), says(secret));
            link.r#where(v1::WhereRequest {}).await.expect_err("is refused");
        }
        use tonic_reflection::pb::v1::ServerReflectionRequest;
        use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
        let wrong = self.said.say("reflection", forged("a", "ops", &[]));
        let mut reflection = ServerReflectionClient::with_interceptor(channel, says(wrong));
        let request = futures_util::stream::iter([ServerReflectionRequest::default()]);
        reflection.server_reflection_info(request).await.expect_err("is refused");
    }
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

/// Whether a text has it, as text or as the numbers of its bytes.
fn has(text: &str, secret: &str) -> bool {
    let numbers: Vec<_> = secret.bytes().take(12).map(|byte| byte.to_string()).collect();
    text.contains(secret) || text.contains(&numbers.join(", "))
}

/// What a record of the audit says, but for times and sessions.
fn record(line: &str) -> [String; 6] {
    let line: serde_json::Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    ["what", "way", "identity", "key", "by", "reason"]
        .map(|name| line[name].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_stands_in_a_log_or_the_audit_and_the_audit_tells_of_every_way_in() {
    let mut stage = Stage::start();
    for secret in [SECRET, LINK_SECRET, TURN_SECRET] {
        stage.said.say("a setting", secret.into());
    }
    stage.over_ws().await;
    stage.over_http().await;
    stage.over_socketio().await;
    stage.over_grpc().await;
    // Stopped, so that nothing of it comes later.
    for process in [&mut stage.gateway, &mut stage.room_service] {
        process.signal(rustix::process::Signal::TERM);
        process.ended();
    }
    let (room_service, gateway, audit) =
        (stage.read("room-service"), stage.read("gateway"), stage.read("audit"));
    assert!(gateway.contains("DEBUG") && room_service.contains("INFO"), "they log what they can: {gateway}");
    assert!(stage.said.0.len() > 40);
    for (way, secret) in stage.said.parts() {
        assert!(secret.len() >= 20, "{way}: {secret:?} is found by chance");
        for (name, text) in [
            ("the room service's log", &room_service),
            ("the gateway's log", &gateway),
            ("the audit", &audit),
        ] {
            let line = text.lines().find(|line| has(line, secret));
            assert_eq!(line, None, "said over {way}, and in {name}");
        }
    }
    let told: BTreeSet<_> = audit.lines().map(record).collect();
    let from =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("is JSON")["from"] == "127.0.0.1";
    assert!(audit.lines().all(from), "{audit}");
    for want in [
        ["joined", "ws", "ann", "main", "", ""],
        ["resumed", "ws", "ann", "main", "", ""],
        ["refused", "ws", "eve", "", "", "TOKEN_SIGNATURE_INVALID"],
        ["refused", "ws", "late", "", "", "TOKEN_EXPIRED"],
        ["removed", "ws", "gone", "main", "", ""],
        ["joined", "socketio", "sue", "main", "", ""],
        ["refused", "socketio", "sid", "", "", "TOKEN_SIGNATURE_INVALID"],
        ["refused", "rest", "", "", "", "TOKEN_SIGNATURE_INVALID"],
        ["refused", "rest", "", "", "", "TOKEN_MISSING"],
        ["removed", "RemoveParticipant", "gone", "main", "ops", ""],
        ["allowed", "AllowParticipant", "gone", "main", "ops", ""],
        ["closed", "CloseRoom", "", "main", "ops", ""],
        ["refused", "CloseRoom", "", "", "", "TOKEN_SIGNATURE_INVALID"],
        ["refused", "link", "", "", "", "LINK_SECRET_INVALID"],
        ["refused", "reflection", "", "", "", "TOKEN_SIGNATURE_INVALID"],
    ] {
        assert!(told.contains(&want.map(str::to_owned)), "{want:?} is not in {told:#?}");
    }
}
