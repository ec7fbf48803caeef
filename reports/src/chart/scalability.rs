//! How far it grows: throughput over concurrency with the fitted law, latency over offered load.

use harness_model::report::{Scalability, StepReport, Usl};

use super::canvas::{Align, Canvas, sheet};
use super::drawn::{Chart, DataTable};
use super::palette::{self, Ink};
use super::panel::{LEFT, Legend, Panel, RIGHT, TITLE};
use super::scale::{Scale, round_up};
use crate::{number, words};

const FRAME: i32 = 420;
const HEIGHT: i32 = TITLE + FRAME + 100;
/// Straight pieces that the fitted curve is drawn with.
const PIECES: i32 = 120;

/// Picks one quantile of a step.
type Quantile = fn(&StepReport) -> Option<f64>;

/// Successful requests per second against requests in the system: the measured steps, and the curve
/// of Gunther's universal scalability law, `X(N) = γN / (1 + α(N−1) + βN(N−1))`, where it was
/// fitted. `None` without steps.
pub fn throughput(scalability: &Scalability) -> Option<Chart> {
    let steps = &scalability.steps;
    if steps.is_empty() {
        return None;
    }
    let most = |value: fn(&StepReport) -> f64| steps.iter().map(value).fold(0.0, f64::max);
    let widest = most(|step| step.concurrency) * 1.1;
    let curve = curve(&scalability.usl, widest);
    let highest = curve
        .iter()
        .map(|point| point.1)
        .fold(most(|step| step.throughput), f64::max);
    let panel = panel((0.0, widest), (0.0, round_up(highest, 4)));
    let drawing = sheet(HEIGHT, |canvas| {
        panel.grid(canvas, 4);
        panel.line(canvas, &curve, palette::BLUE, 4);
        mark_peak(canvas, &panel, &scalability.usl);
        for step in steps {
            let at = (panel.x.at(step.concurrency), panel.y.at(step.throughput));
            canvas.point(at, palette::VERMILLION, step.fitted);
        }
        let mut legend = vec![Legend::point(
            "measured step (ring: not in the fit)",
            palette::VERMILLION,
        )];
        if !curve.is_empty() {
            legend.push(Legend::line("fitted scalability law", palette::BLUE));
        }
        panel.head(canvas, "Throughput", "successful requests/s", &legend);
        panel.floor(canvas);
        panel.x_axis(canvas, "requests in the system");
    });
    Some(Chart {
        name: "throughput",
        title: "Throughput against concurrency".to_owned(),
        description: format!(
            "{} steps, up to {} with {} requests in the system. {}",
            steps.len(),
            number::per_second(most(|step| step.throughput)),
            number::plain(most(|step| step.concurrency)),
            words::peak_reason(scalability.usl.why)
        ),
        height: HEIGHT,
        drawing,
        data: data(steps),
    })
}

/// Quantiles in ms, logarithmic, against offered requests per second; `None` where no step has a
/// quantile.
pub fn latency(scalability: &Scalability) -> Option<Chart> {
    let steps = &scalability.steps;
    let lines: [(&str, Quantile, Ink); 3] = [
        ("p50", |step| step.p50_ms, palette::GREEN),
        ("p95", |step| step.p95_ms, palette::BLUE),
        ("p99", |step| step.p99_ms, palette::VERMILLION),
    ];
    let known = || {
        lines
            .iter()
            .flat_map(|(_, value, _)| steps.iter().filter_map(value))
    };
    let (low, high) = (known().reduce(f64::min)?, known().reduce(f64::max)?);
    let widest = steps.iter().map(|step| step.offered).fold(0.0, f64::max) * 1.05;
    let mut panel = panel((0.0, widest), (0.0, 1.0));
    panel.y = Scale::logarithmic((low, high), (panel.bottom, panel.top));
    let drawing = sheet(HEIGHT, |canvas| {
        panel.grid(canvas, 9);
        mark_capacity(canvas, &panel, scalability.capacity_at_budget);
        for (_, value, ink) in &lines {
            let points: Vec<_> = steps
                .iter()
                .filter_map(|step| value(step).map(|value| (step.offered, value)))
                .collect();
            panel.line(canvas, &points, *ink, 4);
            for &(x, y) in &points {
                canvas.point((panel.x.at(x), panel.y.at(y)), *ink, true);
            }
        }
        let legend = lines.map(|(name, _, ink)| Legend::line(name, ink));
        panel.head(canvas, "Response time", "ms, log", &legend);
        panel.floor(canvas);
        panel.x_axis(canvas, "offered requests/s");
    });
    Some(Chart {
        name: "latency",
        title: "Response time against offered load".to_owned(),
        description: format!(
            "Quantiles from {} to {}; capacity within budget {}.",
            number::ms(low),
            number::ms(high),
            number::optional(scalability.capacity_at_budget, number::per_second)
        ),
        height: HEIGHT,
        drawing,
        data: data(steps),
    })
}

fn panel(x: (f64, f64), y: (f64, f64)) -> Panel {
    let (top, bottom) = (TITLE, TITLE + FRAME);
    Panel {
        top,
        bottom,
        x: Scale::linear(x, (LEFT, RIGHT)),
        y: Scale::linear(y, (bottom, top)),
    }
}

/// `X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1))`, from one request in the system on.
fn curve(usl: &Usl, widest: f64) -> Vec<(f64, f64)> {
    let (Some(gamma), Some(alpha), Some(beta)) = (usl.gamma, usl.alpha, usl.beta) else {
        return Vec::new();
    };
    let value = |n: f64| gamma * n / (1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0));
    (0..=PIECES)
        .map(|piece| widest * f64::from(piece) / f64::from(PIECES))
        .filter(|&n| n >= 1.0)
        .map(|n| (n, value(n)))
        .filter(|point| point.1.is_finite())
        .collect()
}

fn mark_peak(canvas: &mut Canvas, panel: &Panel, usl: &Usl) {
    let Some(peak) = usl.peak.filter(|_| usl.identified) else {
        return;
    };
    let text = format!("peak {}", number::per_second(peak.throughput));
    let height = panel.bottom - 26;
    mark(canvas, panel, (peak.concurrency, height), &text);
}

fn mark_capacity(canvas: &mut Canvas, panel: &Panel, capacity: Option<f64>) {
    if let Some(capacity) = capacity {
        let text = format!("capacity within budget {}", number::per_second(capacity));
        mark(canvas, panel, (capacity, panel.top + 24), &text);
    }
}

/// A dashed line through the frame, named at this height on the side that has room.
fn mark(canvas: &mut Canvas, panel: &Panel, (x, height): (f64, i32), text: &str) {
    let at = panel.x.at(x);
    canvas.dashes((at, panel.top), (at, panel.bottom), palette::FAULT);
    let (at, align) = if at > (LEFT + RIGHT) / 2 {
        (at - 14, Align::Right)
    } else {
        (at + 14, Align::Left)
    };
    canvas.bold(text, (at, height), align, palette::FAULT_TEXT);
}

fn data(steps: &[StepReport]) -> DataTable {
    let titles = [
        "offered",
        "throughput",
        "in the system",
        "p50",
        "p95",
        "p99",
        "in the fit",
    ];
    let rows = steps.iter().map(|step| {
        vec![
            number::per_second(step.offered),
            number::per_second(step.throughput),
            number::plain(step.concurrency),
            number::optional(step.p50_ms, number::ms),
            number::optional(step.p95_ms, number::ms),
            number::optional(step.p99_ms, number::ms),
            if step.fitted { "yes" } else { "no" }.to_owned(),
        ]
    });
    DataTable {
        titles: titles.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
