//! What an anonymous visitor does: look around, fill a cart, ask for prices,
//! open an account, log in.

use super::visitor::{Ask, Visitor, ask};
use serde_json::{Value, json};

/// The tokens of those who go on to buy.
pub struct Tokens {
    /// A seeded customer.
    pub customer: String,
    /// Somebody who has just registered.
    pub newcomer: String,
    /// A partner system.
    pub partner: String,
}

pub async fn look_around(you: &mut Visitor) {
    you.asks(ask("the front page", "GET /v1/home")).await;
    let categories = you.asks(ask("all categories", "GET /v1/categories"));
    let category = text(&categories.await[0]["category_id"]);
    let shelf = |rest: &str| format!("GET /v1/categories/{category}/products{rest}");
    for (what, request) in [
        ("a category", shelf("")),
        ("the next page of it", shelf("?page=2")),
        ("pages count from 1", shelf("?page=0")),
        ("a page that is no number", shelf("?page=x")),
        ("a page beyond all numbers", shelf("?page=4294967296")),
        ("the last page there can be", shelf("?page=4294967295")),
        (
            "a category that is none",
            "GET /v1/categories/nothing/products".into(),
        ),
        ("a product", "GET /v1/products/p00001".into()),
        ("a product that is none", "GET /v1/products/p99999".into()),
        (
            "a product whose id is no text",
            "GET /v1/products/%ff".into(),
        ),
        (
            "a product whose id is a trick",
            "GET /v1/products/%27%20OR%201=1".into(),
        ),
        ("a search", "GET /v1/search?q=lamp".into()),
        (
            "a search with another page",
            "GET /v1/search?q=lamp&page=4294967295".into(),
        ),
        (
            "a search in a category",
            format!("GET /v1/search?q=red&category={category}"),
        ),
        (
            "a search for what is not there",
            "GET /v1/search?q=unobtainium".into(),
        ),
        (
            "a search for signs",
            "GET /v1/search?q=%22%2B-*(%00)".into(),
        ),
        ("a search for nothing", "GET /v1/search?q=".into()),
        ("a search without a text", "GET /v1/search".into()),
        (
            "a search for a novel",
            format!("GET /v1/search?q={}", "a".repeat(501)),
        ),
        (
            "a word that is being typed",
            "GET /v1/search/suggest?prefix=wo".into(),
        ),
        (
            "a word without a beginning",
            "GET /v1/search/suggest".into(),
        ),
    ] {
        you.asks(ask(what, request)).await;
    }
}

/// Fills a cart in many ways, and leaves two of the most popular product in it.
pub async fn fill_a_cart(you: &mut Visitor) -> String {
    let open = |what| ask(what, "POST /v1/carts").key("a cart");
    let cart = you.asks(open("a cart")).await;
    you.asks(open("the same cart again, by its key")).await;
    let cart = text(&cart["cart_id"]);
    let items = format!("POST /v1/carts/{cart}/items");
    let put = |what, product: &str, quantity: i64| {
        let item = json!({ "product_id": product, "quantity": quantity });
        ask(what, &items).json(&item)
    };
    let remove = |what, product| ask(what, format!("DELETE /v1/carts/{cart}/items/{product}"));
    let unknown = "POST /v1/carts/nobodys/items";
    for request in [
        put("putting something in", "p00001", 1),
        put("putting something else in", "p00002", 3),
        put("changing a quantity", "p00001", 99),
        put("none of a product", "p00001", 0),
        put("too many of a product", "p00001", 100),
        put("less than none of a product", "p00001", -1),
        put("a product that is none", "p99999", 1),
        ask("a body that is not JSON", &items).body("{\"product_id\": \"p0"),
        ask("a body that is JSON and no item", &items).json(&json!([1, 2])),
        ask("an item without a quantity", &items).json(&json!({ "product_id": "p00001" })),
        ask("no body at all", &items),
        ask("into a cart that is none", unknown).json(&json!({
            "product_id": "p00001", "quantity": 1,
        })),
        remove("taking something out", "p00002"),
        remove("taking it out again", "p00002"),
        ask(
            "taking out of a cart that is none",
            "DELETE /v1/carts/nobodys/items/p00001",
        ),
        ask("what is in it", format!("GET /v1/carts/{cart}")),
        ask("what is in a cart that is none", "GET /v1/carts/nobodys"),
        ask("emptying it", format!("DELETE /v1/carts/{cart}")),
        ask("emptying a cart that is none", "DELETE /v1/carts/nobodys"),
        quote("the price of an empty cart", &json!({ "cart_id": cart })),
        put("filling it once more", "p00001", 2),
    ] {
        you.asks(request).await;
    }
    cart
}

