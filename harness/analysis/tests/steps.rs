//! A stepped load whose operating points are known by counting: what was not sent is no capacity,
//! a system that is all but empty teaches no law, and CPU is not the only thing that runs out.

mod requests;
mod support;

use harness_model::metric::{
    CONTAINER_THROTTLED_SECONDS, HOST_CPU_USED, MetricPoint, PROCESS_CPU_SECONDS,
};
use harness_model::plan::{Measure, PhaseKind};
use harness_model::report::{Exhausted, Saturation, Scalability};
use harness_model::topology::{RunningService, Topology};
use harness_model::{ErrorClass, EventKind, Offset, RunData, RunEvent, Sym, Verdict};
use requests::{Request, budget, fill, judged, phase, request, run};

/// Ten seconds each at 20, 40, 60 .. requests a second; each takes `took_s`, and beyond `most` a
/// second find no free user.
fn stepped(steps: usize, took_s: f64, most: usize) -> RunData {
    let mut run = run(10.0 * steps as f64);
    run.plan.phases = (0..steps)
        .map(|step| {
            let (name, from_s) = (format!("step:{}", step + 1), 10.0 * step as f64);
            phase(&name, PhaseKind::Step(step), from_s, from_s + 10.0)
        })
        .collect();
    let of_second = |second: usize| {
        let per_s = 20 * (second / 10 + 1);
        (0..per_s).map(move |number| {
            let due = second as f64 + number as f64 / per_s as f64;
            // Spread evenly over the second.
            let is_sent = (number * most) % per_s < most;
            if is_sent {
                request(due, took_s)
            } else {
                Request {
                    error: ErrorClass::NotSent,
                    ..request(due, 1.0)
                }
            }
        })
    };
    fill(&mut run, (0..10 * steps).flat_map(of_second));
    run
}

fn scalability(run: &RunData) -> Scalability {
    let report = harness_analysis::report(run);
    report.scalability.expect("a stepped load")
}

#[test]
fn what_was_offered_and_not_sent_is_no_capacity() {
    let mut run = stepped(5, 0.1, 50);
    run.plan.budgets = vec![budget(Measure::ErrorRate, 0.2)];
    let found = scalability(&run);
    let [third, fourth] = [&found.steps[2], &found.steps[3]];
    assert!((third.offered - 60.0).abs() < 1e-9, "{third:?}");
    assert!((third.sent - 50.0).abs() < 0.5, "{third:?}");
    assert!((third.errors - 1.0 / 6.0).abs() < 0.01, "{third:?}");
    assert!((third.behind as f64 - 75.0).abs() <= 1.0, "{third:?}");
    assert!((third.concurrency - 5.0).abs() < 0.1, "{third:?}");
    assert!(fourth.errors > 0.3, "{fourth:?}");
    let capacity = found
        .capacity_at_budget
        .expect("some steps keep the budget");
    assert!((capacity - 50.0).abs() < 0.5, "{capacity}");
}

#[test]
fn a_step_whose_failures_reach_its_quantile_does_not_keep_it() {
    let mut run = stepped(5, 0.1, 50);
    run.plan.budgets = vec![budget(Measure::P90, 500.0)];
    // Two steps send all; of the third, one in six is slower than any limit.
    let capacity = scalability(&run).capacity_at_budget;
    assert!(
        capacity.is_some_and(|rate| (rate - 40.0).abs() < 0.5),
        "{capacity:?}"
    );
}

#[test]
fn a_step_with_too_few_requests_for_its_error_budget_shows_no_capacity() {
    let mut run = stepped(5, 0.1, 1000);
    run.plan.budgets = vec![budget(Measure::ErrorRate, 0.02)];
    // 3 / 2 % are 150 requests, and the first step measures 7.5 s of 20 a second: just enough.
    assert!(scalability(&run).capacity_at_budget.is_some());
    run.plan.budgets = vec![budget(Measure::ErrorRate, 0.019)];
    assert_eq!(scalability(&run).capacity_at_budget, None);
}

#[test]
fn no_law_is_fitted_to_a_system_that_is_all_but_empty() {
    // Five milliseconds a request: half a request in the system at most.
    let found = scalability(&stepped(5, 0.005, 1000));
    assert!(
        found.steps.iter().all(|step| !step.fitted),
        "{:?}",
        found.steps
    );
    assert_eq!(found.usl.gamma, None);
    // Twenty-five: half a request in the first step, and two and a half in the fifth.
    let found = scalability(&stepped(5, 0.025, 1000));
    let fitted: Vec<bool> = found.steps.iter().map(|step| step.fitted).collect();
    assert_eq!(fitted, [false, true, true, true, true]);
}

