//! How much work waited because of a fault, and how long until it was done.
//!
//! The sum of one gauge over all services that have it. A service that does not answer a scrape
//! counts with its last reading, as its work still waits. It must not know what is waiting.

use harness_model::report::Backlog;
use harness_model::{Offset, RunData};

use crate::run::windows::{Window, Windows};

/// `None` where the target declares no backlog, or none was read before and after the fault.
pub fn backlog(run: &RunData, windows: &Windows) -> Option<Backlog> {
    let sums = sums(run);
    let Windows { before, during } = windows;
    let baseline = highest(&sums, *before)?;
    let peak = highest(&sums, *during)?;
    let later = sums.iter().filter(|(at, _)| *at >= during.to);
    let drained_s = match peak > baseline {
        true => later
            .clone()
            .find(|(_, sum)| *sum <= baseline)
            .map(|(at, _)| (*at - during.to).secs_f64()),
        false => Some(0.0),
    };
    later.clone().next()?;
    Some(Backlog {
        baseline,
        peak,
        drained_s,
    })
}

/// What was waiting in all from each reading on.
fn sums(run: &RunData) -> Vec<(Offset, f64)> {
    let definition = &run.plan.target.definition;
    let name = definition.backlog_metric.as_deref();
    let Some(metric) = name.and_then(|name| run.strings.find(name)) else {
        return Vec::new();
    };
    let mut readings: Vec<_> = run
        .metrics
        .iter()
        .filter(|point| point.metric == metric && point.value.is_finite())
        .map(|point| (point.at, (point.service, point.labels), point.value))
        .collect();
    readings.sort_by_key(|(at, series, _)| (*at, *series));
    let mut known = std::collections::BTreeMap::new();
    let mut sums: Vec<(Offset, f64)> = Vec::new();
    for (at, series, value) in readings {
        known.insert(series, value);
        let sum = known.values().sum();
        match sums.last_mut() {
            Some(last) if last.0 == at => last.1 = sum,
            _ => sums.push((at, sum)),
        }
    }
    sums
}

/// The highest sum within a window, the one that it begins with included.
fn highest(sums: &[(Offset, f64)], window: Window) -> Option<f64> {
    let first = sums.partition_point(|(at, _)| *at <= window.from);
    let end = sums.partition_point(|(at, _)| *at <= window.to);
    let within = sums.get(first.saturating_sub(1)..end)?.iter();
    within.map(|(_, sum)| *sum).reduce(f64::max)
}
