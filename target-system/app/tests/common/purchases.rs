//! What customers and partner systems do: buy, look after orders, call them off, move money, send
//! parcels, read messages.

use super::strangers::{Tokens, text};
use super::visitor::{Ask, Visitor, ask};
use serde_json::{Value, json};

const GOOD: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";
const POOR: &str = "4000000000009995";
const MISTYPED: &str = "4242424242424241";

/// A card that works, or does not.
fn card(number: &str) -> Value {
    json!({ "number": number, "holder": "Ada Lovelace", "expiry": "12/39" })
}

fn address(country: &str) -> Value {
    json!({
        "name": "Ada Lovelace", "street": "Kanalstr. 1", "city": "Berlin",
        "postcode": "10115", "country": country,
    })
}

/// A purchase of what is in a cart.
fn of_cart(cart: &str, number: &str) -> Value {
    json!({ "cart_id": cart, "address": address("DE"), "card": card(number) })
}

/// A purchase of some pieces of a product.
fn of_lines(product: &str, quantity: i64, country: &str, number: &str) -> Value {
    let lines = json!([{ "product_id": product, "quantity": quantity }]);
    json!({ "lines": lines, "address": address(country), "card": card(number) })
}

/// An amount to be held on a card.
fn authorisation(reference: &str, amount: i64, number: &str) -> Value {
    json!({ "reference": reference, "amount": amount, "card": card(number) })
}

fn buy(what: &'static str, token: &str, body: &Value) -> Ask {
    ask(what, "POST /v1/orders").bearer(token).json(body)
}

/// Buys what is in a cart; gives the order.
pub async fn buy_a_cart(you: &mut Visitor, tokens: &Tokens, cart: &str) -> Value {
    let me = &tokens.customer;
    let purchase = of_cart(cart, GOOD);
    let order = you
        .asks(buy("buying the cart", me, &purchase).key("buy"))
        .await;
    for request in [
        buy("buying it again, by its key", me, &purchase).key("buy"),
        buy(
            "buying otherwise under that key",
            me,
            &of_cart(cart, DECLINED),
        )
        .key("buy"),
        ask("buying as a stranger", "POST /v1/orders").json(&purchase),
        buy("buying as a partner", &tokens.partner, &purchase),
    ] {
        you.asks(request).await;
    }
    let emptied = |cart: &Value| cart["lines"] == json!([]);
    let contents = ask("the cart that was bought", format!("GET /v1/carts/{cart}"));
    you.asks_until(contents, emptied).await;
    you.asks(buy("buying it now that it is empty", me, &purchase))
        .await;
    you.asks(ask("how many are left", "GET /v1/products/p00001"))
        .await;
    order
}

/// Buys what cannot be bought.
pub async fn buy_in_vain(you: &mut Visitor, tokens: &Tokens) {
    let me = &tokens.customer;
    let with = |name: &str, value: Value| {
        let mut purchase = of_lines("p00002", 1, "DE", GOOD);
        purchase[name] = value;
        purchase
    };
    for (what, purchase) in [
        (
            "a card that is declined",
            of_lines("p00002", 1, "DE", DECLINED),
        ),
        ("a card without money", of_lines("p00002", 1, "DE", POOR)),
        (
            "a card that is mistyped",
            of_lines("p00002", 1, "DE", MISTYPED),
        ),
        ("a card that is a number", with("card", json!(GOOD))),
        ("no address", with("address", Value::Null)),
        (
            "a country that nobody ships to",
            of_lines("p00002", 1, "AQ", GOOD),
        ),
        ("a product that is none", of_lines("p99999", 1, "DE", GOOD)),
        ("none of a product", of_lines("p00002", 0, "DE", GOOD)),
        ("less than none", of_lines("p00002", -1, "DE", GOOD)),
        ("too many", of_lines("p00002", 100, "DE", GOOD)),
        (
            "too many to count",
            of_lines("p00002", 4_294_967_296, "DE", GOOD),
        ),
        ("no lines", with("lines", json!([]))),
        ("a cart that is none", of_cart("nobodys", GOOD)),
        (
            "neither a cart nor lines",
            json!({ "address": address("DE"), "card": card(GOOD) }),
        ),
    ] {
        you.asks(buy(what, me, &purchase)).await;
    }
    you.asks(ask("nothing is kept of it", "GET /v1/products/p00002"))
        .await;
    // A purchase that failed frees its key for another.
    for (what, number) in [("a purchase that fails", POOR), ("and then succeeds", GOOD)] {
        let purchase = of_lines("p00002", 1, "DE", number);
        you.asks(buy(what, me, &purchase).key("another")).await;
    }
}

