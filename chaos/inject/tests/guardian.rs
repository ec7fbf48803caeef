//! A guardian ends what it watches when the harness dies, also a frozen process, and nothing else.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use chaos_inject::process::{self, Identity};
use chaos_inject::{Guardian, guardian_main, recover};

const JOURNAL: &str = "GUARDIAN_JOURNAL_OF_THIS_TEST";

/// The body of the guardian process: this test binary runs itself with only this test.
#[test]
fn a_guardian_process_when_asked_to_be_one() {
    if let Some(journal) = std::env::var_os(JOURNAL) {
        guardian_main(Path::new(&journal), clean_up).unwrap();
    }
}

/// An engine that keeps one container per run.
fn clean_up(run: &str) -> (Vec<String>, bool) {
    (vec![format!("{run}-front")], true)
}

fn guardian(journal: &Path) -> Guardian {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "a_guardian_process_when_asked_to_be_one",
        "--nocapture",
    ]);
    Guardian::start_as({
        command.env(JOURNAL, journal);
        command
    })
    .unwrap()
}

fn sleeper() -> Child {
    Command::new("sleep").arg("60").spawn().unwrap()
}

fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

#[test]
fn a_frozen_child_and_a_folder_are_gone_within_a_second_after_the_harness() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    std::fs::create_dir(&made).unwrap();
    let (mut frozen, mut forgotten) = (sleeper(), sleeper());
    let guardian = guardian(&folder.path().join("run.journal"));
    guardian.watch("cart", frozen.id()).unwrap();
    guardian.watch("worker", forgotten.id()).unwrap();
    guardian.forget(forgotten.id()).unwrap();
    guardian.remove_dir(&made).unwrap();
    process::freeze(frozen.id()).unwrap();

    drop(guardian);
    assert!(ends_within(&mut frozen, Duration::from_secs(1)));
    assert!(!ends_within(&mut forgotten, Duration::from_millis(50)));
    forgotten.kill().unwrap();
    forgotten.wait().unwrap();
    assert!(!made.exists());
}

#[test]
fn after_done_nothing_is_touched_and_no_journal_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("run.journal");
    let mut child = sleeper();
    let guardian = guardian(&journal);
    guardian.watch("cart", child.id()).unwrap();
    guardian.done().unwrap();
    assert!(!ends_within(&mut child, Duration::from_millis(50)));
    assert!(!journal.exists());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn recovery_ends_what_a_dead_guardian_left_and_leaves_a_living_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = sleeper();
    let left = Identity::of(child.id()).unwrap();
    let text = format!(
        "guardian 1 1\nwatch {} {} cart-2\nwatch 1 1\nsweep dead\nwat",
        left.pid, left.start_time
    );
    std::fs::write(folder.path().join("dead.journal"), text).unwrap();
    let living = guardian(&folder.path().join("living.journal"));

    let recovered = recover(folder.path(), clean_up).unwrap();
    let [killed] = &recovered.killed[..] else {
        panic!("{recovered:?}");
    };
    assert_eq!((killed.name.as_str(), killed.pid), ("cart-2", left.pid));
    assert_eq!(recovered.engine_objects, ["dead-front"]);
    assert_eq!(recovered.still_running, 1);
    assert!(ends_within(&mut child, Duration::from_secs(1)));
    living.done().unwrap();
    assert_eq!(recover(folder.path(), clean_up).unwrap().still_running, 0);
}

#[test]
fn a_journal_stays_until_the_engine_has_removed_everything() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("dead.journal");
    std::fs::write(&journal, "guardian 1 1\nsweep dead\n").unwrap();
    let out_of_reach = recover(folder.path(), |_| (Vec::new(), false)).unwrap();
    assert_eq!(out_of_reach.unfinished, [journal.as_path()]);
    let reachable = recover(folder.path(), clean_up).unwrap();
    assert_eq!(reachable.engine_objects, ["dead-front"]);
    assert!(reachable.unfinished.is_empty() && !journal.exists());
}

#[test]
fn processes_that_carry_the_mark_of_a_run_are_gone_with_its_folder_though_nobody_watched_them() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    std::fs::create_dir(&made).unwrap();
    let marked = |run: &Path| {
        let mut sleeper = Command::new("sleep");
        sleeper.arg("60").env("SHAKEDOWN_INSTANCE", run.join("web"));
        sleeper.spawn().unwrap()
    };
    let (mut ours, mut of_another) = (marked(&made), marked(&folder.path().join("made-too")));
    let guardian = guardian(&folder.path().join("run.journal"));
    guardian.remove_dir(&made).unwrap();

    drop(guardian);
    assert!(ends_within(&mut ours, Duration::from_secs(2)));
    assert!(!ends_within(&mut of_another, Duration::from_millis(50)));
    of_another.kill().unwrap();
    of_another.wait().unwrap();
}
