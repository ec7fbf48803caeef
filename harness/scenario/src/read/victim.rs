//! What a fault strikes: a name or `caller -> callee`, resolved to processes of the target.

use harness_model::fault::{Edge, FaultTarget, Strikes};
use harness_model::plan::Runtime;
use harness_model::{InstanceSelection, TargetDefinition};

use crate::syntax::{Diagnostics, Span, unknown};

/// The target that faults are to strike.
pub struct FaultContext<'a> {
    /// Without services when the target could not be read.
    pub target: &'a TargetDefinition,
    /// `None` when the target could not be read.
    pub runtime: Option<Runtime>,
}

/// Resolves what a scenario names as the victim of a fault.
pub fn victim(
    strikes: Strikes,
    text: &str,
    at: &Span,
    target: &TargetDefinition,
    diagnostics: &mut Diagnostics,
) -> Option<FaultTarget> {
    match strikes {
        Strikes::Process => {
            let process = process(text, at, target, diagnostics)?;
            let service = text.to_owned();
            Some(FaultTarget::Process {
                service,
                process,
                instances: InstanceSelection::All,
            })
        }
        Strikes::Edge => edge(text, at, target, diagnostics).map(FaultTarget::Edge),
    }
}

/// The process that hosts a service.
fn process(
    service: &str,
    at: &Span,
    target: &TargetDefinition,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    if target.services.is_empty() {
        // The target could not be read, which has been noted.
        return None;
    }
    let host = target.host_of(service);
    if host.is_none() {
        let services = target.services.iter();
        let known = services.flat_map(|one| one.hosts.iter().map(String::as_str));
        unknown("service", service, at, known, diagnostics);
    }
    host.map(|host| host.name.clone())
}

/// Reads `caller -> callee`; the load generator is called `client`.
fn edge(
    text: &str,
    at: &Span,
    target: &TargetDefinition,
    diagnostics: &mut Diagnostics,
) -> Option<Edge> {
    let Some((caller, callee)) = text.split_once("->") else {
        let message = format!("{text:?} is not an edge");
        diagnostics.add(at, message, "write \"caller -> callee\"");
        return None;
    };
    let (caller, callee) = (caller.trim(), callee.trim());
    let callee_host = process(callee, at, target, diagnostics)?;
    if caller == Edge::CLIENT {
        if callee_host != target.entry {
            let remedy = format!("the entry is {}", target.entry);
            diagnostics.add(at, format!("shoppers do not talk to {callee}"), remedy);
        }
        return Some(Edge::new(caller, callee_host));
    }
    let caller_host = process(caller, at, target, diagnostics)?;
    if caller_host == callee_host {
        let message = format!("{caller} and {callee} live in one process, {caller_host}");
        let remedy = "no network lies between them; choose another shape or another edge";
        diagnostics.add(at, message, remedy);
        return None;
    }
    let host = target.service(&caller_host);
    let known: Vec<&str> = host.into_iter().flat_map(|host| host.talks_to()).collect();
    if !known.contains(&callee_host.as_str()) {
        let remedy = if known.is_empty() {
            format!("{caller} calls nobody")
        } else {
            format!("{caller} calls {}", known.join(", "))
        };
        diagnostics.add(at, format!("{caller} never calls {callee}"), remedy);
        return None;
    }
    Some(Edge::new(caller_host, callee_host))
}

/// The edges whose traffic can meet a fault.
pub fn watched(fault: &FaultTarget, target: &TargetDefinition) -> Vec<Edge> {
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
