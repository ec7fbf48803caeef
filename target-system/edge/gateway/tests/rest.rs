//! How the gateway speaks HTTP: statuses, problems, limits, degradation, its own description.

mod common;

use axum::body::Body;
use common::{Keys, gateway, send, shop, status, token};
use http::Request;
use serde_json::{Value, json};
use shop_contracts::inventory::{Availability, Stock};
use shop_contracts::payment::{Payment, PaymentStatus, Refund};
use shop_contracts::search::Query;
use shop_contracts::shipping::{Rate, Rates};
use shop_contracts::{Cents, Page};
use shop_gateway::Gateway;
use shop_testing::Wiring;
use tower::ServiceExt as _;

fn purchase() -> Value {
    json!({
        "lines": [{ "product_id": "p00001", "quantity": 1 }],
        "address": {
            "name": "Ada Lovelace", "street": "Kanalstr. 1", "city": "Berlin",
            "postcode": "10115", "country": "DE",
        },
        "card": { "number": "4242424242424242", "holder": "Ada Lovelace", "expiry": "12/39" },
    })
}

#[tokio::test]
async fn a_product_is_shown_with_its_stock_and_also_without() {
    for wiring in Wiring::ALL {
        let stock = |ask: Availability| {
            let of = |product_id| Stock {
                product_id,
                available: 3,
            };
            Ok(ask.product_ids.into_iter().map(of).collect())
        };
        let whole = shop(wiring).fake(stock).mount::<Gateway>().await;
        let shown = send(&whole, "GET /v1/products/p00001", None, None).await;
        assert_eq!(
            (shown.status.as_u16(), &shown.body["available"]),
            (200, &json!(3))
        );
        assert_eq!(status(&whole, "GET /v1/products/p9", None).await, 404);

        let without_inventory = gateway(wiring).await;
        let shown = send(&without_inventory, "GET /v1/products/p00001", None, None).await;
        assert_eq!(shown.status, 200, "{wiring:?}");
        assert_eq!(shown.body["name"], "Lamp");
        assert_eq!(shown.body["available"], Value::Null);
    }
}

#[tokio::test]
async fn the_customer_of_an_order_is_the_one_of_the_token() {
    for wiring in Wiring::ALL {
        let gateway = gateway(wiring).await;
        let token = token("customer:c00002", "customer");
        let mut forged = purchase();
        forged["customer_id"] = json!("c00001");
        let placed = send(&gateway, "POST /v1/orders", Some(&token), Some(forged)).await;
        assert_eq!(placed.status, 201, "{wiring:?} {}", placed.body);
        assert_eq!(placed.body["customer_id"], "c00002");
    }
}

#[tokio::test]
async fn a_refusal_of_the_domain_has_its_own_status() {
    for wiring in Wiring::ALL {
        let gateway = gateway(wiring).await;
        let token = token("client:loadtest", "payments:write");
        let body = json!({ "reference": "r1", "amount": 500, "card": purchase()["card"] });
        let answer = send(&gateway, "POST /v1/payments", Some(&token), Some(body)).await;
        assert_eq!(answer.status, 422, "{wiring:?}");
        assert_eq!(answer.body["code"], "idempotency_key_reused");
    }
}

#[tokio::test]
async fn every_fault_of_a_request_is_answered_with_a_problem() {
    let gateway = gateway(Wiring::InProcess).await;
    let token = token("customer:c00001", "customer");
    let cases = [
        ("POST /v1/orders", Some(json!({})), 400),
        ("POST /v1/orders", None, 400),
        ("GET /v1/orders?page=0", None, 400),
        ("GET /v1/orders?page=x", None, 400),
        ("GET /v1/search", None, 400),
        ("DELETE /v1/home", None, 405),
        ("PUT /v1/orders/o1", None, 405),
        ("GET /v1/products/p9", None, 404),
    ];
    for (ask, body, expected) in cases {
        let answer = send(&gateway, ask, Some(&token), body).await;
        assert_eq!(answer.status, expected, "{ask}");
        assert!(answer.body["code"].is_string(), "{ask}");
        assert!(answer.body["message"].is_string(), "{ask}");
    }
}

#[tokio::test]
async fn a_body_over_two_mebibytes_is_too_large_and_one_below_is_read() {
    let gateway = gateway(Wiring::InProcess).await;
    let token = token("customer:c00001", "customer");
    for (length, expected) in [(2 * 1024 * 1024 + 1, 413), (1024 * 1024, 201)] {
        let mut body = purchase();
        body["remark"] = json!("");
        let padding = length - body.to_string().len();
        body["remark"] = json!("x".repeat(padding));
        let answer = send(&gateway, "POST /v1/orders", Some(&token), Some(body)).await;
        assert_eq!(answer.status, expected, "{length} bytes: {}", answer.body);
        assert_eq!(answer.body["code"].is_string(), expected == 413);
    }
}

#[tokio::test]
async fn a_problem_does_not_repeat_what_may_be_secret() {
    let gateway = gateway(Wiring::InProcess).await;
    let token = token("customer:c00001", "customer");
    let mut body = purchase();
    body["card"] = json!("4242424242424242");
    let answer = send(&gateway, "POST /v1/orders", Some(&token), Some(body)).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.body.to_string().contains("4242"));
}

