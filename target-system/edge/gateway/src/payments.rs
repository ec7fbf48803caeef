//! Payments, for partner systems only: customers pay by placing an order.

use crate::edge::{Edge, Reply};
use crate::input::{At, Body};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shop_contracts::payment::{Authorise, Capture, Get, Payment, Refund};
use shop_contracts::{Cents, PaymentId};
use shop_platform::Call;
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct RefundBody {
    /// The idempotency key when absent.
    reference: Option<String>,
    /// All that is left when absent.
    amount: Option<Cents>,
}

pub(crate) async fn authorise(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(ask): Body<Authorise>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, ask).await?))
}

pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    call: Call,
    At(payment_id): At<PaymentId>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, Get { payment_id }).await?))
}

pub(crate) async fn capture(
    State(edge): State<Arc<Edge>>,
    call: Call,
    At(payment_id): At<PaymentId>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, Capture { payment_id }).await?))
}

pub(crate) async fn refund(
    State(edge): State<Arc<Edge>>,
    call: Call,
    At(payment_id): At<PaymentId>,
    Body(body): Body<RefundBody>,
) -> Reply<Payment> {
    let key = call.idempotency_key().unwrap_or_default();
    let ask = Refund {
        payment_id,
        reference: body.reference.unwrap_or_else(|| key.to_owned()),
        amount: body.amount,
    };
    Ok(Json(edge.caller.call(&call, ask).await?))
}
