//! The whole answer to a run.

use super::budget::BudgetResult;
use super::doubt::Doubt;
use super::fault::FaultReport;
use super::host::HostReport;
use super::invariant::InvariantResult;
use super::load::{LoadReport, OperationReport};
use super::run::RunCard;
use super::scalability::Scalability;
use super::series::{Heatmap, Timeline};
use super::service::ServiceReport;
use super::stretch::StretchReport;
use super::telemetry::TelemetryReport;
use crate::verdict::Verdict;

/// The whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Version of this format, `major.minor`.
    pub format: String,
    pub run: RunCard,
    pub verdict: Verdict,
    /// Doubts about the run as a whole, beyond those about its load ([`LoadReport::doubts`]).
    pub doubts: Vec<Doubt>,
    pub budgets: Vec<BudgetResult>,
    /// What must hold of the target's own counts in the end; empty where it states no invariants.
    pub invariants: Vec<InvariantResult>,
    pub load: LoadReport,
    pub operations: Vec<OperationReport>,
    pub faults: Vec<FaultReport>,
    /// Where no fault was planned, and the run was worse than at other times of the same load.
    pub stretches: Vec<StretchReport>,
    pub services: Vec<ServiceReport>,
    /// Only for stepped load.
    pub scalability: Option<Scalability>,
    pub telemetry: TelemetryReport,
    pub host: HostReport,
    pub timeline: Timeline,
    pub heatmap: Heatmap,
}
