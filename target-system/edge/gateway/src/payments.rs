//! Payments, for partner systems only: customers pay by placing an order.

use crate::edge::{Edge, Reply};
use crate::input::{Body, PathParams};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shop_contracts::payment::{Authorise, Capture, Get, Payment, Refund};
use shop_contracts::{Cents, PaymentId};
use shop_platform::Call;
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct RefundBody {
    /// When absent, the idempotency key.
    reference: Option<String>,
    /// When absent, all that is left.
    amount: Option<Cents>,
}

pub(crate) async fn authorise(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<Authorise>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(payment_id): PathParams<PaymentId>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, Get { payment_id }).await?))
}

pub(crate) async fn capture(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(payment_id): PathParams<PaymentId>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, Capture { payment_id }).await?))
}

pub(crate) async fn refund(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(payment_id): PathParams<PaymentId>,
    Body(body): Body<RefundBody>,
) -> Reply<Payment> {
    let key = call.idempotency_key().unwrap_or_default();
    let request = Refund {
        payment_id,
        reference: body.reference.unwrap_or_else(|| key.to_owned()),
        amount: body.amount,
    };
    Ok(Json(edge.caller.call(&call, request).await?))
}
