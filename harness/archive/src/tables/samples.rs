//! `samples.parquet`: one row a request.

use harness_model::{ErrorClass, Offset, Sample};

use super::table::{Names, Read, Table, ids, int, long, narrow, words};
use super::take::Take;
use crate::columns::Column;

impl Table for Sample {
    const FILE: &str = "samples.parquet";
    const SCHEMAS: &[&str] = &[
        "message sample {
        required binary operation (UTF8); required binary journey (UTF8);
        required int64 intended_ns; required int64 sent_ns; required int64 first_byte_ns;
        required int64 done_ns; required int64 lateness_ns; required int32 status;
        required binary error (UTF8); required int64 bytes;
        required fixed_len_byte_array(16) trace_id;
        required int64 session; required int32 step; required int32 attempt;
        required binary phase (UTF8);
    }",
        "message sample {
        required binary operation (UTF8); required binary journey (UTF8);
        required int64 intended_ns; required int64 sent_ns; required int64 first_byte_ns;
        required int64 done_ns; required int64 lateness_ns; required int32 status;
        required binary error (UTF8); required int64 bytes;
        required fixed_len_byte_array(16) trace_id;
        required int64 session; required int32 step; required int32 attempt; required int32 phase;
    }",
    ];

    fn to_columns(rows: &[Sample], names: &Names) -> Vec<Column> {
        let lateness = |row: &Sample| i64::try_from(row.lateness_ns).unwrap_or(i64::MAX);
        vec![
            names.column(rows.iter().map(|row| row.operation)),
            names.column(rows.iter().map(|row| row.journey)),
            long(rows.iter().map(|row| row.intended.ns())),
            long(rows.iter().map(|row| row.sent.ns())),
            long(rows.iter().map(|row| row.first_byte.ns())),
            long(rows.iter().map(|row| row.done.ns())),
            long(rows.iter().map(lateness)),
            int(rows.iter().map(|row| i32::from(row.status))),
            words(rows.iter().map(|row| row.error.name())),
            long(rows.iter().map(|row| i64::from(row.bytes))),
            ids(rows.iter().map(|row| row.trace.to_be_bytes())),
            long(rows.iter().map(|row| i64::from(row.session))),
            int(rows.iter().map(|row| i32::from(row.step))),
            int(rows.iter().map(|row| i32::from(row.attempt))),
            names.phases(rows.iter().map(|row| row.phase)),
        ]
    }

    fn from_columns(
        columns: Vec<Column>,
        read: &mut Read<'_>,
        mut give: impl FnMut(Sample),
    ) -> Result<(), String> {
        let mut take = Take::new(columns);
        let (operation, journey) = (take.names(read.strings)?, take.names(read.strings)?);
        let (intended, sent, first, done) =
            (take.long()?, take.long()?, take.long()?, take.long()?);
        let (lateness, status, error) = (take.long()?, take.int()?, take.text()?);
        let (bytes, trace, session) = (take.long()?, take.traces()?, take.long()?);
        let (step, attempt) = (take.int()?, take.int()?);
        let phase = take.coded(|name| Some(read.phase(name)), narrow)?;
        for i in 0..operation.len() {
            let class = |class: &ErrorClass| class.name().as_bytes() == error[i].data();
            give(Sample {
                operation: operation[i],
                journey: journey[i],
                intended: Offset(intended[i]),
                sent: Offset(sent[i]),
                first_byte: Offset(first[i]),
                done: Offset(done[i]),
                lateness_ns: lateness[i].unsigned_abs(),
                status: narrow(status[i]),
                error: ErrorClass::ALL
                    .into_iter()
                    .find(class)
                    .ok_or("unknown error class")?,
                bytes: u32::try_from(bytes[i]).unwrap_or(u32::MAX),
                trace: trace[i],
                session: u32::try_from(session[i]).unwrap_or(u32::MAX),
                step: narrow(step[i]),
                attempt: narrow(attempt[i]),
                phase: phase[i],
            });
        }
        Ok(())
    }

    /// The load worker counts from the start of the load.
    fn rebase(&mut self, _: Offset) {}
}
