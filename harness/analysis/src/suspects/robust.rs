//! Middles and deviations that a few wild values do not move.

/// So many standard deviations of a difference are put down to chance. There are some ten
/// candidates in a small system, each with two or three differences, so one deviation would blame
/// somebody in most quiet runs.
pub const CHANCE: f64 = 2.0;

/// The middle value; the upper one of two. `None` of nothing.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// By how many robust standard deviations the median of `during` lies above that of `before`:
/// `(m1 - m0) / max(1.4826 MAD, floor)`. The floor, in the unit of the values, keeps a series that
/// never moved from making every change infinite. `None` where either side has no value.
pub fn rise(before: &[f64], during: &[f64], floor: f64) -> Option<f64> {
    let (old, new) = (median(before.to_vec())?, median(during.to_vec())?);
    let deviation = median(before.iter().map(|value| (value - old).abs()).collect())?;
    let scale = (1.4826 * deviation).max(0.05 * old.abs()).max(floor);
    Some((new - old) / scale)
}

/// A sum of times that knows how far chance may have moved it.
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

    /// Mean over `n` things, whatever the number of terms.
    pub fn per(&self, n: u64) -> f64 {
        if n == 0 { 0.0 } else { self.total / n as f64 }
    }

    /// Variance of that mean, of independent terms.
    fn variance(&self, n: u64) -> f64 {
        let around = self.squares - self.total * self.total / self.terms.max(1.0);
        // Unbiased: with the terms' own mean, one of them is not free.
        let unbiased = around.max(0.0) * self.terms / (self.terms - 1.0).max(1.0);
        unbiased / (n.max(1) as f64).powi(2)
    }

    /// By how much the mean over `n` is above that of `before` over `m`, less [`CHANCE`]
    /// standard deviations of the difference; never below 0.
    pub fn above(&self, n: u64, before: &Sum, m: u64) -> f64 {
        let chance = (self.variance(n) + before.variance(m)).sqrt();
        (self.per(n) - before.per(m) - CHANCE * chance).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_of_the_mean_counts_beyond_what_one_wild_value_makes() {
        let sum = |values: &[u64]| {
            let mut sum = Sum::default();
            values.iter().for_each(|value| sum.add(*value));
            sum
        };
        assert_eq!(sum(&[10, 10, 10]).above(3, &sum(&[4, 4]), 2), 6.0);
        assert!(sum(&[4, 4, 4, 90]).above(4, &sum(&[4, 4]), 2) < 1e-9);
        assert_eq!(sum(&[]).above(0, &sum(&[4]), 1), 0.0);
    }

    #[test]
    fn a_flat_series_is_measured_against_the_floor_and_one_wild_value_moves_nothing() {
        assert_eq!(rise(&[1.0; 9], &[3.0; 3], 0.5), Some(4.0));
        assert_eq!(rise(&[1.0; 9], &[1.0, 900.0, 1.0], 0.5), Some(0.0));
        assert_eq!(rise(&[], &[1.0], 0.5), None);
    }
}
