//! The gRPC API as others see it: the real program, driven over reflection by clients that we did not write.
//!
//! - `process` starts a program and reads what it tells; `program` is ours, with its store in memory.
//! - `callers`: grpcurl, where it is or Go can build it, and `buf curl` everywhere.
//! - `api`: what they do with a room, beside somebody who joins it through the gateway.
//! - `readme`: the README's lines, as printed.
//! - `protocol`: `docs/protocol.md` names every close code and every bound as they are.

mod api;
mod callers;
mod process;
mod program;
mod protocol;
mod readme;
