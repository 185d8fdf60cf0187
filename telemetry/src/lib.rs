//! What a process tells of itself as it goes: its log, and traces of some of what passes through it.
//!
//! # Layout
//!
//! `log` writes the log and the audit, `levels` changes what is logged while the process runs. `tracer` decides what is
//! traced and begins spans, `span` is one of them, `callers` bounds what callers may have traced, `export` carries what
//! has ended to a collector.
//!
//! What is not traced has no span and no context, and costs the one look that finds that out; so spans of `tracing` are
//! not used, which would cost each signal an allocation to find out the same.

mod callers;
mod export;
mod levels;
mod log;
mod span;
mod tracer;

pub use levels::{BadFilter, Levels, routes};
pub use log::{Format, Log, start};
pub use opentelemetry::trace::SpanKind;
pub use span::Span;
pub use tracer::{TraceConfig, TraceError, TraceMetrics, Tracer};
