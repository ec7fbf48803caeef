//! Who does what how often: journeys by weight, or calls by count.

use harness_model::workload::Workload;

use super::operation::known_operation;
use crate::syntax::{Diagnostics, Section, Value, unknown};

/// A mix as it is written; it has either journeys or calls.
#[derive(Debug, Clone, Default)]
pub struct NamedMix {
    pub journeys: Vec<(String, f64)>,
    pub calls: Vec<(String, u64)>,
    /// Operations that every user performs once before the load starts.
    pub prelude: Vec<String>,
}

/// Reads `journeys`, `calls` and `prelude`, in a workload's mix or in a scenario's load.
pub fn read(
    section: &mut Section<'_>,
    workload: &Workload,
    diagnostics: &mut Diagnostics,
) -> NamedMix {
    let mut mix = NamedMix::default();
    for (name, (at, node)) in section.table("journeys", diagnostics).into_iter().flatten() {
        let exists = workload.journeys.iter().any(|one| one.name == *name);
        if !exists && !workload.operations.is_empty() {
            let known = workload
                .journeys
                .iter()
                .map(|journey| journey.name.as_str());
            unknown("journey", name, at, known, diagnostics);
        }
        match node.value {
            Value::Integer(weight) if weight > 0 => {
                mix.journeys.push((name.clone(), weight as f64));
            }
            Value::Float(weight) if weight > 0.0 && weight.is_finite() => {
                mix.journeys.push((name.clone(), weight));
            }
            _ => diagnostics.add(&node.at, format!("the weight of {name} is not above 0"), ""),
        }
    }
    for (name, (at, node)) in section.table("calls", diagnostics).into_iter().flatten() {
        known_operation(name, at, workload, diagnostics);
        match node.value {
            Value::Integer(count) if count > 0 => {
                mix.calls.push((name.clone(), count.unsigned_abs()));
            }
            _ => diagnostics.add(&node.at, format!("the count of {name} is not above 0"), ""),
        }
    }
    for (name, at) in section.texts("prelude", diagnostics).unwrap_or_default() {
        known_operation(&name, &at, workload, diagnostics);
        mix.prelude.push(name);
    }
    mix
}
