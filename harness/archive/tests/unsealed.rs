//! A run whose harness was killed: all that reached the journal is read and marked as unfinished.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use harness_archive::{ArchiveWriter, missing, read};
use harness_model::metric::MetricPoint;
use harness_model::{
    ErrorClass, EventKind, Offset, RunData, RunEvent, Sample, Span, SpanKind, Strings, Sym,
};

#[expect(dead_code, reason = "the large archive of the benchmark uses the rest")]
mod common;

use common::SECOND;

/// The load's start, counted from the run's.
const ZERO: i64 = 3 * SECOND;
const BATCHES: i64 = 5;
const BATCH: i64 = 10;

fn at(ns: i64, what: EventKind) -> RunEvent {
    RunEvent {
        at_ns: Offset(ns),
        what,
    }
}

/// The sample of a request that takes half a second; the requests are a tenth of a second apart.
fn sample(number: i64, operation: Sym) -> Sample {
    let intended = Offset(number * SECOND / 10);
    let done = Offset(intended.ns() + SECOND / 2);
    Sample {
        operation,
        journey: Sym::NONE,
        intended,
        sent: intended,
        first_byte: done,
        done,
        lateness_ns: 0,
        status: 200,
        error: ErrorClass::None,
        bytes: 1,
        trace: number.unsigned_abs().into(),
        session: 0,
        step: 0,
        attempt: 1,
        phase: 0,
    }
}

fn span(number: i64, service: Sym, name: Sym) -> Span {
    Span {
        trace: number.unsigned_abs().into(),
        id: 1,
        parent: 0,
        service,
        instance: service,
        name,
        kind: SpanKind::Server,
        start: Offset(ZERO + number * SECOND / 10),
        end: Offset(ZERO + number * SECOND / 10 + 1),
        failed: false,
        error_type: Sym::NONE,
        peer: Sym::NONE,
        http_status: 200,
        resend: 0,
    }
}

/// Writes batches of samples, spans and points, each with a name that no batch before it had.
fn write(folder: &Path) -> ArchiveWriter {
    let (manifest, plan) = (common::manifest(), common::plan());
    let mut writer = ArchiveWriter::create(folder, &manifest, "", &plan).unwrap();
    writer.event(&at(0, EventKind::RunStarted)).unwrap();
    writer.event(&at(ZERO, EventKind::LoadStarted)).unwrap();
    let mut names = Strings::default();
    for batch in 0..BATCHES {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let operation = names.intern(&format!("operation-{batch}"));
        let samples: Vec<Sample> = numbers.clone().map(|n| sample(n, operation)).collect();
        writer.samples(&samples, &names).unwrap();
        let service = names.intern("front");
        let spans: Vec<Span> = numbers.map(|n| span(n, service, operation)).collect();
        writer.spans(&spans, &names).unwrap();
        let point = MetricPoint {
            service,
            instance: service,
            metric: names.intern("up"),
            labels: Sym::NONE,
            at: Offset(ZERO + batch * SECOND),
            value: 1.0,
        };
        writer.metrics(&[point], &names).unwrap();
    }
    writer
}

/// A folder as a killed harness leaves it.
fn killed(home: &Path) -> PathBuf {
    let folder = home.join("run");
    drop(write(&folder));
    folder
}

/// Operation, intended moment and outcome of each sample, with names spelt out.
fn spelt(run: &RunData) -> Vec<(String, i64, Offset)> {
    let samples = run.samples.iter();
    let spelt = samples.map(|sample| {
        let operation = run.strings.name(sample.operation).to_owned();
        (operation, sample.intended.ns(), sample.done)
    });
    spelt.collect()
}

#[test]
fn all_that_was_written_before_the_end_is_read_and_the_end_is_marked() {
    let home = tempfile::tempdir().unwrap();
    let folder = killed(home.path());
    assert_eq!(missing(&folder), [""; 0], "nothing of it was lost");
    let run = read(&folder).unwrap();
    assert_eq!(run.samples.len() as i64, BATCHES * BATCH);
    assert_eq!(run.spans.len() as i64, BATCHES * BATCH);
    assert_eq!(run.metrics.len() as i64, BATCHES);
    assert_eq!(run.strings.name(run.spans.get(25).name), "operation-2");
    assert_eq!(run.spans.get(25).start, Offset(25 * SECOND / 10));
    let last = run.samples.last().unwrap().done;
    assert_eq!(
        run.events.last(),
        Some(&at(last.ns(), EventKind::Unfinished))
    );
    assert!(run.is_unfinished());
    assert_eq!(run.load_end(), last);
}

