//! What can be wrong with a run folder.

use std::path::{Path, PathBuf};

/// Names the file and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("failed to access {path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "failed to find {path}: this is no run folder, or it has lost the file; name the folder \
         of a run, or run it again"
    )]
    Missing { path: PathBuf },
    #[error("failed to read {path}: {why}; the events.jsonl of the run says how it ended")]
    Corrupt { path: PathBuf, why: String },
    #[error("failed to write {path}: {why}")]
    Write { path: PathBuf, why: String },
    #[error(
        "failed to read {path}: it has format {found} and this version reads {}; \
         use the version of shakedown that made it",
        crate::FORMAT
    )]
    Version { path: PathBuf, found: String },
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
            std::io::ErrorKind::NotFound => ArchiveError::Missing {
                path: path.to_path_buf(),
            },
            _ => ArchiveError::io(path, source),
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
