//! A run that never got to its end still has a report, made of all that was recorded.

mod support;

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use support::{code_and_text, ended, event, events, folder, json, shakedown, signal, start, wait};

const RATE_PER_S: f64 = 100.0;

const LONG: &str = r#"
format = 1
name = "long"
[target]
definition = "calibrated"
[load]
workload = "calibrated"
mix = "instant"
duration = "60s"
rate = "100/s"
arrivals = "constant"
[[fault]]
name = "never-on"
freeze = "front"
at = "40s"
for = "1s"
[[budget]]
throughput = "50/s"
"#;

const OWN: &str = r#"
format = 1
name = "own"
[target]
definition = "own.toml"
[load]
workload = "calibrated"
mix = "instant"
duration = "4s"
rate = "100/s"
"#;

/// One service whose command is still to be filled in.
const DEFINITION: &str = r#"
format = "1.0"
name = "own"
entry = "lonely"
[[service]]
name = "lonely"
hosts = ["lonely"]
command = ["sh", "-c", "COMMAND"]
ready = "/readyz"
"#;

/// A run of one service that runs a shell command.
fn start_own(folder: &Path, command: &str) -> (Child, PathBuf) {
    let definition = DEFINITION.replace("COMMAND", command);
    std::fs::write(folder.join("own.toml"), definition).expect("the folder is writable");
    start(folder, OWN)
}

fn report(folder: &Path) -> (Option<i32>, String) {
    let output = shakedown(folder, &["report", "run"]).output();
    code_and_text(output.expect("the binary was built"))
}

fn unix_s() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("it is after 1970").as_secs_f64()
}

/// The derived files of a run, by name.
fn derived(run: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let read = |name| (name, std::fs::read(run.join(name)).expect("it was written"));
    let names = ["report.json", "report.html", "report.md", "junit.xml"];
    names.map(read).into()
}

#[test]
fn a_killed_harness_leaves_all_samples_but_those_of_the_last_second() {
    let folder = folder();
    let (mut harness, run) = start(folder.path(), LONG);
    let started = event(&run, "load-started")["at_ns"].as_i64();
    let manifest = json(&run.join("manifest.json"));
    let zero_ns = manifest["started_unix_ns"].as_i64().zip(started);
    let zero_s = zero_ns.map_or(0.0, |(run, load)| (run + load) as f64 / 1e9);
    let killed_s = wait("third second", || {
        Some(unix_s() - zero_s).filter(|s| *s > 3.0)
    });
    harness.kill().expect("our own child");
    harness.wait().expect("our own child");

    let (code, text) = report(folder.path());
    assert_eq!(code, Some(3), "{text}");
    for part in ["unfinished", " sent: ", "`shakedown recover`"] {
        assert!(text.contains(part), "{text}");
    }
    let data = harness_archive::read(&run).expect("the folder can be read");
    let sure_s = killed_s - 1.0;
    let intended = data.samples.iter().map(|sample| sample.intended.secs_f64());
    let sure = intended.filter(|second| *second < sure_s).count() as f64;
    assert!(
        sure + 2.0 >= sure_s * RATE_PER_S,
        "{sure} samples of the first {sure_s:.2} s"
    );

    let report_json = json(&run.join("report.json"));
    assert_eq!(report_json["verdict"], "inconclusive");
    let reasons = report_json["reasons"].as_array().expect("reasons");
    let reason = reasons[0].as_str().expect("a sentence");
    let (_, until) = reason.split_once("end at second ").expect(reason);
    let until: f64 = until.parse().expect("a number of seconds");
    assert!((sure_s..killed_s + 1.0).contains(&until), "{reason}");
    let blames_the_fault = |reason: &Value| reason.as_str().is_some_and(|r| r.contains("never-on"));
    assert!(!reasons.iter().any(blames_the_fault), "{reasons:?}");
    let load = &report_json["load"];
    assert_eq!(load["sent"].as_u64(), Some(data.samples.len() as u64));
    for unknown in ["scheduled", "dropped", "cancelled"] {
        assert_eq!(load[unknown], Value::Null, "{unknown}");
    }
    let throughput = report_json["budgets"][0]["observed"].as_f64();
    assert!(
        throughput > Some(RATE_PER_S / 2.0),
        "of the time there was: {throughput:?}"
    );

    let first = derived(&run);
    assert_eq!(report(folder.path()).0, Some(3));
    assert!(first == derived(&run), "a second report has the same bytes");
}

#[test]
fn a_target_that_never_came_up_is_sealed_with_its_events_and_logs() {
    let folder = folder();
    let (child, run) = start_own(folder.path(), "echo the disk is on fire >&2; exit 7");
    let (code, text) = ended(child);
    assert_eq!(code, Some(4), "{text}");
    let names: Vec<String> = events(&run)
        .iter()
        .filter_map(|event| event["event"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(names.first().map(String::as_str), Some("run-started"));
    assert!(names.ends_with(&["run-failed", "target-down", "run-finished"].map(String::from)));
    let log = std::fs::read_to_string(run.join("logs/lonely.log")).expect("a log");
    assert!(log.contains("the disk is on fire"), "{log}");
    for (file, is_there) in [("samples.parquet", true), ("tables.journal", false)] {
        assert_eq!(run.join(file).exists(), is_there, "{file}");
    }

    let (code, text) = report(folder.path());
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("the target did not come up"), "{text}");
    let report = json(&run.join("report.json"));
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["run"]["duration_s"], 0.0);
}

#[test]
fn an_interrupt_before_the_target_is_ready_leaves_a_sealed_run_and_nothing_else() {
    let folder = folder();
    let (child, run) = start_own(folder.path(), "exec sleep 60");
    let service = event(&run, "service-started")["pid"].as_u64();
    signal(u64::from(child.id()), "INT");
    let (code, text) = ended(child);
    assert_eq!(code, Some(130), "{text}");
    let down = event(&run, "target-down");
    assert_eq!(down["left_behind"], serde_json::json!([]));
    let service = service.expect("a process id");
    wait("end of the service", || {
        (!Path::new(&format!("/proc/{service}")).exists()).then_some(())
    });
    let (code, text) = report(folder.path());
    assert_eq!(code, Some(130), "{text}");
    assert!(
        text.contains("interrupted before the target was up"),
        "{text}"
    );
}
