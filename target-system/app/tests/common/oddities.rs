//! Odd requests: tokens that are no good, paths that are none, bodies that are too
//! large, and attempts to get behind the counter.

use super::strangers::Tokens;
use super::visitor::{Visitor, ask};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// The largest body that the gateway takes.
const LARGEST: usize = 2 << 20;

pub async fn show_bad_tokens(you: &mut Visitor, tokens: &Tokens, key: &EncodingKey) {
    let good = &tokens.customer;
    let (_, signature) = good.rsplit_once('.').expect("a token has three parts");
    let forged = |claim: &str, value: Value| {
        let mut claims = claims(good);
        claims[claim] = value;
        signed(good, &claims, key)
    };
    let altered = forged("sub", json!("customer:c00002"));
    let (head, _) = altered.rsplit_once('.').expect("a token has three parts");
    let me = |what| ask(what, "GET /v1/customers/me");
    for request in [
        me("a token that is none").bearer("nonsense"),
        me("a token that is empty").bearer(""),
        me("another scheme").header("authorization", "Basic YzAwMDAxOnNoYWtlZG93bg=="),
        me("no scheme").header("authorization", good),
        me("somebody else's name under one's signature").bearer(&format!("{head}.{signature}")),
        me("a token that has expired").bearer(&forged("exp", json!(1_735_689_600))),
        me("a token of somebody else").bearer(&forged("iss", json!("https://elsewhere"))),
        me("a token for a robot").bearer(&forged("sub", json!("robot:1"))),
        me("a token without a scope").bearer(&forged("scope", json!(""))),
        me("a token for who is gone").bearer(&forged("sub", json!("customer:c99999"))),
        ask("a bad token where none is needed", "GET /v1/home").bearer("nonsense"),
    ] {
        you.asks(request).await;
    }
}

pub async fn try_odd_requests(you: &mut Visitor, tokens: &Tokens, cart: &str) {
    let customer = r#"{"subject":{"customer":"c00001"},"scopes":["customer"]}"#;
    let behind = r#"{"order_id": "nothing"}"#;
    for request in [
        ask("nothing", "GET /"),
        ask("a path that is none", "GET /v1/nothing"),
        ask("a path with something after it", "GET /v1/home/"),
        ask("another version", "GET /v2/home"),
        ask("a method that a path does not have", "DELETE /v1/home"),
        ask("another such method", "PUT /v1/orders").bearer(&tokens.customer),
        ask("a method that nobody knows", "BREW /v1/home"),
        ask("the front page without its body", "HEAD /v1/home"),
        ask("the way behind the counter", "POST /rpc/order/Get").body(behind),
        ask("the way behind the edge", "POST /rpc/gateway/Get").body(behind),
        ask("the way of facts", "POST /rpc/notification/Deliver").body("{}"),
        ask("a name tag", "GET /v1/customers/me").header("x-shop-principal", customer),
        ask("a key that is empty", "POST /v1/carts").key(""),
        ask("a key that is too long", "POST /v1/carts").key(&"k".repeat(256)),
        ask("a key as long as can be", "POST /v1/carts").key(&"k".repeat(255)),
        ask("a key with an umlaut", "POST /v1/carts").key("schlüssel"),
        ask(
            "a key where none is needed",
            format!("GET /v1/carts/{cart}"),
        )
        .key("k"),
        ask("a body that says it is a form", "POST /v1/orders/quote")
            .header("content-type", "application/x-www-form-urlencoded")
            .json(&json!({ "cart_id": cart })),
        ask("the largest body", "POST /v1/orders/quote").body(cart_named(LARGEST)),
        ask("a body that is too large", "POST /v1/orders/quote").body(cart_named(LARGEST + 1)),
    ] {
        you.asks(request).await;
    }
}

/// A quote of a cart whose name makes the body this long.
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

/// A token with these claims, signed with the key of the shop.
fn signed(like: &str, claims: &Value, key: &EncodingKey) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = jsonwebtoken::decode_header(like)
        .expect("it is a token")
        .kid;
    jsonwebtoken::encode(&header, claims, key).expect("it can be signed")
}
