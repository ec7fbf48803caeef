//! The heat map: every request by time and response time, so that two modes never hide in a line.

use harness_model::Report;
use harness_model::report::Heatmap;

use super::canvas::{Align, Canvas, sheet};
use super::drawn::{Chart, DataTable};
use super::palette;
use super::panel::{LEFT, Panel, RIGHT, TITLE};
use super::scale::{Scale, tick};
use super::series::thinning;
use crate::{number, words};

const MOST_COLUMNS: usize = 160;
const MOST_ROWS: usize = 60;
const FRAME: i32 = 460;
/// Room above the title for the names of the faults.
const FAULT_NAMES: i32 = 34;
/// Steps of shade; equal neighbours merge into one block, which keeps the page small.
const SHADES: f64 = 8.0;

/// Seconds against response time in ms, logarithmic, with the moments of the faults; `None` where
/// no request was counted. At most `MOST_COLUMNS` columns; the shade grows with `ln(1 + count)`.
pub fn chart(report: &Report) -> Option<Chart> {
    let heatmap = &report.heatmap;
    let heatmap = &filled(heatmap);
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
    let top = TITLE + FAULT_NAMES;
    let bottom = top + FRAME;
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
            let at = panel.x.at(from);
            canvas.line((at, 6), (at, top), palette::FAULT, 3);
            canvas.bold(&fault.name, (at + 12, 17), Align::Left, palette::FAULT_TEXT);
        }
        panel.head(
            canvas,
            "Requests by response time",
            "ms, log; the stronger, the more requests",
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

/// Without the rows below the fastest and above the slowest request.
fn filled(heatmap: &Heatmap) -> Heatmap {
    let is_filled = |row: &Vec<u32>| row.iter().any(|&count| count > 0);
    let known = heatmap.counts.len().min(heatmap.rows_ms.len());
    let counts = &heatmap.counts[..known];
    let from = counts.iter().position(is_filled).unwrap_or(0);
    let to = counts
        .iter()
        .rposition(is_filled)
        .map_or(0, |last| last + 1);
    Heatmap {
        column_s: heatmap.column_s,
        rows_ms: heatmap.rows_ms[from..to].to_vec(),
        counts: counts[from..to].to_vec(),
    }
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

/// Names 1, 2, 5 x 10^n where they lie between the lower bounds of the rows.
fn row_names(canvas: &mut Canvas, panel: &Panel, rows_ms: &[f64]) {
    let (Some(&first), Some(&last)) = (rows_ms.first(), rows_ms.last()) else {
        return;
    };
    let bounds = Scale::logarithmic((first, last), (0, 1));
    for value in bounds.ticks(12) {
        let Some(row) = row_of(value, rows_ms) else {
            continue;
        };
        let at = panel.y.at(row);
        canvas.text(&tick(value), (LEFT - 14, at), Align::Right, palette::MUTED);
        canvas.line((LEFT - 8, at), (LEFT, at), palette::AXIS, 2);
    }
}

/// The row whose lower bound would be `value`, with its fraction; `None` outside the rows.
fn row_of(value: f64, rows_ms: &[f64]) -> Option<f64> {
    let above = rows_ms.iter().position(|&lower| lower >= value * 0.999)?;
    if above == 0 {
        return ((rows_ms[0] / value - 1.0).abs() < 0.01).then_some(0.0);
    }
    let (low, high) = (rows_ms[above - 1].max(1e-6), rows_ms[above]);
    Some((above - 1) as f64 + (value / low).ln() / (high / low).ln())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_value_lies_between_the_rows_around_it() {
        let rows = [1.0, 10.0, 100.0];
        assert_eq!(row_of(1.0, &rows), Some(0.0));
        assert_eq!(row_of(10.0, &rows), Some(1.0));
        assert_eq!(row_of(1000.0, &rows), None);
        assert!((row_of(2.0, &rows).unwrap() - 0.301).abs() < 0.001);
    }

    #[test]
    fn empty_rows_at_both_ends_are_not_drawn() {
        let counts = vec![vec![0, 0], vec![0, 3], vec![0, 0], vec![1, 0], vec![0, 0]];
        let rows_ms = vec![1.0, 2.0, 4.0, 8.0, 16.0];
        let kept = filled(&Heatmap {
            column_s: 1.0,
            rows_ms,
            counts,
        });
        assert_eq!(kept.rows_ms, [2.0, 4.0, 8.0]);
        assert_eq!(kept.counts.len(), 3);
    }
}
