//! How much of what happened the telemetry saw.

use std::collections::{HashMap, HashSet};

use harness_model::report::{Overhead, TelemetryReport};
use harness_model::{RunData, SpanKind};

/// Coverage: of the requests that the target answered, the share whose trace holds the span of the
/// service that answered.
pub fn report(run: &RunData) -> TelemetryReport {
    let tally = run.telemetry().cloned().unwrap_or_default();
    let entered: HashSet<u128> = run
        .spans
        .iter()
        .filter(|span| span.kind == SpanKind::Server)
        .map(|span| span.trace)
        .collect();
    let answered = run.samples.iter().filter(|sample| sample.status != 0);
    let (mut all, mut covered) = (0_u64, 0_u64);
    for sample in answered {
        all += 1;
        covered += u64::from(entered.contains(&sample.trace));
    }
    let wall_s = run.tally().map_or(0.0, |tally| tally.wall_s).max(1e-9);
    TelemetryReport {
        spans_received: tally.spans_received,
        spans_dropped: tally.spans_dropped,
        spans_lost_with_killed: tally.spans_lost_with_killed,
        trace_coverage: (all > 0).then(|| covered as f64 / all as f64),
        incomplete_share: incomplete(run),
        scrapes_ok: tally.scrapes_ok,
        scrapes_failed: tally.scrapes_failed,
        overhead: Overhead {
            spans_per_request: run.spans.len() as f64 / (run.samples.len().max(1)) as f64,
            harness_cpu: tally.harness_cpu_s / wall_s,
        },
    }
}

/// Share of traces in which a span has a parent that never arrived. The load generator's own span,
/// the parent of the entry span, is not exported: one missing parent a trace is its.
fn incomplete(run: &RunData) -> Option<f64> {
    let known: HashSet<(u128, u64)> = run.spans.iter().map(|span| (span.trace, span.id)).collect();
    let traces: HashSet<u128> = run.spans.iter().map(|span| span.trace).collect();
    let mut root: HashMap<u128, u64> = HashMap::new();
    let mut broken: HashSet<u128> = HashSet::new();
    for span in &run.spans {
        let orphan = span.parent != 0 && !known.contains(&(span.trace, span.parent));
        if orphan && *root.entry(span.trace).or_insert(span.parent) != span.parent {
            broken.insert(span.trace);
        }
    }
    (!traces.is_empty()).then(|| broken.len() as f64 / traces.len() as f64)
}
