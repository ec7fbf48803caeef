//! The Universal Scalability Law, fitted to measured steps.
//!
//! `X(N) = γN / (1 + α(N-1) + βN(N-1))` (N. J. Gunther, *Guerrilla Capacity Planning*, 2007): N is
//! the concurrency, X the throughput in the unit of the data, γ the throughput of one, α the
//! contention for what is shared, β the cost of coherency. The peak lies at `N* = sqrt((1-α)/β)`.
//! It must not know where the points come from.

use crate::stats::least_squares::solve;

/// Concurrency and throughput.
pub type Point = (f64, f64);

/// One set of coefficients; `0 <= alpha <= 1` and `beta >= 0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UslFit {
    pub gamma: f64,
    pub alpha: f64,
    pub beta: f64,
}

/// Four digits are reached long before; this only bounds the loop.
const STEPS: usize = 200;

impl UslFit {
    pub fn throughput(&self, n: f64) -> f64 {
        self.gamma * n / self.denominator(n)
    }

    fn denominator(&self, n: f64) -> f64 {
        1.0 + self.alpha * (n - 1.0) + self.beta * n * (n - 1.0)
    }

    /// The concurrency beyond which more load gives less; infinite without β.
    pub fn peak(&self) -> f64 {
        if self.beta <= 0.0 {
            return f64::INFINITY;
        }
        ((1.0 - self.alpha) / self.beta).sqrt()
    }

    /// Sum of the squared residuals.
    pub fn misfit(&self, points: &[Point]) -> f64 {
        let square = |(n, x): &Point| (x - self.throughput(*n)).powi(2);
        points.iter().map(square).sum()
    }

    /// The best fit in the sense of least squares: the best of the free fit and of those with a
    /// coefficient held at its bound. `None` with fewer than four points.
    pub fn fit(points: &[Point]) -> Option<UslFit> {
        if points.len() < 4 || points.iter().any(|(n, x)| *n <= 0.0 || *x <= 0.0) {
            return None;
        }
        let frees = [[true, true], [true, false], [false, true], [false, false]];
        frees
            .into_iter()
            .filter_map(|free| fit_with(points, free))
            .filter(|fit| fit.gamma > 0.0 && (0.0..=1.0).contains(&fit.alpha) && fit.beta >= 0.0)
            .min_by(|a, b| a.misfit(points).total_cmp(&b.misfit(points)))
    }

    fn coefficients(self) -> [f64; 3] {
        [self.gamma, self.alpha, self.beta]
    }

    fn moved(self, by: [f64; 3]) -> UslFit {
        UslFit {
            gamma: self.gamma + by[0],
            alpha: self.alpha + by[1],
            beta: self.beta + by[2],
        }
    }

    /// The slopes of X in γ, α and β.
    fn slopes(&self, n: f64) -> [f64; 3] {
        let below = self.denominator(n);
        let x = self.gamma * n / below;
        [
            n / below,
            -x * (n - 1.0) / below,
            -x * n * (n - 1.0) / below,
        ]
    }
}

/// Levenberg's and Marquardt's damped steps (J. SIAM 11, 1963) from the answer of the linearised
/// law.
/// A coefficient that is not free stays zero.
fn fit_with(points: &[Point], free: [bool; 2]) -> Option<UslFit> {
    let free = [true, free[0], free[1]];
    let mut fit = linearised(points, free)?;
    let mut misfit = fit.misfit(points);
    let mut damping = 1e-3;
    for _ in 0..STEPS {
        let Some(step) = damped_step(&fit, points, free, damping) else {
            break;
        };
        let next = fit.moved(step);
        let better = next.misfit(points);
        if better < misfit {
            let settled = (misfit - better) <= 1e-15 * misfit;
            (fit, misfit) = (next, better);
            damping /= 10.0;
            if settled {
                break;
            }
        } else {
            damping *= 10.0;
            if damping > 1e12 {
                break;
            }
        }
    }
    Some(fit)
}

/// `N/X = 1/γ + (α/γ)(N-1) + (β/γ)N(N-1)` is linear in its three coefficients: a good start.
fn linearised(points: &[Point], free: [bool; 3]) -> Option<UslFit> {
    let rows = points
        .iter()
        .map(|(n, x)| ([1.0, n - 1.0, n * (n - 1.0)], n / x));
    let [inverse, queueing, coherence] = solve(rows, free, [0.0; 3])?;
    (inverse > 0.0).then(|| UslFit {
        gamma: 1.0 / inverse,
        alpha: queueing / inverse,
        beta: coherence / inverse,
    })
}

