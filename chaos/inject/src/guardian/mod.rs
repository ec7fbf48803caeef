//! Undoes what a dead harness cannot.
//!
//! A guardian is a second process that holds the other end of a pipe. When the pipe closes without
//! a farewell, the harness has died: the guardian thaws and ends every process it watches, sweeps
//! the containers and removes the folders it was told of. It also keeps a journal, so that
//! [`recover`] can do the same after the guardian itself was killed. It must not know what the
//! processes are for.

mod journal;
mod parent;
mod watch;

pub use journal::{Recovered, Sweep, recover};
pub use parent::{Guardian, GuardianError};
pub use watch::guardian_main;
