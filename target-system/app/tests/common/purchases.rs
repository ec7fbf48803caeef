//! The script of customers and partner systems: buy, read and cancel orders, use payments, book
//! parcels, read messages.

use super::browsing::{Tokens, text};
use super::visitor::{Step, Visitor, step};
use serde_json::{Value, json};

const GOOD: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";
const WITHOUT_FUNDS: &str = "4000000000009995";
const MISTYPED: &str = "4242424242424241";

/// A card with this number.
fn card(number: &str) -> Value {
    json!({ "number": number, "holder": "Ada Lovelace", "expiry": "12/39" })
}

fn address(country: &str) -> Value {
    json!({
        "name": "Ada Lovelace", "street": "Kanalstr. 1", "city": "Berlin",
        "postcode": "10115", "country": country,
    })
}

/// A purchase of a cart.
fn of_cart(cart: &str, number: &str) -> Value {
    json!({ "cart_id": cart, "address": address("DE"), "card": card(number) })
}

/// A purchase of a product in some quantity.
fn of_lines(product: &str, quantity: i64, country: &str, number: &str) -> Value {
    let lines = json!([{ "product_id": product, "quantity": quantity }]);
    json!({ "lines": lines, "address": address(country), "card": card(number) })
}

/// An authorisation of an amount on a card.
fn authorisation(reference: &str, amount: i64, number: &str) -> Value {
    json!({ "reference": reference, "amount": amount, "card": card(number) })
}

fn buy(title: &'static str, token: &str, body: &Value) -> Step {
    step(title, "POST /v1/orders").bearer(token).json(body)
}

/// Buys the cart; returns the order.
pub async fn buy_a_cart(visitor: &mut Visitor, tokens: &Tokens, cart: &str) -> Value {
    let me = &tokens.customer;
    let purchase = of_cart(cart, GOOD);
    let order = visitor
        .send(buy("buying the cart", me, &purchase).key("buy"))
        .await;
    for request in [
        buy("buying it again with the same key", me, &purchase).key("buy"),
        buy(
            "another purchase with that key",
            me,
            &of_cart(cart, DECLINED),
        )
        .key("buy"),
        step("buying without a token", "POST /v1/orders").json(&purchase),
        buy("buying as a partner", &tokens.partner, &purchase),
    ] {
        visitor.send(request).await;
    }
    let emptied = |cart: &Value| cart["lines"] == json!([]);
    let contents = step("the cart that was bought", format!("GET /v1/carts/{cart}"));
    visitor.send_until(contents, emptied).await;
    visitor
        .send(buy("buying the empty cart", me, &purchase))
        .await;
    visitor
        .send(step(
            "the stock after the purchase",
            "GET /v1/products/p00001",
        ))
        .await;
    order
}

/// Sends purchases that must fail.
pub async fn fail_to_buy(visitor: &mut Visitor, tokens: &Tokens) {
    let me = &tokens.customer;
    let with = |name: &str, value: Value| {
        let mut purchase = of_lines("p00002", 1, "DE", GOOD);
        purchase[name] = value;
        purchase
    };
    for (title, purchase) in [
        ("a declined card", of_lines("p00002", 1, "DE", DECLINED)),
        (
            "a card without funds",
            of_lines("p00002", 1, "DE", WITHOUT_FUNDS),
        ),
        (
            "a mistyped card number",
            of_lines("p00002", 1, "DE", MISTYPED),
        ),
        ("a card that is a number", with("card", json!(GOOD))),
        ("no address", with("address", Value::Null)),
        (
            "a country without a carrier",
            of_lines("p00002", 1, "AQ", GOOD),
        ),
        ("an unknown product", of_lines("p99999", 1, "DE", GOOD)),
        ("a quantity of zero", of_lines("p00002", 0, "DE", GOOD)),
        ("a negative quantity", of_lines("p00002", -1, "DE", GOOD)),
        (
            "a quantity that is too large",
            of_lines("p00002", 100, "DE", GOOD),
        ),
        (
            "a quantity of more than 32 bits",
            of_lines("p00002", 4_294_967_296, "DE", GOOD),
        ),
        ("no lines", with("lines", json!([]))),
        ("an unknown cart", of_cart("unknown", GOOD)),
        (
            "neither a cart nor lines",
            json!({ "address": address("DE"), "card": card(GOOD) }),
        ),
    ] {
        visitor.send(buy(title, me, &purchase)).await;
    }
    visitor
        .send(step("no stock is reserved", "GET /v1/products/p00002"))
        .await;
    // The key of a failed purchase may be used again.
    for (title, number) in [
        ("a purchase that fails", WITHOUT_FUNDS),
        ("and then succeeds", GOOD),
    ] {
        let purchase = of_lines("p00002", 1, "DE", number);
        visitor.send(buy(title, me, &purchase).key("another")).await;
    }
}

