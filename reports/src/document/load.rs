//! The load in `report.json`.

use harness_model::report::{self, Validity};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

#[derive(Serialize, JsonSchema)]
pub struct LoadReport {
    pub scheduled: u64,
    pub sent: u64,
    pub ok: u64,
    pub failed: u64,
    pub dropped: u64,
    pub cancelled: u64,
    pub lateness_p50_ms: f64,
    pub lateness_p99_ms: f64,
    pub lateness_max_ms: f64,
    /// Cores used by the load worker.
    pub generator_cpu: f64,
    pub harness_cpu: f64,
    pub validity: Validity,
    pub reasons: Vec<String>,
}

impl LoadReport {
    pub fn new(load: &report::LoadReport) -> LoadReport {
        LoadReport {
            scheduled: load.scheduled,
            sent: load.sent,
            ok: load.ok,
            failed: load.failed,
            dropped: load.dropped,
            cancelled: load.cancelled,
            lateness_p50_ms: load.lateness_p50_ms,
            lateness_p99_ms: load.lateness_p99_ms,
            lateness_max_ms: load.lateness_max_ms,
            generator_cpu: load.generator_cpu,
            harness_cpu: load.harness_cpu,
            validity: load.validity,
            reasons: words::load_doubts(load),
        }
    }
}