pub async fn look_after_orders(you: &mut Visitor, tokens: &Tokens, order: &Value) {
    let Tokens {
        customer,
        newcomer,
        partner,
    } = tokens;
    let (id, tracking) = (text(&order["order_id"]), text(&order["tracking"]));
    let one = |what| ask(what, format!("GET /v1/orders/{id}"));
    let list = |what, page| ask(what, format!("GET /v1/orders{page}"));
    let track = |what, tracking: &str| ask(what, format!("GET /v1/shipments/{tracking}"));
    for request in [
        one("an order").bearer(customer),
        one("somebody else's order").bearer(newcomer),
        one("an order as a stranger"),
        one("an order as a partner").bearer(partner),
        ask("an order that is none", "GET /v1/orders/nothing").bearer(customer),
        list("one's orders", "").bearer(customer),
        list("the next page of them", "?page=2").bearer(customer),
        list("a page of them that is none", "?page=0").bearer(customer),
        list("the orders of who has none", "").bearer(newcomer),
        track("a parcel", &tracking).bearer(customer),
        track("somebody else's parcel", &tracking).bearer(newcomer),
        track("a parcel as a partner", &tracking).bearer(partner),
        track("a parcel as a stranger", &tracking),
        track("a parcel that is none", "SD0").bearer(customer),
    ] {
        you.asks(request).await;
    }
}

pub async fn call_off(you: &mut Visitor, tokens: &Tokens, order: &Value) {
    let Tokens {
        customer,
        newcomer,
        partner,
    } = tokens;
    let cancel = |what, id: &str| ask(what, format!("POST /v1/orders/{id}/cancel"));
    let id = text(&order["order_id"]);
    let orders = ask("one's orders", "GET /v1/orders").bearer(customer);
    let orders = you.glances(orders).await;
    let failed = orders["items"].as_array().into_iter().flatten();
    let failed = failed.into_iter().find(|order| order["status"] == "failed");
    let failed = text(&failed.expect("one has failed")["order_id"]);
    for request in [
        cancel("calling off somebody else's order", &id).bearer(newcomer),
        cancel("calling off as a stranger", &id),
        cancel("calling off what is not there", "nothing").bearer(customer),
        cancel("calling off what has failed", &failed).bearer(customer),
        cancel("calling off", &id).bearer(customer),
        cancel("calling off again", &id).bearer(customer),
        ask(
            "the order that was called off",
            format!("GET /v1/orders/{id}"),
        )
        .bearer(customer),
        ask("what was bought is back", "GET /v1/products/p00001"),
    ] {
        you.asks(request).await;
    }
    let payment = format!("GET /v1/payments/{}", text(&order["payment_id"]));
    you.asks(ask("the money is back", payment).bearer(partner))
        .await;
    let parcel = format!("GET /v1/shipments/{}", text(&order["tracking"]));
    let stopped = |parcel: &Value| parcel["status"] == "cancelled";
    let parcel = ask("the parcel is stopped", parcel).bearer(customer);
    you.asks_until(parcel, stopped).await;
}

/// Money can come back before an order is called off, because partners may give it back.
pub async fn call_off_what_was_paid_back(you: &mut Visitor, tokens: &Tokens) {
    let me = &tokens.customer;
    for (what, amount) in [
        ("a partner pays it back", None),
        ("or some of it", Some(99)),
    ] {
        let purchase = of_lines("p00005", 1, "FR", GOOD);
        let order = you.asks(buy("an order", me, &purchase)).await;
        let payment = format!("/v1/payments/{}", text(&order["payment_id"]));
        let refund = json!({ "reference": "r", "amount": amount });
        let cancel = format!("POST /v1/orders/{}/cancel", text(&order["order_id"]));
        for request in [
            ask(what, format!("POST {payment}/refund"))
                .bearer(&tokens.partner)
                .json(&refund),
            ask("and then it is called off", cancel).bearer(me),
            ask("all money is back", format!("GET {payment}")).bearer(&tokens.partner),
        ] {
            you.asks(request).await;
        }
    }
}

