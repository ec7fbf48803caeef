//! The timeline: load, latency, errors and CPU stacked on one x-axis, faults shaded through all.
//!
//! A reader sees at one glance what each fault did to everything else.

use harness_model::Report;
use harness_model::plan::PhaseKind;
use harness_model::report::Timeline;

use super::canvas::{Align, Canvas, sheet, width_of};
use super::drawn::{Chart, DataTable};
use super::palette::{self, Ink};
use super::panel::{LEFT, Legend, Panel, RIGHT, TITLE};
use super::scale::{Scale, round_up};
use super::series::{MOST_BUCKETS, known_means, maxima, mean, means, stretches, thinning};
use crate::{number, words};

/// Services with a line and a name of their own; the rest share one grey.
const NAMED_SERVICES: usize = 5;
const MOST_ROWS: usize = 120;
const LANE: i32 = 34;

struct Layout<'a> {
    report: &'a Report,
    x: Scale,
    bucket_s: f64,
    factor: usize,
}

/// Panels from top to bottom: load and its goodput in requests per second, quantiles in ms on a
/// logarithmic axis, failures per second, and cores of each service where any was measured. `None`
/// where the report has no buckets.
pub fn chart(report: &Report) -> Option<Chart> {
    let timeline = &report.timeline;
    let buckets = timeline.offered.len().max(timeline.goodput.len());
    if buckets == 0 || timeline.bucket_s <= 0.0 {
        return None;
    }
    let span = (0.0, buckets as f64 * timeline.bucket_s);
    let factor = thinning(buckets, MOST_BUCKETS);
    let layout = Layout {
        report,
        x: Scale::linear(span, (LEFT, RIGHT)),
        bucket_s: timeline.bucket_s * factor as f64,
        factor,
    };
    let lanes = layout.lanes();
    let most_lanes = lanes.iter().map(|&(lane, _)| lane + 1).max().unwrap_or(0);
    let mut panels = Vec::new();
    let mut top = most_lanes * LANE + TITLE;
    for height in layout.heights() {
        panels.push((top, top + height));
        top += height + TITLE;
    }
    let height = top + 30;
    let drawing = sheet(height, |canvas| layout.draw(canvas, &panels, &lanes));
    Some(Chart {
        name: "timeline",
        title: "Timeline of the run".to_owned(),
        description: describe(report),
        height,
        drawing,
        data: data(timeline),
    })
}

