//! The whole of Switchboard: gateways, room services and a real Redis, spoken to in the real protocol.
//!
//! - `cluster` starts them in this process, each part on a free port.
//! - `relay`: what people send each other, over two gateways on two room services.
//! - `rest`: what a gateway tells dashboards of all rooms.
//! - `why`: what the room service tells of a session's end.
//! - `limits`: slow readers, floods, room services that die.
//! - `browser`: two real Chromium tabs on two gateways, the processes started as an operator does.

mod browser;
mod cluster;
mod limits;
mod moves;
mod relay;
mod rest;
mod why;
