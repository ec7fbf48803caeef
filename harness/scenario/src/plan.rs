//! The whole scenario, section by section, into one plan.

use std::ops::Range;

use harness_model::invariant::Term;
use harness_model::plan::{Budget, Judgement, Phase, Plan, Runtime, TargetPlan, TelemetryPlan};
use harness_model::workload::Workload;
use harness_model::{FaultKind, FaultPlan, Seed, TargetDefinition};

use crate::budgets::{self, Subjects};
use crate::diagnostics::Diagnostics;
use crate::section::Section;
use crate::target::Stores;
use crate::tree::{Table, parse, set};
use crate::{defaults, faultplan, load, phases, target, workload};

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

/// What a scenario's text does not say itself.
pub trait Sources {
    /// The definition of a shape of the shop on such stores, a built-in target, or a file. An
    /// `Err` says why there is none.
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String>;
    /// A built-in workload, or a file.
    fn workload(&self, name: &str) -> Result<String, String>;
    /// What a fault needs and a runtime does not have, in words; empty when it can be had.
    fn missing(&self, kind: &FaultKind, runtime: Runtime) -> Vec<&'static str>;
}

/// Resolves a scenario, or tells everything that is wrong with it.
pub fn plan(request: &Request<'_>, sources: &dyn Sources) -> Result<Plan, Diagnostics> {
    let mut faults = Diagnostics::none(request.source, request.text);
    let mut table = parse(request.text, &mut faults);
    if !faults.is_empty() {
        return Err(faults.sorted());
    }
    for (path, value) in request.sets {
        set(&mut table, path, value, &mut faults);
    }
    let mut root = Section::new(&table, "the scenario", 0..0).or_else(defaults::of(""));
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
    faults: &mut Diagnostics,
) -> Option<Plan> {
    let format = root.integer("format", faults);
    if format != Some(1) {
        faults.add(
            &root.place("format"),
            "this format cannot be read",
            "this version reads 1",
        );
    }
    let name = root.text("name", faults);
    let name = root.required("name", name, faults);
    let purpose = root.text("purpose", faults).unwrap_or_default();
    let stated_seed = root.integer("seed", faults).unwrap_or_default();
    let target = target::read(root, request, sources, faults);
    let shape = load_section(root, sources, faults);
    let judgement = judgement(root, faults);
    let timeline = timeline(root, target.as_ref(), shape.as_ref(), sources, faults);
    let (target, mut shape) = (target?, shape?);
    workload::fit(&mut shape.plan.workload, &shape.counted, &target.settings);
    invariants(root, &target.definition, &shape.plan.workload, faults);
    let mut proxied: Vec<_> = timeline
        .faults
        .iter()
        .flat_map(|fault| fault.watched.clone())
        .collect();
    proxied.sort();
    proxied.dedup();
    Some(Plan {
        format: "1.0".to_owned(),
        scenario: name?,
        purpose,
        seed: Seed(request.seed.unwrap_or(stated_seed)),
        target,
        load: shape.plan,
        faults: timeline.faults,
        phases: timeline.phases,
        budgets: timeline.budgets,
        judgement,
        telemetry: TelemetryPlan {
            scrape_interval_ns: 1_000_000_000,
            drain_within_ns: 5_000_000_000,
        },
        proxied,
    })
}

/// Invariants may count only answers that somebody can be given.
fn invariants(
    root: &Section<'_>,
    target: &TargetDefinition,
    workload: &Workload,
    faults: &mut Diagnostics,
) {
    for invariant in &target.invariants {
        let terms = invariant.left.0.iter().chain(&invariant.right.0);
        let operations = terms.filter_map(|term| match term {
            Term::Answered(operation) => Some(operation),
            _ => None,
        });
        let is_known = |name: &String| workload.operations.iter().any(|one| one.name == *name);
        for operation in operations.filter(|name| !is_known(name)) {
            let message = format!(
                "the target's invariant {:?} counts answers to {operation}, and the workload has no \
                 such operation",
                invariant.name
            );
            let remedy = "give the workload an operation of this name, even if nobody asks for it";
            faults.add(&root.place("target"), message, remedy);
        }
    }
}

