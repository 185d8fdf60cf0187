//! What is told while a run goes on: on a terminal one line that changes, else a line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Point;

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Where it is told, if anywhere.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    last: Option<Instant>,
}

impl Progress {
    /// On standard error, unless it is to be `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = (!quiet && is_terminal).then(|| {
            let bar = ProgressBar::new_spinner();
            // A template of constants.
            if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, lines: !quiet && !is_terminal, last: None }
    }

    pub(crate) fn coming(&mut self, there: usize, total: usize) {
        self.tell(&format!("{there} of {total} have come in"));
    }

    pub(crate) fn point(&mut self, planned: f64, point: &Point) {
        let latency = &point.latency;
        let cpu: Vec<_> = point.cores.iter().map(|(name, cores)| format!("{name} {cores:.2}")).collect();
        let cpu = if cpu.is_empty() { String::new() } else { format!("  cores: {}", cpu.join(", ")) };
        self.tell(&format!(
            "{planned:.0}/s planned, {} told; p50 {:.2} p99 {:.2} max {:.2} ms{cpu}",
            point.heard, latency.p50_ms, latency.p99_ms, latency.max_ms
        ));
    }

    /// Nothing more is told.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn tell(&mut self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
            bar.tick();
        } else if self.lines && self.last.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
            eprintln!("{text}");
            self.last = Some(Instant::now());
        }
    }
}
