//! The stretch of time in which bad requests are most unlikely to be chance.
//!
//! Kulldorff's scan statistic in time (M. Kulldorff, *Communications in Statistics: Theory and
//! Methods* 26, 1997): of all windows up to half of the time, the one with the greatest likelihood
//! ratio of "one share inside and another outside" to "the same share". Requests fail in bunches,
//! so the ratio is divided by the dispersion of the buckets outside (quasi-likelihood; P.
//! McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd ed., 1989, section 4.5). Twice its
//! logarithm is compared with the square of a normal quantile, at a level divided by the number of
//! windows (Bonferroni). It must not know what makes a request bad.

use harness_model::report::Excess;

use super::buckets::{Bucket, Buckets};
use crate::stats::normal;

/// The chance of naming a stretch in a run where nothing happened.
const LEVEL: f64 = 0.001;
/// Fewer bad requests are not worth a look.
const FEWEST: f64 = 10.0;
/// A single bucket is no stretch.
const SHORTEST: usize = 2;

/// Bad requests of all.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Count {
    pub bad: f64,
    pub of: f64,
}

impl Count {
    pub fn share(&self) -> f64 {
        if self.of > 0.0 {
            self.bad / self.of
        } else {
            0.0
        }
    }

    fn plus(self, other: Count) -> Count {
        Count {
            bad: self.bad + other.bad,
            of: self.of + other.of,
        }
    }

    fn less(self, other: Count) -> Count {
        Count {
            bad: self.bad - other.bad,
            of: self.of - other.of,
        }
    }

    /// Logarithm of the likelihood of the share that was seen.
    fn log_likelihood(&self) -> f64 {
        let term = |part: f64| {
            if part > 0.0 {
                part * (part / self.of).ln()
            } else {
                0.0
            }
        };
        term(self.bad) + term(self.of - self.bad)
    }
}

/// A stretch, from and up to a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub from: usize,
    pub to: usize,
    pub inside: Count,
    pub outside: Count,
    ratio: f64,
}

/// By how much more bad there must be for it to matter, as a share of all requests.
fn material(excess: Excess) -> f64 {
    match excess {
        Excess::Failures => 0.05,
        Excess::Slowness => 0.3,
    }
}

/// The worst stretch at any load; none where chance explains all of them.
pub fn worst(
    buckets: &Buckets,
    count: impl Fn(&Bucket) -> Count + Copy,
    excess: Excess,
) -> Option<Found> {
    let loads = buckets.loads().into_iter();
    let found = loads.filter_map(|load| {
        let all: Vec<Count> = buckets.all.iter().map(count).collect();
        scan(&all, &buckets.runs(load), excess)
    });
    found.max_by(|a, b| a.ratio.total_cmp(&b.ratio).then(b.from.cmp(&a.from)))
}

fn scan(all: &[Count], runs: &[(usize, usize)], excess: Excess) -> Option<Found> {
    let length: usize = runs.iter().map(|(from, to)| to - from).sum();
    let total = runs
        .iter()
        .flat_map(|(from, to)| &all[*from..*to])
        .fold(Count::default(), |sum, one| sum.plus(*one));
    let (mut best, mut windows) = (None::<Found>, 0_u64);
    for (from, to) in runs {
        for start in *from..*to {
            let mut inside = all[start];
            for end in start + SHORTEST..=(*to).min(start + length / 2) {
                inside = inside.plus(all[end - 1]);
                windows += 1;
                let outside = total.less(inside);
                let more = inside.share() - outside.share();
                if outside.of < 1.0 || inside.bad < FEWEST || more < material(excess) {
                    continue;
                }
                let ratio =
                    inside.log_likelihood() + outside.log_likelihood() - total.log_likelihood();
                if best.is_none_or(|best| ratio > best.ratio) {
                    best = Some(Found {
                        from: start,
                        to: end,
                        inside,
                        outside,
                        ratio,
                    });
                }
            }
        }
    }
    let mut best = best?;
    best.ratio /= dispersion(all, runs, &best);
    let limit = normal::two_sided(1.0 - 2.0 * LEVEL / windows.max(1) as f64);
    ((2.0 * best.ratio).sqrt() > limit).then_some(best)
}

/// Variance of the buckets outside over that of independent requests; at least 1.
fn dispersion(all: &[Count], runs: &[(usize, usize)], found: &Found) -> f64 {
    let share = found.outside.share();
    let (mut squares, mut buckets) = (0.0, 0.0);
    let indices = runs.iter().flat_map(|(from, to)| *from..*to);
    for index in indices.filter(|index| !(found.from..found.to).contains(index)) {
        let one = all[index];
        let variance = one.of * share * (1.0 - share);
        if variance > 0.0 {
            squares += (one.bad - one.of * share).powi(2) / variance;
            buckets += 1.0;
        }
    }
    if buckets > 1.0 {
        (squares / (buckets - 1.0)).max(1.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(bad: f64) -> Count {
        Count { bad, of: 20.0 }
    }

    #[test]
    fn the_stretch_is_found_to_the_bucket_and_one_that_is_like_the_rest_is_not() {
        let mut all = vec![count(0.0); 60];
        assert_eq!(scan(&all, &[(0, 60)], Excess::Failures), None);
        all[30..34].fill(count(12.0));
        let found = scan(&all, &[(0, 60)], Excess::Failures).expect("a stretch");
        assert_eq!((found.from, found.to), (30, 34));
        assert_eq!(found.inside.share(), 0.6);
        let steady = vec![count(3.0); 60];
        assert_eq!(scan(&steady, &[(0, 60)], Excess::Failures), None);
    }

    #[test]
    fn failures_that_always_come_in_bunches_make_no_stretch() {
        let bunches: Vec<Count> = (0..60)
            .map(|index| count(if index % 4 < 2 { 6.0 } else { 0.0 }))
            .collect();
        assert_eq!(scan(&bunches, &[(0, 60)], Excess::Failures), None);
    }
}
