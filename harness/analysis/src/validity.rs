//! Reasons to doubt a run: a generator that was late, a fault that met nobody, lost telemetry.

use harness_model::report::{FaultReport, LoadReport, TelemetryReport, Validity};
use harness_model::{EventKind, LoadTally, RunData};

/// The load as it was, and whether its figures can be trusted.
pub fn load(run: &RunData) -> LoadReport {
    let tally = run.tally();
    let mut lateness: Vec<u64> = run
        .samples
        .iter()
        .map(|sample| sample.lateness_ns)
        .collect();
    lateness.sort_unstable();
    let at = |q: f64| {
        let rank = ((lateness.len() as f64 * q).ceil() as usize).saturating_sub(1);
        lateness.get(rank).map_or(0.0, |ns| *ns as f64 / 1e6)
    };
    let mut reasons = Vec::new();
    reasons.extend(cut_short(run));
    match tally {
        Some(tally) => reasons.extend(imbalance(run, tally)),
        None if reasons.is_empty() => {
            reasons.push("the load worker did not report its books".to_owned());
        }
        None => {}
    }
    let limit_ms = run.plan.load.lateness_limit_ns as f64 / 1e6;
    if at(0.99) > limit_ms {
        reasons.push(format!(
            "the load generator was late by {:.0} ms at p99 (limit {limit_ms:.0} ms)",
            at(0.99)
        ));
    }
    if run.samples.is_empty() {
        reasons.push("no request was sent".to_owned());
    }
    let sent = run.samples.len() as u64;
    let ok = run.samples.iter().filter(|sample| sample.ok()).count() as u64;
    let wall_s = tally.map(|tally| tally.wall_s.max(1e-9));
    let cores = |cpu_s: Option<f64>| Some(cpu_s? / wall_s?);
    LoadReport {
        scheduled: tally.map(|tally| tally.scheduled),
        sent: tally.map_or(sent, |tally| tally.sent),
        ok: tally.map_or(ok, |tally| tally.ok),
        failed: tally.map_or(sent - ok, |tally| tally.failed),
        dropped: tally.map(|tally| tally.dropped),
        cancelled: tally.map(|tally| tally.cancelled),
        lateness_p50_ms: at(0.5),
        lateness_p99_ms: at(0.99),
        lateness_max_ms: at(1.0),
        generator_cpu: cores(tally.map(|tally| tally.cpu_s)),
        harness_cpu: cores(run.telemetry().map(|tally| tally.harness_cpu_s)),
        validity: if reasons.is_empty() {
            Validity::Valid
        } else {
            Validity::Invalid
        },
        reasons,
    }
}

/// Why the run ended before it was done, if it did.
fn cut_short(run: &RunData) -> Option<String> {
    if let Some((_, why)) = run.failure() {
        return why.lines().next().map(str::to_owned);
    }
    if !run.is_unfinished() {
        return None;
    }
    let last = run.samples.iter().map(|sample| sample.done).max();
    let until = match last {
        Some(last) => format!("samples until second {:.1}", last.secs_f64()),
        None => "no samples".to_owned(),
    };
    Some(format!(
        "the run is unfinished, with {until}: its harness was killed or still runs"
    ))
}

/// What the worker's counts and the samples contradict each other in.
fn imbalance(run: &RunData, tally: &LoadTally) -> Vec<String> {
    let mut reasons = Vec::new();
    if tally.scheduled != tally.sent + tally.dropped + tally.cancelled {
        reasons.push(format!(
            "the books of the load do not balance: {} scheduled, {} sent, {} dropped, {} cancelled",
            tally.scheduled, tally.sent, tally.dropped, tally.cancelled
        ));
    }
    if tally.samples_lost > 0 || run.samples.len() as u64 != tally.sent {
        reasons.push(format!(
            "{} of {} samples arrived",
            run.samples.len(),
            tally.sent
        ));
    }
    reasons
}

/// Doubts beyond the load itself.
pub fn doubts(run: &RunData, faults: &[FaultReport], telemetry: &TelemetryReport) -> Vec<String> {
    let mut doubts = Vec::new();
    for event in &run.events {
        match &event.what {
            EventKind::Doubt { why } => doubts.push(why.clone()),
            EventKind::FaultFailed { fault, why } => {
                doubts.push(format!("fault {fault} could not be injected: {why}"));
            }
            EventKind::Interrupted => doubts.push("the run was interrupted".to_owned()),
            _ => {}
        }
    }
    for fault in faults {
        // What it met is told when it is healed; a run that was cut short may never have got there.
        if fault.healed_s.is_none() && cut_short(run).is_some() {
            continue;
        }
        match (fault.evidence.eligible, fault.evidence.affected) {
            (0, _) => doubts.push(format!("fault {} met no traffic", fault.name)),
            (met, 0) => doubts.push(format!(
                "fault {} changed none of the {met} exchanges that it met: it was too weak or too \
                 short, or there was too little load",
                fault.name
            )),
            _ => {}
        }
        if !fault.evidence.verified {
            doubts.push(format!(
                "fault {} could not be seen to be undone",
                fault.name
            ));
        }
    }
    let answered = run.samples.iter().any(|sample| sample.status != 0);
    if answered && run.spans.is_empty() && declares_tracing(run) {
        doubts.push(
            "the target is told where to send its spans, but not one arrived: nothing is known of \
             its inside"
                .to_owned(),
        );
    }
    let minimum = run.plan.judgement.min_trace_coverage;
    if let Some(coverage) = telemetry.trace_coverage
        && coverage < minimum
        && telemetry.spans_received > 0
    {
        doubts.push(format!(
            "only {:.1} % of the answered requests have a trace (minimum {:.1} %)",
            coverage * 100.0,
            minimum * 100.0
        ));
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
