//! `[target]`: the system under load, its definition and its settings.

use std::collections::BTreeMap;
use std::ops::Range;

use harness_model::TargetDefinition;
use harness_model::definition::SettingValue;
use harness_model::plan::{Runtime, TargetPlan};

use crate::diagnostics::{COMMAND_LINE, Diagnostics};
use crate::plan::{Request, Sources};
use crate::section::Section;
use crate::tree::{Node, Table, Value};
use crate::units::duration_ns;
use crate::{defaults, definition, workload};

/// What the shop keeps its data in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// In files of each service.
    Embedded,
    /// On a database server for each service.
    Server,
    /// On one database server for all.
    SharedServer,
}

/// Reads `[target]` and the definition it names; `None` when that could not be read.
pub fn read(
    root: &mut Section<'_>,
    request: &Request<'_>,
    sources: &dyn Sources,
    faults: &mut Diagnostics,
) -> Option<TargetPlan> {
    let at = root.place("target");
    let table = root.table("target", faults);
    let table = root.required("target", table, faults)?;
    let mut section = Section::new(table, "[target]", at.clone()).or_else(defaults::of("target"));
    let url = section.text("url", faults);
    let shape = section.text("shape", faults);
    let file = section.text("definition", faults);
    let ready_within = section.duration("ready_within", faults);
    let why = "nothing is ready within no time";
    let ready_within_ns = section.above_zero("ready_within", ready_within, why, faults);
    let runtime = runtime(&mut section, request.runtime, url.is_some(), faults);
    let named = ["shape", "definition", "url"].into_iter();
    let one = named.filter(|key| section.has(key)).count() == 1;
    if !one {
        let remedy = "give shape (of the shop), definition (a file) or url (a system of your own)";
        faults.add(&at, "[target] must name one system", remedy);
    }
    let file_is_named = file.is_some();
    let shape = shape.or(file);
    let stores = stores(&mut section, runtime, faults);
    let definition = match &shape {
        Some(name) if one => read_definition(name, stores, &section, sources, faults),
        None if url.is_some() => Some(without_services()),
        _ => None,
    };
    let Some(definition) = definition else {
        // Which settings it has is not known.
        section.finish_except(&[], |value| matches!(value, Value::Table(_)), faults);
        return None;
    };
    let settings = settings(table, &definition, faults);
    let names: Vec<&str> = definition.settings.keys().map(String::as_str).collect();
    section.finish_except(&names, |_| false, faults);
    if file_is_named {
        fits(&definition, runtime, &at, faults);
    }
    Some(TargetPlan {
        runtime,
        shape: shape.unwrap_or_else(|| definition.name.clone()),
        settings,
        definition,
        url,
        ready_within_ns: ready_within_ns.unwrap_or_default(),
        nice: 5,
    })
}

/// Servers come as images only, and the image of everything else holds the shakedown binary and
/// nothing else.
fn fits(
    definition: &TargetDefinition,
    runtime: Runtime,
    at: &Range<usize>,
    faults: &mut Diagnostics,
) {
    for service in &definition.services {
        let is_ours = service.command.first().is_some_and(|word| word == "{exe}");
        let (how, remedy) = match (runtime, &service.image) {
            (Runtime::Docker, None) if !is_ours => (
                "in a container",
                "its command must begin with {exe}, or use runtime = \"process\"",
            ),
            (Runtime::Process, Some(_)) => {
                ("as a process", "it is an image: use runtime = \"docker\"")
            }
            _ => continue,
        };
        let message = format!("service {} cannot run {how}", service.name);
        faults.add(at, message, remedy);
    }
}

