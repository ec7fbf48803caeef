//! The script of invalid and unusual requests: bad tokens, unknown paths, large bodies, and
//! attempts to reach internal routes.

use super::browsing::Tokens;
use super::visitor::{Visitor, step};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// The largest body that the gateway accepts.
const LARGEST: usize = 2 << 20;

pub async fn send_bad_tokens(visitor: &mut Visitor, tokens: &Tokens, key: &EncodingKey) {
    let good = &tokens.customer;
    let (_, signature) = good.rsplit_once('.').expect("a token has three parts");
    let forged = |claim: &str, value: Value| {
        let mut claims = claims(good);
        claims[claim] = value;
        signed(good, &claims, key)
    };
    let altered = forged("sub", json!("customer:c00002"));
    let (head, _) = altered.rsplit_once('.').expect("a token has three parts");
    let me = |title| step(title, "GET /v1/customers/me");
    for request in [
        me("a token that is not a JWT").bearer("nonsense"),
        me("an empty token").bearer(""),
        me("another authentication scheme")
            .header("authorization", "Basic YzAwMDAxOnNoYWtlZG93bg=="),
        me("no authentication scheme").header("authorization", good),
        me("another subject with the old signature").bearer(&format!("{head}.{signature}")),
        me("an expired token").bearer(&forged("exp", json!(1_735_689_600))),
        me("a token of another issuer").bearer(&forged("iss", json!("https://elsewhere"))),
        me("a token for an unknown kind of subject").bearer(&forged("sub", json!("robot:1"))),
        me("a token without a scope").bearer(&forged("scope", json!(""))),
        me("a token for an unknown customer").bearer(&forged("sub", json!("customer:c99999"))),
        step("a bad token where none is required", "GET /v1/home").bearer("nonsense"),
    ] {
        visitor.send(request).await;
    }
}

pub async fn send_unusual_requests(visitor: &mut Visitor, tokens: &Tokens, cart: &str) {
    let customer = r#"{"subject":{"customer":"c00001"},"scopes":["customer"]}"#;
    let get_order = r#"{"order_id": "nothing"}"#;
    for request in [
        step("the root path", "GET /"),
        step("an unknown path", "GET /v1/nothing"),
        step("a path with a trailing slash", "GET /v1/home/"),
        step("an unknown version", "GET /v2/home"),
        step("a method that a path does not support", "DELETE /v1/home"),
        step("another such method", "PUT /v1/orders").bearer(&tokens.customer),
        step("an unknown method", "BREW /v1/home"),
        step("the front page without its body", "HEAD /v1/home"),
        step("the internal route of a call", "POST /rpc/order/Get").body(get_order),
        step("the internal route of the gateway", "POST /rpc/gateway/Get").body(get_order),
        step(
            "the internal route of facts",
            "POST /rpc/notification/Deliver",
        )
        .body("{}"),
        step("a forged internal principal", "GET /v1/customers/me")
            .header("x-shop-principal", customer),
        step("an empty key", "POST /v1/carts").key(""),
        step("a key that is too long", "POST /v1/carts").key(&"k".repeat(256)),
        step("the longest key", "POST /v1/carts").key(&"k".repeat(255)),
        step("a key with an umlaut", "POST /v1/carts").key("schlüssel"),
        step(
            "a key where none is required",
            format!("GET /v1/carts/{cart}"),
        )
        .key("k"),
        step(
            "a body with the content type of a form",
            "POST /v1/orders/quote",
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .json(&json!({ "cart_id": cart })),
        step("the largest body", "POST /v1/orders/quote").body(cart_named(LARGEST)),
        step("a body that is too large", "POST /v1/orders/quote").body(cart_named(LARGEST + 1)),
    ] {
        visitor.send(request).await;
    }
}

/// A quote for a cart whose id makes the body this long.
fn cart_named(bytes: usize) -> String {
    let (before, after) = (r#"{"cart_id":""#, r#""}"#);
    let name = "x".repeat(bytes - before.len() - after.len());
    format!("{before}{name}{after}")
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a token has three parts");
    let json = URL_SAFE_NO_PAD.decode(part).expect("it is base64url");
    serde_json::from_slice(&json).expect("it is JSON")
}

/// A token with these claims, signed with the shop's key.
fn signed(like: &str, claims: &Value, key: &EncodingKey) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = jsonwebtoken::decode_header(like)
        .expect("it is a token")
        .kid;
    jsonwebtoken::encode(&header, claims, key).expect("it can be signed")
}
