//! What became of the budgets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// What became of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetResult {
    /// The name of the measure, such as `p95` or `recovery`.
    pub measure: String,
    /// What it is of, such as `checkout` or `all operations`.
    pub of: String,
    /// Phase names joined by `, `, or `whole run`.
    #[serde(rename = "in")]
    pub within: String,
    /// In `unit`.
    pub limit: f64,
    /// `ms`, `ratio`, `1/s`, `s` or `requests`.
    pub unit: String,
    /// In `unit`.
    pub observed: Option<f64>,
    /// How the observed value reads, for example `> 42 s` when it is censored.
    pub observed_text: String,
    /// Confidence interval `[lo, hi]`; `None` where the data gives no bound.
    pub ci: [Option<f64>; 2],
    /// How many requests, spans or faults were observed.
    pub n: u64,
    pub verdict: Verdict,
    /// Why it failed or is inconclusive; empty on a pass.
    pub why: String,
    /// `line:column` in the scenario.
    pub stated_at: String,
}
