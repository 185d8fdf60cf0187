//! The report as one page.

use super::Report;

pub(super) fn page(report: &Report) -> String {
    format!("<!doctype html><title>{}</title><pre>{report}</pre>", report.plan.name)
}
