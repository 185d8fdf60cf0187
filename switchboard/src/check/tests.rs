//! Each rule is broken by a setting and kept by another, as they are typed.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::Parser as _;
use tempfile::TempDir;

use super::facts::{Facts, host_of, is_of_own_network};
use super::rules::RULES;
use super::{Finding, find};
use crate::settings::Mistakes;
use crate::settings::flags::{Asked, Cli};
use crate::settings::high::Settings;
use crate::settings::low::Low;

const TOKEN: &str = "6f1c0e8a5b7d4932a1f0c3e5d7b9284610fedcba98765432";
const LINK: &str = "a93e5d0c7b1f46288e4d2c6a0b9f7351c8d4e6f2a0b17395";
const TURN: &str = "07d1c9b3a5f8e2640b6d8f1a3c5e7092d4b6a8c0e2f41357";

/// A gateway and a room service that nothing is said about but what a case adds.
const GATEWAY: &str = "check gateway --token-secret main=@DIR/token --link-secret @DIR/link --audit-log DIR/audit \
    --ice-server turn:turn.example --turn-secret @DIR/turn --listen 0.0.0.0:443 --tls-cert DIR/tls/self-signed.crt \
    --tls-key DIR/tls/self-signed.key";
const ROOMSVC: &str =
    "check roomsvc --token-secret main=@DIR/token --link-secret @DIR/link --audit-log DIR/audit";

/// A folder with good secrets, and a certificate that is its own authority.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, secret) in [("token", TOKEN), ("link", LINK), ("turn", TURN), ("short", "0a9d8f7e6b5c4321")] {
        write(folder.path(), name, secret, 0o600);
    }
    write(folder.path(), "public", TURN, 0o644);
    write(folder.path(), "group", TURN, 0o640);
    let source = switchboard_gateway::TlsSource::SelfSigned { folder: folder.path().to_path_buf() };
    switchboard_gateway::Tls::load(source).expect("is made");
    folder
}

