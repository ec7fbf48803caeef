//! The script before a purchase: browse, fill a cart, request quotes, register, log in, read
//! profiles.

use super::visitor::{Step, Visitor, step};
use serde_json::{Value, json};

/// The tokens for the rest of the script.
pub struct Tokens {
    /// A seeded customer.
    pub customer: String,
    /// A customer who has just registered.
    pub newcomer: String,
    /// A partner system.
    pub partner: String,
}

pub async fn browse(visitor: &mut Visitor) {
    visitor.send(step("the front page", "GET /v1/home")).await;
    let categories = visitor.send(step("all categories", "GET /v1/categories"));
    let category = text(&categories.await[0]["category_id"]);
    let shelf = |rest: &str| format!("GET /v1/categories/{category}/products{rest}");
    for (title, request) in [
        ("a category", shelf("")),
        ("the next page of it", shelf("?page=2")),
        ("pages count from 1", shelf("?page=0")),
        ("a page that is not a number", shelf("?page=x")),
        ("a page that is too large", shelf("?page=4294967296")),
        ("the largest page", shelf("?page=4294967295")),
        (
            "an unknown category",
            "GET /v1/categories/nothing/products".into(),
        ),
        ("a product", "GET /v1/products/p00001".into()),
        ("an unknown product", "GET /v1/products/p99999".into()),
        (
            "a product id that is not UTF-8",
            "GET /v1/products/%ff".into(),
        ),
        (
            "a product id with an SQL injection",
            "GET /v1/products/%27%20OR%201=1".into(),
        ),
        ("a search", "GET /v1/search?q=lamp".into()),
        (
            "a search for a page after the last",
            "GET /v1/search?q=lamp&page=4294967295".into(),
        ),
        (
            "a search in a category",
            format!("GET /v1/search?q=red&category={category}"),
        ),
        (
            "a search without results",
            "GET /v1/search?q=unobtainium".into(),
        ),
        (
            "a search for punctuation",
            "GET /v1/search?q=%22%2B-*(%00)".into(),
        ),
        ("a search for an empty text", "GET /v1/search?q=".into()),
        ("a search without a text", "GET /v1/search".into()),
        (
            "a search text that is too long",
            format!("GET /v1/search?q={}", "a".repeat(501)),
        ),
        (
            "completions of a word",
            "GET /v1/search/suggest?prefix=wo".into(),
        ),
        (
            "completions without a prefix",
            "GET /v1/search/suggest".into(),
        ),
    ] {
        visitor.send(step(title, request)).await;
    }
}

/// Changes a cart in many ways, and leaves two pieces of the most popular product in it.
pub async fn fill_a_cart(visitor: &mut Visitor) -> String {
    let open = |title| step(title, "POST /v1/carts").key("a cart");
    let cart = visitor.send(open("a cart")).await;
    visitor.send(open("the same cart again, by its key")).await;
    let cart = text(&cart["cart_id"]);
    let items = format!("POST /v1/carts/{cart}/items");
    let put = |title, product: &str, quantity: i64| {
        let item = json!({ "product_id": product, "quantity": quantity });
        step(title, &items).json(&item)
    };
    let remove = |title, product| step(title, format!("DELETE /v1/carts/{cart}/items/{product}"));
    let unknown = "POST /v1/carts/unknown/items";
    for request in [
        put("adding a product", "p00001", 1),
        put("adding another product", "p00002", 3),
        put("changing a quantity", "p00001", 99),
        put("a quantity of zero", "p00001", 0),
        put("a quantity that is too large", "p00001", 100),
        put("a negative quantity", "p00001", -1),
        put("an unknown product", "p99999", 1),
        step("a body that is not JSON", &items).body("{\"product_id\": \"p0"),
        step("a body that is JSON but not an item", &items).json(&json!([1, 2])),
        step("an item without a quantity", &items).json(&json!({ "product_id": "p00001" })),
        step("no body", &items),
        step("adding to an unknown cart", unknown).json(&json!({
            "product_id": "p00001", "quantity": 1,
        })),
        remove("removing a product", "p00002"),
        remove("removing it again", "p00002"),
        step(
            "removing from an unknown cart",
            "DELETE /v1/carts/unknown/items/p00001",
        ),
        step("the contents of the cart", format!("GET /v1/carts/{cart}")),
        step("the contents of an unknown cart", "GET /v1/carts/unknown"),
        step("emptying the cart", format!("DELETE /v1/carts/{cart}")),
        step("emptying an unknown cart", "DELETE /v1/carts/unknown"),
        quote("a quote for an empty cart", &json!({ "cart_id": cart })),
        put("filling the cart again", "p00001", 2),
    ] {
        visitor.send(request).await;
    }
    cart
}

