//! The vocabulary of the harness: plain data that every other crate speaks.
//!
//! A run is described by a [`Plan`] before it starts, becomes a [`RunData`] while it runs, and is
//! answered by a [`Report`] afterwards. Adapters (deployers, load engines, collectors, renderers)
//! meet only in these types and never in each other's.
//!
//! This crate owns names, units and shapes. It must not know files, sockets, clocks or any
//! particular target system.
//!
//! - `definition`, `invariant`, `runtime`: the target system; `topology`: the target as it runs
//! - `workload`, `template`: what visitors do; `load`: how much of it, and what became of it
//! - `fault/`: the catalogue of fault kinds, and faults on a timeline
//! - `plan`: all of these resolved, with phases, budgets and how answers are judged
//! - `event`, `sample`, `span`, `metric`, on the clock of `time` and with the names of `strings`:
//!   what a run records; `spans`: many of them in little memory; `run_data`: all of it together
//! - `report/`: what the analysis finds out; `verdict`: the verdict and the exit codes
//! - `seed`: named streams of random numbers

pub mod definition;
pub mod event;
pub mod fault;
pub mod instance;
pub mod invariant;
pub mod load;
pub mod metric;
pub mod plan;
pub mod report;
pub mod run_data;
pub mod runtime;
pub mod sample;
pub mod seed;
pub mod span;
pub mod spans;
pub mod strings;
pub mod template;
pub mod time;
pub mod topology;
pub mod verdict;
pub mod workload;

pub use definition::TargetDefinition;
pub use event::{EventKind, RunEvent};
pub use fault::{
    Capabilities, Edge, Effect, Evidence, FaultKind, FaultPlan, FaultTarget, Impairment, Strikes,
    TrafficRule,
};
pub use instance::{InstanceId, InstanceSelection};
pub use invariant::{Invariant, Relation};
pub use load::{LoadModel, LoadPlan, LoadTally, RateSegment};
pub use plan::{Budget, Measure, Phase, Plan};
pub use report::Report;
pub use run_data::{Manifest, RunData};
pub use sample::{ErrorClass, Sample};
pub use seed::Seed;
pub use span::{Span, SpanKind};
pub use spans::Spans;
pub use strings::{Strings, Sym};
pub use template::Template;
pub use time::Offset;
pub use topology::Topology;
pub use verdict::{ExitCode, Verdict};
