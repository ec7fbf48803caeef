//! Linear least squares in three unknowns, by the normal equations.
//!
//! Small and dense on purpose; it must not know what is fitted.

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
