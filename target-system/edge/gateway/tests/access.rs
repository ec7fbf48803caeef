//! Authentication and authorisation at the gateway.

mod common;

use common::{Keys, gateway, send, shop, sign, status, token};
use shop_gateway::Gateway;
use shop_testing::{Bench, Wiring};
use std::sync::atomic::Ordering;
use std::time::Duration;

const ISSUER: &str = "https://shop.example/identity";

#[tokio::test]
async fn a_customer_sees_their_own_order_and_shipment_and_no_others() {
    for wiring in Wiring::ALL {
        let gateway = gateway(wiring).await;
        let one = token("customer:c00001", "customer");
        let other = token("customer:c00002", "customer");
        for path in ["GET /v1/orders/o1", "GET /v1/shipments/t1"] {
            assert_eq!(status(&gateway, path, Some(&one)).await, 200, "{wiring:?}");
            assert_eq!(status(&gateway, path, Some(&other)).await, 404, "{path}");
            assert_eq!(status(&gateway, path, None).await, 401, "{path}");
        }
        let cancel = "POST /v1/orders/o1/cancel";
        assert_eq!(status(&gateway, cancel, Some(&other)).await, 404);
    }
}

#[tokio::test]
async fn a_customer_sees_their_own_account_and_a_scope_sees_all() {
    for wiring in Wiring::ALL {
        let gateway = gateway(wiring).await;
        let one = token("customer:c00001", "customer");
        let partner = token("client:loadtest", "customers:read shipments:read");
        let me = send(&gateway, "GET /v1/customers/me", Some(&one), None).await;
        assert_eq!(me.body["customer_id"], "c00001", "{wiring:?}");
        let cases = [
            ("GET /v1/customers/c00001", &one, 200),
            ("GET /v1/customers/c00002", &one, 404),
            ("GET /v1/customers/c00002", &partner, 200),
            ("GET /v1/customers/me", &partner, 403),
            ("GET /v1/orders/o1", &partner, 403),
            ("GET /v1/shipments/t1", &partner, 200),
            ("POST /v1/payments", &partner, 403),
            ("POST /v1/payments", &one, 403),
        ];
        for (ask, token, expected) in cases {
            let answer = status(&gateway, ask, Some(token)).await;
            assert_eq!(answer, expected, "{ask} {wiring:?}");
        }
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_even_where_none_is_needed() {
    let gateway = gateway(Wiring::InProcess).await;
    let customer = ("customer:c00001", "customer");
    let good = token(customer.0, customer.1);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    let bad = [
        "nonsense".to_owned(),
        format!("{head}.{flipped}"),
        sign("k1", ISSUER, customer.0, customer.1, -60),
        sign("k1", "https://elsewhere", customer.0, customer.1, 60),
        sign("k9", ISSUER, customer.0, customer.1, 60),
        sign("k1", ISSUER, "robot:1", customer.1, 60),
    ];
    assert_eq!(status(&gateway, "GET /v1/home", Some(&good)).await, 200);
    for token in bad {
        let answer = send(&gateway, "GET /v1/home", Some(&token), None).await;
        assert_eq!(answer.status, 401, "{token}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(answer.body["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn a_token_without_the_customer_scope_is_not_that_of_a_customer() {
    let gateway = gateway(Wiring::InProcess).await;
    let narrow = token("customer:c00001", "");
    let answer = status(&gateway, "GET /v1/customers/me", Some(&narrow)).await;
    assert_eq!(answer, 403);
}

#[tokio::test]
async fn known_keys_go_on_working_when_identity_is_down() {
    for wiring in Wiring::ALL {
        let keys = Keys::default();
        let gateway = keys.serve(shop(wiring)).mount::<Gateway>().await;
        let token = token("customer:c00001", "customer");
        assert_eq!(
            status(&gateway, "GET /v1/orders/o1", Some(&token)).await,
            200
        );
        let asked = keys.asked.load(Ordering::SeqCst);
        keys.down.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            let answer = status(&gateway, "GET /v1/orders/o1", Some(&token)).await;
            assert_eq!(answer, 200, "{wiring:?}");
        }
        assert_eq!(keys.asked.load(Ordering::SeqCst), asked);
    }
}

#[tokio::test]
async fn without_identity_anonymous_requests_succeed_and_tokens_cannot_be_verified() {
    let keys = Keys::default();
    let gateway = keys.serve(shop(Wiring::InProcess)).mount::<Gateway>().await;
    keys.down.store(true, Ordering::SeqCst);
    let token = token("customer:c00001", "customer");
    assert_eq!(status(&gateway, "GET /v1/home", None).await, 200);
    for _ in 0..2 {
        let answer = send(&gateway, "GET /v1/orders/o1", Some(&token), None).await;
        assert_eq!(answer.status, 503);
    }
    let nobody = Bench::new(Wiring::InProcess).mount::<Gateway>().await;
    let answer = status(&nobody, "GET /v1/orders/o1", Some(&token)).await;
    assert_eq!(answer, 503);
}

#[tokio::test]
async fn unknown_keys_are_fetched_at_most_once_a_second() {
    let keys = Keys::default();
    let gateway = keys.serve(shop(Wiring::InProcess)).mount::<Gateway>().await;
    tokio::time::pause();
    let foreign = sign("k9", ISSUER, "customer:c00001", "customer", 60);
    for _ in 0..5 {
        let answer = status(&gateway, "GET /v1/home", Some(&foreign)).await;
        assert_eq!(answer, 401);
    }
    assert_eq!(keys.asked.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_millis(1001)).await;
    assert_eq!(status(&gateway, "GET /v1/home", Some(&foreign)).await, 401);
    assert_eq!(keys.asked.load(Ordering::SeqCst), 2);
}
