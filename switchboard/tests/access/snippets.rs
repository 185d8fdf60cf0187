//! The lines of `docs/tokens.md` that make tokens, run as they stand there.

use std::path::Path;
use std::process::Command;

use switchboard_auth::{Grants, Token, now};

use crate::parts::{Parts, SECRET, verifier};

/// What stands in the fence below a marker.
fn snippet(marker: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tokens.md");
    let text = std::fs::read_to_string(path).expect("docs/tokens.md is there");
    let (_, behind) =
        text.split_once(&format!("<!-- test: {marker} -->\n\n```")).expect("the marker is there");
    let (fence, _) = behind.split_once("\n```").expect("the fence ends");
    fence.split_once('\n').expect("has lines").1.to_owned()
}

/// Runs a program on the snippet; none if the program is not on this machine, which is said.
async fn runs(marker: &str, file: &str, program: &[&str]) {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(program[0]).is_file());
    if !found {
        eprintln!("docs/tokens.md: {} is not here, its lines were not run", program[0]);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(file), snippet(marker)).expect("is written");
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(file).current_dir(folder.path());
    command.env("SECRET", SECRET).env("ROOM", "a").env("IDENTITY", "ann");
    // Go keeps what it has built, and would fetch nothing here.
    command.env("GOCACHE", folder.path().join("cache")).env("GOFLAGS", "-mod=mod").env("GOPROXY", "off");
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("runs").expect("starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{marker}: {told}");
    let token = String::from_utf8(output.stdout).expect("is text").trim().to_owned();
    let caller = verifier().verify(&Token::new(token.as_str()), now()).expect("is taken");
    assert_eq!((caller.grants, &*caller.key), (Grants::participant(), "main"), "{marker}");
    Parts::start().await.join("a", "ann", Some(token)).await.expect("joins");
}

#[tokio::test]
async fn node() {
    runs("node", "token.cjs", &["node"]).await;
}

#[tokio::test]
async fn python() {
    runs("python", "token.py", &["python3"]).await;
}

#[tokio::test]
async fn go() {
    runs("go", "token.go", &["go", "run"]).await;
}
