//! A Redis for one test.

use switchboard_loadtest::testing::RedisServer;

#[tokio::test]
async fn redis_stops_goes_on_dies_and_comes_back() {
    let mut redis = RedisServer::start().await;
    assert_eq!(redis.command("SET k v").await, "+OK\r\n");
    redis.stop_signal();
    let asked = redis.command("GET k");
    let soon = std::time::Duration::from_millis(100);
    assert!(tokio::time::timeout(soon, asked).await.is_err(), "a stopped process answers nothing");
    redis.cont();
    assert_eq!(redis.command("GET k").await, "$1\r\nv\r\n");
    let port = redis.port();
    redis.kill();
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
    redis.restart().await;
    assert_eq!(redis.port(), port);
    assert_eq!(redis.command("GET k").await, "$-1\r\n", "nothing persists");
}

#[tokio::test]
async fn redis_servers_stand_side_by_side_and_end_with_their_test() {
    let (one, other) = tokio::join!(RedisServer::start(), RedisServer::start());
    assert_ne!(one.url(), other.url());
    let port = one.port();
    drop(one);
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
    assert_eq!(other.command("PING").await, "+PONG\r\n");
}
