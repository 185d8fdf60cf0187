//! The program as its operator meets it: what it prints, and how it ends.

mod check;
mod guide;
mod links;
mod metrics;
mod metrics_page;
#[allow(dead_code)] // Other suites use more of it.
mod program;
mod rooms;
mod start;
mod tls;
