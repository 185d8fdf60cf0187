//! What is measured: latencies, the order of arrival, and what processes use.

pub(crate) mod latency;
pub(crate) mod processes;
pub(crate) mod sequence;

pub use latency::{Kind, Latencies, Quantiles};
