//! A room service as its callers see it: over gRPC, with a real Redis where the store matters.
//!
//! - `api`: the unary calls, their errors, paging, `request_id`, reflection, health.
//! - `watch`: WatchRoom and WatchRooms.
//! - `links`: what a gateway sees, with one and with two room services; lost, doubled and late hints; a link that
//!   is not read.
//! - `outage`: a Redis that is stopped, killed, emptied, full, robbed of keys, and comes back.
//! - `forks`: the same with a store that fails at a moment of choice (`flaky`); `person` is who sees it.

mod api;
mod flaky;
mod forks;
mod links;
mod outage;
mod person;
mod support;
mod watch;
