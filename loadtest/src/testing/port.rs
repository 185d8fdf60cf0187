//! Ports for what a test starts, and may stop and start again.

use std::collections::HashSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

use rand::Rng as _;

/// A free port of loopback below those that the kernel gives to connections (from 32,768 on): between its choice and the
/// start of whoever listens there, and while that one is away, nobody's connection takes it. This process never gets it
/// again.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut given = GIVEN.lock().expect("nothing panics with it");
    loop {
        let port = rand::rng().random_range(12_000..32_000);
        let is_free = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if is_free && given.get_or_insert_default().insert(port) {
            return port;
        }
    }
}
