//! Reasons to doubt a run that lie in what happened around it: instances that ended by themselves,
//! and a machine that others used.
//!
//! It must not know the load.

use harness_model::plan::{Measure, Subject};
use harness_model::report::{BudgetResult, Doubt, FaultReport, HostReport, HostStretch};
use harness_model::{
    ErrorClass, EventKind, FaultKind, FaultPlan, Offset, RunData, RunEvent, Sample, Verdict,
};

use crate::run::moments::warmup_end;
use crate::tables::host::felt;

/// An instance that ended and was not told to. One that ran out of the memory that a fault left it
/// did what the fault was for.
pub fn ended_by_themselves(run: &RunData) -> Vec<Doubt> {
    let ends = run.events.iter().filter_map(|event| match &event.what {
        EventKind::ServiceExited {
            service,
            instance,
            status,
        } => Some((event, service, instance, status)),
        _ => None,
    });
    let unexplained = ends.filter(|(event, service, ..)| !was_starved(run, event, service));
    let doubt = |(event, service, instance, status): (&RunEvent, &String, _, &String)| {
        let on = run
            .plan
            .faults
            .iter()
            .filter(|fault| is_on(run, fault, event.at_ns));
        let instance = harness_model::InstanceId::as_str(instance);
        Doubt::EndedByItself {
            // Older runs name the service alone.
            instance: if instance.is_empty() {
                service
            } else {
                instance
            }
            .to_owned(),
            status: status.clone(),
            at_s: event.at_ns.secs_f64(),
            during: on.map(|fault| fault.name.clone()).collect(),
        }
    };
    unexplained.map(doubt).collect()
}

fn was_starved(run: &RunData, end: &RunEvent, service: &str) -> bool {
    let ran_out = run.events.iter().any(|event| match &event.what {
        EventKind::ServiceOutOfMemory { service: one, .. } => {
            one == service && (end.at_ns - event.at_ns).secs_f64().abs() < 1.0
        }
        _ => false,
    });
    let limits = |fault: &&FaultPlan| matches!(fault.kind, FaultKind::Memory { .. });
    let mut limited = run.plan.faults.iter().filter(limits);
    // The kernel may act while the limit is being set.
    ran_out && limited.any(|fault| is_on(run, fault, end.at_ns))
}

/// Whether a fault was on then, or about to be.
fn is_on(run: &RunData, fault: &FaultPlan, at: Offset) -> bool {
    let begun = run.events.iter().find_map(|event| match &event.what {
        EventKind::FaultInjecting { fault: name } if *name == fault.name => Some(event.at_ns),
        _ => None,
    });
    let healed = run.fault_times(&fault.name).and_then(|times| times.healed);
    begun.is_some_and(|begun| begun <= at) && healed.is_none_or(|healed| at <= healed)
}

/// A stretch in which others took what the target needed can explain why a budget failed, and never
/// why one held.
pub fn disturbed(
    run: &RunData,
    host: &HostReport,
    budgets: &[BudgetResult],
    faults: &[FaultReport],
) -> Vec<Doubt> {
    let failed = budgets.iter().filter(|one| one.verdict == Verdict::Fail);
    let slow: Vec<&BudgetResult> = failed.filter(|one| may_be_slowness(run, one)).collect();
    let doubt = |stretch: &HostStretch| {
        let overlap = |&(from, to): &(f64, f64)| from < stretch.to_s && to > stretch.from_s;
        let touched = |one: &&&BudgetResult| windows(run, one, faults).iter().any(overlap);
        let mut touched = slow.iter().filter(touched).peekable();
        touched.peek()?;
        Some(Doubt::HostDisturbed {
            from_s: stretch.from_s,
            to_s: stretch.to_s,
            timed_out: touched.any(|one| one.measure == Measure::ErrorRate),
        })
    };
    host.stretches.iter().filter_map(doubt).collect()
}

/// A machine that is short of CPU or memory makes answers late, and late answers time out. It makes
/// nobody answer with an error: a share of those that fails a budget by itself stands.
fn may_be_slowness(run: &RunData, budget: &BudgetResult) -> bool {
    if budget.measure != Measure::ErrorRate {
        return true;
    }
    let judged = |sample: &&Sample| match &budget.of {
        Subject::Operation(name) => run.strings.name(sample.operation) == name,
        _ => sample.intended >= warmup_end(run),
    };
    let (mut due, mut wrong) = (0_u64, 0_u64);
    for sample in run.due().filter(judged) {
        due += 1;
        let late = matches!(sample.error, ErrorClass::Timeout | ErrorClass::NotSent);
        wrong += u64::from(!sample.ok() && !late);
    }
    wrong as f64 <= budget.limit * due as f64
}

/// The times, in seconds, that a budget judges.
fn windows(run: &RunData, budget: &BudgetResult, faults: &[FaultReport]) -> Vec<(f64, f64)> {
    let end_s = run.load_end().secs_f64();
    if let Subject::Fault(name) = &budget.of {
        let its = faults.iter().filter(|fault| fault.name == *name);
        return its.map(|fault| felt(fault, end_s)).collect();
    }
    if budget.within.is_empty() {
        return vec![(warmup_end(run).secs_f64(), end_s)];
    }
    let named = run.plan.phases.iter();
    let named = named.filter(|phase| budget.within.contains(&phase.name));
    named
        .map(|phase| (phase.from.secs_f64(), phase.to.secs_f64()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::verdict::verdict;
    use harness_model::report::BudgetReason;

    fn failed(measure: Measure) -> BudgetResult {
        BudgetResult {
            measure,
            of: Subject::All,
            within: Vec::new(),
            limit: 1.0,
            of_success: false,
            observed: Some(2.0),
            censored: false,
            ci: [None, None],
            n: 100,
            failed: 50,
            unsent: 0,
            fails_as_sent: true,
            verdict: Verdict::Fail,
            why: BudgetReason::Compared,
            unsettled: None,
            stated_at: String::new(),
        }
    }

    #[test]
    fn others_on_the_machine_explain_slowness_and_a_crash_explains_nothing() {
        let disturbed = |timed_out| Doubt::HostDisturbed {
            from_s: 1.0,
            to_s: 2.0,
            timed_out,
        };
        let crash = Doubt::EndedByItself {
            instance: "web".to_owned(),
            status: "exit status: 3".to_owned(),
            at_s: 1.0,
            during: Vec::new(),
        };
        let of = |measure, doubt| verdict(&[failed(measure)], &[], &[], &[doubt]);
        assert_eq!(of(Measure::P95, disturbed(false)), Verdict::Inconclusive);
        assert_eq!(of(Measure::ErrorRate, disturbed(false)), Verdict::Fail);
        assert_eq!(
            of(Measure::ErrorRate, disturbed(true)),
            Verdict::Inconclusive
        );
        assert_eq!(of(Measure::P95, crash.clone()), Verdict::Fail);
        assert_eq!(verdict(&[], &[], &[], &[crash]), Verdict::Inconclusive);
    }
}
