//! HTTPS and WSS as clients that others wrote see them: curl and Node. A browser is in
//! `web/test/browser/tls.test.mjs`, a client that checks more closely in `gateway/tests/it/tls.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{Running, WITHIN, output};

/// The all-in-one on its own port, as the front end of the earlier system dials it.
struct Secure {
    running: Running,
    url: String,
    fingerprint: String,
    data: TempDir,
}

impl Secure {
    fn start() -> Self {
        Self::start_on(tempfile::tempdir().expect("a folder"))
    }

    fn start_on(data: TempDir) -> Self {
        let folder = data.path().display();
        let running = Running::start(&format!(
            "--tls self-signed --data-dir {folder} --listen localhost:0 --grpc-listen 127.0.0.1:0"
        ));
        let told = |name| running.find(name).expect("is told").to_owned();
        let url = told("page").split(' ').next().expect("is a URL").to_owned();
        let fingerprint = told("SHA-256");
        Self { running, url, fingerprint, data }
    }

    /// Until then `/api` answers 503: where it listens is told before the gateway has reached the room service.
    fn wait_until_ready(&self) {
        let by = Instant::now() + WITHIN;
        let ready = format!("{}/readyz", self.url);
        while curl(&["--cacert", &self.cert(), &ready]) != (Some(0), "ready\n".into()) {
            assert!(Instant::now() < by, "the gateway is not ready");
        }
    }

    fn cert(&self) -> String {
        self.data.path().join("tls/self-signed.crt").display().to_string()
    }

    /// Ends it; what it kept stays.
    fn stop(mut self) -> TempDir {
        self.running.signal(Signal::INT);
        assert_eq!(self.running.ended().0, Some(0));
        self.data
    }
}

fn run(program: &str, args: &[&str]) -> Output {
    Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{program} is not installed: {error}"))
}

fn curl(args: &[&str]) -> (Option<i32>, String) {
    let common = ["--silent", "--show-error", "--max-time", "20"];
    let out = run("curl", &[&common, args].concat());
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
}

#[test]
fn curl_trusts_what_was_kept_and_nothing_else() {
    let secure = Secure::start();
    assert!(secure.url.starts_with("https://localhost:"), "{}", secure.url);
    let health = format!("{}/healthz", secure.url);
    assert_eq!(curl(&["--cacert", &secure.cert(), &health]), (Some(0), "alive\n".into()));
    // By its addresses too.
    let by_address = health.replace("localhost", "127.0.0.1");
    assert_eq!(curl(&["--cacert", &secure.cert(), &by_address]).0, Some(0));
    // 60: the peer's certificate can't be authenticated with known CA certificates.
    assert_eq!(curl(&[&health]).0, Some(60));
    for (version, want) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let args =
            [version, "--cacert", &secure.cert(), "--output", "/dev/null", "--write-out", "%{http_version}"];
        let rooms = format!("{}/api/rooms", secure.url);
        assert_eq!(curl(&[&args[..], &[&rooms]].concat()), (Some(0), want.into()));
    }
    // Who forgot the s.
    let plain = health.replace("https://", "http://");
    let args = ["--location", "--cacert", &secure.cert(), &plain];
    assert_eq!(curl(&args), (Some(0), "alive\n".into()));
}

#[test]
fn http2_knows_its_own_pages_though_it_has_no_host_header() {
    let secure = Secure::start();
    let port = secure.url.rsplit(':').next().expect("has a port").to_owned();
    // A name that is not loopback's, so that the page has to be the gateway's own.
    let own = format!("https://gateway.lan:{port}");
    let resolve = format!("gateway.lan:{port}:127.0.0.1");
    secure.wait_until_ready();
    for (origin, want) in [(own.as_str(), "2 200"), ("https://evil.lan", "2 403")] {
        let (origin, rooms) = (format!("Origin: {origin}"), format!("{own}/api/rooms"));
        let told = ["--output", "/dev/null", "--write-out", "%{http_version} %{http_code}"];
        let args = ["--http2", "--insecure", "--resolve", &resolve, "--header", &origin, &rooms];
        assert_eq!(curl(&[&told[..], &args].concat()), (Some(0), want.into()), "{origin}");
    }
}

