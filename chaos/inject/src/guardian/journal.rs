//! What is to be undone: the lines of the pipe and of the journal, and how to act on them.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::process::Identity;

/// The name of a journal ends so.
const EXTENSION: &str = "journal";

/// Removes what a container engine keeps of a run; says what that was, and whether nothing is left
/// now. Handed in, because the guardian knows no engine.
pub type Sweep = fn(&str) -> (Vec<String>, bool);

/// One line from the harness to its guardian; the journal holds the same lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// First line of a journal: the guardian that keeps it.
    Guardian(Identity),
    Watch(Identity),
    Forget(u32),
    RemoveDir(PathBuf),
    /// What a container engine keeps under the name of this run.
    Sweep(String),
    Done,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Guardian(who) => write!(f, "guardian {} {}", who.pid, who.start_time),
            Line::Watch(who) => write!(f, "watch {} {}", who.pid, who.start_time),
            Line::Forget(pid) => write!(f, "forget {pid}"),
            Line::RemoveDir(path) => write!(f, "remove-dir {}", path.display()),
            Line::Sweep(run) => write!(f, "sweep {run}"),
            Line::Done => write!(f, "done"),
        }
    }
}

impl Line {
    /// `None` for a line that means nothing, for example one that was cut short.
    pub fn parse(text: &str) -> Option<Line> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "guardian" => identity(rest).map(Line::Guardian),
            "watch" => identity(rest).map(Line::Watch),
            "forget" => rest.parse().ok().map(Line::Forget),
            "remove-dir" => Some(PathBuf::from(rest))
                // Neither a relative path nor the root can be what the harness made.
                .filter(|path| path.is_absolute() && path.parent().is_some())
                .map(Line::RemoveDir),
            "sweep" if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
                Some(Line::Sweep(rest.into()))
            }
            "done" => Some(Line::Done),
            _ => None,
        }
    }
}

fn identity(text: &str) -> Option<Identity> {
    let (pid, start_time) = text.split_once(' ')?;
    Some(Identity {
        pid: pid.parse().ok()?,
        start_time: start_time.parse().ok()?,
    })
}

/// What would have to be undone at this moment.
#[derive(Debug, Default)]
pub struct Charge {
    guardian: Option<Identity>,
    watched: BTreeSet<Identity>,
    folders: BTreeSet<PathBuf>,
    runs: BTreeSet<String>,
    pub done: bool,
}

impl Charge {
    pub fn hear(&mut self, line: Line) {
        match line {
            Line::Guardian(who) => self.guardian = Some(who),
            Line::Watch(who) => {
                self.watched.insert(who);
            }
            Line::Forget(pid) => self.watched.retain(|who| who.pid != pid),
            Line::RemoveDir(path) => {
                self.folders.insert(path);
            }
            Line::Sweep(run) => {
                self.runs.insert(run);
            }
            Line::Done => self.done = true,
        }
    }

    /// Whether everything is undone now; if not, it may be tried again. Folders go last: a
    /// container may still write to them.
    pub fn undo(&self, sweep: Sweep, recovered: &mut Recovered) -> bool {
        for who in &self.watched {
            if who.end() {
                recovered.killed.push(who.pid);
            }
        }
        let mut whole = true;
        for run in &self.runs {
            let (swept, clean) = sweep(run);
            recovered.swept.extend(swept);
            whole &= clean;
        }
        for folder in &self.folders {
            if std::fs::remove_dir_all(folder).is_ok() {
                recovered.removed.push(folder.clone());
            }
        }
        whole
    }
}

/// What was undone.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    pub killed: Vec<u32>,
    pub removed: Vec<PathBuf>,
    /// Names of containers and networks.
    pub swept: Vec<String>,
    /// Journals that stay, because the engine could not be asked or did not do as it was told.
    pub unfinished: Vec<PathBuf>,
    /// Journals whose guardian lives: runs that are still on, left alone.
    pub still_running: usize,
}

/// Undoes what the journals in a folder say was left behind, and removes those journals.
pub fn recover(folder: &Path, sweep: Sweep) -> io::Result<Recovered> {
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
        let mut charge = Charge::default();
        let text = std::fs::read_to_string(&path)?;
        text.lines()
            .filter_map(Line::parse)
            .for_each(|line| charge.hear(line));
        if charge.guardian.is_some_and(Identity::is_alive) {
            recovered.still_running += 1;
            continue;
        }
        if charge.done || charge.undo(sweep, &mut recovered) {
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
    fn lines_survive_the_journal_and_nonsense_is_not_obeyed() {
        let who = Identity {
            pid: 7,
            start_time: 99,
        };
        for line in [
            Line::Guardian(who),
            Line::Watch(who),
            Line::Forget(7),
            Line::RemoveDir("/tmp/a folder".into()),
            Line::Sweep("shakedown-7-99".into()),
            Line::Done,
        ] {
            assert_eq!(Line::parse(&line.to_string()), Some(line));
        }
        for nonsense in [
            "watch 7",
            "remove-dir /",
            "remove-dir tmp",
            "remove-dir ",
            "kill 1",
            "sweep ",
            "sweep a b",
            "",
        ] {
            assert_eq!(Line::parse(nonsense), None, "{nonsense}");
        }
    }
}
