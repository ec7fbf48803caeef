//! The resolved plan: everything a run will do, decided before anything starts.
//!
//! No option is left to a default and no name is left to look up. It must not know TOML.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{Settings, TargetDefinition};
use crate::fault::{Edge, FaultPlan};
use crate::load::LoadPlan;
pub use crate::runtime::Runtime;
use crate::seed::Seed;
use crate::time::Offset;

/// A run, resolved. Written to the archive as `plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Version of this format, `major.minor`.
    pub format: String,
    /// The name of the scenario.
    pub scenario: String,
    /// One sentence: why one would run this.
    pub purpose: String,
    /// Everything random in the run is drawn from it.
    pub seed: Seed,
    pub target: TargetPlan,
    pub load: LoadPlan,
    /// In the order in which they begin.
    pub faults: Vec<FaultPlan>,
    /// Contiguous, in order, from 0 to the end of the load; found by a sample's intended time.
    pub phases: Vec<Phase>,
    /// In the order of the scenario.
    pub budgets: Vec<Budget>,
    pub judgement: Judgement,
    pub telemetry: TelemetryPlan,
    /// Edges that get a proxy for the whole run: every edge that a fault may touch.
    pub proxied: Vec<Edge>,
}

/// The system under load, and how it is brought up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetPlan {
    /// Where its services run.
    pub runtime: Runtime,
    /// Shape name, or the definition's name for another system.
    pub shape: String,
    /// Its services, edges, settings and invariants.
    pub definition: TargetDefinition,
    /// Defaults of the definition with the scenario's overrides merged in.
    pub settings: Settings,
    /// Base URL of an external target; `None` for one that is started.
    pub url: Option<String>,
    /// A target that is not ready after this time did not come up.
    pub ready_within_ns: u64,
    /// CPU niceness of the target's processes, so that a busy machine slows the target before the
    /// load generator.
    pub nice: i8,
}

/// A stretch of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// `warmup`, `baseline`, `fault:NAME`, `after:NAME`, `step:N`, `steady`.
    pub name: String,
    pub kind: PhaseKind,
    /// Its first moment.
    pub from: Offset,
    /// The first moment after it.
    pub to: Offset,
}

/// What is going on in a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// In no statistic.
    Warmup,
    /// Before the first fault.
    Baseline,
    /// While fault `.0` (index into the plan's faults) is on.
    Fault(usize),
    /// From the end of fault `.0` to the next fault or the end.
    After(usize),
    /// One rate step of a scalability run (index from 0).
    Step(usize),
    /// After the warm-up of a run without faults and steps.
    Steady,
}

impl PhaseKind {
    /// `warmup`, `baseline`, `fault`, `after`, `step` or `steady`; without the index.
    pub fn name(&self) -> &'static str {
        match self {
            PhaseKind::Warmup => "warmup",
            PhaseKind::Baseline => "baseline",
            PhaseKind::Fault(_) => "fault",
            PhaseKind::After(_) => "after",
            PhaseKind::Step(_) => "step",
            PhaseKind::Steady => "steady",
        }
    }
}

/// A limit that the run must keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// What is limited.
    pub measure: Measure,
    /// Whose measure it is.
    pub of: Subject,
    /// Phase names it is judged in; empty means everything but the warm-up.
    pub within: Vec<String>,
    /// In the measure's unit, see [`Measure::unit`].
    pub limit: f64,
    /// A latency of successes only; otherwise a failure is slower than any answer.
    #[serde(default)]
    pub of_success: bool,
    /// Where the scenario states it (`line:column`).
    pub stated_at: String,
}

/// What a budget can limit. Latencies count from the moment for which requests were intended, and a
/// failure is slower than any answer unless the budget is of successes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Median latency.
    P50,
    /// 90th percentile of the latency.
    P90,
    /// 95th percentile of the latency.
    P95,
    /// 99th percentile of the latency.
    P99,
    /// 99.9th percentile of the latency.
    P999,
    /// Highest latency.
    Max,
    /// Share of failed requests, 0..=1.
    ErrorRate,
    /// Successful requests per second; the limit is a minimum.
    Throughput,
    /// Seconds from the end of a fault until the service level is back for good.
    Recovery,
    /// Seconds from the start of a fault until the first request is known to be lost to it.
    Detection,
    /// Seconds of full outage that would have cost as many requests as a fault did.
    Dip,
    /// Requests lost to a fault.
    Lost,
}

impl Measure {
    /// Every measure once, in the order in which messages list them.
    pub const ALL: [Measure; 12] = [
        Measure::P50,
        Measure::P90,
        Measure::P95,
        Measure::P99,
        Measure::P999,
        Measure::Max,
        Measure::ErrorRate,
        Measure::Throughput,
        Measure::Recovery,
        Measure::Detection,
        Measure::Dip,
        Measure::Lost,
    ];

