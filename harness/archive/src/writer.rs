//! Writing a run folder while the run goes on.
//!
//! Events reach the disk at once; tables grow by row groups. It must not know the run's order.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use harness_model::metric::MetricPoint;
use harness_model::{Manifest, Plan, RunEvent, Sample, Span, Strings};
use serde::Serialize;

use crate::columns::ColumnWriterFile;
use crate::error::ArchiveError;
use crate::{hlog, tables};

/// Rows of a row group: small enough to hold, large enough to compress.
const GROUP_ROWS: usize = 65_536;

/// The open folder of a run.
pub struct ArchiveWriter {
    folder: PathBuf,
    events: File,
    spans: ColumnWriterFile,
    metrics: ColumnWriterFile,
    waiting_spans: Vec<Span>,
    waiting_metrics: Vec<MetricPoint>,
}

impl ArchiveWriter {
    /// Creates the folder and writes what is known before anything starts. An existing run is not
    /// overwritten.
    pub fn create(
        folder: &Path,
        manifest: &Manifest,
        scenario: &str,
        plan: &Plan,
    ) -> Result<ArchiveWriter, ArchiveError> {
        let manifest_path = folder.join("manifest.json");
        let holds_something = fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_some());
        if holds_something {
            let what = match manifest_path.exists() {
                true => "a run is in there already",
                false => "the folder is not empty",
            };
            let why = format!("{what}; choose another folder with --out");
            return Err(ArchiveError::write(folder, why));
        }
        for part in [
            folder.to_path_buf(),
            folder.join("logs"),
            folder.join("charts"),
        ] {
            fs::create_dir_all(&part).map_err(|error| ArchiveError::io(&part, error))?;
        }
        put_json(&manifest_path, manifest)?;
        put_json(&folder.join("plan.json"), plan)?;
        put(&folder.join("scenario.toml"), scenario.as_bytes())?;
        let events = folder.join("events.jsonl");
        Ok(ArchiveWriter {
            events: File::create(&events).map_err(|error| ArchiveError::io(&events, error))?,
            spans: ColumnWriterFile::create(&folder.join("spans.parquet"), tables::SPANS[0])?,
            metrics: ColumnWriterFile::create(&folder.join("metrics.parquet"), tables::METRICS[0])?,
            folder: folder.to_path_buf(),
            waiting_spans: Vec::new(),
            waiting_metrics: Vec::new(),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends one event; it is with the kernel when this returns.
    pub fn event(&mut self, event: &RunEvent) -> Result<(), ArchiveError> {
        let path = self.folder.join("events.jsonl");
        let mut line =
            serde_json::to_vec(event).map_err(|error| ArchiveError::write(&path, error))?;
        line.push(b'\n');
        self.events
            .write_all(&line)
            .map_err(|error| ArchiveError::io(&path, error))
    }

    /// Takes spans whose times count from the start of the run.
    pub fn spans(&mut self, spans: &[Span], strings: &Strings) -> Result<(), ArchiveError> {
        self.waiting_spans.extend_from_slice(spans);
        if self.waiting_spans.len() >= GROUP_ROWS {
            self.flush_spans(strings)
        } else {
            Ok(())
        }
    }

    /// Takes points whose times count from the start of the run.
    pub fn metrics(
        &mut self,
        points: &[MetricPoint],
        strings: &Strings,
    ) -> Result<(), ArchiveError> {
        self.waiting_metrics.extend_from_slice(points);
        if self.waiting_metrics.len() >= GROUP_ROWS {
            self.flush_metrics(strings)
        } else {
            Ok(())
        }
    }

    /// Writes the samples (times from the start of the load), the interval log and every footer.
    pub fn seal(
        mut self,
        samples: &[Sample],
        sample_names: &Strings,
        telemetry_names: &Strings,
        load_start_unix_ns: i64,
    ) -> Result<(), ArchiveError> {
        self.flush_spans(telemetry_names)?;
        self.flush_metrics(telemetry_names)?;
        self.spans.close()?;
        self.metrics.close()?;
        let mut file =
            ColumnWriterFile::create(&self.folder.join("samples.parquet"), tables::SAMPLES)?;
        for group in samples.chunks(GROUP_ROWS) {
            file.append(&tables::samples_to_columns(group, sample_names))?;
        }
        file.close()?;
        let path = self.folder.join("latency.hlog");
        let mut log = Vec::new();
        hlog::write(&mut log, samples, sample_names, load_start_unix_ns)
            .map_err(|why| ArchiveError::write(&path, why))?;
        put(&path, &log)
    }

    fn flush_spans(&mut self, strings: &Strings) -> Result<(), ArchiveError> {
        let rows = std::mem::take(&mut self.waiting_spans);
        if rows.is_empty() {
            return Ok(());
        }
        self.spans.append(&tables::spans_to_columns(&rows, strings))
    }

    fn flush_metrics(&mut self, strings: &Strings) -> Result<(), ArchiveError> {
        let rows = std::mem::take(&mut self.waiting_metrics);
        if rows.is_empty() {
            return Ok(());
        }
        self.metrics
            .append(&tables::metrics_to_columns(&rows, strings))
    }
}

/// Writes a file that can be made again from the others; readers see the old one or the new one.
pub fn write_derived(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| ArchiveError::io(parent, error))?;
    }
    let unfinished = path.with_extension("unfinished");
    put(&unfinished, bytes)?;
    fs::rename(&unfinished, &path).map_err(|error| ArchiveError::io(&path, error))
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
