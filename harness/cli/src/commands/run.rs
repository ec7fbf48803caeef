//! `shakedown run`: from a scenario to an exit code.

use std::path::{Path, PathBuf};

use harness_model::{ExitCode, Plan};

use crate::args::RunOptions;
use crate::commands::report;
use crate::failure::Failure;
use crate::run::{self, Setting};
use crate::sources;

/// Runs a scenario and writes its reports; the exit code is that of the verdict.
///
/// # Errors
/// Of the scenario, with nothing started; or of the run, whose folder is sealed then, too.
pub fn run(options: &RunOptions) -> Result<ExitCode, Failure> {
    let (plan, text) = sources::plan(&options.scenario)?;
    let folder = options
        .out
        .clone()
        .unwrap_or_else(|| free_folder(&plan.scenario));
    let setting = Setting {
        run_id: run_id(&folder),
        command: command(options, &plan),
        plan,
        scenario_text: &text.text,
        folder: &folder,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::bug("start the runtime", error))?;
    runtime.block_on(run::run(setting))?;
    drop(runtime);
    report::report(&folder)
}

/// `runs/NAME-N` with the first N that is free.
fn free_folder(scenario: &str) -> PathBuf {
    let runs = Path::new("runs");
    (1..)
        .map(|n| runs.join(format!("{scenario}-{n}")))
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| runs.join(scenario))
}

fn run_id(folder: &Path) -> String {
    folder.file_name().map_or_else(
        || "run".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The command that repeats this run.
fn command(options: &RunOptions, plan: &Plan) -> String {
    let mut command = format!(
        "shakedown run {} --seed {}",
        options.scenario.scenario, plan.seed.0
    );
    if let Some(runtime) = &options.scenario.runtime {
        command.push_str(&format!(" --runtime {runtime}"));
    }
    for (path, value) in &options.scenario.sets {
        command.push_str(&format!(" --set {path}={value}"));
    }
    command
}
