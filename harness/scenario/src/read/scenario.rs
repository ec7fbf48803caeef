//! The whole scenario, section by section, into one plan.

use harness_model::invariant::Term;
use harness_model::workload::Workload;
use harness_model::{Plan, Seed, TargetDefinition};

use super::request::{Request, Sources};
use super::{draw, fixed, judgement, load, target, timeline};
use crate::defaults;
use crate::syntax::{Diagnostics, Section, WHOLE_FILE, parse, set};

/// The format that this version reads, and the one of the plans that it makes.
const FORMAT: u64 = 1;
const PLAN_FORMAT: &str = "1.0";

/// Resolves a scenario.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn plan(request: &Request<'_>, sources: &dyn Sources) -> Result<Plan, Diagnostics> {
    let mut diagnostics = Diagnostics::none(request.source, request.text);
    let mut table = parse(request.text, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics.sorted());
    }
    for (path, value) in request.sets {
        set(&mut table, path, value, &mut diagnostics);
    }
    let mut root = Section::new(&table, "the scenario", WHOLE_FILE).or_else(defaults::of(""));
    let plan = resolve(&mut root, request, sources, &mut diagnostics);
    root.finish(&mut diagnostics);
    match plan {
        Some(plan) if diagnostics.is_empty() => Ok(plan),
        _ => Err(diagnostics.sorted()),
    }
}

fn resolve(
    root: &mut Section<'_>,
    request: &Request<'_>,
    sources: &dyn Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Plan> {
    if root.integer("format", diagnostics) != Some(FORMAT) {
        let remedy = format!("this version reads {FORMAT}");
        let at = root.place("format");
        diagnostics.add(&at, "this format cannot be read", remedy);
    }
    let today = "the target's definition states it, as [[invariant]]";
    root.retired("law", today, diagnostics);
    let name = root.text("name", diagnostics);
    let name = root.required("name", name, diagnostics);
    let purpose = root.text("purpose", diagnostics).unwrap_or_default();
    let stated_seed = root.integer("seed", diagnostics).unwrap_or_default();
    let target = target::read(root, request, sources, diagnostics);
    let load = load::read(root, sources, diagnostics);
    let judgement = judgement::read(root, diagnostics);
    let timeline = timeline::read(root, target.as_ref(), load.as_ref(), diagnostics);
    let (target, mut load) = (target?, load?);
    draw::fit(&mut load.plan.workload, &load.counted, &target.settings);
    invariants(root, &target.definition, &load.plan.workload, diagnostics);
    let mut proxied: Vec<_> = timeline
        .faults
        .iter()
        .flat_map(|fault| fault.watched.clone())
        .collect();
    proxied.sort();
    proxied.dedup();
    Some(Plan {
        format: PLAN_FORMAT.to_owned(),
        scenario: name?,
        purpose,
        seed: Seed(request.seed.unwrap_or(stated_seed)),
        target,
        load: load.plan,
        faults: timeline.faults,
        phases: timeline.phases,
        budgets: timeline.budgets,
        judgement,
        telemetry: fixed::telemetry(diagnostics),
        proxied,
    })
}

/// An invariant may count answers only to operations that the workload has.
fn invariants(
    root: &Section<'_>,
    target: &TargetDefinition,
    workload: &Workload,
    diagnostics: &mut Diagnostics,
) {
    for invariant in &target.invariants {
        let terms = invariant.left.0.iter().chain(&invariant.right.0);
        let operations = terms.filter_map(|term| match term {
            Term::Answered(operation) => Some(operation),
            Term::Number(_) | Term::Count { .. } => None,
        });
        let is_known = |name: &String| workload.operations.iter().any(|one| one.name == *name);
        for operation in operations.filter(|name| !is_known(name)) {
            let message = format!(
                "the target's invariant {:?} counts answers to {operation}, and the workload has \
                 no such operation",
                invariant.name
            );
            let remedy = "give the workload an operation of this name, even if no journey uses it";
            diagnostics.add(&root.place("target"), message, remedy);
        }
    }
}
