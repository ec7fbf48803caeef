//! `cargo xtask bench`: speed as ratios in one run, because machines are noisy.
//!
//! Each measurement is a bench target of the crate it is about and prints lines of
//! `what <tab> aim <tab> measured`; this file builds and runs them one after the other, and watches
//! their time and peak memory. It judges nothing: a benchmark is not a test.

mod archives;
mod build;
mod runtimes;
mod watched;

pub use build::{RELEASE, TESTS};

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use watched::watch;

/// Package and bench target of each measurement that prints its own lines.
const MEASUREMENTS: [(&str, &str); 3] = [
    ("harness-load", "bench_worker"),
    ("chaos-inject", "bench_proxy"),
    ("harness-telemetry", "bench_receiver"),
];
/// A measurement that takes longer is ended and shows as missing.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs every measurement; one that cannot be made says so in its row.
pub fn bench(root: &Path) {
    println!("{}", row("what", "aim", "measured"));
    for (package, name) in MEASUREMENTS {
        let printed = bench_program(root, package, name).and_then(|path| printed_by(&path));
        match printed {
            Ok(lines) => lines.lines().for_each(|line| println!("{}", aligned(line))),
            Err(why) => println!("{}", row(name, "", &format!("not measured: {why}"))),
        }
    }
    archives(root);
    runtimes(root);
}

/// Writes run folders of growing size and reports on them, which takes minutes.
pub fn archives(root: &Path) {
    let writer = bench_program(root, "harness-archive", "big_archive").and_then(|writer| {
        build(root, &["-p", "harness-cli", "--bin", "shakedown"])?;
        Ok(writer)
    });
    let lines = writer.and_then(|writer| {
        let folder = scratch();
        let lines = archives::lines(&writer, &release(root).join("shakedown"), &folder);
        drop(std::fs::remove_dir_all(&folder));
        lines
    });
    match lines {
        Ok(lines) => lines.iter().for_each(|line| println!("{}", aligned(line))),
        Err(why) => println!("{}", row("archive", "", &format!("not measured: {why}"))),
    }
}

/// Runs the same load against each way to run the target, which takes minutes.
pub fn runtimes(root: &Path) {
    if let Err(why) = build(root, &["-p", "harness-cli", "--bin", "shakedown"]) {
        println!("{}", row("runtimes", "", &format!("not measured: {why}")));
        return;
    }
    let folder = scratch();
    for (what, measured) in runtimes::lines(&release(root).join("shakedown"), &folder) {
        println!("{}", row(&what, "", &measured));
    }
    drop(std::fs::remove_dir_all(&folder));
}

/// Builds everything from nothing and prints what that took.
pub fn cold_build(root: &Path, words: &[&str]) -> Result<(), String> {
    let cost = build::cost(root, words, &target(root).join("bench-build"))?;
    let what = format!("cargo {} from nothing, CPU time", words.join(" "));
    println!("{}", row("what", "aim", "measured"));
    println!("{}", row(&what, "", &format!("{:.0} s", cost.cpu_seconds)));
    let wall = format!("{:.0} s", cost.wall_seconds);
    println!("{}", row("wall time, downloads apart", "", &wall));
    let locked = cost.locked.to_string();
    println!("{}", row("packages in Cargo.lock", "<= 530", &locked));
    println!("{}", row("packages built", "", &cost.built.to_string()));
    Ok(())
}

/// A folder of this process.
fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("shakedown-bench-{}", std::process::id()))
}

fn build(root: &Path, what: &[&str]) -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--release", "--quiet"])
        .args(what)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "cargo build {} ended with {status}",
            what.join(" ")
        )),
        Err(error) => Err(format!("failed to start cargo: {error}")),
    }
}

/// What a program prints within the patience. It prints a few lines, far less than a pipe holds.
fn printed_by(program: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("failed to run {}: {error}", program.display());
    let mut child = Command::new(program)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    watch(&mut child, PATIENCE, |_| {})?;
    let output = child.wait_with_output().map_err(failed)?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("it ended with {}", output.status)),
    }
}

fn aligned(line: &str) -> String {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().unwrap_or_default();
    row(cell(), cell(), cell())
}

fn row(what: &str, aim: &str, measured: &str) -> String {
    format!("{what:<64} {aim:>10}  {measured}")
}

fn target(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    root.join(target.unwrap_or_else(|| "target".into()))
}

fn release(root: &Path) -> PathBuf {
    target(root).join("release")
}

/// Builds a bench target and finds its program, whose name cargo makes up. The command line is
/// selected as well, so that features are those of the whole workspace.
fn bench_program(root: &Path, package: &str, name: &str) -> Result<PathBuf, String> {
    let words = ["bench", "--no-run", "-p", "harness-cli", "-p", package];
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(words)
        .args(["--bench", name])
        .output()
        .map_err(|error| format!("failed to start cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let path = program_of(&text).ok_or_else(|| format!("cargo built no {name}:\n{text}"))?;
    Ok(root.join(path))
}

/// The path in cargo's line `Executable benches/x.rs (target/release/deps/x-0123)`.
fn program_of(text: &str) -> Option<&str> {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("Executable"))?;
    let (_, path) = line.rsplit_once('(')?;
    path.strip_suffix(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_a_bench_target_is_read_off_what_cargo_prints() {
        let text =
            "    Finished `bench` profile\n  Executable benches/x.rs (target/release/deps/x-1)";
        assert_eq!(program_of(text), Some("target/release/deps/x-1"));
        assert_eq!(program_of("error: no bench target named `x`"), None);
    }

    #[test]
    fn a_line_of_a_measurement_becomes_a_row_of_the_table() {
        assert_eq!(aligned("a\t<= 2\t1.5"), row("a", "<= 2", "1.5"));
        assert_eq!(aligned("only a name"), row("only a name", "", ""));
    }
}
