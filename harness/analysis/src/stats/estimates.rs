//! Quantiles, shares and rates of what happened over time, each with an interval that allows for
//! stalls: its spread is that of blocks of seconds, not of single requests, see [`Blocks`].
//!
//! Coverage is simulated in `tests/simulated_intervals.rs`. It must not know limits.

use super::blocks::{Blocks, Spread};
use super::latencies::{Latencies, counted_ms};
use super::normal;
use super::order::nearest_of;
use super::proportions::wilson;
use super::student::two_sided;

/// One request: when it was due, and how long its answer took; `None` for a failure, which is
/// slower than any answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    pub at_ns: i64,
    pub took_ns: Option<u64>,
}

/// A value and its interval; `None` for a bound that the data does not give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Infinite for a quantile that lies among the failures, as may be the bounds.
    pub value: f64,
    pub interval: [Option<f64>; 2],
    /// How many requests it is made of, and how many of them failed.
    pub n: u64,
    pub failed: u64,
}

/// How much an average over blocks may be off by.
#[derive(Debug, Clone, Copy)]
pub struct Allowance<'a> {
    pub blocks: &'a Blocks,
    /// For example 0.95.
    pub confidence: f64,
}

impl Allowance<'_> {
    /// The variance of the share `hits / n` of all blocks, as a ratio of two sums (W. G. Cochran,
    /// *Sampling Techniques*, 3rd ed., 1977, section 6.3), and how many of its standard deviations
    /// the interval reaches to each side. Without any spread of the blocks it is the binomial one.
    fn of_share(&self, hits: &[f64], counts: &[f64]) -> (f64, f64) {
        let (all, n) = (hits.iter().sum::<f64>(), counts.iter().sum::<f64>());
        let p = all / n.max(1.0);
        let beyond = hits
            .iter()
            .zip(counts)
            .map(|(hits, count)| hits - p * count);
        let beyond: Vec<f64> = beyond.collect();
        match self.blocks.spread(&beyond) {
            Some(Spread { variance, freedom }) if variance > 1e-12 * n => {
                (variance / (n * n), two_sided(self.confidence, freedom))
            }
            _ => (
                p * (1.0 - p) / n.max(1.0),
                normal::two_sided(self.confidence),
            ),
        }
    }
}

/// The quantile `q` of all requests in ms, by the nearest rank, failures being the slowest; `None`
/// for no requests. The highest rank has no interval.
///
/// The interval holds every time whose rank is compatible with `q`: with v the variance of the
/// share of requests up to the quantile, the ranks `n (q ± t sqrt(v))`, rounded outwards (R. S.
/// Woodruff, *JASA* 47, 1952).
pub fn quantile(
    answers: impl Iterator<Item = Answer> + Clone,
    q: f64,
    allowance: Allowance<'_>,
) -> Option<Estimate> {
    let mut latencies = Latencies::default();
    let mut failed = 0;
    for answer in answers.clone() {
        match answer.took_ns {
            Some(ns) => latencies.record_ns(ns),
            None => failed += 1,
        }
    }
    let n = latencies.n() + failed;
    let at = |rank: u64| {
        if rank > latencies.n() {
            f64::INFINITY
        } else {
            latencies.at_rank_ms(rank)
        }
    };
    let value = at(nearest_of(n, q)?);
    if q >= 1.0 {
        return Some(Estimate {
            value,
            interval: [Some(value); 2],
            n,
            failed,
        });
    }
    let blocks = allowance.blocks;
    let (mut hits, mut counts) = (blocks.sums(), blocks.sums());
    for answer in answers {
        let block = blocks.at(answer.at_ns);
        counts[block] += 1.0;
        let within = |ns: u64| counted_ms(ns) <= value;
        hits[block] += f64::from(u8::from(answer.took_ns.is_some_and(within)));
    }
    let (variance, reach) = allowance.of_share(&hits, &counts);
    let (all, half) = (n as f64, reach * variance.sqrt());
    // In none of the blocks is anything faster than the fastest: as if each were one request, the
    // share below it is at most that of Wilson's bound; and the same for the slowest.
    let z = normal::two_sided(allowance.confidence);
    let extreme = z * z / (blocks.count() as f64 + z * z);
    let low = (all * (q - half)).floor();
    let low = (low >= 1.0 || q > extreme).then_some(low.max(1.0) as u64);
    let high = (all * (q + half)).ceil() + 1.0;
    let high = (high <= all || q < 1.0 - extreme).then_some(high.min(all) as u64);
    Some(Estimate {
        value,
        interval: [low, high].map(|rank| rank.map(at)),
        n,
        failed,
    })
}

/// The share of requests that failed; `None` for no requests.
///
/// Wilson's interval for as many independent requests as would spread alike, `p (1 - p) / v` (E. L.
/// Korn and B. I. Graubard, *Survey Methodology* 24, 1998). Without a failure, or with nothing
/// else, the blocks tell nothing of the spread, and the requests count as independent.
pub fn failures(
    answers: impl Iterator<Item = Answer>,
    allowance: Allowance<'_>,
) -> Option<Estimate> {
    let blocks = allowance.blocks;
    let (mut hits, mut counts) = (blocks.sums(), blocks.sums());
    let (mut n, mut failed) = (0, 0);
    for answer in answers {
        let block = blocks.at(answer.at_ns);
        n += 1;
        counts[block] += 1.0;
        if answer.took_ns.is_none() {
            failed += 1;
            hits[block] += 1.0;
        }
    }
    let p = (n > 0).then(|| failed as f64 / n as f64)?;
    let (variance, reach) = allowance.of_share(&hits, &counts);
    let worth = if variance > 0.0 {
        p * (1.0 - p) / variance
    } else {
        n as f64
    };
    Some(Estimate {
        value: p,
        interval: wilson(p, worth, reach).map(Some),
        n,
        failed,
    })
}

/// How many a second of what happened at these moments, over stretches of `seconds` in all, with
/// the interval `(x ± t sqrt(v)) / seconds` of their number x.
pub fn rate(
    moments: impl Iterator<Item = i64>,
    seconds: f64,
    allowance: Allowance<'_>,
) -> Estimate {
    let blocks = allowance.blocks;
    let mut counts = blocks.sums();
    moments.for_each(|at| counts[blocks.at(at)] += 1.0);
    let all: f64 = counts.iter().sum();
    let half = blocks.spread(&counts).map_or(0.0, |spread| {
        two_sided(allowance.confidence, spread.freedom) * spread.variance.sqrt()
    });
    let bound = |count: f64| Some((count / seconds).max(0.0));
    Estimate {
        value: all / seconds,
        interval: [bound(all - half), bound(all + half)],
        n: all as u64,
        failed: 0,
    }
}
