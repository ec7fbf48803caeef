//! Where scenarios, workloads and target definitions come from: built in, or a file.
//!
//! The only place that knows both the built-in names and the disk.

use std::path::{Path, PathBuf};

use harness_fixture as fixture;
use harness_model::Plan;
use harness_scenario as scenario;
use harness_scenario::Stores;

use crate::args::ScenarioOptions;
use crate::failure::Failure;

/// A scenario's text and where it came from.
#[derive(Debug, Clone)]
pub struct ScenarioText {
    /// The name that errors use.
    pub name: String,
    pub text: String,
    /// Paths in the scenario are relative to this folder.
    pub folder: PathBuf,
}

/// Finds a scenario by built-in name or by path.
///
/// # Errors
/// A usage error that lists the built-in names.
pub fn scenario(name_or_path: &str) -> Result<ScenarioText, Failure> {
    if let Some(text) = scenario::builtin(name_or_path) {
        return Ok(ScenarioText {
            name: format!("{name_or_path}.toml"),
            text: text.to_owned(),
            folder: PathBuf::from("."),
        });
    }
    let path = Path::new(name_or_path);
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(ScenarioText {
            name: name_or_path.to_owned(),
            text,
            folder: path.parent().map_or_else(PathBuf::new, Path::to_path_buf),
        }),
        Err(error) => Err(Failure::usage(format!(
            "failed to read the scenario {name_or_path}: {error}\n  \
             it is no file, and the built-in scenarios are: {}",
            scenario::builtins()
                .iter()
                .map(|builtin| builtin.name)
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

/// Resolves a scenario as the command line asks for it.
///
/// # Errors
/// A usage error with all mistakes of the scenario and of the files it names.
pub fn plan(options: &ScenarioOptions) -> Result<(Plan, ScenarioText), Failure> {
    let text = scenario(&options.scenario)?;
    let request = scenario::Request {
        source: &text.name,
        text: &text.text,
        sets: &options.sets,
        seed: options.seed,
        runtime: options.runtime.as_deref(),
    };
    let plan = scenario::plan(
        &request,
        &Texts {
            folder: &text.folder,
        },
    )
    .map_err(Failure::usage)?;
    Ok((plan, text))
}

/// Resolves a scenario that a command has made itself; `name` is what errors call it.
///
/// # Errors
/// As [`plan`].
pub fn plan_text(
    name: &str,
    text: &str,
    sets: &[(String, String)],
    seed: Option<u64>,
) -> Result<Plan, Failure> {
    let request = scenario::Request {
        source: name,
        text,
        sets,
        seed,
        runtime: None,
    };
    let folder = Path::new(".");
    scenario::plan(&request, &Texts { folder }).map_err(Failure::usage)
}

/// Built-in texts first, then files beside the scenario.
struct Texts<'a> {
    folder: &'a Path,
}

impl scenario::Sources for Texts<'_> {
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String> {
        if name == "calibrated" {
            return Ok(fixture::DEFINITION.to_owned());
        }
        let stores = match stores {
            None | Some(Stores::Embedded) => shop_app::Stores::Embedded,
            Some(Stores::Server) => shop_app::Stores::Server,
            Some(Stores::SharedServer) => shop_app::Stores::SharedServer,
        };
        match shop_app::definition(name, stores) {
            Some(text) => Ok(text),
            None => self.file(name, "a shape of the shop", &shop_app::shapes().join(", ")),
        }
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        match scenario::builtin_workload(name) {
            Some(text) => Ok(text.to_owned()),
            None => self.file(name, "a built-in workload", "calibrated, shop"),
        }
    }
}

impl Texts<'_> {
    fn file(&self, name: &str, what: &str, known: &str) -> Result<String, String> {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).map_err(|error| {
            format!("{name} is neither {what} ({known}) nor a readable file: {error}")
        })
    }
}
