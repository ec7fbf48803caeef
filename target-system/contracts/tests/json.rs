//! The JSON that clients and other processes see; a change here is a change of the public API.

use serde_json::{Value, json};
use shop_contracts::catalog::CatalogError;
use shop_contracts::identity::{Grant, IssueToken};
use shop_contracts::inventory::InventoryError;
use shop_contracts::order::{Basket, Order, OrderStatus, Quotation, Quote};
use shop_contracts::{CartId, Cents, CustomerId, Line, OrderId, ProductId};

#[test]
fn a_password_grant_has_the_json_of_oauth() {
    let json = json!({"grant_type": "password", "username": "a@b.c", "password": "secret"});
    let request: IssueToken = serde_json::from_value(json).unwrap();
    assert!(matches!(request.grant, Grant::Password { username, .. } if username == "a@b.c"));
    assert_eq!(request.scope, None);
}

#[test]
fn a_client_requests_a_token_with_a_scope() {
    let json = json!({
        "grant_type": "client_credentials", "client_id": "loadtest",
        "client_secret": "s", "scope": "orders"
    });
    let request: IssueToken = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(request.scope.as_deref(), Some("orders"));
    assert_eq!(serde_json::to_value(request).unwrap(), json);
}

#[test]
fn a_basket_is_a_cart_id_or_lines() {
    let cart: Quote = serde_json::from_value(json!({"cart_id": "k1"})).unwrap();
    assert_eq!(cart.basket, Basket::Cart(CartId::from("k1")));
    assert_eq!(cart.country, "DE");
    let lines = json!({"lines": [{"product_id": "p00001", "quantity": 2}], "country": "FR"});
    let lines: Quote = serde_json::from_value(lines).unwrap();
    let line = Line {
        product_id: ProductId::seeded(1),
        quantity: 2,
    };
    assert_eq!(
        (lines.basket, lines.country.as_str()),
        (Basket::Lines(vec![line]), "FR")
    );
}

#[test]
fn a_line_with_a_negative_quantity_is_rejected() {
    let line = json!({"product_id": "p00001", "quantity": -1});
    assert!(serde_json::from_value::<Line>(line).is_err());
}

#[test]
fn an_order_carries_its_price_inline() {
    let price = Quotation {
        lines: Vec::new(),
        items: Cents(100),
        shipping: Cents(20),
        tax: Cents(19),
        total: Cents(139),
    };
    let order = Order {
        order_id: OrderId::from("o1"),
        customer_id: CustomerId::seeded(1),
        status: OrderStatus::Paid,
        price,
        payment_id: None,
        tracking: None,
        placed_ms: 5,
    };
    let json = serde_json::to_value(&order).unwrap();
    assert_eq!(json["total"], 139);
    assert_eq!(json["status"], "paid");
    assert_eq!(serde_json::from_value::<Order>(json).unwrap(), order);
}

#[test]
fn domain_errors_have_stable_names() {
    let plain = serde_json::to_value(CatalogError::UnknownProduct).unwrap();
    assert_eq!(plain, Value::from("unknown_product"));
    let out = InventoryError::OutOfStock {
        product_id: ProductId::seeded(7),
        available: 3,
    };
    let expected = json!({"out_of_stock": {"product_id": "p00007", "available": 3}});
    assert_eq!(serde_json::to_value(out).unwrap(), expected);
}
