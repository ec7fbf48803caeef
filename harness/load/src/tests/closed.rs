//! The closed model: each user begins its next session when the last one is over.

use std::time::Duration;

use harness_model::load::Mix;
use harness_model::{Offset, Sample};

use super::orders::{at_ms, closed, journey, ms, ns};
use super::run;
use super::target::Reply;

#[test]
fn users_are_always_busy_and_never_more_than_there_are() {
    let outcome = run(closed(3, 1_000), None, |_| Reply::ok(ms(100)));
    assert_eq!(outcome.most_in_flight, 3);
    assert_eq!(outcome.samples.len(), 30);
    let mut sent = outcome.each(|sample| sample.sent);
    sent.sort();
    let expected: Vec<Offset> = (0..30).map(|k| at_ms(k / 3 * 100)).collect();
    assert_eq!(sent, expected);
    outcome.assert_balanced();
}

#[test]
fn a_user_intends_its_next_session_for_the_end_of_the_last() {
    let outcome = run(closed(1, 1_000), None, |asked| {
        Reply::ok(ms(100 + 100 * (asked.nth % 2)))
    });
    let intended = [0, 100, 300, 400, 600, 700, 900].map(at_ms);
    assert_eq!(outcome.each(|sample| sample.intended), intended);
    assert_eq!(outcome.each(|sample| sample.lateness_ns), [0; 7]);
    let service = outcome.each(Sample::service_ns);
    assert_eq!(outcome.each(Sample::response_ns), service);
}

#[test]
fn a_slow_answer_holds_up_its_own_user_only() {
    let outcome = run(closed(2, 1_000), None, |asked| {
        Reply::ok(ms(if asked.nth == 0 { 800 } else { 100 }))
    });
    // One user sends at 0, 800 and 900, the other every 100 ms.
    assert_eq!(outcome.samples.len(), 3 + 10);
}

/// There is no schedule that a user could be late against, so a stall is in one answer only.
#[test]
fn in_every_step_response_is_service_also_after_a_stall() {
    let mut order = closed(3, 20_000);
    let steps = [("page", false), ("pay", false), ("page", false)];
    journey(&mut order, &steps, ms(0));
    let outcome = run(order, None, |asked| {
        Reply::ok(ms(if asked.nth % 50 == 49 { 2_000 } else { 10 }))
    });
    assert!(outcome.samples.len() > 500, "{}", outcome.samples.len());
    let services = outcome.each(Sample::service_ns);
    assert_eq!(outcome.each(Sample::response_ns), services);
    assert_eq!(outcome.expected_ms, Default::default());
    outcome.assert_balanced();
}

#[test]
fn calls_end_by_the_time_limit_where_no_number_is_given() {
    let mut order = closed(2, 1_000);
    order.plan.mix = Mix::Calls {
        counts: vec![("page".to_owned(), 3), ("pay".to_owned(), 1)],
    };
    let outcome = run(order, None, |_| Reply::ok(ms(100)));
    let pages = outcome.samples.iter().filter(|one| one.operation.0 == 1);
    assert_eq!((outcome.samples.len(), pages.count()), (20, 15));
    outcome.assert_balanced();
}

/// Two steps of 50 ms with 200 ms between them: a session takes 300 ms.
#[test]
fn users_think_between_steps() {
    let mut order = closed(4, 3_000);
    journey(&mut order, &[("page", false), ("pay", false)], ms(200));
    let outcome = run(order, None, |_| Reply::ok(ms(50)));
    assert_eq!(outcome.tally.sessions_started, 4 * 10);
    assert_eq!(outcome.samples.len(), 4 * 20);
    for session in outcome.samples.chunks(2) {
        let thought = session[1].sent.since(session[0].done);
        assert_eq!(thought, ms(200));
    }
    outcome.assert_balanced();
}

#[test]
fn a_number_of_requests_is_met_exactly_by_all_users_together() {
    let mut order = closed(4, 1_000);
    order.plan.requests = Some(25);
    order.plan.mix = Mix::Calls {
        counts: vec![("page".to_owned(), 20), ("pay".to_owned(), 5)],
    };
    let outcome = run(order, None, |_| Reply::ok(ms(1_000)));
    assert_eq!(outcome.samples.len(), 25);
    // Six rounds of four, and one more: the planned duration is no end then.
    assert_eq!(outcome.ended, at_ms(7_000));
    outcome.assert_balanced();
}

#[test]
fn a_stop_lets_every_user_finish_its_request_and_begin_no_other() {
    let outcome = run(closed(5, 60_000), Some(ms(1_250)), |_| Reply::ok(ms(100)));
    assert_eq!(outcome.samples.len(), 5 * 13);
    assert_eq!(outcome.ended, at_ms(1_300));
    assert_eq!(outcome.tally.cancelled, 0);
    outcome.assert_balanced();
}

#[test]
fn a_dead_target_is_asked_again_and_again_until_the_end() {
    let outcome = run(closed(1, 1_000), None, |_| Reply::refused(ms(10)));
    assert_eq!(outcome.tally.failed, 100);
    assert_eq!(outcome.tally.ok, 0);
    let services = outcome.each(Sample::service_ns);
    assert_eq!(services, [ns(Duration::from_millis(10)); 100]);
}
