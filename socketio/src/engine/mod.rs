//! Engine.IO 4: messages in order, over HTTP polling, a WebSocket, or the one and then the other.
//!
//! [`Engine::handle`] answers the HTTP requests and makes a [`Socket`] of each session; whoever drives the socket
//! reads and writes it in one task, and says when it is not to be read: a client that sends faster than it is served
//! is then held up by TCP, or by the answer to its POST, and not by a queue that grows.

#[doc(hidden)]
pub mod fuzzing;

mod frame;
mod polling;
mod server;
mod socket;

use std::time::Duration;

pub use frame::{Frame, InvalidPacket, Message};
pub use server::{Engine, Held};
pub use socket::{Closed, Socket, Woken};

/// What is chosen for the sessions of an [`Engine`].
#[derive(Debug, Clone)]
pub struct Config {
    /// How long after a sign of life the server asks for the next. Told to clients.
    pub ping_interval: Duration,
    /// How long a client has to answer. Told to clients.
    pub ping_timeout: Duration,
    /// The largest body of a POST and the largest message of a WebSocket, in bytes. Told to clients.
    pub max_payload: usize,
    /// How long a WebSocket that is to take over from polling has for it.
    pub upgrade_timeout: Duration,
    /// How long closing may take, and how long a WebSocket handshake.
    pub close_timeout: Duration,
    /// What may wait for a client that polls, in bytes; [`Socket::send`] waits beyond it.
    pub poll_buffer_bytes_max: usize,
    /// Sessions that poll, at one time: they hold no connection that anybody else could count.
    pub polling_sessions_max: usize,
    /// The read buffer of a WebSocket, in bytes.
    pub read_buffer_bytes: usize,
    /// Bytes that a WebSocket gathers before it writes.
    pub write_buffer_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: 1_000_000,
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            poll_buffer_bytes_max: 256 * 1024,
            polling_sessions_max: 20_000,
            read_buffer_bytes: 2 * 1024,
            write_buffer_bytes: 2 * 1024,
        }
    }
}
