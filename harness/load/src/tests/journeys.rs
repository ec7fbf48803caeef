//! Steps that wait for the answer before them: a stall must not push the schedule back.

use std::time::Duration;

use harness_model::load::Spacing;
use harness_model::{ErrorClass, Offset, Sample};

use super::orders::{at_ms, journey, ms, ns, open, segment, steady};
use super::run;
use super::target::Reply;
use crate::session::Sessions;

const TWO: [(&str, bool); 2] = [("page", false), ("pay", false)];

#[test]
fn a_step_is_intended_when_the_answer_before_it_came_and_was_thought_about() {
    let mut order = steady(1.0, 10_000);
    journey(&mut order, &TWO, ms(300));
    order.plan.think_sigma = 0.5;
    let sessions = Sessions::new(&order.plan, order.seed);
    let outcome = run(order, None, |_| Reply::ok(ms(20)));
    assert_eq!(outcome.samples.len(), 20);
    for pair in outcome.samples.chunks(2) {
        let session = sessions.session(u64::from(pair[0].session)).unwrap();
        let think = Duration::from_nanos(session.steps[1].think_ns);
        assert_eq!(pair[1].intended, pair[0].intended + ms(20) + think);
        // Virtual time moves by whole milliseconds.
        assert!(pair[1].lateness_ns < 1_000_000);
    }
}

/// The running median is 10 ms when an answer takes a second and moves it by a sixteenth; twice
/// that and 10 ms are expected, and the rest of the second counts against the next step.
#[test]
fn a_stall_moves_the_next_step_by_the_expected_response_time_only() {
    let mut order = steady(1.0, 10_000);
    journey(&mut order, &TWO, ms(0));
    let outcome = run(order, None, |asked| {
        let stalled = asked.request.operation == "page" && asked.at == at_ms(5_000);
        Reply::ok(ms(if stalled { 1_000 } else { 10 }))
    });
    let (page, pay) = (&outcome.samples[10], &outcome.samples[11]);
    assert_eq!(page.response_ns(), ns(ms(1_000)));
    let expected = Duration::from_micros(2 * 10_625) + ms(10);
    assert_eq!(pay.intended, at_ms(5_000) + expected);
    assert_eq!(pay.sent, at_ms(6_000));
    assert_eq!(pay.lateness_ns, 0);
    assert_eq!(pay.response_ns(), ns(ms(1_010) - expected));
    let next = &outcome.samples[12];
    assert_eq!(next.intended, at_ms(6_000));
    let others = outcome.samples[..10].iter().chain(&outcome.samples[12..]);
    assert!(others.map(Sample::response_ns).all(|one| one == ns(ms(10))));
}

/// Every answer above the running median moves it by a sixteenth: from 10 ms past 45 ms, where
/// 100 ms are expected, in 25 answers.
#[test]
fn a_lasting_slowdown_becomes_what_is_expected() {
    let mut order = steady(1.0, 100_000);
    journey(&mut order, &TWO, ms(0));
    let outcome = run(order, None, |asked| {
        let slow = asked.request.operation == "page" && asked.at >= at_ms(50_000);
        Reply::ok(ms(if slow { 100 } else { 10 }))
    });
    let counted: Vec<bool> = outcome.samples[100..]
        .chunks(2)
        .map(|pair| pair[1].intended < pair[0].done)
        .collect();
    let expected: Vec<bool> = (1..=50).map(|slow| slow < 25).collect();
    assert_eq!(counted, expected);
}

#[test]
fn think_time_runs_from_the_expected_answer_and_not_from_a_stalled_one() {
    let mut order = steady(1.0, 3_000);
    journey(&mut order, &TWO, ms(1_000));
    let outcome = run(order, None, |asked| {
        let stalled = asked.request.operation == "page" && asked.at == at_ms(1_000);
        Reply::ok(ms(if stalled { 800 } else { 10 }))
    });
    let (page, pay) = (&outcome.samples[2], &outcome.samples[3]);
    assert_eq!(page.done, at_ms(1_800));
    // 1 s of thinking hides the stall: the step goes out where the plan has it.
    let expected = Duration::from_micros(2 * 10_625) + ms(10);
    assert!(pay.sent < at_ms(1_000) + expected + ms(1_001));
    assert!(pay.response_ns() < ns(ms(11)));
}