    /// The name in scenarios and reports.
    pub fn name(self) -> &'static str {
        match self {
            Measure::P50 => "p50",
            Measure::P90 => "p90",
            Measure::P95 => "p95",
            Measure::P99 => "p99",
            Measure::P999 => "p999",
            Measure::Max => "max",
            Measure::ErrorRate => "error_rate",
            Measure::Throughput => "throughput",
            Measure::Recovery => "recovery",
            Measure::Detection => "detection",
            Measure::Dip => "dip",
            Measure::Lost => "lost",
        }
    }

    /// The unit of limits and observed values: `ms`, `ratio`, `1/s`, `s` or `requests`.
    pub fn unit(self) -> &'static str {
        match self {
            Measure::ErrorRate => "ratio",
            Measure::Throughput => "1/s",
            Measure::Recovery | Measure::Detection | Measure::Dip => "s",
            Measure::Lost => "requests",
            Measure::P50
            | Measure::P90
            | Measure::P95
            | Measure::P99
            | Measure::P999
            | Measure::Max => "ms",
        }
    }

    /// A limit as people write it: `500 ms`, `1 %`, `40/s`.
    pub fn written(self, limit: f64) -> String {
        match self.unit() {
            "ratio" => format!("{} %", limit * 100.0),
            "1/s" => format!("{limit}/s"),
            unit => format!("{limit} {unit}"),
        }
    }

    /// The quantile of a latency measure, 0..=1; `None` for other measures.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Measure::P50 => Some(0.50),
            Measure::P90 => Some(0.90),
            Measure::P95 => Some(0.95),
            Measure::P99 => Some(0.99),
            Measure::P999 => Some(0.999),
            Measure::Max => Some(1.0),
            Measure::ErrorRate
            | Measure::Throughput
            | Measure::Recovery
            | Measure::Detection
            | Measure::Dip
            | Measure::Lost => None,
        }
    }

    /// True when more is better and the limit is a minimum.
    pub fn is_floor(self) -> bool {
        self == Measure::Throughput
    }
}

/// What a budget is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "subject", content = "name", rename_all = "kebab-case")]
pub enum Subject {
    /// All operations.
    All,
    /// One operation.
    Operation(String),
    /// All operations of a group.
    Group(String),
    /// A service, by its server spans.
    Service(String),
    /// A fault of the timeline.
    Fault(String),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Subject::All => write!(f, "all operations"),
            Subject::Operation(name) => write!(f, "{name}"),
            Subject::Group(name) => write!(f, "group {name}"),
            Subject::Service(name) => write!(f, "service {name}"),
            Subject::Fault(name) => write!(f, "fault {name}"),
        }
    }
}

/// How the answers are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// Width of the time buckets of the service-level indicator.
    pub bucket_ns: u64,
    /// The indicator must stay in its band for this long to count as recovered.
    pub hold_ns: u64,
    /// A response slower than this is not good, whatever its status.
    pub deadline_ns: u64,
    /// The band of the indicator around its baseline is at least this wide on each side, as a share
    /// of good requests.
    pub band_floor: f64,
    /// With a lower share of answered requests traced, the run is inconclusive.
    pub min_trace_coverage: f64,
    /// Confidence of the intervals of budgets, for example 0.95.
    pub confidence: f64,
    /// Whether the run answers its question without the schedule of the load being kept.
    #[serde(default)]
    pub schedule: Schedule,
    /// With a lower share of the planned rate, the schedule was not kept.
    #[serde(default)]
    pub min_rate: f64,
    /// The highest share of requests that may be left unsent for want of a free user.
    #[serde(default = "all")]
    pub max_unsent: f64,
    /// The share of a budget that the generator may add to it (lateness) or leave out (requests
    /// that were not sent).
    #[serde(default = "all")]
    pub tolerance: f64,
}

/// What plans of earlier versions bear: they do not say, and nothing was asked of them.
fn all() -> f64 {
    1.0
}

/// What the schedule of the load is to the question of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The question is about this load: without it there is no answer.
    #[default]
    Strict,
    /// The run counts how requests end, at whatever rate they can be sent.
    BestEffort,
}

impl Schedule {
    /// Every kind, in the order in which messages list them.
    pub const ALL: [Schedule; 2] = [Schedule::Strict, Schedule::BestEffort];

    /// The name in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Schedule::Strict => "strict",
            Schedule::BestEffort => "best-effort",
        }
    }
}

/// How the telemetry is collected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TelemetryPlan {
    /// From one scrape of a service's metrics to the next.
    pub scrape_interval_ns: u64,
    /// After the load, exporters have at most this long to hand over what they hold.
    pub drain_within_ns: u64,
}

impl Plan {
    /// The fault of that name.
    pub fn fault(&self, name: &str) -> Option<&FaultPlan> {
        self.faults.iter().find(|fault| fault.name == name)
    }

    /// Index of the phase that holds a moment; the last one for moments after the end.
    pub fn phase_at(&self, at: Offset) -> usize {
        self.phases
            .partition_point(|phase| phase.to <= at)
            .min(self.phases.len().saturating_sub(1))
    }
}