fn write(folder: &Path, name: &str, text: &str, mode: u32) {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("is written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("is its owner's");
}

/// What is found in a command line and an environment, where `DIR` is the folder.
fn findings(folder: &Path, line: &str, variable: Option<(&str, &str)>) -> Result<Vec<Finding>, Mistakes> {
    let folder = folder.display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("DIR", &folder));
    let asked =
        Cli::try_parse_from(["switchboard".to_owned()].into_iter().chain(words)).expect("known flags");
    let Asked::Check(asked) = asked.into_asked() else { panic!("{line} is no check") };
    let look = |name: &str| {
        let found = variable.filter(|(known, _)| *known == name);
        found.map(|(_, value)| value.replace("DIR", &folder))
    };
    let mut mistakes = Mistakes::default();
    let low = Low::read(asked.typed.flags, asked.typed.config, look, &mut mistakes);
    let settings = Settings::from_low(asked.typed.program, &low, mistakes)?;
    Ok(find(&Facts::read(&settings, &low)))
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// A rule, a program, what breaks it and what keeps it.
type Case = (&'static str, &'static str, &'static str, &'static str);

const REDIS: &str = "--redis-url rediss://sb:0a9d8f7e6b5c4321@db.example";
const MUTUAL: &str = "--roomsvc https://rooms.example:1 --roomsvc-tls-ca DIR/tls/self-signed.crt --auth open";

const CALLERS: &str = "--grpc-tls-cert DIR/tls/self-signed.crt --grpc-tls-key DIR/tls/self-signed.key \
    --grpc-client-ca DIR/tls/self-signed.crt";

/// A case breaks one with the third and keeps it with the fourth; `-x` stands for the program without the flags of above.
const CASES: &[Case] = &[
    ("auth-open", "check gateway", "--auth open --listen 0.0.0.0:1", "--auth open"),
    ("auth-open", "check gateway", "--auth open --listen [2001:db8::1]:1", "--auth open --listen [::1]:1"),
    ("auth-open", "check roomsvc", "--auth open --listen 10.0.0.1:1", "--auth open --listen 127.0.0.2:1"),
    ("auth-open", "check", "--auth open --grpc-listen 0.0.0.0:1", ""),
    ("auth-open", ROOMSVC, "--auth open --listen 0.0.0.0:1", "--listen 0.0.0.0:1"),
    ("client-ca-open", "check roomsvc --auth open", CALLERS, ""),
    ("client-ca-open", ROOMSVC, "--auth open CALLERS", CALLERS),
    ("link-nothing", "check gateway", MUTUAL, "--auth open"),
    ("link-nothing", "check gateway", MUTUAL, "MUTUAL --link-secret @DIR/link"),
    (
        "link-nothing",
        "check gateway",
        MUTUAL,
        "MUTUAL --roomsvc-tls-cert DIR/tls/self-signed.crt --roomsvc-tls-key DIR/tls/self-signed.key",
    ),
    ("secret-short", ROOMSVC, "--link-secret @DIR/short", ""),
    ("secret-short", "check", "--turn-secret @DIR/short", "--turn-secret @DIR/turn"),
    ("secret-short", ROOMSVC, "--redis-url redis://sb:0a9d8f7e6b5c432@127.0.0.1", REDIS),
    (
        "secret-guessable",
        ROOMSVC,
        "--link-secret change-me-0a9d8f7e6b5c43210a9d8f7e6b5c4321",
        "--link-secret 0a9d8f7e6b5c43210a9d8f7e6b5c4321",
    ),
    ("secret-guessable", ROOMSVC, "--link-secret abababababababababababababababababab", ""),
    ("secret-guessable", ROOMSVC, "--token-secret main=My-Secret-that-is-long-enough-0a9d8f7e6b5", ""),
    ("secret-guessable", ROOMSVC, "--redis-url redis://switchboard:change-me@127.0.0.1", REDIS),
    ("secret-in-flag", ROOMSVC, "--link-secret 0a9d8f7e6b5c43210a9d8f7e6b5c4321", "--link-secret @DIR/link"),
    ("secret-in-flag", "check", "--turn-secret 0a9d8f7e6b5c43210a9d8f7e6b5c4321", "--turn-secret @DIR/turn"),
    ("secret-in-flag", ROOMSVC, REDIS, "--redis-url rediss://db.example"),
    ("secret-in-flag", ROOMSVC, "--redis-url redis-sentinel://h/m?sentinel_password=0a9d8f7e6b5c4321", ""),
    ("secret-file-readable", "check", "--turn-secret @DIR/public", "--turn-secret @DIR/turn"),
    ("secret-file-readable", "check", "--turn-secret @DIR/public", "--turn-secret @DIR/group"),
    (
        "secret-reused",
        GATEWAY,
        "--token-secret main=@DIR/link",
        "--token-secret main=@DIR/token,old=@DIR/turn2",
    ),
    ("web-without-tls", GATEWAY, "--tls off", ""),
    ("web-without-tls", GATEWAY, "--tls off", "--tls off --listen 10.0.0.1:80 --trusted-hops 1"),
    ("web-without-tls", GATEWAY, "--tls off --trusted-hops 1", "--tls off --listen 127.0.0.1:80"),
    ("web-self-signed", "check", "--auth open --listen 0.0.0.0:1 --tls self-signed", "--tls self-signed"),
    (
        "web-self-signed",
        "check",
        "--auth open --listen 0.0.0.0:1 --tls self-signed",
        "--auth open --listen 0.0.0.0:1",
    ),
    (
        "origin-without-tls",
        "check",
        "--allow-origin http://app.example",
        "--allow-origin https://app.example",
    ),
    (
        "origin-without-tls",
        "check",
        "--allow-origin http://app.example",
        "--allow-origin http://localhost:3000",
    ),
    ("forwarded-from-anybody", GATEWAY, "--trusted-hops 1", "--trusted-hops 0"),
    ("forwarded-from-anybody", GATEWAY, "--trusted-hops 1", "--trusted-hops 1 --listen 192.168.1.1:1"),
    (
        "forwarded-from-anybody",
        GATEWAY,
        "--trusted-hops 1 --listen 203.0.113.1:1",
        "--trusted-hops 1 --listen [fd00::1]:1",
    ),
    ("proxy-from-anybody", GATEWAY, "--proxy-from 0.0.0.0/0", "--proxy-from 10.0.0.0/8"),
    ("proxy-from-anybody", GATEWAY, "--proxy-from 10.0.0.1,::/0", "--proxy-from 10.0.0.1,fd00::/16"),
    ("limits-off", GATEWAY, "--connects-per-second 1001", "--connects-per-second 1000"),
    ("limits-off", GATEWAY, "--joins-per-second 1001", "--joins-per-second 1000"),
    ("limits-off", GATEWAY, "--failures-per-second 101", "--failures-per-second 100"),
    ("limits-off", GATEWAY, "--rooms-per-identity 10001", "--rooms-per-identity 10000"),
    ("limits-uncounted", GATEWAY, "--listen 127.0.0.1:1", "--listen 127.0.0.1:1 --trusted-hops 1"),
    ("limits-uncounted", GATEWAY, "--listen localhost:1", "--listen localhost:1 --proxy-from 127.0.0.1"),
    ("limits-uncounted", GATEWAY, "--listen localhost:1", "--listen 10.0.0.1:1"),
    ("admin-beyond-loopback", ROOMSVC, "--admin-listen 10.0.0.1:1", "--admin-listen 127.0.0.1:1"),
    ("admin-beyond-loopback", GATEWAY, "--admin-listen [::]:1", "--admin-listen [::1]:1"),
    ("grpc-without-tls", ROOMSVC, "--listen 0.0.0.0:1", "--listen 127.0.0.1:1"),
    (
        "grpc-without-tls",
        ROOMSVC,
        "--listen 0.0.0.0:1",
        "--listen 0.0.0.0:1 --grpc-tls-cert DIR/tls/self-signed.crt --grpc-tls-key DIR/tls/self-signed.key",
    ),
    (
        "roomsvc-without-tls",
        GATEWAY,
        "--roomsvc http://127.0.0.1:1,http://rooms.example:1",
        "--roomsvc http://127.0.0.1:1",
    ),
    ("roomsvc-without-tls", GATEWAY, "--roomsvc http://10.0.0.1:1", "--roomsvc http://[::1]:1"),
    (
        "roomsvc-without-tls",
        GATEWAY,
        "--roomsvc http://rooms.example",
        "--roomsvc https://rooms.example --roomsvc-tls-ca DIR/tls/self-signed.crt",
    ),
    ("reflection-on", ROOMSVC, "--listen 0.0.0.0:1", "--listen 0.0.0.0:1 --reflection off"),
    ("reflection-on", ROOMSVC, "--listen 0.0.0.0:1", "--listen 127.0.0.1:1"),
    ("redis-without-tls", ROOMSVC, "--redis-url redis://db.example", REDIS),
    (
        "redis-without-tls",
        ROOMSVC,
        "--redis-url redis-cluster://127.0.0.1,10.0.0.1",
        "--redis-url redis://127.0.0.1",
    ),
    ("redis-without-password", ROOMSVC, "--redis-url rediss://db.example", REDIS),
    ("redis-without-password", ROOMSVC, "--redis-url rediss://db.example", "--redis-url redis://[::1]"),
    (
        "redis-without-password",
        ROOMSVC,
        "--redis-url rediss-sentinel://sb:0a9d8f7e6b5c4321@db.example/m",
        "--redis-url rediss-sentinel://sb:0a9d8f7e6b5c4321@db.example/m?sentinel_password=0a9d8f7e6b5c4321",
    ),
    ("redis-default-user", ROOMSVC, "--redis-url redis://:0a9d8f7e6b5c4321@db.example", REDIS),
    ("redis-default-user", ROOMSVC, "--redis-url redis://default:0a9d8f7e6b5c4321@db.example", ""),
    ("audit-none", "check gateway", "--auth open", "--auth open --audit-log -"),
    ("audit-none", "check roomsvc", "--auth open", "--auth open --audit-log DIR/audit"),
    ("ice-none", "check", "", "--ice-server stun:stun.example"),
    (
        "ice-without-turn",
        "check",
        "--ice-server stun:stun.example",
        "--ice-server stun:stun.example,turn:turn.example --turn-secret @DIR/turn",
    ),
];

#[test]
fn each_rule_is_broken_by_a_setting_and_kept_by_another() {
    let folder = folder();
    write(folder.path(), "turn2", "5e7092d4b6a8c0e2f4135707d1c9b3a5f8e2640b6d8f1a3c", 0o600);
    for (id, base, breaks, keeps) in CASES {
        for (more, broken) in [(breaks, true), (keeps, false)] {
            let line = replaced(base, &more.replace("MUTUAL", MUTUAL).replace("CALLERS", CALLERS));
            let found = findings(folder.path(), &line, None).unwrap_or_else(|told| panic!("{line}: {told}"));
            assert_eq!(ids(&found).contains(id), broken, "{id}: {line}: {:?}", ids(&found));
            for Finding { message, .. } in &found {
                // A name from the settings may begin it, as in /etc/switchboard/link.
                assert!(message.ends_with('.') && !message.starts_with(char::is_lowercase), "{message}");
                let secrets = [TOKEN, LINK, TURN, "0a9d8f7e6b5c432", "change-me", "abab", "My-Secret"];
                assert!(!secrets.iter().any(|secret| message.contains(secret)), "{message}");
            }
        }
    }
    let tried: BTreeSet<_> = CASES.iter().map(|(id, ..)| *id).chain(["secret-in-environment"]).collect();
    assert_eq!(tried, RULES.iter().map(|rule| rule.id).collect(), "each has a case");
}

/// The line with these flags in place of the same ones.
fn replaced(base: &str, more: &str) -> String {
    let names: Vec<_> = more.split_whitespace().filter(|word| word.starts_with("--")).collect();
    let mut words = base.split_whitespace().peekable();
    let mut line = Vec::new();
    // TLS is off, or has files.
    let dropped =
        |word: &str| names.contains(&word) || (names.contains(&"--tls") && word.starts_with("--tls-"));
    while let Some(word) = words.next() {
        if dropped(word) {
            words.next();
        } else {
            line.push(word);
        }
    }
    format!("{} {more}", line.join(" "))
}

#[test]
fn a_secret_in_a_variable_is_warned_of_and_in_a_settings_file_by_its_rights() {
    let folder = folder();
    let in_variables = [
        ("SWITCHBOARD_TURN_SECRET", TURN),
        ("SWITCHBOARD_LINK_SECRET", LINK),
        ("REDIS_URL", "redis://sb:0a9d8f7e6b5c4321@127.0.0.1"),
    ];
    for (name, value) in in_variables {
        let found = findings(folder.path(), "check", Some((name, value))).expect("are good");
        assert!(ids(&found).contains(&"secret-in-environment"), "{name}: {:?}", ids(&found));
        assert!(found.iter().any(|finding| finding.message.contains(name)));
    }
    let by_file = findings(folder.path(), "check", Some(("SWITCHBOARD_TURN_SECRET", "@DIR/turn")));
    assert!(!ids(&by_file.expect("are good")).contains(&"secret-in-environment"));

    write(folder.path(), "s.toml", &format!("turn_secret = '{TURN}'\n"), 0o600);
    let found = |line| ids(&findings(folder.path(), line, None).expect("are good"));
    let own = found("check --config DIR/s.toml");
    assert!(!own.iter().any(|id| id.starts_with("secret-")), "{own:?}");
    write(folder.path(), "s.toml", &format!("turn_secret = '{TURN}'\n"), 0o604);
    assert!(found("check --config DIR/s.toml").contains(&"secret-file-readable"));
    // Without a secret in it, anybody may read it.
    write(
        folder.path(),
        "s.toml",
        "turn_secret = '@DIR/turn'\nreflection = 'on'\n"
            .replace("DIR", &folder.path().display().to_string())
            .as_str(),
        0o644,
    );
    assert!(!found("check --config DIR/s.toml").contains(&"secret-file-readable"));
    // A private key is a secret.
    let key = folder.path().join("tls/self-signed.key");
    assert!(!found(GATEWAY).contains(&"secret-file-readable"));
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).expect("is its owner's");
    assert!(found(GATEWAY).contains(&"secret-file-readable"));
}

