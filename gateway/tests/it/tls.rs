//! HTTPS and WSS, spoken to by a TLS client that checks what it is shown. Clients that others wrote are in
//! `switchboard/tests/it/tls.rs`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use switchboard_gateway::{Tls, TlsSource};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::fake::{Browser, Setup, soon};
use crate::http::{Answer, ask};

/// Certificate and key, in files.
struct Pair(TempDir);

impl Pair {
    fn new() -> Self {
        let pair = Self(tempfile::tempdir().expect("a folder"));
        pair.renew();
        pair
    }

    fn cert(&self) -> std::path::PathBuf {
        self.0.path().join("cert.pem")
    }

    fn key(&self) -> std::path::PathBuf {
        self.0.path().join("key.pem")
    }

    /// Another certificate with another key, in the same files.
    fn renew(&self) {
        let key = KeyPair::generate().expect("is made");
        let cert = CertificateParams::new(["localhost".to_owned()]).expect("is a name").self_signed(&key);
        fs::write(self.key(), key.serialize_pem()).expect("is written");
        fs::write(self.cert(), cert.expect("is made").pem()).expect("is written");
    }

    async fn setup(&self) -> Setup {
        let tls = Tls::load(TlsSource::Files { cert: self.cert(), key: self.key() }).expect("is good");
        Setup::with(|config| {
            config.tls = Some(tls);
            config.tls_check_interval = Duration::from_millis(20);
            config.header_timeout = Duration::from_millis(700);
        })
        .await
    }
}

