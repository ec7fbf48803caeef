//! Sealing: from the journal of a run to its tables and its interval log.
//!
//! Rows are moved in groups, so memory does not grow with the run. By now the start of the load is
//! known, and every table counts from it. The journal goes last, so a harness that is killed
//! meanwhile leaves a folder that can be read. It must not know who wrote the journal.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use harness_model::{Offset, Phase, Sample, Strings};
use hdrhistogram::serialization::V2Serializer;

use crate::columns::ColumnWriterFile;
use crate::error::ArchiveError;
use crate::hlog::IntervalLog;
use crate::journal::{self, Rows};
use crate::tables::{LOAD_START, Names, ORIGIN, Table, events};
use crate::{FORMAT, events as log};

/// Rows of a row group: small enough to hold, large enough to compress.
const GROUP_ROWS: usize = 65_536;

/// What the rows of a run are counted and named by.
pub struct Origin<'a> {
    /// The start of the run, in nanoseconds since 1970.
    pub started_unix_ns: i64,
    /// The start of the load, counted from it.
    pub load_start: Offset,
    pub phases: &'a [Phase],
}

impl Origin<'_> {
    fn load_start_unix_ns(&self) -> i64 {
        self.started_unix_ns.saturating_add(self.load_start.ns())
    }

    /// What every table says about its times.
    fn stated(&self) -> [(&'static str, String); 4] {
        [
            ("shakedown.format", FORMAT.to_owned()),
            (ORIGIN, LOAD_START.to_owned()),
            ("shakedown.unit", "ns".to_owned()),
            (
                "shakedown.load_start_unix_ns",
                self.load_start_unix_ns().to_string(),
            ),
        ]
    }
}

/// Seals a folder whose events are complete.
pub fn seal(folder: &Path, origin: &Origin<'_>) -> Result<(), ArchiveError> {
    let mut strings = Strings::default();
    let mut names = Names::new(origin.phases);
    let mut samples = Groups::<Sample>::create(folder, origin)?;
    let mut spans = Groups::create(folder, origin)?;
    let mut points = Groups::create(folder, origin)?;
    let path = folder.join("latency.hlog");
    let unwritten = |why: String| ArchiveError::write(&path, why);
    let file = File::create(&path).map_err(|error| ArchiveError::io(&path, error))?;
    let (mut file, mut serializer) = (BufWriter::new(file), V2Serializer::new());
    let mut latencies = IntervalLog::begin(&mut file, &mut serializer, origin.load_start_unix_ns())
        .map_err(unwritten)?;
    let whole = journal::replay(folder, &mut strings, |rows, strings| {
        names.follow(strings);
        match rows {
            Rows::Samples(rows) => {
                latencies.take(&rows, strings).map_err(unwritten)?;
                samples.append(rows, &names)
            }
            Rows::Spans(rows) => spans.append(rows, &names),
            Rows::Points(rows) => points.append(rows, &names),
        }
    })?;
    let journal = folder.join(journal::FILE);
    if !whole {
        return Err(ArchiveError::corrupt(&journal, "a record is not whole"));
    }
    samples.close(&names)?;
    spans.close(&names)?;
    points.close(&names)?;
    seal_events(folder, origin)?;
    latencies.close(&strings).map_err(unwritten)?;
    file.flush()
        .map_err(|error| ArchiveError::io(&path, error))?;
    fs::remove_file(&journal).map_err(|error| ArchiveError::io(&journal, error))
}

fn seal_events(folder: &Path, origin: &Origin<'_>) -> Result<(), ArchiveError> {
    let path = folder.join(events::FILE);
    let mut file = ColumnWriterFile::create(&path, events::SCHEMA, &origin.stated())?;
    let lines = log::lines(folder, true)?;
    if !lines.is_empty() {
        file.append(&events::to_columns(lines, origin.load_start))?;
    }
    file.close()
}

/// A table that is written in row groups of one size.
struct Groups<R> {
    file: ColumnWriterFile,
    waiting: Vec<R>,
    load_start: Offset,
}

impl<R: Table> Groups<R> {
    fn create(folder: &Path, origin: &Origin<'_>) -> Result<Groups<R>, ArchiveError> {
        let path = folder.join(R::FILE);
        Ok(Groups {
            file: ColumnWriterFile::create(&path, R::SCHEMAS[0], &origin.stated())?,
            waiting: Vec::new(),
            load_start: origin.load_start,
        })
    }

    fn append(&mut self, mut rows: Vec<R>, names: &Names) -> Result<(), ArchiveError> {
        rows.iter_mut().for_each(|row| row.rebase(self.load_start));
        self.waiting.extend(rows);
        while self.waiting.len() >= GROUP_ROWS {
            let group = &self.waiting[..GROUP_ROWS];
            self.file.append(&R::to_columns(group, names))?;
            self.waiting.drain(..GROUP_ROWS);
        }
        Ok(())
    }

    fn close(mut self, names: &Names) -> Result<(), ArchiveError> {
        if !self.waiting.is_empty() {
            self.file.append(&R::to_columns(&self.waiting, names))?;
        }
        self.file.close()
    }
}
