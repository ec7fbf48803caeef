//! All routes and who may use them: the one table that the router, authorisation and the OpenAPI
//! document are generated from, so that they cannot drift apart.

use crate::edge::Edge;
use crate::guard::{Access, guard, no_such_method};
use crate::route::{Handler, Route, Verb};
use crate::{accounts, browse, carts, openapi, orders, payments, shipments};
use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::on;
use http::StatusCode;
use std::sync::Arc;

/// All routes.
pub(crate) fn routes() -> Vec<Route> {
    let parts = [
        browsing(),
        cart(),
        order(),
        payment(),
        shipment(),
        account(),
    ];
    parts.into_iter().flatten().collect()
}

fn get(path: &'static str, summary: &'static str, handler: Handler) -> Route {
    Route::new(Verb::Get, path, summary, handler)
}

fn post(path: &'static str, summary: &'static str, handler: Handler) -> Route {
    Route::new(Verb::Post, path, summary, handler)
}

fn delete(path: &'static str, summary: &'static str, handler: Handler) -> Route {
    Route::new(Verb::Delete, path, summary, handler)
}

#[rustfmt::skip]
fn browsing() -> Vec<Route> {
    vec![
        get("/v1/home", "The front page", |verb| on(verb, browse::home))
            .gives("Home"),
        get("/v1/categories", "All categories", |verb| on(verb, browse::categories))
            .gives("Category[]"),
        get("/v1/categories/{category_id}/products", "A page of a category, most popular first",
            |verb| on(verb, browse::category))
            .query(&["page?"]).gives("ProductList"),
        get("/v1/products/{product_id}",
            "A product; `available` is null when inventory does not answer",
            |verb| on(verb, browse::product))
            .gives("ProductPage"),
        get("/v1/search", "Products that match a text, best first", |verb| on(verb, browse::search))
            .query(&["q", "page?", "category?"]).gives("ProductList"),
        get("/v1/search/suggest", "Completions of a word", |verb| on(verb, browse::suggest))
            .query(&["prefix"]).gives("Word[]"),
        get("/openapi.json", "This document", |verb| on(verb, openapi::serve)),
    ]
}

#[rustfmt::skip]
fn cart() -> Vec<Route> {
    vec![
        post("/v1/carts", "Opens an empty cart", |verb| on(verb, carts::create))
            .creates("Cart"),
        get("/v1/carts/{cart_id}", "The contents of a cart", |verb| on(verb, carts::get))
            .gives("Cart"),
        delete("/v1/carts/{cart_id}", "Empties a cart", |verb| on(verb, carts::clear))
            .gives("Cart"),
        post("/v1/carts/{cart_id}/items", "Sets the quantity of a product in a cart",
            |verb| on(verb, carts::put_item))
            .takes("Line").gives("Cart"),
        delete("/v1/carts/{cart_id}/items/{product_id}", "Removes a product from a cart",
            |verb| on(verb, carts::remove_item))
            .gives("Cart"),
    ]
}

#[rustfmt::skip]
fn order() -> Vec<Route> {
    vec![
        post("/v1/orders/quote", "What a basket would cost", |verb| on(verb, orders::quote))
            .takes("Quote").gives("Quotation"),
        post("/v1/orders", "Places an order for a basket", |verb| on(verb, orders::place))
            .access(Access::Customer).takes("Purchase").creates("Order"),
        get("/v1/orders", "The customer's orders, newest first", |verb| on(verb, orders::list))
            .access(Access::Customer).query(&["page?"]).gives("OrderList"),
        get("/v1/orders/{order_id}", "An order of the customer", |verb| on(verb, orders::get))
            .access(Access::Customer).gives("Order"),
        post("/v1/orders/{order_id}/cancel", "Cancels an order", |verb| on(verb, orders::cancel))
            .access(Access::Customer).gives("Order"),
    ]
}

#[rustfmt::skip]
fn payment() -> Vec<Route> {
    let (read, write) = (Access::Scope("payments:read"), Access::Scope("payments:write"));
    vec![
        post("/v1/payments", "Holds an amount on a card", |verb| on(verb, payments::authorise))
            .access(write).takes("Authorise").creates("Payment"),
        get("/v1/payments/{payment_id}", "A payment", |verb| on(verb, payments::get))
            .access(read).gives("Payment"),
        post("/v1/payments/{payment_id}/capture", "Captures the held amount",
            |verb| on(verb, payments::capture))
            .access(write).gives("Payment"),
        post("/v1/payments/{payment_id}/refund", "Refunds money",
            |verb| on(verb, payments::refund))
            .access(write).takes("Refund").gives("Payment"),
    ]
}

#[rustfmt::skip]
fn shipment() -> Vec<Route> {
    vec![
        get("/v1/shipping/rates", "The rates of all carriers, cheapest first",
            |verb| on(verb, shipments::rates))
            .query(&["country", "weight_grams"]).gives("Rate[]"),
        post("/v1/shipments", "Books a parcel", |verb| on(verb, shipments::create))
            .access(Access::Scope("shipments:write")).takes("CreateShipment").creates("Shipment"),
        get("/v1/shipments/{tracking}", "Tracks a parcel", |verb| on(verb, shipments::track))
            .access(Access::CustomerOr("shipments:read")).gives("Shipment"),
    ]
}

#[rustfmt::skip]
fn account() -> Vec<Route> {
    vec![
        post("/v1/customers", "Opens an account", |verb| on(verb, accounts::register))
            .takes("Register").creates("Customer"),
        get("/v1/customers/me", "The customer of the token", |verb| on(verb, accounts::me))
            .access(Access::Customer).gives("Customer"),
        get("/v1/customers/{customer_id}", "A customer", |verb| on(verb, accounts::customer))
            .access(Access::CustomerOr("customers:read")).gives("Customer"),
        get("/v1/inbox", "The customer's latest messages, newest first",
            |verb| on(verb, accounts::inbox))
            .access(Access::Customer).gives("Notice[]"),
        post("/v1/oauth/token", "Exchanges a grant for an access token",
            |verb| on(verb, accounts::token))
            .takes("Grant").gives("Token"),
        get("/.well-known/jwks.json", "The keys that tokens are verified with",
            |verb| on(verb, accounts::jwks))
            .gives("JwkSet"),
    ]
}

/// The table as a router. The process that it is merged into answers unknown paths.
pub(crate) fn router(edge: &Arc<Edge>) -> Router {
    routes()
        .into_iter()
        .fold(Router::new(), |router, route| {
            let guard = from_fn_with_state((Arc::clone(edge), route.access), guard);
            let mut handler = (route.handler)(route.verb.filter());
            if route.creates {
                handler = handler.route_layer(map_response(created));
            }
            router.route(route.path, handler.route_layer(guard))
        })
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::clone(edge))
}

async fn created(mut response: Response) -> Response {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}
