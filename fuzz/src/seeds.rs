//! What a fuzzer begins with: real messages, one of each kind. Made here and not kept as files, so that a message of
//! the contract that changes does not leave old bytes behind; `tools/fuzz.sh` writes them beside the corpus.

use prost::Message as _;
use serde::de::DeserializeOwned;
use switchboard_proto::v1::{ClientMessage, LinkRequest, LinkResponse};
use switchboard_proto::{Epoch, Millis, ParticipantId, RoomId, SessionId};
use switchboard_roomsvc::fuzzing::{Link, encode_entry};
use switchboard_roomsvc::room::{
    ApiAction, Command, Context, Entry, Room, SettingsPatch, Touched, Verdict, fields,
};

use crate::access;

/// What a browser says.
const CLIENT: [&str; 16] = [
    r#"{"join":{"roomId":"demo","participantId":"ann","metadata":"{\"name\":\"Ann\"}","token":"a.b.c"}}"#,
    r#"{"resume":{"roomId":"demo","participantId":"ann","sessionId":"se_1","resumeToken":"t","generation":"2","position":{"epoch":"18446744073709551615","seq":"7"},"token":"a.b.c"}}"#,
    r#"{"heartbeat":{"position":{"epoch":"1","seq":"2"}}}"#,
    r#"{"counter":"9","after":"8","leave":{}}"#,
    r#"{"counter":2,"after":1,"updateMetadata":{"metadata":"hi \ud83d\ude00"}}"#,
    r#"{"counter":"3","startShare":{"shareId":"s-1","audio":true}}"#,
    r#"{"counter":"4","stopShare":{}}"#,
    r#"{"counter":"1","signal":{"to":"bob","kind":"SIGNAL_KIND_OFFER","payload":"{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}"}}"#,
    r#"{"counter":"1","signal":{"to":"bob","kind":2,"payload":"{}"}}"#,
    r#"{"counter":"1","signal":{"to":"bob","kind":"SIGNAL_KIND_CANDIDATE","payload":"{\"candidate\":null}"}}"#,
    r#"{"counter":"5","message":{"to":["bob","cid"],"body":"hello"}}"#,
    r#"{"counter":"6","message":{"body":""}}"#,
    r#"{"counter":"7","renegotiate":{}}"#,
    r#"{"renewToken":{"token":"a.b.c"}}"#,
    r#"{"unknown":{},"leave":{}}"#,
    r#"{"participant_id":1,"start_share":{"share_id":"x"}}"#,
];

const PAYLOADS: [&str; 6] = [
    "40",
    "40{\"token\":\"a.b.c\"}\u{1e}3\u{1e}42[\"join-room\",\"demo\",\"ann\"]",
    "bAQIDBA==\u{1e}4hello€\u{1e}1",
    "b\u{1e}bAA\u{1e}4",
    "2probe",
    "5\u{1e}6\u{1e}0",
];

const PACKETS: [&str; 12] = [
    "0",
    "0/admin,{\"token\":\"a.b.c\"}",
    "0{\"pid\":\"p\",\"offset\":\"1f-7.sock.token.cg.cA\"}",
    "1f-7.sock.token.cg.cA",
    "1",
    "1/admin,",
    "2[\"join-room\",\"demo\",\"ann\"]\u{1e}213[\"leave-room\",\"demo\",\"ann\"]",
    "2[\"offer\",{\"offer\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"},\"to\":\"bob\",\"from\":\"ann\"}]",
    "217[\"ice-candidate\",{\"candidate\":{\"a\" : null},\"to\":\"bob\"}]",
    "52-/admin,1[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]\u{1e}b\u{1}\u{2}\u{1e}b",
    "2[\"start-sharing\",\"demo\",\"ann\"]\u{1e}2[\"stop-sharing\",\"demo\",\"ann\"]\u{1e}2[-1,1e400]",
    "3/admin,12[{\"ok\":true}]",
];

const CLAIMS: [&str; 8] = [
    r#"{"sub":"ann","room":"a","grants":["join","share","publish","signal","message"],"exp":1900000000}"#,
    r#"{"sub":"ann","room_pattern":"team-*","grants":["see","list_rooms","room_admin"],"exp":1.9e9,"nbf":1.5,"iat":1}"#,
    r#"{"sub":"ops","grants":["admin"],"exp":1900000000,"name":"Ops","metadata":"{}","iss":"x","jti":"1"}"#,
    r#"{"sub":"ann","aud":["a","b"],"exp":1900000000}"#,
    r#"{"sub":"ann","aud":"a","exp":1900000000}"#,
    r#"{"sub":"ann","exp":1}"#,
    r#"{"sub":"ann","exp":1900000000,"nbf":1900000000}"#,
    r#"{"sub":null,"grants":[],"exp":8999999999999999}"#,
];

