//! The open model: sessions arrive by the clock, whatever the target does.

use std::time::Duration;

use harness_model::load::{Mix, Spacing};
use harness_model::{ErrorClass, Offset, Sample};

use super::orders::{at_ms, ms, ns, open, segment, steady};
use super::run;
use super::target::Reply;
use crate::arrivals;

#[test]
fn with_a_free_user_every_request_is_sent_at_its_intended_moment() {
    let outcome = run(steady(100.0, 2_000), None, |_| Reply::ok(ms(5)));
    let intended: Vec<Offset> = (0..200).map(|k| at_ms(10 * k)).collect();
    assert_eq!(outcome.each(|sample| sample.intended), intended);
    assert_eq!(outcome.each(|sample| sample.sent), intended);
    assert_eq!(outcome.each(|sample| sample.lateness_ns), [0; 200]);
    assert_eq!(outcome.each(Sample::response_ns), [ns(ms(5)); 200]);
    assert_eq!(outcome.most_in_flight, 1);
    outcome.assert_balanced();
}

#[test]
fn a_slow_target_does_not_move_intended_moments() {
    let shapes = [
        vec![segment(40.0, 40.0, 5_000)],
        vec![segment(0.0, 80.0, 5_000)],
        vec![segment(20.0, 20.0, 2_000), segment(60.0, 60.0, 2_000)],
    ];
    for (segments, spacing) in shapes
        .iter()
        .flat_map(|one| [(one, Spacing::Constant), (one, Spacing::Poisson)])
    {
        let mut order = open(segments, spacing);
        order.plan.pool = 2;
        let due: Vec<Offset> = arrivals(&order.plan.model, order.seed).collect();
        let fast = run(order.clone(), None, |_| Reply::ok(ms(1)));
        let slow = run(order, None, |_| Reply::ok(ms(1_000)));
        assert_eq!(fast.each(|sample| sample.intended), due);
        assert_eq!(slow.each(|sample| sample.intended), due);
        assert!(slow.ended > at_ms(50_000), "the target is slow");
        slow.assert_balanced();
    }
}

/// Arrivals every 50 ms, each of which takes the only user 100 ms: the k-th starts at 100 k.
#[test]
fn with_one_user_the_kth_response_time_is_100_plus_50_k_milliseconds() {
    let mut order = steady(20.0, 5_000);
    order.plan.pool = 1;
    let outcome = run(order, None, |_| Reply::ok(ms(100)));
    assert_eq!(outcome.samples.len(), 100);
    for (k, sample) in (0..).zip(&outcome.samples) {
        assert_eq!(sample.intended, at_ms(50 * k));
        assert_eq!(sample.sent, at_ms(100 * k));
        assert_eq!(sample.service_ns(), ns(ms(100)));
        let response_ms = 100 + 50 * k.unsigned_abs();
        assert_eq!(sample.response_ns(), ns(ms(response_ms)));
    }
}

#[test]
fn a_wait_for_a_busy_user_is_response_time_and_not_lateness_of_the_generator() {
    let mut order = steady(20.0, 1_000);
    order.plan.pool = 1;
    let outcome = run(order, None, |_| Reply::ok(ms(100)));
    assert_eq!(outcome.each(|sample| sample.lateness_ns), [0; 20]);
    assert_eq!(outcome.samples[19].response_ns(), ns(ms(1_050)));
}

/// The target is frozen from 4 s to 6 s and instant otherwise: who comes meanwhile waits until 6 s.
#[test]
fn a_freeze_shows_the_same_response_times_whatever_the_size_of_the_pool() {
    for pool in [1, 20, 500] {
        let mut order = steady(200.0, 10_000);
        order.plan.pool = pool;
        let outcome = run(order, None, |asked| {
            let frozen = (at_ms(4_000)..at_ms(6_000)).contains(&asked.at);
            Reply::ok(if frozen {
                at_ms(6_000).since(asked.at)
            } else {
                Duration::ZERO
            })
        });
        for sample in &outcome.samples {
            let frozen = (at_ms(4_000)..at_ms(6_000)).contains(&sample.intended);
            let wait = at_ms(6_000).since(sample.intended);
            let expected = if frozen { wait } else { Duration::ZERO };
            assert_eq!(sample.response_ns(), ns(expected), "pool {pool}");
        }
        assert_eq!(outcome.samples.len(), 2_000);
    }
}

