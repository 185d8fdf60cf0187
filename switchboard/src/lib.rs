//! The program: gateway, room service and load test in one binary.
//!
//! # Layout
//!
//! `settings` reads what was typed, `bind` takes the addresses before anything else runs, `serve` runs the parts,
//! `announce` tells people what runs and what to try next, `stop` ends the parts in order; `token` makes and checks access tokens, `check`
//! says what is unsafe about settings, `rooms` looks into rooms over the API.

mod announce;
mod bind;
mod check;
#[doc(hidden)]
pub mod fuzzing;
mod parts;
mod rooms;
mod serve;
mod settings;
mod stop;
mod token;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use settings::Mistakes;
#[doc(hidden)]
pub use settings::document::document as settings_document;
use settings::flags::{Asked, Cli};
use settings::high::Settings;
use settings::low::Low;
use switchboard_auth::audit;
use switchboard_telemetry::{Levels, Log};

/// A wrong setting (EX_USAGE of sysexits).
const EXIT_SETTINGS: u8 = 64;
/// An address is taken, or what is asked can't be reached (EX_UNAVAILABLE).
const EXIT_ADDRESS: u8 = 69;
/// A fault of ours or of the machine (EX_SOFTWARE).
const EXIT_FAULT: u8 = 70;

/// Runs what the command line asks for, to its end.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody reads it if this fails.
            drop(error.print());
            return if error.use_stderr() { EXIT_SETTINGS.into() } else { ExitCode::SUCCESS };
        }
    };
    raise_descriptor_limit();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fault(&error),
    };
    let code = match cli.into_asked() {
        Asked::Token(command) => runtime.block_on(token::run(command)),
        Asked::Check(asked) => check::run(asked),
        Asked::Rooms(asked) => runtime.block_on(Box::pin(rooms::run(*asked))),
        Asked::Why(asked) => runtime.block_on(Box::pin(rooms::why(*asked))),
        Asked::LoadTest(args) => runtime.block_on(Box::pin(switchboard_loadtest::main(*args))),
        Asked::Program(typed) => {
            let mut mistakes = Mistakes::default();
            let environment = |name: &str| std::env::var_os(name)?.into_string().ok();
            let low = Low::read(typed.flags, typed.config, environment, &mut mistakes);
            match Settings::from_low(typed.program, &low, mistakes) {
                Ok(settings) => match start_log(&settings) {
                    Ok(levels) => runtime.block_on(Box::pin(serve::run(&settings, levels))),
                    Err(error) => {
                        eprintln!("{error}");
                        EXIT_SETTINGS.into()
                    }
                },
                Err(mistakes) => {
                    eprintln!("{mistakes}\nHelp: switchboard --help");
                    EXIT_SETTINGS.into()
                }
            }
        }
    };
    // What is still running had its time.
    runtime.shutdown_background();
    code
}

fn fault(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("switchboard: {error}");
    EXIT_FAULT.into()
}

/// Every socket is a descriptor, and the soft limit of most machines is 1,024.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Refused: then the soft limit stands, and the gateway survives running out.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// The log, and the audit, which is in no log.
fn start_log(settings: &Settings) -> Result<Levels, String> {
    let file = settings.audit_log.as_deref().map(open_audit).transpose();
    let file = file.map_err(|error| format!("--audit-log: {error}"))?;
    let log = Log { filter: &settings.log, format: settings.log_format, audit: (audit::TARGET, file) };
    switchboard_telemetry::start(log).map_err(|error| format!("--log: {error}"))
}

/// For appending, and for its owner only: it tells who talks with whom.
fn open_audit(path: &Path) -> std::io::Result<Box<dyn Write + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdout()));
    }
    let file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let file =
        file.map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    Ok(Box::new(file))
}
