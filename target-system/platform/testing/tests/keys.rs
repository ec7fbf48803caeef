//! Keys on Redis: a change is atomic, and a server that is gone may come back. Skipped
//! without a server.

mod proxy;
#[expect(dead_code, reason = "the tests of telemetry look at more")]
mod receiver;
mod toy;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use proxy::Proxy;
use shop_calls::Call;
use shop_contracts::{Context, ErrorCode};
use shop_stores::{Entry, Keys, Swapped};
use shop_telemetry::Telemetry;
use shop_testing::server;
use std::time::Duration;

use receiver::{Receiver, attribute};

const ENTRY: Entry<'_> = Entry {
    kind: "cart",
    id: "c1",
    lasts: Duration::from_secs(60),
};

fn call() -> Call {
    Call::within(Duration::from_secs(10))
}

fn keys(url: &str, telemetry: Telemetry) -> Keys {
    let prefix = format!("test-{}", uuid::Uuid::now_v7());
    Keys::at(url, &prefix, Context::Cart, telemetry).expect("the URL is one of Redis")
}

async fn create(keys: &Keys, value: &str) {
    let request = toy::Add { amount: 1 };
    let call = call();
    let created = keys.create_once(&call, &request, &ENTRY, value, 1);
    created.await.expect("the server is there");
}

#[tokio::test]
async fn a_value_is_replaced_only_if_it_is_the_expected_one_and_once_for_each_fact() {
    let Some(url) = server("SHAKEDOWN_TEST_REDIS") else {
        return;
    };
    let keys = keys(&url, Telemetry::untraced());
    create(&keys, "one").await;
    let swap = async |before, after, heard| {
        let swapped = keys.swap(&call(), &ENTRY, before, after, heard).await;
        swapped.expect("the server is there")
    };
    assert_eq!(swap("one", "two", None).await, Swapped::Done);
    assert_eq!(swap("one", "three", Some("f1")).await, Swapped::Lost);
    assert_eq!(swap("two", "three", Some("f1")).await, Swapped::Done);
    assert_eq!(swap("three", "four", Some("f1")).await, Swapped::Heard);
    let kept = keys.get(&call(), &ENTRY).await.unwrap();
    assert_eq!(kept.as_deref(), Some("three"));
}

#[tokio::test]
async fn while_the_server_is_gone_calls_fail_as_unavailable_and_succeed_once_it_is_back() {
    let Some(url) = server("SHAKEDOWN_TEST_REDIS") else {
        return;
    };
    let proxy = Proxy::to(&url).await;
    let keys = keys(&proxy.url, Telemetry::untraced());
    let error = keys.get(&call(), &ENTRY).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
    proxy.open();
    for round in ["first", "second"] {
        let back = async {
            while keys.get(&call(), &ENTRY).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(10);
        tokio::time::timeout(limit, back).await.expect(round);
        create(&keys, round).await;
        let kept = keys.get(&call(), &ENTRY).await.unwrap();
        assert_eq!(kept.as_deref(), Some(round));
        proxy.cut();
        let error = keys.get(&call(), &ENTRY).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
        proxy.open();
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_no_longer_than_the_call_lasts() {
    let Some(url) = server("SHAKEDOWN_TEST_REDIS") else {
        return;
    };
    let proxy = Proxy::to(&url).await;
    proxy.open();
    let keys = keys(&proxy.url, Telemetry::untraced());
    create(&keys, "one").await;
    proxy.mute();
    let brief = Call::within(Duration::from_millis(100));
    let error = keys.get(&brief, &ENTRY).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Deadline, "{error}");
}

#[tokio::test]
async fn an_operation_on_keys_is_a_span_below_its_call() {
    let Some(url) = server("SHAKEDOWN_TEST_REDIS") else {
        return;
    };
    let receiver = Receiver::default();
    let telemetry = Telemetry::exporting("bench", &receiver.listen().await).unwrap();
    let keys = keys(&url, telemetry.clone());
    let root = telemetry.span(
        opentelemetry::trace::SpanKind::Internal,
        "a visit",
        call().trace(),
    );
    let visit = call().traced(root.context().clone());
    keys.get(&visit, &ENTRY).await.unwrap();
    drop(root);
    telemetry.stop(Duration::from_secs(5)).await;
    let (root, get) = (
        receiver.span("a visit", Kind::Internal),
        receiver.span("GET cart", Kind::Client),
    );
    assert_eq!(get.parent_span_id, root.span_id);
    assert_eq!(attribute(&get, "db.system.name"), "redis");
}
