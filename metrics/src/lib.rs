//! What gateways and room services count: counters, gauges and histograms, told in Prometheus' text format.
//!
//! A metric is declared once, where it is made: [`Registry`] takes its name, unit, labels and help, and gives the handle
//! that counts. From the same declarations comes the table of docs/metrics.md. Labels are types whose values are all known
//! beforehand ([`Labels`]), so that nobody from outside can make series; a count is one or two relaxed additions, without a
//! lock and without an allocation.

mod kinds;
mod labels;
mod page;
mod process;
mod registry;

pub use kinds::{Census, Counter, Family, Gauge, Histogram};
pub use labels::{Labels, Partition};
pub use page::table;
pub use registry::{Declared, Kind, LATENCY, Registry, Unit};
