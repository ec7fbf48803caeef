//! Thinning: long runs are drawn with at most [`MOST_BUCKETS`] points a series.
//!
//! Rates keep their mean and latencies their maximum, so a spike is never hidden.

/// More points than this cannot be told apart on the page.
pub const MOST_BUCKETS: usize = 540;

/// Buckets that share one drawn point.
pub fn thinning(buckets: usize, most: usize) -> usize {
    buckets.div_ceil(most).max(1)
}

/// The mean of each `factor` neighbours, which is at least 1; the last group may be smaller.
pub fn means(values: &[f64], factor: usize) -> Vec<f64> {
    values
        .chunks(factor)
        .map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64)
        .collect()
}

/// The maximum of what was measured; `None` only where nothing was.
pub fn maxima(values: &[Option<f64>], factor: usize) -> Vec<Option<f64>> {
    values
        .chunks(factor)
        .map(|chunk| chunk.iter().flatten().copied().reduce(f64::max))
        .collect()
}

/// The mean of what was measured; `None` only where nothing was.
pub fn known_means(values: &[Option<f64>], factor: usize) -> Vec<Option<f64>> {
    values.chunks(factor).map(mean).collect()
}

/// Over the measured values alone; `None` where there is none.
pub fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// Unbroken stretches of measured values, as `(index, value)`.
pub fn stretches(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut stretches = vec![Vec::new()];
    for (index, value) in values.iter().enumerate() {
        match (value, stretches.last_mut()) {
            (Some(value), Some(open)) => open.push((index, *value)),
            (None, Some(open)) if !open.is_empty() => stretches.push(Vec::new()),
            _ => {}
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_survives_thinning() {
        let values = [Some(1.0), None, Some(900.0), Some(2.0), None, None];
        assert_eq!(maxima(&values, 3), [Some(900.0), Some(2.0)]);
        assert_eq!(maxima(&values[4..], 2), [None]);
    }

    #[test]
    fn gaps_break_a_line() {
        let values = [None, Some(1.0), Some(2.0), None, Some(3.0)];
        assert_eq!(
            stretches(&values),
            [vec![(1, 1.0), (2, 2.0)], vec![(4, 3.0)]]
        );
    }

    #[test]
    fn thinning_never_leaves_more_than_the_most() {
        for buckets in [0, 1, 539, 540, 541, 10_000] {
            let factor = thinning(buckets, MOST_BUCKETS);
            assert!(buckets.div_ceil(factor) <= MOST_BUCKETS);
        }
    }
}
