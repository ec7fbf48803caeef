//! A fault on the timeline: its target, its times and the proof that traffic met it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::edge::Edge;
use super::kind::FaultKind;
use crate::instance::{InstanceId, InstanceSelection};
use crate::time::Offset;

/// Where a fault strikes, already resolved to processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum FaultTarget {
    /// `service` is what the scenario named; `process` is the service of the target that hosts it
    /// in this shape.
    Process {
        service: String,
        process: String,
        /// Which instances of `process` are struck.
        #[serde(default, skip_serializing_if = "InstanceSelection::is_all")]
        instances: InstanceSelection,
    },
    /// The traffic from one process to another.
    Edge(Edge),
}

impl fmt::Display for FaultTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultTarget::Process {
                service,
                process,
                instances,
            } => {
                write!(f, "{service}")?;
                if service != process {
                    write!(f, " (in {process})")?;
                }
                match instances {
                    InstanceSelection::All => Ok(()),
                    InstanceSelection::Named(names) => {
                        let names: Vec<&str> = names.iter().map(InstanceId::as_str).collect();
                        write!(f, " (only {})", names.join(", "))
                    }
                }
            }
            FaultTarget::Edge(edge) => write!(f, "{edge}"),
        }
    }
}

/// One fault of the timeline. Injection and healing always come as a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultPlan {
    /// Budgets, events and reports call it so; unique in a plan.
    pub name: String,
    #[serde(flatten)]
    pub kind: FaultKind,
    pub target: FaultTarget,
    /// When to inject, counted from the start of the load.
    pub at: Offset,
    /// How long it stays.
    pub for_ns: u64,
    /// The edges whose traffic can meet the fault: the edge itself, or every edge into the process.
    pub watched: Vec<Edge>,
}

impl FaultPlan {
    /// When to heal, counted from the start of the load.
    pub fn ends(&self) -> Offset {
        Offset(
            self.at
                .0
                .saturating_add(i64::try_from(self.for_ns).unwrap_or(i64::MAX)),
        )
    }

    /// Whether both are on at once on one process or one edge. Neither the effects nor the evidence
    /// could be told apart then, and healing one would heal the other.
    pub fn conflicts_with(&self, other: &FaultPlan) -> bool {
        let at_once = self.at < other.ends() && other.at < self.ends();
        at_once && self.target.is_struck_with(&other.target)
    }
}

impl FaultTarget {
    /// Services that live in one process are struck together, instance by instance.
    pub fn is_struck_with(&self, other: &FaultTarget) -> bool {
        match (self, other) {
            (
                FaultTarget::Process {
                    process: one,
                    instances,
                    ..
                },
                FaultTarget::Process {
                    process: other,
                    instances: others,
                    ..
                },
            ) => one == other && instances.overlaps(others),
            (FaultTarget::Edge(edge), FaultTarget::Edge(other)) => edge == other,
            (FaultTarget::Process { .. }, FaultTarget::Edge(_))
            | (FaultTarget::Edge(_), FaultTarget::Process { .. }) => false,
        }
    }
}

/// Proof that traffic met a fault, counted at the edge proxies while it was on.
///
/// `eligible` counts exchanges and connection attempts that could have been hit, `affected` those
/// that were (delayed, refused, reset, or left without an answer).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub eligible: u64,
    pub affected: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(target: FaultTarget, at_s: f64, for_s: f64) -> FaultPlan {
        FaultPlan {
            name: "any".to_owned(),
            kind: FaultKind::Freeze,
            target,
            at: Offset::from_secs_f64(at_s),
            for_ns: (for_s * 1e9) as u64,
            watched: Vec::new(),
        }
    }

    fn on_service(service: &str, process: &str, at_s: f64, for_s: f64) -> FaultPlan {
        let (service, process) = (service.to_owned(), process.to_owned());
        let instances = InstanceSelection::All;
        let target = FaultTarget::Process {
            service,
            process,
            instances,
        };
        fault(target, at_s, for_s)
    }

    fn on_edge(callee: &str, at_s: f64, for_s: f64) -> FaultPlan {
        fault(FaultTarget::Edge(Edge::new("gateway", callee)), at_s, for_s)
    }

    #[test]
    fn faults_of_one_process_conflict_at_once_but_not_one_after_the_other() {
        let first = on_service("cart", "shop", 1.0, 2.0);
        assert!(first.conflicts_with(&on_service("order", "shop", 2.0, 2.0)));
        assert!(!first.conflicts_with(&on_service("cart", "shop", 3.0, 2.0)));
        assert!(!first.conflicts_with(&on_service("order", "order", 2.0, 2.0)));
    }

    #[test]
    fn faults_of_different_instances_do_not_conflict() {
        let on = |names: &[&str]| {
            let names = names.iter().copied().map(InstanceId::new).collect();
            let target = FaultTarget::Process {
                service: "cart".to_owned(),
                process: "cart".to_owned(),
                instances: InstanceSelection::Named(names),
            };
            fault(target, 1.0, 2.0)
        };
        let first = on(&["cart-1", "cart-2"]);
        assert!(first.conflicts_with(&on(&["cart-2"])));
        assert!(!first.conflicts_with(&on(&["cart-3"])));
        assert!(first.conflicts_with(&on_service("cart", "cart", 1.0, 2.0)));
    }

    #[test]
    fn faults_of_edges_conflict_on_one_edge_only() {
        let first = on_edge("cart", 1.0, 2.0);
        assert!(first.conflicts_with(&on_edge("cart", 1.5, 2.0)));
        assert!(!first.conflicts_with(&on_edge("order", 1.5, 2.0)));
        assert!(!first.conflicts_with(&on_service("cart", "cart", 1.5, 2.0)));
    }
}
