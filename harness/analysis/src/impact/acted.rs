//! What was done, and when: the baseline and the time for which each fault was on, by the events
//! of the run and not by its plan.

use harness_model::fault::FaultPlan;
use harness_model::{EventKind, RunData};

use crate::run::moments::{first_fault, warmup_end};
use crate::run::windows::Window;

/// From the end of the warm-up until the first injection began. An injection takes effect somewhere
/// between its begin and its end. Where no event tells, it ends when the first fault was due.
pub fn baseline(run: &RunData) -> Window {
    let is_first = |what: &EventKind| {
        matches!(
            what,
            EventKind::FaultInjecting { .. } | EventKind::FaultInjected { .. }
        )
    };
    let acted = run.events.iter().find(|event| is_first(&event.what));
    let from = warmup_end(run);
    Window {
        from,
        to: acted
            .map_or(first_fault(run), |event| event.at_ns)
            .max(from),
    }
}

/// The time for which a fault was on, if it was on and off again.
pub fn during(run: &RunData, plan: &FaultPlan) -> Option<Window> {
    let times = run.fault_times(&plan.name)?;
    Some(Window {
        from: times.injected,
        to: times.healed?,
    })
}
