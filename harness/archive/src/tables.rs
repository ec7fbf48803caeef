//! The three tables of a run: how samples, spans and metric points become columns and back.
//!
//! Owns the column names and their order. It must not know files.

use bytes::Bytes;
use harness_model::metric::MetricPoint;
use harness_model::{ErrorClass, Offset, Sample, Span, SpanKind, Strings, Sym};
use parquet::data_type::{ByteArray, FixedLenByteArray};

use crate::columns::Column;

pub const SAMPLES: &str = "message sample {
    required binary operation (UTF8); required binary journey (UTF8);
    required int64 intended_ns; required int64 sent_ns; required int64 first_byte_ns;
    required int64 done_ns; required int64 lateness_ns; required int32 status;
    required binary error (UTF8); required int64 bytes;
    required fixed_len_byte_array(16) trace_id;
    required int64 session; required int32 step; required int32 attempt; required int32 phase;
}";

/// What is written first, then what older run folders hold.
pub const SPANS: [&str; 2] = [SPANS_1_1, SPANS_1_0];

const SPANS_1_1: &str = "message span {
    required fixed_len_byte_array(16) trace_id; required int64 span_id; required int64 parent_id;
    required binary service (UTF8); required binary name (UTF8); required int32 kind;
    required int64 start_ns; required int64 end_ns; required int32 failed;
    required binary error_type (UTF8); required binary peer (UTF8);
    required int32 http_status; required int32 resend; required binary instance (UTF8);
}";

const SPANS_1_0: &str = "message span {
    required fixed_len_byte_array(16) trace_id; required int64 span_id; required int64 parent_id;
    required binary service (UTF8); required binary name (UTF8); required int32 kind;
    required int64 start_ns; required int64 end_ns; required int32 failed;
    required binary error_type (UTF8); required binary peer (UTF8);
    required int32 http_status; required int32 resend;
}";

/// What is written first, then what older run folders hold.
pub const METRICS: [&str; 2] = [METRICS_1_1, METRICS_1_0];

const METRICS_1_1: &str = "message point {
    required binary service (UTF8); required binary metric (UTF8); required binary labels (UTF8);
    required int64 at_ns; required double value; required binary instance (UTF8);
}";

const METRICS_1_0: &str = "message point {
    required binary service (UTF8); required binary metric (UTF8); required binary labels (UTF8);
    required int64 at_ns; required double value;
}";

/// Names as byte arrays, made once and shared by all rows.
struct Names(Vec<ByteArray>);

impl Names {
    fn of(strings: &Strings) -> Names {
        Names(
            strings
                .iter()
                .map(|(_, name)| ByteArray::from(name))
                .collect(),
        )
    }

    fn column(&self, syms: impl Iterator<Item = Sym>) -> Column {
        let name = |sym: Sym| {
            self.0
                .get(sym.0 as usize)
                .cloned()
                .unwrap_or_else(|| "".into())
        };
        Column::Text(syms.map(name).collect())
    }
}

fn ids(ids: impl Iterator<Item = u128>) -> Column {
    let id = |id: u128| {
        FixedLenByteArray::from(ByteArray::from(Bytes::copy_from_slice(&id.to_be_bytes())))
    };
    Column::Id(ids.map(id).collect())
}

fn long(values: impl Iterator<Item = i64>) -> Column {
    Column::Long(values.collect())
}

fn int(values: impl Iterator<Item = i32>) -> Column {
    Column::Int(values.collect())
}

pub fn samples_to_columns(rows: &[Sample], strings: &Strings) -> Vec<Column> {
    let names = Names::of(strings);
    let errors: Vec<ByteArray> = ErrorClass::ALL
        .iter()
        .map(|class| ByteArray::from(class.name()))
        .collect();
    vec![
        names.column(rows.iter().map(|row| row.operation)),
        names.column(rows.iter().map(|row| row.journey)),
        long(rows.iter().map(|row| row.intended.ns())),
        long(rows.iter().map(|row| row.sent.ns())),
        long(rows.iter().map(|row| row.first_byte.ns())),
        long(rows.iter().map(|row| row.done.ns())),
        long(
            rows.iter()
                .map(|row| i64::try_from(row.lateness_ns).unwrap_or(i64::MAX)),
        ),
        int(rows.iter().map(|row| i32::from(row.status))),
        Column::Text(
            rows.iter()
                .map(|row| errors[row.error as usize].clone())
                .collect(),
        ),
        long(rows.iter().map(|row| i64::from(row.bytes))),
        ids(rows.iter().map(|row| row.trace)),
        long(rows.iter().map(|row| i64::from(row.session))),
        int(rows.iter().map(|row| i32::from(row.step))),
        int(rows.iter().map(|row| i32::from(row.attempt))),
        int(rows.iter().map(|row| i32::from(row.phase))),
    ]
}

