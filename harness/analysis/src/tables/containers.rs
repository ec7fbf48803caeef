//! What the kernel says about each container: its limits, its traffic, its ends.

use harness_model::metric::{
    CONTAINER_MEMORY_BYTES, CONTAINER_MEMORY_LIMIT_BYTES, CONTAINER_OOM_KILLS,
    CONTAINER_RECEIVED_BYTES, CONTAINER_SENT_BYTES, CONTAINER_THROTTLED_PERIODS,
    CONTAINER_THROTTLED_SECONDS,
};
use harness_model::report::ContainerReport;
use harness_model::{EventKind, RunData};

use crate::run::readings::{growth, peak, values};

const MB: f64 = 1e6;

/// `None` for a service that has no container.
pub fn report(run: &RunData, service: &str) -> Option<ContainerReport> {
    let most = peak(run, service, CONTAINER_MEMORY_BYTES);
    let grown = |metric| growth(run, service, metric);
    let throttled = grown(CONTAINER_THROTTLED_PERIODS);
    if most.is_none() && throttled.is_none() {
        return None;
    }
    let limits = values(run, service, CONTAINER_MEMORY_LIMIT_BYTES);
    let counted = grown(CONTAINER_OOM_KILLS).unwrap_or(0.0) as u64;
    Some(ContainerReport {
        throttled_periods: throttled.unwrap_or(0.0) as u64,
        throttled_s: grown(CONTAINER_THROTTLED_SECONDS).unwrap_or(0.0),
        memory_mb: most.map(|bytes| bytes / MB),
        memory_limit_mb: limits.reduce(f64::min).map(|bytes| bytes / MB),
        received_mb: grown(CONTAINER_RECEIVED_BYTES).map(|bytes| bytes / MB),
        sent_mb: grown(CONTAINER_SENT_BYTES).map(|bytes| bytes / MB),
        // The counter is lost with its container; the event of its end is not.
        oom_kills: ran_out_of_memory(run, service).max(counted),
    })
}

/// Starts of a service beyond its first.
pub fn restarts(run: &RunData, service: &str) -> u64 {
    let starts = run.events.iter().filter(|event| match &event.what {
        EventKind::ServiceStarted { service: one, .. } => one == service,
        _ => false,
    });
    (starts.count() as u64).saturating_sub(1)
}

fn ran_out_of_memory(run: &RunData, service: &str) -> u64 {
    let ends = run.events.iter().filter(|event| match &event.what {
        EventKind::ServiceOutOfMemory { service: one, .. } => one == service,
        _ => false,
    });
    ends.count() as u64
}
