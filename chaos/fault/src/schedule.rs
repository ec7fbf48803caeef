//! The timeline of faults as one sorted list of actions.

use harness_model::{FaultPlan, Offset};

/// What to do with one fault, by its index in the list of plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAction {
    /// Begin the fault.
    Inject(usize),
    /// End it.
    Heal(usize),
}

/// All actions in the order of their times, counted from the start of the load. Each fault is
/// injected once, and healed once later.
///
/// When one fault ends as another begins, the first is healed before the second is injected, so
/// that back-to-back faults never overlap.
pub fn schedule(plans: &[FaultPlan]) -> Vec<(Offset, FaultAction)> {
    let mut actions: Vec<(Offset, FaultAction)> = Vec::with_capacity(2 * plans.len());
    for (index, plan) in plans.iter().enumerate() {
        // A fault of no length must still be healed after it was injected.
        let ends = plan.ends().max(Offset(plan.at.0.saturating_add(1)));
        actions.push((plan.at, FaultAction::Inject(index)));
        actions.push((ends, FaultAction::Heal(index)));
    }
    actions.sort_by_key(|&(at, action)| match action {
        FaultAction::Heal(index) => (at, 0, index),
        FaultAction::Inject(index) => (at, 1, index),
    });
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::on_process;
    use harness_model::FaultKind;

    #[test]
    fn actions_come_in_order_and_a_heal_precedes_an_injection_at_the_same_time() {
        let plans = [
            on_process(FaultKind::Freeze, "cart", 5.0, 2.0),
            on_process(FaultKind::Kill, "cart", 1.0, 4.0),
        ];
        let actions: Vec<_> = schedule(&plans)
            .into_iter()
            .map(|(_, action)| action)
            .collect();
        assert_eq!(
            actions,
            [
                FaultAction::Inject(1),
                FaultAction::Heal(1),
                FaultAction::Inject(0),
                FaultAction::Heal(0),
            ]
        );
    }

    #[test]
    fn a_fault_of_no_length_is_still_injected_before_it_is_healed() {
        let actions = schedule(&[on_process(FaultKind::Kill, "cart", 1.0, 0.0)]);
        assert_eq!(actions[0].1, FaultAction::Inject(0));
        assert_eq!(actions[1].1, FaultAction::Heal(0));
    }
}
