//! `docs/operators.md` quotes what the program says: each quoted text is in the program, and each reason in the contract.

use std::path::{Path, PathBuf};

use switchboard_proto::v1::ErrorReason;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All that the program's own code says, as one text: literals that go on in the next line are put together.
fn code() -> String {
    let mut folders: Vec<_> =
        ["auth/src", "gateway/src", "proto/src", "roomsvc/src", "switchboard/src", "telemetry/src"]
            .map(|name| root().join(name))
            .into();
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).expect("is a folder").flatten() {
            let path = file.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
                text.push_str(&std::fs::read_to_string(path).expect("is a file"));
            }
        }
    }
    let mut joined = String::new();
    for (n, part) in text.split("\\\n").enumerate() {
        joined.push_str(if n == 0 { part } else { part.trim_start() });
    }
    joined
}

/// The first cells of the rows of the guide's last part.
fn symptoms(guide: &str) -> Vec<&str> {
    let (_, part) = guide.split_once("\n## Troubleshooting\n").expect("has that part");
    let rows = part.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    rows.filter_map(|row| row.trim_start_matches("| ").split(" | ").next()).collect()
}

/// What stands between two of these marks.
fn quoted(cell: &str, mark: char) -> impl Iterator<Item = &str> {
    cell.split(mark).skip(1).step_by(2)
}

/// A reason of the contract by its name, as in `ROOM_FULL`.
fn is_name(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// The pieces of a quoted text that are said as they stand: without what differs, and without close codes in brackets.
fn pieces(quote: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for c in quote.chars() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                plain.push('…');
            }
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let pieces = plain.split('…').map(|piece| piece.trim_matches([' ', ':', '*']).to_owned());
    pieces.filter(|piece| piece.contains(' ')).collect()
}

#[test]
fn what_the_guide_quotes_is_what_the_program_says() {
    let guide =
        std::fs::read_to_string(root().join("docs/operators.md")).expect("docs/operators.md is there");
    let code = code();
    let mut looked = 0;
    let mut mistakes = Vec::new();
    for cell in symptoms(&guide) {
        for quote in quoted(cell, '`') {
            looked += 1;
            if is_name(quote) {
                if ErrorReason::from_name(quote).is_none() {
                    mistakes.push(format!("{quote} is no reason of error.proto"));
                }
                continue;
            }
            mistakes.extend(pieces(quote).into_iter().filter(|piece| !code.contains(piece.as_str())));
        }
        // What `why` says stands in the rows that begin with it.
        for quote in quoted(cell, '*').filter(|_| cell.starts_with('*')) {
            looked += 1;
            mistakes.extend(pieces(quote).into_iter().filter(|piece| !code.contains(piece.as_str())));
            let named = quote.split(['(', ')']).flat_map(str::split_whitespace).filter(|word| is_name(word));
            let unknown = named.filter(|name| ErrorReason::from_name(name).is_none());
            mistakes.extend(unknown.map(|name| format!("{name} is no reason of error.proto")));
        }
    }
    assert!(mistakes.is_empty(), "not in the program: {mistakes:#?}");
    assert!(looked > 40, "{looked}");
}

#[test]
fn pieces_leave_out_what_differs() {
    assert_eq!(pieces("… was set up with … partitions"), ["was set up with"]);
    assert_eq!(pieces("(4104 PING_TIMEOUT): the client answered no ping"), ["the client answered no ping"]);
    assert!(is_name("ROOM_FULL") && !is_name("--auth") && !is_name("SIGTERM"));
}
