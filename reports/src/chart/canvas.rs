//! A sheet to draw on: the few shapes that charts need, over the SVG backend of plotters.
//!
//! Units are half CSS pixels, as the backend only knows whole numbers. It must not know data.

use plotters::backend::SVGBackend;
use plotters::prelude::{Color, DrawingBackend, IntoFont, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, RGBAColor};

use super::palette::Ink;

/// Width of every chart in drawing units.
pub const WIDTH: i32 = 2160;

const INFALLIBLE: &str = "drawing into a string cannot fail";

/// The backend draws type smaller than asked by this factor.
const POINTS: f64 = 1.24;

/// Small print: axes, legends and labels.
pub const SMALL: f64 = 23.0;

/// Which part of a text stands at the position that is given for it.
#[derive(Clone, Copy)]
pub enum Align {
    Left,
    Middle,
    Right,
}

/// The sheet while it is drawn on. Positions are `(x, y)` in drawing units from the upper left
/// corner, strokes are widths in the same units.
pub struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// Runs `draw` on a sheet and returns the elements, without the `<svg>` around them.
pub fn sheet(height: i32, draw: impl FnOnce(&mut Canvas)) -> String {
    let mut text = String::new();
    let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
    let mut canvas = Canvas {
        backend: SVGBackend::with_string(&mut text, size),
    };
    draw(&mut canvas);
    canvas.backend.present().expect(INFALLIBLE);
    drop(canvas);
    let from = text.find('\n').map_or(0, |end| end + 1);
    let to = text.rfind("</svg>").unwrap_or(text.len());
    text[from..to].to_owned()
}

/// About how wide `text` is at size [`SMALL`].
pub fn width_of(text: &str) -> i32 {
    let characters = i32::try_from(text.chars().count()).unwrap_or(i32::MAX / 16);
    12 + characters * 12
}

impl Canvas<'_> {
    /// A straight line.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink, stroke: u32) {
        let style = ShapeStyle::from(ink.light).stroke_width(stroke);
        self.backend.draw_line(from, to, &style).expect(INFALLIBLE);
    }

    /// A line through all points in order; it is not closed.
    pub fn path(&mut self, points: &[(i32, i32)], ink: Ink, stroke: u32) {
        let style = ShapeStyle::from(ink.light).stroke_width(stroke);
        self.backend
            .draw_path(points.iter().copied(), &style)
            .expect(INFALLIBLE);
    }

    /// Short strokes of equal length along a straight line.
    pub fn dashes(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink) {
        let length = f64::from(to.0 - from.0).hypot(f64::from(to.1 - from.1));
        let strokes = (length / 18.0).ceil().max(1.0) as i32;
        let at = |part: i32, half: i32| {
            let share = f64::from(2 * part + half) / f64::from(2 * strokes);
            let along = |from: i32, to: i32| from + (f64::from(to - from) * share).round() as i32;
            (along(from.0, to.0), along(from.1, to.1))
        };
        for part in 0..strokes {
            self.line(at(part, 0), at(part, 1), ink, 3);
        }
    }

    /// A filled polygon that closes itself. `opacity` is 0..=1, of which two decimals are kept.
    pub fn area(&mut self, outline: &[(i32, i32)], ink: Ink, opacity: f64) {
        self.backend
            .fill_polygon(outline.iter().copied(), &shade(ink, opacity))
            .expect(INFALLIBLE);
    }

    /// From the upper left corner to the lower right one.
    pub fn block(&mut self, from: (i32, i32), to: (i32, i32), ink: Ink, opacity: f64) {
        self.backend
            .draw_rect(from, to, &shade(ink, opacity), true)
            .expect(INFALLIBLE);
    }

    /// A filled point, or an open ring.
    pub fn point(&mut self, at: (i32, i32), ink: Ink, filled: bool) {
        let style = ShapeStyle::from(ink.light).stroke_width(4);
        self.backend
            .draw_circle(at, 9, &style, filled)
            .expect(INFALLIBLE);
    }

    /// Text whose middle height is at `at`.
    pub fn text(&mut self, text: &str, at: (i32, i32), align: Align, ink: Ink) {
        self.write(text, at, align, ink, FontStyle::Normal);
    }

    /// [`Canvas::text`] in bold type, which runs wider than [`width_of`] says.
    pub fn bold(&mut self, text: &str, at: (i32, i32), align: Align, ink: Ink) {
        self.write(text, at, align, ink, FontStyle::Bold);
    }

    fn write(&mut self, text: &str, at: (i32, i32), align: Align, ink: Ink, weight: FontStyle) {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let font = ("sans-serif", SMALL * POINTS).into_font().style(weight);
        let style = TextStyle::from(font)
            .color(&ink.light)
            .pos(Pos::new(horizontal, VPos::Center));
        self.backend.draw_text(text, &style, at).expect(INFALLIBLE);
    }
}

fn shade(ink: Ink, opacity: f64) -> RGBAColor {
    // Two decimals keep the files small.
    ink.light.mix((opacity * 100.0).round() / 100.0)
}
