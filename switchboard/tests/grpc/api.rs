//! What a client of the API does with a room, beside somebody who joins it through the gateway.

use switchboard_loadtest::{Client, ClientError};
use switchboard_proto::v1::{self, event::Event};

use crate::callers::Caller;
use crate::process::{Process, squeezed};
use crate::program::Program;

/// `BadRequest{field_violations: [{field: "room_id", description: "must not be empty"}]}` in base64, as a client tells
/// it that does not know the type: the details of errors are not part of what reflection tells.
const ROOM_ID_IS_EMPTY: &str = "ChwKB3Jvb21faWQSEW11c3Qgbm90IGJlIGVtcHR5";

/// One client at one program.
struct Driver<'a> {
    caller: &'a Caller,
    program: &'a Program,
}

impl Driver<'_> {
    fn start(&self, method: &str, data: &str) -> Process {
        let method = format!("switchboard.v1.RoomService/{method}");
        let arguments = ["-plaintext", "-d", data, &self.program.grpc, &method];
        self.caller.start(&arguments.map(str::to_owned))
    }

    /// The answer of a call that goes well, without blanks.
    fn call(&self, method: &str, data: &str) -> String {
        let (good, told) = self.start(method, data).ended();
        assert!(good, "{method} {data}:\n{told}");
        squeezed(&told)
    }

    /// What is told of a call that is refused.
    fn refused(&self, method: &str, data: &str) -> String {
        let (good, told) = self.start(method, data).ended();
        assert!(!good, "{method} {data} must be refused:\n{told}");
        told
    }

    fn look(&self, words: &[&str]) -> String {
        let arguments = ["-plaintext", &self.program.grpc].into_iter().chain(words.iter().copied());
        let arguments: Vec<_> = arguments.map(str::to_owned).collect();
        let (good, told) = self.caller.start(&arguments).ended();
        assert!(good, "{words:?}:\n{told}");
        told
    }
}

fn has(text: &str, wanted: &str) {
    assert!(text.contains(wanted), "{wanted:?} is not in\n{text}");
}

/// The next message told to a client, with who sent it.
pub(crate) async fn next_message(client: &mut Client) -> (String, String) {
    loop {
        let event: v1::Event = client.next_event().await.expect("an event comes");
        if let Some(Event::MessageReceived(message)) = event.event {
            return (event.from.map_or_else(String::new, |from| from.participant_id), message.body);
        }
    }
}

