//! Nothing of a run outlives its harness in the engine, whenever that dies; and runs do not meet.
//!
//! Skipped as `docker.rs` is.

mod containers;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use containers::{events, is_skipped, kept, report, start, turn, within};
use serde_json::Value;

/// The engine may keep something of a dead harness for so long.
const KEPT_LIMIT: Duration = Duration::from_secs(10);

/// A service, its database and a stranger; each way of breaking a container once.
const SCENARIO: &str = r#"
format = 1
name = "contained"
[target]
shape = "monolith"
runtime = "docker"
[target.data]
products = 40
customers = 10
[load]
workload = "shop"
mix = "browsing"
duration = "18s"
rate = "5/s"
[[fault]]
name = "throttled"
cpu = { of = "shop-db", quota = 0.1 }
at = "14s"
for = "2s"
[[fault]]
name = "killed"
kill = "shop-db"
at = "2s"
for = "2s"
[[fault]]
name = "frozen"
freeze = "shop-db"
at = "5s"
for = "2s"
[[fault]]
name = "slowed"
latency = { on = "monolith -> shop-db", delay = "100ms" }
at = "8s"
for = "2s"
[[fault]]
name = "alone"
disconnect = "shop-db"
at = "11s"
for = "2s"
"#;

/// The same without faults and with long timeouts: while one of two runs is under load, the other
/// may still be seeding, and slow is not wrong.
fn peaceful() -> String {
    const PATIENT: &str = "[target.resilience]\ntimeout = \"20s\"\ndeadline = \"30s\"\n\
                           [target.gateway]\nstock_patience = \"20s\"\n[load]\ntimeout = \"30s\"";
    let (calm, _) = SCENARIO.split_once("[[fault]]").expect("it has faults");
    calm.replace("[load]", PATIENT)
        .replace("duration = \"18s\"", "duration = \"5s\"")
}

fn is(name: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == name
}

fn is_on(fault: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == "fault-injected" && event["fault"] == fault
}

/// A binary that differs from any before it, so that there is no image of it yet.
fn never_seen(folder: &Path) -> PathBuf {
    let path = folder.join("shakedown");
    let mut bytes = std::fs::read(env!("CARGO_BIN_EXE_shakedown")).expect("the binary was built");
    write!(bytes, "{}", folder.display()).expect("memory takes everything");
    std::fs::write(&path, bytes).expect("the folder is writable");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("it is ours");
    path
}

/// Kills a harness once something has happened; returns how long the engine kept anything of it.
fn killed_after(exe: Option<PathBuf>, what: &str, happened: impl Fn(&Value) -> bool) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let exe = exe.unwrap_or_else(|| env!("CARGO_BIN_EXE_shakedown").into());
    let mut harness = start(&exe, folder.path(), SCENARIO);
    let seen = within(Duration::from_secs(180), || {
        events(folder.path()).iter().any(&happened)
    });
    let id = harness.id();
    let before = kept(id);
    harness.kill().expect("our own child");
    harness.wait().expect("our own child");
    let since = Instant::now();
    assert!(seen, "{what} never happened: {:?}", events(folder.path()));
    assert_ne!(before, [""; 0], "{what}: there was nothing to remove");
    let gone = within(KEPT_LIMIT, || kept(id).is_empty());
    assert!(gone, "{what}: {:?} outlived the harness", kept(id));
    since.elapsed()
}

/// While its image is built, the one phase that needs a binary nobody has seen.
fn killed_while_building() -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let unseen = never_seen(folder.path());
    killed_after(Some(unseen), "building", is("image-building"))
}

#[test]
fn a_harness_that_dies_while_it_builds_or_breaks_leaves_no_container_network_or_volume() {
    if is_skipped() {
        return;
    }
    let _turn = turn();
    println!("building: gone after {:.1?}", killed_while_building());
    let frozen = killed_after(None, "frozen", is_on("frozen"));
    println!("frozen: gone after {frozen:.1?}");
}

/// Every other phase and every other way of breaking a container.
#[test]
#[ignore = "takes minutes: cargo xtask verify docker-safety"]
fn a_harness_that_dies_in_any_phase_leaves_no_container_network_or_volume() {
    if is_skipped() {
        return;
    }
    let _turn = turn();
    for phase in ["service-started", "load-started", "load-finished"] {
        println!(
            "{phase}: gone after {:.1?}",
            killed_after(None, phase, is(phase))
        );
    }
    for fault in ["killed", "slowed", "alone", "throttled"] {
        let during = killed_after(None, fault, is_on(fault));
        println!("{fault}: gone after {during:.1?}");
    }
}

#[test]
fn two_runs_at_once_do_not_disturb_each_other() {
    if is_skipped() {
        return;
    }
    let _turn = turn();
    let exe = PathBuf::from(env!("CARGO_BIN_EXE_shakedown"));
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    let runs = folders
        .each_ref()
        .map(|folder| start(&exe, folder.path(), &peaceful()));
    let mut counts = Vec::new();
    for (mut run, folder) in runs.into_iter().zip(&folders) {
        let id = run.id();
        let status = run.wait().expect("our own child");
        let report = report(folder.path());
        // Two at once may be late for each other; nothing else is allowed to show.
        assert!(
            status.code().is_some_and(|code| [0, 3].contains(&code)),
            "{status}: {report}"
        );
        assert_eq!(report["telemetry"]["trace_coverage"], 1.0);
        assert_eq!(kept(id), [""; 0]);
        let load = &report["load"];
        assert!(load["ok"].as_u64() > Some(40), "{load}");
        counts.push([&load["sent"], &load["ok"], &load["failed"]].map(Value::clone));
    }
    // The same seed sends the same requests; answers of the other run's shop would differ.
    assert_eq!(counts[0], counts[1]);
}
