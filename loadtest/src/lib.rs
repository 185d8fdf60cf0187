//! One client of the browser's protocol, in Rust: for load and for system tests.
//!
//! # Layout
//!
//! [`client`] speaks the protocol and checks what it is told: events in order, once each. [`participant`] comes back
//! by itself when its connection is lost, and [`checker`] judges what many of them saw. [`testing`] starts what
//! tests need beside it.
//!
//! The load test reads from top to bottom: [`args`] is what was typed, [`plan`] what is done, `timeline` who does what
//! when, and `pacer` the thread that keeps it. `person` does what is due and judges what it hears, over a `connection`
//! of any protocol; `crowd` is what all people share, and `engine` has them come in and go through steps, in this
//! process or in `workers`. `run` conducts it all and looks at the processes under load, `measure` has what is counted,
//! [`expect`] what it has to be, and [`report`] what is told in the end.

pub mod args;
pub mod checker;
pub mod client;
mod connection;
mod crowd;
mod engine;
pub mod expect;
mod measure;
mod pacer;
pub mod participant;
mod payload;
mod person;
pub mod plan;
mod progress;
pub mod report;
mod run;
pub mod testing;
mod timeline;
mod workers;

pub use args::Args;
pub use client::{Client, ClientError, Encoding, Options, Trust};
pub use participant::Participant;
pub use report::Report;
pub use run::{LoadError, main, run};
