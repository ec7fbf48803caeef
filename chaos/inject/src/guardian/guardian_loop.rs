//! The guardian process: reads its standard input, and cleans up when the harness dies.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::journal::{CleanUpRun, CleanupList, Line, Recovered};
use crate::process::Identity;

/// What the guardian prints once it is listening.
pub const READY: &str = "guardian is listening";

/// How long a failed clean-up is retried: the container engine may be restarting.
const RETRY_LIMIT: Duration = Duration::from_secs(120);
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The body of the guardian process: reads standard input to its end.
///
/// It runs in a session of its own, so that a Ctrl-C meant for the harness does not end it first.
pub fn guardian_main(journal: &Path, clean_up: CleanUpRun) -> io::Result<()> {
    // This fails only for a process-group leader, which a Ctrl-C does not reach either.
    let _ = rustix::process::setsid();
    let mut guardian = GuardianLoop::open(journal, clean_up)?;
    writeln!(io::stdout(), "{READY}")?;
    guardian.run(io::stdin().lock());
    Ok(())
}

/// What must be undone, in memory and in the journal.
struct GuardianLoop<'a> {
    path: &'a Path,
    journal: File,
    list: CleanupList,
    clean_up: CleanUpRun,
}

impl<'a> GuardianLoop<'a> {
    fn open(path: &'a Path, clean_up: CleanUpRun) -> io::Result<GuardianLoop<'a>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let journal = OpenOptions::new().create(true).append(true).open(path)?;
        let mut guardian = GuardianLoop {
            path,
            journal,
            list: CleanupList::default(),
            clean_up,
        };
        if let Some(me) = Identity::of(std::process::id()) {
            guardian.write(&Line::Guardian(me));
        }
        Ok(guardian)
    }

    /// Returns when the harness has said that it is done, or has died and everything is undone.
    fn run(&mut self, input: impl BufRead) {
        for text in input.lines() {
            let Ok(text) = text else { break };
            if let Some(line) = Line::parse(&text) {
                self.write(&line);
                self.list.apply(line);
            }
            if self.list.done {
                break;
            }
        }
        let mut recovered = Recovered::default();
        let since = Instant::now();
        while !self.list.done && !self.list.undo(self.clean_up, &mut recovered) {
            if since.elapsed() > RETRY_LIMIT {
                // The journal stays, so `recover` can try again.
                return;
            }
            sleep(RETRY_PAUSE);
        }
        // A journal that cannot be removed is harmless: `recover` finds everything undone.
        let _ = std::fs::remove_file(self.path);
    }

    /// A failed write is ignored: a full disk must not stop the guardian from cleaning up.
    fn write(&mut self, line: &Line) {
        let _ = writeln!(self.journal, "{line}").and_then(|()| self.journal.sync_data());
    }
}