fn damped_step(fit: &UslFit, points: &[Point], free: [bool; 3], damping: f64) -> Option<[f64; 3]> {
    let rows = points
        .iter()
        .map(|(n, x)| (fit.slopes(*n), x - fit.throughput(*n)));
    // Marquardt's scaling: each coefficient is damped by its own curvature.
    let curvature = points.iter().fold([0.0; 3], |sum, (n, _)| {
        let slopes = fit.slopes(*n);
        [0, 1, 2].map(|i| sum[i] + slopes[i] * slopes[i])
    });
    let step = solve(rows, free, curvature.map(|c| damping * c.max(1e-300)))?;
    let finite = fit.moved(step).coefficients().iter().all(|c| c.is_finite());
    finite.then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Throughput at 1 to 32 of the Cisco series in B. Schwartz, *Practical Scalability Analysis
    /// with the Universal Scalability Law* (2015), whose published fit is quoted below.
    const CISCO: [f64; 32] = [
        955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61,
        8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52,
        11151.43, 11518.63, 11806.0, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27,
        12118.04, 12140.4, 12074.39,
    ];

    fn close(value: f64, published: f64, digits: i32) -> bool {
        ((value - published) / published).abs() < 0.5 * 10_f64.powi(1 - digits)
    }

    #[test]
    fn the_cisco_series_gives_its_published_coefficients_to_four_digits() {
        let points: Vec<Point> = (1..).map(f64::from).zip(CISCO).collect();
        let fit = UslFit::fit(&points).unwrap();
        assert!(close(fit.alpha, 0.026_715_91, 4), "{fit:?}");
        assert!(close(fit.beta, 7.690_945e-4, 4), "{fit:?}");
        assert!(close(fit.gamma, 995.6486, 4), "{fit:?}");
        assert!(close(fit.throughput(20.0), 11_063.633_1, 4), "{fit:?}");
        assert!((35.0..36.0).contains(&fit.peak()), "{fit:?}");
    }

    #[test]
    fn the_synthetic_series_gives_what_it_was_made_of() {
        let points = [
            (1.0, 1.0),
            (2.0, 1.8868),
            (4.0, 3.0769),
            (6.0, 3.5294),
            (8.0, 3.5398),
            (10.0, 3.3557),
        ];
        let fit = UslFit::fit(&points).unwrap();
        // The series itself is rounded to four decimals; an exact one gives the coefficients.
        assert!(close(fit.alpha, 0.020_005_8, 4), "{fit:?}");
        assert!(close(fit.beta, 0.019_999_7, 4), "{fit:?}");
        assert!(close(fit.gamma, 1.000_01, 4), "{fit:?}");
    }

    #[test]
    fn exact_points_give_their_coefficients_back() {
        let truth = UslFit {
            gamma: 40.0,
            alpha: 0.1,
            beta: 1e-3,
        };
        let points: Vec<Point> = [1.0, 3.0, 7.0, 15.0, 31.0, 63.0]
            .map(|n| (n, truth.throughput(n)))
            .to_vec();
        let fit = UslFit::fit(&points).unwrap();
        let [g, a, b] = [0, 1, 2].map(|i| fit.coefficients()[i] / truth.coefficients()[i] - 1.0);
        assert!(
            g.abs() < 1e-6 && a.abs() < 1e-6 && b.abs() < 1e-6,
            "{fit:?}"
        );
    }

    #[test]
    fn a_line_has_no_queueing_and_no_coherence_and_no_peak() {
        let points: Vec<Point> = (1..9)
            .map(|n| (f64::from(n), 10.0 * f64::from(n)))
            .collect();
        let fit = UslFit::fit(&points).unwrap();
        assert!(fit.alpha.abs() < 1e-9 && fit.beta.abs() < 1e-9);
        assert!(fit.peak() > 1e4);
    }

    #[test]
    fn better_than_linear_growth_is_held_at_the_bounds() {
        let points: Vec<Point> = (1..9)
            .map(|n| (f64::from(n), f64::from(n).powf(1.3)))
            .collect();
        let fit = UslFit::fit(&points).unwrap();
        assert!(fit.alpha >= 0.0 && fit.beta >= 0.0, "{fit:?}");
    }

    #[test]
    fn three_points_are_too_few() {
        assert_eq!(UslFit::fit(&[(1.0, 1.0), (2.0, 1.9), (3.0, 2.7)]), None);
    }
}
