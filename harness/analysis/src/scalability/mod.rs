//! How far the system grows: steps, the law they follow, capacity at the budget, bottleneck.
//!
//! Owns everything that is said of a stepped load. It must not know how steps were made.

mod demand;
mod saturation;
mod steps;
mod uncertainty;
mod usl;

use harness_model::RunData;
use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetLimit, Scalability};

use crate::stats::blocks::Blocks;
use crate::stats::estimates::{Allowance, Answer, quantile};
use crate::stats::order::enough;
use crate::stats::proportions::enough_for_share;
use steps::Step;

/// The answer of a stepped load; `None` for any other.
pub fn report(run: &RunData) -> Option<Scalability> {
    let steps = steps::steps(run);
    if steps.is_empty() {
        return None;
    }
    let points: Vec<usl::Point> = steps
        .iter()
        .filter(|step| step.report.fitted)
        .map(|step| (step.report.concurrency, step.report.throughput))
        .collect();
    let demand_ms = demand::demands(run, &steps);
    let busiest = demand::busiest(run, &steps);
    let limits = limits(run);
    Some(Scalability {
        usl: uncertainty::fit_with_intervals(&points, run.plan.judgement.confidence),
        capacity_at_budget: capacity(run, &steps, &limits),
        limits,
        bottleneck: demand::bottleneck(busiest, &demand_ms),
        demand_ms,
        busiest,
        saturated: saturation::saturated(run, &steps),
        steps: steps.into_iter().map(|step| step.report).collect(),
    })
}

/// The budgets that hold for a step as a whole: latency and errors of all operations.
fn limits(run: &RunData) -> Vec<BudgetLimit> {
    let is_general = |budget: &&Budget| {
        let quantile = budget.measure.quantile().is_some_and(|q| q < 1.0);
        budget.of == Subject::All && (quantile || budget.measure == Measure::ErrorRate)
    };
    let limit = |budget: &Budget| BudgetLimit {
        measure: budget.measure,
        limit: budget.limit,
    };
    run.plan
        .budgets
        .iter()
        .filter(is_general)
        .map(limit)
        .collect()
}

/// The highest rate that was sent while every limit was kept, with all steps below it keeping them
/// too. What was offered and not sent is no capacity.
fn capacity(run: &RunData, steps: &[Step], limits: &[BudgetLimit]) -> Option<f64> {
    if limits.is_empty() {
        return None;
    }
    steps
        .iter()
        .take_while(|step| limits.iter().all(|limit| keeps(run, step, limit)))
        .map(|step| step.report.sent)
        .reduce(f64::max)
}

/// The upper end of the interval must keep a latency limit, failures being slower than any: a step
/// that may have broken it is not capacity. Nor is one with too few requests to tell.
fn keeps(run: &RunData, step: &Step, limit: &BudgetLimit) -> bool {
    let due = step.due(run);
    let n = due.clone().count() as u64;
    let Some(q) = limit.measure.quantile() else {
        return enough_for_share(n, limit.limit) && step.report.errors <= limit.limit;
    };
    let answers = due.map(|sample| Answer {
        at_ns: sample.intended.ns(),
        took_ns: sample.ok().then(|| sample.response_ns()),
    });
    let allowance = Allowance {
        blocks: &Blocks::of(&[(step.from.ns(), step.to.ns())]),
        confidence: run.plan.judgement.confidence,
    };
    let found = quantile(answers, q, allowance);
    let high = found.and_then(|found| found.interval[1]);
    enough(n, q) && high.is_some_and(|high| high <= limit.limit)
}
