//! Quantiles of Student's t distribution, for intervals whose spread is itself estimated.

use super::normal::two_sided as normal;

/// How many estimated standard deviations to each side hold the share `confidence`, when the
/// standard deviation has `freedom` degrees of freedom; 2.09 for 0.95 and 19. Never fewer than the
/// normal distribution's, and with less than one degree as with one.
///
/// G. W. Hill, *Algorithm 396*, Communications of the ACM 13 (1970); six digits from three degrees
/// of freedom on, exact for one and two.
pub fn two_sided(confidence: f64, freedom: f64) -> f64 {
    let n = freedom.max(1.0);
    let outside = (1.0 - confidence).clamp(1e-9, 1.0);
    // The exact forms hold for whole degrees only; between them the general one is close enough.
    if n < 1.5 {
        return 1.0 / (outside * std::f64::consts::FRAC_PI_2).tan();
    }
    if n < 2.5 {
        return (2.0 / (outside * (2.0 - outside)) - 2.0).max(0.0).sqrt();
    }
    general(outside, n).max(normal(confidence))
}

fn general(outside: f64, n: f64) -> f64 {
    let a = 1.0 / (n - 0.5);
    let b = 48.0 / (a * a);
    let c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * std::f64::consts::FRAC_PI_2).sqrt() * n;
    let y = (d * outside).powf(2.0 / n);
    let square = if y > a + 0.05 {
        near_the_normal(outside, n, [a, b, c, d])
    } else {
        let first = ((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0;
        ((1.0 / first + 0.5 / (n + 4.0)) * y - 1.0) * (n + 1.0) / (n + 2.0) + 1.0 / y
    };
    (n * square).sqrt()
}

/// The expansion about the normal distribution, for probabilities that are not tiny.
fn near_the_normal(outside: f64, n: f64, [a, b, c, d]: [f64; 4]) -> f64 {
    let x = -normal(1.0 - outside);
    let few = if n < 5.0 {
        0.3 * (n - 4.5) * (x + 0.6)
    } else {
        0.0
    };
    let c = (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b + c + few;
    let y = x * x;
    let y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
    (a * y * y).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// W. S. Gosset's table as in every textbook, 97.5 %.
    #[test]
    fn the_usual_degrees_of_freedom_have_their_tabulated_bounds() {
        for (freedom, t) in [
            (1.0, 12.706),
            (2.0, 4.303),
            (3.0, 3.182),
            (4.0, 2.776),
            (5.0, 2.571),
            (10.0, 2.228),
            (19.0, 2.093),
            (30.0, 2.042),
            (120.0, 1.980),
        ] {
            let found = two_sided(0.95, freedom);
            assert!((found - t).abs() < 1e-3, "{freedom}: {found}");
        }
        for (freedom, t) in [(4.0, 4.604), (19.0, 2.861)] {
            let found = two_sided(0.99, freedom);
            assert!((found - t).abs() < 2e-3, "{freedom}: {found}");
        }
    }

    #[test]
    fn without_end_it_is_the_normal_distribution() {
        assert!((two_sided(0.95, 1e7) - 1.959_964).abs() < 1e-5);
        assert_eq!(two_sided(0.95, 0.2), two_sided(0.95, 1.0));
    }
}
