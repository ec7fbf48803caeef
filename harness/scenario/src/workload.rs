//! Workload files: operations, journeys, draws and named mixes.

use std::collections::BTreeMap;
use std::ops::Range;

use harness_model::definition::SettingValue;
use harness_model::workload::{Draw, Journey, Operation, Step, Workload};

use crate::defaults;
use crate::diagnostics::Diagnostics;
use crate::holes;
use crate::section::Section;
use crate::target::Settings;
use crate::tree::{Node, Table, Value, parse};

/// A workload and the mixes that a scenario may choose from.
#[derive(Debug, Clone, Default)]
pub struct WorkloadFile {
    pub workload: Workload,
    pub mixes: BTreeMap<String, NamedMix>,
    /// Draw -> the setting of a target that says how many there are.
    pub counted: BTreeMap<String, String>,
    /// Median think time and its sigma.
    pub think_ns: u64,
    pub think_sigma: f64,
}

/// A mix by name: journeys by weight, or calls by count.
#[derive(Debug, Clone, Default)]
pub struct NamedMix {
    pub journeys: Vec<(String, f64)>,
    pub calls: Vec<(String, u64)>,
    pub prelude: Vec<String>,
}

/// Reads a workload file.
pub fn read(source: &str, text: &str) -> Result<WorkloadFile, Diagnostics> {
    let mut faults = Diagnostics::none(source, text);
    let table = parse(text, &mut faults);
    let mut root = Section::new(&table, "the workload", 0..0).or_else(defaults::of("workload"));
    if root
        .integer("format", &mut faults)
        .is_some_and(|format| format != 1)
    {
        faults.add(
            &root.place("format"),
            "this format cannot be read",
            "this version reads 1",
        );
    }
    let mut file = WorkloadFile {
        think_ns: root.duration("think", &mut faults).unwrap_or_default(),
        think_sigma: root.number("think_sigma", &mut faults).unwrap_or_default(),
        ..WorkloadFile::default()
    };
    let mut places = Vec::new();
    for (name, node) in members(&mut root, "operation", &mut faults) {
        let operation = operation(name, node, &mut faults);
        places.extend(operation.is_some().then(|| node.at.clone()));
        file.workload.operations.extend(operation);
    }
    let draws = members(&mut root, "draw", &mut faults);
    let drawn: Vec<&str> = draws.iter().map(|(name, _)| *name).collect();
    for (name, node) in draws {
        if let Some((draw, counted_by)) = draw(node, &mut faults) {
            file.workload.draws.insert(name.to_owned(), draw);
            let counted = counted_by.map(|setting| (name.to_owned(), setting));
            file.counted.extend(counted);
        }
    }
    holes::check(&file.workload.operations, &places, &drawn, &mut faults);
    for (name, node) in members(&mut root, "journey", &mut faults) {
        file.workload
            .journeys
            .extend(journey(name, node, &file.workload, &mut faults));
    }
    for (name, node) in members(&mut root, "mix", &mut faults) {
        if let Value::Table(table) = &node.value {
            let mut section = Section::new(table, format!("[mix.{name}]"), node.at.clone());
            let mix = mix(&mut section, &file.workload, &mut faults);
            if section.has("journeys") == section.has("calls") {
                let message = format!("mix {name} must have either journeys or calls");
                faults.add(&node.at, message, "");
            }
            section.finish(&mut faults);
            file.mixes.insert(name.to_owned(), mix);
        }
    }
    root.finish(&mut faults);
    if faults.is_empty() {
        Ok(file)
    } else {
        Err(faults.sorted())
    }
}

fn members<'a>(
    root: &mut Section<'a>,
    key: &'static str,
    faults: &mut Diagnostics,
) -> Vec<(&'a str, &'a Node)> {
    let table = root.table(key, faults);
    table
        .into_iter()
        .flatten()
        .map(|(name, (_, node))| (name.as_str(), node))
        .collect()
}

