//! The schemas of the OpenAPI document have the fields of the types they describe.

use serde::Serialize;
use serde_json::{Value, json};
use shop_contracts::cart::{Cart, CartLine};
use shop_contracts::catalog::{Category, Product, ProductSummary};
use shop_contracts::identity::{Customer, Jwk, Token};
use shop_contracts::notification::Notice;
use shop_contracts::order::{Order, OrderStatus, OrderSummary, PricedLine, Quotation};
use shop_contracts::payment::{Payment, PaymentStatus};
use shop_contracts::shipping::{Rate, Shipment, ShipmentStatus};
use shop_contracts::{Cents, Page};
use std::collections::BTreeSet;

fn schemas() -> Value {
    serde_json::from_str(include_str!("../schemas.json")).unwrap_or_default()
}

/// Asserts that a schema names exactly the fields that a value has.
fn describes(schema: &str, value: impl Serialize) {
    let fields = |object: &Value| -> BTreeSet<String> {
        let object = object.as_object().cloned().unwrap_or_default();
        object.keys().cloned().collect()
    };
    let value = serde_json::to_value(value).unwrap_or_default();
    assert!(value.is_object(), "{schema}");
    let described = fields(&schemas()[schema]["properties"]);
    assert_eq!(described, fields(&value), "{schema}");
}

fn text() -> String {
    String::new()
}

fn priced() -> Quotation {
    let zero = Cents(0);
    Quotation {
        lines: vec![],
        items: zero,
        shipping: zero,
        tax: zero,
        total: zero,
    }
}

#[test]
fn the_schemas_of_products_and_carts_have_the_fields_of_their_types() {
    let price = Cents(0);
    describes(
        "ProductSummary",
        ProductSummary {
            product_id: text().into(),
            name: text(),
            price,
            weight_grams: 0,
        },
    );
    let mut page = json!(Product {
        product_id: text().into(),
        name: text(),
        description: text(),
        category_id: text().into(),
        price,
        weight_grams: 0,
        price_version: 0,
    });
    page["available"] = json!(0);
    describes("ProductPage", page);
    describes(
        "Category",
        Category {
            category_id: text().into(),
            name: text(),
            products: 0,
        },
    );
    let items: Vec<ProductSummary> = vec![];
    let page = Page {
        items,
        page: 1,
        total: 0,
    };
    describes("ProductList", &page);
    describes("OrderList", &page);
    describes(
        "Cart",
        Cart {
            cart_id: text().into(),
            customer_id: None,
            lines: vec![],
            subtotal: price,
        },
    );
    describes(
        "CartLine",
        CartLine {
            product_id: text().into(),
            name: text(),
            unit_price: price,
            quantity: 1,
        },
    );
}

#[test]
fn the_schemas_of_orders_payments_and_parcels_have_the_fields_of_their_types() {
    describes("Quotation", priced());
    describes(
        "PricedLine",
        PricedLine {
            product_id: text().into(),
            name: text(),
            quantity: 1,
            unit_price: Cents(0),
            weight_grams: 0,
        },
    );
    describes(
        "Order",
        Order {
            order_id: text().into(),
            customer_id: text().into(),
            status: OrderStatus::Paid,
            price: priced(),
            payment_id: None,
            tracking: None,
            placed_ms: 0,
        },
    );
    describes(
        "OrderSummary",
        OrderSummary {
            order_id: text().into(),
            status: OrderStatus::Paid,
            total: Cents(0),
            placed_ms: 0,
        },
    );
    describes(
        "Payment",
        Payment {
            payment_id: text().into(),
            reference: text(),
            status: PaymentStatus::Pending,
            amount: Cents(0),
            refunded: Cents(0),
            card_last_four: text(),
            created_ms: 0,
        },
    );
    describes(
        "Rate",
        Rate {
            carrier: text(),
            price: Cents(0),
            days: 1,
        },
    );
    describes(
        "Shipment",
        Shipment {
            tracking: text().into(),
            order_id: text().into(),
            carrier: text(),
            country: text(),
            weight_grams: 0,
            price: Cents(0),
            status: ShipmentStatus::Booked,
            created_ms: 0,
        },
    );
}

#[test]
fn the_schemas_of_accounts_have_the_fields_of_their_types() {
    describes(
        "Customer",
        Customer {
            customer_id: text().into(),
            email: text(),
            name: text(),
            registered_ms: 0,
        },
    );
    describes(
        "Token",
        Token {
            access_token: text(),
            token_type: text(),
            expires_in: 0,
            scope: text(),
        },
    );
    describes(
        "Notice",
        Notice {
            notice_id: text(),
            kind: text(),
            text: text(),
            created_ms: 0,
        },
    );
    describes(
        "Jwk",
        Jwk {
            kty: text(),
            crv: text(),
            alg: text(),
            kid: text(),
            usage: text(),
            x: text(),
        },
    );
}
