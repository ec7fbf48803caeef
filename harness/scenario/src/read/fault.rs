//! `[[fault]]`: what breaks, resolved to processes and edges of the target.

use harness_model::fault::FaultPlan;
use harness_model::{Capabilities, FaultKind, Offset};

use super::fault_kind::kind_and_target;
use super::victim::{FaultContext, watched};
use crate::syntax::{Diagnostics, Section, Span, Table};

/// Reads all faults and checks them against the target, the load's end and each other.
pub fn read(
    members: &[(&Table, Span)],
    context: &FaultContext<'_>,
    load_ns: u64,
    diagnostics: &mut Diagnostics,
) -> Vec<FaultPlan> {
    let mut plans: Vec<FaultPlan> = Vec::new();
    for (table, at) in members {
        let mut section = Section::new(table, "[[fault]]", at.clone());
        let plan = one(&mut section, context, load_ns, diagnostics);
        section.finish(diagnostics);
        let Some(plan) = plan else { continue };
        for other in &plans {
            check_pair(&plan, other, at, diagnostics);
        }
        plans.push(plan);
    }
    plans.sort_by_key(|plan| plan.at);
    plans
}

fn check_pair(plan: &FaultPlan, other: &FaultPlan, at: &Span, diagnostics: &mut Diagnostics) {
    if plan.name == other.name {
        let message = format!("two faults are called {}", plan.name);
        let remedy = "budgets and reports need a name of its own for each";
        diagnostics.add(at, message, remedy);
    }
    if plan.conflicts_with(other) {
        let message = format!(
            "{} and {} strike {} at once",
            other.name, plan.name, plan.target
        );
        diagnostics.add(at, message, "let one end before the other begins");
    }
}

fn one(
    section: &mut Section<'_>,
    context: &FaultContext<'_>,
    load_ns: u64,
    diagnostics: &mut Diagnostics,
) -> Option<FaultPlan> {
    let name = section.text("name", diagnostics);
    let name = section.required("name", name, diagnostics);
    let at_ns = section.duration("at", diagnostics);
    let at_ns = section.required("at", at_ns, diagnostics);
    let for_ns = section.duration("for", diagnostics);
    let for_ns = section.required("for", for_ns, diagnostics);
    let what = kind_and_target(section, context, for_ns, diagnostics);
    let what = what.filter(|(kind, _)| runs_here(kind, section, context, diagnostics));
    let (at_ns, for_ns) = (at_ns?, for_ns?);
    let why = "a fault of no duration breaks nothing";
    section.above_zero("for", Some(for_ns), why, diagnostics);
    let ends_ns = at_ns.saturating_add(for_ns);
    if load_ns > 0 && ends_ns > load_ns {
        let message = format!(
            "the fault ends at {:.1} s, after the load's end at {:.1} s",
            ends_ns as f64 / 1e9,
            load_ns as f64 / 1e9
        );
        let remedy = "shorten it, or lengthen load.duration";
        diagnostics.add(&section.place("for"), message, remedy);
    }
    let (kind, target) = what?;
    let watched = watched(&target, context.target);
    if watched.is_empty() {
        let message = format!("nobody calls {target}, so no traffic can meet this fault");
        let remedy = "strike a service that others call";
        diagnostics.add(&section.place(kind.name()), message, remedy);
    }
    Some(FaultPlan {
        name: name?,
        kind,
        target,
        at: Offset(i64::try_from(at_ns).unwrap_or(i64::MAX)),
        for_ns,
        watched,
    })
}

/// Whether the runtime meets the kind's needs.
fn runs_here(
    kind: &FaultKind,
    section: &Section<'_>,
    context: &FaultContext<'_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(runtime) = context.runtime else {
        return true;
    };
    let missing = kind.needs().missing_from(Capabilities::of(runtime));
    if missing == Capabilities::NONE {
        return true;
    }
    let (name, missing) = (kind.name(), missing.in_words().join(" and "));
    let runtime = runtime.name();
    let message = format!("{name} needs {missing}, which runtime {runtime} does not have");
    let remedy = "run it with runtime = \"docker\"";
    diagnostics.add(&section.place(name), message, remedy);
    false
}
