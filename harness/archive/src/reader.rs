//! Reading a run folder back into one [`RunData`].
//!
//! The only input of analysis, also right after a live run. It must not conclude anything.

use std::fs;
use std::marker::PhantomData;
use std::path::Path;

use harness_model::metric::MetricPoint;
use harness_model::{
    EventKind, Manifest, Offset, Plan, RunData, RunEvent, Sample, Span, Spans, Strings,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::columns::ColumnReaderFile;
use crate::error::ArchiveError;
use crate::journal::{self, Rows};
use crate::tables::{LOAD_START, ORIGIN, Read, Table};
use crate::{FORMAT, events};

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
        events: events::lines(folder, sealed)?,
        strings: Strings::default(),
        samples: Vec::new(),
        unsent: Vec::new(),
        spans: Spans::default(),
        metrics: Vec::new(),
    };
    let zero = load_start(&run);
    if sealed {
        read_tables(folder, zero, &mut run)?;
    } else {
        read_journal(folder, zero, &mut run)?;
        mark_unfinished(zero, &mut run);
    }
    run.spans.shrink();
    part_unsent(&mut run);
    for event in &mut run.events {
        event.at_ns = event.at_ns - zero;
    }
    sort_points(&mut run);
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

fn read_tables(folder: &Path, zero: Offset, run: &mut RunData) -> Result<(), ArchiveError> {
    let mut names = Read {
        strings: &mut run.strings,
        phases: &run.plan.phases,
    };
    let samples = Opened::<Sample>::open(folder, zero)?;
    run.samples.reserve_exact(samples.file.rows());
    samples.read(&mut names, |sample| run.samples.push(sample))?;
    let spans = Opened::<Span>::open(folder, zero)?;
    run.spans.reserve(spans.file.rows());
    spans.read(&mut names, |span| run.spans.push(span))?;
    let points = Opened::<MetricPoint>::open(folder, zero)?;
    run.metrics.reserve_exact(points.file.rows());
    points.read(&mut names, |point| run.metrics.push(point))
}

/// A table whose columns are known.
struct Opened<R> {
    file: ColumnReaderFile,
    /// What was the zero of the load by the clock of the table.
    zero: Offset,
    rows: PhantomData<R>,
}

impl<R: Table> Opened<R> {
    /// `zero` is the start of the load, counted from the start of the run.
    fn open(folder: &Path, zero: Offset) -> Result<Opened<R>, ArchiveError> {
        let file = ColumnReaderFile::open(&folder.join(R::FILE), R::SCHEMAS)?;
        let counts_from_load = file.stated(ORIGIN) == Some(LOAD_START);
        Ok(Opened {
            zero: if counts_from_load { Offset::ZERO } else { zero },
            file,
            rows: PhantomData,
        })
    }

    fn read(&self, names: &mut Read<'_>, mut give: impl FnMut(R)) -> Result<(), ArchiveError> {
        self.file.groups(|columns| {
            R::from_columns(columns, names, |mut row| {
                row.rebase(self.zero);
                give(row);
            })
        })
    }
}

fn read_journal(folder: &Path, zero: Offset, run: &mut RunData) -> Result<(), ArchiveError> {
    let (samples, spans, points) = (&mut run.samples, &mut run.spans, &mut run.metrics);
    journal::replay(folder, &mut run.strings, |rows, _| {
        match rows {
            Rows::Samples(rows) => samples.extend(rows),
            Rows::Spans(rows) => spans.extend(rebased(rows, zero)),
            Rows::Points(rows) => points.extend(rebased(rows, zero)),
        }
        Ok(())
    })
    .map(drop)
}

fn rebased<R: Table>(rows: Vec<R>, zero: Offset) -> impl Iterator<Item = R> {
    rows.into_iter().map(move |mut row| {
        row.rebase(zero);
        row
    })
}

/// Adds the event that stands for a missing [`EventKind::RunFinished`], at the time of the last
/// event or sample.
fn mark_unfinished(zero: Offset, run: &mut RunData) {
    let finished = |event: &RunEvent| event.what == EventKind::RunFinished;
    if run.events.iter().any(finished) {
        return;
    }
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

fn sort_points(run: &mut RunData) {
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

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ArchiveError> {
    let bytes = fs::read(path).map_err(|error| ArchiveError::open(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| ArchiveError::corrupt(path, error))
}
