//! Faults that would step on each other.
//!
//! Two faults may be on at once, but not on one target: neither the effect nor the evidence could
//! be told apart, and healing one would lift the other.

use std::fmt;

use harness_model::{FaultPlan, FaultTarget};

/// Two faults (indices into the plan) that are on at once on the same process or edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub first: usize,
    pub second: usize,
    pub on: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "faults {} and {} are on {} at the same time",
            self.first + 1,
            self.second + 1,
            self.on
        )
    }
}

/// Every pair of faults that overlaps in time and meets in a process or an edge.
pub fn conflicts(plans: &[FaultPlan]) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (first, one) in plans.iter().enumerate() {
        for (second, other) in plans.iter().enumerate().skip(first + 1) {
            if one.at < other.ends()
                && other.at < one.ends()
                && let Some(on) = common_ground(one, other)
            {
                found.push(Conflict { first, second, on });
            }
        }
    }
    found
}

fn common_ground(one: &FaultPlan, other: &FaultPlan) -> Option<String> {
    if let (
        FaultTarget::Process { process, .. },
        FaultTarget::Process {
            process: other_process,
            ..
        },
    ) = (&one.target, &other.target)
        && process == other_process
    {
        return Some(process.clone());
    }
    if !strikes_edges(one) || !strikes_edges(other) {
        return None;
    }
    let shared = one
        .watched
        .iter()
        .find(|edge| other.watched.contains(edge))?;
    Some(shared.to_string())
}

/// A network fault acts on the edges it watches; a fault of a process only watches them.
fn strikes_edges(plan: &FaultPlan) -> bool {
    matches!(plan.target, FaultTarget::Edge(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{on_edge, on_process};
    use harness_model::FaultKind;

    #[test]
    fn two_faults_on_one_process_at_once_are_a_conflict_and_one_after_the_other_are_not() {
        let kill = on_process(FaultKind::Kill, "cart", 1.0, 2.0);
        let overlapping = on_process(FaultKind::Freeze, "cart", 2.0, 2.0);
        let later = on_process(FaultKind::Freeze, "cart", 3.0, 2.0);
        let found = conflicts(&[kill.clone(), overlapping]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "faults 1 and 2 are on cart at the same time"
        );
        assert!(conflicts(&[kill, later]).is_empty());
    }

    #[test]
    fn network_faults_conflict_on_a_shared_edge_only() {
        let refuse = on_edge(FaultKind::Refuse, "gateway", "cart", 1.0, 2.0);
        let hang = on_edge(FaultKind::Hang, "gateway", "cart", 1.5, 2.0);
        let elsewhere = on_edge(FaultKind::Hang, "gateway", "order", 1.5, 2.0);
        assert_eq!(conflicts(&[refuse.clone(), hang]).len(), 1);
        assert!(conflicts(&[refuse, elsewhere]).is_empty());
    }
}
