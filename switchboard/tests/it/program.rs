//! A `switchboard` process of one test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The longest wait for a line or for the end, on a machine that does something else too.
pub(crate) const WITHIN: Duration = Duration::from_secs(30);

/// A command without the environment of whoever runs the test.
fn command(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.args(line.split_whitespace()).env_clear().stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn output(line: &str, variables: &[(&str, &str)]) -> Output {
    command(line).envs(variables.iter().copied()).output().expect("the program runs")
}

/// One that runs. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    told: Vec<String>,
}

impl Running {
    /// Starts it and waits until it has told what to try next.
    pub(crate) fn start(line: &str) -> Self {
        Self::start_with_log(line, Stdio::null())
    }

    /// As [`Self::start`], with its log.
    pub(crate) fn start_with_log(line: &str, log: impl Into<Stdio>) -> Self {
        let mut child = command(line).stdout(Stdio::piped()).stderr(log).spawn().expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut running = Self { child, lines, told: Vec::new() };
        while running.find("Try next:").is_none() {
            let line = running.lines.recv_timeout(WITHIN).expect("the start is told");
            running.told.push(line);
        }
        running
    }

    /// What stands behind the line's name.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.told.iter().find_map(|line| line.trim().strip_prefix(name)).map(str::trim)
    }

    /// What stands behind a name among the lines of what to try next.
    pub(crate) fn hint(&mut self, name: &str) -> String {
        while self.find(name).is_none() {
            let line = self.lines.recv_timeout(WITHIN).expect("it is told");
            self.told.push(line);
        }
        self.find(name).map(str::to_owned).expect("was just found")
    }

    /// Where its page is, as `host:port`.
    pub(crate) fn host(&self) -> String {
        let page = self.find("page").expect("is told").split(' ').next().expect("is a URL");
        page.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/').to_owned()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has an id");
        kill_process(pid, signal).expect("it runs");
    }

    /// Waits for its end; returns the exit code and how long it took.
    pub(crate) fn ended(&mut self) -> (Option<i32>, Duration) {
        let from = Instant::now();
        while from.elapsed() < WITHIN {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return (status.code(), from.elapsed());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it did not end within {WITHIN:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
