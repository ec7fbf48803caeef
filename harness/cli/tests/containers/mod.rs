//! What tests of whole runs in containers share: a harness as a child, its events so far, and what
//! the engine keeps of it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

const TABLE: &str = include_str!("../../../../scenarios/images.toml");

/// True when there is no engine, or it lacks the images of databases and brokers, and that is no
/// failure.
#[expect(
    clippy::print_stderr,
    reason = "a skipped test must not pass for one that ran"
)]
pub fn is_skipped() -> bool {
    let required = std::env::var("SHAKEDOWN_REQUIRE_DOCKER").is_ok_and(|value| value == "1");
    let lack = lack();
    assert!(
        lack.is_none() || !required,
        "containers are required: {lack:?}"
    );
    if let Some(lack) = &lack {
        eprintln!("skipped: {lack}");
    }
    lack.is_some()
}

fn lack() -> Option<String> {
    if !succeeds(&["version"]) {
        return Some("there is no Docker engine".into());
    }
    let entries = TABLE.lines().filter_map(|line| line.split_once('='));
    let mut images = entries
        .filter(|(name, _)| !name.starts_with('#'))
        .map(|(name, image)| {
            let variable = format!("SHAKEDOWN_IMAGE_{}", name.trim().to_uppercase());
            std::env::var(variable).unwrap_or_else(|_| image.trim().trim_matches('"').into())
        });
    let missing = images.find(|image| !succeeds(&["image", "inspect", image]))?;
    Some(format!("the engine has no image {missing}"))
}

fn succeeds(words: &[&str]) -> bool {
    let output = Command::new("docker").args(words).output();
    output.is_ok_and(|output| output.status.success())
}

/// Lets one test of a binary run at a time: a small machine has no room for more.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a harness; its run folder is `run` below the folder.
pub fn start(exe: &Path, folder: &Path, scenario: &str) -> Child {
    let file = folder.join("contained.toml");
    std::fs::write(&file, scenario).expect("the folder is writable");
    Command::new(exe)
        .arg("run")
        .arg(&file)
        .arg("--out")
        .arg(folder.join("run"))
        .env("SHAKEDOWN_HOME", folder.join("home"))
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary was built")
}

pub fn events(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("run/events.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

pub fn report(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("run/report.json")).expect("a report");
    serde_json::from_str(&text).expect("a report is JSON")
}

/// Whether what is asked for comes about, however slow the machine, until the limit.
pub fn within(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    done()
}

/// What the engine keeps under the name of a harness's run.
pub fn kept(harness: u32) -> Vec<String> {
    let name = format!("name=shakedown-{harness}-");
    let lists: [&[&str]; 3] = [
        &["ps", "--all", "--format", "{{.Names}}"],
        &["network", "ls", "--format", "{{.Name}}"],
        &["volume", "ls", "--format", "{{.Name}}"],
    ];
    let mut kept = Vec::new();
    for list in lists {
        let asked = Command::new("docker")
            .args(list)
            .args(["--filter", &name])
            .output();
        let text = asked.expect("the engine answered before").stdout;
        kept.extend(String::from_utf8_lossy(&text).lines().map(str::to_owned));
    }
    kept
}
