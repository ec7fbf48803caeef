//! The log files of a run's services.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::error::DeployError;

const TAIL_LINES: usize = 20;

/// Opens a log for appending, so that a restart keeps what was logged before it.
pub fn open(path: &Path) -> Result<File, DeployError> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|source| DeployError::File {
        path: path.into(),
        source,
    })
}

/// The last lines of a log, each on a new indented line; empty when there are none.
pub fn tail(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    last.iter().map(|line| format!("\n  | {line}")).collect()
}
