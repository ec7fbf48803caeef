//! Holds every file of three sample runs to its golden copy. `UPDATE_GOLDEN=1` renews them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may unwrap as tests do"
)]

mod fixtures;

use std::path::PathBuf;

use harness_model::Report;

fn golden(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(path)
}

fn compare(path: PathBuf, fresh: &[u8]) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, fresh).unwrap();
    }
    let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let differs = "differs from what is rendered now; UPDATE_GOLDEN=1 renews it";
    assert!(kept == fresh, "{} {differs}", path.display());
}

fn compare_all(name: &str, report: &Report) {
    for renderer in reports::renderers() {
        // The data of the samples is the same in each; one copy of it is enough.
        if renderer.file_name() != "report.json" || name == "fail" {
            let bytes = renderer.render(report).unwrap();
            compare(golden(&format!("{name}/{}", renderer.file_name())), &bytes);
        }
    }
    let summary = reports::terminal_summary(report, 100);
    compare(golden(&format!("{name}/terminal.txt")), summary.as_bytes());
}

#[test]
fn a_failing_run_is_written_as_before() {
    compare_all("fail", &fixtures::failing());
}

#[test]
fn a_passing_run_is_written_as_before() {
    compare_all("pass", &fixtures::passing());
}

#[test]
fn an_inconclusive_run_is_written_as_before() {
    compare_all("inconclusive", &fixtures::inconclusive());
}

#[test]
fn the_schema_of_the_report_is_what_scripts_build_on() {
    let mut schema = serde_json::to_string_pretty(&reports::schema()).unwrap();
    schema.push('\n');
    compare(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema.json"),
        schema.as_bytes(),
    );
}
