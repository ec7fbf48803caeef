//! Whole runs in containers: faults are real and touch traffic, the figures of containers show it,
//! and nothing is left.
//!
//! Without a Docker engine, or without the images of servers, these tests are skipped with a
//! message; `SHAKEDOWN_REQUIRE_DOCKER=1` makes that a failure.

mod containers;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use containers::{events, is_skipped, kept, report, start, turn, within};
use serde_json::Value;

/// Each kind of fault once, on the shop's own call paths.
const SCENARIO: &str = r#"
format = 1
name = "contained"
[target]
shape = "microservices"
runtime = "docker"
ready_within = "120s"
[target.data]
products = 40
customers = 10
[load]
workload = "shop"
mix = "browsing"
duration = "12s"
rate = "10/s"
[[fault]]
name = "killed"
kill = "catalog"
at = "2s"
for = "1s"
[[fault]]
name = "frozen"
freeze = "search"
at = "6s"
for = "1s"
[[fault]]
name = "slowed"
latency = { on = "gateway -> catalog", delay = "100ms" }
at = "9s"
for = "2s"
"#;

/// What only containers can suffer, and ends that are followed by starts. The rate is what an
/// optimised service cannot serve with a hundredth of a core.
const STRAINS: &str = r#"
format = 1
name = "contained"
[target]
definition = "calibrated"
runtime = "docker"
ready_within = "60s"
[load]
workload = "calibrated"
mix = "steady"
duration = "23s"
rate = "150/s"
[[fault]]
name = "throttled"
cpu = { of = "back", quota = 0.01 }
at = "3s"
for = "2s"
[[fault]]
name = "alone"
disconnect = "back"
at = "7s"
for = "2s"
[[fault]]
name = "restarted"
restart = "back"
at = "11s"
for = "2s"
[[fault]]
name = "starved"
memory = { of = "back", limit = "7MB" }
at = "14s"
for = "2s"
[[fault]]
name = "crashing"
crash_loop = { of = "back", every = "500ms" }
at = "18s"
for = "3s"
"#;

/// Eight services with a PostgreSQL each, cart with Redis, the gateway, the provider, and a broker.
const CONTAINERS: usize = 21;
/// A folder each for the servers.
const VOLUMES: usize = 10;

/// A run to its end, which is in order: the harness's pid, and what happened.
fn finished(folder: &Path, scenario: &str) -> (u32, Vec<Value>) {
    finished_after(folder, scenario, |_| {})
}

/// The same, with a look at the engine once the first fault is on.
fn finished_after(folder: &Path, scenario: &str, look: impl FnOnce(u32)) -> (u32, Vec<Value>) {
    let exe = Path::new(env!("CARGO_BIN_EXE_shakedown"));
    let mut harness = start(exe, folder, scenario);
    let id = harness.id();
    let is_broken = || named(&events(folder), "fault-injected").next().is_some();
    if within(Duration::from_secs(180), is_broken) {
        look(id);
    }
    let status = harness.wait().expect("our own child");
    let events = events(folder);
    let in_order = status.code().is_some_and(|code| [0, 3].contains(&code));
    assert!(in_order, "{status}\n{events:?}");
    let down = named(&events, "target-down").next();
    let down = down.expect("the target went down");
    assert_eq!(down["left_behind"], Value::Array(Vec::new()));
    (id, events)
}

fn named<'a>(events: &'a [Value], name: &'static str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["event"] == name)
}

fn assert_healed(events: &[Value], faults: usize) {
    let healed: Vec<&Value> = named(events, "fault-healed").collect();
    assert_eq!(healed.len(), faults, "{events:?}");
    for fault in healed {
        assert_eq!(fault["verified"], true, "{fault}");
        assert_ne!(fault["evidence"]["affected"], 0, "{fault}");
    }
}

