//! A folder that is not a whole run is refused, and the message names the file and the remedy.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use harness_archive::{ArchiveError, ArchiveWriter, missing, read};
use harness_model::{EventKind, Offset, RunEvent, Strings};

#[expect(dead_code, reason = "the large archive of the example uses the rest")]
mod common;

/// A writer of a fresh folder that has heard of the load's start.
fn begun(home: &Path) -> (ArchiveWriter, PathBuf) {
    let folder = home.join("run");
    let (manifest, plan) = (common::manifest(), common::plan());
    let mut writer = ArchiveWriter::create(&folder, &manifest, "", &plan).unwrap();
    let event = RunEvent {
        at_ns: Offset(5),
        what: EventKind::LoadStarted,
    };
    writer.event(&event).unwrap();
    (writer, folder)
}

fn sealed(home: &Path) -> PathBuf {
    let (writer, folder) = begun(home);
    let names = Strings::default();
    writer.seal(&[], &names, &names, 0).unwrap();
    read(&folder).unwrap();
    folder
}

/// What reading says after `spoil` had its way with one file of a good run.
fn refusal(file: &str, spoil: impl FnOnce(&Path)) -> String {
    let home = tempfile::tempdir().unwrap();
    let folder = sealed(home.path());
    spoil(&folder.join(file));
    let said = read(&folder).unwrap_err().to_string();
    assert!(said.contains(file), "{said:?} does not name {file}");
    said
}

const READ: [&str; 6] = [
    "manifest.json",
    "plan.json",
    "events.jsonl",
    "samples.parquet",
    "spans.parquet",
    "metrics.parquet",
];

#[test]
fn a_lost_file_that_no_report_is_made_of_is_named_and_does_not_stop_the_reading() {
    for file in ["scenario.toml", "latency.hlog"] {
        let home = tempfile::tempdir().unwrap();
        let folder = sealed(home.path());
        assert_eq!(missing(&folder), [""; 0]);
        fs::remove_file(folder.join(file)).unwrap();
        assert_eq!(missing(&folder), [file]);
        read(&folder).unwrap();
    }
}

#[test]
fn each_missing_file_is_named_with_what_to_do() {
    for file in READ {
        let said = refusal(file, |path| fs::remove_file(path).unwrap());
        assert!(said.contains("run it again"), "{said}");
    }
}

#[test]
fn each_truncated_file_is_named_with_where_to_look() {
    for file in READ {
        let said = refusal(file, |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 5]).unwrap();
        });
        assert!(said.contains("events.jsonl"), "{said}");
    }
}

#[test]
fn each_file_of_garbage_is_refused() {
    for file in READ {
        let said = refusal(file, |path| fs::write(path, [0xFF_u8; 300]).unwrap());
        assert!(said.starts_with("failed to"), "{said}");
    }
}

#[test]
fn a_broken_line_of_the_events_is_counted() {
    let said = refusal("events.jsonl", |path| {
        let mut text = fs::read_to_string(path).unwrap();
        text.push_str("{\"at_ns\": 7, \"event\": \"target-exploded\"}\n");
        fs::write(path, text).unwrap();
    });
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn the_tables_cannot_be_mistaken_for_one_another() {
    let said = refusal("samples.parquet", |path| {
        fs::copy(path.with_file_name("metrics.parquet"), path).unwrap();
    });
    // An empty table has no row group whose columns could be compared; only its names differ.
    assert!(said.contains("columns"), "{said}");
}

fn with_format(format: &str) -> Result<(), ArchiveError> {
    let home = tempfile::tempdir().unwrap();
    let folder = sealed(home.path());
    let mut manifest = common::manifest();
    manifest.format = format.to_owned();
    let text = serde_json::to_string(&manifest).unwrap();
    fs::write(folder.join("manifest.json"), text).unwrap();
    read(&folder).map(drop)
}

#[test]
fn another_major_version_is_refused_and_another_minor_is_read() {
    with_format("1.99").unwrap();
    let said = with_format("2.0").unwrap_err().to_string();
    for part in [
        "manifest.json",
        "2.0",
        harness_archive::FORMAT,
        "use the version of shakedown",
    ] {
        assert!(said.contains(part), "{said:?} lacks {part}");
    }
}

#[test]
fn a_run_that_was_cut_off_is_refused_as_such() {
    let home = tempfile::tempdir().unwrap();
    let (writer, folder) = begun(home.path());
    drop(writer);
    let said = read(&folder).unwrap_err().to_string();
    assert!(
        said.contains("samples.parquet") && said.contains("cut off"),
        "{said}"
    );

    let (_, whole) = (home.path(), tempfile::tempdir().unwrap());
    let samples = sealed(whole.path()).join("samples.parquet");
    fs::copy(samples, folder.join("samples.parquet")).unwrap();
    let said = read(&folder).unwrap_err().to_string();
    assert!(
        said.contains("spans.parquet") && said.contains("may not have ended"),
        "{said}"
    );
}

#[test]
fn an_existing_run_is_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let folder = sealed(home.path());
    let (manifest, plan) = (common::manifest(), common::plan());
    let refused = ArchiveWriter::create(&folder, &manifest, "", &plan);
    let said = refused.map(drop).unwrap_err().to_string();
    assert!(said.contains("--out"), "{said}");
    read(&folder).unwrap();
}
