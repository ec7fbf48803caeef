//! Series over the load, all in the same buckets, and the heat map.

use std::borrow::Cow;
use std::collections::BTreeMap;

use harness_model::metric::PROCESS_CPU_SECONDS;
use harness_model::report::{Heatmap, Timeline};
use harness_model::{RunData, Sample};

use crate::latency::{Latencies, enough};
use crate::{phase_bands, planned_end};

/// A quantile looks back over at most so many buckets.
const LOOK_BACK: usize = 10;
const COLUMNS: usize = 120;
/// Four rows for each factor of ten, from 0.1 ms to 100 s.
const ROWS: usize = 24;

pub fn timeline(run: &RunData) -> Timeline {
    let bucket_s = 1.0;
    let length = planned_end(run).secs_f64().max(0.0).ceil() as usize;
    let mut good = vec![0.0; length];
    let mut errors = vec![0.0; length];
    let mut latencies = vec![Latencies::default(); length];
    for sample in &run.samples {
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
        phases: phase_bands(run),
    }
}

/// Requests due in each second. Without the load worker's count it is those that were sent, as no
/// fewer were due.
pub fn offered_per_s(run: &RunData) -> Cow<'_, [u32]> {
    if let Some(tally) = run.tally() {
        return Cow::Borrowed(&tally.offered_per_s);
    }
    let mut sent = Vec::new();
    for sample in &run.samples {
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

/// Success in time.
pub fn is_good(run: &RunData, sample: &Sample) -> bool {
    sample.ok() && sample.response_ns() <= run.plan.judgement.deadline_ns
}

/// Cores used by each process: the slope of its CPU counter from reading to reading.
fn cpu(run: &RunData, length: usize) -> BTreeMap<String, Vec<Option<f64>>> {
    let mut cpu: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
    let Some(metric) = run.strings.find(PROCESS_CPU_SECONDS) else {
        return cpu;
    };
    for pair in run.metrics.windows(2) {
        let [earlier, later] = pair else { continue };
        let same = earlier.metric == metric
            && (earlier.service, earlier.metric, earlier.labels)
                == (later.service, later.metric, later.labels);
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

pub fn heatmap(run: &RunData) -> Heatmap {
    let length_s = run.load_end().secs_f64().max(1.0);
    let column_s = length_s / COLUMNS as f64;
    let mut counts = vec![vec![0; COLUMNS]; ROWS];
    for sample in &run.samples {
        let ms = sample.response_ns() as f64 / 1e6;
        let row = (((ms / 0.1).max(1.0)).log10() * 4.0) as usize;
        let column = (sample.intended.secs_f64() / column_s).max(0.0) as usize;
        counts[row.min(ROWS - 1)][column.min(COLUMNS - 1)] += 1;
    }
    let rows_ms = (0..ROWS)
        .map(|row| 0.1 * 10_f64.powf(row as f64 / 4.0))
        .collect();
    Heatmap {
        column_s,
        rows_ms,
        counts,
    }
}
