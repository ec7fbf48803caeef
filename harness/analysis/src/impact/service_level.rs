//! The service level over time, and how a fault moved it: detection, recovery, dip, losses.
//!
//! The indicator is the share of due requests that were good, by intended time, so what was never
//! sent counts as missing. Its band comes from the time before the first fault. What visitors would
//! have asked for had they not left after a failure is lost with it, but says nothing of how the
//! target serves those who come later: it counts for dip and losses, not for recovery.

use harness_model::{Offset, RunData, Sample};

use crate::run::moments::{first_fault, planned_end, warmup_end};
use crate::run::samples::is_good;
use crate::run::windows::Window;
use crate::stats::robust::median_and_deviation;

/// The indicator in buckets from the start of the load.
pub struct ServiceLevel<'a> {
    run: &'a RunData,
    bucket_s: f64,
    /// Good share of what was due from visitors who had not left; `None` where nothing was.
    good: Vec<Option<f64>>,
    /// Good share of all that was due.
    whole: Vec<Option<f64>>,
    due: Vec<f64>,
    /// The lowest share that counts as normal.
    floor: f64,
    baseline: f64,
}

/// What a fault did to the service level.
pub struct LevelChange {
    /// From injection until the first request was known not to be good in the first bucket out of
    /// band.
    pub detection_s: Option<f64>,
    /// From healing until the level was back for good; a lower bound when `censored`.
    pub recovery_s: f64,
    pub censored: bool,
    /// Equivalent seconds of full outage.
    pub dip_s: f64,
    pub lost: f64,
}

impl<'a> ServiceLevel<'a> {
    pub fn of(run: &'a RunData) -> Self {
        let bucket_s = run.plan.judgement.bucket_ns as f64 / 1e9;
        let length = (planned_end(run).secs_f64() / bucket_s).max(0.0) as usize;
        let mut good = vec![0.0; length];
        let mut due = vec![0.0; length];
        for sample in &run.samples {
            let bucket = (sample.intended.secs_f64() / bucket_s) as usize;
            if bucket < length {
                due[bucket] += 1.0;
                good[bucket] += f64::from(u8::from(is_good(run, sample)));
            }
        }
        let (offered, stayed) = schedule(run);
        let mut asked = due.clone();
        add_missing(run, &offered, bucket_s, &mut due);
        add_missing(run, &stayed, bucket_s, &mut asked);
        let whole = shares(&good, &due);
        let good = shares(&good, &asked);
        let from = (warmup_end(run).secs_f64() / bucket_s).ceil() as usize;
        let to = ((first_fault(run).secs_f64() / bucket_s) as usize).min(length);
        let usual = good.get(from.min(to)..to).unwrap_or_default();
        let usual: Vec<f64> = usual.iter().flatten().copied().collect();
        let (baseline, deviation) = median_and_deviation(&usual).unwrap_or((1.0, 0.0));
        let half = (3.0 * deviation).max(run.plan.judgement.band_floor);
        Self {
            run,
            bucket_s,
            good,
            whole,
            due,
            floor: baseline - half,
            baseline,
        }
    }

    /// What happened from the injection of a fault to `end`, where something else begins.
    pub fn change(&self, fault: Window, end: Offset) -> LevelChange {
        let (injected, healed) = (fault.from.secs_f64(), fault.to.secs_f64());
        let end = end.secs_f64();
        let from = (injected / self.bucket_s) as usize;
        let to = ((end / self.bucket_s) as usize).min(self.good.len());
        let bad: Vec<usize> = (from..to).filter(|bucket| self.is_bad(*bucket)).collect();
        let mut change = LevelChange {
            detection_s: bad.first().map(|first| self.detection(*first, fault.from)),
            recovery_s: 0.0,
            censored: false,
            dip_s: 0.0,
            lost: 0.0,
        };
        for bucket in from..to {
            let Some(share) = self.whole[bucket].filter(|share| *share < self.floor) else {
                continue;
            };
            let missing = (self.baseline - share).max(0.0);
            change.dip_s += missing / self.baseline.max(1e-9) * self.bucket_s;
            change.lost += missing * self.due[bucket];
        }
        // Back for good: no bad bucket from there until the hold time is over.
        let hold_s = self.run.plan.judgement.hold_ns as f64 / 1e9;
        let back = bad
            .last()
            .map_or(healed, |bucket| self.start_s(bucket + 1).max(healed));
        change.censored = end - back + 1e-9 < hold_s;
        change.recovery_s = if change.censored {
            (end - healed).max(0.0)
        } else {
            back - healed
        };
        change
    }

