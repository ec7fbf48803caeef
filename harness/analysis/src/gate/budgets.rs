//! Budgets against what was observed.

use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetReason, BudgetResult, FaultReport};
use harness_model::{RunData, Verdict};

use super::observed::{Observed, observe};
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
    let seen = observe(run, forest, budget, faults);
    let (verdict, why) = decide(budget, &seen);
    let earlier = unsettled(budget, faults).filter(|_| is_doubted(budget, verdict));
    BudgetResult {
        measure: budget.measure,
        of: budget.of.clone(),
        within: budget.within.clone(),
        limit: budget.limit,
        observed: seen.observed,
        censored: seen.censored,
        ci: seen.ci,
        n: seen.n,
        verdict: match earlier {
            Some(_) => Verdict::Inconclusive,
            None => verdict,
        },
        why,
        unsettled: earlier.map(str::to_owned),
        stated_at: budget.stated_at.clone(),
    }
}

/// The earlier fault that was still felt when the fault of a budget began.
fn unsettled<'a>(budget: &Budget, faults: &'a [FaultReport]) -> Option<&'a str> {
    let Subject::Fault(name) = &budget.of else {
        return None;
    };
    let fault = faults.iter().find(|fault| fault.name == *name)?;
    fault.unsettled.as_deref()
}

/// What an earlier fault left behind makes losses, dip and recovery larger, so these may pass but
/// cannot fail. It makes detection smaller, so that one cannot be judged at all.
fn is_doubted(budget: &Budget, verdict: Verdict) -> bool {
    verdict == Verdict::Fail || budget.measure == Measure::Detection
}

fn decide(budget: &Budget, seen: &Observed) -> (Verdict, BudgetReason) {
    let Some(observed) = seen.observed else {
        return (Verdict::Inconclusive, BudgetReason::NothingObserved);
    };
    if !seen.enough {
        return (Verdict::Inconclusive, BudgetReason::TooFewSamples);
    }
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
    match (beyond, surely) {
        (false, _) if seen.censored => (Verdict::Inconclusive, BudgetReason::RunEndedFirst),
        (false, _) => (Verdict::Pass, BudgetReason::Compared),
        (true, true) => (Verdict::Fail, BudgetReason::Compared),
        (true, false) => (Verdict::Inconclusive, BudgetReason::IntervalSpansLimit),
    }
}
