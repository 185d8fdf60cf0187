//! A real `redis-server` for one test.

use std::io;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::free_port;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// How long a start may take, on a machine that does something else too.
const START_WITHIN: Duration = Duration::from_secs(20);
/// A free port may be gone by the time that Redis binds it; then another one is tried.
const PORTS_TRIED: usize = 5;
const NOT_INSTALLED: &str = "redis-server is not installed: apt-get install redis-server";

/// A `redis-server` of one's own on a free loopback port, without persistence. It is killed when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    options: Vec<String>,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When it is not installed or does not answer.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with further options, such as `["--appendonly", "yes", "--dir", dir]`.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub async fn start_with(options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        for _ in 0..PORTS_TRIED {
            let port = free_port();
            let mut server = Self { child: spawn(port, &options), port, options: options.clone() };
            if server.answers().await {
                return server;
            }
        }
        panic!(
            "redis-server did not start on any of {PORTS_TRIED} ports; try `redis-server --port 0` by hand"
        );
    }

    /// Its address, as in `redis://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it with SIGKILL and waits for its end. Connections break, and the port refuses.
    pub fn kill(&mut self) {
        // Both fail only when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// SIGSTOP: connections stay and nothing answers.
    ///
    /// # Panics
    /// When the process has ended.
    pub fn stop_signal(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT: it goes on where it stopped.
    ///
    /// # Panics
    /// When the process has ended.
    pub fn cont(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills it if it runs, and starts it on the same port: empty, unless its options say that it persists.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn restart(&mut self) {
        self.kill();
        let by = Instant::now() + START_WITHIN;
        while Instant::now() < by {
            self.child = spawn(self.port, &self.options);
            if self.answers().await {
                return;
            }
        }
        panic!("redis-server did not start again on port {}", self.port);
    }

    /// Sends one command, its words parted by spaces, and returns the raw answer (up to 64 KiB), for looks from
    /// outside.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn command(&self, words: &str) -> String {
        let answer = timeout(START_WITHIN, ask(self.port, words)).await;
        answer.expect("redis-server did not answer in time").expect("redis-server answers")
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.expect("a child has a process id");
        kill_process(pid, signal).expect("redis-server has ended");
    }

    /// False when the process ended, such as on a port that is taken.
    async fn answers(&mut self) -> bool {
        let by = Instant::now() + START_WITHIN;
        while Instant::now() < by {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return false;
            }
            // The port may be another program's by now, so it has to be this very process that answers.
            let info = timeout(Duration::from_secs(1), ask(self.port, "INFO server")).await;
            let own = format!("process_id:{}\r\n", self.child.id());
            if matches!(info, Ok(Ok(text)) if text.contains(&own)) {
                return true;
            }
            sleep(Duration::from_millis(5)).await;
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(port: u16, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"]);
    command.args(options).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.current_dir(std::env::temp_dir());
    match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => panic!("{NOT_INSTALLED}"),
        Err(error) => panic!("redis-server can't be started: {error}"),
    }
}

async fn ask(port: u16, words: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(format!("{words}\r\n").as_bytes()).await?;
    let mut answer = vec![0; 64 * 1024];
    let length = stream.read(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}
