//! Target definitions: checked as a whole, because their author is rarely the scenario's.

use std::collections::BTreeSet;

use harness_model::TargetDefinition;

use crate::faults::Faults;

/// Parses and checks a target definition.
pub fn parse_definition(source: &str, text: &str) -> Result<TargetDefinition, Faults> {
    let mut faults = Faults::none(source, text);
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

fn check(definition: &TargetDefinition, faults: &mut Faults) {
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
    for service in &definition.services {
        if service.command.is_empty() {
            fault(format!("service {} has no command", service.name));
        }
        for callee in service
            .calls
            .iter()
            .filter(|callee| !names.contains(callee.as_str()))
        {
            fault(format!(
                "service {} calls {callee}, which is no service",
                service.name
            ));
        }
    }
}
