//! How complete the telemetry is, and what it costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How complete the telemetry is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TelemetryReport {
    pub spans_received: u64,
    /// Lost in a full queue, in a failed export or in decoding; unknown, as are the other counts,
    /// in a run that broke off before they were taken.
    pub spans_dropped: Option<u64>,
    /// Spans that ended in a killed process before they were exported (upper bound).
    pub spans_lost_with_killed: Option<u64>,
    /// Share of answered requests whose entry span arrived.
    pub trace_coverage: Option<f64>,
    /// Share of traces in which some span's parent is missing.
    pub incomplete_share: Option<f64>,
    pub scrapes_ok: Option<u64>,
    pub scrapes_failed: Option<u64>,
    pub overhead: Overhead,
}

/// What the collection of telemetry costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overhead {
    pub spans_per_request: f64,
    /// Cores used by the harness while it collected.
    pub harness_cpu: Option<f64>,
}
