//! The fault catalogue: what a fault needs, when it acts and how it reads.
//!
//! Owns the pure side of chaos. Nothing here touches a socket, a process or a clock, so a timeline
//! can be checked and shown before anything starts. It must not know how a fault is injected.

mod capability;
mod conflict;
mod describe;
mod schedule;

pub use capability::{Capabilities, needs};
pub use conflict::{Conflict, conflicts};
pub use describe::describe;
pub use schedule::{FaultAction, schedule};

#[cfg(test)]
pub(crate) mod example {
    use harness_model::{Edge, FaultKind, FaultPlan, FaultTarget, InstanceSelection, Offset};

    pub fn on_edge(
        kind: FaultKind,
        caller: &str,
        callee: &str,
        at_s: f64,
        for_s: f64,
    ) -> FaultPlan {
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
}
