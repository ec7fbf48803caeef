//! Invariants of conservation on made-up runs: what holds, what is broken, what cannot be known,
//! and how long work waited.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod support;

use std::collections::BTreeMap;

use harness_model::definition::ServiceDefinition;
use harness_model::event::Audit;
use harness_model::fault::FaultKind;
use harness_model::invariant::Side;
use harness_model::metric::MetricPoint;
use harness_model::report::{Backlog, Doubt, InvariantResult, Uncounted};
use harness_model::{EventKind, Invariant, Offset, Relation, RunData, RunEvent, Verdict};
use support::MadeUpRun;

const SECOND: i64 = 1_000_000_000;

fn invariant(left: &str, is: Relation, right: &str) -> Invariant {
    let side = |text: &str| Side::try_from(text.to_owned()).unwrap();
    Invariant {
        name: format!("{left} against {right}"),
        left: side(left),
        is,
        right: side(right),
    }
}

fn counts(counts: &[(&str, i64)]) -> Audit {
    let owned = |(name, count): &(&str, i64)| ((*name).to_owned(), *count);
    Audit {
        counts: counts.iter().map(owned).collect(),
        failed: BTreeMap::new(),
    }
}

/// A run in which nothing else is wrong, with these invariants and audits.
fn run(invariants: Vec<Invariant>, audits: Vec<(Option<u64>, Audit)>) -> RunData {
    let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
    let definition = &mut run.plan.target.definition;
    definition.invariants = invariants;
    definition.services.push(ServiceDefinition {
        name: "till".to_owned(),
        hosts: vec!["order".to_owned()],
        ..ServiceDefinition::default()
    });
    run.events
        .extend(audits.into_iter().map(|(after_ms, audit)| RunEvent {
            at_ns: Offset::ZERO,
            what: EventKind::Audited { audit, after_ms },
        }));
    run
}

fn only(run: &RunData) -> (Verdict, Vec<Doubt>, InvariantResult) {
    let report = harness_analysis::report(run);
    let invariant = report.invariants.into_iter().next().unwrap();
    (report.verdict, report.doubts, invariant)
}

#[test]
fn an_invariant_is_judged_by_what_the_run_has_added_and_holds_since_it_was_last_broken() {
    let invariant = invariant("order.placed", Relation::Equal, "mail.sent + 1");
    let audits = vec![
        (None, counts(&[("order.placed", 100), ("mail.sent", 7)])),
        (Some(0), counts(&[("order.placed", 105), ("mail.sent", 11)])),
        (
            Some(250),
            counts(&[("order.placed", 106), ("mail.sent", 11)]),
        ),
        (
            Some(750),
            counts(&[("order.placed", 106), ("mail.sent", 12)]),
        ),
        (
            Some(1000),
            counts(&[("order.placed", 106), ("mail.sent", 12)]),
        ),
    ];
    let (verdict, doubts, invariant) = only(&run(vec![invariant], audits));
    assert_eq!(verdict, Verdict::Pass, "{doubts:?}");
    assert_eq!(
        (invariant.holds, invariant.settled_s),
        (Ok(true), Some(0.75))
    );
    assert_eq!(
        (invariant.left.count, invariant.right.count),
        (Some(6), Some(6))
    );
}

#[test]
fn an_answer_that_was_promised_and_is_not_kept_fails_the_run() {
    let before = counts(&[("order.placed", 3)]);
    let mut run = run(Vec::new(), vec![(None, before)]);
    let asked = run.samples[0].operation;
    let good = run
        .samples
        .iter()
        .filter(|one| one.operation == asked && one.ok());
    let good = i64::try_from(good.count()).unwrap();
    assert!(good > 0);
    let right = format!("ok:{}", run.strings.name(asked));
    let invariant = invariant("order.placed", Relation::AtLeast, &right);
    run.plan.target.definition.invariants = vec![invariant];
    for (lost, expected) in [(0, Verdict::Pass), (1, Verdict::Fail)] {
        run.events.push(RunEvent {
            at_ns: Offset::ZERO,
            what: EventKind::Audited {
                audit: counts(&[("order.placed", 3 + good - lost)]),
                after_ms: Some(30_000),
            },
        });
        let (verdict, doubts, invariant) = only(&run);
        assert_eq!(verdict, expected, "{doubts:?}");
        assert_eq!(invariant.holds, Ok(lost == 0));
        assert_eq!(invariant.settled_s.is_some(), lost == 0);
    }
}

