//! Run folders of older formats are read as what they are, and those of this one explain
//! themselves.
//!
//! `formats/1.0` and `formats/1.1` were written by the versions of their time: six requests of
//! three spans, a quarter of a second apart; the fifth failed. The load began 3.000000007 s after
//! the run.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use harness_archive::{ArchiveWriter, read};
use harness_model::{EventKind, Offset, RunData, RunEvent, Sample, Span, SpanKind, Strings};
use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, SerializedFileReader};

#[expect(dead_code, reason = "the large archive of the benchmark uses the rest")]
mod common;

const MS: i64 = 1_000_000;
const ZERO: Offset = Offset(3_000_000_007);

fn of_format(format: &str) -> RunData {
    let formats = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats"));
    read(&formats.join(format)).unwrap()
}

#[test]
fn folders_of_older_formats_are_read_on_the_clock_of_the_load() {
    for format in ["1.0", "1.1"] {
        let run = of_format(format);
        assert_eq!(run.manifest.format, format);
        assert_eq!(
            (run.samples.len(), run.spans.len(), run.metrics.len()),
            (6, 18, 6)
        );
        assert_eq!(run.events[0].at_ns, Offset(-ZERO.ns()));
        for (number, sample) in run.samples.iter().enumerate() {
            assert_eq!(sample.intended, Offset(number as i64 * 250 * MS));
            assert_eq!(run.plan.phases[usize::from(sample.phase)].name, "warmup");
            let spans: Vec<Span> = run
                .spans
                .iter()
                .filter(|one| one.trace == sample.trace)
                .collect();
            let [server, client, answer] = spans[..] else {
                panic!("{} spans of a request", spans.len());
            };
            assert_eq!(server.start, Offset(sample.intended.ns() + MS));
            assert_eq!(server.id, 0xF000_0000_0000_0001);
            assert_eq!((client.parent, answer.parent), (server.id, client.id));
            assert_eq!(
                (client.kind, answer.kind),
                (SpanKind::Client, SpanKind::Server)
            );
            assert_eq!(run.strings.name(client.peer), "order");
            assert_eq!(server.failed, !sample.ok());
            let instance = if format == "1.0" { "" } else { "order-1" };
            assert_eq!(run.strings.name(answer.instance), instance);
        }
        let read: Vec<i64> = run.metrics.iter().map(|point| point.at.ns() / MS).collect();
        assert_eq!(read, [-1000, 0, 1000, 2000, 3000, 4000]);
    }
}

/// Writes what a folder of an older format holds as one of this format.
fn written_anew(home: &Path, run: &RunData) -> PathBuf {
    let folder = home.join("run");
    let mut names = Strings::default();
    for (_, name) in run.strings.iter() {
        names.intern(name);
    }
    let mut writer = ArchiveWriter::create(&folder, &common::manifest(), "", &run.plan).unwrap();
    for event in &run.events {
        let at_ns = Offset(event.at_ns.ns() + ZERO.ns());
        let what = event.what.clone();
        writer.event(&RunEvent { at_ns, what }).unwrap();
    }
    writer.samples(&run.samples, &names).unwrap();
    let by_run = |span: Span| Span {
        start: Offset(span.start.ns() + ZERO.ns()),
        end: Offset(span.end.ns() + ZERO.ns()),
        ..span
    };
    let spans: Vec<Span> = run.spans.iter().map(by_run).collect();
    writer.spans(&spans, &names).unwrap();
    writer.seal().unwrap();
    folder
}

/// A column of a table as another program sees it: whole numbers as text, bytes in hex or as text.
fn column(folder: &Path, table: &str, name: &str) -> Vec<String> {
    let path = folder.join(table).with_extension("parquet");
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema();
    let at = schema
        .get_fields()
        .iter()
        .position(|one| one.name() == name)
        .unwrap();
    let group = reader.get_row_group(0).unwrap();
    let rows = group.metadata().num_rows() as usize;
    match group.get_column_reader(at).unwrap() {
        ColumnReader::Int64ColumnReader(mut from) => {
            let mut values = Vec::new();
            from.read_records(rows, None, None, &mut values).unwrap();
            values.iter().map(i64::to_string).collect()
        }
        ColumnReader::FixedLenByteArrayColumnReader(mut from) => {
            let mut values = Vec::new();
            from.read_records(rows, None, None, &mut values).unwrap();
            let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect();
            values.iter().map(|value| hex(value.data())).collect()
        }
        ColumnReader::ByteArrayColumnReader(mut from) => {
            let mut values = Vec::new();
            from.read_records(rows, None, None, &mut values).unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            values.iter().map(|value| text(value.data())).collect()
        }
        _ => panic!("{name} has an unexpected type"),
    }
}

