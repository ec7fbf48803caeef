//! One verdict from budgets, invariants and doubts.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, InvariantResult};

/// Any doubt makes a run inconclusive, whatever its budgets and invariants say; then the worst of them
/// decides.
pub fn verdict(
    budgets: &[BudgetResult],
    invariants: &[InvariantResult],
    doubts: &[String],
) -> Verdict {
    if !doubts.is_empty() {
        return Verdict::Inconclusive;
    }
    let of_invariants = invariants.iter().map(|invariant| match invariant.holds {
        Some(true) => Verdict::Pass,
        Some(false) => Verdict::Fail,
        None => Verdict::Inconclusive,
    });
    let of_budgets = budgets.iter().map(|budget| budget.verdict);
    of_budgets
        .chain(of_invariants)
        .max()
        .unwrap_or(Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::report::SideResult;

    const SIDE: SideResult = SideResult {
        of: String::new(),
        count: None,
    };

    #[test]
    fn a_doubt_outweighs_a_failure() {
        let broken = InvariantResult {
            name: String::new(),
            left: SIDE,
            is: String::new(),
            right: SIDE,
            holds: Some(false),
            settled_s: None,
            why: String::new(),
        };
        let invariants = [broken];
        assert_eq!(verdict(&[], &invariants, &[]), Verdict::Fail);
        let doubts = ["late".to_owned()];
        assert_eq!(verdict(&[], &invariants, &doubts), Verdict::Inconclusive);
    }
}
