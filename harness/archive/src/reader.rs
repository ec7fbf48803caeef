//! Reading a run folder back into one [`RunData`].
//!
//! The only input of analysis, also right after a live run. It must not conclude anything.

use std::fs;
use std::path::Path;

use harness_model::metric::MetricPoint;
use harness_model::{EventKind, Manifest, Offset, Plan, RunData, RunEvent, Sample, Span, Strings};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::FORMAT;
use crate::columns::read_groups;
use crate::error::ArchiveError;
use crate::journal::{self, Rows};
use crate::tables::Table;

/// Reads a run, sealed or not; every time counts from the start of the load afterwards. A run that
/// is not sealed and lacks its last event gets [`EventKind::Unfinished`] in place of it.
///
/// # Errors
/// When the folder is not that of a run, a file is lost or damaged, or another version of shakedown
/// wrote what this one cannot read.
pub fn read(folder: &Path) -> Result<RunData, ArchiveError> {
    let path = folder.join("manifest.json");
    if !path.exists() {
        let why = match (folder.is_dir(), folder.exists()) {
            (true, _) => "it has no manifest.json",
            (false, true) => "it is a file",
            (false, false) => "there is no such folder",
        };
        return Err(ArchiveError::no_run(folder, why));
    }
    let origin: Origin = json(&path)?;
    let run = match major(&origin.format) == major(FORMAT) {
        true => read_files(folder),
        false => Err(ArchiveError::corrupt(&path, "its format has changed")),
    };
    run.map_err(|error| origin.explain(error))
}

/// What a manifest states in every version of the format.
#[derive(Deserialize)]
struct Origin {
    format: String,
    tool_version: String,
}

impl Origin {
    /// A file that cannot be read is damaged, unless the run has another format than ours.
    fn explain(self, error: ArchiveError) -> ArchiveError {
        match error {
            ArchiveError::Corrupt { path, why } if self.format != FORMAT => {
                ArchiveError::OtherFormat {
                    path,
                    why,
                    found: self.format,
                    tool: self.tool_version,
                }
            }
            error => error,
        }
    }
}

fn major(version: &str) -> Option<&str> {
    version.split('.').next()
}

fn read_files(folder: &Path) -> Result<RunData, ArchiveError> {
    let sealed = is_sealed(folder);
    let mut run = RunData {
        manifest: json::<Manifest>(&folder.join("manifest.json"))?,
        plan: json::<Plan>(&folder.join("plan.json"))?,
        events: events(&folder.join("events.jsonl"), sealed)?,
        strings: Strings::default(),
        samples: Vec::new(),
        unsent: Vec::new(),
        spans: Vec::new(),
        metrics: Vec::new(),
    };
    if sealed {
        let strings = &mut run.strings;
        read_table::<Sample>(folder, strings, &mut run.samples)?;
        read_table::<Span>(folder, strings, &mut run.spans)?;
        read_table::<MetricPoint>(folder, strings, &mut run.metrics)?;
    } else {
        read_journal(folder, &mut run)?;
        mark_unfinished(&mut run);
    }
    part_unsent(&mut run);
    rebase(&mut run);
    Ok(run)
}

/// Parts what was only due from what was sent; both are rows of one table.
fn part_unsent(run: &mut RunData) {
    run.unsent = run
        .samples
        .extract_if(.., |sample| !sample.was_sent())
        .collect();
}

/// Sealing removes the journal as its last act.
fn is_sealed(folder: &Path) -> bool {
    !folder.join(journal::FILE).is_file()
}

fn read_table<R: Table>(
    folder: &Path,
    strings: &mut Strings,
    out: &mut Vec<R>,
) -> Result<(), ArchiveError> {
    read_groups(&folder.join(R::FILE), R::SCHEMAS, |columns| {
        R::from_columns(columns, strings, out)
    })
}

fn read_journal(folder: &Path, run: &mut RunData) -> Result<(), ArchiveError> {
    let (samples, spans, points) = (&mut run.samples, &mut run.spans, &mut run.metrics);
    journal::replay(folder, &mut run.strings, |rows, _| {
        match rows {
            Rows::Samples(rows) => samples.extend(rows),
            Rows::Spans(rows) => spans.extend(rows),
            Rows::Points(rows) => points.extend(rows),
        }
        Ok(())
    })
    .map(drop)
}

/// Adds the event that stands for a missing [`EventKind::RunFinished`], at the time of the last
/// event or sample.
fn mark_unfinished(run: &mut RunData) {
    let finished = |event: &RunEvent| event.what == EventKind::RunFinished;
    if run.events.iter().any(finished) {
        return;
    }
    let zero = load_start(run);
    let samples = run
        .samples
        .iter()
        .map(|sample| sample.done.ns() + zero.ns());
    let events = run.events.iter().map(|event| event.at_ns.ns());
    let last = samples.chain(events).max().unwrap_or_default();
    run.events.push(RunEvent {
        at_ns: Offset(last),
        what: EventKind::Unfinished,
    });
}

/// What belongs to a run folder and is not read back: for people and their tools.
const KEPT: [&str; 2] = ["scenario.toml", "latency.hlog"];

/// The files that a sealed run should have and this one has lost, although [`read`] does without.
pub fn missing(folder: &Path) -> Vec<&'static str> {
    let lost = |name: &&str| !folder.join(name).is_file();
    match is_sealed(folder) {
        true => KEPT.into_iter().filter(lost).collect(),
        false => Vec::new(),
    }
}

/// The start of the load, counted from the start of the run. Where the load never started, all that
/// happened was before it.
fn load_start(run: &RunData) -> Offset {
    let mut events = run.events.iter();
    let started = events.find(|event| event.what == EventKind::LoadStarted);
    started
        .or(run.events.last())
        .map_or(Offset::ZERO, |event| event.at_ns)
}

/// Moves everything that counts from the start of the run to the start of the load, and sorts.
fn rebase(run: &mut RunData) {
    let zero = load_start(run);
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

/// The events of a file. The last line of a run that is not sealed may be there in part.
fn events(path: &Path, sealed: bool) -> Result<Vec<RunEvent>, ArchiveError> {
    let mut bytes = fs::read(path).map_err(|error| ArchiveError::open(path, error))?;
    if !sealed {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(whole.map_or(0, |end| end + 1));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| ArchiveError::corrupt(path, error))?;
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
