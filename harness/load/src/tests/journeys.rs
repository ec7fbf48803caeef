//! Steps that wait for the answer before them: a stall must not push the schedule back.

use std::time::Duration;

use harness_model::load::Spacing;
use harness_model::plan::{Phase, PhaseKind};
use harness_model::{ErrorClass, Offset, Sample};

use super::orders::{at_ms, journey, ms, ns, open, segment, steady, to_ms};
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

/// 10 ms are expected; the rest of the second counts against the next step.
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
    assert_eq!(pay.intended, at_ms(5_010));
    assert_eq!(pay.sent, at_ms(6_000));
    assert_eq!(pay.lateness_ns, 0);
    assert_eq!(pay.response_ns(), ns(ms(1_000)));
    assert_eq!(pay.service_ns(), ns(ms(10)));
    let next = &outcome.samples[12];
    assert_eq!(next.intended, at_ms(6_000));
    let others = outcome.samples[..10].iter().chain(&outcome.samples[12..]);
    assert!(others.map(Sample::response_ns).all(|one| one == ns(ms(10))));
}

/// It counts against the next step from the first slow answer to the last.
#[test]
fn a_lasting_slowdown_never_becomes_what_is_expected() {
    let mut order = steady(1.0, 100_000);
    journey(&mut order, &TWO, ms(0));
    order.phases = [
        (PhaseKind::Baseline, 0, 50_000),
        (PhaseKind::Fault(0), 50_000, 100_000),
    ]
    .map(|(kind, from, to)| Phase {
        name: kind.name().to_owned(),
        kind,
        from: at_ms(from),
        to: at_ms(to),
    })
    .to_vec();
    let outcome = run(order, None, |asked| {
        let slow = asked.request.operation == "page" && asked.at >= at_ms(50_000);
        Reply::ok(ms(if slow { 100 } else { 10 }))
    });
    for pair in outcome.samples[100..].chunks(2) {
        assert_eq!(pair[1].intended, pair[0].intended + ms(10));
        assert_eq!(pair[1].response_ns(), ns(ms(100)));
    }
    let expected = [("page", 10.0), ("pay", 10.0)].map(|(name, ms)| (name.to_owned(), ms));
    assert_eq!(outcome.expected_ms, expected.into());
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
    let clocks = [pay.intended, pay.sent, pay.done].map(to_ms);
    assert_eq!(clocks, [2_010, 2_010, 2_020]);
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
        2 => Reply::status(ms(400), 500),
        4 => Reply::ok(ms(400)),
        _ => Reply::ok(ms(10)),
    });
    // 10 ms are expected after the failure as before it.
    let pays = [&outcome.samples[3], &outcome.samples[5]];
    assert_eq!(pays.map(|one| one.intended), [1_010, 2_010].map(at_ms));
    assert_eq!(pays.map(|one| one.sent), [1_400, 2_400].map(at_ms));
}

#[test]
fn before_anything_is_known_no_answer_is_a_stall() {
    let mut order = steady(1.0, 1_000);
    journey(&mut order, &TWO, ms(0));
    let outcome = run(order, None, |_| Reply::ok(ms(700)));
    assert_eq!(outcome.samples[1].intended, at_ms(700));
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
