//! Each kind of load, short, against the gateway of a few lines.

use clap::Parser as _;
use switchboard_loadtest::report::Kind;
use switchboard_loadtest::{Args, Report, run};

use crate::server::{Fault, faulty_gateway, gateway};

async fn report(line: &str) -> Report {
    report_of(line, Fault::None).await
}

async fn report_of(line: &str, fault: Fault) -> Report {
    // Two gateways know nothing of each other's rooms here, so where people speak with each other they need one.
    let mut gateways = vec![faulty_gateway(fault).await];
    if ["joins", "idle"].contains(&line.split(' ').next().unwrap_or_default()) {
        gateways.push(gateway().await);
    }
    let mut words = vec!["loadtest".to_owned()];
    words.extend(line.split(' ').map(str::to_owned));
    words.extend(gateways.into_iter().flat_map(|url| ["--gateway".to_owned(), url]));
    words.extend(["--quiet".to_owned(), "--watch".to_owned(), format!("own={}", std::process::id())]);
    let args = Args::try_parse_from(words).expect("good arguments");
    run(args).await.expect("a report")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relay_measures_from_the_planned_time_and_loses_nothing() {
    for protocol in ["json", "protobuf"] {
        let line = format!(
            "relay --rooms 5 --people 2 --rate 250,500 --warm-up 100ms --duration 400ms --protocol {protocol} \
             --until p99<60s --expect lost=0 --expect rate>100"
        );
        let report = report(&line).await;
        assert!(report.is_clean(), "{report}");
        let [slow, fast] = &report.steps[..] else { panic!("{report}") };
        assert_eq!((slow.expected, slow.heard, fast.expected, fast.heard), (100, 100, 200, 200), "{report}");
        assert!(fast.latency.p50_ms > 0.0 && fast.send_lag.p50_ms <= fast.latency.max_ms);
        assert!(fast.cpu_us_per_message.is_some() && fast.processes.contains_key("driver"));
        assert_eq!(report.verdicts.len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_doubled_and_out_of_order_is_counted_exactly() {
    for (fault, want) in [
        (Fault::None, [0, 0, 0]),
        (Fault::Lost, [10, 0, 0]),
        (Fault::Doubled, [0, 10, 0]),
        (Fault::Late, [0, 0, 10]),
    ] {
        // One room of two: the hundredth and last of its signals but one is late, and so are nine before it. The
        // warm-up counts too.
        let line = "relay --rooms 1 --people 2 --rate 255 --warm-up 200ms --duration 200ms";
        let report = report_of(line, fault).await;
        let step = &report.steps[0];
        assert_eq!([step.lost, step.doubled, step.reordered], want, "{fault:?}: {report}");
        assert_eq!(report.is_clean(), fault == Fault::None, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_end_with_the_first_that_is_beyond_the_bound() {
    let line = "relay --rooms 2 --rate 100,200,300 --warm-up 0s --duration 200ms --until rate<150";
    let report = report(line).await;
    assert_eq!(report.steps.iter().map(|step| step.is_beyond).collect::<Vec<_>>(), [false, true], "{report}");
    assert!(report.is_clean(), "nothing is expected of what is beyond: {report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mesh_has_offers_answers_and_candidates() {
    let report = report("mesh --rooms 4 --people 3 --rate 10 --warm-up 0s --duration 400ms").await;
    assert!(report.is_clean(), "{report}");
    let count = |kind| report.steps[0].kinds[&kind].count;
    assert_eq!([count(Kind::Offer), count(Kind::Answer), count(Kind::Candidate)], [12, 12, 192], "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_who_comes_goes_and_shares_and_what_is_said_to_all() {
    let churn =
        report("churn --rooms 4 --people 3 --rate 20 --away 50ms --warm-up 0s --duration 400ms").await;
    assert!(churn.is_clean(), "{churn}");
    // Eight leave and come back, each told to two.
    assert_eq!((churn.steps[0].heard, churn.steps[0].kinds[&Kind::Join].count), (32, 8), "{churn}");
    let shares =
        report("shares --rooms 4 --people 3 --rate 20 --hold 50ms --warm-up 0s --duration 400ms").await;
    assert!(shares.is_clean(), "{shares}");
    assert_eq!(shares.steps[0].kinds[&Kind::Share].count, 32, "{shares}");
    let hot = report("hot-room --people 20 --rate 20 --warm-up 0s --duration 400ms").await;
    assert!(hot.is_clean(), "{hot}");
    let count = |kind| hot.steps[0].kinds[&kind].count;
    assert_eq!((count(Kind::Message), count(Kind::LastOfAll)), (8 * 19, 8), "{hot}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_are_counted() {
    for line in ["joins --rooms 9 --people 10", "joins --rooms 9 --people 10 --connect-first --sources 3"] {
        let report = report(line).await;
        assert!(report.is_clean(), "{report}");
        assert_eq!((report.set_up.joined, report.set_up.failed), (90, 0));
        assert!(report.set_up.rate > 0.0);
    }
    let report = report("joins --rooms 9 --people 10 --rate 200 --warm-up 0s").await;
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.steps[0].heard, report.steps[0].kinds[&Kind::Join].count), (90, 90), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_are_watched() {
    let report = report("idle --rooms 25 --people 2 --duration 100ms").await;
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.set_up.joined, 50);
    let own = &report.set_up.processes["own"];
    // The gateways' ends and the people's are both in this process. So are other tests, which may close theirs meanwhile:
    // what there was before says nothing here.
    assert!(own.sockets_after >= 100 && own.rss_after > 0, "{report}");
}

#[tokio::test]
async fn nobody_there_is_an_error_and_no_report() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    for load in ["relay", "joins", "idle"] {
        let line = ["loadtest", load, "--quiet", "--rooms", "2", "--gateway", &url];
        let args = Args::try_parse_from(line).expect("good arguments");
        let error = run(args).await.expect_err("nobody there").to_string();
        assert!(error.contains("can't connect to ws://127.0.0.1"), "{error}");
    }
}
