//! `docs/protocol.md` against the gateway: every close code, every bound. What the contract itself says is held
//! against the same document in `proto/tests/protocol.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use switchboard_gateway::{CloseReason, config};

use crate::callers::root;

/// The cells of the rows of the tables below a heading, up to the next one of its level, without backquotes.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let document =
        std::fs::read_to_string(root().join("docs/protocol.md")).expect("docs/protocol.md is there");
    let mut lines = document.lines();
    assert!(lines.any(|line| line == heading), "docs/protocol.md has no heading {heading:?}");
    let section = lines.take_while(|line| !line.starts_with("## "));
    let rows = section.filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    rows.map(cells).collect()
}

#[test]
fn every_close_code_is_described() {
    let want: BTreeSet<_> = CloseReason::ALL
        .iter()
        .map(|close| {
            let error = close.error().map_or("none", |reason| reason.name());
            (close.code().to_string(), error.to_owned(), close.label().to_owned())
        })
        .collect();
    let rows = rows("## Close codes");
    let got: BTreeSet<_> = rows
        .iter()
        .filter(|row| {
            row[0].parse::<u16>().is_ok_and(|code| row.len() == 4 && (code == 1000 || code >= 4000))
        })
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    assert_eq!(got, want);
}

#[test]
fn every_bound_of_the_gateway_is_as_described() {
    let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
    let count = |n: usize| {
        let digits = n.to_string();
        let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
        groups.join(",")
    };
    let want = [
        ("frame from a browser", format!("{} bytes", count(config::FRAME_BYTES_MAX))),
        ("messages from a browser", format!("{} a second", config::COMMANDS_PER_SECOND)),
        ("burst of messages", count(config::COMMANDS_BURST as usize)),
        ("messages over the rate in a row", count(config::RATE_LIMITED_IN_A_ROW_MAX as usize)),
        ("faulty messages in a row", count(config::ERRORS_IN_A_ROW_MAX as usize)),
        ("commands without an answer", count(config::UNANSWERED_COMMANDS_MAX)),
        ("bytes of commands without an answer", count(config::UNANSWERED_BYTES_MAX)),
        ("bytes that wait for a slow reader", count(config::OUTBOX_BYTES_MAX)),
        ("time to join, and for its answer", seconds(config::JOIN_TIMEOUT)),
        ("time between pings and heartbeats", seconds(config::PING_INTERVAL)),
        ("time for a pong", seconds(config::PONG_TIMEOUT)),
        ("time for a write", seconds(config::WRITE_TIMEOUT)),
        ("time for a request's headers", seconds(config::HEADER_TIMEOUT)),
        ("time for the closing handshake", seconds(config::CLOSE_TIMEOUT)),
        ("connections of a gateway", count(config::CONNECTIONS_MAX)),
    ];
    let rows = rows("## Limits");
    for (what, value) in want {
        let row = rows.iter().find(|row| row[0] == what);
        assert_eq!(row.map(|row| row[1].as_str()), Some(value.as_str()), "{what}");
    }
}