#[test]
fn what_never_starts_has_no_rule_and_is_told_as_a_mistake() {
    let folder = folder();
    let cases = [
        ("check gateway --link-secret @DIR/link", "--auth: token needs a key"),
        ("check roomsvc --token-secret main=@DIR/token", "--auth: token needs --link-secret"),
        ("check roomsvc --token-secret main=@DIR/short --link-secret @DIR/link", "fewer than 32 bytes"),
        ("check roomsvc --auth open --link-secret 0a9d8f7e6b5c432", "a link secret has at least 16 bytes"),
        ("check --ice-server turn:turn.example", "a TURN server needs the secret"),
        ("check --allow-origin *", "pages are let in one by one"),
        ("check --allow-origin https://*.example", "pages are let in one by one"),
        ("check --listen 0.0.0.0:1", "is open to other machines"),
        ("check --jwks-url http://keys.example/jwks --auth token", "is no https address of a key set"),
    ];
    for (line, want) in cases {
        let told = findings(folder.path(), line, None).map(|found| ids(&found)).expect_err(line).to_string();
        assert!(told.contains(want), "{line}: {told}");
    }
}

#[test]
fn addresses_of_a_network_of_ones_own() {
    for (ip, own) in [
        ("127.0.0.1", true),
        ("10.1.2.3", true),
        ("172.16.0.1", true),
        ("172.32.0.1", false),
        ("192.168.0.1", true),
        ("100.64.0.1", true),
        ("100.128.0.1", false),
        ("0.0.0.0", false),
        ("::", false),
        ("::1", true),
        ("fd00::1", true),
        ("2001:db8::1", false),
        ("::ffff:10.0.0.1", true),
    ] {
        assert_eq!(is_of_own_network(ip.parse().expect("is one")), own, "{ip}");
    }
    for (url, host) in
        [("http://a:1/x", "a"), ("https://[::1]:2", "::1"), ("http://a", "a"), ("https://u@b:1?c", "b")]
    {
        assert_eq!(host_of(url), host);
    }
}

#[test]
fn the_documentation_lists_the_same_rules() {
    let page = include_str!("../../../docs/production.md");
    for rule in RULES {
        let row = format!(
            "| `{}` | {} | {} | {} |\n",
            rule.id,
            rule.severity.name(),
            rule.broken_when,
            rule.advice
        );
        assert!(page.contains(&row), "docs/production.md lacks this row:\n{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, RULES.len(), "it has rows of no rule");
}
