//! `tables.journal`: the rows of a run that is not sealed yet, in the order in which they came.
//!
//! A parquet file cannot be read before its footer is written, so rows go here first and are moved
//! into tables when the run is sealed. Every record carries its length and a checksum: whatever a
//! killed harness has written in part is skipped. It must not know columns.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use bytes::{Buf, BufMut};
use harness_model::metric::MetricPoint;
use harness_model::{Sample, Span, Strings};

use crate::append::append;
use crate::error::ArchiveError;
use crate::rows::{Row, take_all};

/// The journal's name in the run folder.
pub const FILE: &str = "tables.journal";

/// First bytes of every journal: what it is, and the version of its format.
const HEAD: &[u8; 8] = b"shakejr1";
/// Of a record: kind (1 byte), length and checksum of the payload (4 bytes each).
const RECORD_HEAD: usize = 9;
/// The payload is a list of names: length (4 bytes) and text. They continue the table of names.
const NAMES: u8 = 1;
/// Rows of a record: keeps a record small enough to be held as a whole.
const RECORD_ROWS: usize = 8192;

/// A journal that grows.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// How many names of the run's table are in the journal. The empty name needs no record.
    named: usize,
}

impl Journal {
    /// Creates an empty journal in a run folder.
    pub fn create(folder: &Path) -> Result<Journal, ArchiveError> {
        let path = folder.join(FILE);
        let mut file = File::create(&path).map_err(|error| ArchiveError::io(&path, error))?;
        file.write_all(HEAD)
            .map_err(|error| ArchiveError::io(&path, error))?;
        Ok(Journal {
            path,
            file,
            named: 1,
        })
    }

    /// Appends rows and the names that are new since the last call; both are with the kernel when
    /// this returns. `names` must be the same growing table in every call.
    pub fn append<R: Row>(&mut self, rows: &[R], names: &Strings) -> Result<(), ArchiveError> {
        let mut bytes = Vec::new();
        if names.len() > self.named {
            record(&mut bytes, NAMES, |to| {
                for (_, name) in names.iter().skip(self.named) {
                    to.put_u32_le(u32::try_from(name.len()).unwrap_or(u32::MAX));
                    to.put_slice(name.as_bytes());
                }
            });
        }
        for rows in rows.chunks(RECORD_ROWS) {
            record(&mut bytes, R::KIND, |to| {
                rows.iter().for_each(|row| row.put(to));
            });
        }
        append(&mut self.file, &bytes).map_err(|error| ArchiveError::io(&self.path, error))?;
        self.named = names.len();
        Ok(())
    }
}

fn record(to: &mut Vec<u8>, kind: u8, payload: impl FnOnce(&mut Vec<u8>)) {
    let begin = to.len();
    to.put_bytes(0, RECORD_HEAD);
    payload(to);
    let (length, checksum) = {
        let payload = &to[begin + RECORD_HEAD..];
        (payload.len(), crc32fast::hash(payload))
    };
    let mut head = &mut to[begin..begin + RECORD_HEAD];
    head.put_u8(kind);
    head.put_u32_le(u32::try_from(length).unwrap_or(u32::MAX));
    head.put_u32_le(checksum);
}

/// Rows of one record.
pub enum Rows {
    Samples(Vec<Sample>),
    Spans(Vec<Span>),
    Points(Vec<MetricPoint>),
}

/// Hands every whole record to `take`, in order; `names` holds the names of its rows by then.
/// Reading ends at the first record that is not whole, because the harness was killed there, and
/// the answer is `false` then.
pub fn replay(
    folder: &Path,
    names: &mut Strings,
    mut take: impl FnMut(Rows, &Strings) -> Result<(), ArchiveError>,
) -> Result<bool, ArchiveError> {
    let path = folder.join(FILE);
    let file = File::open(&path).map_err(|error| ArchiveError::open(&path, error))?;
    let mut records = Records::open(file).map_err(|error| ArchiveError::io(&path, error))?;
    if !records.are_ours {
        return Err(ArchiveError::corrupt(&path, "it is no journal of a run"));
    }
    while let Some((kind, payload)) = records
        .next()
        .map_err(|error| ArchiveError::io(&path, error))?
    {
        let unknown = || ArchiveError::corrupt(&path, "a record holds what no run writes");
        let rows = match kind {
            NAMES => {
                intern(payload, names).ok_or_else(unknown)?;
                continue;
            }
            Sample::KIND => take_all(payload).map(Rows::Samples),
            Span::KIND => take_all(payload).map(Rows::Spans),
            MetricPoint::KIND => take_all(payload).map(Rows::Points),
            _ => None,
        };
        take(rows.ok_or_else(unknown)?, names)?;
    }
    Ok(records.ended)
}

fn intern(mut payload: &[u8], names: &mut Strings) -> Option<()> {
    while !payload.is_empty() {
        let length = payload.try_get_u32_le().ok()? as usize;
        let (name, rest) = payload.split_at_checked(length)?;
        names.intern(std::str::from_utf8(name).ok()?);
        payload = rest;
    }
    Some(())
}

/// The records of a journal as it was when it was opened; it may still grow.
struct Records {
    file: BufReader<File>,
    left: u64,
    payload: Vec<u8>,
    are_ours: bool,
    /// The last record was whole.
    ended: bool,
}

impl Records {
    fn open(file: File) -> io::Result<Records> {
        let left = file.metadata()?.len();
        let mut records = Records {
            file: BufReader::with_capacity(1 << 20, file),
            left,
            payload: Vec::new(),
            are_ours: false,
            ended: false,
        };
        records.are_ours = records.fill(HEAD.len())? && records.payload == HEAD;
        Ok(records)
    }

    /// Kind and payload of the next record; `None` after the last whole one.
    fn next(&mut self) -> io::Result<Option<(u8, &[u8])>> {
        self.ended = self.left == 0;
        if !self.fill(RECORD_HEAD)? {
            return Ok(None);
        }
        let mut head = self.payload.as_slice();
        let (kind, length, checksum) = (head.get_u8(), head.get_u32_le(), head.get_u32_le());
        let whole = self.fill(length as usize)? && crc32fast::hash(&self.payload) == checksum;
        Ok(whole.then_some((kind, self.payload.as_slice())))
    }

    /// Reads so many bytes; `false` where the file has fewer left.
    fn fill(&mut self, length: usize) -> io::Result<bool> {
        let Some(left) = self.left.checked_sub(length as u64) else {
            return Ok(false);
        };
        self.left = left;
        self.payload.resize(length, 0);
        self.file.read_exact(&mut self.payload)?;
        Ok(true)
    }
}
