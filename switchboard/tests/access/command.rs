//! `switchboard token`, and what a server starts with.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::parts::{Parts, SECRET};

/// Runs the program to its end, without the environment of whoever runs the test.
fn run(line: &str, variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.args(line.split_whitespace()).env_clear().envs(variables.iter().copied());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("it runs");
    child.stdin.take().expect("is piped").write_all(input.as_bytes()).expect("takes it");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn what_is_created_is_verified_and_joins() {
    let secret = format!("main={SECRET}");
    let variables = [("SWITCHBOARD_TOKEN_SECRET", secret.as_str())];
    let made = run("token create --room a --identity ann --grant join,message", &variables, "");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let token = text(&made.stdout);
    let verified = run("token verify", &variables, &token);
    let told = text(&verified.stdout);
    assert!(
        verified.status.success() && told.contains("Identity ann.") && told.contains("\"message\""),
        "{told}"
    );
    assert!(!told.contains(token.trim()) && !told.contains(SECRET));
    Parts::start().await.join("a", "ann", Some(token.trim().to_owned())).await.expect("joins");

    let other = run(
        "token verify",
        &[("SWITCHBOARD_TOKEN_SECRET", "main=another-secret-of-thirty-two-bytes!!")],
        &token,
    );
    assert_eq!(
        (other.status.code(), text(&other.stderr).contains("TOKEN_SIGNATURE_INVALID")),
        (Some(1), true)
    );
}

#[test]
fn what_can_not_be_made_is_said_without_the_secret() {
    let good = format!("main={SECRET}");
    let cases: [(&str, &str, &str); 5] = [
        ("token create", "", "--token-secret: is needed"),
        ("token create", "main=short-secret", "fewer than 32 bytes"),
        ("token create --key old", &good, "--token-secret: is needed"),
        ("token create --room_pattern x", &good, "unexpected argument"),
        ("token verify", "", "--token-secret: is needed"),
    ];
    for (line, secret, want) in cases {
        let out = run(line, &[("SWITCHBOARD_TOKEN_SECRET", secret)], "");
        let told = text(&out.stderr);
        assert_eq!(out.status.code(), Some(64), "{line}: {told}");
        assert!(told.contains(want) && !told.contains("short-secret"), "{line}: {told}");
    }
}

#[test]
fn a_server_does_not_start_open_by_itself() {
    for line in ["gateway", "roomsvc"] {
        let out = run(&format!("{line} --listen 127.0.0.1:0"), &[], "");
        let told = text(&out.stderr);
        assert_eq!(out.status.code(), Some(64), "{told}");
        assert!(told.contains("--auth: token needs a key") && told.contains("--auth open"), "{told}");
        assert!(told.contains("--link-secret"), "{told}");
        // A key alone is half of it.
        let key = format!("main={SECRET}");
        let out = run(line, &[("SWITCHBOARD_TOKEN_SECRET", &key)], "");
        let told = text(&out.stderr);
        assert!(
            told.contains("1 mistake ") && told.contains("--link-secret") && !told.contains(SECRET),
            "{told}"
        );
    }
}
