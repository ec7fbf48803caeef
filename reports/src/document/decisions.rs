//! Budgets and invariants in `report.json`.

use harness_model::{Verdict, report};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

/// What became of a budget.
#[derive(Serialize, JsonSchema)]
pub struct BudgetResult<'a> {
    /// The name of the measure, such as `p95` or `recovery`.
    pub measure: &'a str,
    /// What it is of, such as `checkout` or `all operations`.
    pub of: String,
    /// Phase names joined by `, `, or `whole run`.
    #[serde(rename = "in")]
    pub within: String,
    /// In `unit`.
    pub limit: f64,
    /// `ms`, `ratio`, `1/s`, `s` or `requests`.
    pub unit: &'a str,
    /// A latency of successes only.
    pub of_success: bool,
    /// In `unit`; `None` also for a latency that lies among the failures, see `observed_text`.
    pub observed: Option<f64>,
    /// How the observed value reads, for example `> 42 s` when it is censored.
    pub observed_text: String,
    /// Confidence interval `[lo, hi]`; `None` where the data gives no bound.
    pub ci: [Option<f64>; 2],
    /// How many requests, spans or faults were observed.
    pub n: u64,
    /// How many of them failed, and how many of these were never sent.
    pub failed: u64,
    pub unsent: u64,
    pub verdict: Verdict,
    /// Why it failed or is inconclusive; empty on a pass.
    pub why: String,
    /// `line:column` in the scenario.
    pub stated_at: &'a str,
}

impl<'a> BudgetResult<'a> {
    /// Adds how the observed value reads, and the reason for any verdict but a pass.
    pub fn new(budget: &'a report::BudgetResult) -> BudgetResult<'a> {
        BudgetResult {
            measure: budget.measure.name(),
            of: budget.of.to_string(),
            within: words::within(budget),
            limit: budget.limit,
            unit: budget.measure.unit(),
            of_success: budget.of_success,
            observed: budget.observed.filter(|value| value.is_finite()),
            observed_text: words::observed(budget),
            ci: budget.ci,
            n: budget.n,
            failed: budget.failed,
            unsent: budget.unsent,
            verdict: budget.verdict,
            why: words::budget_reason(budget),
            stated_at: &budget.stated_at,
        }
    }
}

/// What became of an invariant.
#[derive(Serialize, JsonSchema)]
pub struct InvariantResult<'a> {
    /// The invariant in words.
    pub name: &'a str,
    pub left: SideResult,
    /// `equal` or `at-least`.
    pub is: &'a str,
    pub right: SideResult,
    /// `None` when some count is not known.
    pub holds: Option<bool>,
    /// Seconds from the end of the load until it was seen to hold for good; `None` when it was not.
    pub settled_s: Option<f64>,
    /// Why it does not hold or is not known; empty when it holds.
    pub why: String,
}

impl<'a> InvariantResult<'a> {
    /// An outcome that is not known becomes `None`, with its reason in `why`.
    pub fn new(invariant: &'a report::InvariantResult) -> InvariantResult<'a> {
        InvariantResult {
            name: &invariant.name,
            left: SideResult::new(&invariant.left),
            is: invariant.is.name(),
            right: SideResult::new(&invariant.right),
            holds: invariant.holds.as_ref().ok().copied(),
            settled_s: invariant.settled_s,
            why: words::invariant_reason(invariant),
        }
    }
}

/// A side of an invariant: what is summed, and what the run has added to it.
#[derive(Serialize, JsonSchema)]
pub struct SideResult {
    /// The sum as the definition writes it.
    pub of: String,
    /// Its value; `None` when some count is not known.
    pub count: Option<i64>,
}

impl SideResult {
    fn new(side: &report::SideResult) -> SideResult {
        SideResult {
            of: side.of.to_string(),
            count: side.count,
        }
    }
}
