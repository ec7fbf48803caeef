//! Shares: the interval of one, and how much two may differ by chance.

/// Wilson's score interval of the share `p` among `n` independent requests, or what is worth as
/// many, with the confidence of `z` standard deviations, within 0..=1 (E. B. Wilson, *JASA* 22,
/// 1927):
///
/// `(p + z²/2n ± z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n)`
pub fn wilson(p: f64, n: f64, z: f64) -> [f64; 2] {
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the bounds are 0 and 1 but for rounding.
    let low = if p <= 0.0 { 0.0 } else { centre - half };
    let high = if p >= 1.0 { 1.0 } else { centre + half };
    [low.max(0.0), high.min(1.0)]
}

/// How many requests it takes to say that the share of failures keeps a limit: by the rule of
/// three, the share is below 3/n with 95 % confidence when none of n failed (J. A. Hanley and A.
/// Lippman-Hand, *JAMA* 249, 1983), so `3 / limit`, and ten at least. A limit of no failure at all
/// is about these requests and not about a share, and so a few will do.
pub fn needed_for_share(limit: f64) -> u64 {
    let needed = if limit > 0.0 { 3.0 / limit } else { 0.0 };
    (needed.max(10.0) - 1e-6).ceil() as u64
}

/// Whether `n` requests are as many.
pub fn enough_for_share(n: u64, limit: f64) -> bool {
    n >= needed_for_share(limit)
}

/// Standard deviation of the difference of two measured shares when both samples, of sizes `n0` and
/// `n1`, have the true share `p`: `sqrt(p (1 - p) (1/n0 + 1/n1))`.
pub fn deviation(p: f64, n0: f64, n1: f64) -> f64 {
    (p * (1.0 - p) * (1.0 / n0 + 1.0 / n1)).sqrt()
}

/// The same for the pooled share `(hits0 + hits1) / (n0 + n1)`: the denominator of the
/// two-proportion z-test (G. W. Snedecor and W. G. Cochran, *Statistical Methods*, 8th ed., 1989,
/// section 7.10). Hits may be weighted, hence not whole; the pooled share is at most 1.
pub fn pooled_deviation([hits0, hits1]: [f64; 2], [n0, n1]: [f64; 2]) -> f64 {
    deviation(((hits0 + hits1) / (n0 + n1)).min(1.0), n0, n1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R. G. Newcombe, *Statistics in Medicine* 17 (1998), table I, method 3.
    #[test]
    fn the_score_interval_gives_the_published_bounds() {
        for (hits, n, published) in [
            (81, 263, [0.2553, 0.3662]),
            (15, 148, [0.0624, 0.1605]),
            (0, 20, [0.0, 0.1611]),
            (1, 29, [0.0061, 0.1718]),
        ] {
            let found = wilson(f64::from(hits) / f64::from(n), f64::from(n), 1.959_964);
            for (found, published) in found.iter().zip(published) {
                assert!((found - published).abs() < 5e-5, "{hits} of {n}: {found}");
            }
        }
    }

    /// 1 - (1 - 3/n)^n is the chance to see a failure if the share were 3/n.
    #[test]
    fn the_rule_of_three_leaves_less_than_a_twentieth_to_chance() {
        for (limit, n) in [(0.001, 3000), (0.01, 300), (0.05, 60), (0.5, 10), (0.0, 10)] {
            assert_eq!(needed_for_share(limit), n);
            assert!(enough_for_share(n, limit) && !enough_for_share(n - 1, limit));
        }
        for n in [10_u64, 300, 3000] {
            let unseen = (1.0 - 3.0 / n as f64).powf(n as f64);
            assert!(unseen < 0.05, "{n}: {unseen}");
        }
    }

    #[test]
    fn all_of_n_still_has_a_lower_bound() {
        let [low, high] = wilson(1.0, 100.0, 1.96);
        assert!(low < 0.97 && high == 1.0);
    }

    #[test]
    fn the_pooled_deviation_is_that_of_the_closed_form() {
        // 15 and 25 of 100: the pooled share is 0.2, so it is sqrt(0.16 * 0.02).
        let found = pooled_deviation([15.0, 25.0], [100.0, 100.0]);
        assert!((found - 0.0032_f64.sqrt()).abs() < 1e-15);
        assert_eq!(pooled_deviation([30.0, 30.0], [10.0, 10.0]), 0.0);
    }
}
