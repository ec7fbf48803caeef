//! Requests that were due and not sent: each is a row, and none is a failure of the target.

use std::time::Duration;

use harness_model::plan::{Phase, PhaseKind};
use harness_model::{ErrorClass, Sample};

use super::orders::{at_ms, closed, journey, ms, ns, steady, to_ms};
use super::run;
use super::target::Reply;

/// Arrivals every 50 ms, 100 ms of service, one user, 200 ms of patience: from the sixth on each
/// second visitor is dropped.
#[test]
fn each_dropped_request_is_a_row_that_ends_when_the_patience_does() {
    let mut order = steady(20.0, 1_000);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(200));
    let halves = [
        (PhaseKind::Baseline, 0, 500),
        (PhaseKind::Fault(0), 500, 1_000),
    ];
    order.phases = halves
        .map(|(kind, from, to)| Phase {
            name: kind.name().to_owned(),
            kind,
            from: at_ms(from),
            to: at_ms(to),
        })
        .to_vec();
    let outcome = run(order, None, |_| Reply::ok(ms(100)));
    outcome.assert_balanced();
    let expected = [5, 7, 9, 11, 13, 15, 17, 19].map(|k| Sample {
        operation: outcome.samples[0].operation,
        session: k,
        phase: u16::from(k >= 10),
        ..Sample::not_sent(
            ErrorClass::NotSent,
            at_ms(50 * i64::from(k)),
            at_ms(50 * i64::from(k) + 200),
        )
    });
    assert_eq!(outcome.unsent, expected);
    assert!(
        outcome
            .unsent
            .iter()
            .all(|one| one.sent == one.done && one.trace == 0)
    );
    assert_eq!((outcome.tally.dropped, outcome.tally.failed), (8, 0));
}

/// The only user hangs until 60 s; nobody else could notice.
#[test]
fn visitors_give_up_when_their_patience_ends_and_not_when_a_user_comes() {
    let mut order = steady(10.0, 60_000);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(100));
    let outcome = run(order, Some(ms(2_025)), |_| Reply::never());
    outcome.assert_balanced();
    // 21 came; the first was taken, the last has waited for 25 ms when the load is stopped.
    assert_eq!(outcome.tally.scheduled, 21);
    assert_eq!((outcome.tally.dropped, outcome.tally.cancelled), (18, 2));
}

#[test]
fn who_waits_when_the_load_ends_is_taken_within_the_patience_or_dropped() {
    let mut order = steady(10.0, 1_000);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(5_000));
    let outcome = run(order, None, |_| Reply::never());
    outcome.assert_balanced();
    assert_eq!((outcome.tally.sent, outcome.tally.dropped), (1, 9));
    assert_eq!(outcome.unsent[8].done, at_ms(5_900));
}

/// A dropped visit would have gone on as planned: every step is due after the expected times and
/// the think times of those before it.
#[test]
fn the_steps_of_a_dropped_visit_are_due_when_they_were_expected() {
    let mut order = steady(1.0, 4_200);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(100));
    let steps = [("page", false), ("pay", false), ("page", false)];
    journey(&mut order, &steps, ms(150));
    let outcome = run(order, None, |asked| match asked.request.operation {
        _ if asked.at >= at_ms(2_000) => Reply::never(),
        "page" => Reply::ok(ms(10)),
        _ => Reply::ok(ms(20)),
    });
    outcome.assert_balanced();
    // The visit of 2 s hangs; those of 3 and 4 s are dropped, and the load ends before the last
    // step of the latter.
    let due: Vec<i64> = outcome
        .unsent
        .iter()
        .map(|one| to_ms(one.intended))
        .collect();
    assert_eq!(due, [3_000, 3_160, 3_330, 4_000, 4_160]);
    let steps: Vec<u16> = outcome.unsent.iter().map(|one| one.step).collect();
    assert_eq!(steps, [0, 1, 2, 0, 1]);
    assert_eq!(outcome.tally.sessions_dropped, 2);
}

/// 600 visits a second on 16 users of 200 ms each: 80 a second are served.
#[test]
fn a_hopeless_overload_is_told_request_by_request_and_nobody_waits_beyond_the_patience() {
    let mut order = steady(600.0, 30_000);
    order.plan.pool = 16;
    order.plan.patience_ns = ns(ms(500));
    let outcome = run(order, None, |_| Reply::ok(ms(200)));
    outcome.assert_balanced();
    assert_eq!(outcome.tally.scheduled, 18_000);
    // 30 s of load and the patience after it, in rounds of 200 ms.
    let served = 16.0 * 30.5 / 0.2;
    assert!(
        (outcome.tally.sent as f64 - served).abs() <= 16.0,
        "{}",
        outcome.tally.sent
    );
    assert_eq!(outcome.unsent.len() as u64, 18_000 - outcome.tally.sent);
    let patient = outcome
        .unsent
        .iter()
        .all(|one| one.response_ns() == ns(ms(500)));
    assert!(patient);
    // Those of the patience, and of the 50 ms in which nobody looks.
    assert!(outcome.most_waiting <= 340, "{}", outcome.most_waiting);
}

#[test]
fn what_this_machine_cannot_send_is_no_failure_of_the_target() {
    let outcome = run(steady(10.0, 1_000), None, |asked| match asked.nth {
        0..5 => Reply::exhausted(),
        _ => Reply::ok(ms(10)),
    });
    outcome.assert_balanced();
    let tally = &outcome.tally;
    assert_eq!((tally.exhausted, tally.ok, tally.failed), (5, 5, 0));
    assert!(
        outcome
            .unsent
            .iter()
            .all(|one| one.trace == 0 && one.sent == one.done)
    );
}

#[test]
fn a_closed_load_drops_nobody() {
    let mut order = closed(2, 10_000);
    order.plan.patience_ns = ns(ms(1));
    let outcome = run(order, None, |_| Reply::ok(Duration::from_secs(3)));
    outcome.assert_balanced();
    assert_eq!(outcome.tally.dropped, 0);
}
