//! Budgets whose verdict is known by counting: what failed, what took too long and what was too
//! little must not pass, and a few requests prove no more than they can.

mod requests;
mod support;

use harness_model::plan::{Measure, PhaseKind};
use harness_model::report::BudgetReason;
use harness_model::{ErrorClass, RunData, Verdict};
use requests::{Request, budget, fill, judged, phase, request, run};

fn at_rate(per_s: usize, seconds: usize) -> impl Iterator<Item = f64> {
    (0..per_s * seconds).map(move |number| number as f64 / per_s as f64)
}

/// Half of a short run stands still, and its blocks say nothing; but no request was faster than
/// 10 ms.
#[test]
fn what_not_one_request_has_kept_is_not_kept() {
    let mut run = run(3.0);
    let took = |due: f64| if due < 1.5 { 0.01 } else { 3.2 - due };
    fill(&mut run, at_rate(200, 3).map(|due| request(due, took(due))));
    let [p50, p99] = judged(&run, [budget(Measure::P50, 1.0), budget(Measure::P99, 5.0)]);
    assert_eq!(
        (p50.verdict, p99.verdict),
        (Verdict::Fail, Verdict::Inconclusive)
    );
    assert!(
        p50.ci[0].is_some_and(|low| (9.9..10.1).contains(&low)),
        "{p50:?}"
    );
}

/// 700 of 1,000 time out, the others take 20 ms.
fn timing_out() -> RunData {
    let mut run = run(50.0);
    let requests = at_rate(20, 50).enumerate().map(|(number, due)| {
        if number % 10 < 7 {
            Request {
                error: ErrorClass::Timeout,
                ..request(due, 5.0)
            }
        } else {
            request(due, 0.02)
        }
    });
    fill(&mut run, requests);
    run
}

#[test]
fn a_failure_is_slower_than_any_limit() {
    let [p95, p50, max] = judged(
        &timing_out(),
        [
            budget(Measure::P95, 300.0),
            budget(Measure::P50, 1e9),
            budget(Measure::Max, 1e9),
        ],
    );
    for slow in [p95, p50, max] {
        assert_eq!(slow.verdict, Verdict::Fail, "{:?}", slow.measure);
        assert_eq!(slow.observed, Some(f64::INFINITY));
        assert_eq!((slow.n, slow.failed), (1000, 700));
    }
}

#[test]
fn a_latency_of_successes_leaves_failures_to_the_budget_beside_it() {
    let mut of_success = budget(Measure::P95, 300.0);
    of_success.of_success = true;
    let [p95, errors] = judged(
        &timing_out(),
        [of_success, budget(Measure::ErrorRate, 0.01)],
    );
    assert_eq!((p95.verdict, p95.n), (Verdict::Pass, 300));
    assert_eq!(
        (errors.verdict, errors.observed),
        (Verdict::Fail, Some(0.7))
    );
}

#[test]
fn few_failures_below_a_quantile_do_not_move_it() {
    let mut run = run(100.0);
    let requests = at_rate(20, 100).enumerate().map(|(number, due)| Request {
        error: if number % 100 == 0 {
            ErrorClass::Reset
        } else {
            ErrorClass::None
        },
        ..request(due, 0.02)
    });
    fill(&mut run, requests);
    let [p95, max] = judged(
        &run,
        [budget(Measure::P95, 30.0), budget(Measure::Max, 30.0)],
    );
    assert_eq!(p95.verdict, Verdict::Pass);
    assert!(p95.observed.is_some_and(|ms| (ms - 20.0).abs() < 0.1));
    assert_eq!(max.verdict, Verdict::Fail);
}

#[test]
fn few_requests_do_not_show_that_errors_are_rare_but_can_show_that_they_are_not() {
    let of = |n: usize, failed: usize| {
        let mut run = run(10.0);
        let requests = (0..n).map(|number| Request {
            error: if number < failed {
                ErrorClass::Status
            } else {
                ErrorClass::None
            },
            ..request(10.0 * number as f64 / n as f64, 0.02)
        });
        fill(&mut run, requests);
        let [result] = judged(&run, [budget(Measure::ErrorRate, 0.001)]);
        (result.verdict, result.why)
    };
    let too_few = BudgetReason::TooFewSamples { needed: 3000 };
    assert_eq!(of(12, 0), (Verdict::Inconclusive, too_few));
    assert_eq!(of(2999, 0), (Verdict::Inconclusive, too_few));
    assert_eq!(of(3000, 0), (Verdict::Pass, BudgetReason::Compared));
    assert_eq!(of(12, 12), (Verdict::Fail, BudgetReason::Compared));
    assert_eq!(of(0, 0).0, Verdict::Inconclusive);
}

#[test]
fn a_budget_of_no_failure_at_all_is_about_the_requests_of_the_run() {
    let mut run = run(10.0);
    fill(&mut run, at_rate(2, 10).map(|due| request(due, 0.02)));
    let [none] = judged(&run, [budget(Measure::ErrorRate, 0.0)]);
    assert_eq!(none.verdict, Verdict::Pass);
    run.samples[3].error = ErrorClass::Status;
    let [one] = judged(&run, [budget(Measure::ErrorRate, 0.0)]);
    assert_eq!(one.verdict, Verdict::Fail);
}

/// A target that is frozen for the last four of eight seconds answers all of it afterwards.
#[test]
fn a_target_that_is_frozen_for_half_of_the_time_does_not_keep_its_throughput() {
    let mut run = run(8.0);
    run.plan.phases = vec![
        phase("baseline", PhaseKind::Baseline, 0.0, 4.0),
        phase("fault:frozen", PhaseKind::Fault(0), 4.0, 8.0),
    ];
    let frozen = |due: f64| request(due, if due < 4.0 { 0.01 } else { 8.5 - due });
    fill(&mut run, at_rate(100, 8).map(frozen));
    let mut in_fault = budget(Measure::Throughput, 90.0);
    in_fault.within = vec!["fault:frozen".to_owned()];
    let mut before = in_fault.clone();
    before.within = vec!["baseline".to_owned()];
    let [whole, in_fault, before] =
        judged(&run, [budget(Measure::Throughput, 90.0), in_fault, before]);
    assert_eq!(whole.verdict, Verdict::Fail);
    assert!(whole.observed.is_some_and(|rate| rate < 51.0), "{whole:?}");
    assert_eq!(
        (in_fault.verdict, in_fault.observed),
        (Verdict::Fail, Some(0.25))
    );
    assert_eq!(before.verdict, Verdict::Pass);
}

#[test]
fn what_is_answered_in_the_warm_up_or_after_the_load_is_no_throughput() {
    let mut run = run(20.0);
    run.plan.phases = vec![
        phase("warmup", PhaseKind::Warmup, 0.0, 10.0),
        phase("steady", PhaseKind::Steady, 10.0, 20.0),
    ];
    // Each takes five seconds: what is answered in the steady ten was due from the fifth on.
    fill(&mut run, at_rate(10, 20).map(|due| request(due, 5.0)));
    let [rate] = judged(&run, [budget(Measure::Throughput, 1.0)]);
    assert_eq!((rate.observed, rate.n), (Some(10.0), 100));
}
