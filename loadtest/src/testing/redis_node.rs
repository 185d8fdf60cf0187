//! Redis processes that tests build Sentinels and Clusters of.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::free_port;
use rustix::process::{Pid, Signal, kill_process};

/// How long anything here may take, on a machine that does something else too.
const WITHIN: Duration = Duration::from_secs(30);
/// A free port may be gone by the time that Redis binds it; then another one is tried.
const PORTS_TRIED: usize = 5;

/// The server hangs on a pipe from this process, held by a shell that kills it when the pipe closes: statics are not
/// dropped when a test process ends, and a killed process drops nothing at all. `keep` leaves its folder.
const WATCH: &str = r#"
dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null &
echo $!
read -r word
kill -9 $! 2>/dev/null
wait $! 2>/dev/null
[ "$word" = keep ] || rm -rf "$dir"
"#;

/// A Redis process of a test: a server, a replica, a Sentinel or a node of a Cluster, on a free loopback port with a
/// folder of its own. It ends with this value, or with the process of the test.
#[derive(Debug)]
pub struct RedisNode {
    port: u16,
    dir: PathBuf,
    args: Vec<String>,
    pid: u32,
    shell: Option<Child>,
}

impl RedisNode {
    /// Starts a server with further options and waits until it answers.
    ///
    /// # Panics
    /// When it is not installed or does not answer.
    #[must_use]
    pub fn server(options: &[&str]) -> Self {
        let options = owned(options);
        Self::start(move |port, dir| {
            let mut args =
                owned(&["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
            args.extend(owned(&["--repl-diskless-sync-delay", "0", "--dir", &dir.display().to_string()]));
            args.extend(owned(&["--port", &port.to_string()]));
            args.extend(options.iter().cloned());
            args
        })
    }

    /// Starts a node of a Cluster.
    ///
    /// # Panics
    /// As [`Self::server`].
    #[must_use]
    pub fn of_cluster(options: &[&str]) -> Self {
        let bus = free_port().to_string();
        let mut all = vec!["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"];
        all.extend(["--cluster-port", &bus]);
        all.extend(options);
        Self::server(&all)
    }

    /// Starts a Sentinel with further lines of configuration.
    ///
    /// # Panics
    /// As [`Self::server`].
    #[must_use]
    pub fn sentinel(lines: &str) -> Self {
        let lines = lines.to_owned();
        Self::start(move |port, dir| {
            let file = dir.join("sentinel.conf");
            let text = format!("port {port}\nbind 127.0.0.1\ndir {}\n{lines}\n", dir.display());
            std::fs::write(&file, text).expect("the folder can be written");
            owned(&["redis-server", &file.display().to_string(), "--sentinel"])
        })
    }

    fn start(args: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        for _ in 0..PORTS_TRIED {
            let port = free_port();
            let name = format!("redis-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let dir = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&dir).expect("the folder for temporary files can be written");
            let args = args(port, &dir);
            let mut node = Self { port, dir, args, pid: 0, shell: None };
            node.spawn();
            if node.answers() {
                return node;
            }
            let log = std::fs::read_to_string(node.dir.join("log")).unwrap_or_default();
            eprintln!("a Redis process did not start:\n{log}");
        }
        panic!("redis-server did not start; is it installed? apt-get install redis-server");
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address, as in `127.0.0.1:40123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Asks it something: the parts of its answer, each as text, an error as its text.
    ///
    /// # Errors
    /// When it does not answer within a second.
    pub fn try_ask(&self, words: &[&str]) -> io::Result<Vec<String>> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        (&stream).write_all(request.as_bytes())?;
        let mut parts = Vec::new();
        read_reply(&mut BufReader::new(stream), &mut parts)?;
        Ok(parts)
    }

    /// As [`Self::try_ask`].
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn ask(&self, words: &[&str]) -> Vec<String> {
        self.try_ask(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Tells it something.
    ///
    /// # Panics
    /// When it does not answer, or with anything but OK.
    pub fn tell(&self, words: &[&str]) {
        let answer = self.ask(words);
        assert_eq!(answer, ["OK"], "{words:?}");
    }

    /// Whether it says that it is the primary.
    #[must_use]
    pub fn is_primary(&self) -> bool {
        self.try_ask(&["ROLE"]).is_ok_and(|role| role.first().is_some_and(|role| role == "master"))
    }

    /// A line of its INFO.
    #[must_use]
    pub fn info(&self, name: &str) -> Option<String> {
        let info = self.try_ask(&["INFO"]).ok()?.concat();
        info.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned()))
    }

    /// From here on nothing that this primary takes comes to its replicas, until it starts again; Sentinels see a primary
    /// that is well.
    ///
    /// # Panics
    /// When it does not answer, or keeps its replicas.
    pub fn cut_replicas(&self) {
        self.tell(&["ACL", "SETUSER", "default", "-psync", "-sync"]);
        let _ = self.ask(&["CLIENT", "KILL", "TYPE", "replica"]);
        wait_until("the replicas are gone", || self.info("connected_slaves").as_deref() == Some("0"));
    }

    /// Kills it with SIGKILL and waits for its end. Its folder stays.
    ///
    /// # Panics
    /// When the shell that holds it is gone.
    pub fn kill(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            let mut stdin = shell.stdin.take().expect("it is piped");
            // A shell that has ended has killed it already.
            let _ = stdin.write_all(b"keep\n");
            drop(stdin);
            let _ = shell.wait();
        }
    }

    /// Starts it again on its port, with what is in its folder.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn restart(&mut self) {
        self.kill();
        let by = Instant::now() + WITHIN;
        while Instant::now() < by {
            self.spawn();
            if self.answers() {
                return;
            }
        }
        panic!("a Redis process did not start again on port {}", self.port);
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

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).expect("it has a process id");
        kill_process(pid, signal).expect("it has not ended");
    }

    fn spawn(&mut self) {
        let mut shell = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&self.dir)
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let mut pid = String::new();
        let stdout = shell.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut pid).expect("the shell says the process id");
        self.pid = pid.trim().parse().expect("a process id");
        self.shell = Some(shell);
    }

    /// False when another process answers on the port, or none.
    fn answers(&self) -> bool {
        let by = Instant::now() + WITHIN;
        while Instant::now() < by {
            let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return false };
            if rustix::process::test_kill_process(pid).is_err() {
                return false;
            }
            if let Some(answering) = self.info("process_id") {
                return answering == self.pid.to_string();
            }
            sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for RedisNode {
    fn drop(&mut self) {
        match self.shell.take() {
            Some(mut shell) => {
                drop(shell.stdin.take());
                // It has nothing left to do but to kill the server, to clean up, and to end.
                let _ = shell.wait();
            }
            None => drop(std::fs::remove_dir_all(&self.dir)),
        }
    }
}

/// Waits until something holds.
///
/// # Panics
/// When it does not hold in time.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let by = Instant::now() + WITHIN;
    while !holds() {
        assert!(Instant::now() < by, "not in time: {what}");
        sleep(Duration::from_millis(10));
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Reads one reply of RESP2 as the texts in it.
fn read_reply(from: &mut impl io::BufRead, parts: &mut Vec<String>) -> io::Result<()> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let (kind, rest) = line.trim_end().split_at_checked(1).ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = || rest.parse::<i64>().map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
    match kind {
        "*" => {
            for _ in 0..length()? {
                read_reply(from, parts)?;
            }
        }
        "$" => {
            let length = length()?;
            let mut bytes = vec![0; usize::try_from(length + 2).unwrap_or_default()];
            if length >= 0 {
                from.read_exact(&mut bytes)?;
                bytes.truncate(bytes.len() - 2);
            } else {
                bytes.clear();
            }
            parts.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        _ => parts.push(rest.to_owned()),
    }
    Ok(())
}
