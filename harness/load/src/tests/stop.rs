//! The end of a load: by time, by count, and by a stop in the middle.

use std::time::Duration;

use harness_model::Seed;
use harness_model::load::{Mix, Spacing};

use super::orders::{at_ms, journey, ms, ns, steady};
use super::run;
use super::target::Reply;

#[test]
fn a_load_ends_by_time_and_finishes_what_is_on_its_way() {
    let outcome = run(steady(10.0, 1_000), None, |_| Reply::ok(ms(500)));
    assert_eq!(outcome.samples.len(), 10);
    assert_eq!(outcome.samples[9].intended, at_ms(900));
    assert_eq!(outcome.ended, at_ms(1_400));
    assert_eq!(outcome.tally.ok, 10);
    outcome.assert_balanced();
}

#[test]
fn a_session_that_waits_for_a_user_at_the_end_is_still_sent_within_its_patience() {
    let mut order = steady(10.0, 1_000);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(700));
    let outcome = run(order, None, |_| Reply::ok(ms(200)));
    let last = outcome.samples.last().unwrap();
    assert!(last.sent > at_ms(1_000));
    assert!(last.sent.since(last.intended) <= ms(700));
    assert!(outcome.tally.dropped > 0);
    outcome.assert_balanced();
}

#[test]
fn a_load_by_count_goes_on_at_its_last_rate_until_the_count_is_met() {
    let mut order = steady(10.0, 1_000);
    order.plan.requests = Some(25);
    let counts = vec![("page".to_owned(), 25)];
    order.plan.mix = Mix::Calls { counts };
    let outcome = run(order, None, |_| Reply::ok(ms(10)));
    let intended: Vec<_> = (0..25).map(|k| at_ms(100 * k)).collect();
    assert_eq!(outcome.each(|sample| sample.intended), intended);
    outcome.assert_balanced();
}

/// A Poisson process scatters; the count does not, whether it is met sooner or later.
#[test]
fn a_load_by_count_at_random_moments_has_exactly_its_count() {
    for (seed, for_ms) in (0..20).flat_map(|seed| [(seed, 1_000), (seed, 4_000)]) {
        let segments = [super::orders::segment(20.0, 10.0, for_ms)];
        let mut order = super::orders::open(&segments, Spacing::Poisson);
        order.seed = Seed(seed);
        order.plan.requests = Some(30);
        let counts = vec![("page".to_owned(), 20), ("pay".to_owned(), 10)];
        order.plan.mix = Mix::Calls { counts };
        let outcome = run(order, None, |_| Reply::ok(ms(10)));
        let pages = outcome.samples.iter().filter(|one| one.operation.0 == 1);
        assert_eq!((outcome.samples.len(), pages.count()), (30, 20), "{seed}");
        assert_eq!(outcome.tally.scheduled, 30);
    }
}

/// More arrivals than its mean or fewer: a limit of time ends it, and nothing else.
#[test]
fn a_load_by_time_of_random_arrivals_goes_on_to_its_end() {
    for seed in 0..20 {
        let segments = [super::orders::segment(50.0, 50.0, 10_000)];
        let mut order = super::orders::open(&segments, Spacing::Poisson);
        order.seed = Seed(seed);
        let counts = vec![("page".to_owned(), 375), ("pay".to_owned(), 125)];
        order.plan.mix = Mix::Calls { counts };
        let outcome = run(order, None, |_| Reply::ok(ms(10)));
        let last = outcome.samples.last().unwrap().intended;
        // Half a second without an arrival at 50/s has a probability of e^-25.
        assert!(
            (at_ms(9_500)..at_ms(10_000)).contains(&last),
            "seed {seed}: {last}"
        );
    }
}

#[test]
fn a_load_by_count_ends_before_its_time_when_the_count_is_met() {
    let mut order = steady(10.0, 60_000);
    order.plan.requests = Some(25);
    let counts = vec![("page".to_owned(), 25)];
    order.plan.mix = Mix::Calls { counts };
    let outcome = run(order, None, |_| Reply::ok(ms(10)));
    assert_eq!(outcome.samples.len(), 25);
    assert_eq!(outcome.ended, at_ms(2_410));
}

/// One user and a second of service: at the stop, three requests are sent, the third is on its way,
/// and all others that were due wait.
#[test]
fn a_stop_finishes_what_is_on_its_way_and_cancels_what_waits() {
    let mut order = steady(10.0, 10_000);
    order.plan.pool = 1;
    let outcome = run(order, Some(ms(2_550)), |_| Reply::ok(ms(1_000)));
    assert_eq!(outcome.tally.scheduled, 26);
    assert_eq!(outcome.tally.sent, 3);
    assert_eq!(outcome.tally.ok, 3);
    assert_eq!(outcome.tally.cancelled, 23);
    assert_eq!(outcome.tally.dropped, 0);
    assert_eq!(outcome.ended, at_ms(3_000));
    outcome.assert_balanced();
}

#[test]
fn a_stop_cancels_the_rest_of_a_journey_and_ends_its_think_time() {
    let mut order = steady(1.0, 600_000);
    let steps = [("page", false), ("pay", false), ("page", false)];
    journey(&mut order, &steps, Duration::from_secs(60));
    let outcome = run(order, Some(ms(4_500)), |_| Reply::ok(ms(10)));
    assert_eq!(outcome.tally.scheduled, 15);
    assert_eq!(outcome.tally.sent, 5);
    assert_eq!(outcome.tally.cancelled, 10);
    assert_eq!(outcome.ended, at_ms(4_500));
    outcome.assert_balanced();
}

#[test]
fn a_stop_does_not_wait_for_the_next_arrival() {
    let outcome = run(steady(0.001, 3_600_000), Some(ms(5_000)), |_| {
        Reply::ok(ms(10))
    });
    assert_eq!(outcome.tally.scheduled, 1);
    assert_eq!(outcome.ended, at_ms(5_000));
}

#[test]
fn a_stop_at_time_zero_sends_nothing_more_than_was_due() {
    let outcome = run(steady(10.0, 1_000), Some(Duration::ZERO), |_| {
        Reply::ok(ms(10))
    });
    assert!(outcome.tally.scheduled <= 1);
    assert!(outcome.ended <= at_ms(10));
    outcome.assert_balanced();
}
