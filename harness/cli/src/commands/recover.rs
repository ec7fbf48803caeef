//! `shakedown recover`: undo what a dead run left behind, from its guardian's journal.

use chaos_inject::{KilledProcess, Recovered};
use harness_model::ExitCode;

use crate::failure::Failure;
use crate::places;
use crate::say;

/// Ends and removes what the journals of dead guardians list, and prints each. Returns
/// [`ExitCode::TargetDown`] when some of it is still there.
///
/// # Errors
/// When the journals cannot be read.
pub fn recover() -> Result<ExitCode, Failure> {
    let folder = places::journals();
    if !folder.exists() {
        say::line(format_args!(
            "nothing to recover: no run has left a journal in {}",
            folder.display()
        ));
        return Ok(ExitCode::Pass);
    }
    let recovered = chaos_inject::recover(&folder, harness_deploy::clean_up).map_err(|error| {
        Failure::bug(&format!("read the journals in {}", folder.display()), error)
    })?;
    for KilledProcess { name, pid } in &recovered.killed {
        match name.is_empty() {
            true => say::line(format_args!("ended process {pid}")),
            false => say::line(format_args!("ended {name} (process {pid})")),
        }
    }
    for path in &recovered.removed {
        say::line(format_args!("removed {}", path.display()));
    }
    for name in &recovered.engine_objects {
        say::line(format_args!("removed {name}"));
    }
    for journal in &recovered.unfinished {
        say::line(format_args!(
            "not all of {} could be undone: make sure that the Docker engine runs, and repeat this",
            journal.display()
        ));
    }
    if recovered.still_running > 0 {
        say::line(format_args!(
            "runs left alone, because their guardians are alive: {} (a run that has just been \
             killed is cleaned up within seconds)",
            recovered.still_running
        ));
    }
    let Recovered {
        killed,
        removed,
        engine_objects,
        unfinished,
        ..
    } = &recovered;
    if !unfinished.is_empty() {
        return Ok(ExitCode::TargetDown);
    }
    if killed.is_empty() && removed.is_empty() && engine_objects.is_empty() {
        say::line("nothing was left behind");
    }
    Ok(ExitCode::Pass)
}
