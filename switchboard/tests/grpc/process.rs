//! A process of one test, and what it has told so far.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine; reached only by a test that fails.
pub(crate) const WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// One that runs. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    told: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let told = Arc::new(Mutex::new(String::new()));
        let out = child.stdout.take().expect("it is piped");
        let err = child.stderr.take().expect("it is piped");
        let readers = vec![read(out, &told), read(err, &told)];
        Self { child, told, readers }
    }

    /// All that it has told so far, both streams.
    pub(crate) fn told(&self) -> String {
        lock(&self.told).clone()
    }

    /// Waits until what it has told is enough.
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let by = Instant::now() + WITHIN;
        loop {
            let ended = self.child.try_wait().expect("it is ours").is_some();
            if ended {
                // The last words too.
                self.readers.drain(..).for_each(|reader| reader.join().expect("it only reads"));
            }
            let told = self.told();
            if holds(&told) {
                return told;
            }
            assert!(!ended, "it ended before {what}:\n{told}");
            assert!(Instant::now() < by, "not in time: {what}:\n{told}");
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for its end; tells whether that was a good one, and all that it has told.
    pub(crate) fn ended(mut self) -> (bool, String) {
        let by = Instant::now() + WITHIN;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                break status;
            }
            assert!(Instant::now() < by, "it does not end:\n{}", self.told());
            std::thread::sleep(LOOK_EVERY);
        };
        self.readers.drain(..).for_each(|reader| reader.join().expect("it only reads"));
        (status.success(), self.told())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read(mut from: impl Read + Send + 'static, told: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let told = Arc::clone(told);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut chunk) {
            lock(&told).push_str(&String::from_utf8_lossy(&chunk[..n]));
        }
    })
}

fn lock(told: &Mutex<String>) -> MutexGuard<'_, String> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// JSON without the blanks that every client sets as it likes, so that a part of it can be looked for.
pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
