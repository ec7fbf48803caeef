//! How requests of an operation ended and how long they took.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
