//! `[target]`: the system under load, its definition and its settings.

use harness_model::TargetDefinition;
use harness_model::plan::{Runtime, TargetPlan};

use super::request::{Request, Sources};
use super::stores::{self, Stores};
use super::{definition, fixed, settings};
use crate::defaults;
use crate::syntax::{COMMAND_LINE, Diagnostics, Section, Span, Value};

/// Reads `[target]` and the definition it names; `None` when that could not be read.
pub fn read(
    root: &mut Section<'_>,
    request: &Request<'_>,
    sources: &dyn Sources,
    diagnostics: &mut Diagnostics,
) -> Option<TargetPlan> {
    let at = root.place("target");
    let table = root.table("target", diagnostics);
    let table = root.required("target", table, diagnostics)?;
    let mut section = Section::new(table, "[target]", at.clone()).or_else(defaults::of("target"));
    let url = section.text("url", diagnostics);
    let shape = section.text("shape", diagnostics);
    let file = section.text("definition", diagnostics);
    let ready_within = section.duration("ready_within", diagnostics);
    let why = "nothing is ready within no time";
    let ready_within_ns = section.above_zero("ready_within", ready_within, why, diagnostics);
    let runtime = runtime(&mut section, request.runtime, url.is_some(), diagnostics);
    let named = ["shape", "definition", "url"].into_iter();
    let one = named.filter(|key| section.has(key)).count() == 1;
    if !one {
        let remedy = "give shape (of the shop), definition (a file) or url (a system of your own)";
        diagnostics.add(&at, "[target] must name exactly one system", remedy);
    }
    let file_is_named = file.is_some();
    let shape = shape.or(file);
    let stores = stores::read(&mut section, runtime, diagnostics);
    let definition = match &shape {
        Some(name) if one => read_definition(name, stores, &section, sources, diagnostics),
        None if url.is_some() => Some(without_services()),
        _ => None,
    };
    let Some(definition) = definition else {
        // Which settings it has is not known.
        section.finish_except(&[], |value| matches!(value, Value::Table(_)), diagnostics);
        return None;
    };
    let settings = settings::read(table, &definition, diagnostics);
    let names: Vec<&str> = definition.settings.keys().map(String::as_str).collect();
    section.finish_except(&names, |_| false, diagnostics);
    if file_is_named {
        fits(&definition, runtime, &at, diagnostics);
    }
    Some(TargetPlan {
        runtime,
        shape: shape.unwrap_or_else(|| definition.name.clone()),
        settings,
        definition,
        url,
        ready_within_ns: ready_within_ns.unwrap_or_default(),
        nice: fixed::nice(diagnostics),
    })
}

/// Servers come as images only, and the image of everything else holds the shakedown binary and
/// nothing else.
fn fits(definition: &TargetDefinition, runtime: Runtime, at: &Span, diagnostics: &mut Diagnostics) {
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
        diagnostics.add(at, message, remedy);
    }
}

fn read_definition(
    name: &str,
    stores: Option<Stores>,
    section: &Section<'_>,
    sources: &dyn Sources,
    diagnostics: &mut Diagnostics,
) -> Option<TargetDefinition> {
    let at = section.place(if section.has("shape") {
        "shape"
    } else {
        "definition"
    });
    let text = sources
        .definition(name, stores)
        .map_err(|why| diagnostics.add(&at, why, ""))
        .ok()?;
    definition::parse_definition(name, &text)
        .map_err(|inner| {
            let (message, details) = inner.nested("target definition");
            diagnostics.add(&at, message, details);
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
    diagnostics: &mut Diagnostics,
) -> Runtime {
    let stated = section.text("runtime", diagnostics).unwrap_or_default();
    match wanted.unwrap_or(&stated) {
        _ if external => Runtime::External,
        "process" => Runtime::Process,
        "docker" => Runtime::Docker,
        other => {
            let stated_at = section.place("runtime");
            let at = wanted.map_or(stated_at, |_| COMMAND_LINE);
            let message = format!("there is no runtime called {other}");
            diagnostics.add(&at, message, "use process or docker");
            Runtime::Process
        }
    }
}
