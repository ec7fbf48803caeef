//! What holds for every load: nothing vanishes, and the seed decides all that is random.

use std::time::Duration;

use harness_model::load::{LoadModel, Spacing};
use harness_model::{ErrorClass, Offset, Sample, Seed};
use proptest::prelude::*;
use rand::RngExt;

use super::orders::{at_ms, closed, journey, ms, ns, open, segment, steady};
use super::run;
use super::target::{Asked, Reply};
use crate::arrivals;
use crate::order::WorkerOrder;

/// Answers of 0 to 400 ms, one in ten of them a failure and one in twenty none at all.
fn moody(seed: u64) -> impl Fn(Asked<'_>) -> Reply + Send + Sync {
    move |asked| {
        let mut random = Seed(seed).child("reply", asked.nth).stream("reply");
        let after = ms(random.random_range(0..400));
        match random.random_range(0..20) {
            0 => Reply::never(),
            1 => Reply::refused(after),
            2 => Reply::status(after, 503),
            _ => Reply::ok(after),
        }
    }
}

fn models() -> impl Strategy<Value = WorkerOrder> {
    let rate = 0.0..60.0_f64;
    let segment =
        (rate.clone(), rate, 1..4_000_u64).prop_map(|(from, to, for_ms)| segment(from, to, for_ms));
    let segments = proptest::collection::vec(segment, 1..4);
    let spacing = prop_oneof![Just(Spacing::Constant), Just(Spacing::Poisson)];
    prop_oneof![
        3 => (segments, spacing).prop_map(|(segments, spacing)| open(&segments, spacing)),
        1 => (1..12_usize, 1..4_000_u64).prop_map(|(users, for_ms)| closed(users, for_ms)),
    ]
}

