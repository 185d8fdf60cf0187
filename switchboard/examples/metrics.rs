//! Prints docs/metrics.md: `cargo run -p switchboard --example metrics > docs/metrics.md`. A test compares.
#[path = "../tests/it/metrics_page.rs"]
mod metrics_page;

fn main() {
    print!("{}", metrics_page::page());
}
