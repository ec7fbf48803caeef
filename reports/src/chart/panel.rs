//! One panel: a title with a legend, a frame of two axes, and lines inside it.
//!
//! Panels share an x-axis by sharing its scale. It must not know which report they show.

use super::canvas::{Align, Canvas, WIDTH, width_of};
use super::palette::{self, Ink};
use super::scale::{Scale, tick};

/// Room for the numbers of the y-axis.
pub const LEFT: i32 = 104;
/// The right edge of every frame, in drawing units.
pub const RIGHT: i32 = WIDTH - 24;
/// Room for the title above the frame.
pub const TITLE: i32 = 78;

/// A frame from `top` down to `bottom`, in drawing units, and the scales of its axes. `y` runs from
/// `bottom` to `top`.
pub struct Panel {
    pub top: i32,
    pub bottom: i32,
    pub x: Scale,
    pub y: Scale,
}

/// What stands for a series in the legend.
pub enum Mark {
    Line,
    Block,
    Point,
}

/// One entry of the legend.
pub struct Legend<'a> {
    pub name: &'a str,
    pub ink: Ink,
    pub mark: Mark,
}

impl<'a> Legend<'a> {
    /// For a series drawn by [`Panel::line`].
    pub fn line(name: &'a str, ink: Ink) -> Legend<'a> {
        Legend {
            name,
            ink,
            mark: Mark::Line,
        }
    }

    /// For single measurements.
    pub fn point(name: &'a str, ink: Ink) -> Legend<'a> {
        Legend {
            name,
            ink,
            mark: Mark::Point,
        }
    }

    /// For a series drawn by [`Panel::area`].
    pub fn block(name: &'a str, ink: Ink) -> Legend<'a> {
        Legend {
            name,
            ink,
            mark: Mark::Block,
        }
    }
}

impl Panel {
    /// The title with its unit, and the legend to its right.
    pub fn head(&self, canvas: &mut Canvas, title: &str, unit: &str, legend: &[Legend]) {
        let middle = self.top - 30;
        canvas.bold(title, (0, middle), Align::Left, palette::TEXT);
        // Bold type runs wider than the estimate for plain type.
        let unit_at = width_of(title) * 9 / 7 + 14;
        canvas.text(unit, (unit_at, middle), Align::Left, palette::MUTED);
        let mut right = RIGHT;
        for entry in legend.iter().rev() {
            canvas.text(entry.name, (right, middle), Align::Right, palette::MUTED);
            let end = right - width_of(entry.name) - 10;
            match entry.mark {
                Mark::Line => {
                    canvas.line((end - 32, middle), (end, middle), entry.ink, 6);
                }
                Mark::Point => canvas.point((end - 10, middle), entry.ink, true),
                Mark::Block => {
                    canvas.block((end - 28, middle - 10), (end, middle + 10), entry.ink, 1.0);
                }
            }
            right = end - 32 - 30;
        }
    }

    /// Horizontal grid lines with their values.
    pub fn grid(&self, canvas: &mut Canvas, wanted: usize) {
        for value in self.y.ticks(wanted) {
            let height = self.y.at(value);
            canvas.line((LEFT, height), (RIGHT, height), palette::GRID, 2);
            canvas.text(
                &tick(value),
                (LEFT - 14, height),
                Align::Right,
                palette::MUTED,
            );
        }
    }

    /// The x-axis without ticks; drawn after the series, so that none covers it.
    pub fn floor(&self, canvas: &mut Canvas) {
        canvas.line((LEFT, self.bottom), (RIGHT, self.bottom), palette::AXIS, 2);
    }

    /// Values under the panel, and what they are at the end of the row below.
    pub fn x_axis(&self, canvas: &mut Canvas, title: &str) {
        for value in self.x.ticks(12) {
            let at = self.x.at(value);
            canvas.line((at, self.bottom), (at, self.bottom + 10), palette::AXIS, 2);
            canvas.text(
                &tick(value),
                (at, self.bottom + 30),
                Align::Middle,
                palette::MUTED,
            );
        }
        canvas.text(
            title,
            (RIGHT, self.bottom + 66),
            Align::Right,
            palette::MUTED,
        );
    }

    /// A line through `(x, y)` in the units of the axes; values outside the frame stick to its
    /// edge. No points draw nothing, a single one a short dash.
    pub fn line(&self, canvas: &mut Canvas, points: &[(f64, f64)], ink: Ink, stroke: u32) {
        let at: Vec<_> = points
            .iter()
            .map(|&(x, y)| (self.x.at(x), self.y.at(y)))
            .collect();
        match at.as_slice() {
            [] => {}
            [only] => canvas.line((only.0 - 4, only.1), (only.0 + 4, only.1), ink, stroke),
            many => canvas.path(many, ink, stroke),
        }
    }

    /// The area between the line through `points` and the floor; `opacity` is 0..=1. No points draw
    /// nothing.
    pub fn area(&self, canvas: &mut Canvas, points: &[(f64, f64)], ink: Ink, opacity: f64) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return;
        };
        let mut outline = vec![(self.x.at(first.0), self.bottom)];
        outline.extend(points.iter().map(|&(x, y)| (self.x.at(x), self.y.at(y))));
        outline.push((self.x.at(last.0), self.bottom));
        canvas.area(&outline, ink, opacity);
    }
}
