//! The README's lines about the API, as printed.
//!
//! What is run is every fenced block of `sh` below a line `<!-- test: grpc -->`. Its lines go through the shell in the
//! workspace's folder, in order, with nothing changed but the port; one that watches stays running beside the others.
//! When it has shown its snapshot, everybody whom the block names joins through the gateway, and somebody else.

use std::collections::BTreeMap;
use std::process::Command;

use switchboard_loadtest::Client;

use crate::api::next_message;
use crate::callers::{Caller, root, words};
use crate::process::{Process, squeezed};
use crate::program::Program;

const MARKER: &str = "<!-- test: grpc -->";
/// What the README prints, in whose place a test has its own.
const ADDRESS: &str = "127.0.0.1:50051";
/// `buf curl` as the README may print it.
const BUF: &str = "tools/buf/node_modules/.bin/buf curl ";
/// What the README shows, at least.
const SHOWN: [&str; 8] = [
    "list",
    "describe",
    "CreateRoom",
    "WatchRoom",
    "ListParticipants",
    "RemoveParticipant",
    "ExplainSession",
    "SendMessage",
];
/// Who is there and not named.
const WITNESS: &str = "witness";

/// The commands of all marked blocks.
fn marked(markdown: &str) -> Vec<String> {
    let mut lines = markdown.lines();
    let mut commands = Vec::new();
    while lines.by_ref().any(|line| line.trim() == MARKER) {
        let fence = lines.by_ref().find(|line| !line.trim().is_empty());
        assert!(fence.is_some_and(|line| line.starts_with("```sh")), "{MARKER} stands above {fence:?}");
        let block: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        let joined = block.join("\n").replace("\\\n", " ");
        let said = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        commands.extend(said.map(str::to_owned));
    }
    commands
}

/// A line, taken apart as far as the test has to know it.
struct Line {
    text: String,
    arguments: Vec<String>,
    /// `list`, `describe`, or the method's name.
    verb: String,
    data: String,
}

impl Line {
    fn of(text: &str) -> Self {
        let arguments =
            words(text.strip_prefix("grpcurl ").or(text.strip_prefix(BUF)).unwrap_or_else(|| {
                panic!("only lines of grpcurl and of {BUF:?}are run from the README, not {text:?}")
            }));
        let method = arguments.iter().find_map(|word| word.strip_prefix("switchboard.v1.RoomService/"));
        let look = ["list", "describe"].into_iter().find(|look| arguments.iter().any(|word| word == look));
        let in_url = text.split("/switchboard.v1.RoomService/").nth(1).map(str::trim);
        let verb = method.or(look).or(in_url).unwrap_or("call").to_owned();
        let flag = arguments.iter().position(|word| ["-d", "--data"].contains(&word.as_str()));
        let data = flag.and_then(|at| arguments.get(at + 1)).cloned().unwrap_or_default();
        Self { text: text.to_owned(), arguments, verb, data }
    }

    /// The value of a field of the request; text without quotes inside is all that a README has.
    fn field(&self, name: &str) -> Option<&str> {
        let (_, behind) = self.data.split_once(&format!("\"{name}\""))?;
        behind.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()
    }

    fn start(&self, caller: &Caller, program: &Program) -> Process {
        if let (Caller::Buf(_), true) = (caller, self.text.starts_with("grpcurl ")) {
            let here = |word: &String| word.replace(ADDRESS, &program.grpc);
            return caller.start(&self.arguments.iter().map(here).collect::<Vec<_>>());
        }
        let mut command = Command::new("sh");
        // In the shell's own place, so that what is killed is the client.
        command.arg("-c").arg(format!("exec {}", self.text.replace(ADDRESS, &program.grpc)));
        command.current_dir(root());
        if let Caller::Grpcurl(found) = caller {
            let folder = found.parent().expect("is in a folder").to_owned();
            let path = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
            command.env("PATH", std::env::join_paths(folders).expect("folders without a colon"));
        }
        Process::start(command)
    }
}

async fn run(markdown: &str, caller: &Caller) {
    let lines: Vec<_> = marked(markdown).iter().map(|text| Line::of(text)).collect();
    assert!(!lines.is_empty(), "README.md has no block of sh below {MARKER}");
    for shown in SHOWN {
        assert!(lines.iter().any(|line| line.verb == shown), "README.md shows no line that does {shown}");
    }
    let named: Vec<_> = lines.iter().filter_map(|line| line.field("participant_id")).collect();
    let program = Program::start();
    let mut people: BTreeMap<&str, Client> = BTreeMap::new();
    let mut watch: Option<Process> = None;
    for line in &lines {
        let Line { text, verb, .. } = line;
        assert!(text.contains(ADDRESS), "{text}: has another address than {ADDRESS}");
        let mut process = line.start(caller, &program);
        if verb == "WatchRoom" {
            let room = line.field("room_id").expect("a watch is of a room");
            process.until("the snapshot", |told| squeezed(told).contains(r#""snapshot":"#));
            for who in named.iter().copied().chain([WITNESS]) {
                if !people.contains_key(who) {
                    people.insert(who, program.join(room, who).await);
                    let join = format!(r#""participantJoined":{{"participant":{{"participantId":"{who}""#);
                    process.until("the join", |told| squeezed(told).contains(&join));
                }
            }
            watch = Some(process);
            continue;
        }
        let (good, told) = process.ended();
        assert!(good, "{text}\n{told}");
        let squeezed_told = squeezed(&told);
        let has =
            |wanted: &str| assert!(squeezed_told.contains(wanted), "{text}: {wanted} is not in\n{told}");
        match verb.as_str() {
            "list" => has("switchboard.v1.RoomService"),
            "describe" => has("CreateRoom"),
            "CreateRoom" => has(&format!(r#""roomId":"{}""#, line.field("room_id").expect("names the room"))),
            "ListParticipants" => {
                assert!(watch.is_some(), "{text}: stands above the line that watches, with nobody there");
                people.keys().for_each(|who| has(&format!(r#""participantId":"{who}""#)));
            }
            "RemoveParticipant" => {
                let who = line.field("participant_id").expect("names whom");
                let mut removed = people.remove(who).expect("stands below the line that watches");
                assert_eq!(removed.closed().await.expect("is closed").0, 4005, "{text}");
                let watch = watch.as_mut().expect("watches");
                watch.until("the removal", |told| told.contains("LEAVE_REASON_REMOVED"));
            }
            "ExplainSession" => {
                let who = line.field("participant_id").expect("names whom");
                has(&format!("{who}wasputoutoftheroom"));
            }
            "SendMessage" => {
                let witness = people.get_mut(WITNESS).expect("stands below the line that watches");
                let body = line.field("body").expect("has a body").to_owned();
                assert_eq!(next_message(witness).await, (String::new(), body), "{text}");
            }
            _ => {}
        }
    }
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md is there")
}

#[tokio::test]
async fn the_readmes_lines_do_what_they_say() {
    for caller in Caller::all() {
        run(&readme(), &caller).await;
    }
}

#[test]
fn only_marked_blocks_are_run() {
    let markdown = "```sh\nrm -r /\n```\n\n<!-- test: grpc -->\n\n```sh\n# all\ngrpcurl a \\\n  b\n\nbuf c\n```\n```sh\nd\n```";
    assert_eq!(marked(markdown), ["grpcurl a    b", "buf c"]);
    assert!(marked("```sh\ngrpcurl a\n```").is_empty());
}
