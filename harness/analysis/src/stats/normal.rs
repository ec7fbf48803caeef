//! Quantiles of the normal distribution, for intervals of any confidence.

/// How many standard deviations to each side hold the share `confidence` of a normal distribution;
/// 1.96 for 0.95. P. J. Acklam's rational approximation (2003), relative error below 1.2e-9.
pub fn two_sided(confidence: f64) -> f64 {
    quantile(f64::midpoint(1.0, confidence.clamp(0.0, 1.0 - 1e-9)))
}

/// For 0.5 <= p < 1; the other half is its mirror image and is not needed.
fn quantile(p: f64) -> f64 {
    const CENTRE_OVER: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const CENTRE_UNDER: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const TAIL_OVER: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const TAIL_UNDER: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    const TAIL: f64 = 0.024_25;
    if p <= 1.0 - TAIL {
        let (q, r) = (p - 0.5, (p - 0.5) * (p - 0.5));
        return q * polynomial(&CENTRE_OVER, r) / polynomial(&CENTRE_UNDER, r);
    }
    let q = (-2.0 * (1.0 - p).ln()).sqrt();
    -polynomial(&TAIL_OVER, q) / polynomial(&TAIL_UNDER, q)
}

/// Horner's scheme, highest power first.
fn polynomial(coefficients: &[f64], at: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, one| sum * at + one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_confidences_have_their_tabulated_bounds() {
        for (confidence, z) in [
            (0.5, 0.674_489_75),
            (0.8, 1.281_551_566),
            (0.9, 1.644_853_627),
            (0.95, 1.959_963_985),
            (0.99, 2.575_829_304),
            (0.999, 3.290_526_731),
        ] {
            assert!((two_sided(confidence) - z).abs() < 1e-8, "{confidence}");
        }
        assert!(two_sided(0.0).abs() < 1e-12);
    }
}
