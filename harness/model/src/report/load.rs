//! How the load was sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The load as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadReport {
    /// `None`, as for all else that the load worker counts, in a run that broke off before the end
    /// of the load.
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
    /// The 99th percentile of the lateness is above its limit.
    Late {
        limit_ms: f64,
    },
    NothingSent,
}
