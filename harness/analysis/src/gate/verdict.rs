//! One verdict from budgets, invariants and doubts.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, InvariantResult};

/// Any doubt makes a run inconclusive, whatever its budgets and invariants say; otherwise the worst
/// of them decides.
pub fn verdict(
    budgets: &[BudgetResult],
    invariants: &[InvariantResult],
    is_doubted: bool,
) -> Verdict {
    if is_doubted {
        return Verdict::Inconclusive;
    }
    let of_invariants = invariants.iter().map(|invariant| match &invariant.holds {
        Ok(true) => Verdict::Pass,
        Ok(false) => Verdict::Fail,
        Err(_) => Verdict::Inconclusive,
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
    use harness_model::Relation;
    use harness_model::invariant::Side;
    use harness_model::report::SideResult;

    const SIDE: SideResult = SideResult {
        of: Side(Vec::new()),
        count: None,
    };

    #[test]
    fn a_doubt_outweighs_a_failure() {
        let broken = InvariantResult {
            name: String::new(),
            left: SIDE,
            is: Relation::Equal,
            right: SIDE,
            holds: Ok(false),
            settled_s: None,
        };
        let invariants = [broken];
        assert_eq!(verdict(&[], &invariants, false), Verdict::Fail);
        assert_eq!(verdict(&[], &invariants, true), Verdict::Inconclusive);
    }
}
