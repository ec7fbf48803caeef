//! What became of a budget.

use crate::plan::{Measure, Subject};
use crate::verdict::Verdict;

/// A budget, what was observed of its measure, and what that means.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetResult {
    pub measure: Measure,
    /// Whose measure it is.
    pub of: Subject,
    /// Names of phases; empty for the whole run without its warm-up.
    pub within: Vec<String>,
    /// In the measure's unit, as are `observed` and `ci`.
    pub limit: f64,
    /// `None` when nothing was observed.
    pub observed: Option<f64>,
    /// `observed` is only a lower bound.
    pub censored: bool,
    /// Confidence interval `[lo, hi]`; `None` where the data gives no bound.
    pub ci: [Option<f64>; 2],
    /// How many requests, spans or faults were observed.
    pub n: u64,
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub why: BudgetReason,
    /// An earlier fault that was still felt when the fault of this budget began, by name, where
    /// that keeps the budget from being judged.
    pub unsettled: Option<String>,
    /// `line:column` in the scenario.
    pub stated_at: String,
}

/// What the verdict on a budget rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetReason {
    /// There is nothing to judge.
    NothingObserved,
    /// A quantile needs 10/(1-q) samples, and there are fewer.
    TooFewSamples,
    /// What was observed and its interval are on the same side of the limit.
    Compared,
    /// The run ended before the limit was reached.
    RunEndedFirst,
    /// What was observed is beyond the limit, but its interval spans it.
    IntervalSpansLimit,
}
