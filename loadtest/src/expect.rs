//! What a run has to show, as in `p99<2ms`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What figures are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A time, in milliseconds.
    Time,
    /// Memory, in bytes.
    Bytes,
    /// A number.
    Number,
}

/// Figures of a run by their names.
pub type Figures = BTreeMap<String, (f64, Unit)>;

/// A figure and its bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    text: String,
    name: String,
    operator: Operator,
    /// In the base of its unit.
    bound: f64,
    /// None: a plain number was typed.
    unit: Option<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
}

const OPERATORS: [(&str, Operator); 5] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Below),
    (">", Operator::Above),
    ("=", Operator::Equal),
];

const UNITS: [(&str, Unit, f64); 10] = [
    ("us", Unit::Time, 0.001),
    ("µs", Unit::Time, 0.001),
    ("ms", Unit::Time, 1.0),
    ("s", Unit::Time, 1000.0),
    ("B", Unit::Bytes, 1.0),
    ("KiB", Unit::Bytes, 1024.0),
    ("MiB", Unit::Bytes, 1024.0 * 1024.0),
    ("KB", Unit::Bytes, 1000.0),
    ("/s", Unit::Number, 1.0),
    ("", Unit::Number, 1.0),
];

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |what: &str| format!("{text}: {what}; write a figure and its bound, as in p99<2ms or lost=0");
        let found = OPERATORS.iter().find_map(|(sign, operator)| {
            text.split_once(sign).map(|(name, bound)| (name.trim(), *operator, bound.trim()))
        });
        let (name, operator, bound) = found.ok_or_else(|| wrong("it has none of < > <= >= ="))?;
        if name.is_empty() {
            return Err(wrong("it names no figure"));
        }
        let digits = bound.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(bound.len());
        let (number, unit) = bound.split_at(digits);
        let number: f64 = number.parse().map_err(|_| wrong("its bound is no number"))?;
        let unit = unit.trim();
        let known = UNITS.iter().find(|(known, ..)| *known == unit);
        let (_, kind, factor) = known.ok_or_else(|| wrong("its unit is none of us, ms, s, B, KiB, MiB"))?;
        let unit = (!unit.is_empty()).then_some(*kind);
        Ok(Self { text: text.into(), name: name.into(), operator, bound: number * factor, unit })
    }
}

/// Whether an expectation was met.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// As it was typed.
    pub expected: String,
    /// What was found, in words.
    pub found: String,
    /// Whether that is as expected.
    pub is_met: bool,
}

impl Expectation {
    /// Compares with what was found.
    #[must_use]
    pub fn judge(&self, figures: &Figures) -> Verdict {
        let expected = self.text.clone();
        let Some((found, unit)) = figures.get(&self.name).copied() else {
            let known: Vec<_> = figures.keys().map(String::as_str).collect();
            let found = format!("this run has no figure {}; it has {}", self.name, known.join(", "));
            return Verdict { expected, found, is_met: false };
        };
        let shown = Shown(found, unit).to_string();
        if self.unit.unwrap_or(Unit::Number) != unit {
            let found = format!("{shown}, and the bound has another unit, or none");
            return Verdict { expected, found, is_met: false };
        }
        let is_met = match self.operator {
            Operator::Below => found < self.bound,
            Operator::AtMost => found <= self.bound,
            Operator::Above => found > self.bound,
            Operator::AtLeast => found >= self.bound,
            Operator::Equal => (found - self.bound).abs() < 1e-9,
        };
        Verdict { expected, found: shown, is_met }
    }
}

/// A figure for people.
struct Shown(f64, Unit);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, unit) = self;
        match unit {
            Unit::Time if *value < 1.0 => write!(f, "{:.0} µs", value * 1000.0),
            Unit::Time => write!(f, "{value:.2} ms"),
            Unit::Bytes => write!(f, "{:.1} KiB", value / 1024.0),
            Unit::Number => write!(f, "{}", (value * 10.0).round() / 10.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        [
            ("p99", (2.5, Unit::Time)),
            ("cpu", (0.118, Unit::Time)),
            ("lost", (0.0, Unit::Number)),
            ("rate", (4999.6, Unit::Number)),
            ("memory.gateway", (9_830.4, Unit::Bytes)),
        ]
        .into_iter()
        .map(|(name, figure)| (name.to_owned(), figure))
        .collect()
    }

    #[test]
    fn figures_are_held_against_their_bounds() {
        let cases = [
            ("p99<3ms", true),
            ("p99<2ms", false),
            ("p99 <= 2500us", true),
            ("p99>0.001s", true),
            ("cpu<120us", true),
            ("cpu<117us", false),
            ("lost=0", true),
            ("lost>0", false),
            ("rate>=4999/s", true),
            ("memory.gateway<10KiB", true),
            ("memory.gateway<9KiB", false),
        ];
        for (text, want) in cases {
            let verdict = text.parse::<Expectation>().expect(text).judge(&figures());
            assert_eq!(verdict.is_met, want, "{verdict:?}");
        }
    }

    #[test]
    fn what_can_not_be_judged_is_not_met_and_says_why() {
        for (text, want) in
            [("p98<3ms", "it has cpu, lost,"), ("p99<3", "another unit"), ("lost<1ms", "another unit")]
        {
            let verdict = text.parse::<Expectation>().expect(text).judge(&figures());
            assert!(!verdict.is_met && verdict.found.contains(want), "{verdict:?}");
        }
        for (text, want) in [
            ("p99", "none of <"),
            ("<3ms", "names no figure"),
            ("p99<x", "no number"),
            ("p99<3 parsecs", "its unit"),
        ] {
            let error = text.parse::<Expectation>().expect_err(text);
            assert!(error.contains(want), "{error}");
        }
    }
}
