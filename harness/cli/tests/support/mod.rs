//! What tests of whole runs share: a folder, the program as a child, and the events of its run,
//! which are the tests' synchronisation. It must not know any scenario.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Limit of waiting, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that is removed with the value.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The program in a folder, its own files included.
pub fn shakedown(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shakedown"));
    command
        .args(words)
        .current_dir(folder)
        .env("SHAKEDOWN_HOME", folder.join("home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A run of a scenario that was just written, and its run folder.
pub fn start(folder: &Path, scenario: &str) -> (Child, PathBuf) {
    std::fs::write(folder.join("scenario.toml"), scenario).expect("the folder is writable");
    let child = shakedown(folder, &["run", "scenario.toml", "--out", "run"])
        .spawn()
        .expect("the binary was built");
    (child, folder.join("run"))
}

/// The exit code of a child, and all that it printed.
pub fn ended(child: Child) -> (Option<i32>, String) {
    code_and_text(child.wait_with_output().expect("our own child"))
}

/// The exit code of a command, and all that it printed.
pub fn code_and_text(output: Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    (output.status.code(), text.into_owned())
}

/// The events of a run until now.
pub fn events(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("events.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Waits for an event of a run.
pub fn event(run: &Path, name: &str) -> Value {
    wait(name, || {
        events(run).into_iter().find(|event| event["event"] == name)
    })
}

/// Waits until something is so.
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(found) = look() {
            return found;
        }
        std::thread::yield_now();
    }
    panic!("there was no {what}");
}

/// Sends a signal to a process.
pub fn signal(pid: u64, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.expect("there is a kill command").success());
}

/// A JSON file.
pub fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the file was written");
    serde_json::from_str(&text).expect("it is JSON")
}
