//! The form of `report.json`, 1.0: the facts of a report with their sentences, as scripts read it.
//!
//! Times called `_s` are seconds, `_ms` milliseconds; `null` means "not measured" or "not enough
//! data" and never zero. Types that hold no sentence are those of the report itself.
//!
//! - `decisions`: budgets and invariants; `load`: how the load was sent
//! - `stretches`: times that were worse than the rest without a fault
//! - `faults`: faults, suspects and traces; `scalability`: the answer of a stepped load

mod decisions;
mod faults;
mod load;
mod scalability;
mod stretches;

use harness_model::Verdict;
use harness_model::report::{
    Heatmap, HostReport, OperationReport, RunCard, ServiceReport, TelemetryReport, Timeline,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;
use decisions::{BudgetResult, InvariantResult};
use faults::FaultReport;
use load::LoadReport;
use scalability::Scalability;
use stretches::StretchReport;

/// The whole answer.
#[derive(Serialize, JsonSchema)]
pub struct Report<'a> {
    /// Version of this format, `major.minor`.
    pub format: &'a str,
    pub run: &'a RunCard,
    pub verdict: Verdict,
    /// One sentence each: why the run is inconclusive or failed; empty on a pass.
    pub reasons: Vec<String>,
    /// One sentence for people: what held, what broke, why.
    pub summary: String,
    pub budgets: Vec<BudgetResult<'a>>,
    /// What must hold of the target's own counts in the end; empty where it states no invariants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invariants: Vec<InvariantResult<'a>>,
    pub load: LoadReport,
    pub operations: &'a [OperationReport],
    pub faults: Vec<FaultReport<'a>>,
    /// Where no fault was planned, and the run was worse than at other times of the same load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stretches: Vec<StretchReport<'a>>,
    pub services: &'a [ServiceReport],
    /// Only for stepped load.
    pub scalability: Option<Scalability<'a>>,
    pub telemetry: &'a TelemetryReport,
    /// The machine: when others took what the target needed.
    pub host: &'a HostReport,
    pub timeline: &'a Timeline,
    pub heatmap: &'a Heatmap,
}

impl<'a> Report<'a> {
    /// Borrows what the report holds, and adds its sentences.
    pub fn new(report: &'a harness_model::Report) -> Report<'a> {
        Report {
            format: &report.format,
            run: &report.run,
            verdict: report.verdict,
            reasons: words::reasons(report),
            summary: words::summary(report),
            budgets: report.budgets.iter().map(BudgetResult::new).collect(),
            invariants: report.invariants.iter().map(InvariantResult::new).collect(),
            load: LoadReport::new(&report.load),
            operations: &report.operations,
            faults: report.faults.iter().map(FaultReport::new).collect(),
            stretches: report.stretches.iter().map(StretchReport::new).collect(),
            services: &report.services,
            scalability: Scalability::new(report),
            telemetry: &report.telemetry,
            host: &report.host,
            timeline: &report.timeline,
            heatmap: &report.heatmap,
        }
    }
}
