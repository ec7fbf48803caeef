//! Verdicts and budgets: what was asked, what was observed, and what that means.

use harness_model::report::{BudgetReason, BudgetResult, Report};
use harness_model::{Measure, Verdict};

use crate::number::{self, THIN};

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

/// The measure in plain words: `error rate`, `p99.9`, `p95 of successes`.
pub fn measure(budget: &BudgetResult) -> String {
    let name = match budget.measure {
        Measure::P999 => "p99.9".to_owned(),
        Measure::Detection => "time to first harm".to_owned(),
        other => other.name().replace('_', " "),
    };
    if budget.of_success {
        format!("{name} of successes")
    } else {
        name
    }
}

/// The phases that a budget is judged in.
pub fn within(budget: &BudgetResult) -> String {
    if budget.within.is_empty() {
        return "whole run".to_owned();
    }
    budget.within.join(", ")
}

/// What was observed, such as `83.4 ms`, `0.21 %` or, as a lower bound, `> 24.0 s`; a latency that
/// lies among the failures is `slower than any limit`.
pub fn observed(budget: &BudgetResult) -> String {
    let Some(value) = budget.observed else {
        return number::NONE.to_owned();
    };
    if value.is_infinite() {
        return "slower than any limit".to_owned();
    }
    let bound = if budget.censored {
        format!(">{THIN}")
    } else {
        String::new()
    };
    match budget.measure.unit() {
        "ratio" => format!("{:.2}{THIN}%", value * 100.0),
        "1/s" => format!("{value:.1}/s"),
        unit => format!("{bound}{value:.1}{THIN}{unit}"),
    }
}

/// What the verdict on a budget rests on.
pub fn budget_reason(budget: &BudgetResult) -> String {
    let compared = || {
        let limit = limit_alone(budget);
        match budget.observed {
            Some(value) if value.is_infinite() => {
                format!("{} ({limit}): {}", observed(budget), failed(budget))
            }
            _ => format!("{} against {limit}", observed(budget)),
        }
    };
    let reason = match budget.why {
        BudgetReason::NothingObserved => "there is nothing to judge".to_owned(),
        BudgetReason::TooFewSamples { needed } => format!(
            "{} samples are too few to judge {}, which takes {}",
            number::count(budget.n),
            match budget.measure {
                Measure::ErrorRate => format!("an error rate of {}", limit_alone(budget)),
                _ => format!("a {}", measure(budget)),
            },
            number::count(needed)
        ),
        BudgetReason::NoHarm => "the fault did no harm that could be late".to_owned(),
        BudgetReason::Compared => compared(),
        BudgetReason::RunEndedFirst => format!("{}: the run ended first", compared()),
        BudgetReason::IntervalSpansLimit => {
            format!("{}, but the interval spans the limit", compared())
        }
    };
    let reason = match &budget.unsettled {
        Some(earlier) => {
            format!("{reason}, but {earlier} was felt at the same time")
        }
        None => reason,
    };
    // Said once: a latency among the failures has named them.
    let is_named = budget.observed.is_some_and(f64::is_infinite);
    match budget.unsent {
        unsent if unsent > 0 && !is_named => {
            let unsent = number::count(unsent);
            format!(
                "{reason}; {unsent} of {} were not sent",
                number::count(budget.n)
            )
        }
        _ => reason,
    }
}

/// `500 ms`
fn limit_alone(budget: &BudgetResult) -> String {
    number::in_unit(budget.limit, budget.measure.unit())
}

/// `70 % failed`, and how many of these were never sent.
fn failed(budget: &BudgetResult) -> String {
    let share = |count: u64| number::percent(count as f64 / budget.n.max(1) as f64);
    match budget.unsent {
        0 => format!("{} failed", share(budget.failed)),
        unsent if unsent == budget.failed => format!("{} were not sent", share(unsent)),
        unsent => format!(
            "{} failed, {} not sent",
            share(budget.failed),
            share(unsent)
        ),
    }
}

/// `p95 of checkout in baseline ≤ 500 ms`
pub fn rule(budget: &BudgetResult) -> String {
    format!(
        "{} of {} in {} {}",
        measure(budget),
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
    let (limit, n) = (limit_alone(budget), number::count(budget.n));
    let interval = number::interval(budget.ci, budget.measure.unit());
    let seen = format!("{} {}", measure(budget), observed(budget));
    if budget.observed.is_some_and(f64::is_infinite) {
        let failed = failed(budget);
        return format!("{seen} ({limit}): {failed} (CI {interval}, n={n})");
    }
    format!("{seen} {sign} {limit} (CI {interval}, n={n})")
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