pub async fn read_orders(visitor: &mut Visitor, tokens: &Tokens, order: &Value) {
    let Tokens {
        customer,
        newcomer,
        partner,
    } = tokens;
    let (id, tracking) = (text(&order["order_id"]), text(&order["tracking"]));
    let one = |title| step(title, format!("GET /v1/orders/{id}"));
    let list = |title, page| step(title, format!("GET /v1/orders{page}"));
    let track = |title, tracking: &str| step(title, format!("GET /v1/shipments/{tracking}"));
    for request in [
        one("an order").bearer(customer),
        one("the order of another customer").bearer(newcomer),
        one("an order without a token"),
        one("an order as a partner").bearer(partner),
        step("an unknown order", "GET /v1/orders/nothing").bearer(customer),
        list("the customer's orders", "").bearer(customer),
        list("the next page of orders", "?page=2").bearer(customer),
        list("page zero of orders", "?page=0").bearer(customer),
        list("the orders of a new customer", "").bearer(newcomer),
        track("a parcel", &tracking).bearer(customer),
        track("the parcel of another customer", &tracking).bearer(newcomer),
        track("a parcel as a partner", &tracking).bearer(partner),
        track("a parcel without a token", &tracking),
        track("an unknown parcel", "SD0").bearer(customer),
    ] {
        visitor.send(request).await;
    }
}

pub async fn cancel_orders(visitor: &mut Visitor, tokens: &Tokens, order: &Value) {
    let Tokens {
        customer,
        newcomer,
        partner,
    } = tokens;
    let cancel = |title, id: &str| step(title, format!("POST /v1/orders/{id}/cancel"));
    let id = text(&order["order_id"]);
    let orders = step("the customer's orders", "GET /v1/orders").bearer(customer);
    let orders = visitor.peek(orders).await;
    let failed = orders["items"].as_array().into_iter().flatten();
    let failed = failed.into_iter().find(|order| order["status"] == "failed");
    let failed = text(&failed.expect("one has failed")["order_id"]);
    for request in [
        cancel("cancelling the order of another customer", &id).bearer(newcomer),
        cancel("cancelling without a token", &id),
        cancel("cancelling an unknown order", "nothing").bearer(customer),
        cancel("cancelling a failed order", &failed).bearer(customer),
        cancel("cancelling", &id).bearer(customer),
        cancel("cancelling again", &id).bearer(customer),
        step("the cancelled order", format!("GET /v1/orders/{id}")).bearer(customer),
        step(
            "the stock after the cancellation",
            "GET /v1/products/p00001",
        ),
    ] {
        visitor.send(request).await;
    }
    let payment = format!("GET /v1/payments/{}", text(&order["payment_id"]));
    visitor
        .send(step("the refunded payment", payment).bearer(partner))
        .await;
    let parcel = format!("GET /v1/shipments/{}", text(&order["tracking"]));
    let is_cancelled = |parcel: &Value| parcel["status"] == "cancelled";
    let parcel = step("the cancelled parcel", parcel).bearer(customer);
    visitor.send_until(parcel, is_cancelled).await;
}

/// Cancels orders that a partner has refunded before, in whole or in part.
pub async fn cancel_refunded_orders(visitor: &mut Visitor, tokens: &Tokens) {
    let me = &tokens.customer;
    for (title, amount) in [
        ("a partner refunds it", None),
        ("a partner refunds a part", Some(99)),
    ] {
        let purchase = of_lines("p00005", 1, "FR", GOOD);
        let order = visitor.send(buy("an order", me, &purchase)).await;
        let payment = format!("/v1/payments/{}", text(&order["payment_id"]));
        let refund = json!({ "reference": "r", "amount": amount });
        let cancel = format!("POST /v1/orders/{}/cancel", text(&order["order_id"]));
        for request in [
            step(title, format!("POST {payment}/refund"))
                .bearer(&tokens.partner)
                .json(&refund),
            step("and then it is cancelled", cancel).bearer(me),
            step("the payment is refunded", format!("GET {payment}")).bearer(&tokens.partner),
        ] {
            visitor.send(request).await;
        }
    }
}

