//! What becomes of a run when its surroundings change: its disk, its folder, its terminal, the
//! programs beside it, and the services themselves.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

#[expect(dead_code, reason = "the other tests of whole runs use the rest")]
mod support;

use support::{ended, event, events, folder, json, shakedown, signal};

const SHAKEDOWN: &str = env!("CARGO_BIN_EXE_shakedown");

/// `SECONDS` of an easy load on the calibrated target, and whatever follows.
const SCENARIO: &str = r#"
format = 1
name = "surroundings"
[target]
definition = "calibrated"
[load]
workload = "calibrated"
mix = "instant"
duration = "SECONDS"
rate = "50/s"
arrivals = "constant"
"#;

const FREEZE: &str = r#"
[[fault]]
name = "front-frozen"
freeze = "front"
at = "500ms"
for = "50s"
"#;

fn scenario(folder: &Path, seconds: &str, more: &str) -> PathBuf {
    let file = folder.join("scenario.toml");
    let text = SCENARIO.replace("SECONDS", seconds) + more;
    std::fs::write(&file, text).expect("the folder is writable");
    file
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("a UTF-8 path")
}

fn pids(events: &[Value]) -> Vec<u64> {
    let pids = events.iter().filter_map(|event| event["pid"].as_u64());
    pids.collect()
}

fn assert_gone(pids: &[u64]) {
    assert!(pids.len() >= 3, "two services and a worker: {pids:?}");
    for pid in pids {
        let path = format!("/proc/{pid}/cmdline");
        let command = std::fs::read_to_string(path).unwrap_or_default();
        assert!(!command.contains("shakedown"), "{pid} is left: {command}");
    }
}

fn report(run: &Path) -> Value {
    json(&run.join("report.json"))
}

