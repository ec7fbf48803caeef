//! `spans.parquet`: one row a span, as the target reported it.

use harness_model::{Offset, Span, SpanKind};

use super::table::{Names, Read, Table, ids, int, long, narrow, words};
use super::take::Take;
use crate::columns::Column;

/// The outcomes of a span, in the words of the interval log's tags.
const OUTCOMES: [&str; 2] = ["ok", "failed"];

impl Table for Span {
    const FILE: &str = "spans.parquet";
    const SCHEMAS: &[&str] = &[
        "message span {
        required fixed_len_byte_array(16) trace_id; required fixed_len_byte_array(8) span_id;
        required fixed_len_byte_array(8) parent_id;
        required binary service (UTF8); required binary name (UTF8); required binary kind (UTF8);
        required int64 start_ns; required int64 end_ns; required binary outcome (UTF8);
        required binary error_type (UTF8); required binary peer (UTF8);
        required int32 http_status; required int32 resend;
        required binary instance (UTF8);
    }",
        "message span {
        required fixed_len_byte_array(16) trace_id; required int64 span_id;
        required int64 parent_id;
        required binary service (UTF8); required binary name (UTF8); required int32 kind;
        required int64 start_ns; required int64 end_ns; required int32 failed;
        required binary error_type (UTF8); required binary peer (UTF8);
        required int32 http_status; required int32 resend;
        required binary instance (UTF8);
    }",
        "message span {
        required fixed_len_byte_array(16) trace_id; required int64 span_id;
        required int64 parent_id;
        required binary service (UTF8); required binary name (UTF8); required int32 kind;
        required int64 start_ns; required int64 end_ns; required int32 failed;
        required binary error_type (UTF8); required binary peer (UTF8);
        required int32 http_status; required int32 resend;
    }",
    ];

    fn to_columns(rows: &[Span], names: &Names) -> Vec<Column> {
        vec![
            ids(rows.iter().map(|row| row.trace.to_be_bytes())),
            ids(rows.iter().map(|row| row.id.to_be_bytes())),
            ids(rows.iter().map(|row| row.parent.to_be_bytes())),
            names.column(rows.iter().map(|row| row.service)),
            names.column(rows.iter().map(|row| row.name)),
            words(rows.iter().map(|row| row.kind.name())),
            long(rows.iter().map(|row| row.start.ns())),
            long(rows.iter().map(|row| row.end.ns())),
            words(rows.iter().map(|row| OUTCOMES[usize::from(row.failed)])),
            names.column(rows.iter().map(|row| row.error_type)),
            names.column(rows.iter().map(|row| row.peer)),
            int(rows.iter().map(|row| i32::from(row.http_status))),
            int(rows.iter().map(|row| i32::from(row.resend))),
            names.column(rows.iter().map(|row| row.instance)),
        ]
    }

    fn from_columns(
        columns: Vec<Column>,
        read: &mut Read<'_>,
        mut give: impl FnMut(Span),
    ) -> Result<(), String> {
        let mut take = Take::new(columns);
        let (trace, id, parent) = (take.traces()?, take.spans()?, take.spans()?);
        let (service, name) = (take.names(read.strings)?, take.names(read.strings)?);
        let code = |code| SpanKind::from_code(u8::try_from(code).unwrap_or(0));
        let kind = take.coded(kind, code)?;
        let (start, end) = (take.long()?, take.long()?);
        let failed = take.coded(failed, |code| code != 0)?;
        let (error_type, peer) = (take.names(read.strings)?, take.names(read.strings)?);
        let (http_status, resend) = (take.int()?, take.int()?);
        let instance = take.added_names(read.strings, trace.len())?;
        for i in 0..trace.len() {
            give(Span {
                trace: trace[i],
                id: id[i],
                parent: parent[i],
                service: service[i],
                instance: instance[i],
                name: name[i],
                kind: kind[i],
                start: Offset(start[i]),
                end: Offset(end[i]),
                failed: failed[i],
                error_type: error_type[i],
                peer: peer[i],
                http_status: narrow(http_status[i]),
                resend: u8::try_from(resend[i]).unwrap_or(u8::MAX),
            });
        }
        Ok(())
    }

    fn rebase(&mut self, zero: Offset) {
        self.start = self.start - zero;
        self.end = self.end - zero;
    }
}

fn kind(name: &[u8]) -> Option<SpanKind> {
    SpanKind::from_name(std::str::from_utf8(name).ok()?)
}

fn failed(outcome: &[u8]) -> Option<bool> {
    let known = OUTCOMES.iter().position(|one| one.as_bytes() == outcome);
    known.map(|index| index == 1)
}
