//! `metrics.parquet`: one row a reading of a series.

use harness_model::Offset;
use harness_model::metric::MetricPoint;

use super::table::{Names, Read, Table, long};
use super::take::Take;
use crate::columns::Column;

impl Table for MetricPoint {
    const FILE: &str = "metrics.parquet";
    const SCHEMAS: &[&str] = &[
        "message point {
        required binary service (UTF8); required binary metric (UTF8);
        required binary labels (UTF8); required int64 at_ns; required double value;
        required binary instance (UTF8);
    }",
        "message point {
        required binary service (UTF8); required binary metric (UTF8);
        required binary labels (UTF8); required int64 at_ns; required double value;
    }",
    ];

    fn to_columns(rows: &[MetricPoint], names: &Names) -> Vec<Column> {
        vec![
            names.column(rows.iter().map(|row| row.service)),
            names.column(rows.iter().map(|row| row.metric)),
            names.column(rows.iter().map(|row| row.labels)),
            long(rows.iter().map(|row| row.at.ns())),
            Column::Double(rows.iter().map(|row| row.value).collect()),
            names.column(rows.iter().map(|row| row.instance)),
        ]
    }

    fn from_columns(
        columns: Vec<Column>,
        read: &mut Read<'_>,
        mut give: impl FnMut(MetricPoint),
    ) -> Result<(), String> {
        let mut take = Take::new(columns);
        let (service, metric) = (take.names(read.strings)?, take.names(read.strings)?);
        let (labels, at, value) = (take.names(read.strings)?, take.long()?, take.double()?);
        let instance = take.added_names(read.strings, service.len())?;
        for i in 0..service.len() {
            give(MetricPoint {
                service: service[i],
                instance: instance[i],
                metric: metric[i],
                labels: labels[i],
                at: Offset(at[i]),
                value: value[i],
            });
        }
        Ok(())
    }

    fn rebase(&mut self, zero: Offset) {
        self.at = self.at - zero;
    }
}
