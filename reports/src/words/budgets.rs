//! Verdicts and budgets: what was asked, what was observed, and what that means.

use harness_model::report::{BudgetReason, BudgetResult, Report};
use harness_model::{Measure, Verdict};

use crate::number;

/// The verdict as a word that stands alone.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Fail => "FAIL",
    }
}

/// The verdict of one budget as a word.
pub fn budget_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "held",
        Verdict::Inconclusive => "not known",
        Verdict::Fail => "failed",
    }
}

/// `≤ 500 ms`
pub fn limit(budget: &BudgetResult) -> String {
    let sign = if budget.measure.is_floor() {
        '≥'
    } else {
        '≤'
    };
    format!(
        "{sign} {}",
        number::in_unit(budget.limit, budget.measure.unit())
    )
}

/// The measure in plain words: `error rate`, `p99.9`.
pub fn measure(measure: Measure) -> String {
    match measure {
        Measure::P999 => "p99.9".to_owned(),
        other => other.name().replace('_', " "),
    }
}

/// The phases that a budget is judged in.
pub fn within(budget: &BudgetResult) -> String {
    if budget.within.is_empty() {
        return "whole run".to_owned();
    }
    budget.within.join(", ")
}

/// What was observed, such as `83.4 ms`, `0.21 %` or, as a lower bound, `> 24.0 s`.
pub fn observed(budget: &BudgetResult) -> String {
    let Some(value) = budget.observed else {
        return number::NONE.to_owned();
    };
    let bound = if budget.censored { "> " } else { "" };
    match budget.measure.unit() {
        "ratio" => format!("{:.2} %", value * 100.0),
        "1/s" => format!("{value:.1}/s"),
        unit => format!("{bound}{value:.1} {unit}"),
    }
}

/// What the verdict on a budget rests on.
pub fn budget_reason(budget: &BudgetResult) -> String {
    let compared = || {
        let limit = budget.measure.written(budget.limit);
        format!("{} against {limit}", observed(budget))
    };
    let reason = match budget.why {
        BudgetReason::NothingObserved => "there is nothing to judge".to_owned(),
        BudgetReason::TooFewSamples => format!(
            "{} samples are too few to judge a {}",
            budget.n,
            budget.measure.name()
        ),
        BudgetReason::Compared => compared(),
        BudgetReason::RunEndedFirst => format!("{}: the run ended first", compared()),
        BudgetReason::IntervalSpansLimit => {
            format!("{}, but the interval spans the limit", compared())
        }
    };
    match &budget.unsettled {
        Some(earlier) => {
            format!("{reason}, but {earlier} was still felt when the fault began")
        }
        None => reason,
    }
}

/// `p95 of checkout in baseline ≤ 500 ms`
pub fn rule(budget: &BudgetResult) -> String {
    format!(
        "{} of {} in {} {}",
        measure(budget.measure),
        budget.of,
        within(budget),
        limit(budget)
    )
}

/// `p95 612 ms > 500 ms (CI 590 - 640 ms, n=8 123)`
pub fn observation(budget: &BudgetResult) -> String {
    let sign = match (budget.verdict, budget.measure.is_floor()) {
        (Verdict::Fail, true) => "<",
        (Verdict::Fail, false) => ">",
        (Verdict::Pass, true) => "≥",
        (Verdict::Pass, false) => "≤",
        (Verdict::Inconclusive, _) => "against",
    };
    format!(
        "{} {} {sign} {} (CI {}, n={})",
        measure(budget.measure),
        observed(budget),
        number::in_unit(budget.limit, budget.measure.unit()),
        number::interval(budget.ci, budget.measure.unit()),
        number::count(budget.n)
    )
}

/// Failed first, then not known, then held; the order of the scenario within each.
pub fn worst_first(budgets: &[BudgetResult]) -> Vec<&BudgetResult> {
    let mut sorted: Vec<_> = budgets.iter().collect();
    sorted.sort_by_key(|budget| std::cmp::Reverse(budget.verdict));
    sorted
}

/// `5 of 6 budgets held`
pub fn tally(report: &Report) -> String {
    let held = report
        .budgets
        .iter()
        .filter(|budget| budget.verdict == Verdict::Pass)
        .count();
    match report.budgets.len() {
        0 => "no budgets were stated".to_owned(),
        1 => format!("{held} of 1 budget held"),
        all => format!("{held} of {all} budgets held"),
    }
}
