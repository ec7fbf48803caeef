//! The whole scenario, section by section, into one plan.

use std::collections::BTreeMap;
use std::ops::Range;

use harness_model::definition::SettingValue;
use harness_model::plan::{Judgement, Plan, Runtime, TargetPlan, TelemetryPlan};
use harness_model::{Seed, TargetDefinition};

use crate::budgets::{self, Subjects};
use crate::faults::{COMMAND_LINE, Faults};
use crate::section::Section;
use crate::tree::{Node, Table, Value, parse, set};
use crate::units::duration_ns;
use crate::{definition, faultplan, load, phases, workload};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// As faults name the file.
    pub source: &'a str,
    pub text: &'a str,
    /// `--set path=value`.
    pub sets: &'a [(String, String)],
    pub seed: Option<u64>,
    pub runtime: Option<&'a str>,
}

/// Where other texts come from. An `Err` says why there is none.
pub trait Sources {
    /// The definition of a shape of the shop, a built-in target, or a file.
    fn definition(&self, name: &str) -> Result<String, String>;
    /// A built-in workload, or a file.
    fn workload(&self, name: &str) -> Result<String, String>;
}

/// Resolves a scenario, or tells everything that is wrong with it.
pub fn plan(request: &Request<'_>, sources: &dyn Sources) -> Result<Plan, Faults> {
    let mut faults = Faults::none(request.source, request.text);
    let mut table = parse(request.text, &mut faults);
    for (path, value) in request.sets {
        set(&mut table, path, value, &mut faults);
    }
    if !faults.is_empty() {
        return Err(faults.sorted());
    }
    let mut root = Section::new(&table, "the scenario", 0..0);
    let plan = resolve(&mut root, request, sources, &mut faults);
    root.finish(&mut faults);
    match plan {
        Some(plan) if faults.is_empty() => Ok(plan),
        _ => Err(faults.sorted()),
    }
}

fn resolve(
    root: &mut Section<'_>,
    request: &Request<'_>,
    sources: &dyn Sources,
    faults: &mut Faults,
) -> Option<Plan> {
    if root
        .integer("format", faults)
        .is_some_and(|format| format != 1)
    {
        faults.add(
            &root.place("format"),
            "this format cannot be read",
            "this version reads 1",
        );
    }
    let name = root.text("name", faults);
    let name = root.required("name", name, faults);
    let purpose = root.text("purpose", faults).unwrap_or_default();
    let seed = Seed(request.seed.or(root.integer("seed", faults)).unwrap_or(42));
    let target = target(root, request, sources, faults);
    let shape = load_section(root, sources, faults);
    let fault_members = root.tables("fault", faults);
    let budget_members = root.tables("budget", faults);
    let judgement = judgement(root, faults);
    // Whatever names services or operations can only be checked once both are known.
    let (target, shape) = (target?, shape?);
    let load_ns = shape.plan.duration_ns;
    let external = target.runtime == Runtime::External;
    let planned = faultplan::read(
        &fault_members,
        &target.definition,
        external,
        load_ns,
        faults,
    );
    let phases = phases::phases(shape.warmup_ns, load_ns, &shape.steps, &planned);
    let subjects = Subjects {
        faults_are_known: planned.len() == fault_members.len(),
        target: &target.definition,
        workload: &shape.plan.workload,
        faults: &planned,
        phases: &phases,
    };
    let budgets = budgets::read(&budget_members, &subjects, faults);
    let mut proxied: Vec<_> = planned
        .iter()
        .flat_map(|fault| fault.watched.clone())
        .collect();
    proxied.sort();
    proxied.dedup();
    Some(Plan {
        format: "1.0".to_owned(),
        scenario: name?,
        purpose,
        seed,
        target,
        load: shape.plan,
        faults: planned,
        phases,
        budgets,
        judgement,
        telemetry: TelemetryPlan {
            scrape_interval_ns: 1_000_000_000,
            drain_within_ns: 5_000_000_000,
        },
        proxied,
    })
}

fn load_section(
    root: &mut Section<'_>,
    sources: &dyn Sources,
    faults: &mut Faults,
) -> Option<load::LoadShape> {
    let at = root.place("load");
    let table = root.table("load", faults);
    let mut section = Section::new(root.required("load", table, faults)?, "[load]", at);
    let name = section.text("workload", faults);
    let name = section.required("workload", name, faults);
    let file = name.and_then(|name| {
        let read = sources
            .workload(&name)
            .map_err(|why| (why, String::new()))
            .and_then(|text| {
                workload::read(&name, &text).map_err(|inner| nested("workload", &inner))
            });
        read.map_err(|(why, remedy)| faults.add(&section.place("workload"), why, remedy))
            .ok()
    });
    let known = file.is_some();
    let shape = load::read(&mut section, &file.unwrap_or_default(), faults);
    section.finish(faults);
    known.then_some(shape)
}