pub async fn use_payments(visitor: &mut Visitor, tokens: &Tokens) {
    let Tokens {
        customer, partner, ..
    } = tokens;
    let hold = |title, body: &Value| step(title, "POST /v1/payments").bearer(partner).json(body);
    let held = |amount, number| authorisation("shelf 1", amount, number);
    let declined = authorisation("shelf 2", 500, DECLINED);
    let payment = visitor
        .send(hold("holding an amount", &held(500, GOOD)))
        .await;
    let id = text(&payment["payment_id"]);
    let one = |title, id: &str| step(title, format!("GET /v1/payments/{id}"));
    let capture = |title, id: &str| step(title, format!("POST /v1/payments/{id}/capture"));
    let refund = |title, body: &Value| {
        let request = step(title, format!("POST /v1/payments/{id}/refund"));
        request.bearer(partner).json(body)
    };
    for request in [
        hold("holding it again", &held(500, GOOD)),
        hold(
            "holding another amount with its reference",
            &held(501, GOOD),
        ),
        hold("holding an amount of zero", &held(0, GOOD)),
        hold("holding on a declined card", &declined),
        hold("holding on it again", &declined),
        hold("holding on a mistyped card number", &held(500, MISTYPED)),
        step("holding as a customer", "POST /v1/payments")
            .bearer(customer)
            .json(&declined),
        refund("refunding before the capture", &json!({})),
        capture("capturing", &id).bearer(partner),
        capture("capturing again", &id).bearer(partner),
        capture("capturing without a token", &id),
        capture("capturing an unknown payment", "nothing").bearer(partner),
        refund(
            "refunding a part",
            &json!({ "reference": "a", "amount": 200 }),
        ),
        refund(
            "the same refund again",
            &json!({ "reference": "a", "amount": 200 }),
        ),
        refund(
            "another amount with its reference",
            &json!({ "reference": "a", "amount": 201 }),
        ),
        refund(
            "refunding more than is left",
            &json!({ "reference": "b", "amount": 301 }),
        ),
        refund("refunding the rest with a key", &json!({})).key("c"),
        refund("refunding again with that key", &json!({})).key("c"),
        refund(
            "refunding when nothing is left",
            &json!({ "reference": "d" }),
        ),
        one("the payment", &id).bearer(partner),
        one("the payment as a customer", &id).bearer(customer),
        one("an unknown payment", "nothing").bearer(partner),
    ] {
        visitor.send(request).await;
    }
}

pub async fn book_parcels(visitor: &mut Visitor, tokens: &Tokens) {
    let Tokens {
        customer, partner, ..
    } = tokens;
    let rates = |title, query| step(title, format!("GET /v1/shipping/rates?{query}"));
    let parcel = |country: &str, weight: u32| {
        json!({
            "order_id": format!("elsewhere {country} {weight}"), "customer_id": "c00002",
            "weight_grams": weight, "address": address(country),
        })
    };
    let book = |title, body: &Value| step(title, "POST /v1/shipments").json(body);
    for request in [
        rates("the rates of carriers", "country=FR&weight_grams=2500"),
        rates(
            "rates for a country without a carrier",
            "country=AQ&weight_grams=2500",
        ),
        rates(
            "rates for a weight that is too high",
            "country=FR&weight_grams=60001",
        ),
        rates(
            "rates for a weight that is not a number",
            "country=FR&weight_grams=some",
        ),
        rates("rates without a weight", "country=FR"),
        book("a parcel", &parcel("NL", 700)).bearer(partner),
        book("the same parcel again", &parcel("NL", 700)).bearer(partner),
        book(
            "a parcel to a country without a carrier",
            &parcel("AQ", 700),
        )
        .bearer(partner),
        book("a parcel that is too heavy", &parcel("NL", 60_001)).bearer(partner),
        book("a parcel as a customer", &parcel("NL", 700)).bearer(customer),
        book("a parcel without a token", &parcel("NL", 700)),
    ] {
        visitor.send(request).await;
    }
}

/// Reads the messages that the script has caused.
pub async fn read_messages(visitor: &mut Visitor, tokens: &Tokens) {
    let inbox = |title| step(title, "GET /v1/inbox");
    let has = |count| move |inbox: &Value| inbox.as_array().is_some_and(|all| all.len() >= count);
    // Four orders with their parcels, three of them cancelled.
    let customer = inbox("a customer's messages").bearer(&tokens.customer);
    visitor.send_until(customer, has(11)).await;
    let newcomer = inbox("a new customer's messages").bearer(&tokens.newcomer);
    visitor.send_until(newcomer, has(1)).await;
    visitor.send(inbox("messages without a token")).await;
    visitor
        .send(inbox("messages as a partner").bearer(&tokens.partner))
        .await;
}

/// Buys while the provider is down.
pub async fn buy_during_an_outage(visitor: &mut Visitor, tokens: &Tokens) {
    let me = &tokens.customer;
    let purchase = of_lines("p00001", 1, "DE", GOOD);
    for request in [
        buy("buying without a provider", me, &purchase).key("outage"),
        step("the orders during the outage", "GET /v1/orders").bearer(me),
        step("a product during the outage", "GET /v1/products/p00001"),
    ] {
        visitor.send(request).await;
    }
}
