//! Fault plans for the tests of this crate.

use harness_model::{Edge, FaultKind, FaultPlan, FaultTarget, InstanceSelection, Offset};

pub fn on_edge(kind: FaultKind, caller: &str, callee: &str, at_s: f64, for_s: f64) -> FaultPlan {
    let edge = Edge::new(caller, callee);
    plan(
        kind,
        FaultTarget::Edge(edge.clone()),
        vec![edge],
        at_s,
        for_s,
    )
}

pub fn on_process(kind: FaultKind, process: &str, at_s: f64, for_s: f64) -> FaultPlan {
    let target = FaultTarget::Process {
        service: process.into(),
        process: process.into(),
        instances: InstanceSelection::All,
    };
    plan(
        kind,
        target,
        vec![Edge::new("gateway", process)],
        at_s,
        for_s,
    )
}

fn plan(
    kind: FaultKind,
    target: FaultTarget,
    watched: Vec<Edge>,
    at_s: f64,
    for_s: f64,
) -> FaultPlan {
    FaultPlan {
        name: kind.name().into(),
        kind,
        target,
        at: Offset::from_secs_f64(at_s),
        for_ns: (for_s * 1e9) as u64,
        watched,
    }
}