fn operation(name: &str, node: &Node, faults: &mut Diagnostics) -> Option<Operation> {
    let table = as_table(node, faults)?;
    let mut section = Section::new(table, format!("[operation.{name}]"), node.at.clone());
    let request = section.text("request", faults);
    let request = section
        .required("request", request, faults)
        .unwrap_or_default();
    let (method, path) = request.split_once(' ').unwrap_or(("", ""));
    if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) || !path.starts_with('/') {
        let remedy = "it must be a method and a path, for example \"GET /v1/home\"";
        faults.add(
            &section.place("request"),
            format!("request is {request:?}"),
            remedy,
        );
    }
    let operation = Operation {
        name: name.to_owned(),
        group: section
            .text("group", faults)
            .unwrap_or_else(|| name.to_owned()),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: text_map(&mut section, "headers", faults),
        body: section.text("body", faults),
        expect: expected(&mut section, faults),
        capture: text_map(&mut section, "capture", faults),
        idempotency_key: flag(&mut section, "idempotency_key", faults),
    };
    section.finish(faults);
    Some(operation)
}

fn expected(section: &mut Section<'_>, faults: &mut Diagnostics) -> Vec<u16> {
    let Some(node) = section.node("expect") else {
        return Vec::new();
    };
    let code = |node: &Node| match node.value {
        Value::Integer(code) if (100..600).contains(&code) => u16::try_from(code).ok(),
        _ => None,
    };
    let codes = match &node.value {
        Value::List(nodes) => nodes.iter().map(code).collect(),
        _ => None,
    };
    codes.unwrap_or_else(|| {
        faults.add(
            &node.at,
            "expect is no list of status codes",
            "write expect = [201]",
        );
        Vec::new()
    })
}

fn flag(section: &mut Section<'_>, key: &'static str, faults: &mut Diagnostics) -> bool {
    match section.node(key) {
        None => false,
        Some(Node {
            value: Value::Bool(truth),
            ..
        }) => *truth,
        Some(node) => {
            faults.add(
                &node.at,
                format!("{key} is {}", node.value.kind()),
                "write true or false",
            );
            false
        }
    }
}

fn text_map(
    section: &mut Section<'_>,
    key: &'static str,
    faults: &mut Diagnostics,
) -> BTreeMap<String, String> {
    let Some(table) = section.table(key, faults) else {
        return BTreeMap::new();
    };
    let mut map = BTreeMap::new();
    for (name, (_, node)) in table {
        match &node.value {
            Value::Text(text) => drop(map.insert(name.clone(), text.clone())),
            other => faults.add(
                &node.at,
                format!("{name} is {}", other.kind()),
                "write a text",
            ),
        }
    }
    map
}

/// A draw, and the setting of a target that says how many there are.
fn draw(node: &Node, faults: &mut Diagnostics) -> Option<(Draw, Option<String>)> {
    let table = as_table(node, faults)?;
    let mut section =
        Section::new(table, "a draw", node.at.clone()).or_else(defaults::of("workload.draw"));
    let session = flag(&mut section, "session", faults);
    let format = section.text("format", faults).unwrap_or_default();
    let is_of_numbers = section.has("zipf") || section.has("uniform");
    let counted_by = is_of_numbers
        .then(|| section.text("counted_by", faults))
        .flatten();
    let draw = if section.has("zipf") {
        let n = section.integer("zipf", faults);
        Draw::Zipf {
            n: section.above_zero("zipf", n, "there is no rank to draw", faults)?,
            s: section.number("s", faults).unwrap_or_default(),
            format,
            session,
        }
    } else if section.has("uniform") {
        let to = section.integer("uniform", faults)?;
        let from = section.integer("from", faults).unwrap_or_default();
        if from > to {
            let message = format!("there is no number from {from} to {to}");
            faults.add(&section.place("uniform"), message, "");
        }
        Draw::Uniform {
            from,
            to,
            format,
            session,
        }
    } else if section.has("choice") {
        let of = section.texts("choice", faults)?;
        if of.is_empty() {
            faults.add(&section.place("choice"), "there is nothing to choose", "");
        }
        let of = of.into_iter().map(|(text, _)| text).collect();
        Draw::Choice { of, session }
    } else if section.has("unique") {
        Draw::Unique {
            format: section.text("unique", faults)?,
            session,
        }
    } else {
        faults.add(
            &node.at,
            "this draw has no kind",
            "give it zipf, uniform, choice or unique",
        );
        return None;
    };
    section.finish(faults);
    Some((draw, counted_by))
}

