//! The client against a WebSocket server of a few lines, and Redis as tests start it.

mod client;
mod load;
mod redis;
mod server;
