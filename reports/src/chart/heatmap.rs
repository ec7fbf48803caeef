//! The heat map: every request by time and response time, so that two modes never hide in a line.

use harness_model::Report;
use harness_model::report::Heatmap;

use super::canvas::{Align, Canvas, sheet};
use super::palette;
use super::panel::{LEFT, Panel, RIGHT, TITLE};
use super::scale::{Scale, tick};
use super::series::thinning;
use super::{Chart, DataTable};
use crate::{number, words};

const MOST_COLUMNS: usize = 160;
const MOST_ROWS: usize = 60;
const FRAME: i32 = 460;
/// Steps of shade; equal neighbours merge into one block, which keeps the page small.
const SHADES: f64 = 8.0;

pub fn chart(report: &Report) -> Option<Chart> {
    let heatmap = &report.heatmap;
    let columns = heatmap.counts.iter().map(Vec::len).max().unwrap_or(0);
    let most = heatmap.counts.iter().flatten().copied().max().unwrap_or(0);
    let rows = heatmap
        .counts
        .len()
        .min(heatmap.rows_ms.len())
        .min(MOST_ROWS);
    if columns == 0 || rows == 0 || most == 0 || heatmap.column_s <= 0.0 {
        return None;
    }
    let factor = thinning(columns, MOST_COLUMNS);
    let (top, bottom) = (TITLE, TITLE + FRAME);
    let panel = Panel {
        top,
        bottom,
        x: Scale::linear((0.0, columns as f64 * heatmap.column_s), (LEFT, RIGHT)),
        y: Scale::linear((0.0, rows as f64), (bottom, top)),
    };
    let height = bottom + 100;
    let drawing = sheet(height, |canvas| {
        blocks(canvas, &panel, heatmap, rows, factor);
        row_names(canvas, &panel, &heatmap.rows_ms[..rows]);
        for fault in &report.faults {
            let (from, to) = words::window(fault);
            for moment in [Some(from), to].into_iter().flatten() {
                let at = panel.x.at(moment);
                canvas.dashes((at, top), (at, bottom), palette::FAULT);
            }
            let at = (panel.x.at(from) + 10, top + 20);
            canvas.bold(&fault.name, at, Align::Left, palette::FAULT_TEXT);
        }
        panel.head(
            canvas,
            "Requests by response time",
            "ms, darker: more requests (log)",
            &[],
        );
        panel.floor(canvas);
        panel.x_axis(canvas, "seconds from the start of the load");
    });
    Some(Chart {
        name: "heatmap",
        title: "Requests by time and response time".to_owned(),
        description: describe(heatmap, rows),
        height,
        drawing,
        data: data(heatmap, rows),
    })
}

fn blocks(canvas: &mut Canvas, panel: &Panel, heatmap: &Heatmap, rows: usize, factor: usize) {
    let sums: Vec<Vec<u64>> = heatmap.counts[..rows]
        .iter()
        .map(|row| {
            row.chunks(factor)
                .map(|c| c.iter().copied().map(u64::from).sum())
                .collect()
        })
        .collect();
    let most = sums.iter().flatten().copied().max().unwrap_or(1);
    let shade = |count: u64| {
        let share = (count as f64).ln_1p() / (most as f64).ln_1p();
        (share * SHADES).ceil() as u32
    };
    let width_s = heatmap.column_s * factor as f64;
    for (row, sums) in sums.iter().enumerate() {
        let (low, high) = (panel.y.at(row as f64), panel.y.at(row as f64 + 1.0));
        let mut column = 0;
        for run in sums.chunk_by(|one, other| shade(*one) == shade(*other)) {
            let (from, to) = (
                column as f64 * width_s,
                (column + run.len()) as f64 * width_s,
            );
            column += run.len();
            let level = shade(run[0]);
            if level > 0 {
                let opacity = 0.08 + 0.92 * f64::from(level) / SHADES;
                let corners = ((panel.x.at(from), high), (panel.x.at(to), low));
                canvas.block(corners.0, corners.1, palette::BLUE, opacity);
            }
        }
    }
}

/// The row nearest to each of 1, 2, 5 x 10^n is named.
fn row_names(canvas: &mut Canvas, panel: &Panel, rows_ms: &[f64]) {
    let mut last = i32::MAX;
    for (row, &lower) in rows_ms.iter().enumerate() {
        let at = panel.y.at(row as f64);
        if last.saturating_sub(at) >= 44 {
            let text = if lower >= 10.0 {
                lower.round()
            } else {
                (lower * 100.0).round() / 100.0
            };
            canvas.text(&tick(text), (LEFT - 14, at), Align::Right, palette::MUTED);
            canvas.line((LEFT - 8, at), (LEFT, at), palette::AXIS, 2);
            last = at;
        }
    }
}

fn row_totals(heatmap: &Heatmap, rows: usize) -> Vec<u64> {
    let total = |row: &Vec<u32>| row.iter().copied().map(u64::from).sum();
    heatmap.counts[..rows].iter().map(total).collect()
}

fn describe(heatmap: &Heatmap, rows: usize) -> String {
    let totals = row_totals(heatmap, rows);
    let all: u64 = totals.iter().sum();
    let fullest = (0..rows).max_by_key(|&row| totals[row]).unwrap_or(0);
    format!(
        "{} requests; the fullest row starts at {} and holds {} of them.",
        number::count(all),
        number::ms(heatmap.rows_ms[fullest]),
        number::percent(totals[fullest] as f64 / all.max(1) as f64)
    )
}

fn data(heatmap: &Heatmap, rows: usize) -> DataTable {
    let totals = row_totals(heatmap, rows);
    let all = totals.iter().sum::<u64>().max(1) as f64;
    let lines = (0..rows).filter(|&row| totals[row] > 0).map(|row| {
        vec![
            number::ms(heatmap.rows_ms[row]),
            number::count(totals[row]),
            number::percent(totals[row] as f64 / all),
        ]
    });
    let titles = ["response time from", "requests", "share"];
    DataTable {
        titles: titles.map(str::to_owned).to_vec(),
        rows: lines.collect(),
    }
}
