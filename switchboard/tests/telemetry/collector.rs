//! An OpenTelemetry collector of one test: it takes OTLP over gRPC and writes what it had to a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use switchboard_loadtest::testing::free_port;
use tempfile::TempDir;

/// The longest wait, on a machine that does something else too.
const WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A span as the collector had it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) service: String,
    pub(crate) instance: String,
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    /// Nanoseconds since 1970.
    pub(crate) begun: u128,
    pub(crate) ended: u128,
    pub(crate) is_failed: bool,
    /// As text, whatever they are.
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Seen {
    /// What an attribute says; nothing if it is not there.
    pub(crate) fn says(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

/// One that runs; it is killed when this is dropped.
pub(crate) struct Collector {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Collector {
    /// Starts one and waits until it listens; nothing where there is none and Go can't build it, which is told.
    pub(crate) fn start() -> Option<Self> {
        let program = find()?;
        let (folder, port) = (tempfile::tempdir().expect("a folder can be made"), free_port());
        let config = format!(
            "receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 127.0.0.1:{port}\n\
             exporters:\n  file:\n    path: {}\n    flush_interval: 50ms\n\
             service:\n  telemetry:\n    logs:\n      level: error\n    metrics:\n      level: none\n  \
             pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [file]\n",
            folder.path().join("spans.json").display()
        );
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, config).expect("a file can be written");
        let log = File::create(folder.path().join("log")).expect("a file can be made");
        let mut command = Command::new(program);
        command.arg("--config").arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().expect("the collector starts");
        let mut collector = Self { child, folder, port };
        let by = Instant::now() + WITHIN;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = collector.child.try_wait().expect("it is ours").is_some();
            assert!(!ended && Instant::now() < by, "the collector does not listen:\n{}", collector.log());
            std::thread::sleep(LOOK_EVERY);
        }
        Some(collector)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Where it takes spans.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All spans that it has had.
    pub(crate) fn spans(&self) -> Vec<Seen> {
        let text = std::fs::read_to_string(self.folder.path().join("spans.json")).unwrap_or_default();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).flat_map(|line| read(&line)).collect()
    }

    /// Waits until what it has had is enough.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let by = Instant::now() + WITHIN;
        loop {
            let spans = self.spans();
            if holds(&spans) {
                return spans;
            }
            assert!(Instant::now() < by, "not in time: {what}: {spans:#?}\n{}", self.log());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The spans of one line, which is an OTLP request in JSON.
fn read(line: &Value) -> Vec<Seen> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut seen = Vec::new();
    for resource in list(line, "resourceSpans") {
        let of = attributes(&resource["resource"]);
        let service = |key: &str| of.get(key).cloned().unwrap_or_default();
        for span in list(&resource, "scopeSpans").iter().flat_map(|scope| list(scope, "spans")) {
            let text = |key: &str| span[key].as_str().unwrap_or_default().to_owned();
            let time = |key: &str| text(key).parse().expect("a time is a number");
            seen.push(Seen {
                service: service("service.name"),
                instance: service("service.instance.id"),
                name: text("name"),
                trace: text("traceId"),
                id: text("spanId"),
                parent: text("parentSpanId"),
                begun: time("startTimeUnixNano"),
                ended: time("endTimeUnixNano"),
                is_failed: span["status"]["code"] == 2,
                attributes: attributes(&span),
            });
        }
    }
    seen
}

fn attributes(of: &Value) -> BTreeMap<String, String> {
    let all = of["attributes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| {
        let value = value.as_object().and_then(|value| value.values().next()).cloned().unwrap_or_default();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    all.iter().map(|one| (one["key"].as_str().unwrap_or_default().to_owned(), text(&one["value"]))).collect()
}

/// The project's own, which is built if Go is here. `None` is never silent.
fn find() -> Option<PathBuf> {
    static FOUND: std::sync::OnceLock<Option<PathBuf>> = std::sync::OnceLock::new();
    FOUND.get_or_init(build).clone()
}

fn build() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let own = root.join(".tools/bin/otelcol");
    if !own.is_file() {
        let output = Command::new(root.join("tools/otelcol.sh")).output().expect("tools/otelcol.sh runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Go is here, and could not build the collector:\n{told}");
    }
    if own.is_file() {
        return Some(own);
    }
    // Straight to the stream: what a good test prints is not shown.
    let told = "telemetry tests: Go is not here to build a collector: traces are NOT tested";
    writeln!(std::io::stderr(), "{told}").expect("stderr is open");
    None
}
