//! The gateway: one process at the edge. It holds the WebSockets of browsers and a link to the room services for each
//! partition of the rooms. It knows no Redis and no rule of a room, and holds nothing that can't be rebuilt.
//!
//! # Layout
//!
//! In the order in which a signal meets them: [`gateway`] starts and stops all; `accept` takes the TCP connection (and by `proxy` whom a balancer names),
//! `tls` secures it, `pages` routes its requests, `upgrade` makes it a WebSocket (and `preflight` says whether it would); `connection` reads a frame, `codec` decodes it,
//! `rate` counts it (and `limits` what an address has, which is `client_address`'s to say), `session` judges it (with `validate` for its fields and `permit` for what its token grants); `placement` says which room service,
//! `link` carries it there and brings answers and events back, `outbox` keeps them for the receiver's `connection`,
//! which writes them. `socketio` does the same for clients of Socket.IO, with the same session, link and outbox. `drain` lets
//! sockets go elsewhere. `rest` answers dashboards. `traced` traces some of all that. [`close`] has every way in which a connection ends, [`config`] every bound, `metrics` what is
//! counted.

mod accept;
mod client_address;
pub mod close;
pub mod codec;
pub mod config;
mod connection;
pub mod dial;
mod drain;
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
mod limits;
mod link;
pub mod metrics;
mod outbox;
mod pages;
mod permit;
mod placement;
mod preflight;
mod proxy;
mod rate;
mod rest;
mod route;
mod session;
mod socketio;
pub mod tls;
mod traced;
mod upgrade;
mod validate;

pub use client_address::Network;
pub use close::CloseReason;
pub use config::{Access, Config, ConfigErrors};
pub use gateway::{Error, Gateway, Handle, run};
pub use limits::{LimitsConfig, Rate};
pub use tls::{CertificateFacts, Tls, TlsError, TlsSource};
