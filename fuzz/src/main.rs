//! One target under libFuzzer: the one that `FUZZ_TARGET` names.

#![no_main]

use std::sync::OnceLock;

use switchboard_fuzz::{TARGETS, Target, target};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static CHOSEN: OnceLock<Target> = OnceLock::new();
    let (_, run) = CHOSEN.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        target(&name).unwrap_or_else(|| {
            let known = TARGETS.map(|(name, _)| name).join(", ");
            eprintln!("FUZZ_TARGET={name:?} is no target; known are {known}");
            std::process::exit(64)
        })
    });
    run(data);
});
