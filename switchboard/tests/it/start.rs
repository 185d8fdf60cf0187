//! Starts that go well, starts that don't, and stops.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use rustix::process::Signal;
use switchboard_loadtest::testing::RedisNode;

use crate::program::{Running, output};

const ANY_PORTS: &str = "--listen localhost:0 --grpc-listen 127.0.0.1:0 --admin-listen 127.0.0.1:0";

#[test]
fn every_mistake_ends_the_start_with_64() {
    let out = output("--listen here --log-format xml", &[("SWITCHBOARD_AUTH", "token"), ("PORT", "9000")]);
    assert_eq!(out.status.code(), Some(64));
    let text = String::from_utf8_lossy(&out.stderr);
    for want in ["3 mistakes", "--listen", "--log-format", "SWITCHBOARD_AUTH: token needs a key"] {
        assert!(text.contains(want), "{want:?} is not in\n{text}");
    }
    for line in ["--no-such-flag", "gateway --redis-url redis://localhost", "loadtest relay --rate none"] {
        assert_eq!(output(line, &[]).status.code(), Some(64), "{line}");
    }
}

#[test]
fn help_teaches_and_is_no_mistake() {
    for (line, want) in [
        ("--help", "Try next:"),
        ("--help", "SWITCHBOARD_GRPC_LISTEN"),
        ("gateway --help", "--roomsvc"),
        ("loadtest --help", "relay --rate 1000"),
        ("--version", "switchboard "),
    ] {
        let out = output(line, &[]);
        assert!(out.status.success());
        assert!(String::from_utf8_lossy(&out.stdout).contains(want), "{want:?} is not in {line}");
    }
}

#[test]
fn taken_ports_are_all_told_with_their_flags() {
    let taken = [TcpListener::bind("127.0.0.1:0"), TcpListener::bind("127.0.0.1:0")];
    let [web, grpc] = taken.map(|listener| listener.expect("a free port"));
    let address = |listener: &TcpListener| listener.local_addr().expect("an address").to_string();
    let out = output(&format!("--listen {} --grpc-listen {}", address(&web), address(&grpc)), &[]);
    assert_eq!(out.status.code(), Some(69));
    let text = String::from_utf8_lossy(&out.stderr);
    let want = format!("{} is taken by another program; choose another port, as in --listen ", address(&web));
    assert!(text.contains(&want), "{text}");
    assert!(
        text.contains(&format!("{} is taken", address(&grpc))) && text.contains("--grpc-listen"),
        "{text}"
    );
}

#[test]
fn a_signal_stops_all_in_order_and_in_time() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = Running::start(ANY_PORTS);
        assert!(running.find("page").is_some_and(|page| page.starts_with("http://localhost:")));
        let grpc = running.find("gRPC API").expect("it is told").to_owned();
        drop(TcpStream::connect(&grpc).expect("it listens before it tells"));
        running.signal(signal);
        let (code, took) = running.ended();
        assert_eq!(code, Some(0), "{signal:?}");
        assert!(took <= Duration::from_secs(3), "{signal:?}: {took:?}");
        assert!(TcpStream::connect(&grpc).is_err());
    }
}

#[test]
fn each_part_runs_alone() {
    let room_service = Running::start("roomsvc --auth open --listen 127.0.0.1:0");
    let grpc = room_service.find("gRPC API").expect("it is told");
    let mut gateway =
        Running::start(&format!("gateway --auth open --listen localhost:0 --roomsvc http://{grpc}"));
    assert!(gateway.find("store").is_none());
    gateway.signal(Signal::TERM);
    assert_eq!(gateway.ended().0, Some(0));
}

/// All room services of a store need one P: another one is told at the start, with the number to give.
#[test]
fn a_start_with_another_number_of_partitions_than_the_stores_ends_with_a_sentence() {
    let redis = RedisNode::server(&[]);
    let line = |partitions: u32| {
        format!(
            "roomsvc --auth open --listen 127.0.0.1:0 --partitions {partitions} --redis-url redis://{}",
            redis.address()
        )
    };
    let mut first = Running::start(&line(64));
    let out = output(&line(128), &[]);
    let text = String::from_utf8_lossy(&out.stderr);
    let want = "was set up with 64 partitions, this start names 128: start it with --partitions 64";
    assert!(text.contains(want), "{text}");
    assert_eq!(out.status.code(), Some(70), "{text}");
    first.signal(Signal::TERM);
    assert_eq!(first.ended().0, Some(0));
}
