//! A gateway on the bench with fakes of the contexts behind it, and tokens that are signed here.

#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use shop_contracts::catalog::{CatalogError, Featured, GetProduct, Product, ProductSummary};
use shop_contracts::identity::{Customer, GetCustomer, IdentityError, Jwk, JwkSet, Jwks};
use shop_contracts::order::{Get, Order, OrderError, OrderStatus, Place, Quotation};
use shop_contracts::payment::{Authorise, PaymentError};
use shop_contracts::shipping::{Shipment, ShipmentStatus, ShippingError, Track};
use shop_contracts::{CategoryId, Cents, CustomerId, OrderId, Tracking};
use shop_gateway::Gateway;
use shop_testing::{Bench, Mount, Wiring};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tower::ServiceExt as _;

/// The shop behind the gateway: `c00001` has order `o1` and shipment `t1`.
pub fn shop(wiring: Wiring) -> Bench {
    Bench::new(wiring)
        .fake(|_: Featured| Ok(Vec::<ProductSummary>::new()))
        .fake(|request: GetProduct| match request.product_id.as_ref() {
            "p00001" => Ok(product(&request)),
            _ => Err(CatalogError::UnknownProduct),
        })
        .fake(|request: GetCustomer| Ok(customer(request.customer_id)))
        .fake(|request: Get| match request.order_id.as_ref() {
            "o1" => Ok(order(CustomerId::seeded(1))),
            _ => Err(OrderError::UnknownOrder),
        })
        .fake(|request: Place| Ok(order(request.customer_id)))
        .fake(|request: Track| match request.tracking.as_ref() {
            "t1" => Ok(shipment()),
            _ => Err(ShippingError::UnknownShipment),
        })
        .fake(|_: Authorise| Err(PaymentError::ReferenceReused))
}

/// A fake of identity that publishes keys.
#[derive(Clone, Default)]
pub struct Keys {
    pub fetches: Arc<AtomicUsize>,
    pub down: Arc<AtomicBool>,
}

impl Keys {
    pub fn serve(&self, bench: Bench) -> Bench {
        let keys = self.clone();
        bench.fake(move |_: Jwks| {
            keys.fetches.fetch_add(1, Ordering::SeqCst);
            if keys.down.load(Ordering::SeqCst) {
                let reason = "down".to_owned();
                return Err(IdentityError::Invalid { reason });
            }
            Ok(JwkSet { keys: vec![jwk()] })
        })
    }
}

/// A gateway with all fakes.
pub async fn gateway(wiring: Wiring) -> Mount {
    Keys::default().serve(shop(wiring)).mount::<Gateway>().await
}

/// The parts of an answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// Sends a request; `line` is as in `GET /v1/home`.
pub async fn send(gateway: &Mount, line: &str, token: Option<&str>, body: Option<Value>) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let request = request.body(body).unwrap();
    let response = gateway.router().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Answer {
        status,
        headers,
        body,
    }
}

/// Sends a request and returns the status alone.
pub async fn status(gateway: &Mount, line: &str, token: Option<&str>) -> u16 {
    send(gateway, line, token, None).await.status.as_u16()
}

/// A valid token, as in `token("customer:c00001", "customer")`.
pub fn token(subject: &str, scope: &str) -> String {
    sign("k1", "https://shop.example/identity", subject, scope, 60)
}

/// A token that may be invalid in any of these parts.
pub fn sign(kid: &str, issuer: &str, subject: &str, scope: &str, seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let exp = i64::try_from(now.as_secs()).unwrap() + seconds;
    let claims = json!({ "iss": issuer, "sub": subject, "scope": scope, "exp": exp });
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.to_owned());
    let key = EncodingKey::from_ed_der(pair().to_pkcs8().unwrap().as_ref());
    jsonwebtoken::encode(&header, &claims, &key).unwrap()
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn jwk() -> Jwk {
    Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        alg: "EdDSA".to_owned(),
        kid: "k1".to_owned(),
        usage: "sig".to_owned(),
        x: URL_SAFE_NO_PAD.encode(pair().public_key()),
    }
}

fn product(request: &GetProduct) -> Product {
    Product {
        product_id: request.product_id.clone(),
        name: "Lamp".to_owned(),
        description: String::new(),
        category_id: CategoryId::from("home"),
        price: Cents(999),
        weight_grams: 500,
        price_version: 1,
    }
}

fn customer(customer_id: CustomerId) -> Customer {
    Customer {
        email: format!("{customer_id}@shop.example"),
        customer_id,
        name: "Ada".to_owned(),
        registered_ms: 0,
    }
}

fn order(customer_id: CustomerId) -> Order {
    Order {
        order_id: OrderId::from("o1"),
        customer_id,
        status: OrderStatus::Paid,
        price: Quotation {
            lines: vec![],
            items: Cents(0),
            shipping: Cents(0),
            tax: Cents(0),
            total: Cents(0),
        },
        payment_id: None,
        tracking: Some(Tracking::from("t1")),
        placed_ms: 0,
    }
}

fn shipment() -> Shipment {
    Shipment {
        tracking: Tracking::from("t1"),
        order_id: OrderId::from("o1"),
        carrier: "DHL".to_owned(),
        country: "DE".to_owned(),
        weight_grams: 500,
        price: Cents(499),
        status: ShipmentStatus::Booked,
        created_ms: 0,
    }
}
