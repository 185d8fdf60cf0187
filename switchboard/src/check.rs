//! `switchboard check`: reads a configuration, as the program itself would, and says what is unsafe about it.
//!
//! Files are read here and nothing else is touched: no address is taken or dialled. What is unsafe is a table of
//! [`rules`], pure functions of the [`Facts`].

mod facts;
pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::process::ExitCode;

use facts::Facts;
use rules::{RULES, Rule, Severity};
use serde_json::json;

use crate::EXIT_SETTINGS;
use crate::settings::Mistakes;
use crate::settings::flags::{AllInOneFlags, GatewayFlags, RoomServiceFlags, Typed};
use crate::settings::high::{Program, Settings};
use crate::settings::low::Low;

/// `switchboard check`.
///
/// Takes the flags, the environment and the file of the program that follows, or of all in one. Nothing is started or
/// dialled. Exit codes: 0 nothing dangerous, 1 something dangerous, 64 a wrong setting. docs/production.md has the rules
/// and a configuration that keeps them.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Flags {
    #[command(subcommand)]
    program: Option<Checked>,
    #[command(flatten)]
    all_in_one: AllInOneFlags,
    /// Says it as one JSON object, on standard output
    #[arg(long, global = true)]
    json: bool,
}

/// What else can be checked.
#[derive(Debug, clap::Subcommand)]
enum Checked {
    /// The settings of a gateway
    Gateway(Box<GatewayFlags>),
    /// The settings of a room service
    Roomsvc(Box<RoomServiceFlags>),
}

/// What is to be checked.
pub(crate) struct Asked {
    pub(crate) typed: Typed,
    json: bool,
}

impl From<Flags> for Asked {
    fn from(flags: Flags) -> Self {
        let typed = match flags.program {
            None => flags.all_in_one.into(),
            Some(Checked::Gateway(flags)) => (*flags).into(),
            Some(Checked::Roomsvc(flags)) => (*flags).into(),
        };
        Self { typed, json: flags.json }
    }
}

/// Something unsafe.
struct Finding {
    rule: &'static Rule,
    /// A sentence that names what is at fault, without secrets.
    message: String,
}

/// Checks it, prints what there is to say, and how it went.
pub(crate) fn run(asked: Asked) -> ExitCode {
    let mut mistakes = Mistakes::default();
    let environment = |name: &str| std::env::var_os(name)?.into_string().ok();
    let low = Low::read(asked.typed.flags, asked.typed.config, environment, &mut mistakes);
    let program = asked.typed.program;
    match Settings::from_low(program, &low, mistakes) {
        Ok(settings) => {
            let findings = find(&Facts::read(&settings, &low));
            if asked.json {
                println!("{}", as_json(program, &findings, &[]));
            } else {
                print!("{}", as_text(program, &findings));
            }
            if count(&findings, Severity::Danger) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(mistakes) => {
            if asked.json {
                println!("{}", as_json(program, &[], mistakes.lines()));
            } else {
                eprintln!("{mistakes}\nHelp: switchboard check --help");
            }
            EXIT_SETTINGS.into()
        }
    }
}

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let of_rule = |rule: &'static Rule| {
        let messages = (rule.find)(facts).into_iter();
        messages.map(move |message| Finding { rule, message })
    };
    let mut findings: Vec<_> = RULES.iter().flat_map(of_rule).collect();
    findings.sort_by_key(|finding| finding.rule.severity);
    findings
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.rule.severity == severity).count()
}

fn name(program: Program) -> &'static str {
    match program {
        Program::AllInOne => "all-in-one",
        Program::Gateway => "gateway",
        Program::RoomService => "roomsvc",
    }
}

fn as_text(program: Program, findings: &[Finding]) -> String {
    if findings.is_empty() {
        return format!("{}: nothing unsafe was found\n", name(program));
    }
    let counted = |severity, noun: &str| match count(findings, severity) {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    let (dangers, warnings) = (counted(Severity::Danger, "danger"), counted(Severity::Warning, "warning"));
    let mut text = format!("{}: {dangers}, {warnings}\n", name(program));
    for Finding { rule, message } in findings {
        // Writing to a text does not fail.
        let _ = write!(text, "\n{} {}\n  {message}\n  {}\n", rule.severity.name(), rule.id, rule.advice);
    }
    text.push_str("\nThe rules, and a configuration that keeps them: docs/production.md\n");
    text
}

fn as_json(program: Program, findings: &[Finding], mistakes: &[String]) -> serde_json::Value {
    let listed = findings.iter().map(|Finding { rule, message }| {
        json!({
            "id": rule.id,
            "severity": rule.severity.name(),
            "rule": rule.broken_when,
            "message": message,
            "advice": rule.advice,
        })
    });
    json!({
        "program": name(program),
        "safe": mistakes.is_empty() && count(findings, Severity::Danger) == 0,
        "findings": listed.collect::<Vec<_>>(),
        "mistakes": mistakes,
    })
}
