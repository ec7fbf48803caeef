//! What was observed of the measure of a budget: a value, its interval, and how many samples.
//!
//! It must not know limits.

use harness_model::plan::{Budget, Measure, PhaseKind, Subject};
use harness_model::report::FaultReport;
use harness_model::{Phase, RunData, Sample, Span, SpanKind};

use crate::run::moments::warmup_end;
use crate::run::samples::group;
use crate::stats::latencies::Latencies;
use crate::stats::normal::two_sided;
use crate::stats::order::enough;
use crate::stats::proportions::wilson;
use crate::traces::forest::Forest;

/// What was observed of one measure.
pub struct Observed {
    pub observed: Option<f64>,
    pub ci: [Option<f64>; 2],
    pub n: u64,
    /// Enough samples to judge.
    pub enough: bool,
    /// The observed value is only a lower bound.
    pub censored: bool,
}

pub fn observe(
    run: &RunData,
    forest: &Forest<'_>,
    budget: &Budget,
    faults: &[FaultReport],
) -> Observed {
    match &budget.of {
        Subject::Fault(name) => of_fault(budget.measure, faults.iter().find(|f| f.name == *name)),
        Subject::Service(name) => of_service(run, forest, name, budget),
        _ => of_samples(run, budget),
    }
}

fn of_fault(measure: Measure, fault: Option<&FaultReport>) -> Observed {
    let injected = fault.filter(|fault| fault.healed_s.is_some());
    let value = injected.and_then(|fault| match measure {
        Measure::Recovery => fault.recovery_s,
        Measure::Detection => fault.detection_s,
        Measure::Dip => Some(fault.dip_s),
        _ => Some(fault.lost),
    });
    let censored = measure == Measure::Recovery && injected.is_some_and(|fault| fault.censored);
    Observed {
        observed: value,
        ci: [value, if censored { None } else { value }],
        n: u64::from(value.is_some()),
        enough: true,
        censored,
    }
}

fn of_samples(run: &RunData, budget: &Budget) -> Observed {
    let warm = warmup_end(run);
    let z = two_sided(run.plan.judgement.confidence);
    let phase = |sample: &Sample| match run.plan.phases.get(usize::from(sample.phase)) {
        Some(phase) if !budget.within.is_empty() => budget.within.contains(&phase.name),
        _ => sample.intended >= warm,
    };
    let named = |sample: &Sample| {
        let operation = run.strings.name(sample.operation);
        match &budget.of {
            Subject::Operation(name) => operation == name,
            Subject::Group(name) => group(run, operation) == name,
            _ => true,
        }
    };
    let chosen = run
        .samples
        .iter()
        .filter(|sample| phase(sample) && named(sample));
    match budget.measure.quantile() {
        Some(q) => {
            let mut latencies = Latencies::default();
            chosen
                .filter(|sample| sample.ok())
                .for_each(|s| latencies.record_ns(s.response_ns()));
            of_latencies(&latencies, q, z)
        }
        None => {
            let (mut n, mut failed) = (0, 0);
            for sample in chosen {
                n += 1;
                failed += u64::from(!sample.ok());
            }
            share_or_rate(budget.measure, n, failed, covered_s(run, budget), z)
        }
    }
}

/// What a service answered, and the calls to it that nobody answered: otherwise a service that
/// cannot be reached would look like one without errors.
fn of_service(run: &RunData, forest: &Forest<'_>, name: &str, budget: &Budget) -> Observed {
    let warm = warmup_end(run);
    let z = two_sided(run.plan.judgement.confidence);
    let service = run.strings.find(name);
    let phases = &run.plan.phases;
    let within = |span: &Span| match phases.get(run.plan.phase_at(span.start)) {
        Some(phase) if !budget.within.is_empty() => budget.within.contains(&phase.name),
        _ => span.start >= warm,
    };
    let (mut latencies, mut n, mut failed) = (Latencies::default(), 0, 0);
    for node in 0..forest.nodes.len() as u32 {
        let span = forest.span(node);
        let served = span.kind == SpanKind::Server && Some(span.service) == service;
        let called = span.kind == SpanKind::Client && Some(span.peer) == service;
        let unanswered = called && span.failed && forest.answerer(node).is_none();
        if !(served || unanswered) || !within(&span) {
            continue;
        }
        n += 1;
        if span.failed {
            failed += 1;
        } else {
            latencies.record_ns(span.duration_ns());
        }
    }
    match budget.measure.quantile() {
        Some(q) => of_latencies(&latencies, q, z),
        None => share_or_rate(budget.measure, n, failed, covered_s(run, budget), z),
    }
}

fn of_latencies(latencies: &Latencies, q: f64, z: f64) -> Observed {
    let observed = if q >= 1.0 || enough(latencies.n(), q) {
        latencies.quantile_ms(q)
    } else {
        (latencies.n() > 0)
            .then(|| latencies.interval_ms(q, 0.0)[0])
            .flatten()
    };
    Observed {
        observed,
        ci: if q >= 1.0 {
            [observed, observed]
        } else {
            latencies.interval_ms(q, z)
        },
        n: latencies.n(),
        enough: q >= 1.0 || enough(latencies.n(), q),
        censored: false,
    }
}

/// A share with Wilson's interval, or a rate of successes with that of a Poisson count,
/// `n ± z sqrt(n)`.
fn share_or_rate(measure: Measure, n: u64, failed: u64, seconds: f64, z: f64) -> Observed {
    let nothing = n == 0;
    let (observed, ci) = if measure == Measure::ErrorRate {
        let share = failed as f64 / (n.max(1)) as f64;
        (share, wilson(failed, n, z).map(Some))
    } else {
        let ok = (n - failed) as f64;
        let bound = |sign: f64| Some(((ok + sign * z * ok.sqrt()) / seconds).max(0.0));
        (ok / seconds, [bound(-1.0), bound(1.0)])
    };
    Observed {
        observed: (!nothing).then_some(observed),
        ci: if nothing { [None, None] } else { ci },
        n,
        enough: n >= 10,
        censored: false,
    }
}

/// Seconds of the phases that a budget is judged in; of a run that was cut short, those it had.
fn covered_s(run: &RunData, budget: &Budget) -> f64 {
    let to = |phase: &Phase| match run.tally() {
        Some(_) => phase.to,
        None => phase.to.min(run.load_end()),
    };
    let counted = run
        .plan
        .phases
        .iter()
        .filter(|phase| match budget.within.is_empty() {
            true => phase.kind != PhaseKind::Warmup,
            false => budget.within.contains(&phase.name),
        });
    let seconds: f64 = counted
        .map(|phase| (to(phase) - phase.from).secs_f64().max(0.0))
        .sum();
    seconds.max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_no_share() {
        let nothing = share_or_rate(Measure::ErrorRate, 0, 0, 1.0, 1.96);
        assert_eq!((nothing.observed, nothing.ci), (None, [None, None]));
    }
}