/// A file system of one megabyte needs a mount namespace of its own, and that needs root.
#[test]
fn a_full_disk_ends_the_run_with_a_sentence_and_a_code_and_what_was_written_is_readable() {
    let folder = folder();
    let file = scenario(folder.path(), "60s", FREEZE);
    let (small, copy) = (folder.path().join("small"), folder.path().join("copy"));
    std::fs::create_dir(&small).expect("the folder is writable");
    let run = small.join("run");
    let script = format!(
        "mount -t tmpfs -o size=1m tmpfs {small} || exit 77
         (until grep -q fault-injected {run}/events.jsonl 2>/dev/null; do sleep 0.1; done
          cat /dev/zero >{small}/filler 2>/dev/null) &
         timeout -k 10 100 {SHAKEDOWN} run {file} --out {run}; code=$?
         cp -r {run} {copy}; {SHAKEDOWN} report {run}; echo report: $?; exit $code",
        small = small.display(),
        run = run.display(),
        file = file.display(),
        copy = copy.display(),
    );
    let child = Command::new("unshare")
        .args(["-m", "sh", "-c", &script])
        .env("SHAKEDOWN_HOME", folder.path().join("home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is an unshare command");
    let (code, text) = ended(child);
    if code == Some(77) || text.contains("unshare failed") {
        eprintln!("skipped: no mount namespace of our own ({})", text.trim());
        return;
    }
    assert_eq!(code, Some(5), "{text}");
    let full = text.lines().filter(|line| line.contains("No space left"));
    assert!(full.count() >= 1, "{text}");
    assert!(text.contains("shakedown report"), "{text}");
    let events = events(&copy);
    let names: Vec<&str> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    for name in [
        "fault-injected",
        "fault-healed",
        "run-failed",
        "run-finished",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert_gone(&pids(&events));
    assert!(text.contains("INCONCLUSIVE"), "{text}");
    assert!(text.contains("report: 5"), "{text}");
}

#[test]
fn a_run_whose_folder_is_gone_heals_and_ends_at_once_with_a_code_of_its_own() {
    let folder = folder();
    let file = scenario(folder.path(), "60s", FREEZE);
    let run = folder.path().join("run");
    let words = ["run", utf8(&file), "--out", utf8(&run)];
    let child = shakedown(folder.path(), &words)
        .spawn()
        .expect("it was built");
    event(&run, "fault-injected");
    let pids = pids(&events(&run));
    let begun = Instant::now();
    std::fs::remove_dir_all(&run).expect("the folder is ours");
    let (code, text) = ended(child);
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("is gone"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{text}");
    assert!(!run.exists(), "nothing was made anew");
    assert_gone(&pids);
}

#[test]
fn runs_that_begin_at_the_same_moment_take_different_folders() {
    let folder = folder();
    let file = scenario(folder.path(), "1s", "");
    let begin = || {
        let mut command = shakedown(folder.path(), &["run", utf8(&file)]);
        command
            .current_dir(folder.path())
            .spawn()
            .expect("it was built")
    };
    let children = [begin(), begin(), begin()];
    for child in children {
        let (code, text) = ended(child);
        assert!(matches!(code, Some(0 | 3)), "{code:?} {text}");
    }
    for number in 1..=3 {
        let run = folder.path().join(format!("runs/surroundings-{number}"));
        assert!(run.join("report.json").is_file(), "{}", run.display());
    }
}

/// The other end of this pipe is closed.
fn nobody() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let folder = folder();
    for words in [
        ["scenarios"].as_slice(),
        &["scenarios", "--defaults"],
        &["plan", "calibration"],
        &["doctor"],
    ] {
        let mut command = shakedown(folder.path(), words);
        command.stdout(nobody());
        let (code, text) = ended(command.spawn().expect("it was built"));
        assert_eq!(code, Some(0), "{words:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[test]
fn a_run_without_a_reader_writes_its_report_and_ends_its_target() {
    let folder = folder();
    let file = scenario(folder.path(), "2s", "");
    let run = folder.path().join("run");
    let mut command = shakedown(folder.path(), &["run", utf8(&file), "--out", utf8(&run)]);
    command.stdout(nobody()).stderr(nobody());
    let status = command.status().expect("it was built");
    assert!(matches!(status.code(), Some(0 | 3)), "{status}");
    assert_eq!(report(&run)["load"]["sent"], 100);
    assert_gone(&pids(&events(&run)));
}

#[test]
fn the_end_of_the_terminal_ends_a_run_in_order_and_with_its_report() {
    let folder = folder();
    let file = scenario(folder.path(), "60s", FREEZE);
    let run = folder.path().join("run");
    let mut command = shakedown(folder.path(), &["run", utf8(&file), "--out", utf8(&run)]);
    command.process_group(0);
    let child = command.spawn().expect("it was built");
    event(&run, "fault-injected");
    let group = Command::new("kill")
        .args(["-HUP", "--", &format!("-{}", child.id())])
        .status();
    assert!(group.expect("there is a kill command").success());
    let (code, text) = ended(child);
    assert_eq!(code, Some(130), "{text}");
    event(&run, "fault-healed");
    assert_gone(&pids(&events(&run)));
    assert_eq!(report(&run)["verdict"], "inconclusive");
}

#[test]
fn under_nohup_the_end_of_the_terminal_changes_nothing() {
    let folder = folder();
    let file = scenario(folder.path(), "2s", "");
    let run = folder.path().join("run");
    let child = Command::new("nohup")
        .args([SHAKEDOWN, "run", utf8(&file), "--out", utf8(&run)])
        .env("SHAKEDOWN_HOME", folder.path().join("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is a nohup command");
    event(&run, "load-started");
    signal(u64::from(child.id()), "HUP");
    let (code, text) = ended(child);
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {text}");
    assert!(
        !events(&run)
            .iter()
            .any(|event| event["event"] == "interrupted")
    );
}

/// Two services; the first may call the second one, and no request of the load makes it do so.
const WITH_WORKER: &str = r#"
format = "1.0"
name = "own"
entry = "front"
[[service]]
name = "front"
hosts = ["front"]
command = ["{exe}", "fixture", "--name", "front", "--listen", "{listen}"]
calls = ["idle"]
route_args = ["--back", "{url}"]
ready = "/readyz"
[[service]]
name = "idle"
hosts = ["idle"]
command = ["sh", "-c", "BEFORE {exe} fixture --name front --listen {listen} AFTER"]
ready = "/readyz"
"#;

fn own(folder: &Path, seconds: &str, before: &str, after: &str, faults: &str) -> PathBuf {
    let definition = WITH_WORKER
        .replace("BEFORE", before)
        .replace("AFTER", after);
    std::fs::write(folder.join("own.toml"), definition).expect("the folder is writable");
    let file = scenario(folder, seconds, faults);
    let text = std::fs::read_to_string(&file).expect("it was just written");
    let text = text.replacen("\"calibrated\"", "\"own.toml\"", 1);
    std::fs::write(&file, text).expect("the folder is writable");
    file
}

#[test]
fn a_service_that_ends_by_itself_is_a_doubt_though_no_request_needed_it() {
    let folder = folder();
    let file = own(folder.path(), "4s", "", "& sleep 2; kill $!; exit 3", "");
    let run = folder.path().join("run");
    let words = ["run", utf8(&file), "--out", utf8(&run)];
    let (code, text) = ended(
        shakedown(folder.path(), &words)
            .spawn()
            .expect("it was built"),
    );
    assert_eq!(code, Some(3), "{text}");
    let reasons = report(&run)["reasons"].to_string();
    for part in ["idle ended by itself", "exit status: 3"] {
        assert!(reasons.contains(part), "{reasons}");
    }
}

/// `idle` takes three seconds to start again; `front` freezes and thaws in the meantime.
#[test]
fn faults_begin_and_end_when_planned_although_another_one_heals_slowly() {
    let folder = folder();
    let faults = r#"
[[fault]]
name = "killed"
kill = "idle"
at = "1s"
for = "500ms"
[[fault]]
name = "frozen"
freeze = "front"
at = "2s"
for = "1s"
[[fault]]
name = "frozen-again"
freeze = "front"
at = "3500ms"
for = "500ms"
"#;
    let before = "[ -e {data}/idle-started ] && sleep 4; touch {data}/idle-started; exec";
    let file = own(folder.path(), "6s", before, "", faults);
    let run = folder.path().join("run");
    let words = ["run", utf8(&file), "--out", utf8(&run)];
    let (_, text) = ended(
        shakedown(folder.path(), &words)
            .spawn()
            .expect("it was built"),
    );
    let events = events(&run);
    let at = |name: &str, fault: &str| {
        let found = events
            .iter()
            .find(|event| event["event"] == name && (fault.is_empty() || event["fault"] == fault));
        let found = found.unwrap_or_else(|| panic!("no {name} of {fault}: {text}"));
        found["at_ns"].as_f64().expect("a time") / 1e6
    };
    let zero = at("load-started", "");
    let planned = [
        ("fault-injecting", "killed", 1000.0),
        ("fault-healing", "killed", 1500.0),
        ("fault-injecting", "frozen", 2000.0),
        ("fault-healing", "frozen", 3000.0),
        ("fault-injecting", "frozen-again", 3500.0),
        ("fault-healing", "frozen-again", 4000.0),
    ];
    let mut begun_late: Vec<f64> = Vec::new();
    for (name, fault, planned_ms) in planned {
        let late_ms = at(name, fault) - zero - planned_ms;
        println!("{name} {fault}: {late_ms:.1} ms late");
        assert!(
            (0.0..250.0).contains(&late_ms),
            "{name} {fault}: {late_ms} ms"
        );
        begun_late.extend((name == "fault-injecting").then_some(late_ms));
    }
    begun_late.sort_by(f64::total_cmp);
    assert!(begun_late[1] <= 10.0, "{begun_late:?}");
    assert!(at("service-ready", "") > 0.0);
    let doubts = events.iter().filter(|event| event["event"] == "doubt");
    assert_eq!(doubts.count(), 0, "{text}");
}
