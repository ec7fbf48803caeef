//! Series over the load, all in the same buckets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use harness_model::metric::{MetricPoint, PROCESS_CPU_SECONDS};
use harness_model::report::{PhaseBand, Timeline};
use harness_model::{Phase, RunData};

use crate::run::moments::planned_end;
use crate::run::samples::is_good;
use crate::stats::latencies::Latencies;
use crate::stats::order::enough;

/// A quantile looks back over at most this many buckets.
const LOOK_BACK: usize = 10;

pub fn timeline(run: &RunData) -> Timeline {
    let bucket_s = 1.0;
    let length = planned_end(run).secs_f64().max(0.0).ceil() as usize;
    let mut good = vec![0.0; length];
    let mut errors = vec![0.0; length];
    let mut latencies = vec![Latencies::default(); length];
    for sample in run.due() {
        let second = (sample.intended.secs_f64() / bucket_s) as usize;
        let Some(latency) = latencies.get_mut(second) else {
            continue;
        };
        if is_good(run, sample) {
            good[second] += 1.0;
        }
        if sample.ok() {
            latency.record_ns(sample.response_ns());
        } else {
            errors[second] += 1.0;
        }
    }
    let offered = offered_per_s(run);
    let series = |q: f64| (0..length).map(|at| quantile(&latencies, at, q)).collect();
    Timeline {
        bucket_s,
        offered: (0..length)
            .map(|i| offered.get(i).map_or(0.0, |n| f64::from(*n)))
            .collect(),
        goodput: good,
        errors,
        p50_ms: series(0.5),
        p95_ms: series(0.95),
        p99_ms: series(0.99),
        cpu: cpu(run, length),
        phases: run.plan.phases.iter().map(band).collect(),
    }
}

/// Requests due in each second. Without the load worker's count it is those that were sent, as no
/// fewer were due.
pub fn offered_per_s(run: &RunData) -> Cow<'_, [u32]> {
    if let Some(tally) = run.tally() {
        return Cow::Borrowed(&tally.offered_per_s);
    }
    let mut sent = Vec::new();
    for sample in run.due() {
        let second = sample.intended.secs_f64().max(0.0) as usize;
        if sent.len() <= second {
            sent.resize(second + 1, 0);
        }
        sent[second] += 1;
    }
    Cow::Owned(sent)
}

/// The quantile of the bucket and of as many before it as it takes to have 10/(1-q) successes.
fn quantile(latencies: &[Latencies], at: usize, q: f64) -> Option<f64> {
    let mut merged = latencies[at].clone();
    for earlier in (at.saturating_sub(LOOK_BACK - 1)..at).rev() {
        if enough(merged.n(), q) {
            break;
        }
        merged.merge(&latencies[earlier]);
    }
    merged.quantile_ms(q)
}

/// Cores used by each process: the slope of its CPU counter from reading to reading.
fn cpu(run: &RunData, length: usize) -> BTreeMap<String, Vec<Option<f64>>> {
    let mut cpu: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
    let Some(metric) = run.strings.find(PROCESS_CPU_SECONDS) else {
        return cpu;
    };
    for pair in run.metrics.windows(2) {
        let [earlier, later] = pair else { continue };
        let series = |point: &MetricPoint| (point.service, point.labels, point.instance);
        let same =
            earlier.metric == metric && later.metric == metric && series(earlier) == series(later);
        let span_s = (later.at - earlier.at).secs_f64();
        // A counter that falls belongs to a new process.
        if !same || span_s <= 0.0 || later.value < earlier.value || later.at.ns() < 0 {
            continue;
        }
        let name = run.strings.name(later.service).to_owned();
        let series = cpu.entry(name).or_insert_with(|| vec![None; length]);
        if let Some(cell) = series.get_mut(later.at.secs_f64() as usize) {
            *cell = Some((later.value - earlier.value) / span_s);
        }
    }
    cpu
}

fn band(phase: &Phase) -> PhaseBand {
    PhaseBand {
        name: phase.name.clone(),
        kind: phase.kind.clone(),
        from_s: phase.from.secs_f64(),
        to_s: phase.to.secs_f64(),
    }
}
