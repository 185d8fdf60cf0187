//! A gateway over real sockets, with a room service that the test plays itself. `link` has what goes through to the
//! room service and back, `bad_input` what must not.

mod bad_input;
mod drain;
mod fake;
mod fake_rooms;
mod http;
mod link;
mod pages;
mod rest;
mod tls;
