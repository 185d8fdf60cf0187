//! The declarations of one process part, and what they stand at as text.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::kinds::{Census, Counter, Family, Gauge, Histogram};
use crate::labels::Labels;
use crate::process::{ROWS, Sample};

/// Bounds for what takes a while, in nanoseconds: 100 µs to 10 s.
pub const LATENCY: &[u64] = &[
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only rises; `rate()` it.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Counts by bounds; `histogram_quantile()` it.
    Histogram,
}

impl Kind {
    /// As in the text format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What a metric's values are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things, of which the name tells.
    None,
    /// Seconds; histograms see nanoseconds.
    Seconds,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// As at the end of a name; empty for things.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
        }
    }
}

/// A metric as it was declared.
#[derive(Debug, Clone)]
pub struct Declared {
    /// As it is told, whole: prefix, unit and `_total` included.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What its values are of.
    pub unit: Unit,
    /// Its labels, each with its values; without any if they are names of others.
    pub labels: Vec<(&'static str, Vec<String>)>,
    /// One sentence.
    pub help: &'static str,
}

impl Declared {
    fn new(name: String, kind: Kind, unit: Unit, help: &'static str) -> Self {
        let (labels, mut name) = (Vec::new(), name);
        if unit != Unit::None && !name.ends_with(unit.name()) {
            let _ = write!(name, "_{}", unit.name());
        }
        if kind == Kind::Counter {
            name.push_str("_total");
        }
        Self { name, kind, unit, labels, help }
    }

    fn with<L: Labels>(mut self) -> Self {
        let texts: Vec<_> = (0..L::COUNT).filter_map(L::texts).collect();
        let column = |at: usize| {
            let mut values: Vec<String> = Vec::new();
            for text in texts.iter().map(|texts| texts[at].to_string()) {
                if !values.contains(&text) {
                    values.push(text);
                }
            }
            values
        };
        self.labels = L::names().into_iter().enumerate().map(|(at, name)| (name, column(at))).collect();
        self
    }
}

type Write = Box<dyn Fn(&Declared, &mut String) + Send + Sync>;

/// All metrics of one gateway or one room service. Several may live in one process.
pub struct Registry {
    prefix: &'static str,
    entries: Vec<(Declared, Write)>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({}, {} metrics)", self.prefix, self.entries.len())
    }
}

impl Registry {
    /// Empty. All names begin with `prefix` and an underscore; `version` is told as that of the program.
    #[must_use]
    pub fn new(prefix: &'static str, version: &'static str) -> Self {
        let mut registry = Self { prefix, entries: Vec::new() };
        let mut declared =
            registry.declare("build_info", Kind::Gauge, Unit::None, "1, with the program's version");
        declared.labels = vec![("version", Vec::new())];
        registry.add(declared, move |declared, out| {
            sample(out, &declared.name, "", &[("version", version.into())], 1_u64);
        });
        registry
    }

    fn declare(&self, name: &str, kind: Kind, unit: Unit, help: &'static str) -> Declared {
        Declared::new(format!("{}_{name}", self.prefix), kind, unit, help)
    }

    fn add(&mut self, declared: Declared, write: impl Fn(&Declared, &mut String) + Send + Sync + 'static) {
        debug_assert!(
            !self.entries.iter().any(|(other, _)| other.name == declared.name),
            "{}",
            declared.name
        );
        self.entries.push((declared, Box::new(write)));
    }

    /// A counter; its name is told with `_total`.
    pub fn counter(&mut self, name: &str, help: &'static str) -> Arc<Counter> {
        let counter = Arc::<Counter>::default();
        let told = Arc::clone(&counter);
        let declared = self.declare(name, Kind::Counter, Unit::None, help);
        self.add(declared, move |declared, out| sample(out, &declared.name, "", &[], told.get()));
        counter
    }

    /// A counter for each value of labels, all told from the start.
    pub fn counters<L: Labels>(&mut self, name: &str, help: &'static str) -> Family<L, Counter> {
        self.counter_family(name, help, true)
    }