/// Every container of a run: on its own network alone, as nobody in particular, with nothing that
/// it could abuse, and reachable from this machine only.
fn assert_confined(harness: u32) {
    let all = kept(harness);
    let run = all
        .iter()
        .min_by_key(|name| name.len())
        .expect("the network");
    let parts = |name: &&String| name.starts_with(&format!("{run}-"));
    let (volumes, containers): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(parts)
        .partition(|name| name.ends_with("-0"));
    assert_eq!(containers.len(), CONTAINERS, "{containers:?}");
    assert_eq!(volumes.len(), VOLUMES, "{volumes:?}");
    let asked = Command::new("docker")
        .arg("inspect")
        .args(&containers)
        .output();
    let found: Value = serde_json::from_slice(&asked.expect("it answered before").stdout)
        .expect("the engine speaks JSON");
    for one in found.as_array().expect("a list") {
        let name = &one["Name"];
        let user = one["Config"]["User"].as_str().expect("a user");
        assert!(!user.is_empty() && !user.starts_with('0'), "{name}: {user}");
        let host = &one["HostConfig"];
        assert_eq!(host["ReadonlyRootfs"], true, "{name}");
        assert_eq!(host["CapDrop"][0], "ALL", "{name}");
        assert_eq!(host["Privileged"], false, "{name}");
        assert_ne!(host["PublishAllPorts"], true, "{name}");
        let ports = host["PortBindings"].as_object().expect("ports");
        for binding in ports
            .values()
            .flat_map(|all| all.as_array().expect("a list"))
        {
            assert_eq!(binding["HostIp"], "127.0.0.1", "{name}");
        }
        let networks = one["NetworkSettings"]["Networks"].as_object();
        let networks: Vec<&String> = networks.expect("networks").keys().collect();
        assert_eq!(networks, [run], "{name}");
    }
}

#[test]
fn a_shop_in_containers_breaks_heals_exports_telemetry_and_leaves_nothing() {
    if is_skipped() {
        return;
    }
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (id, events) = finished_after(folder.path(), SCENARIO, assert_confined);
    assert_healed(&events, 3);
    let unasked = named(&events, "service-exited").count();
    assert_eq!(unasked, 0, "{events:?}");
    let drained = named(&events, "telemetry-drained").next();
    let tally = &drained.expect("it was drained")["tally"];
    assert!(tally["spans_received"].as_u64() > Some(100), "{tally}");
    assert_eq!(tally["spans_dropped"], 0, "{tally}");

    let report = report(folder.path());
    assert_eq!(report["run"]["runtime"], "docker");
    let stores = report["run"]["stores"].as_str().expect("it says");
    assert!(
        stores.starts_with("PostgreSQL, a server a process"),
        "{stores}"
    );
    let services = report["services"].as_array().expect("services");
    assert_eq!(services.len(), CONTAINERS);
    for service in services {
        assert!(service["rss_mb"].as_f64() > Some(1.0), "{service}");
    }
    let log = folder.path().join("run/logs/gateway.log");
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(log.contains("ready"), "{log}");
    assert_eq!(kept(id), [""; 0]);
}

#[test]
fn containers_are_throttled_starved_cut_off_and_restarted_and_their_figures_show_it() {
    if is_skipped() {
        return;
    }
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (id, events) = finished(folder.path(), STRAINS);
    assert_healed(&events, 5);
    let starved = named(&events, "service-out-of-memory").next();
    assert_eq!(starved.expect("the kernel was seen")["service"], "back");

    let report = report(folder.path());
    let services = report["services"].as_array().expect("services");
    let of = |name| services.iter().find(|one| one["name"] == name);
    let figure = |name, key| of(name).and_then(|one| one["container"][key].as_f64());
    assert!(figure("back", "throttled_s") > Some(0.2), "{services:?}");
    assert!(figure("back", "memory_mb") > Some(1.0), "{services:?}");
    assert_eq!(figure("back", "oom_kills"), Some(1.0), "{services:?}");
    assert!(figure("front", "sent_mb") > Some(0.1), "{services:?}");
    assert_eq!(figure("front", "throttled_s"), Some(0.0), "{services:?}");
    let restarts = |name| of(name).and_then(|one| one["restarts"].as_u64());
    assert!(restarts("back") >= Some(4), "{services:?}");
    assert_eq!(restarts("front"), Some(0));
    let faults = report["faults"].as_array().expect("faults");
    let story = &faults
        .iter()
        .find(|one| one["name"] == "starved")
        .expect("it")["story"];
    assert!(
        story.to_string().contains("back ran out of memory"),
        "{story}"
    );
    assert_eq!(kept(id), [""; 0]);
}
