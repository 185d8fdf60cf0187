//! What happened, as lines with simulated time: digested always, shown on demand.

use std::collections::VecDeque;
use std::fmt::Arguments;

use parking_lot::Mutex;

use crate::os;

static TRACE: Mutex<Trace> = Mutex::new(Trace {
    digest: 0xcbf2_9ce4_8422_2325,
    lines: 0,
    shown: false,
    failures: Vec::new(),
    faults: VecDeque::new(),
});

struct Trace {
    digest: u64,
    lines: u64,
    shown: bool,
    failures: Vec<String>,
    faults: VecDeque<String>,
}

/// Shows the lines from now on.
pub(crate) fn show() {
    TRACE.lock().shown = true;
}

/// Takes a line in.
pub(crate) fn note(line: Arguments<'_>) {
    let text = format!("{:>10.4} {line}", os::now() as f64 / 1e9);
    let mut trace = TRACE.lock();
    for byte in text.bytes() {
        trace.digest = (trace.digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    trace.lines += 1;
    if trace.shown {
        println!("{text}");
    }
}

/// Takes in that something was broken on purpose.
pub(crate) fn fault(line: Arguments<'_>) {
    note(format_args!("FAULT {line}"));
    let text = format!("{:.2} {line}", os::now() as f64 / 1e9);
    TRACE.lock().faults.push_back(text);
}

/// Takes in that an assertion does not hold.
pub(crate) fn violated(line: Arguments<'_>) {
    note(format_args!("VIOLATED {line}"));
    let text = format!("at {:.3} s: {line}", os::now() as f64 / 1e9);
    TRACE.lock().failures.push(text);
}

/// What a run came to.
pub(crate) struct Outcome {
    /// Of all lines.
    pub(crate) digest: u64,
    /// How many there were.
    pub(crate) lines: u64,
    /// What does not hold.
    pub(crate) failures: Vec<String>,
    /// What was broken on purpose.
    pub(crate) faults: Vec<String>,
}

/// What the run came to.
pub(crate) fn outcome() -> Outcome {
    let trace = TRACE.lock();
    Outcome {
        digest: trace.digest,
        lines: trace.lines,
        failures: trace.failures.clone(),
        faults: trace.faults.iter().cloned().collect(),
    }
}

/// [`note`] with a format.
#[macro_export]
macro_rules! note { ($($t:tt)*) => { $crate::trace::note(format_args!($($t)*)) }; }
/// [`fault`] with a format.
#[macro_export]
macro_rules! fault { ($($t:tt)*) => { $crate::trace::fault(format_args!($($t)*)) }; }
/// [`violated`] with a format.
#[macro_export]
macro_rules! violated { ($($t:tt)*) => { $crate::trace::violated(format_args!($($t)*)) }; }
