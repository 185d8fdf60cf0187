//! Faults under traffic: real processes, a proxy in each hop, clients that heal themselves, and a checker.
//!
//! - `rounds`: faults by chance; `ROUNDS=200 SEED=7` for more, `REDIS=1` for those of Redis too.
//! - `outages`: the same with faults of Redis itself; `ALONE=1` for one a round.
//! - `failovers`: the same behind Sentinels, and on a Cluster: primaries are replaced, slots move.
//! - Scenarios by what is done on purpose: `gateways` (one is killed, one sleeps), `stops` (each kind of process is
//!   stopped and woken), `deploys` (each process is replaced, one after the other), `clients` (slow, frozen and
//!   half-open ones), `resumes` (races and limits of a resume), `commits` (the reply is lost), `hints` (those between
//!   room services are cut off).
//! - `recovery`: how long each fault is felt, as a table; by hand (`make recovery`).
//! - `cluster` and `proxy` are what breaks, `faults` how, `people` who talks, `store` what Redis has in the end.
//!
//! The logs of the processes are in `target/tmp/chaos-*.log`.

mod clients;
mod cluster;
mod commits;
mod deploys;
mod failovers;
mod faults;
mod gateways;
mod hints;
mod outages;
mod people;
mod proxy;
mod recovery;
mod resumes;
mod rounds;
mod seeds;
mod stops;
mod store;
