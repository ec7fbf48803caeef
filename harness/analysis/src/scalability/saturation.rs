//! What ran out while the machine still had CPU: a container's limit, one thread, connections.
//!
//! Only what was measured: nothing found here does not mean that nothing ran out.

use std::collections::BTreeMap;

use harness_model::metric::{CONTAINER_THROTTLED_SECONDS, PROCESS_CPU_SECONDS};
use harness_model::report::{Exhausted, Saturation};
use harness_model::{RunData, Sym};

use super::steps::Step;

/// A container that was held back for this share of the time had too little CPU.
const THROTTLED: f64 = 0.1;
/// What one busy thread uses, in cores; a process that ever used more has several.
const ONE_THREAD: std::ops::RangeInclusive<f64> = 0.9..=1.05;
/// Shorter waits for a connection are the cost of taking one.
const WAITED_MS: f64 = 5.0;
/// How the names of histograms of that wait begin (OpenTelemetry, semantic conventions of database
/// clients: `db.client.connection.wait_time`), as Prometheus writes them.
const CONNECTION_WAIT: &str = "db_client_connection_wait";

/// Each service and resource at most once, in the step in which it was worst.
pub fn saturated(run: &RunData, steps: &[Step]) -> Vec<Saturation> {
    let services = run.topology().map(|topology| topology.services.as_slice());
    let mut found = Vec::new();
    for service in services.unwrap_or_default() {
        let Some(symbol) = run.strings.find(&service.name) else {
            continue;
        };
        let grown = |metric: &str| -> Vec<Option<f64>> {
            let metric = run.strings.find(metric);
            let grown = |step| growth_per_s(run, step, symbol, |one| Some(one) == metric);
            steps.iter().map(grown).collect()
        };
        let one = |step: usize, what| Saturation {
            service: service.name.clone(),
            step: step + 1,
            what,
        };
        if let Some((step, share)) = worst(&grown(CONTAINER_THROTTLED_SECONDS))
            && share >= THROTTLED
        {
            found.push(one(step, Exhausted::CpuLimit { share }));
        }
        if let Some((step, cores)) = worst(&grown(PROCESS_CPU_SECONDS))
            && ONE_THREAD.contains(&cores)
        {
            found.push(one(step, Exhausted::OneThread { cores }));
        }
        let waits: Vec<Option<f64>> = (steps.iter())
            .map(|step| wait_ms(run, step, symbol))
            .collect();
        let first = waits.iter().flatten().next().copied().unwrap_or(0.0);
        if let Some((step, wait_ms)) = worst(&waits)
            && wait_ms >= WAITED_MS.max(2.0 * first)
        {
            found.push(one(step, Exhausted::Connections { wait_ms }));
        }
    }
    found
}

fn worst(values: &[Option<f64>]) -> Option<(usize, f64)> {
    let known = values.iter().enumerate();
    let known = known.filter_map(|(step, value)| Some((step, (*value)?)));
    known.max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// Mean time that a connection was waited for, from the sum and the count of the histogram.
fn wait_ms(run: &RunData, step: &Step, service: Sym) -> Option<f64> {
    let grown = |part: &str| {
        growth_per_s(run, step, service, |metric| {
            let name = run.strings.name(metric);
            name.starts_with(CONNECTION_WAIT) && name.ends_with(part)
        })
    };
    let (sum, count) = (grown("_sum")?, grown("_count")?);
    (count > 0.0).then(|| sum / count * 1e3)
}

/// How much the counters of a service grew a second over a step, all their series together; `None`
/// where there is none that was read twice.
fn growth_per_s(
    run: &RunData,
    step: &Step,
    service: Sym,
    is_one: impl Fn(Sym) -> bool,
) -> Option<f64> {
    let mut series = BTreeMap::new();
    for point in &run.metrics {
        let during = step.from <= point.at && point.at <= step.to;
        if point.service == service && during && is_one(point.metric) {
            let key = (point.metric, point.labels, point.instance);
            let (first, last) = series.entry(key).or_insert((*point, *point));
            if point.at < first.at {
                *first = *point;
            }
            if point.at >= last.at {
                *last = *point;
            }
        }
    }
    let mut seconds: f64 = 0.0;
    let mut grown = 0.0;
    for (first, last) in series.values() {
        seconds = seconds.max((last.at - first.at).secs_f64());
        // A counter that fell belongs to a new process.
        grown += (last.value - first.value).max(0.0);
    }
    (seconds > 0.0).then(|| grown / seconds)
}
