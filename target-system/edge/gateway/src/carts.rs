//! Carts. Knowledge of a cart's id is the right to use it, with or without a token.

use crate::edge::{Edge, Reply};
use crate::input::{Body, PathParams};
use crate::route::Route;
use axum::Json;
use axum::extract::State;
use shop_contracts::cart::{Cart, Clear, Create, Get, PutItem, RemoveItem};
use shop_contracts::{CartId, Line, ProductId};
use shop_platform::{Call, Principal};
use std::sync::Arc;

/// Its routes and who may use them.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/carts", "Opens an empty cart", create).creates(),
        Route::get("/v1/carts/{cart_id}", "The contents of a cart", get),
        Route::delete("/v1/carts/{cart_id}", "Empties a cart", clear),
        Route::post(
            "/v1/carts/{cart_id}/items",
            "Sets the quantity of a product in a cart",
            put_item,
        ),
        Route::delete(
            "/v1/carts/{cart_id}/items/{product_id}",
            "Removes a product from a cart",
            remove_item,
        ),
    ]
}

/// The owner of the cart is the customer of the token; the body is empty.
async fn create(State(edge): State<Arc<Edge>>, call: Call) -> Reply<Cart> {
    let customer_id = call.principal().and_then(Principal::customer).cloned();
    Ok(Json(edge.caller.call(&call, Create { customer_id }).await?))
}

async fn get(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(cart_id): PathParams<CartId>,
) -> Reply<Cart> {
    Ok(Json(edge.caller.call(&call, Get { cart_id }).await?))
}

async fn clear(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(cart_id): PathParams<CartId>,
) -> Reply<Cart> {
    Ok(Json(edge.caller.call(&call, Clear { cart_id }).await?))
}

async fn put_item(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(cart_id): PathParams<CartId>,
    Body(line): Body<Line>,
) -> Reply<Cart> {
    let request = PutItem {
        cart_id,
        product_id: line.product_id,
        quantity: line.quantity,
    };
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn remove_item(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams((cart_id, product_id)): PathParams<(CartId, ProductId)>,
) -> Reply<Cart> {
    let request = RemoveItem {
        cart_id,
        product_id,
    };
    Ok(Json(edge.caller.call(&call, request).await?))
}
