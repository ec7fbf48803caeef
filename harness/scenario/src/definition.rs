//! Target definitions: checked as a whole, because their author is rarely the scenario's.

use std::collections::BTreeSet;

use harness_model::invariant::Term;
use harness_model::{Invariant, TargetDefinition};

use crate::diagnostics::Diagnostics;

/// Parses and checks a target definition.
pub fn parse_definition(source: &str, text: &str) -> Result<TargetDefinition, Diagnostics> {
    let mut faults = Diagnostics::none(source, text);
    let definition: TargetDefinition = match toml::from_str(text) {
        Ok(definition) => definition,
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            faults.add(&at, error.message(), "");
            return Err(faults);
        }
    };
    check(&definition, &mut faults);
    if faults.is_empty() {
        Ok(definition)
    } else {
        Err(faults)
    }
}

fn check(definition: &TargetDefinition, faults: &mut Diagnostics) {
    let mut fault = |message: String| faults.add(&(0..0), message, "");
    if definition.format.split('.').next() != Some("1") {
        fault(format!(
            "format {} cannot be read; this version reads 1.0",
            definition.format
        ));
    }
    let names: BTreeSet<&str> = definition
        .services
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    if names.len() != definition.services.len() {
        fault("two services have one name".to_owned());
    }
    if !names.contains(definition.entry.as_str()) {
        fault(format!("the entry {} is no service", definition.entry));
    }
    let mut invariants = BTreeSet::new();
    for invariant in &definition.invariants {
        if !invariants.insert(&invariant.name) {
            fault(format!("two invariants are called {}", invariant.name));
        }
        unaudited(definition, invariant)
            .into_iter()
            .for_each(&mut fault);
    }
    for service in &definition.services {
        if service.command.is_empty() && service.image.is_none() {
            fault(format!("service {} has no command", service.name));
        }
        if service.ready.conditions().is_empty() {
            fault(format!(
                "service {} is never known to be ready",
                service.name
            ));
        }
        for callee in service.talks_to().filter(|callee| !names.contains(callee)) {
            fault(format!(
                "service {} talks to {callee}, which is no service",
                service.name
            ));
        }
        if let Some(image) = &service.image {
            let is_somebody = |id: &str| id.parse::<u32>().is_ok_and(|id| id > 0);
            let ids = image.user.split_once(':');
            if !ids.is_some_and(|(user, group)| is_somebody(user) && is_somebody(group)) {
                fault(format!(
                    "service {} must run as uid:gid, and not as root",
                    service.name
                ));
            }
        }
    }
}

/// The counts of an invariant that no audit can hold.
fn unaudited(definition: &TargetDefinition, invariant: &Invariant) -> Vec<String> {
    let terms = invariant.left.0.iter().chain(&invariant.right.0);
    let unaudited = terms.filter_map(|term| match term {
        Term::Count { host, .. } => {
            let service = definition.host_of(host);
            service
                .is_none_or(|one| one.audit.is_none())
                .then_some(host)
        }
        _ => None,
    });
    let name = &invariant.name;
    unaudited
        .map(|host| {
            format!("the invariant {name:?} counts what {host} has, and nobody audits that")
        })
        .collect()
}