#[test]
fn sealing_changes_neither_rows_nor_names_nor_their_order() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let mut writer = write(&folder);
    writer
        .event(&at(30 * SECOND, EventKind::RunFinished))
        .unwrap();
    let before = read(&folder).unwrap();
    assert!(!before.is_unfinished(), "all its events are there");
    writer.seal().unwrap();
    assert!(!folder.join("tables.journal").exists());
    let after = read(&folder).unwrap();
    assert_eq!(spelt(&before), spelt(&after));
    let named = |run: &RunData| -> Vec<(u128, String)> {
        let spans = run.spans.iter();
        let named = spans.map(|span| (span.trace, run.strings.name(span.name).to_owned()));
        named.collect()
    };
    assert_eq!(named(&before), named(&after));
    assert_eq!(before.metrics.len(), after.metrics.len());
    assert_eq!(before.events, after.events);
}

#[test]
fn wherever_the_journal_is_torn_the_whole_records_before_it_are_read() {
    let home = tempfile::tempdir().unwrap();
    let folder = killed(home.path());
    let path = folder.join("tables.journal");
    let (whole, all) = (fs::read(&path).unwrap(), spelt(&read(&folder).unwrap()));
    let mut seen = std::collections::BTreeSet::new();
    // Shorter steps than any record, and the whole.
    for length in (8..whole.len()).step_by(13).chain([whole.len()]) {
        fs::write(&path, &whole[..length]).unwrap();
        let read = spelt(&read(&folder).unwrap());
        assert_eq!(read, all[..read.len()], "at {length}");
        assert_eq!(read.len() as i64 % BATCH, 0, "no batch is read in part");
        seen.insert(read.len());
    }
    assert_eq!(
        seen.len() as i64,
        BATCHES + 1,
        "each batch counts once whole"
    );
}

#[test]
fn a_record_with_a_wrong_checksum_ends_the_reading() {
    let home = tempfile::tempdir().unwrap();
    let folder = killed(home.path());
    let path = folder.join("tables.journal");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    fs::write(&path, bytes).unwrap();
    let read = read(&folder).unwrap().samples.len() as i64;
    assert!(read > 0 && read < BATCHES * BATCH, "{read}");
}

#[test]
fn a_torn_journal_is_not_sealed_away() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let writer = write(&folder);
    let path = folder.join("tables.journal");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
    let message = writer.seal().unwrap_err().to_string();
    assert!(message.contains("tables.journal"), "{message}");
    let kept = read(&folder).unwrap().samples.len() as i64;
    assert_eq!(kept, BATCHES * BATCH);
}

#[test]
fn a_file_that_is_no_journal_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = killed(home.path());
    fs::write(folder.join("tables.journal"), [0xFF_u8; 300]).unwrap();
    let message = read(&folder).unwrap_err().to_string();
    assert!(message.contains("tables.journal"), "{message}");
}

#[test]
fn the_last_event_may_be_there_in_part() {
    let home = tempfile::tempdir().unwrap();
    let folder = killed(home.path());
    let path = folder.join("events.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let run = read(&folder).unwrap();
    let kinds: Vec<_> = run.events.iter().map(|event| &event.what).collect();
    assert_eq!(kinds, [&EventKind::RunStarted, &EventKind::Unfinished]);
}

#[test]
fn a_run_that_was_killed_before_its_load_lies_before_the_load() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (manifest, plan) = (common::manifest(), common::plan());
    let mut writer = ArchiveWriter::create(&folder, &manifest, "", &plan).unwrap();
    writer.event(&at(7, EventKind::RunStarted)).unwrap();
    writer
        .event(&at(SECOND, EventKind::TargetPreparing))
        .unwrap();
    drop(writer);
    let run = read(&folder).unwrap();
    assert_eq!(run.events[0].at_ns, Offset(7 - SECOND));
    assert_eq!(run.load_end(), Offset::ZERO);
    assert!(run.is_unfinished());
}
