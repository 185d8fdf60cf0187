//! Redis servers for tests.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use switchboard_loadtest::testing::{RedisCluster, RedisSentinels};

use super::{RedisConfig, RedisStore};

/// The user of all stores under test, for an address: the one of the operator's guide.
pub(crate) const LOGIN: &str = "switchboard:change-me@";

/// The words that make that user, as they stand in the operator's guide.
pub(crate) fn acl_words() -> Vec<&'static str> {
    let guide = include_str!("../../../docs/redis.md");
    let line = guide.lines().find(|line| line.starts_with("ACL SETUSER switchboard"));
    line.expect("the guide has the user").split(' ').collect()
}

/// A configuration with a prefix that no other call gets, within the keys of that user.
pub(crate) fn config(url: String) -> RedisConfig {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let key_prefix = format!("sb:t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    // Generous: two cores may run many tests at once.
    RedisConfig { key_prefix, call_timeout: Duration::from_secs(20), ..RedisConfig::new(url) }
}

/// A primary, its replicas and Sentinels, for all tests of this process.
pub(crate) fn sentinels() -> &'static RedisSentinels {
    static SHARED: OnceLock<RedisSentinels> = OnceLock::new();
    SHARED.get_or_init(|| {
        let all = RedisSentinels::start();
        for server in &all.servers {
            server.tell(&acl_words());
        }
        all
    })
}

/// A Cluster for all tests of this process.
pub(crate) fn cluster() -> &'static RedisCluster {
    static SHARED: OnceLock<RedisCluster> = OnceLock::new();
    SHARED.get_or_init(|| {
        let all = RedisCluster::start();
        for node in &all.nodes {
            node.tell(&acl_words());
        }
        all
    })
}

/// A `redis-server` on a free port of the loopback.
///
/// It hangs on a pipe from this process, held by a shell that kills it when the pipe closes: statics are not dropped
/// when a test process ends, and a killed process drops nothing at all.
pub(crate) struct TestRedis {
    /// The port it listens on.
    pub(crate) port: u16,
    pid: String,
    shell: Child,
}

const WATCH: &str = r#"
redis-server --port "$1" --bind 127.0.0.1 --save "" --appendonly no --dir "$2" >/dev/null 2>&1 </dev/null &
echo $!
cat >/dev/null
kill -9 $! "#;

impl TestRedis {
    /// One server of one's own, for tests that hurt it.
    pub(crate) fn start() -> Self {
        let installed = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
        assert!(installed, "redis-server is not installed: apt-get install redis-server");
        for _ in 0..20 {
            let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
            let port = listener.local_addr().expect("it is bound").port();
            // Somebody else may take the port between here and there: then the next one is tried.
            drop(listener);
            let mut shell = Command::new("sh")
                .args(["-c", WATCH, "sh", &port.to_string()])
                .arg(std::env::temp_dir())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("there is a shell");
            let mut pid = String::new();
            let stdout = shell.stdout.take().expect("it is piped");
            BufReader::new(stdout).read_line(&mut pid).expect("the shell says the pid");
            let server = Self { port, pid: pid.trim().to_owned(), shell };
            if server.answers() {
                let mut acl = ::redis::Cmd::new();
                for word in acl_words() {
                    acl.arg(word);
                }
                acl.exec(&mut server.raw()).expect("is a user");
                return server;
            }
        }
        panic!("redis-server did not start");
    }

    /// One server for all tests of this process. Keys are apart by [`Self::store`]'s prefix.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<TestRedis> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A configuration with a prefix that no other call gets.
    pub(crate) fn config(&self) -> RedisConfig {
        config(format!("redis://{LOGIN}127.0.0.1:{}", self.port))
    }

    /// A store with a prefix of its own.
    pub(crate) async fn store(&self) -> RedisStore {
        RedisStore::connect(self.config()).await.expect("Redis answers")
    }

    /// Sends a signal, such as `-STOP`, to the server.
    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid]).status().expect("there is a kill");
        assert!(status.success(), "kill {signal} {}", self.pid);
    }

    /// A plain connection, to look at and change what is stored behind the store's back.
    pub(crate) fn raw(&self) -> ::redis::Connection {
        let client = ::redis::Client::open(self.url()).expect("is an address");
        client.get_connection().expect("Redis answers")
    }

    fn answers(&self) -> bool {
        let client = ::redis::Client::open(self.url()).expect("is an address");
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            let pid = || -> ::redis::RedisResult<String> {
                let mut connection = client.get_connection_with_timeout(Duration::from_secs(1))?;
                ::redis::cmd("INFO").arg("server").query(&mut connection)
            };
            match pid() {
                // Not another test's server on the same port.
                Ok(info) => return info.contains(&format!("process_id:{}\r", self.pid)),
                Err(_) => std::thread::yield_now(),
            }
        }
        false
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // The shell has nothing left to do but to kill the server and to end.
        let _ = self.shell.wait();
    }
}
