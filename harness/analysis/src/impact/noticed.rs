//! When something noticed a fault: a breaker, a health check, or the error budget of the scenario.
//!
//! Each is `None` where it does not apply or nothing was noticed. It must not know what visitors
//! felt.

use harness_model::fault::FaultTarget;
use harness_model::metric::{MetricPoint, UP};
use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BreakerOpened, BudgetSpent, HealthLost, Noticed};
use harness_model::{Edge, Offset, RunData, Sample, Sym};

use crate::gate::scope::Scope;
use crate::run::windows::Window;

/// What noticed a fault on `target` between its injection and the moment from which it was no
/// longer felt. `quiet` is how long before the injection nothing must have been noticed: otherwise
/// it was not this fault that was.
pub fn noticed(run: &RunData, target: &FaultTarget, felt: Window, quiet: Window) -> Noticed {
    Noticed {
        breaker: breaker(run, felt, quiet),
        health: health(run, target, felt),
        budget: budget(run, felt),
    }
}

/// The first call that a client held back, by the error types that the target states for that.
fn breaker(run: &RunData, felt: Window, quiet: Window) -> Option<BreakerOpened> {
    let names = &run.plan.target.definition.telemetry.held_back;
    let held_back: Vec<Sym> = names.iter().filter_map(|n| run.strings.find(n)).collect();
    if held_back.is_empty() {
        return None;
    }
    let held = || {
        run.spans
            .iter()
            .filter(|span| held_back.contains(&span.error_type))
    };
    if held().any(|span| quiet.holds(span.start)) {
        return None;
    }
    let first = held()
        .filter(|span| felt.holds(span.start))
        .min_by_key(|span| (span.start, span.trace, span.id))?;
    let name = |symbol| run.strings.name(symbol);
    Some(BreakerOpened {
        after_s: (first.start - felt.from).secs_f64(),
        edge: Edge::new(name(first.service), name(first.peer)),
    })
}

/// The first scrape that the struck service did not answer, though it had answered the one before.
/// An edge has no health of its own, and scrapes do not go through it.
fn health(run: &RunData, target: &FaultTarget, felt: Window) -> Option<HealthLost> {
    let FaultTarget::Process { process, .. } = target else {
        return None;
    };
    let (service, up) = run.strings.find(process).zip(run.strings.find(UP))?;
    let scrapes = || {
        let points = run.metrics.iter();
        points.filter(move |point| point.service == service && point.metric == up)
    };
    let first = scrapes()
        .filter(|point| felt.holds(point.at) && point.value < 0.5)
        .filter(|lost| {
            let same =
                |point: &&MetricPoint| point.instance == lost.instance && point.at < felt.from;
            let before = scrapes().filter(same).max_by_key(|point| point.at);
            before.is_some_and(|point| point.value > 0.5)
        })
        .min_by_key(|point| point.at)?;
    Some(HealthLost {
        after_s: (first.at - felt.from).secs_f64(),
        service: process.clone(),
    })
}

/// The first budget on failures that was used up while the fault was felt.
fn budget(run: &RunData, felt: Window) -> Option<BudgetSpent> {
    let failures = run.plan.budgets.iter().filter(|budget| {
        budget.measure == Measure::ErrorRate && !matches!(budget.of, Subject::Service(_))
    });
    let spent = failures.filter_map(|budget| {
        let at = spent_at(run, budget).filter(|at| felt.holds(*at))?;
        Some((at, budget))
    });
    let (at, budget) = spent.min_by_key(|(at, budget)| (*at, budget.stated_at.clone()))?;
    Some(BudgetSpent {
        after_s: (at - felt.from).secs_f64(),
        of: budget.of.clone(),
        limit: budget.limit,
        within: budget.within.clone(),
    })
}

/// Of the `n` requests in its phases, a budget allows `limit * n` to fail: when one more was known
/// to have failed.
fn spent_at(run: &RunData, budget: &Budget) -> Option<Offset> {
    let scope = Scope::of(run, budget);
    let is_about = |sample: &&Sample| scope.holds_due(sample) && scope.names(sample);
    let counted: Vec<&Sample> = run.due().filter(is_about).collect();
    let mut failed: Vec<Offset> = counted
        .iter()
        .filter(|sample| !sample.ok())
        .map(|sample| sample.done)
        .collect();
    failed.sort_unstable();
    let allowed = (budget.limit * counted.len() as f64 + 1e-9) as usize;
    failed.get(allowed).copied()
}
