//! Budgets against what was observed.

use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetResult, FaultReport};
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
    let (verdict, why) = match unsettled(budget, faults) {
        Some(earlier) => doubted(budget, &seen, earlier),
        None => decide(budget, &seen),
    };
    BudgetResult {
        measure: budget.measure.name().to_owned(),
        of: budget.of.to_string(),
        within: if budget.within.is_empty() {
            "whole run".to_owned()
        } else {
            budget.within.join(", ")
        },
        limit: budget.limit,
        unit: budget.measure.unit().to_owned(),
        observed: seen.observed,
        observed_text: seen.text,
        ci: seen.ci,
        n: seen.n,
        verdict,
        why,
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
/// cannot fail. It makes detection smaller, and that one says nothing.
fn doubted(budget: &Budget, seen: &Observed, earlier: &str) -> (Verdict, String) {
    let (verdict, why) = decide(budget, seen);
    if verdict == Verdict::Fail || budget.measure == Measure::Detection {
        let why = format!("{why}, but {earlier} was still felt when the fault began");
        return (Verdict::Inconclusive, why);
    }
    (verdict, why)
}

fn decide(budget: &Budget, seen: &Observed) -> (Verdict, String) {
    let Some(observed) = seen.observed else {
        return (
            Verdict::Inconclusive,
            "there is nothing to judge".to_owned(),
        );
    };
    if !seen.enough {
        let why = format!(
            "{} samples are too few to judge a {}",
            seen.n,
            budget.measure.name()
        );
        return (Verdict::Inconclusive, why);
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
    let limit = budget.measure.written(budget.limit);
    let text = format!("{} against {limit}", seen.text);
    match (beyond, surely) {
        (false, _) if seen.censored => (
            Verdict::Inconclusive,
            format!("{text}: the run ended first"),
        ),
        (false, _) => (Verdict::Pass, text),
        (true, true) => (Verdict::Fail, text),
        (true, false) => (
            Verdict::Inconclusive,
            format!("{text}, but the interval spans the limit"),
        ),
    }
}
