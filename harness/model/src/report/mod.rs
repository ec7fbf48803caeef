//! What the analysis finds out about a run: typed facts, which `reports` puts into words.
//!
//! Times called `_s` are seconds, `_ms` milliseconds; moments are seconds from the start of the
//! load. `None` means "not measured" or "not enough data" and never zero. It must not know how
//! any of it is worded, drawn or written: `report.json` (format 1.0) is a document of `reports`.
//!
//! - `load`, `doubt`: how the load was sent, and reasons to doubt the run
//! - `budget`, `invariant`: what decides about the verdict
//! - `operation`, `service`, `telemetry`, `timeline`: what was measured
//! - `fault`, `suspect`, `waterfall`: what a fault did, and who is suspected of it
//! - `scalability`: the answer of a stepped load

mod budget;
mod doubt;
mod fault;
mod invariant;
mod load;
mod operation;
mod scalability;
mod service;
mod suspect;
mod telemetry;
mod timeline;
mod waterfall;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

pub use budget::{BudgetReason, BudgetResult};
pub use doubt::Doubt;
pub use fault::{Backlog, EvidenceReport, FaultReport, Harm, OutOfMemory};
pub use invariant::{InvariantResult, SideResult, Uncounted};
pub use load::{LoadDoubt, LoadReport, Validity};
pub use operation::{OperationReport, Quantiles};
pub use scalability::{BudgetLimit, BusiestStep, Peak, PeakReason, Scalability, StepReport, Usl};
pub use service::{ContainerReport, ServiceReport};
pub use suspect::{Comparison, Indication, Resource, Suspect};
pub use telemetry::{Overhead, TelemetryReport};
pub use timeline::{Heatmap, PhaseBand, Timeline};
pub use waterfall::{Waterfall, WaterfallRow};

/// The whole answer to a run.
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
    pub services: Vec<ServiceReport>,
    /// Only for stepped load.
    pub scalability: Option<Scalability>,
    pub telemetry: TelemetryReport,
    pub timeline: Timeline,
    pub heatmap: Heatmap,
}

/// What ran where, and how to run it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunCard {
    pub id: String,
    /// The name of the scenario.
    pub scenario: String,
    /// One sentence of the scenario: why one would run it.
    pub purpose: String,
    pub seed: u64,
    /// The shape of the shop, or the name of another system.
    pub shape: String,
    /// `process`, `docker` or `external`.
    pub runtime: String,
    /// What the target's data was kept in; empty where the target does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stores: String,
    /// RFC 3339.
    pub started: String,
    /// Length of the load, warm-up included.
    pub duration_s: f64,
    pub warmup_s: f64,
    /// The command that repeats this run.
    pub command: String,
    /// Version of the shakedown binary.
    pub tool_version: String,
    /// Logical cores of the machine.
    pub cores: u32,
    pub cpu_model: String,
    pub memory_mb: u64,
}
