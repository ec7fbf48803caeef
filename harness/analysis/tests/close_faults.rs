//! A second fault close behind the first, on made-up runs: what the first one left behind is not
//! held against the second.

mod support;

use harness_model::fault::{Evidence, FaultKind, FaultPlan};
use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::Report;
use harness_model::{EventKind, Offset, RunEvent, Verdict};
use support::MadeUpRun;

const SECOND: i64 = 1_000_000_000;

/// Payment is dead from 30 s to 40 s, as in every made-up run. At `from`, a second fault begins,
/// which lasts one second and makes everything fail for two.
fn report(from: i64) -> Report {
    let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
    let name = || "second".to_owned();
    run.plan.faults.push(FaultPlan {
        name: name(),
        at: Offset(from * SECOND),
        for_ns: SECOND as u64,
        ..run.plan.faults[0].clone()
    });
    let happened = [
        (from, EventKind::FaultInjected { fault: name() }),
        (
            from + 1,
            EventKind::FaultHealed {
                fault: name(),
                evidence: Evidence {
                    eligible: 10,
                    affected: 10,
                },
                verified: true,
            },
        ),
    ];
    run.events.extend(happened.map(|(second, what)| RunEvent {
        at_ns: Offset(second * SECOND),
        what,
    }));
    for sample in &mut run.samples {
        if (from * SECOND..(from + 2) * SECOND).contains(&sample.intended.ns()) {
            sample.status = 503;
            sample.error = harness_model::ErrorClass::Status;
        }
    }
    let limits = [
        (Measure::Recovery, 0.5),
        (Measure::Detection, 1.0),
        (Measure::Lost, 100.0),
    ];
    let budgets = limits.map(|(measure, limit)| Budget {
        measure,
        of: Subject::Fault(name()),
        within: Vec::new(),
        limit,
        of_success: false,
        stated_at: "1:1".to_owned(),
    });
    run.plan.budgets = budgets.into();
    harness_analysis::report(&run)
}

fn verdicts(report: &Report) -> Vec<Verdict> {
    report.budgets.iter().map(|budget| budget.verdict).collect()
}

#[test]
fn a_fault_after_a_quiet_hold_time_is_judged_by_what_it_did() {
    let report = report(44);
    assert_eq!(report.faults[0].unsettled, None);
    assert_eq!(report.faults[1].unsettled, None);
    assert_eq!(report.faults[1].recovery_s, Some(1.0));
    let expected = [Verdict::Fail, Verdict::Pass, Verdict::Pass];
    assert_eq!(verdicts(&report), expected);
}

#[test]
fn a_fault_that_begins_while_an_earlier_one_is_felt_says_so_and_fails_no_budget() {
    let report = report(41);
    let second = &report.faults[1];
    assert_eq!(second.unsettled.as_deref(), Some("the-fault"));
    let expected = [Verdict::Inconclusive, Verdict::Inconclusive, Verdict::Pass];
    assert_eq!(verdicts(&report), expected);
    let unsettled: Vec<_> = report
        .budgets
        .iter()
        .map(|budget| budget.unsettled.as_deref())
        .collect();
    assert_eq!(unsettled, [Some("the-fault"), Some("the-fault"), None]);
}
