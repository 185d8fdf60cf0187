//! Writes `docs/settings.md` from the program's own definitions: `cargo run -p switchboard --example settings`.
//!
//! The page is committed, so that it can be read; a test compares.

fn main() -> std::io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
    std::fs::write(path, switchboard::settings_document())
}
