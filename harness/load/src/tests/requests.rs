//! What a request carries: drawn values, captured ones, and its trace.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use harness_model::ErrorClass;
use harness_model::load::Spacing;
use harness_model::workload::{Draw, Operation};

use super::orders::{journey, ms, open, segment, steady, to_ms};
use super::run;
use super::target::{Asked, Reply};
use crate::order::WorkerOrder;

/// One visitor who looks at a page, which names an item, and pays for it.
fn shopper() -> WorkerOrder {
    let mut order = steady(1.0, 1_000);
    journey(&mut order, &[("page", false), ("pay", false)], ms(0));
    let operations = &mut order.plan.workload.operations;
    operations[0].capture = [("item".to_owned(), "/items/0/id".to_owned())].into();
    operations[1].method = "POST".to_owned();
    operations[1].path = "/pay/{item}".to_owned();
    operations[1].body = Some(r#"{"item": "{item}"}"#.to_owned());
    operations[1].idempotency_key = true;
    order
}

/// Everything the target was asked, one line a request.
fn asked(order: WorkerOrder, reply: Reply) -> (Vec<String>, Vec<ErrorClass>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let outcome = run(order, None, move |Asked { request, .. }| {
        let body = request.body.as_deref().unwrap_or("-");
        let line = format!("{} {} {body}", request.method, request.path);
        log.lock().unwrap().push(line);
        reply
    });
    let lines = lines.lock().unwrap().clone();
    outcome.assert_balanced();
    let all = outcome.samples.iter().chain(&outcome.unsent);
    (lines, all.map(|sample| sample.error).collect())
}

#[test]
fn a_captured_value_fills_the_requests_after_it() {
    let reply = Reply::body(r#"{"items": [{"id": "p42"}]}"#);
    let (lines, errors) = asked(shopper(), reply);
    let expected = ["GET /page -", r#"POST /pay/p42 {"item": "p42"}"#];
    assert_eq!(lines, expected);
    assert_eq!(errors, [ErrorClass::None; 2]);
}

#[test]
fn an_answer_without_the_value_is_a_bad_body_and_what_needs_it_is_not_sent() {
    for body in ["", "[]", r#"{"items": []}"#, r#"{"items": [{"id": null}]}"#] {
        let (lines, errors) = asked(shopper(), Reply::body(body));
        assert_eq!(lines, ["GET /page -"], "{body}");
        assert_eq!(errors, [ErrorClass::Body, ErrorClass::Unbuilt], "{body}");
    }
}

#[test]
fn a_status_that_the_operation_expects_is_no_failure() {
    let mut order = steady(1.0, 1_000);
    order.plan.workload.operations[0].expect = vec![404];
    let (_, errors) = asked(order.clone(), Reply::status(ms(1), 404));
    assert_eq!(errors, [ErrorClass::None]);
    let (_, errors) = asked(order, Reply::status(ms(1), 200));
    assert_eq!(errors, [ErrorClass::Status]);
}

#[test]
fn a_session_draw_keeps_its_value_for_the_session_and_a_fresh_one_does_not() {
    for session in [true, false] {
        let mut order = steady(1.0, 1_000);
        journey(&mut order, &[("page", false), ("page", false)], ms(0));
        order.plan.workload.operations[0].path = "/{number}".to_owned();
        let number = Draw::Uniform {
            from: 0,
            to: u64::MAX,
            format: "{}".to_owned(),
            session,
        };
        order.plan.workload.draws = [("number".to_owned(), number)].into();
        let (lines, _) = asked(order, Reply::ok(ms(1)));
        assert_eq!(lines[0] == lines[1], session);
    }
}

#[test]
fn every_request_has_a_trace_of_its_own_that_its_sample_names() {
    let parents = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&parents);
    let outcome = run(steady(50.0, 1_000), None, move |asked| {
        let (name, value) = asked.request.headers[0].clone();
        assert_eq!(name, "traceparent");
        log.lock().unwrap().push(value);
        Reply::ok(ms(1))
    });
    let trace = |value: &String| u128::from_str_radix(&value[3..35], 16).unwrap();
    let sent: Vec<u128> = parents.lock().unwrap().iter().map(trace).collect();
    assert_eq!(outcome.each(|sample| sample.trace), sent);
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), 50);
}

