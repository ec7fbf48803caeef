//! Writing a run folder while the run goes on.
//!
//! Whatever is handed over is with the kernel when the call returns. It must not know the run's
//! order.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use harness_model::metric::MetricPoint;
use harness_model::{EventKind, Manifest, Offset, Phase, Plan, RunEvent, Sample, Span, Strings};
use serde::Serialize;

use crate::append::{Reserve, append};
use crate::error::ArchiveError;
use crate::events;
use crate::journal::Journal;
use crate::rows::Row;
use crate::seal::{Origin, seal};

/// The first file of every run.
const MANIFEST: &str = "manifest.json";

/// Whether this folder holds a run, finished or not.
pub fn is_there(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// The open folder of a run.
pub struct ArchiveWriter {
    folder: PathBuf,
    events: File,
    rows: Journal,
    /// Room for the last events on a full disk.
    reserve: Reserve,
    /// Rows could not be written; no more of them are, so that the last events find room.
    failed: bool,
    phases: Vec<Phase>,
    started_unix_ns: i64,
    /// The start of the load, or the last event as long as there was none.
    load_start: Offset,
    load_started: bool,
}

impl ArchiveWriter {
    /// Creates the folder and writes what is known before anything starts. An existing run is not
    /// overwritten.
    ///
    /// # Errors
    /// When the folder holds anything, or cannot be written.
    pub fn create(
        folder: &Path,
        manifest: &Manifest,
        scenario: &str,
        plan: &Plan,
    ) -> Result<ArchiveWriter, ArchiveError> {
        let manifest_path = folder.join(MANIFEST);
        let taken = |what| ArchiveError::Taken {
            folder: folder.to_path_buf(),
            what,
        };
        let holds_something = fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_some());
        match (holds_something, manifest_path.exists()) {
            (false, _) => {}
            (true, true) => return Err(taken("it holds a run already")),
            (true, false) => return Err(taken("the folder is not empty")),
        }
        fs::create_dir_all(folder).map_err(|error| ArchiveError::io(folder, error))?;
        // Of two runs that find the folder empty at the same moment, one makes the file.
        let claimed = File::create_new(&manifest_path);
        claimed.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => taken("another run has just taken it"),
            _ => ArchiveError::io(&manifest_path, error),
        })?;
        for part in [folder.join("logs"), folder.join("charts")] {
            fs::create_dir_all(&part).map_err(|error| ArchiveError::io(&part, error))?;
        }
        put_json(&manifest_path, manifest)?;
        put_json(&folder.join("plan.json"), plan)?;
        put(&folder.join("scenario.toml"), scenario.as_bytes())?;
        let reserve = Reserve::create(folder)?;
        let events = folder.join(events::FILE);
        Ok(ArchiveWriter {
            reserve,
            failed: false,
            events: File::create(&events).map_err(|error| ArchiveError::io(&events, error))?,
            rows: Journal::create(folder)?,
            folder: folder.to_path_buf(),
            started_unix_ns: manifest.started_unix_ns,
            phases: plan.phases.clone(),
            load_start: Offset::ZERO,
            load_started: false,
        })
    }

    /// Appends one event.
    ///
    /// # Errors
    /// When the file cannot be written, as in all that follows.
    pub fn event(&mut self, event: &RunEvent) -> Result<(), ArchiveError> {
        if !self.load_started {
            self.load_start = event.at_ns;
            self.load_started = event.what == EventKind::LoadStarted;
        }
        let path = self.folder.join(events::FILE);
        let mut line =
            serde_json::to_vec(event).map_err(|error| ArchiveError::write(&path, error))?;
        line.push(b'\n');
        let written = append(&mut self.events, &line).or_else(|error| {
            self.failed = true;
            match self.reserve.release() {
                true => append(&mut self.events, &line),
                false => Err(error),
            }
        });
        written.map_err(|error| ArchiveError::io(&path, error))
    }

    /// Appends samples, whose times count from the start of the load. Samples, spans and metrics
    /// share one table of names, which only grows.
    pub fn samples(&mut self, samples: &[Sample], names: &Strings) -> Result<(), ArchiveError> {
        self.append(samples, names)
    }

    /// Appends spans, whose times count from the start of the run.
    pub fn spans(&mut self, spans: &[Span], names: &Strings) -> Result<(), ArchiveError> {
        self.append(spans, names)
    }

    /// Appends points, whose times count from the start of the run.
    pub fn metrics(&mut self, points: &[MetricPoint], names: &Strings) -> Result<(), ArchiveError> {
        self.append(points, names)
    }

    fn append<R: Row>(&mut self, rows: &[R], names: &Strings) -> Result<(), ArchiveError> {
        if self.failed {
            let why = "an earlier part of it could not be written";
            return Err(ArchiveError::write(&self.folder, why));
        }
        let appended = self.rows.append(rows, names);
        self.failed = appended.is_err();
        appended
    }

    /// Turns what was appended into tables, all on the clock of the load, and the interval log.
    ///
    /// # Errors
    /// When a table cannot be written, or the journal is damaged. The journal stays then, as it
    /// does when a row could not be written before, and [`read`](crate::read) takes the rows from
    /// it.
    pub fn seal(mut self) -> Result<(), ArchiveError> {
        self.reserve.release();
        if self.failed {
            return Ok(());
        }
        let origin = Origin {
            started_unix_ns: self.started_unix_ns,
            load_start: self.load_start,
            phases: &self.phases,
        };
        seal(&self.folder, &origin)
    }
}

/// Writes a file that can be made again from the others; readers see the old one or the new one.
/// `name` is its path in the run folder, such as `charts/load.svg`.
///
/// # Errors
/// When it, or the folder it is in, cannot be written.
pub fn write_derived(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| ArchiveError::io(parent, error))?;
    }
    let partial = path.with_extension("partial");
    put(&partial, bytes)?;
    fs::rename(&partial, &path).map_err(|error| ArchiveError::io(&path, error))
}

fn put_json(path: &Path, value: &impl Serialize) -> Result<(), ArchiveError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|error| ArchiveError::write(path, error))?;
    bytes.push(b'\n');
    put(path, &bytes)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    fs::write(path, bytes).map_err(|error| ArchiveError::io(path, error))
}
