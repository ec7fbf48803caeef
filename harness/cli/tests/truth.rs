//! The calibrated target as the oracle of whole runs: the report must say what was stated.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

/// One run at a time: two would measure each other.
static MACHINE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    MACHINE.lock().unwrap_or_else(|broken| broken.into_inner())
}

fn shakedown(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shakedown"))
        .args(words)
        .env("SHAKEDOWN_HOME", folder.join("home"))
        .output()
        .expect("the binary was built")
}

fn run(folder: &Path, scenario: &str, sets: &[&str]) -> (Output, PathBuf) {
    let out = folder.join("run");
    let mut words = vec![
        "run",
        scenario,
        "--out",
        out.to_str().expect("a UTF-8 path"),
    ];
    for set in sets {
        words.extend(["--set", set]);
    }
    (shakedown(folder, &words), out)
}

fn report(run: &Path) -> Value {
    let text = std::fs::read_to_string(run.join("report.json")).expect("a report was written");
    serde_json::from_str(&text).expect("the report is JSON")
}

fn operation<'a>(report: &'a Value, name: &str, phase: &str) -> &'a Value {
    let operations = report["operations"]
        .as_array()
        .expect("a list of operations");
    let wanted = |one: &&Value| one["name"] == name && one["phase"] == phase;
    operations
        .iter()
        .find(wanted)
        .expect("the operation was reported")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// A file of the run's own folder that removes itself.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn a_report_says_what_the_calibrated_target_did_and_is_rebuilt_byte_for_byte() {
    let _alone = alone();
    let folder = folder();
    let (output, run) = run(folder.path(), "calibration", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report = report(&run);
    assert_eq!(report["verdict"], "pass", "{}", report["reasons"]);
    assert_eq!(report["load"]["scheduled"], 1400);
    assert_eq!(report["load"]["sent"], 1400);
    // Every 20th request to /flaky fails, and nothing else does: 420 / 20.
    assert_eq!(report["load"]["failed"], 21);
    let steps = operation(&report, "steps", "all")["response_ms"]["p50"].as_f64();
    assert!(
        steps.is_some_and(|ms| (10.0..14.0).contains(&ms)),
        "{steps:?}"
    );
    let fault = &report["faults"][0];
    assert_eq!(fault["evidence"]["eligible"], fault["evidence"]["affected"]);
    assert!(fault["evidence"]["affected"].as_u64() > Some(0));
    assert_eq!(fault["harmed"], serde_json::json!(["chain"]));
    assert!(report["telemetry"]["trace_coverage"].as_f64() >= Some(0.99));
    assert_eq!(report["telemetry"]["spans_dropped"], 0);
    // One server span for each request, and a client and a server span more for each chain.
    assert_eq!(report["telemetry"]["spans_received"], 1400 + 2 * 560);

    let derived = ["report.json", "report.html", "report.md", "junit.xml"];
    let before: Vec<Vec<u8>> = derived
        .iter()
        .map(|name| std::fs::read(run.join(name)).expect("derived"))
        .collect();
    let again = shakedown(
        folder.path(),
        &["report", run.to_str().expect("a UTF-8 path")],
    );
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    for (name, bytes) in derived.iter().zip(before) {
        assert!(
            std::fs::read(run.join(name)).expect("derived") == bytes,
            "{name} differs"
        );
    }
}

/// A target that freezes for S in a run of T at a constant rate answers with quantiles of
/// S - (1 - q) T, whatever the size of the pool.
#[test]
fn a_stall_shows_in_full_for_pools_of_5_20_and_500_users() {
    let _alone = alone();
    for pool in [5, 20, 500] {
        let folder = folder();
        let sets = [
            "load.mix=instant".to_owned(),
            "load.rate=200/s".to_owned(),
            "load.duration=10s".to_owned(),
            "load.warmup=0s".to_owned(),
            format!("load.pool={pool}"),
            "fault.back-frozen.freeze=front".to_owned(),
            "fault.back-frozen.at=4s".to_owned(),
        ];
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let file = folder.path().join("stall.toml");
        std::fs::write(&file, STALL).expect("the folder is writable");
        let (output, run) = run(folder.path(), file.to_str().expect("a UTF-8 path"), &sets);
        let report = report(&run);
        assert_eq!(
            output.status.code(),
            Some(0),
            "pool {pool}: {}",
            text(&output)
        );
        let instant = &operation(&report, "instant", "all")["response_ms"];
        for (name, theory) in [("p90", 1000.0), ("p99", 1900.0)] {
            let ms = instant[name].as_f64().expect("enough samples");
            assert!(
                (ms - theory).abs() <= theory * TOLERANCE,
                "pool {pool}: {name} {ms} ms"
            );
        }
    }
}

/// The formula takes the backlog to be served at once. Serving it takes rate / capacity longer, and
/// an unoptimised worker with five users has a capacity of some 3,000 requests a second only.
const TOLERANCE: f64 = if cfg!(debug_assertions) { 0.10 } else { 0.02 };

const STALL: &str = r#"
format = 1
name = "stall"
purpose = "A known stall."
[target]
definition = "calibrated"
[load]
workload = "calibrated"
mix = "instant"
duration = "10s"
rate = "200/s"
arrivals = "constant"
[[fault]]
name = "back-frozen"
freeze = "front"
at = "4s"
for = "2s"
"#;

#[test]
fn a_failed_budget_exits_99_and_a_broken_file_2() {
    let _alone = alone();
    let folder = folder();
    let strict = STALL.replace("[[fault]]", "[[budget]]\np50 = \"1us\"\n[[fault]]");
    let file = folder.path().join("strict.toml");
    std::fs::write(&file, strict).expect("the folder is writable");
    let sets = [
        "load.duration=3s",
        "fault.back-frozen.at=1s",
        "fault.back-frozen.for=500ms",
    ];
    let (output, run) = run(folder.path(), file.to_str().expect("a UTF-8 path"), &sets);
    assert_eq!(output.status.code(), Some(99), "{}", text(&output));
    assert_eq!(report(&run)["verdict"], "fail");
    let junit = std::fs::read_to_string(run.join("junit.xml")).expect("a JUnit file");
    assert!(junit.contains("<failure"), "{junit}");

    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "format = 1\nnmae = \"x\"\n").expect("the folder is writable");
    let output = shakedown(
        folder.path(),
        &["run", broken.to_str().expect("a UTF-8 path")],
    );
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("2:1"), "{}", text(&output));
}
