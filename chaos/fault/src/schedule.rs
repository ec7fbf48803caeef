//! When each fault acts, and for which others it has to wait.

use harness_model::{FaultPlan, Offset};

/// One fault of the timeline; times count from the start of the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its index in the list of plans.
    pub fault: usize,
    /// When to inject.
    pub at: Offset,
    /// When to heal; always later.
    pub ends: Offset,
    /// Earlier faults of the same process or edge, by index. They must be healed before this one is
    /// injected, since healing them late would heal this one.
    pub after: Vec<usize>,
}

/// A turn for each fault, in the order in which they begin. Faults of different targets are
/// independent: a slow healing of one must not delay another.
pub fn schedule(plans: &[FaultPlan]) -> Vec<Turn> {
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|index| plans[*index].at);
    let turn = |(place, &fault): (usize, &usize)| {
        let plan = &plans[fault];
        let same = |earlier: &&usize| plans[**earlier].target.is_struck_with(&plan.target);
        Turn {
            fault,
            at: plan.at,
            ends: plan.ends().max(Offset(plan.at.0.saturating_add(1))),
            after: order[..place].iter().filter(same).copied().collect(),
        }
    };
    order.iter().enumerate().map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{on_edge, on_process};
    use harness_model::FaultKind;

    #[test]
    fn faults_come_in_order_and_wait_only_for_those_of_the_same_target() {
        let plans = [
            on_process(FaultKind::Freeze, "cart", 5.0, 2.0),
            on_process(FaultKind::Kill, "cart", 1.0, 4.0),
            on_process(FaultKind::Kill, "order", 2.0, 9.0),
            on_edge(FaultKind::Hang, "gateway", "cart", 3.0, 9.0),
        ];
        let turns = schedule(&plans);
        let order: Vec<_> = turns.iter().map(|turn| turn.fault).collect();
        assert_eq!(order, [1, 2, 3, 0]);
        let waits: Vec<_> = turns.iter().map(|turn| turn.after.as_slice()).collect();
        assert_eq!(waits, [&[] as &[usize], &[], &[], &[1]]);
        assert_eq!(turns[3].ends, Offset::from_secs_f64(7.0));
    }

    #[test]
    fn a_fault_of_no_length_is_still_healed_after_it_was_injected() {
        let turns = schedule(&[on_process(FaultKind::Kill, "cart", 1.0, 0.0)]);
        assert!(turns[0].at < turns[0].ends);
    }
}
