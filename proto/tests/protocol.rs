//! `docs/protocol.md` against the contract: every message, field, event, object, enum and reason is described, nothing
//! else is, and every example is one that the program reads and would write.
//!
//! What the gateway adds (close codes, bounds) is held against the document in `switchboard/tests/grpc/protocol.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use switchboard_proto::v1::{ClientMessage, ErrorReason, ServerMessage};

type Names = BTreeSet<String>;

/// The document: headings of the second level, below each its headings of the third, and the text below those.
/// Text directly below one of the second level stands under "".
fn document() -> BTreeMap<String, BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    let text = std::fs::read_to_string(path).expect("docs/protocol.md is there");
    let mut document: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let (mut chapter, mut section) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (chapter, section) = (heading.to_owned(), String::new());
        } else if let Some(heading) = line.strip_prefix("### ") {
            section = heading.trim_matches('`').to_owned();
            let sections = document.entry(chapter.clone()).or_default();
            assert!(!sections.contains_key(&section), "{chapter}: two sections {section}");
        }
        let text = document.entry(chapter.clone()).or_default().entry(section.clone()).or_default();
        text.push_str(line);
        text.push('\n');
    }
    document
}

fn sections(chapter: &str) -> BTreeMap<String, String> {
    let mut sections = document().remove(chapter).unwrap_or_else(|| panic!("there is no chapter {chapter}"));
    sections.remove("");
    sections
}

/// The cells of the rows of the tables in a text, without the heads and without backquotes.
fn rows(text: &str) -> Vec<Vec<String>> {
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        if line.starts_with("| ---") {
            rows.pop();
        } else {
            rows.push(cells(line));
        }
    }
    rows
}

/// A message of the contract: the names of its fields, with the type of those that are messages.
#[derive(Default)]
struct Shape {
    fields: BTreeMap<String, Option<String>>,
    /// The fields of its oneof.
    kinds: BTreeMap<String, String>,
}

#[derive(Default)]
struct Contract {
    messages: BTreeMap<String, Shape>,
    /// Values without the one that is never sent.
    enums: BTreeMap<String, Names>,
    /// Type of each enum's field, by message.
    enum_fields: BTreeMap<String, Names>,
}

fn contract() -> Contract {
    let root = env!("CARGO_MANIFEST_DIR");
    let files = protox::compile(["switchboard/v1/client.proto"], [root]).expect("the protos compile");
    let mut contract = Contract::default();
    for file in files.file.iter().filter(|file| file.package() == "switchboard.v1") {
        for message in &file.message_type {
            let mut shape = Shape::default();
            for field in &message.field {
                let kind = field.type_name.as_deref().and_then(|name| name.strip_prefix(".switchboard.v1."));
                let (name, kind) = (field.json_name().to_owned(), kind.map(str::to_owned));
                match (field.oneof_index, kind) {
                    (Some(_), Some(kind)) => drop(shape.kinds.insert(name, kind)),
                    (_, kind) => {
                        let enums = contract.enum_fields.entry(message.name().to_owned()).or_default();
                        enums.extend(kind.clone());
                        shape.fields.insert(name, kind);
                    }
                }
            }
            contract.messages.insert(message.name().to_owned(), shape);
        }
        for kind in &file.enum_type {
            let sent = kind.value.iter().filter(|value| value.number() != 0);
            contract
                .enums
                .insert(kind.name().to_owned(), sent.map(|value| value.name().to_owned()).collect());
        }
    }
    contract
}

/// Holds a section against the message that it describes.
fn check_fields(contract: &Contract, section: &str, text: &str, message: &str) {
    let want: Names = contract.messages[message].fields.keys().cloned().collect();
    let got: Names = rows(text).into_iter().map(|mut row| row.swap_remove(0)).collect();
    assert_eq!(got, want, "the fields of {section}");
    for kind in contract.enum_fields.get(message).into_iter().flatten() {
        // The reasons have a chapter of their own.
        for value in contract.enums.get(kind).into_iter().flatten().filter(|_| kind != "ErrorReason") {
            assert!(text.contains(&format!("`{value}`")), "{section} does not name {value}");
        }
    }
}

/// The examples in a section, each with the kind of which it is: the key that is not beside others by right.
fn examples(text: &str) -> Vec<Value> {
    let block =
        text.split("```json\n").nth(1).and_then(|behind| behind.split("```").next()).unwrap_or_default();
    block
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

/// What the program would write for what it read; equal, if no field was ignored and none has another form.
fn said_again<M: serde::Serialize + serde::de::DeserializeOwned>(example: &Value) -> Value {
    let message: M =
        serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{example}: {error}"));
    serde_json::to_value(message).expect("has a JSON form")
}

fn check_chapter(
    chapter: &str,
    message: &str,
    again: impl Fn(&Value) -> Value,
    inside: impl Fn(&Value) -> &Value,
) {
    let contract = contract();
    let kinds = &contract.messages[message].kinds;
    let sections = sections(chapter);
    assert_eq!(sections.keys().collect::<Vec<_>>(), kinds.keys().collect::<Vec<_>>(), "{chapter}");
    for (kind, text) in &sections {
        check_fields(&contract, kind, text, &kinds[kind]);
        let examples = examples(text);
        assert!(!examples.is_empty(), "{chapter}: {kind} has no example");
        for example in &examples {
            assert!(inside(example).get(kind).is_some(), "an example of {kind} is another: {example}");
            assert_eq!(again(example), *example, "an example of {kind}");
        }
    }
}

#[test]
fn what_a_browser_says() {
    check_chapter("From the browser", "ClientMessage", said_again::<ClientMessage>, |example| example);
}

#[test]
fn what_a_gateway_says() {
    check_chapter("From the gateway", "ServerMessage", said_again::<ServerMessage>, |example| example);
}

#[test]
fn what_happens_in_a_room() {
    check_chapter("Events", "Event", said_again::<ServerMessage>, |example| &example["event"]);
}

#[test]
fn what_stands_in_fields() {
    let contract = contract();
    let described: Names = ["ClientMessage", "ServerMessage", "Event"]
        .into_iter()
        .flat_map(|message| contract.messages[message].kinds.values().cloned())
        .collect();
    let fields = |message: &String| contract.messages[message].fields.values().flatten().cloned();
    let mut reached: Names = described.iter().flat_map(fields).collect();
    loop {
        reached.retain(|kind| contract.messages.contains_key(kind));
        let more: Names =
            reached.iter().flat_map(fields).filter(|kind| contract.messages.contains_key(kind)).collect();
        if more.is_subset(&reached) {
            break;
        }
        reached.extend(more);
    }
    let objects = sections("Objects");
    assert_eq!(objects.keys().cloned().collect::<Names>(), reached);
    for (object, text) in &objects {
        check_fields(&contract, object, text, object);
    }
}

#[test]
fn every_reason() {
    let reasons = (1..1_000).filter_map(|n| ErrorReason::try_from(n).ok());
    let want: BTreeSet<_> = reasons
        .map(|reason| {
            let later = if reason.is_temporary() { "yes" } else { "no" };
            (reason.name().to_owned(), format!("{:?}", reason.code()), later.to_owned())
        })
        .collect();
    let text =
        document().remove("Errors").expect("there is a chapter on errors").remove("").unwrap_or_default();
    let rows = rows(&text);
    let got: BTreeSet<_> = rows.iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect();
    assert_eq!(rows.len(), got.len(), "a reason stands twice");
    assert_eq!(got, want);
}
