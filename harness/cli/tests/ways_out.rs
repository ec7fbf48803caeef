//! Every way in which a run can end badly has its own exit code and states the reason.

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use support::{ended, event, folder, json, signal, start};

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
    let report = json(&run.join("report.json"));
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