async fn drive(caller: &Caller) {
    let program = Program::start();
    let driver = Driver { caller, program: &program };

    let services = driver.look(&["list"]);
    for service in ["switchboard.v1.RoomService", "switchboard.v1.GatewayLink", "grpc.health.v1.Health"] {
        has(&services, service);
    }
    let methods = driver.look(&["describe", "switchboard.v1.RoomService"]);
    for method in ["CreateRoom", "WatchRoom", "RemoveParticipant", "SendMessage", "ExplainSession"] {
        has(&methods, method);
    }
    has(&squeezed(&driver.look(&["grpc.health.v1.Health/Check"])), r#""status":"SERVING""#);

    let made =
        driver.call("CreateRoom", r#"{"room_id":"demo","settings":{"participants_max":3},"request_id":"1"}"#);
    has(&made, r#""roomId":"demo""#);
    has(&made, r#""participantsMax":3"#);
    // The same request again has the same answer; without its id it is another one.
    let again =
        driver.call("CreateRoom", r#"{"room_id":"demo","settings":{"participants_max":3},"request_id":"1"}"#);
    assert_eq!(made, again);
    let exists = driver.refused("CreateRoom", r#"{"room_id":"demo"}"#);
    assert!(exists.contains("AlreadyExists") || exists.contains("already_exists"), "{exists}");
    has(&driver.call("ListRooms", "{}"), r#""roomId":"demo""#);

    let mut watch = driver.start("WatchRoom", r#"{"room_id":"demo"}"#);
    let told =
        watch.until("the snapshot", |told| squeezed(told).contains(r#""snapshot":{"room":{"roomId":"demo""#));
    assert!(!told.contains("participantJoined"), "{told}");
    let mut ann = program.join("demo", "ann").await;
    let mut bob = program.join("demo", "bob").await;
    watch.until("both joins", |told| {
        let told = squeezed(told);
        ["ann", "bob"].iter().all(|who| {
            told.contains(&format!(r#""participantJoined":{{"participant":{{"participantId":"{who}""#))
        })
    });

    let people = driver.call("ListParticipants", r#"{"room_id":"demo"}"#);
    has(&people, r#""participantId":"ann""#);
    has(&people, r#""participantId":"bob""#);
    has(&people, r#""state":"PARTICIPANT_STATE_JOINED""#);
    let session = ann.session_id().expect("has joined").to_owned();
    has(
        &driver.call("GetParticipant", r#"{"room_id":"demo","participant_id":"ann"}"#),
        &format!(r#""sessionId":"{session}""#),
    );

    driver.call("SendMessage", r#"{"room_id":"demo","body":"to-all"}"#);
    assert_eq!(next_message(&mut ann).await, (String::new(), "to-all".into()));
    driver.call("SendMessage", r#"{"room_id":"demo","to":["bob"],"body":"to-bob"}"#);
    assert_eq!(next_message(&mut bob).await, (String::new(), "to-all".into()));
    assert_eq!(next_message(&mut bob).await, (String::new(), "to-bob".into()));

    driver.call("RemoveParticipant", r#"{"room_id":"demo","participant_id":"ann"}"#);
    assert_eq!(ann.closed().await.expect("is closed").0, 4005);
    watch.until("the removal", |told| squeezed(told).contains(r#""reason":"LEAVE_REASON_REMOVED""#));
    let mut back = program.connect().await;
    let refused = back.join("demo", "ann", "").await.expect_err("is kept out");
    assert!(matches!(&refused, ClientError::Server(_)), "{refused}");
    assert_eq!(back.closed().await.expect("is closed").0, 4003);
    // What became of it, in words that need no program of ours to be read.
    let why = driver.call("ExplainSession", r#"{"room_id":"demo","participant_id":"ann"}"#);
    has(&why, r#""state":"SESSION_STATE_ENDED""#);
    has(&why, "annwasputoutoftheroomat2");
    has(&why, "annwasremovedat2");
    has(&why, r#""sentence":"annjoined,atgateway"#);
    let session = format!(r#"{{"room_id":"demo","session_id":"{session}"}}"#);
    assert_eq!(driver.call("ExplainSession", &session), why);
    let unknown = driver.refused("ExplainSession", r#"{"room_id":"demo","participant_id":"nobody"}"#);
    assert!(unknown.contains("NotFound") || unknown.contains("not_found"), "{unknown}");
    driver.call("AllowParticipant", r#"{"room_id":"demo","participant_id":"ann"}"#);
    drop(program.join("demo", "ann").await);

    // The fields at fault come along, in the clients' own form of a detail that they may not know.
    let wrong = driver.refused("CreateRoom", r#"{"room_id":""}"#);
    assert!(wrong.contains("InvalidArgument") || wrong.contains("invalid_argument"), "{wrong}");
    has(&wrong, "room_id must not be empty");
    has(&wrong, "google.rpc.ErrorInfo");
    has(&wrong, "google.rpc.BadRequest");
    let detail = squeezed(&wrong);
    assert!(detail.contains(ROOM_ID_IS_EMPTY) || detail.contains(r#""field":"room_id""#), "{wrong}");

    driver.call("CloseRoom", r#"{"room_id":"demo"}"#);
    assert_eq!(bob.closed().await.expect("is closed").0, 4006);
    // The stream tells the last event, and ends with the reason.
    let (_, told) = watch.ended();
    has(&squeezed(&told), r#""reason":"ROOM_CLOSE_REASON_REQUESTED""#);
    has(&told, "The room was closed.");
}

#[tokio::test]
async fn grpcurl_drives_the_api() {
    // That it is missing has been told.
    if let Some(caller) = Caller::grpcurl() {
        drive(&caller).await;
    }
}

#[tokio::test]
async fn buf_curl_drives_the_api() {
    drive(&Caller::buf()).await;
}
