//! The load in `report.json`.

use harness_model::report::{self, ScheduleReport, Validity, Waiting};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

/// What became of the load, in requests, warm-up included. Always: `scheduled = sent + dropped +
/// cancelled + unbuilt` and `sent = ok + failed`.
#[derive(Serialize, JsonSchema)]
pub struct LoadReport {
    /// Requests that were due; unknown, as is all else that the load worker counts, in a run that
    /// broke off before the end of the load.
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
    pub reasons: Vec<String>,
}

impl LoadReport {
    /// Copies the counts, and writes the doubts as sentences.
    pub fn new(load: &report::LoadReport) -> LoadReport {
        LoadReport {
            scheduled: load.scheduled,
            sent: load.sent,
            ok: load.ok,
            failed: load.failed,
            dropped: load.dropped,
            cancelled: load.cancelled,
            unbuilt: load.unbuilt,
            schedule: load.schedule,
            waiting: load.waiting,
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