#[test]
fn a_count_that_is_not_known_makes_its_invariant_unknown_and_no_other() {
    let invariants = || {
        vec![
            invariant("order.placed", Relation::Equal, "0"),
            invariant("mail.sent", Relation::Equal, "0"),
        ]
    };
    let whole = counts(&[("order.placed", 0), ("mail.sent", 0)]);
    let mut lame = counts(&[("mail.sent", 0)]);
    lame.failed
        .insert("till".to_owned(), "it is dead".to_owned());
    let failed = || Uncounted::AuditFailed {
        service: "till".to_owned(),
        why: "it is dead".to_owned(),
    };
    let cases = [
        (
            vec![(None, whole.clone()), (Some(0), lame.clone())],
            failed(),
        ),
        (vec![(None, lame), (Some(0), whole.clone())], failed()),
        (
            vec![(None, counts(&[("mail.sent", 0)])), (Some(0), whole)],
            Uncounted::NotCounted {
                service: "till".to_owned(),
                count: "order.placed".to_owned(),
            },
        ),
    ];
    for (audits, why) in cases {
        let report = harness_analysis::report(&run(invariants(), audits));
        let holds = report.invariants.into_iter().map(|one| one.holds);
        assert_eq!(holds.collect::<Vec<_>>(), [Err(why), Ok(true)]);
        assert_eq!(report.verdict, Verdict::Inconclusive);
    }
}

#[test]
fn without_an_audit_no_invariant_holds_and_without_invariants_there_is_no_result() {
    let (verdict, _, unknown) = only(&run(vec![invariant("1", Relation::Equal, "1")], Vec::new()));
    assert_eq!(
        (verdict, unknown.holds),
        (Verdict::Inconclusive, Err(Uncounted::NoAuditAfter))
    );
    let report = harness_analysis::report(&run(Vec::new(), Vec::new()));
    assert_eq!(
        (report.verdict, report.invariants),
        (Verdict::Pass, Vec::new())
    );
}

/// Payment is dead from 30 s to 40 s. Readings are at half seconds; the last ones of `till` stop
/// where it stops answering.
fn backlog(mail: fn(i64) -> f64, till: fn(i64) -> Option<f64>) -> Option<Backlog> {
    let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
    run.plan.target.definition.backlog_metric = Some("waiting".to_owned());
    let names = ["waiting", "mail", "till"].map(|name| run.strings.intern(name));
    for (service, second, value) in (0..60)
        .map(|second| (1, second, Some(mail(second))))
        .chain((0..60).map(|second| (2, second, till(second))))
    {
        run.metrics.extend(value.map(|value| MetricPoint {
            service: names[service],
            instance: harness_model::Sym::NONE,
            metric: names[0],
            labels: harness_model::Sym::NONE,
            at: Offset(second * SECOND + SECOND / 2),
            value,
        }));
    }
    harness_analysis::report(&run).faults[0].backlog
}

#[test]
fn a_backlog_is_the_most_that_waited_during_a_fault_and_the_time_until_it_was_done() {
    let grown = |second| match second {
        30..43 => 10.0 + (second - 30) as f64,
        43..45 => 5.0,
        _ => 2.0,
    };
    let expected = Backlog {
        baseline: 3.0,
        peak: 20.0,
        drained_s: Some(5.5),
    };
    assert_eq!(backlog(grown, |_| Some(1.0)), Some(expected));
}

#[test]
fn what_a_silent_service_last_had_still_waits() {
    let silent =
        |second| (!(32..50).contains(&second)).then_some(if second == 31 { 7.0 } else { 0.0 });
    let expected = Backlog {
        baseline: 0.0,
        peak: 7.0,
        drained_s: Some(10.5),
    };
    assert_eq!(backlog(|_| 0.0, silent), Some(expected));
}

#[test]
fn a_backlog_that_stays_is_not_called_drained_and_one_that_was_not_read_is_not_known() {
    let stays = |second| f64::from(second > 35);
    assert_eq!(backlog(stays, |_| None).unwrap().drained_s, None);
    let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
    run.plan.target.definition.backlog_metric = Some("waiting".to_owned());
    assert_eq!(harness_analysis::report(&run).faults[0].backlog, None);
}
