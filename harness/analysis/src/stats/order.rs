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
    let rank = (sorted.len() as f64 * q).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Whether `n` samples are enough to judge quantile `q`: ten of them must lie beyond it,
/// `n >= 10 / (1 - q)`.
pub fn enough(n: u64, q: f64) -> bool {
    n as f64 * (1.0 - q) >= 10.0 - 1e-9
}

/// Ranks, counted from 1, of the two samples that enclose quantile `q` of `n` samples with the
/// confidence of `z` standard deviations.
///
/// The number of samples below the quantile is binomial(n, q), whatever the distribution of the
/// samples; here by its normal approximation, `n q ± z sqrt(n q (1 - q))`, rounded outwards
/// (W. J. Conover, *Practical Nonparametric Statistics*, 3rd ed., 1999, section 3.2). `None`: the
/// samples give no bound on that side.
pub fn interval_ranks(n: u64, q: f64, z: f64) -> [Option<u64>; 2] {
    let samples = n as f64;
    let (middle, half) = (samples * q, z * (samples * q * (1.0 - q)).sqrt());
    let within = |rank: f64| (rank >= 1.0 && rank <= samples).then_some(rank as u64);
    [
        within((middle - half).floor()),
        within((middle + half).ceil() + 1.0),
    ]
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

    /// The probability that the quantile lies between the samples of these ranks, exactly.
    fn coverage(n: u64, q: f64, [low, high]: [u64; 2]) -> f64 {
        let mut log_chance = n as f64 * (1.0 - q).ln();
        let mut within = 0.0;
        for below in 0..high {
            if below >= low {
                within += log_chance.exp();
            }
            log_chance += ((n - below) as f64 / (below + 1) as f64 * q / (1.0 - q)).ln();
        }
        within
    }

    #[test]
    fn the_ranks_enclose_the_quantile_at_least_as_often_as_promised() {
        for (n, q) in [(20, 0.5), (100, 0.5), (400, 0.9), (500, 0.95), (2000, 0.99)] {
            let [Some(low), Some(high)] = interval_ranks(n, q, 1.959_964) else {
                panic!("{n} samples enclose {q}");
            };
            let coverage = coverage(n, q, [low, high]);
            assert!((0.95..0.99).contains(&coverage), "{n} {q}: {coverage}");
        }
    }

    #[test]
    fn a_side_without_a_sample_beyond_has_no_bound() {
        assert_eq!(interval_ranks(0, 0.5, 1.96), [None, None]);
        assert!(matches!(interval_ranks(100, 0.99, 1.96), [Some(_), None]));
    }
}
