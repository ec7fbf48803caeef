//! Carts. Knowledge of a cart's id is the right to use it, with or without a token.

use crate::edge::{Edge, Reply};
use crate::input::{Body, PathParams};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shop_contracts::cart::{Cart, Clear, Create, Get, PutItem, RemoveItem};
use shop_contracts::{CartId, ProductId};
use shop_platform::{Call, Principal};
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct Item {
    product_id: ProductId,
    quantity: u32,
}

/// The owner of the cart is the customer of the token; the body is empty.
pub(crate) async fn create(State(edge): State<Arc<Edge>>, call: Call) -> Reply<Cart> {
    let customer_id = call.principal().and_then(Principal::customer).cloned();
    Ok(Json(edge.caller.call(&call, Create { customer_id }).await?))
}

pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(cart_id): PathParams<CartId>,
) -> Reply<Cart> {
    Ok(Json(edge.caller.call(&call, Get { cart_id }).await?))
}

pub(crate) async fn clear(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(cart_id): PathParams<CartId>,
) -> Reply<Cart> {
    Ok(Json(edge.caller.call(&call, Clear { cart_id }).await?))
}

pub(crate) async fn put_item(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(cart_id): PathParams<CartId>,
    Body(item): Body<Item>,
) -> Reply<Cart> {
    let request = PutItem {
        cart_id,
        product_id: item.product_id,
        quantity: item.quantity,
    };
    Ok(Json(edge.caller.call(&call, request).await?))
}

pub(crate) async fn remove_item(
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
