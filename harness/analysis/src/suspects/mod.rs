//! Who is to blame for what happened between two moments, from traces and metrics alone.
//!
//! Owns the ranking. It is told when to look and never what was injected: kind, target and name of
//! a fault are in none of the types it takes. Only [`truth_rank`] sees the truth, to score.
//!
//! The method follows what holds up in published comparisons (RCAEval, ASE 2024; PetShop): the
//! moment is known exactly, so differences against the time before are strong evidence, and the
//! call graph explains the rest away. Everything upstream of a fault is slow and fails too; so a
//! service is blamed for its own time and its own failures only, never for those of its callees.

mod blame;
mod calls;
mod health;
mod origins;
mod robust;
mod score;
mod spread;
mod window;

use harness_model::fault::{Edge, FaultTarget};
use harness_model::metric::MetricPoint;
use harness_model::report::Suspect;
use harness_model::strings::Strings;
use harness_model::{Sample, Sym};

use crate::traces::Forest;

pub use robust::median;
pub use window::{Window, Windows};

/// What was seen of a run, and nothing of what was planned.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub strings: &'a Strings,
    /// The visitors' requests: the calls into the entry service.
    pub samples: &'a [Sample],
    pub forest: &'a Forest<'a>,
    /// Sorted by service, metric, labels, time.
    pub metrics: &'a [MetricPoint],
}

/// Who or what is blamed. The caller [`Sym::NONE`] stands for the visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blame {
    Service(Sym),
    Way(Way),
}

/// A call path from one service to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    caller: Sym,
    callee: Sym,
}

impl Seen<'_> {
    fn name(&self, service: Sym) -> &str {
        match service {
            Sym::NONE => Edge::CLIENT,
            service => self.strings.name(service),
        }
    }
}

/// At most five suspects, the likeliest first; none when nothing differs enough. The same data
/// always gives the same list.
pub fn rank(seen: &Seen<'_>, windows: &Windows) -> Vec<Suspect> {
    let health = health::health(seen, windows);
    let calls = calls::gather(seen, windows);
    score::rank(seen, blame::evidence(seen, &calls, &health))
}

/// Where the injected truth stands in a list, counted from 1. A process is found only where the
/// process itself is blamed, a call path only where exactly that path is.
pub fn truth_rank(suspects: &[Suspect], target: &FaultTarget) -> Option<u32> {
    let is_truth = |suspect: &Suspect| match target {
        FaultTarget::Process { process, .. } => {
            suspect.edge.is_none() && suspect.service == *process
        }
        FaultTarget::Edge(edge) => suspect.edge.as_ref() == Some(&edge.to_string()),
    };
    let place = suspects.iter().position(is_truth)?;
    u32::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_is_the_process_or_exactly_the_call_path() {
        let suspect = |edge: Option<&str>| Suspect {
            service: "payment".to_owned(),
            edge: edge.map(str::to_owned),
            score: 1.0,
            why: Vec::new(),
        };
        let list = [suspect(Some("order -> payment")), suspect(None)];
        let process = FaultTarget::Process {
            service: "payment".to_owned(),
            process: "payment".to_owned(),
            instances: harness_model::InstanceSelection::All,
        };
        assert_eq!(truth_rank(&list, &process), Some(2));
        let edge = |caller: &str| FaultTarget::Edge(Edge::new(caller, "payment"));
        assert_eq!(truth_rank(&list, &edge("order")), Some(1));
        assert_eq!(truth_rank(&list, &edge("gateway")), None);
    }
}
