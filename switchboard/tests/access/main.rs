//! Who gets in and who does not, over real sockets: every way in by every caller, what a token grants in the room, and
//! the tokens that the documentation's own lines make.
#![allow(clippy::unwrap_used)] // A test may fail where it stands.

mod certificates;
mod command;
mod crowd;
mod lasting;
mod limits;
mod parts;
#[path = "../it/program.rs"]
#[allow(dead_code)] // Other suites use more of it.
mod program;
mod room;
mod secrets;
mod snippets;
mod ways;