#[test]
fn other_programs_find_one_clock_in_all_tables_and_words_where_codes_were() {
    let home = tempfile::tempdir().unwrap();
    let old = of_format("1.1");
    let folder = written_anew(home.path(), &old);
    let intended = column(&folder, "samples", "intended_ns");
    assert_eq!(intended[1], (250 * MS).to_string());
    let start = column(&folder, "spans", "start_ns");
    assert_eq!(
        start[3],
        (251 * MS).to_string(),
        "the span of the second request"
    );
    let events = column(&folder, "events", "at_ns");
    assert_eq!(events, ["-3000000007", "0", "2000000000"]);
    let named = column(&folder, "events", "event");
    assert_eq!(named, ["run-started", "load-started", "run-finished"]);

    let traces = column(&folder, "samples", "trace_id");
    assert_eq!(traces[1], format!("{:032x}", old.samples[1].trace));
    assert_eq!(
        column(&folder, "spans", "trace_id")[3..6],
        vec![traces[1].clone(); 3]
    );
    assert_eq!(column(&folder, "spans", "span_id")[0], "f000000000000001");
    assert_eq!(column(&folder, "spans", "parent_id")[1], "f000000000000001");
    assert_eq!(
        column(&folder, "spans", "kind")[..3],
        ["server", "client", "server"]
    );
    let outcomes = column(&folder, "spans", "outcome");
    assert_eq!(
        (outcomes[0].as_str(), outcomes[12].as_str()),
        ("ok", "failed")
    );
    assert_eq!(column(&folder, "samples", "error")[4], "status");
    assert_eq!(column(&folder, "samples", "phase")[0], "warmup");

    // And it is the same run again.
    let new = read(&folder).unwrap();
    let samples = |run: &RunData| -> Vec<(String, Sample)> {
        let spelt = run
            .samples
            .iter()
            .map(|one| (run.strings.name(one.operation).to_owned(), *one));
        spelt.collect()
    };
    let bare = |list: Vec<(String, Sample)>| -> Vec<(String, Offset, u16, u128)> {
        list.into_iter()
            .map(|(name, one)| (name, one.done, one.phase, one.trace))
            .collect()
    };
    assert_eq!(bare(samples(&old)), bare(samples(&new)));
}

#[test]
fn every_table_states_its_clock() {
    let home = tempfile::tempdir().unwrap();
    let folder = written_anew(home.path(), &of_format("1.1"));
    let started = common::manifest().started_unix_ns + ZERO.ns();
    for table in ["samples", "spans", "metrics", "events"] {
        let path = folder.join(table).with_extension("parquet");
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let stated = reader
            .metadata()
            .file_metadata()
            .key_value_metadata()
            .unwrap();
        let stated = |key: &str| {
            let found = stated.iter().find(|one| one.key == key);
            found.and_then(|one| one.value.clone()).unwrap_or_default()
        };
        assert_eq!(
            stated("shakedown.format"),
            harness_archive::FORMAT,
            "{table}"
        );
        assert_eq!(stated("shakedown.origin"), "start of the load", "{table}");
        assert_eq!(stated("shakedown.unit"), "ns", "{table}");
        assert_eq!(stated("shakedown.load_start_unix_ns"), started.to_string());
    }
}

#[test]
fn where_the_load_never_started_tables_and_events_end_at_zero() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (manifest, plan) = (common::manifest(), common::plan());
    let mut writer = ArchiveWriter::create(&folder, &manifest, "", &plan).unwrap();
    let mut names = Strings::default();
    let up = names.intern("up");
    for (at, what) in [(5, EventKind::RunStarted), (50, EventKind::RunFinished)] {
        let at_ns = Offset(at);
        writer.event(&RunEvent { at_ns, what }).unwrap();
    }
    let point = harness_model::metric::MetricPoint {
        service: up,
        instance: up,
        metric: up,
        labels: up,
        at: Offset(20),
        value: 1.0,
    };
    writer.metrics(&[point], &names).unwrap();
    let unsealed = read(&folder).unwrap();
    writer.seal().unwrap();
    assert!(!fs::exists(folder.join("tables.journal")).unwrap());
    let sealed = read(&folder).unwrap();
    for run in [&unsealed, &sealed] {
        assert_eq!(run.metrics[0].at, Offset(-30));
        assert_eq!(run.events[0].at_ns, Offset(-45));
    }
}