/// What happens when, and what is asked of it.
struct Timeline {
    faults: Vec<FaultPlan>,
    phases: Vec<Phase>,
    budgets: Vec<Budget>,
}

/// Reads faults and budgets, also beside a target or a load that could not be read: whatever names
/// something that is not known then is not looked up.
fn timeline(
    root: &mut Section<'_>,
    target: Option<&TargetPlan>,
    shape: Option<&load::LoadShape>,
    sources: &dyn Sources,
    faults: &mut Diagnostics,
) -> Timeline {
    let fault_members = root.tables("fault", faults);
    let budget_members = root.tables("budget", faults);
    let load_ns = shape.map_or(0, |shape| shape.plan.duration_ns);
    let warmup_ns = shape.map_or(0, |shape| shape.warmup_ns);
    let steps = shape.map_or(&[][..], |shape| &shape.steps);
    let unknown = target::without_services();
    let definition = target.map_or(&unknown, |target| &target.definition);
    let runtime = target.map(|target| target.runtime);
    let missing = |kind: &FaultKind| {
        let missing = runtime.map(|runtime| sources.missing(kind, runtime));
        missing.unwrap_or_default()
    };
    let context = faultplan::FaultContext {
        target: definition,
        runtime,
        missing: &missing,
    };
    let planned = faultplan::read(&fault_members, &context, load_ns, faults);
    let phases = phases::phases(warmup_ns, load_ns, steps, &planned);
    let faults_are_known = planned.len() == fault_members.len();
    let subjects = Subjects {
        target: target.map(|target| &target.definition),
        workload: shape.map(|shape| &shape.plan.workload),
        faults: &planned,
        phases: &phases,
        faults_are_known,
        phases_are_known: faults_are_known && load_ns > 0,
    };
    let budgets = budgets::read(&budget_members, &subjects, faults);
    Timeline {
        faults: planned,
        phases,
        budgets,
    }
}

fn load_section(
    root: &mut Section<'_>,
    sources: &dyn Sources,
    faults: &mut Diagnostics,
) -> Option<load::LoadShape> {
    let at = root.place("load");
    let table = root.table("load", faults);
    let table = root.required("load", table, faults)?;
    let mut section = Section::new(table, "[load]", at).or_else(defaults::of("load"));
    let name = section.text("workload", faults);
    let name = section.required("workload", name, faults);
    let file = name.and_then(|name| {
        let read = sources
            .workload(&name)
            .map_err(|why| (why, String::new()))
            .and_then(|text| {
                workload::read(&name, &text).map_err(|inner| inner.nested("workload"))
            });
        read.map_err(|(why, remedy)| faults.add(&section.place("workload"), why, remedy))
            .ok()
    });
    let shape = load::read(&mut section, &file.unwrap_or_default(), faults);
    section.finish(faults);
    Some(shape)
}

fn judgement(root: &mut Section<'_>, faults: &mut Diagnostics) -> Judgement {
    let at: Range<usize> = root.place("judgement");
    let nothing = Table::new();
    let table = root.table("judgement", faults).unwrap_or(&nothing);
    let mut section = Section::new(table, "[judgement]", at).or_else(defaults::of("judgement"));
    let mut time = |key, why| {
        let value = section.duration(key, faults);
        let value = section.above_zero(key, value, why, faults);
        value.unwrap_or_default()
    };
    let bucket_ns = time("bucket", "nothing can be seen in a bucket of no width");
    let hold_ns = time("hold", "a level that is not held has not recovered");
    let deadline_ns = time("deadline", "no response is that fast");
    let mut share = |key| section.share(key, faults).unwrap_or_default();
    let judgement = Judgement {
        bucket_ns,
        hold_ns,
        deadline_ns,
        band_floor: share("band_floor"),
        min_trace_coverage: share("min_trace_coverage"),
        confidence: share("confidence"),
    };
    if judgement.band_floor >= 1.0 {
        let why = "no level ever leaves a band so wide";
        faults.add(&section.place("band_floor"), why, "it must be below 100%");
    }
    if !(judgement.confidence > 0.0 && judgement.confidence < 1.0) {
        let (at, remedy) = (section.place("confidence"), "such as \"95%\"");
        faults.add(&at, "an interval cannot have this confidence", remedy);
    }
    section.finish(faults);
    judgement
}
