//! The whole answer of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::budget::BudgetResult;
use super::fault::FaultReport;
use super::load::{LoadReport, OperationReport};
use super::run::RunCard;
use super::scalability::Scalability;
use super::series::{Heatmap, Timeline};
use super::service::ServiceReport;
use super::telemetry::TelemetryReport;
use crate::invariant::InvariantResult;
use crate::verdict::Verdict;

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of this format, `major.minor`.
    pub format: String,
    pub run: RunCard,
    pub verdict: Verdict,
    /// One sentence each: why the run is inconclusive or failed; empty on a pass.
    pub reasons: Vec<String>,
    /// One sentence for people: what held, what broke, why.
    pub summary: String,
    pub budgets: Vec<BudgetResult>,
    /// What must hold of the target's own counts in the end; empty where it states no invariants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invariants: Vec<InvariantResult>,
    pub load: LoadReport,
    pub operations: Vec<OperationReport>,
    pub faults: Vec<FaultReport>,
    pub services: Vec<ServiceReport>,
    /// Only for stepped load.
    pub scalability: Option<Scalability>,
    pub telemetry: TelemetryReport,
    pub timeline: Timeline,
    pub heatmap: Heatmap,
}
