//! What the analysis says about a run: `report.json`, format 1.0.
//!
//! Times called `_s` are seconds, `_ms` milliseconds; moments are seconds from the start of the
//! load. `None` means "not measured" or "not enough data" and never zero. It must not know how
//! any of it is drawn.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::invariant::{InvariantResult, SideResult};
use crate::verdict::Verdict;

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
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

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunCard {
    pub id: String,
    pub scenario: String,
    pub purpose: String,
    pub seed: u64,
    pub shape: String,
    pub runtime: String,
    /// What the target's data was kept in; empty where the target does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stores: String,
    /// RFC 3339.
    pub started: String,
    pub duration_s: f64,
    pub warmup_s: f64,
    pub command: String,
    pub tool_version: String,
    pub cores: u32,
    pub cpu_model: String,
    pub memory_mb: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetResult {
    pub measure: String,
    pub of: String,
    /// Phase names joined by `, `, or `whole run`.
    #[serde(rename = "in")]
    pub within: String,
    pub limit: f64,
    /// `ms`, `ratio`, `1/s`, `s` or `requests`.
    pub unit: String,
    pub observed: Option<f64>,
    /// How the observed value reads, for example `> 42 s` when it is censored.
    pub observed_text: String,
    /// Confidence interval `[lo, hi]`; `None` where the data gives no bound.
    pub ci: [Option<f64>; 2],
    pub n: u64,
    pub verdict: Verdict,
    pub why: String,
    /// `line:column` in the scenario.
    pub stated_at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadReport {
    /// Unknown, as is all else that the load worker counts, in a run that broke off under load.
    pub scheduled: Option<u64>,
    pub sent: u64,
    pub ok: u64,
    pub failed: u64,
    pub dropped: Option<u64>,
    pub cancelled: Option<u64>,
    pub lateness_p50_ms: f64,
    pub lateness_p99_ms: f64,
    pub lateness_max_ms: f64,
    /// Cores used by the load worker.
    pub generator_cpu: Option<f64>,
    pub harness_cpu: Option<f64>,
    pub validity: Validity,
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    Valid,
    Invalid,
}

/// One operation in one phase; phase `all` is everything but the warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationReport {
    pub name: String,
    pub group: String,
    pub phase: String,
    pub n: u64,
    pub ok: u64,
    /// Error class -> count.
    pub errors: BTreeMap<String, u64>,
    /// From the intended moment, successes only.
    pub response_ms: Quantiles,
    /// From the moment it was sent, successes only.
    pub service_ms: Quantiles,
    /// Failures only, from the intended moment.
    pub failure_ms: Quantiles,
}

/// Quantiles of one histogram; `None` where there are fewer than 10/(1-q) samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantiles {
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultReport {
    pub name: String,
    pub kind: String,
    pub target: String,
    pub planned_s: f64,
    pub injected_s: Option<f64>,
    pub healed_s: Option<f64>,
    pub evidence: EvidenceReport,
    /// From injection until the first request was known to be lost to it; `None`: the service level
    /// never left its band.
    pub detection_s: Option<f64>,
    /// From healing until it was back for good; when `censored`, a lower bound.
    pub recovery_s: Option<f64>,
    pub censored: bool,
    /// An earlier fault that was still felt when this one began, by name: what it left behind
    /// cannot be told apart from what this fault did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<String>,
    /// Equivalent seconds of full outage, against the schedule.
    pub dip_s: f64,
    /// Requests scheduled that did not succeed in time, beyond the baseline's share.
    pub lost: f64,
    /// Only where the target declares its backlog, and it was seen before, during and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<Backlog>,
    /// Operations that failed more often or became slower while the fault was on.
    pub harmed: Vec<Harm>,
    /// Operations that were asked while the fault was on, and did neither.
    pub contained: Vec<String>,
    /// Ranked, most suspect first; found without knowing what was injected.
    pub suspects: Vec<Suspect>,
    /// Was the injected truth the first suspect (`1`), the n-th, or not among them (`None`)?
    pub truth_rank: Option<u32>,
    /// A typical trace before and one during.
    pub before: Option<Waterfall>,
    pub during: Option<Waterfall>,
    /// A few sentences that tell the story.
    pub story: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceReport {
    pub eligible: u64,
    pub affected: u64,
    pub verified: bool,
}

/// Work that waited because of a fault, as the target's own gauge has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backlog {
    /// The most that waited before the first fault.
    pub baseline: f64,
    /// The most that waited while this one was on.
    pub peak: f64,
    /// From healing until no more waited than before; `None`: that was not seen.
    pub drained_s: Option<f64>,
}

/// How a fault harmed an operation. Medians are of good answers only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Harm {
    pub operation: String,
    /// Share of requests that failed or came too late, 0..=1.
    pub failed_before: f64,
    pub failed_during: f64,
    pub p50_before_ms: Option<f64>,
    pub p50_during_ms: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Suspect {
    /// The process that is blamed, or the callee of the blamed edge.
    pub service: String,
    /// `caller -> callee` when the call path is blamed rather than the process.
    pub edge: Option<String>,
    /// 0..=1, relative to the best suspect of this fault.
    pub score: f64,
    pub why: Vec<String>,
}

/// One trace, drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waterfall {
    pub trace_id: String,
    pub operation: String,
    pub duration_ms: f64,
    pub rows: Vec<WaterfallRow>,
    /// Spans beyond the first rows.
    pub omitted: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaterfallRow {
    pub service: String,
    pub name: String,
    pub kind: String,
    pub depth: u32,
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Part of the critical path, in ms.
    pub critical_ms: f64,
    pub failed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceReport {
    pub name: String,
    /// Server spans per second.
    pub rate: f64,
    /// Share of failed server spans.
    pub errors: f64,
    /// Of the server spans that did not fail.
    pub p95_ms: Option<f64>,
    /// Cores used.
    pub cpu: Option<f64>,
    pub rss_mb: Option<f64>,
    /// Share of the time of all request roots that this service's spans held the critical path.
    pub critical_path_share: Option<f64>,
    /// Group of operations -> requests of it, of the whole run, that reached this service.
    pub reached_by: BTreeMap<String, u64>,
    /// How often it was started again.
    pub restarts: u64,
    /// Only for a service in a container.
    pub container: Option<ContainerReport>,
}

/// What the kernel says about a container over the load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerReport {
    /// Scheduling periods in which it had used up its share of CPU time.
    pub throttled_periods: u64,
    /// How long its threads had to wait for that, summed over the cores.
    pub throttled_s: f64,
    /// The most it held, without what could be dropped at once.
    pub memory_mb: Option<f64>,
    /// The lowest limit that was set.
    pub memory_limit_mb: Option<f64>,
    pub received_mb: Option<f64>,
    pub sent_mb: Option<f64>,
    /// How often the kernel ended it for want of memory.
    pub oom_kills: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scalability {
    pub steps: Vec<StepReport>,
    pub usl: Usl,
    /// Highest offered rate whose step kept the latency and error budgets.
    pub capacity_at_budget: Option<f64>,
    pub budget_text: String,
    /// Service -> CPU milliseconds a request.
    pub demand_ms: BTreeMap<String, f64>,
    pub bottleneck: Option<String>,
    pub bottleneck_why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepReport {
    /// Requests per second.
    pub offered: f64,
    /// Successful requests per second.
    pub throughput: f64,
    /// Mean requests in the system, from the time average of open requests.
    pub concurrency: f64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// Share of failed requests.
    pub errors: f64,
    /// Requests of the step's schedule that were not asked within the step: held up, dropped or
    /// cancelled.
    pub behind: u64,
    /// Relative error of Little's law, a check of the measurement itself.
    pub little_error: f64,
    /// Used in the fit (steady, Little's law within bounds).
    pub fitted: bool,
}

/// `X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1))` (Gunther's Universal Scalability Law).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usl {
    pub gamma: Option<f64>,
    pub alpha: Option<f64>,
    pub beta: Option<f64>,
    /// Parameter -> `[lo, hi]`.
    pub ci: BTreeMap<String, [f64; 2]>,
    /// Concurrency and throughput of the peak, when identified.
    pub peak: Option<Peak>,
    pub identified: bool,
    pub why: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Peak {
    pub concurrency: f64,
    pub throughput: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TelemetryReport {
    pub spans_received: u64,
    /// Unknown, as are the other counts, in a run that broke off before they were taken.
    pub spans_dropped: Option<u64>,
    /// Ended in a killed process before export (upper bound).
    pub spans_lost_with_killed: Option<u64>,
    /// Share of answered requests whose entry span arrived.
    pub trace_coverage: Option<f64>,
    /// Share of traces in which some span's parent is missing.
    pub incomplete_share: Option<f64>,
    pub scrapes_ok: Option<u64>,
    pub scrapes_failed: Option<u64>,
    pub overhead: Overhead,
}

/// What listening cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overhead {
    pub spans_per_request: f64,
    /// Cores used by the harness while it listened.
    pub harness_cpu: Option<f64>,
}

/// Series on one x-axis: bucket `i` covers `[i * bucket_s, (i + 1) * bucket_s)`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    pub bucket_s: f64,
    /// Requests per second due.
    pub offered: Vec<f64>,
    /// Successful, in-deadline requests per second, by intended time.
    pub goodput: Vec<f64>,
    /// Failed requests per second, by intended time.
    pub errors: Vec<f64>,
    /// Quantiles look back over as many buckets, ten at most, as hold 10/(1-q) successes.
    pub p50_ms: Vec<Option<f64>>,
    pub p95_ms: Vec<Option<f64>>,
    pub p99_ms: Vec<Option<f64>>,
    /// Service -> cores used.
    pub cpu: BTreeMap<String, Vec<Option<f64>>>,
    pub phases: Vec<PhaseBand>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseBand {
    pub name: String,
    /// `warmup`, `baseline`, `fault`, `after`, `step` or `steady`.
    pub kind: String,
    pub from_s: f64,
    pub to_s: f64,
}

/// Requests by time and response time; `counts[row][column]`, row 0 is the fastest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Heatmap {
    pub column_s: f64,
    /// Lower bounds of the rows in ms, logarithmic.
    pub rows_ms: Vec<f64>,
    pub counts: Vec<Vec<u32>>,
}
