//! Reasons to doubt a run: a generator that was late, a fault that met no traffic, lost telemetry.

use harness_model::plan::Subject;
use harness_model::report::{Doubt, FaultReport, LoadDoubt, LoadReport, TelemetryReport, Validity};
use harness_model::{EventKind, LoadTally, RunData};

use super::schedule;
use crate::stats::order::nearest_rank;

/// The load as it was, and whether its figures can be trusted.
pub fn load(run: &RunData) -> LoadReport {
    let tally = run.tally();
    let lateness = run.samples.iter().map(|sample| sample.lateness_ns);
    let mut lateness: Vec<u64> = lateness.collect();
    lateness.sort_unstable();
    let at = |q: f64| nearest_rank(&lateness, q).map_or(0.0, |ns| ns as f64 / 1e6);
    let sent = run.samples.len() as u64;
    let ok = run.samples.iter().filter(|sample| sample.ok()).count() as u64;
    let schedule = schedule::report(run);
    let mut doubts = match (cut_short(run), tally) {
        (Some(doubt), _) => vec![doubt],
        (None, None) => vec![LoadDoubt::NoCounters],
        (None, Some(_)) => Vec::new(),
    };
    doubts.extend(schedule::doubts(run, schedule.as_ref()));
    doubts.extend(tally.into_iter().flat_map(|tally| imbalance(tally, sent)));
    doubts.extend(late(run, at(0.99)));
    if sent == 0 {
        doubts.push(LoadDoubt::NothingSent);
    }
    let wall_s = tally.map(|tally| tally.wall_s.max(1e-9));
    let cores = |cpu_s: Option<f64>| Some(cpu_s? / wall_s?);
    LoadReport {
        scheduled: tally.map(|tally| tally.scheduled),
        sent: tally.map_or(sent, |tally| tally.sent),
        ok: tally.map_or(ok, |tally| tally.ok),
        failed: tally.map_or(sent - ok, |tally| tally.failed),
        dropped: tally.map(|tally| tally.dropped),
        cancelled: tally.map(|tally| tally.cancelled),
        unbuilt: tally.map(|tally| tally.unbuilt),
        schedule,
        waiting: schedule::waiting(run),
        lateness_p50_ms: at(0.5),
        lateness_p99_ms: at(0.99),
        lateness_max_ms: at(1.0),
        generator_cpu: cores(tally.map(|tally| tally.cpu_s)),
        harness_cpu: cores(run.telemetry().map(|tally| tally.harness_cpu_s)),
        validity: if doubts.is_empty() {
            Validity::Valid
        } else {
            Validity::Invalid
        },
        doubts,
    }
}

/// The generator's own lateness is in every response time, and may be no more than a small part of
/// the tightest of them that has a limit.
fn late(run: &RunData, p99_ms: f64) -> Option<LoadDoubt> {
    let limit_ms = run.plan.load.lateness_limit_ns as f64 / 1e6;
    let latencies = run.plan.budgets.iter().filter(|budget| {
        let by_spans = matches!(budget.of, Subject::Service(_));
        budget.measure.quantile().is_some() && !by_spans
    });
    let tightest = latencies.map(|budget| budget.limit).reduce(f64::min);
    let spoilt = tightest.map(|budget_ms| (run.plan.judgement.tolerance * budget_ms, budget_ms));
    let (limit_ms, budget_ms) = match spoilt {
        Some((spoilt_ms, budget_ms)) if spoilt_ms < limit_ms => (spoilt_ms, Some(budget_ms)),
        _ => (limit_ms, None),
    };
    (p99_ms > limit_ms).then_some(LoadDoubt::Late {
        limit_ms,
        budget_ms,
    })
}

/// Why the run ended before it was done, if it did.
fn cut_short(run: &RunData) -> Option<LoadDoubt> {
    if let Some((_, why)) = run.failure() {
        let why = why.lines().next().unwrap_or_default().to_owned();
        return Some(LoadDoubt::RunFailed { why });
    }
    let last = run.samples.iter().map(|sample| sample.done).max();
    run.is_unfinished().then_some(LoadDoubt::Unfinished {
        samples_until_s: last.map(|last| last.secs_f64()),
    })
}

/// In what the worker's counts contradict each other and the samples.
fn imbalance(tally: &LoadTally, arrived: u64) -> Vec<LoadDoubt> {
    let mut doubts = Vec::new();
    let unsent = tally.dropped + tally.cancelled + tally.unbuilt + tally.exhausted;
    if tally.scheduled != tally.sent + unsent {
        doubts.push(LoadDoubt::Unbalanced);
    }
    if tally.samples_lost > 0 || arrived != tally.sent {
        doubts.push(LoadDoubt::SamplesLost { arrived });
    }
    doubts
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
    // What a fault met is known once it is healed, and a run that was cut short may never have got
    // there.
    let is_cut_short = cut_short(run).is_some();
    let judged = |fault: &&FaultReport| fault.healed_s.is_some() || !is_cut_short;
    doubts.extend(faults.iter().filter(judged).flat_map(unproven));
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
