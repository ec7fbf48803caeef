//! Who is suspected, and what indicates it.

use harness_model::Edge;
use harness_model::report::{Comparison, Indication, Part, Resource, Suspect, WaterfallRow};

/// The blamed process, or the blamed call path.
pub fn suspect(suspect: &Suspect) -> String {
    match &suspect.edge {
        Some(edge) => edge.to_string().replace("->", "→"),
        None => match &suspect.part {
            Some(part) => format!("{} ({})", suspect.service, within(part)),
            None => suspect.service.clone(),
        },
    }
}

/// `payment/authorise`, or `payment/authorise: INSERT payments`
fn within(part: &Part) -> String {
    match &part.operation {
        Some(operation) => format!("{}: {operation}", part.unit),
        None => part.unit.clone(),
    }
}

/// A sentence for each indication.
pub fn indications(suspect: &Suspect) -> Vec<String> {
    suspect.why.iter().map(indication).collect()
}

fn indication(indication: &Indication) -> String {
    match indication {
        Indication::Unanswered { edge, calls } => calls_that(edge, calls, "had no answer"),
        Indication::HeldBack { edge, calls } => {
            calls_that(edge, calls, "were held back by their caller")
        }
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
        Indication::Untold {
            edge,
            calls,
            ms,
            expected_ms,
        } => format!(
            "{calls} calls from {} to {} took {ms:.1} ms and left no span of it (mean; those that \
             did took {expected_ms:.1} ms)",
            edge.caller, edge.callee
        ),
        Indication::StoodStill => {
            "bytes reached it and it used no processor time at all, for longer than ever before"
                .to_owned()
        }
        Indication::CutOff => {
            "its network could no longer be read, though its other figures could".to_owned()
        }
        Indication::Throttled { share } => format!(
            "it waited {:.1} % of the time for its processor quota, beyond the baseline",
            share * 100.0
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
                Resource::RequestsInFlight => ("the number of its requests in flight", "requests"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_indication_carries_its_numbers_and_those_of_the_baseline() {
        let edge = || Edge::new("order", "payment");
        let few = Comparison {
            count: 12.5,
            of: 200,
            baseline_count: 1.0,
            baseline_of: 400,
        };
        let why = vec![
            Indication::HeldBack {
                edge: edge(),
                calls: Comparison { count: 7.0, ..few },
            },
            Indication::SlowPath {
                edge: edge(),
                ms: 384.23,
                baseline_ms: 0.81,
            },
            Indication::FailedFirst {
                service: "order".to_owned(),
                requests: few,
            },
            Indication::UsesMore {
                resource: Resource::Cpu,
                from: 0.5,
                to: 0.98,
                deviations: 7.4,
            },
        ];
        let suspect = Suspect {
            service: "payment".to_owned(),
            edge: Some(edge()),
            part: None,
            score: 1.0,
            why,
        };
        assert_eq!(super::suspect(&suspect), "order \u{2192} payment");
        assert_eq!(
            indications(&suspect),
            [
                "7 of 200 calls from order to payment were held back by their caller (baseline 1 \
                 of 400)",
                "calls from order to payment spent 384.2 ms on the way (median; baseline 0.8 ms)",
                "in 12 of 200 requests the failure began in order (baseline 1 of 400)",
                "its processor use rose from 0.50 to 0.98 cores (7 robust deviations)",
            ]
        );
    }
}
