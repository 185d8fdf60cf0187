//! Settings: who wins, and that every mistake is told.

use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};

use super::Mistakes;
use super::flags::{Asked, Cli};
use super::high::{Program, Settings};
use super::low::{Key, Low};

/// Names and values of an environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Settings of a command line, an environment and a file's text.
fn settings(line: &str, variables: Variables<'_>, file: &str) -> Result<Settings, Mistakes> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.toml");
    std::fs::write(&path, file).expect("a file");
    // A server has to name it; those who do without it are tried by themselves.
    let is_server = line.starts_with("gateway") || line.starts_with("roomsvc");
    let open = if is_server && !line.contains("--auth") { " --auth open" } else { "" };
    let line = format!("{line}{open}");
    let words = ["switchboard"].into_iter().chain(line.split_whitespace());
    let asked = Cli::try_parse_from(words).expect("known flags").into_asked();
    let Asked::Program(typed) = asked else { panic!("{line} is a load test") };
    let path = path.display().to_string();
    let look = |name: &str| match name {
        "SWITCHBOARD_CONFIG" if !file.is_empty() => Some(path.clone()),
        _ => variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()),
    };
    let mut mistakes = Mistakes::default();
    let low = Low::read(typed.flags, typed.config, look, &mut mistakes);
    Settings::from_low(typed.program, &low, mistakes)
}