/// A connection whose other side shows just the certificate in that file.
async fn try_secure(setup: &Setup, trusted: &Path, alpn: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(trusted).expect("is there") {
        roots.add(certificate.expect("is one")).expect("is taken");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().expect("are known");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    // Who resumes is shown no certificate.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(setup.address).await?;
    let name = ServerName::try_from("localhost").expect("is a name");
    soon("a handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

async fn secure(setup: &Setup, trusted: &Path) -> TlsStream<TcpStream> {
    try_secure(setup, trusted, &["http/1.1"]).await.expect("is trusted")
}

async fn get(mut stream: TlsStream<TcpStream>, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = String::new();
    soon("an answer", stream.read_to_string(&mut answer)).await.expect("ends in order");
    Answer::parse(answer)
}

/// Waits until that certificate is trusted.
async fn until_shown(setup: &Setup, trusted: &Path) {
    soon("the certificate", async {
        while try_secure(setup, trusted, &[]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// What a counter stands at.
fn count(setup: &Setup, metric: &str) -> u64 {
    let line = format!("switchboard_gateway_{metric} ");
    let told = setup.handle.metrics();
    told.lines().find_map(|told| told.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
}

async fn until_counted(setup: &Setup, metric: &str, least: u64) {
    setup.until(metric, |_| count(setup, metric) >= least).await;
}

#[tokio::test]
async fn pages_and_sockets_come_over_tls() {
    let pair = Pair::new();
    let setup = pair.setup().await;
    assert_eq!(get(secure(&setup, &pair.cert()).await, "/api/rooms").await.json(), json!([]));
    for (asked, agreed) in [(&["h2", "http/1.1"][..], "h2"), (&["http/1.1"], "http/1.1")] {
        let stream = try_secure(&setup, &pair.cert(), asked).await.expect("is trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(agreed.as_bytes()));
    }
    let browser = websocket(&setup, &pair.cert()).await;
    let (_, _link) = join(&setup, browser).await;
    let expiry = "switchboard_gateway_tls_certificate_not_after_timestamp_seconds{source=\"files\"} ";
    assert!(setup.handle.metrics().contains(expiry));
}

async fn websocket(setup: &Setup, trusted: &Path) -> Browser<TlsStream<TcpStream>> {
    let stream = secure(setup, trusted).await;
    let mut request = "wss://localhost/ws".into_client_request().expect("is a request");
    let subprotocol = "switchboard.v1.json".parse().expect("is a header");
    request.headers_mut().insert("sec-websocket-protocol", subprotocol);
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("is a WebSocket");
    Browser { socket }
}

async fn join(
    setup: &Setup,
    mut browser: Browser<TlsStream<TcpStream>>,
) -> (Browser<TlsStream<TcpStream>>, crate::fake::FakeLink) {
    browser.join("room").await;
    let mut link = setup.link().await;
    link.welcome(1).await;
    assert!(browser.next().await["welcome"].is_object());
    assert!(browser.next().await["snapshot"].is_object());
    (browser, link)
}

#[tokio::test]
async fn a_new_pair_is_shown_and_open_connections_stay() {
    let pair = Pair::new();
    let setup = pair.setup().await;
    let first = pair.cert().with_file_name("first.pem");
    fs::copy(pair.cert(), &first).expect("is copied");
    let (mut browser, mut link) = join(&setup, websocket(&setup, &first).await).await;

    pair.renew();
    until_shown(&setup, &pair.cert()).await;
    let refused = try_secure(&setup, &first, &[]).await.expect_err("the old one is gone");
    assert!(refused.to_string().contains("certificate"), "{refused}");
    until_counted(&setup, "tls_handshakes_failed_total{reason=\"not_trusted\"}", 1).await;
    assert_eq!(count(&setup, "tls_reloads_total"), 1);
    // Over the socket that was opened before.
    browser.send(json!({"counter": "1", "message": {"body": "still here"}})).await;
    let command = link.command().await;
    assert!(format!("{command:?}").contains("still here"), "{command:?}");
}

#[tokio::test]
async fn a_bad_new_pair_is_counted_and_the_old_one_stays() {
    let pair = Pair::new();
    let setup = pair.setup().await;
    let good = pair.cert().with_file_name("good.pem");
    fs::copy(pair.cert(), &good).expect("is copied");
    // The key of another certificate, no certificate at all, and none there.
    let other = Pair::new();
    // In one step: half a key would be one more mistake.
    let whole = pair.key().with_file_name("whole.pem");
    fs::copy(other.key(), &whole).expect("is copied");
    fs::rename(&whole, pair.key()).expect("is moved");
    setup.until_metric("tls_reload_failures_total", "1").await;
    fs::write(pair.cert(), "garbage").expect("is written");
    setup.until_metric("tls_reload_failures_total", "2").await;
    fs::remove_file(pair.cert()).expect("is there");
    setup.until_metric("tls_reload_failures_total", "3").await;
    assert_eq!(get(secure(&setup, &good).await, "/healthz").await.status, 200);
    assert_eq!(count(&setup, "tls_reloads_total"), 0);
    // And what is good again is taken.
    fs::copy(other.cert(), pair.cert()).expect("is copied");
    until_shown(&setup, &other.cert()).await;
}

#[tokio::test]
async fn plain_http_is_told_where_to_go() {
    let pair = Pair::new();
    let setup = pair.setup().await;
    let page = ask(setup.address, "GET", "/?room=demo", "").await;
    let location = format!("https://{}/?room=demo", setup.address);
    assert_eq!((page.status, page.header("location")), (307, Some(location.as_str())));
    assert!(page.body.starts_with("This port speaks TLS: use https://"), "{page:?}");
    let socket = ask(setup.address, "GET", "/ws", "Upgrade: websocket\r\n").await;
    assert_eq!((socket.status, socket.header("location")), (400, None));
    assert!(socket.body.starts_with("This port speaks TLS: use wss://"), "{socket:?}");
    assert_eq!(count(&setup, "tls_handshakes_failed_total{reason=\"plain_http\"}"), 2);
    // Admins come over plain HTTP.
    assert_eq!(ask(setup.admin, "GET", "/healthz", "").await.status, 200);
}

#[tokio::test]
async fn who_makes_no_handshake_is_let_go() {
    let pair = Pair::new();
    let setup = pair.setup().await;
    let hangs = |sent: &'static [u8]| {
        let address = setup.address;
        async move {
            let mut stream = TcpStream::connect(address).await.expect("connects");
            stream.write_all(sent).await.expect("sends");
            let mut rest = Vec::new();
            // An alert may come first.
            let _ = soon("the end", stream.read_to_end(&mut rest)).await;
        }
    };
    hangs(b"\x16\x03\x01\x02\x00").await;
    hangs(b"\x16\x03\x01\x00\x05hello").await;
    hangs(b"\x00garbage").await;
    for reason in ["timeout", "protocol", "not_tls"] {
        until_counted(&setup, &format!("tls_handshakes_failed_total{{reason=\"{reason}\"}}"), 1).await;
    }
    // A handshake and then nothing: neither is that a way to hold a connection.
    let mut silent = secure(&setup, &pair.cert()).await;
    let _ = soon("the end", silent.read_to_end(&mut Vec::new())).await;
    setup.until("no connection is left", |handle| handle.connections() == 0).await;
}

#[tokio::test]
async fn connections_in_their_handshake_count() {
    let pair = Pair::new();
    let tls = Tls::load(TlsSource::Files { cert: pair.cert(), key: pair.key() }).expect("is good");
    let setup = Setup::with(|config| {
        config.tls = Some(tls);
        config.connections_max = 2;
    })
    .await;
    let mut half = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(setup.address).await.expect("connects");
        stream.write_all(b"\x16").await.expect("sends");
        half.push(stream);
    }
    setup.until("both count", |handle| handle.connections() == 2).await;
    try_secure(&setup, &pair.cert(), &[]).await.expect_err("there are too many");
    assert_eq!(count(&setup, "limits_hit_total{limit=\"connections\"}"), 1);
    drop(half);
    until_shown(&setup, &pair.cert()).await;
}
