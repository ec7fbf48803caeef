//! What can be wrong with a run folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::FORMAT;

/// Why a run folder cannot be read or written. The message names the file and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The folder was not made by a run.
    #[error("{folder} is not the folder of a run: {why}; name one such as runs/quickstart-1")]
    NoRun { folder: PathBuf, why: &'static str },
    /// A file that every run has is not there.
    #[error("failed to find {path}: the run has lost this file; run it again")]
    Missing { path: PathBuf },
    /// The operating system refused.
    #[error("failed to access {path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A file holds what no run of this format writes.
    #[error(
        "failed to read {path}: {why}; if the file is damaged, run it again: the events.jsonl of \
         the run says how it ended"
    )]
    Corrupt { path: PathBuf, why: String },
    /// A file could not be read, and another version of shakedown wrote it.
    #[error(
        "failed to read {path}: {why}; shakedown {tool} wrote it in format {found}, and this \
         version reads {FORMAT}: use shakedown {tool} to report this run, or run it again"
    )]
    OtherFormat {
        path: PathBuf,
        why: String,
        found: String,
        tool: String,
    },
    /// The folder belongs to another run, or to something else.
    #[error("failed to write {folder}: {what}; choose another folder with --out")]
    Taken { folder: PathBuf, what: &'static str },
    /// A file could not be written in full.
    #[error("failed to write {path}: {why}")]
    Write { path: PathBuf, why: String },
}

impl ArchiveError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> ArchiveError {
        ArchiveError::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    /// As [`io`](Self::io) for a file that every run has.
    pub(crate) fn open(path: &Path, source: std::io::Error) -> ArchiveError {
        match source.kind() {
            ErrorKind::NotFound => ArchiveError::Missing {
                path: path.to_path_buf(),
            },
            _ => ArchiveError::io(path, source),
        }
    }

    pub(crate) fn no_run(folder: &Path, why: &'static str) -> ArchiveError {
        ArchiveError::NoRun {
            folder: folder.to_path_buf(),
            why,
        }
    }

    pub(crate) fn corrupt(path: &Path, why: impl ToString) -> ArchiveError {
        ArchiveError::Corrupt {
            path: path.to_path_buf(),
            why: why.to_string(),
        }
    }

    pub(crate) fn write(path: &Path, why: impl ToString) -> ArchiveError {
        ArchiveError::Write {
            path: path.to_path_buf(),
            why: why.to_string(),
        }
    }
}
