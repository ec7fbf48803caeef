//! The calibrated target as the oracle of whole runs: the report must say what was stated.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

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

/// Every service has one instance, which is called like it.
fn assert_telemetry_names_its_instance(run: &Path) {
    let data = harness_archive::read(run).expect("a whole archive");
    let topology = data.topology().expect("the target was ready");
    let ids = topology.instances().map(|(_, one)| one.id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["front", "back"]);
    let name = |sym| data.strings.name(sym);
    let of_spans = data.spans.iter().map(|span| (span.service, span.instance));
    let of_points = data.metrics.iter().map(|one| (one.service, one.instance));
    let mut mismatches = of_spans
        .chain(of_points)
        .map(|(service, instance)| (name(service), name(instance)))
        .filter(|pair| *pair != ("host", "") && pair.0 != pair.1);
    assert_eq!(mismatches.next(), None);
}

/// A folder that removes itself.
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
    // An exchange on its way at the very moment of the freeze may still have been answered.
    let evidence = |what: &str| fault["evidence"][what].as_u64().expect("a count");
    assert!(evidence("affected") > 50, "{}", fault["evidence"]);
    assert!(
        evidence("affected") + 1 >= evidence("eligible"),
        "{}",
        fault["evidence"]
    );
    assert_eq!(fault["harmed"][0]["operation"], "chain");
    assert_eq!(fault["harmed"].as_array().map(Vec::len), Some(1));
    let first = &fault["suspects"][0];
    assert_eq!(
        (&first["service"], &first["edge"]),
        (&"back".into(), &Value::Null)
    );
    assert_eq!(fault["truth_rank"], 1);
    assert!(report["telemetry"]["trace_coverage"].as_f64() >= Some(0.99));
    assert_eq!(report["telemetry"]["spans_dropped"], 0);
    // One server span for each request, and a client and a server span more for each chain.
    assert_eq!(report["telemetry"]["spans_received"], 1400 + 2 * 560);
    assert_telemetry_names_its_instance(&run);

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

    std::fs::remove_file(run.join("latency.hlog")).expect("it was there");
    let without = shakedown(
        folder.path(),
        &["report", run.to_str().expect("a UTF-8 path")],
    );
    assert_eq!(without.status.code(), Some(0));
    assert!(
        text(&without).contains("latency.hlog is missing"),
        "{}",
        text(&without)
    );
}

/// `chain` takes 10 ms at the callee; the scenario adds 50 ms on the way there.
#[test]
fn a_slow_path_is_named_with_the_delay_that_was_stated() {
    let _alone = alone();
    let folder = folder();
    let slow = STALL
        .replace("mix = \"instant\"", "mix = \"steady\"")
        .replace("rate = \"200/s\"", "rate = \"100/s\"")
        .replace(
            "freeze = \"front\"",
            "latency = { on = \"front -> back\", delay = \"50ms\" }",
        );
    let file = folder.path().join("slow.toml");
    std::fs::write(&file, slow).expect("the folder is writable");
    let (output, run) = run(folder.path(), file.to_str().expect("a UTF-8 path"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let fault = &report(&run)["faults"][0];
    assert_eq!(fault["suspects"][0]["edge"], "front -> back");
    assert_eq!(fault["truth_rank"], 1);
    let harm = &fault["harmed"][0];
    assert_eq!(harm["operation"], "chain");
    let median = |when: &str| harm[when].as_f64().expect("a median");
    let added = median("p50_during_ms") - median("p50_before_ms");
    assert!((49.0..60.0).contains(&added), "{added} ms were added");
}

/// A target that freezes for S in a run of T at a constant rate answers with quantiles of
/// S - (1 - q) T, whatever the size of the pool, if it then serves everything that has queued up at
/// once. Serving it takes some time, so each answer may come that much later; how long it took is
/// read off the times of the answers.
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
        let fault = &report["faults"][0];
        let at = |what: &str| fault[what].as_f64().expect("it was injected and healed");
        let (from, to) = (at("injected_s"), at("healed_s"));
        let drain_s = drain_after(&run, from, to);
        let instant = &operation(&report, "instant", "all")["response_ms"];
        for (name, share_above) in [("p90", 0.10), ("p99", 0.01)] {
            let theory = 1e3 * (to - from - share_above * 10.0);
            let ms = instant[name].as_f64().expect("enough samples");
            assert!(
                (theory * 0.98..(theory + 1e3 * drain_s) * 1.02).contains(&ms),
                "pool {pool}: {name} {ms:.1} ms instead of {theory:.1} ms and up to {drain_s:.3} s"
            );
        }
    }
}

/// Seconds from the end of a freeze to the last answer that was due before.
fn drain_after(run: &Path, from_s: f64, to_s: f64) -> f64 {
    let data = harness_archive::read(run).expect("a whole archive");
    let seconds =
        |at: harness_model::Offset| Duration::from_nanos(at.0.unsigned_abs()).as_secs_f64();
    let waited = data.samples.iter().filter(|sample| {
        (from_s..to_s).contains(&seconds(sample.intended)) && seconds(sample.done) > to_s
    });
    let done: Vec<f64> = waited.map(|sample| seconds(sample.done)).collect();
    let count = done.len();
    assert!(count > 350, "only {count} waited for the end of the freeze");
    let drain_s = done.into_iter().fold(to_s, f64::max) - to_s;
    // A lost connection, for one, would be tried again after a whole second.
    assert!(drain_s < 0.4, "what had piled up took {drain_s:.3} s");
    drain_s
}

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
    let found = report(&run);
    let others = found["host"]["stretches"].as_array().expect("a list");
    // Where others take the machine during the test, slowness proves nothing.
    let (code, verdict) = match others.is_empty() {
        true => (99, "fail"),
        false => (3, "inconclusive"),
    };
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    assert_eq!(found["verdict"], verdict);
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