fn target(
    root: &mut Section<'_>,
    request: &Request<'_>,
    sources: &dyn Sources,
    faults: &mut Faults,
) -> Option<TargetPlan> {
    let at = root.place("target");
    let table = root.table("target", faults);
    let table = root.required("target", table, faults)?;
    let mut section = Section::new(table, "[target]", at.clone());
    let url = section.text("url", faults);
    let shape = section
        .text("shape", faults)
        .or_else(|| section.text("definition", faults));
    let ready_within_ns = section
        .duration("ready_within", faults)
        .unwrap_or(30_000_000_000);
    section.node("definition");
    if [
        section.has("shape"),
        section.has("definition"),
        url.is_some(),
    ]
    .iter()
    .filter(|g| **g)
    .count()
        != 1
    {
        let remedy = "give shape (of the shop), definition (a file) or url (a system of your own)";
        faults.add(&at, "[target] must name one system", remedy);
        return None;
    }
    let runtime = runtime(&mut section, request.runtime, url.is_some(), faults);
    let definition = match &shape {
        None => Some(external()),
        Some(name) => read_definition(name, &section, sources, faults),
    };
    let settings = definition
        .as_ref()
        .map(|definition| settings(table, definition, faults));
    section.finish_except(definition.as_ref().map(|one| &one.settings), faults);
    let definition = definition?;
    Some(TargetPlan {
        runtime: runtime?,
        shape: shape.unwrap_or_else(|| definition.name.clone()),
        settings: settings?,
        definition,
        url,
        ready_within_ns,
        nice: 5,
    })
}

fn read_definition(
    name: &str,
    section: &Section<'_>,
    sources: &dyn Sources,
    faults: &mut Faults,
) -> Option<TargetDefinition> {
    let at = section.place(if section.has("shape") {
        "shape"
    } else {
        "definition"
    });
    let text = sources
        .definition(name)
        .map_err(|why| faults.add(&at, why, ""))
        .ok()?;
    definition::parse_definition(name, &text)
        .map_err(|inner| {
            let (message, details) = nested("target definition", &inner);
            faults.add(&at, message, details);
        })
        .ok()
}

/// The faults of a text that the scenario names: one message here, their places below it.
fn nested(what: &str, inner: &Faults) -> (String, String) {
    let message = format!("the {what} has {} of its own", inner.count());
    (
        message,
        inner.places().trim_end().replace('\n', "\n         "),
    )
}

fn external() -> TargetDefinition {
    TargetDefinition {
        format: "1.0".to_owned(),
        name: "external".to_owned(),
        entry: String::new(),
        prepare: Vec::new(),
        settings: BTreeMap::new(),
        services: Vec::new(),
    }
}

fn runtime(
    section: &mut Section<'_>,
    wanted: Option<&str>,
    external: bool,
    faults: &mut Faults,
) -> Option<Runtime> {
    let stated = section.text("runtime", faults);
    let at = if wanted.is_some() {
        COMMAND_LINE
    } else {
        section.place("runtime")
    };
    match wanted.map(str::to_owned).or(stated).as_deref() {
        _ if external => Some(Runtime::External),
        None | Some("process") => Some(Runtime::Process),
        Some("docker") => {
            let message = "the docker runtime is not part of this version";
            faults.add(&at, message, "use runtime = \"process\"");
            None
        }
        Some(other) => {
            faults.add(
                &at,
                format!("there is no runtime called {other}"),
                "use process",
            );
            None
        }
    }
}

type Settings = BTreeMap<String, BTreeMap<String, SettingValue>>;

/// The definition's defaults with the scenario's `[target.SECTION]` tables merged in.
fn settings(table: &Table, definition: &TargetDefinition, faults: &mut Faults) -> Settings {
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

fn override_setting(key: &str, default: &mut SettingValue, node: &Node, faults: &mut Faults) {
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
            let example = match default {
                SettingValue::Bool(truth) => truth.to_string(),
                SettingValue::Integer(number) => number.to_string(),
                SettingValue::Float(number) => number.to_string(),
                SettingValue::Text(text) => format!("{text:?}"),
            };
            let message = format!("{key} is {}", node.value.kind());
            faults.add(
                &node.at,
                message,
                format!("it must be like its default, {example}"),
            );
        }
    }
}

fn judgement(root: &mut Section<'_>, faults: &mut Faults) -> Judgement {
    let mut judgement = Judgement {
        bucket_ns: 500_000_000,
        hold_ns: 3_000_000_000,
        deadline_ns: 1_000_000_000,
        band_floor: 0.02,
        min_trace_coverage: 0.99,
        confidence: 0.95,
    };
    let at: Range<usize> = root.place("judgement");
    let Some(table) = root.table("judgement", faults) else {
        return judgement;
    };
    let mut section = Section::new(table, "[judgement]", at);
    let put = |value: Option<u64>, to: &mut u64| *to = value.unwrap_or(*to);
    put(section.duration("bucket", faults), &mut judgement.bucket_ns);
    put(section.duration("hold", faults), &mut judgement.hold_ns);
    put(
        section.duration("deadline", faults),
        &mut judgement.deadline_ns,
    );
    let put = |value: Option<f64>, to: &mut f64| *to = value.unwrap_or(*to);
    put(
        section.share("band_floor", faults),
        &mut judgement.band_floor,
    );
    put(
        section.share("min_trace_coverage", faults),
        &mut judgement.min_trace_coverage,
    );
    put(
        section.share("confidence", faults),
        &mut judgement.confidence,
    );
    section.finish(faults);
    judgement
}
