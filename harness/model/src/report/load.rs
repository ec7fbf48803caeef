//! How the load was sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The load as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadReport {
    /// Requests that were due.
    pub scheduled: u64,
    pub sent: u64,
    pub ok: u64,
    pub failed: u64,
    /// Requests of visits that could not start within the patience.
    pub dropped: u64,
    /// Requests not sent because their journey failed before them or the load was stopped.
    pub cancelled: u64,
    /// How late the load generator itself was, median over the requests.
    pub lateness_p50_ms: f64,
    pub lateness_p99_ms: f64,
    pub lateness_max_ms: f64,
    /// Cores used by the load worker.
    pub generator_cpu: f64,
    /// Cores used by the harness itself.
    pub harness_cpu: f64,
    pub validity: Validity,
    pub doubts: Vec<LoadDoubt>,
}

/// Whether the figures of the load can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    Valid,
    Invalid,
}

/// A reason why the load is not what was asked for; its numbers are in the [`LoadReport`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LoadDoubt {
    /// The worker did not report its counters.
    NoCounters,
    /// Scheduled is not sent, dropped and cancelled together.
    Unbalanced,
    /// Fewer samples arrived than requests were sent.
    SamplesLost {
        arrived: u64,
    },
    /// The 99th percentile of the lateness is above its limit.
    Late {
        limit_ms: f64,
    },
    NothingSent,
}
