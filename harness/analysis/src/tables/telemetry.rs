//! How much of what happened the telemetry saw.

use harness_model::report::{Overhead, TelemetryReport};
use harness_model::{RunData, SpanKind};

use crate::traces::forest::Forest;
use crate::traces::node::Trace;

/// Coverage: of the requests that the target answered, the share whose trace holds the span of the
/// service that answered.
pub fn report(run: &RunData, forest: &Forest<'_>) -> TelemetryReport {
    let tally = run.telemetry();
    let entered = |trace: u128| {
        let trace = forest.find(trace).map(|index| &forest.traces[index]);
        trace.is_some_and(|trace| {
            let mut nodes = trace.from..trace.to;
            nodes.any(|node| forest.span(node).kind == SpanKind::Server)
        })
    };
    let answered = run.samples.iter().filter(|sample| sample.status != 0);
    let (mut all, mut covered) = (0_u64, 0_u64);
    for sample in answered {
        all += 1;
        covered += u64::from(entered(sample.trace));
    }
    let wall_s = run.tally().map(|tally| tally.wall_s.max(1e-9));
    let harness_cpu_s = tally.map(|tally| tally.harness_cpu_s);
    TelemetryReport {
        spans_received: tally.map_or(run.spans.len() as u64, |tally| tally.spans_received),
        spans_dropped: tally.map(|tally| tally.spans_dropped),
        spans_lost_with_killed: tally.map(|tally| tally.spans_lost_with_killed),
        trace_coverage: (all > 0).then(|| covered as f64 / all as f64),
        incomplete_share: incomplete(forest),
        scrapes_ok: tally.map(|tally| tally.scrapes_ok),
        scrapes_failed: tally.map(|tally| tally.scrapes_failed),
        overhead: Overhead {
            spans_per_request: run.spans.len() as f64 / (run.samples.len().max(1)) as f64,
            harness_cpu: harness_cpu_s
                .zip(wall_s)
                .map(|(cpu_s, wall_s)| cpu_s / wall_s),
        },
    }
}

/// Share of traces in which a span has a parent that never arrived. The load generator's own span,
/// the parent of the entry span, is not exported: one missing parent a trace is its.
fn incomplete(forest: &Forest<'_>) -> Option<f64> {
    let broken = forest.traces.iter();
    let broken = broken.filter(|trace| lacks_parents(forest, trace)).count();
    (!forest.traces.is_empty()).then(|| broken as f64 / forest.traces.len() as f64)
}

/// Whether two parents or more are missing in a trace. Spans without theirs are under the root.
fn lacks_parents(forest: &Forest<'_>, trace: &Trace) -> bool {
    let top = |node: &u32| *node == trace.from || forest.node(*node).adopted;
    let mut wanted: Vec<u64> = (trace.from..trace.to)
        .filter(top)
        .map(|node| forest.span(node).parent)
        .filter(|parent| *parent != 0)
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.len() < 2 {
        return false;
    }
    // Of spans that went round in a circle, the parents are there.
    for node in trace.from..trace.to {
        if let Ok(found) = wanted.binary_search(&forest.span(node).id) {
            wanted.remove(found);
        }
    }
    wanted.len() > 1
}

#[cfg(test)]
mod tests {
    use harness_model::{Offset, Span, Spans, Sym};

    use super::*;

    fn span(trace: u128, id: u64, parent: u64) -> Span {
        Span {
            trace,
            id,
            parent,
            service: Sym(1),
            instance: Sym::NONE,
            name: Sym::NONE,
            kind: SpanKind::Server,
            start: Offset(id as i64),
            end: Offset(100),
            failed: false,
            error_type: Sym::NONE,
            peer: Sym::NONE,
            http_status: 200,
            resend: 0,
        }
    }

    #[test]
    fn one_missing_parent_is_the_load_generator_and_a_second_one_was_lost() {
        let whole = [span(1, 1, 99), span(1, 2, 1), span(1, 3, 99)];
        let lost = [span(2, 1, 99), span(2, 3, 2)];
        let circle = [span(3, 1, 99), span(3, 2, 3), span(3, 3, 2)];
        let spans: Spans = whole.into_iter().chain(lost).chain(circle).collect();
        assert_eq!(incomplete(&Forest::of(&spans)), Some(1.0 / 3.0));
        assert_eq!(incomplete(&Forest::of(&Spans::default())), None);
    }
}
