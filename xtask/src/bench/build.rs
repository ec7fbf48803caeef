//! What a build from nothing costs: a newcomer's first minutes.
//!
//! Downloads are done before and not counted. CPU time is that of all compilers, linkers and build
//! scripts, so it compares better between machines with other work than wall time does.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use toml::Table;

/// What a newcomer types first.
pub const RELEASE: [&str; 2] = ["build", "--release"];
/// What a newcomer types second, without running it.
pub const TESTS: [&str; 3] = ["test", "--workspace", "--no-run"];

/// Linux counts the CPU time of processes in this many ticks a second.
const TICKS_A_SECOND: f64 = 100.0;

/// What one build took.
pub struct Cost {
    pub wall_seconds: f64,
    pub cpu_seconds: f64,
    /// Packages of the lock file, those for other platforms included.
    pub locked: usize,
    /// Packages of which something was compiled.
    pub built: usize,
}

/// Builds the workspace in a folder that is empty before and gone after.
pub fn cost(root: &Path, words: &[&str], target: &Path) -> Result<Cost, String> {
    let folder = Emptied::new(target)?;
    let fetched = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["fetch", "--quiet"])
        .status();
    if !fetched.is_ok_and(|status| status.success()) {
        return Err("cargo fetch failed".to_owned());
    }
    let (begun, cpu) = (Instant::now(), cpu_of_children()?);
    let built = build(root, words, &folder.0)?;
    Ok(Cost {
        wall_seconds: begun.elapsed().as_secs_f64(),
        cpu_seconds: cpu_of_children()? - cpu,
        locked: locked(&root.join("Cargo.lock"))?,
        built,
    })
}

/// Runs cargo to its end; answers how many packages it compiled.
fn build(root: &Path, words: &[&str], target: &Path) -> Result<usize, String> {
    let failed = |error: std::io::Error| format!("failed to run cargo: {error}");
    let mut child = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(words)
        .arg("--message-format=json-render-diagnostics")
        .env("CARGO_TARGET_DIR", target)
        // A cache of compilations would hide what they cost.
        .env("RUSTC_WRAPPER", "")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut packages = std::collections::BTreeSet::new();
    for line in child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        let message: Value = serde_json::from_str(&line.map_err(failed)?).unwrap_or_default();
        if message["reason"] == "compiler-artifact" {
            packages.insert(message["package_id"].to_string());
        }
    }
    let status = child.wait().map_err(failed)?;
    match status.success() {
        true => Ok(packages.len()),
        false => Err(format!("cargo {} ended with {status}", words.join(" "))),
    }
}

/// A folder that is removed on every return; what a killed run left is removed by the next one.
struct Emptied(PathBuf);

impl Emptied {
    fn new(folder: &Path) -> Result<Self, String> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("failed to empty {}: {error}", folder.display()))
            }
            _ => Ok(Emptied(folder.to_path_buf())),
        }
    }
}

impl Drop for Emptied {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// CPU seconds of all processes that this one and its children waited for.
fn cpu_of_children() -> Result<f64, String> {
    let stat = fs::read_to_string("/proc/self/stat")
        .map_err(|error| format!("failed to read the CPU time: {error}"))?;
    ticks_of_children(&stat)
        .map(|ticks| ticks / TICKS_A_SECOND)
        .ok_or_else(|| "failed to read the CPU time from /proc/self/stat".to_owned())
}

/// Fields 16 and 17 of the line, user and system time. The name before may hold spaces, so count
/// from the parenthesis that ends it.
fn ticks_of_children(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some(ticks()? + ticks()?)
}

fn locked(lock: &Path) -> Result<usize, String> {
    let failed = |error: &dyn std::fmt::Display| format!("failed to read Cargo.lock: {error}");
    let text = fs::read_to_string(lock).map_err(|error| failed(&error))?;
    let lock: Table = text.parse().map_err(|error| failed(&error))?;
    let packages = lock.get("package").and_then(|packages| packages.as_array());
    packages.map(Vec::len).ok_or_else(|| failed(&"no packages"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_workspace_is_built_from_nothing_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let package = "[package]\nname = \"tiny\"\nedition = \"2024\"\n[workspace]\n";
        write("Cargo.toml", package);
        fs::create_dir(folder.path().join("src")).unwrap();
        write("src/main.rs", "fn main() {}\n");
        let target = folder.path().join("cold");
        fs::create_dir(&target).unwrap();

        for words in [&RELEASE[..], &TESTS[..]] {
            let cost = cost(folder.path(), words, &target).unwrap();
            assert_eq!((cost.locked, cost.built), (1, 1));
            assert!(cost.wall_seconds > 0.0 && cost.cpu_seconds > 0.0);
            assert!(!target.exists());
        }

        write("src/main.rs", "fn main() { no_such_function() }\n");
        let failed = cost(folder.path(), &RELEASE, &target).err().unwrap();
        assert!(
            failed.starts_with("cargo build --release ended with"),
            "{failed}"
        );
        assert!(!target.exists());
    }

    #[test]
    fn user_and_system_time_of_children_are_added_whatever_the_name_of_the_process() {
        let stat = "7 (a) b) R 1 2 3 4 5 6 7 8 9 10 11 12 130 140 20 0";
        assert_eq!(ticks_of_children(stat), Some(270.0));
        assert_eq!(ticks_of_children("7 (a) R 1"), None);
    }
}
