//! A room service as its callers see it: over gRPC, with a real Redis where the store matters.
//!
//! - `api`: the unary calls, their errors, paging, `request_id`, reflection, health.
//! - `watch`: WatchRoom and WatchRooms.
//! - `links`: what a gateway sees, with one and with two room services; lost, doubled and late hints; a link that
//!   is not read.
//! - `outage`: a Redis that is stopped, killed, emptied, full, and comes back.
//! - `failover`: a primary with replicas and Sentinels that dies, is replaced, wakes up; replicas that are waited for.
//! - `cluster`: a Redis Cluster that loses a shard, and moves a slot under traffic.

mod api;
mod cluster;
mod failover;
mod links;
mod outage;
mod support;
mod watch;
