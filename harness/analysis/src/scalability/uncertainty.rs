//! How far a fit can be trusted: intervals from a residual bootstrap, and whether the data reaches
//! the peak at all.
//!
//! Residuals are redrawn with a fixed seed, so the same data always gives the same intervals
//! (B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993, section 9.5).

use std::collections::BTreeMap;

use harness_model::Seed;
use harness_model::report::{Peak, PeakReason, Usl};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::usl::{Point, UslFit};
use crate::stats::order::nearest_rank;

const DRAWS: usize = 500;
/// Fewer steps leave too few degrees of freedom to speak of a peak.
const MIN_STEPS: usize = 6;
/// Steps must go at least so far towards the peak; a fit that stops earlier misses it by a third
/// in half of all cases.
const REACH: f64 = 0.8;
/// The widest interval of the peak, relative to it, that still says where it is.
const WIDEST: f64 = 0.5;

/// Picks one value of a fit.
type Coefficient = fn(&UslFit) -> f64;

/// The answer to a series of steps. Steps are seconds apart, so their residuals are redrawn as
/// independent of each other.
pub fn fit_with_intervals(points: &[Point], confidence: f64) -> Usl {
    let Some(fit) = UslFit::fit(points) else {
        return Usl {
            gamma: None,
            alpha: None,
            beta: None,
            ci: BTreeMap::new(),
            peak: None,
            identified: false,
            why: PeakReason::NoFit {
                steps: points.len(),
            },
        };
    };
    let draws = bootstrap(&fit, points);
    let interval = |value: Coefficient| {
        let mut values: Vec<f64> = draws.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let outside = (1.0 - confidence) / 2.0;
        let at = |q: f64| nearest_rank(&values, q);
        Some([at(outside)?, at(1.0 - outside)?])
    };
    let mut ci = BTreeMap::new();
    let coefficients: [(&str, Coefficient); 3] = [
        ("gamma", |fit| fit.gamma),
        ("alpha", |fit| fit.alpha),
        ("beta", |fit| fit.beta),
    ];
    for (name, value) in coefficients {
        ci.extend(interval(value).map(|interval| (name.to_owned(), interval)));
    }
    let peak_ci = interval(UslFit::peak);
    let beta_low = ci.get("beta").map(|[low, _]| *low);
    let why = judge(&fit, points, beta_low, peak_ci);
    let identified = matches!(why, PeakReason::Identified { .. });
    let peak = Peak {
        concurrency: fit.peak(),
        throughput: fit.throughput(fit.peak()),
    };
    if let Some(interval) = peak_ci.filter(|_| identified) {
        ci.insert("peak".to_owned(), interval);
    }
    Usl {
        gamma: Some(fit.gamma),
        alpha: Some(fit.alpha),
        beta: Some(fit.beta),
        ci,
        identified,
        peak: identified.then_some(peak),
        why,
    }
}

fn reached(points: &[Point]) -> f64 {
    points.iter().map(|(n, _)| *n).fold(0.0, f64::max)
}

fn judge(
    fit: &UslFit,
    points: &[Point],
    beta_low: Option<f64>,
    peak_ci: Option<[f64; 2]>,
) -> PeakReason {
    if points.len() < MIN_STEPS {
        return PeakReason::TooFewSteps {
            steps: points.len(),
            needed: MIN_STEPS,
        };
    }
    if fit.beta <= 0.0 || beta_low.is_none_or(|low| low <= 1e-12) {
        return PeakReason::NotRetrograde;
    }
    let (reached, peak) = (reached(points), fit.peak());
    if reached < REACH * peak {
        return PeakReason::NotReached { reached, peak };
    }
    match peak_ci {
        Some([low, high]) if (high - low) <= WIDEST * peak => {
            PeakReason::Identified { reached, peak }
        }
        Some([low, high]) => PeakReason::TooWide { low, high },
        None => PeakReason::NoInterval,
    }
}

/// Fits to data made of the fit and its own residuals, drawn with replacement.
fn bootstrap(fit: &UslFit, points: &[Point]) -> Vec<UslFit> {
    let freedom = points.len().saturating_sub(3).max(1);
    let inflate = (points.len() as f64 / freedom as f64).sqrt();
    let residuals: Vec<f64> = points
        .iter()
        .map(|(n, x)| (x - fit.throughput(*n)) * inflate)
        .collect();
    let mut rng = Seed(0).stream("usl-bootstrap");
    let draw = |rng: &mut ChaCha8Rng| {
        let again: Vec<Point> = points
            .iter()
            .map(|(n, _)| {
                let pick = rng.next_u64() % residuals.len() as u64;
                (*n, fit.throughput(*n) + residuals[pick as usize])
            })
            .collect();
        UslFit::fit(&again)
    };
    (0..DRAWS).filter_map(|_| draw(&mut rng)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: UslFit = UslFit {
        gamma: 1000.0,
        alpha: 0.02,
        beta: 2e-4,
    };

    /// Eight steps up to this share of the knee at 70, each off by up to 2 %, not at random so
    /// that the test says the same every day.
    fn series(share: f64) -> Vec<Point> {
        let noise = [0.012, -0.017, 0.006, -0.009, 0.018, -0.004, -0.011, 0.008];
        noise
            .iter()
            .enumerate()
            .map(|(i, off)| {
                let n = TRUTH.peak() * share * (i + 1) as f64 / noise.len() as f64;
                (n, TRUTH.throughput(n) * (1.0 + off))
            })
            .collect()
    }

    #[test]
    fn a_series_past_the_knee_names_its_peak_with_an_interval_that_holds_it() {
        let usl = fit_with_intervals(&series(1.5), 0.95);
        assert!(usl.identified, "{usl:?}");
        let [low, high] = usl.ci["peak"];
        assert!(low <= TRUTH.peak() && TRUTH.peak() <= high, "{usl:?}");
        let peak = usl.peak.unwrap().concurrency;
        assert!((peak / TRUTH.peak() - 1.0).abs() < 0.1, "{usl:?}");
    }

    #[test]
    fn a_series_that_stops_at_four_tenths_of_the_knee_is_not_identified() {
        let usl = fit_with_intervals(&series(0.4), 0.95);
        assert!(!usl.identified && usl.peak.is_none(), "{usl:?}");
        assert!(!matches!(usl.why, PeakReason::Identified { .. }), "{usl:?}");
    }

    #[test]
    fn even_without_noise_four_tenths_of_the_knee_do_not_identify_it() {
        let exact: Vec<Point> = (1..=8)
            .map(|i| f64::from(i) * TRUTH.peak() * 0.05)
            .map(|n| (n, TRUTH.throughput(n)))
            .collect();
        assert!(!fit_with_intervals(&exact, 0.95).identified);
    }

    #[test]
    fn the_same_series_gives_the_same_intervals() {
        assert_eq!(
            fit_with_intervals(&series(1.2), 0.95),
            fit_with_intervals(&series(1.2), 0.95)
        );
    }

    #[test]
    fn more_confidence_asks_for_wider_intervals() {
        let width = |confidence| {
            let [low, high] = fit_with_intervals(&series(1.5), confidence).ci["peak"];
            high - low
        };
        assert!(width(0.5) < width(0.95) && width(0.95) < width(0.99));
    }

    #[test]
    fn three_steps_give_no_law_but_a_reason() {
        let usl = fit_with_intervals(&series(1.0)[..3], 0.95);
        assert_eq!(usl.gamma, None);
        assert_eq!(usl.why, PeakReason::NoFit { steps: 3 });
    }
}