pub async fn request_quotes(visitor: &mut Visitor, cart: &str) {
    let lines =
        |product: &str, quantity: u32| json!([{ "product_id": product, "quantity": quantity }]);
    let two = json!({ "lines": lines("p00003", 2) });
    let with = |name: &str, value: Value| {
        let mut body = two.clone();
        body[name] = value;
        body
    };
    let many: Vec<_> = (0..101)
        .map(|number| json!({ "product_id": format!("q{number}"), "quantity": 1 }))
        .collect();
    let twice = json!([lines("p00003", 1)[0], lines("p00003", 2)[0]]);
    for (title, body) in [
        ("a quote for the cart", json!({ "cart_id": cart })),
        ("a quote for lines", two.clone()),
        (
            "a quote for two lines of a product",
            json!({ "lines": twice }),
        ),
        ("a quote for another country", with("country", json!("AT"))),
        (
            "a quote for a country without a carrier",
            with("country", json!("AQ")),
        ),
        (
            "a quote for a country that is a number",
            with("country", json!(49)),
        ),
        ("a quote for no lines", json!({ "lines": [] })),
        ("a quote for too many lines", json!({ "lines": many })),
        (
            "a quote for a quantity of zero",
            json!({ "lines": lines("p00003", 0) }),
        ),
        (
            "a quote for a quantity that is too large",
            json!({ "lines": lines("p00003", 100) }),
        ),
        (
            "a quote for a parcel that is too heavy",
            json!({ "lines": lines("p00003", 99) }),
        ),
        (
            "a quote for an unknown product",
            json!({ "lines": lines("p99999", 1) }),
        ),
        (
            "a quote for an unknown cart",
            json!({ "cart_id": "unknown" }),
        ),
        ("a quote without a basket", json!({ "country": "DE" })),
    ] {
        visitor.send(quote(title, &body)).await;
    }
}

pub async fn register(visitor: &mut Visitor) {
    let good = account("Grace@Shop.example", "Grace Hopper", "shakedown");
    let other = account("grace@shop.example", "Grace Murray", "shakedown");
    let open = |title, body: &Value| step(title, "POST /v1/customers").json(body);
    for request in [
        open("an account", &good).key("grace"),
        open("the same account again, by its key", &good).key("grace"),
        open("another account with the same key", &other).key("grace"),
        open("an email address that is taken", &good),
        open("a short password", &account("a@shop.example", "A", "short")),
        open(
            "an invalid email address",
            &account("a@b", "A", "shakedown"),
        ),
        open("no name", &account("a@shop.example", " ", "shakedown")),
        open(
            "an account without a password",
            &json!({ "email": "a@shop.example", "name": "A" }),
        ),
    ] {
        visitor.send(request).await;
    }
}

pub async fn log_in(visitor: &mut Visitor) -> Tokens {
    let scoped = |scope: &str| {
        let mut grant = client("loadtest", "loadtest-secret");
        grant["scope"] = json!(scope);
        grant
    };
    let mut tokens = Vec::new();
    for (title, grant) in [
        ("logging in", password("c00001@shop.example", "shakedown")),
        (
            "logging in after registering",
            password("GRACE@shop.example", "shakedown"),
        ),
        ("a partner's token", client("loadtest", "loadtest-secret")),
        (
            "a wrong password",
            password("c00001@shop.example", "shakeup"),
        ),
        (
            "the password of an unknown customer",
            password("unknown@shop.example", "shakedown"),
        ),
        ("a wrong secret", client("loadtest", "guess")),
        (
            "the secret of an unknown client",
            client("unknown", "loadtest-secret"),
        ),
        ("a token for fewer scopes", scoped("payments:read")),
        (
            "a token for a scope that is not granted",
            scoped("payments:read customer"),
        ),
        ("an unknown kind of grant", json!({ "grant_type": "magic" })),
        (
            "a grant without a kind",
            json!({ "username": "c00001@shop.example" }),
        ),
    ] {
        let answer = visitor
            .send(step(title, "POST /v1/oauth/token").json(&grant))
            .await;
        tokens.extend(answer["access_token"].as_str().map(str::to_owned));
    }
    visitor
        .send(step(
            "the public keys of tokens",
            "GET /.well-known/jwks.json",
        ))
        .await;
    let mut tokens = tokens.into_iter();
    let mut next = || tokens.next().expect("the first three are granted");
    Tokens {
        customer: next(),
        newcomer: next(),
        partner: next(),
    }
}

pub async fn read_profiles(visitor: &mut Visitor, tokens: &Tokens) {
    let Tokens {
        customer, partner, ..
    } = tokens;
    let profile = |title, id: &str| step(title, format!("GET /v1/customers/{id}"));
    for request in [
        profile("the customer's own profile", "me").bearer(customer),
        profile("the customer's own profile after registering", "me").bearer(&tokens.newcomer),
        profile("the customer's own profile without a token", "me"),
        profile("the customer's own profile as a partner", "me").bearer(partner),
        profile("the customer's own profile by id", "c00001").bearer(customer),
        profile("the profile of another customer", "c00002").bearer(customer),
        profile("a profile without a token", "c00001"),
        profile("a profile as a partner", "c00002").bearer(partner),
        profile("an unknown profile as a partner", "c99999").bearer(partner),
    ] {
        visitor.send(request).await;
    }
}

fn account(email: &str, name: &str, password: &str) -> Value {
    json!({ "email": email, "name": name, "password": password })
}

/// A password grant.
fn password(who: &str, password: &str) -> Value {
    json!({ "grant_type": "password", "username": who, "password": password })
}

/// A client-credentials grant.
fn client(id: &str, secret: &str) -> Value {
    json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret })
}

fn quote(title: &'static str, body: &Value) -> Step {
    step(title, "POST /v1/orders/quote").json(body)
}

/// A text that must be in the answer.
pub fn text(value: &Value) -> String {
    value.as_str().expect("the answer has this text").to_owned()
}
