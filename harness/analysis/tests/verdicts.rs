//! Loads whose answer is known by counting: what was not sent, or sent too late, must not pass, and
//! nothing fails for what the generator did.

mod requests;
mod support;

use harness_model::plan::{Measure, Schedule};
use harness_model::report::LoadDoubt;
use harness_model::{ErrorClass, RunData, Verdict};
use requests::{Request, budget, fill, judged, request, run};

fn at_rate(per_s: usize, seconds: usize) -> impl Iterator<Item = f64> {
    (0..per_s * seconds).map(move |number| number as f64 / per_s as f64)
}

/// 600 visits a second, 16 users, a target that always takes 200 ms: 80 a second are served, and
/// the others give up after 1 s.
fn starved() -> RunData {
    let mut run = run(10.0);
    let requests = at_rate(600, 10)
        .enumerate()
        .map(|(number, due)| match number % 15 {
            0 | 7 => Request {
                sent_after_s: 0.9,
                ..request(due, 0.2)
            },
            _ => Request {
                error: ErrorClass::NotSent,
                ..request(due, 1.0)
            },
        });
    fill(&mut run, requests);
    run
}

fn verdict(run: &RunData) -> Verdict {
    harness_analysis::report(run).verdict
}

#[test]
fn visits_that_found_no_user_are_failures_and_the_run_says_which_pool_would_do() {
    let mut run = starved();
    run.plan.budgets = vec![
        budget(Measure::ErrorRate, 0.01),
        budget(Measure::P50, 500.0),
    ];
    let report = harness_analysis::report(&run);
    assert_eq!(report.verdict, Verdict::Inconclusive);
    let [errors, median] = &report.budgets[..] else {
        panic!("two budgets");
    };
    let share = 13.0 / 15.0;
    assert_eq!(errors.observed, Some(share));
    assert_eq!((errors.n, errors.failed, errors.unsent), (6000, 5200, 5200));
    assert!(!errors.fails_as_sent);
    assert_eq!(median.observed, Some(f64::INFINITY));
    // 600/s times 200 ms are 120 users as a mean, and 3 sqrt(120) more are hardly ever all busy.
    let schedule = report.load.schedule.expect("an open load");
    assert_eq!(schedule.pool_needed, Some(153));
    assert!(!schedule.kept);
    assert!((schedule.planned_per_s - 600.0).abs() < 1e-9);
    assert!(
        (70.0..=80.0).contains(&schedule.achieved_per_s),
        "{schedule:?}"
    );
    let waiting = report.load.waiting.expect("a pool");
    assert!((waiting.p99_ms - 1000.0).abs() < 1e-6 && waiting.p50_ms > 899.0);
    let not_sent = LoadDoubt::NotSent {
        unsent: 5200,
        due: 6000,
        within: Vec::new(),
        limit: 0.001,
    };
    assert_eq!(report.load.doubts, [not_sent]);
}

#[test]
fn what_was_not_sent_is_in_every_table_as_a_failure_of_its_own() {
    let report = harness_analysis::report(&starved());
    let operation = &report.operations[0];
    assert_eq!((operation.n, operation.ok), (6000, 800));
    assert_eq!(operation.errors["not-sent"], 5200);
    let slowest = operation.failure_ms.max;
    assert!(slowest.is_some_and(|ms| (ms - 1000.0).abs() < 1.0));
    assert_eq!(report.timeline.errors[3], 520.0);
    let counted: u32 = report.heatmap.counts.iter().flatten().sum();
    assert_eq!(counted, 6000);
}

#[test]
fn a_run_without_budgets_is_no_pass_when_its_load_was_not_sent() {
    assert_eq!(verdict(&starved()), Verdict::Inconclusive);
}

#[test]
fn how_many_may_be_unsent_depends_on_what_a_budget_would_notice() {
    let mut run = run(100.0);
    // Two of a thousand.
    let requests = at_rate(100, 100).enumerate().map(|(number, due)| Request {
        error: if number % 500 == 0 {
            ErrorClass::NotSent
        } else {
            ErrorClass::None
        },
        ..request(due, 0.02)
    });
    fill(&mut run, requests);
    for (one, is_doubted) in [
        (budget(Measure::P50, 100.0), false),
        (budget(Measure::P99, 100.0), true),
        (budget(Measure::ErrorRate, 0.05), false),
        (budget(Measure::ErrorRate, 0.01), true),
        (budget(Measure::Throughput, 90.0), false),
        (budget(Measure::Max, 5000.0), true),
    ] {
        run.plan.budgets = vec![one.clone()];
        let report = harness_analysis::report(&run);
        assert_eq!(!report.load.doubts.is_empty(), is_doubted, "{one:?}");
    }
    run.plan.budgets.clear();
    assert_eq!(verdict(&run), Verdict::Pass);
}

#[test]
fn errors_among_what_was_sent_fail_whatever_was_not_sent() {
    let mut run = starved();
    let half = run.samples.iter_mut().step_by(2);
    half.for_each(|sample| sample.error = ErrorClass::Status);
    run.plan.budgets = vec![budget(Measure::ErrorRate, 0.01)];
    let report = harness_analysis::report(&run);
    assert!(report.budgets[0].fails_as_sent);
    assert_eq!(report.verdict, Verdict::Fail);
    assert!(!report.load.doubts.is_empty());
}

#[test]
fn unsent_requests_without_rows_are_missed() {
    let mut run = starved();
    run.unsent.clear();
    let report = harness_analysis::report(&run);
    assert_eq!(report.load.doubts[0], LoadDoubt::UnsentLost { arrived: 0 });
    assert_eq!(report.verdict, Verdict::Inconclusive);
}

