//! The report as one page that needs nothing else: its plots are SVG in the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Latencies, Point, Report};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#1c2330;background:#fff;max-width:960px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.05rem;margin:2rem 0 .3rem}p{margin:.2rem 0;color:#5a6475}\
svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:#5a6475}\
pre{background:#f5f6f8;padding:1rem;overflow-x:auto;font-size:12px;line-height:1.45}\
.met{color:#1a7f45}.unmet{color:#c0322b;font-weight:600}.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em;border-radius:2px}\
@media(prefers-color-scheme:dark){body{background:#14181f;color:#e4e8ef}p,svg text{color:#9aa5b5;fill:#9aa5b5}pre{background:#1d232d}}";
/// Colours that also the color-blind tell apart (Okabe and Ito).
const COLORS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 62.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 10.0;

/// A line of a plot: its name, and points.
type Line = (String, Vec<(f64, f64)>);

pub(super) fn page(report: &Report) -> String {
    let plan = &report.plan;
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style><h1>{0}</h1>\
         <p>{1} rooms of {2} over {3} gateways</p><p>{4}</p>",
        escaped(&plan.name),
        plan.rooms,
        plan.people,
        plan.gateways.len(),
        escaped(&report.machine.to_string())
    );
    for verdict in &report.verdicts {
        let (class, how) = if verdict.is_met { ("met", "met") } else { ("unmet", "not met") };
        let (expected, found) = (escaped(&verdict.expected), escaped(&verdict.found));
        let _ = write!(page, "<p class=\"{class}\">{expected}: {how}: {found}</p>");
    }
    let of = |name: &str, value: fn(&Point) -> f64| {
        let points = report.points.iter().filter(|point| point.heard > 0);
        (name.to_owned(), points.map(|point| (point.at_s, value(point))).collect::<Vec<_>>())
    };
    let latencies = vec![
        of("p50", |point| point.latency.p50_ms),
        of("p90", |point| point.latency.p90_ms),
        of("p99", |point| point.latency.p99_ms),
        of("longest", |point| point.latency.max_ms),
    ];
    plot(
        &mut page,
        "Latency by the second, ms (each step is ten times the one below)",
        &latencies,
        Scale::Logarithmic,
        "s",
    );
    let told = report.points.iter().map(|point| (point.at_s, point.heard as f64)).collect();
    plot(&mut page, "Told a second", &[("told".to_owned(), told)], Scale::Linear, "s");
    let names: BTreeSet<_> = report.points.iter().flat_map(|point| point.cores.keys()).collect();
    let by_name = |value: &dyn Fn(&Point, &str) -> Option<f64>| -> Vec<Line> {
        let line = |name: &&String| {
            let points = report.points.iter().filter_map(|point| Some((point.at_s, value(point, name)?)));
            ((*name).clone(), points.collect())
        };
        names.iter().map(line).collect()
    };
    let cores = by_name(&|point, name| point.cores.get(name).copied());
    plot(&mut page, "CPU by process, cores", &cores, Scale::Linear, "s");
    let memory = by_name(&|point, name| point.rss.get(name).map(|bytes| *bytes as f64 / 1024.0 / 1024.0));
    plot(&mut page, "Resident memory by process, MiB", &memory, Scale::Linear, "s");
    let steps = report.steps.iter().filter(|step| step.histogram.count() > 0);
    let shares: Vec<Line> = steps
        .map(|step| (format!("{:.0} a second", step.rate_planned), slower_than(&step.histogram)))
        .collect();
    plot(
        &mut page,
        "Share of all that took longer, 1 in 1 to 1 in so many, by milliseconds",
        &shares,
        Scale::Logarithmic,
        "ms",
    );
    let _ = write!(page, "<h2>In numbers</h2><pre>{}</pre></html>", escaped(&report.to_string()));
    page
}

/// For each latency in ms: of how many one took longer.
fn slower_than(latencies: &Latencies) -> Vec<(f64, f64)> {
    let total = latencies.count();
    let mut at_most = 0;
    let mut points = Vec::new();
    for (us, count) in latencies.pairs() {
        let left = total - at_most;
        points.push((us as f64 / 1000.0, total as f64 / left as f64));
        at_most += count;
    }
    points
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Linear,
    Logarithmic,
}

fn plot(page: &mut String, title: &str, lines: &[Line], scale: Scale, unit: &str) {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let right = points().map(|(x, _)| *x).fold(0.0, f64::max);
    let (least, most) =
        points().fold((f64::MAX, 0.0_f64), |(least, most), (_, y)| (least.min(*y), most.max(*y)));
    if right <= 0.0 || most <= 0.0 {
        return;
    }
    let (bottom, top) = match scale {
        Scale::Linear => (0.0, most * 1.08),
        Scale::Logarithmic => (
            least.max(0.001).log10().floor(),
            most.log10().ceil().max(least.max(0.001).log10().floor() + 1.0),
        ),
    };
    let x = |value: f64| LEFT + value / right * (WIDTH - LEFT - 10.0);
    let y = |value: f64| {
        let value = if scale == Scale::Logarithmic { value.max(0.001).log10() } else { value };
        HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - BOTTOM - TOP)
    };
    let _ = write!(page, "<h2>{}</h2><p>", escaped(title));
    for ((name, _), color) in lines.iter().zip(COLORS.iter().cycle()) {
        let _ = write!(page, "<span class=\"key\" style=\"background:{color}\"></span>{}", escaped(name));
    }
    let _ = write!(
        page,
        "</p><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escaped(title)
    );
    let ticks: Vec<f64> = match scale {
        Scale::Linear => (0..=4).map(|n| top / 4.0 * f64::from(n)).collect(),
        Scale::Logarithmic => {
            (0..).map(|n| bottom + f64::from(n)).take_while(|n| *n <= top).map(|n| 10_f64.powf(n)).collect()
        }
    };
    for tick in ticks {
        let at = y(tick);
        let _ = write!(
            page,
            "<line x1=\"{LEFT}\" x2=\"{0}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#8884\"/><text x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{3}</text>",
            WIDTH - 10.0,
            LEFT - 6.0,
            at + 4.0,
            shown(tick)
        );
    }
    for n in 0..=5 {
        let value = right / 5.0 * f64::from(n);
        let _ = write!(
            page,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{} {unit}</text>",
            x(value),
            HEIGHT - 8.0,
            if n == 5 { "end" } else { "middle" },
            shown(value)
        );
    }
    for ((_, points), color) in lines.iter().zip(COLORS.iter().cycle()) {
        let _ = write!(page, "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"1.8\" points=\"");
        for (px, py) in points {
            let _ = write!(page, "{:.1},{:.1} ", x(*px), y(*py));
        }
        page.push_str("\"/>");
    }
    page.push_str("</svg>");
}

/// A number at an axis.
fn shown(value: f64) -> String {
    match value {
        value if value >= 100.0 || value == 0.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{}", (value * 10.0).round() / 10.0),
        value => format!("{}", (value * 1000.0).round() / 1000.0),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_all_that_was_seen_the_slowest_is_one_in_all() {
        let mut latencies = Latencies::default();
        for ms in 1..=100 {
            latencies.record(Duration::from_millis(ms));
        }
        let points = slower_than(&latencies);
        assert!((points[0].1 - 1.0).abs() < 1e-9);
        assert!(points.last().is_some_and(|(ms, of)| (*ms - 100.0).abs() < 0.2 && (of - 100.0).abs() < 1e-9));
    }

    #[test]
    fn what_is_typed_is_no_markup_and_no_plot_has_a_number_that_is_none() {
        let mut page = String::new();
        plot(&mut page, "a<b", &[("x".into(), vec![(0.0, 0.0), (1.0, 5.0)])], Scale::Logarithmic, "s");
        plot(&mut page, "nothing", &[("x".into(), vec![])], Scale::Linear, "s");
        assert!(
            page.contains("a&lt;b")
                && !page.contains("NaN")
                && !page.contains("inf")
                && !page.contains("nothing"),
            "{page}"
        );
    }
}
