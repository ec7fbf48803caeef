//! What visitors called: a table over the run, and one for each phase.

use std::collections::BTreeMap;

use harness_model::report::{OperationReport, Report};
use maud::{Markup, html};

use super::parts::{number_cell, optional_cell};
use crate::number;

/// The whole run first; each phase folded away below it.
pub fn section(report: &Report) -> Markup {
    let mut phases: Vec<&str> = Vec::new();
    for operation in &report.operations {
        if operation.phase != "all" && !phases.contains(&operation.phase.as_str()) {
            phases.push(&operation.phase);
        }
    }
    html! {
        @if !report.operations.is_empty() {
            section {
                h2 { "Operations" span class="aside" { "everything but the warm-up" } }
                (table(&report.operations, "all"))
                p class="hint" {
                    "Response time counts from the moment a request was due, and only successes; \
                     failures have a column of their own, those that were not sent among them."
                }
                @for phase in phases {
                    details {
                        summary { "Phase " (phase) }
                        (table(&report.operations, phase))
                    }
                }
            }
        }
    }
}

fn table(operations: &[OperationReport], phase: &str) -> Markup {
    html! {
        div class="wide" {
            table {
                thead {
                    tr {
                        th { "Operation" }
                        @for title in ["n", "Failed", "p50", "p90", "p95", "p99", "p99.9", "Max"] {
                            th class="num" { (title) }
                        }
                        th class="num" title="p95 of failures" { "Failing took" }
                        th { "Errors" }
                    }
                }
                tbody {
                    @for operation in operations.iter().filter(|one| one.phase == phase) {
                        (row(operation))
                    }
                }
            }
        }
    }
}

fn row(operation: &OperationReport) -> Markup {
    let failed = operation.n.saturating_sub(operation.ok);
    let share = match operation.n {
        0 => number::NONE.to_owned(),
        n => number::percent(failed as f64 / n as f64),
    };
    let times = operation.response_ms;
    let failing = operation.failure_ms;
    html! {
        tr {
            td { (operation.name) }
            (number_cell(&number::count(operation.n)))
            td class={ "num " @if failed > 0 { "bad" } } { (share) }
            @for time in [times.p50, times.p90, times.p95, times.p99, times.p999, times.max] {
                (optional_cell(time, number::ms))
            }
            (optional_cell(failing.p95.or(failing.p50).or(failing.max), number::ms))
            td class="why" { (errors(&operation.errors)) }
        }
    }
}

/// `timeout 12, refused 3`
fn errors(errors: &BTreeMap<String, u64>) -> String {
    let mut sorted: Vec<_> = errors.iter().filter(|(_, count)| **count > 0).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let written: Vec<_> = sorted
        .iter()
        .map(|(class, count)| format!("{class} {}", number::count(**count)))
        .collect();
    written.join(", ")
}
