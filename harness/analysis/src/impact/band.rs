//! In which buckets the service level is out of its band.
//!
//! A bucket is out of band if more of its requests are not good, or slow, than the baseline lets
//! expect by chance, and materially more. Two levels, as in J. Canny's edge detector (*IEEE TPAMI*
//! 8, 1986): it takes strong evidence to say that the level left its band, over one bucket or
//! several; near such a bucket, weak evidence is enough to say that it is not back yet. It must not
//! know faults.

use std::ops::Range;

use super::indicator::{Counts, Indicator, Learned};
use crate::stats::beta_binomial::Expected;

/// The chance that a run on which nothing acts has a bucket out of band, over all tests made.
const FALSE_ALARMS: f64 = 0.01;
/// So many indicators are tested: not good, and slow.
const INDICATORS: f64 = 2.0;
/// The chance that the time behind a bucket out of band counts, too, though it is as usual.
const FOLLOWED: f64 = 0.1;
/// Fewer slow answers than this share are not material.
pub const SLOW_SHARE: f64 = 0.25;

/// What was more than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    Bad,
    Slow,
}

/// For each bucket from `first` on what is out of band; `None` for those in it, and before `first`.
/// `hold_s` is how long the level must hold, `floor` the share of requests by which it may be worse
/// than usual.
pub fn out_of_band(
    indicator: &Indicator,
    first: usize,
    hold_s: f64,
    floor: f64,
) -> Vec<Option<Excess>> {
    let buckets = &indicator.buckets;
    let hold = ((hold_s / indicator.bucket_s).ceil() as usize).max(1);
    let mut out = vec![None; buckets.len()];
    let lengths = lengths(hold);
    let band = Band {
        indicator,
        floor,
        weak: FOLLOWED / (INDICATORS * lengths.len() as f64),
    };
    let tested = buckets.len().saturating_sub(first);
    let chance = FALSE_ALARMS / (INDICATORS * (tested.max(1) * lengths.len()) as f64);
    for length in &lengths {
        for from in first..buckets.len().saturating_sub(length - 1) {
            band.open(from, *length, chance, &mut out);
        }
    }
    band.follow(first, &lengths, &mut out);
    out
}

/// 1, 2, 4, ... buckets, up to the first that is no shorter than the hold time.
fn lengths(hold: usize) -> Vec<usize> {
    let mut lengths = vec![1];
    while let Some(last) = lengths.last().filter(|last| **last < hold) {
        lengths.push(last * 2);
    }
    lengths
}

struct Band<'a> {
    indicator: &'a Indicator,
    floor: f64,
    /// The chance of weak evidence where all is as usual.
    weak: f64,
}

impl Band<'_> {
    /// Tests the buckets from `from` on as one. If they are out of band, those of them are which
    /// alone give weak evidence of it; where none does, those which are materially worse.
    fn open(&self, from: usize, length: usize, chance: f64, out: &mut [Option<Excess>]) {
        let window = &self.indicator.buckets[from..from + length];
        let mut all = Counts::default();
        window.iter().for_each(|bucket| all.add(bucket));
        let excess = self.excess(&all, length, chance);
        let Some(excess) = excess else { return };
        let of = |bucket: &usize| &self.indicator.buckets[*bucket];
        let is_weak = |bucket: &usize| self.excess(of(bucket), 1, self.weak) == Some(excess);
        let mut worse: Vec<usize> = (from..from + length)
            .filter(|bucket| self.is_material(excess, of(bucket)))
            .collect();
        if worse.iter().any(is_weak) {
            worse.retain(is_weak);
        }
        // One slow bucket alone is a pause of the machine or of a collector of garbage.
        if excess == Excess::Slow && worse.len() < 2 {
            return;
        }
        for bucket in worse {
            if out[bucket] != Some(Excess::Bad) {
                out[bucket] = Some(excess);
            }
        }
    }

    /// Adds what is out of band on weak evidence right behind the last bucket of a row that is, and
    /// right before the first: a level that was out of its band is not back while there is some.
    fn follow(&self, first: usize, lengths: &[usize], out: &mut [Option<Excess>]) {
        let is_out =
            |bucket: usize, out: &[Option<Excess>]| out.get(bucket).is_some_and(Option::is_some);
        for bucket in first..out.len() {
            if is_out(bucket, out) && !is_out(bucket + 1, out) {
                for length in lengths {
                    self.mark(bucket + 1..(bucket + 1 + length).min(out.len()), out);
                }
            }
        }
        for bucket in (first + 1..out.len()).rev() {
            if is_out(bucket, out) && !is_out(bucket - 1, out) {
                for length in lengths {
                    self.mark(bucket.saturating_sub(*length).max(first)..bucket, out);
                }
            }
        }
    }

    /// Where these buckets are out of band as one, on weak evidence, those of them are which are
    /// materially worse.
    fn mark(&self, buckets: Range<usize>, out: &mut [Option<Excess>]) {
        let mut all = Counts::default();
        let within = &self.indicator.buckets[buckets.clone()];
        within.iter().for_each(|one| all.add(one));
        let Some(excess) = self.excess(&all, buckets.len(), self.weak) else {
            return;
        };
        for bucket in buckets {
            let is_worse = self.is_material(excess, &self.indicator.buckets[bucket]);
            if is_worse && out[bucket] != Some(Excess::Bad) {
                out[bucket] = Some(excess);
            }
        }
    }

    /// What is more than usual in requests of as many buckets, beyond a chance.
    fn excess(&self, counts: &Counts, buckets: usize, chance: f64) -> Option<Excess> {
        let usual = &self.indicator.usual;
        let floor = Expected::known(self.floor);
        let of = |learned: Option<Learned>| learned.map(|one| one.expected(buckets));
        let is_beyond = |excess: Excess, expected: Option<Expected>, hits: f64, n: f64| {
            self.is_material(excess, counts)
                && expected.is_some_and(|one| one.tail(hits as u64, n.round() as u64) <= chance)
        };
        if is_beyond(
            Excess::Bad,
            of(usual.bad).or(Some(floor)),
            counts.bad + 1e-9,
            counts.due,
        ) {
            return Some(Excess::Bad);
        }
        is_beyond(
            Excess::Slow,
            of(usual.slow),
            counts.slow + 1e-9,
            counts.answered,
        )
        .then_some(Excess::Slow)
    }

    fn is_material(&self, excess: Excess, counts: &Counts) -> bool {
        match excess {
            Excess::Bad => {
                let usual = self.indicator.usual.bad.map_or(0.0, |one| one.share());
                counts.due > 0.0 && counts.bad_share() - usual > self.floor
            }
            Excess::Slow => counts.answered > 0.0 && counts.slow_share() >= SLOW_SHARE,
        }
    }
}
