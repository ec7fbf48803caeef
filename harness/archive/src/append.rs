//! Appending to a file whole or not at all, also on a disk that is full.
//!
//! It must not know what is appended.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::ArchiveError;

/// Enough for the events that say how a run ended.
const RESERVE_BYTES: usize = 64 * 1024;

/// Appends at the end of the file. On an error nothing of it is there, so that what was written
/// before stays readable and more can follow.
///
/// # Errors
/// Those of the file.
pub fn append(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    let end = file.stream_position()?;
    let written = file.write_all(bytes);
    if written.is_err() {
        // The first error is the one to report.
        let _ = file.set_len(end);
        let _ = file.seek(SeekFrom::Start(end));
    }
    written
}

/// A file that takes up room until it is needed for something more important.
#[derive(Debug)]
pub struct Reserve {
    path: PathBuf,
    held: bool,
}

impl Reserve {
    /// Takes up the room.
    ///
    /// # Errors
    /// When there is not even that much.
    pub fn create(folder: &Path) -> Result<Reserve, ArchiveError> {
        let path = folder.join("reserve");
        // Zeros could be stored without taking up any room.
        let bytes: Vec<u8> = (0..RESERVE_BYTES).map(|at| (at * 31 % 251) as u8).collect();
        fs::write(&path, bytes).map_err(|error| ArchiveError::io(&path, error))?;
        Ok(Reserve { path, held: true })
    }

    /// Gives the room back; false when that was done before.
    pub fn release(&mut self) -> bool {
        // It may be gone with its folder.
        let _ = fs::remove_file(&self.path);
        std::mem::replace(&mut self.held, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::create(folder.path()).unwrap();
        assert!(folder.path().join("reserve").is_file());
        assert!(reserve.release() && !reserve.release());
        assert!(!folder.path().join("reserve").exists());
    }
}
