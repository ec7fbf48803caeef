//! `[journey.NAME]` of a workload: a visit, step by step.

use harness_model::workload::{Journey, Step, Workload};

use super::operation::known_operation;
use crate::syntax::{Diagnostics, Node, Section, Span};

/// Steps are written `product`, `product*2..4` or `login!`, which is essential: a failure ends the
/// journey.
pub fn read(
    name: &str,
    node: &Node,
    workload: &Workload,
    diagnostics: &mut Diagnostics,
) -> Option<Journey> {
    let table = node.as_table(diagnostics)?;
    let mut section = Section::new(table, format!("[journey.{name}]"), node.at.clone());
    let steps = section.texts("steps", diagnostics);
    let steps = section
        .required("steps", steps, diagnostics)
        .unwrap_or_default();
    section.finish(diagnostics);
    let step = |(text, at): &(String, Span), diagnostics: &mut Diagnostics| {
        let step = read_step(text);
        match &step {
            None => diagnostics.add(
                at,
                format!("{text:?} is not a step"),
                "write name, name*2..4 or name!",
            ),
            Some(step) => known_operation(&step.operation, at, workload, diagnostics),
        }
        step
    };
    let steps = steps
        .iter()
        .filter_map(|text| step(text, diagnostics))
        .collect();
    Some(Journey {
        name: name.to_owned(),
        steps,
    })
}

fn read_step(text: &str) -> Option<Step> {
    let (text, essential) = match text.strip_suffix('!') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (operation, repeat) = text.split_once('*').unwrap_or((text, "1"));
    let (min, max) = repeat.split_once("..").unwrap_or((repeat, repeat));
    let (repeat_min, repeat_max) = (min.parse().ok()?, max.parse().ok()?);
    (repeat_min <= repeat_max && repeat_max > 0).then(|| Step {
        operation: operation.to_owned(),
        repeat_min,
        repeat_max,
        essential,
    })
}
