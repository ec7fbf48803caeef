//! How many of the next draws may be hits by chance, after what an earlier sample showed.
//!
//! The number of hits among `n` further draws is beta-binomial with mean share `m` and precision
//! `t`, that is with the weights `a = m t` and `b = (1 - m) t`:
//!
//! `P(x) = C(n, x) B(a + x, b + n - x) / B(a, b)`
//!
//! (J. G. Skellam, *JRSS B* 10, 1948). With `a = hits + 1` and `b = n0 - hits` for an earlier
//! sample of `n0`, its tail is the one-sided p-value of Fisher's exact test of the two samples
//! (P. M. E. Altham, *JRSS B* 31, 1969), and the exact chance of that many exceedances of an order
//! statistic of the earlier sample, whatever its distribution (E. J. Gumbel, *Statistics of
//! Extremes*, 1958,
//! section 2.2). It must not know what is counted.

/// The share of hits that is to be expected, and how far it may lie elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    mean: f64,
    precision: f64,
}

impl Expected {
    /// After `hits` of `n` draws, of which those that lie together are correlated by `correlation`
    /// (0 for independent ones). Both uncertainties add up as variances of the share:
    /// `1 / (t + 1) = correlation + 1 / (n + 2)`. Hits may be weighted, hence not whole.
    pub fn after(hits: f64, n: f64, correlation: f64) -> Expected {
        let spread = (correlation.max(0.0) + 1.0 / (n.max(0.0) + 2.0)).min(0.999);
        Expected {
            mean: ((hits + 1.0) / (n + 1.0)).clamp(0.0, 1.0),
            precision: 1.0 / spread - 1.0,
        }
    }

    /// A share that is known: the binomial distribution.
    pub fn known(share: f64) -> Expected {
        Expected {
            mean: share.clamp(0.0, 1.0),
            precision: 1e12,
        }
    }

    /// The expected share itself.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The chance that at least `k` of `n` further draws are hits. O(n).
    pub fn tail(&self, k: u64, n: u64) -> f64 {
        let (a, b) = (
            self.mean * self.precision,
            (1.0 - self.mean) * self.precision,
        );
        if k == 0 || b <= 0.0 {
            return 1.0;
        }
        if k > n || a <= 0.0 {
            return 0.0;
        }
        let all = n as f64;
        let mut log: f64 = (0..n)
            .map(|i| ((b + i as f64) / (a + b + i as f64)).ln())
            .sum();
        let mut tail = 0.0;
        for x in 0..=n {
            if x >= k {
                tail += log.exp();
            }
            let hits = x as f64;
            if x < n {
                log += ((all - hits) / (hits + 1.0) * (a + hits) / (b + all - hits - 1.0)).ln();
            }
        }
        tail.min(1.0)
    }

    /// The smallest number of hits among `n` that happens with a chance of at most `chance`, and is
    /// at least `least`; `None` where even `n` hits are not that rare.
    pub fn critical(&self, n: u64, chance: f64, least: u64) -> Option<u64> {
        let (mut low, mut high) = (least.max(1), n);
        if high < low || self.tail(high, n) > chance {
            return None;
        }
        while low < high {
            let middle = u64::midpoint(low, high);
            if self.tail(middle, n) <= chance {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }
}

/// Correlation of the draws of one group, by the moments of the groups' hits: with the mean group
/// size `m` and Pearson's statistic `X² = Σ (k - n p)² / (n p (1 - p))` of `g` groups,
/// `(X² / (g - 1) - 1) / (m - 1)`, not below 0 (D. A. Williams, *Applied Statistics* 31, 1982).
/// Fewer than eight groups, or groups of one draw, show no correlation.
pub fn correlation(groups: &[(f64, f64)]) -> f64 {
    let filled: Vec<_> = groups.iter().filter(|(_, n)| *n > 0.0).collect();
    let (hits, draws) = filled
        .iter()
        .fold((0.0, 0.0), |sum, (k, n)| (sum.0 + k, sum.1 + n));
    let count = filled.len() as f64;
    let (p, size) = (hits / f64::max(draws, 1.0), draws / count.max(1.0));
    if filled.len() < 8 || size <= 1.0 || p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    let pearson: f64 = filled
        .iter()
        .map(|(k, n)| (k - n * p).powi(2) / (n * p * (1.0 - p)))
        .sum();
    ((pearson / (count - 1.0) - 1.0) / (size - 1.0)).clamp(0.0, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(n: u64, k: u64) -> f64 {
        (0..k).fold(1.0, |all, i| all * (n - i) as f64 / (i + 1) as f64)
    }

    /// R. A. Fisher's tea taster (*The Design of Experiments*, 1935): three of four right by chance
    /// with 17/70.
    #[test]
    fn the_tail_is_the_p_value_of_the_exact_test() {
        let tail = Expected::after(1.0, 4.0, 0.0).tail(3, 4);
        assert!((tail - 17.0 / 70.0).abs() < 1e-12, "{tail}");
        for (hits, n0, k, n) in [(0, 240, 2, 15), (3, 100, 6, 40), (12, 60, 20, 50)] {
            let all = hits + k;
            let exact: f64 = (k..=n.min(all))
                .filter(|x| all - x <= n0)
                .map(|x| choose(n, x) * choose(n0, all - x) / choose(n0 + n, all))
                .sum();
            let tail = Expected::after(hits as f64, n0 as f64, 0.0).tail(k, n);
            assert!((tail / exact - 1.0).abs() < 1e-9, "{tail} {exact}");
        }
    }

    #[test]
    fn a_known_share_gives_the_binomial_tail() {
        // Of ten fair coins at least eight heads: (45 + 10 + 1) / 1024.
        let tail = Expected::known(0.5).tail(8, 10);
        assert!((tail - 56.0 / 1024.0).abs() < 1e-9);
        assert_eq!(Expected::known(0.5).critical(10, 0.06, 0), Some(8));
        assert_eq!(Expected::known(0.5).critical(10, 0.0001, 0), None);
    }

    #[test]
    fn correlated_draws_make_the_same_hits_less_of_a_surprise() {
        let alone = Expected::after(12.0, 240.0, 0.0).tail(8, 15);
        let together = Expected::after(12.0, 240.0, 0.2).tail(8, 15);
        assert!(
            alone < 1e-5 && together > 100.0 * alone,
            "{alone} {together}"
        );
    }

    #[test]
    fn hits_that_come_in_groups_are_correlated_and_even_ones_are_not() {
        // Every fourth group all hits: the draws of a group agree, so nearly the cap of 0.5.
        let lumps: Vec<_> = (0..40)
            .map(|i| (if i % 4 == 0 { 10.0 } else { 0.0 }, 10.0))
            .collect();
        assert_eq!(correlation(&lumps), 0.5);
        assert_eq!(correlation(&[(2.0, 10.0); 40]), 0.0);
        assert_eq!(correlation(&[(0.0, 10.0); 40]), 0.0);
    }
}
