//! The machine of a run, and what else went on there.

use std::fs;

use serde::{Deserialize, Serialize};

/// The machine of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Machine {
    /// Its processors, as they call themselves.
    pub processor: String,
    /// How many it has.
    pub cores: usize,
    /// Its memory, in bytes.
    pub memory: u64,
    /// Its kernel.
    pub kernel: String,
    /// Load average of the minute before the run, and of the last one in it.
    pub load: (f64, f64),
}

impl Machine {
    /// What `/proc` says; blanks where it does not.
    pub(crate) fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let processor = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let memory = read("/proc/meminfo");
        let kib = memory
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse().ok());
        let kib: u64 = kib.unwrap_or_default();
        Self {
            processor: processor.map(|(_, name)| name.trim().to_owned()).unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory: kib * 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: (load_average(), 0.0),
        }
    }

    /// Notes what went on at the end.
    pub(crate) fn look_again(&mut self) {
        self.load.1 = load_average();
    }
}

fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { processor, cores, memory, kernel, load: (before, after) } = self;
        let gib = *memory as f64 / 1024.0 / 1024.0 / 1024.0;
        write!(
            f,
            "{cores} × {processor}, {gib:.0} GiB, Linux {kernel}; load average {before:.1} before, {after:.1} after"
        )
    }
}
