//! `/api`: pages, who may read, and what is told when no answer is to be had. `switchboard/tests/system/rest.rs` has it
//! over real room services.

use std::time::Duration;

use serde_json::json;
use switchboard_gateway::Access;
use switchboard_proto::v1::{self, ErrorReason};

use crate::fake::Setup;
use crate::fake_rooms::room;
use crate::http::{Answer, ask};

async fn get(setup: &Setup, path: &str) -> Answer {
    ask(setup.address, "GET", path, "").await
}

fn ids(answer: &Answer) -> Vec<String> {
    let rooms = answer.json();
    let rooms = rooms.as_array().expect("is an array");
    rooms.iter().map(|room| room["roomId"].as_str().expect("is text").to_owned()).collect()
}

#[tokio::test]
async fn rooms_come_as_an_array_with_who_is_in_them() {
    let setup = Setup::start().await;
    assert_eq!(get(&setup, "/api/rooms").await.json(), json!([]));
    setup.rooms.set([room("one", 1), room("none", 0)]);
    let answer = get(&setup, "/api/rooms").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("link"), None);
    let user =
        json!({"id": "p0", "socketId": "s0", "isSharing": true, "joinedAt": "2023-11-14T22:13:20.000Z"});
    let stats = json!({"userCount": 1, "users": [user], "sharingUser": "p0"});
    let mut one = stats.clone();
    one["roomId"] = "one".into();
    assert_eq!(answer.json(), json!([one]), "and nobody's room is not told");
    assert_eq!(get(&setup, "/api/room/one/stats").await.json(), stats);

    let nobody = json!({"userCount": 0, "users": [], "sharingUser": null});
    let unknown = get(&setup, "/api/room/no%20such%2Froom/stats").await;
    assert_eq!((unknown.status, unknown.json()), (200, nobody));

    let head = ask(setup.address, "HEAD", "/api/rooms", "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn pages_follow_the_link() {
    let setup = Setup::start().await;
    setup.rooms.set((0..25).map(|n| room(&format!("r{n}"), n % 2)));
    let (mut path, mut seen, mut pages) = ("/api/rooms?limit=5".to_owned(), Vec::new(), 0);
    loop {
        let answer = get(&setup, &path).await;
        let page = ids(&answer);
        assert!(page.len() <= 5, "{page:?}");
        seen.extend(page);
        pages += 1;
        let Some(link) = answer.header("link") else { break };
        let target = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        path = target.expect("is a link to the next").to_owned();
    }
    assert_eq!(seen, (0..25).filter(|n| n % 2 == 1).map(|n| format!("r{n}")).collect::<Vec<_>>());
    // Every one of them as full as it could be, though the room service tells rooms that nobody is in.
    assert_eq!(pages, 3);

    // People are bounded as rooms are.
    setup.rooms.set((0..20).map(|n| room(&format!("large{n}"), 1_000)));
    let answer = get(&setup, "/api/rooms?limit=15").await;
    assert_eq!(ids(&answer).len(), 15, "one page of the room service is told whole");
    assert!(answer.header("link").is_some());
}

