//! How far the system grows: steps, the law they follow, capacity at the budget, bottleneck.
//!
//! Owns everything that is said of a stepped load. It must not know how steps were made.

mod demand;
mod steps;
mod uncertainty;
mod usl;

use harness_model::RunData;
use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetLimit, Scalability};

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
        usl: uncertainty::fit_with_intervals(&points),
        capacity_at_budget: capacity(&steps, &limits),
        limits,
        bottleneck: demand::bottleneck(busiest, &demand_ms),
        demand_ms,
        busiest,
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

/// The highest offered rate that kept every limit, with all steps below it keeping them too.
fn capacity(steps: &[Step], limits: &[BudgetLimit]) -> Option<f64> {
    if limits.is_empty() {
        return None;
    }
    steps
        .iter()
        .take_while(|step| limits.iter().all(|limit| keeps(step, limit)))
        .last()
        .map(|step| step.report.offered)
}

/// The upper end of the interval must keep a latency limit: a step that may have broken it is not
/// capacity.
fn keeps(step: &Step, limit: &BudgetLimit) -> bool {
    match limit.measure.quantile() {
        Some(q) => {
            let [_, high] = step.latencies.interval_ms(q, 1.96);
            step.latencies.quantile_ms(q).is_some() && high.is_some_and(|high| high <= limit.limit)
        }
        None => step.report.errors <= limit.limit,
    }
}
