//! A sum of times that knows how far chance may have moved it.

use super::CHANCE;

/// Sum and sum of squares of independent terms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    terms: f64,
    total: f64,
    squares: f64,
}

impl Sum {
    pub const ZERO: Sum = Sum {
        terms: 0.0,
        total: 0.0,
        squares: 0.0,
    };

    pub fn add(&mut self, ns: u64) {
        let value = ns as f64;
        self.terms += 1.0;
        self.total += value;
        self.squares += value * value;
    }

    /// How many terms were added.
    pub fn terms(&self) -> u64 {
        self.terms as u64
    }

    /// Mean over `n` things, whatever the number of terms.
    pub fn per(&self, n: u64) -> f64 {
        if n == 0 { 0.0 } else { self.total / n as f64 }
    }

    /// Variance of that mean: terms times their unbiased variance, over n².
    fn variance(&self, n: u64) -> f64 {
        let around = self.squares - self.total * self.total / self.terms.max(1.0);
        // Unbiased: with the terms' own mean, one of them is not free.
        let unbiased = around.max(0.0) * self.terms / (self.terms - 1.0).max(1.0);
        unbiased / (n.max(1) as f64).powi(2)
    }

    /// By how much the mean over `n` is above that of `before` over `m`, less [`CHANCE`]
    /// standard deviations of the difference (as in B. L. Welch's test, *Biometrika* 34, 1947:
    /// the variances of both means add up); never below 0.
    pub fn above(&self, n: u64, before: &Sum, m: u64) -> f64 {
        let chance = (self.variance(n) + before.variance(m)).sqrt();
        (self.per(n) - before.per(m) - CHANCE * chance).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[u64]) -> Sum {
        let mut sum = Sum::default();
        values.iter().for_each(|value| sum.add(*value));
        sum
    }

    #[test]
    fn the_variance_of_a_mean_is_that_of_the_textbook() {
        // 2, 4, 4, 4, 5, 5, 7, 9 have mean 5 and unbiased variance 32/7; their mean has an eighth.
        let found = sum(&[2, 4, 4, 4, 5, 5, 7, 9]);
        assert_eq!(found.per(8), 5.0);
        assert!((found.variance(8) - 32.0 / 7.0 / 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_rise_of_the_mean_counts_beyond_what_one_wild_value_makes() {
        assert_eq!(sum(&[10, 10, 10]).above(3, &sum(&[4, 4]), 2), 6.0);
        assert!(sum(&[4, 4, 4, 90]).above(4, &sum(&[4, 4]), 2) < 1e-9);
        assert_eq!(sum(&[]).above(0, &sum(&[4]), 1), 0.0);
    }
}
