//! When sessions are due: a pure function of the plan and the seed.
//!
//! Intended moments are computed from the start of the load, never from the previous send, so
//! nothing that the target does can move them.

use harness_model::load::{LoadModel, RateSegment, Spacing};
use harness_model::{Offset, Seed};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1};

/// The intended moments of an open load, in order; none for a closed one.
///
/// The expected number of arrivals up to `t` is the integral of the rate. Constant spacing puts the
/// i-th arrival where that integral reaches i; a Poisson process puts it where the integral
/// reaches the i-th sum of unit exponentials (time change), which is exact for any rate.
pub fn arrivals(model: &LoadModel, seed: Seed) -> impl Iterator<Item = Offset> + use<> {
    let (segments, spacing) = match model {
        LoadModel::Open { arrivals, spacing } => (arrivals.clone(), *spacing),
        LoadModel::Closed { .. } => (Vec::new(), Spacing::Constant),
    };
    Arrivals {
        segments,
        spacing,
        draw: seed.stream("arrivals"),
        mass: 0.0,
        first: true,
    }
}

struct Arrivals {
    segments: Vec<RateSegment>,
    spacing: Spacing,
    draw: ChaCha8Rng,
    /// Integral of the rate up to the last arrival.
    mass: f64,
    first: bool,
}

impl Iterator for Arrivals {
    type Item = Offset;

    fn next(&mut self) -> Option<Offset> {
        match self.spacing {
            Spacing::Constant if self.first => {}
            Spacing::Constant => self.mass += 1.0,
            Spacing::Poisson => {
                let gap: f64 = Exp1.sample(&mut self.draw);
                self.mass += gap;
            }
        }
        self.first = false;
        invert(&self.segments, self.mass).map(Offset)
    }
}

/// The moment at which the integral of the rate reaches `mass`.
fn invert(segments: &[RateSegment], mut mass: f64) -> Option<i64> {
    let mut start_ns = 0_u64;
    for segment in segments {
        let seconds = segment.for_ns as f64 / 1e9;
        let area = (segment.from_per_s + segment.to_per_s) / 2.0 * seconds;
        // The last arrival of a segment may land on its end only by rounding: keep it out.
        if mass < area - 1e-9 {
            let into_s = within(segment, seconds, mass);
            return i64::try_from(start_ns)
                .ok()
                .map(|start| start + (into_s * 1e9).round() as i64);
        }
        mass = (mass - area).max(0.0);
        start_ns += segment.for_ns;
    }
    None
}

/// Solves `from t + (to - from) t^2 / (2 T) = mass` for t, in the numerically stable form.
fn within(segment: &RateSegment, seconds: f64, mass: f64) -> f64 {
    let slope = (segment.to_per_s - segment.from_per_s) / seconds;
    let root = (segment.from_per_s.powi(2) + 2.0 * slope * mass)
        .max(0.0)
        .sqrt();
    if mass == 0.0 {
        0.0
    } else {
        2.0 * mass / (segment.from_per_s + root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(segments: &[(f64, f64, f64)], spacing: Spacing) -> LoadModel {
        let segment = |&(from_per_s, to_per_s, seconds): &(f64, f64, f64)| RateSegment {
            from_per_s,
            to_per_s,
            for_ns: (seconds * 1e9) as u64,
        };
        LoadModel::Open {
            arrivals: segments.iter().map(segment).collect(),
            spacing,
        }
    }

    #[test]
    fn a_constant_rate_is_evenly_spaced_and_complete() {
        let model = open(&[(200.0, 200.0, 10.0)], Spacing::Constant);
        let due: Vec<Offset> = arrivals(&model, Seed(1)).collect();
        assert_eq!(due.len(), 2000);
        assert_eq!(due[1], Offset(5_000_000));
        assert_eq!(due[1999], Offset(9_995_000_000));
    }

    #[test]
    fn a_ramp_holds_the_integral_of_its_rate() {
        let model = open(
            &[(0.0, 100.0, 10.0), (100.0, 100.0, 1.0)],
            Spacing::Constant,
        );
        let due: Vec<Offset> = arrivals(&model, Seed(1)).collect();
        assert_eq!(due.len(), 600);
        let half = due.iter().filter(|at| at.secs_f64() < 5.0).count();
        assert_eq!(half, 125);
        assert!(due.is_sorted());
    }

    #[test]
    fn the_same_seed_gives_the_same_schedule_and_another_differs() {
        let model = open(&[(50.0, 50.0, 20.0)], Spacing::Poisson);
        let due = |seed| arrivals(&model, Seed(seed)).collect::<Vec<_>>();
        assert_eq!(due(7), due(7));
        assert_ne!(due(7), due(8));
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let model = open(&[(100.0, 100.0, 200.0)], Spacing::Poisson);
        let due: Vec<f64> = arrivals(&model, Seed(3)).map(Offset::secs_f64).collect();
        let mut gaps: Vec<f64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_by(f64::total_cmp);
        let n = gaps.len() as f64;
        let distance = gaps.iter().enumerate().map(|(i, gap)| {
            let theory = 1.0 - (-100.0 * gap).exp();
            (theory - i as f64 / n)
                .abs()
                .max((theory - (i + 1) as f64 / n).abs())
        });
        // Kolmogorov-Smirnov at the 0.1 % level.
        assert!(distance.fold(0.0, f64::max) < 1.95 / n.sqrt());
    }
}
