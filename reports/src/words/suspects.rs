//! Who is suspected, and what indicates it.

use harness_model::Edge;
use harness_model::report::{Comparison, Indication, Resource, Suspect, WaterfallRow};

/// The blamed process, or the blamed call path.
pub fn suspect(suspect: &Suspect) -> String {
    match &suspect.edge {
        Some(edge) => edge.to_string().replace("->", "→"),
        None => suspect.service.clone(),
    }
}

/// A sentence for each indication.
pub fn indications(suspect: &Suspect) -> Vec<String> {
    suspect.why.iter().map(indication).collect()
}

fn indication(indication: &Indication) -> String {
    match indication {
        Indication::Unanswered { edge, calls } => calls_that(edge, calls, "had no answer"),
        Indication::HeldBack { edge, calls } => calls_that(
            edge,
            calls,
            "were held back by an open breaker or a full bulkhead",
        ),
        Indication::SlowPath {
            edge,
            ms,
            baseline_ms,
        } => format!(
            "calls from {} to {} spent {ms:.1} ms on the way (median; baseline {baseline_ms:.1} \
             ms)",
            edge.caller, edge.callee
        ),
        Indication::FailedFirst { service, requests } => format!(
            "in {:.0} of {} requests the failure began in {service} {}",
            requests.count,
            requests.of,
            baseline(requests)
        ),
        Indication::OwnTime { ms, baseline_ms } => format!(
            "it took {ms:.1} ms of its own for each request it served (mean; baseline \
             {baseline_ms:.1} ms)"
        ),
        Indication::MissingReadings(readings) => format!(
            "{:.0} of {} readings of its metrics had no answer {}",
            readings.count,
            readings.of,
            baseline(readings)
        ),
        Indication::NewProcess => {
            "its counters began again from zero: it is a new process".to_owned()
        }
        Indication::UsesMore {
            resource,
            from,
            to,
            deviations,
        } => {
            let (what, unit) = match resource {
                Resource::Cpu => ("its processor use", "cores"),
                Resource::Memory => ("its memory", "MB"),
                Resource::RequestsInFlight => ("its requests under way", "requests"),
            };
            format!(
                "{what} rose from {from:.2} to {to:.2} {unit} ({deviations:.0} robust deviations)"
            )
        }
    }
}

fn calls_that(edge: &Edge, calls: &Comparison, what: &str) -> String {
    format!(
        "{:.0} of {} calls from {} to {} {what} {}",
        calls.count,
        calls.of,
        edge.caller,
        edge.callee,
        baseline(calls)
    )
}

/// `(baseline 0 of 120)`
fn baseline(comparison: &Comparison) -> String {
    format!(
        "(baseline {:.0} of {})",
        comparison.baseline_count, comparison.baseline_of
    )
}

/// The name of a span, marked where its place in the trace is a guess.
pub fn span_name(row: &WaterfallRow) -> String {
    if row.adopted {
        return format!("{} (its parent is missing)", row.name);
    }
    row.name.clone()
}