pub async fn move_money(you: &mut Visitor, tokens: &Tokens) {
    let Tokens {
        customer, partner, ..
    } = tokens;
    let hold = |what, body: &Value| ask(what, "POST /v1/payments").bearer(partner).json(body);
    let held = |amount, number| authorisation("shelf 1", amount, number);
    let declined = authorisation("shelf 2", 500, DECLINED);
    let payment = you.asks(hold("holding an amount", &held(500, GOOD))).await;
    let id = text(&payment["payment_id"]);
    let one = |what, id: &str| ask(what, format!("GET /v1/payments/{id}"));
    let capture = |what, id: &str| ask(what, format!("POST /v1/payments/{id}/capture"));
    let refund = |what, body: &Value| {
        let request = ask(what, format!("POST /v1/payments/{id}/refund"));
        request.bearer(partner).json(body)
    };
    for request in [
        hold("holding it again", &held(500, GOOD)),
        hold(
            "holding another amount under its reference",
            &held(501, GOOD),
        ),
        hold("holding nothing", &held(0, GOOD)),
        hold("holding on a card that is declined", &declined),
        hold("holding on it again", &declined),
        hold("holding on a card that is mistyped", &held(500, MISTYPED)),
        ask("holding as a customer", "POST /v1/payments")
            .bearer(customer)
            .json(&declined),
        refund("giving back what was not taken", &json!({})),
        capture("taking it", &id).bearer(partner),
        capture("taking it again", &id).bearer(partner),
        capture("taking as a stranger", &id),
        capture("taking what is not there", "nothing").bearer(partner),
        refund(
            "giving some back",
            &json!({ "reference": "a", "amount": 200 }),
        ),
        refund(
            "giving the same back again",
            &json!({ "reference": "a", "amount": 200 }),
        ),
        refund(
            "giving other back as the same",
            &json!({ "reference": "a", "amount": 201 }),
        ),
        refund(
            "giving back more than is left",
            &json!({ "reference": "b", "amount": 301 }),
        ),
        refund("giving the rest back by a key", &json!({})).key("c"),
        refund("giving it back again by that key", &json!({})).key("c"),
        refund("giving back what is gone", &json!({ "reference": "d" })),
        one("the payment", &id).bearer(partner),
        one("the payment as a customer", &id).bearer(customer),
        one("a payment that is none", "nothing").bearer(partner),
    ] {
        you.asks(request).await;
    }
}

pub async fn send_parcels(you: &mut Visitor, tokens: &Tokens) {
    let Tokens {
        customer, partner, ..
    } = tokens;
    let rates = |what, query| ask(what, format!("GET /v1/shipping/rates?{query}"));
    let parcel = |country: &str, weight: u32| {
        json!({
            "order_id": format!("elsewhere {country} {weight}"), "customer_id": "c00002",
            "weight_grams": weight, "address": address(country),
        })
    };
    let book = |what, body: &Value| ask(what, "POST /v1/shipments").json(body);
    for request in [
        rates("what carriers charge", "country=FR&weight_grams=2500"),
        rates(
            "what they charge where nobody goes",
            "country=AQ&weight_grams=2500",
        ),
        rates(
            "what they charge for a stone",
            "country=FR&weight_grams=60001",
        ),
        rates(
            "what they charge for some weight",
            "country=FR&weight_grams=some",
        ),
        rates("what they charge for nothing", "country=FR"),
        book("a parcel", &parcel("NL", 700)).bearer(partner),
        book("the same parcel again", &parcel("NL", 700)).bearer(partner),
        book("a parcel to nowhere", &parcel("AQ", 700)).bearer(partner),
        book("a parcel that is too heavy", &parcel("NL", 60_001)).bearer(partner),
        book("a parcel as a customer", &parcel("NL", 700)).bearer(customer),
        book("a parcel as a stranger", &parcel("NL", 700)),
    ] {
        you.asks(request).await;
    }
}

/// The messages that came of everything before.
pub async fn read_messages(you: &mut Visitor, tokens: &Tokens) {
    let inbox = |what| ask(what, "GET /v1/inbox");
    let has = |count| move |inbox: &Value| inbox.as_array().is_some_and(|all| all.len() >= count);
    // Four orders with their parcels, three of them called off.
    let customer = inbox("a customer's messages").bearer(&tokens.customer);
    you.asks_until(customer, has(11)).await;
    let newcomer = inbox("a newcomer's messages").bearer(&tokens.newcomer);
    you.asks_until(newcomer, has(1)).await;
    you.asks(inbox("messages for a stranger")).await;
    you.asks(inbox("messages for a partner").bearer(&tokens.partner))
        .await;
}

/// Buys while the outside world is away.
pub async fn buy_during_an_outage(you: &mut Visitor, tokens: &Tokens) {
    let me = &tokens.customer;
    let purchase = of_lines("p00001", 1, "DE", GOOD);
    for request in [
        buy("buying without a provider", me, &purchase).key("outage"),
        ask("the orders then", "GET /v1/orders").bearer(me),
        ask("a product then", "GET /v1/products/p00001"),
    ] {
        you.asks(request).await;
    }
}
