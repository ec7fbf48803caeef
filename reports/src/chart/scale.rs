//! From values to positions: linear and logarithmic scales, and where their ticks go.
//!
//! Pure arithmetic; it must not know what is drawn.

use crate::number;

/// Maps values `from..=to` to positions `start..=end`, in drawing units; `start` may lie beyond
/// `end`.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    from: f64,
    to: f64,
    start: i32,
    end: i32,
    logarithmic: bool,
}

impl Scale {
    /// Values, then positions, both ends as given; an empty range of values becomes one long.
    pub fn linear((from, to): (f64, f64), (start, end): (i32, i32)) -> Scale {
        let to = if to > from { to } else { from + 1.0 };
        Scale {
            from,
            to,
            start,
            end,
            logarithmic: false,
        }
    }

    /// Whole thirds of decades (1, 2, 5) around the values; both must be above zero.
    pub fn logarithmic((low, high): (f64, f64), (start, end): (i32, i32)) -> Scale {
        let low = if low.is_finite() { low.max(1e-3) } else { 1.0 };
        let from = steps(low / 10.0)
            .filter(|&step| step <= low)
            .last()
            .unwrap_or(low);
        let to = steps(high)
            .find(|&step| step >= high && step > from)
            .unwrap_or(from * 10.0);
        Scale {
            from,
            to,
            start,
            end,
            logarithmic: true,
        }
    }

    /// In drawing units; a value outside the scale gets the position of the nearer end.
    pub fn at(&self, value: f64) -> i32 {
        let share = if self.logarithmic {
            (value.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        let length = f64::from(self.end - self.start);
        self.start + (share.clamp(0.0, 1.0) * length).round() as i32
    }

    /// Round values inside the scale, about `wanted` of them.
    pub fn ticks(&self, wanted: usize) -> Vec<f64> {
        if self.logarithmic {
            return self.decade_ticks(wanted);
        }
        let step = round_step((self.to - self.from) / wanted.max(1) as f64);
        let first = (self.from / step).ceil() as i64;
        let last = (self.to / step + 1e-9).floor() as i64;
        (first..=last).map(|index| index as f64 * step).collect()
    }

    fn decade_ticks(&self, wanted: usize) -> Vec<f64> {
        let inside = |&step: &f64| step >= self.from * 0.999 && step <= self.to * 1.001;
        let all: Vec<_> = steps(self.from / 10.0)
            .take_while(|&step| step <= self.to * 1.001)
            .filter(inside)
            .collect();
        if all.len() <= wanted {
            return all;
        }
        all.into_iter()
            .filter(|step| (step.log10() - step.log10().round()).abs() < 1e-6)
            .collect()
    }
}

/// 1, 2, 5, 10, ... from the decade of `from` upwards.
fn steps(from: f64) -> impl Iterator<Item = f64> {
    let decade = from.log10().floor() as i32;
    (decade..decade + 40).flat_map(|power| [1.0, 2.0, 5.0].map(|lead| lead * 10_f64.powi(power)))
}

/// The next of 1, 2, 5 x 10^n.
pub fn round_step(raw: f64) -> f64 {
    if raw <= 0.0 || !raw.is_finite() {
        return 1.0;
    }
    steps(raw).find(|&step| step >= raw * 0.999).unwrap_or(raw)
}

/// The end of a linear axis: the next round step at or above `most`.
pub fn round_up(most: f64, wanted: usize) -> f64 {
    let step = round_step(most / wanted.max(1) as f64);
    ((most / step - 1e-9).ceil() * step).max(step)
}

/// A tick without trailing zeros: `0.5`, `20`, `1 000`.
pub fn tick(value: f64) -> String {
    if value.abs() >= 1000.0 || value.fract() == 0.0 {
        return number::plain(value)
            .trim_end_matches(".0")
            .trim_end_matches(".00")
            .to_owned();
    }
    format!("{value:.3}")
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_scale_meets_both_ends() {
        let scale = Scale::linear((0.0, 10.0), (100, 300));
        assert_eq!(
            (scale.at(0.0), scale.at(5.0), scale.at(10.0)),
            (100, 200, 300)
        );
    }

    #[test]
    fn decades_are_equally_far_apart() {
        let scale = Scale::logarithmic((1.0, 1000.0), (0, 300));
        assert_eq!(
            (scale.at(1.0), scale.at(10.0), scale.at(100.0)),
            (0, 100, 200)
        );
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::linear((0.0, 62.0), (0, 1));
        assert_eq!(scale.ticks(8), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        let scale = Scale::logarithmic((3.0, 700.0), (0, 1));
        assert_eq!(
            scale.ticks(4),
            [10.0, 100.0, 1000.0]
                .into_iter()
                .filter(|&t| t <= 1000.0)
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_empty_range_still_has_a_scale() {
        let scale = Scale::linear((0.0, 0.0), (0, 100));
        assert_eq!(scale.at(0.0), 0);
        assert!(round_up(0.0, 3) > 0.0);
    }

    #[test]
    fn ticks_are_written_without_trailing_zeros() {
        assert_eq!(
            [0.5, 1.0, 20.0, 1000.0].map(tick),
            ["0.5", "1", "20", "1\u{202f}000"]
        );
    }
}
