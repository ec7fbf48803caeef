//! Middles and deviations that a few wild values do not move.

use super::order::median;

/// Makes the median absolute deviation estimate the standard deviation of normal data: 1/Φ⁻¹(3/4).
const TO_SIGMA: f64 = 1.4826;

/// Median, and median absolute deviation from it (F. R. Hampel, *JASA* 69, 1974). `None` for no
/// values.
pub fn median_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    let middle = median(values.to_vec())?;
    let deviation = median(values.iter().map(|value| (value - middle).abs()).collect())?;
    Some((middle, deviation))
}

/// Robust z-score of a change: by how many robust standard deviations the median of `during` lies
/// above that of `before`, `(m1 - m0) / max(1.4826 MAD, m0 / 20, floor)`. The floor, in the unit of
/// the values, keeps a series that never moved from making every change infinite. `None` where
/// either side has no value.
pub fn rise(before: &[f64], during: &[f64], floor: f64) -> Option<f64> {
    let (old, deviation) = median_and_deviation(before)?;
    let new = median(during.to_vec())?;
    let scale = (TO_SIGMA * deviation).max(0.05 * old.abs()).max(floor);
    Some((new - old) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the article on the median absolute deviation in Wikipedia.
    #[test]
    fn the_deviation_is_the_published_one_and_a_wild_value_does_not_move_it() {
        let values = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0];
        assert_eq!(median_and_deviation(&values), Some((2.0, 1.0)));
        let wild = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9000.0];
        assert_eq!(median_and_deviation(&wild), Some((2.0, 1.0)));
        assert_eq!(median_and_deviation(&[]), None);
    }

    #[test]
    fn a_rise_is_counted_in_robust_deviations() {
        let before = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0];
        let z = rise(&before, &[9.0], 0.0);
        assert!((z.expect("a rise") - 7.0 / 1.4826).abs() < 1e-12);
    }

    #[test]
    fn a_flat_series_is_measured_against_the_floor_and_one_wild_value_moves_nothing() {
        assert_eq!(rise(&[1.0; 9], &[3.0; 3], 0.5), Some(4.0));
        assert_eq!(rise(&[1.0; 9], &[1.0, 900.0, 1.0], 0.5), Some(0.0));
        assert_eq!(rise(&[], &[1.0], 0.5), None);
    }
}
