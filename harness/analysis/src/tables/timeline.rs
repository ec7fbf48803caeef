//! Series over the load, all in the same buckets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use harness_model::metric::{MetricPoint, PROCESS_CPU_SECONDS};
use harness_model::report::{PhaseBand, Timeline};
use harness_model::{Phase, RunData};

use crate::run::moments::planned_end;
use crate::run::samples::is_good;
use crate::stats::order::{enough, nearest_rank};

/// A quantile looks back over at most this many buckets.
const LOOK_BACK: usize = 10;

pub fn timeline(run: &RunData) -> Timeline {
    let bucket_s = 1.0;
    let length = planned_end(run).secs_f64().max(0.0).ceil() as usize;
    let mut good = vec![0.0; length];
    let mut errors = vec![0.0; length];
    // Response times in µs: a number each, for a histogram a second would need far more memory.
    let mut times: Vec<Vec<u32>> = vec![Vec::new(); length];
    for sample in run.due() {
        let second = (sample.intended.secs_f64() / bucket_s) as usize;
        let Some(times) = times.get_mut(second) else {
            continue;
        };
        if is_good(run, sample) {
            good[second] += 1.0;
        }
        if sample.ok() {
            times.push(u32::try_from(sample.response_ns() / 1000).unwrap_or(u32::MAX));
        } else {
            errors[second] += 1.0;
        }
    }
    let offered = offered_per_s(run);
    let series = |q: f64| (0..length).map(|at| quantile(&times, at, q)).collect();
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

/// The quantile of the bucket and of as many before it as it takes to have 10/(1-q) successes, in
/// ms.
fn quantile(times: &[Vec<u32>], at: usize, q: f64) -> Option<f64> {
    let mut merged = times[at].clone();
    for earlier in (at.saturating_sub(LOOK_BACK - 1)..at).rev() {
        if enough(merged.len() as u64, q) {
            break;
        }
        merged.extend(&times[earlier]);
    }
    if !enough(merged.len() as u64, q) {
        return None;
    }
    merged.sort_unstable();
    nearest_rank(&merged, q).map(|us| f64::from(us) / 1e3)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_looks_back_until_it_has_enough_and_no_further_than_ten_buckets() {
        // 1 to 1000 µs in each bucket: the 99th percentile needs 1000, so one bucket is enough.
        let full: Vec<Vec<u32>> = vec![(1..=1000).collect(), (1001..=2000).rev().collect()];
        assert_eq!(quantile(&full, 0, 0.99), Some(0.990));
        assert_eq!(quantile(&full, 1, 0.99), Some(1.990));
        assert_eq!(quantile(&full, 1, 0.5), Some(1.5));
        let thin = vec![vec![5; 100]; 12];
        assert_eq!(quantile(&thin, 8, 0.99), None);
        assert_eq!(quantile(&thin, 9, 0.99), Some(0.005));
        assert_eq!(quantile(&[vec![]], 0, 0.5), None);
    }
}
