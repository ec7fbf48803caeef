//! Invariants: whether they hold, and why not.

use harness_model::invariant::Term;
use harness_model::report::{InvariantResult, SideResult, Uncounted};
use harness_model::{Relation, Verdict};

use crate::number;

/// What became of an invariant, as a verdict and as a word.
pub fn invariant_verdict(invariant: &InvariantResult) -> (Verdict, &'static str) {
    match &invariant.holds {
        Ok(true) => (Verdict::Pass, "holds"),
        Ok(false) => (Verdict::Fail, "broken"),
        Err(_) => (Verdict::Inconclusive, "not known"),
    }
}

/// `=` or `≥`
pub fn relation(invariant: &InvariantResult) -> &'static str {
    match invariant.is {
        Relation::AtLeast => "≥",
        Relation::Equal => "=",
    }
}

/// `order.placed: 33`, and a bare number as it stands
pub fn side(side: &SideResult) -> String {
    if is_number(side) {
        return side.of.to_string();
    }
    let count = side
        .count
        .map_or_else(|| number::NONE.to_owned(), number::signed);
    format!("{}: {count}", side.of)
}

fn is_number(side: &SideResult) -> bool {
    matches!(side.of.0.as_slice(), [Term::Number(_)])
}

/// `5 of 5 hold`
pub fn invariants(invariants: &[InvariantResult]) -> String {
    let hold = invariants
        .iter()
        .filter(|invariant| invariant.holds == Ok(true))
        .count();
    format!("{hold} of {} hold", invariants.len())
}

/// Why an invariant does not hold, or why that is not known; empty where it holds.
pub fn invariant_reason(invariant: &InvariantResult) -> String {
    match &invariant.holds {
        Ok(true) => String::new(),
        Ok(false) => broken(invariant),
        Err(why) => uncounted(why),
    }
}

fn broken(invariant: &InvariantResult) -> String {
    let InvariantResult { left, right, .. } = invariant;
    let came_to = |side: &SideResult| side.count.unwrap_or_default();
    if is_number(right) {
        return format!(
            "{} came to {} instead of {}",
            left.of,
            came_to(left),
            right.of
        );
    }
    format!(
        "{} came to {}, {} to {}",
        left.of,
        came_to(left),
        right.of,
        came_to(right)
    )
}

fn uncounted(why: &Uncounted) -> String {
    match why {
        Uncounted::NoAuditBefore => "nothing was audited before the load".to_owned(),
        Uncounted::NoAuditAfter => "nothing was audited after the load".to_owned(),
        Uncounted::AuditFailed { service, why } => {
            format!("{service} could not be audited: {why}")
        }
        Uncounted::NotCounted { service, count } => format!("{service} does not count {count}"),
    }
}
