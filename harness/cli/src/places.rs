//! Folders outside the run folder: what is kept between runs, and what a killed run leaves.
//!
//! Follows the XDG base directories; `SHAKEDOWN_HOME` overrides them. No folder is created here.

use std::path::PathBuf;

/// Data that can be made again, such as seeded databases.
pub fn cache() -> PathBuf {
    home("XDG_CACHE_HOME", ".cache")
}

/// What the user configures for all runs, such as the table of images.
pub fn settings() -> PathBuf {
    home("XDG_CONFIG_HOME", ".config")
}

/// Journals of running guardians, read by `recover`.
pub fn journals() -> PathBuf {
    home("XDG_STATE_HOME", ".local/state").join("journals")
}

fn home(variable: &str, below_home: &str) -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(own) = set("SHAKEDOWN_HOME") {
        return PathBuf::from(own);
    }
    if let Some(base) = set(variable) {
        return PathBuf::from(base).join("shakedown");
    }
    match set("HOME") {
        Some(home) => PathBuf::from(home).join(below_home).join("shakedown"),
        None => std::env::temp_dir().join("shakedown"),
    }
}
