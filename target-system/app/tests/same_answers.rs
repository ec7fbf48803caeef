//! The proof of the claim that shapes differ in cost and failure modes, never in behaviour: one
//! visitor follows one script through the shop in every shape, on every engine that keeps its rows,
//! and hears the same.
//!
//! What is heard is kept under review in `golden/same_answers.txt`; `UPDATE_GOLDEN=1` accepts a
//! change.

mod common;

use common::shop::Shop;
use common::transcript::{Transcript, differences};
use common::visitor::{Visitor, ask};
use common::{oddities, purchases, strangers};
use serde_json::{Value, json};
use shop_app::shapes;
use shop_testing::Backing;
use std::path::Path;
use uuid::Uuid;

/// A shop in containers to visit as well, as `shape=http://127.0.0.1:port`.
const CONTAINERS: &str = "SHAKEDOWN_TEST_SHOP";

/// What was heard in one shape on one engine.
struct Visit {
    place: String,
    /// Whether it went through the outage at the end of the script.
    is_whole: bool,
    entries: Vec<String>,
    /// The OpenAPI document of the shop.
    document: Value,
    /// Documented routes that were not used with success.
    unused: Vec<String>,
}

/// The whole script; what is lost on the way can be taken from a shop of our own only. How a dead
/// callee fails is the network's: a port without a listener refuses, an address without a host
/// is silent.
async fn visit(place: String, mut shop: Shop) -> Visit {
    let is_ours = shop.is_ours();
    let mut you = Visitor::new(shop.entry.clone());
    strangers::look_around(&mut you).await;
    let cart = strangers::fill_a_cart(&mut you).await;
    strangers::ask_for_prices(&mut you, &cart).await;
    strangers::register(&mut you).await;
    let tokens = strangers::log_in(&mut you).await;
    strangers::ask_who_is_who(&mut you, &tokens).await;
    oddities::show_bad_tokens(&mut you, &tokens, &shop.key).await;
    let order = purchases::buy_a_cart(&mut you, &tokens, &cart).await;
    purchases::buy_in_vain(&mut you, &tokens).await;
    purchases::look_after_orders(&mut you, &tokens, &order).await;
    purchases::call_off(&mut you, &tokens, &order).await;
    purchases::call_off_what_was_paid_back(&mut you, &tokens).await;
    purchases::move_money(&mut you, &tokens).await;
    purchases::send_parcels(&mut you, &tokens).await;
    purchases::read_messages(&mut you, &tokens).await;
    oddities::try_odd_requests(&mut you, &tokens, &cart).await;
    if is_ours {
        shop.lose("provider").await;
        purchases::buy_during_an_outage(&mut you, &tokens).await;
    }
    let document = you.glances(ask("the document", "GET /openapi.json")).await;
    shop.close().await;
    Visit {
        place,
        is_whole: is_ours,
        unused: unused(&document, &you.asked),
        entries: you.transcript.entries,
        document,
    }
}

/// The documented routes that were not used with success.
fn unused(document: &Value, asked: &[(String, u16)]) -> Vec<String> {
    let paths = document["paths"].as_object().expect("it has paths");
    let routes = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flat_map(|item| item.keys());
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let is_used = |route: &String| {
        let mut good = asked
            .iter()
            .filter(|(_, status)| (200..300).contains(status));
        good.any(|(request, _)| fits(route, request))
    };
    routes.filter(|route| !is_used(route)).collect()
}

/// Whether a request is one of this route, whose variable parts are in braces.
fn fits(route: &str, request: &str) -> bool {
    let (route, request): (Vec<_>, Vec<_>) =
        (route.split('/').collect(), request.split('/').collect());
    let same = |(part, asked): (&&str, &&str)| part == asked || part.starts_with('{');
    route.len() == request.len() && route.iter().zip(&request).all(same)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shape_gives_the_answers_under_review() {
    let mut visits = Vec::new();
    for backing in Backing::all() {
        for shape in shapes() {
            let shop = Shop::open(shape, backing).await;
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
fn what_is_new_keeps_the_name_it_got_first_and_what_is_not_stays() {
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let mut transcript = Transcript::new();
    let body = json!({ "text": format!("{one}, {other} and {one}."), "made_ms": 7, "n": 7 });
    transcript.note("a call", &format!("GET /v1/{one}"), "200", &body);
    let later = json!({ "made_ms": i64::MAX, "id": other.to_string() });
    transcript.note("another", "GET /v1/p00001", "200", &later);
    let expected = [
        "# a call\nGET /v1/<id 1>\n200\n\
         {\"made_ms\":7,\"n\":7,\"text\":\"<id 1>, <id 2> and <id 1>.\"}",
        "# another\nGET /v1/p00001\n200\n{\"id\":\"<id 2>\",\"made_ms\":\"<time>\"}",
    ];
    assert_eq!(transcript.entries, expected);
}

#[test]
fn a_difference_is_shown_within_its_call_and_nothing_else_is() {
    let entries = |status: &str| ["same\n200".to_owned(), format!("call\n{status}\n{{}}")];
    let found = differences(&entries("404"), &entries("500"));
    assert_eq!(found, "  call\n- 404\n+ 500\n  {}\n");
    assert_eq!(differences(&entries("404"), &entries("404")), "");
    assert_eq!(
        differences(&entries("404")[..1], &entries("404")),
        "+ call\n+ 404\n+ {}\n"
    );
}
