//! Cleans up after a harness that was killed.
//!
//! A guardian is a second process that holds the other end of a pipe. When the pipe closes and the
//! harness has not said that it is done, the harness has died: the guardian thaws and ends every
//! process on its list, removes what the container engine keeps of the run, and removes folders. It
//! also keeps a journal, so that [`recover`] can do the same after the guardian itself was killed.
//! It must not know what the processes are for.

mod guardian_loop;
mod journal;
mod parent;

pub use guardian_loop::guardian_main;
pub use journal::{CleanUpRun, KilledProcess, Recovered, recover};
pub use parent::{Guardian, GuardianError};
