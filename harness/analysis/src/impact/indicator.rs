//! What the service level is judged by, in buckets of the load: how many of the due requests were
//! not good, and how many of the answers were slow.
//!
//! Requests are sorted by intended time. Good counts from the intended moment, so what was never
//! sent is not good. Slow counts from the moment of sending, as only that is the target's time.
//! What visitors would have asked for had they not left after a failure says nothing of how the
//! target serves those who come later: it is only in `whole`. It must not know faults.

use std::collections::BTreeMap;

use harness_model::{RunData, Sample, Sym};

use super::schedule;
use crate::run::moments::planned_end;
use crate::run::samples::is_good;
use crate::run::windows::Window;
use crate::stats::beta_binomial::{Expected, correlation};
use crate::stats::order::nearest_rank;

/// Slow is an answer above the quantile `1 - EXPECTED_SLOW` of its operation's baseline ...
const EXPECTED_SLOW: f64 = 0.05;
/// ... which also takes this many times as long as the median there ...
const SLOW_FACTOR: f64 = 1.5;
/// ... and is above it by at least this share of the deadline: less is felt by nobody.
const SLOW_SHARE_OF_DEADLINE: f64 = 0.01;
/// From fewer answers in the baseline no limit is learned.
const FEW: usize = 20;

/// What became of the requests of a bucket, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counts {
    /// Due from visitors who had not left.
    pub due: f64,
    /// Of those, not good.
    pub bad: f64,
    /// Due from all visitors.
    pub whole: f64,
    /// Answers as expected, of operations whose usual time is known.
    pub answered: f64,
    /// Of those, slow.
    pub slow: f64,
}

impl Counts {
    pub fn bad_share(&self) -> f64 {
        self.bad / self.due.max(1.0)
    }

    pub fn slow_share(&self) -> f64 {
        self.slow / self.answered.max(1.0)
    }

    pub fn add(&mut self, other: &Counts) {
        self.due += other.due;
        self.bad += other.bad;
        self.whole += other.whole;
        self.answered += other.answered;
        self.slow += other.slow;
    }
}

/// The answer time of an operation above which it is slow, in ns.
pub type Limits = BTreeMap<Sym, u64>;

/// The buckets of a run, and what is usual in them.
pub struct Indicator {
    pub bucket_s: f64,
    pub buckets: Vec<Counts>,
    pub limits: Limits,
    pub usual: Usual,
}

/// What the baseline showed; `None` where it showed nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usual {
    pub bad: Option<Learned>,
    pub slow: Option<Learned>,
}

/// Hits among the requests of the baseline, and how much those of one bucket agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learned {
    pub hits: f64,
    pub n: f64,
    pub correlation: f64,
}

impl Learned {
    /// What to expect of as many buckets. What agrees within a bucket evens out over several.
    pub fn expected(&self, buckets: usize) -> Expected {
        let correlation = self.correlation / buckets.max(1) as f64;
        Expected::after(self.hits, self.n, correlation)
    }

    pub fn share(&self) -> f64 {
        self.hits / self.n.max(1.0)
    }
}

impl Indicator {
    pub fn of(run: &RunData, baseline: Window) -> Indicator {
        let bucket_s = run.plan.judgement.bucket_ns as f64 / 1e9;
        let length = (planned_end(run).secs_f64() / bucket_s + 1e-9).max(0.0) as usize;
        let from = (baseline.from.secs_f64() / bucket_s).ceil() as usize;
        let to = ((baseline.to.secs_f64() / bucket_s + 1e-9) as usize).min(length);
        let usual = from.min(to)..to;
        let bucket = |sample: &Sample| {
            let at = sample.intended.secs_f64();
            (at >= 0.0).then_some((at / bucket_s) as usize)
        };
        let times = times(run, |one| bucket(one).is_some_and(|b| usual.contains(&b)));
        let deadline_ns = run.plan.judgement.deadline_ns;
        let limits: Limits = times
            .iter()
            .map(|(name, ns)| (*name, limit(ns, deadline_ns)))
            .collect();
        let mut buckets = vec![Counts::default(); length];
        for sample in run.due() {
            let Some(counts) = bucket(sample).and_then(|bucket| buckets.get_mut(bucket)) else {
                continue;
            };
            counts.due += 1.0;
            counts.bad += f64::from(u8::from(!is_good(run, sample)));
            if let Some(limit) = limits.get(&sample.operation).filter(|_| sample.ok()) {
                counts.answered += 1.0;
                counts.slow += f64::from(u8::from(sample.service_ns() > *limit));
            }
        }
        add_missing(run, bucket_s, &mut buckets);
        Indicator {
            bucket_s,
            usual: learn(&buckets[usual], &times, &limits),
            buckets,
            limits,
        }
    }

