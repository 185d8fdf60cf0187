//! One client of the browser's protocol, in Rust: for load and for system tests.
//!
//! # Layout
//!
//! [`client`] speaks the protocol and checks what it is told: events in order, once each. [`participant`] comes back
//! by itself when its connection is lost, and [`checker`] judges what many of them saw. [`testing`] starts what
//! tests need beside it. The load test reads from top to bottom: [`args`] is what was typed, `plan` the schedule,
//! `run` the three kinds of load, `measure` what is taken from the processes under load, and [`report`] what is
//! told in the end.

pub mod args;
pub mod checker;
pub mod client;
mod measure;
pub mod participant;
mod plan;
pub mod report;
mod run;
pub mod testing;

pub use args::Args;
pub use client::{Client, ClientError, Encoding, Options, Trust};
pub use participant::Participant;
pub use report::Report;
pub use run::{LoadError, run};
