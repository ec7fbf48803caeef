//! Target definitions: checked as a whole, because their author is rarely the scenario's.

use std::collections::BTreeSet;

use harness_model::definition::ServiceDefinition;
use harness_model::invariant::Term;
use harness_model::{Invariant, TargetDefinition};

use crate::syntax::{Diagnostics, Section, WHOLE_FILE, parse};

/// The major version that is read.
const FORMAT: &str = "1";

/// Parses and checks a target definition.
///
/// # Errors
/// Everything that is wrong with it; of a text that does not have the form of a definition, the
/// first mistake.
pub fn parse_definition(source: &str, text: &str) -> Result<TargetDefinition, Diagnostics> {
    let mut diagnostics = Diagnostics::none(source, text);
    let table = parse(text, &mut diagnostics);
    let mut root = Section::new(&table, "a target definition", WHOLE_FILE);
    let today = "it is called invariant now: write [[invariant]]";
    root.retired("law", today, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let definition: TargetDefinition = match toml::from_str(text) {
        Ok(definition) => definition,
        Err(error) => {
            let at = error.span().unwrap_or(WHOLE_FILE);
            diagnostics.add(&at, error.message(), "");
            return Err(diagnostics);
        }
    };
    for message in mistakes(&definition) {
        diagnostics.add(&WHOLE_FILE, message, "");
    }
    if diagnostics.is_empty() {
        Ok(definition)
    } else {
        Err(diagnostics)
    }
}

fn mistakes(definition: &TargetDefinition) -> Vec<String> {
    let mut mistakes = Vec::new();
    let format = &definition.format;
    if format.split('.').next() != Some(FORMAT) {
        mistakes.push(format!(
            "format {format} cannot be read; this version reads {FORMAT}.0"
        ));
    }
    let services = definition.services.iter();
    let names: BTreeSet<&str> = services.map(|one| one.name.as_str()).collect();
    if names.len() != definition.services.len() {
        mistakes.push("two services have one name".to_owned());
    }
    if !names.contains(definition.entry.as_str()) {
        mistakes.push(format!("the entry {} is not a service", definition.entry));
    }
    let mut invariants = BTreeSet::new();
    for invariant in &definition.invariants {
        if !invariants.insert(&invariant.name) {
            mistakes.push(format!("two invariants are called {}", invariant.name));
        }
        mistakes.extend(unaudited(definition, invariant));
    }
    for service in &definition.services {
        mistakes.extend(mistakes_of(service, &names));
    }
    mistakes
}

fn mistakes_of(service: &ServiceDefinition, names: &BTreeSet<&str>) -> Vec<String> {
    let mut mistakes = Vec::new();
    let name = &service.name;
    if service.command.is_empty() && service.image.is_none() {
        mistakes.push(format!("service {name} has no command"));
    }
    if service.ready.conditions().is_empty() {
        mistakes.push(format!("service {name} does not say when it is ready"));
    }
    for callee in service.talks_to().filter(|callee| !names.contains(callee)) {
        mistakes.push(format!(
            "service {name} talks to {callee}, which is not a service"
        ));
    }
    if let Some(image) = &service.image {
        let is_a_user = |id: &str| id.parse::<u32>().is_ok_and(|id| id > 0);
        let ids = image.user.split_once(':');
        if !ids.is_some_and(|(user, group)| is_a_user(user) && is_a_user(group)) {
            mistakes.push(format!(
                "service {name} must run as uid:gid, and not as root"
            ));
        }
    }
    mistakes
}

/// The counts of an invariant that no audit holds.
fn unaudited(definition: &TargetDefinition, invariant: &Invariant) -> Vec<String> {
    let terms = invariant.left.0.iter().chain(&invariant.right.0);
    let unaudited = terms.filter_map(|term| match term {
        Term::Count { host, .. } => {
            let service = definition.host_of(host);
            service
                .is_none_or(|one| one.audit.is_none())
                .then_some(host)
        }
        Term::Number(_) | Term::Answered(_) => None,
    });
    let name = &invariant.name;
    unaudited
        .map(|host| {
            format!("the invariant {name:?} counts what {host} has, but {host} has no audit")
        })
        .collect()
}
