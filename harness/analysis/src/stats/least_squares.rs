//! Linear least squares by the normal equations (C. F. Gauss, *Theoria motus*, 1809): a straight
//! line, and three unknowns.
//!
//! Small and dense on purpose; it must not know what is fitted.

/// Slope of the straight line through `(x, y)`, `Σ (x - mx)(y - my) / Σ (x - mx)²`, never below 0;
/// with fewer than three points, or points that do not spread in x, the ratio of the sums. `None`
/// where the x do not add up to more than 0.
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let (sum_x, sum_y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    if sum_x <= 0.0 {
        return None;
    }
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if points.len() < 3 || spread < 1e-9 * mean_x * mean_x {
        return Some(sum_y / sum_x);
    }
    let product: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    Some((product / spread).max(0.0))
}

/// Minimises `Σ (row · c - y)²` plus `Σ ridge_i c_i²`; a coefficient that is not free is zero.
/// `None` when the rows do not determine the free ones.
pub fn solve(
    rows: impl Iterator<Item = ([f64; 3], f64)>,
    free: [bool; 3],
    ridge: [f64; 3],
) -> Option<[f64; 3]> {
    let mut matrix = [[0.0; 4]; 3];
    for (row, y) in rows {
        for i in 0..3 {
            for j in 0..3 {
                matrix[i][j] += row[i] * row[j];
            }
            matrix[i][3] += row[i] * y;
        }
    }
    for i in 0..3 {
        matrix[i][i] += ridge[i];
        if !free[i] {
            matrix[i] = [0.0; 4];
            matrix.iter_mut().for_each(|row| row[i] = 0.0);
            matrix[i][i] = 1.0;
        }
    }
    // Unknowns of very different size: scale the matrix to a unit diagonal first.
    let scale = [0, 1, 2].map(|i: usize| matrix[i][i].max(0.0).sqrt());
    if scale.contains(&0.0) {
        return None;
    }
    for i in 0..3 {
        for j in 0..3 {
            matrix[i][j] /= scale[i] * scale[j];
        }
        matrix[i][3] /= scale[i];
    }
    let solution = eliminate(matrix)?;
    Some([0, 1, 2].map(|i| solution[i] / scale[i]))
}

/// Gauss and Jordan, with the largest pivot first.
fn eliminate(mut matrix: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    for column in 0..3 {
        let pivot = (column..3).max_by(|a, b| {
            matrix[*a][column]
                .abs()
                .total_cmp(&matrix[*b][column].abs())
        })?;
        if matrix[pivot][column].abs() < 1e-14 {
            return None;
        }
        matrix.swap(column, pivot);
        let leader = matrix[column];
        for (index, row) in matrix.iter_mut().enumerate() {
            if index != column {
                let factor = row[column] / leader[column];
                row.iter_mut()
                    .zip(leader)
                    .for_each(|(cell, lead)| *cell -= factor * lead);
            }
        }
    }
    Some([0, 1, 2].map(|i| matrix[i][3] / matrix[i][i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F. J. Anscombe, *The American Statistician* 27 (1973), set I; the published slope is 0.500.
    #[test]
    fn the_line_through_the_quartet_has_its_published_slope() {
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [
            8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68,
        ];
        let points: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
        assert!((slope(&points).unwrap() - 0.500_09).abs() < 1e-5);
    }

    #[test]
    fn a_constant_part_does_not_change_the_slope() {
        let points = [(10.0, 0.15), (20.0, 0.2), (40.0, 0.3)];
        assert!((slope(&points).unwrap() - 0.005).abs() < 1e-12);
    }

    #[test]
    fn two_points_give_the_ratio_of_the_sums() {
        assert!((slope(&[(10.0, 0.1), (20.0, 0.2)]).unwrap() - 0.01).abs() < 1e-12);
        assert_eq!(slope(&[]), None);
    }

    #[test]
    fn rows_that_agree_give_their_plane() {
        let rows = [
            [1.0, 0.0, 2.0],
            [0.0, 1.0, 1.0],
            [1.0, 1.0, 0.0],
            [2.0, 1.0, 5.0],
        ]
        .map(|row| (row, 3.0 * row[0] - row[1] + 0.5 * row[2]));
        let found = solve(rows.into_iter(), [true; 3], [0.0; 3]).unwrap();
        let error = [3.0, -1.0, 0.5]
            .iter()
            .zip(found)
            .map(|(truth, c)| (truth - c).abs());
        assert!(error.sum::<f64>() < 1e-9, "{found:?}");
    }

    #[test]
    fn rows_that_leave_a_coefficient_open_give_no_answer() {
        let rows = [([1.0, 0.0, 0.0], 1.0), ([0.0, 1.0, 0.0], 2.0)];
        assert_eq!(solve(rows.into_iter(), [true; 3], [0.0; 3]), None);
        let found = solve(rows.into_iter(), [true, true, false], [0.0; 3]).unwrap();
        assert!((found[0] - 1.0).abs() < 1e-12 && found[2].abs() < 1e-12);
    }
}
