//! Budgets against what was observed.

use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetReason, BudgetResult, FaultReport};
use harness_model::{ErrorClass, RunData, Sample, Verdict};

use super::observed::{Due, Observed, observe};
use super::scope::Scope;
use crate::stats::order;
use crate::stats::proportions::needed_for_share;
use crate::traces::forest::Forest;

pub fn budgets(run: &RunData, forest: &Forest<'_>, faults: &[FaultReport]) -> Vec<BudgetResult> {
    run.plan
        .budgets
        .iter()
        .map(|budget| judge(run, forest, budget, faults))
        .collect()
}

fn judge(
    run: &RunData,
    forest: &Forest<'_>,
    budget: &Budget,
    faults: &[FaultReport],
) -> BudgetResult {
    let due = Due {
        requests: run.due(),
        took_ns: Sample::response_ns,
    };
    let seen = observe(run, forest, budget, faults, due);
    let (verdict, why) = if is_harmless(budget, faults) {
        (Verdict::Pass, BudgetReason::NoHarm)
    } else {
        decide(budget, &seen)
    };
    let unsent = unsent(run, budget);
    let fails_by = |took_ns: fn(&Sample) -> u64| {
        let requests = run.samples.iter();
        let due = Due { requests, took_ns };
        decide(budget, &observe(run, forest, budget, faults, due)).0 == Verdict::Fail
    };
    let is_failed = verdict == Verdict::Fail;
    let fails_as_sent = is_failed && (unsent == 0 || fails_by(Sample::response_ns));
    let fails_on_time =
        fails_as_sent && (budget.measure.quantile().is_none() || fails_by(since_it_could_be_sent));
    let earlier = unsettled(budget, faults).filter(|_| is_doubted(budget, verdict));
    let finite = |bound: Option<f64>| bound.filter(|bound| bound.is_finite());
    BudgetResult {
        measure: budget.measure,
        of: budget.of.clone(),
        within: budget.within.clone(),
        limit: budget.limit,
        of_success: budget.of_success,
        observed: seen.observed,
        censored: seen.censored,
        ci: seen.ci.map(finite),
        n: seen.n,
        failed: seen.failed,
        unsent,
        fails_as_sent,
        fails_on_time,
        verdict: match earlier {
            Some(_) => Verdict::Inconclusive,
            None => verdict,
        },
        why,
        unsettled: earlier.map(str::to_owned),
        stated_at: budget.stated_at.clone(),
    }
}

/// The response time without what the generator itself added to it.
fn since_it_could_be_sent(sample: &Sample) -> u64 {
    sample.response_ns().saturating_sub(sample.lateness_ns)
}

/// Requests that the budget is about and that found no free user.
fn unsent(run: &RunData, budget: &Budget) -> u64 {
    if matches!(budget.of, Subject::Service(_) | Subject::Fault(_)) {
        return 0;
    }
    let scope = Scope::of(run, budget);
    let starved = |sample: &&Sample| sample.error == ErrorClass::NotSent;
    let unsent = run.unsent.iter().filter(starved);
    unsent
        .filter(|sample| scope.holds_due(sample) && scope.names(sample))
        .count() as u64
}

/// A ceiling on the time to first harm is kept by a fault that met traffic and did no harm: nothing
/// came too late. Not to judge it would fail the run for the best outcome.
fn is_harmless(budget: &Budget, faults: &[FaultReport]) -> bool {
    let Subject::Fault(name) = &budget.of else {
        return false;
    };
    let met = |fault: &FaultReport| fault.healed_s.is_some() && fault.evidence.affected > 0;
    let fault = faults.iter().find(|fault| fault.name == *name);
    budget.measure == Measure::Detection
        && fault.is_some_and(|fault| fault.first_harm_s.is_none() && met(fault))
}

/// Another fault whose effect may be a part of what is judged: one that was still felt when the
/// fault of a budget began, or else one that began while it was felt.
fn unsettled<'a>(budget: &Budget, faults: &'a [FaultReport]) -> Option<&'a str> {
    let Subject::Fault(name) = &budget.of else {
        return None;
    };
    let fault = faults.iter().find(|fault| fault.name == *name)?;
    let later = || {
        fault
            .shared
            .first()
            .filter(|_| budget.measure != Measure::Detection)
    };
    fault.unsettled.as_ref().or_else(later).map(String::as_str)
}

/// What an earlier fault left behind makes losses, dip and recovery larger, so these may pass but
/// cannot fail. It makes detection smaller, so that one cannot be judged at all.
fn is_doubted(budget: &Budget, verdict: Verdict) -> bool {
    verdict == Verdict::Fail || budget.measure == Measure::Detection
}

/// How many samples it takes to say that a limit is kept.
fn needed(budget: &Budget) -> u64 {
    match budget.measure {
        Measure::P50
        | Measure::P90
        | Measure::P95
        | Measure::P99
        | Measure::P999
        | Measure::Max => budget.measure.quantile().map_or(1, order::needed),
        Measure::ErrorRate => needed_for_share(budget.limit),
        Measure::Throughput => 10,
        // A fault is one sample.
        Measure::Recovery | Measure::Detection | Measure::Dip | Measure::Lost => 1,
    }
}

fn decide(budget: &Budget, seen: &Observed) -> (Verdict, BudgetReason) {
    let Some(observed) = seen.observed else {
        return (Verdict::Inconclusive, BudgetReason::NothingObserved);
    };
    let [low, high] = seen.ci;
    let (beyond, surely) = if budget.measure.is_floor() {
        (
            observed < budget.limit,
            high.is_some_and(|high| high < budget.limit),
        )
    } else {
        (
            observed > budget.limit,
            low.is_some_and(|low| low > budget.limit),
        )
    };
    let needed = needed(budget);
    let too_few = seen.n < needed;
    // Few failures prove that a share is not kept; few successes prove nothing.
    let is_proven = surely && budget.measure == Measure::ErrorRate;
    match (beyond, surely) {
        _ if too_few && !is_proven => (
            Verdict::Inconclusive,
            BudgetReason::TooFewSamples { needed },
        ),
        (false, _) if seen.censored => (Verdict::Inconclusive, BudgetReason::RunEndedFirst),
        (false, _) => (Verdict::Pass, BudgetReason::Compared),
        (true, true) => (Verdict::Fail, BudgetReason::Compared),
        (true, false) => (Verdict::Inconclusive, BudgetReason::IntervalSpansLimit),
    }
}
