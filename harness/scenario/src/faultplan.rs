//! `[[fault]]`: what breaks, resolved to processes and edges of the target.

use std::ops::Range;

use harness_model::fault::{Edge, FaultKind, FaultPlan, FaultTarget};
use harness_model::plan::Runtime;
use harness_model::{InstanceSelection, Offset, TargetDefinition};

use crate::diagnostics::Diagnostics;
use crate::faultkind::kind_and_target;
use crate::section::Section;
use crate::tree::Table;
use crate::workload::unknown;

/// What faults are to strike, and what it is able to suffer.
pub struct FaultContext<'a> {
    pub target: &'a TargetDefinition,
    /// `None` when the target could not be read.
    pub runtime: Option<Runtime>,
    /// What a fault needs and the runtime does not have.
    pub missing: &'a dyn Fn(&FaultKind) -> Vec<&'static str>,
}

/// Reads all faults and checks them against the target, the load's end and each other.
pub fn read(
    members: &[(&Table, Range<usize>)],
    context: &FaultContext<'_>,
    load_ns: u64,
    faults: &mut Diagnostics,
) -> Vec<FaultPlan> {
    let mut plans: Vec<(FaultPlan, Range<usize>)> = Vec::new();
    for (table, at) in members {
        let mut section = Section::new(table, "[[fault]]", at.clone());
        let plan = one(&mut section, context, load_ns, faults);
        section.finish(faults);
        let Some(plan) = plan else { continue };
        for (other, _) in &plans {
            check_pair(&plan, other, at, faults);
        }
        plans.push((plan, at.clone()));
    }
    plans.sort_by_key(|(plan, _)| plan.at);
    plans.into_iter().map(|(plan, _)| plan).collect()
}

fn check_pair(plan: &FaultPlan, other: &FaultPlan, at: &Range<usize>, faults: &mut Diagnostics) {
    if plan.name == other.name {
        let message = format!("two faults are called {}", plan.name);
        faults.add(
            at,
            message,
            "budgets and reports need a name of its own for each",
        );
    }
    let overlap = plan.at < other.ends() && other.at < plan.ends();
    if overlap && one_victim(&plan.target, &other.target) {
        let message = format!(
            "{} and {} strike {} at once",
            other.name, plan.name, plan.target
        );
        faults.add(at, message, "let one end before the other begins");
    }
}

/// Services that live in one process are struck together.
fn one_victim(one: &FaultTarget, other: &FaultTarget) -> bool {
    match (one, other) {
        (FaultTarget::Process { process, .. }, FaultTarget::Process { process: other, .. }) => {
            process == other
        }
        _ => one == other,
    }
}

fn one(
    section: &mut Section<'_>,
    context: &FaultContext<'_>,
    load_ns: u64,
    faults: &mut Diagnostics,
) -> Option<FaultPlan> {
    let name = section.text("name", faults);
    let name = section.required("name", name, faults);
    let at_ns = section.duration("at", faults);
    let at_ns = section.required("at", at_ns, faults);
    let for_ns = section.duration("for", faults);
    let for_ns = section.required("for", for_ns, faults);
    let what = kind_and_target(section, context, for_ns, faults);
    let (at_ns, for_ns) = (at_ns?, for_ns?);
    let why = "a fault of no duration breaks nothing";
    section.above_zero("for", Some(for_ns), why, faults);
    if load_ns > 0 && at_ns.saturating_add(for_ns) > load_ns {
        let message = format!(
            "the fault ends at {:.1} s, after the load's end at {:.1} s",
            at_ns.saturating_add(for_ns) as f64 / 1e9,
            load_ns as f64 / 1e9
        );
        faults.add(
            &section.place("for"),
            message,
            "shorten it, or lengthen load.duration",
        );
    }
    let (kind, target_of_fault) = what?;
    let watched = watched(&target_of_fault, context.target);
    if watched.is_empty() {
        let message = format!("nobody calls {target_of_fault}, so no traffic can meet this fault");
        faults.add(
            &section.place(kind.name()),
            message,
            "strike a service that others call",
        );
    }
    Some(FaultPlan {
        name: name?,
        kind,
        target: target_of_fault,
        at: Offset(i64::try_from(at_ns).unwrap_or(i64::MAX)),
        for_ns,
        watched,
    })
}

pub fn process(
    service: &str,
    at: &Range<usize>,
    target: &TargetDefinition,
    faults: &mut Diagnostics,
) -> Option<FaultTarget> {
    if target.services.is_empty() {
        // The target could not be read, which is told already.
        return None;
    }
    match target.host_of(service) {
        Some(host) => {
            let (service, process) = (service.to_owned(), host.name.clone());
            Some(FaultTarget::Process {
                service,
                process,
                instances: InstanceSelection::All,
            })
        }
        None => {
            let known = target
                .services
                .iter()
                .flat_map(|one| one.hosts.iter().map(String::as_str));
            unknown("service", service, at, known, faults);
            None
        }
    }
}

/// Reads `caller -> callee`; the load generator is called `client`.
pub fn edge(
    text: &str,
    at: &Range<usize>,
    target: &TargetDefinition,
    faults: &mut Diagnostics,
) -> Option<Edge> {
    let Some((caller, callee)) = text.split_once("->") else {
        faults.add(
            at,
            format!("{text:?} is no edge"),
            "write \"caller -> callee\"",
        );
        return None;
    };
    let (caller, callee) = (caller.trim(), callee.trim());
    let callee_host = match process(callee, at, target, faults)? {
        FaultTarget::Process { process, .. } => process,
        FaultTarget::Edge(_) => return None,
    };
    if caller == Edge::CLIENT {
        if callee_host != target.entry {
            let remedy = format!("the entry is {}", target.entry);
            faults.add(at, format!("shoppers do not talk to {callee}"), remedy);
        }
        return Some(Edge::new(caller, callee_host));
    }
    let host = target.host_of(caller);
    if host.is_none() {
        process(caller, at, target, faults);
    }
    let host = host?;
    if host.name == callee_host {
        let message = format!("{caller} and {callee} live in one process, {}", host.name);
        faults.add(
            at,
            message,
            "no network lies between them; choose another shape or another edge",
        );
        return None;
    }
    let known: Vec<&str> = host.talks_to().collect();
    if !known.contains(&callee_host.as_str()) {
        let remedy = if known.is_empty() {
            format!("{caller} calls nobody")
        } else {
            format!("{caller} calls {}", known.join(", "))
        };
        faults.add(at, format!("{caller} never calls {callee}"), remedy);
        return None;
    }
    Some(Edge::new(host.name.clone(), callee_host))
}

/// The edges whose traffic can meet a fault.
fn watched(fault: &FaultTarget, target: &TargetDefinition) -> Vec<Edge> {
    match fault {
        FaultTarget::Edge(edge) => vec![edge.clone()],
        FaultTarget::Process { process, .. } => {
            let client = (*process == target.entry).then(|| Edge::new(Edge::CLIENT, process));
            let callers = target
                .services
                .iter()
                .filter(|service| service.talks_to().any(|callee| callee == process))
                .map(|service| Edge::new(service.name.clone(), process.clone()));
            client.into_iter().chain(callers).collect()
        }
    }
}
