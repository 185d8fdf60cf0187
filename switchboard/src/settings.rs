//! From what was typed to what is meant.
//!
//! Two steps: [`low`] keeps flags, variables and the file as text, `high` turns the text into types and collects
//! every mistake, so that a start with three mistakes tells three. A flag is stronger than a variable, a variable than
//! the file, the file than the default.

pub(crate) mod access;
pub(crate) mod address;
pub(crate) mod document;
pub(crate) mod flags;
pub(crate) mod given;
pub(crate) mod high;
pub(crate) mod low;
mod mutual;
#[cfg(test)]
mod tests;

use std::fmt;

/// What is wrong with the settings, all of it.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Vec<String>);

impl Mistakes {
    /// Takes one more: where it came from and what is wrong.
    pub(crate) fn add(&mut self, source: &(impl fmt::Display + ?Sized), what: impl fmt::Display) {
        self.0.push(format!("{source}: {what}"));
    }

    /// Each as a line.
    pub(crate) fn lines(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Mistakes {
    /// All of them, below who can't go on for them.
    pub(crate) fn as_text(&self, who: &str) -> String {
        let count = self.0.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        let listed: String = self.0.iter().map(|mistake| format!("\n  {mistake}")).collect();
        format!("{who}: {count} {noun} in its settings{listed}")
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text("switchboard can't start"))
    }
}