pub async fn ask_for_prices(you: &mut Visitor, cart: &str) {
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
    for (what, body) in [
        ("the price of the cart", json!({ "cart_id": cart })),
        ("the price of lines", two.clone()),
        (
            "the price of a product named twice",
            json!({ "lines": twice }),
        ),
        ("the price in another country", with("country", json!("AT"))),
        (
            "the price where nobody ships to",
            with("country", json!("AQ")),
        ),
        (
            "the price in a country that is a number",
            with("country", json!(49)),
        ),
        ("the price of no lines", json!({ "lines": [] })),
        ("the price of too many lines", json!({ "lines": many })),
        ("the price of none", json!({ "lines": lines("p00003", 0) })),
        (
            "the price of too many",
            json!({ "lines": lines("p00003", 100) }),
        ),
        (
            "the price of what is too heavy",
            json!({ "lines": lines("p00003", 99) }),
        ),
        (
            "the price of a product that is none",
            json!({ "lines": lines("p99999", 1) }),
        ),
        (
            "the price of a cart that is none",
            json!({ "cart_id": "nobodys" }),
        ),
        (
            "the price of nothing in particular",
            json!({ "country": "DE" }),
        ),
    ] {
        you.asks(quote(what, &body)).await;
    }
}

pub async fn register(you: &mut Visitor) {
    let good = account("Grace@Shop.example", "Grace Hopper", "shakedown");
    let other = account("grace@shop.example", "Grace Murray", "shakedown");
    let open = |what, body: &Value| ask(what, "POST /v1/customers").json(body);
    for request in [
        open("an account", &good).key("grace"),
        open("the same account again, by its key", &good).key("grace"),
        open("another account under the same key", &other).key("grace"),
        open("an account under an address that is taken", &good),
        open("a short password", &account("a@shop.example", "A", "short")),
        open("an address that is none", &account("a@b", "A", "shakedown")),
        open("no name", &account("a@shop.example", " ", "shakedown")),
        open(
            "an account without a password",
            &json!({ "email": "a@shop.example", "name": "A" }),
        ),
    ] {
        you.asks(request).await;
    }
}

pub async fn log_in(you: &mut Visitor) -> Tokens {
    let scoped = |scope: &str| {
        let mut grant = client("loadtest", "loadtest-secret");
        grant["scope"] = json!(scope);
        grant
    };
    let mut tokens = Vec::new();
    for (what, grant) in [
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
            "nobody's password",
            password("nobody@shop.example", "shakedown"),
        ),
        ("a wrong secret", client("loadtest", "guess")),
        ("nobody's secret", client("nobody", "loadtest-secret")),
        ("a token for less", scoped("payments:read")),
        (
            "a token for more than is granted",
            scoped("payments:read customer"),
        ),
        (
            "a grant that is not known",
            json!({ "grant_type": "magic" }),
        ),
        (
            "a grant without a kind",
            json!({ "username": "c00001@shop.example" }),
        ),
    ] {
        let answer = you
            .asks(ask(what, "POST /v1/oauth/token").json(&grant))
            .await;
        tokens.extend(answer["access_token"].as_str().map(str::to_owned));
    }
    you.asks(ask("the keys of tokens", "GET /.well-known/jwks.json"))
        .await;
    let mut tokens = tokens.into_iter();
    let mut next = || tokens.next().expect("the first three are granted");
    Tokens {
        customer: next(),
        newcomer: next(),
        partner: next(),
    }
}

pub async fn ask_who_is_who(you: &mut Visitor, tokens: &Tokens) {
    let Tokens {
        customer, partner, ..
    } = tokens;
    let profile = |what, id: &str| ask(what, format!("GET /v1/customers/{id}"));
    for request in [
        profile("oneself", "me").bearer(customer),
        profile("oneself after registering", "me").bearer(&tokens.newcomer),
        profile("oneself as a stranger", "me"),
        profile("oneself as a partner", "me").bearer(partner),
        profile("oneself by one's id", "c00001").bearer(customer),
        profile("somebody else", "c00002").bearer(customer),
        profile("somebody as a stranger", "c00001"),
        profile("somebody as a partner", "c00002").bearer(partner),
        profile("nobody as a partner", "c99999").bearer(partner),
    ] {
        you.asks(request).await;
    }
}

fn account(email: &str, name: &str, password: &str) -> Value {
    json!({ "email": email, "name": name, "password": password })
}

/// What a customer shows for a token.
fn password(who: &str, password: &str) -> Value {
    json!({ "grant_type": "password", "username": who, "password": password })
}

/// What a partner system shows for a token.
fn client(id: &str, secret: &str) -> Value {
    json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret })
}

fn quote(what: &'static str, body: &Value) -> Ask {
    ask(what, "POST /v1/orders/quote").json(body)
}

/// A text that must be there.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .expect("the answer has such a text")
        .to_owned()
}