#[test]
fn a_hang_ends_at_the_timeout_and_counts_against_those_behind_it() {
    let mut order = steady(10.0, 1_000);
    order.plan.pool = 1;
    order.plan.timeout_ns = ns(ms(1_000));
    let outcome = run(order, None, |asked| match asked.nth {
        0 => Reply::never(),
        _ => Reply::ok(Duration::ZERO),
    });
    assert_eq!(outcome.samples[0].error, ErrorClass::Timeout);
    assert_eq!(outcome.samples[0].status, 0);
    for (k, sample) in (0..).zip(&outcome.samples) {
        assert_eq!(sample.response_ns(), ns(ms(1_000 - 100 * k)));
    }
    assert_eq!((outcome.tally.ok, outcome.tally.failed), (9, 1));
}

#[test]
fn failures_are_sent_requests_with_their_class_and_status() {
    let outcome = run(steady(10.0, 1_000), None, |asked| match asked.nth % 3 {
        0 => Reply::ok(ms(1)),
        1 => Reply::status(ms(1), 503),
        _ => Reply::refused(ms(1)),
    });
    let classes = outcome.each(|sample| (sample.error, sample.status));
    let cycle = [
        (ErrorClass::None, 200),
        (ErrorClass::Status, 503),
        (ErrorClass::Refused, 0),
    ];
    let expected: Vec<_> = cycle.into_iter().cycle().take(10).collect();
    assert_eq!(classes, expected);
    assert_eq!((outcome.tally.ok, outcome.tally.failed), (4, 6));
    outcome.assert_balanced();
}

/// Arrivals every 50 ms, 100 ms of service, one user, 200 ms of patience: the wait of the k-th is
/// 50 k until it passes the patience; from then on each second visitor is dropped.
#[test]
fn a_session_that_no_user_takes_within_the_patience_is_dropped_and_counted() {
    let mut order = steady(20.0, 1_000);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(200));
    let outcome = run(order, None, |_| Reply::ok(ms(100)));
    let sent = outcome.each(|sample| sample.session);
    assert_eq!(sent, [0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18]);
    assert_eq!(outcome.tally.dropped, 8);
    assert_eq!(outcome.tally.sessions_dropped, 8);
    assert_eq!(outcome.tally.sessions_started, 12);
    let waits = outcome.each(|sample| sample.sent.since(sample.intended));
    assert_eq!(waits[..5], [ms(0), ms(50), ms(100), ms(150), ms(200)]);
    assert_eq!(waits[5..], [ms(200); 7]);
    outcome.assert_balanced();
}

/// A Poisson process has more arrivals than its mean about every second time.
#[test]
fn shares_of_calls_cover_every_arrival_of_a_poisson_process() {
    for seed in 0..10 {
        let mut order = open(&[segment(100.0, 100.0, 10_000)], Spacing::Poisson);
        order.seed.0 = seed;
        let counts = [("page", 750), ("pay", 250)];
        order.plan.mix = Mix::Calls {
            counts: counts.map(|(name, n)| (name.to_owned(), n)).to_vec(),
        };
        let due = arrivals(&order.plan.model, order.seed).count();
        let outcome = run(order, None, |_| Reply::ok(ms(1)));
        assert_eq!(outcome.samples.len(), due, "seed {seed}");
    }
}

#[test]
fn counted_calls_are_met_exactly() {
    let mut order = steady(100.0, 1_000);
    let counts = [("page", 70), ("pay", 30)];
    order.plan.mix = Mix::Calls {
        counts: counts.map(|(name, n)| (name.to_owned(), n)).to_vec(),
    };
    order.plan.requests = Some(100);
    let outcome = run(order, None, |_| Reply::ok(ms(1)));
    let pages = outcome
        .samples
        .iter()
        .filter(|one| one.operation.0 == 1)
        .count();
    assert_eq!((pages, outcome.samples.len()), (70, 100));
    let first = outcome.each(|sample| sample.operation.0)[..30].to_vec();
    assert!(first.contains(&2), "the calls are shuffled");
}

#[test]
fn a_prelude_is_no_load_and_its_failure_is_reported() {
    let mut order = steady(10.0, 1_000);
    order.plan.pool = 3;
    order.plan.workload.prelude = vec!["pay".to_owned()];
    let good = run(order.clone(), None, |_| Reply::ok(ms(1)));
    assert_eq!(good.failure, None);
    assert_eq!(good.tally.sent, 10);
    assert_eq!(good.samples.len(), 10);
    let bad = run(order, None, |asked| match asked.request.operation {
        "pay" => Reply::status(ms(1), 401),
        _ => Reply::ok(ms(1)),
    });
    let why = "pay of the prelude failed: status 401";
    assert_eq!(bad.failure.as_deref(), Some(why));
}
