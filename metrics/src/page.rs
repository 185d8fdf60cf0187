//! The table of docs/metrics.md.

use std::fmt::Write as _;

use crate::registry::Declared;

/// Values of a label that are written out; of more, the first ones are.
const VALUES_MAX: usize = 12;

/// A row each, in Markdown.
#[must_use]
pub fn table(declared: &[Declared]) -> String {
    let mut out = String::from("| name | kind | labels | what |\n| --- | --- | --- | --- |\n");
    for Declared { name, kind, labels, help, .. } in declared {
        let labels: Vec<_> = labels.iter().map(|(name, values)| label(name, values)).collect();
        // Writing into a string does not fail.
        let _ = writeln!(out, "| `{name}` | {} | {} | {help} |", kind.name(), labels.join("; "));
    }
    out
}

fn label(name: &str, values: &[String]) -> String {
    let shown: Vec<_> = values.iter().take(VALUES_MAX).map(|value| format!("`{value}`")).collect();
    match values.len() {
        0 => format!("`{name}`"),
        more if more > VALUES_MAX => format!("`{name}`: {}, … ({more})", shown.join(", ")),
        _ => format!("`{name}`: {}", shown.join(", ")),
    }
}
