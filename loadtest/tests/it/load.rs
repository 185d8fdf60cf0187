//! Each kind of load, short, against the gateway of a few lines.

use clap::Parser as _;
use switchboard_loadtest::{Args, Report, run};

use crate::server::gateway;

async fn report(line: &str) -> Report {
    let (one, other) = (gateway().await, gateway().await);
    // Two gateways know nothing of each other's rooms here, so a pair needs one.
    let gateways = if line.starts_with("relay") { vec![one] } else { vec![one, other] };
    let mut words = vec!["loadtest".to_owned()];
    words.extend(line.split(' ').map(str::to_owned));
    words.extend(gateways.into_iter().flat_map(|url| ["--gateway".to_owned(), url]));
    words.extend(["--pid".to_owned(), std::process::id().to_string()]);
    let args = Args::try_parse_from(words).expect("good arguments");
    run(args).await.expect("a report")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relay_measures_from_the_planned_time_and_loses_nothing() {
    for encoding in ["json", "protobuf"] {
        let line =
            format!("relay --pairs 5 --rate 500 --warm-up 100ms --duration 400ms --encoding {encoding}");
        let report = report(&line).await;
        assert!(report.is_clean(), "{report}");
        let Report::Relay(relay) = report else { panic!("relay") };
        assert_eq!((relay.sent, relay.received), (200, 200));
        assert!(relay.latency.p50_ms > 0.0 && relay.send_lag.p50_ms <= relay.latency.max_ms);
        assert!(relay.cpu_us_per_message.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_are_counted() {
    for line in ["joins --total 95 --room-size 10", "joins --total 95 --connect-first --sources 3"] {
        let report = report(line).await;
        assert!(report.is_clean(), "{report}");
        let Report::Joins(joins) = report else { panic!("joins") };
        assert_eq!((joins.joined, joins.failed), (95, 0));
        assert!(joins.rate > 0.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_are_watched() {
    let report = report("idle --connections 50 --duration 100ms").await;
    assert!(report.is_clean(), "{report}");
    let Report::Idle(idle) = report else { panic!("idle") };
    assert_eq!((idle.joined, idle.lost), (50, 0));
    assert!(idle.memory_after.is_some_and(|memory| memory.rss > 0));
}

#[tokio::test]
async fn nobody_there_is_an_error_and_no_report() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    for load in ["relay", "joins", "idle"] {
        let args = Args::try_parse_from(["loadtest", load, "--gateway", &url]).expect("good arguments");
        let error = run(args).await.expect_err("nobody there").to_string();
        assert!(error.contains("can't connect to ws://127.0.0.1"), "{error}");
    }
}