pub fn samples_from_columns(
    columns: Vec<Column>,
    strings: &mut Strings,
    out: &mut Vec<Sample>,
) -> Result<(), String> {
    let mut take = Take(columns.into_iter());
    let (operation, journey) = (take.names(strings)?, take.names(strings)?);
    let (intended, sent, first, done) = (take.long()?, take.long()?, take.long()?, take.long()?);
    let (lateness, status, error) = (take.long()?, take.int()?, take.text()?);
    let (bytes, trace, session) = (take.long()?, take.ids()?, take.long()?);
    let (step, attempt, phase) = (take.int()?, take.int()?, take.int()?);
    out.reserve(operation.len());
    for i in 0..operation.len() {
        let class = |class: &&ErrorClass| class.name().as_bytes() == error[i].data();
        out.push(Sample {
            operation: operation[i],
            journey: journey[i],
            intended: Offset(intended[i]),
            sent: Offset(sent[i]),
            first_byte: Offset(first[i]),
            done: Offset(done[i]),
            lateness_ns: lateness[i].unsigned_abs(),
            status: narrow(status[i]),
            error: ErrorClass::ALL
                .iter()
                .find(class)
                .copied()
                .ok_or("unknown error class")?,
            bytes: u32::try_from(bytes[i]).unwrap_or(u32::MAX),
            trace: trace[i],
            session: u32::try_from(session[i]).unwrap_or(u32::MAX),
            step: narrow(step[i]),
            attempt: narrow(attempt[i]),
            phase: narrow(phase[i]),
        });
    }
    Ok(())
}

pub fn spans_to_columns(rows: &[Span], strings: &Strings) -> Vec<Column> {
    let names = Names::of(strings);
    vec![
        ids(rows.iter().map(|row| row.trace)),
        long(rows.iter().map(|row| row.id.cast_signed())),
        long(rows.iter().map(|row| row.parent.cast_signed())),
        names.column(rows.iter().map(|row| row.service)),
        names.column(rows.iter().map(|row| row.name)),
        int(rows.iter().map(|row| row.kind as i32)),
        long(rows.iter().map(|row| row.start.ns())),
        long(rows.iter().map(|row| row.end.ns())),
        int(rows.iter().map(|row| i32::from(row.failed))),
        names.column(rows.iter().map(|row| row.error_type)),
        names.column(rows.iter().map(|row| row.peer)),
        int(rows.iter().map(|row| i32::from(row.http_status))),
        int(rows.iter().map(|row| i32::from(row.resend))),
        names.column(rows.iter().map(|row| row.instance)),
    ]
}

pub fn spans_from_columns(
    columns: Vec<Column>,
    strings: &mut Strings,
    out: &mut Vec<Span>,
) -> Result<(), String> {
    let mut take = Take(columns.into_iter());
    let (trace, id, parent) = (take.ids()?, take.long()?, take.long()?);
    let (service, name, kind) = (take.names(strings)?, take.names(strings)?, take.int()?);
    let (start, end, failed) = (take.long()?, take.long()?, take.int()?);
    let (error_type, peer) = (take.names(strings)?, take.names(strings)?);
    let (http_status, resend) = (take.int()?, take.int()?);
    let instance = take.added_names(strings, trace.len())?;
    out.reserve(trace.len());
    for i in 0..trace.len() {
        out.push(Span {
            trace: trace[i],
            id: id[i].cast_unsigned(),
            parent: parent[i].cast_unsigned(),
            service: service[i],
            instance: instance[i],
            name: name[i],
            kind: SpanKind::from_code(u8::try_from(kind[i]).unwrap_or(0)),
            start: Offset(start[i]),
            end: Offset(end[i]),
            failed: failed[i] != 0,
            error_type: error_type[i],
            peer: peer[i],
            http_status: narrow(http_status[i]),
            resend: u8::try_from(resend[i]).unwrap_or(u8::MAX),
        });
    }
    Ok(())
}

pub fn metrics_to_columns(rows: &[MetricPoint], strings: &Strings) -> Vec<Column> {
    let names = Names::of(strings);
    vec![
        names.column(rows.iter().map(|row| row.service)),
        names.column(rows.iter().map(|row| row.metric)),
        names.column(rows.iter().map(|row| row.labels)),
        long(rows.iter().map(|row| row.at.ns())),
        Column::Double(rows.iter().map(|row| row.value).collect()),
        names.column(rows.iter().map(|row| row.instance)),
    ]
}

