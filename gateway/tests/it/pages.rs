//! Health, metrics and files.

use std::net::SocketAddr;

use crate::fake::Setup;
use crate::http;

async fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    http::ask(address, "GET", path, headers).await.text
}

#[tokio::test]
async fn files_come_with_strict_headers_and_are_revalidated() {
    let setup = Setup::start().await;
    let file = get(setup.address, "/client/protocol.js", "").await;
    assert!(file.starts_with("HTTP/1.1 200"), "{file}");
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cache-control: no-cache",
        "content-type: text/javascript; charset=utf-8",
    ] {
        assert!(file.contains(header), "{header} is not in\n{file}");
    }
    let tag = file.lines().find_map(|line| line.strip_prefix("etag: ")).expect("has a tag");
    let again = get(setup.address, "/client/protocol.js", &format!("If-None-Match: {tag}\r\n")).await;
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
    for path in ["/client/../Cargo.toml", "/client/%2e%2e/%2e%2e/Cargo.toml", "/nothing"] {
        let answer = get(setup.address, path, "").await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn health_is_told() {
    let setup = Setup::start().await;
    for address in [setup.address, setup.admin] {
        assert!(get(address, "/healthz", "").await.starts_with("HTTP/1.1 200"));
        assert!(get(address, "/readyz", "").await.starts_with("HTTP/1.1 200"));
    }
    let metrics = get(setup.admin, "/metrics", "").await;
    assert!(metrics.contains("switchboard_gateway_room_services_healthy 1"), "{metrics}");
    assert!(get(setup.address, "/metrics", "").await.starts_with("HTTP/1.1 404"), "not for browsers");
}
