//! What a fault did, on made-up runs whose requests are changed to what a case asks for.

mod support;

use harness_model::fault::{FaultKind, FaultPlan};
use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetReason, FaultReport, Report};
use harness_model::{ErrorClass, EventKind, Offset, RunData, Sample, Verdict};
use support::MadeUpRun;

const SECOND: i64 = 1_000_000_000;
const MS: i64 = 1_000_000;
/// The fault of a made-up run is on from here ...
const FROM: i64 = 30 * SECOND;
/// ... to here, out of 50 s.
const TO: i64 = 40 * SECOND;

/// A fault that does nothing: nobody asks the service that it kills.
fn quiet() -> RunData {
    MadeUpRun::new(FaultKind::Kill, "nobody").run()
}

fn killed() -> RunData {
    MadeUpRun::new(FaultKind::Kill, "payment").run()
}

fn fault(report: &Report) -> &FaultReport {
    &report.faults[0]
}

fn report(run: &RunData) -> FaultReport {
    harness_analysis::report(run).faults.remove(0)
}

fn within(sample: &Sample, from: i64, to: i64) -> bool {
    (from..to).contains(&sample.intended.ns())
}

fn fail(sample: &mut Sample) {
    sample.status = 503;
    sample.error = ErrorClass::Status;
}

fn budget(measure: Measure, of: Subject, limit: f64) -> Budget {
    Budget {
        measure,
        of,
        within: Vec::new(),
        limit,
        of_success: false,
        stated_at: "1:1".to_owned(),
    }
}

#[test]
fn one_timeout_long_after_the_fault_is_neither_recovery_nor_relapse() {
    let mut run = killed();
    let late = run
        .samples
        .iter_mut()
        .find(|one| within(one, 48 * SECOND, TO * 2));
    let late = late.expect("a request at 48 s");
    late.status = 0;
    late.error = ErrorClass::Timeout;
    let fault = report(&run);
    assert_eq!(fault.recovery_s, Some(0.0));
    assert!(!fault.censored && fault.relapses.is_empty());
    assert!(fault.first_harm_s.is_some());
}

#[test]
fn a_second_outage_after_the_hold_time_is_a_relapse_and_not_the_recovery() {
    let mut run = killed();
    for sample in &mut run.samples {
        if within(sample, 46 * SECOND, 47 * SECOND) {
            fail(sample);
        }
    }
    let fault = report(&run);
    assert_eq!(fault.recovery_s, Some(0.0));
    let relapses: Vec<_> = fault
        .relapses
        .iter()
        .map(|one| (one.at_s, one.for_s))
        .collect();
    assert_eq!(relapses, [(46.0, 1.0)]);
}

#[test]
fn a_system_that_answers_late_but_within_the_deadline_has_left_its_band() {
    let slow = FaultKind::Latency {
        delay_ns: 900_000_000,
        jitter_ns: 0,
    };
    let run = MadeUpRun::new(slow, "client -> gateway").run();
    assert!(run.samples.iter().all(Sample::ok), "nothing fails");
    let fault = report(&run);
    assert!(
        fault.first_harm_s.expect("harm") < 0.2,
        "{:?}",
        fault.first_harm_s
    );
    assert_eq!(fault.recovery_s, Some(0.0));
    assert_eq!(fault.lost, 0.0);
}

#[test]
fn a_fault_that_does_nothing_harms_nothing_and_keeps_a_ceiling_on_first_harm() {
    let mut run = quiet();
    let of = || Subject::Fault("the-fault".to_owned());
    run.plan.budgets = vec![
        budget(Measure::Detection, of(), 1.0),
        budget(Measure::Recovery, of(), 1.0),
    ];
    let report = harness_analysis::report(&run);
    assert_eq!(fault(&report).first_harm_s, None);
    assert!(fault(&report).harmed.is_empty());
    assert_eq!(fault(&report).contained, ["browse", "buy"]);
    let judged: Vec<_> = report
        .budgets
        .iter()
        .map(|one| (one.verdict, one.why))
        .collect();
    let expected = [
        (Verdict::Pass, BudgetReason::NoHarm),
        (Verdict::Pass, BudgetReason::Compared),
    ];
    assert_eq!(judged, expected);
}

#[test]
fn a_fault_that_met_no_traffic_does_not_pass_a_ceiling_on_first_harm() {
    let mut run = quiet();
    for event in &mut run.events {
        if let EventKind::FaultHealed { evidence, .. } = &mut event.what {
            evidence.affected = 0;
        }
    }
    let of = Subject::Fault("the-fault".to_owned());
    run.plan.budgets = vec![budget(Measure::Detection, of, 1.0)];
    let report = harness_analysis::report(&run);
    assert_eq!(report.budgets[0].verdict, Verdict::Inconclusive);
}

#[test]
fn a_step_that_is_only_sent_late_is_not_harmed() {
    let mut run = killed();
    let browse = run.strings.find("browse").expect("known");
    for sample in &mut run.samples {
        if sample.operation == browse && within(sample, FROM, TO) {
            sample.intended = Offset(sample.intended.ns() - 400 * MS);
        }
    }
    let fault = report(&run);
    let harmed: Vec<&str> = fault
        .harmed
        .iter()
        .map(|one| one.operation.as_str())
        .collect();
    assert_eq!(harmed, ["buy"]);
    assert_eq!(fault.contained, ["browse"]);
}

