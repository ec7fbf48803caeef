//! Commands of a target definition with their placeholders filled in.

use std::path::PathBuf;
use std::process::Command;

use harness_model::InstanceId;
use harness_process::MARK;

use crate::error::DeployError;
use crate::layout::{InstanceLayout, ServiceLayout};

/// The folders and the binary of a run.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The shakedown binary.
    pub exe: PathBuf,
    /// Private to this run.
    pub data: PathBuf,
    /// Kept between runs.
    pub cache: PathBuf,
    /// One file per service.
    pub logs: PathBuf,
    /// The user's settings for all runs.
    pub settings: PathBuf,
}

/// The values that are the same for every command of a run.
#[derive(Debug, Clone)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    pub fn new(paths: &Paths, otlp: &str, seed: u64, settings: String) -> Values {
        let shown = |path: &PathBuf| path.display().to_string();
        Values(vec![
            ("{exe}", shown(&paths.exe)),
            ("{data}", shown(&paths.data)),
            ("{cache}", shown(&paths.cache)),
            ("{otlp}", otlp.into()),
            ("{seed}", seed.to_string()),
            ("{settings}", settings),
        ])
    }

    pub fn command(&self, name: &str, words: &[String]) -> Result<Command, DeployError> {
        let filled: Vec<String> = words.iter().map(|word| fill(word, &self.0)).collect();
        let (program, args) = filled
            .split_first()
            .ok_or_else(|| DeployError::NoCommand(name.into()))?;
        let mut command = Command::new(program);
        command.args(args);
        Ok(command)
    }

    pub fn instance(
        &self,
        service: &ServiceLayout,
        instance: &InstanceLayout,
    ) -> Result<Command, DeployError> {
        let mut command = self.command(&service.definition.name, &routed(service, instance))?;
        command.env(MARK, self.mark(&instance.id));
        let (name, value) = resource_attributes(instance);
        let inherited = std::env::var(name).unwrap_or_default();
        command.env(name, [inherited, value].join(",").trim_start_matches(','));
        Ok(command)
    }

    /// The mark that every process of an instance carries: the folder is private to the run.
    pub fn mark(&self, instance: &InstanceId) -> String {
        fill(&format!("{{data}}/{instance}"), &self.0)
    }

    /// Program and arguments of an instance, for a container engine to start.
    pub fn words(&self, service: &ServiceLayout, instance: &InstanceLayout) -> Vec<String> {
        let words = routed(service, instance);
        words.iter().map(|word| fill(word, &self.0)).collect()
    }
}

/// The environment variable by which OpenTelemetry SDKs learn the name of the instance.
pub fn resource_attributes(instance: &InstanceLayout) -> (&'static str, String) {
    let value = format!("service.instance.id={}", instance.id);
    ("OTEL_RESOURCE_ATTRIBUTES", value)
}

/// The command of an instance with its address and routes filled in; other placeholders remain.
fn routed(service: &ServiceLayout, instance: &InstanceLayout) -> Vec<String> {
    let definition = &service.definition;
    let own = [("{listen}", instance.listen.clone())];
    let mut words: Vec<String> = definition
        .command
        .iter()
        .map(|word| fill(word, &own))
        .collect();
    for route in &service.routes {
        let values = [
            ("{callee}", route.callee.clone()),
            ("{url}", route.url.clone()),
        ];
        words.extend(route.args.iter().map(|word| fill(word, &values)));
    }
    words
}

/// One pass from left to right, so that a value that looks like a placeholder stays as it is.
fn fill(word: &str, values: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let known = values.iter().find(|(name, _)| rest.starts_with(name));
        let (taken, value) = known.map_or((1, "{"), |(name, value)| (name.len(), value.as_str()));
        filled.push_str(value);
        rest = &rest[taken..];
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_placeholder_is_not_filled_again() {
        let values = [
            ("{url}", "{callee}".to_owned()),
            ("{callee}", "cart".to_owned()),
        ];
        assert_eq!(fill("--{callee}={url}{x}{", &values), "--cart={callee}{x}{");
    }
}
