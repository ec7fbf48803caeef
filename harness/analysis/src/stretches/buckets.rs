//! Requests a bucket of time: how many were due, failed or were slow, and at what load.
//!
//! It must not know which of it is out of the ordinary.

use std::collections::BTreeMap;

use harness_model::load::LoadModel;
use harness_model::report::FaultReport;
use harness_model::{Offset, RunData, Sym};

use crate::run::moments::{planned_end, warmup_end};
use crate::run::samples::is_good;
use crate::stats::order::median;

/// A request that takes more than so many times the usual time of its operation is slow...
const SLOW: f64 = 2.0;
/// ...if it takes so much more, too, ms.
const SLOW_MS: f64 = 5.0;
/// Rates that differ by less count as the same load.
const LIKE: f64 = 1.25;

/// One bucket.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bucket {
    pub due: u64,
    /// Failed, or came after the deadline.
    pub failed: u64,
    /// Good, and slow for its operation at this load.
    pub slow: u64,
    /// Buckets of one number had a like load.
    pub load: i32,
    /// In the warm-up, in the time of a planned fault, or explained already.
    pub left_out: bool,
}

/// The run in buckets, from the start of the load.
pub struct Buckets {
    pub all: Vec<Bucket>,
    bucket_ns: i64,
}

impl Buckets {
    pub fn of(run: &RunData, faults: &[FaultReport]) -> Buckets {
        let bucket_ns = i64::try_from(run.plan.judgement.bucket_ns)
            .unwrap_or(i64::MAX)
            .max(1);
        let length = (planned_end(run).ns() / bucket_ns).max(0) as usize;
        let mut buckets = Buckets {
            all: vec![Bucket::default(); length],
            bucket_ns,
        };
        for (index, bucket) in buckets.all.iter_mut().enumerate() {
            let middle = index as i64 * bucket_ns + bucket_ns / 2;
            bucket.load = load(run, middle);
        }
        buckets.leave_out_time(0.0, warmup_end(run).secs_f64());
        for fault in faults {
            if let Some(from) = fault.injected_s {
                let recovered = fault
                    .healed_s
                    .map(|to| to + fault.recovery_s.unwrap_or(0.0));
                buckets.leave_out_time(from, recovered.unwrap_or(f64::MAX));
            }
        }
        buckets.count(run);
        buckets
    }

    fn count(&mut self, run: &RunData) {
        let usual = self.usual(run);
        for sample in run.due() {
            let Some(at) = self.index(sample.intended) else {
                continue;
            };
            let bucket = &mut self.all[at];
            bucket.due += 1;
            if !is_good(run, sample) {
                bucket.failed += 1;
                continue;
            }
            let ms = sample.service_ns() as f64 / 1e6;
            let usual_ms = usual.get(&(bucket.load, sample.operation));
            let is_slow = usual_ms.is_some_and(|usual| ms > SLOW * usual && ms > usual + SLOW_MS);
            bucket.slow += u64::from(is_slow);
        }
    }

    /// The median time of each operation at each load, ms, of good answers.
    fn usual(&self, run: &RunData) -> BTreeMap<(i32, Sym), f64> {
        let mut times: BTreeMap<(i32, Sym), Vec<f64>> = BTreeMap::new();
        for sample in run.due().filter(|sample| is_good(run, sample)) {
            let bucket = self.index(sample.intended).map(|at| &self.all[at]);
            if let Some(bucket) = bucket.filter(|bucket| !bucket.left_out) {
                let of = times.entry((bucket.load, sample.operation)).or_default();
                of.push(sample.service_ns() as f64 / 1e6);
            }
        }
        let medians = times.into_iter();
        medians
            .filter_map(|(of, times)| Some((of, median(times)?)))
            .collect()
    }

    fn index(&self, at: Offset) -> Option<usize> {
        let index = usize::try_from(at.ns() / self.bucket_ns).ok()?;
        (at.ns() >= 0 && index < self.all.len()).then_some(index)
    }

    /// When a bucket begins.
    pub fn start(&self, bucket: usize) -> Offset {
        Offset(bucket as i64 * self.bucket_ns)
    }

    fn leave_out_time(&mut self, from_s: f64, to_s: f64) {
        let bucket_s = self.bucket_ns as f64 / 1e9;
        let from = (from_s / bucket_s).floor().max(0.0) as usize;
        let to = (to_s / bucket_s).ceil().max(0.0) as usize;
        self.leave_out(from, to);
    }

    pub fn leave_out(&mut self, from: usize, to: usize) {
        let to = to.min(self.all.len());
        for bucket in &mut self.all[from.min(to)..to] {
            bucket.left_out = true;
        }
    }

    /// The loads that there were, in order.
    pub fn loads(&self) -> Vec<i32> {
        let mut loads: Vec<i32> = self.all.iter().map(|bucket| bucket.load).collect();
        loads.sort_unstable();
        loads.dedup();
        loads
    }

    /// Stretches of one load in which nothing is left out, each from and up to a bucket.
    pub fn runs(&self, load: i32) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (index, bucket) in self.all.iter().enumerate() {
            if bucket.left_out || bucket.load != load {
                continue;
            }
            match runs.last_mut() {
                Some(last) if last.1 == index => last.1 = index + 1,
                _ => runs.push((index, index + 1)),
            }
        }
        runs
    }
}

/// A number for the planned rate at a moment: rates within a step of [`LIKE`] share one.
fn load(run: &RunData, at_ns: i64) -> i32 {
    let LoadModel::Open { arrivals, .. } = &run.plan.load.model else {
        return 0;
    };
    let mut from = 0;
    for segment in arrivals {
        let length = i64::try_from(segment.for_ns).unwrap_or(i64::MAX);
        if at_ns < from + length {
            let gone = (at_ns - from) as f64 / length.max(1) as f64;
            let rate = segment.from_per_s + (segment.to_per_s - segment.from_per_s) * gone;
            return (rate.max(1e-3).ln() / LIKE.ln()).round() as i32;
        }
        from = from.saturating_add(length);
    }
    i32::MIN
}
