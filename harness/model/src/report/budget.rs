//! What became of a budget.

use crate::plan::{Measure, Subject};
use crate::verdict::Verdict;

/// A budget, what was observed of its measure, and what that means.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetResult {
    pub measure: Measure,
    pub of: Subject,
    /// Names of phases; empty for the whole run without its warm-up.
    pub within: Vec<String>,
    /// In the measure's unit, as are `observed` and `ci`.
    pub limit: f64,
    /// A latency of successes only.
    pub of_success: bool,
    /// Infinite for a latency that lies among the failures: it is slower than any limit.
    pub observed: Option<f64>,
    /// `observed` is only a lower bound.
    pub censored: bool,
    /// Confidence interval `[lo, hi]`; `None` where the data gives no bound.
    pub ci: [Option<f64>; 2],
    /// How many requests, spans or faults were observed.
    pub n: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them were never sent, for want of a free user.
    pub unsent: u64,
    /// Whether it fails by what was sent alone.
    pub fails_as_sent: bool,
    /// Whether it also fails without what the generator's own lateness added to each request.
    pub fails_on_time: bool,
    pub verdict: Verdict,
    pub why: BudgetReason,
    /// Another fault that was felt together with the fault of this budget, by name, where that
    /// keeps the budget from being judged.
    pub unsettled: Option<String>,
    /// `line:column` in the scenario.
    pub stated_at: String,
}

/// What the verdict on a budget rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetReason {
    /// There is nothing to judge.
    NothingObserved,
    TooFewSamples {
        /// So many are enough to judge this limit.
        needed: u64,
    },
    /// The fault did no harm, so there was no first harm that could be late.
    NoHarm,
    /// What was observed and its interval are on the same side of the limit.
    Compared,
    /// The run ended before the limit was reached.
    RunEndedFirst,
    /// What was observed is beyond the limit, but its interval spans it.
    IntervalSpansLimit,
}
