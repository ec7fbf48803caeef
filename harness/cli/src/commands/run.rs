//! `shakedown run`: from a scenario to an exit code.

use std::path::{Path, PathBuf};
use std::{fs, io};

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
    let folder = match &options.out {
        Some(folder) => folder.clone(),
        None => new_folder(&plan.scenario)?,
    };
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
    let recorded = runtime.block_on(run::run(setting));
    drop(runtime);
    recorded.map_err(|failure| still_readable(failure, &folder))?;
    report::report(&folder)
}

/// Makes `runs/NAME-N` with the first N that is free. Making it is what takes it: another run may
/// look for a folder at the same moment.
fn new_folder(scenario: &str) -> Result<PathBuf, Failure> {
    let failed = |folder: &Path, error: io::Error| {
        let folder = folder.display();
        Failure::unrecorded(format!("failed to make the folder {folder}: {error}"))
    };
    let runs = Path::new("runs");
    fs::create_dir_all(runs).map_err(|error| failed(runs, error))?;
    for number in 1.. {
        let folder = runs.join(format!("{scenario}-{number}"));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&folder, error)),
            Ok(()) => return Ok(folder),
        }
    }
    unreachable!("the numbers do not end")
}

/// A run that could not be recorded to its end has a report all the same, unless its folder is
/// gone.
fn still_readable(failure: Failure, folder: &Path) -> Failure {
    if failure.code != ExitCode::Unrecorded || !harness_archive::is_there(folder) {
        return failure;
    }
    let folder = folder.display();
    let message = format!(
        "{}; what was recorded until then can be read with: shakedown report {folder}",
        failure.message
    );
    Failure { message, ..failure }
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