const HEADERS: [&str; 4] = [
    r#"{"alg":"none"}"#,
    r#"{"alg":"RS256","kid":"rsa"}"#,
    r#"{"alg":"ES256","typ":"JWT"}"#,
    r#"{"alg":"EdDSA","kid":"main","crit":["x"]}"#,
];

/// A caller's place in a trace, in this version and a later one.
const TRACEPARENTS: [&str; 2] = [
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-what-comes",
];

/// What a gateway says for sessions in room `r`, as participant, session and command; `TOKEN` stands for the token that
/// resumes ann's session.
const LINK_COMMANDS: [&[(&str, &str, &str)]; 6] = [
    &[
        ("ann", "s1", JOIN),
        ("bob", "s2", JOIN),
        (
            "ann",
            "s1",
            r#""session":{"counter":"1","signal":{"to":"bob","kind":"SIGNAL_KIND_OFFER","payload":"{}"}}"#,
        ),
    ],
    &[
        ("ann", "s1", JOIN),
        ("ann", "s1", r#""session":{"counter":"1","startShare":{"shareId":"x","audio":true}}"#),
        ("ann", "s1", r#""session":{"counter":"3","after":"1","stopShare":{}}"#),
        ("ann", "s1", r#""session":{"counter":"4","after":"3","renegotiate":{}}"#),
    ],
    &[
        ("ann", "s1", JOIN),
        ("ann", "s1", r#""gone":{"leaving":true}"#),
        ("ann", "s1", r#""present":{}"#),
        ("ann", "s1", r#""session":{"counter":"1","leave":{}}"#),
        ("ann", "s1", JOIN),
    ],
    &[
        ("ann", "s1", JOIN),
        ("bob", "s2", JOIN),
        ("ann", "s1", r#""session":{"counter":"1","message":{"to":["bob"],"body":"hi"}}"#),
        ("bob", "s2", r#""session":{"counter":"2","after":"1","updateMetadata":{"metadata":"new"}}"#),
        ("bob", "s2", r#""session":{"counter":"9","after":"8","message":{"body":"hi"}}"#),
    ],
    &[
        ("ann", "s1", JOIN),
        (
            "ann",
            "s1",
            r#""resume":{"resumeToken":"TOKEN","position":{"epoch":"1","seq":"1"},"snapshot":true}"#,
        ),
    ],
    &[
        ("ann", "s1", JOIN),
        ("ann", "s3", r#""join":{"joinTime":"1970-01-01T00:16:40.500Z","metadata":"m","resumeWindow":"2s"}"#),
        ("ann", "s4", r#""join":{"joinTime":"1970-01-01T00:16:40.500Z","resubmitted":true}"#),
    ],
];
const JOIN: &str = r#""join":{"joinTime":"1970-01-01T00:16:40Z"}"#;
const ATTACH: &str = r#"{"items":[{"hello":{"gatewayId":"g","version":1}},{"attach":{"roomId":"r","position":{"epoch":"7","seq":"1"},"sessions":[{"participantId":"ann","sessionId":"s1","generation":"1","connectionId":"c1"}]}}]}"#;

/// What a room service says to the sessions of room `r`.
const LINK_RESPONSES: [&str; 7] = [
    r#"{"items":[{"hello":{"where":{"roomServiceId":"rs","partitions":128,"hash":"h","degraded":true},"version":1}},{"degraded":{"degraded":true}},{"end":{"reason":"ERROR_REASON_SHUTTING_DOWN"}}]}"#,
    r#"{"items":[JOINED,SNAPSHOT,{"event":{"roomId":"r","event":{"position":{"epoch":"7","seq":"3"},"prev":{"epoch":"7","seq":"2"},"stored":true,"from":{"participantId":"s2","sessionId":"s2","counter":"1"},"signalReceived":{"kind":"SIGNAL_KIND_OFFER","payload":"{}"}},"toSessionIds":["s1"]}}]}"#,
    r#"{"items":[JOINED,SNAPSHOT,{"ack":{"roomId":"r","sessionId":"s1","counter":"1","stored":true}},{"stored":{"roomId":"r","sessionId":"s1","counter":"1"}},{"hole":{"roomId":"r","sessionId":"s1","counter":"3","last":"1"}},{"busy":{"roomId":"r","sessionId":"s1","counter":"1"}}]}"#,
    r#"{"items":[{"resumed":{"roomId":"r","sessionId":"s3","generation":"2","last":"4","refused":[{"counter":"3","reason":"ERROR_REASON_NOT_SHARING"}],"resumeToken":"t","position":{"epoch":"7","seq":"2"},"stored":"4"}},{"event":{"roomId":"r","event":{"position":{"epoch":"7","seq":"1"},"messageReceived":{"body":"hi"}},"replaySessionId":"s3"}},{"reset":{"roomId":"r","sessionId":"s3","reason":1}}]}"#,
    r#"{"items":[{"refused":{"roomId":"r","sessionId":"s1","connectionId":"s1","reason":"ERROR_REASON_ROOM_FULL"}},{"noted":{"roomId":"r","sessionId":"s2","connectionId":"s2"}},{"attached":{"roomId":"r","position":{"epoch":"7","seq":"2"},"sessions":[{"sessionId":"s1","standing":"STANDING_UNKNOWN"},{"sessionId":"s2","standing":"STANDING_BEHIND","last":"2"},{"sessionId":"s4","standing":"STANDING_ENDED","reason":"LEAVE_REASON_REMOVED"}]}}]}"#,
    r#"{"items":[{"joined":{"roomId":"r","sessionId":"s4","resumeToken":"t","resumeWindow":"8s","position":{"epoch":"7","seq":"2"}}},{"snapshot":{"roomId":"r","sessionId":"s4","snapshot":{"room":{"roomId":"r"},"participants":[{"participantId":"s4","sessionId":"s4","state":1},{"participantId":"s2","sessionId":"s2","state":1,"share":{"shareId":"x"}}],"position":{"epoch":"7","seq":"2"}}}},{"event":{"roomId":"r","event":{"position":{"epoch":"7","seq":"3"},"prev":{"epoch":"7","seq":"2"},"participantLeft":{"participantId":"s2","sessionId":"s2","reason":1}}}}]}"#,
    r#"{"items":[{"reset":{"roomId":"r","reason":2}},{"snapshot":{"roomId":"r","snapshot":{"room":{"roomId":"r"},"more":true}}},{"event":{"roomId":"r","event":{"position":{"epoch":"8","seq":"9"},"roomClosed":{}}}}]}"#,
];

const REPLIES: [&str; 7] = [
    "*2\r\n$10\r\n1800000000\r\n$6\r\n123456\r\n",
    "*2\r\n:18446744073709551\r\n:7\r\n",
    "*2\r\n*2\r\n$3\r\n1-0\r\n*6\r\n$5\r\nepoch\r\n$1\r\n7\r\n$5\r\nentry\r\n$2\r\n{}\r\n$4\r\nbody\r\n$0\r\n\r\n*2\r\n$3\r\n2-0\r\n*0\r\n",
    "*8\r\n$10\r\npartitions\r\n$3\r\n128\r\n$6\r\nlayout\r\n$1\r\n1\r\n$9\r\ntoken_key\r\n$1\r\na\r\n$16\r\ntoken_keys_older\r\n$3\r\na,b\r\n",
    "*6\r\n$5\r\nepoch\r\n$2\r\nff\r\n$3\r\nseq\r\n$1\r\n9\r\n$5\r\nstate\r\n$4\r\nopen\r\n",
    "*3\r\n:5\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n*-1\r\n",
    "%1\r\n+a\r\n+b\r\n",
];

const SETTINGS: [&str; 9] = [
    "\n---\n",
    "--listen 127.0.0.1:1 --auth open\nPORT=80\nREDIS_URL=redis://ann:pw@db:6379/1?x=y\n---\nlog = 'debug'\n",
    "gateway --roomsvc http://a:1,http://b:2\nSWITCHBOARD_TOKEN_SECRET=main=0123456789012345678901234567890123456789\nSWITCHBOARD_LINK_SECRET=0123456789abcdef\n---\nallow_origin = ['https://a.example', 'http://b']\ndrain_window = '5s'\n",
    "roomsvc --listen 0.0.0.0:50051 --partitions 8 --redis-wait-replicas 1\nSWITCHBOARD_REDIS_URL=redis-sentinel://u:p@a:1,b:2/main\nSWITCHBOARD_REFLECTION=off\n---\nauth = 'token'\ntoken_secret = 'main=short'\n",
    "gateway --tls self-signed --data-dir /nowhere --trusted-hops 1 --proxy-from 10.0.0.0/8\n---\nice_server = 'turn:turn.example:3478,stun:a'\nturn_secret = 'x'\nturn_ttl = '90s'\nconnects_per_second = '7'\n",
    "gateway --tls-cert a --tls-key b --token-key a=b --jwks-url http://127.0.0.1/jwks\n---\n",
    "--admin-listen [::1]:9 --grpc-listen localhost:7 --log-format json --audit-log -\n---\ngateway_lease = '3s'\nlisten = 7\nnone = ''\n",
    "roomsvc\nREDIS_URL=redis-cluster://a:1,b:2\n---\nredis_tls_ca = 'x'\nbroken = \n",
    "gateway --ping-interval 10s --socketio-ping-timeout 1m --socketio-resume-window 500ms\nSWITCHBOARD_TURN_SECRET=abc\n---\ntoken_audience = 'a'\n",
];

/// The seeds of the target with that name.
///
/// # Panics
/// When one of them is not of the contract any more.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "frame_json" => texts(&CLIENT),
        "frame_protobuf" => CLIENT.iter().map(|json| message::<ClientMessage>(json)).collect(),
        "engineio_payload" => texts(&PAYLOADS),
        "socketio_packet" => texts(&PACKETS),
        "access_token" => {
            let signed = CLAIMS.iter().map(|claims| access::sign(claims.as_bytes()).into_bytes());
            let headers = HEADERS.iter().map(|header| access::unsigned(header, CLAIMS[0]).into_bytes());
            let traced = texts(&TRACEPARENTS);
            texts(&CLAIMS).into_iter().chain(signed).chain(headers).chain(traced).collect()
        }
        "link_request" => link_requests(),
        "link_response" => {
            let joined = r#"{"joined":{"roomId":"r","sessionId":"s1","resumeToken":"t","position":{"epoch":"7","seq":"2"}}}"#;
            let snapshot = r#"{"snapshot":{"roomId":"r","sessionId":"s1","snapshot":{"room":{"roomId":"r"},"participants":[{"participantId":"s1","sessionId":"s1"}],"position":{"epoch":"7","seq":"2"}}}}"#;
            let whole =
                LINK_RESPONSES.map(|json| json.replace("JOINED", joined).replace("SNAPSHOT", snapshot));
            whole.iter().map(|json| message::<LinkResponse>(json)).collect()
        }
        "stored_room" => vec![stored_room()],
        "log_entry" => log_lines(),
        "store_reply" => texts(&REPLIES),
        "settings" => texts(&SETTINGS),
        _ => Vec::new(),
    }
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn message<M: DeserializeOwned + prost::Message>(json: &str) -> Vec<u8> {
    let message: M = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    message.encode_to_vec()
}

fn link_requests() -> Vec<Vec<u8>> {
    let link = Link::new().expect("its ids are good");
    let (room, ann) = (RoomId::parse("r").expect("is an id"), ParticipantId::parse("ann").expect("is an id"));
    let token = link.resume_token(&room, &ann, &SessionId::parse("s1").expect("is an id"));
    let item = |(participant, session, command): &(&str, &str, &str)| {
        let generation = if command.contains("TOKEN") { 2 } else { 1 };
        let command = command.replace("TOKEN", &token);
        format!(
            r#"{{"command":{{"roomId":"r","participantId":"{participant}","sessionId":"{session}","generation":"{generation}","connectionId":"c-{session}",{command}}}}}"#
        )
    };
    let requests = LINK_COMMANDS.iter().map(|commands| {
        let items: Vec<_> = commands.iter().map(item).collect();
        format!(r#"{{"items":[{}]}}"#, items.join(","))
    });
    requests.chain([ATTACH.to_owned()]).map(|json| message::<LinkRequest>(&json)).collect()
}

/// A room in which everything has happened, and its log.
fn room() -> (Room, Vec<Entry>) {
    let link = Link::new().expect("its ids are good");
    let mut room = Room::absent(RoomId::parse("r").expect("is an id"));
    let mut log = Vec::new();
    let mut tell = |room: &mut Room, command: &Command, begin_epoch: bool| {
        let fresh = Epoch(log.len() as u64 + 1);
        let ctx = Context { now: Millis(1_000_100), fresh, begin_epoch };
        if let Verdict::Append(entries, _) = room.decide(command, ctx) {
            for entry in entries {
                room.absorb(&entry);
                log.push(entry);
            }
        }
    };
    for (n, request) in link_requests().iter().enumerate() {
        let request = LinkRequest::decode(request.as_slice()).expect("was just written");
        for (_, command) in link.read(request).expect("is a good one") {
            tell(&mut room, &command, n == 3);
        }
    }
    let api = |action| Command::Api { request: Some("digest".into()), action };
    let metadata = Some("of the room".to_owned());
    tell(&mut room, &api(ApiAction::Update { settings: SettingsPatch::default(), metadata }), false);
    tell(&mut room, &api(ApiAction::Close), false);
    (room, log)
}

fn stored_room() -> Vec<u8> {
    let (room, log) = room();
    let mut lines = String::new();
    let mut at = Room::absent(room.id().clone());
    // As it was before it was closed.
    for entry in log.iter().take(log.len().saturating_sub(2)) {
        at.absorb(entry);
    }
    for (field, value) in fields(&at, &Touched { everything: true, ..Touched::default() }) {
        lines.push_str(&format!("{field}={}\n", value.unwrap_or_default()));
    }
    lines.into_bytes()
}

fn log_lines() -> Vec<Vec<u8>> {
    let (_, log) = room();
    let lines: Vec<_> = log.iter().map(encode_entry).collect();
    vec![lines.join("\n").into_bytes(), lines.join("\n!").into_bytes()]
}