#[test]
fn every_request_with_an_idempotency_key_has_its_own() {
    let mut order = steady(50.0, 1_000);
    order.plan.workload.operations[0].idempotency_key = true;
    let keys = Arc::new(Mutex::new(BTreeSet::new()));
    let log = Arc::clone(&keys);
    run(order, None, move |asked| {
        let (name, value) = asked.request.headers[1].clone();
        assert_eq!(name, "idempotency-key");
        log.lock().unwrap().insert(value);
        Reply::ok(ms(1))
    });
    assert_eq!(keys.lock().unwrap().len(), 50);
}

/// Path, header and body are templates; each of them may lack its value.
#[test]
fn a_step_that_cannot_be_built_is_not_sent_and_the_visit_goes_on() {
    let places: [fn(&mut Operation); 3] = [
        |pay| pay.path = "/pay/{nothing}".to_owned(),
        |pay| pay.headers = [("x-item".to_owned(), "{nothing}".to_owned())].into(),
        |pay| pay.body = Some("{nothing}".to_owned()),
    ];
    for place in places {
        for (essential, sent, unbuilt, cancelled) in [(false, 2, 1, 0), (true, 1, 1, 1)] {
            let mut order = steady(1.0, 1_000);
            let steps = [("page", false), ("pay", essential), ("page", false)];
            journey(&mut order, &steps, ms(100));
            place(&mut order.plan.workload.operations[1]);
            let outcome = run(order, None, |_| Reply::ok(ms(10)));
            outcome.assert_balanced();
            let tally = &outcome.tally;
            assert_eq!((tally.ok, tally.failed, tally.dropped), (sent, 0, 0));
            assert_eq!((tally.unbuilt, tally.cancelled), (unbuilt, cancelled));
            let [unsent] = &outcome.unsent[..] else {
                panic!("{:?}", outcome.unsent)
            };
            let clocks = [unsent.intended, unsent.sent, unsent.done].map(to_ms);
            assert_eq!(clocks, [110; 3]);
            assert_eq!((unsent.trace, unsent.status, unsent.step), (0, 0, 1));
            assert_eq!(unsent.error, ErrorClass::Unbuilt);
            if let Some(last) = outcome.samples.get(1) {
                // It took no time, and the visitor thinks before the next step as ever.
                assert_eq!([last.intended, last.sent].map(to_ms), [210; 2]);
            }
        }
    }
}

/// Everything that requests of a run show of themselves, in the order of sessions.
fn shown(run_id: &str) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let mut order = open(&[segment(20.0, 40.0, 2_000)], Spacing::Poisson);
    order.run = run_id.to_owned();
    let weights = [("page", false), ("pay", false)];
    journey(&mut order, &weights, ms(50));
    order.plan.think_sigma = 0.5;
    let draw = |text: &str| serde_json::from_str::<Draw>(text).unwrap();
    order.plan.workload.draws = [
        (
            "zipf",
            r#"{"draw": "zipf", "n": 1000, "s": 1.0, "format": "{}"}"#,
        ),
        (
            "uniform",
            r#"{"draw": "uniform", "from": 0, "to": 999999, "format": "{}"}"#,
        ),
        (
            "choice",
            r#"{"draw": "choice", "of": ["a", "b", "c", "d"], "session": true}"#,
        ),
        (
            "unique",
            r#"{"draw": "unique", "format": "v{}@example.org"}"#,
        ),
    ]
    .map(|(name, text)| (name.to_owned(), draw(text)))
    .into();
    let page = &mut order.plan.workload.operations[0];
    page.path = "/{zipf}/{uniform}/{choice}".to_owned();
    page.body = Some("{unique}".to_owned());
    page.idempotency_key = true;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    run(order, None, move |Asked { request, at, .. }| {
        let choices = vec![
            format!("{at:?}"),
            request.operation.to_owned(),
            request.path,
        ];
        let headers = request.headers.into_iter().map(|(_, value)| value);
        let identities: Vec<String> = headers.chain(request.body).collect();
        log.lock().unwrap().push((choices, identities));
        Reply::ok(ms(5))
    });
    let seen = seen.lock().unwrap().clone();
    seen.into_iter().unzip()
}

#[test]
fn two_runs_of_a_seed_make_the_same_choices_and_share_no_identity() {
    let (choices, identities) = shown("friday");
    let (same_choices, other_identities) = shown("saturday");
    assert!(choices.len() > 60, "{}", choices.len());
    assert_eq!(choices, same_choices);
    let all: Vec<&String> = identities
        .iter()
        .chain(&other_identities)
        .flatten()
        .collect();
    let different: BTreeSet<&String> = all.iter().copied().collect();
    assert_eq!(different.len(), all.len(), "an identity occurs twice");
}
