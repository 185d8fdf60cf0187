//! A room service as its callers see it: over gRPC, with a real Redis where the store matters.
//!
//! - `api`: the unary calls, their errors, paging, `request_id`, reflection, health.
//! - `watch`: WatchRoom and WatchRooms.
//! - `links`: what a gateway sees, with one and with two room services; lost, doubled and late hints; a link that
//!   is not read.
//! - `outage`: a Redis that is stopped, killed, emptied, full, robbed of keys, and comes back.
//! - `forks`: the same with a store that fails at a moment of choice (`flaky`); `person` is who sees it.
//! - `failover`: a primary with replicas and Sentinels that dies, is replaced, wakes up; replicas that are waited for.
//! - `cluster`: a Redis Cluster that loses a shard, and moves a slot under traffic.

mod api;
mod cluster;
mod failover;
mod flaky;
mod forks;
mod links;
mod outage;
mod person;
mod support;
mod watch;