impl Layout<'_> {
    fn heights(&self) -> Vec<i32> {
        let mut heights = vec![250, 320, 140];
        if !self.report.timeline.cpu.is_empty() {
            heights.push(230);
        }
        heights
    }

    /// Lane and left edge of the label of each fault, so that labels never overlap.
    fn lanes(&self) -> Vec<(i32, i32)> {
        let mut ends: Vec<i32> = Vec::new();
        let mut lanes = Vec::new();
        for fault in &self.report.faults {
            let width = width_of(&fault.name) + 24;
            let left = self.x.at(words::window(fault).0).min(RIGHT - width);
            let lane = ends
                .iter()
                .position(|&end| end <= left)
                .unwrap_or(ends.len());
            if lane == ends.len() {
                ends.push(0);
            }
            ends[lane] = left + width;
            lanes.push((lane as i32, left));
        }
        lanes
    }

    fn draw(&self, canvas: &mut Canvas, panels: &[(i32, i32)], lanes: &[(i32, i32)]) {
        for (index, &(top, bottom)) in panels.iter().enumerate() {
            let panel = match index {
                0 => self.load(canvas, top, bottom),
                1 => self.latency(canvas, top, bottom),
                2 => self.errors(canvas, top, bottom),
                _ => self.cpu(canvas, top, bottom),
            };
            self.bands(canvas, (top, bottom), index == 0);
            panel.floor(canvas);
            if index + 1 == panels.len() {
                panel.x_axis(canvas, "seconds from the start of the load");
            }
        }
        let (Some(first), Some(last)) = (panels.first(), panels.last()) else {
            return;
        };
        self.fault_names(canvas, first.0, last.1, lanes);
    }

    /// Warm-up in grey, faults in amber, times in which others used the machine in purple, over
    /// everything so that nothing covers them.
    fn bands(&self, canvas: &mut Canvas, (top, bottom): (i32, i32), is_first: bool) {
        let warmups = self
            .report
            .timeline
            .phases
            .iter()
            .filter(|phase| phase.kind == PhaseKind::Warmup);
        for phase in warmups {
            let (from, to) = (self.x.at(phase.from_s), self.x.at(phase.to_s));
            canvas.block((from, top), (to, bottom), palette::GRID, 0.55);
            if is_first && to - from > 140 {
                canvas.text(
                    "warm-up",
                    (from + 10, top + 20),
                    Align::Left,
                    palette::MUTED,
                );
            }
        }
        let end = self.report.timeline.offered.len() as f64 * self.report.timeline.bucket_s;
        for fault in &self.report.faults {
            let (from, to) = words::window(fault);
            let from = self.x.at(from);
            let to = self.x.at(to.unwrap_or(end)).max(from + 4);
            canvas.block((from, top), (to, bottom), palette::FAULT, 0.18);
        }
        for stretch in &self.report.host.stretches {
            let (from, to) = (self.x.at(stretch.from_s), self.x.at(stretch.to_s));
            let to = to.max(from + 4);
            canvas.block((from, top), (to, bottom), palette::PURPLE, 0.25);
            if is_first {
                let at = (from + 10, bottom - 14);
                canvas.text("others on this machine", at, Align::Left, palette::MUTED);
            }
        }
    }

    fn fault_names(&self, canvas: &mut Canvas, top: i32, bottom: i32, lanes: &[(i32, i32)]) {
        for (fault, &(lane, left)) in self.report.faults.iter().zip(lanes) {
            let at = self.x.at(words::window(fault).0);
            let height = lane * LANE + LANE / 2;
            canvas.bold(
                &fault.name,
                (left + 12, height),
                Align::Left,
                palette::FAULT_TEXT,
            );
            canvas.line((at, height - 12), (at, top), palette::FAULT, 3);
            canvas.dashes((at, top), (at, bottom), palette::FAULT);
        }
    }

    fn load(&self, canvas: &mut Canvas, top: i32, bottom: i32) -> Panel {
        let timeline = &self.report.timeline;
        let offered = means(&timeline.offered, self.factor);
        let goodput = means(&timeline.goodput, self.factor);
        let most = offered.iter().chain(&goodput).copied().fold(0.0, f64::max);
        let panel = self.panel(top, bottom, round_up(most, 3));
        panel.grid(canvas, 3);
        panel.area(canvas, &self.steps(&offered), palette::OFFERED, 0.7);
        panel.line(canvas, &self.at(&goodput), palette::BLUE, 4);
        let legend = [
            Legend::block("offered", palette::OFFERED),
            Legend::line("succeeded in time", palette::BLUE),
        ];
        panel.head(canvas, "Load", "requests/s", &legend);
        panel
    }

    fn latency(&self, canvas: &mut Canvas, top: i32, bottom: i32) -> Panel {
        let timeline = &self.report.timeline;
        let lines = [
            ("p50", &timeline.p50_ms, palette::GREEN),
            ("p95", &timeline.p95_ms, palette::BLUE),
            ("p99", &timeline.p99_ms, palette::VERMILLION),
        ];
        let known = || {
            lines
                .iter()
                .flat_map(|(_, values, _)| values.iter().flatten().copied())
        };
        let low = known().fold(f64::INFINITY, f64::min);
        let high = known().fold(0.0, f64::max);
        let y = Scale::logarithmic((low, high), (bottom, top));
        let panel = Panel {
            top,
            bottom,
            x: self.x,
            y,
        };
        panel.grid(canvas, 9);
        for (_, values, ink) in lines {
            self.broken_line(canvas, &panel, &maxima(values, self.factor), ink, 4);
        }
        let legend = lines.map(|(name, _, ink)| Legend::line(name, ink));
        panel.head(
            canvas,
            "Response time",
            "ms from the intended moment, log",
            &legend,
        );
        panel
    }

    fn errors(&self, canvas: &mut Canvas, top: i32, bottom: i32) -> Panel {
        let errors = means(&self.report.timeline.errors, self.factor);
        let most = errors.iter().copied().fold(0.0, f64::max);
        let panel = self.panel(top, bottom, round_up(most, 2));
        panel.grid(canvas, 2);
        panel.area(canvas, &self.steps(&errors), palette::VERMILLION, 0.8);
        let legend = [Legend::block("failed", palette::VERMILLION)];
        panel.head(canvas, "Errors", "requests/s", &legend);
        panel
    }

    fn cpu(&self, canvas: &mut Canvas, top: i32, bottom: i32) -> Panel {
        let cpu: Vec<_> = self
            .busiest_first()
            .into_iter()
            .map(|(name, values)| (name, known_means(values, self.factor)))
            .collect();
        let known = cpu
            .iter()
            .flat_map(|(_, values)| values.iter().flatten().copied());
        let panel = self.panel(top, bottom, round_up(known.fold(0.0, f64::max), 3));
        panel.grid(canvas, 3);
        for (_, values) in cpu.iter().skip(NAMED_SERVICES) {
            self.broken_line(canvas, &panel, values, palette::REST, 2);
        }
        let named = || cpu.iter().take(NAMED_SERVICES).zip(palette::LINES);
        let mut legend: Vec<_> = named()
            .map(|((name, _), ink)| Legend::line(name.as_str(), ink))
            .collect();
        for ((_, values), ink) in named() {
            self.broken_line(canvas, &panel, values, ink, 4);
        }
        let others = format!("{} others", cpu.len().saturating_sub(NAMED_SERVICES));
        if cpu.len() > NAMED_SERVICES {
            legend.push(Legend::line(&others, palette::REST));
        }
        panel.head(canvas, "CPU", "cores used", &legend);
        panel
    }

    /// By mean CPU, then by name.
    fn busiest_first(&self) -> Vec<(&String, &Vec<Option<f64>>)> {
        let mut services: Vec<_> = self.report.timeline.cpu.iter().collect();
        let busy = |values: &[Option<f64>]| mean(values).unwrap_or(-1.0);
        services.sort_by(|(_, one), (_, other)| busy(other).total_cmp(&busy(one)));
        services
    }

    fn panel(&self, top: i32, bottom: i32, most: f64) -> Panel {
        Panel {
            top,
            bottom,
            x: self.x,
            y: Scale::linear((0.0, most), (bottom, top)),
        }
    }

    fn broken_line(
        &self,
        canvas: &mut Canvas,
        panel: &Panel,
        values: &[Option<f64>],
        ink: Ink,
        stroke: u32,
    ) {
        for stretch in stretches(values) {
            let points: Vec<_> = stretch
                .iter()
                .map(|&(index, value)| (self.middle(index), value))
                .collect();
            panel.line(canvas, &points, ink, stroke);
        }
    }

    fn middle(&self, index: usize) -> f64 {
        (index as f64 + 0.5) * self.bucket_s
    }

    fn at(&self, values: &[f64]) -> Vec<(f64, f64)> {
        values
            .iter()
            .enumerate()
            .map(|(index, &value)| (self.middle(index), value))
            .collect()
    }

    /// Each bucket as a level, since a rate holds for the whole of it.
    fn steps(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let level = |(index, &value): (usize, &f64)| {
            let from = index as f64 * self.bucket_s;
            [(from, value), (from + self.bucket_s, value)]
        };
        values.iter().enumerate().flat_map(level).collect()
    }
}

