//! Why a run is not a pass.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, InvariantResult, Report};

use super::budgets::{budget_reason, measure, within};
use super::doubts::{doubt, load_doubts};
use super::invariants::invariant_reason;

/// One sentence each: doubts first, then budgets and invariants that do not hold or cannot be
/// judged; empty on a pass.
pub fn reasons(report: &Report) -> Vec<String> {
    let mut reasons = load_doubts(&report.load);
    reasons.extend(report.doubts.iter().map(doubt));
    let not_held = |budget: &&BudgetResult| budget.verdict != Verdict::Pass;
    reasons.extend(report.budgets.iter().filter(not_held).map(of_budget));
    reasons.extend(report.invariants.iter().filter_map(of_invariant));
    reasons
}

fn of_budget(budget: &BudgetResult) -> String {
    format!(
        "{} of {} in {}: {}",
        measure(budget),
        budget.of,
        within(budget),
        budget_reason(budget)
    )
}

fn of_invariant(invariant: &InvariantResult) -> Option<String> {
    let what = match invariant.holds {
        Ok(true) => return None,
        Ok(false) => "it is not true that",
        Err(_) => "it is not known whether",
    };
    let why = invariant_reason(invariant);
    Some(format!("{what} {}: {why}", invariant.name))
}
