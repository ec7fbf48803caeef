//! What the analysis finds out about a run: typed facts, which `reports` puts into words.
//!
//! Times called `_s` are seconds, `_ms` milliseconds; moments are seconds from the start of the
//! load. `None` means "not measured" or "not enough data" and never zero. It must not know how any
//! of it is worded, drawn or written: `report.json` (format 1.0) is a document of `reports`.
//!
//! `summary` is the whole; each other file is one part of it.

mod budget;
mod doubt;
mod fault;
mod host;
mod invariant;
mod load;
mod run;
mod scalability;
mod series;
mod service;
mod stretch;
mod summary;
mod suspect;
mod telemetry;
mod trace;

pub use budget::{BudgetReason, BudgetResult};
pub use doubt::Doubt;
pub use fault::{
    Backlog, BreakerOpened, BudgetSpent, EvidenceReport, FaultReport, Harm, HealthLost, Noticed,
    OutOfMemory, Relapse,
};
pub use host::{HostReport, HostStretch};
pub use invariant::{InvariantResult, SideResult, Uncounted};
pub use load::{
    LoadDoubt, LoadReport, OperationReport, Quantiles, ScheduleReport, Validity, Waiting,
};
pub use run::RunCard;
pub use scalability::{
    BudgetLimit, BusiestStep, Exhausted, Peak, PeakReason, Saturation, Scalability, StepReport, Usl,
};
pub use series::{Heatmap, PhaseBand, Timeline};
pub use service::{ContainerReport, ServiceReport};
pub use stretch::{Excess, StretchReport};
pub use summary::Report;
pub use suspect::{Blind, Comparison, Indication, Part, Resource, Suspect, Unseen};
pub use telemetry::{Overhead, TelemetryReport};
pub use trace::{Waterfall, WaterfallRow};
