//! Writes the seeds of every target into a folder, one subfolder each; `tools/fuzz.sh` calls it.

use std::io;
use std::path::PathBuf;

use switchboard_fuzz::{TARGETS, seeds};

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/fuzz/seeds"), PathBuf::from);
    for (name, _) in TARGETS {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        for (n, seed) in seeds::of(name).into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{n:02}")), seed)?;
        }
    }
    Ok(())
}