pub fn metrics_from_columns(
    columns: Vec<Column>,
    strings: &mut Strings,
    out: &mut Vec<MetricPoint>,
) -> Result<(), String> {
    let mut take = Take(columns.into_iter());
    let (service, metric) = (take.names(strings)?, take.names(strings)?);
    let (labels, at, value) = (take.names(strings)?, take.long()?, take.double()?);
    let instance = take.added_names(strings, service.len())?;
    for i in 0..service.len() {
        out.push(MetricPoint {
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

fn narrow(value: i32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// Takes the columns of a row group in order, each with the type it must have.
struct Take(std::vec::IntoIter<Column>);

impl Take {
    fn long(&mut self) -> Result<Vec<i64>, String> {
        match self.0.next() {
            Some(Column::Long(values)) => Ok(values),
            _ => Err("expected a column of int64".to_owned()),
        }
    }

    fn int(&mut self) -> Result<Vec<i32>, String> {
        match self.0.next() {
            Some(Column::Int(values)) => Ok(values),
            _ => Err("expected a column of int32".to_owned()),
        }
    }

    fn double(&mut self) -> Result<Vec<f64>, String> {
        match self.0.next() {
            Some(Column::Double(values)) => Ok(values),
            _ => Err("expected a column of double".to_owned()),
        }
    }

    fn text(&mut self) -> Result<Vec<ByteArray>, String> {
        match self.0.next() {
            Some(Column::Text(values)) => Ok(values),
            _ => Err("expected a column of text".to_owned()),
        }
    }

    fn ids(&mut self) -> Result<Vec<u128>, String> {
        let Some(Column::Id(values)) = self.0.next() else {
            return Err("expected a column of 16-byte ids".to_owned());
        };
        let id = |value: FixedLenByteArray| {
            let bytes = <[u8; 16]>::try_from(value.data()).map_err(|_| "an id is not 16 bytes")?;
            Ok(u128::from_be_bytes(bytes))
        };
        values.into_iter().map(id).collect()
    }

    /// A last column of names that older files lack.
    fn added_names(&mut self, strings: &mut Strings, rows: usize) -> Result<Vec<Sym>, String> {
        match self.0.len() {
            0 => Ok(vec![Sym::NONE; rows]),
            _ => self.names(strings),
        }
    }

    fn names(&mut self, strings: &mut Strings) -> Result<Vec<Sym>, String> {
        let mut last: Option<(ByteArray, Sym)> = None;
        let mut intern = |value: ByteArray| {
            if let Some((text, sym)) = &last
                && text.data() == value.data()
            {
                return Ok(*sym);
            }
            let text = std::str::from_utf8(value.data()).map_err(|_| "a name is not UTF-8")?;
            let sym = strings.intern(text);
            last = Some((value, sym));
            Ok(sym)
        };
        self.text()?.into_iter().map(&mut intern).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{ColumnWriterFile, read_groups};

    #[test]
    fn files_of_format_1_0_are_read_without_instances() {
        let folder = tempfile::tempdir().unwrap();
        let mut strings = Strings::default();
        let (service, name) = (strings.intern("cart"), strings.intern("GET /cart"));
        let instance = strings.intern("cart-1");
        let span = Span {
            trace: 1,
            id: 2,
            parent: 3,
            service,
            instance,
            name,
            kind: SpanKind::Server,
            start: Offset(4),
            end: Offset(5),
            failed: false,
            error_type: Sym::NONE,
            peer: Sym::NONE,
            http_status: 200,
            resend: 0,
        };
        let point = MetricPoint {
            service,
            instance,
            metric: name,
            labels: Sym::NONE,
            at: Offset(4),
            value: 0.5,
        };
        // A column was added at the end, so the older file is the newer one without it.
        let older = |schema: &str, mut columns: Vec<Column>| {
            columns.pop();
            let path = folder.path().join("table.parquet");
            let mut file = ColumnWriterFile::create(&path, schema).unwrap();
            file.append(&columns).unwrap();
            file.close().unwrap();
            path
        };

        let columns = spans_to_columns(&[span], &strings);
        let (path, mut spans) = (older(SPANS_1_0, columns), Vec::new());
        let take = |columns| spans_from_columns(columns, &mut strings, &mut spans);
        read_groups(&path, &SPANS, take).unwrap();
        let instance = Sym::NONE;
        assert_eq!(spans, [Span { instance, ..span }]);

        let columns = metrics_to_columns(&[point], &strings);
        let (path, mut points) = (older(METRICS_1_0, columns), Vec::new());
        let take = |columns| metrics_from_columns(columns, &mut strings, &mut points);
        read_groups(&path, &METRICS, take).unwrap();
        assert_eq!(points, [MetricPoint { instance, ..point }]);
    }
}
