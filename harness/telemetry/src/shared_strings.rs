//! The names of everything received, interned once for all collectors of a run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness_model::Strings;

pub type SharedStrings = Arc<Mutex<Strings>>;

pub fn lock(strings: &SharedStrings) -> MutexGuard<'_, Strings> {
    strings.lock().unwrap_or_else(PoisonError::into_inner)
}
