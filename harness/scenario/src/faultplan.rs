//! `[[fault]]`: what breaks, resolved to processes and edges of the target.

use std::ops::Range;

use harness_model::fault::{Edge, FaultKind, FaultPlan, FaultTarget};
use harness_model::{Offset, TargetDefinition};

use crate::faults::Faults;
use crate::section::Section;
use crate::tree::Table;
use crate::workload::unknown;

const KINDS: [&str; 5] = ["kill", "freeze", "latency", "refuse", "hang"];

/// Reads all faults and checks them against the target, the load's end and each other.
pub fn read(
    members: &[(&Table, Range<usize>)],
    target: &TargetDefinition,
    external: bool,
    load_ns: u64,
    faults: &mut Faults,
) -> Vec<FaultPlan> {
    let mut plans: Vec<(FaultPlan, Range<usize>)> = Vec::new();
    for (table, at) in members {
        let mut section = Section::new(table, "[[fault]]", at.clone());
        let plan = one(&mut section, target, external, load_ns, faults);
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

fn check_pair(plan: &FaultPlan, other: &FaultPlan, at: &Range<usize>, faults: &mut Faults) {
    if plan.name == other.name {
        let message = format!("two faults are called {}", plan.name);
        faults.add(
            at,
            message,
            "budgets and reports need a name of its own for each",
        );
    }
    let overlap = plan.at < other.ends() && other.at < plan.ends();
    if overlap && plan.target == other.target {
        let message = format!(
            "{} and {} strike {} at once",
            other.name, plan.name, plan.target
        );
        faults.add(at, message, "let one end before the other begins");
    }
}

fn one(
    section: &mut Section<'_>,
    target: &TargetDefinition,
    external: bool,
    load_ns: u64,
    faults: &mut Faults,
) -> Option<FaultPlan> {
    let name = section.text("name", faults);
    let name = section.required("name", name, faults);
    let at_ns = section.duration("at", faults);
    let at_ns = section.required("at", at_ns, faults);
    let for_ns = section.duration("for", faults);
    let for_ns = section.required("for", for_ns, faults);
    let what = kind_and_target(section, target, external, faults);
    let (at_ns, for_ns) = (at_ns?, for_ns?);
    if for_ns == 0 {
        faults.add(
            &section.place("for"),
            "a fault of no duration breaks nothing",
            "",
        );
    }
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
    let watched = watched(&target_of_fault, target);
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

fn kind_and_target(
    section: &mut Section<'_>,
    target: &TargetDefinition,
    external: bool,
    faults: &mut Faults,
) -> Option<(FaultKind, FaultTarget)> {
    let given: Vec<&'static str> = KINDS.into_iter().filter(|kind| section.has(kind)).collect();
    for kind in KINDS {
        // Every kind is a known key, also the ones that are not used.
        section.node(kind);
    }
    let [kind] = given[..] else {
        let remedy = format!("give exactly one of: {}", KINDS.join(", "));
        faults.add(
            &section.at,
            format!("this fault has {} kinds", given.len()),
            remedy,
        );
        return None;
    };
    let at = section.place(kind);
    if external {
        let message = format!("{kind} needs to own the target, and an external one is not ours");
        faults.add(&at, message, "run it with a target definition");
        return None;
    }
    match kind {
        "kill" | "freeze" => {
            let service = section.text(kind, faults)?;
            let kind = if kind == "kill" {
                FaultKind::Kill
            } else {
                FaultKind::Freeze
            };
            Some((kind, process(&service, &at, target, faults)?))
        }
        "latency" => latency(section, target, faults),
        _ => {
            let text = section.text(kind, faults)?;
            let kind = if kind == "refuse" {
                FaultKind::Refuse
            } else {
                FaultKind::Hang
            };
            Some((kind, FaultTarget::Edge(edge(&text, &at, target, faults)?)))
        }
    }
}

fn latency(
    section: &mut Section<'_>,
    target: &TargetDefinition,
    faults: &mut Faults,
) -> Option<(FaultKind, FaultTarget)> {
    let table = section.table("latency", faults)?;
    let mut latency = Section::new(table, "latency", section.place("latency"));
    let on = latency.text("on", faults);
    let on = latency.required("on", on, faults);
    let delay = latency.duration("delay", faults);
    let delay = latency.required("delay", delay, faults);
    let jitter_ns = latency.duration("jitter", faults).unwrap_or(0);
    let place = latency.place("on");
    if delay.is_some_and(|delay| jitter_ns > delay) {
        faults.add(
            &latency.place("jitter"),
            "the jitter is larger than the delay",
            "",
        );
    }
    latency.finish(faults);
    let edge = edge(&on?, &place, target, faults)?;
    Some((
        FaultKind::Latency {
            delay_ns: delay?,
            jitter_ns,
        },
        FaultTarget::Edge(edge),
    ))
}

fn process(
    service: &str,
    at: &Range<usize>,
    target: &TargetDefinition,
    faults: &mut Faults,
) -> Option<FaultTarget> {
    match target.host_of(service) {
        Some(host) => {
            let (service, process) = (service.to_owned(), host.name.clone());
            Some(FaultTarget::Process { service, process })
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
fn edge(
    text: &str,
    at: &Range<usize>,
    target: &TargetDefinition,
    faults: &mut Faults,
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
    if !host.calls.contains(&callee_host) {
        let remedy = if host.calls.is_empty() {
            format!("{caller} calls nobody")
        } else {
            format!("{caller} calls {}", host.calls.join(", "))
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
                .filter(|service| service.calls.contains(process))
                .map(|service| Edge::new(service.name.clone(), process.clone()));
            client.into_iter().chain(callers).collect()
        }
    }
}
