//! What became of the load and of its operations.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of the load, in requests, warm-up included. Always: `scheduled = sent + dropped +
/// cancelled + unbuilt` and `sent = ok + failed`.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadReport {
    /// Requests that were due; unknown, as is all else that the load worker counts, in a run
    /// that broke off before the end of the load.
    pub scheduled: Option<u64>,
    pub sent: u64,
    pub ok: u64,
    pub failed: u64,
    /// Requests that were not sent because no user was free for their visit within the patience.
    pub dropped: Option<u64>,
    /// Requests not sent because their journey failed before them or the load was stopped.
    pub cancelled: Option<u64>,
    /// Requests that could not be built because an earlier step captured no value for them. They
    /// are in no rate and no quantile.
    pub unbuilt: Option<u64>,
    /// `None` without a schedule (closed model, stepped load) or without the worker's counts.
    pub schedule: Option<ScheduleReport>,
    /// How long visits waited for a free user; `None` where nothing waits for one.
    pub waiting: Option<Waiting>,
    /// How late the load generator itself was, median over the requests.
    pub lateness_p50_ms: f64,
    pub lateness_p99_ms: f64,
    pub lateness_max_ms: f64,
    /// Cores used by the load worker.
    pub generator_cpu: Option<f64>,
    /// Cores used by the harness itself.
    pub harness_cpu: Option<f64>,
    pub validity: Validity,
    /// Why the load is invalid; empty when it is valid.
    pub doubts: Vec<LoadDoubt>,
}

/// What was sent of what was planned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleReport {
    /// Requests per second that were due. What visitors did not ask for because they had left after
    /// a failure is not in it.
    pub planned_per_s: f64,
    /// Requests per second that were sent.
    pub achieved_per_s: f64,
    /// Seconds of the schedule, and of the load as it was.
    pub planned_s: f64,
    pub took_s: f64,
    /// Enough of the planned rate was achieved.
    pub kept: bool,
    /// The scenario counts how requests end, at whatever rate they can be sent.
    pub best_effort: bool,
    /// Users of the pool, and how many would do at the observed times; `None` where these do not
    /// ask for more.
    pub pool: u64,
    pub pool_needed: Option<u64>,
}

/// How long visits waited for a free user of the pool: from the intended moment until one took them
/// or, for those that nobody took, until they were given up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// Whether the load was what the scenario asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// The generator kept up with the schedule.
    Valid,
    /// It did not, so the target was not tested as planned.
    Invalid,
}

/// A reason why the load is not what was asked for; its numbers are in the [`LoadReport`].
#[derive(Debug, Clone, PartialEq)]
pub enum LoadDoubt {
    /// The run could not do what it was asked to.
    RunFailed {
        why: String,
    },
    /// The harness was killed, or still runs.
    Unfinished {
        /// Seconds until the last answer; `None` without any.
        samples_until_s: Option<f64>,
    },
    /// The worker did not report its counters.
    NoCounters,
    /// Scheduled is not sent, dropped and cancelled together.
    Unbalanced,
    /// Fewer samples arrived than requests were sent.
    SamplesLost {
        arrived: u64,
    },
    /// Of the requests that were not sent for want of a user, only so many are in the samples.
    UnsentLost {
        arrived: u64,
    },
    /// More requests found no free user than may: these of the requests due in these phases (none:
    /// the whole run).
    NotSent {
        unsent: u64,
        due: u64,
        within: Vec<String>,
        /// The share that may.
        limit: f64,
    },
    /// The schedule was not kept, see [`LoadReport::schedule`].
    BehindSchedule,
    /// The 99th percentile of the lateness is above its limit.
    Late {
        limit_ms: f64,
        /// The tightest latency budget, where that is what sets the limit.
        budget_ms: Option<f64>,
    },
    NothingSent,
}

/// One operation in one phase; phase `all` is everything but the warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationReport {
    pub name: String,
    pub group: String,
    pub phase: String,
    /// Requests.
    pub n: u64,
    /// Requests that succeeded.
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
