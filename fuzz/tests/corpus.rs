//! The kept corpus, with every run of the tests: what once found a new way, or a fault, is tried again.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use switchboard_fuzz::{TARGETS, Target};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The files of one target; how many there are.
fn replay((name, run): Target) -> Result<usize, String> {
    let folder = corpus().join(name);
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut count = 0;
    for file in files {
        let path = file.map_err(|error| error.to_string())?.path();
        let data = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        catch_unwind(|| run(&data)).map_err(|_| format!("{} panics, see above", path.display()))?;
        count += 1;
    }
    if count == 0 {
        Err(format!("{} is empty: make fuzz-keep fills it", folder.display()))
    } else {
        Ok(count)
    }
}

#[test]
fn every_kept_file_passes() {
    let failed: Vec<_> = TARGETS.into_iter().filter_map(|target| replay(target).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_folder_has_a_target() {
    for folder in fs::read_dir(corpus()).expect("there is a corpus") {
        let name = folder.expect("can be read").file_name();
        assert!(TARGETS.iter().any(|(known, _)| name == *known), "{name:?} is no target");
    }
}

#[test]
fn every_target_has_seeds_and_passes_them() {
    for (name, run) in TARGETS {
        let seeds = switchboard_fuzz::seeds::of(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        seeds.iter().for_each(|seed| run(seed));
    }
}
