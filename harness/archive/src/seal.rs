//! Sealing: from the journal of a run to its tables and its interval log.
//!
//! The journal goes last, so a harness that is killed meanwhile leaves a folder that can be read.
//! It must not know who wrote the journal.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use harness_model::{Sample, Strings};

use crate::columns::ColumnWriterFile;
use crate::error::ArchiveError;
use crate::hlog::IntervalLog;
use crate::journal::{self, Rows};
use crate::tables::{Names, Table};

/// Rows of a row group: small enough to hold, large enough to compress.
const GROUP_ROWS: usize = 65_536;

/// Seals a folder whose events are complete.
pub fn seal(folder: &Path, load_start_unix_ns: i64) -> Result<(), ArchiveError> {
    let mut strings = Strings::default();
    let mut names = Names::default();
    let mut samples = Groups::<Sample>::create(folder)?;
    let mut spans = Groups::create(folder)?;
    let mut points = Groups::create(folder)?;
    let mut latencies = IntervalLog::default();
    let whole = journal::replay(folder, &mut strings, |rows, strings| {
        names.follow(strings);
        match rows {
            Rows::Samples(rows) => {
                latencies.take(&rows);
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
    write_log(
        &folder.join("latency.hlog"),
        latencies,
        &strings,
        load_start_unix_ns,
    )?;
    fs::remove_file(&journal).map_err(|error| ArchiveError::io(&journal, error))
}

fn write_log(
    path: &Path,
    log: IntervalLog,
    strings: &Strings,
    load_start_unix_ns: i64,
) -> Result<(), ArchiveError> {
    let file = File::create(path).map_err(|error| ArchiveError::io(path, error))?;
    let mut out = BufWriter::new(file);
    log.write(&mut out, strings, load_start_unix_ns)
        .map_err(|why| ArchiveError::write(path, why))?;
    out.flush().map_err(|error| ArchiveError::io(path, error))
}

/// A table that is written in row groups of one size.
struct Groups<R> {
    file: ColumnWriterFile,
    waiting: Vec<R>,
}

impl<R: Table> Groups<R> {
    fn create(folder: &Path) -> Result<Groups<R>, ArchiveError> {
        Ok(Groups {
            file: ColumnWriterFile::create(&folder.join(R::FILE), R::SCHEMAS[0])?,
            waiting: Vec::new(),
        })
    }

    fn append(&mut self, rows: Vec<R>, names: &Names) -> Result<(), ArchiveError> {
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
