//! What the analysis finds out about a run: `report.json`, format 1.0.
//!
//! Times called `_s` are seconds, `_ms` milliseconds; moments are seconds from the start of the
//! load. `None` means "not measured" or "not enough data" and never zero. It must not know how any
//! of it is drawn.
//!
//! `summary` is the whole; each other file is one part of it.

mod budget;
mod fault;
mod load;
mod run;
mod scalability;
mod series;
mod service;
mod summary;
mod telemetry;
mod trace;

pub use crate::invariant::{InvariantResult, SideResult};
pub use budget::BudgetResult;
pub use fault::{Backlog, EvidenceReport, FaultReport, Harm, Suspect};
pub use load::{LoadReport, OperationReport, Quantiles, Validity};
pub use run::RunCard;
pub use scalability::{Peak, Scalability, StepReport, Usl};
pub use series::{Heatmap, PhaseBand, Timeline};
pub use service::{ContainerReport, ServiceReport};
pub use summary::Report;
pub use telemetry::{Overhead, TelemetryReport};
pub use trace::{Waterfall, WaterfallRow};
