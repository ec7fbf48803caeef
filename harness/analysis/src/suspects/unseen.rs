//! What the telemetry did not show of the time in question.
//!
//! It must not know who is suspected.

use std::collections::BTreeMap;

use harness_model::Sym;
use harness_model::metric::MetricPoint;
use harness_model::report::{Blind, Comparison, Unseen};

use super::call_stats::{CallStats, Calls};
use super::health::Health;
use super::observations::Observations;
use crate::run::windows::{Window, Windows};

/// Less than this share unseen is not worth a word.
const MATERIAL: f64 = 0.05;
/// With fewer things due, a share says nothing.
const ENOUGH: u64 = 3;

/// Everything that at least a twentieth is missing of, services by name.
pub fn unseen(
    seen: &Observations<'_>,
    windows: &Windows,
    calls: &Calls,
    health: &BTreeMap<Sym, Health>,
) -> Vec<Blind> {
    let mut blind = Vec::new();
    let [before, during] = [&calls.before, &calls.during].map(answers);
    for (service, (count, of)) in during {
        let (baseline_count, baseline_of) = before.get(&service).copied().unwrap_or_default();
        let comparison = Comparison {
            count: count as f64,
            of,
            baseline_count: baseline_count as f64,
            baseline_of,
        };
        add(&mut blind, seen, Some(service), Unseen::Calls(comparison));
    }
    for (service, lost, ended) in lost_spans(seen, &windows.during) {
        let what = Unseen::Spans { lost, ended };
        add(&mut blind, seen, Some(service), what);
    }
    for (service, health) in health.iter().filter(|(_, health)| !health.gone()) {
        let comparison = Comparison {
            count: health.missed as f64,
            of: health.due,
            baseline_count: health.missed_before as f64,
            baseline_of: health.due_before,
        };
        add(
            &mut blind,
            seen,
            Some(*service),
            Unseen::Readings(comparison),
        );
    }
    let comparison = Comparison {
        count: calls.during.incomplete as f64,
        of: calls.during.traces,
        baseline_count: calls.before.incomplete as f64,
        baseline_of: calls.before.traces,
    };
    add(&mut blind, seen, None, Unseen::Traces(comparison));
    blind.sort_by(|a, b| a.service.cmp(&b.service));
    blind
}

fn add(blind: &mut Vec<Blind>, seen: &Observations<'_>, service: Option<Sym>, what: Unseen) {
    let of = match &what {
        Unseen::Calls(one) | Unseen::Readings(one) | Unseen::Traces(one) => one.of,
        Unseen::Spans { ended, .. } => *ended as u64,
    };
    let service = service.map(|service| seen.name(service).to_owned());
    let one = Blind { service, what };
    if of >= ENOUGH && one.share() >= MATERIAL {
        blind.push(one);
    }
}

/// Callee -> calls that it answered and left no span of, and all that it answered. A service that
/// never leaves any is not counted: nothing was promised.
fn answers(stats: &CallStats) -> BTreeMap<Sym, (u64, u64)> {
    let mut answers: BTreeMap<Sym, (u64, u64)> = BTreeMap::new();
    for (edge, stats) in &stats.edges {
        let of = answers.entry(edge.callee).or_default();
        of.0 += stats.unseen;
        of.1 += stats.unseen + stats.answered;
    }
    answers
}

/// Services with the spans that they gave up on, and all that they ended.
fn lost_spans(seen: &Observations<'_>, window: &Window) -> Vec<(Sym, f64, f64)> {
    let symbol = |name: &Option<String>| seen.strings.find(name.as_deref()?);
    let (ended, dropped) = (
        symbol(&seen.names.spans_ended),
        symbol(&seen.names.spans_dropped),
    );
    let (Some(ended), Some(dropped)) = (ended, dropped) else {
        return Vec::new();
    };
    let same = |a: &MetricPoint, b: &MetricPoint| {
        let series =
            |point: &MetricPoint| (point.service, point.metric, point.labels, point.instance);
        series(a) == series(b)
    };
    let mut services: BTreeMap<Sym, (f64, f64)> = BTreeMap::new();
    for series in seen.metrics.chunk_by(same) {
        let of = match series[0].metric {
            metric if metric == ended => 1,
            metric if metric == dropped => 0,
            _ => continue,
        };
        let within = series.windows(2).filter(|pair| window.holds(pair[1].at));
        let grown: f64 = within
            .map(|pair| (pair[1].value - pair[0].value).max(0.0))
            .sum();
        let service = services.entry(series[0].service).or_default();
        if of == 0 {
            service.0 += grown;
        } else {
            service.1 += grown;
        }
    }
    services
        .into_iter()
        .map(|(service, (lost, ended))| (service, lost, ended))
        .collect()
}