fn listens(settings: &Settings) -> Vec<String> {
    let gateway = settings.gateway.as_ref().expect("a gateway");
    gateway.listen.iter().map(|address| address.socket.to_string()).collect()
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let own = ("SWITCHBOARD_LISTEN", "127.0.0.1:2");
    let file = "listen = '127.0.0.1:3'";
    let cases: [(&str, Variables<'_>, &str, &[&str]); 7] = [
        ("--listen 127.0.0.1:1", &[own, ("PORT", "4")], file, &["127.0.0.1:1"]),
        ("", &[own, ("PORT", "4")], file, &["127.0.0.1:2"]),
        ("", &[("PORT", "4")], file, &["127.0.0.1:4", "[::1]:4"]),
        ("", &[], file, &["127.0.0.1:3"]),
        ("", &[], "listen = ['127.0.0.1:3', '[::1]:3']", &["127.0.0.1:3", "[::1]:3"]),
        ("", &[("SWITCHBOARD_LISTEN", "")], "", &["127.0.0.1:8080", "[::1]:8080"]),
        ("gateway --listen 0.0.0.0:80,[::]:81", &[], "", &["0.0.0.0:80", "[::]:81"]),
    ];
    for (line, variables, file, want) in cases {
        let settings = settings(line, variables, file).expect("good settings");
        assert_eq!(listens(&settings), want, "{line} {variables:?} {file}");
    }
}

#[test]
fn redis_url_counts_less_than_our_own_variable() {
    let cases: [(Variables<'_>, Option<&str>); 3] = [
        (&[("REDIS_URL", "redis://a"), ("SWITCHBOARD_REDIS_URL", "redis://b")], Some("redis://b")),
        (&[("REDIS_URL", "redis://a")], Some("redis://a")),
        (&[], None),
    ];
    for (variables, want) in cases {
        for line in ["", "roomsvc"] {
            let settings = settings(line, variables, "").expect("good settings");
            let url = settings.room_service.expect("a room service").redis_url;
            assert_eq!(url.as_ref().map(|url| url.expose()), want);
        }
    }
    // The gateway knows no store.
    let gateway = settings("gateway", &[("REDIS_URL", "not even a URL")], "").expect("good settings");
    assert!(gateway.room_service.is_none() && gateway.from_environment.is_empty());
}

#[test]
fn redis_is_given_in_each_of_its_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let ca = file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
    let no_ca = file("none.pem", "nothing");
    for url in ["rediss://a", "redis-sentinel://a,b/mymaster", "rediss-cluster://u:p@a:1,b:2"] {
        let part =
            settings(&format!("roomsvc --redis-url {url} --redis-wait-replicas 2 --partitions 64"), &[], "");
        let part = part.expect("good settings").room_service.expect("a room service");
        assert_eq!(part.redis_url.map(|url| url.expose().to_owned()).as_deref(), Some(url));
        assert_eq!((part.redis_wait_replicas, part.partitions), (Some(2), Some(64)));
    }
    let part =
        settings(&format!("--redis-url rediss://a --redis-tls-ca {ca}"), &[], "").expect("good settings");
    assert!(part.room_service.expect("a room service").redis_tls_ca.is_some());
    for (line, want) in [
        (format!("--redis-url redis://a --redis-tls-ca {ca}"), "does not speak TLS: write rediss"),
        (format!("--redis-url rediss://a --redis-tls-ca {no_ca}"), "there is no certificate in it"),
        ("--redis-url rediss://a --redis-tls-ca /nonexistent".into(), "/nonexistent: No such file"),
        ("--redis-url redis-sentinel://a".into(), "valid are redis://[user:password@]host"),
        ("--redis-wait-replicas some".into(), "\"some\" is no whole number from 0 to 16"),
        ("--partitions 0".into(), "from 1 to 1024"),
    ] {
        let told = settings(&line, &[], "").expect_err(&line).to_string();
        assert!(told.contains(want), "{line}: {told}");
    }
    let variables = [("REDIS_URL", "redis-sentinel://u:hunter2@a/m?sentinel_password=hunter2")];
    let told = format!("{:?}", settings("roomsvc", &variables, "").expect("good settings"));
    assert!(
        !told.contains("hunter2") && told.contains("redis-sentinel://***@a/m?sentinel_password=***"),
        "{told}"
    );
}

#[test]
fn every_mistake_is_listed_with_where_it_came_from() {
    let line = "--listen 8080 --auth token --allow-origin https://a.example,nonsense --log-format xml";
    let variables = [("SWITCHBOARD_GRPC_LISTEN", "localhost"), ("REDIS_URL", "http://me:hunter2@db")];
    let file = "lisen = '127.0.0.1:1'\nadmin_listen = 9090\nlog = 'a=b=c'\n";
    let text = settings(line, &variables, file).expect_err("mistakes").to_string();
    let wanted = [
        "switchboard can't start: 9 mistakes in its settings",
        "--listen: \"8080\" is no HOST:PORT, as in localhost:8080, 0.0.0.0:8080 or [::]:8080",
        "--auth: token needs a key to check access tokens with",
        "--allow-origin: \"nonsense\" is no origin",
        "--log-format: \"xml\" is none of auto, text, json",
        "SWITCHBOARD_GRPC_LISTEN: \"localhost\" is no HOST:PORT",
        "REDIS_URL: \"http://***@db\" is no Redis URL",
        "s.toml: is no setting; known are listen, grpc_listen",
        "s.toml: has to be text or a list of texts",
        "s.toml: \"a=b=c\" is no filter",
    ];
    let missing: Vec<_> = wanted[1..].iter().filter(|want| !text.contains(**want)).collect();
    assert!(missing.is_empty(), "{missing:#?} not in\n{text}");
    assert_eq!(text.lines().count(), wanted.len(), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake_like_others() {
    let text =
        settings("--config /nonexistent/s.toml --auth maybe", &[], "").expect_err("mistakes").to_string();
    assert!(text.contains("--config: /nonexistent/s.toml: No such file"), "{text}");
    assert!(text.contains("--auth: \"maybe\" is none of open, token"), "{text}");
    let text = settings("", &[], "listen = ").expect_err("mistakes").to_string();
    assert!(text.contains("s.toml: is not TOML") && text.contains("1 mistake "), "{text}");
}

#[test]
fn a_line_that_is_not_toml_is_told_by_its_place_alone() {
    for (file, place) in [
        ("auth = 'open'\ntoken_secret = main=hunter2", "line 2, column 20"),
        ("token_secret = 'hunter2", "line 1, column "),
        ("token_secret = \"é\" hunter2", "line 1, column 20"),
        ("link_secret = 'hunter2'\nlink_secret = 'hunter2'", "line 2, column 1"),
    ] {
        let text = settings("", &[], file).expect_err("mistakes").to_string();
        assert!(text.contains(&format!("s.toml: is not TOML at {place}")), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn files_without_an_end_are_mistakes() {
    for (line, flag) in [
        (
            "roomsvc --redis-tls-ca /dev/zero --redis-url rediss://h",
            "--redis-tls-ca: /dev/zero: has more than",
        ),
        ("--auth token --token-secret main=@/dev/zero", "--token-secret: /dev/zero: has more than"),
        ("--auth token --token-key main=/dev/zero", "--token-key: /dev/zero: has more than"),
        ("--config /dev/zero", "--config: /dev/zero: has more than"),
    ] {
        let text = settings(line, &[], "").expect_err("mistakes").to_string();
        assert!(text.contains(flag), "{text}");
    }
}

#[test]
fn the_all_in_one_opens_to_others_only_when_told_so() {
    let cases = [
        ("--listen 0.0.0.0:8080", Some("--listen: 0.0.0.0:8080 is open to other machines")),
        ("--listen [::]:8080 --auth open", None),
        ("--grpc-listen 10.1.2.3:1", Some("--grpc-listen: 10.1.2.3:1 is open")),
        ("--admin-listen 0.0.0.0:9", Some("--admin-listen: 0.0.0.0:9 is open")),
        ("--listen 127.0.0.9:1", None),
        ("gateway --listen 0.0.0.0:8080", None),
        ("roomsvc --listen 0.0.0.0:8080", None),
    ];
    for (line, want) in cases {
        match (settings(line, &[], ""), want) {
            (Ok(_), None) => {}
            (Err(mistakes), Some(want)) => assert!(mistakes.to_string().contains(want), "{mistakes}"),
            (got, _) => panic!("{line}: {got:?}"),
        }
    }
}

#[test]
fn nothing_listens_beyond_loopback_unless_it_is_said() {
    for line in ["", "gateway --auth open", "roomsvc --auth open"] {
        let settings = settings(line, &[], "").expect("good settings");
        assert_eq!(settings.admin_listen, None, "{line}: there is no admin port by default");
        let web = settings.gateway.iter().flat_map(|gateway| &gateway.listen).map(|address| address.socket);
        let grpc = settings.room_service.iter().map(|room_service| room_service.listen);
        assert!(web.chain(grpc).all(|socket| socket.ip().is_loopback()), "{line}");
    }
    for program in ["gateway", "roomsvc"] {
        // A port alone could mean every address: it is a mistake and no admin port.
        for port in ["9100", ":9100"] {
            let line = format!("{program} --auth open --admin-listen {port}");
            let told = settings(&line, &[], "").expect_err(&line).to_string();
            assert!(told.contains("is no HOST:PORT"), "{told}");
        }
        let line = format!("{program} --auth open --admin-listen localhost:9100");
        let admin = settings(&line, &[], "").expect("good settings").admin_listen.expect("is set");
        assert!(admin.ip().is_loopback());
    }
}

#[test]
fn lists_take_commas_and_repeats() {
    let line =
        "gateway --roomsvc http://a:1,http://b:2 --roomsvc http://c:3/ --allow-origin https://A.example";
    let gateway = settings(line, &[], "").expect("good settings").gateway.expect("a gateway");
    assert_eq!(gateway.roomsvc, ["http://a:1", "http://b:2", "http://c:3"]);
    assert_eq!(gateway.allow_origins, ["https://a.example"]);
    let file = "roomsvc = ['http://d:4', 'http://e:5']";
    let gateway = settings("gateway", &[], file).expect("good settings").gateway.expect("a gateway");
    assert_eq!(gateway.roomsvc, ["http://d:4", "http://e:5"]);
}

#[test]
fn programs_have_their_own_defaults() {
    let all = settings("", &[], "").expect("good settings");
    assert_eq!(all.program, Program::AllInOne);
    assert_eq!(all.room_service.expect("a room service").listen.to_string(), "127.0.0.1:50051");
    let gateway = settings("gateway", &[], "").expect("good settings").gateway.expect("a gateway");
    assert_eq!(gateway.roomsvc, ["http://127.0.0.1:50051"]);
    // A platform's PORT is the web's, not the room service's.
    let room_service = settings("roomsvc", &[("PORT", "9000")], "").expect("good settings");
    assert_eq!(room_service.room_service.expect("a room service").listen.to_string(), "127.0.0.1:50051");
}

#[test]
fn the_help_names_every_variable() {
    let mut cli = Cli::command();
    let mut help = cli.render_long_help().to_string();
    for program in ["gateway", "roomsvc"] {
        let command = cli.find_subcommand_mut(program).expect("a subcommand");
        help.push_str(&command.render_long_help().to_string());
    }
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for key in Key::ALL {
        for want in [key.flag(), key.variable()] {
            assert!(help.contains(&want), "{want} is not in the help");
        }
    }
    assert!(help.contains("share a screen") && help.contains("Exit codes"));
}

#[test]
fn the_load_test_is_part_of_the_program() {
    let cli =
        Cli::try_parse_from("switchboard loadtest relay --rate 5 --json".split(' ')).expect("known flags");
    assert!(matches!(cli.into_asked(), Asked::LoadTest(args) if args.json));
    assert!(Cli::try_parse_from("switchboard --no-such-flag".split(' ')).is_err());
    Cli::command().debug_assert();
}

#[test]
fn a_time_is_read_in_its_unit_and_within_its_range() {
    let lease =
        |line: &str| settings(line, &[], "").map(|s| s.room_service.and_then(|part| part.gateway_lease));
    assert_eq!(lease("roomsvc --gateway-lease 2s").expect("is good"), Some(Duration::from_secs(2)));
    assert_eq!(lease("roomsvc --gateway-lease 1500ms").expect("is good"), Some(Duration::from_millis(1_500)));
    assert_eq!(lease("roomsvc").expect("is good"), None);
    for wrong in ["15", "100ms", "6min", "soon"] {
        let told = lease(&format!("roomsvc --gateway-lease {wrong}")).expect_err("is wrong").to_string();
        assert!(told.contains("--gateway-lease") && told.contains(wrong), "{told}");
    }
}

#[test]
fn a_gateway_has_a_ping_interval_alone_and_in_the_all_in_one() {
    let interval =
        |line: &str| settings(line, &[], "").map(|s| s.gateway.and_then(|gateway| gateway.ping_interval));
    for program in ["gateway", ""] {
        assert_eq!(
            interval(&format!("{program} --ping-interval 1500ms")).expect("is good"),
            Some(Duration::from_millis(1_500))
        );
        assert_eq!(interval(program).expect("is good"), None);
        let told = interval(&format!("{program} --ping-interval 0s")).expect_err("is wrong").to_string();
        assert!(told.contains("within"), "{told}");
    }
}

#[test]
fn a_gateway_has_the_times_of_socket_io_alone_and_in_the_all_in_one() {
    let times = |line: &str| {
        settings(line, &[], "")
            .map(|s| s.gateway.map(|gateway| (gateway.socketio_ping_timeout, gateway.socketio_resume_window)))
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for program in ["gateway", ""] {
        let line = format!("{program} --socketio-ping-timeout 5s --socketio-resume-window 12s");
        assert_eq!(times(&line).expect("is good"), Some((seconds(5), seconds(12))));
        assert_eq!(times(program).expect("is good"), Some((None, None)));
        for wrong in ["--socketio-ping-timeout", "--socketio-resume-window"] {
            let told = times(&format!("{program} {wrong} 0s")).expect_err("is wrong").to_string();
            assert!(told.contains(wrong) && told.contains("within"), "{told}");
        }
    }
    let named = settings("", &[("SWITCHBOARD_SOCKETIO_RESUME_WINDOW", "9s")], "").expect("is good");
    assert_eq!(named.gateway.and_then(|gateway| gateway.socketio_resume_window), seconds(9));
}

#[test]
fn a_gateway_alone_has_a_drain_window() {
    let window =
        |line: &str| settings(line, &[], "").map(|s| s.gateway.and_then(|gateway| gateway.drain_window));
    assert_eq!(window("gateway --drain-window 0s").expect("is good"), Some(Duration::ZERO));
    assert_eq!(window("gateway --drain-window 90s").expect("is good"), Some(Duration::from_secs(90)));
    assert_eq!(window("gateway").expect("is good"), None);
    assert_eq!(
        settings("", &[("SWITCHBOARD_DRAIN_WINDOW", "9s")], "")
            .expect("is good")
            .gateway
            .and_then(|g| g.drain_window),
        None
    );
    assert!(
        window("gateway --drain-window 2h").expect_err("is wrong").to_string().contains("--drain-window")
    );
}

/// A certificate that signs itself and its key, in `folder`.
fn pair(folder: &std::path::Path) -> (String, String) {
    let source = switchboard_gateway::TlsSource::SelfSigned { folder: folder.to_path_buf() };
    switchboard_gateway::Tls::load(source).expect("is made");
    let path = |name: &str| folder.join("tls").join(name).display().to_string();
    (path("self-signed.crt"), path("self-signed.key"))
}

#[test]
fn a_certificate_comes_from_files_or_is_made_here() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let [(cert, key), (_, other_key)] = [pair(folders[0].path()), pair(folders[1].path())];
    let tls = |line: &str, variables: Variables<'_>| {
        settings(line, variables, "").map(|s| s.gateway.and_then(|g| g.tls))
    };
    let files = switchboard_gateway::TlsSource::Files { cert: cert.clone().into(), key: key.clone().into() };
    let made = switchboard_gateway::TlsSource::SelfSigned { folder: "/data".into() };
    let named = [("SWITCHBOARD_TLS_CERT", cert.as_str()), ("SWITCHBOARD_TLS_KEY", key.as_str())];
    assert_eq!(tls("", &[]).expect("is good"), None);
    assert_eq!(
        tls(&format!("gateway --tls-cert {cert} --tls-key {key}"), &[]).expect("is good"),
        Some(files.clone())
    );
    assert_eq!(tls("", &named).expect("is good"), Some(files));
    assert_eq!(tls("--tls off", &named).expect("is good"), None);
    for line in ["--tls self-signed --data-dir /data", "gateway --tls self-signed --data-dir /data"] {
        assert_eq!(tls(line, &[]).expect("is good"), Some(made.clone()), "nothing is written yet");
    }

    let cases = [
        (format!("--tls-cert {cert}"), "--tls-cert: needs its key too: --tls-key FILE"),
        (format!("--tls-key {key}"), "--tls-key: needs its certificate too: --tls-cert FILE"),
        (format!("--tls-cert {cert} --tls-key {other_key}"), "does not belong to the certificate in"),
        (format!("--tls-cert /nothing --tls-key {key}"), "--tls-cert: /nothing: No such file"),
        (format!("--tls-cert {cert} --tls-key /nothing"), "--tls-key: /nothing: No such file"),
        (format!("--tls-cert {key} --tls-key {key}"), "holds no certificate in PEM"),
        (format!("--tls-cert {cert} --tls-key {cert}"), "holds no private key in PEM"),
        (format!("--tls self-signed --tls-cert {cert}"), "--tls-cert: can't be used with --tls self-signed"),
        ("--tls on".into(), "--tls: \"on\" is none of off, self-signed"),
    ];
    for (line, want) in cases {
        let told = tls(&line, &[]).expect_err("is wrong").to_string();
        assert!(told.contains(want) && told.contains("1 mistake "), "{line}: {told}");
    }
}
