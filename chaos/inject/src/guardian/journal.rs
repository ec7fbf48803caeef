//! What must be undone: the lines of the pipe and of the journal, and how they are acted on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::Identity;

/// File extension of a journal.
const EXTENSION: &str = "journal";

/// A process may fork while others are ended, and takes a moment to die.
const MARKED_ROUNDS: usize = 100;
const MARKED_PAUSE: Duration = Duration::from_millis(10);

/// Removes what a container engine keeps of a run; returns the names of what it removed, and
/// whether nothing is left. Passed in, because the guardian knows no engine.
pub type CleanUpRun = fn(&str) -> (Vec<String>, bool);

/// One line from the harness to its guardian; the journal holds the same lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// First line of a journal: the guardian that writes it.
    Guardian(Identity),
    /// A process to end, and the name of the instance (or of the worker) that it runs.
    Watch(Identity, String),
    Forget(u32),
    RemoveDir(PathBuf),
    /// Everything that a container engine keeps under the name of this run.
    CleanUp(String),
    Done,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Guardian(who) => write!(f, "guardian {} {}", who.pid, who.start_time),
            Line::Watch(who, name) => write!(f, "watch {} {} {name}", who.pid, who.start_time),
            Line::Forget(pid) => write!(f, "forget {pid}"),
            Line::RemoveDir(path) => write!(f, "remove-dir {}", path.display()),
            Line::CleanUp(run) => write!(f, "sweep {run}"),
            Line::Done => write!(f, "done"),
        }
    }
}

impl Line {
    /// `None` for an invalid line, for example one that was cut short.
    pub fn parse(text: &str) -> Option<Line> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "guardian" => {
                let (pid, start_time) = rest.split_once(' ')?;
                process(pid, start_time).map(Line::Guardian)
            }
            "watch" => {
                // Older journals state no name.
                let mut parts = rest.splitn(3, ' ');
                let (pid, start_time) = (parts.next()?, parts.next()?);
                let name = parts.next().unwrap_or_default().to_owned();
                Some(Line::Watch(process(pid, start_time)?, name))
            }
            "forget" => rest.parse().ok().map(Line::Forget),
            "remove-dir" => Some(PathBuf::from(rest))
                // The harness never makes a relative folder or the root.
                .filter(|path| path.is_absolute() && path.parent().is_some())
                .map(Line::RemoveDir),
            "sweep" if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
                Some(Line::CleanUp(rest.into()))
            }
            "done" => Some(Line::Done),
            _ => None,
        }
    }
}

fn process(pid: &str, start_time: &str) -> Option<Identity> {
    Some(Identity {
        pid: pid.parse().ok()?,
        start_time: start_time.parse().ok()?,
    })
}

/// What must be undone if the harness dies now.
#[derive(Debug, Default)]
pub struct CleanupList {
    guardian: Option<Identity>,
    watched: BTreeMap<Identity, String>,
    folders: BTreeSet<PathBuf>,
    runs: BTreeSet<String>,
    pub done: bool,
}

impl CleanupList {
    /// Takes in one line; lines must come in the order in which they were written.
    pub fn apply(&mut self, line: Line) {
        match line {
            Line::Guardian(who) => self.guardian = Some(who),
            Line::Watch(who, name) => {
                self.watched.insert(who, name);
            }
            Line::Forget(pid) => self.watched.retain(|who, _| who.pid != pid),
            Line::RemoveDir(path) => {
                self.folders.insert(path);
            }
            Line::CleanUp(run) => {
                self.runs.insert(run);
            }
            Line::Done => self.done = true,
        }
    }

    /// Undoes everything; false when some of it failed and should be tried again. Folders go last:
    /// a container may still write to them.
    pub fn undo(&self, clean_up: CleanUpRun, recovered: &mut Recovered) -> bool {
        for (who, name) in &self.watched {
            if who.end() {
                let (name, pid) = (name.clone(), who.pid);
                recovered.killed.push(KilledProcess { name, pid });
            }
        }
        let mut complete = true;
        for run in &self.runs {
            let (removed, clean) = clean_up(run);
            recovered.engine_objects.extend(removed);
            complete &= clean;
        }
        for folder in &self.folders {
            complete &= end_marked(folder, recovered);
            if std::fs::remove_dir_all(folder).is_ok() {
                recovered.removed.push(folder.clone());
            }
        }
        complete
    }
}

/// Kills what carries this folder in its mark: processes behind a wrapper, or in sessions of their
/// own, that nobody watched. False when some are left.
fn end_marked(folder: &Path, recovered: &mut Recovered) -> bool {
    for _ in 0..MARKED_ROUNDS {
        let marked = harness_process::of_run(folder);
        if marked.is_empty() {
            return true;
        }
        for (who, name) in marked {
            if who.end() {
                let pid = who.pid;
                recovered.killed.push(KilledProcess { name, pid });
            }
        }
        std::thread::sleep(MARKED_PAUSE);
    }
    harness_process::of_run(folder).is_empty()
}

/// A process that was still running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KilledProcess {
    /// Of the instance that it ran; empty in older journals.
    pub name: String,
    pub pid: u32,
}

/// What was undone.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    pub killed: Vec<KilledProcess>,
    pub removed: Vec<PathBuf>,
    /// Names of containers, networks and volumes that were removed.
    pub engine_objects: Vec<String>,
    /// Journals that stay, because the engine was out of reach or a removal failed.
    pub unfinished: Vec<PathBuf>,
    /// Journals whose guardian is alive: their runs still go on and are left alone.
    pub still_running: usize,
}

/// Undoes what the journals in a folder list, and removes those journals.
pub fn recover(folder: &Path, clean_up: CleanUpRun) -> io::Result<Recovered> {
    let mut recovered = Recovered::default();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(recovered),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != EXTENSION)
        {
            continue;
        }
        let mut list = CleanupList::default();
        let text = std::fs::read_to_string(&path)?;
        text.lines()
            .filter_map(Line::parse)
            .for_each(|line| list.apply(line));
        if list.guardian.is_some_and(Identity::is_alive) {
            recovered.still_running += 1;
            continue;
        }
        if list.done || list.undo(clean_up, &mut recovered) {
            std::fs::remove_file(&path)?;
        } else {
            recovered.unfinished.push(path);
        }
    }
    Ok(recovered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_lines_survive_a_round_trip_and_invalid_ones_are_ignored() {
        let who = Identity {
            pid: 7,
            start_time: 99,
        };
        for line in [
            Line::Guardian(who),
            Line::Watch(who, "cart-2".into()),
            Line::Watch(who, String::new()),
            Line::Forget(7),
            Line::RemoveDir("/tmp/a folder".into()),
            Line::CleanUp("shakedown-7-99".into()),
            Line::Done,
        ] {
            assert_eq!(Line::parse(&line.to_string()), Some(line));
        }
        let older = Line::parse("watch 7 99");
        assert_eq!(older, Some(Line::Watch(who, String::new())));
        for invalid in [
            "watch 7",
            "watch 7 x cart",
            "remove-dir /",
            "remove-dir tmp",
            "remove-dir ",
            "kill 1",
            "sweep ",
            "sweep a b",
            "",
        ] {
            assert_eq!(Line::parse(invalid), None, "{invalid}");
        }
    }
}
