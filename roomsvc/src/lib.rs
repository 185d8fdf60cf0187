//! The room service: keeps every room as an ordered log in the store, and streams a room's events to whichever
//! gateways hold its sockets. Knows no WebSocket.
//!
//! # Layout
//!
//! Modules stand in the order in which a signal meets them. `tls` makes handshakes where wanted, `access` says who may call, `link` and `service` read what is asked (`story` tells what became of a session), `directory`
//! finds the partition of a room, `partition` owns the rooms in memory, [`room`] decides, [`store`] appends; then
//! `partition` again tells every reader, and `link` sends it.
//!
//! What holds everywhere: rules live in [`room`] only, and do no I/O; the actor of a partition never waits.

pub(crate) mod access;
pub(crate) mod link;
pub(crate) mod service;
pub(crate) mod story;

pub(crate) mod directory;
pub(crate) mod partition;

pub mod room;
pub mod store;

pub(crate) mod leases;
pub(crate) mod outage;
pub(crate) mod reached;
pub(crate) mod sweep;
pub(crate) mod token;

pub(crate) mod admin;
pub mod config;
#[doc(hidden)]
pub mod fuzzing;
pub mod metrics;
mod server;
pub(crate) mod tls;

pub use access::Access;
pub use config::{Config, RedisChoice, StoreChoice};
pub use server::{RunError, STORE_HEALTH, run, run_on, run_over};
