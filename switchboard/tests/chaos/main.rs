//! Faults under traffic: real processes, a proxy in each hop, clients that heal themselves, and a checker.
//!
//! - `rounds`: faults of chance; `ROUNDS=200 SEED=7` for more.
//! - `outages`: the same with faults of Redis itself; `ALONE=1` for one a round.
//! - `cluster` and `proxy` are what breaks, `faults` how, `people` who talks, `store` what Redis has in the end.
//!
//! The logs of the processes are in `target/tmp/chaos-*.log`.

mod cluster;
mod faults;
mod outages;
mod people;
mod proxy;
mod rounds;
mod seeds;
mod store;