#[test]
fn a_wait_for_a_user_counts_for_the_first_step_and_does_not_delay_the_others() {
    let arrivals = [segment(10.0, 10.0, 200), segment(0.0, 0.0, 1_000)];
    let mut order = open(&arrivals, Spacing::Constant);
    order.plan.pool = 1;
    journey(&mut order, &TWO, ms(0));
    let outcome = run(order, None, |_| Reply::ok(ms(100)));
    // The second session is due at 100 ms, and its only user is free at 200 ms.
    let [.., page, pay] = &outcome.samples[..] else {
        panic!("four samples")
    };
    assert_eq!((page.intended, page.sent), (at_ms(100), at_ms(200)));
    assert_eq!(page.response_ns(), ns(ms(200)));
    // 200 ms are within what is expected of an operation that takes 100 ms.
    assert_eq!((pay.intended, pay.sent), (at_ms(300), at_ms(300)));
}

#[test]
fn a_failed_essential_step_makes_the_visitor_leave() {
    let mut order = steady(1.0, 2_000);
    let steps = [("page", true), ("pay", false), ("page", false)];
    journey(&mut order, &steps, ms(0));
    let outcome = run(order, None, |asked| match asked.nth {
        0 => Reply::status(ms(10), 500),
        _ => Reply::ok(ms(10)),
    });
    assert_eq!(outcome.each(|sample| sample.session), [0, 1, 1, 1]);
    assert_eq!(outcome.samples[0].error, ErrorClass::Status);
    assert_eq!(outcome.tally.cancelled, 2);
    assert_eq!(outcome.tally.offered_per_s, [3, 3]);
    assert_eq!(outcome.tally.left_per_s, [2]);
    outcome.assert_balanced();
}

#[test]
fn a_failed_step_that_is_not_essential_ends_nothing() {
    let mut order = steady(1.0, 1_000);
    journey(&mut order, &TWO, ms(0));
    let outcome = run(order, None, |_| Reply::refused(ms(10)));
    assert_eq!(outcome.tally.failed, 2);
    assert_eq!(outcome.tally.cancelled, 0);
}

#[test]
fn a_failure_teaches_nothing_about_how_long_an_answer_takes() {
    let mut order = steady(1.0, 3_000);
    journey(&mut order, &TWO, ms(0));
    let outcome = run(order, None, |asked| match asked.nth {
        0 => Reply::status(ms(400), 500),
        _ => Reply::ok(ms(10)),
    });
    // Nothing is known yet, so only 10 ms are expected of the first page.
    let pay: &Sample = &outcome.samples[1];
    assert_eq!(pay.intended, at_ms(10));
    assert_eq!(pay.sent, at_ms(400));
}

#[test]
fn what_a_session_plans_behind_the_end_of_the_load_is_not_due() {
    let mut order = steady(1.0, 3_000);
    journey(&mut order, &TWO, ms(1_500));
    let outcome = run(order, None, |_| Reply::ok(ms(10)));
    // Visitors of 0 s and 1 s pay before the end at 3 s; the one of 2 s would pay behind it.
    assert_eq!(outcome.tally.scheduled, 5);
    assert_eq!(outcome.tally.sent, 5);
    assert!(
        outcome
            .samples
            .iter()
            .all(|one| one.intended < at_ms(3_000))
    );
    outcome.assert_balanced();
}

#[test]
fn what_a_dropped_or_leaving_visitor_plans_behind_the_end_is_not_due_either() {
    let mut order = steady(1.0, 3_000);
    order.plan.pool = 1;
    order.plan.patience_ns = ns(ms(100));
    order.plan.timeout_ns = ns(ms(2_500));
    journey(&mut order, &[("page", true), ("pay", false)], ms(1_500));
    let outcome = run(order, None, |_| Reply::never());
    // The first waits 2.5 s in vain and leaves; nobody takes the others in time.
    assert_eq!(outcome.tally.sent, 1);
    assert_eq!(outcome.tally.cancelled, 1);
    assert_eq!(outcome.tally.dropped, 3);
    assert_eq!(outcome.tally.offered_per_s, [1, 2, 2]);
    outcome.assert_balanced();
}

#[test]
fn an_answer_that_comes_too_late_for_the_next_step_takes_it_off_the_schedule() {
    let mut order = steady(1.0, 1_000);
    journey(&mut order, &TWO, ms(900));
    let outcome = run(order, None, |_| Reply::ok(ms(200)));
    // Planned for 0.9 s, and intended for 1.1 s once the answer is there.
    assert_eq!(outcome.tally.scheduled, 1);
    assert_eq!(outcome.tally.offered_per_s, [1]);
    assert_eq!(outcome.each(|sample| sample.sent), [Offset::ZERO]);
    outcome.assert_balanced();
}
