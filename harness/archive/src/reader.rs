//! Reading a run folder back into one [`RunData`].
//!
//! The only input of analysis, also right after a live run. It must not conclude anything.

use std::fs;
use std::path::Path;

use harness_model::{EventKind, Manifest, Offset, Plan, RunData, RunEvent, Strings};
use serde::de::DeserializeOwned;

use crate::columns::read_groups;
use crate::error::ArchiveError;
use crate::{FORMAT, tables};

/// Reads a sealed run; every time counts from the start of the load afterwards.
pub fn read(folder: &Path) -> Result<RunData, ArchiveError> {
    let manifest: Manifest = json(&folder.join("manifest.json"))?;
    check_version(&folder.join("manifest.json"), &manifest.format)?;
    let plan: Plan = json(&folder.join("plan.json"))?;
    let events = events(&folder.join("events.jsonl"))?;
    let mut run = RunData {
        manifest,
        plan,
        events,
        strings: Strings::default(),
        samples: Vec::new(),
        spans: Vec::new(),
        metrics: Vec::new(),
    };
    read_groups(
        &folder.join("samples.parquet"),
        &[tables::SAMPLES],
        |columns| tables::samples_from_columns(columns, &mut run.strings, &mut run.samples),
    )?;
    read_groups(&folder.join("spans.parquet"), &tables::SPANS, |columns| {
        tables::spans_from_columns(columns, &mut run.strings, &mut run.spans)
    })?;
    read_groups(
        &folder.join("metrics.parquet"),
        &tables::METRICS,
        |columns| tables::metrics_from_columns(columns, &mut run.strings, &mut run.metrics),
    )?;
    rebase(&mut run);
    Ok(run)
}

/// What belongs to a run folder and is not read back: for people and their tools.
const KEPT: [&str; 2] = ["scenario.toml", "latency.hlog"];

/// The files that a sealed run should have and this one has lost, although [`read`] does without.
pub fn missing(folder: &Path) -> Vec<&'static str> {
    let lost = |name: &&str| !folder.join(name).is_file();
    KEPT.into_iter().filter(lost).collect()
}

/// Moves everything that counts from the start of the run to the start of the load, and sorts.
fn rebase(run: &mut RunData) {
    let started = run
        .events
        .iter()
        .find(|event| event.what == EventKind::LoadStarted);
    let zero = started.map_or(Offset::ZERO, |event| event.at_ns);
    for event in &mut run.events {
        event.at_ns = event.at_ns - zero;
    }
    for span in &mut run.spans {
        span.start = span.start - zero;
        span.end = span.end - zero;
    }
    for point in &mut run.metrics {
        point.at = point.at - zero;
    }
    run.metrics.sort_by_key(|point| {
        (
            point.service,
            point.metric,
            point.labels,
            point.instance,
            point.at,
        )
    });
}

fn check_version(path: &Path, found: &str) -> Result<(), ArchiveError> {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(found) == major(FORMAT) {
        return Ok(());
    }
    Err(ArchiveError::Version {
        path: path.to_path_buf(),
        found: found.to_owned(),
    })
}

fn events(path: &Path) -> Result<Vec<RunEvent>, ArchiveError> {
    let text = fs::read_to_string(path).map_err(|error| ArchiveError::open(path, error))?;
    let line = |(index, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| ArchiveError::corrupt(path, format!("line {}: {error}", index + 1)))
    };
    text.lines().enumerate().map(line).collect()
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ArchiveError> {
    let bytes = fs::read(path).map_err(|error| ArchiveError::open(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| ArchiveError::corrupt(path, error))
}