/// A request that could not be built is in no rate, but it is counted.
#[test]
fn what_could_not_be_built_is_no_failure_of_the_target() {
    let mut run = run(60.0);
    let requests = at_rate(20, 60).enumerate().map(|(number, due)| Request {
        error: if number % 4 == 0 {
            ErrorClass::Unbuilt
        } else {
            ErrorClass::None
        },
        ..request(due, 0.02)
    });
    fill(&mut run, requests);
    let [errors, p95] = judged(
        &run,
        [budget(Measure::ErrorRate, 0.01), budget(Measure::P95, 50.0)],
    );
    assert_eq!((errors.verdict, errors.n), (Verdict::Pass, 900));
    assert_eq!((p95.verdict, p95.failed), (Verdict::Pass, 0));
    let report = harness_analysis::report(&run);
    assert_eq!(report.load.unbuilt, Some(300));
    assert!(report.load.schedule.is_some_and(|schedule| schedule.kept));
    assert_eq!(report.verdict, Verdict::Pass);
}

/// 100,000 at 600 a second through a pool of 16, which sends 260 a second: nothing is dropped, and
/// it takes 385 s instead of 167 s.
fn slow_count() -> RunData {
    let mut run = run(167.0);
    run.plan.load.requests = Some(100_000);
    let requests = (0..100_000).map(|number| {
        let (due, sent) = (f64::from(number) / 600.0, f64::from(number) / 260.0);
        Request {
            sent_after_s: sent - due,
            ..request(due, 16.0 / 260.0)
        }
    });
    fill(&mut run, requests);
    run.plan.budgets = vec![budget(Measure::ErrorRate, 0.01)];
    run
}

#[test]
fn a_schedule_that_was_not_kept_answers_only_a_scenario_that_counts() {
    let mut run = slow_count();
    let report = harness_analysis::report(&run);
    let schedule = report.load.schedule.expect("an open load");
    assert!((schedule.planned_per_s - 600.0).abs() < 0.1, "{schedule:?}");
    assert!(
        (schedule.achieved_per_s - 260.0).abs() < 0.1,
        "{schedule:?}"
    );
    assert!(schedule.took_s > 384.0 && schedule.planned_s < 167.0);
    assert_eq!(report.load.doubts, [LoadDoubt::BehindSchedule]);
    assert_eq!(report.verdict, Verdict::Inconclusive);
    run.plan.judgement.schedule = Schedule::BestEffort;
    let report = harness_analysis::report(&run);
    assert_eq!(report.verdict, Verdict::Pass);
    assert!(
        report
            .load
            .schedule
            .is_some_and(|one| !one.kept && one.best_effort)
    );
    for speed in [budget(Measure::P95, 1e9), budget(Measure::Throughput, 1.0)] {
        run.plan.budgets.push(speed);
        assert_eq!(verdict(&run), Verdict::Inconclusive);
        run.plan.budgets.pop();
    }
}

#[test]
fn a_last_straggler_does_not_make_a_kept_schedule_late() {
    let mut run = run(10.0);
    let mut requests: Vec<Request> = at_rate(20, 10).map(|due| request(due, 0.02)).collect();
    requests[199].sent_after_s = 3.0;
    fill(&mut run, requests);
    let report = harness_analysis::report(&run);
    assert!(report.load.schedule.is_some_and(|schedule| schedule.kept));
}

#[test]
fn lateness_is_held_against_the_tightest_latency_that_it_could_spoil() {
    let mut run = run(60.0);
    fill(&mut run, at_rate(20, 60).map(|due| request(due, 0.002)));
    let late = |run: &mut RunData, ms: u64| {
        run.samples
            .iter_mut()
            .for_each(|one| one.lateness_ns = ms * 1_000_000);
    };
    late(&mut run, 20);
    run.plan.budgets = vec![budget(Measure::ErrorRate, 0.1)];
    assert_eq!(verdict(&run), Verdict::Pass);
    run.plan
        .budgets
        .extend([budget(Measure::P95, 500.0), budget(Measure::P50, 5.0)]);
    let report = harness_analysis::report(&run);
    let doubt = LoadDoubt::Late {
        limit_ms: 0.5,
        budget_ms: Some(5.0),
    };
    assert_eq!(report.load.doubts, [doubt]);
    run.plan.budgets.pop();
    assert_eq!(verdict(&run), Verdict::Pass);
    late(&mut run, 101);
    run.plan.budgets = vec![budget(Measure::P95, 5000.0)];
    let report = harness_analysis::report(&run);
    let doubt = LoadDoubt::Late {
        limit_ms: 100.0,
        budget_ms: None,
    };
    assert_eq!(report.load.doubts, [doubt]);
}

/// A generator that is late by 20 ms does not measure 5 ms; but 300 ms are not its doing.
#[test]
fn a_latency_that_is_not_the_generators_doing_fails_beside_its_lateness() {
    let with = |took_s: f64| {
        let mut run = run(60.0);
        fill(&mut run, at_rate(20, 60).map(|due| request(due, took_s)));
        (run.samples.iter_mut()).for_each(|one| one.lateness_ns = 20_000_000);
        run.plan.budgets = vec![budget(Measure::P95, 5.0)];
        verdict(&run)
    };
    assert_eq!(with(0.022), Verdict::Inconclusive);
    assert_eq!(with(0.3), Verdict::Fail);
}