    /// A counter for each value of labels, each told from its first use on: for labels of many values.
    pub fn many_counters<L: Labels>(&mut self, name: &str, help: &'static str) -> Family<L, Counter> {
        self.counter_family(name, help, false)
    }

    fn counter_family<L: Labels>(&mut self, name: &str, help: &'static str, all: bool) -> Family<L, Counter> {
        let family = Family::<L, Counter>::new(all);
        let told = family.clone();
        let declared = self.declare(name, Kind::Counter, Unit::None, help).with::<L>();
        self.add(declared, move |declared, out| {
            for (index, counter) in told.told() {
                sample(out, &declared.name, "", &labels::<L>(index), counter.get());
            }
        });
        family
    }

    /// A gauge.
    pub fn gauge(&mut self, name: &str, unit: Unit, help: &'static str) -> Arc<Gauge> {
        let gauge = Arc::<Gauge>::default();
        let told = Arc::clone(&gauge);
        let declared = self.declare(name, Kind::Gauge, unit, help);
        self.add(declared, move |declared, out| sample(out, &declared.name, "", &[], told.get()));
        gauge
    }

    /// A gauge for each value of labels, all told from the start.
    pub fn gauges<L: Labels>(&mut self, name: &str, unit: Unit, help: &'static str) -> Family<L, Gauge> {
        self.gauge_family(name, unit, help, true)
    }

    /// A gauge for each value of labels, each told from its first use on: for labels of many values.
    pub fn many_gauges<L: Labels>(&mut self, name: &str, unit: Unit, help: &'static str) -> Family<L, Gauge> {
        self.gauge_family(name, unit, help, false)
    }

    fn gauge_family<L: Labels>(
        &mut self,
        name: &str,
        unit: Unit,
        help: &'static str,
        all: bool,
    ) -> Family<L, Gauge> {
        let family = Family::<L, Gauge>::new(all);
        let told = family.clone();
        let declared = self.declare(name, Kind::Gauge, unit, help).with::<L>();
        self.add(declared, move |declared, out| {
            for (index, gauge) in told.told() {
                sample(out, &declared.name, "", &labels::<L>(index), gauge.get());
            }
        });
        family
    }

    /// How many there are by a label whose values are names of others.
    pub fn census(&mut self, name: &str, label: &'static str, help: &'static str) -> Arc<Census> {
        let census = Arc::<Census>::default();
        let told = Arc::clone(&census);
        let mut declared = self.declare(name, Kind::Gauge, Unit::None, help);
        declared.labels = vec![(label, Vec::new())];
        self.add(declared, move |declared, out| {
            for (value, count) in told.counts() {
                sample(out, &declared.name, "", &[(label, value.into_string().into())], count);
            }
        });
        census
    }

    /// A histogram with these bounds, in the order of their size; those of seconds are in nanoseconds.
    pub fn histogram(
        &mut self,
        name: &str,
        unit: Unit,
        help: &'static str,
        bounds: &'static [u64],
    ) -> Arc<Histogram> {
        let histogram = Arc::new(Histogram::new(bounds));
        let told = Arc::clone(&histogram);
        let declared = self.declare(name, Kind::Histogram, unit, help);
        self.add(declared, move |declared, out| {
            let scaled = |value: u64| match declared.unit {
                Unit::Seconds => value as f64 / 1e9,
                Unit::None | Unit::Bytes => value as f64,
            };
            let mut count = 0;
            for (bound, cumulated) in told.cumulated() {
                let bound = bound.map_or_else(|| "+Inf".into(), |bound| scaled(bound).to_string());
                sample(out, &declared.name, "_bucket", &[("le", bound.into())], cumulated);
                count = cumulated;
            }
            sample(out, &declared.name, "_sum", &[], scaled(told.sum()));
            sample(out, &declared.name, "_count", &[], count);
        });
        histogram
    }

