//! Orders. A customer sees their own; another's is reported as unknown.

use crate::edge::{Edge, Reply};
use crate::guard::Access;
use crate::input::{Body, CurrentCustomer, PageQuery, PathParams, QueryParams};
use crate::route::Route;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use shop_contracts::order::{
    Basket, Cancel, Get, List, Order, OrderError, OrderSummary, Place, Quotation, Quote,
};
use shop_contracts::{Address, Card, CustomerId, OrderId, Page};
use shop_platform::{Call, Problem};
use std::sync::Arc;

/// Its routes and who may use them.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/orders/quote", "What a basket would cost", quote),
        Route::post("/v1/orders", "Places an order for a basket", place)
            .access(Access::Customer)
            .creates(),
        Route::get("/v1/orders", "The customer's orders, newest first", list)
            .access(Access::Customer)
            .query(&["page?"]),
        Route::get("/v1/orders/{order_id}", "An order of the customer", get)
            .access(Access::Customer),
        Route::post("/v1/orders/{order_id}/cancel", "Cancels an order", cancel)
            .access(Access::Customer),
    ]
}

/// A purchase; the buyer is the customer of the token.
#[derive(Deserialize, JsonSchema)]
struct Purchase {
    #[serde(flatten)]
    basket: Basket,
    address: Address,
    card: Card,
}

async fn quote(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<Quote>,
) -> Reply<Quotation> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn place(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer_id): CurrentCustomer,
    Body(purchase): Body<Purchase>,
) -> Reply<Order> {
    let request = Place {
        customer_id,
        basket: purchase.basket,
        address: purchase.address,
        card: purchase.card,
    };
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn list(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer_id): CurrentCustomer,
    QueryParams(query): QueryParams<PageQuery>,
) -> Reply<Page<OrderSummary>> {
    let page = query.page();
    let request = List { customer_id, page };
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn get(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer): CurrentCustomer,
    PathParams(order_id): PathParams<OrderId>,
) -> Reply<Order> {
    own(&edge, &call, &customer, order_id).await.map(Json)
}

async fn cancel(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer): CurrentCustomer,
    PathParams(order_id): PathParams<OrderId>,
) -> Reply<Order> {
    let order_id = own(&edge, &call, &customer, order_id).await?.order_id;
    Ok(Json(edge.caller.call(&call, Cancel { order_id }).await?))
}

/// An order, if it belongs to this customer.
pub(crate) async fn own(
    edge: &Edge,
    call: &Call,
    customer: &CustomerId,
    order_id: OrderId,
) -> Result<Order, Problem> {
    let order = edge.caller.call(call, Get { order_id }).await?;
    if order.customer_id == *customer {
        Ok(order)
    } else {
        Err(Problem::domain(&OrderError::UnknownOrder))
    }
}
