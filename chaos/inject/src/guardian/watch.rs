//! The guardian's own life: listen, and act when the voice falls silent.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::journal::{Charge, Line, Recovered, Sweep};
use crate::process::Identity;

/// What the guardian says on its standard output once it is listening.
pub const READY: &str = "guardian is listening";

/// An engine that cannot be reached may be on its way back.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// The body of the guardian process: reads standard input to its end.
///
/// It runs in a session of its own, so that a Ctrl-C meant for the harness does not end it first.
pub fn guardian_main(journal: &Path, sweep: Sweep) -> io::Result<()> {
    // It fails only for a process that leads a group already, which a Ctrl-C does not reach either.
    let _ = rustix::process::setsid();
    let mut keeper = Keeper::open(journal, sweep)?;
    writeln!(io::stdout(), "{READY}")?;
    keeper.listen(io::stdin().lock());
    Ok(())
}

/// The charge and its journal.
pub struct Keeper<'a> {
    path: &'a Path,
    journal: File,
    charge: Charge,
    sweep: Sweep,
}

impl<'a> Keeper<'a> {
    pub fn open(path: &'a Path, sweep: Sweep) -> io::Result<Keeper<'a>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let journal = OpenOptions::new().create(true).append(true).open(path)?;
        let mut keeper = Keeper {
            path,
            journal,
            charge: Charge::default(),
            sweep,
        };
        if let Some(me) = Identity::of(std::process::id()) {
            keeper.write(&Line::Guardian(me));
        }
        Ok(keeper)
    }

    /// Returns when the harness has said its farewell, or has died and everything is undone.
    pub fn listen(&mut self, input: impl BufRead) -> Recovered {
        for text in input.lines() {
            let Ok(text) = text else { break };
            if let Some(line) = Line::parse(&text) {
                self.write(&line);
                self.charge.hear(line);
            }
            if self.charge.done {
                break;
            }
        }
        let mut recovered = Recovered::default();
        let since = Instant::now();
        while !self.charge.done && !self.charge.undo(self.sweep, &mut recovered) {
            if since.elapsed() > PATIENCE {
                // What is left is in the journal, for recover.
                return recovered;
            }
            sleep(PAUSE);
        }
        // Whatever it lists is undone; a journal that stays is only read once more by recover.
        let _ = std::fs::remove_file(self.path);
        recovered
    }

    /// A full disk must not keep the guardian from its duty, so a failed write is let go.
    fn write(&mut self, line: &Line) {
        let _ = writeln!(self.journal, "{line}").and_then(|()| self.journal.sync_data());
    }
}
