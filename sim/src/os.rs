//! What the operating system would say, said by the seed: randomness and time.
//!
//! The standard library's hash maps, `rand` and tokio's `select!` take their randomness from `getrandom`, and some
//! libraries read clocks of the standard library. The C library's functions are defined here once more: the linker
//! takes these. Before [`begin`] they do as the C library's.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use libc::{c_int, c_long, c_uint, c_void, clockid_t, size_t, ssize_t, timespec};

static ON: AtomicBool = AtomicBool::new(false);
static STATE: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds since the run began, in simulated time.
static NOW: AtomicU64 = AtomicU64::new(0);
/// How far the wall clock that is read now is from the simulation's, in milliseconds.
static SKEW: AtomicI64 = AtomicI64::new(0);
/// Where the simulated clocks begin: in the year 2027.
const BEGAN_SECONDS: u64 = 1_800_000_000;

/// From here on this process is on the seed's randomness and on simulated time.
pub(crate) fn begin(seed: u64) {
    STATE.store(seed ^ 0x6f73_5f72_616e_646f, Ordering::Relaxed);
    ON.store(true, Ordering::Relaxed);
}

/// Tells the simulated time to clocks that are not tokio's.
pub(crate) fn set_now(nanos: u64) {
    NOW.store(nanos, Ordering::Relaxed);
}

/// Nanoseconds since the run began.
pub(crate) fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// What `read` reads of the wall clock is so many milliseconds off.
pub(crate) fn skewed<T>(ms: i64, read: impl FnOnce() -> T) -> T {
    SKEW.store(ms, Ordering::Relaxed);
    let got = read();
    SKEW.store(0, Ordering::Relaxed);
    got
}

/// The next number of `splitmix64`.
pub(crate) fn splitmix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (state, z ^ (z >> 31))
}

/// # Safety
/// `buffer` has room for `length` bytes, as for the C library's.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, length: size_t, flags: c_uint) -> ssize_t {
    if !ON.load(Ordering::Relaxed) {
        // SAFETY: the arguments are the caller's own, who promises what the system call asks for.
        return unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) as ssize_t };
    }
    let bytes = buffer.cast::<u8>();
    for at in 0..length {
        let (state, value) = splitmix(STATE.load(Ordering::Relaxed));
        STATE.store(state, Ordering::Relaxed);
        // SAFETY: `at` is below `length`, and the caller promises room for so many bytes.
        unsafe { bytes.add(at).write(value as u8) };
    }
    length as ssize_t
}

/// # Safety
/// As for [`getrandom`].
#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(buffer: *mut c_void, length: size_t) -> c_int {
    // SAFETY: the same promise of the caller.
    if unsafe { getrandom(buffer, length, 0) } == length as ssize_t { 0 } else { -1 }
}

/// # Safety
/// `time` points to a `timespec` that may be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    if !ON.load(Ordering::Relaxed) {
        // SAFETY: the arguments are the caller's own, who promises what the system call asks for.
        return unsafe { libc::syscall(libc::SYS_clock_gettime, clock as c_long, time) as c_int };
    }
    let skew = if clock == libc::CLOCK_REALTIME { SKEW.load(Ordering::Relaxed) * 1_000_000 } else { 0 };
    let nanos = now();
    let nanos = (BEGAN_SECONDS * 1_000_000_000 + nanos).saturating_add_signed(skew);
    let told = timespec { tv_sec: (nanos / 1_000_000_000) as i64, tv_nsec: (nanos % 1_000_000_000) as i64 };
    // SAFETY: the caller promises that it may be written.
    unsafe { time.write(told) };
    0
}
