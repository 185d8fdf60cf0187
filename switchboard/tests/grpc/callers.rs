//! Clients of gRPC that we did not write. Both are spoken to in grpcurl's words.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::process::Process;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A client, and where its program is.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Of fullstorydev: what most people have at hand.
    Grpcurl(PathBuf),
    /// `buf curl`: it comes from npm, as the tests' other tools do.
    Buf(PathBuf),
}

impl Caller {
    /// grpcurl from the PATH, or the project's own, which is built if Go is here. `None` is never silent.
    pub(crate) fn grpcurl() -> Option<Self> {
        static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
        FOUND.get_or_init(find_grpcurl).clone().map(Self::Grpcurl)
    }

    pub(crate) fn buf() -> Self {
        let modules = root().join("tools/buf/node_modules");
        // The program itself and not its wrapper in JavaScript: killed, that would leave the program behind.
        let packages = std::fs::read_dir(modules.join("@bufbuild")).into_iter().flatten().flatten();
        let of_platform =
            packages.filter(|package| package.file_name().to_string_lossy().starts_with("buf-"));
        let native =
            of_platform.map(|package| package.path().join("bin/buf")).find(|program| program.is_file());
        let program = native.unwrap_or_else(|| modules.join(".bin/buf"));
        assert!(program.is_file(), "buf is not here; tools/deps.sh brings it");
        Self::Buf(program)
    }

    /// All that are here.
    pub(crate) fn all() -> Vec<Self> {
        Self::grpcurl().into_iter().chain([Self::buf()]).collect()
    }

    /// The command that does what grpcurl does with these arguments.
    pub(crate) fn command(&self, arguments: &[String]) -> Command {
        match self {
            Self::Grpcurl(program) => {
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
            Self::Buf(program) => {
                let mut command = Command::new(program);
                command.arg("curl").args(as_buf_curl(arguments));
                // It makes folders for a cache that it does not need here.
                command.env("BUF_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/buf"));
                command
            }
        }
    }

    pub(crate) fn start(&self, arguments: &[String]) -> Process {
        Process::start(self.command(arguments))
    }
}

fn find_grpcurl() -> Option<PathBuf> {
    let on_path = |name: &str| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|program| program.is_file())
    };
    if let Some(program) = on_path("grpcurl") {
        return Some(program);
    }
    let own = root().join(".tools/bin/grpcurl");
    if !own.is_file() && on_path("go").is_some() {
        let mut build = Command::new(root().join("tools/grpcurl.sh"));
        let output = build.output().expect("tools/grpcurl.sh runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && own.is_file(), "Go is here, and could not build grpcurl:\n{told}");
    }
    if own.is_file() {
        return Some(own);
    }
    // Straight to the stream: what a good test prints is not shown.
    let told =
        writeln!(std::io::stderr(), "grpc tests: neither grpcurl nor Go is here: buf curl alone is used");
    told.expect("stderr is open");
    None
}

/// grpcurl's arguments in the words of `buf curl`. What it can't say is a fault of the test.
fn as_buf_curl(arguments: &[String]) -> Vec<String> {
    let mut words = arguments.iter().map(String::as_str);
    let mut data = None;
    let mut rest = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-plaintext" => {}
            "-d" => data = Some(words.next().expect("-d has a value")),
            flag if flag.starts_with('-') => panic!("buf curl has no word for grpcurl's {flag}"),
            word => rest.push(word),
        }
    }
    let flag = |name: &str, address: &str| vec![name.to_owned(), format!("http://{address}")];
    let mut out = vec!["--protocol".to_owned(), "grpc".to_owned(), "--http2-prior-knowledge".to_owned()];
    match (rest.as_slice(), data) {
        ([address, "list"], None) => out.extend(flag("--list-services", address)),
        // It describes nothing; the methods are what it can tell of a service.
        ([address, "list" | "describe", _service], None) => out.extend(flag("--list-methods", address)),
        ([address, method], data) => {
            out.extend(data.into_iter().flat_map(|data| ["--data".to_owned(), data.to_owned()]));
            out.push(format!("http://{address}/{method}"));
        }
        _ => panic!("buf curl has no words for grpcurl {arguments:?}"),
    }
    out
}

/// The words of a line of the shell: quotes are taken off, a comment at the end too. Nothing else of a shell's.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "a quote is open at the end of {line:?}");
    words.extend(word);
    words
}

#[test]
fn a_line_of_grpcurl_is_said_to_buf_curl() {
    let said = |line: &str| as_buf_curl(&words(line)).split_off(3).join(" ");
    assert_eq!(said("-plaintext h:1 list"), "--list-services http://h:1");
    assert_eq!(said("-plaintext h:1 describe a.B  # all"), "--list-methods http://h:1");
    assert_eq!(said("-plaintext h:1 a.B/C"), "http://h:1/a.B/C");
    assert_eq!(
        said("-plaintext -d '{\"a\": \"b c\"}' h:1 a.B/C"),
        "--data {\"a\": \"b c\"} http://h:1/a.B/C"
    );
}
