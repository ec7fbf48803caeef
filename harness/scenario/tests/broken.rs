//! Broken scenario files, each with the golden text of everything that is wrong with it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p harness-scenario` renews the texts; their diff is the review.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use harness_scenario::{Request, builtins, plan};
use support::{Known, golden, request};

#[test]
fn every_error_of_a_broken_file_is_reported_with_line_and_column() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    files.sort();
    assert!(files.len() >= 25, "{} broken files", files.len());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let Err(diagnostics) = plan(&request(&name, &text), &Known) else {
            panic!("{name} was planned although it is broken")
        };
        assert!(
            diagnostics.list().iter().all(|one| one.at.is_some()),
            "{name}: {diagnostics}"
        );
        golden(&path.with_extension("txt"), &format!("{diagnostics}\n"));
    }
}

#[test]
fn several_errors_of_one_file_are_reported_at_once() {
    let text = include_str!("broken/many-faults-at-once.toml");
    let diagnostics = plan(&request("many", text), &Known).unwrap_err();
    let messages: Vec<&str> = diagnostics
        .list()
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    for part in ["no key called duratoin", "no mix called stedy"] {
        assert!(
            messages.iter().any(|message| message.contains(part)),
            "{part}: {messages:?}"
        );
    }
}

#[test]
fn a_built_in_scenario_of_the_calibrated_target_plans_cleanly_and_repeatably() {
    let calibration = builtins()
        .iter()
        .find(|builtin| builtin.name == "calibration")
        .unwrap();
    let text = harness_scenario::builtin(calibration.name).unwrap();
    let first = plan(&request("calibration", text), &Known).unwrap();
    let second = plan(&request("calibration", text), &Known).unwrap();
    let json = |plan| serde_json::to_string(plan).unwrap();
    assert_eq!(json(&first), json(&second));
    let other = Request {
        seed: Some(7),
        ..request("calibration", text)
    };
    assert_ne!(json(&first), json(&plan(&other, &Known).unwrap()));
}

/// Its time limit is its end.
#[test]
fn a_closed_load_of_single_calls_needs_no_number_of_requests() {
    let text = include_str!("support/closed-calls.toml");
    let planned = plan(&request("closed", text), &Known).unwrap();
    assert_eq!(planned.load.requests, None);
    assert_eq!(planned.load.duration_ns, 20_000_000_000);
}

#[test]
fn a_value_can_be_set_from_the_command_line_also_inside_a_named_fault() {
    let text = harness_scenario::builtin("calibration").unwrap();
    let sets = [("fault.back-frozen.for".to_owned(), "1s".to_owned())];
    let planned = plan(
        &Request {
            sets: &sets,
            ..request("calibration", text)
        },
        &Known,
    );
    assert_eq!(planned.unwrap().faults[0].for_ns, 1_000_000_000);
    let sets = [("fault.nothing.for".to_owned(), "1s".to_owned())];
    let planned = plan(
        &Request {
            sets: &sets,
            ..request("calibration", text)
        },
        &Known,
    );
    assert!(
        planned
            .unwrap_err()
            .to_string()
            .contains("nothing is called fault.nothing.for")
    );
}
