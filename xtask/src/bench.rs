//! `cargo xtask bench`: speed as ratios in one run, because machines are noisy.
//!
//! Each measurement is an example of the crate it is about; this file only builds them, runs them
//! one after the other, and watches the time and peak memory of the report.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Package and example of each measurement that prints its own lines.
const EXAMPLES: [(&str, &str); 3] = [
    ("harness-load", "bench_worker"),
    ("chaos-inject", "bench_proxy"),
    ("harness-telemetry", "bench_receiver"),
];

/// Runs every measurement; the first that cannot run ends it.
pub fn bench(root: &Path) -> Result<(), String> {
    build(root)?;
    for (package, example) in EXAMPLES {
        println!("\n== {package}: {example}");
        let status = Command::new(example_path(root, example))
            .status()
            .map_err(|error| format!("failed to start {example}: {error}"))?;
        if !status.success() {
            return Err(format!("{example} ended with {status}"));
        }
    }
    println!("\n== report from an archive of 100,000 requests and 1,000,000 spans");
    report_of_big_archive(root).map_err(|error| format!("failed to measure the report: {error}"))
}

fn build(root: &Path) -> Result<(), String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args([
        "build",
        "--release",
        "-p",
        "harness-cli",
        "-p",
        "harness-archive",
    ]);
    for (package, _) in EXAMPLES {
        cargo.args(["-p", package]);
    }
    cargo.args(["--bins", "--example", "big_archive"]);
    for (_, example) in EXAMPLES {
        cargo.args(["--example", example]);
    }
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the benchmarks did not build: {status}")),
        Err(error) => Err(format!("failed to start cargo: {error}")),
    }
}

fn report_of_big_archive(root: &Path) -> io::Result<()> {
    let folder = std::env::temp_dir().join(format!("shakedown-bench-{}", std::process::id()));
    let wrote = Command::new(example_path(root, "big_archive"))
        .arg(&folder)
        .status()?;
    if !wrote.success() {
        return Err(io::Error::other("the archive could not be written"));
    }
    let begun = Instant::now();
    let child = Command::new(release(root).join("shakedown"))
        .arg("report")
        .arg(&folder)
        .stdout(std::process::Stdio::null())
        .spawn()?;
    let peak_mb = peak_memory_mb(child)?;
    println!(
        "time {:.2} s (aim 5), peak memory {peak_mb} MB (aim 600)",
        begun.elapsed().as_secs_f64()
    );
    std::fs::remove_dir_all(&folder)
}

/// Waits for a child and returns the highest resident memory the kernel noted for it.
fn peak_memory_mb(mut child: Child) -> io::Result<u64> {
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while child.try_wait()?.is_none() {
        if let Ok(text) = std::fs::read_to_string(&status_file) {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            peak_kib = peak_kib.max(kib.unwrap_or(0));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(peak_kib / 1024)
}

fn release(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("release")
}

fn example_path(root: &Path, example: &str) -> PathBuf {
    release(root).join("examples").join(example)
}
