//! The names of everything received, interned once for all collectors of a run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness_model::Strings;

/// Grows only: a handle stays valid for the whole run.
pub type SharedStrings = Arc<Mutex<Strings>>;

/// The table, also after another thread has panicked while it held the lock: interning leaves it
/// whole.
pub fn lock(strings: &SharedStrings) -> MutexGuard<'_, Strings> {
    strings.lock().unwrap_or_else(PoisonError::into_inner)
}