    /// Whether it was in its band for the whole hold time before a moment.
    pub fn is_settled(&self, at: Offset) -> bool {
        let hold_s = self.run.plan.judgement.hold_ns as f64 / 1e9;
        let bucket = |at_s: f64| ((at_s.max(0.0) / self.bucket_s) as usize).min(self.good.len());
        let (from, to) = (bucket(at.secs_f64() - hold_s), bucket(at.secs_f64()));
        !(from..to).any(|bucket| self.is_bad(bucket))
    }

    fn is_bad(&self, bucket: usize) -> bool {
        self.good[bucket].is_some_and(|good| good < self.floor)
    }

    fn start_s(&self, bucket: usize) -> f64 {
        bucket as f64 * self.bucket_s
    }

    /// A request is known not to be good when its failure arrives or its deadline passes.
    fn detection(&self, bucket: usize, injected: Offset) -> f64 {
        let until_s = self.start_s(bucket + 1);
        let deadline = i64::try_from(self.run.plan.judgement.deadline_ns).unwrap_or(i64::MAX);
        let known = |sample: &Sample| {
            let late = sample.intended.ns().saturating_add(deadline);
            Offset(sample.done.ns().min(late))
        };
        let first = self
            .run
            .samples
            .iter()
            .filter(|sample| {
                let at = sample.intended.secs_f64();
                sample.done >= injected && at >= self.start_s(bucket) && at < until_s
            })
            .filter(|sample| !is_good(self.run, sample))
            .map(known)
            .min();
        // Nothing that was sent failed: what is missing was never sent.
        let at_s = first.map_or(until_s, Offset::secs_f64);
        (at_s - injected.secs_f64()).max(0.0)
    }
}

/// Requests due in each second: all, and those of visitors who had not left.
fn schedule(run: &RunData) -> (Vec<f64>, Vec<f64>) {
    let Some(tally) = run.tally() else {
        return (Vec::new(), Vec::new());
    };
    let offered: Vec<f64> = tally.offered_per_s.iter().copied().map(f64::from).collect();
    let left = tally.left_per_s.iter().copied().map(f64::from);
    let left = left.chain(std::iter::repeat(0.0));
    let stayed = offered.iter().zip(left).map(|(all, left)| all - left);
    let stayed = stayed.collect();
    (offered, stayed)
}

fn shares(good: &[f64], due: &[f64]) -> Vec<Option<f64>> {
    let share = |(good, due): (&f64, &f64)| (*due > 0.0).then(|| good / due);
    good.iter().zip(due).map(share).collect()
}

/// Adds what was due and never sent. A visitor who was held up asks later than scheduled, so a
/// second with fewer requests than scheduled has only missed those that no later second makes up
/// for: the largest part of the running difference between schedule and requests that never falls.
fn add_missing(run: &RunData, offered: &[f64], bucket_s: f64, due: &mut [f64]) {
    let mut asked = vec![0.0; offered.len()];
    for sample in &run.samples {
        let second = sample.intended.secs_f64().max(0.0) as usize;
        if let Some(asked) = asked.get_mut(second) {
            *asked += 1.0;
        }
    }
    let mut running = 0.0;
    let mut missing: Vec<f64> = offered
        .iter()
        .zip(&asked)
        .map(|(offered, asked)| {
            running += offered - asked;
            running
        })
        .collect();
    let mut least = f64::INFINITY;
    for one in missing.iter_mut().rev() {
        least = least.min(*one);
        *one = least.max(0.0);
    }
    for (bucket, due) in due.iter_mut().enumerate() {
        let second = (bucket as f64 * bucket_s) as usize;
        let before = second
            .checked_sub(1)
            .and_then(|earlier| missing.get(earlier))
            .copied()
            .unwrap_or(0.0);
        if let Some(until) = missing.get(second) {
            *due += (until - before) * bucket_s.min(1.0);
        }
    }
}
