//! The timeline cut into phases, by the planned moments of faults and steps.

use harness_model::load::RateSegment;
use harness_model::plan::{Phase, PhaseKind};
use harness_model::{FaultPlan, Offset};

/// Contiguous phases from 0 to the end of the load. Where faults overlap in time, the stretch
/// belongs to the one that began first, and the rest of the later one follows.
pub fn phases(
    warmup_ns: u64,
    load_ns: u64,
    steps: &[RateSegment],
    faults: &[FaultPlan],
) -> Vec<Phase> {
    let mut cut = Cut {
        phases: Vec::new(),
        now: Offset::ZERO,
    };
    let (warmup, end) = (offset(warmup_ns), offset(load_ns));
    cut.until(warmup, "warmup", PhaseKind::Warmup);
    for (index, step) in steps.iter().enumerate() {
        let to = Offset(cut.now.0 + offset(step.for_ns).0);
        cut.until(to, &format!("step:{}", index + 1), PhaseKind::Step(index));
    }
    for (index, fault) in faults.iter().enumerate() {
        match index.checked_sub(1).map(|last| (last, &faults[last])) {
            None => cut.until(fault.at, "baseline", PhaseKind::Baseline),
            Some((last, fault_before)) => {
                let name = format!("after:{}", fault_before.name);
                cut.until(fault.at, &name, PhaseKind::After(last));
            }
        }
        cut.until(
            fault.ends(),
            &format!("fault:{}", fault.name),
            PhaseKind::Fault(index),
        );
    }
    match faults.len().checked_sub(1) {
        Some(last) => {
            cut.until(
                end,
                &format!("after:{}", faults[last].name),
                PhaseKind::After(last),
            );
        }
        None => cut.until(end, "steady", PhaseKind::Steady),
    }
    cut.phases
}

/// The phases so far, and where the last of them ends.
struct Cut {
    phases: Vec<Phase>,
    now: Offset,
}

impl Cut {
    /// Adds a phase from the last one to `to`, unless it is empty.
    fn until(&mut self, to: Offset, name: &str, kind: PhaseKind) {
        if to > self.now {
            self.phases.push(Phase {
                name: name.to_owned(),
                kind,
                from: self.now,
                to,
            });
            self.now = to;
        }
    }
}

fn offset(ns: u64) -> Offset {
    Offset(i64::try_from(ns).unwrap_or(i64::MAX))
}