/// A target that says how many there are is asked for no others. One that does not say is taken to
/// have as many as the workload states.
pub fn fit(workload: &mut Workload, counted: &BTreeMap<String, String>, settings: &Settings) {
    for (name, path) in counted {
        let setting = path
            .split_once('.')
            .and_then(|(section, key)| settings.get(section)?.get(key));
        let Some(SettingValue::Integer(count)) = setting else {
            continue;
        };
        let count = u64::try_from(*count).unwrap_or_default().max(1);
        match workload.draws.get_mut(name) {
            Some(Draw::Zipf { n, .. }) => *n = count,
            Some(Draw::Uniform { to, .. }) => *to = count,
            _ => {}
        }
    }
}

/// Steps are written `product`, `product*2..4` or `login!` (essential: a failure ends the journey).
fn journey(
    name: &str,
    node: &Node,
    workload: &Workload,
    faults: &mut Diagnostics,
) -> Option<Journey> {
    let table = as_table(node, faults)?;
    let mut section = Section::new(table, format!("[journey.{name}]"), node.at.clone());
    let steps = section.texts("steps", faults);
    let steps = section.required("steps", steps, faults).unwrap_or_default();
    section.finish(faults);
    let step = |(text, at): &(String, Range<usize>), faults: &mut Diagnostics| {
        let step = read_step(text);
        match &step {
            None => faults.add(
                at,
                format!("{text:?} is no step"),
                "write name, name*2..4 or name!",
            ),
            Some(step) => known_operation(&step.operation, at, workload, faults),
        }
        step
    };
    let steps = steps.iter().filter_map(|text| step(text, faults)).collect();
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

/// Reads `journeys`, `calls` and `prelude`, in a workload's mix or in a scenario's load.
pub fn mix(section: &mut Section<'_>, workload: &Workload, faults: &mut Diagnostics) -> NamedMix {
    let mut mix = NamedMix::default();
    for (name, (at, node)) in section.table("journeys", faults).into_iter().flatten() {
        let exists = workload.journeys.iter().any(|one| one.name == *name);
        if !exists && !workload.operations.is_empty() {
            let known = workload
                .journeys
                .iter()
                .map(|journey| journey.name.as_str());
            unknown("journey", name, at, known, faults);
        }
        match node.value {
            Value::Integer(weight) if weight > 0 => {
                mix.journeys.push((name.clone(), weight as f64))
            }
            Value::Float(weight) if weight > 0.0 && weight.is_finite() => {
                mix.journeys.push((name.clone(), weight))
            }
            _ => faults.add(&node.at, format!("the weight of {name} is not above 0"), ""),
        }
    }
    for (name, (at, node)) in section.table("calls", faults).into_iter().flatten() {
        known_operation(name, at, workload, faults);
        match node.value {
            Value::Integer(count) if count > 0 => {
                mix.calls.push((name.clone(), count.unsigned_abs()));
            }
            _ => faults.add(&node.at, format!("the count of {name} is not above 0"), ""),
        }
    }
    for (name, at) in section.texts("prelude", faults).unwrap_or_default() {
        known_operation(&name, &at, workload, faults);
        mix.prelude.push(name);
    }
    mix
}

fn known_operation(name: &str, at: &Range<usize>, workload: &Workload, faults: &mut Diagnostics) {
    let operations = &workload.operations;
    // Without any operation the workload itself could not be read, which is told already.
    if !operations.is_empty() && !operations.iter().any(|one| one.name == *name) {
        let known = operations.iter().map(|operation| operation.name.as_str());
        unknown("operation", name, at, known, faults);
    }
}

/// Notes a name that does not exist, with the nearest that does.
pub fn unknown<'n>(
    what: &str,
    name: &str,
    at: &Range<usize>,
    known: impl Iterator<Item = &'n str> + Clone,
    faults: &mut Diagnostics,
) {
    let remedy = match crate::section::closest(name, known.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
    };
    faults.add(at, format!("there is no {what} called {name}"), remedy);
}

fn as_table<'a>(node: &'a Node, faults: &mut Diagnostics) -> Option<&'a Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        other => {
            faults.add(
                &node.at,
                format!("expected a table, not {}", other.kind()),
                "",
            );
            None
        }
    }
}