fn orders() -> impl Strategy<Value = WorkerOrder> {
    let steps = proptest::collection::vec((any::<bool>(), any::<bool>()), 0..5);
    let think = (0..2_000_u64, 0.0..1.0_f64);
    let limits = (1..20_usize, 1..1_500_u64, 1..1_500_u64);
    (models(), steps, think, limits, any::<u64>()).prop_map(
        |(mut order, steps, (think_ms, sigma), (pool, patience_ms, timeout_ms), seed)| {
            let name = |pay: bool| if pay { "pay" } else { "page" };
            let steps: Vec<_> = steps
                .iter()
                .map(|(pay, last)| (name(*pay), *last))
                .collect();
            if !steps.is_empty() {
                journey(&mut order, &steps, ms(think_ms));
            }
            order.plan.think_sigma = sigma;
            order.plan.pool = pool;
            order.plan.patience_ns = ns(ms(patience_ms));
            order.plan.timeout_ns = ns(ms(timeout_ms));
            order.seed = Seed(seed);
            order
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn scheduled_is_sent_and_dropped_and_cancelled(
        order in orders(),
        stop_ms in proptest::option::of(0..6_000_u64),
        target in any::<u64>(),
    ) {
        let plan = order.plan.clone();
        let due = arrivals(&plan.model, order.seed).count() as u64;
        let outcome = run(order, stop_ms.map(ms), moody(target));
        outcome.assert_balanced();
        let tally = &outcome.tally;
        let end = Offset(plan.duration_ns.cast_signed());
        let timeout = Duration::from_nanos(plan.timeout_ns);
        for sample in &outcome.samples {
            prop_assert!(sample.intended < end);
            prop_assert!(sample.intended <= sample.sent && sample.sent <= sample.done);
            prop_assert!(sample.done.since(sample.sent) <= timeout);
            // Timers of virtual time have ticks of 1 ms.
            prop_assert!(sample.lateness_ns < 1_000_000);
        }
        let patience = plan.patience_ns;
        for sample in &outcome.unsent {
            prop_assert!(sample.error == ErrorClass::NotSent && sample.intended < end);
            prop_assert_eq!(sample.response_ns(), patience);
        }
        let users = match plan.model {
            LoadModel::Open { .. } => plan.pool,
            LoadModel::Closed { users } => users,
        };
        prop_assert!(outcome.most_in_flight <= users);
        match (plan.model, stop_ms) {
            (LoadModel::Open { .. }, None) => {
                prop_assert_eq!(tally.sessions_started + tally.sessions_dropped, due);
            }
            (LoadModel::Open { .. }, Some(_)) => {
                prop_assert!(tally.sessions_started + tally.sessions_dropped <= due);
            }
            (LoadModel::Closed { .. }, _) => prop_assert_eq!(tally.dropped, 0),
        }
        if let Some(stop) = stop_ms {
            let sent_last = outcome.each(|sample| sample.sent).into_iter().max();
            prop_assert!(sent_last.is_none_or(|at| at <= at_ms(stop.cast_signed())));
            let drained = at_ms(stop.cast_signed()).max(Offset::ZERO) + timeout;
            prop_assert!(outcome.ended <= drained);
        }
    }

    /// A queue with so many servers, worked out by hand: who comes first is served first, by
    /// whoever is free first, unless the wait is longer than the patience.
    #[test]
    fn an_open_load_is_a_queue_in_front_of_its_pool(
        gap_ms in 1..100_u32,
        service_ms in 0..500_u64,
        pool in 1..8_usize,
        patience_ms in 0..2_000_u64,
    ) {
        let mut order = steady(1e3 / f64::from(gap_ms), 5_000);
        order.plan.pool = pool;
        order.plan.patience_ns = ns(ms(patience_ms));
        // Whole milliseconds, for the ticks of virtual time.
        let due: Vec<Offset> = (0..)
            .map(|k| at_ms(i64::from(gap_ms) * k))
            .take_while(|at| *at < at_ms(5_000))
            .collect();
        let mut free = vec![Offset::ZERO; pool];
        let mut expected = Vec::new();
        for due in due {
            let first = free.iter_mut().min().expect("a pool has users");
            let start = due.max(*first);
            if start.since(due) <= ms(patience_ms) {
                *first = start + ms(service_ms);
                expected.push((due, start, *first));
            }
        }
        let outcome = run(order, None, move |_| Reply::ok(ms(service_ms)));
        outcome.assert_balanced();
        let actual = outcome.each(|sample| (sample.intended, sample.sent, sample.done));
        prop_assert_eq!(actual, expected);
    }

    #[test]
    fn the_same_seed_gives_the_same_load_and_the_same_requests(
        order in orders(),
        target in any::<u64>(),
    ) {
        let again = order.clone();
        prop_assert_eq!(run(order, None, moody(target)), run(again, None, moody(target)));
    }
}

/// Two targets of different speed are asked the same: same moments, same operations, same traces.
#[test]
fn the_same_seed_asks_a_slow_target_what_it_asks_a_fast_one() {
    let order = open(&[segment(10.0, 50.0, 5_000)], Spacing::Poisson);
    let asked = |sample: &Sample| {
        (
            sample.session,
            sample.intended,
            sample.operation,
            sample.trace,
        )
    };
    let fast = run(order.clone(), None, |_| Reply::ok(ms(1)));
    let slow = run(order.clone(), None, |_| Reply::ok(ms(700)));
    assert_eq!(fast.each(asked), slow.each(asked));
    let mut other = order;
    other.seed.0 += 1;
    let other = run(other, None, |_| Reply::ok(ms(1)));
    assert_ne!(fast.each(asked), other.each(asked));
}

#[test]
fn a_target_that_fails_fast_lowers_no_success() {
    let outcome = run(steady(50.0, 2_000), None, |asked| match asked.nth % 2 {
        0 => Reply::ok(ms(100)),
        _ => Reply::refused(Duration::ZERO),
    });
    let (ok, failed): (Vec<&Sample>, Vec<&Sample>) =
        outcome.samples.iter().partition(|sample| sample.ok());
    assert!(ok.iter().all(|sample| sample.response_ns() == ns(ms(100))));
    assert!(failed.iter().all(|one| one.error == ErrorClass::Refused));
    assert_eq!((ok.len(), failed.len()), (50, 50));
}
