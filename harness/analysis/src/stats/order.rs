//! Order statistics: medians, quantiles, and intervals that assume no distribution.

/// The middle value; of an even number of values the upper of the two in the middle. `None` for no
/// values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The quantile `q` of sorted values by the nearest rank: the value of rank `ceil(q n)`, counted
/// from 1 (R. J. Hyndman and Y. Fan, *The American Statistician* 50, 1996, definition 1). `None`
/// for no values.
pub fn nearest_rank<T: Copy>(sorted: &[T], q: f64) -> Option<T> {
    let rank = nearest_of(sorted.len() as u64, q)?;
    sorted.get(rank as usize - 1).copied()
}

/// That rank, counted from 1; `None` of no values.
pub fn nearest_of(n: u64, q: f64) -> Option<u64> {
    // A product that is a whole number but for rounding is that number.
    let rank = (n as f64 * q - 1e-9).ceil() as u64;
    (n > 0).then(|| rank.clamp(1, n))
}

/// How many samples it takes to judge quantile `q`: ten of them must lie beyond it,
/// `n >= 10 / (1 - q)`. One has a maximum.
pub fn needed(q: f64) -> u64 {
    let needed = if q < 1.0 { 10.0 / (1.0 - q) } else { 1.0 };
    (needed - 1e-6).ceil() as u64
}

/// Whether `n` samples are as many.
pub fn enough(n: u64, q: f64) -> bool {
    n >= needed(q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value_and_the_upper_one_of_two() {
        assert_eq!(median(vec![9.0, 1.0, 4.0]), Some(4.0));
        assert_eq!(median(vec![1.0, 2.0, 3.0, 4.0]), Some(3.0));
        assert_eq!(median(Vec::new()), None);
    }

    /// The example of the nearest-rank method in the percentile article of Wikipedia.
    #[test]
    fn the_nearest_rank_gives_the_published_percentiles() {
        let scores = [15, 20, 35, 40, 50];
        let at = |q| nearest_rank(&scores, q);
        assert_eq!(
            [0.05, 0.3, 0.4, 0.5, 1.0].map(at),
            [Some(15), Some(20), Some(20), Some(35), Some(50)]
        );
        assert_eq!(nearest_rank::<u64>(&[], 0.5), None);
    }

    #[test]
    fn ten_samples_must_lie_beyond_a_quantile() {
        assert!(enough(1000, 0.99) && !enough(999, 0.99));
        assert!(enough(20, 0.5) && !enough(19, 0.5));
    }
}