#[tokio::test]
async fn a_room_service_of_the_version_before_counts_and_names_nobody() {
    let setup = Setup::start().await;
    setup.rooms.set([v1::Room { participants: Vec::new(), ..room("r", 3) }]);
    let want = json!({"userCount": 3, "users": [], "sharingUser": null});
    assert_eq!(get(&setup, "/api/room/r/stats").await.json(), want);
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_question() {
    let setup = Setup::start().await;
    setup.rooms.set([room("r", 2)]);
    setup.rooms.take(Duration::from_millis(300));
    let asks = (0..60).map(|n| {
        let path = if n % 2 == 0 { "/api/rooms" } else { "/api/room/r/stats" };
        let address = setup.address;
        tokio::spawn(async move { ask(address, "GET", path, "").await.status })
    });
    for status in asks.collect::<Vec<_>>() {
        assert_eq!(status.await.expect("ran"), 200);
    }
    // Each kind once for the first, and once for all who came while that was under way; more if they came late.
    let asked = setup.rooms.asked();
    assert!(asked <= 8, "{asked} calls for 60 requests");
}

#[tokio::test]
async fn what_is_wrong_is_told_in_a_sentence_with_the_right_status() {
    let setup = Setup::start().await;
    let cases = [
        ("GET", "/api/rooms?limit=0", 400, "limit must be a number from 1 to 1000."),
        ("GET", "/api/rooms?limit=1001", 400, "limit must be a number from 1 to 1000."),
        ("GET", "/api/rooms?limit=many", 400, "limit must be a number from 1 to 1000."),
        ("GET", "/api/rooms?page=other", 400, "page must be the one of the Link of the page before."),
        ("GET", "/api/room/a%0Ab/stats", 400, "The room's id "),
        ("GET", "/api/room/%ff/stats", 400, "The room's id must be percent-encoded UTF-8."),
        ("GET", "/api/nothing", 404, "There is nothing here; /api/openapi.json says what is."),
        ("POST", "/api/rooms", 405, "This can only be read: use GET."),
        ("DELETE", "/api/room/r/stats", 405, "This can only be read: use GET."),
    ];
    for (method, path, status, sentence) in cases {
        let answer = ask(setup.address, method, path, "").await;
        let problem = answer.json();
        assert_eq!((answer.status, problem["status"].as_u64()), (status, Some(status.into())), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert!(problem["detail"].as_str().expect("is text").starts_with(sentence), "{path}: {problem}");
    }
    let refused = ask(setup.address, "POST", "/api/rooms", "").await;
    assert_eq!(refused.header("allow"), Some("GET,HEAD"));

    setup.rooms.refuse(ErrorReason::StoreUnavailable);
    for path in ["/api/rooms", "/api/room/r/stats"] {
        let answer = get(&setup, path).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
        assert_eq!(answer.json()["reason"], "STORE_UNAVAILABLE");
    }
    let told = setup.handle.metrics();
    let line = "switchboard_gateway_api_requests_total{route=\"stats\",status=\"503\"} 1";
    assert!(told.contains(line), "{told}");
}

#[tokio::test]
async fn without_a_room_service_the_answer_is_503() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let url = format!("http://{}", nobody.local_addr().expect("is bound"));
    // The first one takes connections and says nothing: it is passed over, since it never told that it is there.
    let setup = Setup::with(|config| config.room_services.insert(0, url)).await;
    setup.rooms.set([room("r", 1)]);
    assert_eq!(ids(&get(&setup, "/api/rooms").await), ["r"]);

    setup.rooms.refuse(ErrorReason::ShuttingDown);
    let answer = get(&setup, "/api/rooms").await;
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (503, Some("SHUTTING_DOWN")));
}

#[tokio::test]
async fn pages_of_other_origins_may_read_if_they_may_open_a_socket() {
    let setup = Setup::with(|config| {
        config.access = Access::SameOrigin;
        config.allowed_origins = vec!["https://app.example".into()];
    })
    .await;
    let own = format!("http://{}", setup.address);
    for (origin, allowed) in [
        ("https://app.example", true),
        (own.as_str(), true),
        ("https://evil.example", false),
        ("http://localhost:3000", false),
        ("null", false),
    ] {
        let answer = ask(setup.address, "GET", "/api/rooms", &format!("Origin: {origin}\r\n")).await;
        let preflight = format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: GET\r\n\
             Access-Control-Request-Headers: x-dashboard\r\n"
        );
        let preflight = ask(setup.address, "OPTIONS", "/api/room/r/stats", &preflight).await;
        let told = Some(origin).filter(|_| allowed);
        assert_eq!(answer.status, if allowed { 200 } else { 403 }, "{origin}");
        for answer in [&answer, &preflight] {
            assert_eq!(answer.header("access-control-allow-origin"), told, "{origin}: {answer:?}");
            let credentials = Some("true").filter(|_| allowed);
            let told = answer.header("access-control-allow-credentials").filter(|_| allowed);
            assert_eq!(told, credentials, "{origin}");
            assert!(answer.header("vary").is_some_and(|vary| vary.contains("origin")), "{answer:?}");
        }
        assert_eq!(preflight.status, 200);
        assert_eq!(preflight.header("access-control-allow-headers"), Some("x-dashboard"));
        assert_eq!(preflight.header("access-control-allow-methods"), Some("GET,HEAD"));
        if allowed {
            assert_eq!(answer.header("access-control-expose-headers"), Some("link,retry-after"));
        } else {
            assert_eq!(answer.json()["reason"], "ORIGIN_NOT_ALLOWED");
        }
    }
    // Who is no browser sends none.
    assert_eq!(get(&setup, "/api/rooms").await.status, 200);
}
