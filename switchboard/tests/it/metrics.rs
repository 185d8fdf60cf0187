//! What is told of metrics is what there is, and their names are as Prometheus' conventions want them.

use switchboard_metrics::{Kind, Unit};

use super::metrics_page::page;

#[test]
fn the_page_of_metrics_is_of_today() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page(), "docs/metrics.md is stale: run `make gen`");
}

#[test]
fn names_follow_the_conventions() {
    let all = [switchboard_gateway::metrics::declared(), switchboard_roomsvc::metrics::declared()].concat();
    assert!(all.len() > 80, "{}", all.len());
    for metric in all {
        let name = &metric.name;
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.starts_with("switchboard_") || name.starts_with("process_"), "{name}");
        assert!(name.chars().all(is_plain) && !name.contains("__"), "{name}");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        if metric.unit != Unit::None {
            assert!(name.trim_end_matches("_total").ends_with(metric.unit.name()), "{name}");
        }
        for suffix in ["_count", "_sum", "_bucket"] {
            assert!(!name.ends_with(suffix), "{name}: that is a histogram's");
        }
        assert!(!metric.help.is_empty() && !metric.help.ends_with('.'), "{name}: {}", metric.help);
        for (label, values) in metric.labels {
            assert!(label.chars().all(is_plain), "{name}: {label}");
            // All that labels can make: what a process may cost whoever collects.
            assert!(values.len() <= 1_024, "{name}: {label} has {} values", values.len());
        }
    }
}
