//! Shapes differ in cost and failure modes, never in behaviour: a visitor sends the same script of
//! requests to the shop in every shape and on every database engine, and gets the same answers.
//!
//! The answers are under review in `golden/same_answers.txt`; `UPDATE_GOLDEN=1` accepts a change.

mod common;

use common::document::{contradictions, fits};
use common::shop::Shop;
use common::transcript::{Transcript, differences};
use common::visitor::{Exchange, Visitor, step};
use common::{bad_requests, browsing, purchases};
use serde_json::{Value, json};
use shop_app::shapes;
use shop_testing::Backing;
use std::path::Path;
use uuid::Uuid;

/// A shop in containers to visit, too, as `shape=http://127.0.0.1:port`.
const CONTAINERS: &str = "SHAKEDOWN_TEST_SHOP";

/// The answers of one shape on one engine.
struct Visit {
    place: String,
    /// Whether it includes the outage at the end of the script.
    is_whole: bool,
    entries: Vec<String>,
    /// The OpenAPI document.
    document: Value,
    /// Documented routes without a successful request.
    unused: Vec<String>,
    /// Requests and answers that are not as the document says.
    contradictions: Vec<String>,
}

/// Runs the whole script. Only a shop of this test can have the outage: how a dead callee fails
/// depends on the network, because a closed port refuses and an unused address does not answer.
async fn visit(place: String, mut shop: Shop) -> Visit {
    let is_ours = shop.is_ours();
    let mut visitor = Visitor::new(shop.entry.clone());
    browsing::browse(&mut visitor).await;
    let cart = browsing::fill_a_cart(&mut visitor).await;
    browsing::request_quotes(&mut visitor, &cart).await;
    browsing::register(&mut visitor).await;
    let tokens = browsing::log_in(&mut visitor).await;
    browsing::read_profiles(&mut visitor, &tokens).await;
    bad_requests::send_bad_tokens(&mut visitor, &tokens, &shop.key).await;
    let order = purchases::buy_a_cart(&mut visitor, &tokens, &cart).await;
    purchases::fail_to_buy(&mut visitor, &tokens).await;
    purchases::read_orders(&mut visitor, &tokens, &order).await;
    purchases::cancel_orders(&mut visitor, &tokens, &order).await;
    purchases::cancel_refunded_orders(&mut visitor, &tokens).await;
    purchases::use_payments(&mut visitor, &tokens).await;
    purchases::book_parcels(&mut visitor, &tokens).await;
    purchases::read_messages(&mut visitor, &tokens).await;
    bad_requests::send_unusual_requests(&mut visitor, &tokens, &cart).await;
    if is_ours {
        shop.stop("provider").await;
        purchases::buy_during_an_outage(&mut visitor, &tokens).await;
    }
    let document = visitor
        .peek(step("the document", "GET /openapi.json"))
        .await;
    shop.stop_all().await;
    Visit {
        place,
        is_whole: is_ours,
        unused: unused(&document, &visitor.exchanges),
        contradictions: contradictions(&document, &visitor.exchanges),
        entries: visitor.transcript.entries,
        document,
    }
}

/// The documented routes without a successful request.
fn unused(document: &Value, exchanges: &[Exchange]) -> Vec<String> {
    let paths = document["paths"].as_object().expect("it has paths");
    let routes = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flat_map(|item| item.keys());
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let is_used = |route: &String| {
        let mut good = exchanges.iter().filter(|one| one.status < 300);
        good.any(|one| fits(route, &one.request))
    };
    routes.filter(|route| !is_used(route)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shape_gives_the_answers_under_review() {
    let mut visits = Vec::new();
    for backing in Backing::all() {
        for shape in shapes() {
            let shop = Shop::start(shape, backing).await;
            visits.push(visit(format!("{shape} on {backing:?}"), shop).await);
        }
    }
    if let Ok(text) = std::env::var(CONTAINERS) {
        let (shape, url) = text.split_once('=').expect("it is shape=URL");
        let shop = Shop::in_containers(shape, url.parse().expect("it is shape=URL")).await;
        visits.push(visit(format!("{shape} in containers"), shop).await);
    }
    let (first, others) = visits.split_first().expect("there is a shape");
    assert!(!others.is_empty() && first.entries.len() >= 40);
    for other in others {
        let (expected, actual) = (&first.entries, &other.entries);
        let common = match other.is_whole {
            true => expected.len(),
            false => actual.len(),
        };
        assert!(common >= 200, "{} ended after {common} calls", other.place);
        let found = differences(&expected[..common], actual);
        assert!(
            found.is_empty(),
            "\n- {}\n+ {}\n\n{found}",
            first.place,
            other.place
        );
        assert_eq!(first.document, other.document);
    }
    assert!(
        first.unused.is_empty(),
        "the script leaves out {:?}",
        first.unused
    );
    assert!(
        first.contradictions.is_empty(),
        "not as the document says:\n{}",
        first.contradictions.join("\n")
    );
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/same_answers.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, first.entries.join("\n\n") + "\n").unwrap();
    }
    let reviewed = std::fs::read_to_string(&golden).unwrap();
    let reviewed: Vec<_> = reviewed
        .trim_end()
        .split("\n\n")
        .map(str::to_owned)
        .collect();
    let found = differences(&reviewed, &first.entries);
    assert!(
        found.is_empty(),
        "\n- under review\n+ in every shape\n\n{found}"
    );
}

#[test]
fn new_values_get_names_that_they_keep_and_other_values_stay() {
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let mut transcript = Transcript::new();
    let body = json!({ "text": format!("{one}, {other} and {one}."), "made_ms": 7, "n": 7 });
    transcript.record("a call", &format!("GET /v1/{one}"), "200", &body);
    let later = json!({ "made_ms": i64::MAX, "id": other.to_string() });
    transcript.record("another", "GET /v1/p00001", "200", &later);
    let expected = [
        "# a call\nGET /v1/<id 1>\n200\n\
         {\"made_ms\":7,\"n\":7,\"text\":\"<id 1>, <id 2> and <id 1>.\"}",
        "# another\nGET /v1/p00001\n200\n{\"id\":\"<id 2>\",\"made_ms\":\"<time>\"}",
    ];
    assert_eq!(transcript.entries, expected);
}

#[test]
fn a_difference_is_shown_within_its_call_and_equal_calls_are_not() {
    let entries = |status: &str| ["same\n200".to_owned(), format!("call\n{status}\n{{}}")];
    let found = differences(&entries("404"), &entries("500"));
    assert_eq!(found, "  call\n- 404\n+ 500\n  {}\n");
    assert_eq!(differences(&entries("404"), &entries("404")), "");
    assert_eq!(
        differences(&entries("404")[..1], &entries("404")),
        "+ call\n+ 404\n+ {}\n"
    );
}
