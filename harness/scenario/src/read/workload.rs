//! A workload file: what visitors can do, and the mixes that a scenario may choose from.

use std::collections::BTreeMap;

use harness_model::workload::Workload;

use super::mix::{self, NamedMix};
use super::{draw, journey, operation, placeholders};
use crate::defaults;
use crate::syntax::{Diagnostics, Node, Section, WHOLE_FILE, parse};

/// The format that this version reads.
const FORMAT: u64 = 1;

/// A workload and its mixes.
#[derive(Debug, Clone, Default)]
pub struct WorkloadFile {
    pub workload: Workload,
    pub mixes: BTreeMap<String, NamedMix>,
    /// Draw -> the setting of a target that states how many there are.
    pub counted: BTreeMap<String, String>,
    /// Median think time.
    pub think_ns: u64,
    /// Sigma of the think time's logarithm.
    pub think_sigma: f64,
}

/// Reads a workload file.
pub fn read(source: &str, text: &str) -> Result<WorkloadFile, Diagnostics> {
    let mut diagnostics = Diagnostics::none(source, text);
    let table = parse(text, &mut diagnostics);
    let defaults = defaults::of("workload");
    let mut root = Section::new(&table, "the workload", WHOLE_FILE).or_else(defaults);
    let file = sections(&mut root, &mut diagnostics);
    root.finish(&mut diagnostics);
    if diagnostics.is_empty() {
        Ok(file)
    } else {
        Err(diagnostics.sorted())
    }
}

fn sections(root: &mut Section<'_>, diagnostics: &mut Diagnostics) -> WorkloadFile {
    let format = root.integer("format", diagnostics);
    if format.is_some_and(|format| format != FORMAT) {
        let remedy = format!("this version reads {FORMAT}");
        let at = root.place("format");
        diagnostics.add(&at, "this format cannot be read", remedy);
    }
    let mut file = WorkloadFile {
        think_ns: root.duration("think", diagnostics).unwrap_or_default(),
        think_sigma: root.number("think_sigma", diagnostics).unwrap_or_default(),
        ..WorkloadFile::default()
    };
    let workload = &mut file.workload;
    let mut places = Vec::new();
    for (name, node) in members(root, "operation", diagnostics) {
        let operation = operation::read(name, node, diagnostics);
        places.extend(operation.is_some().then(|| node.at.clone()));
        workload.operations.extend(operation);
    }
    let draws = members(root, "draw", diagnostics);
    let drawn: Vec<&str> = draws.iter().map(|(name, _)| *name).collect();
    for (name, node) in draws {
        if let Some((draw, counted_by)) = draw::read(node, diagnostics) {
            workload.draws.insert(name.to_owned(), draw);
            let counted = counted_by.map(|setting| (name.to_owned(), setting));
            file.counted.extend(counted);
        }
    }
    placeholders::check(&workload.operations, &places, &drawn, diagnostics);
    for (name, node) in members(root, "journey", diagnostics) {
        let journey = journey::read(name, node, workload, diagnostics);
        workload.journeys.extend(journey);
    }
    for (name, node) in members(root, "mix", diagnostics) {
        let mix = named_mix(name, node, workload, diagnostics);
        file.mixes.extend(mix.map(|mix| (name.to_owned(), mix)));
    }
    file
}

/// Reads `[mix.NAME]`.
fn named_mix(
    name: &str,
    node: &Node,
    workload: &Workload,
    diagnostics: &mut Diagnostics,
) -> Option<NamedMix> {
    let table = node.as_table(diagnostics)?;
    let mut section = Section::new(table, format!("[mix.{name}]"), node.at.clone());
    let mix = mix::read(&mut section, workload, diagnostics);
    if section.has("journeys") == section.has("calls") {
        let message = format!("mix {name} must have either journeys or calls");
        diagnostics.add(&node.at, message, "");
    }
    section.finish(diagnostics);
    Some(mix)
}

/// The members of `[key.NAME]`, by name.
fn members<'a>(
    root: &mut Section<'a>,
    key: &'static str,
    diagnostics: &mut Diagnostics,
) -> Vec<(&'a str, &'a Node)> {
    let table = root.table(key, diagnostics);
    table
        .into_iter()
        .flatten()
        .map(|(name, (_, node))| (name.as_str(), node))
        .collect()
}
