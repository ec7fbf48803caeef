//! Scores a ranking against what was injected. Nothing else in this folder knows the truth.

use harness_model::fault::FaultTarget;
use harness_model::report::Suspect;

/// Where the injected truth stands in a list, counted from 1. A process is found only where the
/// process itself is suspected, a call path only where exactly that path is.
pub fn truth_rank(suspects: &[Suspect], target: &FaultTarget) -> Option<u32> {
    let is_truth = |suspect: &Suspect| match target {
        FaultTarget::Process { process, .. } => {
            suspect.edge.is_none() && suspect.service == *process
        }
        FaultTarget::Edge(edge) => suspect.edge.as_ref() == Some(edge),
    };
    let place = suspects.iter().position(is_truth)?;
    u32::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Edge;

    #[test]
    fn the_truth_is_the_process_or_exactly_the_call_path() {
        let suspect = |edge: Option<Edge>| Suspect {
            service: "payment".to_owned(),
            edge,
            part: None,
            score: 1.0,
            why: Vec::new(),
        };
        let list = [suspect(Some(Edge::new("order", "payment"))), suspect(None)];
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
