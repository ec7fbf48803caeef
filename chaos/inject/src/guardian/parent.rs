//! The harness's end of the pipe.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::guardian_loop::READY;
use super::journal::Line;
use crate::process::Identity;

/// The messages complete "failed to ...".
#[derive(Debug, thiserror::Error)]
pub enum GuardianError {
    /// The binary could not be run.
    #[error("start the guardian: {0}")]
    Start(io::Error),
    /// It ended, or closed its output, before it listened.
    #[error("hear from the guardian that it is listening")]
    NotListening,
    /// There is no process with this pid.
    #[error("find process {0} to watch")]
    NoProcess(u32),
    /// It has ended, so nothing is undone if the harness dies now.
    #[error("reach the guardian: {0}")]
    Gone(io::Error),
}

/// A running guardian. Dropped without [`done`](Guardian::done), it undoes everything.
#[derive(Debug)]
pub struct Guardian {
    child: Child,
    pipe: Mutex<ChildStdin>,
}

impl Guardian {
    /// Runs `exe guardian JOURNAL` and waits until it listens.
    pub fn start(exe: &Path, journal: &Path) -> Result<Guardian, GuardianError> {
        let mut command = Command::new(exe);
        command.arg("guardian").arg(journal);
        Guardian::start_as(command)
    }

    /// As [`start`](Guardian::start) with a command whose process calls
    /// [`guardian_main`](super::guardian_main).
    pub fn start_as(mut command: Command) -> Result<Guardian, GuardianError> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(GuardianError::Start)?;
        let (Some(pipe), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(GuardianError::NotListening);
        };
        let listening = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.ends_with(READY));
        if !listening {
            drop(pipe);
            let _ = child.wait();
            return Err(GuardianError::NotListening);
        }
        let pipe = Mutex::new(pipe);
        Ok(Guardian { child, pipe })
    }

    /// Ends this process if the harness dies; `name` says what it runs.
    pub fn watch(&self, name: &str, pid: u32) -> Result<(), GuardianError> {
        let who = Identity::of(pid).ok_or(GuardianError::NoProcess(pid))?;
        self.send(&Line::Watch(who, name.to_owned()))
    }

    /// Ends [`watch`](Guardian::watch): the pid may belong to another process from now on.
    pub fn forget(&self, pid: u32) -> Result<(), GuardianError> {
        self.send(&Line::Forget(pid))
    }

    /// Removes this folder (an absolute path) if the harness dies.
    pub fn remove_dir(&self, path: &Path) -> Result<(), GuardianError> {
        self.send(&Line::RemoveDir(path.to_path_buf()))
    }

    /// Removes what a container engine keeps of this run if the harness dies.
    pub fn clean_up(&self, run: &str) -> Result<(), GuardianError> {
        self.send(&Line::CleanUp(run.to_owned()))
    }

    /// Ends the guardian: the harness has cleaned up itself and nothing is to be undone.
    pub fn done(mut self) -> Result<(), GuardianError> {
        self.send(&Line::Done)?;
        self.child.wait().map_err(GuardianError::Gone)?;
        Ok(())
    }

    fn send(&self, line: &Line) -> Result<(), GuardianError> {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipe, "{line}").map_err(GuardianError::Gone)
    }
}