    /// The first moment of a bucket.
    pub fn start_s(&self, bucket: usize) -> f64 {
        bucket as f64 * self.bucket_s
    }

    /// The bucket that holds a moment, or the end.
    pub fn bucket(&self, at_s: f64) -> usize {
        ((at_s.max(0.0) / self.bucket_s + 1e-9) as usize).min(self.buckets.len())
    }

    /// Whether a sample is an answer slower than is usual, and when that was known.
    pub fn slow_at_ns(&self, sample: &Sample) -> Option<i64> {
        let limit = self.limits.get(&sample.operation)?;
        let is_slow = sample.ok() && sample.service_ns() > *limit;
        is_slow.then(|| sample.sent.ns() + i64::try_from(*limit).unwrap_or(i64::MAX))
    }
}

/// The time above which an answer is slow, from the ascending times of the baseline.
pub fn limit(sorted_ns: &[u64], deadline_ns: u64) -> u64 {
    let at = |q| nearest_rank(sorted_ns, q).unwrap_or(0);
    let median = at(0.5) as f64;
    let felt = deadline_ns as f64 * SLOW_SHARE_OF_DEADLINE;
    let material = (median * SLOW_FACTOR).max(median + felt) as u64;
    at(1.0 - EXPECTED_SLOW).max(material)
}

/// The answer times of each operation in the baseline, ascending, where there are enough.
fn times(run: &RunData, is_usual: impl Fn(&Sample) -> bool) -> BTreeMap<Sym, Vec<u64>> {
    let mut times: BTreeMap<Sym, Vec<u64>> = BTreeMap::new();
    for sample in run.samples.iter().filter(|one| one.ok() && is_usual(one)) {
        let of = times.entry(sample.operation).or_default();
        of.push(sample.service_ns());
    }
    times.retain(|_, ns| ns.len() >= FEW);
    times.values_mut().for_each(|ns| ns.sort_unstable());
    times
}

fn add_missing(run: &RunData, bucket_s: f64, buckets: &mut [Counts]) {
    let (offered, stayed) = schedule::per_second(run);
    let of = |due: &[f64]| schedule::missing(run, due, bucket_s, buckets.len());
    let (all, asked) = (of(&offered), of(&stayed));
    for ((counts, all), asked) in buckets.iter_mut().zip(all).zip(asked) {
        counts.whole = counts.due + all;
        counts.due += asked;
        counts.bad += asked;
    }
}

/// Each operation's limit is an estimate of its own: of `n` answers with `k` above it, a further
/// one is above it with the chance `(k + 1) / (n + 1)`.
fn learn(buckets: &[Counts], times: &BTreeMap<Sym, Vec<u64>>, limits: &Limits) -> Usual {
    let mut all = Counts::default();
    buckets.iter().for_each(|bucket| all.add(bucket));
    let expected_slow: f64 = times
        .iter()
        .map(|(operation, ns)| {
            let (n, limit) = (ns.len(), limits[operation]);
            let above = n - ns.partition_point(|one| *one <= limit);
            n as f64 * (above as f64 + 1.0) / (n as f64 + 1.0)
        })
        .sum();
    let pairs = |of: fn(&Counts) -> (f64, f64)| buckets.iter().map(of).collect::<Vec<_>>();
    let learned = |hits: f64, n: f64, groups: Vec<(f64, f64)>| {
        (n > 0.0).then(|| Learned {
            hits,
            n,
            correlation: correlation(&groups),
        })
    };
    Usual {
        bad: learned(all.bad, all.due, pairs(|one| (one.bad, one.due))),
        slow: learned(
            (expected_slow - 1.0).max(0.0),
            all.answered,
            pairs(|one| (one.slow, one.answered)),
        ),
    }
}