#[test]
fn later_steps_may_be_too_much_without_a_doubt_about_the_earlier_ones() {
    let mut run = stepped(5, 0.1, 50);
    let mut errors = budget(Measure::ErrorRate, 0.01);
    errors.within = vec!["step:1".to_owned(), "step:2".to_owned()];
    run.plan.budgets = vec![errors.clone()];
    assert_eq!(harness_analysis::report(&run).load.doubts, []);
    let [early] = judged(&run, [errors.clone()]);
    assert_eq!((early.verdict, early.unsent), (Verdict::Pass, 0));
    errors.within = vec!["step:3".to_owned()];
    run.plan.budgets = vec![errors];
    assert_eq!(harness_analysis::report(&run).load.doubts.len(), 1);
}

/// One reading a second of a value that grows by so much a second in each step, or is so much.
fn readings(run: &mut RunData, service: &str, metric: &str, of_step: impl Fn(usize, i64) -> f64) {
    let seconds = run.plan.load.duration_ns / 1_000_000_000;
    let (service, metric) = (run.strings.intern(service), run.strings.intern(metric));
    let mut value = 0.0;
    for second in 0..seconds as i64 {
        value = if metric == run.strings.intern(HOST_CPU_USED) {
            of_step(second as usize / 10, second)
        } else {
            value + of_step(second as usize / 10, second)
        };
        run.metrics.push(MetricPoint {
            service,
            instance: Sym::NONE,
            metric,
            labels: Sym::NONE,
            at: Offset(second * 1_000_000_000),
            value,
        });
    }
}

fn with_service(name: &str) -> RunData {
    let mut run = stepped(5, 0.025, 1000);
    let service = RunningService {
        name: name.to_owned(),
        hosts: Vec::new(),
        instances: Vec::new(),
    };
    let topology = Topology {
        services: vec![service],
        ..Topology::default()
    };
    run.events.push(RunEvent {
        at_ns: Offset::ZERO,
        what: EventKind::TargetReady {
            topology,
            after_ms: 0,
        },
    });
    readings(&mut run, "host", HOST_CPU_USED, |_, _| 0.4);
    run
}

#[test]
fn a_container_that_its_limit_held_back_is_told_where_the_machine_had_cpu_left() {
    let mut run = with_service("shop");
    readings(&mut run, "shop", CONTAINER_THROTTLED_SECONDS, |step, _| {
        0.1 * step as f64
    });
    let found = scalability(&run);
    assert_eq!(found.bottleneck, None);
    let [
        Saturation {
            service,
            step: 5,
            what: Exhausted::CpuLimit { share },
        },
    ] = &found.saturated[..]
    else {
        panic!("{:?}", found.saturated);
    };
    assert!(service == "shop" && (share - 0.4).abs() < 1e-9);
}

#[test]
fn a_process_that_never_used_more_than_one_thread_can_is_told() {
    let cores = |most: f64| {
        let mut run = with_service("shop");
        let used = move |step: usize, _| (0.3 * (step + 1) as f64).min(most);
        readings(&mut run, "shop", PROCESS_CPU_SECONDS, used);
        scalability(&run).saturated
    };
    assert!(matches!(
        cores(1.0)[..],
        [Saturation {
            what: Exhausted::OneThread { .. },
            ..
        }]
    ));
    assert!(cores(1.5).is_empty());
    assert!(cores(0.5).is_empty());
}

#[test]
fn waits_for_a_connection_are_told_when_they_have_grown() {
    let waits = |ms: [f64; 5]| {
        let mut run = with_service("shop");
        let name = |part: &str| format!("db_client_connection_wait_time_seconds{part}");
        readings(&mut run, "shop", &name("_count"), |_, _| 10.0);
        readings(&mut run, "shop", &name("_sum"), |step, _| ms[step] / 100.0);
        scalability(&run).saturated
    };
    let grown = waits([1.0, 1.0, 2.0, 8.0, 40.0]);
    let [
        Saturation {
            step: 5,
            what: Exhausted::Connections { wait_ms },
            ..
        },
    ] = grown[..]
    else {
        panic!("{grown:?}");
    };
    assert!((wait_ms - 40.0).abs() < 1e-6);
    assert!(waits([1.0, 1.0, 1.0, 2.0, 3.0]).is_empty());
    assert!(waits([30.0, 30.0, 31.0, 32.0, 33.0]).is_empty());
}
