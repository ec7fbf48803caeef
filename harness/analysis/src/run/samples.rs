//! Single requests: whether they are good, and the group of their operation.

use harness_model::{RunData, Sample};

/// Success within the deadline, counted from the intended moment.
pub fn is_good(run: &RunData, sample: &Sample) -> bool {
    sample.ok() && sample.response_ns() <= run.plan.judgement.deadline_ns
}

/// The group an operation belongs to in the plan's workload; empty for an operation it lacks.
pub fn group<'a>(run: &'a RunData, operation: &str) -> &'a str {
    let operations = &run.plan.load.workload.operations;
    operations
        .iter()
        .find(|one| one.name == operation)
        .map_or("", |one| one.group.as_str())
}