/// Containers get the servers that a shop has in earnest, unless the scenario says otherwise.
fn stores(section: &mut Section<'_>, runtime: Runtime, faults: &mut Diagnostics) -> Option<Stores> {
    let stated = section.text("stores", faults);
    let at = section.place("stores");
    if stated.is_some() && !section.has("shape") {
        faults.add(&at, "stores are the shop's", "they go with shape");
        return None;
    }
    let stores = match stated.as_deref() {
        None if runtime == Runtime::Docker => Stores::Server,
        None | Some("embedded") => Stores::Embedded,
        Some("server") => Stores::Server,
        Some("shared-server") => Stores::SharedServer,
        Some(other) => {
            let message = format!("there are no stores called {other}");
            faults.add(&at, message, "use embedded, server or shared-server");
            return None;
        }
    };
    if runtime == Runtime::Process && stores != Stores::Embedded {
        let remedy = "use runtime = \"docker\", or stores = \"embedded\"";
        faults.add(&at, "database servers run in containers", remedy);
    }
    section.has("shape").then_some(stores)
}

fn read_definition(
    name: &str,
    stores: Option<Stores>,
    section: &Section<'_>,
    sources: &dyn Sources,
    faults: &mut Diagnostics,
) -> Option<TargetDefinition> {
    let at = section.place(if section.has("shape") {
        "shape"
    } else {
        "definition"
    });
    let text = sources
        .definition(name, stores)
        .map_err(|why| faults.add(&at, why, ""))
        .ok()?;
    definition::parse_definition(name, &text)
        .map_err(|inner| {
            let (message, details) = inner.nested("target definition");
            faults.add(&at, message, details);
        })
        .ok()
}

/// A system that is known by its address alone.
pub fn without_services() -> TargetDefinition {
    TargetDefinition {
        format: "1.0".to_owned(),
        name: "external".to_owned(),
        ..TargetDefinition::default()
    }
}

fn runtime(
    section: &mut Section<'_>,
    wanted: Option<&str>,
    external: bool,
    faults: &mut Diagnostics,
) -> Runtime {
    let stated = section.text("runtime", faults).unwrap_or_default();
    match wanted.unwrap_or(&stated) {
        _ if external => Runtime::External,
        "process" => Runtime::Process,
        "docker" => Runtime::Docker,
        other => {
            let stated_at = section.place("runtime");
            let at = wanted.map_or(stated_at, |_| COMMAND_LINE);
            let message = format!("there is no runtime called {other}");
            faults.add(&at, message, "use process or docker");
            Runtime::Process
        }
    }
}

/// Section -> setting -> value.
pub type Settings = BTreeMap<String, BTreeMap<String, SettingValue>>;

/// The definition's defaults with the scenario's `[target.SECTION]` tables merged in.
fn settings(table: &Table, definition: &TargetDefinition, faults: &mut Diagnostics) -> Settings {
    let mut merged = definition.settings.clone();
    for (name, values) in &mut merged {
        let Some((
            _,
            Node {
                value: Value::Table(overrides),
                ..
            },
        )) = table.get(name)
        else {
            continue;
        };
        for (key, (at, node)) in overrides {
            match values.get_mut(key) {
                None => {
                    let known = definition.settings[name].keys().map(String::as_str);
                    workload::unknown(&format!("setting of {name}"), key, at, known, faults);
                }
                Some(default) => override_setting(key, default, node, faults),
            }
        }
    }
    merged
}

fn override_setting(key: &str, default: &mut SettingValue, node: &Node, faults: &mut Diagnostics) {
    let is_duration = |text: &str| duration_ns(text).is_some();
    let value = match (&*default, &node.value) {
        (SettingValue::Bool(_), Value::Bool(truth)) => Some(SettingValue::Bool(*truth)),
        (SettingValue::Integer(_), Value::Integer(number)) => Some(SettingValue::Integer(*number)),
        (SettingValue::Float(_), Value::Float(number)) => Some(SettingValue::Float(*number)),
        (SettingValue::Float(_), Value::Integer(n)) => Some(SettingValue::Float(*n as f64)),
        (SettingValue::Text(old), Value::Text(new)) if is_duration(old) == is_duration(new) => {
            Some(SettingValue::Text(new.clone()))
        }
        _ => None,
    };
    match value {
        Some(value) => *default = value,
        None => {
            let message = format!("{key} is {}", node.value.kind());
            faults.add(
                &node.at,
                message,
                format!("it must be like its default, {default}"),
            );
        }
    }
}
