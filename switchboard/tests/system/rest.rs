//! `/api` over two gateways, two room services and a real Redis, held against the OpenAPI document that comes with it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::{CreateRoomRequest, CreateRoomResponse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::cluster::{Cluster, DEADLINE, Edge};

struct Answer {
    status: u16,
    head: String,
    json: Value,
}

impl Answer {
    /// The target of `Link: <…>; rel="next"`.
    fn next(&self) -> Option<String> {
        let link = self.head.lines().find_map(|line| line.strip_prefix("link: <"))?;
        Some(link.strip_suffix(">; rel=\"next\"").expect("is a link to the next page").to_owned())
    }
}

async fn get(edge: &Edge, path: &str) -> Answer {
    let address: SocketAddr =
        edge.url.trim_start_matches("ws://").trim_end_matches("/ws").parse().expect("is an address");
    let asking = async {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sends");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("is text");
        answer
    };
    let answer = timeout(DEADLINE, asking).await.expect("is answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("has a status");
    let json = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    Answer { status, head: head.to_owned(), json }
}

/// The document that the gateways serve.
struct OpenApi(Value);

impl OpenApi {
    async fn of(edge: &Edge) -> Self {
        let Answer { json, .. } = get(edge, "/api/openapi.json").await;
        assert_eq!(json["openapi"], "3.1.0");
        Self(json)
    }

    /// Holds an answer to GET of the path `template` against what the document says of it.
    fn check(&self, template: &str, answer: &Answer) {
        let responses = &self.0["paths"][template]["get"]["responses"];
        let mut response = &responses[answer.status.to_string()];
        if let Some(reference) = response["$ref"].as_str() {
            response = self.0.pointer(reference.trim_start_matches('#')).expect("is there");
        }
        let content = response["content"].as_object().expect("its status is in the document");
        let (kind, content) = content.iter().next().expect("has a type");
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{}", answer.head);
        // References reach into the document.
        let mut schema = content["schema"].clone();
        schema["components"] = self.0["components"].clone();
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        let validator =
            jsonschema::options().should_validate_formats(true).build(&schema).expect("is a schema");
        let errors: Vec<_> = validator.iter_errors(&answer.json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{template}: {errors:?} in {}", answer.json);
    }

    /// GET of a path, held against the document.
    async fn get(&self, edge: &Edge, template: &str, path: &str) -> Answer {
        let answer = get(edge, path).await;
        self.check(template, &answer);
        answer
    }

    async fn rooms(&self, edge: &Edge) -> Vec<Value> {
        let mut rooms = self.get(edge, "/api/rooms", "/api/rooms").await.json;
        let rooms = rooms.as_array_mut().expect("is an array");
        rooms.sort_by_key(|room| room["roomId"].to_string());
        std::mem::take(rooms)
    }

    async fn stats(&self, edge: &Edge, room: &str) -> Value {
        self.get(edge, "/api/room/{roomId}/stats", &format!("/api/room/{room}/stats")).await.json
    }
}

async fn create(cluster: &Cluster, room_id: &str) -> CreateRoomResponse {
    let url = format!("http://{}", cluster.room_services[0].address);
    let mut api = RoomServiceClient::connect(url).await.expect("connects");
    let request = CreateRoomRequest { room_id: room_id.into(), ..Default::default() };
    api.create_room(request).await.expect("is made").into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_gateway_tells_of_everybody() {
    let cluster = Cluster::crossed().await;
    let api = OpenApi::of(&cluster.gateways[0]).await;
    assert!(api.rooms(&cluster.gateways[0]).await.is_empty());
    create(&cluster, "empty").await;
    let mut ann = cluster.gateways[0].join("one", "ann").await;
    let bob = cluster.gateways[1].join("one", "bob").await;
    let _cat = cluster.gateways[1].join("a two/ü", "cat").await;
    let share = ann.start_share("screen", false).await.expect("is sent");
    ann.ack(share).await.expect("shares");
    let session =
        |client: &switchboard_loadtest::Client| client.welcome().expect("has joined").session_id.clone();
    for edge in &cluster.gateways {
        let rooms = api.rooms(edge).await;
        let told: Vec<_> =
            rooms.iter().map(|room| (room["roomId"].as_str(), room["userCount"].as_u64())).collect();
        assert_eq!(told, [(Some("a two/ü"), Some(1)), (Some("one"), Some(2))], "the empty one is not told");
        let one = &rooms[1];
        assert_eq!(one["sharingUser"], "ann");
        let users: Vec<_> = one["users"]
            .as_array()
            .expect("is an array")
            .iter()
            .map(|user| {
                (
                    user["id"].as_str(),
                    user["socketId"].as_str().map(str::to_owned),
                    user["isSharing"].as_bool(),
                )
            })
            .collect();
        // In the order of their joins.
        let (ann, bob) = (Some(session(&ann)), Some(session(&bob)));
        assert_eq!(users, [(Some("ann"), ann, Some(true)), (Some("bob"), bob, Some(false))]);
        let mut stats = api.stats(edge, "one").await;
        stats["roomId"] = "one".into();
        assert_eq!(&stats, one);
        assert_eq!(api.stats(edge, "a%20two%2F%C3%BC").await["userCount"], 1);
        let nobody = json!({"userCount": 0, "users": [], "sharingUser": null});
        for room in ["empty", "unknown"] {
            assert_eq!(api.stats(edge, room).await, nobody, "{room}");
        }
    }
    // Who asks after it happened is told of it: nothing is kept from before.
    let left = ann.leave().await.expect("is sent");
    ann.ack(left).await.expect("leaves");
    for edge in &cluster.gateways {
        let stats = api.stats(edge, "one").await;
        assert_eq!((&stats["userCount"], &stats["sharingUser"]), (&json!(1), &Value::Null), "{stats}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_have_every_room_once() {
    const ROOMS: usize = 137;
    let cluster = Cluster::shared().await;
    let api = OpenApi::of(&cluster.gateways[0]).await;
    let mut people = Vec::new();
    for n in 0..ROOMS {
        people.push(cluster.gateways[n % 2].join(&format!("room {n}"), "ann").await);
    }
    create(&cluster, "nobody's").await;
    let (mut path, mut seen, mut pages) = (Some("/api/rooms?limit=10".to_owned()), Vec::new(), 0);
    while let Some(at) = path {
        // A page of one gateway goes on at another.
        let page = api.get(&cluster.gateways[pages % 2], "/api/rooms", &at).await;
        let rooms = page.json.as_array().expect("is an array");
        assert!(rooms.len() == 10 || page.next().is_none(), "{} rooms, and more behind them", rooms.len());
        seen.extend(rooms.iter().map(|room| room["roomId"].as_str().expect("is text").to_owned()));
        path = page.next();
        pages += 1;
    }
    assert_eq!(seen.len(), ROOMS);
    let want: BTreeSet<_> = (0..ROOMS).map(|n| format!("room {n}")).collect();
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), want);
    assert_eq!(api.rooms(&cluster.gateways[1]).await.len(), ROOMS, "without a limit all of them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_answered_is_told_as_the_document_says() {
    let mut cluster = Cluster::shared().await;
    let api = OpenApi::of(&cluster.gateways[0]).await;
    let edge = 0;
    let bad = api.get(&cluster.gateways[edge], "/api/rooms", "/api/rooms?page=nonsense").await;
    assert_eq!((bad.status, &bad.json["reason"]), (400, &json!("INVALID_FIELD")), "{}", bad.json);
    // One room service is enough, also before the gateway has had an answer of it.
    drop(cluster.room_services.remove(0));
    assert_eq!(get(&cluster.gateways[edge], "/api/rooms").await.status, 200);
    drop(cluster.room_services.remove(0));
    let by = tokio::time::Instant::now() + DEADLINE;
    // The last one finishes what it has begun.
    while get(&cluster.gateways[edge], "/api/rooms").await.status == 200 {
        assert!(tokio::time::Instant::now() < by, "a room service answers though it was stopped");
    }
    for (template, path) in
        [("/api/rooms", "/api/rooms"), ("/api/room/{roomId}/stats", "/api/room/one/stats")]
    {
        let answer = api.get(&cluster.gateways[edge], template, path).await;
        assert_eq!(answer.status, 503);
        assert!(answer.head.contains("retry-after: 2"), "{}", answer.head);
        assert!(answer.json["reason"].is_string(), "{}", answer.json);
    }
}
