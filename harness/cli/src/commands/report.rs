//! `shakedown report DIR`: from the files of a run to its answer.
//!
//! A run ends with the same function, so a report never depends on the live run.

use std::path::Path;

use harness_model::{EventKind, ExitCode, Report, RunData};

use crate::failure::Failure;
use crate::say;

/// What to do about an unfinished run; the summary says that it is one.
const UNFINISHED: &str = "note: a run that still goes on writes its full report when it ends; what \
                          a killed harness left behind, `shakedown recover` removes";

/// Analyses a run folder, writes every derived file again, prints the summary, and returns the exit
/// code of the run.
///
/// # Errors
/// A usage error when the folder cannot be read as a run; another when a file cannot be rendered or
/// written.
pub fn report(run: &Path) -> Result<ExitCode, Failure> {
    let data = harness_archive::read(run).map_err(Failure::usage)?;
    let report = harness_analysis::report(&data);
    for name in harness_archive::missing(run) {
        say::aside(format_args!(
            "warning: {name} is missing from the run; its report does not need it"
        ));
    }
    say::line(format_args!(
        "{}",
        reports::terminal_summary(&report, width())
    ));
    if data.is_unfinished() {
        say::aside(UNFINISHED);
    }
    // Last, so that a full disk does not keep the answer from anybody.
    write_derived(run, &report)?;
    say::line(format_args!(
        "report: {}",
        run.join("report.html").display()
    ));
    Ok(code(&data, &report))
}

fn write_derived(run: &Path, report: &Report) -> Result<(), Failure> {
    let put = |name: &str, bytes: &[u8]| {
        harness_archive::write_derived(run, name, bytes).map_err(Failure::unrecorded)
    };
    for renderer in reports::renderers() {
        let bytes = renderer
            .render(report)
            .map_err(|error| Failure::bug(&format!("render {}", renderer.file_name()), error))?;
        put(renderer.file_name(), &bytes)?;
    }
    for (name, bytes) in reports::charts(report) {
        put(&format!("charts/{name}"), &bytes)?;
    }
    Ok(())
}

/// What the run itself exited with, if it could; otherwise what its verdict means.
fn code(data: &RunData, report: &Report) -> ExitCode {
    let mut events = data.events.iter();
    if events.any(|event| event.what == EventKind::Interrupted) {
        return ExitCode::Interrupted;
    }
    let failed = data.failure().map(|(exit, _)| exit);
    failed.unwrap_or(report.verdict.into())
}

/// Columns of the terminal, if the shell exports them.
fn width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .unwrap_or(100)
}
