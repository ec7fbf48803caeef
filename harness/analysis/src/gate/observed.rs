//! What was observed of the measure of a budget: a value, its interval, and how many samples.
//!
//! It must not know limits.

use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::FaultReport;
use harness_model::{RunData, Sample, Span, SpanKind};

use super::scope::Scope;
use crate::stats::estimates::{Allowance, Answer, Estimate, failures, quantile, rate};
use crate::traces::forest::Forest;

/// What was observed of one measure.
pub struct Observed {
    /// Infinite for a quantile that lies among the failures, and so are its bounds.
    pub observed: Option<f64>,
    pub ci: [Option<f64>; 2],
    pub n: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The observed value is only a lower bound.
    pub censored: bool,
}

const NOTHING: Observed = Observed {
    observed: None,
    ci: [None, None],
    n: 0,
    failed: 0,
    censored: false,
};

/// Requests, and how long each is taken to have been answered after it was due.
pub struct Due<I> {
    pub requests: I,
    pub took_ns: fn(&Sample) -> u64,
}

/// Of the requests that were due, or of the spans or the fault that the budget is about.
pub fn observe<'a, I: Iterator<Item = &'a Sample> + Clone>(
    run: &'a RunData,
    forest: &Forest<'_>,
    budget: &Budget,
    faults: &[FaultReport],
    due: Due<I>,
) -> Observed {
    let scope = Scope::of(run, budget);
    match &budget.of {
        Subject::Fault(name) => of_fault(budget.measure, faults.iter().find(|f| f.name == *name)),
        Subject::Service(name) => of_service(run, forest, name, budget, &scope),
        _ => of_samples(run, budget, &scope, due),
    }
}

fn of_fault(measure: Measure, fault: Option<&FaultReport>) -> Observed {
    let injected = fault.filter(|fault| fault.healed_s.is_some());
    let value = injected.and_then(|fault| match measure {
        Measure::Recovery => fault.recovery_s,
        Measure::Detection => fault.first_harm_s,
        Measure::Dip => Some(fault.dip_s),
        Measure::Lost => Some(fault.lost),
        Measure::P50
        | Measure::P90
        | Measure::P95
        | Measure::P99
        | Measure::P999
        | Measure::Max
        | Measure::ErrorRate
        | Measure::Throughput => None,
    });
    let censored = measure == Measure::Recovery && injected.is_some_and(|fault| fault.censored);
    Observed {
        observed: value,
        ci: [value, if censored { None } else { value }],
        n: u64::from(value.is_some()),
        censored,
        ..NOTHING
    }
}

fn of_samples<'a, I: Iterator<Item = &'a Sample> + Clone>(
    run: &'a RunData,
    budget: &Budget,
    scope: &Scope<'_>,
    due: Due<I>,
) -> Observed {
    let Due { requests, took_ns } = due;
    let chosen = requests.filter(|sample| scope.holds_due(sample) && scope.names(sample));
    let n = chosen.clone().count() as u64;
    let answers = chosen.map(|sample| Answer {
        at_ns: sample.intended.ns(),
        took_ns: sample.ok().then(|| took_ns(sample)),
    });
    let good = run.samples.iter().filter(|sample| sample.ok());
    let done = good.filter(|sample| scope.holds(sample.done) && scope.names(sample));
    let done = done.map(|sample| sample.done.ns());
    of_answers(run, budget, scope, answers, n, done)
}

/// What a service answered, and the calls to it that nobody answered: otherwise a service that
/// cannot be reached would look like one without errors.
fn of_service(
    run: &RunData,
    forest: &Forest<'_>,
    name: &str,
    budget: &Budget,
    scope: &Scope<'_>,
) -> Observed {
    let service = run.strings.find(name);
    let all = (0..forest.nodes.len() as u32).filter(|&node| {
        let span = forest.span(node);
        let served = span.kind == SpanKind::Server && Some(span.service) == service;
        let called = span.kind == SpanKind::Client && Some(span.peer) == service;
        served || (called && span.failed && forest.answerer(node).is_none())
    });
    let spans = all.map(|node| forest.span(node));
    let chosen = spans.clone().filter(|span| scope.holds_span(span));
    let n = chosen.clone().count() as u64;
    let answers = chosen.map(|span: Span| Answer {
        at_ns: span.start.ns(),
        took_ns: (!span.failed).then(|| span.duration_ns()),
    });
    let done = spans.filter(|span| !span.failed && scope.holds(span.end));
    of_answers(
        run,
        budget,
        scope,
        answers,
        n,
        done.map(|span| span.end.ns()),
    )
}

/// Latencies and failures count where a request was due, throughput where its answer was complete:
/// a target that stood still delivered nothing in that time, even if it caught up later.
fn of_answers(
    run: &RunData,
    budget: &Budget,
    scope: &Scope<'_>,
    answers: impl Iterator<Item = Answer> + Clone,
    n: u64,
    done: impl Iterator<Item = i64>,
) -> Observed {
    let allowance = Allowance {
        blocks: &scope.blocks(),
        confidence: run.plan.judgement.confidence,
    };
    let found = match budget.measure {
        Measure::P50
        | Measure::P90
        | Measure::P95
        | Measure::P99
        | Measure::P999
        | Measure::Max => budget.measure.quantile().and_then(|q| {
            let counted = |answer: &Answer| !budget.of_success || answer.took_ns.is_some();
            quantile(answers.filter(counted), q, allowance)
        }),
        Measure::ErrorRate => failures(answers, allowance),
        Measure::Throughput => (n > 0).then(|| Estimate {
            n,
            ..rate(done, scope.seconds(), allowance)
        }),
        Measure::Recovery | Measure::Detection | Measure::Dip | Measure::Lost => None,
    };
    found.map_or(NOTHING, |found| Observed {
        observed: Some(found.value),
        ci: found.interval,
        n: found.n,
        failed: found.failed,
        censored: false,
    })
}
