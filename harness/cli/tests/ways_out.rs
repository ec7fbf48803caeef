//! Every way in which a run can end badly has its own exit code and states the reason.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const SCENARIO: &str = r#"
format = 1
name = "ways-out"
[target]
definition = "calibrated"
[load]
workload = "calibrated"
mix = "instant"
duration = "4s"
rate = "100/s"
arrivals = "constant"
"#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A run of a scenario file that was just written.
fn start(folder: &Path, scenario: &str) -> (Child, PathBuf) {
    let (file, run) = (folder.join("scenario.toml"), folder.join("run"));
    std::fs::write(&file, scenario).expect("the folder is writable");
    let child = Command::new(env!("CARGO_BIN_EXE_shakedown"))
        .args([
            "run".as_ref(),
            file.as_os_str(),
            "--out".as_ref(),
            run.as_os_str(),
        ])
        .env("SHAKEDOWN_HOME", folder.join("home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    (child, run)
}

fn ended(child: Child) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("our own child");
    let text = String::from_utf8_lossy(&stderr) + String::from_utf8_lossy(&stdout);
    (status.code(), text.into_owned())
}

/// Waits for an event of a run; the run's own file is the synchronisation.
fn event(run: &Path, name: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let text = std::fs::read_to_string(run.join("events.jsonl")).unwrap_or_default();
        let found = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|event| event["event"] == name);
        if let Some(event) = found {
            return event;
        }
        std::thread::yield_now();
    }
    panic!("there was no {name}");
}

fn signal(pid: u64, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.expect("there is a kill command").success());
}

#[test]
fn a_stall_of_the_generator_itself_makes_the_run_inconclusive() {
    let folder = folder();
    let (child, run) = start(folder.path(), SCENARIO);
    let worker = event(&run, "worker-started")["pid"]
        .as_u64()
        .expect("a process id");
    event(&run, "load-started");
    signal(worker, "STOP");
    // The stall is what is tested: half a second of a run of four.
    std::thread::sleep(Duration::from_millis(500));
    signal(worker, "CONT");
    let (code, text) = ended(child);
    assert_eq!(code, Some(3), "{text}");
    let report = std::fs::read_to_string(run.join("report.json")).expect("a report was written");
    let report: Value = serde_json::from_str(&report).expect("the report is JSON");
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["load"]["validity"], "invalid");
    let late = report["load"]["lateness_p99_ms"].as_f64();
    assert!(
        late.is_some_and(|ms| (100.0..700.0).contains(&ms)),
        "{late:?}"
    );
    assert!(text.contains("late"), "{text}");
}

#[test]
fn a_busy_port_exits_4_and_names_port_and_service() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = taken.local_addr().expect("it listens").port();
    let definition = DEFINITION.replace("PORT", &port.to_string());
    std::fs::write(folder.path().join("own.toml"), definition).expect("the folder is writable");
    let scenario = SCENARIO.replace("\"calibrated\"\n[load]", "\"own.toml\"\n[load]");
    let (child, _) = start(folder.path(), &scenario);
    let (code, text) = ended(child);
    assert_eq!(code, Some(4), "{text}");
    assert!(
        text.contains(&port.to_string()) && text.contains("lonely"),
        "{text}"
    );
}

#[test]
fn a_service_that_cannot_start_exits_4_and_shows_its_last_log_lines() {
    let folder = folder();
    let command = r#"command = ["sh", "-c", "echo the disk is on fire >&2; exit 7"]"#;
    let definition = DEFINITION
        .replace("port = PORT", "")
        .replace(COMMAND, command);
    std::fs::write(folder.path().join("own.toml"), definition).expect("the folder is writable");
    let scenario = SCENARIO.replace("\"calibrated\"\n[load]", "\"own.toml\"\n[load]");
    let (child, _) = start(folder.path(), &scenario);
    let (code, text) = ended(child);
    assert_eq!(code, Some(4), "{text}");
    for part in ["lonely", "7", "the disk is on fire"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[test]
fn an_interrupt_exits_130_with_everything_taken_down() {
    let folder = folder();
    let (child, run) = start(folder.path(), &SCENARIO.replace("4s", "60s"));
    event(&run, "load-started");
    signal(u64::from(child.id()), "INT");
    let begun = Instant::now();
    let (code, text) = ended(child);
    assert_eq!(code, Some(130), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{text}");
    assert_eq!(
        event(&run, "target-down")["left_behind"],
        serde_json::json!([])
    );
}

const COMMAND: &str =
    r#"command = ["{exe}", "fixture", "--name", "front", "--listen", "{listen}"]"#;

/// One service of the calibrated target under another name.
const DEFINITION: &str = r#"
format = "1.0"
name = "own"
entry = "lonely"
[[service]]
name = "lonely"
hosts = ["lonely"]
command = ["{exe}", "fixture", "--name", "front", "--listen", "{listen}"]
ready = "/readyz"
port = PORT
"#;
