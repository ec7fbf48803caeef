//! A sealed run with a damaged or missing file is refused, and the message names the file and what
//! to do.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use harness_archive::{ArchiveWriter, missing, read};
use harness_model::{EventKind, Offset, RunEvent};
use serde_json::Value;

#[expect(dead_code, reason = "the large archive of the benchmark uses the rest")]
mod common;

/// A fresh folder in which the load has started.
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
    writer.seal().unwrap();
    read(&folder).unwrap();
    folder
}

/// The error of reading a good run after `spoil` has changed one of its files.
fn refusal(file: &str, spoil: impl FnOnce(&Path)) -> String {
    let home = tempfile::tempdir().unwrap();
    let folder = sealed(home.path());
    spoil(&folder.join(file));
    let message = read(&folder).unwrap_err().to_string();
    assert!(message.contains(file), "{message:?} does not name {file}");
    message
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
fn a_lost_file_that_no_report_needs_is_named_and_the_run_is_still_read() {
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
fn what_is_not_the_folder_of_a_run_is_named_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("notes.txt");
    fs::write(&file, "no run").unwrap();
    for (path, why) in [
        (home.path().join("nowhere"), "there is no such folder"),
        (home.path().to_path_buf(), "it has no manifest.json"),
        (file, "it is a file"),
    ] {
        let message = read(&path).unwrap_err().to_string();
        let place = format!("{} is not the folder of a run", path.display());
        for part in [&place, why, "such as runs/"] {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

#[test]
fn each_missing_file_is_named_with_what_to_do() {
    for file in READ.into_iter().filter(|file| *file != "manifest.json") {
        let message = refusal(file, |path| fs::remove_file(path).unwrap());
        assert!(message.contains("run it again"), "{message}");
    }
}

#[test]
fn each_truncated_file_is_named_with_where_to_look() {
    for file in READ {
        let message = refusal(file, |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 5]).unwrap();
        });
        assert!(message.contains("events.jsonl"), "{message}");
    }
}

#[test]
fn each_file_of_garbage_is_refused() {
    for file in READ {
        let message = refusal(file, |path| fs::write(path, [0xFF_u8; 300]).unwrap());
        assert!(message.starts_with("failed to"), "{message}");
    }
}

#[test]
fn a_line_of_the_events_that_is_no_event_is_named_by_its_number() {
    let message = refusal("events.jsonl", |path| {
        let mut text = fs::read_to_string(path).unwrap();
        text.push_str("{\"at_ns\": 7, \"event\": \"target-exploded\"}\n");
        fs::write(path, text).unwrap();
    });
    assert!(message.contains("line 2"), "{message}");
}

#[test]
fn the_tables_cannot_be_mistaken_for_one_another() {
    let message = refusal("samples.parquet", |path| {
        fs::copy(path.with_file_name("metrics.parquet"), path).unwrap();
    });
    // An empty table has no row group whose columns could be compared; only its names differ.
    assert!(message.contains("columns"), "{message}");
}

/// The folder of a run that another version of shakedown wrote.
fn of_version(home: &Path, tool: &str, format: &str) -> PathBuf {
    let folder = sealed(home);
    change(&folder.join("manifest.json"), |manifest| {
        manifest["tool_version"] = tool.into();
        manifest["format"] = format.into();
    });
    folder
}

fn change(path: &Path, edit: impl FnOnce(&mut Value)) {
    let mut json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    edit(&mut json);
    fs::write(path, json.to_string()).unwrap();
}

#[test]
fn another_minor_version_is_read_and_another_major_version_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    read(&of_version(home.path(), "0.9.0", "1.99")).unwrap();

    let home = tempfile::tempdir().unwrap();
    let folder = of_version(home.path(), "7.0.0", "2.0");
    let manifest = folder.join("manifest.json");
    change(&manifest, |manifest| manifest["seed"] = "in words".into());
    let message = read(&folder).unwrap_err().to_string();
    for part in [
        "manifest.json",
        "shakedown 7.0.0 wrote it in format 2.0",
        "use shakedown 7.0.0",
        harness_archive::FORMAT,
    ] {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

#[test]
fn a_file_with_what_another_minor_version_wrote_names_that_version() {
    for (file, ours, theirs) in [
        ("plan.json", "definition", "system"),
        ("events.jsonl", "load-started", "load-begun"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let folder = of_version(home.path(), "0.1.0", "1.0");
        let text = fs::read_to_string(folder.join(file)).unwrap();
        fs::write(folder.join(file), text.replace(ours, theirs)).unwrap();
        let message = read(&folder).unwrap_err().to_string();
        for part in [
            file,
            "shakedown 0.1.0 wrote it in format 1.0",
            "or run it again",
        ] {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }
}

#[test]
fn an_existing_run_is_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let folder = sealed(home.path());
    let (manifest, plan) = (common::manifest(), common::plan());
    let refused = ArchiveWriter::create(&folder, &manifest, "", &plan);
    let message = refused.map(drop).unwrap_err().to_string();
    assert!(message.contains("--out"), "{message}");
    read(&folder).unwrap();
}
