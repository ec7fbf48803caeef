//! When sessions are due: a pure function of the load model and the seed.
//!
//! Intended moments are computed from the start of the load, never from the previous send, so
//! nothing that the target does can move them. It must not know what a session does.

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
    use proptest::prelude::*;

    /// Rates from and to, and seconds.
    type Stretch = (f64, f64, f64);

    fn open(stretches: &[Stretch], spacing: Spacing) -> LoadModel {
        let segment = |&(from_per_s, to_per_s, seconds): &Stretch| RateSegment {
            from_per_s,
            to_per_s,
            for_ns: (seconds * 1e9).round() as u64,
        };
        LoadModel::Open {
            arrivals: stretches.iter().map(segment).collect(),
            spacing,
        }
    }

    fn due_s(stretches: &[Stretch], spacing: Spacing, seed: u64) -> Vec<f64> {
        let due = arrivals(&open(stretches, spacing), Seed(seed));
        due.map(Offset::secs_f64).collect()
    }

    /// The integral of the rate up to a moment.
    fn integral(stretches: &[Stretch], until_s: f64) -> f64 {
        let mut from_s = 0.0;
        let mut area = 0.0;
        for &(from, to, seconds) in stretches {
            let t = (until_s - from_s).clamp(0.0, seconds);
            area += from * t + (to - from) * t * t / (2.0 * seconds);
            from_s += seconds;
        }
        area
    }

    fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
        let rate = prop_oneof![Just(0.0), 0.0..500.0_f64];
        // Whole milliseconds, so that the model's nanoseconds are the same length.
        let seconds = (1..5_000_u32).prop_map(|ms| f64::from(ms) / 1e3);
        proptest::collection::vec((rate.clone(), rate, seconds), 1..5)
    }

    proptest! {
        #[test]
        fn evenly_spaced_arrivals_up_to_any_moment_are_the_integral_of_the_rate(
            stretches in stretches(),
            share in 0.0..=1.0_f64,
        ) {
            let due = due_s(&stretches, Spacing::Constant, 1);
            prop_assert!(due.is_sorted());
            let length_s: f64 = stretches.iter().map(|(_, _, seconds)| seconds).sum();
            let until_s = length_s * share;
            let count = due.iter().filter(|at| **at < until_s).count() as f64;
            // The first arrival is at once and the k-th where the integral reaches k.
            let expected = integral(&stretches, until_s);
            prop_assert!((count - expected).abs() <= 1.0 + 1e-4, "{count} {expected}");
        }

        /// The time change theorem: whatever the rate, its integral at the arrivals of a Poisson
        /// process is a Poisson process of rate 1, and with the same seed it is the same one.
        #[test]
        fn poisson_arrivals_of_any_rate_are_those_of_rate_one_in_changed_time(
            stretches in stretches(),
            seed in any::<u64>(),
        ) {
            let due = due_s(&stretches, Spacing::Poisson, seed);
            let mass = integral(&stretches, f64::INFINITY);
            prop_assume!(mass > 0.0);
            let unit = due_s(&[(1.0, 1.0, mass)], Spacing::Poisson, seed);
            prop_assert_eq!(due.len(), unit.len());
            for (due, unit) in due.iter().zip(unit) {
                let changed = integral(&stretches, *due);
                // Moments are rounded to a nanosecond.
                prop_assert!((changed - unit).abs() < 1e-5, "{changed} {unit}");
            }
        }
    }

    #[test]
    fn a_constant_rate_is_evenly_spaced_and_complete() {
        let model = open(&[(200.0, 200.0, 10.0)], Spacing::Constant);
        let due: Vec<Offset> = arrivals(&model, Seed(1)).collect();
        let expected: Vec<Offset> = (0..2_000).map(|k| Offset(k * 5_000_000)).collect();
        assert_eq!(due, expected);
    }

    #[test]
    fn a_ramp_from_zero_has_its_kth_arrival_where_half_the_slope_times_t_squared_is_k() {
        let due = due_s(&[(0.0, 100.0, 10.0)], Spacing::Constant, 1);
        assert_eq!(due.len(), 500);
        for (k, at) in due.iter().enumerate() {
            let expected = (k as f64 / 5.0).sqrt();
            assert!((at - expected).abs() < 1e-8, "{k}: {at} {expected}");
        }
    }

    #[test]
    fn a_ramp_down_mirrors_the_ramp_up() {
        let up = due_s(&[(20.0, 80.0, 6.0)], Spacing::Constant, 1);
        let down = due_s(&[(80.0, 20.0, 6.0)], Spacing::Constant, 1);
        assert_eq!((up.len(), down.len()), (300, 300));
        for (up, down) in up.iter().skip(1).zip(down.iter().skip(1).rev()) {
            assert!((6.0 - up - down).abs() < 1e-8, "{up} {down}");
        }
    }

    #[test]
    fn steps_change_the_rate_where_they_meet() {
        let steps = [(10.0, 10.0, 1.0), (0.0, 0.0, 2.0), (40.0, 40.0, 1.0)];
        let due = due_s(&steps, Spacing::Constant, 1);
        let first = (0..10).map(|k| f64::from(k) / 10.0);
        let last = (0..40).map(|k| 3.0 + f64::from(k) / 40.0);
        assert_eq!(due, first.chain(last).collect::<Vec<_>>());
    }

    #[test]
    fn a_closed_load_has_no_schedule() {
        let model = LoadModel::Closed { users: 5 };
        assert_eq!(arrivals(&model, Seed(1)).count(), 0);
    }

    #[test]
    fn the_same_seed_gives_the_same_schedule_and_another_differs() {
        let due = |seed| due_s(&[(50.0, 50.0, 20.0)], Spacing::Poisson, seed);
        assert_eq!(due(7), due(7));
        assert_ne!(due(7), due(8));
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let due = due_s(&[(100.0, 100.0, 200.0)], Spacing::Poisson, 3);
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

    #[test]
    fn poisson_counts_of_a_ramp_scatter_around_the_integral_as_much_as_they_should() {
        let ramp = [(10.0, 110.0, 100.0)];
        let due = due_s(&ramp, Spacing::Poisson, 5);
        let chi_squared: f64 = (0..100)
            .map(|second| {
                let (from, to) = (f64::from(second), f64::from(second + 1));
                let mean = integral(&ramp, to) - integral(&ramp, from);
                let count = due.iter().filter(|at| (from..to).contains(*at)).count();
                (count as f64 - mean).powi(2) / mean
            })
            .sum();
        // The 0.1 % and 99.9 % quantiles of chi squared with 100 degrees of freedom.
        assert!((61.9..149.4).contains(&chi_squared), "{chi_squared}");
    }
}