/// Asks for the page, and for a WebSocket by an upgrade; prints the fingerprint and both answers.
const NODE: &str = r#"
const https = require('node:https');
const [url, ca, subprotocol] = process.argv.slice(1);
const agent = new https.Agent({ ca: require('node:fs').readFileSync(ca) });
https.get(new URL('/?room=a', url), { agent }, (page) => {
  const { fingerprint256 } = page.socket.getPeerCertificate();
  page.resume().on('end', () => {
    const upgrade = https.get(new URL('/ws', url), { agent, headers: {
      connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': 13,
      'sec-websocket-key': Buffer.alloc(16).toString('base64'), 'sec-websocket-protocol': subprotocol,
    } });
    upgrade.on('upgrade', (answer, socket) => {
      console.log(fingerprint256, page.statusCode, answer.statusCode);
      socket.destroy();
      agent.destroy();
    });
  });
});
"#;

#[test]
fn node_gets_page_and_socket_and_the_fingerprint_that_was_told() {
    let secure = Secure::start();
    let out = run("node", &["-e", NODE, &secure.url, &secure.cert(), "switchboard.v1.json"]);
    let told = String::from_utf8_lossy(&out.stdout);
    let why = String::from_utf8_lossy(&out.stderr);
    assert_eq!(told.trim(), format!("{} 200 101", secure.fingerprint), "{why}");
}

#[test]
fn trust_outlives_a_restart_and_the_key_is_its_owners_alone() {
    let secure = Secure::start();
    let (fingerprint, cert) = (secure.fingerprint.clone(), fs::read(secure.cert()).expect("is kept"));
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&secure.data.path().join("tls/self-signed.key")), 0o600);
    let data = secure.stop();
    let again = Secure::start_on(data);
    assert_eq!(again.fingerprint, fingerprint);
    assert_eq!(fs::read(again.cert()).expect("is kept"), cert);
    assert_eq!(curl(&["--cacert", &again.cert(), &format!("{}/healthz", again.url)]).0, Some(0));
    // Without what was kept there is another one.
    let data = again.stop();
    fs::remove_dir_all(data.path().join("tls")).expect("is there");
    assert_ne!(Secure::start_on(data).fingerprint, fingerprint);
}

#[test]
fn a_gateway_alone_serves_tls_from_files_and_tells_what_is_wrong_with_them() {
    let secure = Secure::start();
    let (cert, key) = (secure.cert(), secure.cert().replace(".crt", ".key"));
    let gateway = Running::start(&format!(
        "gateway --auth open --tls-cert {cert} --tls-key {key} --listen localhost:0"
    ));
    let url = gateway.find("page").and_then(|page| page.split(' ').next()).expect("is told").to_owned();
    assert_eq!(curl(&["--cacert", &cert, &format!("{url}/healthz")]), (Some(0), "alive\n".into()));
    assert!(
        gateway.find("certificate").is_some_and(|told| told.starts_with(&format!("from {cert}, until ")))
    );

    let out =
        output(&format!("gateway --auth open --tls-cert {cert} --tls-key {cert} --listen nowhere"), &[]);
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(64));
    assert!(
        text.contains("2 mistakes") && text.contains("--tls-key: ") && text.contains("--listen: "),
        "{text}"
    );
    let file = secure.data.path().join("file");
    fs::write(&file, "").expect("is written");
    let out = output(&format!("--tls self-signed --data-dir {} --listen localhost:0", file.display()), &[]);
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(64));
    assert!(text.contains("--data-dir: ") && text.contains("can't keep the certificate"), "{text}");
    // The environment has no home folder here.
    let out = output("--tls self-signed", &[]);
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(text.contains("--tls: there is no home folder to keep the certificate in"), "{text}");
}