fn describe(report: &Report) -> String {
    let timeline = &report.timeline;
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let slowest = timeline.p99_ms.iter().flatten().copied().reduce(f64::max);
    let faults: Vec<_> = report
        .faults
        .iter()
        .map(|fault| {
            let (from, to) = words::window(fault);
            let to = number::optional(to, number::seconds);
            format!("{} from {} to {to}", fault.name, number::seconds(from))
        })
        .collect();
    format!(
        "Offered load up to {}, failures up to {}, highest p99 of a bucket {}. Shaded faults: {}.",
        number::per_second(most(&timeline.offered)),
        number::per_second(most(&timeline.errors)),
        number::optional(slowest, number::ms),
        if faults.is_empty() {
            "none".to_owned()
        } else {
            faults.join(", ")
        }
    )
}

fn data(timeline: &Timeline) -> DataTable {
    let buckets = timeline.offered.len();
    let factor = thinning(buckets, MOST_ROWS);
    let rates = [&timeline.offered, &timeline.goodput, &timeline.errors].map(|v| means(v, factor));
    let times = [&timeline.p50_ms, &timeline.p95_ms, &timeline.p99_ms].map(|v| maxima(v, factor));
    let rows = (0..buckets.div_ceil(factor)).map(|row| {
        let from = row as f64 * factor as f64 * timeline.bucket_s;
        let mut cells = vec![number::seconds(from)];
        let rate = |values: &Vec<f64>| number::optional(values.get(row).copied(), number::plain);
        cells.extend(rates.iter().map(rate));
        let time = |values: &Vec<Option<f64>>| {
            number::optional(values.get(row).copied().flatten(), number::ms)
        };
        cells.extend(times.iter().map(time));
        cells
    });
    let titles = [
        "from",
        "offered /s",
        "in time /s",
        "failed /s",
        "p50",
        "p95",
        "p99",
    ];
    DataTable {
        titles: titles.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