#[test]
fn what_was_never_sent_is_starved_and_no_harm_of_its_operation() {
    let mut run = quiet();
    let starved = |sample: &Sample| Sample {
        sent: Offset(sample.intended.ns() + SECOND),
        first_byte: Offset(sample.intended.ns() + SECOND),
        done: Offset(sample.intended.ns() + SECOND),
        status: 0,
        error: ErrorClass::NotSent,
        trace: 0,
        ..*sample
    };
    let is_on = |sample: &&Sample| within(sample, FROM, TO) && sample.session == 0;
    run.unsent = run
        .samples
        .iter()
        .filter(is_on)
        .step_by(2)
        .map(starved)
        .collect();
    let fault = report(&run);
    assert_eq!(fault.starved, 100);
    assert!(fault.harmed.is_empty(), "{:?}", fault.harmed);
    assert!(fault.first_harm_s.is_some(), "visitors were not served");
    assert!(fault.lost > 80.0, "{}", fault.lost);
}

#[test]
fn an_operation_that_was_asked_once_is_not_called_unharmed() {
    let mut run = killed();
    let browse = run.strings.find("browse").expect("known");
    let mut asked = 0;
    run.samples.retain(|sample| {
        let counts = sample.operation == browse && within(sample, FROM, TO);
        asked += i32::from(counts);
        !counts || asked == 1
    });
    let fault = report(&run);
    assert!(fault.contained.is_empty());
    assert_eq!(fault.unseen, ["browse"]);
}

#[test]
fn a_fault_is_judged_from_when_it_was_injected_and_not_from_when_it_was_planned() {
    let mut run = killed();
    for sample in &mut run.samples {
        if within(sample, FROM, FROM + 4 * SECOND) {
            sample.status = 200;
            sample.error = ErrorClass::None;
            sample.done = Offset(sample.intended.ns() + 12 * MS);
        }
    }
    for event in &mut run.events {
        if let EventKind::FaultInjected { .. } = event.what {
            event.at_ns = Offset(FROM + 4 * SECOND);
        }
    }
    let fault = report(&run);
    assert_eq!(fault.injected_s, Some(34.0));
    assert!(fault.first_harm_s.expect("harm") < 0.5);
    let buy = &fault.harmed[0];
    // The second try of the last purchase comes after the fault.
    assert_eq!(buy.failed_before, 0.0);
    assert!(buy.failed_during > 0.95, "{}", buy.failed_during);
}

#[test]
fn a_fault_within_another_says_so_and_neither_is_called_harmless() {
    let mut run = killed();
    let inner = FaultPlan {
        name: "inner".to_owned(),
        at: Offset(33 * SECOND),
        for_ns: 2 * SECOND as u64,
        ..run.plan.faults[0].clone()
    };
    let event = |what: &EventKind| match what.clone() {
        EventKind::FaultInjected { .. } => Some((
            33,
            EventKind::FaultInjected {
                fault: "inner".to_owned(),
            },
        )),
        EventKind::FaultHealed {
            evidence, verified, ..
        } => {
            let fault = "inner".to_owned();
            Some((
                35,
                EventKind::FaultHealed {
                    fault,
                    evidence,
                    verified,
                },
            ))
        }
        _ => None,
    };
    let more: Vec<_> = run
        .events
        .iter()
        .filter_map(|one| event(&one.what))
        .collect();
    run.events
        .extend(more.into_iter().map(|(at, what)| harness_model::RunEvent {
            at_ns: Offset(at * SECOND),
            what,
        }));
    run.events.sort_by_key(|event| event.at_ns);
    run.plan.faults.push(inner);
    let faults = harness_analysis::report(&run).faults;
    assert_eq!(
        (faults[0].shared.as_slice(), faults[1].shared.as_slice()),
        (&["inner".to_owned()][..], &["the-fault".to_owned()][..])
    );
    assert_eq!(
        (
            faults[0].unsettled.as_deref(),
            faults[1].unsettled.as_deref()
        ),
        (None, Some("the-fault"))
    );
    assert!(faults.iter().all(|one| one.first_harm_s.is_some()));
    // The inner one was over at 35 s, and the level back at 40 s: at most 5 s, perhaps at once.
    assert_eq!(
        (faults[1].recovery_s, faults[1].recovery_least_s),
        (Some(5.0), Some(0.0))
    );
}

#[test]
fn breaker_health_and_budget_notice_a_killed_service_when_they_do() {
    let mut run = killed();
    run.plan.target.definition.telemetry.held_back = vec!["open".to_owned()];
    let payment = run.strings.find("payment").expect("known");
    let open = run.strings.intern("open");
    run.spans = run
        .spans
        .iter()
        .map(|mut span| {
            if span.peer == payment && (32 * SECOND..TO).contains(&span.start.ns()) {
                span.error_type = open;
            }
            span
        })
        .collect();
    run.plan.budgets = vec![budget(Measure::ErrorRate, Subject::All, 0.05)];
    let noticed = report(&run).noticed;
    let breaker = noticed.breaker.expect("a breaker opened");
    assert_eq!(breaker.edge.to_string(), "order -> payment");
    assert!((2.0..2.2).contains(&breaker.after_s), "{}", breaker.after_s);
    // Scrapes are half a second after the full one.
    let health = noticed.health.expect("a scrape failed");
    assert_eq!((health.service.as_str(), health.after_s), ("payment", 0.5));
    // 5 % of 1000 requests, and ten purchases a second fail.
    let spent = noticed.budget.expect("it was used up");
    assert!((5.0..5.3).contains(&spent.after_s), "{}", spent.after_s);
}

#[test]
fn what_was_noticed_before_the_fault_is_not_noticed_because_of_it() {
    let mut run = quiet();
    run.plan.target.definition.telemetry.held_back = vec!["open".to_owned()];
    let open = run.strings.intern("open");
    run.spans = run
        .spans
        .iter()
        .map(|mut span| {
            span.error_type = open;
            span
        })
        .collect();
    let noticed = report(&run).noticed;
    assert_eq!(noticed, harness_model::report::Noticed::default());
}
