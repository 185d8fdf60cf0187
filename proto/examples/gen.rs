//! Writes `src/gen` from the `.proto` files: `cargo run -p switchboard-proto --example gen`.
//!
//! The generated code is committed, so a build needs neither protoc nor this program; a test compares the two.
#[path = "../tests/generate.rs"]
mod generate;

fn main() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    generate::generate(root, &root.join("src/gen"));
}
