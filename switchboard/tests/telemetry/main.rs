//! What the processes tell of themselves: their logs, and traces to a real OpenTelemetry collector.
//!
//! - `collector` starts one and reads what it wrote; `fleet` starts gateways, a room service and Redis as an operator does.
//! - `traces`: one trace from socket to socket, and from a caller of the API to a socket.
//! - `logs`: lines of JSON and lines for people, and levels that change while a process runs.

mod collector;
mod fleet;
mod logs;
#[allow(dead_code)] // Other suites use more of it.
#[path = "../it/program.rs"]
mod program;
mod traces;
