//! The moments of a run that statistics start and end at.

use harness_model::plan::PhaseKind;
use harness_model::{Offset, RunData};

/// Where the warm-up ends; its samples are in no statistic.
pub fn warmup_end(run: &RunData) -> Offset {
    let warmup = run
        .plan
        .phases
        .first()
        .filter(|phase| phase.kind == PhaseKind::Warmup);
    warmup.map_or(Offset::ZERO, |phase| phase.to)
}

/// When the first fault was due; the end of the load where there is none.
pub fn first_fault(run: &RunData) -> Offset {
    let first = run.plan.faults.iter().map(|fault| fault.at).min();
    first.unwrap_or(run.load_end())
}

/// When the load was to end, or ended before that. Requests after it belong to the last visits.
pub fn planned_end(run: &RunData) -> Offset {
    let planned = Offset(i64::try_from(run.plan.load.duration_ns).unwrap_or(i64::MAX));
    run.load_end().min(planned)
}
