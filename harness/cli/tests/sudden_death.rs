//! SIGKILL of the harness while a fault is on: nothing of the run may outlive it.

#[expect(dead_code, reason = "these runs never end by themselves")]
mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{events, folder};

/// A scenario whose fault is still to be filled in, and what it starts.
struct Target {
    scenario: &'static str,
    faults: [&'static str; 7],
    definition: fn() -> String,
}

const CALIBRATED: Target = Target {
    scenario: r#"
format = 1
name = "death"
[target]
definition = "calibrated"
[load]
workload = "calibrated"
mix = "steady"
duration = "20s"
rate = "40/s"
[[fault]]
name = "fatal"
FAULT
at = "500ms"
for = "15s"
"#,
    faults: [
        "kill = \"back\"",
        "freeze = \"back\"",
        "latency = { on = \"front -> back\", delay = \"300ms\" }",
        "refuse = \"front -> back\"",
        "hang = \"front -> back\"",
        "restart = \"back\"",
        "crash_loop = { of = \"back\", every = \"100ms\" }",
    ],
    definition: || harness_fixture::DEFINITION.to_owned(),
};

const SHOP: Target = Target {
    scenario: r#"
format = 1
name = "death"
[target]
shape = "microservices"
[target.data]
products = 40
customers = 10
[load]
workload = "shop"
mix = "browsing"
duration = "20s"
rate = "5/s"
[[fault]]
name = "fatal"
FAULT
at = "500ms"
for = "15s"
"#,
    faults: [
        "kill = \"catalog\"",
        "freeze = \"inventory\"",
        "latency = { on = \"gateway -> catalog\", delay = \"300ms\" }",
        "refuse = \"gateway -> search\"",
        "hang = \"gateway -> inventory\"",
        "restart = \"catalog\"",
        "crash_loop = { of = \"catalog\", every = \"100ms\" }",
    ],
    definition: || {
        let definition = shop_app::definition("microservices", shop_app::Stores::Embedded);
        definition.expect("it is a shape of the shop")
    },
};

/// Waits for a condition, at most as long as the limit.
fn within(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        std::thread::yield_now();
    }
    done()
}

fn lives(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rfind(')')
        .and_then(|end| stat[end + 1..].split_whitespace().next());
    state.is_some_and(|state| state != "Z")
}

#[test]
fn a_killed_harness_leaves_nothing_of_the_calibrated_target_within_three_seconds() {
    die_during_each_fault(&CALIBRATED);
}

#[test]
fn a_killed_harness_leaves_nothing_of_the_shop_within_three_seconds() {
    die_during_each_fault(&SHOP);
}

fn die_during_each_fault(target: &Target) {
    let folder = folder();
    let services = (target.definition)().matches("[[service]]").count();
    for (number, fault) in target.faults.iter().enumerate() {
        let file = folder.path().join("death.toml");
        let scenario = target.scenario.replace("FAULT", fault);
        std::fs::write(&file, scenario).expect("the folder is writable");
        let run = folder.path().join(format!("run-{number}"));
        let mut harness = Command::new(env!("CARGO_BIN_EXE_shakedown"))
            .arg("run")
            .arg(&file)
            .arg("--out")
            .arg(&run)
            .env("SHAKEDOWN_HOME", folder.path().join("home"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary was built");
        let injected = |event: &Value| event["event"] == "fault-injected";
        let on = within(Duration::from_secs(60), || {
            events(&run).iter().any(injected)
        });
        assert!(on, "{fault} was never on");
        harness.kill().expect("our own child");
        harness.wait().expect("our own child");
        assert_nothing_is_left(&events(&run), services, fault);
    }
}

fn assert_nothing_is_left(events: &[Value], services: usize, fault: &str) {
    let pids: Vec<u64> = events
        .iter()
        .filter_map(|event| event["pid"].as_u64())
        .collect();
    assert!(pids.len() > services, "services and a worker: {pids:?}");
    let ready = events.iter().find(|event| event["event"] == "target-ready");
    let ports: Vec<&str> = ready
        .and_then(|event| event["topology"]["services"].as_array())
        .expect("the target was ready")
        .iter()
        .filter_map(|service| service["address"].as_str())
        .collect();
    assert_eq!(ports.len(), services);
    // The first thread of a process may be seen dead while others still close its sockets.
    let free = |port: &&str| std::net::TcpListener::bind(port).is_ok();
    let nothing_left = || !pids.iter().any(|pid| lives(*pid)) && ports.iter().all(free);
    let gone = within(Duration::from_secs(3), nothing_left);
    assert!(
        gone,
        "{fault}: of {pids:?} or {ports:?} something outlived the harness"
    );
}