#[tokio::test]
async fn a_client_over_its_rate_gets_the_time_to_retry_after() {
    let gateway = Keys::default()
        .serve(shop(Wiring::InProcess))
        .settings(r#"{"gateway": {"requests_per_second": 1, "burst": 2}}"#)
        .mount::<Gateway>()
        .await;
    let one = token("customer:c00001", "customer");
    let other = token("customer:c00002", "customer");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let answer = send(&gateway, "GET /v1/home", Some(&one), None).await;
        if answer.status == 429 {
            assert_eq!(answer.headers["retry-after"], "1");
            assert_eq!(answer.body["code"], "rate_limited");
        }
        statuses.push(answer.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(status(&gateway, "GET /v1/home", Some(&other)).await, 200);
    assert_eq!(status(&gateway, "GET /v1/home", None).await, 200);
}

#[tokio::test]
async fn every_documented_method_is_mounted_and_every_other_is_not() {
    let gateway = gateway(Wiring::InProcess).await;
    let document = send(&gateway, "GET /openapi.json", None, None).await.body;
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            // Fakes answer few of these calls; what matters is that a callee was found.
            let ask = format!("{method} {}", path.replace(['{', '}'], ""));
            let mounted = status(&gateway, &ask, None).await != 405;
            let documented = item.get(method.to_lowercase()).is_some();
            assert_eq!(mounted, documented, "{ask}");
        }
    }
}

#[tokio::test]
async fn the_document_says_who_may_use_a_route_and_what_it_creates() {
    let gateway = gateway(Wiring::InProcess).await;
    let document = send(&gateway, "GET /openapi.json", None, None).await.body;
    let place = &document["paths"]["/v1/orders"]["post"];
    assert_eq!(place["security"], json!([{ "bearer": ["customer"] }]));
    assert!(place["responses"]["201"].is_object());
    assert!(document["paths"]["/v1/home"]["get"]["security"].is_null());
}

/// The load generator and the gateway meet in this file and nowhere else.
#[tokio::test]
async fn every_request_of_the_load_generator_has_a_route() {
    let gateway = gateway(Wiring::InProcess).await;
    let workload = include_str!("../../../../scenarios/workloads/shop.toml");
    let requests: Vec<String> = workload
        .lines()
        .filter_map(|line| line.strip_prefix("request = \"")?.strip_suffix('"'))
        .map(|request| request.replace("{page}", "1").replace("{weight}", "500"))
        .map(|request| request.replace(['{', '}'], ""))
        .collect();
    assert!(requests.len() > 20);
    for request in requests {
        let answer = send(&gateway, &request, None, None).await;
        assert_ne!(answer.status, 405, "{request}");
        // The process adds the answer to unknown paths; here it would have no body.
        assert_ne!(answer.body, Value::Null, "{request}");
    }
}

#[test]
fn identity_and_gateway_agree_on_who_issues_tokens() {
    let issuer = |settings: &'static str| {
        let mut lines = settings.lines();
        lines.find(|line| line.starts_with("issuer = ")).unwrap()
    };
    assert_eq!(
        issuer(include_str!("../settings.toml")),
        issuer(include_str!("../../../contexts/identity/settings.toml"))
    );
}

/// A refund without a reference is named by the key, so here the key can be seen.
#[tokio::test]
async fn a_post_has_an_idempotency_key_whether_the_client_sends_one_or_not() {
    let refund = |ask: Refund| match ask.reference.len() {
        2 | 36 => Ok(Payment {
            payment_id: ask.payment_id,
            reference: ask.reference,
            status: PaymentStatus::Refunded,
            amount: Cents(1),
            refunded: Cents(1),
            card_last_four: String::new(),
            created_ms: 0,
        }),
        _ => Err(shop_contracts::payment::PaymentError::UnknownPayment),
    };
    let bench = Keys::default().serve(shop(Wiring::InProcess)).fake(refund);
    let gateway = bench.mount::<Gateway>().await;
    let token = token("client:loadtest", "payments:write");
    let long = "k".repeat(256);
    let cases = [
        (Some("k1"), 200),
        (None, 200),
        (Some(long.as_str()), 400),
        (Some(""), 400),
        (Some("schl\u{fc}ssel"), 400),
    ];
    for (key, expected) in cases {
        let mut request = Request::post("/v1/payments/x/refund")
            .header("authorization", format!("Bearer {token}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Body::from("{}")).unwrap();
        let response = gateway.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), expected, "{key:?}");
    }
}

#[tokio::test]
async fn the_query_string_reaches_the_callee() {
    let rates = |ask: Rates| {
        Ok(vec![Rate {
            carrier: ask.country,
            price: Cents(0),
            days: ask.weight_grams,
        }])
    };
    let search = |ask: Query| {
        assert_eq!(ask.text, "red lamp");
        Ok(Page {
            items: vec![],
            page: ask.page,
            total: u64::from(ask.category.is_some()),
        })
    };
    let bench = shop(Wiring::InProcess).fake(rates).fake(search);
    let gateway = bench.mount::<Gateway>().await;
    let rates = "GET /v1/shipping/rates?country=DE&weight_grams=500";
    let offered = send(&gateway, rates, None, None).await.body;
    assert_eq!(
        (&offered[0]["carrier"], &offered[0]["days"]),
        (&json!("DE"), &json!(500))
    );
    for (rest, page, total) in [("", 1, 0), ("&page=3&category=lamps", 3, 1)] {
        let ask = format!("GET /v1/search?q=red%20lamp{rest}");
        let found = send(&gateway, &ask, None, None).await.body;
        assert_eq!(
            (&found["page"], &found["total"]),
            (&json!(page), &json!(total))
        );
    }
}