    /// All that was declared, and what is told of the process.
    #[must_use]
    pub fn declared(&self) -> Vec<Declared> {
        let own = self.entries.iter().map(|(declared, _)| declared.clone());
        own.chain(ROWS.iter().map(|(name, rises, help, _)| {
            let kind = if *rises { Kind::Counter } else { Kind::Gauge };
            let units = [Unit::Seconds, Unit::Bytes].into_iter();
            let unit = units.into_iter().find(|unit| name.trim_end_matches("_total").ends_with(unit.name()));
            Declared {
                name: (*name).to_owned(),
                kind,
                unit: unit.unwrap_or(Unit::None),
                labels: Vec::new(),
                help,
            }
        }))
        .collect()
    }

    /// The media type of [`Self::text`].
    pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// What everything stands at, in Prometheus' text format. Looks at the process, which may take some milliseconds where
    /// it has very many descriptors.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(16 << 10);
        for (declared, write) in &self.entries {
            head(&mut out, &declared.name, declared.kind, declared.help);
            write(declared, &mut out);
        }
        let process = Sample::take();
        for (name, rises, help, value) in ROWS {
            let Some(value) = value(&process) else { continue };
            head(&mut out, name, if rises { Kind::Counter } else { Kind::Gauge }, help);
            sample(&mut out, name, "", &[], value);
        }
        out
    }
}

fn labels<L: Labels>(index: usize) -> Vec<(&'static str, Cow<'static, str>)> {
    L::names().into_iter().zip(L::texts(index).unwrap_or_default()).collect()
}

// Writing into a string does not fail.

fn head(out: &mut String, name: &str, kind: Kind, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}.\n# TYPE {name} {}", kind.name());
}

fn sample(
    out: &mut String,
    name: &str,
    suffix: &str,
    labels: &[(&'static str, Cow<'_, str>)],
    value: impl fmt::Display,
) {
    let _ = write!(out, "{name}{suffix}");
    for (at, (label, text)) in labels.iter().enumerate() {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(out, "{}{label}=\"{text}\"", if at == 0 { '{' } else { ',' });
    }
    let _ = writeln!(out, "{} {value}", if labels.is_empty() { "" } else { "}" });
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::label! {
        enum Color("color") { Red = "red", Green = "green" }
    }

    #[test]
    fn the_text_has_every_series_that_is_to_be_told() {
        let mut registry = Registry::new("test", "1.2.3");
        registry.counter("things", "Things").inc_by(3);
        let colored = registry.counters::<Color>("colored", "By color");
        colored.get(Color::Green).inc();
        colored.get(Color::Red).inc_by(2);
        registry.many_counters::<Color>("seldom", "By color").get(Color::Green).inc();
        registry.gauge("size", Unit::Bytes, "Size").set(-4);
        registry.histogram("wait", Unit::Seconds, "Wait", &[1_000_000, 2_500_000_000]).observe(500_000_000);
        registry.census("links", "to", "Links").inc("a\"b");
        let text = registry.text();
        let told: Vec<_> = text.lines().filter(|line| line.starts_with("test_")).collect();
        assert_eq!(
            told,
            [
                "test_build_info{version=\"1.2.3\"} 1",
                "test_things_total 3",
                "test_colored_total{color=\"red\"} 2",
                "test_colored_total{color=\"green\"} 1",
                "test_seldom_total{color=\"green\"} 1",
                "test_size_bytes -4",
                "test_wait_seconds_bucket{le=\"0.001\"} 0",
                "test_wait_seconds_bucket{le=\"2.5\"} 1",
                "test_wait_seconds_bucket{le=\"+Inf\"} 1",
                "test_wait_seconds_sum 0.5",
                "test_wait_seconds_count 1",
                "test_links{to=\"a\\\"b\"} 1",
            ]
        );
        for declared in registry.declared() {
            let head = format!("# TYPE {} {}\n", declared.name, declared.kind.name());
            assert_eq!(text.matches(&head).count(), 1, "{head}");
        }
    }
}
