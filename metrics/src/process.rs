//! What the process uses, under the names that every Prometheus client has for it. From /proc, so on Linux; elsewhere
//! nothing is told.

use std::fs;

use rustix::process::{Resource, getrlimit};

/// One look at the process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    cpu_seconds: Option<f64>,
    resident_bytes: Option<f64>,
    virtual_bytes: Option<f64>,
    start_seconds: Option<f64>,
    threads: Option<f64>,
    open_fds: Option<f64>,
    max_fds: Option<f64>,
    memory_limit_bytes: Option<f64>,
}

/// A metric of the process: name, whether it only rises, help, and where it is in a sample.
pub(crate) type Row = (&'static str, bool, &'static str, fn(&Sample) -> Option<f64>);

pub(crate) const ROWS: [Row; 8] = [
    ("process_cpu_seconds_total", true, "CPU time of the process, its own and the kernel's for it", |s| {
        s.cpu_seconds
    }),
    ("process_resident_memory_bytes", false, "Memory of the process that is in RAM", |s| s.resident_bytes),
    ("process_virtual_memory_bytes", false, "Address space of the process", |s| s.virtual_bytes),
    ("process_start_time_seconds", false, "When the process started, in seconds since 1970", |s| {
        s.start_seconds
    }),
    ("process_threads", false, "Threads of the process", |s| s.threads),
    ("process_open_fds", false, "Open descriptors; a socket is one", |s| s.open_fds),
    ("process_max_fds", false, "Descriptors that may be open", |s| s.max_fds),
    (
        "switchboard_memory_limit_bytes",
        false,
        "Memory that the process may use: what its control group has, or else the machine",
        |s| s.memory_limit_bytes,
    ),
];

impl Sample {
    pub(crate) fn take() -> Self {
        let mut sample = Self {
            open_fds: open_fds(),
            max_fds: getrlimit(Resource::Nofile).current.map(|max| max as f64),
            memory_limit_bytes: memory_limit(),
            ..Self::default()
        };
        let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return sample };
        // The name, in parentheses, may have spaces; behind it stands the third field of proc(5).
        let fields: Vec<&str> =
            stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<f64>().ok());
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        sample.cpu_seconds = field(14).zip(field(15)).map(|(own, kernel)| (own + kernel) / ticks);
        sample.threads = field(20);
        sample.start_seconds =
            field(22).zip(boot_seconds()).map(|(started, booted)| booted + started / ticks);
        sample.virtual_bytes = field(23);
        sample.resident_bytes = field(24).map(|pages| pages * rustix::param::page_size() as f64);
        sample
    }
}

fn open_fds() -> Option<f64> {
    use std::os::unix::fs::MetadataExt as _;
    // Since Linux 6.2 the folder's size is their number; before, it is 0 and they are counted. The look itself is one.
    match fs::metadata("/proc/self/fd").ok()?.size() {
        0 => Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64),
        count => Some(count as f64),
    }
}

fn boot_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// In a container its control group is the one that it sees as the top.
fn memory_limit() -> Option<f64> {
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let of_group = group.iter().filter_map(|file| fs::read_to_string(file).ok()?.trim().parse::<f64>().ok());
    let info = fs::read_to_string("/proc/meminfo").ok();
    let total = info.as_deref().and_then(|info| info.lines().find_map(|line| line.strip_prefix("MemTotal:")));
    let of_machine = total
        .and_then(|total| total.trim().trim_end_matches("kB").trim().parse::<f64>().ok())
        .map(|kib| kib * 1_024.0);
    of_group.chain(of_machine).reduce(f64::min)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn everything_is_told_on_linux_and_moves() {
        let before = Sample::take();
        for (name, _, _, value) in ROWS {
            assert!(value(&before).is_some_and(|value| value >= 0.0), "{name}");
        }
        let open: Vec<_> = (0..50).map(|_| fs::File::open("/dev/null").expect("opens")).collect();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("is later");
        let after = Sample::take();
        // Other tests of this process may close some of theirs meanwhile.
        assert!(after.open_fds > before.open_fds.map(|fds| fds + 20.0), "{before:?} {after:?}");
        assert!(after.resident_bytes > Some(100_000.0) && after.resident_bytes < after.virtual_bytes);
        let age = now.as_secs_f64() - after.start_seconds.expect("is told");
        assert!((-5.0..3_600.0).contains(&age), "started {age} s ago");
        drop(open);
    }
}
