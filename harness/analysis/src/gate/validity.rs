//! Reasons to doubt a run: a generator that was late, a fault that met no traffic, lost telemetry.

use harness_model::report::{Doubt, FaultReport, LoadDoubt, LoadReport, TelemetryReport, Validity};
use harness_model::{EventKind, RunData};

use crate::stats::order::nearest_rank;

/// The load as it was, and whether its figures can be trusted.
pub fn load(run: &RunData) -> LoadReport {
    let tally = run.tally().cloned().unwrap_or_default();
    let mut lateness: Vec<u64> = run
        .samples
        .iter()
        .map(|sample| sample.lateness_ns)
        .collect();
    lateness.sort_unstable();
    let at = |q: f64| nearest_rank(&lateness, q).map_or(0.0, |ns| ns as f64 / 1e6);
    let limit_ms = run.plan.load.lateness_limit_ns as f64 / 1e6;
    let arrived = run.samples.len() as u64;
    let doubts: Vec<LoadDoubt> = [
        (run.tally().is_none(), LoadDoubt::NoCounters),
        (
            tally.scheduled != tally.sent + tally.dropped + tally.cancelled,
            LoadDoubt::Unbalanced,
        ),
        (
            tally.samples_lost > 0 || arrived != tally.sent,
            LoadDoubt::SamplesLost { arrived },
        ),
        (at(0.99) > limit_ms, LoadDoubt::Late { limit_ms }),
        (arrived == 0, LoadDoubt::NothingSent),
    ]
    .into_iter()
    .filter_map(|(is_true, doubt)| is_true.then_some(doubt))
    .collect();
    let wall_s = tally.wall_s.max(1e-9);
    LoadReport {
        scheduled: tally.scheduled,
        sent: tally.sent,
        ok: tally.ok,
        failed: tally.failed,
        dropped: tally.dropped,
        cancelled: tally.cancelled,
        lateness_p50_ms: at(0.5),
        lateness_p99_ms: at(0.99),
        lateness_max_ms: at(1.0),
        generator_cpu: tally.cpu_s / wall_s,
        harness_cpu: run.telemetry().map_or(0.0, |tally| tally.harness_cpu_s) / wall_s,
        validity: if doubts.is_empty() {
            Validity::Valid
        } else {
            Validity::Invalid
        },
        doubts,
    }
}

/// Doubts beyond those about the load.
pub fn doubts(run: &RunData, faults: &[FaultReport], telemetry: &TelemetryReport) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = run
        .events
        .iter()
        .filter_map(|event| match &event.what {
            EventKind::Doubt { why } => Some(Doubt::Stated(why.clone())),
            EventKind::FaultFailed { fault, why } => Some(Doubt::FaultNotInjected {
                fault: fault.clone(),
                why: why.clone(),
            }),
            EventKind::Interrupted => Some(Doubt::Interrupted),
            _ => None,
        })
        .collect();
    doubts.extend(faults.iter().flat_map(unproven));
    let answered = run.samples.iter().any(|sample| sample.status != 0);
    if answered && run.spans.is_empty() && declares_tracing(run) {
        doubts.push(Doubt::NoSpans);
    }
    let minimum = run.plan.judgement.min_trace_coverage;
    if let Some(coverage) = telemetry.trace_coverage
        && coverage < minimum
        && telemetry.spans_received > 0
    {
        doubts.push(Doubt::LowTraceCoverage { coverage, minimum });
    }
    doubts
}

/// What is missing to prove that a fault was met and undone.
fn unproven(fault: &FaultReport) -> Vec<Doubt> {
    let name = || fault.name.clone();
    let mut doubts = Vec::new();
    match (fault.evidence.eligible, fault.evidence.affected) {
        (0, _) => doubts.push(Doubt::MetNoTraffic { fault: name() }),
        (eligible, 0) => doubts.push(Doubt::ChangedNothing {
            fault: name(),
            eligible,
        }),
        _ => {}
    }
    if !fault.evidence.verified {
        doubts.push(Doubt::NotSeenToHeal { fault: name() });
    }
    doubts
}

/// Whether some command of the target is given the harness's OTLP endpoint.
fn declares_tracing(run: &RunData) -> bool {
    let services = &run.plan.target.definition.services;
    services.iter().any(|service| {
        let mut words = service.command.iter().chain(&service.route_args);
        words.any(|word| word.contains("{otlp}"))
    })
}
