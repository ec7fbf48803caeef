//! Shipments. Partner systems book them; customers track their own.

use crate::edge::{Edge, Reply};
use crate::guard::Access;
use crate::input::{Body, PathParams, QueryParams};
use crate::orders;
use crate::route::Route;
use axum::Json;
use axum::extract::State;
use shop_contracts::shipping::{CreateShipment, Rate, Rates, Shipment, ShippingError, Track};
use shop_contracts::{ErrorCode, Tracking};
use shop_platform::{Call, Principal, Problem};
use std::sync::Arc;

/// Its routes and who may use them.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/v1/shipping/rates",
            "The rates of all carriers, cheapest first",
            rates,
        )
        .query(&["country", "weight_grams"]),
        Route::post("/v1/shipments", "Books a parcel", create)
            .access(Access::Scope("shipments:write"))
            .creates(),
        Route::get("/v1/shipments/{tracking}", "Tracks a parcel", track)
            .access(Access::CustomerOr("shipments:read")),
    ]
}

async fn rates(
    State(edge): State<Arc<Edge>>,
    call: Call,
    QueryParams(request): QueryParams<Rates>,
) -> Reply<Vec<Rate>> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn create(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<CreateShipment>,
) -> Reply<Shipment> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

/// The order and not the shipment names the customer, so for a customer this takes two calls.
async fn track(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(tracking): PathParams<Tracking>,
) -> Reply<Shipment> {
    let shipment = edge.caller.call(&call, Track { tracking }).await?;
    if let Some(customer) = call.principal().and_then(Principal::customer) {
        orders::own(&edge, &call, customer, shipment.order_id.clone())
            .await
            .map_err(|problem| match problem.code {
                ErrorCode::NotFound => Problem::domain(&ShippingError::UnknownShipment),
                _ => problem,
            })?;
    }
    Ok(Json(shipment))
}
