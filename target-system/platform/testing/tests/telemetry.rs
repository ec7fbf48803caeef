//! The spans of a call as an OTLP receiver gets them, and their parents.

mod receiver;
mod toy;

use opentelemetry::trace::SpanKind;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use receiver::{Receiver, attribute};
use shop_calls::Call;
use shop_telemetry::Telemetry;
use shop_testing::{Backing, Bench, Setup, Wiring};
use std::time::Duration;
use toy::{Add, Total, Toy};

/// Makes two calls as part of a root span and lets the process flush.
async fn two_calls(setup: impl Into<Setup>) -> Receiver {
    let receiver = Receiver::default();
    let endpoint = receiver.listen().await;
    let telemetry = Telemetry::exporting("bench", &endpoint).expect("the endpoint is one");
    let shop = Bench::new(setup)
        .telemetry(telemetry.clone())
        .mount::<Toy>()
        .await;
    let call = Call::within(Duration::from_secs(5));
    let root = telemetry.span(SpanKind::Internal, "a purchase", call.trace());
    let call = call.traced(root.context().clone());
    shop.call_as(&call, Add { amount: 1 })
        .await
        .expect("it adds");
    shop.call_as(&call, Total {}).await.expect("it adds up");
    drop(root);
    telemetry.stop(Duration::from_secs(5)).await;
    receiver
}

#[tokio::test]
async fn a_call_over_http_is_a_client_span_above_a_server_span_above_its_statements() {
    let receiver = two_calls(Wiring::Http).await;
    let root = receiver.span("a purchase", Kind::Internal);
    let client = receiver.span("cart/Add", Kind::Client);
    let server = receiver.span("POST /rpc/cart/Add", Kind::Server);
    let statement = receiver.span("INSERT cart_toy", Kind::Client);
    assert_eq!(client.parent_span_id, root.span_id);
    assert_eq!(server.parent_span_id, client.span_id);
    assert_eq!(statement.parent_span_id, server.span_id);
    assert!(
        receiver
            .spans()
            .iter()
            .all(|span| span.trace_id == root.trace_id)
    );
    assert_eq!(attribute(&client, "peer.service"), "bench");
    assert_eq!(attribute(&client, "http.response.status_code"), "200");
    assert_eq!(attribute(&client, "server.address"), "127.0.0.1");
    assert_eq!(attribute(&server, "shop.context"), "cart");
    assert_eq!(attribute(&server, "http.route"), "/rpc/cart/Add");
    assert_eq!(attribute(&server, "http.response.status_code"), "200");
    assert_eq!(attribute(&statement, "db.collection.name"), "cart_toy");
    assert_eq!(
        receiver.service_names().first().map(String::as_str),
        Some("bench")
    );
}

#[tokio::test]
async fn a_call_in_process_is_one_internal_span_of_the_callee() {
    let receiver = two_calls(Wiring::InProcess).await;
    let root = receiver.span("a purchase", Kind::Internal);
    let inner = receiver.span("cart/Total", Kind::Internal);
    let statement = receiver.span("SELECT cart_toy", Kind::Client);
    assert_eq!(inner.parent_span_id, root.span_id);
    assert_eq!(attribute(&inner, "shop.context"), "cart");
    let statements = receiver.spans();
    let under_total = statements
        .iter()
        .any(|s| s.name == statement.name && s.parent_span_id == inner.span_id);
    assert!(under_total);
}

#[tokio::test]
async fn a_statement_names_the_engine_that_runs_it() {
    for setup in Setup::each(Wiring::InProcess) {
        let receiver = two_calls(setup).await;
        let statement = receiver.span("INSERT cart_toy", Kind::Client);
        let engine = match setup.backing {
            Backing::Sqlite => "sqlite",
            Backing::Postgres => "postgresql",
        };
        assert_eq!(attribute(&statement, "db.system.name"), engine);
        let names_its_server = statement
            .attributes
            .iter()
            .any(|a| a.key == "server.address");
        assert_eq!(names_its_server, setup.backing == Backing::Postgres);
    }
}
