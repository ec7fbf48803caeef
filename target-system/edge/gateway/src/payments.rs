//! Payments, for partner systems only: customers pay by placing an order.

use crate::edge::{Edge, Reply};
use crate::guard::Access;
use crate::input::{Body, PathParams};
use crate::route::Route;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use shop_contracts::payment::{Authorise, Capture, Get, Payment, Refund};
use shop_contracts::{Cents, PaymentId};
use shop_platform::Call;
use std::sync::Arc;

/// Its routes and who may use them.
pub(crate) fn routes() -> Vec<Route> {
    let (read, write) = (
        Access::Scope("payments:read"),
        Access::Scope("payments:write"),
    );
    vec![
        Route::post("/v1/payments", "Holds an amount on a card", authorise)
            .access(write)
            .creates(),
        Route::get("/v1/payments/{payment_id}", "A payment", get).access(read),
        Route::post(
            "/v1/payments/{payment_id}/capture",
            "Captures the held amount",
            capture,
        )
        .access(write),
        Route::post("/v1/payments/{payment_id}/refund", "Refunds money", refund).access(write),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Refund")]
struct RefundBody {
    /// When absent, the idempotency key.
    reference: Option<String>,
    /// When absent, all that is left.
    amount: Option<Cents>,
}

async fn authorise(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<Authorise>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn get(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(payment_id): PathParams<PaymentId>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, Get { payment_id }).await?))
}

async fn capture(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(payment_id): PathParams<PaymentId>,
) -> Reply<Payment> {
    Ok(Json(edge.caller.call(&call, Capture { payment_id }).await?))
}

async fn refund(
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
