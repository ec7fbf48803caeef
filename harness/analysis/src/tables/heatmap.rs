//! The heat map: every request by time and response time.

use harness_model::RunData;
use harness_model::report::Heatmap;

const COLUMNS: usize = 120;
/// Four rows for each factor of ten, from 0.1 ms to 100 s.
const ROWS: usize = 24;

pub fn heatmap(run: &RunData) -> Heatmap {
    let length_s = run.load_end().secs_f64().max(1.0);
    let column_s = length_s / COLUMNS as f64;
    let mut counts = vec![vec![0; COLUMNS]; ROWS];
    for sample in run.due() {
        let ms = sample.response_ns() as f64 / 1e6;
        let row = (((ms / 0.1).max(1.0)).log10() * 4.0) as usize;
        let column = (sample.intended.secs_f64() / column_s).max(0.0) as usize;
        counts[row.min(ROWS - 1)][column.min(COLUMNS - 1)] += 1;
    }
    let rows_ms = (0..ROWS)
        .map(|row| 0.1 * 10_f64.powf(row as f64 / 4.0))
        .collect();
    Heatmap {
        column_s,
        rows_ms,
        counts,
    }
}
