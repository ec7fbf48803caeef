//! `events.jsonl`: one event a line, as it was written before it was acted upon.
//!
//! Owns the reading of the file, which may break off in the middle of a line. It must not know what
//! an event means.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::ArchiveError;

/// The file's name in the run folder.
pub const FILE: &str = "events.jsonl";

/// The lines of the file. The last line of a run that is not sealed may be there in part.
pub fn lines<T: DeserializeOwned>(folder: &Path, sealed: bool) -> Result<Vec<T>, ArchiveError> {
    let path = folder.join(FILE);
    let mut bytes = fs::read(&path).map_err(|error| ArchiveError::open(&path, error))?;
    if !sealed {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(whole.map_or(0, |end| end + 1));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| ArchiveError::corrupt(&path, error))?;
    let line = |(index, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| ArchiveError::corrupt(&path, format!("line {}: {error}", index + 1)))
    };
    text.lines().enumerate().map(line).collect()
}
